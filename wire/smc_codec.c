// SPDX-License-Identifier: GPL-2.0-or-later
/* Layouts: the parts that a message is made of. See smc_codec.h. */
#include "smc_codec.h"

#define SIZE(part) ((__u32)smcw_parts[SMCW_PART_##part].size)
#define TRAILER_LEN ((__u32)sizeof(struct smcw_clc_trailer))

static int eyecatcher_ok(const void *at)
{
	__u32 eye = smcw_get32(at);

	return eye == SMCW_EYE_SMCR || eye == SMCW_EYE_SMCD;
}

/*
 * While a layout is made: a byte was asked for that the capture has cut off. Later
 * conclusions may be wrong, but concern only bytes that were cut off as well:
 * counts and offsets stand before the bytes that they describe.
 */
#define BLIND (1u << 31)

/* @have: bytes that are at hand of @len */
static void set_len(struct smcw_layout *l, size_t len, size_t have)
{
	l->len = len > 0xffff ? 0xffff : (__u16)len;
	l->missing = have < l->len ? (__u16)(l->len - have) : 0;
}

static void layout_init(struct smcw_layout *l, size_t len, size_t have)
{
	l->faults = 0;
	l->type = 0;
	l->n = 0;
	l->big = 0;
	set_len(l, len, have);
}

static void smc_codec_fault(struct smcw_layout *l, __u32 faults)
{
	if (!(l->faults & BLIND))
		l->faults |= faults;
}

/* The bytes before @end are read: are they at hand? */
static int smc_codec_see(struct smcw_layout *l, __u32 end)
{
	if (end + l->missing <= l->len)
		return 1;
	l->faults |= BLIND;
	return 0;
}

/*
 * Claim @count parts at @off, or as many as end before @end. Pieces stay
 * sorted and never share a byte. Returns how many were claimed.
 */
static __u32 smc_codec_claim(struct smcw_layout *l, __u8 part, __u32 off, __u32 count, __u32 end)
{
	__u32 size = smcw_parts[part].size;
	unsigned int at = l->n, i;

	if (off > end || l->n == SMCW_PIECES_MAX)
		return 0;
	if (count > (end - off) / size)
		count = (end - off) / size;
	if (!count)
		return 0;
	while (at && l->piece[at - 1].off > off)
		at--;
	if ((at && l->piece[at - 1].off + smcw_piece_len(&l->piece[at - 1]) > off) ||
	    (at < l->n && off + count * size > l->piece[at].off)) {
		smc_codec_fault(l, SMCW_FAULT_OVERLAP);
		return 0;
	}
	for (i = l->n++; i > at; i--)
		l->piece[i] = l->piece[i - 1];
	l->piece[at].part = part;
	l->piece[at].off = (__u16)off;
	l->piece[at].count = (__u16)count;
	return count;
}

#define CLAIM(l, part, off, count, end) smc_codec_claim(l, SMCW_PART_##part, off, count, end)

/* Give the bytes between the pieces to nobody, so that the pieces tile. */
static int close_gaps(struct smcw_layout *l)
{
	__u32 pos = 0;
	unsigned int i, j;

	for (i = 0; i <= l->n; i++) {
		__u32 next = i < l->n ? l->piece[i].off : l->len;

		if (next > pos && l->n < SMCW_PIECES_MAX) {
			for (j = l->n++; j > i; j--)
				l->piece[j] = l->piece[j - 1];
			l->piece[i].part = SMCW_PART_NONE;
			l->piece[i].off = (__u16)pos;
			l->piece[i].count = (__u16)(next - pos);
			smc_codec_fault(l, SMCW_FAULT_UNCLAIMED);
		}
		if (i < l->n)
			pos = l->piece[i].off + smcw_piece_len(&l->piece[i]);
	}
	l->faults &= ~BLIND;
	return l->faults ? -EBADMSG : 0;
}

const struct smcw_piece *smcw_layout_find(const struct smcw_layout *l, unsigned int part)
{
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (l->piece[i].part == part)
			return &l->piece[i];
	return NULL;
}

/* ---- CLC -------------------------------------------------------------------- */

