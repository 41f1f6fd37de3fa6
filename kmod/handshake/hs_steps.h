/* SPDX-License-Identifier: GPL-2.0 */
/* The handshake's two roles, and what they have in common. See hs.c. All with lock_sock() held. */
#ifndef SMCX_HS_STEPS_H
#define SMCX_HS_STEPS_H

#include "path.h"
#include "smc_codec.h"

/* Results of a step, beside -errno and reason codes. */
#define STEP_WAIT 0
#define STEP_AGAIN 1 /* no reason code is that small */

/* hs_client.c, hs_server.c: steps, one for each state */
int smcx_hs_client_tcp(struct smcx_sock *smc);
int smcx_hs_client_accept(struct smcx_sock *smc);
int smcx_hs_client_group(struct smcx_sock *smc);
int smcx_hs_server_proposal(struct smcx_sock *smc);
int smcx_hs_server_group(struct smcx_sock *smc);
int smcx_hs_server_confirm(struct smcx_sock *smc);

/* hs.c. The next message is waited for from now on. */
void smcx_hs_expect(struct smcx_sock *smc);
/* Returns the message's type, which is @type, SMCW_DECL_PEERDECL, or what smcx_clc_recv() does. */
int smcx_hs_recv(struct smcx_sock *smc, u8 type, struct smcw_layout *layout);
bool smcx_hs_ipsec(const struct sock *clcsk);
/* Its ends: on SMC, on TCP. */
void smcx_hs_done(struct smcx_sock *smc);
void smcx_hs_fallback(struct smcx_sock *smc, u32 reason);

#endif
