/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a hook to a ring: count the event, fill it, filter it, hand it on. For
 * the one BPF object that includes it; the maps that all hooks share are here.
 */
#ifndef SMCKIT_TRACER_EMIT_H
#define SMCKIT_TRACER_EMIT_H

#include "kernel.h"

#include "base/config.h"
#include "cursor.h"
#include "smc_wire.h"

const volatile struct trace_filter filter = { .kinds = ~0ull, .snaplen = TRACE_BODY_MAX };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} cdc SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, (16 << 20) / sizeof(struct trace_cdc));
	__type(key, __u32);
	__type(value, struct trace_cdc);
} slots SEC(".maps");

struct trace_turns turns __attribute__((aligned(64)));

/* Read by user space where it lies. */
struct trace_counter counters[TRACE_CPUS][SMCW_HOOKS_MAX];

/* Ports and addresses, as they lie in an event. */
#define ENDS_OFF __builtin_offsetof(struct smcw_event, local_port)
#define ENDS_LEN (__builtin_offsetof(struct smcw_event, comm) - ENDS_OFF)

/* The socket's owner, by its cookie, which no other socket gets. */
struct owner {
	__u64 cgroup;
	__u64 syn; /* when a client's SYN was sent, smcx only */
	__u64 tcp; /* cookie of the TCP socket that has an entry, too: it has fallen back */
	__u64 smc; /* the other way round, in both entries */
	__u32 reason;
	__u32 pid;
	__u8 kind; /* enum smcw_event_owners */
	__u8 state;
	__u8 role;	/* enum smcw_event_roles, as far as the socket's calls have shown it */
	__u8 fell_back; /* an event has reported it */
	__u8 comm[SMCW_COMM_LEN];
	__u8 ends[ENDS_LEN]; /* SMC releases its TCP socket before it has ended itself */
};

/*
 * User space sets the sizes of all tables by the machine's memory, and an entry takes memory only
 * while it is there. An update that fails all the same is counted: TABLE_FULL().
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct owner);
} owners SEC(".maps");

/* ---- counting ------------------------------------------------------------------- */

static __always_inline struct trace_counter *counter(__u32 cpu, __u32 hook)
{
	return &counters[cpu & (TRACE_CPUS - 1)][hook & (SMCW_HOOKS_MAX - 1)];
}

/* Atomic: a softirq may count the same while a process does. */
#define COUNT_IF(on, hook, what)                                                                   \
	__sync_fetch_and_add(&counter(bpf_get_smp_processor_id(), hook)->what, on)
#define COUNT(hook, what) COUNT_IF(1, hook, what)

/*
 * Set by user space when tracing ends: hooks stay for a while, but what they see is no event any
 * more. Each looks once, at its beginning: what is counted as seen goes its whole way.
 */
__u32 ended;

/* Seen, and lost for the reason what: full or unreadable. */
#define LOST(hook, what)                                                                           \
	do {                                                                                       \
		__u32 on_ = !ended;                                                                \
                                                                                                   \
		COUNT_IF(on_, hook, seen);                                                         \
		COUNT_IF(on_, hook, what);                                                         \
	} while (0)

/* The event that needed an entry is lost. */
#define TABLE_FULL(hook) LOST(hook, full)

/* ---- filling -------------------------------------------------------------------- */

/* Counts it as seen. An event without a version is none: it comes after the end. */
static __always_inline void fill_start(struct smcw_event *ev, __u8 kind, __u8 hook, __u8 dir)
{
	__u32 on = !ended;

	COUNT_IF(on, hook, seen);
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->version = on * SMCW_EVENT_VERSION;
	ev->kind = kind;
	ev->hook = hook;
	ev->flags = SMCW_EV_FLAGS_OF(dir) | (filter.big ? SMCW_EV_BIG : 0);
	ev->time = bpf_cpu_to_be64(bpf_ktime_get_ns());
	ev->cpu = bpf_htons(bpf_get_smp_processor_id());
}

