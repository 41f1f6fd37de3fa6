// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See roce.h. InfiniBand Architecture Specification volume 1: base transport
 * header 9.2, extended headers 9.3, invariant CRC 7.8; 7.7 local route header; annexes A16 and A17
 * for the two ways over Ethernet.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "roce.h"
#include "scenario.h"
#include "smc_codec.h"

#define ROCE_PORT 4791
#define ROCE_ETHERTYPE 0x8915
#define SOURCE_PORT 49152
#define PKEY_DEFAULT 0xffff
#define PSN_MASK 0xffffff
#define AETH_ACK 0x1f /* syndrome: no credits reported */
#define DUMMY_LRH_LEN 8
#define GRH_NEXT_BTH 0x1b
#define LRH_BTH 2 /* no GRH between */
#define FIRST_LID 0x11

/* Reliable connection: opcodes of the upper three bits 0. */
enum opcode {
	SEND_FIRST,
	SEND_MIDDLE,
	SEND_LAST,
	SEND_ONLY = 4,
	WRITE_FIRST = 6,
	WRITE_MIDDLE,
	WRITE_LAST,
	WRITE_ONLY = 10,
	ACKNOWLEDGE = 17,
};

struct bth {
	uint8_t opcode;
	uint8_t flags; /* solicited, migration, pad count << 4, version */
	uint8_t pkey[2];
	uint8_t reserved;
	uint8_t qpn[3];
	uint8_t ack_request;
	uint8_t psn[3];
};

struct reth {
	uint8_t vaddr[8];
	uint8_t rkey[4];
	uint8_t length[4];
};

struct aeth {
	uint8_t syndrome;
	uint8_t msn[3];
};

struct lrh {
	uint8_t lane_version;
	uint8_t next; /* service level << 4 */
	uint8_t dlid[2];
	uint8_t words[2];
	uint8_t slid[2];
};

struct grh {
	uint8_t version_class_flow[4];
	uint8_t length[2];
	uint8_t next;
	uint8_t hop_limit;
	uint8_t sgid[16];
	uint8_t dgid[16];
};

static uint32_t crc32_more(uint32_t crc, const void *data, size_t len)
{
	static uint32_t table[256];
	const uint8_t *b = data;
	uint32_t i, n, c;

	if (!table[255])
		for (i = 0; i < 256; i++) {
			for (c = i, n = 0; n < 8; n++)
				c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
			table[i] = c;
		}
	while (len--)
		crc = table[(crc ^ *b++) & 0xff] ^ crc >> 8;
	return crc;
}

/* A CRC over what no router changes: the changing fields count as all ones. */
static void put_icrc(uint8_t *at, const void *net, size_t net_len, const uint8_t *bth, size_t len)
{
	uint8_t head[DUMMY_LRH_LEN], masked[sizeof(struct bth)];
	uint32_t crc = 0xffffffffu;

	memset(head, 0xff, sizeof(head));
	memcpy(masked, bth, sizeof(masked));
	masked[offsetof(struct bth, reserved)] = 0xff;
	crc = crc32_more(crc, head, sizeof(head));
	crc = crc32_more(crc, net, net_len);
	crc = crc32_more(crc, masked, sizeof(masked));
	crc = ~crc32_more(crc, bth + sizeof(masked), len - sizeof(masked));
	at[0] = (uint8_t)crc;
	at[1] = (uint8_t)(crc >> 8);
	at[2] = (uint8_t)(crc >> 16);
	at[3] = (uint8_t)(crc >> 24);
}

static void send_v2(struct roce *r, enum side from, const uint8_t *ib, size_t len)
{
	struct {
		uint8_t ip[CAP_IP4_LEN];
		struct udphdr udp;
	} __attribute__((packed)) net;
	uint8_t packet[CAP_PAYLOAD_MAX];
	size_t total = sizeof(net.udp) + len + sizeof(uint32_t);

	cap_ip4_header(from, IPPROTO_UDP, total, net.ip);
	net.udp = (struct udphdr){ .uh_sport = htons((uint16_t)(SOURCE_PORT + (r->qpn[0] & 0xfff))),
				   .uh_dport = htons(ROCE_PORT),
				   .uh_ulen = htons((uint16_t)total) };
	memcpy(packet, &net.udp, sizeof(net.udp));
	memcpy(packet + sizeof(net.udp), ib, len);
	net.ip[1] = 0xff;		/* type of service */
	net.ip[8] = 0xff;		/* time to live */
	net.ip[10] = net.ip[11] = 0xff; /* checksum */
	net.udp.uh_sum = 0xffff;
	put_icrc(packet + sizeof(net.udp) + len, &net, sizeof(net), ib, len);
	cap_ip(r->cap, from, false, IPPROTO_UDP, packet, total);
}

