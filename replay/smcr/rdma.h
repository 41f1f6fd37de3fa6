/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMC-R of the end that is played: its link group, and the steps of a case that
 * are RDMA. A link group outlives a case when the next one of the script makes
 * its connection in it.
 */
#ifndef SMCKIT_REPLAY_RDMA_H
#define SMCKIT_REPLAY_RDMA_H

#include "peer/conn.h"
#include "peer/link.h"
#include "state/transport.h"

#define RDMA_LLC_MS 5000	/* for an LLC message: the timers of Linux are 2 and 4 s */
#define RDMA_TEST_LINK_MS 35000 /* for a TEST_LINK of an idle link, which is tested every 30 s */
#define RDMA_LINKS SCRIPT_LINKS_MAX
#define RDMA_ASK_MS 1000 /* for an answer to CONFIRM_LINK, before it is asked again */

struct rdma_link {
	struct device *device; /* NULL: none has its address */
	struct link link;
	bool open; /* link */
	__u32 peer_qpn;
	__u8 link_num;	    /* as the server counts */
	struct ibv_mr *rmb; /* the RMB of the connection, for this link */
	__u32 rkey;	    /* the stack's by this link, 0: not known */
	__u64 vaddr;
};

struct rdma {
	struct rdma_link links[RDMA_LINKS]; /* further ones as second.h says */
	unsigned int at;		    /* the link that the connection is on, from 0 */
	struct rdma_link *adding;	    /* the one of our last ADD_LINK */
	__u8 offer[QP_MESSAGE_MAX];	    /* the stack's last ADD_LINK */
	size_t offer_len;
	__u8 link_num;
	enum end role;
	struct conn conn;
	__u32 token; /* the last one of ours */
	struct arena arena;
	struct bindings own;	  /* own_qpn, own_rkey and so on */
	__u8 asked[SMCW_LLC_LEN]; /* the CONFIRM_LINK request of ours */
	unsigned int conns;	  /* that the group has had */
	__u64 links_before;	  /* links of the stack before the first case */
	bool ending;		  /* the script has sent DELETE_LINK */
};

/* The device is found and opened, after privs_drop(). Return: 0 or -errno. */
/* @second: for the second link */
int rdma_open(struct rdma **r, const union address *ours, const union address *second);

void rdma_close(struct rdma *r);

/* Has the second link a device, if the first one has? */
bool rdma_has_second(const struct rdma *r);

/* Are the addresses of the first and the second link of different devices? */
bool rdma_two_devices(const struct rdma *r);

/**
 * rdma_begin() - before a case: a queue pair and an RMB of ours, if it has steps for them.
 *
 * Return: 0, PLAY_NOT_PLAYABLE with the reason in the outcome, or -errno.
 */
int rdma_begin(struct play *p);

/* After a case: the link group ends unless the next case goes on with it. */
void rdma_end(struct play *p, bool passed);

/* The queue pair of a link. @n: from 0. Return: 0 or -errno. */
int rdma_open_link(struct rdma *r, unsigned int n);

extern const struct transport rdma_transport;

/* A step or NULL: what the background may answer until it. */
void rdma_look_ahead(struct rdma *r, const struct step *ahead);

/* The link that the connection is on. */
struct link *rdma_conn_link(struct rdma *r);

/* The link of a message: CDC goes by the one that the connection is on. */
struct link *rdma_link_of(struct play *p, const struct step *s);

/* A name of our end. */
void rdma_own_bytes(struct rdma *r, const char *name, unsigned int field, const void *bytes);
void rdma_own_number(struct rdma *r, const char *name, unsigned int field, __u64 number);

#endif