static __always_inline void fill_ends(struct smcw_event *ev, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	__u32 v4;

	if (!sk)
		return;
	ev->local_port = bpf_htons(BPF_CORE_READ(c, skc_num));
	/* TCP gives the port back before it says that nothing came of a connection. */
	if (!ev->local_port)
		ev->local_port = BPF_CORE_READ((struct inet_sock *)sk, inet_sport);
	ev->peer_port = BPF_CORE_READ(c, skc_dport);
	if (BPF_CORE_READ(c, skc_family) == AF_INET6) {
		BPF_CORE_READ_INTO(&ev->local, c, skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&ev->peer, c, skc_v6_daddr.in6_u.u6_addr8);
		return;
	}
	ev->local[10] = ev->local[11] = ev->peer[10] = ev->peer[11] = 0xff;
	v4 = BPF_CORE_READ(c, skc_rcv_saddr);
	__builtin_memcpy(ev->local + 12, &v4, sizeof(v4));
	v4 = BPF_CORE_READ(c, skc_daddr);
	__builtin_memcpy(ev->peer + 12, &v4, sizeof(v4));
}

static __always_inline void fill_group(struct smcw_event *ev, struct smc_link_group *lgr)
{
	if (!lgr)
		return;
	ev->mode = BPF_CORE_READ(lgr, is_smcd) ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	/* Linux shows the number as its own byte order makes it of these bytes. */
	bpf_probe_read_kernel(&ev->lgr, sizeof(ev->lgr), &lgr->id);
	ev->lgr = bpf_htonl(ev->lgr);
}

static __always_inline __u64 fold(__u32 qpn, const __u8 *gid)
{
	__u64 low;

	bpf_probe_read_kernel(&low, sizeof(low), gid + 8);
	return low ^ (__u64)qpn << 40;
}

static __always_inline void fill_link(struct smcw_event *ev, struct smc_link *link)
{
	if (!link)
		return;
	fill_group(ev, BPF_CORE_READ(link, lgr));
	ev->mode = SMCW_MODE_SMCR;
	ev->link = BPF_CORE_READ(link, link_id);
	BPF_CORE_READ_INTO(&ev->link_uid, link, link_uid);
	bpf_probe_read_kernel_str(ev->device, sizeof(ev->device), &link->ibname);
}

