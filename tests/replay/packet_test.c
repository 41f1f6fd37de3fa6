// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets are taken apart at any length: each is put together from its layers, so that it is
 * known where its payload begins, and then cut byte by byte. Numbers are those of the RFCs and
 * IANA.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/packet.h"
#include "layers.h"

enum { ETHERNET = 1, NONE = 0, RAW = 12, SLL = 113, SLL2 = 276 };

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
static void check_cuts(int link, const struct layers *s, const char *payload, enum packet_kind kind,
		       bool has_length)
{
	size_t whole = layers_length(s), need = whole - strlen(payload);

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
static void check_padded(int link, struct layers *s, const char *payload)
{
	struct layers padded = *s;
	struct packet p;
	__u8 *bytes;

	memmove(padded.room, s->room + s->at, layers_length(s));
	memset(padded.room + layers_length(s), 0xcc, 30);
	assert_int_equal(parse(link, padded.room, layers_length(s) + 30, &p, &bytes), 0);
	assert_int_equal(p.len, strlen(payload));
	assert_memory_equal(p.payload, payload, p.len);
	assert_false(p.cut);
	free(bytes);
}

static void check_both(int link, struct layers *s, const char *payload, enum packet_kind kind)
{
	check_cuts(link, s, payload, kind, true);
	check_padded(link, s, payload);
}

/* ---- TCP and UDP over IP ------------------------------------------------------------- */

static const char hello[] = "hello, world";

static void packet_parse__tcp(void **state)
{
	struct layers s;
	struct packet p;

	(void)state;
	for (size_t options = 0; options <= 40; options += 4) {
		layers_begin(&s, hello);
		layers_tcp(&s, options, 0x18);
		layers_ipv4(&s, 6, 0);
		check_both(RAW, &s, hello, PACKET_TCP);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), 0);
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
		layers_begin(&s, hello);
		layers_tcp(&s, 0, 0);
		s.room[s.at + 12] = (__u8)(words << 4);
		layers_ipv4(&s, 6, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), -ENOENT);
	}
}

static void packet_parse__flags(void **state)
{
	struct layers s;
	struct packet p;

	(void)state;
	for (unsigned int flags = 0; flags < 256; flags++) {
		layers_begin(&s, "");
		layers_tcp(&s, 0, (__u8)flags);
		layers_ipv4(&s, 6, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), 0);
		assert_int_equal(p.fin, !!(flags & 1));
		assert_int_equal(p.syn, !!(flags & 2));
		assert_int_equal(p.rst, !!(flags & 4));
		assert_int_equal(p.ack, !!(flags & 16));
	}
}

static void packet_parse__ipv4(void **state)
{
	struct layers s;
	struct packet p;

	(void)state;
	for (size_t options = 0; options <= 40; options += 4) {
		layers_begin(&s, hello);
		layers_tcp(&s, 4, 0);
		layers_ipv4(&s, 6, options);
		check_both(RAW, &s, hello, PACKET_TCP);
	}
	for (unsigned int first = 0; first < 256; first++) {
		layers_begin(&s, hello);
		layers_tcp(&s, 0, 0);
		layers_ipv4(&s, 6, 0);
		s.room[s.at] = (__u8)first;
		/* A longer header has other bytes after it. */
		if (first < 0x46 || first > 0x4f)
			assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p),
					 first == 0x45 ? 0 : -ENOENT);
	}
	/* Fragments: the first one has the headers, the others have none. */
	for (unsigned int bit = 0; bit < 16; bit++) {
		layers_begin(&s, hello);
		layers_tcp(&s, 0, 0);
		layers_ipv4(&s, 6, 0);
		layers_put16(s.room + s.at + 6, 1u << bit);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p),
				 bit < 13 ? -ENOENT : 0);
	}
	/* Segmentation offload leaves the length out. */
	layers_begin(&s, hello);
	layers_tcp(&s, 0, 0);
	layers_ipv4(&s, 6, 0);
	layers_put16(s.room + s.at + 2, 0);
	check_cuts(RAW, &s, hello, PACKET_TCP, false);
}

