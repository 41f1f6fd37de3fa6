// SPDX-License-Identifier: GPL-2.0-or-later
/* Events counted. See stats.h; connections are in stats_conn.c, the printing in stats_print.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "smc_codec.h"
#include "stats_private.h"
#include "base/who.h"

/* No handshake takes so long; what comes later of the same addresses is another one's. */
#define STALE_NS (200 * 1000000000ull)

static const __u64 bounds[] = {
#define X_NS(ns, text) ns,
	STATS_BOUNDS(X_NS)
#undef X_NS
};

struct stats *stats_new(void)
{
	struct stats *s = calloc(1, sizeof(struct stats));

	if (!s)
		return NULL;
	TAILQ_INIT(&s->opens);
	TAILQ_INIT(&s->age);
	s->started = (__u64)time(NULL) * 1000000000u;
	return s;
}

void stats_free(struct stats *s)
{
	struct stats_open *open;
	size_t i;

	if (!s)
		return;
	while ((open = TAILQ_FIRST(&s->opens))) {
		TAILQ_REMOVE(&s->opens, open, age);
		free(open);
	}
	table_free(&s->open_ends);
	table_free(&s->open_socks);
	stats_conn_free_all(s);
	stats_group_free_all(s);
	for (i = 0; i < STATS_ENDS; i++)
		free(s->times[i].last);
	for (i = 0; i < STATS_LATENCIES; i++)
		free(s->latency[i].last);
	free(s->ids);
	free(s->fallbacks.row);
	free(s->declines.row);
	for (i = 0; i < SMCW_HOSTS_MAX; i++)
		facts_free(&s->facts[i]);
	observed_free(&s->observed);
	free(s);
}

/* The mean stands for each; of so many the latest STATS_TIMES matter for the median. */
int stats_count_times(struct stats_times *t, __u64 n, __u64 sum, __u64 min, __u64 max)
{
	__u64 mean = sum / n;
	size_t i;

	if (!t->last)
		t->last = calloc(STATS_TIMES, sizeof(*t->last));
	if (!t->last)
		return -ENOMEM;
	for (__u64 k = 0; k < n && k < STATS_TIMES; k++)
		t->last[(t->n + n - 1 - k) % STATS_TIMES] = mean;
	if (!t->n || min < t->min)
		t->min = min;
	if (max > t->max)
		t->max = max;
	t->n += n;
	t->sum += sum;
	t->rough |= n > 1;
	for (i = 0; i < STATS_BOUND_COUNT && mean > bounds[i]; i++)
		;
	t->bucket[i] += n;
	return 0;
}

int stats_count_time(struct stats_times *t, __u64 ns)
{
	return stats_count_times(t, 1, ns, ns, ns);
}

/* ---- handshakes ------------------------------------------------------------------ */

static bool stats_has_ends(const struct smcw_event *ev)
{
	return ev->local_port && ev->peer_port;
}

static struct stats_open *find_open(const struct stats *s, const struct smcw_event *ev)
{
	struct table_node *n = ev->sock ? table_first(&s->open_socks, table_mix(ev->sock)) : NULL;
	struct stats_open *o;

	for (; n; n = table_next(n)) {
		o = table_entry(n, struct stats_open, by_sock);
		if (who_same(&o->first, ev))
			return o;
	}
	n = stats_has_ends(ev) ? table_first(&s->open_ends, who_hash_ends(ev)) : NULL;
	for (; n; n = table_next(n)) {
		o = table_entry(n, struct stats_open, by_ends);
		if (who_same(&o->first, ev))
			return o;
	}
	return NULL;
}

static void close_open(struct stats *s, struct stats_open *o)
{
	if (stats_has_ends(&o->first))
		table_remove(&s->open_ends, &o->by_ends);
	if (o->first.sock)
		table_remove(&s->open_socks, &o->by_sock);
	TAILQ_REMOVE(&s->opens, o, age);
	s->n_open--;
	free(o);
}

