/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs' knowledge of the kernel: of each struct the members that
 * are read, and nothing of their places, which libbpf finds in the BTF of the
 * running kernel and of its smc module (CO-RE). So no vmlinux.h is needed, and
 * one object fits 6.1 to 7.2. All differences between kernels are here.
 */
#ifndef SMCKIT_TRACER_KERNEL_H
#define SMCKIT_TRACER_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef _Bool bool;

#define AF_INET 2
#define AF_INET6 10
#define AF_SMC 43
#define IPPROTO_SMC 256
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define MSG_PEEK 2

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	long long counter;
} atomic64_t;

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
};

struct sock {
	struct sock_common __sk_common;
	int sk_err;
	__u16 sk_protocol;
};

struct inet_sock {
	__be16 inet_sport;
};

struct tcp_sock {
	__u8 syn_smc : 1;
};

struct socket {
	struct sock *sk;
};

struct file {
	void *private_data;
};

struct kernfs_node {
	__u64 id;
	struct kernfs_node *parent;
};

/* Since 6.15 */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct user_namespace {
	struct user_namespace *parent;
};

/* Two numbers of 32 bits until 6.2, the lower bits first; one of 64 since. */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct cred {
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};

struct task_struct {
	unsigned int flags;
	const struct cred *cred;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
	struct css_set *cgroups;
};

struct bpf_iter__task_file {
	struct task_struct *task;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	void *key;
	void *value;
};

struct kvec {
	void *iov_base;
	unsigned long iov_len;
};

struct iov_iter {
	__u8 iter_type;
	const struct kvec *kvec;
};

struct msghdr {
	struct iov_iter msg_iter;
};

struct tasklet_struct;
struct work_struct {
	atomic64_t data;
};

struct ib_qp {
	__u32 qp_num;
	void *qp_context;
};

struct ib_wc {
	__u32 byte_len;
	struct ib_qp *qp;
};

struct ib_mr {
	__u32 rkey;
};

struct smc_wr_buf {
	__u8 raw[48];
};

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct smc_link_group;

struct smc_link {
	struct ib_qp *roce_qp;
	struct smc_wr_buf *wr_tx_bufs;
	__u8 gid[16];
	__u32 peer_qpn;
	__u8 peer_gid[16];
	__u8 link_id;
	__u8 link_idx;
	__u8 link_uid[4];
	struct smc_link_group *lgr;
	char ibname[64];
};

/* From 6.7 on; before it was a number, of which this is the first half. */
struct smcd_gid {
	__u64 gid;
};

struct smc_link_group {
	struct rb_root conns_all;
	unsigned int conns_num;
	__u8 id[4];
	bool is_smcd;
	__u8 smc_version;
	__u8 negotiated_eid[32];
	__u8 peer_hostname[32];
	struct smcd_gid peer_gid;
	char peer_systemid[8];
	void *wr_rx_buf_v2;
	void *wr_tx_buf_v2;
};

/* 6.1 to 6.6 */
struct smc_link_group___number {
	__u64 peer_gid;
};

struct smc_buf_desc {
	void *cpu_addr;
	int len;
	struct ib_mr *mr[3];
	__u64 token;
};

union smc_host_cursor {
	struct {
		__u16 reserved;
		__u16 wrap;
		__u32 count;
	};
};

struct smc_host_cdc_msg {
	__u32 token;
	union smc_host_cursor prod;
	union smc_host_cursor cons;
};

struct smc_connection {
	struct rb_node alert_node;
	struct smc_link_group *lgr;
	struct smc_link *lnk;
	__u32 alert_token_local;
	int peer_rmbe_size;
	struct smc_buf_desc *sndbuf_desc;
	struct smc_buf_desc *rmb_desc;
	struct smc_host_cdc_msg local_tx_ctrl;
	struct smc_host_cdc_msg local_rx_ctrl;
	struct tasklet_struct_view {
		int unused;
	} rx_tsklet;
	struct work_struct close_work;
	__u8 freed : 1;
	__u64 peer_token;
};

struct smc_sock {
	struct sock sk;
	struct socket *clcsock;
	struct smc_connection conn;
	struct smc_sock *listen_smc;
	bool use_fallback;
	int fallback_rsn;
	__u32 peer_diagnosis;
};

struct smc_init_info {
	__u8 first_contact_local;
};

struct smc_wr_tx_pend_priv;
struct smc_wr_tx_pend {
	__u32 idx;
	struct smc_wr_tx_pend_priv_view {
		int unused;
	} priv;
};

struct smc_cdc_tx_pend {
	struct smc_connection *conn;
};

struct module {
	char name[56];
};

struct module_kobject {
	struct module *mod;
};

#pragma clang attribute pop

/*
 * Since 6.2 memory is read by an instruction in place of a call, which takes ten times as long, if
 * it is said to be a struct of vmlinux: here one that begins with two numbers of 64 bits. What
 * cannot be read is zero.
 */
struct timespec64 {
	long long tv_sec;
	long long tv_nsec;
} __attribute__((preserve_access_index));

#ifndef bpf_core_cast /* libbpf 1.4 declares it, with this macro */
extern void *bpf_rdonly_cast(const void *obj, __u32 type) __ksym __weak;
#endif

const volatile bool can_cast; /* set by user space */

struct words {
	__u64 first, second;
};

static __always_inline struct words read_words(const void *from)
{
	struct words w = { 0 };
	struct timespec64 *cast;

	if (can_cast) {
		cast = bpf_rdonly_cast(from, bpf_core_type_id_kernel(struct timespec64));
		w.first = cast->tv_sec;
		w.second = cast->tv_nsec;
	} else {
		bpf_probe_read_kernel(&w, sizeof(w), from);
	}
	return w;
}

static __always_inline __u64 read_word(const void *from)
{
	struct timespec64 *cast;
	__u64 word = 0;

	if (!can_cast) {
		bpf_probe_read_kernel(&word, sizeof(word), from);
		return word;
	}
	cast = bpf_rdonly_cast(from, bpf_core_type_id_kernel(struct timespec64));
	return cast->tv_sec;
}

/* A number of 32 bits that is not the last member of its struct. */
static __always_inline __u32 read_half(const void *from)
{
	__u64 word = read_word(from);

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? word >> 32 : word;
}

/* As BPF_CORE_READ(), for a member of 64 and of 32 bits. */
#define READ_WORD(ptr, type, member)                                                               \
	read_word((const void *)(ptr) + bpf_core_field_offset(type, member))
#define READ_HALF(ptr, type, member)                                                               \
	read_half((const void *)(ptr) + bpf_core_field_offset(type, member))

enum iter_type { ITER_KVEC = 2 };

/* The struct that holds a member, when only the member's address is known. */
#define CONTAINER(ptr, type, member)                                                               \
	((struct type *)((void *)(ptr)-bpf_core_field_offset(struct type, member)))

/* The place of the GID of the peer's ISM device: 8 bytes. */
static __always_inline const void *peer_gid_of(struct smc_link_group *lgr)
{
	struct smc_link_group___number *old = (void *)lgr;

	if (bpf_core_field_exists(old->peer_gid))
		return &old->peer_gid;
	return &lgr->peer_gid;
}

#endif
