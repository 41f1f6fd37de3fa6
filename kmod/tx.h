/* SPDX-License-Identifier: GPL-2.0 */
/* sendmsg(): see tx.c and tx_notify.c. */
#ifndef SMCX_TX_H
#define SMCX_TX_H

#include <linux/skbuff.h>
#include <linux/socket.h>

#include "sock.h"

int smcx_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
bool smcx_tx_ready(struct smcx_sock *smc);

/* tx_notify.c */
struct ubuf_info *smcx_tx_notice(struct smcx_sock *smc, size_t len);
void smcx_tx_notify(struct smcx_sock *smc, struct ubuf_info *notice, int n);
void smcx_tx_stamp(struct smcx_sock *smc, u32 flags);

static inline bool smcx_tx_wants_notice(const struct smcx_sock *smc, const struct msghdr *msg,
					size_t len)
{
	if (!(msg->msg_flags & MSG_ZEROCOPY) || !len || msg->msg_ubuf)
		return false;
	return sock_flag(smc->tcp.sk, SOCK_ZEROCOPY);
}

#endif
