// SPDX-License-Identifier: GPL-2.0
/* The SMC option within a TCP header. See option_own.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/tcp.h>

#include "option_own.h"
#include "smc_wire.h"

/* A header is made of words: two bytes of padding before the six of the option. */
#define PADDING 2
#define ADDED (PADDING + (int)sizeof(struct smcw_tcp_option))
#define TCP_HEADER_MAX 60

/* The options of a TCP header, from the one at @at on, up to one for which @is holds; or NULL. */
static const u8 *option_find(const u8 *at, u32 len, bool (*is)(const u8 *option))
{
	const u8 *end = at + len;

	while (at < end && *at != TCPOPT_EOL) {
		if (*at == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return NULL;
		if (is(at))
			return at;
		at += at[1];
	}
	return NULL;
}

static bool option_is_smc(const u8 *option)
{
	const struct smcw_tcp_option *smc = (const struct smcw_tcp_option *)option;

	return smc->kind == SMCW_TCPOPT_EXP && smc->length == sizeof(*smc) &&
	       smc->magic == cpu_to_be32(SMCW_EYE_SMCR);
}

/* Fast open: its SYN-ACK is made when the connection is there already, too late to take part in it.
 */
static bool option_forbids(const u8 *option)
{
	switch (option[0]) {
	case TCPOPT_MD5SIG:
	case TCPOPT_AO:
	case TCPOPT_FASTOPEN:
		return true;
	case TCPOPT_EXP:
		return option[1] >= TCPOLEN_EXP_FASTOPEN_BASE &&
		       get_unaligned_be16(option + 2) == TCPOPT_FASTOPEN_MAGIC;
	default:
		return false;
	}
}

bool smcx_option_in(const u8 *options, u32 len)
{
	return option_find(options, len, option_is_smc);
}

bool smcx_option_in_packet(const struct sk_buff *skb)
{
	return smcx_option_in((const u8 *)(tcp_hdr(skb) + 1),
			      tcp_hdrlen(skb) - sizeof(struct tcphdr));
}

void smcx_option_remove(u8 *options, u32 len)
{
	const u8 *option = option_find(options, len, option_is_smc);

	if (option)
		memset(options + (option - options), TCPOPT_NOP, sizeof(struct smcw_tcp_option));
}

int smcx_option_remove_from_packet(struct sk_buff *skb)
{
	int err = skb_ensure_writable(skb, skb_transport_offset(skb) + tcp_hdrlen(skb));

	if (!err)
		smcx_option_remove((u8 *)(tcp_hdr(skb) + 1),
				   tcp_hdrlen(skb) - sizeof(struct tcphdr));
	return err;
}

/* May it be added? 1: it is there. */
static int option_check(const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);

	if (skb_network_offset(skb) || skb->ip_summed != CHECKSUM_PARTIAL ||
	    tcp_hdrlen(skb) < sizeof(*th))
		return -EOPNOTSUPP;
	if (skb->len != skb_transport_offset(skb) + tcp_hdrlen(skb) || skb_is_nonlinear(skb))
		return -EMSGSIZE;
	/* A BPF program may have been faster. */
	if (smcx_option_in_packet(skb))
		return 1;
	if (tcp_hdrlen(skb) + ADDED > TCP_HEADER_MAX)
		return -EMSGSIZE;
	if (option_find((const u8 *)(th + 1), tcp_hdrlen(skb) - sizeof(*th), option_forbids))
		return -EEXIST;
	return 0;
}

/* IP's own header; its length counts, too. */
static void option_correct_ip(struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4) {
		struct iphdr *iph = ip_hdr(skb);
		__be16 len = htons(ntohs(iph->tot_len) + ADDED);

		csum_replace2(&iph->check, iph->tot_len, len);
		iph->tot_len = len;
	} else {
		be16_add_cpu(&ipv6_hdr(skb)->payload_len, ADDED);
	}
}

/* The device sums the header up; the pseudo header is in it already, with the length. */
static void option_correct_tcp(struct sk_buff *skb)
{
	u16 len = tcp_hdrlen(skb);

	skb->csum_start = skb_transport_header(skb) - skb->head;
	inet_proto_csum_replace2(&tcp_hdr(skb)->check, skb, htons(len - ADDED), htons(len), true);
}

int smcx_option_put(struct sk_buff *skb)
{
	int transport = skb_transport_offset(skb), len = skb->len, err = option_check(skb);
	struct smcw_tcp_option *option;

	if (err)
		return min(err, 0);
	/*
	 * The headers move to the front: before them the packet is its own, while what is after
	 * them it may share with the copy that TCP keeps.
	 */
	err = skb_cow_head(skb, ADDED);
	if (err)
		return err;
	skb_push(skb, ADDED);
	memmove(skb->data, skb->data + ADDED, len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, transport);

	memset(skb->data + len, TCPOPT_NOP, PADDING);
	option = (struct smcw_tcp_option *)(skb->data + len + PADDING);
	option->kind = SMCW_TCPOPT_EXP;
	option->length = sizeof(*option);
	option->magic = cpu_to_be32(SMCW_EYE_SMCR);
	tcp_hdr(skb)->doff += ADDED / 4;
	option_correct_ip(skb);
	option_correct_tcp(skb);
	return 0;
}