/* Another socket has the addresses now: of the one that had them nothing more will come. */
static void close_same_ends(struct stats *s, const struct smcw_event *ev)
{
	struct table_node *n =
		stats_has_ends(ev) ? table_first(&s->open_ends, who_hash_ends(ev)) : NULL;

	for (; n; n = table_next(n)) {
		struct stats_open *o = table_entry(n, struct stats_open, by_ends);

		if (o->first.netns != ev->netns || SMCW_EV_SPACE(&o->first) != SMCW_EV_SPACE(ev) ||
		    !who_same_ends(&o->first, ev))
			continue;
		close_open(s, o);
		s->unfinished++;
		return;
	}
}

static int add_open(struct stats *s, const struct smcw_event *ev)
{
	struct stats_open *o;
	int r = 0;

	close_same_ends(s, ev);

	if (s->n_open == STATS_OPEN_MAX) {
		close_open(s, TAILQ_FIRST(&s->opens));
		s->unfinished++;
	}
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->first = *ev;
	o->last = smcw_get64(&ev->time);
	o->proposal = ev->kind == SMCW_EV_CLC;
	if (stats_has_ends(ev))
		r = table_add(&s->open_ends, &o->by_ends, who_hash_ends(ev));
	if (!r && ev->sock)
		r = table_add(&s->open_socks, &o->by_sock, table_mix(ev->sock));
	TAILQ_INSERT_TAIL(&s->opens, o, age);
	s->n_open++;
	return r;
}

static bool is_syn(const struct smcw_event *ev)
{
	return ev->kind == SMCW_EV_SYN && !((const struct smcw_ev_syn *)(ev + 1))->answer;
}

/* It is the next one's beginning, and the end of the one before was not seen: keep no start of it.
 */
static bool begins_anew(const struct stats_open *o, const struct smcw_event *ev, bool proposal)
{
	return is_syn(ev) || (proposal && o->proposal) ||
	       smcw_get64(&ev->time) > o->last + STALE_NS;
}

/* The SYN has no cookie perhaps; what comes after it brings one. */
static int stats_begin(struct stats *s, const struct smcw_event *ev, bool proposal)
{
	struct stats_open *o = find_open(s, ev);

	if (o && begins_anew(o, ev, proposal)) {
		close_open(s, o);
		s->unfinished++;
		o = NULL;
	}
	if (!o)
		return add_open(s, ev);
	o->last = smcw_get64(&ev->time);
	o->proposal |= proposal;
	if (o->first.sock || !ev->sock)
		return 0;
	o->first.sock = ev->sock;
	return table_add(&s->open_socks, &o->by_sock, table_mix(ev->sock));
}

int stats_end_handshake(struct stats *s, const struct smcw_event *ev, enum stats_end how,
			__u64 *start, __u64 *took)
{
	struct stats_open *o = find_open(s, ev);
	__u64 to = smcw_get64(&ev->time), from;

	*start = to;
	*took = 0;
	s->ended[how]++;
	if (!o)
		return 0;
	from = smcw_get64(&o->first.time);
	if (to > o->last + STALE_NS) {
		s->unfinished++;
		close_open(s, o);
		return 0;
	}
	close_open(s, o);
	*start = from;
	*took = to > from ? to - from : 0;
	return stats_count_time(&s->times[how], *took);
}

static int not_smc(struct stats *s, const struct smcw_event *ev, enum stats_end how, __u32 reason,
		   __u32 diagnosis)
{
	struct stats_group *g = stats_group_of(s, ev);
	__u64 start, took;
	int r = stats_end_handshake(s, ev, how, &start, &took);

	if (g)
		g->ended[how]++;
	stats_conn_not_smc(s, ev, how, start, took, reason, diagnosis);
	return r;
}

/* ---- reasons --------------------------------------------------------------------- */

/* A peer chooses what it says: numbers that the specifications do not have are few or "other". */
static bool is_listed(__u32 reason)
{
	return !reason || smcw_value_text(SMCW_LIST_decline_reasons, reason);
}

