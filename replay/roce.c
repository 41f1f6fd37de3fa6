// SPDX-License-Identifier: GPL-2.0-or-later
/* See roce.h. Headers and opcodes: InfiniBand Architecture Specification, volume 1, chapter 9. */
#include "roce.h"

#include <string.h>

#include "smc_codec.h"

struct bth {
	__u8 opcode;
	__u8 flags; /* 0x30: bytes of padding */
	__be16 pkey;
	__u8 reserved1;
	__u8 qpn[3];
	__u8 ack; /* 0x80: wanted */
	__u8 psn[3];
} SMCW_PACKED;

struct reth {
	__be64 vaddr;
	__be32 rkey;
	__be32 length;
} SMCW_PACKED;

enum { ICRC_LEN = 4, PAD_MASK = 0x30, PAD_SHIFT = 4, IMMEDIATE_LEN = 4, PSN_BITS = 24 };

/* Of reliable connections. */
enum {
	SEND_FIRST = 0x00,
	SEND_MIDDLE = 0x01,
	SEND_LAST = 0x02,
	SEND_LAST_IMM = 0x03,
	SEND_ONLY = 0x04,
	SEND_ONLY_IMM = 0x05,
	WRITE_FIRST = 0x06,
	WRITE_MIDDLE = 0x07,
	WRITE_LAST = 0x08,
	WRITE_LAST_IMM = 0x09,
	WRITE_ONLY = 0x0a,
	WRITE_ONLY_IMM = 0x0b,
};

struct roce_pair {
	struct roce_pair *next;
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
	struct roce_pair *pair = r->pairs;

	while (pair && (pair->qpn != qpn || memcmp(pair->to, p->to.address, sizeof(pair->to))))
		pair = pair->next;
	if (pair)
		return pair;
	pair = arena_alloc(a, sizeof(*pair));
	memcpy(pair->to, p->to.address, sizeof(pair->to));
	pair->qpn = qpn;
	pair->next = r->pairs;
	return r->pairs = pair;
}

/* A packet that came before has a PSN in the half behind the expected one. */
static bool came_before(struct roce_pair *pair, __u32 psn)
{
	__u32 ahead = (psn - pair->psn) & ((1u << PSN_BITS) - 1);

	if (pair->begun && ahead >= 1u << (PSN_BITS - 1))
		return true;
	pair->begun = true;
	pair->psn = (psn + 1) & ((1u << PSN_BITS) - 1);
	return false;
}

static void begin(struct roce_pair *pair, enum roce_kind kind)
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

static bool is_first(__u8 opcode)
{
	return opcode == SEND_FIRST || opcode == SEND_ONLY || opcode == SEND_ONLY_IMM ||
	       opcode == WRITE_FIRST || opcode == WRITE_ONLY || opcode == WRITE_ONLY_IMM;
}

static bool is_last(__u8 opcode)
{
	return opcode != SEND_FIRST && opcode != SEND_MIDDLE && opcode != WRITE_FIRST &&
	       opcode != WRITE_MIDDLE;
}

static bool has_immediate(__u8 opcode)
{
	return opcode == SEND_LAST_IMM || opcode == SEND_ONLY_IMM || opcode == WRITE_LAST_IMM ||
	       opcode == WRITE_ONLY_IMM;
}

/* Headers behind the BTH. Return: bytes of them, or -1 when they are cut. */
static int read_headers(struct roce_pair *pair, __u8 opcode, const __u8 *at, size_t len)
{
	enum roce_kind kind = opcode >= WRITE_FIRST ? ROCE_WRITE : ROCE_SEND;
	struct reth reth;
	int used = 0;

	if (is_first(opcode))
		begin(pair, kind);
	if (kind == ROCE_WRITE && is_first(opcode)) {
		if (len < sizeof(reth))
			return -1;
		memcpy(&reth, at, sizeof(reth));
		pair->op.vaddr = smcw_get64(&reth.vaddr);
		pair->op.rkey = smcw_get32(&reth.rkey);
		used = sizeof(reth);
	}
	if (has_immediate(opcode))
		used += IMMEDIATE_LEN;
	return (size_t)used <= len && pair->op.kind == kind ? used : -1;
}

int roce_packet(struct arena *a, struct roce *r, const struct packet *p, struct roce_op *op)
{
	struct roce_pair *pair;
	struct bth bth;
	size_t len, pad;
	int used;

	if (p->len < sizeof(bth) + ICRC_LEN)
		return 0;
	memcpy(&bth, p->payload, sizeof(bth));
	len = p->len - sizeof(bth) - ICRC_LEN;
	pad = (bth.flags & PAD_MASK) >> PAD_SHIFT;
	if (bth.opcode > WRITE_ONLY_IMM || pad > len)
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
	if (!is_last(bth.opcode))
		return 0;
	*op = pair->op;
	pair->op.kind = 0;
	return 1;
}
