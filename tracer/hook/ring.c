// SPDX-License-Identifier: GPL-2.0-or-later
/* See ring.h. */
#include "ring.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "smc_codec.h"

#define HOLD_NS 30000000ull /* a control event waits so long for older ones */
#define TABLE 65536	    /* connections, by alert token; a power of two */

TRACE_IS_MASK(TABLE);

/* A control event that waits for its turn. */
struct held {
	__u64 time;
	struct smcw_event *ev;
};

/* An event of CDC. */
struct cdc_event {
	struct smcw_event ev;
	__u8 message[TRACE_CDC_DATA];
};

/* A connection's words about itself, with which its CDC begins. */
struct conn_event {
	struct smcw_event ev;
	struct cdc_event cdc;
};

struct ring {
	struct ring_buffer *control, *cdc;
	const struct trace_counter (*counters)[SMCW_HOOKS_MAX];
	const struct trace_cdc *slots;
	struct trace_turns *turns;
	__u32 n_slots;
	unsigned int cpus; /* rows of counters that are used */
	ring_fn fn, arrived;
	void *ctx;
	struct held *held;
	size_t n, cap, next; /* held; next to hand on */
	struct conn_event *conns[TABLE];
	struct cdc_event unknown;   /* of a connection that is not known */
	__u64 lost[SMCW_HOOKS_MAX]; /* reported so far */
	__u64 to_wall;		    /* ns to add to time since boot */
	__u64 control_until;	    /* control events are held that are older than that */
	int handed;
};

static __u64 ring_now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec;
}

/* The clocks differ by what is least in doubt of a few tries; wall clock may be set meanwhile. */
static void read_clocks(struct ring *r)
{
	__u64 best = ~0ull;

	for (int i = 0; i < 3; i++) {
		__u64 before = ring_now_ns(CLOCK_MONOTONIC), wall = ring_now_ns(CLOCK_REALTIME);
		__u64 width = ring_now_ns(CLOCK_MONOTONIC) - before;

		if (width < best) {
			best = width;
			r->to_wall = wall - before - width / 2;
		}
	}
}

/* ---- losses ----------------------------------------------------------------------------- */

struct trace_counter ring_counter(const struct ring *r, unsigned int hook)
{
	struct trace_counter sum = { 0 };

	for (unsigned int cpu = 0; cpu < r->cpus; cpu++) {
		const volatile struct trace_counter *c = &r->counters[cpu][hook];

		sum.seen += c->seen;
		sum.filtered += c->filtered;
		sum.sent += c->sent;
		sum.full += c->full;
		sum.unreadable += c->unreadable;
		sum.truncated += c->truncated;
	}
	return sum;
}

static struct smcw_ev_counter counter_row(unsigned int hook, const struct trace_counter *c)
{
	return (struct smcw_ev_counter){ .hook = (__u8)hook,
					 .seen = htobe64(c->seen),
					 .filtered = htobe64(c->filtered),
					 .sent = htobe64(c->sent),
					 .full = htobe64(c->full),
					 .unreadable = htobe64(c->unreadable),
					 .truncated = htobe64(c->truncated) };
}

static const __u64 bounds[TRACE_DELAYS] = {
#define X_BOUND(ns, text) ns,
	SMCW_DELAY_BOUNDS(X_BOUND)
#undef X_BOUND
};

/* A class over all processors, as BPF goes on with it. */
static struct smcw_ev_delay delay_row(const struct ring *r, const struct trace_delays *delays,
				      unsigned int what, unsigned int class)
{
	struct trace_delay sum = { 0 };

	for (unsigned int cpu = 0; cpu < r->cpus; cpu++) {
		const volatile struct trace_delay *d = &delays[cpu].of[what][class];
		__u64 n = d->count;

		if (!n)
			continue;
		sum.min = sum.count && sum.min < d->min ? sum.min : d->min;
		sum.max = sum.max > d->max ? sum.max : d->max;
		sum.count += n;
		sum.sum += d->sum;
	}
	return (struct smcw_ev_delay){ .what = (__u8)what,
				       .to_ns = htobe64(bounds[class]),
				       .count = htobe64(sum.count),
				       .sum_ns = htobe64(sum.sum),
				       .min_ns = htobe64(sum.min),
				       .max_ns = htobe64(sum.max) };
}

