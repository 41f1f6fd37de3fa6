// SPDX-License-Identifier: GPL-2.0
/*
 * SMC-R's part of a handshake. The link group comes first, then memory in it, which the device and,
 * unless it is the first contact, the peer have to know before our message names it. At the first
 * contact the two ends prove by CONFIRM_LINK that the link carries.
 *
 * Nothing waits: what is missing is SMCX_GROUP_BUSY, or 0 of settle(), and whoever makes it kicks.
 */
#include <linux/moduleparam.h>

#include "eid.h"
#include "group.h"
#include "llc.h"
#include "mem.h"
#include "net.h"
#include "path.h"
#include "rconn.h"
#include "rhs.h"
#include "smc_codec.h"

/* As net/smc: fewer connections in a group are no use. */
#define CONNS_MIN 16
#define LINKS_MAX 2

/* From the look for a group to its being there: nobody waits for a peer or a device with it. */
static DEFINE_MUTEX(rhs_first_contacts);

static unsigned int rmbe = 131072;
module_param(rmbe, uint, 0644);
MODULE_PARM_DESC(rmbe, "bytes of a receive buffer, unless SO_RCVBUF is set; 131072 if not given");

/* An error of memory is a reason to go on with TCP. */
static int rhs_reason(int err)
{
	switch (err) {
	case 0:
		return 0;
	case -EPROTO:
		return err;
	case -ENOTCONN:
		return SMCW_DECL_NOACTLINK;
	default:
		return SMCW_DECL_MEM;
	}
}

static u32 rhs_wanted(const struct smcx_sock *smc)
{
	u32 wanted = smcx_conn_wanted(&smc->sk), most = READ_ONCE(rmbe), n = 0;

	if (smcx_mem_pressure())
		return SMCW_BUF_BYTES(0);
	if (smc->sk.sk_userlocks & SOCK_RCVBUF_LOCK)
		return wanted;
	while (n < SMCW_BUF_1M && SMCW_BUF_BYTES(n) < most)
		n++;
	return min(wanted, SMCW_BUF_BYTES(n));
}

/* ---- offer ------------------------------------------------------------------------------------
 */

/* The most connections that a link group of this namespace takes. */
static u32 rhs_max_conns(const struct smcx_sock *smc)
{
	return READ_ONCE(smcx_net(sock_net(&smc->sk))->sysctl.max_conns_per_lgr);
}

static int rhs_offer(struct smcx_sock *smc, struct smcx_offer *offer)
{
	struct smcx_rdev *rdev;
	struct smcx_rgid gid;

	rdev = smcx_rdev_find(smc, &gid);
	if (!rdev)
		return -ENOENT;
	smcx_rdev_put(rdev);
	smcx_rdev_peer_id(smc, offer->peer_id);
	memcpy(offer->mac, gid.mac, sizeof(offer->mac));
	memcpy(offer->roce_gid, gid.gid, sizeof(offer->roce_gid));
	offer->max_conns = rhs_max_conns(smc);
	offer->max_links = SMCX_GROUP_LINKS;
	smcx_offer_type(&offer->typev2, SMCW_TYPE_R);
	return 0;
}

/* ---- the link group ---------------------------------------------------------------------------
 */

/* In conn->lgr now. */
static void rhs_in_group(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);

	smcx_group_wait_no_more(conn);
	conn->group = smcx_group_of(smc->conn.lgr);
	smcx_group_get(conn->group);
}

/* @err: of smcx_lgr_create(); @rdev is the group's, whatever happens. */
static int rhs_new_group(struct smcx_sock *smc, int err, struct smcx_rdev *rdev,
			 const struct smcx_rgid *gid)
{
	unsigned long test_every = READ_ONCE(smcx_net(sock_net(&smc->sk))->sysctl.testlink_time);

	if (err) {
		smcx_rdev_put(rdev);
		return SMCW_DECL_MEM;
	}
	rhs_in_group(smc);
	return smcx_group_start(smcx_group_of(smc->conn.lgr), rdev, gid, test_every) ?
		       SMCW_DECL_NOSMCRDEV :
		       0;
}

/*
 * Is another connection making the group, and worth waiting for? It may be one that goes silent:
 * then its waiters look again, and one of them makes the next group. A peer that has many go silent
 * makes nobody wait longer than that two times, and for the one that is being waited for then.
 */
