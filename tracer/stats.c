// SPDX-License-Identifier: GPL-2.0-or-later
/* Events counted. See stats.h; the printing is in stats_print.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smc_codec.h"
#include "stats.h"
#include "who.h"

static const __u64 bounds[] = {
#define X_NS(ns, text) ns,
	STATS_BOUNDS(X_NS)
#undef X_NS
};

struct stats *stats_new(void)
{
	return calloc(1, sizeof(struct stats));
}

void stats_free(struct stats *s)
{
	struct stats_conn *c, *next;
	size_t i;

	if (!s)
		return;
	for (i = 0; i < STATS_BUCKETS; i++)
		for (c = s->conn[i]; c; c = next) {
			next = c->next;
			free(c);
		}
	for (i = 0; i < STATS_ENDS; i++)
		free(s->times[i].last);
	free(s->fallbacks.row);
	free(s->declines.row);
	free(s->open);
	observed_free(&s->observed);
	free(s);
}

/* ---- handshakes ------------------------------------------------------------------ */

static int count_time(struct stats_times *t, __u64 ns)
{
	size_t i;

	if (!t->last)
		t->last = calloc(STATS_TIMES, sizeof(*t->last));
	if (!t->last)
		return -ENOMEM;
	t->last[t->n++ % STATS_TIMES] = ns;
	t->sum += ns;
	if (t->n == 1 || ns < t->min)
		t->min = ns;
	if (ns > t->max)
		t->max = ns;
	for (i = 0; i < STATS_BOUND_COUNT && ns > bounds[i]; i++)
		;
	t->bucket[i]++;
	return 0;
}

static struct smcw_event *find_open(struct stats *s, const struct smcw_event *ev)
{
	size_t i;

	for (i = s->n_open; i; i--)
		if (who_same(&s->open[i - 1], ev))
			return &s->open[i - 1];
	return NULL;
}

static void close_open(struct stats *s, struct smcw_event *open)
{
	size_t i = (size_t)(open - s->open);

	memmove(open, open + 1, (s->n_open - i - 1) * sizeof(*open));
	s->n_open--;
}

/* The SYN has no cookie perhaps; what comes after it brings one. */
static int begin(struct stats *s, const struct smcw_event *ev)
{
	struct smcw_event *open = find_open(s, ev);

	if (open) {
		if (!open->sock)
			open->sock = ev->sock;
		return 0;
	}
	if (!s->open)
		s->open = calloc(STATS_OPEN_MAX, sizeof(*s->open));
	if (!s->open)
		return -ENOMEM;
	if (s->n_open == STATS_OPEN_MAX) {
		close_open(s, s->open);
		s->unfinished++;
	}
	s->open[s->n_open++] = *ev;
	return 0;
}

static int end(struct stats *s, const struct smcw_event *ev, enum stats_end how)
{
	struct smcw_event *open = find_open(s, ev);
	__u64 from, to;

	s->ended[how]++;
	if (!open)
		return 0;
	from = smcw_get64(&open->time);
	to = smcw_get64(&ev->time);
	close_open(s, open);
	return count_time(&s->times[how], to > from ? to - from : 0);
}

/* ---- reasons --------------------------------------------------------------------- */

static int count_reason(struct stats_reasons *all, __u32 reason, __u32 diagnosis, __u8 direction)
{
	struct stats_reason *row;
	size_t i;

	for (i = 0; i < all->n; i++) {
		row = &all->row[i];
		if (row->reason == reason && row->diagnosis == diagnosis &&
		    row->direction == direction) {
			row->n++;
			return 0;
		}
	}
	row = realloc(all->row, (all->n + 1) * sizeof(*row));
	if (!row)
		return -ENOMEM;
	all->row = row;
	row[all->n++] = (struct stats_reason){ reason, diagnosis, direction, 1 };
	return 0;
}

