/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The totals of a connection or a link group so far, for the lists of them. They are added up in
 * the first pass, from the analysis of each frame, so a single pass has all of them at its end.
 */
#ifndef SMCKIT_DISSECTOR_TALLY_H
#define SMCKIT_DISSECTOR_TALLY_H

#include <epan/packet.h>
#include <stdbool.h>

#include "smc_codec.h"

struct note;
struct smcw_event;
struct conv_data;

struct frame_range {
	guint32 first; /* 0: none yet */
	guint32 last;
};

/* The totals of a connection. Arrays of two are by side. */
struct conn_tally {
	struct frame_range frames;
	guint32 clc_bytes[2];	/* of CLC that the side has sent on TCP */
	guint64 lost[2];	/* bytes of the side that are not in the capture */
	guint64 freed_sent[2];	/* bytes of the side, as a traced host says that lets go of it */
	nstime_t blocked[2][2]; /* how long the side's peer had no room; by view, see cdc_learn() */
	guint32 reason;		/* enum smcw_decline_reasons: why it is TCP */
	bool has_reason;
	guint8 aborted_by; /* side that was the first to abort, or NOTE_NO_SIDE */
	bool freed;	   /* a traced host has let go of it */
	guint8 mode;	   /* enum smcw_event_modes, by the first traced event that has it */
	bool syn_ack;	   /* the SYN-ACK has the option */
};

/* The totals of a link group. */
struct group_tally {
	struct frame_range frames;
	guint8 version; /* 0: not known */
	guint8 release; /* of version 2 */
	bool has_release;
	const char *peer[2]; /* names that its ends give themselves: peer ID, or the GID of SMC-D */
	guint32 end_in;	     /* frame in which all of it ends, 0: none */
	guint32 end_reason;  /* of DELETE_LINK */
	bool has_end_reason;
	guint8 ended_by; /* side of the group; no side: not known */
};

/* In the first pass, when all else about a message is learnt. */
void tally_note(const packet_info *pinfo, struct note *note);

/* Bytes of a sender that are not in the capture. */
void tally_lost(struct conn_tally *t, unsigned sender, guint64 bytes);

/* A connection of which one direction was known is part of another one now; the senders are its. */
void tally_merge(struct conn_tally *keep, unsigned sender, const struct conn_tally *gone,
		 unsigned gone_sender);

/* ... about a CLC message; @note has its connection. */
void tally_clc(struct note *note, const void *msg, const struct smcw_layout *l);

/* ... about a CDC message. @view: see cdc_learn() */
void tally_cdc(struct note *note, unsigned view);

/* ... about a request to delete links of the group that @note has. */
void tally_delete_link(struct note *note, const struct smcw_llc_delete_link *d);

/**
 * tally_event() - count a traced event without a message, in the first pass.
 * @data: of its TCP connection, or NULL when it has none
 */
void tally_event(packet_info *pinfo, struct note *note, struct conv_data *data,
		 const struct smcw_event *ev);

#endif
