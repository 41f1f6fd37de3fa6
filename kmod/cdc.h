/* SPDX-License-Identifier: GPL-2.0 */
/* Reports to the other end, and what cursors say: see cdc.c. */
#ifndef SMCX_CDC_H
#define SMCX_CDC_H

#include <linux/types.h>

#include "smc_wire.h"

struct smcx_conn;
struct smcx_dmb;
struct smcx_sock;
struct sock;

/* Work of smcx_cdc_post() besides sending the cursors. */
#define SMCX_CDC_WAKE 1	  /* wake the peer's reader */
#define SMCX_CDC_URGENT 2 /* flag the byte before the producer cursor: see smcx_cdc_urgent() */

void smcx_cdc_post(struct smcx_sock *smc, unsigned int what);
void smcx_cdc_urgent(struct smcx_sock *smc, u64 prod);
void smcx_cdc_abort(struct smcx_sock *smc);
void smcx_cdc_refuse(struct smcx_sock *server);
bool smcx_cdc_deliver(struct smcx_dmb *dmb, struct smcx_dmb *back, const struct smcw_cdc_smcd *cdc);
/* Bytes that can be read; more than the buffer's length if the peer broke the protocol. */
u32 smcx_cdc_unread(const struct smcx_conn *conn);
/* Is as much there, or as much as there will be? Not to be relied on without rx_lock. */
bool smcx_cdc_readable(const struct smcx_conn *conn, u32 lowat);
/* Bytes that the peer has not consumed yet; likewise. */
u32 smcx_cdc_unconsumed(const struct smcx_conn *conn);
/* Bytes that the peer's DMB takes now. */
u32 smcx_cdc_room(const struct smcx_conn *conn);
void smcx_cdc_consumed(struct smcx_sock *smc);
void smcx_write_space(struct sock *sk);

#endif
