// SPDX-License-Identifier: GPL-2.0
/* Memory of rings, and what pays for TCP sockets. See mem.h. */
#include <linux/memcontrol.h>
#include <linux/sched/mm.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "mem.h"
#include "share.h"
#include "sock.h"

struct smcx_mem smcx_mem;

static void mem_trim_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(mem_trim, mem_trim_work);
static unsigned long mem_trim_next; /* jiffies: not before */
static struct workqueue_struct *mem_room_wq;
static long (*mem_trim_rings)(long pages);

static long mem_pages(u32 bytes)
{
	return DIV_ROUND_UP(bytes, PAGE_SIZE);
}

/* Rings that are read empty give back what they have. */
static void mem_trim_work(struct work_struct *work)
{
	mem_trim_rings(LONG_MAX);
	WRITE_ONCE(mem_trim_next, jiffies + HZ / 4);
}

/* It looks at all rings: not for everybody who asks. */
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
	long n = atomic_long_read(&smcx_mem.pages) - atomic_read(&smcx_mem.rings);

	return n > 0 ? n : SHRINK_EMPTY;
}

static unsigned long mem_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	long n = mem_trim_rings(min_t(unsigned long, sc->nr_to_scan, LONG_MAX));

	return n ? n : SHRINK_STOP;
}

static struct shrinker *mem_shrinker;

/* ---- memory cgroups -------------------------------------------------------------- */

#ifdef CONFIG_MEMCG
#define ROOM_BYTES (32 * PAGE_SIZE) /* what the kernel reclaims at a time */
#define ROOMS_MAX 4

/* Somebody waits until a group has room again. Others' groups may have to do without that. */
struct mem_room {
	struct work_struct work;
	struct mem_cgroup *memcg;
};

static atomic_t mem_rooms;
static unsigned long mem_room_next; /* jiffies: not before */

static void mem_room_work(struct work_struct *work)
{
	struct mem_room *room = container_of(work, struct mem_room, work);
	struct mem_cgroup *old = set_active_memcg(room->memcg);

	kvfree(kvmalloc(ROOM_BYTES, GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL));
	set_active_memcg(old);
	css_put(&room->memcg->css);
	kfree(room);
	atomic_dec(&mem_rooms);
}

void smcx_mem_make_room(struct mem_cgroup *memcg)
{
	struct mem_room *room;

	/* A group that has nothing to give is not searched for it by everybody who asks. */
	if (!memcg || time_before(jiffies, READ_ONCE(mem_room_next)) ||
	    !atomic_add_unless(&mem_rooms, 1, ROOMS_MAX))
		return;
	WRITE_ONCE(mem_room_next, jiffies + HZ / 20);
	room = kmalloc(sizeof(*room), GFP_NOWAIT | __GFP_NOWARN);
	if (!room) {
		atomic_dec(&mem_rooms);
		return;
	}
	css_get(&memcg->css);
	room->memcg = memcg;
	INIT_WORK(&room->work, mem_room_work);
	queue_work(mem_room_wq, &room->work);
}

bool smcx_mem_may_wait(const struct mem_cgroup *memcg)
{
	bool own;

	if (current->flags & PF_WQ_WORKER)
		return false;
	rcu_read_lock();
	own = !memcg || mem_cgroup_from_task(current) == memcg;
	rcu_read_unlock();
	return own;
}
#else
void smcx_mem_make_room(struct mem_cgroup *memcg)
{
}

bool smcx_mem_may_wait(const struct mem_cgroup *memcg)
{
	return !(current->flags & PF_WQ_WORKER);
}
#endif

/* ---- limits ---------------------------------------------------------------------- */

/* As TCP's: a sixteenth of memory, and half as much again at most. */
static void mem_set_limits(void)
{
	long limit = max(nr_free_buffer_pages() / 16, 128UL);

	smcx_mem.limit[0] = limit / 4 * 3;
	smcx_mem.limit[1] = limit;
	smcx_mem.limit[2] = smcx_mem.limit[0] * 2;
}

