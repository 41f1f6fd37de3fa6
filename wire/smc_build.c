// SPDX-License-Identifier: GPL-2.0-or-later
/* CLC messages from parts, and parts from CLC messages. See smc_codec.h. */
#include "smc_codec.h"

#define SIZE(part) ((size_t)smcw_parts[SMCW_PART_##part].size)

struct out {
	__u8 *buf;
	size_t cap;
	size_t len;
};

/* Append @count parts of @size bytes; beyond the end of the buffer only counts. */
static void *smc_build_put(struct out *o, const void *part, size_t size, size_t count)
{
	__u8 *to;
	size_t i;

	o->len += size * count;
	if (o->len > o->cap)
		return NULL;
	to = o->buf + o->len - size * count;
	for (i = 0; i < size * count; i++)
		to[i] = part ? ((const __u8 *)part)[i] : 0;
	return to;
}

#define PUT(o, part, from, count) smc_build_put(o, from, SIZE(part), count)

static void put_hdr(struct out *o, __u8 type, __u8 flags, __u32 eye)
{
	struct smcw_clc_hdr *hdr = (struct smcw_clc_hdr *)PUT(o, proposal_hdr, NULL, 1);

	if (!hdr)
		return;
	smcw_put32(hdr->eyecatcher, eye);
	hdr->type = type;
	hdr->flags = flags;
}

/* The trailer, and the length now that it is known. */
static int smc_build_finish(struct out *o, __u32 eye)
{
	void *trailer = PUT(o, trailer, NULL, 1);

	if (!trailer || o->len > 0xffff)
		return -ENOSPC;
	smcw_put32(trailer, eye);
	smcw_put16(&((struct smcw_clc_hdr *)o->buf)->length, (__u16)o->len);
	return (int)o->len;
}

static void put_iparea(struct out *o, const struct smcw_proposal_parts *p)
{
	struct smcw_proposal_prefix *prefix;

	prefix = (struct smcw_proposal_prefix *)PUT(o, prefix, p->prefix, 1);
	if (prefix)
		prefix->ipv6_count = p->ipv6_count;
	PUT(o, ipv6_prefix, p->ipv6, p->ipv6_count);
}

static void put_v2(struct out *o, const struct smcw_proposal_parts *p, int smcd)
{
	struct smcw_v2_ext *v2 = (struct smcw_v2_ext *)PUT(o, v2_ext, p->v2, 1);
	size_t after = SIZE(v2_ext) - offsetof(struct smcw_v2_ext, smcd_v2_ext_offset) -
		       sizeof(__be16) + p->eid_count * SIZE(ueid);

	if (v2) {
		v2->eid_count = p->eid_count;
		v2->gid_count = smcd ? p->gid_count : 0;
		smcw_put16(&v2->smcd_v2_ext_offset, smcd ? (__u16)after : 0);
	}
	PUT(o, ueid, p->eid, p->eid_count);
	if (!smcd)
		return;
	PUT(o, smcd_v2_ext, p->smcd_v2, 1);
	PUT(o, gid_chid, p->gid, p->gid_count);
}

