// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes through wire/: what smc_codec.h, smc_text.h and the builders
 * promise has to hold. The first byte says how the rest is to be read
 * (enum sample_kind), so that every input is of use.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"
#include "smc_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* A copy without a byte more than @len, so that a read beyond it is seen. */
static __u8 *exact(const __u8 *bytes, size_t len)
{
	__u8 *copy = (__u8 *)malloc(len ? len : 1);

	PROMISE(copy);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

/* ---- layouts ------------------------------------------------------------------ */

static void check_layout(const struct smcw_layout *l, size_t len, int rc)
{
	__u32 pos = 0;
	unsigned int i;

	PROMISE(rc == (l->faults ? -EBADMSG : 0));
	PROMISE(l->faults < 1u << SMCW_FAULT_COUNT);
	PROMISE(l->len <= len);
	PROMISE(l->n <= SMCW_PIECES_MAX);
	for (i = 0; i < l->n; i++) {
		PROMISE(l->piece[i].part <= SMCW_PART_NONE);
		PROMISE(l->piece[i].off == pos);
		PROMISE(smcw_piece_len(&l->piece[i]));
		pos += smcw_piece_len(&l->piece[i]);
		if (l->piece[i].part == SMCW_PART_NONE)
			PROMISE(l->faults & (SMCW_FAULT_UNCLAIMED | SMCW_FAULT_CUT));
		else
			PROMISE(smcw_layout_find(l, l->piece[i].part) <= &l->piece[i]);
	}
	PROMISE(pos == l->len);
}

static int same_pieces(const struct smcw_layout *a, const struct smcw_layout *b)
{
	unsigned int i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (a->piece[i].part != b->piece[i].part || a->piece[i].off != b->piece[i].off ||
		    a->piece[i].count != b->piece[i].count)
			return 0;
	return a->n == b->n && a->len == b->len;
}

/* Every field of every piece lies inside the message and can be read. */
static __u64 read_fields(const __u8 *msg, const struct smcw_layout *l)
{
	const struct smcw_piece *p;
	__u64 sum = 0;
	unsigned int i, row;

	for (p = l->piece; p < l->piece + l->n; p++)
		for (i = 0; p->part != SMCW_PART_NONE && i < p->count; i++)
			for (row = smcw_part_first(p->part); row <= smcw_parts[p->part].last; row++)
				sum += smcw_field_get(&smcw_fields[row],
						      msg + p->off + i * smcw_parts[p->part].size,
						      l->big);
	return sum;
}

/* Reserved bits are never looked at: with all of them set the layout is the same. */
static void check_reserved(enum sample_kind kind, const __u8 *msg, size_t len,
			   const struct smcw_layout *l)
{
	__u8 *other = exact(msg, len);
	const struct smcw_piece *p;
	struct smcw_layout again;
	unsigned int i, row, at;

	for (p = l->piece; p < l->piece + l->n; p++)
		for (i = 0; p->part != SMCW_PART_NONE && i < p->count; i++)
			for (row = smcw_part_first(p->part); row <= smcw_parts[p->part].last;
			     row++) {
				const struct smcw_field *f = &smcw_fields[row];

				for (at = 0; f->kind == SMCW_K_RSVD && at < f->size; at++)
					other[p->off + i * smcw_parts[p->part].size + f->offset +
					      at] ^= f->mask ? f->mask : 0xff;
			}
	sample_layout(kind, other, len, &again);
	PROMISE(again.faults == l->faults && same_pieces(&again, l));
	free(other);
}

/* ---- lines --------------------------------------------------------------------- */

static void check_text(enum sample_kind kind, const __u8 *msg, const struct smcw_layout *l,
		       size_t cap)
{
	int (*text)(const void *, const struct smcw_layout *, char *, size_t) =
		kind == SAMPLE_CLC ? smcw_clc_text : smcw_llc_text;
	char line[SMCW_LINE_MAX], longer[4 * SMCW_LINE_MAX];
	char *small = (char *)exact((const __u8 *)line, 0);
	int len = text(msg, l, line, sizeof(line));

	PROMISE(len > 0 && (size_t)len == strlen(line));
	PROMISE(text(msg, l, longer, sizeof(longer)) == len); /* SMCW_LINE_MAX is enough */
	PROMISE(!strcmp(line, longer));
	free(small);
	small = (char *)malloc(cap ? cap : 1);
	PROMISE(small);
	len = text(msg, l, small, cap);
	if (cap)
		PROMISE((size_t)len < cap && (size_t)len == strlen(small) &&
			!memcmp(small, line, (size_t)len));
	else
		PROMISE(len == 0);
	free(small);
}

/* ---- parse and build ------------------------------------------------------------- */

union parts {
	struct smcw_proposal_parts proposal;
	struct smcw_accept_parts accept;
	struct smcw_decline_parts decline;
};

static int parse(const __u8 *msg, const struct smcw_layout *l, union parts *p)
{
	if (l->type == SMCW_PROPOSAL)
		return smcw_proposal_parse(msg, l, &p->proposal);
	if (l->type == SMCW_DECLINE)
		return smcw_decline_parse(msg, l, &p->decline);
	return smcw_accept_parse(msg, l, &p->accept);
}

static int build(__u8 type, const union parts *p, void *buf, size_t cap)
{
	if (type == SMCW_PROPOSAL)
		return smcw_proposal_build(&p->proposal, buf, cap);
	if (type == SMCW_DECLINE)
		return smcw_decline_build(&p->decline, buf, cap);
	return smcw_accept_build(&p->accept, buf, cap);
}

static void clear_field(__u8 *msg, const struct smcw_layout *l, enum smcw_field_id id)
{
	const struct smcw_field *f = &smcw_fields[id];
	const struct smcw_piece *p = smcw_layout_find(l, f->part);
	unsigned int i;

	for (i = 0; p && i < f->size; i++)
		msg[p->off + f->offset + i] &= f->mask ? (__u8)~f->mask : 0;
}

/*
 * Clear what a builder does not take from its parts: SMCR and SMCD, which may
 * stand for each other; reserved bits of a header and of an SMC-Dv1 Accept;
 * version 2 types in version 1; and what points to or counts absent parts.
 */
static void clear_free_fields(__u8 *msg, const struct smcw_layout *l)
{
	enum smcw_field_id field[] = {
		SMCW_F_proposal_hdr_eyecatcher, SMCW_F_accept_hdr_eyecatcher,
		SMCW_F_decline_hdr_eyecatcher,	SMCW_F_trailer_eyecatcher,
		SMCW_F_accept_hdr_reserved,	SMCW_F_decline_hdr_reserved,
		SMCW_F_smcd_v1_reserved,
	};
	size_t i;

	if (!smcw_layout_find(l, SMCW_PART_v2_ext)) {
		clear_field(msg, l, SMCW_F_proposal_smcd_v2_ext_offset);
		if (smcw_field_get(&smcw_fields[SMCW_F_proposal_hdr_version], msg, 0) < SMCW_V2)
			clear_field(msg, l, SMCW_F_proposal_hdr_typev2);
	}
	if (!smcw_layout_find(l, SMCW_PART_smcd_v2_ext)) {
		clear_field(msg, l, SMCW_F_v2_ext_smcd_v2_ext_offset);
		clear_field(msg, l, SMCW_F_v2_ext_gid_count);
	}
	if (!smcw_layout_find(l, SMCW_PART_prefix))
		clear_field(msg, l, SMCW_F_proposal_iparea_offset);
	for (i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		clear_field(msg, l, field[i]);
}

/* Forms that are no fault, but that no builder writes. */
static int only_others_write_it(const struct smcw_layout *l, const union parts *p)
{
	if (l->type == SMCW_PROPOSAL) /* version 2 with the first layout of RFC 7609 */
		return p->proposal.version >= SMCW_V2 && !p->proposal.smcd;
	/* A Confirm of SMC-Rv2 that leaves out its list of GIDs. */
	return l->type == SMCW_CONFIRM && p->accept.smcr && p->accept.fce && !p->accept.gid_list;
}

static void check_build(const __u8 *msg, const struct smcw_layout *l)
{
	__u8 *is, *was = exact(msg, l->len);
	struct smcw_layout again;
	union parts p;
	int len;

	if (parse(msg, l, &p)) {
		PROMISE(l->faults); /* a message without a fault has all its parts */
		free(was);
		return;
	}
	/* With faults too: no read outside, and never more than fits. */
	is = exact(was, l->len);
	len = build(l->type, &p, is, l->len);
	PROMISE(len == -ENOSPC || len == -EINVAL || (len > 0 && len <= l->len));
	if (!l->faults && !only_others_write_it(l, &p)) {
		PROMISE(len == l->len);
		PROMISE(!smcw_clc_layout(is, (size_t)len, &again));
		PROMISE(same_pieces(&again, l));
		clear_free_fields(was, l);
		clear_free_fields(is, l);
		PROMISE(!memcmp(is, was, l->len));
	}
	free(is);
	free(was);
}

/* ---- one input ----------------------------------------------------------------------- */

static void check_frame(const __u8 *msg, size_t len, const struct smcw_layout *l)
{
	int frame = smcw_clc_frame(msg, len);

	PROMISE(frame == -EPROTO || (frame >= 0 && frame <= 0xffff));
	if (len >= sizeof(struct smcw_clc_hdr)) {
		PROMISE(frame != 0);
		PROMISE((frame < 0) == !!(l->faults & SMCW_FAULT_EYECATCHER));
	}
	if (frame > 0) {
		PROMISE((size_t)frame >= sizeof(struct smcw_clc_hdr));
		PROMISE(l->len <= frame);
	}
	/* Bytes that are not CLC stay so; more bytes never take back an answer. */
	if (len && smcw_clc_frame(msg, len - 1) == -EPROTO)
		PROMISE(frame == -EPROTO);
	if (len && smcw_clc_frame(msg, len - 1) > 0 && frame > 0)
		PROMISE(frame == smcw_clc_frame(msg, len - 1));
}

static void layout_cut(enum sample_kind kind, const __u8 *msg, size_t len, size_t have,
		       struct smcw_layout *l)
{
	if (kind == SAMPLE_CLC)
		smcw_clc_layout_cut(msg, len, have, l);
	else
		smcw_llc_layout_cut(msg, len, have, l);
}

static int has_piece(const struct smcw_layout *l, const struct smcw_piece *p)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (l->piece[i].part == p->part && l->piece[i].off == p->off &&
		    l->piece[i].count == p->count)
			return 1;
	return 0;
}

/* Cut by a capture, a message has no part and no fault that it has not when it is whole. */
static void check_cut(enum sample_kind kind, const __u8 *msg, size_t len,
		      const struct smcw_layout *whole, size_t have)
{
	struct smcw_layout l;
	__u8 *rest = calloc(1, len);

	PROMISE(rest);
	memcpy(rest, msg, have);
	layout_cut(kind, rest, len, have, &l);
	PROMISE(!(l.faults & ~whole->faults));
	PROMISE(l.len - l.missing <= (int)have);
	for (unsigned int i = 0; i < l.n; i++)
		if (l.piece[i].part != SMCW_PART_NONE && l.piece[i].part != SMCW_PART_filler &&
		    l.piece[i].off + smcw_piece_len(&l.piece[i]) <= have)
			PROMISE(has_piece(whole, &l.piece[i]));
	free(rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smcw_layout l;
	enum sample_kind kind;
	__u8 *msg;
	size_t len;
	int rc;

	if (!size || size > 0x10000)
		return 0;
	kind = (enum sample_kind)(data[0] % SAMPLE_KINDS);
	len = size - 1;
	msg = exact(data + 1, len);
	memset(&l, 0xa5, sizeof(l));
	rc = sample_layout(kind, msg, len, &l);
	check_layout(&l, len, rc);
	if (read_fields(msg, &l) == 0xdeadbeef) /* so that it is not left out */
		PROMISE(l.n);
	check_reserved(kind, msg, len, &l);
	check_text(kind, msg, &l, data[0] / SAMPLE_KINDS);
	if (kind == SAMPLE_CLC || kind == SAMPLE_LLC)
		for (size_t have = data[0] / 16; have < len && have < 400; have += 13)
			check_cut(kind, msg, len, &l, have);
	if (kind == SAMPLE_CLC) {
		check_frame(msg, len, &l);
		check_build(msg, &l);
	}
	if (kind == SAMPLE_LLC) {
		PROMISE(l.len == len || len > 0xffff);
		if (smcw_llc_check(msg, len))
			PROMISE(!(l.faults & (SMCW_FAULT_CUT | SMCW_FAULT_TYPE)));
		else
			PROMISE(l.faults || len > SMCW_LLC_V2_MAX);
	}
	free(msg);
	return 0;
}
