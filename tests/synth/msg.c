// SPDX-License-Identifier: GPL-2.0-or-later
/* See msg.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

#define EIDS_MAX 16
#define GIDS_MAX 16
#define MAX_CONNS 32
#define MAX_LINKS 2
#define FILL 0x5a

const struct self selves[2] = {
	[CLIENT] = { 0x000111, 0x00aa01, 0x1f2e3d4c, 0x10000001, 0x7f1000000000, 0x1111111111111111,
		     0xd1d1d1d1d1d1d1d1 },
	[SERVER] = { 0x000222, 0x00bb02, 0x5f6e7d8c, 0x20000002, 0x7f2000000000, 0x2222222222222222,
		     0xd2d2d2d2d2d2d2d2 },
};

static const uint8_t peer_ids[2][SMCW_PEER_ID_LEN] = {
	{ 0xc1, 0xc1, 0x02, 0, 0, 0, 0, 0x01 },
	{ 0x5e, 0x5e, 0x02, 0, 0, 0, 0, 0x02 },
};

static void must(int rc, const char *what)
{
	if (rc > 0)
		return;
	fprintf(stderr, "smc-synth: the builder of %s said %d\n", what, rc);
	abort();
}

static void put_text(uint8_t *to, size_t size, const char *text)
{
	memset(to, ' ', size);
	memcpy(to, text, strlen(text));
}

/* RoCEv2's GID of an IPv4 address. */
static void put_mapped(uint8_t gid[SMCW_GID_LEN], enum side side)
{
	memset(gid, 0, SMCW_GID_LEN);
	gid[10] = gid[11] = 0xff;
	memcpy(gid + 12, hosts[side].ip4, sizeof(hosts[side].ip4));
}

static void put_link_local(uint8_t gid[SMCW_GID_LEN], enum side side)
{
	memset(gid, 0, SMCW_GID_LEN);
	smcw_put16(gid, 0xfe80);
	gid[15] = hosts[side].mac[5];
}

/* ---- CLC ------------------------------------------------------------------ */

static struct smcw_v2_ext v2_ext(const struct offer *o)
{
	struct smcw_v2_ext v2 = { .flags = (uint8_t)(o->release << 4) };

	if (o->seid)
		v2.flags |= SMCW_SEID_IND;
	put_mapped(v2.roce_gid, CLIENT);
	if (!o->release)
		return v2;
	v2.max_conns = MAX_CONNS;
	v2.max_links = MAX_LINKS;
	smcw_put16(&v2.feature_mask, 1);
	return v2;
}

static void put_devices(struct smcw_gid_chid *gid, const struct offer *o)
{
	uint8_t i;

	for (i = 0; i < o->gids; i++) {
		smcw_put64(&gid[i].gid, selves[CLIENT].ism_gid + i);
		smcw_put16(&gid[i].chid, o->emulated ? (uint16_t)(SMCW_CHID_LOOPBACK - i / 2) :
						       (uint16_t)(0x0100 + i));
	}
}

void msg_proposal(struct msg *m, const struct offer *o)
{
	struct smcw_proposal base = { 0 };
	struct smcw_proposal_smcd smcd = { 0 };
	struct smcw_proposal_prefix prefix = { 0 };
	struct smcw_ipv6_prefix ipv6[EIDS_MAX] = { 0 };
	struct smcw_v2_ext v2 = v2_ext(o);
	struct smcw_eid eid[EIDS_MAX];
	struct smcw_smcd_v2_ext smcd_v2 = { 0 };
	struct smcw_gid_chid gid[GIDS_MAX];
	struct smcw_proposal_parts p = { .version = o->version,
					 .typev1 = o->typev1,
					 .typev2 = o->typev2,
					 .ipv6_count = o->ipv6,
					 .eid_count = o->eids,
					 .gid_count = o->gids,
					 .base = &base,
					 .prefix = &prefix,
					 .ipv6 = ipv6,
					 .v2 = &v2,
					 .eid = eid,
					 .smcd_v2 = &smcd_v2,
					 .gid = gid };
	char name[SMCW_EID_LEN];
	uint8_t i;

	memcpy(base.peer_id, peer_ids[CLIENT], sizeof(base.peer_id));
	put_link_local(base.gid, CLIENT);
	memcpy(base.mac, hosts[CLIENT].mac, sizeof(base.mac));
	smcw_put64(&smcd.gid, selves[CLIENT].ism_gid);
	smcw_put16(&smcd.chid, o->emulated ? SMCW_CHID_LOOPBACK : 0x0100);
	if (!o->ipv6) {
		memcpy(prefix.subnet, hosts[CLIENT].ip4, 3);
		prefix.prefix_len = 24;
	}
	for (i = 0; i < o->ipv6; i++) {
		memcpy(ipv6[i].prefix, hosts[CLIENT].ip6, 4);
		ipv6[i].prefix[5] = i;
		ipv6[i].prefix_len = 64;
	}
	for (i = 0; i < o->eids; i++) {
		snprintf(name, sizeof(name), "SYNTH.EID.%u", i + 1u);
		put_text(eid[i].eid, sizeof(eid[i].eid), name);
	}
	if (o->seid)
		put_text(smcd_v2.seid, sizeof(smcd_v2.seid), "IBM-SYSZ-ISMSEID00000000123489AB");
	put_devices(gid, o);
	if (o->version >= SMCW_V2 || o->smcd_area)
		p.smcd = &smcd;
	*m = (struct msg){ 0 };
	must(smcw_proposal_build(&p, m->b, sizeof(m->b)), "Proposal");
	m->len = smcw_get16(&((struct smcw_clc_hdr *)m->b)->length);
}

