// SPDX-License-Identifier: GPL-2.0-or-later
/* See packet.h. */
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include "smc_roce.h"

/* See https://www.tcpdump.org/linktypes.html; values as libpcap's pcap_datalink() gives them. */
enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 12, LINK_SLL = 113, LINK_SLL2 = 276 };

/* Tunnels, from the outside in: no deeper than this. */
enum { TUNNELS_MAX = 4 };

/* IANA: UDP ports; protocols of GRE (RFC 2784, draft-foschiano-erspan), Ethernet types of MPLS. */
enum {
	PORT_VXLAN = 4789,
	PORT_GENEVE = 6081,
	TYPE_TEB = 0x6558,
	TYPE_ERSPAN = 0x88be,
	TYPE_ERSPAN3 = 0x22eb,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_MULTICAST = 0x8848
};
enum {
	VXLAN_LEN = 8,
	GENEVE_LEN = 8,
	GRE_LEN = 4,
	LABEL_LEN = 4,
	ERSPAN2_LEN = 8,
	ERSPAN3_LEN = 12,
	ERSPAN3_MORE = 8
};
enum { GRE_CHECKSUM = 0x8000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_VERSION = 7 };

enum { SLL_LEN = 16, SLL2_LEN = 20, VLAN_LEN = 4, IP6_OPTIONS_MAX = 8 };

struct bytes {
	const __u8 *at;
	size_t len;
};

/* The first @n bytes, which are taken off; NULL when there are fewer. */
static const void *packet_take(struct bytes *b, size_t n)
{
	const __u8 *at = b->at;

	if (n > b->len)
		return NULL;
	b->at += n;
	b->len -= n;
	return at;
}

static unsigned int packet_be16(const __u8 *at)
{
	return (unsigned int)(at[0] << 8 | at[1]);
}

static int ethernet_type(struct bytes *b)
{
	const __u8 *head = packet_take(b, sizeof(struct ether_header));
	unsigned int type;

	if (!head)
		return -ENOENT;
	type = packet_be16(head + 2 * ETH_ALEN);
	while (type == ETHERTYPE_VLAN || type == 0x88a8 /* 802.1ad */) {
		head = packet_take(b, VLAN_LEN);
		if (!head)
			return -ENOENT;
		type = packet_be16(head + 2);
	}
	return (int)type;
}

/* The Ethernet type after the link layer's header. */
static int link_type(int link, struct bytes *b)
{
	const __u8 *head;

	switch (link) {
	case LINK_ETHERNET:
		return ethernet_type(b);
	case LINK_SLL:
		head = packet_take(b, SLL_LEN);
		return head ? (int)packet_be16(head + SLL_LEN - 2) : -ENOENT;
	case LINK_SLL2:
		head = packet_take(b, SLL2_LEN);
		return head ? (int)packet_be16(head) : -ENOENT;
	case LINK_NULL:
		packet_take(b, 4);
		break;
	case LINK_RAW:
		break;
	default:
		return -ENOENT;
	}
	if (!b->len)
		return -ENOENT;
	return *b->at >> 4 == 4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
}

static void map_ipv4(__u8 *to, const void *from)
{
	memset(to, 0, 10);
	memset(to + 10, 0xff, 2);
	memcpy(to + 12, from, 4);
}

/* The padding of Ethernet is cut off. Return: the protocol inside. */
static int packet_parse_ipv4(struct bytes *b, struct packet *p)
{
	struct iphdr ip;
	const void *head = packet_take(b, sizeof(ip));
	size_t options, total;

	if (!head)
		return -ENOENT;
	memcpy(&ip, head, sizeof(ip));
	options = ip.ihl * 4u;
	total = ntohs(ip.tot_len);
	if (ip.version != 4 || options < sizeof(ip) || !packet_take(b, options - sizeof(ip)))
		return -ENOENT;
	if (ntohs(ip.frag_off) & 0x1fff) /* no first fragment */
		return -ENOENT;
	p->cut |= total >= options && total - options > b->len;
	if (total >= options && total - options < b->len)
		b->len = total - options;
	map_ipv4(p->from.address, &ip.saddr);
	map_ipv4(p->to.address, &ip.daddr);
	return ip.protocol;
}