static bool rhs_group_is_busy(struct smcx_sock *smc, const struct smcx_lgr_key *key)
{
	struct smcx_group_key more = *(const struct smcx_group_key *)key->more;
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	struct smcx_lgr_key to_wait = *key;
	struct smcx_lgr *lgr;
	bool busy;

	if (!conn->wait_until)
		conn->wait_until = (jiffies + 2 * smcx_group_patience()) ?: 1;
	if (time_after_eq(jiffies, conn->wait_until))
		return false;
	more.to_wait = true;
	to_wait.more = &more;
	lgr = smcx_lgr_in_first_contact(&smc->conn, &to_wait);
	if (!lgr)
		return false;
	smcx_group_wait(smcx_group_of(lgr), conn);
	/* It may be over by now, and nobody kicks us for that. */
	busy = !READ_ONCE(lgr->usable) && !smcx_group_ending(smcx_group_of(lgr)) &&
	       time_before(jiffies, smcx_group_of(lgr)->wait_until);
	smcx_lgr_put(lgr);
	return busy;
}

static int rhs_server_group_at(struct smcx_sock *smc, const struct smcw_proposal_parts *p,
			       struct smcx_rdev *rdev, const struct smcx_rgid *gid)
{
	struct smcx_hs *hs = smc->hs.run;
	const struct smcx_group_key more = {
		.peer_id = p->base->peer_id,
		.peer_gid = p->v2->roce_gid,
		.rdev = rdev,
		.peer_addr = smc->tcp.sk->sk_daddr,
	};
	const struct smcx_lgr_key key = {
		.role = SMCX_SERVER,
		.gid = gid->gid,
		.peer_gid = p->v2->roce_gid,
		.eid = hs->eid,
		.more = &more,
	};
	bool busy = false;
	int err;

	mutex_lock(&rhs_first_contacts);
	hs->first_contact = smcx_lgr_join(&smc->conn, &key) < 0;
	if (hs->first_contact) {
		busy = rhs_group_is_busy(smc, &key);
		hs->first_contact = !busy && smcx_lgr_join(&smc->conn, &key) < 0;
	}
	err = hs->first_contact ? smcx_lgr_create(&smc->conn, &key, hs->release) : 0;
	mutex_unlock(&rhs_first_contacts);
	if (!hs->first_contact) {
		smcx_rdev_put(rdev);
		if (busy)
			return SMCX_GROUP_BUSY;
		rhs_in_group(smc);
		return 0;
	}
	err = rhs_new_group(smc, err, rdev, gid);
	if (err)
		return err;
	smc->conn.lgr->max_conns = rhs_max_conns(smc);
	if (hs->release)
		smc->conn.lgr->max_conns = min_t(u32, p->v2->max_conns, smc->conn.lgr->max_conns);
	smcx_group_of(smc->conn.lgr)->link.number = 1;
	return 0;
}

static int rhs_server_group(struct smcx_sock *smc, const struct smcw_proposal_parts *p)
{
	struct smcx_rdev *rdev;
	struct smcx_rgid gid;

	if (smc->hs.run->release && p->v2->max_conns < CONNS_MIN)
		return SMCW_DECL_MAXCONNERR;
	if (smc->hs.run->release && !p->v2->max_links)
		return SMCW_DECL_MAXLINKERR;
	rdev = smcx_rdev_find(smc, &gid);
	return rdev ? rhs_server_group_at(smc, p, rdev, &gid) : SMCW_DECL_NOSMCRDEV;
}

/* The group to be, as a first-contact Accept describes it. */
static int rhs_check_fce(const struct smcx_hs *hs, const struct smcw_accept_parts *p)
{
	if (!p->fce)
		return -EPROTO;
	if (!(p->fce->flags & SMCW_V2_DIRECT))
		return SMCW_DECL_NOINDIRECT;
	if (!hs->release)
		return 0;
	if (!p->fce_v2x || p->fce_v2x->max_conns < CONNS_MIN)
		return SMCW_DECL_MAXCONNERR;
	if (!p->fce_v2x->max_links || p->fce_v2x->max_links > LINKS_MAX)
		return SMCW_DECL_MAXLINKERR;
	return 0;
}