int smcw_clc_frame(const void *buf, size_t len)
{
	static const __u8 eye[] = { 0xe2, 0xd4, 0xc3 }; /* the common start of SMCR and SMCD */
	const __u8 *b = (const __u8 *)buf;
	size_t i;
	int total;

	for (i = 0; i < len && i < sizeof(eye); i++)
		if (b[i] != eye[i])
			return -EPROTO;
	if (len >= SMCW_EYE_LEN && !eyecatcher_ok(buf))
		return -EPROTO;
	if (len < offsetof(struct smcw_clc_hdr, flags))
		return 0;
	total = smcw_get16(b + offsetof(struct smcw_clc_hdr, length));
	return total < (int)SIZE(proposal_hdr) ? (int)SIZE(proposal_hdr) : total;
}

/* The state that all CLC walkers need. */
struct clc {
	const __u8 *msg;
	struct smcw_layout *l;
	__u32 end; /* of the parts: where the trailer begins */
	__u8 flags;
};

static __u8 clc_get8(const struct clc *c, __u32 off)
{
	smc_codec_see(c->l, off + 1);
	return c->msg[off];
}

static __u32 clc_get16(const struct clc *c, __u32 off)
{
	smc_codec_see(c->l, off + sizeof(__be16));
	return smcw_get16(c->msg + off);
}

static __u8 clc_version(const struct clc *c)
{
	return smcw_get_bits(c->flags, SMCW_CLC_VERSION);
}

/*
 * The SMC-D area stands after the base part unless the IP area does (RFC 7609
 * at offset 0). With no version 1 type there is no IP area at all, and Linux
 * leaves the offset 0.
 */
static void proposal_areas(const struct clc *c, int *smcd, int *iparea)
{
	__u8 typev1 = c->flags & SMCW_CLC_TYPEV1;
	__u32 off =
		clc_get16(c, SIZE(proposal_hdr) + offsetof(struct smcw_proposal, iparea_offset));
	/* Version 2, but only version 1 types: the SMC-D area is there all the same. */
	int only_v1 = clc_version(c) >= SMCW_V2 &&
		      smcw_get_bits(c->flags, SMCW_CLC_TYPEV2) == SMCW_TYPE_N;

	*iparea = clc_version(c) < SMCW_V2 || typev1 != SMCW_TYPE_N;
	*smcd = off >= SIZE(proposal_smcd) || !*iparea;
	if ((*iparea && off && off != SIZE(proposal_smcd)) ||
	    (!*smcd && (smcw_type_includes(typev1, SMCW_TYPE_D) || only_v1)))
		smc_codec_fault(c->l, SMCW_FAULT_IPAREA);
}

static void proposal_iparea(const struct clc *c)
{
	__u32 base = SIZE(proposal_hdr) + SIZE(proposal);
	__u32 off = base + clc_get16(c, base - sizeof(__be16));
	__u32 count, fit;

	if (!CLAIM(c->l, prefix, off, 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_IPAREA);
		return;
	}
	count = clc_get8(c, off + offsetof(struct smcw_proposal_prefix, ipv6_count));
	if (!count)
		return;
	fit = CLAIM(c->l, ipv6_prefix, off + SIZE(prefix), count, c->end);
	if (fit < count || count > SMCW_MAX_IPV6_PREFIX)
		smc_codec_fault(c->l, SMCW_FAULT_IPV6_COUNT);
}

static void proposal_smcd_v2(const struct clc *c, __u32 v2, __u32 gids)
{
	__u32 from = v2 + offsetof(struct smcw_v2_ext, smcd_v2_ext_offset);
	__u32 off = clc_get16(c, from), fit;

	from += sizeof(__be16) + off;
	if (!off || !CLAIM(c->l, smcd_v2_ext, from, 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_SMCD_V2_EXT);
		return;
	}
	if (!gids)
		return;
	fit = CLAIM(c->l, gid_chid, from + SIZE(smcd_v2_ext), gids, c->end);
	if (fit < gids || gids > SMCW_MAX_GID_CHID)
		smc_codec_fault(c->l, SMCW_FAULT_GID_COUNT);
}

