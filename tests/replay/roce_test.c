// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RDMA operations are put together from packets: each opcode, each length, each order of sequence
 * numbers. The opcodes are those of the InfiniBand Architecture Specification, volume 1, table 38.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "capture/roce.h"

enum { BTH = 12, RETH = 16, IMM = 4, ICRC = 4, QPN = 0x123456, HALF = 0x800000, TURN = 0x1000000 };

/* An opcode, written down once more. */
struct opcode {
	__u8 number;
	char kind; /* s: SEND, w: WRITE */
	bool first, last;
	unsigned int headers;
};

static const struct opcode opcodes[] = {
	{ 0x00, 's', true, false, 0 },	  { 0x01, 's', false, false, 0 },
	{ 0x02, 's', false, true, 0 },	  { 0x03, 's', false, true, IMM },
	{ 0x04, 's', true, true, 0 },	  { 0x05, 's', true, true, IMM },
	{ 0x06, 'w', true, false, RETH }, { 0x07, 'w', false, false, 0 },
	{ 0x08, 'w', false, true, 0 },	  { 0x09, 'w', false, true, IMM },
	{ 0x0a, 'w', true, true, RETH },  { 0x0b, 'w', true, true, RETH + IMM },
	{ 0x16, 's', false, true, IMM },  { 0x17, 's', true, true, IMM },
};

#define OPCODES (sizeof(opcodes) / sizeof(*opcodes))

/* A capture, and the operation that its last packet has ended. */
struct seen {
	struct arena arena;
	struct roce roce;
	struct roce_op op;
};

/* What a packet has: .len bytes of .bytes after the headers of its opcode. */
struct content {
	__u8 opcode;
	__u32 psn;
	const void *bytes;
	size_t len;
	unsigned int pad;
	__u32 qpn; /* 0: QPN */
	__u8 host;
};

static unsigned int headers_of(__u8 opcode)
{
	for (size_t i = 0; i < OPCODES; i++)
		if (opcodes[i].number == opcode)
			return opcodes[i].headers;
	return 0;
}

static void put24(__u8 *at, __u32 v)
{
	at[0] = (__u8)(v >> 16);
	at[1] = (__u8)(v >> 8);
	at[2] = (__u8)v;
}

/* No byte more than the packet has, so that a sanitizer sees what is read after it. */
static int feed_raw(struct seen *s, const struct content *c, const __u8 *payload, size_t len)
{
	struct packet p = { .kind = PACKET_ROCE, .len = len };
	__u8 *exact = malloc(len ? len : 1);
	int rc;

	assert_non_null(exact);
	memcpy(exact, payload, len);
	p.payload = exact;
	p.to.address[15] = c->host;
	memset(&s->op, 0, sizeof(s->op));
	rc = roce_packet(&s->arena, &s->roce, &p, &s->op);
	free(exact);
	return rc;
}

static size_t make(const struct content *c, __u8 *to)
{
	unsigned int headers = headers_of(c->opcode);

	memset(to, 0, BTH + RETH + IMM);
	to[0] = c->opcode;
	to[1] = (__u8)(c->pad << 4);
	put24(to + 5, c->qpn ? c->qpn : QPN);
	to[8] = 0x80;
	put24(to + 9, c->psn);
	for (unsigned int i = 0; i < headers; i++)
		to[BTH + i] = (__u8)(0xa0 + i);
	memcpy(to + BTH + headers, c->bytes, c->len);
	memset(to + BTH + headers + c->len, 0xee, c->pad + ICRC);
	return BTH + headers + c->len + c->pad + ICRC;
}

static int feed(struct seen *s, struct content c)
{
	static __u8 packet[ROCE_MAX + 4096];

	return feed_raw(s, &c, packet, make(&c, packet));
}

static void check_op(const struct seen *s, char kind, const void *bytes, size_t len)
{
	assert_int_equal(s->op.kind, kind == 'w' ? ROCE_WRITE : ROCE_SEND);
	assert_int_equal(s->op.qpn, QPN);
	assert_int_equal(s->op.len, len);
	if (len)
		assert_memory_equal(s->op.bytes, bytes, len);
	if (kind != 'w')
		return;
	assert_true(s->op.vaddr == 0xa0a1a2a3a4a5a6a7);
	assert_int_equal(s->op.rkey, 0xa8a9aaab);
}

/* Packets before @o that make it one that is expected. */
static const char *lead_in(struct seen *s, const struct opcode *o)
{
	if (o->first)
		return "";
	assert_int_equal(feed(s, (struct content){ .opcode = o->kind == 's' ? 0x00 : 0x06,
						   .psn = 99,
						   .bytes = "ab",
						   .len = 2 }),
			 0);
	return "ab";
}

/* ---- opcodes and lengths -------------------------------------------------------- */