int smcw_proposal_build(const struct smcw_proposal_parts *p, void *buf, size_t cap)
{
	struct out o = { (__u8 *)buf, cap, 0 };
	int v2 = p->version >= SMCW_V2 && p->typev2 != SMCW_TYPE_N;
	int smcd_v2 = v2 && smcw_type_includes(p->typev2, SMCW_TYPE_D);
	int iparea = p->version < SMCW_V2 || p->typev1 != SMCW_TYPE_N;
	size_t prefixes = iparea ? SIZE(prefix) + p->ipv6_count * SIZE(ipv6_prefix) : 0;
	struct smcw_proposal_smcd *smcd;
	struct smcw_proposal *base;

	if (!p->base || (iparea && !p->prefix) || (p->version >= SMCW_V2 && !p->smcd) ||
	    (v2 && !p->v2) || (smcd_v2 && !p->smcd_v2) || (p->ipv6_count && !p->ipv6) ||
	    (p->eid_count && !p->eid) || (p->gid_count && !p->gid))
		return -EINVAL;
	put_hdr(&o, SMCW_PROPOSAL,
		smcw_bits(SMCW_CLC_VERSION, p->version) |
			(p->version >= SMCW_V2 ? smcw_bits(SMCW_CLC_TYPEV2, p->typev2) : 0) |
			p->typev1,
		SMCW_EYE_SMCR);
	base = (struct smcw_proposal *)PUT(&o, proposal, p->base, 1);
	if (base)
		smcw_put16(&base->iparea_offset,
			   iparea && p->smcd ? (__u16)SIZE(proposal_smcd) : 0);
	if (p->smcd) {
		smcd = (struct smcw_proposal_smcd *)PUT(&o, proposal_smcd, p->smcd, 1);
		if (smcd)
			smcw_put16(&smcd->v2_ext_offset,
				   v2 ? (__u16)(SIZE(proposal_smcd) - sizeof(__be16) -
						offsetof(struct smcw_proposal_smcd, v2_ext_offset) +
						prefixes) :
					0);
	}
	if (iparea)
		put_iparea(&o, p);
	if (v2)
		put_v2(&o, p, smcd_v2);
	return smc_build_finish(&o, SMCW_EYE_SMCR);
}

static void put_smcr(struct out *o, const struct smcw_accept_parts *p)
{
	struct smcw_gid_list *list;

	PUT(o, smcr, p->smcr, 1);
	if (p->version < SMCW_V2)
		return;
	PUT(o, smcr_v2, p->smcr_v2, 1);
	if (!p->first_contact)
		return;
	PUT(o, fce, p->fce, 1);
	if (p->fce_v2x)
		PUT(o, fce_smcr, p->fce_v2x, 1);
	if (p->type != SMCW_CONFIRM)
		return;
	list = (struct smcw_gid_list *)PUT(o, gid_list, p->gid_list, 1);
	if (list)
		list->gid_count = p->gid_count;
	PUT(o, gid_entry, p->gid, p->gid_count);
}

static void put_smcd(struct out *o, const struct smcw_accept_parts *p)
{
	PUT(o, smcd, p->smcd, 1);
	if (p->version < SMCW_V2) {
		PUT(o, smcd_v1, NULL, 1);
		return;
	}
	PUT(o, smcd_v2, p->smcd_v2, 1);
	if (!p->first_contact)
		return;
	PUT(o, fce, p->fce, 1);
	if (p->fce_v2x)
		PUT(o, fce_smcd, p->fce_v2x, 1);
}

int smcw_accept_build(const struct smcw_accept_parts *p, void *buf, size_t cap)
{
	struct out o = { (__u8 *)buf, cap, 0 };
	__u32 eye = p->smcd ? SMCW_EYE_SMCD : SMCW_EYE_SMCR;
	__u8 flags = smcw_bits(SMCW_CLC_VERSION, p->version);

	if (!p->smcr == !p->smcd)
		return -EINVAL;
	if (p->version >= SMCW_V2 &&
	    ((p->smcr && !p->smcr_v2) || (p->smcd && !p->smcd_v2) || (p->first_contact && !p->fce)))
		return -EINVAL;
	if (p->gid_count && !p->gid)
		return -EINVAL;
	if (p->first_contact)
		flags |= SMCW_CLC_FIRST_CONTACT;
	put_hdr(&o, p->type, flags | (p->smcd ? SMCW_TYPE_D : SMCW_TYPE_R), eye);
	if (p->smcr)
		put_smcr(&o, p);
	else
		put_smcd(&o, p);
	return smc_build_finish(&o, eye);
}

int smcw_decline_build(const struct smcw_decline_parts *p, void *buf, size_t cap)
{
	struct out o = { (__u8 *)buf, cap, 0 };

	if (!p->decline)
		return -EINVAL;
	put_hdr(&o, SMCW_DECLINE,
		smcw_bits(SMCW_CLC_VERSION, p->version) |
			(p->out_of_sync ? SMCW_CLC_OUT_OF_SYNC : 0),
		SMCW_EYE_SMCR);
	PUT(&o, decline, p->decline, 1);
	if (p->version >= SMCW_V2)
		PUT(&o, decline_v2, p->decline_v2, 1);
	return smc_build_finish(&o, SMCW_EYE_SMCR);
}

