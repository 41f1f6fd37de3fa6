/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second link of a link group, at the end that is played. It is there in cases that name
 * something of it: own_qpn2, own_psn2, own_link_uid2, own_rkey2. Its memory is registered anew, so
 * that an rkey is of one link alone: a write by the wrong one breaks the link.
 */
#ifndef SMCKIT_REPLAY_SECOND_H
#define SMCKIT_REPLAY_SECOND_H

#include "rdma.h"

/* Has the case a second link? */
bool second_in(const struct test_case *test);

/* Its queue pair, and names for it. Return: 0 or -errno. */
int second_open(struct rdma *r);

/* The RMB of the connection, for this link too. Return: 0 or -errno. */
int second_open_conn(struct rdma *r);

/* Before the RMB goes. */
void second_close_conn(struct rdma *r);

/**
 * second_learn() - a message of the stack by LLC that a step has taken.
 *
 * ADD_LINK says what to connect to, and that and CONFIRM_RKEY the rkey of the stack's RMB.
 *
 * Return: 0, PLAY_FAILED or -errno.
 */
int second_learn(struct play *p, const __u8 *bytes, size_t len);

#endif