static struct smcw_accept_smcr smcr_part(const struct answer *a, enum side side)
{
	const struct self *self = &selves[side];
	struct smcw_accept_smcr r = { .rmbe_idx = 1 };

	memcpy(r.peer_id, peer_ids[side], sizeof(r.peer_id));
	if (a->version >= SMCW_V2)
		put_mapped(r.gid, side);
	else
		put_link_local(r.gid, side);
	memcpy(r.mac, hosts[side].mac, sizeof(r.mac));
	smcw_put24(r.qpn, self->qpn);
	smcw_put32(&r.rkey, self->rkey);
	smcw_put32(&r.alert_token, self->alert_token);
	r.size_mtu = (uint8_t)(a->size << 4 | SMCW_MTU_1024);
	smcw_put64(&r.vaddr, self->vaddr);
	smcw_put24(r.psn, self->psn);
	return r;
}

static struct smcw_accept_smcd smcd_part(const struct answer *a, enum side side)
{
	struct smcw_accept_smcd d = { .size = (uint8_t)(a->size << 4) };

	smcw_put64(&d.gid, selves[side].ism_gid);
	smcw_put64(&d.dmb_token, selves[side].dmb_token);
	smcw_put32(&d.linkid, 0x11223344);
	return d;
}

void msg_answer(struct msg *m, uint8_t type, const struct answer *a)
{
	enum side side = type == SMCW_ACCEPT ? SERVER : CLIENT;
	struct smcw_accept_smcr smcr = smcr_part(a, side);
	struct smcw_accept_smcd smcd = smcd_part(a, side);
	struct smcw_accept_smcr_v2 smcr_v2 = { 0 };
	struct smcw_accept_smcd_v2 smcd_v2 = { 0 };
	struct smcw_fce fce = { .flags = a->smcd ? 0 : SMCW_V2_DIRECT };
	struct smcw_fce_v2x v2x = { 0 };
	struct smcw_gid_list list = { 0 };
	struct smcw_gid gid[GIDS_MAX] = { 0 };
	struct smcw_accept_parts p = { .type = type,
				       .version = a->version,
				       .first_contact = a->first_contact,
				       .gid_count = a->gids,
				       .smcr = a->smcd ? NULL : &smcr,
				       .smcd = a->smcd ? &smcd : NULL,
				       .smcr_v2 = &smcr_v2,
				       .smcd_v2 = &smcd_v2,
				       .fce = &fce,
				       .fce_v2x = a->fce_short ? NULL : &v2x,
				       .gid_list = &list,
				       .gid = gid };
	uint8_t i;

	put_text(smcr_v2.eid, sizeof(smcr_v2.eid), "SYNTH.EID.1");
	put_text(smcd_v2.eid, sizeof(smcd_v2.eid), "SYNTH.EID.1");
	smcw_put16(&smcd_v2.chid, a->chid);
	if (a->chid >= SMCW_CHID_EMULATED)
		smcw_put64(&smcd_v2.gid_ext, selves[side].ism_gid + 1);
	fce.os_release = (uint8_t)(SMCW_OS_LINUX << 4 | a->release);
	put_text(fce.hostname, sizeof(fce.hostname), side == SERVER ? "server" : "client");
	if (a->release) {
		v2x.max_conns = a->smcd ? 0 : MAX_CONNS;
		v2x.max_links = a->smcd ? 0 : MAX_LINKS;
		smcw_put16(&v2x.feature_mask, 1);
	}
	for (i = 0; i < a->gids; i++) {
		put_mapped(gid[i].gid, CLIENT);
		gid[i].gid[SMCW_GID_LEN - 1] = (uint8_t)(hosts[CLIENT].ip4[3] + i);
	}
	*m = (struct msg){ 0 };
	must(smcw_accept_build(&p, m->b, sizeof(m->b)), "Accept");
	m->len = smcw_get16(&((struct smcw_clc_hdr *)m->b)->length);
}