static __always_inline __u64 cookie_of(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

/*
 * Fill in the known parts of the owner of the socket ev->sock, and of its ends when it has no TCP
 * socket any more; of the listener's socket (a cookie, or 0) before it is accepted.
 */
static __always_inline void fill_owner(struct smcw_event *ev, __u64 key, __u64 listener)
{
	struct owner *o = key ? bpf_map_lookup_elem(&owners, &key) : 0;
	__u8 kind;

	ev->sock = bpf_cpu_to_be64(key);
	if (o && ev->local_port)
		__builtin_memcpy(o->ends, (__u8 *)ev + ENDS_OFF, ENDS_LEN);
	else if (o)
		__builtin_memcpy((__u8 *)ev + ENDS_OFF, o->ends, ENDS_LEN);
	if (ev->state == SMCW_STATE_LISTEN)
		ev->role = SMCW_ROLE_LISTENER;
	else if (listener)
		ev->role = SMCW_ROLE_SERVER;
	else if (o && o->role)
		ev->role = o->role;
	else if (!ev->role && ev->peer_port)
		ev->role = SMCW_ROLE_CLIENT;
	if (!o || !o->kind) {
		o = listener ? bpf_map_lookup_elem(&owners, &listener) : 0;
		if (!o)
			return;
		kind = SMCW_OWNER_LISTENER;
	} else {
		kind = o->kind;
	}
	ev->owner = kind;
	ev->pid = bpf_htonl(o->pid);
	ev->cgroup = bpf_cpu_to_be64(o->cgroup);
	__builtin_memcpy(ev->comm, o->comm, sizeof(ev->comm));
}

static __always_inline void fill_sock(struct smcw_event *ev, struct smc_sock *smc)
{
	struct smc_link *link = BPF_CORE_READ(smc, conn.lnk);
	struct smc_sock *listener = BPF_CORE_READ(smc, listen_smc);

	ev->netns = bpf_htonl(BPF_CORE_READ(smc, sk.__sk_common.skc_net.net, ns.inum));
	ev->state = BPF_CORE_READ(smc, sk.__sk_common.skc_state);
	fill_ends(ev, BPF_CORE_READ(smc, clcsock, sk));
	ev->conn = bpf_htonl(BPF_CORE_READ(smc, conn.alert_token_local));
	fill_group(ev, BPF_CORE_READ(smc, conn.lgr));
	if (ev->mode == SMCW_MODE_SMCR)
		fill_link(ev, link);
	if (BPF_CORE_READ(smc, use_fallback))
		ev->mode = SMCW_MODE_TCP;
	fill_owner(ev, cookie_of(&smc->sk), listener ? cookie_of(&listener->sk) : 0);
}

/* ---- handing on ------------------------------------------------------------------ */

static __always_inline bool same_address(const __u8 *a)
{
	int i;

	for (i = 0; i < 16; i++)
		if (a[i] != filter.addr[i])
			return 0;
	return 1;
}

/*
 * Cgroups of owners that are the one asked for, or below it. They are found out when a process uses
 * a socket, so that a folder that is made later counts, too. Their ids are never given again.
 * Without room for one more all pass, and user space, which looks at the paths, decides.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} inside SEC(".maps");

static __u8 inside_full;

#define CGROUP_LEVELS 32 /* what lies deeper is left to user space */

static __always_inline void cgroup_is_inside(__u64 id)
{
	__u8 yes = 1;

	if (bpf_map_update_elem(&inside, &id, &yes, BPF_ANY))
		inside_full = 1;
}

/* The calling process's. */
static __always_inline __u64 current_cgroup(void)
{
	__u64 id = bpf_get_current_cgroup_id(), above = 1;
	int level;

	if (!filter.cgroup || bpf_map_lookup_elem(&inside, &id))
		return id;
#pragma clang loop unroll(disable)
	for (level = 0; level < CGROUP_LEVELS && above && above != filter.cgroup; level++)
		above = bpf_get_current_ancestor_cgroup_id(level);
	if (above)
		cgroup_is_inside(id);
	return id;
}

static __always_inline bool cgroup_wanted(__be64 cgroup)
{
	__u64 id = bpf_be64_to_cpu(cgroup);

	return inside_full || bpf_map_lookup_elem(&inside, &id);
}

static __always_inline bool socket_wanted(const struct smcw_event *ev)
{
	if (!filter.on_socket)
		return 1;
	if (filter.pid && ev->pid != bpf_htonl(filter.pid))
		return 0;
	if (filter.netns && ev->netns != bpf_htonl(filter.netns))
		return 0;
	if (filter.cgroup && !cgroup_wanted(ev->cgroup))
		return 0;
	if (filter.port && ev->local_port != bpf_htons(filter.port) &&
	    ev->peer_port != bpf_htons(filter.port))
		return 0;
	return !filter.has_addr || same_address(ev->local) || same_address(ev->peer);
}

/* The object of an event, for filters on sockets: no socket means all of them. */
enum event_of { OF_ALL, OF_SOCKET, OF_GROUP, OF_BUFFER };

/*
 * Link groups and buffers of sockets that are wanted: (1 << 63 | number of the group), or the
 * buffer's token. Without room for one more all events of them pass: too much is no loss.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} belongings SEC(".maps");

static __u8 belongings_full;

#define GROUP_KEY(ev) (1ull << 63 | (ev)->lgr)

static __always_inline void belongs(__u64 key)
{
	__u8 yes = 1;

	if (filter.on_socket && bpf_map_update_elem(&belongings, &key, &yes, BPF_ANY))
		belongings_full = 1;
}

static __always_inline bool belonging_wanted(__u64 key)
{
	return !filter.on_socket || belongings_full || bpf_map_lookup_elem(&belongings, &key);
}

static __always_inline void belonging_ends(__u64 key)
{
	if (filter.on_socket)
		bpf_map_delete_elem(&belongings, &key);
}

static __always_inline bool wanted(const struct smcw_event *ev, enum event_of of)
{
	if (!(filter.kinds & SMCW_KIND_BIT(ev->kind)))
		return 0;
	if (of == OF_GROUP)
		return belonging_wanted(GROUP_KEY(ev));
	return of != OF_SOCKET || socket_wanted(ev);
}

/* An event without a message, on the stack: nothing of the ring is taken before it is wanted. */
struct life {
	struct trace_record record;
	struct smcw_event ev;
	union { /* user space makes the bodies that are tables */
#define BODY_ONE(name) struct smcw_ev_##name name;
#define BODY_MANY(name)
#define BODY(name, size, rows) BODY_##rows(name)
		SMCW_EVENT_BODIES(BODY)
#undef BODY
#undef BODY_MANY
#undef BODY_ONE
	};
};

#define LIFE_WORDS ((sizeof(struct life) - sizeof(struct trace_record)) / sizeof(__u64))
_Static_assert(LIFE_WORDS <= 8 * sizeof(((struct trace_record *)0)->words), "a bit a word");

static __always_inline void life_begin(struct life *l, __u8 kind, __u8 hook, __u8 dir, __u16 len)
{
	__builtin_memset(l, 0, sizeof(*l));
	fill_start(&l->ev, kind, hook, dir);
	l->ev.length = l->ev.original = bpf_htons(len);
}

/*
 * Half of an event is zeroes: only the other words go into the ring. In place, and without a
 * branch, which would double the verifier's work with every word.
 */
static __always_inline __u32 life_squeeze(struct life *l)
{
	__u64 *word = (__u64 *)&l->ev;
	__u32 n = 0, mask = 0, i;

#pragma clang loop unroll(disable)
	for (i = 0; i < LIFE_WORDS; i++) {
		__u64 w = word[i], minus = -w, there;

		asm volatile("" : "+r"(minus)); /* clang would make a branch of it again */
		there = (w | minus) >> 63;
		word[n] = w;
		n += there;
		mask |= there << i;
	}
	l->record.words = mask;
	asm volatile(""
		     : "+r"(n)); /* 6.1 knows its bits only, and clang knows better than to ask */
	if (n > LIFE_WORDS)
		n = LIFE_WORDS;
	return sizeof(l->record) + n * sizeof(__u64);
}

/* Global, so that the verifier looks at it once, not once for each way that leads here. */
__noinline int life_put(struct life *l, __u32 of)
{
	__u8 hook;

	if (!l)
		return -1;
	if (!l->ev.version)
		return 0;
	hook = l->ev.hook;
	if (!wanted(&l->ev, of) || (of == OF_BUFFER && !belonging_wanted(l->buf.token))) {
		COUNT(hook, filtered);
		return 0;
	}
	if (bpf_ringbuf_output(&control, l, life_squeeze(l), 0)) {
		COUNT(hook, full);
		return -1;
	}
	COUNT(hook, sent);
	return 0;
}

/* ---- events with a message ---- */

/*
 * The ring gives room of a size that is known when the program is loaded, so it comes in classes.
 * The message is copied out of the kernel's memory straight into it.
 */
#define MESSAGE_CLASS(name, room)                                                                  \
	static __always_inline void message_out_##name(struct smcw_event *ev, __u8 hook,           \
						       const void *from, const void *head,         \
						       __u32 kept, bool cut)                       \
	{                                                                                          \
		struct {                                                                           \
			struct trace_record record;                                                \
			struct smcw_event ev;                                                      \
			__u8 bytes[room];                                                          \
		} *m = bpf_ringbuf_reserve(&control, sizeof(*m), 0);                               \
                                                                                                   \
		if (!m) {                                                                          \
			COUNT(hook, full);                                                         \
			return;                                                                    \
		}                                                                                  \
		m->record.words = TRACE_EVENT_WORDS;                                               \
		m->record.bytes = kept;                                                            \
		m->ev = *ev;                                                                       \
		if (bpf_probe_read_kernel(m->bytes, kept, from) ||                                 \
		    (head && bpf_probe_read_kernel(m->bytes, SMCW_CDC_LEN, head))) {               \
			COUNT(hook, unreadable);                                                   \
			bpf_ringbuf_discard(m, 0);                                                 \
			return;                                                                    \
		}                                                                                  \
		COUNT(hook, sent);                                                                 \
		if (cut)                                                                           \
			COUNT(hook, truncated);                                                    \
		bpf_ringbuf_submit(m, 0);                                                          \
	}