static void roce_packet__each_opcode(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPCODES; i++) {
		const struct opcode *o = &opcodes[i];
		struct seen s = { 0 };
		char whole[8];
		int rc;

		snprintf(whole, sizeof(whole), "%scde", lead_in(&s, o));
		rc = feed(&s, (struct content){
				      .opcode = o->number, .psn = 100, .bytes = "cde", .len = 3 });
		assert_int_equal(rc, o->last);
		if (!o->last)
			rc = feed(&s, (struct content){ .opcode = o->kind == 's' ? 0x02 : 0x08,
							.psn = 101,
							.bytes = "",
							.len = 0 });
		assert_int_equal(rc, 1);
		check_op(&s, o->kind, whole, strlen(whole));
		/* It is over: what would go on has nothing to go on from. */
		assert_int_equal(feed(&s, (struct content){ .opcode = o->kind == 's' ? 0x02 : 0x08,
							    .psn = 102,
							    .bytes = "f",
							    .len = 1 }),
				 0);
		arena_free(&s.arena);
	}
}

/* Acknowledgements, READs, datagrams: they take no number of what is expected. */
static void roce_packet__other_opcodes(void **state)
{
	(void)state;
	for (unsigned int number = 0; number < 256; number++) {
		struct seen s = { 0 };
		bool known = false;

		for (size_t i = 0; i < OPCODES; i++)
			known |= opcodes[i].number == number;
		if (known)
			continue;
		assert_int_equal(
			feed(&s,
			     (struct content){ .opcode = 0x00, .psn = 5, .bytes = "x", .len = 1 }),
			0);
		assert_int_equal(feed(&s, (struct content){ .opcode = (__u8)number,
							    .psn = 6,
							    .bytes = "no",
							    .len = 2 }),
				 0);
		assert_int_equal(
			feed(&s,
			     (struct content){ .opcode = 0x02, .psn = 6, .bytes = "y", .len = 1 }),
			1);
		check_op(&s, 's', "xy", 2);
		arena_free(&s.arena);
	}
}

/* Cut anywhere: whole headers are enough, fewer end the operation. */
static void roce_packet__each_length(void **state)
{
	__u8 packet[64];

	(void)state;
	for (size_t i = 0; i < OPCODES; i++) {
		const struct opcode *o = &opcodes[i];
		struct content c = { .opcode = o->number, .psn = 100, .bytes = "", .len = 0 };
		size_t whole = make(&c, packet);

		for (size_t len = 0; len <= whole; len++) {
			struct seen s = { 0 };
			const char *before = lead_in(&s, o);
			int rc = feed_raw(&s, &c, packet, len);
			bool is_one = len >= BTH + ICRC, fits = len == whole;

			assert_int_equal(rc, fits && o->last);
			if (rc)
				check_op(&s, o->kind, before, strlen(before));
			c.opcode = o->kind == 's' ? 0x02 : 0x08;
			c.psn = is_one ? 101 : 100;
			rc = feed(&s, c);
			/* What is no packet at all changes nothing. */
			assert_int_equal(rc, is_one ? fits && !o->last : !o->first);
			c.opcode = o->number;
			c.psn = 100;
			arena_free(&s.arena);
		}
	}
}

static void roce_packet__padding(void **state)
{
	__u8 packet[64];

	(void)state;
	for (unsigned int pad = 0; pad < 4; pad++) {
		for (unsigned int len = 0; len < 6; len++) {
			struct content c = {
				.opcode = 0x04, .bytes = "01234", .len = len, .pad = pad
			};
			struct seen s = { 0 };
			size_t size;

			assert_int_equal(feed(&s, c), 1);
			check_op(&s, 's', "01234", len);
			/* More padding than there are bytes: it is none of ours. */
			size = make(&c, packet);
			c.psn = 1;
			make(&c, packet);
			if (len < pad) {
				assert_int_equal(feed_raw(&s, &c, packet, size - len - 1), 0);
				c.pad = 0;
				assert_int_equal(feed(&s, c), 1);
			}
			arena_free(&s.arena);
		}
	}
}

