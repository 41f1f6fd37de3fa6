/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the state of an end changes when it or its peer ends: proto/state.h's
 * table, which is net/smc's, and what is different here. No lock and no memory:
 * close.c calls it under state_lock, and a test in user space.
 */
#ifndef SMCX_CLOSE_STEPS_H
#define SMCX_CLOSE_STEPS_H

#include <linux/types.h>

/**
 * smcx_step_by_peer() - the peer has set a state bit.
 * @now: SMCW_STATE_*
 * @rx_state: bits of the CDC's state that the peer has said, new and old ones
 * @tx_state: those that we have said
 *
 * In-tree an end that has shut down is CLOSED by an abort, and its program reads an end of file;
 * ours is to see the reset, as with TCP. And in-tree nobody stays in PEERABORTWAIT.
 *
 * Return: SMCW_STATE_* from now on.
 */
__u8 smcx_step_by_peer(__u8 now, __u8 rx_state, __u8 tx_state);

/**
 * smcx_step_by_close() - our application, or what broke, closes.
 * @now: SMCW_STATE_*; set to the state from now on
 * @rx_state: bits of the CDC's state that the peer has said
 * @abort: bytes are unread, SO_LINGER says so, or it cannot go on
 *
 * An end that aborts waits as RFC 7609 has it; net/smc's waits as after a close.
 *
 * Return: bits to send to the peer; 0: they were sent before, or there is no connection.
 */
__u8 smcx_step_by_close(__u8 *now, __u8 rx_state, int abort);

#endif
