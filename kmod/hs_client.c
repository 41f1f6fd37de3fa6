// SPDX-License-Identifier: GPL-2.0
/* The client's steps of a handshake: TCP -> (Proposal) WAIT_ACCEPT -> (Confirm) WAIT_ATTACH. */
#include "clc.h"
#include "dev.h"
#include "eid.h"
#include "fault.h"
#include "hs_steps.h"
#include "lgr.h"
#include "option.h"
#include "sock.h"
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

static int hs_client_join(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_conn *conn = &smc->conn;
	struct smcx_hs *hs = smc->hs.run;

	hs->first_contact = p->first_contact;
	memcpy(hs->eid, p->smcd_v2->eid, sizeof(hs->eid));
	memcpy(hs->peer_gid, smcx_dev.gid, sizeof(hs->peer_gid));
	if (!p->first_contact)
		return smcx_lgr_join(conn, SMCX_CLIENT, hs->peer_gid, hs->eid) ? SMCW_DECL_SYNCERR :
										 0;
	hs->release = p->fce ? p->fce->os_release & SMCW_RELEASE_LO : 0;
	hs->features = p->fce_v2x ? be16_to_cpu(p->fce_v2x->feature_mask) & SMCX_FEATURES : 0;
	if (smcx_lgr_create(conn, SMCX_CLIENT, hs->peer_gid, hs->eid, hs->release))
		return SMCW_DECL_MEM;
	smcx_lgr_confirm(conn->lgr, p->fce);
	return 0;
}

int smcx_hs_client_accept(struct smcx_sock *smc)
{
	struct smcw_accept_parts p;
	struct smcw_layout layout;
	int err = smcx_hs_recv(smc, SMCW_ACCEPT, &layout);
	bool joined;

	if (err != SMCW_ACCEPT)
		return err;
	if (smcw_accept_parse(smc->hs.run->buf, &layout, &p))
		return -EPROTO;
	smc->hs.run->version = p.version;
	if (p.version != SMCW_V2 || !p.smcd || !p.smcd_v2)
		return SMCW_DECL_MODEUNSUPP;
	if (smcw_get16(&p.smcd_v2->chid) != smcx_dev.chid ||
	    smcx_eid_match((const struct smcw_eid *)p.smcd_v2->eid, 1) < 0)
		return -EPROTO;
	if (!smcx_hs_our_gid(p.smcd, p.smcd_v2))
		return SMCW_DECL_NOSMCD2DEV;
	err = smcx_hs_save_peer(smc, &p);
	if (!err)
		err = hs_client_join(smc, &p);
	if (!err)
		err = smcx_hs_buffer(smc);
	if (err)
		return err;
	err = smcx_conn_attach(smc);
	if (err)
		return smcx_hs_attach_reason(err);
	smcx_conn_processor(smc, smc->hs.run->cpu);
	/*
	 * The first contact's link group is for others to join once the server has the Confirm. And
	 * knobs are for what another kernel may say: that is answered, not trusted.
	 */
	joined = !p.first_contact && !smcx_faults() && smcx_conn_join(smc);
	err = smcx_clc_send_answer(smc, SMCW_CONFIRM);
	if (err)
		return err;
	if (joined) {
		smcx_hs_done(smc);
		return STEP_WAIT;
	}
	WRITE_ONCE(smc->hs.state, SMCX_HS_WAIT_ATTACH);
	smcx_hs_expect(smc);
	return STEP_AGAIN;
}

int smcx_hs_client_attach(struct smcx_sock *smc)
{
	struct smcw_layout layout;
	int err;

	/* Pairs with smcx_conn_claim(). */
	if (smp_load_acquire(&smc->conn.peer_attached) == SMCX_ATTACH_DONE) {
		smcx_hs_done(smc);
		return STEP_WAIT;
	}
	/* Nothing but a Decline can come: the server has not been attached. */
	err = smcx_hs_recv(smc, SMCW_DECLINE, &layout);
	if (err == SMCW_DECLINE) {
		struct smcw_decline_parts parts;

		if (smcw_decline_parse(smc->hs.run->buf, &layout, &parts))
			return -EPROTO;
		smc->fallback.peer_diagnosis = smcw_get32(&parts.decline->diagnosis);
		return SMCW_DECL_PEERDECL;
	}
	return err;
}
