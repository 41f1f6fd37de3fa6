// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture as it would have been on other machines: other IP addresses, ports and MACs, and for
 * each peer ID, GID, rkey, token and address that a name stands for another value, wherever it
 * stands. Checksums are left as they are. Usage: elsewhere IN OUT.
 */
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/extract.h"
#include "script/names.h"

enum { PAIRS_MAX = 512, LEN_MIN = 4, ETHERNET_LEN = 14, PORT_SHIFT = 1111 };

/* A value, and the one that it is elsewhere. */
struct pair {
	__u8 len, was[VALUE_MAX], is[VALUE_MAX];
};

static struct pair pairs[PAIRS_MAX];
static unsigned int n_pairs;

static void stop(const char *what)
{
	fprintf(stderr, "elsewhere: %s\n", what);
	exit(2);
}

/* The longest first, so that a GID is not taken for the MAC in it. */
static int by_length(const void *a, const void *b)
{
	return ((const struct pair *)b)->len - ((const struct pair *)a)->len;
}

static bool is_known(const struct value *v)
{
	for (unsigned int i = 0; i < n_pairs; i++)
		if (pairs[i].len == v->len && !memcmp(pairs[i].was, v->bytes, v->len))
			return true;
	return false;
}

/* A value of few bytes that are not zero would be found where nobody meant it. */
static bool is_plain(const struct value *v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < v->len; i++)
		n += v->bytes[i] != 0;
	return n < 2 || (v->len == LEN_MIN && n < 3);
}

static void add_pair(const __u8 *was, const __u8 *is, __u8 len)
{
	struct pair *p = &pairs[n_pairs++];

	p->len = len;
	memcpy(p->was, was, len);
	memcpy(p->is, is, len);
}

/* The first byte stays: it marks link-local GIDs and unicast MACs. */
static void add_bytes(const struct value *v)
{
	struct value is = *v;

	if (v->len < LEN_MIN || is_plain(v) || is_known(v) || n_pairs == PAIRS_MAX)
		return;
	for (unsigned int i = 1; i < v->len; i++)
		is.bytes[i] ^= 0x5a;
	add_pair(v->bytes, is.bytes, v->len);
}

static void add_address(const __u8 *address)
{
	struct value v = { .len = 4 };

	memcpy(v.bytes, address, v.len);
	add_bytes(&v);
}

/* The host itself becomes one of a network, and its prefix that of the network. */
static void add_loopback(void)
{
	add_pair((__u8[]){ 127, 0, 0, 1 }, (__u8[]){ 198, 51, 100, 1 }, 4);
	add_pair((__u8[]){ 127, 0, 0, 0 }, (__u8[]){ 198, 0, 0, 0 }, 4);
}

/* A GID that has an IPv4 address in it changes in that address only. */
static void add_value(const struct value *v)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (v->len == 16 && !memcmp(v->bytes, mapped, sizeof(mapped)))
		add_address(v->bytes + sizeof(mapped));
	else
		add_bytes(v);
}

static void add_message(const struct test_case *test, const struct message *m)
{
	for (const struct part *p = m->parts; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next) {
			struct value v;

			/* WRITEs go to the address of a buffer and above, so it stays. */
			if (t->kind == TERM_NAME && strncmp(t->name, "vaddr", strlen("vaddr")) &&
			    !names_by_let((void *)test, t, &v))
				add_value(&v);
		}
}

static void add_script(const char *path)
{
	struct extract_result r;
	struct script script;

	if (extract_path(path, &script, &r))
		stop(r.error);
	for (const struct test_case *test = script.cases; test; test = test->next)
		for (const struct step *s = test->steps; s; s = s->next)
			if (s->message)
				add_message(test, s->message);
	script_free(&script);
}

/* ---- packets --------------------------------------------------------------------------- */

static void shift_port(void *at)
{
	__u16 port;

	memcpy(&port, at, sizeof(port));
	port = htons((__u16)(ntohs(port) + PORT_SHIFT));
	memcpy(at, &port, sizeof(port));
}

static void move_ipv4(__u8 *ip)
{
	__u8 *tcp = ip + (ip[0] & 0xf) * 4;

	if (ip[9] == IPPROTO_TCP) {
		shift_port(tcp);
		shift_port(tcp + 2);
	}
}

static void move_ipv6(__u8 *ip)
{
	/* Ours, and the rest of the address as it was; one of the link is a GID, which has been
	 * moved. */
	for (__u8 *address = ip + 8; address <= ip + 24; address += 16) {
		if (address[0] == 0xfe)
			continue;
		address[0] = 0x20;
		address[1] = 0x01;
	}
	if (ip[6] == IPPROTO_TCP) {
		shift_port(ip + 40);
		shift_port(ip + 42);
	}
}

static void replace(__u8 *bytes, size_t len)
{
	for (size_t at = 0; at < len; at++)
		for (unsigned int i = 0; i < n_pairs; i++)
			if (pairs[i].len <= len - at &&
			    !memcmp(bytes + at, pairs[i].was, pairs[i].len)) {
				memcpy(bytes + at, pairs[i].is, pairs[i].len);
				at += pairs[i].len - 1u;
				break;
			}
}

static void move_packet(__u8 *bytes, size_t len)
{
	if (len < ETHERNET_LEN + 40)
		return;
	replace(bytes, len);
	if (bytes[12] == 8 && bytes[13] == 0)
		move_ipv4(bytes + ETHERNET_LEN);
	else if (bytes[12] == 0x86 && bytes[13] == 0xdd && len >= ETHERNET_LEN + 60)
		move_ipv6(bytes + ETHERNET_LEN);
}

static pcap_t *open_capture(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *in = pcap_open_offline(path, error);

	if (!in)
		stop(error);
	if (pcap_datalink(in) != DLT_EN10MB)
		stop("only Ethernet");
	return in;
}

/* IPv4 addresses stand in GIDs, too. */
static void add_addresses(const char *path)
{
	pcap_t *in = open_capture(path);
	struct pcap_pkthdr *head;
	const u_char *bytes;

	while (pcap_next_ex(in, &head, &bytes) == 1) {
		if (head->caplen < ETHERNET_LEN + 20 || bytes[12] != 8 || bytes[13])
			continue;
		add_address(bytes + ETHERNET_LEN + 12);
		add_address(bytes + ETHERNET_LEN + 16);
	}
	pcap_close(in);
}

int main(int argc, char **argv)
{
	static __u8 copy[1 << 18];
	struct pcap_pkthdr *head;
	const u_char *bytes;
	pcap_dumper_t *out;
	pcap_t *in;

	if (argc != 3)
		stop("IN and OUT are meant");
	add_loopback();
	add_script(argv[1]);
	add_addresses(argv[1]);
	qsort(pairs, n_pairs, sizeof(pairs[0]), by_length);
	in = open_capture(argv[1]);
	out = pcap_dump_open(in, argv[2]);
	if (!out)
		stop(pcap_geterr(in));
	while (pcap_next_ex(in, &head, &bytes) == 1) {
		memcpy(copy, bytes, head->caplen);
		move_packet(copy, head->caplen);
		pcap_dump((void *)out, head, copy);
	}
	pcap_dump_close(out);
	pcap_close(in);
	return 0;
}
