/* SPDX-License-Identifier: GPL-2.0 */
/* A packet, as option_bytes.c sees one. */
#ifndef SMCKIT_TESTS_SHIM_NET_H
#define SMCKIT_TESTS_SHIM_NET_H

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>

#include "shim.h"

#define TCPOPT_EOL 0
#define TCPOPT_NOP 1
#define TCPOPT_MD5SIG 19
#define TCPOPT_AO 29
#define TCPOPT_FASTOPEN 34
#define TCPOPT_EXP 254
#define TCPOPT_FASTOPEN_MAGIC 0xf989
#define TCPOLEN_EXP_FASTOPEN_BASE 4

#define CHECKSUM_NONE 0
#define CHECKSUM_PARTIAL 3
#define CHECKSUM_OFFSET 16 /* in TCP's header */

#define cpu_to_be32(n) htonl(n)

struct ipv6hdr {
	u32 flow;
	u16 payload_len;
	u8 nexthdr, hop_limit;
	struct in6_addr saddr, daddr;
};

struct sk_buff {
	u8 *head, *data, *end;
	u32 len;
	u16 network_header, transport_header; /* from head on */
	u16 csum_start, csum_offset;
	u8 ip_summed;
	bool nonlinear, no_memory;
};

static inline int skb_network_offset(const struct sk_buff *skb)
{
	return (int)(skb->head + skb->network_header - skb->data);
}

static inline int skb_transport_offset(const struct sk_buff *skb)
{
	return (int)(skb->head + skb->transport_header - skb->data);
}

static inline u8 *skb_transport_header(const struct sk_buff *skb)
{
	return skb->head + skb->transport_header;
}

static inline void skb_reset_network_header(struct sk_buff *skb)
{
	skb->network_header = (u16)(skb->data - skb->head);
}

static inline void skb_set_transport_header(struct sk_buff *skb, int offset)
{
	skb->transport_header = (u16)(skb->data + offset - skb->head);
}

static inline bool skb_is_nonlinear(const struct sk_buff *skb)
{
	return skb->nonlinear;
}

static inline int skb_ensure_writable(struct sk_buff *skb, unsigned int len)
{
	return skb->no_memory || len > skb->len ? -ENOMEM : 0;
}

static inline int skb_cow_head(struct sk_buff *skb, unsigned int headroom)
{
	return skb->no_memory || skb->data - skb->head < (long)headroom ? -ENOMEM : 0;
}

static inline void skb_push(struct sk_buff *skb, u32 len)
{
	skb->data -= len;
	skb->len += len;
}

static inline struct tcphdr *tcp_hdr(const struct sk_buff *skb)
{
	return (struct tcphdr *)(void *)skb_transport_header(skb);
}

static inline u32 tcp_hdrlen(const struct sk_buff *skb)
{
	return tcp_hdr(skb)->doff * 4u;
}

static inline struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (struct iphdr *)(void *)(skb->head + skb->network_header);
}

static inline struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (struct ipv6hdr *)(void *)(skb->head + skb->network_header);
}

static inline u16 get_unaligned_be16(const void *at)
{
	const u8 *bytes = at;

	return (u16)(bytes[0] << 8 | bytes[1]);
}

static inline void be16_add_cpu(u16 *at, int n)
{
	*at = htons((u16)(ntohs(*at) + n));
}

/* RFC 1624: HC' = ~(~HC + ~m + m') */
static inline u16 shim_replace(u16 sum, u16 from, u16 to, bool inverted)
{
	u32 n = (u32)(inverted ? (u16)~sum : sum) + (u16)~from + to;

	n = (n & 0xffff) + (n >> 16);
	n = (n & 0xffff) + (n >> 16);
	return (u16)(inverted ? ~n : n);
}

static inline void csum_replace2(u16 *sum, u16 from, u16 to)
{
	*sum = shim_replace(*sum, from, to, true);
}

/* The sum of the pseudo header, while the device has not summed up the rest: kept as it is, not
 * inverted.
 */
static inline void inet_proto_csum_replace2(u16 *sum, struct sk_buff *skb, u16 from, u16 to,
					    bool pseudo)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && pseudo)
		*sum = shim_replace(*sum, from, to, false);
}

#endif