static int count_clc(struct stats *s, const struct smcw_event *ev)
{
	struct smcw_decline_parts decline;
	struct smcw_layout l;

	smcw_event_message(ev, &l);
	if (!smcw_decline_parse(ev + 1, &l, &decline) && decline.decline)
		return count_reason(&s->declines, smcw_get32(&decline.decline->diagnosis), 0,
				    (__u8)who_direction(ev));
	/* A Confirm may come when the connection is known to be ready. */
	return l.type == SMCW_PROPOSAL || l.type == SMCW_ACCEPT ? begin(s, ev) : 0;
}

static int count_fallback(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_fallback *b = (const void *)(ev + 1);
	int r = end(s, ev, STATS_TCP);

	return r ? r :
		   count_reason(&s->fallbacks, smcw_get32(&b->reason), smcw_get32(&b->diagnosis),
				SMCW_DIR_NONE);
}

/* ---- connections ----------------------------------------------------------------- */

/* Freed connections leave, the oldest of a bucket first, when there are too many. */
static void forget(struct stats *s, struct stats_conn **at)
{
	struct stats_conn **oldest = NULL, *c;

	if (s->freed - s->forgotten < STATS_CONNS_MAX)
		return;
	for (; *at; at = &(*at)->next)
		if ((*at)->freed)
			oldest = at;
	if (!oldest)
		return;
	c = *oldest;
	*oldest = c->next;
	free(c);
	s->forgotten++;
}

static struct stats_conn *find_conn(struct stats *s, const struct smcw_event *ev)
{
	struct stats_conn **bucket = &s->conn[smcw_get32(&ev->conn) % STATS_BUCKETS], *c;

	for (c = *bucket; c; c = c->next)
		if (c->who.conn == ev->conn && c->who.stack == ev->stack && !c->freed)
			break;
	if (!c) {
		forget(s, bucket);
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		c->next = *bucket;
		*bucket = c;
		s->conns++;
	}
	/* CDC knows less of its owner than what came before it. */
	if (!c->who.version || ev->pid || ev->local_port)
		c->who = *ev;
	return c;
}

static void add_bytes(struct stats *s, struct stats_conn *c, int way, __u64 n)
{
	c->way[way].bytes += n;
	s->total[way].bytes += n;
}

/*
 * RFC 7609 4.4.1: the cursor counts within the buffer, the wrap count how
 * often it began anew, modulo 65,536. One that goes back is an old message.
 */
static void move_cursor(struct stats *s, struct stats_conn *c, int way, __u32 wrap, __u32 count)
{
	struct stats_way *w = &c->way[way];
	__u16 wraps = (__u16)(wrap - w->wrap);

	if (w->known && (wraps >= 0x8000 || (!wraps && count < w->count)))
		return;
	if (w->known && !wraps)
		add_bytes(s, c, way, count - w->count);
	else if (w->known && w->size)
		add_bytes(s, c, way, (__u64)wraps * w->size + count - w->count);
	w->wrap = wrap;
	w->count = count;
	w->known = 1;
}

static void block(struct stats *s, struct stats_conn *c, int way, int blocked, __u64 now)
{
	struct stats_way *w = &c->way[way];

	if (w->blocked_since && !blocked) {
		__u64 ns = now > w->blocked_since ? now - w->blocked_since : 0;

		w->blocked += ns;
		s->total[way].blocked += ns;
		w->blocked_since = 0;
	} else if (!w->blocked_since && blocked) {
		w->blocked_since = now;
	}
}

