/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further links of a link group, at the end that is played. One is there in cases that name
 * something of it: own_qpn2, own_psn2, own_link_uid2, own_rkey2. Its memory is registered anew, so
 * that an rkey is of one link alone: a write by the wrong one breaks the link.
 */
#ifndef SMCKIT_REPLAY_SECOND_H
#define SMCKIT_REPLAY_SECOND_H

#include "rdma.h"

/* Queue pairs for the further links that the case names, with their names. Return: 0 or -errno. */
int second_open(struct rdma *r, const struct test_case *test);

/* The RMB of the connection, for these links too. Return: 0 or -errno. */
int second_open_conn(struct rdma *r);

/* Before the RMB goes. */
void second_close_conn(struct rdma *r);

/*
 * A message is about to be sent. An ADD_LINK names the queue pair of the new link. As a client we
 * know the other end by then. Return: 0, PLAY_FAILED or -errno.
 */
int second_sending(struct play *p, struct rdma_link *by, const __u8 *bytes, size_t len);

/**
 * second_learn() - a message of the stack by LLC that a step has taken.
 * @by: the link by which it came
 *
 * ADD_LINK says what to connect to, and that and CONFIRM_RKEY the rkeys of the stack's RMB.
 *
 * Return: 0, PLAY_FAILED or -errno.
 */
int second_learn(struct play *p, struct rdma_link *by, const __u8 *bytes, size_t len);

#endif
