// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics for people. See stats.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "smc_event_text.h"
#include "stats.h"
#include "base/who.h"

#define ROWS 32 /* connections in the list, those with the most bytes */

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

__u64 stats_median(const struct stats_times *t)
{
	size_t n = t->n < STATS_TIMES ? t->n : STATS_TIMES;
	__u64 *sorted = n ? malloc(n * sizeof(*sorted)) : NULL, is;

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

static void put_times(FILE *out, const struct stats_times *t)
{
	if (!t->n)
		return;
	put_ns(out, ", min ", t->min);
	put_ns(out, t->rough ? ", median about " : ", median ", stats_median(t));
	put_ns(out, ", max ", t->max);
}

static void stats_print_put_handshakes(const struct stats *s, FILE *out)
{
	static const char *const name[] = {
		[STATS_SMC] = "SMC", [STATS_TCP] = "TCP", [STATS_FAILED] = "failed"
	};
	__u64 all = 0;
	size_t i;

	for (i = 0; i < STATS_ENDS; i++)
		all += s->ended[i];
	fprintf(out, "Handshakes: %" PRIu64 "\n", (uint64_t)all);
	for (i = 0; i < STATS_ENDS; i++) {
		if (i == STATS_FAILED && !s->ended[i])
			continue;
		fprintf(out, "  %s: %" PRIu64, name[i], (uint64_t)s->ended[i]);
		put_times(out, &s->times[i]);
		fputc('\n', out);
	}
	if (s->n_open + s->unfinished)
		fprintf(out, "  not finished: %" PRIu64 "\n",
			(uint64_t)(s->n_open + s->unfinished));
}

/* A bar for each bound, as far as there are any; the widest has 40 columns. */
static void stats_print_put_histogram(FILE *out, const struct stats_times *t)
{
	static const char *const le[] = {
#define X_TEXT(ns, text) text,
		STATS_BOUNDS(X_TEXT)
#undef X_TEXT
			"more",
	};
	__u64 most = 1;
	size_t i, first = 0, last = STATS_BOUND_COUNT;

	for (i = 0; i <= STATS_BOUND_COUNT; i++)
		most = t->bucket[i] > most ? t->bucket[i] : most;
	while (first < last && !t->bucket[first])
		first++;
	while (last > first && !t->bucket[last])
		last--;
	for (i = first; i <= last; i++)
		fprintf(out, "    %s %7s s %8" PRIu64 " %.*s\n",
			i == STATS_BOUND_COUNT ? "  " : "<=", le[i], (uint64_t)t->bucket[i],
			(int)(t->bucket[i] * 40 / most),
			"########################################");
}

static void put_latency_title(const struct stats *s, FILE *out)
{
	if (!stats_is_merged(s))
		fputs("Latency on this host\n", out);
	else
		fprintf(out, "Latency, between hosts right within %.1f us\n",
			(double)stats_latency_within(s) / 1e3);
}

static void stats_print_put_latencies(const struct stats *s, FILE *out, bool bars)
{
	static const char *const names[] = { [STATS_CLC] = "CLC, sent to received",
					     [STATS_LLC] = "LLC, sent to received",
					     [STATS_CDC] = "CDC, sent to received",
					     [STATS_READ] = "CDC received, to its data read" };
	size_t i, any = 0;

	for (i = 0; i < STATS_LATENCIES; i++) {
		const struct stats_times *t = &s->latency[i];

		if (!t->n)
			continue;
		if (!any++)
			put_latency_title(s, out);
		fprintf(out, "  %s: %" PRIu64, names[i], (uint64_t)t->n);
		put_times(out, t);
		fputc('\n', out);
		if (bars)
			stats_print_put_histogram(out, t);
	}
}

static int stats_print_by_count(const void *a, const void *b)
{
	const struct stats_reason *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static void put_number(FILE *out, const char *before, __u32 reason)
{
	if (reason == STATS_OTHER)
		fprintf(out, "%sother", before);
	else
		fprintf(out, "%s0x%08x %s", before, reason, smcw_reason_text(reason));
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
	qsort(sorted, all->n, sizeof(*sorted), stats_print_by_count);
	fprintf(out, "%s\n", title);
	for (i = 0; i < all->n; i++) {
		const struct stats_reason *r = &sorted[i];

		fprintf(out, "  %6" PRIu64, (uint64_t)r->n);
		put_number(out, " ", r->reason);
		if (r->diagnosis)
			put_number(out, "; peer said ", r->diagnosis);
		if (r->direction)
			fprintf(out, ", %s", smcw_value_text(SMCW_LIST_event_dirs, r->direction));
		fputc('\n', out);
	}
	free(sorted);
}

/* ---- connections ----------------------------------------------------------------- */

static __u64 stats_print_weight(const struct stats_conn *c, enum stats_sort sort)
{
	switch (sort) {
	case STATS_SORT_LATENCY:
		return c->latency_n ? c->latency_sum / c->latency_n : 0;
	case STATS_SORT_BLOCKED:
		return c->way[0].blocked + c->way[1].blocked;
	case STATS_SORT_CONNS:
		return c->freed ? 0 : c->last;
	default:
		return c->way[0].bytes + c->way[1].bytes;
	}
}

/* Most first, then in the order of their numbers. */
static int stats_print_by_weight(const void *a, const void *b, void *sort)
{
	const struct stats_conn *x = *(struct stats_conn *const *)a;
	const struct stats_conn *y = *(struct stats_conn *const *)b;
	__u64 v = stats_print_weight(x, *(enum stats_sort *)sort),
	      w = stats_print_weight(y, *(enum stats_sort *)sort);
	__u32 i = smcw_get32(&x->who.conn), j = smcw_get32(&y->who.conn);

	if (v != w)
		return (v < w) - (v > w);
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

static void put_conn(FILE *out, const struct stats *s, const struct stats_conn *c)
{
	const struct smcw_event *ev = &c->who;
	char owner[WHO_MAX], local[WHO_MAX], peer[WHO_MAX];

	who_address(ev->local, smcw_get16(&ev->local_port), local, sizeof(local));
	who_address(ev->peer, smcw_get16(&ev->peer_port), peer, sizeof(peer));
	fprintf(out, "  0x%x %s %s - %s", smcw_get32(&ev->conn),
		who_owner(ev, owner, sizeof(owner)), local, peer);
	put_way(out, "sent", &c->way[0]);
	put_way(out, "received", &c->way[1]);
	if (c->latency_n)
		put_ns(out, ", latency ", c->latency_sum / c->latency_n);
	if (c->inferred)
		fputs(", its end was not seen", out);
	else if (!c->freed)
		fputs(c->closed			      ? ", closed" :
		      s->doubt && c->last <= s->doubt ? ", open or not" :
							", open",
		      out);
	fputc('\n', out);
}

static void put_sum(const struct stats *s, FILE *out)
{
	__u64 open, doubtful;

	stats_open_conns(s, &open, &doubtful);
	fprintf(out, "Connections: %" PRIu64 ", %" PRIu64 " of them open", (uint64_t)s->conns,
		(uint64_t)open);
	if (doubtful)
		fprintf(out, ", %" PRIu64 " perhaps (ends of connections were lost)",
			(uint64_t)doubtful);
	put_way(out, "sent", &s->total[0]);
	put_way(out, "received", &s->total[1]);
	fputc('\n', out);
}

static void put_conns(const struct stats *s, unsigned int rows, enum stats_sort sort, FILE *out)
{
	struct stats_conn **all, *c;
	size_t n = 0, i;

	if (!s->conns)
		return;
	put_sum(s, out);
	all = calloc((size_t)(s->conns - s->forgotten) + 1, sizeof(*all));
	if (!all)
		return;
	for (i = 0; i < s->tokens.size; i++)
		for (struct table_node *t = s->tokens.bucket[i]; t; t = t->next)
			all[n++] = table_entry(t, struct stats_conn, by_token);
	TAILQ_FOREACH(c, &s->age, age)
	all[n++] = c;
	qsort_r(all, n, sizeof(*all), stats_print_by_weight, &sort);
	for (i = 0; i < n && i < rows; i++)
		put_conn(out, s, all[i]);
	if (s->conns > i)
		fprintf(out, "  and %" PRIu64 " more\n", (uint64_t)(s->conns - i));
	free(all);
}

/* ---- groups ----------------------------------------------------------------------- */

static int by_group_weight(const void *a, const void *b, void *sort)
{
	const struct stats_group *x = *(struct stats_group *const *)a;
	const struct stats_group *y = *(struct stats_group *const *)b;
	__u64 v, w;

	switch (*(enum stats_sort *)sort) {
	case STATS_SORT_CONNS:
		v = x->conns;
		w = y->conns;
		break;
	case STATS_SORT_LATENCY:
		v = x->latency_n ? x->latency_sum / x->latency_n : 0;
		w = y->latency_n ? y->latency_sum / y->latency_n : 0;
		break;
	case STATS_SORT_BLOCKED:
		v = x->blocked[0] + x->blocked[1];
		w = y->blocked[0] + y->blocked[1];
		break;
	default:
		v = x->bytes[0] + x->bytes[1];
		w = y->bytes[0] + y->bytes[1];
	}
	return (v < w) - (v > w);
}

static void put_group(FILE *out, const struct stats *s, const struct stats_group *g)
{
	char name[SMCW_FACT_VALUE_LEN + 1];

	fprintf(out,
		"  %-24s %8" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %14" PRIu64
		" %14" PRIu64,
		stats_group_name(s, g, name, sizeof(name)), (uint64_t)g->conns, (uint64_t)g->open,
		(uint64_t)g->ended[STATS_TCP], (uint64_t)g->ended[STATS_FAILED],
		(uint64_t)g->bytes[0], (uint64_t)g->bytes[1]);
	if (g->blocked[0] + g->blocked[1])
		put_ns(out, "  blocked ", g->blocked[0] + g->blocked[1]);
	if (g->latency_n)
		put_ns(out, "  latency ", g->latency_sum / g->latency_n);
	fputc('\n', out);
}

static void put_groups(const struct stats *s, unsigned int rows, enum stats_sort sort, FILE *out)
{
	static const char *const titles[] = { [STATS_BY_PROCESS] = "Processes",
					      [STATS_BY_SERVICE] = "Services",
					      [STATS_BY_CGROUP] = "Cgroups",
					      [STATS_BY_PEER] = "Peers" };
	const struct stats_group **all;
	size_t i, n = 0;

	if (s->by == STATS_BY_NONE)
		return;
	all = calloc(s->groups.n + 2, sizeof(*all));
	if (!all)
		return;
	for (i = 0; i < s->groups.size; i++)
		for (struct table_node *t = s->groups.bucket[i]; t; t = t->next)
			all[n++] = table_entry(t, struct stats_group, node);
	if (s->other.conns || s->other.ended[STATS_TCP] || s->other.ended[STATS_FAILED])
		all[n++] = &s->other;
	qsort_r(all, n, sizeof(*all), by_group_weight, &sort);
	fprintf(out, "%-26s %8s %6s %6s %6s %14s %14s\n", titles[s->by], "SMC", "open", "TCP",
		"failed", "bytes sent", "received");
	for (i = 0; i < n && i < rows; i++)
		put_group(out, s, all[i]);
	if (n > i)
		fprintf(out, "  and %zu more\n", n - i);
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

static void stats_print_put_hooks(const struct stats *s, FILE *out)
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

/* In a merged trace: how far each clock is ahead of the first host's. */
static void put_clocks(const struct stats *s, FILE *out)
{
	if (!stats_is_merged(s))
		return;
	fprintf(out, "%-34s %18s %12s %14s\n", "Clocks", "ahead by, s", "fast, ppm", "within, us");
	for (unsigned int host = 1; host < SMCW_HOSTS_MAX; host++) {
		const struct smcw_ev_clock *c = &s->clock[host];
		char name[SMCW_FACT_NAME_LEN + 1] = "";

		if (!c->rate)
			continue;
		for (size_t i = 0; i < SMCW_FACT_NAME_LEN && c->name[i]; i++)
			name[i] = c->name[i] >= ' ' && c->name[i] < 0x7f ? (char)c->name[i] : '?';
		fprintf(out, "  %2u  %-28s %+18.9f %+12.3f %14.1f\n", host, name,
			(double)(long long)(smcw_get64(&c->own) - smcw_get64(&c->common)) / 1e9,
			((double)smcw_get64(&c->rate) - 1e9) / 1e3,
			(double)s->clock_within[host] / 1e3);
	}
}

static int put_all(const struct stats *s, unsigned int rows, enum stats_sort sort, bool bars,
		   FILE *out)
{
	stats_print_put_handshakes(s, out);
	put_reasons(&s->fallbacks, "Fallbacks to TCP", out);
	put_reasons(&s->declines, "Declines", out);
	stats_print_put_latencies(s, out, bars);
	put_groups(s, rows, sort, out);
	if (s->by == STATS_BY_NONE)
		put_conns(s, rows, sort, out);
	else if (s->conns)
		put_sum(s, out);
	return ferror(out) ? -EIO : 0;
}

int stats_print_sorted(const struct stats *s, const struct stats_view *view, FILE *out)
{
	int r;

	put_clocks(s, out);
	r = put_all(s, ROWS, view->sort, true, out);
	stats_print_put_hooks(s, out);
	return r ? r : ferror(out) ? -EIO : 0;
}

int stats_print(const struct stats *s, FILE *out)
{
	const struct stats_view view = { .sort = STATS_SORT_BYTES };

	return stats_print_sorted(s, &view, out);
}

/* ---- on a terminal ---------------------------------------------------------------- */

/* As many lines as there are rows, each cut where the row ends; the last one stays. */
static void put_fitted(const char *text, const struct stats_view *view, unsigned int rows,
		       FILE *out)
{
	for (; *text && rows; rows--) {
		size_t len = strcspn(text, "\n"), shown = len;

		if (view->columns && shown > view->columns)
			shown = view->columns;
		fprintf(out, "%.*s\n", (int)shown, text);
		text += len + (text[len] == '\n');
	}
}

int stats_print_view(const struct stats *s, const struct stats_view *view, FILE *out)
{
	unsigned int rows = view->rows > 4 ? view->rows : view->rows ? 4 : ~0u;
	char *text = NULL, *line = observed_text(&s->observed);
	size_t len = 0;
	FILE *whole = open_memstream(&text, &len);
	int r = whole ? put_all(s, rows, view->sort, false, whole) : -ENOMEM;

	if (whole && fclose(whole) && !r)
		r = -ENOMEM;
	if (!r) {
		/* The one line that says what is observed is always there. */
		put_fitted(text, view, rows - 2, out);
		put_fitted(line ? line : "", view, 1, out);
	}
	free(text);
	free(line);
	return r ? r : ferror(out) ? -EIO : 0;
}
