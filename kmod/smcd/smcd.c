// SPDX-License-Identifier: GPL-2.0
/* SMC-D's path: its part of a handshake. See path.h; what it does with DMBs is in dmb.h. */
#include "cdc.h"
#include "cursor_word.h"
#include "dmb.h"
#include "eid.h"
#include "fault.h"
#include "lgr.h"
#include "net.h"

static int smcd_offer(struct smcx_sock *smc, struct smcx_offer *offer)
{
	/* Emulated devices have two entries: the GID and its extension. */
	struct smcw_gid_chid *gid = &offer->gid[offer->gid_count];
	int i;

	if (!smcx_pnet_dev_serves(sock_net(&smc->sk)))
		return -ENOENT;
	for (i = 0; i < 2; i++) {
		memcpy(&gid[i].gid, smcx_dev.gid + 8 * i, 8);
		smcw_put16(&gid[i].chid, smcx_dev.chid);
	}
	offer->gid_count += 2;
	smcx_offer_type(&offer->typev2, SMCW_TYPE_D);
	return 0;
}

/* SMC-D entries of emulated devices come in pairs: GID and its extension, under one CHID. */
static bool smcd_reached(const struct smcw_proposal_parts *p)
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

static int smcd_buffer(struct smcx_sock *smc)
{
	switch (smcx_dmb_buffer(smc, smcx_memcg(smc))) {
	case 0:
		return 0;
	case -ENOSPC:
		return SMCW_DECL_MAX_DMB;
	default:
		return SMCW_DECL_MEM;
	}
}

static struct smcx_lgr_key smcd_key(const struct smcx_hs *hs)
{
	return (struct smcx_lgr_key){
		.role = hs->role,
		.gid = smcx_dev.gid,
		.peer_gid = hs->peer_gid,
		.eid = hs->eid,
		.chid = smcx_dev.chid,
	};
}

static int smcd_choose(struct smcx_sock *smc, const struct smcw_proposal_parts *p)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcx_lgr_key key = smcd_key(hs);
	int err;

	if (!smcd_reached(p) || !smcx_pnet_dev_serves(sock_net(&smc->sk)))
		return SMCW_DECL_NOSMCD2DEV;
	/* Nobody waits for SMC-D's link groups: see docs/kmod.md. */
	if (smcx_fault(group_busy, &smc->sk)) {
		smcx_sock_queue(smc, &smc->hs.work);
		return SMCX_GROUP_BUSY;
	}
	memcpy(hs->peer_gid, smcx_dev.gid, sizeof(hs->peer_gid));
	err = smcd_buffer(smc);
	if (err)
		return err;
	hs->first_contact = smcx_lgr_join(&smc->conn, &key) < 0;
	if (hs->first_contact && smcx_lgr_create(&smc->conn, &key, hs->release))
		return SMCW_DECL_MEM;
	return 0;
}

static void smcd_answer(struct smcx_sock *smc, struct smcw_accept_parts *parts,
			struct smcx_answer *room)
{
	const struct smcx_conn *conn = &smc->conn;
	struct smcw_accept_smcd *smcd = &room->smcd;
	struct smcw_accept_smcd_v2 *v2 = &room->smcd_v2;

	memcpy(&smcd->gid, smcx_dev.gid, 8);
	memcpy(&v2->gid_ext, smcx_dev.gid + 8, 8);
	smcw_put64(&smcd->dmb_token, conn->token);
	smcd->size = smcw_bits(SMCW_SIZE_HI, ilog2(conn->rx->size / SMCW_BUF_BYTES(0)));
	smcw_put32(&smcd->linkid, conn->lgr->id);
	smcw_put16(&v2->chid, smcx_dev.chid);
	memcpy(v2->eid, smc->hs.run->eid, sizeof(v2->eid));
	parts->smcd = smcd;
	parts->smcd_v2 = v2;
}

static bool smcd_our_gid(const struct smcw_accept_parts *p)
{
	return !memcmp(&p->smcd->gid, smcx_dev.gid, 8) &&
	       !memcmp(&p->smcd_v2->gid_ext, smcx_dev.gid + 8, 8);
}

/* Keep the peer's DMB, as its Accept or Confirm has it. Returns 0 or -EPROTO. */
static int smcd_save_peer(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_conn *conn = &smc->conn;
	u8 size = smcw_get_bits(p->smcd->size, SMCW_SIZE_HI);

	if (size > SMCW_BUF_1M || p->smcd->dmbe_idx)
		return -EPROTO;
	conn->peer_token = smcw_get64(&p->smcd->dmb_token);
	conn->peer_size = SMCW_BUF_BYTES(size);
	conn->peer_linkid = smcw_get32(&p->smcd->linkid);
	return 0;
}