static void proposal_v2(const struct clc *c)
{
	__u32 from = SIZE(proposal_hdr) + SIZE(proposal) +
		     offsetof(struct smcw_proposal_smcd, v2_ext_offset);
	__u32 off = clc_get16(c, from), eids, fit;

	from += sizeof(__be16) + off;
	if (!off || !CLAIM(c->l, v2_ext, from, 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_V2_EXT);
		return;
	}
	eids = clc_get8(c, from + offsetof(struct smcw_v2_ext, eid_count));
	if (eids) {
		fit = CLAIM(c->l, ueid, from + SIZE(v2_ext), eids, c->end);
		if (fit < eids || eids > SMCW_MAX_EID)
			smc_codec_fault(c->l, SMCW_FAULT_EID_COUNT);
	}
	if (smcw_type_includes(smcw_get_bits(c->flags, SMCW_CLC_TYPEV2), SMCW_TYPE_D))
		proposal_smcd_v2(c, from,
				 clc_get8(c, from + offsetof(struct smcw_v2_ext, gid_count)));
}

static void layout_proposal(const struct clc *c)
{
	__u8 typev2 = smcw_get_bits(c->flags, SMCW_CLC_TYPEV2);
	__u32 base = SIZE(proposal_hdr);
	int smcd, iparea;

	if (!CLAIM(c->l, proposal, base, 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_LENGTH);
		return;
	}
	if (clc_version(c) < SMCW_V2 && (c->flags & SMCW_CLC_TYPEV1) == SMCW_TYPE_N)
		smc_codec_fault(c->l, SMCW_FAULT_SMC_TYPE);
	proposal_areas(c, &smcd, &iparea);
	if (smcd && !CLAIM(c->l, proposal_smcd, base + SIZE(proposal), 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_LENGTH);
		return;
	}
	if (iparea)
		proposal_iparea(c);
	if (clc_version(c) < SMCW_V2 || typev2 == SMCW_TYPE_N)
		return;
	if (smcd)
		proposal_v2(c);
	else
		smc_codec_fault(c->l, SMCW_FAULT_V2_EXT);
}

/*
 * Does a list of GIDs with its count at @off end where the trailer begins?
 * Release 0 has the short extension in some stacks and the long one in others,
 * and in a Confirm only the bytes that follow distinguish them.
 */
static int gid_list_fits(const struct clc *c, __u32 off)
{
	return off + SIZE(gid_list) <= c->end &&
	       off + SIZE(gid_list) + c->msg[off] * SIZE(gid_entry) == c->end;
}

static int fce_is_long(const struct clc *c, __u32 off, int list)
{
	__u32 release = clc_get8(c, off + offsetof(struct smcw_fce, os_release)) & SMCW_RELEASE_LO;
	__u32 after = off + SIZE(fce);

	if (after + SIZE(fce_smcr) > c->end)
		return 0;
	if (release || !list || !gid_list_fits(c, after))
		return 1;
	/* A list is after the short one, by its count; the count after the long one decides. */
	if (!smc_codec_see(c->l, after + SIZE(fce_smcr) + 1))
		return -1;
	return gid_list_fits(c, after + SIZE(fce_smcr));
}

static __u32 accept_fce(const struct clc *c, __u32 off, int smcd)
{
	int list = !smcd && c->l->type == SMCW_CONFIRM;
	int is_long;
	__u32 gids;

	if (!CLAIM(c->l, fce, off, 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_FCE);
		return off;
	}
	is_long = fce_is_long(c, off, list);
	off += SIZE(fce);
	if (is_long < 0)
		return off;
	if (is_long)
		off += SIZE(fce_smcr) *
		       smc_codec_claim(c->l, smcd ? SMCW_PART_fce_smcd : SMCW_PART_fce_smcr, off, 1,
				       c->end);
	if (!list)
		return off;
	if (!CLAIM(c->l, gid_list, off, 1, c->end))
		return off;
	gids = clc_get8(c, off);
	off += SIZE(gid_list);
	if (gids && CLAIM(c->l, gid_entry, off, gids, c->end) < gids)
		smc_codec_fault(c->l, SMCW_FAULT_GID_COUNT);
	return off + gids * SIZE(gid_entry);
}