static struct stats_reason *find_reason(struct stats_reasons *all, __u32 reason, __u32 diagnosis,
					__u8 direction)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->row[i].reason == reason && all->row[i].diagnosis == diagnosis &&
		    all->row[i].direction == direction)
			return &all->row[i];
	return NULL;
}

static int count_reason(struct stats_reasons *all, __u32 reason, __u32 diagnosis, __u8 direction)
{
	struct stats_reason *row = find_reason(all, reason, diagnosis, direction);
	bool unknown = !is_listed(reason) || !is_listed(diagnosis);

	if (!row &&
	    ((unknown && all->unknown == STATS_UNKNOWN_MAX) || all->n >= STATS_REASONS_MAX)) {
		reason = is_listed(reason) && all->n < STATS_REASONS_MAX ? reason : STATS_OTHER;
		diagnosis = diagnosis ? STATS_OTHER : 0;
		unknown = false;
		row = find_reason(all, reason, diagnosis, direction);
	}
	if (row) {
		row->n++;
		return 0;
	}
	row = realloc(all->row, (all->n + 1) * sizeof(*row));
	if (!row)
		return -ENOMEM;
	all->row = row;
	all->unknown += unknown;
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
				    SMCW_EV_DIR_OF(ev));
	/* A Confirm may come when the connection is known to be ready. */
	if (l.type != SMCW_PROPOSAL && l.type != SMCW_ACCEPT)
		return 0;
	return stats_begin(s, ev, l.type == SMCW_PROPOSAL);
}

static int count_fallback(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_fallback *b = (const void *)(ev + 1);
	__u32 reason = smcw_get32(&b->reason), diagnosis = smcw_get32(&b->diagnosis);
	int r = not_smc(s, ev, STATS_TCP, reason, diagnosis);

	return r ? r : count_reason(&s->fallbacks, reason, diagnosis, SMCW_DIR_NONE);
}

/* ---- what fails ------------------------------------------------------------------ */

static int count_clc_failed(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_clc_failed *b = (const void *)(ev + 1);
	__u32 error = smcw_get32(&b->error);

	/* A wait for a Decline that may or may not come ends in vain as a rule. */
	if (b->expected == SMCW_DECLINE && (error == EAGAIN || error == ETIMEDOUT))
		return 0;
	return not_smc(s, ev, STATS_FAILED, error, 0);
}

static int count_syn(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_syn *b = (const void *)(ev + 1);

	if (b->error)
		return not_smc(s, ev, STATS_FAILED, smcw_get32(&b->error), 0);
	/* The socket fell back before, or finds a SYN cookie. */
	if (!b->present && !b->answer)
		return 0;
	return stats_begin(s, ev, false);
}

static int count_state(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_state *b = (const void *)(ev + 1);

	stats_conn_state(s, ev);
	/* A socket that is closed begins no handshake any more. */
	if (b->now != SMCW_STATE_CLOSED || !find_open(s, ev))
		return 0;
	return not_smc(s, ev, STATS_FAILED, smcw_get32(&b->error), 0);
}

/* ---- hooks ----------------------------------------------------------------------- */

static void move_count(__be64 *sum, __be64 before, __be64 now)
{
	smcw_put64(sum, smcw_get64(sum) - smcw_get64(&before) + smcw_get64(&now));
}

/* The latest counter of a host takes the place of the one before, within the sum over all hosts. */
static void count_counter(struct stats *s, unsigned int host, const struct smcw_ev_counter *c)
{
	struct smcw_ev_counter *sum = &s->counter[c->hook], *before = &s->latest[host][c->hook];

	sum->hook = c->hook;
	move_count(&sum->seen, before->seen, c->seen);
	move_count(&sum->filtered, before->filtered, c->filtered);
	move_count(&sum->sent, before->sent, c->sent);
	move_count(&sum->full, before->full, c->full);
	move_count(&sum->unreadable, before->unreadable, c->unreadable);
	move_count(&sum->truncated, before->truncated, c->truncated);
	*before = *c;
}

