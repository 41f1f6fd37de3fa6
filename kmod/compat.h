/* SPDX-License-Identifier: GPL-2.0 */
/* The one place that knows about kernel versions: 6.1, 6.12 and 7.2; and about widths. */
#ifndef SMCX_COMPAT_H
#define SMCX_COMPAT_H

/* A cursor of 64 bits is read and written in one piece, without a lock: dev.h. */
#ifndef CONFIG_64BIT
#error "smcx needs a 64-bit kernel"
#endif

#include <linux/export.h>
#include <linux/net.h>
#include <linux/shrinker.h>
#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/netlink.h>
#include <net/sock.h>

/* hex2bin() has a header of its own there. Sparse does not know __has_include(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#include <linux/hex.h>
#endif

/* 6.12 moved it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* 6.10: flags and kern of accept() travel in a struct. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define SMCX_ACCEPT_ARGS struct proto_accept_arg *arg
#define SMCX_ACCEPT_FLAGS (arg->flags)
#define SMCX_ACCEPT_PASS arg
#else
#define SMCX_ACCEPT_ARGS int accept_flags, bool accept_kern
#define SMCX_ACCEPT_FLAGS (accept_flags)
#define SMCX_ACCEPT_PASS accept_flags, accept_kern
#endif

/* 6.13: the name of a symbol namespace is a string. The functions that smcx_rdma.ko calls are in
 * SMCX. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define SMCX_EXPORT(symbol) EXPORT_SYMBOL_NS_GPL(symbol, "SMCX")
#define SMCX_IMPORT MODULE_IMPORT_NS("SMCX")
#else
#define SMCX_EXPORT(symbol) EXPORT_SYMBOL_NS_GPL(symbol, SMCX)
#define SMCX_IMPORT MODULE_IMPORT_NS(SMCX)
#endif

/* 6.19: bind() and connect() take an address of unknown size. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define SMCX_SOCKADDR struct sockaddr_unsized
#else
#define SMCX_SOCKADDR struct sockaddr
#endif

/* 6.3: setsockopt() of a protocol sees SOL_SOCKET, too, if the socket asks for it. */
#define SMCX_SEES_SOL_SOCKET (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0))

static inline void smcx_want_sol_socket(struct socket *sock)
{
#if SMCX_SEES_SOL_SOCKET
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

/* 6.11: handlers do not change the table. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define SMCX_CTL_TABLE const struct ctl_table
#else
#define SMCX_CTL_TABLE struct ctl_table
#endif

/* 6.6: the number of entries is passed, and none ends the table. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define smcx_register_net_sysctl register_net_sysctl_sz
#else
#define smcx_register_net_sysctl(net, path, table, count) register_net_sysctl(net, path, table)
#endif

/* 6.7: shrinkers are allocated. */
typedef unsigned long (*smcx_shrink_t)(struct shrinker *shrinker, struct shrink_control *sc);

static inline struct shrinker *smcx_shrinker_register(const char *name, smcx_shrink_t count,
						      smcx_shrink_t scan)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker_register(shrinker);
	return shrinker;
#else
	static struct shrinker shrinker = { .seeks = DEFAULT_SEEKS };

	shrinker.count_objects = count;
	shrinker.scan_objects = scan;
	return register_shrinker(&shrinker, "%s", name) ? NULL : &shrinker;
#endif
}

static inline void smcx_shrinker_unregister(struct shrinker *shrinker)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
#endif
}

/* 6.19: a socket's memory may be counted by its memory cgroup only. */
static inline bool smcx_counted_by_proto(const struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	return !sk->sk_bypass_prot_mem;
#else
	return true;
#endif
}

/* The stamps of put_cmsg_scm_timestamping(): struct timespec64 at first, ktime_t in 7.2. */
#define smcx_scm_stamp(at)                                                                         \
	__builtin_choose_expr(                                                                     \
		__same_type(ktime_t, ((struct scm_timestamping_internal *)NULL)->ts[0]), (at),     \
		ktime_to_timespec64(at))

/* 6.7 has nla_put_uint(): four bytes where they are enough, else eight. */
static inline int smcx_nla_put_uint(struct sk_buff *skb, int type, u64 value)
{
	u32 low = value;

	return low == value ? nla_put(skb, type, sizeof(low), &low) :
			      nla_put(skb, type, sizeof(value), &value);
}

/* 6.17: a socket's owner is the one it has noted itself. */
static inline kuid_t smcx_uid(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return sk_uid(sk);
#else
	return sock_i_uid(sk);
#endif
}

/* 6.16: a device's own memory has notices, too. */
static inline struct ubuf_info *smcx_zerocopy_alloc(struct sock *sk, size_t len)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return msg_zerocopy_realloc(sk, len, NULL, false);
#else
	return msg_zerocopy_realloc(sk, len, NULL);
#endif
}

#ifndef SMCX_IPPROTO_SMC
#define SMCX_IPPROTO_SMC 256 /* 6.11 names it */
#endif

#endif