static int skip_ipv6_options(struct bytes *b, __u8 next)
{
	for (int i = 0; i < IP6_OPTIONS_MAX; i++) {
		const __u8 *head;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
			return next;
		head = b->len >= 8 ? b->at : NULL;
		if (!head || !packet_take(b, (head[1] + 1u) * 8))
			return -ENOENT;
		next = head[0];
	}
	return -ENOENT;
}

static int parse_ipv6(struct bytes *b, struct packet *p)
{
	struct ip6_hdr ip;
	const void *head = packet_take(b, sizeof(ip));

	if (!head)
		return -ENOENT;
	memcpy(&ip, head, sizeof(ip));
	p->cut |= ntohs(ip.ip6_plen) > b->len;
	if (ntohs(ip.ip6_plen) && ntohs(ip.ip6_plen) < b->len)
		b->len = ntohs(ip.ip6_plen);
	memcpy(p->from.address, &ip.ip6_src, sizeof(p->from.address));
	memcpy(p->to.address, &ip.ip6_dst, sizeof(p->to.address));
	return skip_ipv6_options(b, ip.ip6_nxt);
}

static int parse_tcp(struct bytes *b, struct packet *p)
{
	struct tcphdr tcp;
	const void *head = packet_take(b, sizeof(tcp));

	if (!head)
		return -ENOENT;
	memcpy(&tcp, head, sizeof(tcp));
	if (tcp.doff * 4u < sizeof(tcp))
		return -ENOENT;
	p->options_len = tcp.doff * 4u - sizeof(tcp);
	p->options = packet_take(b, p->options_len);
	if (!p->options)
		return -ENOENT;
	p->kind = PACKET_TCP;
	p->from.port = ntohs(tcp.source);
	p->to.port = ntohs(tcp.dest);
	p->seq = ntohl(tcp.seq);
	p->syn = tcp.syn;
	p->ack = tcp.ack;
	p->fin = tcp.fin;
	p->rst = tcp.rst;
	p->payload = b->at;
	p->len = b->len;
	return 0;
}

static int parse_inner(int type, struct bytes *b, struct packet *p, unsigned int depth);

static int parse_frame(struct bytes *b, struct packet *p, unsigned int depth)
{
	return parse_inner(ethernet_type(b), b, p, depth);
}

/* RFC 7348: a VNI, and a frame. */
static int parse_vxlan(struct bytes *b, struct packet *p, unsigned int depth)
{
	return packet_take(b, VXLAN_LEN) ? parse_frame(b, p, depth) : -ENOENT;
}

/* RFC 8926: options, and what an Ethernet type says. */
static int parse_geneve(struct bytes *b, struct packet *p, unsigned int depth)
{
	const __u8 *head = packet_take(b, GENEVE_LEN);
	int type;

	if (!head || !packet_take(b, (head[0] & 0x3fu) * 4))
		return -ENOENT;
	type = (int)packet_be16(head + 2);
	return type == TYPE_TEB ? parse_frame(b, p, depth) : parse_inner(type, b, p, depth);
}

/* Type II has a sequence number in GRE and a header of its own, type I neither. */
static int parse_erspan(int type, unsigned int flags, struct bytes *b, struct packet *p,
			unsigned int depth)
{
	const __u8 *head = NULL;

	if (type == TYPE_ERSPAN && flags & GRE_SEQUENCE && !packet_take(b, ERSPAN2_LEN))
		return -ENOENT;
	if (type == TYPE_ERSPAN3) {
		head = packet_take(b, ERSPAN3_LEN);
		if (!head || (head[ERSPAN3_LEN - 1] & 1 && !packet_take(b, ERSPAN3_MORE)))
			return -ENOENT;
	}
	return parse_frame(b, p, depth);
}