static void layout_accept(const struct clc *c)
{
	int v2 = clc_version(c) >= SMCW_V2;
	__u8 type = c->flags & SMCW_CLC_TYPEV1;
	int smcd = type == SMCW_TYPE_D;
	__u32 off = SIZE(accept_hdr);
	__u32 fit;

	if (type != SMCW_TYPE_R && type != SMCW_TYPE_D) {
		smc_codec_fault(c->l, SMCW_FAULT_SMC_TYPE);
		smcd = smcw_get32(c->msg) == SMCW_EYE_SMCD;
	}
	if (smcd) {
		fit = CLAIM(c->l, smcd, off, 1, c->end);
		off += SIZE(smcd);
		fit &= smc_codec_claim(c->l, v2 ? SMCW_PART_smcd_v2 : SMCW_PART_smcd_v1, off, 1,
				       c->end);
		off += v2 ? SIZE(smcd_v2) : SIZE(smcd_v1);
	} else {
		fit = CLAIM(c->l, smcr, off, 1, c->end);
		off += SIZE(smcr);
		if (v2) {
			fit &= CLAIM(c->l, smcr_v2, off, 1, c->end);
			off += SIZE(smcr_v2);
		}
	}
	if (!fit) {
		smc_codec_fault(c->l, SMCW_FAULT_LENGTH);
		return;
	}
	if (v2 && (c->flags & SMCW_CLC_FIRST_CONTACT))
		off = accept_fce(c, off, smcd);
	if (off < c->end)
		smc_codec_fault(c->l, SMCW_FAULT_LENGTH);
}

static void layout_decline(const struct clc *c)
{
	__u32 off = SIZE(decline_hdr);
	int v2 = clc_version(c) >= SMCW_V2;

	if (!CLAIM(c->l, decline, off, 1, c->end)) {
		smc_codec_fault(c->l, SMCW_FAULT_LENGTH);
		return;
	}
	off += SIZE(decline);
	/* The version decides, but a message of the other size is shown as it is. */
	if (off + SIZE(decline_v2) == c->end || v2)
		off += SIZE(decline_v2) * CLAIM(c->l, decline_v2, off, 1, c->end);
	if (off != c->end || v2 != (c->end == SIZE(decline_hdr) + SIZE(decline) + SIZE(decline_v2)))
		smc_codec_fault(c->l, SMCW_FAULT_LENGTH);
}

static __u8 clc_hdr_part(__u8 type)
{
	switch (type) {
	case SMCW_ACCEPT:
	case SMCW_CONFIRM:
		return SMCW_PART_accept_hdr;
	case SMCW_DECLINE:
		return SMCW_PART_decline_hdr;
	default:
		return SMCW_PART_proposal_hdr;
	}
}

/* The parts between header and trailer, by the message's type. */
static void clc_body(const struct clc *c)
{
	switch (c->l->type) {
	case SMCW_PROPOSAL:
		layout_proposal(c);
		break;
	case SMCW_ACCEPT:
	case SMCW_CONFIRM:
		layout_accept(c);
		break;
	case SMCW_DECLINE:
		layout_decline(c);
		break;
	default:
		smc_codec_fault(c->l, SMCW_FAULT_TYPE);
	}
}

/* Not even all of the header was captured: at most its type is known. */
static int clc_head_cut(const __u8 *msg, struct smcw_layout *l)
{
	const __u32 type = offsetof(struct smcw_clc_hdr, type);

	if (l->len >= SIZE(proposal_hdr) && smc_codec_see(l, SMCW_EYE_LEN) && !eyecatcher_ok(msg))
		smc_codec_fault(l, SMCW_FAULT_EYECATCHER);
	if (smc_codec_see(l, type + sizeof(l->type))) {
		l->type = msg[type];
		smc_codec_claim(l, clc_hdr_part(l->type), 0, 1, l->len);
	}
	smc_codec_see(l, SIZE(proposal_hdr));
	return close_gaps(l);
}

