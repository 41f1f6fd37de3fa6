// SPDX-License-Identifier: GPL-2.0
/*
 * The means that is often proposed in place of SMC within a host: bytes that one TCP socket of this
 * host sends go right into the receive queue of the other one. Sockets are found by the ports of
 * their ends; IPv4 only.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct ends {
	__u32 local_port, peer_port;
	__u32 local, peer;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 65536);
	__type(key, struct ends);
	__type(value, __u64);
} sockets SEC(".maps");

__u64 joined, redirected;

SEC("sockops")
int remember(struct bpf_sock_ops *ops)
{
	struct ends ends = { ops->local_port, bpf_ntohl(ops->remote_port), ops->local_ip4,
			     ops->remote_ip4 };

	if (ops->family != 2)
		return 1;
	if (ops->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB &&
	    ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		return 1;
	if (!bpf_sock_hash_update(ops, &sockets, &ends, BPF_ANY))
		__sync_fetch_and_add(&joined, 1);
	return 1;
}

SEC("sk_msg")
int redirect(struct sk_msg_md *msg)
{
	struct ends other = { bpf_ntohl(msg->remote_port), msg->local_port, msg->remote_ip4,
			      msg->local_ip4 };

	if (msg->family != 2)
		return SK_PASS;
	__sync_fetch_and_add(&redirected, 1);
	bpf_msg_redirect_hash(msg, &sockets, &other, BPF_F_INGRESS);
	return SK_PASS;
}