static void send_v1(struct roce *r, enum side from, const uint8_t *ib, size_t len)
{
	struct grh grh = { .version_class_flow = { 0x60 }, .next = GRH_NEXT_BTH, .hop_limit = 64 };
	uint8_t packet[CAP_PAYLOAD_MAX];

	smcw_put16(grh.length, (__u16)(len + sizeof(uint32_t)));
	memcpy(grh.sgid, hosts[from].ip6, sizeof(grh.sgid));
	memcpy(grh.dgid, hosts[other(from)].ip6, sizeof(grh.dgid));
	memcpy(packet, &grh, sizeof(grh));
	memcpy(packet + sizeof(grh), ib, len);
	smcw_put32(grh.version_class_flow, 0x6fffffff);
	grh.hop_limit = 0xff;
	put_icrc(packet + sizeof(grh) + len, &grh, sizeof(grh), ib, len);
	cap_ether(r->cap, from, ROCE_ETHERTYPE, packet, sizeof(grh) + len + sizeof(uint32_t));
}

/*
 * As an exported PDU, since readers lack a link type of InfiniBand. Both CRCs are
 * left 0: nobody who reads a file computes them.
 */
static void send_lrh(struct roce *r, enum side from, const uint8_t *ib, size_t len)
{
	struct lrh lrh = { .next = LRH_BTH };
	uint8_t packet[CAP_PAYLOAD_MAX] = { 0 };
	size_t total = sizeof(lrh) + len + sizeof(uint32_t) + sizeof(uint16_t);

	smcw_put16(lrh.dlid, (__u16)(FIRST_LID + other(from)));
	smcw_put16(lrh.slid, (__u16)(FIRST_LID + from));
	smcw_put16(lrh.words, (__u16)((total - sizeof(uint16_t)) / 4));
	memcpy(packet, &lrh, sizeof(lrh));
	memcpy(packet + sizeof(lrh), ib, len);
	pdu_put(r->cap, "infiniband", NULL, 0, packet, total);
}

static void packet(struct roce *r, enum side from, enum opcode opcode, uint32_t psn,
		   const void *ext, size_t ext_len, const void *data, size_t len)
{
	uint8_t ib[CAP_PAYLOAD_MAX] = { 0 };
	uint8_t pad = (uint8_t)(-len & 3);
	struct bth bth = { .opcode = opcode };

	bth.flags = (uint8_t)(0x40 | pad << 4);
	smcw_put16(bth.pkey, PKEY_DEFAULT);
	smcw_put24(bth.qpn, r->qpn[other(from)]);
	smcw_put24(bth.psn, psn);
	bth.ack_request = opcode == SEND_ONLY || opcode == WRITE_ONLY ? 0x80 : 0;
	memcpy(ib, &bth, sizeof(bth));
	if (ext_len)
		memcpy(ib + sizeof(bth), ext, ext_len);
	if (len)
		memcpy(ib + sizeof(bth) + ext_len, data, len);
	if (r->lrh)
		send_lrh(r, from, ib, sizeof(bth) + ext_len + len + pad);
	else if (r->v1)
		send_v1(r, from, ib, sizeof(bth) + ext_len + len + pad);
	else
		send_v2(r, from, ib, sizeof(bth) + ext_len + len + pad);
}

static void ack(struct roce *r, enum side from, uint32_t psn)
{
	struct aeth aeth = { .syndrome = AETH_ACK };

	smcw_put24(aeth.msn, psn);
	packet(r, from, ACKNOWLEDGE, psn, &aeth, sizeof(aeth), NULL, 0);
}

static uint32_t next_psn(struct roce *r, enum side from)
{
	uint32_t psn = r->psn[from];

	r->psn[from] = (psn + 1) & PSN_MASK;
	return psn;
}

/* A message in packets; the opcodes are in the order of enum opcode from @first. */
static void message(struct roce *r, enum side from, enum opcode first, const void *ext,
		    size_t ext_len, const uint8_t *data, size_t len, size_t mtu)
{
	enum opcode only = first == SEND_FIRST ? SEND_ONLY : WRITE_ONLY;
	uint32_t psn = 0;
	size_t at, now;

	for (at = 0; at < len || !at; at += now) {
		enum opcode opcode = only;

		now = len - at < mtu ? len - at : mtu;
		if (len > mtu)
			opcode = first + (at == 0 ? 0 : at + now < len ? 1 : 2);
		psn = next_psn(r, from);
		packet(r, from, opcode, psn, ext, at ? 0 : ext_len, data + at, now);
		if (!len)
			break;
	}
	ack(r, other(from), psn);
}

void roce_send(struct roce *r, enum side from, const void *data, size_t len)
{
	message(r, from, SEND_FIRST, NULL, 0, data, len, len ? len : 1);
}

void roce_send_cut(struct roce *r, enum side from, const void *data, size_t len, size_t mtu)
{
	message(r, from, SEND_FIRST, NULL, 0, data, len, mtu);
}

void roce_write(struct roce *r, enum side from, uint32_t rkey, uint64_t vaddr, const void *data,
		size_t len, size_t mtu)
{
	struct reth reth;

	smcw_put64(reth.vaddr, vaddr);
	smcw_put32(reth.rkey, rkey);
	smcw_put32(reth.length, (__u32)len);
	message(r, from, WRITE_FIRST, &reth, sizeof(reth), data, len, mtu);
}