/* ---- the way back ---------------------------------------------------------------- */

static const void *part_at(const void *msg, const struct smcw_layout *l, unsigned int part,
			   __u8 *count)
{
	const struct smcw_piece *piece = smcw_layout_find(l, part);

	if (count)
		*count = piece ? (__u8)piece->count : 0;
	return piece ? (const __u8 *)msg + piece->off : NULL;
}

/* Set p->member to the piece of a part, or NULL. */
#define TAKE(p, member, msg, l, part, count)                                                       \
	((p)->member = (__typeof__((p)->member))part_at(msg, l, SMCW_PART_##part, count))

static __u8 hdr_flags(const void *msg)
{
	return ((const struct smcw_clc_hdr *)msg)->flags;
}

int smcw_proposal_parse(const void *msg, const struct smcw_layout *l, struct smcw_proposal_parts *p)
{
	if (l->type != SMCW_PROPOSAL || !TAKE(p, base, msg, l, proposal, NULL))
		return -EINVAL;
	p->version = smcw_get_bits(hdr_flags(msg), SMCW_CLC_VERSION);
	p->typev1 = hdr_flags(msg) & SMCW_CLC_TYPEV1;
	p->typev2 = smcw_get_bits(hdr_flags(msg), SMCW_CLC_TYPEV2);
	TAKE(p, smcd, msg, l, proposal_smcd, NULL);
	TAKE(p, prefix, msg, l, prefix, NULL);
	TAKE(p, ipv6, msg, l, ipv6_prefix, &p->ipv6_count);
	TAKE(p, v2, msg, l, v2_ext, NULL);
	TAKE(p, eid, msg, l, ueid, &p->eid_count);
	TAKE(p, smcd_v2, msg, l, smcd_v2_ext, NULL);
	TAKE(p, gid, msg, l, gid_chid, &p->gid_count);
	return 0;
}

int smcw_accept_parse(const void *msg, const struct smcw_layout *l, struct smcw_accept_parts *p)
{
	if (l->type != SMCW_ACCEPT && l->type != SMCW_CONFIRM)
		return -EINVAL;
	TAKE(p, smcr, msg, l, smcr, NULL);
	TAKE(p, smcd, msg, l, smcd, NULL);
	if (!p->smcr && !p->smcd)
		return -EINVAL;
	p->type = l->type;
	p->version = smcw_get_bits(hdr_flags(msg), SMCW_CLC_VERSION);
	p->first_contact = !!(hdr_flags(msg) & SMCW_CLC_FIRST_CONTACT);
	TAKE(p, smcr_v2, msg, l, smcr_v2, NULL);
	TAKE(p, smcd_v2, msg, l, smcd_v2, NULL);
	TAKE(p, fce, msg, l, fce, NULL);
	if (p->smcd)
		TAKE(p, fce_v2x, msg, l, fce_smcd, NULL);
	else
		TAKE(p, fce_v2x, msg, l, fce_smcr, NULL);
	TAKE(p, gid_list, msg, l, gid_list, NULL);
	TAKE(p, gid, msg, l, gid_entry, &p->gid_count);
	return 0;
}

int smcw_decline_parse(const void *msg, const struct smcw_layout *l, struct smcw_decline_parts *p)
{
	if (l->type != SMCW_DECLINE || !TAKE(p, decline, msg, l, decline, NULL))
		return -EINVAL;
	p->version = smcw_get_bits(hdr_flags(msg), SMCW_CLC_VERSION);
	p->out_of_sync = !!(hdr_flags(msg) & SMCW_CLC_OUT_OF_SYNC);
	TAKE(p, decline_v2, msg, l, decline_v2, NULL);
	return 0;
}
