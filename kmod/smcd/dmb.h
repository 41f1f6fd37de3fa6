/* SPDX-License-Identifier: GPL-2.0 */
/* What SMC-D's path does with the DMBs of a connection: see dmb_conn.c and dmb_cdc.c. */
#ifndef SMCX_DMB_H
#define SMCX_DMB_H

#include "dev.h"
#include "path.h"

/* dmb_conn.c. With lock_sock() held. */
int smcx_dmb_buffer(struct smcx_sock *smc, struct mem_cgroup *memcg);
int smcx_dmb_use(struct smcx_sock *smc);
bool smcx_dmb_join(struct smcx_sock *client);
void smcx_dmb_processor(struct smcx_sock *client, int cpu);
void smcx_dmb_line_up(struct smcx_sock *client);
bool smcx_dmb_give_up(struct smcx_sock *smc);
void smcx_dmb_leave(struct smcx_sock *smc);
void smcx_dmb_free(struct smcx_sock *smc);
/* Any context. */
bool smcx_dmb_claim(struct smcx_dmb *dmb, const struct smcx_dmb *own);

/* dmb_cdc.c */
void smcx_dmb_urgent(struct smcx_sock *smc, u64 prod);
void smcx_dmb_refuse(struct smcx_sock *server);
bool smcx_dmb_deliver(struct smcx_dmb *dmb, struct smcx_dmb *back, const struct smcw_cdc_smcd *cdc);

#endif