int smcw_clc_layout_cut(const void *msg, size_t len, size_t have, struct smcw_layout *l)
{
	struct clc c = { .msg = (const __u8 *)msg, .l = l };
	__u32 total, hdr = SIZE(proposal_hdr);

	layout_init(l, len, have);
	if (have < hdr && have < len)
		return clc_head_cut(c.msg, l);
	if (l->len < hdr) {
		smc_codec_fault(l, SMCW_FAULT_CUT);
		return close_gaps(l);
	}
	total = smcw_get16(c.msg + offsetof(struct smcw_clc_hdr, length));
	l->type = c.msg[offsetof(struct smcw_clc_hdr, type)];
	c.flags = c.msg[offsetof(struct smcw_clc_hdr, flags)];
	if (!eyecatcher_ok(msg))
		smc_codec_fault(l, SMCW_FAULT_EYECATCHER);
	if (!clc_version(&c))
		smc_codec_fault(l, SMCW_FAULT_VERSION);
	if (total < l->len)
		set_len(l, total < hdr ? hdr : total, have);
	smc_codec_claim(l, clc_hdr_part(l->type), 0, 1, l->len);
	if (total < hdr + TRAILER_LEN) {
		smc_codec_fault(l, SMCW_FAULT_LENGTH);
		return close_gaps(l);
	}
	if (total > l->len) {
		smc_codec_fault(l, SMCW_FAULT_CUT);
		c.end = l->len < total - TRAILER_LEN ? l->len : total - TRAILER_LEN;
	} else {
		c.end = total - TRAILER_LEN;
		if (!l->missing && !eyecatcher_ok(c.msg + c.end))
			smc_codec_fault(l, SMCW_FAULT_TRAILER);
		CLAIM(l, trailer, c.end, 1, l->len);
	}
	clc_body(&c);
	close_gaps(l);
	if (l->faults & SMCW_FAULT_CUT) /* the rest follows from it */
		l->faults &= SMCW_FAULT_CUT | SMCW_FAULT_EYECATCHER | SMCW_FAULT_VERSION |
			     SMCW_FAULT_TYPE;
	return l->faults ? -EBADMSG : 0;
}

int smcw_clc_layout(const void *msg, size_t len, struct smcw_layout *l)
{
	return smcw_clc_layout_cut(msg, len, len, l);
}

/* ---- LLC and CDC --------------------------------------------------------------- */

static __u32 get16_host(const __u8 *b, int big)
{
	return big ? smcw_get16(b) : (__u32)(b[1] << 8 | b[0]);
}

/*
 * The length of version 2, in the byte order in which it fits the message. A
 * refusal carries its reason where the length's second byte would be.
 */
static __u32 llc_v2_length(const __u8 *msg, __u32 len, __u8 *big)
{
	const __u8 *at = msg + offsetof(struct smcw_llc_v2, length);
	__u32 little = get16_host(at, 0);

	*big = 0;
	if (little >= SMCW_LLC_LEN && little <= len)
		return little;
	if (smcw_get16(at) >= SMCW_LLC_LEN && smcw_get16(at) <= SMCW_LLC_V2_MAX) {
		*big = 1;
		return smcw_get16(at);
	}
	return little;
}

/* Refused ADD_LINK and REQ_ADD_LINK have the header of version 1, whatever their type. */
static int llc_is_refusal(const __u8 *msg)
{
	return (msg[0] == SMCW_LLC_ADD_LINK_V2 || msg[0] == SMCW_LLC_REQ_ADD_LINK_V2) &&
	       (msg[sizeof(struct smcw_llc_v2)] & SMCW_LLC_REJ) && msg[1] == SMCW_LLC_LEN;
}

static void llc_add_link_v2(const __u8 *msg, struct smcw_layout *l)
{
	__u32 off = SIZE(llc_v2) + SIZE(add_link), count;

	if (!CLAIM(l, add_link, SIZE(llc_v2), 1, l->len) || off == l->len)
		return;
	if (!CLAIM(l, add_link_ext, off, 1, l->len)) {
		smc_codec_fault(l, SMCW_FAULT_LENGTH);
		return;
	}
	smc_codec_see(l, off + SIZE(add_link_ext));
	count = get16_host(msg + off + offsetof(struct smcw_llc_add_link_ext, rkey_count), l->big);
	if (count && CLAIM(l, rtoken, off + SIZE(add_link_ext), count, l->len) < count)
		smc_codec_fault(l, SMCW_FAULT_RKEY_COUNT);
}