static int count_cdc(struct stats *s, const struct smcw_event *ev)
{
	int way = who_direction(ev) == SMCW_DIR_IN, smcd;
	const struct smcw_piece *p;
	struct stats_conn *c;
	struct smcw_layout l;
	const __u8 *part;
	__u64 wrap, count, blocked;

	if (!ev->conn)
		return 0;
	smcw_event_message(ev, &l);
	p = smcw_layout_find(&l, SMCW_PART_cdc);
	smcd = !p;
	if (smcd)
		p = smcw_layout_find(&l, SMCW_PART_cdc_smcd);
	if (!p)
		return 0;
	c = find_conn(s, ev);
	if (!c)
		return -ENOMEM;
	part = (const __u8 *)(ev + 1) + p->off;
#define GET(key)                                                                                   \
	smcw_field_get(&smcw_fields[smcd ? SMCW_F_cdc_smcd_##key : SMCW_F_cdc_##key], part, l.big)
	wrap = GET(prod_wrap);
	count = GET(prod_count);
	blocked = GET(write_blocked);
#undef GET
	c->way[way].cdc++;
	s->total[way].cdc++;
	move_cursor(s, c, way, (__u32)wrap, (__u32)count);
	block(s, c, way, !!blocked, smcw_get64(&ev->time));
	return 0;
}

/* A total of the kernel's own counts when messages were missed. */
static void at_least(struct stats *s, struct stats_conn *c, int way, __u64 bytes)
{
	if (bytes > c->way[way].bytes)
		add_bytes(s, c, way, bytes - c->way[way].bytes);
}

static int count_conn(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_conn *b = (const void *)(ev + 1);
	struct stats_conn *c;
	int way;

	if (!ev->conn)
		return ev->kind == SMCW_EV_CONN_READY ? end(s, ev, STATS_SMC) : 0;
	c = find_conn(s, ev);
	if (!c)
		return -ENOMEM;
	if (b->peer_size)
		c->way[0].size = smcw_get32(&b->peer_size);
	if (b->receive_size)
		c->way[1].size = smcw_get32(&b->receive_size);
	/* From here on the cursors are followed, unless data has flowed unseen before. */
	for (way = 0; way < 2; way++)
		if (!c->way[way].cdc && !(ev->flags & SMCW_EV_SEEN))
			c->way[way].known = 1;
	if (ev->flags & SMCW_EV_SEEN || ev->kind == SMCW_EV_CONN_FREE) {
		at_least(s, c, 0, smcw_get64(&b->sent));
		at_least(s, c, 1, smcw_get64(&b->received));
	}
	if (ev->kind == SMCW_EV_CONN_FREE) {
		for (way = 0; way < 2; way++)
			block(s, c, way, 0, smcw_get64(&ev->time));
		c->freed = 1;
		s->freed++;
	}
	/* That it is accepted is of no handshake. */
	if (ev->kind == SMCW_EV_CONN_READY && ev->hook != SMCW_HOOK_CONN_ACCEPT &&
	    !(ev->flags & SMCW_EV_SEEN) && !b->error)
		return end(s, ev, STATS_SMC);
	return 0;
}

/* ---- hooks ----------------------------------------------------------------------- */

static void count_counters(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_counter *c = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*c);

	for (i = 0; i < n; i++)
		if (c[i].hook && c[i].hook < SMCW_HOOKS_MAX)
			s->counter[c[i].hook] = c[i];
}

long long stats_counter_missing(const struct smcw_ev_counter *c)
{
	return (long long)(smcw_get64(&c->seen) - smcw_get64(&c->filtered) - smcw_get64(&c->sent) -
			   smcw_get64(&c->full) - smcw_get64(&c->unreadable));
}

int stats_event(struct stats *s, const struct smcw_event *ev)
{
	int r = observed_event(&s->observed, ev);

	if (r)
		return r;
	if (ev->hook < SMCW_HOOKS_MAX)
		s->events[ev->hook]++;
	switch (ev->kind) {
	case SMCW_EV_SYN:
		return begin(s, ev);
	case SMCW_EV_CLC:
		return count_clc(s, ev);
	case SMCW_EV_CDC:
		return count_cdc(s, ev);
	case SMCW_EV_CONN_NEW:
	case SMCW_EV_CONN_READY:
	case SMCW_EV_CONN_FREE:
		return count_conn(s, ev);
	case SMCW_EV_FALLBACK:
		return count_fallback(s, ev);
	case SMCW_EV_COUNTERS:
		count_counters(s, ev);
		return 0;
	default:
		return 0;
	}
}