size_t ring_delays_event(const struct ring *r, const struct trace_delays *delays, void *buf,
			 size_t cap)
{
	struct smcw_event *ev = buf;
	struct smcw_ev_delay *row = (void *)(ev + 1);
	size_t n = 0;

	memset(ev, 0, sizeof(*ev));
	for (unsigned int i = 0; i < SMCW_DELAY_COUNT * TRACE_DELAYS; i++) {
		if (sizeof(*ev) + (n + 1) * sizeof(*row) > cap)
			break;
		row[n] = delay_row(r, delays, i / TRACE_DELAYS, i % TRACE_DELAYS);
		n += !!row[n].count;
	}
	if (!n)
		return 0;
	ev->version = SMCW_EVENT_VERSION;
	ev->kind = SMCW_EV_DELAYS;
	ev->time = htobe64(ring_now_ns(CLOCK_REALTIME));
	ev->length = ev->original = htons((__u16)(n * sizeof(*row)));
	return sizeof(*ev) + n * sizeof(*row);
}

size_t ring_counters_event(const struct ring *r, void *buf, size_t cap)
{
	struct smcw_event *ev = buf;
	struct smcw_ev_counter *row = (void *)(ev + 1);
	unsigned int n = 0;

	memset(ev, 0, sizeof(*ev));
	for (unsigned int hook = 1; hook < SMCW_HOOKS_MAX; hook++) {
		struct trace_counter c = ring_counter(r, hook);

		if (!c.seen || sizeof(*ev) + (n + 1) * sizeof(*row) > cap)
			continue;
		row[n++] = counter_row(hook, &c);
	}
	if (!n)
		return 0;
	ev->version = SMCW_EVENT_VERSION;
	ev->kind = SMCW_EV_COUNTERS;
	ev->time = htobe64(ring_now_ns(CLOCK_REALTIME));
	ev->length = ev->original = htons((__u16)(n * sizeof(*row)));
	return sizeof(*ev) + n * sizeof(*row);
}

/* ---- handing on -------------------------------------------------------------------------- */

/* The event's connection as far as it is known, or NULL. */
static const struct smcw_event *known_conn(const struct ring *r, __be32 conn)
{
	const struct conn_event *known = r->conns[ntohl(conn) & (TABLE - 1)];

	return conn && known && known->ev.conn == conn ? &known->ev : NULL;
}

#define CDC_FLAGS(dir)                                                                             \
	((__u8)(SMCW_EV_FLAGS_OF(dir) | (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? SMCW_EV_BIG : 0)))

/* The part that all CDC of a connection has in common. */
static void cdc_prepare(struct cdc_event *cdc)
{
	cdc->ev.kind = SMCW_EV_CDC;
	cdc->ev.state = 0;
}

/* Later CDC of the connection is widened with this. */
static void ring_learn(struct ring *r, const struct smcw_event *ev)
{
	struct conn_event **slot = &r->conns[ntohl(ev->conn) & (TABLE - 1)];

	if (!ev->conn || (ev->kind != SMCW_EV_CONN_NEW && ev->kind != SMCW_EV_CONN_READY))
		return;
	if (!*slot)
		*slot = malloc(sizeof(**slot));
	if (!*slot)
		return;
	(*slot)->ev = (*slot)->cdc.ev = *ev;
	cdc_prepare(&(*slot)->cdc);
}

static void hand_on(struct ring *r, struct smcw_event *ev)
{
	struct trace_counter c;

	ring_learn(r, ev);
	ev->time = htobe64(be64toh(ev->time) + r->to_wall);
	if (ev->hook < SMCW_HOOKS_MAX && ev->kind != SMCW_EV_CDC) {
		c = ring_counter(r, ev->hook);
		ev->lost = htobe64(c.full + c.unreadable - r->lost[ev->hook]);
		r->lost[ev->hook] = c.full + c.unreadable;
	}
	r->handed++;
	r->fn(r->ctx, ev);
}

static void hand_on_until(struct ring *r, __u64 time)
{
	while (r->next < r->n && r->held[r->next].time <= time) {
		hand_on(r, r->held[r->next].ev);
		free(r->held[r->next++].ev);
	}
}

/* ---- control ring --------------------------------------------------------------------------- */

static int ring_hold(struct ring *r, struct smcw_event *ev)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 1024;
		struct held *more = realloc(r->held, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		r->held = more;
		r->cap = cap;
	}
	r->held[r->n++] = (struct held){ be64toh(ev->time), ev };
	return 0;
}

/* The event with its zeroes again, and its message; NULL without memory. */
static struct smcw_event *ring_unsqueeze(const struct trace_record *rec)
{
	const __u64 *word = (const void *)(rec + 1);
	const size_t bits = 8 * sizeof(rec->words);
	__u64 *ev = calloc(1, bits * sizeof(*ev) + rec->bytes);

	for (size_t i = 0; ev && i < bits; i++)
		if (rec->words >> i & 1)
			ev[i] = *word++;
	if (ev && rec->bytes)
		memcpy((struct smcw_event *)ev + 1, word, rec->bytes);
	return (struct smcw_event *)ev;
}

