// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets are taken apart at any length: each is put together here from its layers, so that it is
 * known where its payload begins, and then cut byte by byte. Numbers are those of the RFCs and
 * IANA.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "capture/packet.h"

enum { ETHERNET = 1, NONE = 0, RAW = 12, SLL = 113, SLL2 = 276 };

/* A packet that grows at its front: the innermost layer comes first. */
struct stack {
	__u8 room[512];
	size_t at, end;
};

static void begin(struct stack *s, const char *payload)
{
	s->at = s->end = sizeof(s->room);
	s->at -= strlen(payload);
	memcpy(s->room + s->at, payload, strlen(payload));
}

static size_t length_of(const struct stack *s)
{
	return s->end - s->at;
}

static __u8 *grow(struct stack *s, size_t n)
{
	s->at -= n;
	memset(s->room + s->at, 0, n);
	return s->room + s->at;
}

static void put16(__u8 *at, unsigned int v)
{
	at[0] = (__u8)(v >> 8);
	at[1] = (__u8)v;
}

/* ---- layers ------------------------------------------------------------------------ */

static void tcp(struct stack *s, size_t options, __u8 flags)
{
	__u8 *h = grow(s, 20 + options);

	put16(h, 40000);
	put16(h + 2, 443);
	memcpy(h + 4, "\x11\x22\x33\x44", 4);
	h[12] = (__u8)((20 + options) / 4 << 4);
	h[13] = flags;
	for (size_t i = 0; i < options; i++)
		h[20 + i] = (__u8)(0x80 + i);
}

static void udp(struct stack *s, unsigned int to)
{
	__u8 *h;
	size_t len = length_of(s);

	h = grow(s, 8);
	put16(h, 50000);
	put16(h + 2, to);
	put16(h + 4, (unsigned int)len + 8);
}

static void ipv4(struct stack *s, __u8 protocol, size_t options)
{
	size_t len = length_of(s);
	__u8 *h = grow(s, 20 + options);

	h[0] = (__u8)(0x45 + options / 4);
	put16(h + 2, (unsigned int)(len + 20 + options));
	h[9] = protocol;
	memcpy(h + 12, "\x0a\x01\x02\x03\x0a\x04\x05\x06", 8);
	memset(h + 20, 1, options);
}

static void ipv6(struct stack *s, __u8 next)
{
	size_t len = length_of(s);
	__u8 *h = grow(s, 40);

	h[0] = 0x60;
	put16(h + 4, (unsigned int)len);
	h[6] = next;
	memset(h + 8, 0x20, 16);
	memset(h + 24, 0x30, 16);
}

static void extension(struct stack *s, __u8 next, unsigned int eights)
{
	__u8 *h = grow(s, 8 * (eights + 1));

	h[0] = next;
	h[1] = (__u8)eights;
}

static void ethernet(struct stack *s, unsigned int type)
{
	put16(grow(s, 14) + 12, type);
}

/* Before the type that is there. */
static void vlan(struct stack *s, unsigned int outer)
{
	__u8 *h = grow(s, 4);

	memmove(h, h + 4, 12);
	put16(h + 12, outer);
	put16(h + 14, 7);
}

static void vxlan(struct stack *s)
{
	grow(s, 8)[0] = 8;
	udp(s, 4789);
}

static void geneve(struct stack *s, unsigned int type, unsigned int options)
{
	__u8 *h = grow(s, 8 + 4 * options);

	h[0] = (__u8)options;
	put16(h + 2, type);
	udp(s, 6081);
}

static void gre(struct stack *s, unsigned int flags, unsigned int type)
{
	size_t more = !!(flags & 0x8000) + !!(flags & 0x2000) + !!(flags & 0x1000);
	__u8 *h = grow(s, 4 + 4 * more);

	put16(h, flags);
	put16(h + 2, type);
}

static void mpls(struct stack *s, bool last)
{
	__u8 *h = grow(s, 4);

	h[1] = 0x12;
	h[2] = last;
	h[3] = 64;
}

