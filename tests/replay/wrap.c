// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture of Ethernet as it is at a tap behind a tunnel: each frame, or its IP packet, in another
 * one. Headers are written here byte by byte, after the documents that define them. Usage: wrap
 * KIND IN OUT.
 */
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ETHERNET_LEN = 14, HEADS_MAX = 256 };

typedef unsigned char byte;

static void stop(const char *what)
{
	fprintf(stderr, "wrap: %s\n", what);
	exit(2);
}

static byte heads[HEADS_MAX];
static size_t n_heads;

static void put(const void *bytes, size_t len)
{
	memcpy(heads + n_heads, bytes, len);
	n_heads += len;
}

static void put16(unsigned int v)
{
	const byte bytes[] = { (byte)(v >> 8), (byte)v };

	put(bytes, sizeof(bytes));
}

static void put_ethernet(unsigned int type)
{
	put("\x02\x00\x00\x00\x00\x51\x02\x00\x00\x00\x00\x52", 12);
	put16(type);
}

static void put_ipv4(unsigned int protocol, size_t after)
{
	const byte end[] = { 64, (byte)protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };

	put("\x45\x00", 2);
	put16((unsigned int)(20 + after));
	put("\x00\x00\x00\x00", 4);
	put(end, sizeof(end));
}

static void put_ipv6(unsigned int protocol, size_t after)
{
	const byte next[] = { (byte)protocol, 64 };

	put("\x60\x00\x00\x00", 4);
	put16((unsigned int)after);
	put(next, sizeof(next));
	put("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	put("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
}

static void put_udp(unsigned int port, size_t after)
{
	put16(50000);
	put16(port);
	put16((unsigned int)(8 + after));
	put16(0);
}

/* Return: whether the frame as a whole goes in, and not its IP packet alone; -1: no such kind. */
static int write_heads(const char *kind, size_t frame, size_t packet, unsigned int type)
{
	n_heads = 0;
	if (!strcmp(kind, "vxlan")) { /* RFC 7348 5 */
		put_ethernet(0x0800);
		put_ipv4(17, 8 + 8 + frame);
		put_udp(4789, 8 + frame);
		put("\x08\0\0\0\x00\x00\x2a\0", 8);
		return 1;
	}
	if (!strcmp(kind, "geneve")) { /* RFC 8926 3.4, with an option of 4 bytes and its data */
		put_ethernet(0x86dd);
		put_ipv6(17, 8 + 16 + frame);
		put_udp(6081, 16 + frame);
		put("\x02\x00\x65\x58\x00\x00\x2a\x00\x01\x02\x80\x01\xde\xad\xbe\xef", 16);
		return 1;
	}
	if (!strcmp(kind, "gre")) { /* RFC 2784, and 2890: key and sequence number */
		put_ethernet(0x0800);
		put_ipv4(47, 12 + packet);
		put16(0x3000);
		put16(type);
		put("\0\0\0\x2a\0\0\0\x01", 8);
		return 0;
	}
	if (!strcmp(kind, "gretap")) {
		put_ethernet(0x0800);
		put_ipv4(47, 4 + frame);
		put("\x00\x00\x65\x58", 4);
		return 1;
	}
	if (!strcmp(kind, "erspan1") ||
	    !strcmp(kind, "erspan2")) { /* draft-foschiano-erspan 4.1, 4.2 */
		bool two = kind[6] == '2';

		put_ethernet(0x0800);
		put_ipv4(47, (two ? 16 : 4) + frame);
		put16(two ? 0x1000 : 0);
		put16(0x88be);
		if (two)
			put("\0\0\0\x01\x10\x00\x00\x05\0\0\0\0", 12);
		return 1;
	}
	if (!strcmp(kind, "erspan3")) { /* 4.3, with the optional 8 bytes */
		put_ethernet(0x0800);
		put_ipv4(47, 8 + 12 + 8 + frame);
		put("\x10\x00\x22\xeb\0\0\0\x01", 8);
		put("\x20\x00\x00\x05\0\0\0\0\0\0\0\x01", 12);
		put("\0\0\0\0\0\0\0\0", 8);
		return 1;
	}
	if (!strcmp(kind, "mpls")) { /* RFC 3032: two labels */
		put_ethernet(0x8847);
		put("\x00\x02\xa0\x40\x00\x02\xb1\x40", 8);
		return 0;
	}
	if (!strcmp(kind, "mpls-frame")) { /* RFC 4448: a control word */
		put_ethernet(0x8847);
		put("\x00\x02\xa1\x40\0\0\0\0", 8);
		return 1;
	}
	if (!strcmp(kind, "ipip")) {
		put_ethernet(0x0800);
		put_ipv4(type == 0x0800 ? 4 : 41, packet);
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head, wrapped;
	const u_char *bytes;
	pcap_dumper_t *out;
	pcap_t *in;

	if (argc != 4)
		stop("wrap KIND IN OUT");
	in = pcap_open_offline(argv[2], error);
	if (!in || pcap_datalink(in) != DLT_EN10MB)
		stop("no capture of Ethernet");
	out = pcap_dump_open(in, argv[3]);
	if (!out)
		stop(pcap_geterr(in));
	while (pcap_next_ex(in, &head, &bytes) == 1) {
		size_t len = head->caplen, left;
		byte all[HEADS_MAX + 70000];
		int whole = write_heads(argv[1], len, len - ETHERNET_LEN,
					(unsigned int)(bytes[12] << 8 | bytes[13]));

		if (whole < 0)
			stop("no such kind");
		left = whole ? 0 : ETHERNET_LEN;
		memcpy(all, heads, n_heads);
		memcpy(all + n_heads, bytes + left, len - left);
		wrapped = *head;
		wrapped.caplen = wrapped.len = (bpf_u_int32)(n_heads + len - left);
		pcap_dump((u_char *)out, &wrapped, all);
	}
	pcap_dump_close(out);
	pcap_close(in);
	return 0;
}