static void packet_parse__ipv6(void **state)
{
	static const __u8 kinds[] = { 0, 43, 60 };
	struct layers s;
	struct packet p;

	(void)state;
	layers_begin(&s, hello);
	layers_tcp(&s, 8, 0);
	layers_ipv6(&s, 6);
	check_both(RAW, &s, hello, PACKET_TCP);
	assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), 0);
	for (int i = 0; i < 16; i++) {
		assert_int_equal(p.from.address[i], 0x20);
		assert_int_equal(p.to.address[i], 0x30);
	}
	layers_put16(s.room + s.at + 4, 0);
	assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), 0);
	assert_int_equal(p.len, strlen(hello));
	for (size_t k = 0; k < sizeof(kinds); k++) {
		for (unsigned int eights = 0; eights < 4; eights++) {
			layers_begin(&s, hello);
			layers_tcp(&s, 0, 0);
			layers_extension(&s, 6, eights);
			layers_ipv6(&s, kinds[k]);
			check_both(RAW, &s, hello, PACKET_TCP);
		}
	}
	/* So many of them, and no more. */
	for (unsigned int n = 1; n < 10; n++) {
		layers_begin(&s, hello);
		layers_tcp(&s, 0, 0);
		for (unsigned int i = 0; i < n; i++)
			layers_extension(&s, i ? 60 : 6, 0);
		layers_ipv6(&s, 60);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p),
				 n < 8 ? 0 : -ENOENT);
	}
}

/* UDP of other ports and other protocols are none of ours. */
static void packet_parse__roce(void **state)
{
	struct layers s;
	struct packet p;

	(void)state;
	layers_begin(&s, hello);
	layers_udp(&s, 4791);
	layers_ipv4(&s, 17, 0);
	check_both(RAW, &s, hello, PACKET_ROCE);
	assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), 0);
	assert_int_equal(p.from.port, 50000);
	assert_int_equal(p.to.port, 4791);
	layers_begin(&s, hello);
	layers_udp(&s, 4791);
	layers_ipv6(&s, 17);
	check_both(RAW, &s, hello, PACKET_ROCE);
	for (unsigned int port = 4780; port < 4800; port++) {
		layers_begin(&s, hello);
		layers_udp(&s, port);
		layers_ipv4(&s, 17, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p),
				 port == 4791 ? 0 : -ENOENT);
	}
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		layers_begin(&s, hello);
		layers_tcp(&s, 0, 0);
		layers_ipv4(&s, (__u8)protocol, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p),
				 protocol == 6 ? 0 : -ENOENT);
	}
}

/* ---- link layers ---------------------------------------------------------------------- */

static void packet_parse__ethernet(void **state)
{
	struct layers s;

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		for (unsigned int tags = 0; tags < 4; tags++) {
			layers_begin(&s, hello);
			layers_tcp(&s, 0, 0);
			v6 ? layers_ipv6(&s, 6) : layers_ipv4(&s, 6, 0);
			layers_ethernet(&s, v6 ? 0x86dd : 0x0800);
			for (unsigned int i = 0; i < tags; i++)
				layers_vlan(&s, i % 2 ? 0x88a8 : 0x8100);
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
	struct layers s;
	struct packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			__u8 *h;

			layers_begin(&s, hello);
			layers_tcp(&s, 0, 0);
			v6 ? layers_ipv6(&s, 6) : layers_ipv4(&s, 6, 0);
			h = layers_grow(&s, links[i].len);
			if (links[i].len)
				layers_put16(h + links[i].type_at, v6 ? 0x86dd : 0x0800);
			check_both(links[i].link, &s, hello, PACKET_TCP);
			assert_int_equal(packet_parse(links[i].link + 1000, s.room + s.at,
						      layers_length(&s), &p),
					 -ENOENT);
		}
	}
}

/* ---- tunnels ---------------------------------------------------------------------------- */

/* The innermost packet, and over it a frame when @frame. */
static void inside(struct layers *s, bool frame)
{
	layers_begin(s, hello);
	layers_tcp(s, 4, 0);
	layers_ipv4(s, 6, 4);
	if (frame)
		layers_ethernet(s, 0x0800);
}

static void over_ipv4(struct layers *s, __u8 protocol)
{
	layers_ipv4(s, protocol, 0);
	check_both(RAW, s, hello, PACKET_TCP);
}

