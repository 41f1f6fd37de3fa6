// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics for people. See stats.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "smc_event_text.h"
#include "stats.h"
#include "who.h"

#define ROWS 32 /* connections in the list, those with the most bytes */

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static __u64 median(const struct stats_times *t)
{
	size_t n = t->n < STATS_TIMES ? t->n : STATS_TIMES;
	__u64 *sorted = malloc(n * sizeof(*sorted)), is;

	if (!sorted)
		return 0;
	memcpy(sorted, t->last, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	is = n % 2 ? sorted[n / 2] : sorted[n / 2 - 1] + (sorted[n / 2] - sorted[n / 2 - 1]) / 2;
	free(sorted);
	return is;
}

static void put_ns(FILE *out, const char *before, __u64 ns)
{
	if (ns < 1000000)
		fprintf(out, "%s%.1f us", before, (double)ns / 1e3);
	else if (ns < 1000000000)
		fprintf(out, "%s%.1f ms", before, (double)ns / 1e6);
	else
		fprintf(out, "%s%.2f s", before, (double)ns / 1e9);
}

static void put_handshakes(const struct stats *s, FILE *out)
{
	static const char *const name[] = { [STATS_SMC] = "SMC", [STATS_TCP] = "TCP" };
	size_t i;

	fprintf(out, "Handshakes: %" PRIu64 "\n", (uint64_t)(s->ended[0] + s->ended[1]));
	for (i = 0; i < STATS_ENDS; i++) {
		const struct stats_times *t = &s->times[i];

		fprintf(out, "  %s: %" PRIu64, name[i], (uint64_t)s->ended[i]);
		if (t->n) {
			put_ns(out, ", min ", t->min);
			put_ns(out, ", median ", median(t));
			put_ns(out, ", max ", t->max);
		}
		fputc('\n', out);
	}
	if (s->n_open + s->unfinished)
		fprintf(out, "  not finished: %" PRIu64 "\n",
			(uint64_t)(s->n_open + s->unfinished));
}

static int by_count(const void *a, const void *b)
{
	const struct stats_reason *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static void put_reasons(const struct stats_reasons *all, const char *title, FILE *out)
{
	struct stats_reason *sorted;
	size_t i;

	if (!all->n)
		return;
	sorted = malloc(all->n * sizeof(*sorted));
	if (!sorted)
		return;
	memcpy(sorted, all->row, all->n * sizeof(*sorted));
	qsort(sorted, all->n, sizeof(*sorted), by_count);
	fprintf(out, "%s\n", title);
	for (i = 0; i < all->n; i++) {
		const struct stats_reason *r = &sorted[i];

		fprintf(out, "  %6" PRIu64 " 0x%08x %s", (uint64_t)r->n, r->reason,
			smcw_reason_text(r->reason));
		if (r->diagnosis)
			fprintf(out, "; peer said 0x%08x %s", r->diagnosis,
				smcw_reason_text(r->diagnosis));
		if (r->direction)
			fprintf(out, ", %s", smcw_value_text(SMCW_LIST_event_dirs, r->direction));
		fputc('\n', out);
	}
	free(sorted);
}

/* ---- connections ----------------------------------------------------------------- */

static __u64 weight(const struct stats_conn *c)
{
	return c->way[0].bytes + c->way[1].bytes;
}

/* Most bytes first, then in the order of their numbers. */
static int by_weight(const void *a, const void *b)
{
	const struct stats_conn *x = *(struct stats_conn *const *)a;
	const struct stats_conn *y = *(struct stats_conn *const *)b;
	__u32 i = smcw_get32(&x->who.conn), j = smcw_get32(&y->who.conn);

	if (weight(x) != weight(y))
		return (weight(x) < weight(y)) - (weight(x) > weight(y));
	return (i > j) - (i < j);
}

static void put_way(FILE *out, const char *name, const struct stats_way *w)
{
	fprintf(out, ", %s %" PRIu64 " bytes in %" PRIu64 " CDC", name, (uint64_t)w->bytes,
		(uint64_t)w->cdc);
	if (w->blocked)
		put_ns(out, ", blocked for ", w->blocked);
	if (w->blocked_since)
		fputs(", blocked now", out);
}

static void put_conn(FILE *out, const struct stats_conn *c)
{
	const struct smcw_event *ev = &c->who;
	char owner[WHO_MAX], local[WHO_MAX], peer[WHO_MAX];

	who_address(ev->local, smcw_get16(&ev->local_port), local, sizeof(local));
	who_address(ev->peer, smcw_get16(&ev->peer_port), peer, sizeof(peer));
	fprintf(out, "  0x%x %s %s - %s", smcw_get32(&ev->conn),
		who_owner(ev, owner, sizeof(owner)), local, peer);
	put_way(out, "sent", &c->way[0]);
	put_way(out, "received", &c->way[1]);
	fprintf(out, "%s\n", c->freed ? "" : ", open");
}

static void put_conns(const struct stats *s, FILE *out)
{
	size_t n = 0, i, max = (size_t)(s->conns - s->forgotten);
	struct stats_conn **all, *c;

	if (!s->conns)
		return;
	fprintf(out, "Connections: %" PRIu64 ", %" PRIu64 " of them open", (uint64_t)s->conns,
		(uint64_t)(s->conns - s->freed));
	put_way(out, "sent", &s->total[0]);
	put_way(out, "received", &s->total[1]);
	fputc('\n', out);
	all = calloc(max + 1, sizeof(*all));
	if (!all)
		return;
	for (i = 0; i < STATS_BUCKETS; i++)
		for (c = s->conn[i]; c && n < max; c = c->next)
			all[n++] = c;
	qsort(all, n, sizeof(*all), by_weight);
	for (i = 0; i < n && i < ROWS; i++)
		put_conn(out, all[i]);
	if (s->conns > i)
		fprintf(out, "  and %" PRIu64 " more\n", (uint64_t)(s->conns - i));
	free(all);
}

/* ---- hooks ----------------------------------------------------------------------- */

static void put_counter(FILE *out, const struct smcw_ev_counter *c)
{
	const char *name = smcw_value_text(SMCW_LIST_event_hooks, c->hook);
	long long missing = stats_counter_missing(c);

	fprintf(out,
		"  %-30s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
		" %10" PRIu64,
		name ? name : "?", (uint64_t)smcw_get64(&c->seen),
		(uint64_t)smcw_get64(&c->filtered), (uint64_t)smcw_get64(&c->sent),
		(uint64_t)smcw_get64(&c->full), (uint64_t)smcw_get64(&c->unreadable),
		(uint64_t)smcw_get64(&c->truncated));
	if (missing)
		fprintf(out, "  DOES NOT ADD UP: %+lld", missing);
	fputc('\n', out);
}

static void put_hooks(const struct stats *s, FILE *out)
{
	int title = 0;
	size_t i;

	for (i = 0; i < SMCW_HOOKS_MAX; i++) {
		const struct smcw_ev_counter *c = &s->counter[i];

		if (!c->hook || !c->seen)
			continue;
		if (!title++)
			fprintf(out, "%-32s %10s %10s %10s %10s %10s %10s\n", "Hooks", "seen",
				"filtered", "sent", "full", "unreadable", "truncated");
		put_counter(out, c);
	}
	fprintf(out, "Lost events: %" PRIu64 "\n", (uint64_t)observed_lost(&s->observed));
	observed_print(&s->observed, "", out);
}

int stats_print(const struct stats *s, FILE *out)
{
	put_handshakes(s, out);
	put_reasons(&s->fallbacks, "Fallbacks to TCP", out);
	put_reasons(&s->declines, "Declines", out);
	put_conns(s, out);
	put_hooks(s, out);
	return ferror(out) ? -EIO : 0;
}
