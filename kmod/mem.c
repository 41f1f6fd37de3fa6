// SPDX-License-Identifier: GPL-2.0
/* Memory of rings, and what pays for TCP sockets. See mem.h. */
#include <linux/memcontrol.h>
#include <linux/shrinker.h>
#include <linux/swap.h>
#include <linux/workqueue.h>

#include "mem.h"
#include "smcx.h"

struct smcx_mem smcx_mem;

static void mem_trim_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(mem_trim, mem_trim_work);
static unsigned long mem_trim_next; /* jiffies: not before */

static long mem_pages(u32 bytes)
{
	return DIV_ROUND_UP(bytes, PAGE_SIZE);
}

/* Rings that are read empty give back what they have. */
static void mem_trim_work(struct work_struct *work)
{
	smcx_dev_trim(LONG_MAX);
	WRITE_ONCE(mem_trim_next, jiffies + HZ / 4);
}

/* It looks at all DMBs: not for everybody who asks. */
static void mem_ask_to_trim(void)
{
	long wait = READ_ONCE(mem_trim_next) - jiffies;

	queue_delayed_work(smcx_wq, &mem_trim, max(wait, 0L));
}

static void mem_set_pressure(long used)
{
	if (used > READ_ONCE(smcx_mem.limit[1])) {
		if (!READ_ONCE(smcx_mem.pressure)) {
			WRITE_ONCE(smcx_mem.pressure, 1);
			mem_ask_to_trim();
		}
	} else if (used <= READ_ONCE(smcx_mem.limit[0]) && READ_ONCE(smcx_mem.pressure)) {
		WRITE_ONCE(smcx_mem.pressure, 0);
	}
}

static void mem_add(const struct smcx_payer *payer, long n)
{
	mem_set_pressure(atomic_long_add_return(n, &smcx_mem.pages));
	atomic_long_add(n, &payer->user->pages);
	if (payer->net)
		atomic_long_add(n, &payer->net->pages);
}

/* Is it less than what is left? */
static bool mem_within(const struct smcx_share *share, long left)
{
	return !share || atomic_long_read(&share->pages) <= left;
}

bool smcx_mem_charge(const struct smcx_payer *payer, u32 bytes, bool must)
{
	long left;

	mem_add(payer, mem_pages(bytes));
	left = READ_ONCE(smcx_mem.limit[2]) - atomic_long_read(&smcx_mem.pages);
	if (must || (mem_within(payer->user, left) && mem_within(payer->net, left)))
		return true;
	mem_add(payer, -mem_pages(bytes));
	/* Others may have more than they use. */
	mem_ask_to_trim();
	return false;
}

void smcx_mem_uncharge(const struct smcx_payer *payer, u32 bytes)
{
	mem_add(payer, -mem_pages(bytes));
}

/* ---- given back when the machine is short of memory ------------------------------ */

static unsigned long mem_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	long n = atomic_long_read(&smcx_mem.pages) - atomic_read(&smcx_dev.dmb_count);

	return n > 0 ? n : SHRINK_EMPTY;
}

static unsigned long mem_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	long n = smcx_dev_trim(min_t(unsigned long, sc->nr_to_scan, LONG_MAX));

	return n ? n : SHRINK_STOP;
}

static struct shrinker *mem_shrinker;

/* As TCP's: a sixteenth of memory, and half as much again at most. */
static void mem_set_limits(void)
{
	long limit = max(nr_free_buffer_pages() / 16, 128UL);

	smcx_mem.limit[0] = limit / 4 * 3;
	smcx_mem.limit[1] = limit;
	smcx_mem.limit[2] = smcx_mem.limit[0] * 2;
}

int __init smcx_mem_init(void)
{
	mem_set_limits();
	mem_trim_next = jiffies;
	mem_shrinker = smcx_shrinker_register("smcx-rings", mem_count, mem_scan);
	return mem_shrinker ? 0 : -ENOMEM;
}

void smcx_mem_exit(void)
{
	smcx_shrinker_unregister(mem_shrinker);
	cancel_delayed_work_sync(&mem_trim);
	WARN_ON_ONCE(atomic_long_read(&smcx_mem.pages));
}

/* ---- TCP sockets ----------------------------------------------------------------- */

#ifdef CONFIG_MEMCG
/*
 * To charge a memory cgroup and nothing else is not exported. So charge all that TCP counts,
 * and take back what it had counted before.
 */
static bool mem_charge_locked(struct sock *clcsk, int pages)
{
	sock_owned_by_me(clcsk);
	if (!pages)
		return true;
	if (!__sk_mem_schedule(clcsk, pages << PAGE_SHIFT, SK_MEM_RECV))
		return false;
	clcsk->sk_forward_alloc -= pages << PAGE_SHIFT;
	if (smcx_counted_by_proto(clcsk))
		atomic_long_sub(pages, clcsk->sk_prot->memory_allocated);
	return true;
}

bool smcx_mem_adopt(struct sock *clcsk, const struct sock *listener)
{
	struct mem_cgroup *memcg = listener->sk_memcg;
	bool ok = true;

	if (!mem_cgroup_sockets_enabled || !memcg)
		return true;
	lock_sock(clcsk);
	if (!clcsk->sk_memcg) {
		css_get(&memcg->css);
		clcsk->sk_memcg = memcg;
		ok = mem_charge_locked(clcsk, sk_mem_pages(clcsk->sk_forward_alloc +
							   atomic_read(&clcsk->sk_rmem_alloc)));
		if (!ok) {
			clcsk->sk_memcg = NULL;
			css_put(&memcg->css);
		}
	}
	release_sock(clcsk);
	return ok;
}
#else
bool smcx_mem_adopt(struct sock *clcsk, const struct sock *listener)
{
	return true;
}
#endif
