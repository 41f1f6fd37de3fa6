/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections of a capture, each becoming a case: the messages of its two
 * ends, in the order in which they were whole. RDMA is assigned to a connection
 * by the QP numbers, rkeys and alert tokens that the handshake has named.
 */
#ifndef SMCKIT_REPLAY_FLOW_H
#define SMCKIT_REPLAY_FLOW_H

#include "base/index.h"
#include "packet.h"
#include "roce.h"
#include "script/script.h"
#include "stream.h"

#define FLOWS_MAX 4096	 /* further connections are left out */
#define FLOW_LINKS_MAX 8 /* further links of a group are not learned; three are there at a time */

/* An end of a link, and the RMB of the connection by it. */
struct flow_link {
	__u8 gid[SMCW_GID_LEN];
	__u32 qpn, rkey; /* 0: not known yet */
	__u64 vaddr;
	__u8 num; /* in the link group; 0: the first one */
};

/* The data that one end has sent about itself. */
struct flow_side {
	struct packet_end end;
	struct stream stream;
	size_t parsed;			       /* bytes of the stream that have become steps */
	bool is_data;			       /* the handshake is over for this direction */
	bool told_end;			       /* EOF or reset is a step already */
	struct flow_link link[FLOW_LINKS_MAX]; /* in the order in which they were added */
	unsigned int links;
	__u32 token;	      /* 0: not known yet */
	unsigned int learned; /* messages that have named a queue pair */
	__u32 lgr;	      /* of trace events */
};

struct flow {
	struct flow *next;
	unsigned int number;	  /* in the order of the capture */
	struct flow_side side[2]; /* by enum end */
	bool has_syn, has_smc;
	bool has_option[2]; /* a step says what the end's was */
	unsigned int cut;   /* packets of it that the capture has cut */
	struct test_case *test;
	struct step **steps;
	struct step *last;
};

struct flows {
	struct arena *arena;
	struct flow *first, **tail;
	struct index by_ends; /* of addresses and ports */
	struct index by_pair; /* of the queue pairs that their ends have named */
	struct index by_key;  /* RMBs that CONFIRM_RKEY has named, by their keys */
	unsigned int n, left_out;
	unsigned int cut; /* packets of the cases that the capture has cut */
};

void flows_init(struct flows *f, struct arena *a);

/**
 * flows_find() - the connection between two ends.
 * @from: one end
 * @to: the other
 * @as_client: make it, with @from as the client, when there is none
 * @end: set to which end @from is
 *
 * Return: the connection, or NULL.
 */
struct flow *flows_find(struct flows *f, const struct packet_end *from, const struct packet_end *to,
			bool as_client, enum end *end);

/* A TCP packet. */
void flows_tcp(struct flows *f, const struct packet *p);

/* An RDMA SEND or WRITE. Return: 0, or -ENOENT when it belongs to no connection. */
int flows_roce(struct flows *f, const struct roce_op *op);

/* Add a step to a connection. */
struct step *flow_step(struct flows *f, struct flow *flow, enum end end, enum step_kind kind);

/* A whole message that @end has sent. */
void flow_message(struct flows *f, struct flow *flow, enum end end, enum message_layer layer,
		  bool big, const __u8 *bytes, size_t len);

/* ---- shared by the files that make cases of connections ---- */

/* A connection that is new. Return: it, or NULL when there are too many. */
struct flow *flows_add(struct flows *f, const struct packet_end *client,
		       const struct packet_end *server);

/* Accept or Confirm: the first link of its sender. */
void flow_learn_accept(struct flows *f, struct flow *flow, enum end end, const __u8 *bytes,
		       size_t len);

/**
 * flows_receiver() - the connection that an RDMA operation is for.
 * @op: the operation
 * @end: set to the end that receives it
 * @number: set to the place of the link by which it comes in flow_side.link
 *
 * Return: the latest connection, or NULL.
 */
struct flow *flows_receiver(struct flows *f, const struct roce_op *op, enum end *end,
			    unsigned int *number);

/**
 * flows_learn_rmb() - CONFIRM_RKEY: the keys of an RMB on all links of its group.
 * @owner: its sender, by any connection of the group
 * @by: number of the link that it comes by, 0 for the first one
 * @c: the message
 */
void flows_learn_rmb(struct flows *f, const struct flow_side *owner, __u8 by,
		     const struct smcw_llc_confirm_rkey *c);

/* The first link of @side is known: add the others by which its RMB can be written to. */
void flow_add_links_of_rmb(const struct flows *f, struct flow_side *side);

/* ADD_LINK and ADD_LINK_CONT: a further link of their sender, for all connections of the group.
 * CONFIRM_RKEY: an RMB. */
void flows_learn_links(struct flows *f, const struct roce_op *op);

/*
 * The next @len bytes of the stream; those of one end become one step. Their address is put in by
 * flow_place_data(), when the stream has stopped to grow, and to move.
 */
void flow_add_data(struct flows *f, struct flow *flow, enum end end, enum step_kind kind,
		   size_t len);
void flow_place_data(struct flow *flow);

/**
 * flows_finish() - the cases, when the capture is at its end.
 *
 * Connections without SMC are left out, unless all are: that is what a capture
 * of two ends looks like of which one does not know SMC.
 */
struct test_case *flows_finish(struct flows *f);

#endif