static void llc_list(const __u8 *msg, struct smcw_layout *l, __u8 head, __u8 entry, __u32 count_at)
{
	__u32 off = SIZE(llc_v2), count, fit;

	if (!smc_codec_claim(l, head, off, 1, l->len))
		return;
	smc_codec_see(l, off + count_at + 1);
	count = msg[off + count_at];
	off += smcw_parts[head].size;
	fit = smc_codec_claim(l, entry, off, count, l->len);
	/* Linux answers with the first 44 bytes of the request, count and all. */
	if (fit < count && !((msg[SIZE(llc_v2)] & SMCW_LLC_RESP) && l->len == SMCW_LLC_LEN))
		smc_codec_fault(l, entry == SMCW_PART_rkey_entry ? SMCW_FAULT_RKEY_COUNT :
								   SMCW_FAULT_GID_COUNT);
	off += fit * smcw_parts[entry].size;
	if (off < SMCW_LLC_LEN) /* a short list leaves the least length to be filled */
		CLAIM(l, filler, off, SMCW_LLC_LEN - off, l->len);
}

static void llc_req_add_link(const __u8 *msg, struct smcw_layout *l)
{
	llc_list(msg, l, SMCW_PART_req_add_link, SMCW_PART_llc_gid,
		 offsetof(struct smcw_llc_req_add_link, gid_count));
}

static void llc_delete_rkey_v1(const __u8 *msg, struct smcw_layout *l)
{
	__u32 at = SIZE(llc_v1) + offsetof(struct smcw_llc_delete_rkey, rkey_count);
	__u32 max = sizeof(((struct smcw_llc_delete_rkey *)0)->rkey) / sizeof(__be32);

	if (CLAIM(l, delete_rkey, SIZE(llc_v1), 1, l->len) && smc_codec_see(l, at + 1) &&
	    msg[at] > max)
		smc_codec_fault(l, SMCW_FAULT_RKEY_COUNT);
}

static void llc_body(const __u8 *msg, struct smcw_layout *l)
{
	__u32 at = SIZE(llc_v1);

	switch (l->type) {
	case SMCW_LLC_CONFIRM_LINK:
	case SMCW_LLC_CONFIRM_LINK_V2:
		CLAIM(l, confirm_link, at, 1, l->len);
		break;
	case SMCW_LLC_ADD_LINK:
		CLAIM(l, add_link, at, 1, l->len);
		break;
	case SMCW_LLC_ADD_LINK_V2:
		llc_add_link_v2(msg, l);
		break;
	case SMCW_LLC_ADD_LINK_CONT:
		CLAIM(l, add_link_cont, at, 1, l->len);
		break;
	case SMCW_LLC_DELETE_LINK:
	case SMCW_LLC_DELETE_LINK_V2:
		CLAIM(l, delete_link, at, 1, l->len);
		break;
	case SMCW_LLC_REQ_ADD_LINK:
	case SMCW_LLC_REQ_ADD_LINK_V2:
		llc_req_add_link(msg, l);
		break;
	case SMCW_LLC_CONFIRM_RKEY:
	case SMCW_LLC_CONFIRM_RKEY_V2:
		CLAIM(l, confirm_rkey, at, 1, l->len);
		break;
	case SMCW_LLC_CONFIRM_RKEY_CONT:
		CLAIM(l, confirm_rkey_cont, at, 1, l->len);
		break;
	case SMCW_LLC_TEST_LINK:
	case SMCW_LLC_TEST_LINK_V2:
		CLAIM(l, test_link, at, 1, l->len);
		break;
	case SMCW_LLC_DELETE_RKEY:
		llc_delete_rkey_v1(msg, l);
		break;
	case SMCW_LLC_DELETE_RKEY_V2:
		llc_list(msg, l, SMCW_PART_delete_rkey_v2, SMCW_PART_rkey_entry,
			 offsetof(struct smcw_llc_delete_rkey_v2, rkey_count));
		break;
	case SMCW_LLC_ANNOUNCE_CREDITS:
		CLAIM(l, announce_credits, at, 1, l->len);
		break;
	case SMCW_LLC_OPT_CTRL:
	case SMCW_LLC_NWM_DATA:
		CLAIM(l, llc_other, at, 1, l->len);
		break;
	default:
		smc_codec_fault(l, SMCW_FAULT_TYPE);
		CLAIM(l, llc_other, at, 1, l->len);
	}
}

