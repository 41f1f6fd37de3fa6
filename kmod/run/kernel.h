/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel as smc-run's BPF programs know it: the members that they read, whose offsets
 * libbpf finds in the BTF of the running kernel and its modules.
 */
#ifndef SMCKIT_RUN_KERNEL_H
#define SMCKIT_RUN_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef _Bool bool;

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_SMC 256
#define SOCK_TYPE_MASK 0xf
#define SOCK_STREAM 1
#define TCP_SYN_SENT 2
#define TCP_LISTEN 10

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct inode {
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

/* How a socket is allocated: with its inode. */
struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	__u16 sk_protocol;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct smc_link_group {
	bool is_smcd;
};

struct smc_connection {
	struct smc_link_group *lgr;
};

struct smc_sock {
	struct sock sk;
	struct socket *clcsock;
	struct smc_connection conn;
	struct smc_sock *listen_smc;
	bool use_fallback;
	__u32 fallback_rsn;
	__u32 peer_diagnosis;
};

#pragma clang attribute pop

/* An SMC socket's states that are no connection's. */
enum { SMC_STATE_INIT = 2, SMC_STATE_LISTEN = 10 };

#endif
