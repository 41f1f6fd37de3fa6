/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics: the tree of counts, response times, conversations. */
#ifndef SMCKIT_DISSECTOR_STATS_H
#define SMCKIT_DISSECTOR_STATS_H

#include <epan/packet.h>

#include "learn.h"

struct note;
struct smcw_event;

/**
 * stats_register() - register taps, the tree, the table of times and that of conversations.
 * @proto: the plugin's protocol
 */
void stats_register(int proto);

/**
 * stats_message() - a message, for those who count.
 * @kind: of the message
 * @l: its layout
 * @msg: its bytes, which live as long as the frame is shown
 */
void stats_message(packet_info *pinfo, const struct note *note, enum message_kind kind,
		   const void *msg, const struct smcw_layout *l);

/* The same for a packet of a WRITE. */
void stats_write(packet_info *pinfo, const struct note *note, guint32 len);

/* A packet between two ends of TCP, for the table of conversations; the sending one first. */
void stats_flow(packet_info *pinfo, const address *src, guint32 sport, const address *dst,
		guint32 dport, guint32 bytes, bool traced);

#endif
