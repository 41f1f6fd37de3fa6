/* SPDX-License-Identifier: GPL-2.0 */
/* recvmsg(): see rx.c and rx_cmsg.c. */
#ifndef SMCX_RX_H
#define SMCX_RX_H

#include <linux/net_tstamp.h>
#include <linux/socket.h>
#include <net/sock.h>

struct smcx_conn;
struct smcx_sock;

int smcx_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);
bool smcx_rx_done(const struct smcx_sock *smc);
bool smcx_rx_is_over_mark(const struct smcx_conn *conn);

/* rx_cmsg.c */
void smcx_rx_cmsg(struct smcx_sock *smc, struct msghdr *msg, int n);

/* SO_TIMESTAMPING asks for the time at which bytes come. */
static inline bool smcx_rx_timestamping(const struct sock *sk)
{
	const u32 flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;

	return (READ_ONCE(sk->sk_tsflags) & flags) == flags;
}

/* Does anybody ask for it? */
static inline bool smcx_rx_stamped(const struct sock *sk)
{
	return sock_flag(sk, SOCK_RCVTSTAMP) || smcx_rx_timestamping(sk);
}

#endif
