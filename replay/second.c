// SPDX-License-Identifier: GPL-2.0-or-later
/* See second.h. */
#include "second.h"

#include <errno.h>
#include <string.h>

/* The offset of a body of LLC, in either version. */
enum { BODY = sizeof(struct smcw_llc_v1) };

/* own_qpn2 */
static bool is_second(const char *name)
{
	return !strncmp(name, "own_", 4) && name[strlen(name) - 1] == '2';
}

bool second_in(const struct test_case *test)
{
	for (const struct step *s = test->steps; s; s = s->next)
		for (const struct part *p = s->message ? s->message->parts : NULL; p; p = p->next)
			for (const struct term *t = p->terms; t; t = t->next)
				if (t->kind == TERM_NAME && is_second(t->name))
					return true;
	return false;
}

int second_open(struct rdma *r)
{
	struct rdma_link *l = &r->links[1];
	int rc = rdma_open_link(r, 1);

	if (rc)
		return rc;
	rdma_own_bytes(r, "own_gid2", SMCW_F_add_link_gid, l->device->gid);
	rdma_own_bytes(r, "own_mac2", SMCW_F_add_link_mac, l->device->mac);
	rdma_own_number(r, "own_qpn2", SMCW_F_add_link_qpn, l->link.qp.verbs->qp_num);
	rdma_own_number(r, "own_psn2", SMCW_F_add_link_psn, l->link.qp.psn);
	rdma_own_number(r, "own_link_uid2", SMCW_F_confirm_link_link_uid, l->link.uid);
	return 0;
}

int second_open_conn(struct rdma *r)
{
	const struct region *rmb = &r->conn.rmb;

	if (!r->links[1].open)
		return 0;
	r->rmb2 = ibv_reg_mr(r->links[1].device->domain, rmb->bytes, rmb->size,
			     IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
	if (!r->rmb2)
		return -errno;
	rdma_own_number(r, "own_rkey2", SMCW_F_smcr_rkey, r->rmb2->rkey);
	return 0;
}

void second_close_conn(struct rdma *r)
{
	if (r->rmb2)
		ibv_dereg_mr(r->rmb2);
	r->rmb2 = NULL;
	r->rkey2 = 0;
}

/* ---- messages of the stack ----------------------------------------------------------- */

static int connect_to(struct play *p, const struct smcw_llc_add_link *from)
{
	struct rdma_link *l = &p->setup->rdma->links[1];
	struct qp_peer to = { .number = smcw_get24(from->qpn),
			      .psn = smcw_get24(from->psn),
			      .mtu = from->mtu & SMCW_MTU_LO };
	int rc;

	memcpy(to.gid, from->gid, sizeof(to.gid));
	rc = link_connect(&l->link, &to);
	l->peer_qpn = to.number;
	return rc ? play_failed(p, "expected a queue pair that can be connected to, got: %s",
				strerror(-rc)) :
		    0;
}

/* Of the rkeys of an ADD_LINK the one of this connection. */
static void learn_rkey(struct rdma *r, const __u8 *bytes, size_t len)
{
	size_t at = SMCW_LLC_LEN + sizeof(struct smcw_llc_add_link_ext);

	for (; at + sizeof(struct smcw_llc_rtoken) <= len; at += sizeof(struct smcw_llc_rtoken)) {
		const struct smcw_llc_rtoken *t = (const void *)(bytes + at);

		if (smcw_get32(&t->rkey) != r->conn.rkey)
			continue;
		r->rkey2 = smcw_get32(&t->rkey_new);
		r->vaddr2 = smcw_get64(&t->vaddr_new);
	}
}

static int learn_link(struct play *p, const __u8 *bytes, size_t len)
{
	struct rdma *r = p->setup->rdma;
	const struct smcw_llc_add_link *add = (const void *)(bytes + BODY);

	learn_rkey(r, bytes, len);
	return add->flags & SMCW_LLC_REJ || r->links[1].link.connected ? 0 : connect_to(p, add);
}

int second_learn(struct play *p, const __u8 *bytes, size_t len)
{
	struct rdma *r = p->setup->rdma;
	const struct smcw_llc_confirm_rkey *confirm = (const void *)(bytes + BODY);

	if (!r->links[1].open || len < SMCW_LLC_LEN)
		return 0;
	switch (bytes[0] & ~SMCW_LLC_V2_TYPE) {
	case SMCW_LLC_ADD_LINK:
		return learn_link(p, bytes, len);
	case SMCW_LLC_CONFIRM_RKEY:
		if (confirm->flags & SMCW_LLC_RESP || !confirm->rkey[0].link_num)
			return 0;
		r->rkey2 = smcw_get32(&confirm->rkey[1].rkey);
		r->vaddr2 = smcw_get64(&confirm->rkey[1].vaddr);
		return 0;
	default:
		return 0;
	}
}