MESSAGE_CLASS(48, 48)
MESSAGE_CLASS(80, 80)
MESSAGE_CLASS(112, 112)
MESSAGE_CLASS(160, 160)
MESSAGE_CLASS(256, 256)
MESSAGE_CLASS(512, 512)
MESSAGE_CLASS(whole, TRACE_BODY_MAX)
_Static_assert(SMCW_CDC_LEN <= 48, "the head fits into the smallest class");

/* Copy len bytes of from, the first SMCW_CDC_LEN of head if it is set; snaplen cuts the rest. */
static __always_inline void message_put(struct smcw_event *ev, __u8 hook, const void *from,
					const void *head, __u32 len, enum event_of of)
{
	__u32 kept = len;

	if (!ev->version)
		return;
	if (!wanted(ev, of)) {
		COUNT(hook, filtered);
		return;
	}
	if (kept > filter.snaplen)
		kept = filter.snaplen;
	if (kept > TRACE_BODY_MAX)
		kept = TRACE_BODY_MAX;
	ev->original = bpf_htons(len);
	ev->length = bpf_htons(kept);
	if (kept <= 48)
		message_out_48(ev, hook, from, head, kept, kept < len);
	else if (kept <= 80)
		message_out_80(ev, hook, from, head, kept, kept < len);
	else if (kept <= 112)
		message_out_112(ev, hook, from, head, kept, kept < len);
	else if (kept <= 160)
		message_out_160(ev, hook, from, head, kept, kept < len);
	else if (kept <= 256)
		message_out_256(ev, hook, from, head, kept, kept < len);
	else if (kept <= 512)
		message_out_512(ev, hook, from, head, kept, kept < len);
	else
		message_out_whole(ev, hook, from, head, kept, kept < len);
}