void msg_decline(struct msg *m, uint8_t version, uint32_t reason, bool out_of_sync)
{
	struct smcw_decline decline = { .os = SMCW_OS_LINUX << 4 };
	struct smcw_decline_v2 v2 = { 0 };
	struct smcw_decline_parts p = { version, out_of_sync, &decline, &v2 };

	memcpy(decline.peer_id, peer_ids[SERVER], sizeof(decline.peer_id));
	smcw_put32(&decline.diagnosis, reason);
	*m = (struct msg){ 0 };
	must(smcw_decline_build(&p, m->b, sizeof(m->b)), "Decline");
	m->len = smcw_get16(&((struct smcw_clc_hdr *)m->b)->length);
}

/* ---- LLC ------------------------------------------------------------------ */

static bool is_v2(uint8_t type)
{
	return (type & SMCW_LLC_VERSION) == SMCW_LLC_V2_TYPE;
}

/* Header and @size bytes of body; the length is at least that of version 1. */
static void llc(struct msg *m, uint8_t type, const void *body, size_t size)
{
	struct smcw_llc_v1 v1 = { .type = type, .length = SMCW_LLC_LEN };
	size_t len = sizeof(v1) + size < SMCW_LLC_LEN ? SMCW_LLC_LEN : sizeof(v1) + size;
	uint8_t v2[] = { type, (uint8_t)len, (uint8_t)(len >> 8) };

	*m = (struct msg){ .len = len, .llc = true };
	memcpy(m->b, is_v2(type) ? (void *)v2 : (void *)&v1, sizeof(v1));
	memcpy(m->b + sizeof(v1), body, size);
}

#define LLC(m, type, body) llc(m, type, &(body), sizeof(body))

static void put_confirm_link(struct msg *m, uint8_t type, enum side from, uint8_t flags)
{
	struct smcw_llc_confirm_link body = {
		.flags = flags, .link_num = 1, .max_links = MAX_LINKS, .max_conns = MAX_CONNS
	};

	memcpy(body.mac, hosts[from].mac, sizeof(body.mac));
	put_link_local(body.gid, from);
	smcw_put24(body.qpn, selves[from].qpn);
	smcw_put32(body.link_uid, 0x00c0ffee + from);
	LLC(m, type, body);
}

static struct smcw_llc_add_link add_link(enum side from, uint8_t flags)
{
	struct smcw_llc_add_link body = { .flags = flags, .link_num = 2, .mtu = SMCW_MTU_1024 };

	memcpy(body.mac, hosts[from].mac, sizeof(body.mac));
	put_link_local(body.gid, from);
	smcw_put24(body.qpn, selves[from].qpn + 1);
	smcw_put24(body.psn, selves[from].psn + 1);
	return body;
}

static struct smcw_llc_rtoken rtoken(enum side from, uint32_t n)
{
	struct smcw_llc_rtoken token;

	smcw_put32(&token.rkey, selves[from].rkey + n);
	smcw_put32(&token.rkey_new, selves[from].rkey + 0x100 + n);
	smcw_put64(&token.vaddr_new, selves[from].vaddr + ((uint64_t)n << 20));
	return token;
}

static void put_confirm_rkey(struct msg *m, uint8_t type, enum side from, uint8_t flags)
{
	struct smcw_llc_confirm_rkey body = { .flags = flags };

	body.rkey[0].link_num = 1;
	smcw_put32(&body.rkey[0].rkey, selves[from].rkey);
	smcw_put64(&body.rkey[0].vaddr, selves[from].vaddr);
	body.rkey[1].link_num = 2;
	smcw_put32(&body.rkey[1].rkey, selves[from].rkey + 0x100);
	smcw_put64(&body.rkey[1].vaddr, selves[from].vaddr);
	LLC(m, type, body);
}

static void put_confirm_rkey_cont(struct msg *m, uint8_t type, enum side from, uint8_t flags)
{
	struct smcw_llc_confirm_rkey_cont body = { .flags = flags, .rkey_count = 2 };

	for (unsigned int i = 0; i < 2; i++) {
		body.rkey[i].link_num = (uint8_t)(i + 2);
		smcw_put32(&body.rkey[i].rkey, selves[from].rkey + 0x100 * i);
		smcw_put64(&body.rkey[i].vaddr, selves[from].vaddr);
	}
	LLC(m, type, body);
}

