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

#define FLOWS_MAX 4096 /* further connections are left out */

/* The data that one end has sent about itself. */
struct flow_side {
	struct packet_end end;
	struct stream stream;
	size_t parsed; /* bytes of the stream that have become steps */
	bool is_data;  /* the handshake is over for this direction */
	bool told_end; /* EOF or reset is a step already */
	__u8 gid[SMCW_GID_LEN];
	__u32 qpn, rkey, token; /* 0: not known yet */
	__u64 vaddr;
	unsigned int learned; /* Accepts and Confirms that have named a queue pair */
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

/* The hash of a queue pair that an end has named, for by_pair. */
__u64 flow_hash_pair(__u32 qpn, const __u8 *gid);

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
