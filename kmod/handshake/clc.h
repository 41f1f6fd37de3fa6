/* SPDX-License-Identifier: GPL-2.0 */
/* CLC messages on the TCP connection: see clc.c. */
#ifndef SMCX_CLC_H
#define SMCX_CLC_H

#include <linux/types.h>

#include "smc_codec.h"

struct net;
struct smcx_sock;

const char *smcx_clc_hostname(const struct net *net);
int smcx_clc_send_proposal(struct smcx_sock *smc);
int smcx_clc_send_answer(struct smcx_sock *smc, u8 type);
int smcx_clc_send_decline(struct smcx_sock *smc, u32 reason);
int smcx_clc_recv(struct smcx_sock *smc, struct smcw_layout *layout);

#endif
