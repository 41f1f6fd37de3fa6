/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CDC added up, with --aggregate: what the statistics make of an event a message (stats_conn.c,
 * stats_latency.c), made in the kernel by the same rules, and by proto/cursor.h like them. For
 * emit.h, which includes it.
 */
#ifndef SMCKIT_TRACER_TRAFFIC_BPF_H
#define SMCKIT_TRACER_TRAFFIC_BPF_H

/* ---- times by classes ------------------------------------------------------------------- */

/* Read by user space where it lies. */
struct trace_delays delays[TRACE_CPUS];

#define BOUNDS 32 /* a power of two, for the search */
TRACE_IS_MASK(BOUNDS);

static const __u64 bounds[BOUNDS] = {
#define X_BOUND(ns, text) ns,
	SMCW_DELAY_BOUNDS(X_BOUND)
#undef X_BOUND
		[SMCW_BOUND_COUNT... BOUNDS - 1] = ~0ull
};

_Static_assert(SMCW_BOUND_COUNT < BOUNDS, "BOUNDS is too small");

/* How many bounds are below it. */
static __always_inline __u32 delay_class(__u64 ns)
{
	__u32 class = 0, step;

#pragma clang loop unroll(full)
	for (step = BOUNDS / 2; step; step >>= 1)
		if (ns > bounds[(class + step - 1) & (BOUNDS - 1)])
			class += step;
	return class;
}

static __always_inline void delay_add(__u32 what, __u64 ns)
{
	__u32 cpu = bpf_get_smp_processor_id() & (TRACE_CPUS - 1), class = delay_class(ns);
	struct trace_delay *d;

	if (class >= TRACE_DELAYS)
		return;
	d = &delays[cpu].of[what][class];
	if (!d->count || ns < d->min)
		d->min = ns;
	if (ns > d->max)
		d->max = ns;
	__sync_fetch_and_add(&d->sum, ns);
	__sync_fetch_and_add(&d->count, 1);
}

/* ---- from sending to receiving ------------------------------------------------------------ */

/*
 * By channel, when the latest message was sent, 0: it was received. An earlier one that was not
 * received has been overwritten, and never is.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u64);
} under_way SEC(".maps");

static __always_inline void delay_begin(__u64 channel, __u64 now)
{
	__u64 *sent = bpf_map_lookup_elem(&under_way, &channel);

	if (sent)
		*sent = now;
	else if (bpf_map_update_elem(&under_way, &channel, &now, BPF_ANY))
		TABLE_FULL(SMCW_HOOK_DELAY_TABLE);
}

static __always_inline void delay_end(struct conn *conn, __u64 channel, __u64 now)
{
	__u64 *sent = bpf_map_lookup_elem(&under_way, &channel), ns;

	if (!sent || !*sent)
		return;
	ns = now - *sent;
	*sent = 0;
	__sync_fetch_and_add(&conn->delays, 1);
	__sync_fetch_and_add(&conn->delay_ns, ns);
	delay_add(SMCW_DELAY_RECEIVED, ns);
}

static __always_inline void channel_ends(__u64 channel)
{
	if (aggregate)
		bpf_map_delete_elem(&under_way, &channel);
}

/* ---- from receiving to the news that it was read ----------------------------------------------
 */

/*
 * A cursor is copied member by member: the bytes between them are not readable on the stack, and
 * clang loads a whole one byte by byte.
 */
static __always_inline void cursor_set(struct smcp_cursor *to, struct smcp_cursor from)
{
	to->wrap = from.wrap;
	to->count = from.count;
}

static __always_inline struct smcp_cursor cursor_get(const struct smcp_cursor *from)
{
	struct smcp_cursor at;

	at.wrap = from->wrap;
	at.count = from->count;
	return at;
}

static __always_inline void wait_for_reader(struct conn *conn, struct smcp_cursor at, __u64 now)
{
	__u32 in = conn->unread_in, n = in - conn->unread_out;
	struct unread *last = &conn->unread[(in - 1) & (TRACE_UNREAD - 1)];
	struct unread *u = &conn->unread[in & (TRACE_UNREAD - 1)];

	if (n >= TRACE_UNREAD || (n && smcp_cursor_is_same(cursor_get(&last->at), at)))
		return;
	u->time = now;
	cursor_set(&u->at, at);
	barrier();
	conn->unread_in = in + 1;
}

static __always_inline void was_read(struct conn *conn, struct smcp_cursor at, __u64 now)
{
	__u32 out = conn->unread_out, i;

	for (i = 0; i < TRACE_UNREAD && out != conn->unread_in; i++, out++) {
		struct unread *u = &conn->unread[out & (TRACE_UNREAD - 1)];

		if (smcp_cursor_goes_back(cursor_get(&u->at), at))
			break;
		delay_add(SMCW_DELAY_READ, now - u->time);
	}
	conn->unread_out = out;
}

/* ---- bytes -------------------------------------------------------------------------------- */

/* A cursor that goes back is of an old message. */
static __always_inline void way_went_on(struct way *way, struct smcp_cursor at)
{
	struct smcp_cursor was = cursor_get(&way->at);

	__sync_fetch_and_add(&way->messages, 1);
	if (way->known && smcp_cursor_goes_back(was, at))
		return;
	if (!way->known) /* it may be older than the trace */
		way->known = 1;
	else if (way->size || !smcp_cursor_turns(was, at))
		way->bytes += smcp_cursor_move(was, at, way->size);
	cursor_set(&way->at, at);
}