/* Attach to the peer's DMB. */
static int smcd_use(struct smcx_sock *smc)
{
	int err = smcx_dmb_use(smc);

	switch (err) {
	case 0:
		return 0;
	case -ENOMEM:
	case -EINVAL:
	case -EBUSY:
		return SMCW_DECL_MEM;
	case -EACCES: /* the device does not reach that far */
		return SMCW_DECL_NOSMCD2DEV;
	default:
		return SMCW_DECL_INTERR;
	}
}

/* The link group that the Accept names. */
static int smcd_join_group(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_conn *conn = &smc->conn;
	struct smcx_hs *hs = smc->hs.run;
	struct smcx_lgr_key key = smcd_key(hs);

	memcpy(hs->eid, p->smcd_v2->eid, sizeof(hs->eid));
	memcpy(hs->peer_gid, smcx_dev.gid, sizeof(hs->peer_gid));
	if (!p->first_contact)
		return smcx_lgr_join(conn, &key) ? SMCW_DECL_SYNCERR : 0;
	if (smcx_lgr_create(conn, &key, hs->release))
		return SMCW_DECL_MEM;
	smcx_lgr_learn(conn->lgr, p->fce);
	smcx_lgr_confirm(conn->lgr);
	return 0;
}

static int smcd_accepted(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	int err;

	if (!p->smcd_v2)
		return SMCW_DECL_MODEUNSUPP;
	if (smcw_get16(&p->smcd_v2->chid) != smcx_dev.chid ||
	    smcx_eid_match((const struct smcw_eid *)p->smcd_v2->eid, 1) < 0)
		return -EPROTO;
	if (!smcd_our_gid(p))
		return SMCW_DECL_NOSMCD2DEV;
	err = smcd_save_peer(smc, p);
	if (!err)
		err = smcd_join_group(smc, p);
	if (!err)
		err = smcd_buffer(smc);
	if (!err)
		err = smcd_use(smc);
	if (err)
		return err;
	smcx_dmb_processor(smc, smc->hs.run->cpu);
	/*
	 * The first contact's link group is for others to join once the server has the Confirm. And
	 * knobs are for what another kernel may say: that is answered, not trusted.
	 */
	return !p->first_contact && !smcx_faults() && smcx_dmb_join(smc) ? SMCX_SETTLED : 0;
}

static int smcd_confirmed(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_hs *hs = smc->hs.run;
	int err;

	if (!p->smcd_v2)
		return SMCW_DECL_MODEUNSUPP;
	if (smcw_get16(&p->smcd_v2->chid) != smcx_dev.chid ||
	    memcmp(p->smcd_v2->eid, hs->eid, sizeof(hs->eid)))
		return -EPROTO;
	if (!smcd_our_gid(p))
		return SMCW_DECL_NOSMCD2DEV;
	if (p->fce && smcw_fce_release(p->fce) != hs->release)
		return SMCW_DECL_RELEASEERR;
	err = smcd_save_peer(smc, p);
	if (!err)
		err = smcd_use(smc);
	if (!err && hs->first_contact)
		smcx_lgr_learn(smc->conn.lgr, p->fce);
	return err;
}

/* A server is attached when it has the Confirm; a client is to hear of that, if it has not joined.
 */
static int smcd_settle(struct smcx_sock *smc)
{
	struct smcx_conn *conn = &smc->conn;
	/* Pairs with smcx_dmb_claim(). */
	bool attached = smp_load_acquire(&conn->peer_attached) == SMCX_ATTACH_DONE;

	if (!smc->server)
		return attached ? SMCX_SETTLED : 0;
	/* A client that has joined is connected, and perhaps gone again. */
	if (!attached && !smcx_dmb_claim(smcx_dmb_of(conn->tx), smcx_dmb_of(conn->rx)))
		return -ECONNABORTED;
	if (smc->hs.run->first_contact)
		smcx_lgr_confirm(conn->lgr);
	return SMCX_SETTLED;
}

/* But for a program's, all that was sent is there. Only a program may have something to say yet. */
static bool smcd_quiet(const struct smcx_sock *smc)
{
	return !smcx_dmb_of(smc->conn.tx)->foreign;
}

const struct smcx_path smcx_smcd_path = {
	.mode = SMCX_MODE_SMCD,
	.type = SMCW_TYPE_D,
	.offer = smcd_offer,
	.choose = smcd_choose,
	.answer = smcd_answer,
	.accepted = smcd_accepted,
	.confirmed = smcd_confirmed,
	.settle = smcd_settle,
	.give_up = smcx_dmb_give_up,
	.refuse = smcx_dmb_refuse,
	.decline = smcx_dmb_line_up,
	.post = smcx_dmb_post,
	.urgent = smcx_dmb_urgent,
	.read_on = smcx_dmb_read_on,
	.quiet = smcd_quiet,
	.leave = smcx_dmb_leave,
	.free = smcx_dmb_free,
};
