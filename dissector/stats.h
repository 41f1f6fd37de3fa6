/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics: arguments of the taps, and their listeners: tree of counts, times, conversations,
 * lists. */
#ifndef SMCKIT_DISSECTOR_STATS_H
#define SMCKIT_DISSECTOR_STATS_H

#include <epan/packet.h>

#include "learn.h"

struct conn;
struct group;
struct note;
struct smcw_event;

#define STATS_TAP_MESSAGE "smcx_message"

/* That tap's argument: a message, or a packet of a WRITE when it has no type. */
struct counted {
	const struct note *note;
	enum message_kind kind;
	bool is_write;
	guint8 type;
	guint32 bytes;
	guint32 reason; /* of a Decline */
};

/* The argument of the tap of conversations: a packet between two ends. */
struct between {
	address src, dst;
	guint32 sport, dport;
	guint32 bytes;
	bool traced;
};

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

/* A frame has something of a connection or a group, for the lists. Either may be NULL. */
void stats_listed(packet_info *pinfo, const struct conn *conn, const struct group *group);

/* The parts of stats_register(). */
void stats_tree_setup(void);
void stats_times_setup(int proto);
void stats_flow_setup(int proto);

#endif
