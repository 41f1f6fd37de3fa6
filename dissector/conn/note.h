/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data on a message beyond its bytes. It is found in the first pass, with the
 * data of the frames before, and kept with the frame; every pass shows it with
 * the message. Only the references to later frames are added when these come.
 */
#ifndef SMCKIT_DISSECTOR_NOTE_H
#define SMCKIT_DISSECTOR_NOTE_H

#include <epan/expert.h>
#include <epan/packet.h>
#include <stdarg.h>
#include <stdbool.h>

#include "smc_event.h"

struct conn;
struct group;
struct link;
struct delivery;
struct cdc_analysis;
struct piece;
struct queue_pair;

/* An expert info on the message. */
struct expert_note {
	struct expert_note *next;
	expert_field *what;
	const char *text;
	guint8 rule; /* enum smcp_rule: the statement that it is about, or SMCP_NO_RULE */
};

enum message_kind { MESSAGE_CLC, MESSAGE_LLC, MESSAGE_CDC_SMCD };

#define NOTE_NO_SIDE 0xff

#define NOTE_ALL_LINKS 0x100 /* no number of a link */

struct note {
	struct conn *conn;   /* NULL: not known, or it is of no single one */
	struct conn *offer;  /* traced: a connection that has not come to a handshake */
	struct group *group; /* NULL: not known */
	struct link *link;
	guint8 sender;	  /* side of the connection, or of the group when there is no connection */
	bool traced;	  /* an event reports it */
	bool reuse;	  /* CLC that says that the group was there before */
	guint32 named_in; /* frame with the rkey or token by which the connection is found */
	guint32 request_in;  /* of an answer */
	guint32 answered_in; /* of a request */
	guint32 frame;
	struct queue_pair *qp; /* that a message of RDMA went to; in the first pass */
	guint64 psn;	       /* of a packet to it, see psn.h */
	bool late;	       /* packets after it came before it */
	bool is_request;       /* of LLC */
	bool has_handshake;
	nstime_t handshake; /* how long it took; CLC */
	nstime_t since;	    /* time between request and answer */
	nstime_t at;	    /* time of the frame */
	guint32 other_half; /* traced: frame with the message's receiving, or its sending; 0: not
			       known */
	nstime_t latency;   /* between the two */
	guint8 type;	    /* of the message */
	struct cdc_analysis *cdc;  /* of CDC messages */
	struct delivery *delivery; /* bytes that the frame adds to a stream */
	struct piece *piece;	   /* of WRITEs; write.c's */
	const guint8 *test_data;   /* of TEST_LINK */
	guint16 deleted; /* number of the link, or NOTE_ALL_LINKS; 0: not known; of DELETE_LINK */
	struct expert_note *experts;
};

/**
 * note_register() - name the protocol under which notes are kept.
 * @proto: the plugin's protocol
 */
void note_register(int proto);

/**
 * note_next() - the note of the frame's next message.
 * @pinfo: of the frame
 * @fresh: set when it is to be filled in, since this is the first pass
 *
 * Messages of a frame come in the same order in every pass.
 *
 * Return: the note, or NULL when the first pass has seen no such message.
 */
struct note *note_next(packet_info *pinfo, bool *fresh);

/* The note of the frame's first message, or NULL. */
struct note *note_first(packet_info *pinfo);

/* The other direction may have been found since: the sides may have changed their numbers. */
void note_follow_merges(struct note *note);

/* Keep an expert info; @what has to live on. In the first pass. */
void note_expert(struct note *note, expert_field *what, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* The same about a statement; rule.c's. */
void note_expert_rule(struct note *note, expert_field *what, guint8 rule, const char *format,
		      va_list args) G_GNUC_PRINTF(4, 0);

/* Texts for the sides of a connection, see conn_role(). */
extern const value_string note_sides[];

/* Drop an expert info that is not true any more. */
void note_forget(struct note *note, const expert_field *what);

#endif