static int rhs_client_group_at(struct smcx_sock *smc, const struct smcw_accept_parts *p,
			       struct smcx_rdev *rdev, const struct smcx_rgid *gid)
{
	struct smcx_hs *hs = smc->hs.run;
	const struct smcx_group_key more = {
		.peer_id = p->smcr->peer_id,
		.peer_gid = p->smcr->gid,
		.qpn = smcw_get24(p->smcr->qpn),
		.rdev = rdev,
	};
	const struct smcx_lgr_key key = {
		.role = SMCX_CLIENT,
		.gid = gid->gid,
		.peer_gid = p->smcr->gid,
		.eid = hs->eid,
		.more = &more,
	};
	int err;

	if (p->first_contact) {
		err = smcx_lgr_create(&smc->conn, &key, hs->release);
		err = rhs_new_group(smc, err, rdev, gid);
		if (!err && hs->release)
			smc->conn.lgr->max_conns = p->fce_v2x->max_conns;
		return err;
	}
	err = smcx_lgr_join(&smc->conn, &key);
	smcx_rdev_put(rdev);
	if (err)
		return SMCW_DECL_SYNCERR;
	rhs_in_group(smc);
	return 0;
}

static int rhs_client_group(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_hs *hs = smc->hs.run;
	int err = p->first_contact ? rhs_check_fce(hs, p) : 0;
	struct smcx_rdev *rdev;
	struct smcx_rgid gid;

	if (err)
		return err;
	memcpy(hs->eid, p->smcr_v2->eid, sizeof(hs->eid));
	rdev = smcx_rdev_find(smc, &gid);
	return rdev ? rhs_client_group_at(smc, p, rdev, &gid) : SMCW_DECL_NOSMCRDEV;
}

/* The other end of the first link. */
static int rhs_connect_link(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_group *group = smcx_rconn_of(smc)->group;
	const struct smcw_accept_smcr *smcr = p->smcr;
	struct smcx_link *link = &group->link;
	u8 mtu = smcw_get_bits(smcr->size_mtu, SMCW_MTU_LO);
	int err = -ENOTCONN;

	if (mtu < IB_MTU_256 || mtu > IB_MTU_4096)
		return -EPROTO;
	mutex_lock(&group->mutex);
	memcpy(link->peer_gid, smcr->gid, sizeof(link->peer_gid));
	memcpy(link->peer_mac, smcr->mac, sizeof(link->peer_mac));
	link->peer_qpn = smcw_get24(smcr->qpn);
	link->peer_psn = smcw_get24(smcr->psn);
	link->mtu = min_t(u8, mtu, link->port_mtu);
	if (!smcx_group_ending(group))
		err = smcx_link_connect(link);
	if (!err)
		err = smcx_rmb_register_all(group);
	mutex_unlock(&group->mutex);
	smcx_lgr_learn(&group->lgr, p->fce);
	return err ? SMCW_DECL_ERR_RDYLNK : 0;
}

/* ---- memory -----------------------------------------------------------------------------------
 */

/* Is what our message names known to those who have to know it? */
static int rhs_rmbe_ready(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);

	if (smc->hs.run->first_contact)
		return 0;
	smcx_group_wait(conn->group, conn);
	if (smcx_group_ending(conn->group))
		return SMCW_DECL_NOACTLINK;
	switch (smcx_region_state(conn->rmbe.region)) {
	case SMCX_REGION_CONFIRMED:
		return 0;
	case SMCX_REGION_FAILED:
		return SMCW_DECL_ERR_REGBUF;
	default:
		return SMCX_GROUP_BUSY;
	}
}

/* ---- the path's calls -------------------------------------------------------------------------
 */

static int rhs_choose(struct smcx_sock *smc, const struct smcw_proposal_parts *p)
{
	struct smcx_rconn *conn = smcx_rconn_make(smc);
	int err = 0;

	if (!conn)
		return SMCW_DECL_MEM;
	if (!conn->group)
		err = rhs_server_group(smc, p);
	if (!err && !smc->conn.rx)
		err = rhs_reason(smcx_rconn_enter(smc, rhs_wanted(smc)));
	return err ?: rhs_rmbe_ready(smc);
}

