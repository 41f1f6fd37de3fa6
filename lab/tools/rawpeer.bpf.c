// SPDX-License-Identifier: GPL-2.0
/*
 * smc-rawpeer: puts a TCP option into the SYN or SYN-ACK of every socket of its cgroup, and keeps
 * the SMC option of the peer in the socket's storage.
 */
#include <linux/bpf.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "rawpeer_option.h"
#include "smc_wire.h"

char LICENSE[] SEC("license") = "GPL";

/* Set before the program is loaded; without .len nothing is added. */
const volatile struct rawpeer_option wanted;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct rawpeer_option);
} peer_option SEC(".maps");

static int want_write(struct bpf_sock_ops *ops)
{
	if (wanted.len)
		bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags |
						       BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
	return 1;
}

/* skb_tcp_flags is the header's byte of flags; the uapi mask is for its 32-bit word. */
static int is_syn(const struct bpf_sock_ops *ops)
{
	return ops->skb_tcp_flags & (bpf_ntohl(TCP_FLAG_SYN) >> 16);
}

/* A search buffer as large as any option: a smaller one fails where it should find. */
static void keep_peer_option(struct bpf_sock_ops *ops, __u64 flags)
{
	const struct smcw_tcp_option smc = {
		.kind = SMCW_TCPOPT_EXP,
		.length = sizeof(smc),
		.magic = bpf_htonl(SMCW_EYE_SMCR),
	};
	struct rawpeer_option *seen;
	struct bpf_sock *sk = ops->sk;
	__u8 found[OPTION_MAX] = {};
	long len;

	__builtin_memcpy(found, &smc, sizeof(smc));
	len = bpf_load_hdr_opt(ops, found, sizeof(found), flags);
	if (len <= 0 || !sk)
		return;
	seen = bpf_sk_storage_get(&peer_option, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!seen)
		return;
	seen->len = len;
	__builtin_memcpy(seen->bytes, found, sizeof(found));
}

/* Only the handshake carries the option: no need to be asked for every segment after it. */
static int rawpeer_established(struct bpf_sock_ops *ops, __u64 flags)
{
	keep_peer_option(ops, flags);
	bpf_sock_ops_cb_flags_set(ops,
				  ops->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
	return 1;
}

SEC("sockops")
int rawpeer(struct bpf_sock_ops *ops)
{
	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		return want_write(ops);
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		if (wanted.len && is_syn(ops))
			bpf_reserve_hdr_opt(ops, wanted.len, 0);
		return 1;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB:
		if (wanted.len && is_syn(ops))
			bpf_store_hdr_opt(ops, (const void *)wanted.bytes, wanted.len, 0);
		return 1;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		return rawpeer_established(ops, 0);
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		return rawpeer_established(ops, BPF_LOAD_HDR_OPT_TCP_SYN);
	}
	return 1;
}