static int take_control(void *ctx, void *data, size_t size)
{
	const struct trace_record *rec = data;
	struct ring *r = ctx;
	struct smcw_event *ev;
	int err;

	if (size < sizeof(*rec) ||
	    size < sizeof(*rec) + rec->bytes +
			    (size_t)__builtin_popcount(rec->words) * sizeof(__u64))
		return 0; /* cannot be: BPF wrote it */
	ev = ring_unsqueeze(rec);
	if (!ev)
		return -ENOMEM;
	err = ring_hold(r, ev);
	if (err)
		free(ev);
	else if (r->arrived)
		r->arrived(r->ctx, ev);
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

/*
 * Control events say whose a connection is, so those before a CDC record have to be known when it
 * is read. A flood of CDC takes long to read, and connections come and are accepted meanwhile.
 */
static int hold_until(struct ring *r, __u64 time)
{
	int n;

	if (time < r->control_until)
		return 0;
	r->control_until = ring_now_ns(CLOCK_MONOTONIC);
	n = ring_buffer__consume(r->control);
	if (n > 0)
		qsort(r->held + r->next, r->n - r->next, sizeof(*r->held), by_time);
	return n < 0 ? n : 0;
}

/* ---- CDC ring ------------------------------------------------------------------------------- */

/* Both records begin alike, and their beginnings are read in one way. */
_Static_assert(offsetof(struct smcw_traffic_record, hook) == offsetof(struct smcw_cdc_record, hook),
	       "hook");
_Static_assert(offsetof(struct smcw_traffic_record, traffic) ==
		       offsetof(struct smcw_cdc_record, message),
	       "body");
_Static_assert(sizeof(((struct smcw_cdc_record *)0)->message) <= sizeof(struct smcw_ev_traffic),
	       "take_cdc()'s room is of the longer one");

static int take_cdc(void *ctx, void *data, size_t size)
{
	struct {
		struct smcw_event ev;
		__u8 message[sizeof(struct smcw_ev_traffic)];
	} whole;
	struct ring *r = ctx;
	const struct smcw_cdc_record *rec = data;
	const struct smcw_event_hook *hook;
	const struct smcw_event *conn;
	struct smcw_event *ev = &whole.ev;
	int err;

	if (size < sizeof(*rec) || rec->length > sizeof(whole.message) ||
	    size < offsetof(struct smcw_cdc_record, message) + rec->length ||
	    rec->hook >= SMCW_HOOKS_MAX)
		return 0; /* cannot be: BPF wrote it */
	hook = &smcw_event_hooks[rec->hook];
	err = hold_until(r, rec->time);
	if (err)
		return err;
	if (r->next < r->n)
		hand_on_until(r, rec->time);
	conn = known_conn(r, htonl(rec->conn));
	if (conn)
		*ev = *conn;
	else
		*ev = (struct smcw_event){ .version = SMCW_EVENT_VERSION,
					   .conn = htonl(rec->conn) };
	ev->kind = hook->kind;
	ev->hook = rec->hook;
	ev->flags = smcw_kind_is_message(hook->kind) ? CDC_FLAGS(hook->dir) : 0;
	if (hook->mode != SMCW_MODE_UNKNOWN)
		ev->mode = hook->mode;
	ev->state = 0;
	ev->time = htobe64(rec->time);
	ev->channel = htobe64(rec->channel);
	ev->cpu = htons(rec->cpu);
	ev->length = ev->original = htons(rec->length);
	memcpy(whole.message, rec->message, rec->length);
	hand_on(r, ev);
	return 0;
}

/* The event that CDC of the connection makes; all but what is its own is there already. */
static struct cdc_event *event_of(struct ring *r, __u32 token)
{
	struct conn_event *known = r->conns[token & (TABLE - 1)];
	__be32 conn = htonl(token);

	if (conn && known && known->ev.conn == conn)
		return &known->cdc;
	r->unknown = (struct cdc_event){ .ev = { .version = SMCW_EVENT_VERSION, .conn = conn } };
	cdc_prepare(&r->unknown);
	return &r->unknown;
}

/* A CDC message of its own. */
static int take_slot(struct ring *r, const struct trace_cdc *slot)
{
	bool smcd = SMCW_HOOK_IS_SMCD(slot->hook);
	const __u64 *words = (const void *)((const char *)slot + TRACE_CDC_SMCD_AT);
	struct cdc_event *cdc;
	struct smcw_event *ev;
	int err = hold_until(r, slot->time);

	if (err)
		return err;
	if (r->next < r->n)
		hand_on_until(r, slot->time);
	cdc = event_of(r, slot->conn);
	ev = &cdc->ev;
	ev->hook = slot->hook;
	ev->flags = SMCW_HOOK_IS_OUT(slot->hook) ? CDC_FLAGS(SMCW_DIR_OUT) : CDC_FLAGS(SMCW_DIR_IN);
	ev->time = htobe64(slot->time + r->to_wall);
	ev->cpu = htons(slot->cpu);
	ev->id = ev->lost = 0;
	if (smcd) {
		ev->mode = SMCW_MODE_SMCD;
		ev->channel = htobe64(*words);
		ev->length = ev->original = htons(TRACE_CDC_SMCD * sizeof(*words));
		memcpy(cdc->message, words + 1, TRACE_CDC_SMCD * sizeof(*words));
	} else {
		ev->mode = SMCW_MODE_SMCR;
		ev->channel = 0;
		ev->length = ev->original = htons(sizeof(slot->data));
		memcpy(cdc->message, slot->data, sizeof(slot->data));
	}
	r->handed++;
	r->fn(r->ctx, ev);
	return 0;
}

#define READ_TURNS 256 /* so often room is given back */

/* In the order of the turns, up to one that is taken and not published yet. */
static int read_slots(struct ring *r)
{
	__u64 taken = __atomic_load_n(&r->turns->taken, __ATOMIC_ACQUIRE), next = r->turns->read;
	int err = 0;

	for (; !err && next != taken; next++) {
		const struct trace_cdc *slot = &r->slots[next & (r->n_slots - 1)];

		if (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) != (__u32)(next + 1))
			break;
		if (slot->hook != SMCW_HOOK_NONE)
			err = take_slot(r, slot);
		if (!((next + 1) % READ_TURNS))
			__atomic_store_n(&r->turns->read, next + 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&r->turns->read, next, __ATOMIC_RELEASE);
	return err;
}

/* Summing up all processors for every CDC would cost more than the CDC: it is reported once a
 * batch. */
static void note_cdc_losses(struct ring *r)
{
	for (unsigned int hook = 0; hook < SMCW_HOOKS_MAX; hook++) {
		struct trace_counter c;
		__u64 lost;
		struct {
			struct smcw_event ev;
			struct smcw_ev_counter row;
		} report;

		if (smcw_event_hooks[hook].kind != SMCW_EV_CDC)
			continue;
		c = ring_counter(r, hook);
		lost = c.full + c.unreadable;
		if (lost == r->lost[hook])
			continue;
		report.ev = (struct smcw_event){ .version = SMCW_EVENT_VERSION,
						 .kind = SMCW_EV_COUNTERS,
						 .hook = (__u8)hook,
						 .lost = htobe64(lost - r->lost[hook]),
						 .length = htons(sizeof(report.row)),
						 .original = htons(sizeof(report.row)),
						 .time = htobe64(ring_now_ns(CLOCK_REALTIME)) };
		report.row = counter_row(hook, &c);
		r->lost[hook] = lost;
		r->fn(r->ctx, &report.ev);
	}
}

/* ---- the reader ------------------------------------------------------------------ */

int ring_drain(struct ring *r, bool all)
{
	int err;

	r->handed = 0;
	read_clocks(r);
	err = hold_until(r, ~0ull);
	if (err)
		return err;
	err = ring_buffer__consume(r->cdc);
	if (err < 0)
		return err;
	err = read_slots(r);
	if (err)
		return err;
	hand_on_until(r, all ? ~0ull : ring_now_ns(CLOCK_MONOTONIC) - HOLD_NS);
	note_cdc_losses(r);
	if (r->next == r->n) {
		r->n = r->next = 0;
	} else if (r->next) {
		r->n -= r->next;
		memmove(r->held, r->held + r->next, r->n * sizeof(*r->held));
		r->next = 0;
	}
	return r->handed;
}

int ring_poll_fd(const struct ring *r)
{
	return ring_buffer__epoll_fd(r->control);
}

struct ring *ring_new(const struct ring_memory *memory, ring_fn fn, void *ctx)
{
	struct ring *r = calloc(1, sizeof(*r));
	int cpus;

	if (!r)
		return NULL;
	r->counters = memory->counters;
	r->slots = memory->slots;
	r->n_slots = memory->n_slots;
	r->turns = memory->turns;
	cpus = libbpf_num_possible_cpus();
	r->cpus = cpus > 0 && cpus < TRACE_CPUS ? (unsigned int)cpus : TRACE_CPUS;
	r->fn = fn;
	r->ctx = ctx;
	r->control = ring_buffer__new(memory->control_fd, take_control, r, NULL);
	r->cdc = ring_buffer__new(memory->cdc_fd, take_cdc, r, NULL);
	if (!r->control || !r->cdc) {
		ring_free(r);
		return NULL;
	}
	return r;
}

void ring_on_arrival(struct ring *r, ring_fn fn)
{
	r->arrived = fn;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	while (r->next < r->n)
		free(r->held[r->next++].ev);
	for (unsigned int i = 0; i < TABLE; i++)
		free(r->conns[i]);
	ring_buffer__free(r->control);
	ring_buffer__free(r->cdc);
	free(r->held);
	free(r);
}