/* A middle one of another kind ends what was begun. */
static void roce_packet__another_kind(void **state)
{
	static const __u8 pairs[][2] = {
		{ 0x00, 0x08 }, { 0x06, 0x02 }, { 0x00, 0x07 }, { 0x06, 0x01 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct seen s = { 0 };
		struct content c = { .opcode = pairs[i][0], .bytes = "ab", .len = 2 };

		assert_int_equal(feed(&s, c), 0);
		c.psn++;
		c.opcode = pairs[i][1];
		assert_int_equal(feed(&s, c), 0);
		c.psn++;
		c.opcode = pairs[i][0] ? 0x08 : 0x02;
		assert_int_equal(feed(&s, c), 0);
		c.psn++;
		c.opcode = 0x04;
		assert_int_equal(feed(&s, c), 1);
		check_op(&s, 's', "ab", 2);
		assert_true(!s.op.vaddr && !s.op.rkey);
		arena_free(&s.arena);
	}
}

/* ---- sequence numbers -------------------------------------------------------------- */

/* From the expected one on half a turn is ahead, the other half came before. */
static void roce_packet__came_before(void **state)
{
	static const __u32 expected[] = { 0, 1, 1000, HALF - 1, HALF, TURN - 1 };
	static const struct {
		__u32 ahead;
		int taken;
	} at[] = { { 0, 1 },	{ 1, 1 },	 { HALF - 1, 1 },
		   { HALF, 0 }, { HALF + 1, 0 }, { TURN - 1, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		for (size_t k = 0; k < sizeof(at) / sizeof(*at); k++) {
			__u32 psn = (expected[i] + at[k].ahead) % TURN;
			struct seen s = { 0 };
			struct content c = { .opcode = 0x04, .bytes = "a", .len = 1 };

			c.psn = (expected[i] + TURN - 1) % TURN;
			assert_int_equal(feed(&s, c), 1);
			c.psn = psn;
			assert_int_equal(feed(&s, c), at[k].taken);
			/* The next one follows the last that was taken. */
			c.psn = at[k].taken ? (psn + 1) % TURN : expected[i];
			assert_int_equal(feed(&s, c), 1);
			assert_int_equal(feed(&s, c), 0);
			arena_free(&s.arena);
		}
	}
}

/* Whatever the first number is, it is no repetition. */
static void roce_packet__first_number(void **state)
{
	static const __u32 numbers[] = { 0, 1, HALF - 1, HALF, HALF + 1, TURN - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct seen s = { 0 };

		assert_int_equal(feed(&s, (struct content){ .opcode = 0x04,
							    .psn = numbers[i],
							    .bytes = "a",
							    .len = 1 }),
				 1);
		arena_free(&s.arena);
	}
}

/* Two queue pairs of a host, and the same one of two hosts, do not mix. */
static void roce_packet__pairs_apart(void **state)
{
	static const struct {
		__u32 qpn;
		__u8 host;
	} pairs[] = { { QPN, 1 }, { QPN + 1, 1 }, { QPN, 2 }, { QPN + 1, 2 } };
	struct seen s = { 0 };

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (__u32 i = 0; i < 4; i++) {
			static const __u8 turn[] = { 0x00, 0x01, 0x02 };
			char byte = (char)('a' + 4 * round + (int)i);
			struct content c = { .opcode = turn[round],
					     .qpn = pairs[i].qpn,
					     .host = pairs[i].host,
					     .bytes = &byte,
					     .len = 1,
					     .psn = 1000 * i + (__u32)round };
			char wanted[] = { (char)('a' + i), (char)('e' + i), (char)('i' + i) };

			assert_int_equal(feed(&s, c), round == 2);
			if (round != 2)
				continue;
			assert_int_equal(s.op.qpn, pairs[i].qpn);
			assert_int_equal(s.op.to[15], pairs[i].host);
			assert_int_equal(s.op.len, 3);
			assert_memory_equal(s.op.bytes, wanted, 3);
		}
	}
	arena_free(&s.arena);
}

/* ---- bytes ------------------------------------------------------------------------- */

static void feed_in_pieces(struct seen *s, const __u8 *bytes, size_t len, size_t piece, __u32 *psn)
{
	for (size_t at = 0; at == 0 || at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		bool last = at + n >= len;
		struct content c = { .psn = (*psn)++, .bytes = bytes + at, .len = n };

		c.opcode = at ? (last ? 0x02 : 0x01) : last ? 0x04 : 0x00;
		assert_int_equal(feed(s, c), last);
	}
}

/* However it is cut, and whatever was there before it. */
static void roce_packet__any_pieces(void **state)
{
	static __u8 bytes[40000];
	struct seen s = { 0 };
	__u32 psn = TURN - 50;

	(void)state;
	srandom(1);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (__u8)random();
	for (int round = 0; round < 200; round++) {
		size_t len = (size_t)random() % sizeof(bytes);

		feed_in_pieces(&s, bytes, len, 1 + (size_t)random() % 9000, &psn);
		psn %= TURN;
		check_op(&s, 's', bytes, len);
	}
	arena_free(&s.arena);
}

/* More than is kept: the rest is left out, and nothing else. */
static void roce_packet__longest(void **state)
{
	static __u8 bytes[ROCE_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (__u8)(i * 7 + i / 251);
	for (size_t len = ROCE_MAX - 1; len <= sizeof(bytes); len++) {
		struct seen s = { 0 };
		__u32 psn = 0;

		feed_in_pieces(&s, bytes, len, 300001, &psn);
		check_op(&s, 's', bytes, len < ROCE_MAX ? len : ROCE_MAX);
		feed_in_pieces(&s, bytes, len, len, &psn);
		check_op(&s, 's', bytes, len < ROCE_MAX ? len : ROCE_MAX);
		arena_free(&s.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roce_packet__each_opcode),
		cmocka_unit_test(roce_packet__other_opcodes),
		cmocka_unit_test(roce_packet__each_length),
		cmocka_unit_test(roce_packet__padding),
		cmocka_unit_test(roce_packet__another_kind),
		cmocka_unit_test(roce_packet__came_before),
		cmocka_unit_test(roce_packet__first_number),
		cmocka_unit_test(roce_packet__pairs_apart),
		cmocka_unit_test(roce_packet__any_pieces),
		cmocka_unit_test(roce_packet__longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
