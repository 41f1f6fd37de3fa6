// SPDX-License-Identifier: GPL-2.0-or-later
/* See roce.h. */
#include "roce.h"

#include <string.h>

#include "smc_codec.h"
#include "smc_roce.h"

struct roce_pair {
	__u8 to[16];
	__u32 qpn;
	bool begun;
	__u32 psn; /* expected next */
	struct roce_op op;
	__u8 *bytes;
	size_t cap;
};

static struct roce_pair *find_pair(struct arena *a, struct roce *r, const struct packet *p,
				   __u32 qpn)
{
	__u64 hash = index_hash(qpn, p->to.address, sizeof(p->to.address));
	struct roce_pair *pair;

	for (const struct index_entry *e = index_first(&r->pairs, hash); e; e = index_next(e)) {
		pair = e->item;
		if (pair->qpn == qpn && !memcmp(pair->to, p->to.address, sizeof(pair->to)))
			return pair;
	}
	pair = arena_alloc(a, sizeof(*pair));
	memcpy(pair->to, p->to.address, sizeof(pair->to));
	pair->qpn = qpn;
	index_add(a, &r->pairs, hash, pair);
	return pair;
}

/* A packet that came before has a PSN in the half below the expected one. */
static bool came_before(struct roce_pair *pair, __u32 psn)
{
	__u32 ahead = (psn - pair->psn) & ((1u << SMCW_PSN_BITS) - 1);

	if (pair->begun && ahead >= 1u << (SMCW_PSN_BITS - 1))
		return true;
	pair->begun = true;
	pair->psn = (psn + 1) & ((1u << SMCW_PSN_BITS) - 1);
	return false;
}

static void roce_begin(struct roce_pair *pair, enum roce_kind kind)
{
	pair->op = (struct roce_op){ .kind = kind, .to = pair->to, .qpn = pair->qpn };
}

static void add_bytes(struct arena *a, struct roce_pair *pair, const __u8 *bytes, size_t len)
{
	struct roce_op *op = &pair->op;
	__u8 *more;

	if (len > ROCE_MAX - op->len)
		len = ROCE_MAX - op->len;
	if (op->len + len > pair->cap) {
		pair->cap = 2 * (op->len + len);
		more = arena_alloc(a, pair->cap);
		if (op->len)
			memcpy(more, pair->bytes, op->len);
		pair->bytes = more;
	}
	if (len)
		memcpy(pair->bytes + op->len, bytes, len);
	op->len += len;
	op->bytes = pair->bytes;
}

/* Headers after the BTH. Return: bytes of them, or -1 when they are cut. */
static int read_headers(struct roce_pair *pair, __u8 opcode, const __u8 *at, size_t len)
{
	enum roce_kind kind = smcw_rc_is_write(opcode) ? ROCE_WRITE : ROCE_SEND;
	__u32 used = smcw_rc_headers(opcode);
	struct smcw_reth reth;

	if (smcw_rc_is_first(opcode))
		roce_begin(pair, kind);
	if (used > len || pair->op.kind != kind)
		return -1;
	if (smcw_rc_has_reth(opcode)) {
		memcpy(&reth, at, sizeof(reth));
		pair->op.vaddr = smcw_get64(&reth.vaddr);
		pair->op.rkey = smcw_get32(&reth.rkey);
	}
	return (int)used;
}

int roce_packet(struct arena *a, struct roce *r, const struct packet *p, struct roce_op *op)
{
	struct roce_pair *pair;
	struct smcw_bth bth;
	size_t len, pad;
	int used;

	if (p->len < sizeof(bth) + SMCW_ICRC_LEN)
		return 0;
	memcpy(&bth, p->payload, sizeof(bth));
	len = p->len - sizeof(bth) - SMCW_ICRC_LEN;
	pad = smcw_get_bits(bth.flags, SMCW_BTH_PAD);
	if ((!smcw_rc_is_send(bth.opcode) && !smcw_rc_is_write(bth.opcode)) || pad > len)
		return 0;
	len -= pad;
	pair = find_pair(a, r, p, smcw_get24(bth.qpn));
	if (came_before(pair, smcw_get24(bth.psn)))
		return 0;
	used = read_headers(pair, bth.opcode, p->payload + sizeof(bth), len);
	if (used < 0) {
		pair->op.kind = 0;
		return 0;
	}
	add_bytes(a, pair, p->payload + sizeof(bth) + used, len - (size_t)used);
	if (!smcw_rc_is_last(bth.opcode))
		return 0;
	*op = pair->op;
	pair->op.kind = 0;
	return 1;
}
