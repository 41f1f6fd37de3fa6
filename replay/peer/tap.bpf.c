// SPDX-License-Identifier: GPL-2.0
/*
 * Puts a TCP option into the SYN or SYN-ACK of the local ports that user space
 * has named, and keeps what the peer's has. All other sockets are left alone:
 * the stack under test may well be on this host.
 *
 * The port is the key, since a SYN-ACK is written for a request that has no
 * socket of its own yet.
 */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "smc_wire.h"
#include "tap_option.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TAP_PORTS_MAX);
	__type(key, __u32); /* local port, host order */
	__type(value, struct tap_option);
} wanted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tap_option);
} peer SEC(".maps");

/* Several of these programs may be attached, one for each network namespace that is tested. */
const volatile __u64 netns = 0;

static struct tap_option *option_of(struct bpf_sock_ops *ops)
{
	__u32 port = ops->local_port;

	if (bpf_get_netns_cookie(ops) != netns)
		return NULL;
	return bpf_map_lookup_elem(&wanted, &port);
}

static void ask_for_headers(struct bpf_sock_ops *ops, int on)
{
	__u32 flags = ops->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG;

	bpf_sock_ops_cb_flags_set(ops, on ? flags | BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG : flags);
}

/* skb_tcp_flags is the header's byte of flags; the uapi mask is for its 32-bit word. */
static int is_syn(const struct bpf_sock_ops *ops)
{
	return ops->skb_tcp_flags & (bpf_ntohl(TCP_FLAG_SYN) >> 16);
}

/* With room for any option: a buffer that is too small counts as not found. */
static void keep_peer(struct bpf_sock_ops *ops, __u64 flags)
{
	const struct smcw_tcp_option smc = {
		.kind = SMCW_TCPOPT_EXP,
		.length = sizeof(smc),
		.magic = bpf_htonl(SMCW_EYE_SMCR),
	};
	__u8 found[TAP_OPTION_MAX] = {};
	struct bpf_sock *sk = ops->sk;
	struct tap_option *to;
	long len;

	__builtin_memcpy(found, &smc, sizeof(smc));
	len = bpf_load_hdr_opt(ops, found, sizeof(found), flags);
	if (len <= 0 || !sk)
		return;
	to = bpf_sk_storage_get(&peer, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!to)
		return;
	to->len = len;
	__builtin_memcpy(to->bytes, found, sizeof(found));
}

/*
 * The length less 1, so that one comparison bounds it on both sides: 6.1's
 * verifier learns nothing from a comparison with 0.
 */
static void tap_write_option(struct bpf_sock_ops *ops, const struct tap_option *option)
{
	__u64 less = (__u64)option->len - 1;

	asm volatile("" : "+r"(less)); /* clang would compare another register */
	if (less >= TAP_OPTION_MAX)
		return;
	bpf_store_hdr_opt(ops, option->bytes, less + 1, 0);
}

SEC("sockops")
int tap(struct bpf_sock_ops *ops)
{
	struct tap_option *option = option_of(ops);

	if (!option)
		return 1;
	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		ask_for_headers(ops, 1);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		if (option->len && is_syn(ops))
			bpf_reserve_hdr_opt(ops, option->len, 0);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB:
		if (is_syn(ops))
			tap_write_option(ops, option);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		keep_peer(ops, 0);
		ask_for_headers(ops, 0);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		keep_peer(ops, BPF_LOAD_HDR_OPT_TCP_SYN);
		ask_for_headers(ops, 0);
		break;
	}
	return 1;
}
