/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections: what the CLC messages of a TCP connection say about its two
 * ends, and where in the capture. One that is only seen by its CDC is a
 * connection too, of which one direction is known.
 */
#ifndef SMCKIT_DISSECTOR_CONN_H
#define SMCKIT_DISSECTOR_CONN_H

#include <epan/conversation.h>
#include <epan/packet.h>
#include <stdbool.h>

#include "flow.h"
#include "group.h"
#include "smc_wire.h"
#include "tally.h"

/* CLC messages by type. */
enum { CLC_TYPES = SMCW_DECLINE + 1 };

/* The data that an end gives of itself: where the other one writes to, and its token. */
struct end {
	address addr; /* of the TCP connection */
	guint16 port;
	bool known; /* the rest is known, from its Accept or Confirm */
	guint32 rkey;
	guint64 vaddr; /* of the RMB */
	guint64 token; /* alert token, or DMB token */
	guint8 idx;    /* of the RMBE */
	guint32 size;  /* of the RMBE or DMBE, bytes; 0: not known */
	guint64 start; /* of the RMBE in the RMB */
	guint64 psn;   /* number of the next packet to it when that was said; 0: none so far */
	bool derived;  /* the place of the RMBE was worked out from its WRITEs and CDC */
	bool relative; /* ... and the first bytes are not in the capture */
	guint32 least; /* ... and the RMBE has as many bytes at least, where @size is not known */
};

/* The number of a connection that has none: it has offered SMC and has no CLC. */
#define CONN_NO_NUMBER G_MAXUINT32

struct clc_place;
struct smcp_accepted;
struct guesses;
struct smcp_offer;
struct stream;
struct note;

struct conn {
	guint32 number;
	guint32 stream; /* TCP's number of it */
	bool has_stream;
	bool by_cdc;		 /* no handshake is known: seen by its CDC */
	struct conn *merged;	 /* the other direction of this one, which has both now */
	bool turned;		 /* ... where the sides have the other numbers */
	struct conn *mate;	 /* may be its other direction, as far as its cursors say */
	struct guesses *guesses; /* stray.c's: where its buffer may be */
	bool flipped;		 /* its client is at the end of the group that is called SERVER */
	guint8 version;
	guint32 clc[CLC_TYPES]; /* frames with its CLC messages, 0: none */
	struct note *clc_note[CLC_TYPES];
	nstime_t at[CLC_TYPES]; /* their times */
	guint32 syn;		/* frame with the option in the SYN */
	nstime_t syn_at;
	guint8 declined_by;		/* side */
	struct smcp_offer *offer;	/* check.c's: of the Proposal */
	struct smcp_accepted *accepted; /* ... of the Accept */
	struct clc_place
		*place[CLC_TYPES];	 /* of its CLC messages in TCP's stream, NULL: not known */
	struct expectation *expectation; /* missing.c's */
	struct group *group;		 /* NULL until Accept or Confirm */
	struct link *link;		 /* that its CDC is on, SMC-R */
	struct end end[SIDES];
	struct flow flow[2][SIDES];  /* CDC: see cdc_learn(); by view and sender */
	struct stream *bytes[SIDES]; /* stream.c's, by sender */
	struct conn_tally tally;
};

/* The data kept with a TCP conversation. */
struct conv_data {
	struct head *head[2]; /* clc.c: of a message whose rest TCP was asked for, by direction */
	guint32 rest[2];      /* clc.c: sequence number after a message that was cut, 0: none */
	guint32 first[2]; /* clc.c: frame with the first CLC message of each direction, 0 before it
			   */
	guint32 end[2];	  /* clc.c: frame with the last one, 0 as long as that is not known */
	guint32 plain;	  /* clc.c: frame in which other bytes come instead of any CLC */
	guint32 syn;	  /* frame with the SMC option of the SYN, and its time */
	guint32 syn_ack;
	nstime_t syn_at;
	struct conn *conn;  /* NULL before the first CLC message */
	struct conn *offer; /* it has the option of SYN or SYN-ACK, and no CLC message so far */
};

/**
 * conn_register() - register what connections need.
 * @proto: the plugin's protocol
 */
void conn_register(int proto);

/* The data kept with a conversation; made if need be. */
struct conv_data *conn_conv_data(conversation_t *conv);

/* A new connection, the one of @pinfo's TCP connection; @sender is the side of the source. */
struct conn *conn_begin(packet_info *pinfo, struct conv_data *data, unsigned sender);

/* A TCP connection that offers SMC; it gets its number with its first CLC message. */
struct conn *conn_offer(packet_info *pinfo, struct conv_data *data, unsigned sender);

/* All that there are so far, as struct conn *: in the order in which they began, and offers, too.
 */
wmem_list_t *conn_all(void);

/**
 * conn_by_cdc() - the connection of a CDC message whose token CLC has not said.
 * @pinfo: of the message
 * @note: of it, with group, link and sender
 * @token: that the receiver has given
 *
 * Return: a connection of the group whose handshake is in the capture by one
 * direction only, when there is just one; else a new one.
 */
struct conn *conn_by_cdc(const packet_info *pinfo, const struct note *note, guint32 token);

/**
 * conn_merge() - two directions are of one connection.
 * @keep: has both afterwards
 * @gone: known by CDC alone; the contents of its link group go to that of @keep
 *
 * Return: false when the links of the two have other ends already.
 */
bool conn_merge(struct conn *keep, struct conn *gone);

/* It is on another link, of another group; @turned: whose sides have the other numbers. */
void conn_move(struct conn *conn, struct link *link, bool turned);

/* The last connection between two ends of TCP, in either order, or NULL. */
struct conn *conn_find(const address *a, guint32 a_port, const address *b, guint32 b_port);

/* The number of connections so far; Wireshark asks from 4.4 on, to offer their numbers. */
guint32 conn_count(void);

/**
 * conn_learn() - learn from a CLC message, in the first pass.
 * @pinfo: of its frame, with the addresses of the TCP connection
 * @data: of its conversation
 * @note: gets the connection, the group and the sender
 * @msg: the message
 * @l: its layout
 */
void conn_learn(packet_info *pinfo, struct conv_data *data, struct note *note, const void *msg,
		const struct smcw_layout *l);

/* The side of a connection that a frame's TCP source is. */
unsigned conn_sender(const struct conn *conn, const packet_info *pinfo);

/* A side as it is shown: which of them is the client is not known without a handshake. */
static inline unsigned conn_role(const struct conn *conn, unsigned side)
{
	return conn->by_cdc ? SIDES + side : side;
}

/* The end of the group at which a side of the connection is, and the other way round. */
static inline unsigned conn_at(const struct conn *conn, unsigned side)
{
	return conn->flipped ? !side : side;
}

#endif
