/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a connection: see close.c. */
#ifndef SMCX_CLOSE_H
#define SMCX_CLOSE_H

#include "sock.h"

void smcx_state_set(struct smcx_sock *smc, enum smcx_state to, const char *cause)
	__must_hold(&smc->state_lock);
void smcx_close_reset(struct smcx_sock *smc);
void smcx_close_peer(struct smcx_sock *smc);
void smcx_close(struct smcx_sock *smc, bool abort);
bool smcx_close_over(const struct smcx_sock *smc);
int smcx_close_write(struct smcx_sock *smc);
void smcx_abort(struct smcx_sock *smc, int err);
void smcx_close_refuse(struct smcx_sock *smc);
void smcx_close_lost(struct smcx_sock *smc);
void smcx_disconnect(struct smcx_sock *smc);
int smcx_close_tcp_err(const struct sock *clcsk);
void smcx_close_watch_tcp(struct smcx_sock *smc);

#endif
