// SPDX-License-Identifier: GPL-2.0
/*
 * MSG_ZEROCOPY: bytes are copied once, into the peer's DMB, and the notice that the program's
 * memory is its own again says so (SO_EE_CODE_ZEROCOPY_COPIED), as that of TCP does over loopback.
 * Notices are on TCP's error queue, from which recvmsg(MSG_ERRQUEUE) takes them.
 */
#include <linux/skbuff.h>

#include "smcx.h"

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

	lock_sock(smc->clcsk);
	notice = smcx_zerocopy_alloc(smc->clcsk, len);
	release_sock(smc->clcsk);
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
		lock_sock(smc->clcsk);
		net_zcopy_put_abort(notice, true);
		release_sock(smc->clcsk);
		return;
	}
	net_zcopy_put(notice);
	sk_error_report(&smc->sk);
}