static void rhs_answer(struct smcx_sock *smc, struct smcw_accept_parts *parts,
		       struct smcx_answer *room)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	const struct smcx_link *link = &conn->group->link;
	struct smcw_accept_smcr *smcr = &room->smcr;
	u8 mtu = parts->type == SMCW_CONFIRM ? link->mtu : link->port_mtu;

	conn->named = true;
	smcx_rdev_peer_id(smc, smcr->peer_id);
	memcpy(smcr->gid, link->local.gid, sizeof(smcr->gid));
	memcpy(smcr->mac, link->local.mac, sizeof(smcr->mac));
	smcw_put24(smcr->qpn, link->qpn);
	smcw_put32(&smcr->rkey, conn->rmbe.region->key);
	smcr->rmbe_idx = conn->rmbe.slot + 1;
	smcw_put32(&smcr->alert_token, conn->token);
	smcr->size_mtu = smcw_bits(SMCW_SIZE_HI, ilog2(conn->rx.size / SMCW_BUF_BYTES(0))) |
			 smcw_bits(SMCW_MTU_LO, mtu);
	smcw_put64(&smcr->vaddr, conn->rmbe.region->iova);
	smcw_put24(smcr->psn, link->psn);
	memcpy(room->smcr_v2.eid, smc->hs.run->eid, sizeof(room->smcr_v2.eid));
	parts->smcr = smcr;
	parts->smcr_v2 = &room->smcr_v2;
	room->fce_flags = SMCW_V2_DIRECT;
	room->max_conns = smc->hs.run->release ? conn->group->lgr.max_conns : 0;
	room->max_links = smc->hs.run->release ? SMCX_GROUP_LINKS : 0;
	memcpy(room->gid.gid, link->local.gid, sizeof(room->gid.gid));
	parts->gid_list = &room->gid_list;
	parts->gid = &room->gid;
	parts->gid_count = 1;
}

static int rhs_accepted(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_rconn *conn;
	int err = 0;

	if (!p->smcr_v2)
		return SMCW_DECL_MODEUNSUPP;
	if (smcx_eid_match((const struct smcw_eid *)p->smcr_v2->eid, 1) < 0)
		return -EPROTO;
	conn = smcx_rconn_make(smc);
	if (!conn)
		return SMCW_DECL_MEM;
	if (!conn->group)
		err = rhs_client_group(smc, p);
	if (!err && !smc->conn.rx)
		err = rhs_reason(smcx_rconn_enter(smc, rhs_wanted(smc)));
	if (!err && !smc->conn.tx)
		err = rhs_reason(smcx_rconn_attach(smc, p->smcr));
	if (!err && p->first_contact) {
		err = rhs_connect_link(smc, p);
		if (!err)
			smcx_llc_expect_confirm_link(conn->group);
		return err;
	}
	return err ?: rhs_rmbe_ready(smc) ?: SMCX_SETTLED;
}

/* A first contact's Confirm repeats what the Accept has said of the group: 0, or why not. */
static int rhs_check_repeated(const struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	const struct smcx_hs *hs = smc->hs.run;

	if (p->fce && smcw_fce_release(p->fce) != hs->release)
		return SMCW_DECL_RELEASEERR;
	if (!hs->first_contact || !hs->release || !p->fce_v2x)
		return 0;
	if (p->fce_v2x->max_conns != smc->conn.lgr->max_conns)
		return SMCW_DECL_MAXCONNERR;
	return p->fce_v2x->max_links == SMCX_GROUP_LINKS ? 0 : SMCW_DECL_MAXLINKERR;
}

static int rhs_confirmed(struct smcx_sock *smc, const struct smcw_accept_parts *p)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	struct smcx_hs *hs = smc->hs.run;
	int err;

	/* From now on a Decline is for a first contact only, whose client waits for CONFIRM_LINK.
	 */
	conn->taken = !hs->first_contact;
	if (p->smcr)
		conn->peer_token = smcw_get32(&p->smcr->alert_token);
	if (!p->smcr_v2)
		return SMCW_DECL_MODEUNSUPP;
	/* Its peer ID is no use: Linux leaves that of a Proposal without version 1 zero. */
	if (memcmp(p->smcr_v2->eid, hs->eid, sizeof(hs->eid)))
		return -EPROTO;
	err = rhs_check_repeated(smc, p);
	if (err)
		return err;
	err = rhs_reason(smcx_rconn_attach(smc, p->smcr));
	if (!err && hs->first_contact)
		err = rhs_connect_link(smc, p);
	return err;
}

