/* SPDX-License-Identifier: GPL-2.0 */
/* Steps that come from outside, each with a work item: see later.c. */
#ifndef SMCX_LATER_H
#define SMCX_LATER_H

#include <linux/types.h>

struct smcx_sock;
struct sock;

enum smcx_later {
	SMCX_LATER_LISTEN,
	SMCX_LATER_HS,
	SMCX_LATER_ABORT,
	SMCX_LATER_FREE,
	SMCX_LATER_COUNT,
};

bool smcx_later_enter(struct smcx_sock *smc, enum smcx_later step);
void smcx_later_release(struct sock *sk);

#endif