static void count_counters(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_counter *c = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*c);

	for (i = 0; i < n; i++)
		if (c[i].hook && c[i].hook < SMCW_HOOKS_MAX)
			count_counter(s, SMCW_EV_HOST_OF(ev), &c[i]);
}

static void count_clock(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_clock *c = (const void *)(ev + 1);

	__u64 *within = &s->clock_within[SMCW_EV_HOST_OF(ev)];

	s->clock[SMCW_EV_HOST_OF(ev)] = *c;
	if (smcw_get64(&c->within) > *within)
		*within = smcw_get64(&c->within);
}

bool stats_is_merged(const struct stats *s)
{
	for (unsigned int host = 1; host < SMCW_HOSTS_MAX; host++)
		if (s->clock[host].rate)
			return true;
	return false;
}

__u64 stats_latency_within(const struct stats *s)
{
	__u64 first = 0, second = 0;

	for (unsigned int host = 1; host < SMCW_HOSTS_MAX; host++) {
		__u64 within = s->clock_within[host];

		if (within > first) {
			second = first;
			first = within;
		} else if (within > second) {
			second = within;
		}
	}
	return first + second;
}

long long stats_counter_missing(const struct smcw_ev_counter *c)
{
	return (long long)(smcw_get64(&c->seen) - smcw_get64(&c->filtered) - smcw_get64(&c->sent) -
			   smcw_get64(&c->full) - smcw_get64(&c->unreadable));
}

static __u64 lost_ends(const struct stats *s)
{
	const struct observed *o = &s->observed;
	__u64 sum = 0;

	for (unsigned int host = 0; host < SMCW_HOSTS_MAX; host++)
		sum += o->lost[host][SMCW_HOOK_CONN_FREE] + o->announced[host][SMCW_HOOK_CONN_FREE];
	return sum;
}

static int count_module(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_module *m = (const void *)(ev + 1);

	if (m->what == SMCW_MODULE_GONE)
		stats_conn_all_gone(s);
	/* Nobody has seen those that ended meanwhile. */
	if (m->what == SMCW_MODULE_ATTACHED)
		s->doubt = s->now;
	return 0;
}

static int count_kind(struct stats *s, const struct smcw_event *ev)
{
	switch (ev->kind) {
	case SMCW_EV_SYN:
		return count_syn(s, ev);
	case SMCW_EV_CLC:
		return count_clc(s, ev);
	case SMCW_EV_CDC:
		return stats_conn_cdc(s, ev);
	case SMCW_EV_TRAFFIC:
		return stats_conn_traffic(s, ev);
	case SMCW_EV_DELAYS:
		return stats_latency_delays(s, ev);
	case SMCW_EV_CONN_NEW:
	case SMCW_EV_CONN_READY:
	case SMCW_EV_CONN_FREE:
		return stats_conn_event(s, ev);
	case SMCW_EV_FALLBACK:
		return count_fallback(s, ev);
	case SMCW_EV_CLC_FAILED:
		return count_clc_failed(s, ev);
	case SMCW_EV_STATE:
		return count_state(s, ev);
	case SMCW_EV_LGR_DOWN:
		stats_conn_lgr_down(s, ev);
		return 0;
	case SMCW_EV_MODULE:
		return count_module(s, ev);
	case SMCW_EV_COUNTERS:
		count_counters(s, ev);
		return 0;
	case SMCW_EV_FACTS:
		return facts_learn(&s->facts[SMCW_EV_HOST_OF(ev)], ev);
	case SMCW_EV_CLOCK:
		count_clock(s, ev);
		return 0;
	default:
		return 0;
	}
}

int stats_event(struct stats *s, const struct smcw_event *ev)
{
	__u64 before = lost_ends(s);
	int r = observed_event(&s->observed, ev);

	if (r)
		return r;
	s->now = smcw_get64(&ev->time);
	if (lost_ends(s) != before)
		s->doubt = s->now;
	if (ev->hook < SMCW_HOOKS_MAX)
		s->events[ev->hook]++;
	r = count_kind(s, ev);
	return r ? r : stats_latency_event(s, ev);
}