/* Both regions of a first contact are known to the device. */
static int rhs_registered(const struct smcx_rconn *conn)
{
	u32 rmb = smcx_region_state(conn->rmbe.region);
	u32 mirror = smcx_region_state(conn->mirror.region);

	if (rmb == SMCX_REGION_FAILED || mirror == SMCX_REGION_FAILED)
		return SMCW_DECL_ERR_REGBUF;
	return rmb == SMCX_REGION_CONFIRMED && mirror == SMCX_REGION_CONFIRMED ? SMCX_SETTLED : 0;
}

/* Bytes that are sent before the mirror is registered wait for that: smcx_rconn_push_all(). */
static int rhs_settle(struct smcx_sock *smc)
{
	struct smcx_rconn *conn = smcx_rconn_of(smc);
	struct smcx_group *group = conn->group;
	int registered;

	if (!smc->hs.run->first_contact)
		return SMCX_SETTLED;
	smcx_group_wait(group, conn);
	if (smcx_group_ending(group))
		return SMCW_DECL_NOACTLINK;
	registered = rhs_registered(conn);
	if (registered != SMCX_SETTLED)
		return registered;
	switch (READ_ONCE(group->conf)) {
	case SMCX_CONF_NONE:
		if (smc->server)
			smcx_llc_send_confirm_link(group, false);
		return 0;
	case SMCX_CONF_ASKED:
		return 0;
	case SMCX_CONF_LATE:
		return SMCW_DECL_TIMEOUT_CL;
	case SMCX_CONF_EYES:
		return SMCW_DECL_RMBE_EC;
	default:
		break;
	}
	/* Before the server knows, and has the next connection join. */
	smcx_group_list(group);
	smcx_lgr_confirm(&group->lgr);
	/* The timer may be far off: nothing was to be tested before. */
	if (group->test_every)
		smcx_group_look_in(group, group->test_every);
	if (!smc->server)
		smcx_llc_send_confirm_link(group, true);
	smcx_group_wait_no_more(conn);
	smcx_group_kick(group);
	return SMCX_SETTLED;
}

/* A client that joins a group is connected when it has sent its Confirm. */
static bool rhs_give_up(struct smcx_sock *smc)
{
	const struct smcx_rconn *conn = smcx_rconn_of(smc);

	return conn && conn->taken;
}

/*
 * The server knows what we have of it from the Decline alone: nothing of ours is named before the
 * Confirm, and after it only a first contact is declined, whose group ends with it.
 */
static void rhs_decline(struct smcx_sock *client)
{
	const struct smcx_rconn *conn = smcx_rconn_of(client);

	if (conn && conn->named && conn->group)
		smcx_group_end(conn->group, SMCX_END_LOST);
}

/* The bytes that are left to be sent need no socket: see rconn.h. */
static bool rhs_quiet(const struct smcx_sock *smc)
{
	return true;
}

const struct smcx_path smcx_rdma_path = {
	.owner = THIS_MODULE,
	.mode = SMCX_MODE_SMCR,
	.type = SMCW_TYPE_R,
	.offer = rhs_offer,
	.choose = rhs_choose,
	.answer = rhs_answer,
	.accepted = rhs_accepted,
	.confirmed = rhs_confirmed,
	.settle = rhs_settle,
	.give_up = rhs_give_up,
	.refuse = smcx_rconn_refuse,
	.decline = rhs_decline,
	.post = smcx_rconn_post,
	.urgent = smcx_rconn_urgent,
	.read_on = smcx_rconn_read_on,
	.quiet = rhs_quiet,
	.leave = smcx_rconn_leave,
	.free = smcx_rconn_free,
	.lgr_size = sizeof(struct smcx_group),
	.lgr_init = smcx_group_lgr_init,
	.lgr_fits = smcx_group_lgr_fits,
	.lgr_end = smcx_group_lgr_end,
	.device = smcx_rdev_describe,
	.peer_id = smcx_rdev_peer_id,
};
