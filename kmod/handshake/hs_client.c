// SPDX-License-Identifier: GPL-2.0
/* The client's steps of a handshake: TCP -> (Proposal) WAIT_ACCEPT -> (Confirm) SETTLE. */
#include "clc.h"
#include "hs_steps.h"
#include "option.h"
#include "path.h"
#include "trace.h"

static bool hs_client_to_itself(const struct sock *clcsk)
{
	if (inet_sk(clcsk)->inet_sport != clcsk->sk_dport)
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (clcsk->sk_family == AF_INET6)
		return ipv6_addr_equal(&clcsk->sk_v6_rcv_saddr, &clcsk->sk_v6_daddr);
#endif
	return clcsk->sk_rcv_saddr == clcsk->sk_daddr;
}

int smcx_hs_client_tcp(struct smcx_sock *smc)
{
	struct sock *clcsk = smc->tcp.sk;
	int state, err;
	bool seen;

	/* Pairs with inet_sk_state_store(): what the SYN-ACK said is seen with the state. */
	state = smp_load_acquire(&clcsk->sk_state);
	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV)
		return STEP_WAIT;
	if (state == TCP_CLOSE) {
		err = sock_error(clcsk) ?: -ECONNABORTED;
		trace_smcx_connect_failed(&smc->sk, -err);
		return err;
	}
	smc->tcp.sock->state = SS_CONNECTED;
	seen = smcx_option_seen(clcsk, false);
	smcx_option_withdraw(clcsk);
	trace_smcx_syn_option(&smc->sk, false, seen);
	if (!seen) {
		smcx_hs_fallback(smc, SMCW_DECL_PEERNOSMC);
		return STEP_WAIT;
	}
	/* Nobody would answer: TCP's connection to oneself. */
	if (hs_client_to_itself(clcsk)) {
		smcx_hs_fallback(smc, SMCW_DECL_MODEUNSUPP);
		return STEP_WAIT;
	}
	if (smcx_hs_ipsec(clcsk))
		return SMCW_DECL_IPSEC;
	err = smcx_clc_send_proposal(smc);
	if (err == -ENOENT)
		return SMCW_DECL_NOSMCDEV;
	if (err)
		return err;
	WRITE_ONCE(smc->hs.state, SMCX_HS_WAIT_ACCEPT);
	smcx_hs_expect(smc);
	return STEP_AGAIN;
}

/* The path of an Accept, pinned, or NULL. */
static const struct smcx_path *hs_client_path(const struct smcw_accept_parts *p)
{
	u8 type = p->smcd ? SMCW_TYPE_D : SMCW_TYPE_R;
	const struct smcx_path *path;
	int i;

	for (i = 0; i < SMCX_PATHS; i++) {
		path = smcx_path_get(i);
		if (path && path->type == type)
			return path;
		smcx_path_put(path);
	}
	return NULL;
}

/* The Accept is in hs->buf. */
static int hs_client_answer(struct smcx_sock *smc, const struct smcw_layout *layout)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_accept_parts p;
	int err, settled;

	if (smcw_accept_parse(hs->buf, layout, &p))
		return -EPROTO;
	hs->version = p.version;
	if (p.version != SMCW_V2)
		return SMCW_DECL_MODEUNSUPP;
	if (!smc->conn.path)
		smc->conn.path = hs_client_path(&p);
	if (!smc->conn.path)
		return SMCW_DECL_MODEUNSUPP;
	hs->first_contact = p.first_contact;
	hs->release = p.fce ? smcw_fce_release(p.fce) : 0;
	hs->features = p.fce_v2x ? be16_to_cpu(p.fce_v2x->feature_mask) & SMCX_FEATURES : 0;
	settled = smc->conn.path->accepted(smc, &p);
	if (settled == SMCX_GROUP_BUSY) {
		WRITE_ONCE(smc->hs.state, SMCX_HS_WAIT_GROUP);
		return STEP_WAIT;
	}
	if (settled && settled != SMCX_SETTLED)
		return settled;
	err = smcx_clc_send_answer(smc, SMCW_CONFIRM);
	if (err)
		return err;
	if (settled) {
		smcx_hs_done(smc);
		return STEP_WAIT;
	}
	WRITE_ONCE(smc->hs.state, SMCX_HS_SETTLE);
	smcx_hs_expect(smc);
	return STEP_AGAIN;
}

int smcx_hs_client_accept(struct smcx_sock *smc)
{
	struct smcw_layout layout;
	int err = smcx_hs_recv(smc, SMCW_ACCEPT, &layout);

	return err == SMCW_ACCEPT ? hs_client_answer(smc, &layout) : err;
}

/* The server waits for our Confirm, and has nothing to say meanwhile. */
int smcx_hs_client_group(struct smcx_sock *smc)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_layout layout;

	smcw_clc_layout(hs->buf, hs->len, &layout);
	return hs_client_answer(smc, &layout);
}
