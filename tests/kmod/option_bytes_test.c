// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod/option/option_bytes.c: the SMC option within a TCP header, judged by the checksums that a
 * receiver would make. */
#include <setjmp.h>
#include <stdarg.h>

#include "option_own.h"
#include "shim_net.h"
#include "smc_wire.h"

#include <cmocka.h>

#define HEADROOM 32
#define OPTION "\xfe\x06\xe2\xd4\xc3\xd9"

struct packet {
	u8 room[HEADROOM + 256];
	struct sk_buff skb;
};

static u32 sum(const void *from, u32 len)
{
	const u8 *bytes = from;
	u32 n = 0;

	for (u32 i = 0; i < len; i++)
		n += i % 2 ? bytes[i] : (u32)bytes[i] << 8;
	return n;
}

static u16 fold(u32 n)
{
	while (n >> 16)
		n = (n & 0xffff) + (n >> 16);
	return (u16)n;
}

/* The sum of addresses, protocol and length, as RFC 9293 and RFC 8200 have it. */
static u16 pseudo_header(const struct sk_buff *skb)
{
	u32 len = skb->len - (u32)skb_transport_offset(skb);

	if (ip_hdr(skb)->version == 4)
		return fold(sum(&ip_hdr(skb)->saddr, 8) + IPPROTO_TCP + len);
	return fold(sum(&ipv6_hdr(skb)->saddr, 32) + IPPROTO_TCP + len);
}

/* A SYN with those options, as TCP hands it to NF_INET_LOCAL_OUT. */
static struct sk_buff *make(struct packet *p, int version, const char *options, u32 len)
{
	u32 ip = version == 4 ? 20 : 40, tcp = 20 + (len + 3) / 4 * 4;
	struct sk_buff *skb = &p->skb;

	memset(p, 0, sizeof(*p));
	skb->head = p->room;
	skb->data = p->room + HEADROOM;
	skb->end = p->room + sizeof(p->room);
	skb->len = ip + tcp;
	skb->network_header = HEADROOM;
	skb->transport_header = (u16)(HEADROOM + ip);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb->transport_header;
	skb->csum_offset = CHECKSUM_OFFSET;
	if (version == 4) {
		*ip_hdr(skb) = (struct iphdr){
			.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP
		};
		ip_hdr(skb)->tot_len = htons((u16)skb->len);
		ip_hdr(skb)->saddr = (u32)rand();
		ip_hdr(skb)->daddr = (u32)rand();
		ip_hdr(skb)->check = htons((u16)~fold(sum(ip_hdr(skb), 20)));
	} else {
		ipv6_hdr(skb)->flow = htonl(6u << 28);
		ipv6_hdr(skb)->payload_len = htons((u16)tcp);
		ipv6_hdr(skb)->nexthdr = IPPROTO_TCP;
		for (int i = 0; i < 32; i++)
			((u8 *)&ipv6_hdr(skb)->saddr)[i] = (u8)rand();
	}
	tcp_hdr(skb)->syn = 1;
	tcp_hdr(skb)->seq = (u32)rand();
	tcp_hdr(skb)->doff = (u16)(tcp / 4);
	if (len)
		memcpy(tcp_hdr(skb) + 1, options, len);
	tcp_hdr(skb)->check = htons(pseudo_header(skb));
	return skb;
}

static void is_right(const struct sk_buff *skb)
{
	assert_int_equal(skb_transport_offset(skb), ip_hdr(skb)->version == 4 ? 20 : 40);
	assert_int_equal(skb->len, (u32)skb_transport_offset(skb) + tcp_hdrlen(skb));
	if (ip_hdr(skb)->version == 4) {
		assert_int_equal(ntohs(ip_hdr(skb)->tot_len), skb->len);
		assert_int_equal(fold(sum(ip_hdr(skb), 20)), 0xffff);
	} else {
		assert_int_equal(ntohs(ipv6_hdr(skb)->payload_len), skb->len - 40);
	}
	assert_int_equal(ntohs(tcp_hdr(skb)->check), pseudo_header(skb));
	assert_ptr_equal(skb->head + skb->csum_start, tcp_hdr(skb));
}

/* A random list of well-formed options. Returns its length. */
static u32 any_options(char *options, u32 most)
{
	static const u8 kinds[] = { 2, 3, 4, 8, 77, 254 };
	u32 at = 0;

	while (at < most && rand() % 5) {
		u32 len = 2 + (u32)rand() % 9;

		if (rand() % 3 == 0) {
			options[at++] = TCPOPT_NOP;
			continue;
		}
		if (at + len > most)
			break;
		for (u32 i = 0; i < len; i++)
			options[at + i] = (char)rand();
		options[at] = (char)kinds[(size_t)rand() % sizeof(kinds)];
		options[at + 1] = (char)len;
		if ((u8)options[at] == 254 && len >= 4) /* fast open is another matter */
			options[at + 2] = 0;
		at += len;
	}
	while (at % 4)
		options[at++] = TCPOPT_NOP;
	return at;
}