/* ---- checks ------------------------------------------------------------------------ */

/* At its own size, so that a sanitizer sees what is read after it. */
static int parse(int link, const __u8 *bytes, size_t len, struct packet *p, __u8 **exact)
{
	*exact = malloc(len ? len : 1);
	assert_non_null(*exact);
	memcpy(*exact, bytes, len);
	return packet_parse(link, *exact, len, p);
}

/* All headers are needed; of the payload there may be less, and then it says so. */
static void check_cuts(int link, const struct stack *s, const char *payload, enum packet_kind kind,
		       bool has_length)
{
	size_t whole = length_of(s), need = whole - strlen(payload);

	for (size_t len = 0; len <= whole; len++) {
		struct packet p;
		__u8 *bytes;
		int rc = parse(link, s->room + s->at, len, &p, &bytes);

		if (len < need) {
			assert_int_equal(rc, -ENOENT);
		} else {
			assert_int_equal(rc, 0);
			assert_int_equal(p.kind, kind);
			assert_int_equal(p.len, len - need);
			assert_memory_equal(p.payload, payload, p.len);
			assert_int_equal(p.cut, has_length && len < whole);
		}
		free(bytes);
	}
}

/* The same with bytes after it that the network has added. */
static void check_padded(int link, struct stack *s, const char *payload)
{
	struct stack padded = *s;
	struct packet p;
	__u8 *bytes;

	memmove(padded.room, s->room + s->at, length_of(s));
	memset(padded.room + length_of(s), 0xcc, 30);
	assert_int_equal(parse(link, padded.room, length_of(s) + 30, &p, &bytes), 0);
	assert_int_equal(p.len, strlen(payload));
	assert_memory_equal(p.payload, payload, p.len);
	assert_false(p.cut);
	free(bytes);
}

static void check_both(int link, struct stack *s, const char *payload, enum packet_kind kind)
{
	check_cuts(link, s, payload, kind, true);
	check_padded(link, s, payload);
}

/* ---- TCP and UDP over IP ------------------------------------------------------------- */

static const char hello[] = "hello, world";

static void packet_parse__tcp(void **state)
{
	struct stack s;
	struct packet p;

	(void)state;
	for (size_t options = 0; options <= 40; options += 4) {
		begin(&s, hello);
		tcp(&s, options, 0x18);
		ipv4(&s, 6, 0);
		check_both(RAW, &s, hello, PACKET_TCP);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), 0);
		assert_int_equal(p.options_len, options);
		for (size_t i = 0; i < options; i++)
			assert_int_equal(p.options[i], 0x80 + i);
		assert_int_equal(p.seq, 0x11223344);
		assert_int_equal(p.from.port, 40000);
		assert_int_equal(p.to.port, 443);
		assert_memory_equal(p.from.address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03",
				    16);
		assert_memory_equal(p.to.address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x04\x05\x06",
				    16);
	}
	/* A header that is shorter than one can be. */
	for (__u8 words = 0; words < 5; words++) {
		begin(&s, hello);
		tcp(&s, 0, 0);
		s.room[s.at + 12] = (__u8)(words << 4);
		ipv4(&s, 6, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), -ENOENT);
	}
}

static void packet_parse__flags(void **state)
{
	struct stack s;
	struct packet p;

	(void)state;
	for (unsigned int flags = 0; flags < 256; flags++) {
		begin(&s, "");
		tcp(&s, 0, (__u8)flags);
		ipv4(&s, 6, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), 0);
		assert_int_equal(p.fin, !!(flags & 1));
		assert_int_equal(p.syn, !!(flags & 2));
		assert_int_equal(p.rst, !!(flags & 4));
		assert_int_equal(p.ack, !!(flags & 16));
	}
}