static __always_inline void way_blocked(struct way *way, bool blocked, __u64 now)
{
	if (blocked == !!way->blocked_since)
		return;
	if (!blocked)
		way->blocked += now - way->blocked_since;
	way->blocked_since = blocked ? now : 0;
}

/* ---- messages ----------------------------------------------------------------------------- */

struct cursors {
	struct smcp_cursor prod, cons;
	bool blocked;
};

static __always_inline bool cursors_read(struct cursors *c, bool smcd, const void *from)
{
	union {
		struct smcw_cdc r;
		struct smcw_cdc_smcd d;
		__u64 words[TRACE_CDC_SMCD];
	} m;

	if (!read_cdc(m.words, from))
		return 0;
	if (smcd) {
		c->prod.wrap = m.d.prod_wrap;
		c->prod.count = m.d.prod_count;
		c->cons.wrap = m.d.cons_wrap;
		c->cons.count = m.d.cons_count;
		c->blocked = m.d.flags & SMCW_CDC_WRITE_BLOCKED;
	} else {
		c->prod.wrap = bpf_ntohs(m.r.prod.wrap);
		c->prod.count = bpf_ntohl(m.r.prod.count);
		c->cons.wrap = bpf_ntohs(m.r.cons.wrap);
		c->cons.count = bpf_ntohl(m.r.cons.count);
		c->blocked = m.r.flags & SMCW_CDC_WRITE_BLOCKED;
	}
	return 1;
}

/* False if the connection is not known. */
static __noinline int cdc_add_up(__u32 token, __u32 hook, __u64 channel, const void *from)
{
	struct conn *conn = bpf_map_lookup_elem(&conns, &token);
	bool out = SMCW_HOOK_IS_OUT(hook), smcd = SMCW_HOOK_IS_SMCD(hook);
	__u64 now = bpf_ktime_get_ns();
	struct cursors c;

	if (!conn || !cursors_read(&c, smcd, from))
		return 0;
	way_went_on(out ? &conn->sent : &conn->received, c.prod);
	way_blocked(out ? &conn->sent : &conn->received, c.blocked, now);
	if (out) {
		was_read(conn, c.cons, now);
		if (smcd)
			delay_begin(channel, now);
	} else {
		wait_for_reader(conn, c.prod, now);
		if (smcd)
			delay_end(conn, channel, now);
	}
	return 1;
}

/* ---- reports ------------------------------------------------------------------------------ */

static __always_inline __be64 blocked_until(const struct way *way, __u64 now)
{
	__u64 since = way->blocked_since;

	return bpf_cpu_to_be64(way->blocked + (since && now > since ? now - since : 0));
}

/* Report its traffic up to now, unless that has been reported. */
static __always_inline void traffic_put(__u32 token, struct conn *conn)
{
	__u64 all = conn->sent.messages + conn->received.messages, now = bpf_ktime_get_ns();
	struct smcw_traffic_record *r;

	if (ended ||
	    (all == conn->reported && !conn->sent.blocked_since && !conn->received.blocked_since))
		return;
	COUNT(SMCW_HOOK_TRAFFIC, seen);
	r = bpf_ringbuf_reserve(&cdc, sizeof(*r), 0);
	if (!r) {
		COUNT(SMCW_HOOK_TRAFFIC, full);
		return;
	}
	r->time = now;
	r->channel = 0;
	r->conn = token;
	r->hook = SMCW_HOOK_TRAFFIC;
	r->length = sizeof(r->traffic);
	r->cpu = bpf_get_smp_processor_id();
	r->traffic.sent_messages = bpf_cpu_to_be64(conn->sent.messages);
	r->traffic.received_messages = bpf_cpu_to_be64(conn->received.messages);
	r->traffic.sent = bpf_cpu_to_be64(conn->sent.bytes);
	r->traffic.received = bpf_cpu_to_be64(conn->received.bytes);
	r->traffic.delays = bpf_cpu_to_be64(conn->delays);
	r->traffic.delay_ns = bpf_cpu_to_be64(conn->delay_ns);
	r->traffic.sent_blocked = blocked_until(&conn->sent, now);
	r->traffic.received_blocked = blocked_until(&conn->received, now);
	conn->reported = all;
	COUNT(SMCW_HOOK_TRAFFIC, sent);
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

/* Before the connection is forgotten. */
static __always_inline void traffic_ends(__u32 token)
{
	struct conn *conn = aggregate ? bpf_map_lookup_elem(&conns, &token) : 0;

	if (conn && (!filter.on_socket || conn->verdict & CONN_WANTED))
		traffic_put(token, conn);
}

/* Run by user space once a second. */
SEC("?iter/bpf_map_elem")
int report_traffic(struct bpf_iter__bpf_map_elem *ctx)
{
	struct conn *conn = ctx->value;
	__u32 *token = ctx->key;

	if (token && conn && (!filter.on_socket || conn->verdict & CONN_WANTED))
		traffic_put(*token, conn);
	return 0;
}

#endif
