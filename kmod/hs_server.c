// SPDX-License-Identifier: GPL-2.0
/* The server's steps of a handshake: WAIT_PROPOSAL -> (Accept) WAIT_CONFIRM. */
#include <linux/delay.h>

#include "clc.h"
#include "dev.h"
#include "eid.h"
#include "fault.h"
#include "hs_steps.h"
#include "lgr.h"
#include "sock.h"

/* SMC-D entries of emulated devices come in pairs: GID and its extension, under one CHID. */
static bool hs_server_reached(const struct smcw_proposal_parts *p)
{
	int i;

	for (i = 0; i + 1 < p->gid_count; i++) {
		u16 chid = smcw_get16(&p->gid[i].chid);

		if (chid < SMCW_CHID_EMULATED || smcw_get16(&p->gid[i + 1].chid) != chid)
			continue;
		if (chid == smcx_dev.chid && !memcmp(&p->gid[i].gid, smcx_dev.gid, 8) &&
		    !memcmp(&p->gid[i + 1].gid, smcx_dev.gid + 8, 8))
			return true;
		i++;
	}
	return false;
}

/* The reason that is sent to a peer without SMC-Dv2. */
static u32 hs_server_no_smcd_v2(const struct smcw_proposal_parts *p)
{
	u8 types = p->typev1;

	if (p->version < SMCW_V2)
		return SMCW_DECL_NOSMCDEV;
	if (types == SMCW_TYPE_N)
		types = p->typev2;
	switch (types) {
	case SMCW_TYPE_D:
		return SMCW_DECL_NOSMCDDEV;
	case SMCW_TYPE_R:
		return SMCW_DECL_NOSMCRDEV;
	case SMCW_TYPE_N:
		return SMCW_DECL_PEERNOSMC;
	default:
		return SMCW_DECL_NOSMCDEV;
	}
}

/* Is SMC-Dv2 over our device possible? 0 with hs->eid, or a reason code. */
static int hs_server_choose(struct smcx_sock *smc, const struct smcw_proposal_parts *p)
{
	struct smcx_hs *hs = smc->hs.run;
	int eid;

	if (smcx_hs_ipsec(smc->tcp.sk))
		return SMCW_DECL_IPSEC;
	if (p->version < SMCW_V2 || p->typev2 == SMCW_TYPE_N)
		return hs_server_no_smcd_v2(p);
	if (!p->v2)
		return SMCW_DECL_NOV2EXT;
	if (smcw_type_includes(p->typev2, SMCW_TYPE_D) && !p->smcd_v2)
		return SMCW_DECL_NOV2DEXT;
	/* SMC-R gets the same reason, though it would not help. */
	if (!p->eid_count)
		return SMCW_DECL_NOUEID;
	if (!smcw_type_includes(p->typev2, SMCW_TYPE_D))
		return hs_server_no_smcd_v2(p);
	eid = smcx_fault(no_eid, &smc->sk) ? -ENOENT : smcx_eid_match(p->eid, p->eid_count);
	if (eid < 0)
		return SMCW_DECL_NOSMCDDEV;
	if (!hs_server_reached(p))
		return SMCW_DECL_NOSMCD2DEV;
	memcpy(hs->eid, p->eid[eid].eid, sizeof(hs->eid));
	memcpy(hs->peer_gid, smcx_dev.gid, sizeof(hs->peer_gid));
	hs->release = min_t(u8, smcw_get_bits(p->v2->flags, SMCW_RELEASE_HI), 1);
	hs->features = SMCX_FEATURES;
	return 0;
}

/* Packets that come meanwhile wait in TCP's backlog. */
static void hs_server_hold(struct smcx_sock *smc)
{
	if (!smcx_fault(hs_hold, &smc->sk))
		return;
	lock_sock(smc->tcp.sk);
	msleep(50);
	release_sock(smc->tcp.sk);
}

int smcx_hs_server_proposal(struct smcx_sock *smc)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_proposal_parts p;
	struct smcw_layout layout;
	int err = smcx_hs_recv(smc, SMCW_PROPOSAL, &layout);

	if (err != SMCW_PROPOSAL)
		return err;
	if (smcw_proposal_parse(hs->buf, &layout, &p))
		return -EPROTO;
	hs->version = p.version;
	err = hs_server_choose(smc, &p);
	if (!err)
		err = smcx_hs_buffer(smc);
	if (err)
		return err;
	hs->first_contact = smcx_lgr_join(&smc->conn, SMCX_SERVER, hs->peer_gid, hs->eid) < 0;
	if (hs->first_contact &&
	    smcx_lgr_create(&smc->conn, SMCX_SERVER, hs->peer_gid, hs->eid, hs->release))
		return SMCW_DECL_MEM;
	err = smcx_clc_send_answer(smc, SMCW_ACCEPT);
	if (err)
		return err;
	WRITE_ONCE(smc->hs.state, SMCX_HS_WAIT_CONFIRM);
	smcx_hs_expect(smc);
	hs_server_hold(smc);
	return STEP_AGAIN;
}

int smcx_hs_server_confirm(struct smcx_sock *smc)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_accept_parts p;
	struct smcw_layout layout;
	int err = smcx_hs_recv(smc, SMCW_CONFIRM, &layout);

	if (err != SMCW_CONFIRM)
		return err;
	if (smcw_accept_parse(hs->buf, &layout, &p))
		return -EPROTO;
	if (p.version != SMCW_V2 || !p.smcd || !p.smcd_v2)
		return SMCW_DECL_MODEUNSUPP;
	if (smcw_get16(&p.smcd_v2->chid) != smcx_dev.chid ||
	    memcmp(p.smcd_v2->eid, hs->eid, sizeof(hs->eid)))
		return -EPROTO;
	if (!smcx_hs_our_gid(p.smcd, p.smcd_v2))
		return SMCW_DECL_NOSMCD2DEV;
	if (p.fce && (p.fce->os_release & SMCW_RELEASE_LO) != hs->release)
		return SMCW_DECL_RELEASEERR;
	err = smcx_hs_save_peer(smc, &p);
	if (err)
		return err;
	err = smcx_conn_attach(smc);
	if (err)
		return smcx_hs_attach_reason(err);
	smcx_listen_line_up(smc);
	/* A client that has joined is connected, and perhaps gone again. */
	if (!smcx_hs_joined(smc) &&
	    !smcx_conn_claim(smcx_dmb_of(smc->conn.tx), smcx_dmb_of(smc->conn.rx)))
		return -ECONNABORTED;
	if (hs->first_contact)
		smcx_lgr_confirm(smc->conn.lgr, p.fce);
	smcx_hs_done(smc);
	smcx_listen_hand_over(smc);
	return STEP_WAIT;
}
