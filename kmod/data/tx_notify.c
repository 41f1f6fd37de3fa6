// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the error queue after a sendmsg(), for recvmsg(MSG_ERRQUEUE). It is TCP's queue,
 * so that a program finds everything there in the form that TCP gives it.
 *
 * MSG_ZEROCOPY: bytes are copied once, into the peer's DMB, and the notice that the program's
 * memory is its own again says so (SO_EE_CODE_ZEROCOPY_COPIED), as that of TCP does over loopback.
 *
 * SO_TIMESTAMPING: there is one moment at which bytes are sent and are at the peer. The bytes
 * themselves are not there, as if SOF_TIMESTAMPING_OPT_TSONLY were set.
 */
#include <linux/errqueue.h>
#include <linux/skbuff.h>
#include <net/tcp.h>

#include "compat.h"
#include "sock.h"
#include "tx.h"

/**
 * smcx_tx_notice() - what will be said when as much has been sent.
 * @smc: in SMC-D mode, not released
 * @len: bytes, more than 0
 *
 * Process context.
 *
 * Return: to be handed to smcx_tx_notify(), or NULL without memory that may be locked.
 */
struct ubuf_info *smcx_tx_notice(struct smcx_sock *smc, size_t len)
{
	struct ubuf_info *notice;

	lock_sock(smc->tcp.sk);
	notice = smcx_zerocopy_alloc(smc->tcp.sk, len);
	release_sock(smc->tcp.sk);
	if (notice)
		uarg_to_msgzc(notice)->zerocopy = 0;
	return notice;
}

/**
 * smcx_tx_notify() - the bytes have been copied, or the call has failed.
 * @smc: in SMC-D mode, not released
 * @notice: from smcx_tx_notice()
 * @n: what sendmsg() returns
 */
void smcx_tx_notify(struct smcx_sock *smc, struct ubuf_info *notice, int n)
{
	if (n <= 0) {
		/* As if it had never been: its number is the next one's. */
		lock_sock(smc->tcp.sk);
		net_zcopy_put_abort(notice, true);
		release_sock(smc->tcp.sk);
		return;
	}
	net_zcopy_put(notice);
	sk_error_report(&smc->sk);
}

/* As many bytes as have been sent since numbers are asked for: what TCP makes of a sequence number.
 */
static u32 tx_stamp_key(const struct smcx_sock *smc)
{
	u32 sent = (u32)READ_ONCE(smc->conn.tx_bytes) - READ_ONCE(smc->conn.tx_key);

	/* The queue takes TCP's own beginning away again. */
	return sent - 1 + atomic_read(&smc->tcp.sk->sk_tskey);
}

/**
 * smcx_tx_stamp() - bytes have been sent for which time stamps are asked for.
 * @smc: in SMC-D mode, not released
 * @flags: SOF_TIMESTAMPING_*, of the socket and of the call
 *
 * Process context.
 */
void smcx_tx_stamp(struct smcx_sock *smc, u32 flags)
{
	static const struct {
		u32 flag;
		int type;
		u8 asked; /* of the packet: since 6.15 there is no stamp without it */
	} stamps[] = {
		{ SOF_TIMESTAMPING_TX_SCHED, SCM_TSTAMP_SCHED, SKBTX_SCHED_TSTAMP },
		{ SOF_TIMESTAMPING_TX_SOFTWARE, SCM_TSTAMP_SND, SKBTX_SW_TSTAMP },
		{ SOF_TIMESTAMPING_TX_ACK, SCM_TSTAMP_ACK, 0 },
	};
	struct sk_buff *skb = alloc_skb(0, GFP_KERNEL);
	int i;

	/* As TCP without memory: there is no stamp. */
	if (!skb)
		return;
	skb_shinfo(skb)->tskey = tx_stamp_key(smc);
	TCP_SKB_CB(skb)->txstamp_ack = !!(flags & SOF_TIMESTAMPING_TX_ACK);
	for (i = 0; i < ARRAY_SIZE(stamps); i++) {
		if (!(flags & stamps[i].flag))
			continue;
		skb_shinfo(skb)->tx_flags |= stamps[i].asked;
		__skb_tstamp_tx(skb, NULL, NULL, smc->tcp.sk, stamps[i].type);
	}
	kfree_skb(skb);
	sk_error_report(&smc->sk);
}
