/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link of a link group of SMC-R, at the end that is played: a queue pair,
 * the messages that came by it, and a thread that answers those that the script does not.
 */
#ifndef SMCKIT_REPLAY_LINK_H
#define SMCKIT_REPLAY_LINK_H

#include <pthread.h>
#include <stdio.h>

#include "base/result.h"
#include "qp.h"
#include "script/script.h"

#define LINK_ARRIVALS_MAX 4096 /* that are kept; more are counted */

#define LINK_TYPES 256

/* A message that came and was not answered in the background. */
struct arrival {
	struct arrival *next;
	__u8 type;     /* as the header has it */
	bool response; /* of LLC */
	size_t len;
	__u8 bytes[];
};

struct link {
	const struct device *device;
	struct qp qp;
	bool connected;
	pthread_t thread;
	bool has_thread;
	int stop; /* eventfd */

	/* Under the lock: */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct arrival *first, **tail;
	unsigned int n, lost;		   /* arrivals: kept, too many */
	unsigned int answered[LINK_TYPES]; /* in the background, by type */
	bool deaf;			   /* buffers that were used are not posted anew */
	bool used[QP_DEPTH];		   /* those of them */
	bool busy[QP_DEPTH];		   /* buffers of SENDs that are not done */
	unsigned int unsent;		   /* SENDs and writes that are not done */
	enum ibv_wc_status status;	   /* of the first that failed */
	const struct step *ahead;	   /* the script from here on */
	__u8 stack;			   /* enum end: the other one */
	__u32 uid;			   /* link user ID of ours */
	unsigned int number;		   /* in the group, from 1, as scripts count */
};

/**
 * link_open() - a queue pair and its thread.
 * @l: filled in; release it with link_close() in any case
 * @stack: the end that is not played
 * @psn: 24 bits
 * @uid: link user ID
 * @number: of the group, from 1
 *
 * Return: 0 or -errno.
 */
int link_open(struct link *l, const struct device *d, enum end stack, __u32 psn, __u32 uid,
	      unsigned int number);

void link_close(struct link *l);

/* The other end is known. Return: 0 or -errno. */
int link_connect(struct link *l, const struct qp_peer *to);

/* Is it by this link that the message of a step comes? LLC of which nothing is said: by the first.
 */
bool link_is_of(const struct link *l, const struct step *s);

/* The steps still to be played: messages that they expect get no answer in the background. */
void link_ahead(struct link *l, const struct step *ahead);

/**
 * link_receive() - take messages, or let the other end wait.
 * @on: buffers that are used from now on are posted anew, and those that were not. QP_DEPTH are
 *	posted, so as many messages come all the same
 */
void link_receive(struct link *l, bool on);

/**
 * link_send() - a SEND, and wait until the other end has it.
 * @solicited: it raises an event there
 *
 * Return: 0, PEER_LATE, PEER_RESET when the queue pair is no more, or -errno.
 */
int link_send(struct link *l, const void *bytes, size_t len, bool solicited, unsigned int ms);

/* As link_send(), an RDMA write. */
int link_write(struct link *l, const void *bytes, size_t len, __u64 vaddr, __u32 rkey,
	       unsigned int ms);

/**
 * link_take() - the next message of a kind, or wait for it.
 * @type: as the header has it
 * @response: of LLC
 *
 * Return: the message, to be freed, or NULL when none has come in time.
 */
struct arrival *link_take(struct link *l, __u8 type, bool response, unsigned int ms);

/* The first one that is there, CDC left out unless @cdc is set; NULL without any. To be freed. */
struct arrival *link_left(struct link *l, bool cdc);

/* Answers in the background since the last question: " TEST_LINK 2, ...". */
void link_write_answered(struct link *l, FILE *out);

/* Why it failed, or NULL. */
const char *link_fault(struct link *l);

#endif
