/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RDMA without a device: in the place of libibverbs (LD_PRELOAD). fake_verbs.c has devices and the
 * memory and completions that belong to them, fake_pair.c queue pairs, and fake_made.c knows what
 * has been made and not been given back.
 */
#ifndef SMCKIT_TESTS_FAKE_VERBS_H
#define SMCKIT_TESTS_FAKE_VERBS_H

#include <infiniband/verbs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#undef ibv_query_port
#undef ibv_reg_mr

enum { FAKE_QUEUE = 512, FAKE_CQ = 4 * FAKE_QUEUE };

struct fake_cq {
	struct ibv_cq ibv;
	struct ibv_wc done[FAKE_CQ];
	unsigned int first, n;
	bool armed;
};

#pragma GCC visibility push(hidden)

/* For all that changes by packets. */
extern pthread_mutex_t fake_verbs_lock;

/* A completion of a queue pair, whose reader is woken. The caller has the lock. */
void fake_verbs_complete(struct fake_cq *c, const struct ibv_wc *wc);

/* Is @len bytes at @at memory of that key, with all of @access? The caller has the lock. */
bool fake_verbs_allows(const struct ibv_pd *pd, uint32_t key, uint64_t at, uint64_t len,
		       int access);

/* The GID with that number; false if the device has none. */
bool fake_verbs_gid(const struct ibv_device *d, unsigned int index, uint8_t *gid);

int fake_pair_post_send(struct ibv_qp *ibv, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int fake_pair_post_recv(struct ibv_qp *ibv, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);

enum fake_made_kind {
	MADE_CONTEXT,
	MADE_DOMAIN,
	MADE_REGION,
	MADE_CHANNEL,
	MADE_CQ,
	MADE_QP,
	MADE_KINDS,
};

/**
 * fake_made() - a new object, zeroed
 * @of: two objects that it uses, or NULL
 *
 * Return: NULL with an errno where $FAKE_VERBS_FAILS has its kind: "KIND", or "KIND:N" for the Nth
 * of it.
 */
void *fake_made(enum fake_made_kind kind, size_t size, const void *of, const void *of_too);

/* It is given back. Return: 0, or EBUSY while others use it. */
int fake_made_free(void *object);

#pragma GCC visibility pop

#endif