static void packet_parse__ipv4(void **state)
{
	struct stack s;
	struct packet p;

	(void)state;
	for (size_t options = 0; options <= 40; options += 4) {
		begin(&s, hello);
		tcp(&s, 4, 0);
		ipv4(&s, 6, options);
		check_both(RAW, &s, hello, PACKET_TCP);
	}
	for (unsigned int first = 0; first < 256; first++) {
		begin(&s, hello);
		tcp(&s, 0, 0);
		ipv4(&s, 6, 0);
		s.room[s.at] = (__u8)first;
		/* A longer header has other bytes after it. */
		if (first < 0x46 || first > 0x4f)
			assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p),
					 first == 0x45 ? 0 : -ENOENT);
	}
	/* Fragments: the first one has the headers, the others have none. */
	for (unsigned int bit = 0; bit < 16; bit++) {
		begin(&s, hello);
		tcp(&s, 0, 0);
		ipv4(&s, 6, 0);
		put16(s.room + s.at + 6, 1u << bit);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p),
				 bit < 13 ? -ENOENT : 0);
	}
	/* Segmentation offload leaves the length out. */
	begin(&s, hello);
	tcp(&s, 0, 0);
	ipv4(&s, 6, 0);
	put16(s.room + s.at + 2, 0);
	check_cuts(RAW, &s, hello, PACKET_TCP, false);
}

static void packet_parse__ipv6(void **state)
{
	static const __u8 kinds[] = { 0, 43, 60 };
	struct stack s;
	struct packet p;

	(void)state;
	begin(&s, hello);
	tcp(&s, 8, 0);
	ipv6(&s, 6);
	check_both(RAW, &s, hello, PACKET_TCP);
	assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), 0);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(p.from.address[i], 0x20);
		assert_int_equal(p.to.address[i], 0x30);
	}
	put16(s.room + s.at + 4, 0);
	assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), 0);
	assert_int_equal(p.len, strlen(hello));
	for (size_t k = 0; k < sizeof(kinds); k++) {
		for (unsigned int eights = 0; eights < 4; eights++) {
			begin(&s, hello);
			tcp(&s, 0, 0);
			extension(&s, 6, eights);
			ipv6(&s, kinds[k]);
			check_both(RAW, &s, hello, PACKET_TCP);
		}
	}
	/* So many of them, and no more. */
	for (unsigned int n = 1; n < 10; n++) {
		begin(&s, hello);
		tcp(&s, 0, 0);
		for (unsigned int i = 0; i < n; i++)
			extension(&s, i ? 60 : 6, 0);
		ipv6(&s, 60);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p),
				 n < 8 ? 0 : -ENOENT);
	}
}

/* UDP of other ports and other protocols are none of ours. */
static void packet_parse__roce(void **state)
{
	struct stack s;
	struct packet p;

	(void)state;
	begin(&s, hello);
	udp(&s, 4791);
	ipv4(&s, 17, 0);
	check_both(RAW, &s, hello, PACKET_ROCE);
	assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), 0);
	assert_int_equal(p.from.port, 50000);
	assert_int_equal(p.to.port, 4791);
	begin(&s, hello);
	udp(&s, 4791);
	ipv6(&s, 17);
	check_both(RAW, &s, hello, PACKET_ROCE);
	for (unsigned int port = 4780; port < 4800; port++) {
		begin(&s, hello);
		udp(&s, port);
		ipv4(&s, 17, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p),
				 port == 4791 ? 0 : -ENOENT);
	}
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		begin(&s, hello);
		tcp(&s, 0, 0);
		ipv4(&s, (__u8)protocol, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p),
				 protocol == 6 ? 0 : -ENOENT);
	}
}

/* ---- link layers ---------------------------------------------------------------------- */

static void packet_parse__ethernet(void **state)
{
	struct stack s;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		for (unsigned int tags = 0; tags < 4; tags++) {
			begin(&s, hello);
			tcp(&s, 0, 0);
			v6 ? ipv6(&s, 6) : ipv4(&s, 6, 0);
			ethernet(&s, v6 ? 0x86dd : 0x0800);
			for (unsigned int i = 0; i < tags; i++)
				vlan(&s, i % 2 ? 0x88a8 : 0x8100);
			check_both(ETHERNET, &s, hello, PACKET_TCP);
		}
	}
}