/* ---- CDC: as little as can be, it runs for every send ------------------------------- */

/*
 * By alert token, which connections are known and whether their CDC is wanted. The table has all
 * of them; the array, by the token's lower bits, those that were met last, without a search.
 */
#define CONN_WANTED (1ull << 32)
#define CONN_KNOWN (1ull << 33)

/* One way of a connection's data, with --aggregate: the producer cursor, and how far it came. */
struct way {
	__u64 messages;
	__u64 bytes;
	__u64 blocked;	     /* ns with the write-blocked flag set */
	__u64 blocked_since; /* 0: it is not set */
	struct smcp_cursor at;
	__u32 size;  /* of the buffer, 0: not known */
	__u32 known; /* the cursor is */
};

/* A message that was received and is not known to be read. */
struct unread {
	__u64 time;
	struct smcp_cursor at;
};

struct conn {
	__u64 verdict; /* CONN_* and the token */
	struct way sent, received;
	__u64 delays, delay_ns;
	__u64 reported; /* messages of both ways, when it was */
	/* Written to by what receives, taken out by what sends: one each at a time. */
	__u32 unread_in, unread_out;
	struct unread unread[TRACE_UNREAD];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct conn);
} conns SEC(".maps");

static const struct conn no_conn; /* the stack is small */

const volatile bool aggregate;

static __u64 conns_met[TRACE_CONNS];

static __always_inline __u64 *conn_slot(__u32 token)
{
	return &conns_met[token & (TRACE_CONNS - 1)];
}

/* Its known parts: CONN_* and the token, or 0. */
static __always_inline __u64 conn_verdict(__u32 token)
{
	__u64 met = *conn_slot(token);
	struct conn *known;

	if (met && (__u32)met == token)
		return met;
	known = bpf_map_lookup_elem(&conns, &token);
	if (!known)
		return 0;
	return *conn_slot(token) = known->verdict;
}

static __always_inline bool conn_known(__u32 token)
{
	return conn_verdict(token);
}

/* Whether or not the ring has room for the event: CDC must be judged all the same. */
static __always_inline void conn_know(__u32 token, const struct smcw_event *ev, __u32 receive_size,
				      __u32 peer_size)
{
	struct conn *known = bpf_map_lookup_elem(&conns, &token);
	__u64 verdict = token | CONN_KNOWN | (socket_wanted(ev) ? CONN_WANTED : 0);

	if (verdict & CONN_WANTED)
		belongs(GROUP_KEY(ev));
	*conn_slot(token) = verdict;
	if (!known) {
		bpf_map_update_elem(&conns, &token, &no_conn, BPF_NOEXIST);
		known = bpf_map_lookup_elem(&conns, &token);
	}
	if (!known) {
		TABLE_FULL(SMCW_HOOK_CONN_TABLE);
		return;
	}
	known->verdict = verdict;
	if (ev->kind == SMCW_EV_CONN_NEW) /* its cursors are zero, and not only unknown */
		known->sent.known = known->received.known = 1;
	known->sent.size = peer_size;
	known->received.size = receive_size;
}

