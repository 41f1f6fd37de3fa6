// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A large capture, of an author who wishes us to search: a recorded one of SMC-R, with more in it.
 * Usage: large KIND N IN OUT. pairs: N RDMA WRITEs, each to another queue pair; rkeys: N
 * CONFIRM_RKEYs of different rkeys on a link that there is; flows: N connections whose ports have
 * one sum.
 */
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smc_codec.h"
#include "smc_roce.h"

enum { ETHERNET_LEN = 14, IP_LEN = sizeof(struct iphdr), ROCE_AT = ETHERNET_LEN + IP_LEN + 8 };
enum { WRITE_ONLY = 0x0a, SEND_ONLY = 0x04, PORTS = 20000 };

static pcap_dumper_t *out;
static struct pcap_pkthdr head;

static void stop(const char *what)
{
	fprintf(stderr, "large: %s\n", what);
	exit(2);
}

static void put(const __u8 *bytes, size_t len)
{
	head.caplen = head.len = (bpf_u_int32)len;
	pcap_dump((u_char *)out, &head, bytes);
}

/* Ethernet, IPv4 and UDP or TCP of a packet, for another payload. */
static void set_length(__u8 *packet, size_t len, bool udp)
{
	smcw_put16(packet + ETHERNET_LEN + 2, (__u16)(len - ETHERNET_LEN));
	if (udp)
		smcw_put16(packet + ETHERNET_LEN + IP_LEN + 4,
			   (__u16)(len - ETHERNET_LEN - IP_LEN));
}

static bool is_roce(const __u8 *bytes, size_t len, __u8 opcode)
{
	return len > ROCE_AT + sizeof(struct smcw_bth) && bytes[ETHERNET_LEN + 9] == IPPROTO_UDP &&
	       smcw_get16(bytes + ETHERNET_LEN + IP_LEN + 2) == SMCW_ROCE_PORT &&
	       bytes[ROCE_AT] == opcode;
}

static bool is_cdc(const __u8 *bytes, size_t len)
{
	return is_roce(bytes, len, SEND_ONLY) &&
	       bytes[ROCE_AT + sizeof(struct smcw_bth)] == SMCW_CDC_TYPE;
}

static void put_rkeys(const __u8 *bytes, unsigned int n)
{
	__u8 packet[ROCE_AT + sizeof(struct smcw_bth) + SMCW_LLC_LEN + SMCW_ICRC_LEN] = { 0 };
	__u8 *bth = packet + ROCE_AT, *llc = bth + sizeof(struct smcw_bth);
	__u32 psn = smcw_get24(bytes + ROCE_AT + 9);

	memcpy(packet, bytes, ROCE_AT + sizeof(struct smcw_bth));
	bth[1] &= 0xcf; /* no padding */
	set_length(packet, sizeof(packet), true);
	llc[0] = SMCW_LLC_CONFIRM_RKEY;
	llc[1] = SMCW_LLC_LEN;
	for (unsigned int i = 0; i < n; i++) {
		smcw_put24(bth + 9, (psn + 1 + i) & 0xffffff);
		smcw_put32(llc + 5, 0x10000 + i * 7);
		smcw_put64(llc + 9, 0x7f0000000000 + i * 4096ull);
		put(packet, sizeof(packet));
	}
}

static void put_pairs(const __u8 *bytes, unsigned int n)
{
	__u8 packet[ROCE_AT + sizeof(struct smcw_bth) + sizeof(struct smcw_reth) + 16 +
		    SMCW_ICRC_LEN] = { 0 };
	__u8 *bth = packet + ROCE_AT;

	memcpy(packet, bytes, ROCE_AT);
	set_length(packet, sizeof(packet), true);
	bth[0] = WRITE_ONLY;
	for (unsigned int i = 0; i < n; i++) {
		smcw_put24(bth + 5, i & 0xffffff);
		put(packet, sizeof(packet));
	}
}

static void put_flows(const __u8 *bytes, size_t len, unsigned int n)
{
	__u8 packet[1500];

	memcpy(packet, bytes, len < sizeof(packet) ? len : sizeof(packet));
	for (unsigned int i = 0; i < n; i++) {
		smcw_put16(packet + ETHERNET_LEN + IP_LEN, (__u16)(PORTS + i % PORTS));
		smcw_put16(packet + ETHERNET_LEN + IP_LEN + 2, (__u16)(2 * PORTS - i % PORTS));
		put(packet, len);
	}
}

static bool is_syn(const __u8 *bytes, size_t len)
{
	return len > ETHERNET_LEN + IP_LEN + sizeof(struct tcphdr) && len < 1500 &&
	       bytes[ETHERNET_LEN + 9] == IPPROTO_TCP &&
	       (bytes[ETHERNET_LEN + IP_LEN + 13] & 0x12) == 0x02;
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *next;
	const u_char *bytes;
	bool done = false;
	unsigned int n;
	pcap_t *in;

	if (argc != 5)
		stop("large KIND N IN OUT");
	n = (unsigned int)strtoul(argv[2], NULL, 0);
	in = pcap_open_offline(argv[3], error);
	if (!in || pcap_datalink(in) != DLT_EN10MB)
		stop("no capture of Ethernet");
	out = pcap_dump_open(in, argv[4]);
	if (!out)
		stop(pcap_geterr(in));
	while (pcap_next_ex(in, &next, &bytes) == 1) {
		size_t len = next->caplen;

		head = *next;
		put(bytes, len);
		if (done)
			continue;
		done = true;
		if (!strcmp(argv[1], "rkeys") && is_cdc(bytes, len))
			put_rkeys(bytes, n);
		else if (!strcmp(argv[1], "pairs") && is_roce(bytes, len, WRITE_ONLY))
			put_pairs(bytes, n);
		else if (!strcmp(argv[1], "flows") && is_syn(bytes, len))
			put_flows(bytes, len, n);
		else
			done = false;
	}
	pcap_dump_close(out);
	pcap_close(in);
	if (!done)
		stop("there is no packet of this kind");
	return 0;
}
