// SPDX-License-Identifier: GPL-2.0
/* The server's steps of a handshake: WAIT_PROPOSAL -> (Accept) WAIT_CONFIRM -> SETTLE. */
#include <linux/delay.h>

#include "clc.h"
#include "eid.h"
#include "fault.h"
#include "hs_steps.h"
#include "path.h"

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

/* 0 with hs->eid and what else was agreed upon, or a reason. */
static int hs_server_agree(struct smcx_sock *smc, const struct smcw_proposal_parts *p)
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
	if (!smcx_path_any(p->typev2))
		return hs_server_no_smcd_v2(p);
	eid = smcx_fault(no_eid, &smc->sk) ? -ENOENT : smcx_eid_match(p->eid, p->eid_count);
	if (eid < 0)
		return p->typev2 == SMCW_TYPE_R ? SMCW_DECL_NOSMCRDEV : SMCW_DECL_NOSMCDDEV;
	memcpy(hs->eid, p->eid[eid].eid, sizeof(hs->eid));
	hs->release = min_t(u8, smcw_get_bits(p->v2->flags, SMCW_RELEASE_HI), 1);
	hs->features = SMCX_FEATURES;
	return 0;
}

/* -ENOENT if this path is not asked. One that was busy is asked again, and keeps what it has. */
static int hs_server_try(struct smcx_sock *smc, int i, const struct smcw_proposal_parts *p)
{
	const struct smcx_path *path = smcx_path_get(i);
	const bool again = smc->hs.state == SMCX_HS_WAIT_GROUP && smc->conn.path;

	if (!path || !smcw_type_includes(p->typev2, path->type) ||
	    (again && path != smc->conn.path)) {
		smcx_path_put(path);
		return -ENOENT;
	}
	if (again)
		smcx_path_put(path);
	else
		smc->conn.path = path;
	return smc->conn.path->choose(smc, p);
}

/* The first path that can do it; if none can, the reason of the first. */
static int hs_server_choose(struct smcx_sock *smc, const struct smcw_proposal_parts *p)
{
	int i, err, first = 0;

	for (i = 0; i < SMCX_PATHS; i++) {
		err = hs_server_try(smc, i, p);
		if (err == -ENOENT)
			continue;
		if (err <= 0 || err == SMCX_GROUP_BUSY)
			return err;
		smcx_conn_free(smc);
		first = first ?: err;
	}
	return first ?: SMCW_DECL_NOSMCDEV;
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

/* The Proposal is in hs->buf. */
static int hs_server_answer(struct smcx_sock *smc, const struct smcw_layout *layout)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_proposal_parts p;
	int err;

	if (smcw_proposal_parse(hs->buf, layout, &p))
		return -EPROTO;
	hs->version = p.version;
	err = hs_server_agree(smc, &p);
	if (!err)
		err = hs_server_choose(smc, &p);
	if (err == SMCX_GROUP_BUSY) {
		if (smc->hs.state != SMCX_HS_WAIT_GROUP)
			smcx_hs_expect(smc);
		WRITE_ONCE(smc->hs.state, SMCX_HS_WAIT_GROUP);
		return STEP_WAIT;
	}
	if (!err)
		err = smcx_clc_send_answer(smc, SMCW_ACCEPT);
	if (err)
		return err;
	WRITE_ONCE(smc->hs.state, SMCX_HS_WAIT_CONFIRM);
	smcx_hs_expect(smc);
	hs_server_hold(smc);
	return STEP_AGAIN;
}

int smcx_hs_server_proposal(struct smcx_sock *smc)
{
	struct smcw_layout layout;
	int err = smcx_hs_recv(smc, SMCW_PROPOSAL, &layout);

	return err == SMCW_PROPOSAL ? hs_server_answer(smc, &layout) : err;
}

/* The client waits for our Accept, and has nothing to say meanwhile. */
int smcx_hs_server_group(struct smcx_sock *smc)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_layout layout;

	smcw_clc_layout(hs->buf, hs->len, &layout);
	return hs_server_answer(smc, &layout);
}

int smcx_hs_server_confirm(struct smcx_sock *smc)
{
	struct smcx_hs *hs = smc->hs.run;
	const struct smcx_path *path = smc->conn.path;
	struct smcw_accept_parts p;
	struct smcw_layout layout;
	int err = smcx_hs_recv(smc, SMCW_CONFIRM, &layout);

	if (err != SMCW_CONFIRM)
		return err;
	if (smcw_accept_parse(hs->buf, &layout, &p))
		return -EPROTO;
	if (p.version != SMCW_V2 || (path->type == SMCW_TYPE_D) != !!p.smcd)
		return SMCW_DECL_MODEUNSUPP;
	err = path->confirmed(smc, &p);
	if (err)
		return err;
	smcx_listen_line_up(smc);
	WRITE_ONCE(smc->hs.state, SMCX_HS_SETTLE);
	return STEP_AGAIN;
}
