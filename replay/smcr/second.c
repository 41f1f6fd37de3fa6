// SPDX-License-Identifier: GPL-2.0-or-later
/* See second.h. */
#include "second.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The offset of a body of LLC, in either version. */
enum { BODY = sizeof(struct smcw_llc_v1) };

/* own_qpn2 is of the link of index 1. Links are few enough for a digit. */
static bool is_of(const char *name, unsigned int n)
{
	return !strncmp(name, "own_", 4) && name[strlen(name) - 1] == (char)('1' + n);
}

static bool names_link(const struct test_case *test, unsigned int n)
{
	for (const struct step *s = test->steps; s; s = s->next)
		for (const struct part *p = s->message ? s->message->parts : NULL; p; p = p->next)
			for (const struct term *t = p->terms; t; t = t->next)
				if (t->kind == TERM_NAME && is_of(t->name, n))
					return true;
	return false;
}

static const char *second_numbered(const char *name, unsigned int n, char *to, size_t size)
{
	snprintf(to, size, "%s%u", name, n + 1);
	return to;
}

static int open_link(struct rdma *r, unsigned int n)
{
	struct rdma_link *l = &r->links[n];
	int rc = rdma_open_link(r, n);
	char name[32];

	if (rc)
		return rc;
	rdma_own_bytes(r, second_numbered("own_gid", n, name, sizeof(name)), SMCW_F_add_link_gid,
		       l->device->gid);
	rdma_own_bytes(r, second_numbered("own_mac", n, name, sizeof(name)), SMCW_F_add_link_mac,
		       l->device->mac);
	rdma_own_number(r, second_numbered("own_qpn", n, name, sizeof(name)), SMCW_F_add_link_qpn,
			l->link.qp.verbs->qp_num);
	rdma_own_number(r, second_numbered("own_psn", n, name, sizeof(name)), SMCW_F_add_link_psn,
			l->link.qp.psn);
	rdma_own_number(r, second_numbered("own_link_uid", n, name, sizeof(name)),
			SMCW_F_confirm_link_link_uid, l->link.uid);
	return 0;
}

int second_open(struct rdma *r, const struct test_case *test)
{
	int rc = 0;

	for (unsigned int n = 1; !rc && n < RDMA_LINKS; n++)
		if (!r->links[n].open && r->links[n].device && names_link(test, n))
			rc = open_link(r, n);
	return rc;
}

int second_open_conn(struct rdma *r)
{
	const struct region *rmb = &r->conn.rmb;
	char name[32];

	for (unsigned int n = 1; n < RDMA_LINKS; n++) {
		struct rdma_link *l = &r->links[n];

		if (!l->open)
			continue;
		l->rmb = ibv_reg_mr(l->device->domain, rmb->bytes, rmb->size,
				    IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE);
		if (!l->rmb)
			return -errno;
		rdma_own_number(r, second_numbered("own_rkey", n, name, sizeof(name)),
				SMCW_F_smcr_rkey, l->rmb->rkey);
	}
	return 0;
}

void second_close_conn(struct rdma *r)
{
	for (unsigned int n = 0; n < RDMA_LINKS; n++) {
		struct rdma_link *l = &r->links[n];

		if (l->rmb)
			ibv_dereg_mr(l->rmb);
		l->rmb = NULL;
		l->rkey = 0;
	}
}

/* ---- ADD_LINK ------------------------------------------------------------------------ */

static struct rdma_link *link_by_qpn(struct rdma *r, __u32 qpn)
{
	for (unsigned int n = 1; n < RDMA_LINKS; n++)
		if (r->links[n].open && r->links[n].link.qp.verbs->qp_num == qpn)
			return &r->links[n];
	return NULL;
}

/* By whichever link: ADD_LINK names that of the link by which it comes. */
static bool is_rkey_of_conn(const struct rdma *r, __u32 rkey)
{
	for (unsigned int n = 0; n < RDMA_LINKS; n++)
		if (r->links[n].open && r->links[n].rkey == rkey)
			return true;
	return rkey == r->conn.rkey;
}

/* Finds the rkey of this connection among those of an ADD_LINK. */
static void learn_rkey(struct rdma *r, struct rdma_link *l, const __u8 *bytes, size_t len)
{
	size_t at = SMCW_LLC_LEN + sizeof(struct smcw_llc_add_link_ext);

	for (; at + sizeof(struct smcw_llc_rtoken) <= len; at += sizeof(struct smcw_llc_rtoken)) {
		const struct smcw_llc_rtoken *t = (const void *)(bytes + at);

		if (!is_rkey_of_conn(r, smcw_get32(&t->rkey)))
			continue;
		l->rkey = smcw_get32(&t->rkey_new);
		l->vaddr = smcw_get64(&t->vaddr_new);
	}
}

