/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The taps: what is there to be counted and listed, for whoever listens. */
#ifndef SMCKIT_DISSECTOR_TAP_H
#define SMCKIT_DISSECTOR_TAP_H

#include <epan/packet.h>

#include "conn/note.h"
#include "smc_codec.h"

struct conn;
struct group;

#define TAP_MESSAGE "smcx_message"

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

/* The argument of the lists' tap for a frame. Either may be NULL. */
struct listed {
	const struct conn *conn;
	const struct group *group;
};

#define TAP_LISTED "smcx_listed"

/* Register the taps. */
void tap_register(void);

/**
 * tap_message() - a message, for those who count.
 * @kind: of the message
 * @l: its layout
 * @msg: its bytes, which live as long as the frame is shown
 */
void tap_message(packet_info *pinfo, const struct note *note, enum message_kind kind,
		 const void *msg, const struct smcw_layout *l);

/* The same for a packet of a WRITE. */
void tap_write(packet_info *pinfo, const struct note *note, guint32 len);

/* A packet between two ends of TCP, for the table of conversations; the sending one first. */
void tap_flow(packet_info *pinfo, const address *src, guint32 sport, const address *dst,
	      guint32 dport, guint32 bytes, bool traced);

/* A frame has something of a connection or a group, for the lists. Either may be NULL. */
void tap_listed(packet_info *pinfo, const struct conn *conn, const struct group *group);

#endif
