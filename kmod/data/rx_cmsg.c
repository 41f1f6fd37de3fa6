// SPDX-License-Identifier: GPL-2.0
/* Control messages of recvmsg(), as TCP's: TCP_INQ and SO_TIMESTAMP*. */
#include <linux/net_tstamp.h>
#include <linux/tcp.h>

#include "cdc.h"
#include "compat.h"
#include "rx.h"
#include "ring.h"
#include "sock.h"

/* TCP counts the peer's end as a byte, so that there is one more call, which reads it. */
static int rx_inq(const struct smcx_sock *smc)
{
	const struct smcx_conn *conn = &smc->conn;
	bool ended = READ_ONCE(conn->rx_state) & (SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED);
	u32 n;

	/* Pairs with smcx_cdc_take(): the cursor is at least as new as the state. */
	smp_rmb();
	n = smcx_cdc_unread(conn);
	return (n > conn->rx->len ? 0 : n) + ended;
}

static void rx_put_stamp(struct msghdr *msg, const struct sock *sk, ktime_t at)
{
	bool wide = sock_flag(sk, SOCK_TSTAMP_NEW);
	struct __kernel_sock_timeval stv;
	struct __kernel_old_timespec old;
	struct timespec64 ts = ktime_to_timespec64(at);
	struct __kernel_old_timeval tv;
	struct __kernel_timespec kts;

	if (sock_flag(sk, SOCK_RCVTSTAMPNS) && wide) {
		kts = (struct __kernel_timespec){ .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec };
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(kts), &kts);
	} else if (sock_flag(sk, SOCK_RCVTSTAMPNS)) {
		old = (struct __kernel_old_timespec){ .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec };
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(old), &old);
	} else if (wide) {
		stv.tv_sec = ts.tv_sec;
		stv.tv_usec = ts.tv_nsec / NSEC_PER_USEC;
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(stv), &stv);
	} else {
		tv.tv_sec = ts.tv_sec;
		tv.tv_usec = ts.tv_nsec / NSEC_PER_USEC;
		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(tv), &tv);
	}
}

static void rx_put_stamps(struct msghdr *msg, const struct sock *sk, ktime_t at)
{
	struct scm_timestamping_internal all = { .ts[0] = smcx_scm_stamp(at) };

	if (sock_flag(sk, SOCK_TSTAMP_NEW))
		put_cmsg_scm_timestamping64(msg, &all);
	else
		put_cmsg_scm_timestamping(msg, &all);
}

/**
 * smcx_rx_cmsg() - the control messages of a recvmsg().
 * @smc: in SMC-D mode, not released
 * @msg: the call's
 * @n: bytes that it has received
 *
 * The time is that of the peer's last sendmsg(), also for bytes that it sent before that.
 */
void smcx_rx_cmsg(struct smcx_sock *smc, struct msghdr *msg, int n)
{
	const struct sock *sk = &smc->sk;
	ktime_t at;
	int left;

	if (unlikely(n && smcx_rx_stamped(sk))) {
		at = READ_ONCE(smc->conn.rx_stamp);
		if (at && sock_flag(sk, SOCK_RCVTSTAMP))
			rx_put_stamp(msg, sk, at);
		if (at && smcx_rx_timestamping(sk))
			rx_put_stamps(msg, sk, at);
	}
	/* TCP's own flag: the option has been set there. */
	if (unlikely(tcp_sk(smc->tcp.sk)->recvmsg_inq || msg->msg_get_inq)) {
		left = rx_inq(smc);
		if (tcp_sk(smc->tcp.sk)->recvmsg_inq)
			put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(left), &left);
		msg->msg_inq = left;
	}
}
