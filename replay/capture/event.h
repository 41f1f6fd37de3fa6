/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trace events of smc-trace as steps of connections. */
#ifndef SMCKIT_REPLAY_EVENT_H
#define SMCKIT_REPLAY_EVENT_H

#include "flow.h"
#include "smc_pcapng.h"

struct events {
	struct flows *flows;
	__u64 *ids; /* of messages, since a host reports both ends */
	unsigned int n, cap;
};

/**
 * event_packet() - a packet of link type SMCW_EVENT_LINKTYPE.
 * @e: state, with .flows set
 * @bytes: the packet
 * @len: how many
 *
 * Return: 0, or -ENOENT when it is no event, or one of no connection that is known.
 */
int event_packet(struct events *e, const __u8 *bytes, size_t len);

#endif