static void packet_parse__tunnels(void **state)
{
	struct layers s;

	(void)state;
	inside(&s, true);
	layers_vxlan(&s);
	over_ipv4(&s, 17);
	for (unsigned int options = 0; options < 3; options++) {
		inside(&s, true);
		layers_geneve(&s, 0x6558, options);
		over_ipv4(&s, 17);
		inside(&s, false);
		layers_geneve(&s, 0x0800, options);
		over_ipv4(&s, 17);
	}
	inside(&s, false);
	over_ipv4(&s, 4);
	layers_begin(&s, hello);
	layers_tcp(&s, 0, 0);
	layers_ipv6(&s, 6);
	over_ipv4(&s, 41);
}

static void packet_parse__gre(void **state)
{
	struct layers s;
	struct packet p;

	(void)state;
	for (unsigned int flags = 0; flags < 16; flags++) {
		/* One of the four is a flag that came without a field. */
		inside(&s, false);
		layers_gre(&s, flags << 12, 0x0800);
		over_ipv4(&s, 47);
		inside(&s, true);
		layers_gre(&s, flags << 12, 0x6558);
		over_ipv4(&s, 47);
	}
	for (unsigned int version = 1; version < 8; version++) {
		inside(&s, false);
		layers_gre(&s, version, 0x0800);
		layers_ipv4(&s, 47, 0);
		assert_int_equal(packet_parse(RAW, s.room + s.at, layers_length(&s), &p), -ENOENT);
	}
}

static void packet_parse__erspan(void **state)
{
	struct layers s;

	(void)state;
	/* Type I: a frame. */
	inside(&s, true);
	layers_gre(&s, 0, 0x88be);
	over_ipv4(&s, 47);
	/* Type II. */
	inside(&s, true);
	layers_grow(&s, 8);
	layers_gre(&s, 0x1000, 0x88be);
	over_ipv4(&s, 47);
	/* Type III, with the further header that its last bit announces. */
	for (int more = 0; more < 2; more++) {
		inside(&s, true);
		if (more)
			layers_grow(&s, 8);
		layers_grow(&s, 12)[11] = (__u8)more;
		layers_gre(&s, 0x1000, 0x22eb);
		over_ipv4(&s, 47);
	}
}

static void packet_parse__mpls(void **state)
{
	static const unsigned int types[] = { 0x8847, 0x8848 };
	struct layers s;

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		for (unsigned int labels = 1; labels < 4; labels++) {
			for (int kind = 0; kind < 4; kind++) {
				layers_begin(&s, hello);
				layers_tcp(&s, 0, 0);
				kind == 1 ? layers_ipv6(&s, 6) : layers_ipv4(&s, 6, 0);
				if (kind >= 2)
					layers_ethernet(&s, 0x0800);
				/* A frame after a control word, or one that begins unlike IP. */
				if (kind == 2)
					layers_grow(&s, 4);
				if (kind == 3)
					s.room[s.at] = 0x10;
				for (unsigned int i = 0; i < labels; i++)
					layers_mpls(&s, !i);
				layers_ethernet(&s, types[t]);
				check_both(ETHERNET, &s, hello, PACKET_TCP);
			}
		}
	}
}

/* One more tunnel around a frame. */
static void wrap(struct layers *s, int kind)
{
	switch (kind) {
	case 0:
		s->at += 14;
		layers_ipv4(s, 4, 0);
		break;
	case 1:
		s->at += 14;
		layers_ipv6(s, 4);
		break;
	case 2:
		layers_gre(s, 0, 0x6558);
		layers_ipv4(s, 47, 0);
		break;
	case 3:
		layers_vxlan(s);
		layers_ipv4(s, 17, 0);
		break;
	case 4:
		layers_geneve(s, 0x6558, 0);
		layers_ipv4(s, 17, 0);
		break;
	default:
		layers_grow(s, 4);
		layers_mpls(s, true);
	}
	layers_ethernet(s, kind == 5 ? 0x8847 : kind == 1 ? 0x86dd : 0x0800);
}

/* Tunnels in tunnels, of each kind, up to a depth. */
static void packet_parse__depth(void **state)
{
	struct layers s;
	struct packet p;

	(void)state;
	for (int kind = 0; kind < 6; kind++) {
		for (unsigned int n = 0; n < 7; n++) {
			inside(&s, true);
			/* IPv4 in IPv6 is the innermost one. */
			for (unsigned int i = 0; i < n; i++)
				wrap(&s, kind == 1 && i ? 2 : kind);
			assert_int_equal(
				packet_parse(ETHERNET, s.room + s.at, layers_length(&s), &p),
				n <= 4 ? 0 : -ENOENT);
		}
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
