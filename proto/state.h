/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a connection ends: the states of RFC 7609's section 4.8, as Linux' net/smc
 * goes through them. One table, of which a recording of net/smc is the judge
 * (tests/proto). No allocation, no operating system: it is compiled into the
 * plugin and into the kernel module.
 */
#ifndef SMCKIT_PROTO_STATE_H
#define SMCKIT_PROTO_STATE_H

#include <linux/types.h>

/* The events at an end of a connection. */
enum smcp_event {
	SMCP_SHUTS_DOWN, /* it says that it writes no more: SMCW_CDC_DONE_WRITING */
	SMCP_CLOSES,	 /* ... or that it is gone: SMCW_CDC_CLOSED or SMCW_CDC_ABORT */
	SMCP_GETS_DONE,	 /* the peer says SMCW_CDC_DONE_WRITING */
	SMCP_GETS_CLOSED,
	SMCP_GETS_ABORT,
	SMCP_EVENTS /* how many */
};

/**
 * smcp_state_after() - the state of an end after an event.
 * @state: SMCW_STATE_* before
 * @event: what happens
 * @over: of an event of the end itself: the peer has closed or aborted; of a message
 *	from the peer: the end has closed or aborted, and the program that had it is gone
 *
 * An abort has the transitions of a close: net/smc sends it in place of a close where
 * bytes are unread.
 *
 * Return: SMCW_STATE_*; @state where net/smc stays in it.
 */
__u8 smcp_state_after(__u8 state, enum smcp_event event, int over);

/**
 * smcp_state_after_sending() - the state of an end that sends a CDC message.
 * @state: SMCW_STATE_* before
 * @flags: SMCW_CDC_DONE_WRITING, _CLOSED and _ABORT in its message, new and old ones
 * @got: those that it has received before
 */
__u8 smcp_state_after_sending(__u8 state, __u8 flags, __u8 got);

/**
 * smcp_state_after_getting() - the state of an end that receives a CDC message.
 * @state: SMCW_STATE_* before
 * @flags: SMCW_CDC_DONE_WRITING, _CLOSED and _ABORT in the message, new and old ones
 * @sent: those that the end has sent before
 */
__u8 smcp_state_after_getting(__u8 state, __u8 flags, __u8 sent);

#endif