static void packet_parse__other_links(void **state)
{
	static const struct {
		int link;
		size_t len;
		unsigned int type_at;
	} links[] = { { SLL, 16, 14 }, { SLL2, 20, 0 }, { NONE, 4, 2 }, { RAW, 0, 0 } };
	struct stack s;
	struct packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			__u8 *h;

			begin(&s, hello);
			tcp(&s, 0, 0);
			v6 ? ipv6(&s, 6) : ipv4(&s, 6, 0);
			h = grow(&s, links[i].len);
			if (links[i].len)
				put16(h + links[i].type_at, v6 ? 0x86dd : 0x0800);
			check_both(links[i].link, &s, hello, PACKET_TCP);
			assert_int_equal(packet_parse(links[i].link + 1000, s.room + s.at,
						      length_of(&s), &p),
					 -ENOENT);
		}
	}
}

/* ---- tunnels ---------------------------------------------------------------------------- */

/* The innermost packet, and over it a frame when @frame. */
static void inside(struct stack *s, bool frame)
{
	begin(s, hello);
	tcp(s, 4, 0);
	ipv4(s, 6, 4);
	if (frame)
		ethernet(s, 0x0800);
}

static void over_ipv4(struct stack *s, __u8 protocol)
{
	ipv4(s, protocol, 0);
	check_both(RAW, s, hello, PACKET_TCP);
}

static void packet_parse__tunnels(void **state)
{
	struct stack s;

	(void)state;
	inside(&s, true);
	vxlan(&s);
	over_ipv4(&s, 17);
	for (unsigned int options = 0; options < 3; options++) {
		inside(&s, true);
		geneve(&s, 0x6558, options);
		over_ipv4(&s, 17);
		inside(&s, false);
		geneve(&s, 0x0800, options);
		over_ipv4(&s, 17);
	}
	inside(&s, false);
	over_ipv4(&s, 4);
	begin(&s, hello);
	tcp(&s, 0, 0);
	ipv6(&s, 6);
	over_ipv4(&s, 41);
}

static void packet_parse__gre(void **state)
{
	struct stack s;
	struct packet p;

	(void)state;
	for (unsigned int flags = 0; flags < 16; flags++) {
		/* One of the four is a flag that came without a field. */
		inside(&s, false);
		gre(&s, flags << 12, 0x0800);
		over_ipv4(&s, 47);
		inside(&s, true);
		gre(&s, flags << 12, 0x6558);
		over_ipv4(&s, 47);
	}
	for (unsigned int version = 1; version < 8; version++) {
		inside(&s, false);
		gre(&s, version, 0x0800);
		ipv4(&s, 47, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p), -ENOENT);
	}
}

static void packet_parse__erspan(void **state)
{
	struct stack s;

	(void)state;
	/* Type I: a frame. */
	inside(&s, true);
	gre(&s, 0, 0x88be);
	over_ipv4(&s, 47);
	/* Type II. */
	inside(&s, true);
	grow(&s, 8);
	gre(&s, 0x1000, 0x88be);
	over_ipv4(&s, 47);
	/* Type III, with the further header that its last bit announces. */
	for (int more = 0; more < 2; more++) {
		inside(&s, true);
		if (more)
			grow(&s, 8);
		grow(&s, 12)[11] = (__u8)more;
		gre(&s, 0x1000, 0x22eb);
		over_ipv4(&s, 47);
	}
}

