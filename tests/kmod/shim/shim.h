/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the pure files of kmod/ need, for tests in user space: every header of
 * the kernel that they include is a file here that includes this one. Allocations can be made to
 * fail: shim_failing.
 */
#ifndef SMCKIT_TESTS_SHIM_H
#define SMCKIT_TESTS_SHIM_H

#include <arpa/inet.h>
#include <asm/types.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned int gfp_t;

#define U32_MAX UINT32_MAX
#define BIT(n) (1UL << (n))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define ____cacheline_aligned_in_smp
#define __rcu
#define __must_hold(lock)
#define likely(x) (x)
#define unlikely(x) (x)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min3(a, b, c) min(min(a, b), c)
#define min_t(type, a, b) min((type)(a), (type)(b))
#define clamp_t(type, v, low, high) ((type)min(max((type)(v), (type)(low)), (type)(high)))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

static inline int ilog2(unsigned long n)
{
	return 63 - __builtin_clzl(n);
}

/* One thread: an order of memory is all there is. */
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define smp_store_release(p, v) (*(p) = (v))
#define smp_load_acquire(p) (*(p))
#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, new) __sync_val_compare_and_swap(p, old, new)

/* Types of what is in structs and not looked at. */
struct rcu_head {
	void *unused;
};
struct rhash_head {
	void *unused;
};
struct hlist_node {
	void *unused;
};
typedef struct {
	unsigned int val;
} kuid_t;
struct rhashtable {
	void *unused;
};
typedef struct {
	int count;
} refcount_t;
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	s64 counter;
} atomic64_t, atomic_long_t;

#define atomic_inc(a) ((a)->counter++)
#define atomic_dec(a) ((a)->counter--)
#define atomic_read(a) ((a)->counter)
#define atomic_set(a, n) ((a)->counter = (n))
#define atomic64_add(n, a) ((a)->counter += (n))
#define atomic64_sub(n, a) ((a)->counter -= (n))
#define atomic64_read(a) ((a)->counter)

/* A mutex that knows whether it is held, as lockdep does. */
struct mutex {
	bool held;
};

#define DEFINE_MUTEX(name) struct mutex name

static inline void mutex_lock(struct mutex *mutex)
{
	if (mutex->held)
		abort();
	mutex->held = true;
}

static inline void mutex_unlock(struct mutex *mutex)
{
	if (!mutex->held)
		abort();
	mutex->held = false;
}

#define lockdep_assert_held(mutex) ((mutex)->held ? (void)0 : abort())

/* Memory, of which one in shim_failing allocations gets none; 0: all get it. */
#define GFP_KERNEL 0u
#define GFP_KERNEL_ACCOUNT 0u
#define GFP_NOWAIT 0u
#define __GFP_ACCOUNT 0u
#define __GFP_NOWARN 0u
#define __GFP_RETRY_MAYFAIL 0u

extern unsigned int shim_failing;
extern long shim_allocated; /* blocks */

void *shim_alloc(size_t bytes);
void shim_free(const void *block);

#define kzalloc(bytes, flags) ((void)(flags), shim_alloc(bytes))
#define kvzalloc(bytes, flags) ((void)(flags), shim_alloc(bytes))
#define kfree(block) shim_free(block)
#define kvfree(block) shim_free(block)

struct mem_cgroup;

static inline struct mem_cgroup *set_active_memcg(struct mem_cgroup *memcg)
{
	return memcg;
}

/* Parameters of a module are none here. */
struct kernel_param {
	int unused;
};
struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};
#define module_param_cb(name, ops, arg, mode) const struct kernel_param_ops *const shim_##name = ops
#define MODULE_PARM_DESC(name, text) extern int shim_unused

#endif