static void put_add_link_cont(struct msg *m, uint8_t type, enum side from, uint8_t flags)
{
	struct smcw_llc_add_link_cont body = { .flags = flags, .link_num = 2, .rkey_count = 2 };

	body.rtoken[0] = rtoken(from, 0);
	body.rtoken[1] = rtoken(from, 1);
	LLC(m, type, body);
}

static void put_test_link(struct msg *m, uint8_t type, uint8_t flags)
{
	struct smcw_llc_test_link body = { .flags = flags };

	memcpy(body.user_data, "are you there?", 14);
	LLC(m, type, body);
}

void msg_delete_link(struct msg *m, uint8_t type, uint8_t flags, uint32_t reason)
{
	struct smcw_llc_delete_link body = { .flags = flags, .link_num = 1 };

	smcw_put32(&body.reason, reason);
	LLC(m, type, body);
}

void msg_delete_rkey(struct msg *m, uint8_t type, uint8_t flags, uint8_t count)
{
	struct {
		struct smcw_llc_delete_rkey_v2 head;
		struct smcw_llc_rkey_entry rkey[UINT8_MAX];
	} SMCW_PACKED v2 = { .head = { .flags = flags, .rkey_count = count } };
	struct smcw_llc_delete_rkey v1 = { .flags = flags, .rkey_count = count };
	unsigned int i;

	for (i = 0; i < count; i++)
		smcw_put32(&v2.rkey[i].rkey, selves[CLIENT].rkey + i);
	for (i = 0; i < count && i < ARRAY_SIZE(v1.rkey); i++)
		smcw_put32(&v1.rkey[i], selves[CLIENT].rkey + i);
	if (is_v2(type))
		llc(m, type, &v2, sizeof(v2.head) + count * sizeof(v2.rkey[0]));
	else
		LLC(m, type, v1);
}

void msg_req_add_link(struct msg *m, uint8_t type, uint8_t flags, uint8_t count)
{
	struct {
		struct smcw_llc_req_add_link head;
		struct smcw_gid gid[UINT8_MAX];
	} SMCW_PACKED body = { .head = { .flags = flags, .gid_count = count } };
	unsigned int i;

	for (i = 0; i < count; i++) {
		put_mapped(body.gid[i].gid, CLIENT);
		body.gid[i].gid[SMCW_GID_LEN - 1] = (uint8_t)(1 + i);
	}
	llc(m, type, &body, sizeof(body.head) + count * sizeof(body.gid[0]));
}

void msg_llc(struct msg *m, uint8_t type, enum side from, uint8_t flags)
{
	struct smcw_llc_other opaque = { .flags = flags, .data = { 1, 2, 3, 4 } };
	struct smcw_llc_add_link added = add_link(from, flags);

	switch (is_v2(type) ? type & (uint8_t)~SMCW_LLC_V2_TYPE : type) {
	case SMCW_LLC_CONFIRM_LINK:
		put_confirm_link(m, type, from, flags);
		break;
	case SMCW_LLC_ADD_LINK:
		LLC(m, type, added);
		break;
	case SMCW_LLC_ADD_LINK_CONT:
		put_add_link_cont(m, type, from, flags);
		break;
	case SMCW_LLC_DELETE_LINK:
		msg_delete_link(m, type, flags, SMCW_DEL_PROGRAM);
		break;
	case SMCW_LLC_REQ_ADD_LINK:
		msg_req_add_link(m, type, flags, is_v2(type) ? 2 : 0);
		break;
	case SMCW_LLC_CONFIRM_RKEY:
		put_confirm_rkey(m, type, from, flags);
		break;
	case SMCW_LLC_CONFIRM_RKEY_CONT:
		put_confirm_rkey_cont(m, type, from, flags);
		break;
	case SMCW_LLC_TEST_LINK:
		put_test_link(m, type, flags);
		break;
	case SMCW_LLC_DELETE_RKEY:
		msg_delete_rkey(m, type, flags, 2);
		break;
	default:
		LLC(m, type, opaque);
	}
}