static int cdc_layout(const __u8 *msg, struct smcw_layout *l)
{
	const __u32 at = offsetof(struct smcw_cdc, length);

	if (l->len != SMCW_CDC_LEN || (smc_codec_see(l, at + 1) && msg[at] != SMCW_CDC_LEN))
		smc_codec_fault(l, SMCW_FAULT_LENGTH);
	if (!CLAIM(l, cdc, 0, 1, l->len))
		smc_codec_fault(l, SMCW_FAULT_CUT);
	return close_gaps(l);
}

/* Header and flags, which distinguish a refusal from a message of version 2. */
#define HEAD_LEN (SIZE(llc_v2) + 1)

int smcw_llc_layout_cut(const void *msg, size_t len, size_t have, struct smcw_layout *l)
{
	const __u8 *b = (const __u8 *)msg;
	__u32 total;

	layout_init(l, len, have);
	if (!l->len) {
		smc_codec_fault(l, SMCW_FAULT_CUT);
		return close_gaps(l);
	}
	if (!smc_codec_see(l, sizeof(l->type)))
		return close_gaps(l);
	l->type = b[0];
	if (l->type == SMCW_CDC_TYPE)
		return cdc_layout(b, l);
	if (l->len < SMCW_LLC_LEN) {
		smc_codec_fault(l, SMCW_FAULT_CUT);
		return close_gaps(l);
	}
	if (!smc_codec_see(l, HEAD_LEN) && (l->type & SMCW_LLC_VERSION) == SMCW_LLC_V2_TYPE)
		return close_gaps(l);
	if ((l->type & SMCW_LLC_VERSION) == SMCW_LLC_V2_TYPE && !llc_is_refusal(b)) {
		CLAIM(l, llc_v2, 0, 1, l->len);
		total = llc_v2_length(b, l->len, &l->big);
	} else {
		CLAIM(l, llc_v1, 0, 1, l->len);
		total = b[offsetof(struct smcw_llc_v1, length)];
		if (total != SMCW_LLC_LEN)
			smc_codec_fault(l, SMCW_FAULT_LENGTH);
	}
	if (total > l->len)
		smc_codec_fault(l, SMCW_FAULT_CUT);
	if (total < SMCW_LLC_LEN || total < l->len)
		smc_codec_fault(l, SMCW_FAULT_LENGTH);
	llc_body(b, l);
	return close_gaps(l);
}

int smcw_llc_layout(const void *msg, size_t len, struct smcw_layout *l)
{
	return smcw_llc_layout_cut(msg, len, len, l);
}

int smcw_llc_check(const void *msg, size_t len)
{
	const __u8 *b = (const __u8 *)msg;
	__u8 big;

	if (len < SMCW_LLC_LEN || len > SMCW_LLC_V2_MAX)
		return 0;
	if (!smcw_value_text(SMCW_LIST_llc_types, b[0]))
		return 0;
	if ((b[0] & SMCW_LLC_VERSION) != SMCW_LLC_V2_TYPE || llc_is_refusal(b))
		return len == SMCW_LLC_LEN && b[1] == SMCW_LLC_LEN;
	return llc_v2_length(b, (__u32)len, &big) == len;
}

int smcw_cdc_smcd_layout_cut(const void *msg, size_t len, size_t have, int big_endian,
			     struct smcw_layout *l)
{
	const __u8 *b = (const __u8 *)msg;

	layout_init(l, len < SIZE(cdc_smcd) ? len : SIZE(cdc_smcd), have);
	l->big = !!big_endian;
	if (!CLAIM(l, cdc_smcd, 0, 1, l->len)) {
		smc_codec_fault(l, SMCW_FAULT_CUT);
		return close_gaps(l);
	}
	if (smc_codec_see(l, sizeof(l->type)))
		l->type = b[0];
	if (l->type != SMCW_CDC_TYPE)
		smc_codec_fault(l, SMCW_FAULT_TYPE);
	return close_gaps(l);
}

int smcw_cdc_smcd_layout(const void *msg, size_t len, int big_endian, struct smcw_layout *l)
{
	return smcw_cdc_smcd_layout_cut(msg, len, len, big_endian, l);
}
