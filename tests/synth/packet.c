// SPDX-License-Identifier: GPL-2.0-or-later
/* See packet.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#include "packet.h"

#define STEP_US 100
#define HOP_LIMIT 64
#define VLAN_LEN 4 /* 802.1Q: tag, then the type of what follows */

const struct host hosts[2] = {
	[CLIENT] = { { 0x02, 0, 0, 0, 0, 0x01 },
		     { 192, 0, 2, 1 },
		     { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x01 } },
	[SERVER] = { { 0x02, 0, 0, 0, 0, 0x02 },
		     { 192, 0, 2, 2 },
		     { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x02 } },
};

int cap_open(struct cap *cap, int link_type, const char *path)
{
	*cap = (struct cap){ .now = { .tv_sec = 1700000000 } };
	cap->pcap = pcap_open_dead(link_type, 65535);
	if (!cap->pcap)
		return -EIO;
	cap->dump = pcap_dump_open(cap->pcap, path);
	if (!cap->dump) {
		pcap_close(cap->pcap);
		return -EIO;
	}
	return 0;
}

int cap_close(struct cap *cap)
{
	int rc = pcap_dump_flush(cap->dump) ? -EIO : 0;

	pcap_dump_close(cap->dump);
	pcap_close(cap->pcap);
	return rc;
}

static uint32_t sum16(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *b = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(b[i] << 8 | b[i + 1]);
	if (len & 1)
		sum += (uint32_t)b[len - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

uint16_t cap_checksum(enum side from, bool v6, uint8_t proto, const void *data, size_t len)
{
	const struct host *src = &hosts[from], *dst = &hosts[other(from)];
	uint32_t sum = proto + (uint32_t)len;

	if (v6)
		sum = sum16(dst->ip6, sizeof(dst->ip6), sum16(src->ip6, sizeof(src->ip6), sum));
	else
		sum = sum16(dst->ip4, sizeof(dst->ip4), sum16(src->ip4, sizeof(src->ip4), sum));
	return fold(sum16(data, len, sum));
}

void cap_raw(struct cap *cap, const void *data, size_t len)
{
	struct pcap_pkthdr hdr = { .ts = cap->now, .len = (bpf_u_int32)len };

	hdr.caplen = cap->snap && cap->snap < hdr.len ? (bpf_u_int32)cap->snap : hdr.len;
	pcap_dump((u_char *)cap->dump, &hdr, data);
	cap->bytes += hdr.caplen + sizeof(uint32_t) * 4;
	cap->now.tv_usec += STEP_US;
	if (cap->now.tv_usec >= 1000000) {
		cap->now.tv_usec -= 1000000;
		cap->now.tv_sec++;
	}
}

void cap_ether(struct cap *cap, enum side from, uint16_t type, const void *data, size_t len)
{
	struct {
		struct ether_header eth;
		uint8_t payload[CAP_PAYLOAD_MAX + VLAN_LEN];
	} __attribute__((packed)) frame;
	size_t tag = cap->vlan ? VLAN_LEN : 0;

	memcpy(frame.eth.ether_dhost, hosts[other(from)].mac, ETH_ALEN);
	memcpy(frame.eth.ether_shost, hosts[from].mac, ETH_ALEN);
	frame.eth.ether_type = htons(cap->vlan ? ETHERTYPE_VLAN : type);
	if (cap->vlan) {
		frame.payload[0] = (uint8_t)(cap->vlan >> 8);
		frame.payload[1] = (uint8_t)cap->vlan;
		frame.payload[2] = (uint8_t)(type >> 8);
		frame.payload[3] = (uint8_t)type;
	}
	memcpy(frame.payload + tag, data, len);
	cap_raw(cap, &frame, sizeof(frame.eth) + tag + len);
}

void cap_ip4_header(enum side from, uint8_t proto, size_t len, uint8_t hdr[CAP_IP4_LEN])
{
	struct iphdr ip = {
		.version = 4, .ihl = sizeof(ip) / 4, .ttl = HOP_LIMIT, .protocol = proto
	};

	ip.tot_len = htons((uint16_t)(sizeof(ip) + len));
	ip.frag_off = htons(IP_DF);
	memcpy(&ip.saddr, hosts[from].ip4, sizeof(ip.saddr));
	memcpy(&ip.daddr, hosts[other(from)].ip4, sizeof(ip.daddr));
	ip.check = fold(sum16(&ip, sizeof(ip), 0));
	memcpy(hdr, &ip, sizeof(ip));
}

static void cap_ip6(struct cap *cap, enum side from, uint8_t proto, const void *data, size_t len)
{
	uint8_t packet[CAP_PAYLOAD_MAX];
	struct ip6_hdr ip = { .ip6_hlim = HOP_LIMIT };

	ip.ip6_nxt = proto;
	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_plen = htons((uint16_t)len);
	memcpy(&ip.ip6_src, hosts[from].ip6, sizeof(ip.ip6_src));
	memcpy(&ip.ip6_dst, hosts[other(from)].ip6, sizeof(ip.ip6_dst));
	memcpy(packet, &ip, sizeof(ip));
	memcpy(packet + sizeof(ip), data, len);
	cap_ether(cap, from, ETHERTYPE_IPV6, packet, sizeof(ip) + len);
}

void cap_ip(struct cap *cap, enum side from, bool v6, uint8_t proto, const void *data, size_t len)
{
	uint8_t packet[CAP_PAYLOAD_MAX];

	if (v6) {
		cap_ip6(cap, from, proto, data, len);
		return;
	}
	cap_ip4_header(from, proto, len, packet);
	memcpy(packet + CAP_IP4_LEN, data, len);
	cap_ether(cap, from, ETHERTYPE_IP, packet, CAP_IP4_LEN + len);
}