void msg_add_link_v2(struct msg *m, enum side from, uint8_t flags, uint16_t rkeys)
{
	struct {
		struct smcw_llc_add_link link;
		struct smcw_llc_add_link_ext ext;
		struct smcw_llc_rtoken token[UINT8_MAX];
	} SMCW_PACKED body = { .link = add_link(from, flags) };
	uint16_t i;

	put_mapped(body.link.gid, from); /* of RoCEv2, as all packets here are */
	body.ext.flags = SMCW_V2_DIRECT;
	put_mapped(body.ext.client_target_gid, CLIENT);
	body.ext.rkey_count = rkeys;
	for (i = 0; i < rkeys; i++)
		body.token[i] = rtoken(from, i);
	llc(m, SMCW_LLC_ADD_LINK_V2, &body,
	    sizeof(body.link) + sizeof(body.ext) + rkeys * sizeof(body.token[0]));
}

void msg_refusal(struct msg *m, uint8_t type, enum side from)
{
	struct smcw_llc_v1 *hdr = (struct smcw_llc_v1 *)m->b;

	if (type == SMCW_LLC_REQ_ADD_LINK || type == SMCW_LLC_REQ_ADD_LINK_V2)
		msg_req_add_link(m, type, SMCW_LLC_RESP | SMCW_LLC_REJ, 0);
	else
		msg_llc(m, type, from, SMCW_LLC_RESP | SMCW_LLC_REJ);
	hdr->length = SMCW_LLC_LEN;
	hdr->reject = SMCW_REJ_NO_ALT_PATH;
}

static void swap16(uint8_t *at)
{
	uint8_t first = at[0];

	at[0] = at[1];
	at[1] = first;
}

void msg_llc_swap(struct msg *m)
{
	const struct smcw_piece *piece;
	struct smcw_layout l;
	unsigned int f;

	smcw_llc_layout(m->b, m->len, &l);
	for (f = 0; f < SMCW_FIELD_COUNT; f++) {
		if (smcw_fields[f].kind != SMCW_K_HOST || smcw_fields[f].size != sizeof(uint16_t))
			continue;
		piece = smcw_layout_find(&l, smcw_fields[f].part);
		if (piece)
			swap16(m->b + piece->off + smcw_fields[f].offset);
	}
}

void msg_cdc(struct msg *m, enum side from, uint16_t seqno, const struct cursors *at, uint8_t flags,
	     uint8_t state)
{
	struct smcw_cdc cdc = {
		.type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN, .flags = flags, .state = state
	};

	smcw_put16(&cdc.seqno, seqno);
	/* The token is the receiver's: it shows him which connection is meant. */
	smcw_put32(&cdc.alert_token, selves[other(from)].alert_token);
	smcw_put16(&cdc.prod.wrap, at->prod_wrap);
	smcw_put32(&cdc.prod.count, at->prod);
	smcw_put16(&cdc.cons.wrap, at->cons_wrap);
	smcw_put32(&cdc.cons.count, at->cons);
	*m = (struct msg){ .len = sizeof(cdc), .llc = true };
	memcpy(m->b, &cdc, sizeof(cdc));
}

/* ---- changes --------------------------------------------------------------- */

int msg_set(struct msg *m, unsigned int field, uint64_t value)
{
	const struct smcw_field *f = &smcw_fields[field];
	const struct smcw_piece *piece;
	struct smcw_layout l;
	unsigned int i;
	uint8_t *at;

	if (m->llc)
		smcw_llc_layout(m->b, m->len, &l);
	else
		smcw_clc_layout(m->b, m->len, &l);
	piece = smcw_layout_find(&l, f->part);
	if (!piece)
		return -ENOENT;
	at = m->b + piece->off + f->offset;
	if (f->mask) {
		value *= f->mask & -f->mask; /* up to the mask's lowest bit */
		*at = (uint8_t)((*at & ~f->mask) | (value & f->mask));
		return 0;
	}
	for (i = 0; i < f->size; i++)
		at[f->kind == SMCW_K_HOST && !l.big ? i : f->size - 1 - i] =
			i < sizeof(value) ? (uint8_t)(value >> 8 * i) : 0;
	return 0;
}

static void resize(struct msg *m, size_t len)
{
	struct smcw_clc_trailer trailer;

	memcpy(&trailer, m->b + m->len - sizeof(trailer), sizeof(trailer));
	if (len > m->len)
		memset(m->b + m->len - sizeof(trailer), FILL, len - m->len);
	memcpy(m->b + len - sizeof(trailer), &trailer, sizeof(trailer));
	m->len = len;
	smcw_put16(&((struct smcw_clc_hdr *)m->b)->length, (__u16)len);
}

void msg_grow(struct msg *m, size_t n)
{
	resize(m, m->len + n);
}

void msg_shrink(struct msg *m, size_t n)
{
	resize(m, m->len - n);
}