/* The other end is the one of the stack's ADD_LINK. */
static int second_connect_link(struct play *p, struct rdma_link *l)
{
	struct rdma *r = p->setup->rdma;
	const struct smcw_llc_add_link *from = (const void *)(r->offer + BODY);
	struct qp_peer to = { .number = smcw_get24(from->qpn),
			      .psn = smcw_get24(from->psn),
			      .mtu = from->mtu & SMCW_MTU_LO };
	int rc;

	if (r->offer_len < SMCW_LLC_LEN || l->link.connected)
		return 0;
	memcpy(to.gid, from->gid, sizeof(to.gid));
	rc = link_connect(&l->link, &to);
	l->peer_qpn = to.number;
	l->link_num = from->link_num;
	learn_rkey(r, l, r->offer, r->offer_len);
	return rc ? play_failed(p, "expected a queue pair that can be connected to, got: %s",
				strerror(-rc)) :
		    0;
}

static bool is_add_link(const __u8 *bytes, size_t len)
{
	return len >= SMCW_LLC_LEN && (bytes[0] & ~SMCW_LLC_V2_TYPE) == SMCW_LLC_ADD_LINK;
}

/* The first link has its number by CONFIRM_LINK; a further one by ADD_LINK. */
static void learn_number(struct rdma_link *by, const __u8 *bytes, size_t len)
{
	const struct smcw_llc_confirm_link *confirm = (const void *)(bytes + BODY);

	if (len >= SMCW_LLC_LEN && (bytes[0] & ~SMCW_LLC_V2_TYPE) == SMCW_LLC_CONFIRM_LINK &&
	    !(confirm->flags & SMCW_LLC_RESP))
		by->link_num = confirm->link_num;
}

int second_sending(struct play *p, struct rdma_link *by, const __u8 *bytes, size_t len)
{
	const struct smcw_llc_add_link *add = (const void *)(bytes + BODY);
	struct rdma *r = p->setup->rdma;
	struct rdma_link *l = is_add_link(bytes, len) ? link_by_qpn(r, smcw_get24(add->qpn)) : NULL;

	learn_number(by, bytes, len);
	if (!l || add->flags & SMCW_LLC_REJ)
		return 0;
	if (add->flags & SMCW_LLC_RESP)
		return second_connect_link(p, l);
	r->adding = l;
	r->offer_len = 0;
	return 0;
}

static int learn_link(struct play *p, const __u8 *bytes, size_t len)
{
	const struct smcw_llc_add_link *add = (const void *)(bytes + BODY);
	struct rdma *r = p->setup->rdma;

	if (add->flags & SMCW_LLC_REJ)
		return 0;
	r->offer_len = len < sizeof(r->offer) ? len : sizeof(r->offer);
	memcpy(r->offer, bytes, r->offer_len);
	/* Ours was the request, so we know which link it is. */
	return add->flags & SMCW_LLC_RESP && r->adding ? second_connect_link(p, r->adding) : 0;
}

/* ---- rkeys --------------------------------------------------------------------------- */

static void learn_rkeys(struct rdma *r, struct rdma_link *by,
			const struct smcw_llc_confirm_rkey *confirm)
{
	enum { OTHERS = sizeof(confirm->rkey) / sizeof(confirm->rkey[0]) - 1 };

	by->rkey = smcw_get32(&confirm->rkey[0].rkey);
	by->vaddr = smcw_get64(&confirm->rkey[0].vaddr);
	for (unsigned int i = 1; i <= confirm->rkey[0].link_num && i <= OTHERS; i++)
		for (unsigned int n = 0; n < RDMA_LINKS; n++) {
			struct rdma_link *l = &r->links[n];

			if (!l->open || l->link_num != confirm->rkey[i].link_num)
				continue;
			l->rkey = smcw_get32(&confirm->rkey[i].rkey);
			l->vaddr = smcw_get64(&confirm->rkey[i].vaddr);
		}
}

int second_learn(struct play *p, struct rdma_link *by, const __u8 *bytes, size_t len)
{
	const struct smcw_llc_confirm_rkey *confirm = (const void *)(bytes + BODY);

	learn_number(by, bytes, len);
	if (is_add_link(bytes, len))
		return learn_link(p, bytes, len);
	if (len >= SMCW_LLC_LEN && (bytes[0] & ~SMCW_LLC_V2_TYPE) == SMCW_LLC_CONFIRM_RKEY &&
	    !(confirm->flags & SMCW_LLC_RESP))
		learn_rkeys(p->setup->rdma, by, confirm);
	return 0;
}