static void option_put__leaves_a_right_packet(void **state)
{
	struct packet p;
	char options[64];
	u8 before[40];

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		u32 len = any_options(options, 32);
		struct sk_buff *skb = make(&p, i % 2 ? 4 : 6, options, len);
		struct tcphdr header = *tcp_hdr(skb);

		memcpy(before, tcp_hdr(skb) + 1, len);
		assert_int_equal(smcx_option_in_packet(skb), false);
		assert_int_equal(smcx_option_put(skb), 0);
		is_right(skb);
		assert_int_equal(tcp_hdrlen(skb), 20 + len + 8);
		assert_memory_equal(tcp_hdr(skb) + 1, before, len);
		assert_memory_equal((u8 *)(tcp_hdr(skb) + 1) + len, "\1\1" OPTION, 8);
		assert_int_equal(tcp_hdr(skb)->seq, header.seq);
		assert_int_equal(tcp_hdr(skb)->syn, 1);
		assert_true(smcx_option_in_packet(skb));
		/* Once is enough. */
		assert_int_equal(smcx_option_put(skb), 0);
		assert_int_equal(tcp_hdrlen(skb), 20 + len + 8);
	}
}

static void stays(struct packet *p, int wanted)
{
	struct packet before = *p;

	assert_int_equal(smcx_option_put(&p->skb), wanted);
	assert_memory_equal(p, &before, sizeof(before));
}

static void option_put__refuses_and_changes_nothing(void **state)
{
	static const struct {
		const char *options;
		u32 len;
		int wanted;
	} cases[] = {
		{ "\x13\x12................\1\1", 20, -EEXIST }, /* MD5 */
		{ "\x1d\x10..............", 16, -EEXIST },	 /* TCP-AO */
		{ "\x22\x02\1\1", 4, -EEXIST },			 /* fast open */
		{ "\xfe\x04\xf9\x89", 4, -EEXIST },		 /* its experimental number */
		{ "\x4d\x24..................................", 36, -EMSGSIZE },
	};
	struct packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (int version = 4; version <= 6; version += 2) {
			make(&p, version, cases[i].options, cases[i].len);
			stays(&p, cases[i].wanted);
		}
	make(&p, 4, "", 0)->ip_summed = CHECKSUM_NONE;
	stays(&p, -EOPNOTSUPP);
	make(&p, 4, "", 0)->nonlinear = true;
	stays(&p, -EMSGSIZE);
	make(&p, 4, "", 0)->no_memory = true;
	stays(&p, -ENOMEM);
	make(&p, 4, "", 0)->len += 3; /* data in the SYN */
	stays(&p, -EMSGSIZE);
	make(&p, 4, "", 0);
	tcp_hdr(&p.skb)->doff = 4;
	stays(&p, -EOPNOTSUPP);
}

/* Look for it as a receiver does, byte by byte; the sanitizer sees a read beyond. */
static bool has_option(const u8 *options, u32 len)
{
	for (u32 at = 0; at < len && options[at] != TCPOPT_EOL;) {
		if (options[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (at + 1 >= len || options[at + 1] < 2 || at + options[at + 1] > len)
			return false;
		if (options[at + 1] == 6 && !memcmp(options + at, OPTION, 6))
			return true;
		at += options[at + 1];
	}
	return false;
}

static void option_in__anything(void **state)
{
	unsigned int seen = 0;

	(void)state;
	for (unsigned int i = 0; i < 300000; i++) {
		u32 len = (u32)rand() % 41, at = len > 6 ? (u32)rand() % (len - 5) : 0;
		u8 *options = malloc(len + !len);

		assert_non_null(options);
		for (u32 j = 0; j < len; j++)
			options[j] = rand() % 3 ? (u8)(rand() % 8) : (u8)rand();
		if (rand() % 2 && len >= 6) {
			memset(options, TCPOPT_NOP, at);
			memcpy(options + at, OPTION, 6);
		}
		seen += has_option(options, len);
		assert_int_equal(smcx_option_in(options, len), has_option(options, len));
		free(options);
	}
	assert_true(seen > 1000);
}

/* NOPs stand in place of a removed option, and all else stays as it was. */
static void option_remove__leaves_the_others(void **state)
{
	static const char before[] = "\x02\x04\x05\xb4\x01\x01" OPTION "\x04\x02\x01\x01";
	static const char after[] =
		"\x02\x04\x05\xb4\x01\x01\x01\x01\x01\x01\x01\x01\x04\x02\x01\x01";
	struct packet p;
	struct sk_buff *skb = make(&p, 4, before, sizeof(before) - 1);
	u8 *options = (u8 *)(tcp_hdr(skb) + 1);

	(void)state;
	skb->no_memory = true;
	assert_int_equal(smcx_option_remove_from_packet(skb), -ENOMEM);
	assert_memory_equal(options, before, sizeof(before) - 1);
	skb->no_memory = false;
	assert_int_equal(smcx_option_remove_from_packet(skb), 0);
	assert_memory_equal(options, after, sizeof(after) - 1);
	assert_false(smcx_option_in_packet(skb));
	assert_int_equal(smcx_option_remove_from_packet(skb), 0);
	assert_memory_equal(options, after, sizeof(after) - 1);
	smcx_option_remove(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(option_put__leaves_a_right_packet),
		cmocka_unit_test(option_put__refuses_and_changes_nothing),
		cmocka_unit_test(option_in__anything),
		cmocka_unit_test(option_remove__leaves_the_others),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
