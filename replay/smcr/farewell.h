/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a link group after its cases: the stack is not to keep it, nor a later case to count
 * it. */
#ifndef SMCKIT_REPLAY_FAREWELL_H
#define SMCKIT_REPLAY_FAREWELL_H

#include "rdma.h"

/* Before the first case: what the stack has is not ours. */
void farewell_begin(struct rdma *r);

/* Notify the stack by any link that is left; what it asks meanwhile is answered. */
void farewell_say(struct rdma *r);

/* Groups of earlier cases end, or not within some seconds. */
void farewell_settle(struct rdma *r);

#endif