static void packet_parse__mpls(void **state)
{
	static const unsigned int types[] = { 0x8847, 0x8848 };
	struct stack s;

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		for (unsigned int labels = 1; labels < 4; labels++) {
			for (int kind = 0; kind < 4; kind++) {
				begin(&s, hello);
				tcp(&s, 0, 0);
				kind == 1 ? ipv6(&s, 6) : ipv4(&s, 6, 0);
				if (kind >= 2)
					ethernet(&s, 0x0800);
				/* A frame after a control word, or one that begins unlike IP. */
				if (kind == 2)
					grow(&s, 4);
				if (kind == 3)
					s.room[s.at] = 0x10;
				for (unsigned int i = 0; i < labels; i++)
					mpls(&s, !i);
				ethernet(&s, types[t]);
				check_both(ETHERNET, &s, hello, PACKET_TCP);
			}
		}
	}
}

/* Tunnels in tunnels, up to a depth. */
static void packet_parse__depth(void **state)
{
	struct stack s;
	struct packet p;

	(void)state;
	for (unsigned int n = 0; n < 8; n++) {
		inside(&s, false);
		for (unsigned int i = 0; i < n; i++)
			ipv4(&s, 4, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, length_of(&s), &p),
				 n <= 4 ? 0 : -ENOENT);
	}
}

/* ---- options ------------------------------------------------------------------------------ */

static void packet_option__found(void **state)
{
	static const struct {
		const char *options;
		size_t len, at, found; /* found: its length, 0 when there is none */
	} rows[] = {
		{ "\xfe\x04xy", 4, 0, 4 },
		{ "\x01\xfe\x03x", 4, 1, 3 },
		{ "\x01\x01\xfe\x02", 4, 2, 2 },
		{ "\x03\x03\x07\xfe\x02", 5, 3, 2 },
		{ "\x00\xfe\x02\x01", 4, 0, 0 },
		{ "\xfe\x01\x01\x01", 4, 0, 0 },
		{ "\xfe\x00\x01\x01", 4, 0, 0 },
		{ "\xfe\x05\x01\x01", 4, 0, 0 },
		{ "\x01\x01\x01\xfe", 4, 0, 0 },
		{ "\x03\x01\xfe\x02", 4, 0, 0 },
		{ "\x03\x02\xfe\x02", 4, 2, 2 },
		{ "\x03\x05\xfe\x02", 4, 0, 0 },
		{ "", 0, 0, 0 },
		{ "\x03\x04zz", 4, 0, 0 },
		{ "\xfe\x02\xfe\x03x", 5, 0, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		__u8 *exact = malloc(rows[i].len + 1);
		struct packet p = { .options_len = rows[i].len };
		const __u8 *found;
		size_t len = 0;

		assert_non_null(exact);
		memcpy(exact, rows[i].options, rows[i].len);
		p.options = exact;
		found = packet_option(&p, 254, &len);
		assert_int_equal(!found, !rows[i].found);
		if (found) {
			assert_int_equal(found - exact, rows[i].at);
			assert_int_equal(len, rows[i].found);
		}
		free(exact);
	}
}

static void packet_end_equal__each_byte(void **state)
{
	struct packet_end a = { .port = 1 }, b;

	(void)state;
	b = a;
	assert_true(packet_end_equal(&a, &b));
	b.port = 2;
	assert_false(packet_end_equal(&a, &b));
	for (int i = 0; i < 16; i++) {
		b = a;
		b.address[i] = 1;
		assert_false(packet_end_equal(&a, &b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packet_parse__tcp),
		cmocka_unit_test(packet_parse__flags),
		cmocka_unit_test(packet_parse__ipv4),
		cmocka_unit_test(packet_parse__ipv6),
		cmocka_unit_test(packet_parse__roce),
		cmocka_unit_test(packet_parse__ethernet),
		cmocka_unit_test(packet_parse__other_links),
		cmocka_unit_test(packet_parse__tunnels),
		cmocka_unit_test(packet_parse__gre),
		cmocka_unit_test(packet_parse__erspan),
		cmocka_unit_test(packet_parse__mpls),
		cmocka_unit_test(packet_parse__depth),
		cmocka_unit_test(packet_option__found),
		cmocka_unit_test(packet_end_equal__each_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