static __always_inline void conn_forget(__u32 token)
{
	bpf_map_delete_elem(&conns, &token);
	*conn_slot(token) = 0;
}

static __always_inline bool cdc_wanted(__u32 token)
{
	return filter.kinds & SMCW_KIND_BIT(SMCW_EV_CDC) &&
	       (!filter.on_socket || conn_verdict(token) & CONN_WANTED);
}

/* A message that comes while its connection ends is that connection's, and does not bring it back.
 */
static __always_inline bool cdc_wanted_late(const struct smcw_event *ev)
{
	return filter.kinds & SMCW_KIND_BIT(SMCW_EV_CDC) && socket_wanted(ev);
}

/*
 * TRACE_CDC_SMCD words of a CDC message: all that SMC-D has, and of SMC-R what is of interest. What
 * cannot be read is zero, which the type that it begins with never is.
 */
static __always_inline bool read_cdc(__u64 *to, const void *from)
{
	struct words a = read_words(from), b = read_words(from + sizeof(a));

	to[0] = a.first;
	to[1] = a.second;
	to[2] = b.first;
	to[3] = b.second;
	return a.first || !bpf_probe_read_kernel(to, TRACE_CDC_SMCD * sizeof(*to), from);
}

#include "traffic.bpf.h"

/* ---- CDC, each message ---- */

/*
 * Others may take the turn first, on other processors or in an interrupt. It does not happen so
 * often in a row; if it does the event counts as one for which the ring has no room.
 */
#define TURN_TRIES 32

static __always_inline struct trace_cdc *slot_take(__u32 *turn)
{
	__u64 next;
	__u32 key;
	int i;

#pragma clang loop unroll(disable)
	for (i = 0; i < TURN_TRIES; i++) {
		next = *(volatile __u64 *)&turns.taken;
		if (next - *(volatile __u64 *)&turns.read >= filter.slots)
			return 0;
		if (__sync_val_compare_and_swap(&turns.taken, next, next + 1) != next)
			continue;
		*turn = next + 1;
		key = next & (filter.slots - 1);
		return bpf_map_lookup_elem(&slots, &key);
	}
	return 0;
}

static __always_inline bool slot_fill(struct trace_cdc *slot, __u8 hook, __u64 channel,
				      const void *from)
{
	__u64 *to = (void *)slot + TRACE_CDC_SMCD_AT;

	if (!SMCW_HOOK_IS_SMCD(hook))
		return !bpf_probe_read_kernel(slot->data, sizeof(slot->data), from);
	to[0] = channel;
	return read_cdc(to + 1, from);
}

_Static_assert(sizeof(((struct trace_cdc *)0)->data) == SMCW_CDC_LEN, "SMC-R's messages");
_Static_assert(TRACE_CDC_SMCD * 8 == sizeof(struct smcw_cdc_smcd), "SMC-D's messages");

/* on: it is wanted, by cdc_wanted() or, when its connection has just ended, by cdc_wanted_late().
 */
static __always_inline int cdc_put(bool on, __u32 token, __u8 hook, __u64 channel, const void *from,
				   __u32 len)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct trace_counter *c = counter(cpu, hook);
	struct trace_cdc *slot;
	__u32 turn = 0;

	if (ended)
		return 0;
	__sync_fetch_and_add(&c->seen, 1);
	if (!on) {
		__sync_fetch_and_add(&c->filtered, 1);
		return 0;
	}
	if (aggregate) { /* no event: counted as filtered, or as lost when it cannot be added */
		if (cdc_add_up(token, hook, channel, from))
			__sync_fetch_and_add(&c->filtered, 1);
		else
			__sync_fetch_and_add(&c->unreadable, 1);
		return 0;
	}
	slot = slot_take(&turn);
	if (!slot) {
		__sync_fetch_and_add(&c->full, 1);
		return 0;
	}
	slot->time = bpf_ktime_get_ns();
	slot->conn = token;
	slot->length = len;
	slot->cpu = cpu;
	slot->hook = hook;
	if (!slot_fill(slot, hook, channel, from)) {
		slot->hook = SMCW_HOOK_NONE;
		__sync_fetch_and_add(&c->unreadable, 1);
	} else {
		__sync_fetch_and_add(&c->sent, 1);
	}
	__sync_lock_test_and_set(&slot->turn, turn);
	return 0;
}

#endif