int __init smcx_mem_init(long (*trim)(long pages))
{
	mem_trim_rings = trim;
	mem_set_limits();
	mem_trim_next = jiffies;
	mem_room_next = jiffies;
	/* Not the queue of handshakes: these wait. */
	mem_room_wq = alloc_workqueue("smcx-room", WQ_UNBOUND, 0);
	if (!mem_room_wq)
		return -ENOMEM;
	mem_shrinker = smcx_shrinker_register("smcx-rings", mem_count, mem_scan);
	if (mem_shrinker)
		return 0;
	destroy_workqueue(mem_room_wq);
	return -ENOMEM;
}

void smcx_mem_exit(void)
{
	destroy_workqueue(mem_room_wq);
	smcx_shrinker_unregister(mem_shrinker);
	cancel_delayed_work_sync(&mem_trim);
	WARN_ON_ONCE(atomic_long_read(&smcx_mem.pages));
}

/* ---- TCP sockets ----------------------------------------------------------------- */

#ifdef CONFIG_MEMCG
/*
 * To charge a memory cgroup and nothing else is not exported. So charge all that TCP counts,
 * and take back what it had counted before. As from softirq, where TCP charges what comes: nobody
 * waits, and it goes beyond the limit if need be. With BH off.
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

/* All that TCP has counted for the socket until now. */
static int mem_counted(const struct sock *clcsk)
{
	return sk_mem_pages(clcsk->sk_forward_alloc + atomic_read(&clcsk->sk_rmem_alloc) +
			    READ_ONCE(clcsk->sk_wmem_queued));
}

static void mem_adopt_locked(struct sock *clcsk, struct mem_cgroup *memcg)
{
	if (clcsk->sk_memcg)
		return;
	css_get(&memcg->css);
	clcsk->sk_memcg = memcg;
	if (mem_charge_locked(clcsk, mem_counted(clcsk)))
		return;
	clcsk->sk_memcg = NULL;
	css_put(&memcg->css);
}

void smcx_mem_adopt(struct sock *clcsk, const struct sock *sk)
{
	struct mem_cgroup *memcg = sk->sk_memcg;
	bool owned;

	if (!mem_cgroup_sockets_enabled || !memcg)
		return;
	/* Without owning it: what comes meanwhile would be charged by us, and that may wait. */
	spin_lock_bh(&clcsk->sk_lock.slock);
	owned = sock_owned_by_user_nocheck(clcsk);
	if (!owned)
		mem_adopt_locked(clcsk, memcg);
	spin_unlock_bh(&clcsk->sk_lock.slock);
	if (!owned)
		return;
	lock_sock(clcsk);
	local_bh_disable();
	mem_adopt_locked(clcsk, memcg);
	local_bh_enable();
	release_sock(clcsk);
}

void smcx_mem_disown(struct sock *clcsk)
{
	struct mem_cgroup *memcg = NULL;

	lock_sock(clcsk);
	if (mem_cgroup_sockets_enabled && !mem_counted(clcsk))
		swap(memcg, clcsk->sk_memcg);
	release_sock(clcsk);
	if (memcg)
		css_put(&memcg->css);
}

void smcx_mem_prepay(struct sock *clcsk)
{
	if (!mem_cgroup_sockets_enabled || !(current->flags & PF_WQ_WORKER))
		return;
	spin_lock_bh(&clcsk->sk_lock.slock);
	if (!sock_owned_by_user_nocheck(clcsk) && clcsk->sk_memcg &&
	    clcsk->sk_forward_alloc < (int)PAGE_SIZE)
		__sk_mem_schedule(clcsk, PAGE_SIZE, SK_MEM_SEND);
	spin_unlock_bh(&clcsk->sk_lock.slock);
}
#else
void smcx_mem_prepay(struct sock *clcsk)
{
}

void smcx_mem_disown(struct sock *clcsk)
{
}

void smcx_mem_adopt(struct sock *clcsk, const struct sock *sk)
{
}
#endif