static int parse_gre(struct bytes *b, struct packet *p, unsigned int depth)
{
	const __u8 *head = packet_take(b, GRE_LEN);
	unsigned int flags = head ? packet_be16(head) : GRE_VERSION;
	size_t more = 0;
	int type;

	if (flags & GRE_VERSION)
		return -ENOENT;
	type = (int)packet_be16(head + 2);
	for (unsigned int bit = GRE_CHECKSUM; bit >= GRE_SEQUENCE; bit >>= 1)
		more += flags & bit && bit != 0x4000 ? 4 : 0;
	if (!packet_take(b, more))
		return -ENOENT;
	if (type == TYPE_ERSPAN || type == TYPE_ERSPAN3)
		return parse_erspan(type, flags, b, p, depth);
	return type == TYPE_TEB ? parse_frame(b, p, depth) : parse_inner(type, b, p, depth);
}

/* RFC 3032: labels do not say what is below them; the first four bits do, and 0 is a control word
 * before a frame (RFC 4385).
 */
static int parse_mpls(struct bytes *b, struct packet *p, unsigned int depth)
{
	const __u8 *label;

	do {
		label = packet_take(b, LABEL_LEN);
		if (!label)
			return -ENOENT;
	} while (!(label[2] & 1));
	if (!b->len)
		return -ENOENT;
	switch (*b->at >> 4) {
	case 4:
		return parse_inner(ETHERTYPE_IP, b, p, depth);
	case 6:
		return parse_inner(ETHERTYPE_IPV6, b, p, depth);
	case 0:
		return packet_take(b, LABEL_LEN) ? parse_frame(b, p, depth) : -ENOENT;
	default:
		return parse_frame(b, p, depth);
	}
}

static int parse_udp(struct bytes *b, struct packet *p, unsigned int depth)
{
	struct udphdr udp;
	const void *head = packet_take(b, sizeof(udp));

	if (!head)
		return -ENOENT;
	memcpy(&udp, head, sizeof(udp));
	if (ntohs(udp.dest) == PORT_VXLAN)
		return parse_vxlan(b, p, depth);
	if (ntohs(udp.dest) == PORT_GENEVE)
		return parse_geneve(b, p, depth);
	if (ntohs(udp.dest) != SMCW_ROCE_PORT)
		return -ENOENT;
	p->kind = PACKET_ROCE;
	p->from.port = ntohs(udp.source);
	p->to.port = ntohs(udp.dest);
	p->payload = b->at;
	p->len = b->len;
	return 0;
}

/* Follow an Ethernet type, inside of @depth tunnels. */
static int parse_inner(int type, struct bytes *b, struct packet *p, unsigned int depth)
{
	int protocol = -ENOENT;

	if (depth > TUNNELS_MAX)
		return -ENOENT;
	if (type == TYPE_MPLS || type == TYPE_MPLS_MULTICAST)
		return parse_mpls(b, p, depth + 1);
	if (type == ETHERTYPE_IP)
		protocol = packet_parse_ipv4(b, p);
	else if (type == ETHERTYPE_IPV6)
		protocol = parse_ipv6(b, p);
	switch (protocol) {
	case IPPROTO_TCP:
		return parse_tcp(b, p);
	case IPPROTO_UDP:
		return parse_udp(b, p, depth + 1);
	case IPPROTO_GRE:
		return parse_gre(b, p, depth + 1);
	case IPPROTO_IPIP:
		return parse_inner(ETHERTYPE_IP, b, p, depth + 1);
	case IPPROTO_IPV6:
		return parse_inner(ETHERTYPE_IPV6, b, p, depth + 1);
	default:
		return -ENOENT;
	}
}

int packet_parse(int link, const __u8 *bytes, size_t len, struct packet *p)
{
	struct bytes b = { bytes, len };

	*p = (struct packet){ 0 };
	return parse_inner(link_type(link, &b), &b, p, 0);
}

const __u8 *packet_option(const struct packet *p, __u8 kind, size_t *len)
{
	struct bytes b = { p->options, p->options_len };

	while (b.len && *b.at != TCPOPT_EOL) {
		if (*b.at == TCPOPT_NOP) {
			packet_take(&b, 1);
			continue;
		}
		*len = b.len > 1 ? b.at[1] : 0;
		if (*len < 2 || *len > b.len)
			return NULL;
		if (*b.at == kind)
			return b.at;
		packet_take(&b, *len);
	}
	return NULL;
}

bool packet_end_equal(const struct packet_end *a, const struct packet_end *b)
{
	return a->port == b->port && !memcmp(a->address, b->address, sizeof(a->address));
}
