// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics by process, service, cgroup or peer. Groups that differ in what the label does not show
 * (the network namespace of a service, a byte of a name that is no text) are one here: a label that
 * stood there twice would have the whole file refused.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_private.h"

struct labelled {
	struct table_node node;
	struct stats_group sum;
	__u64 weight;
	char label[2 * SMCW_FACT_VALUE_LEN + 2];
};

struct labels {
	const struct stats *stats;
	struct labelled *row; /* largest first */
	size_t n;
	struct stats_group other;
};

/* ---- putting together ------------------------------------------------------------- */

static void add_group(struct stats_group *to, const struct stats_group *g)
{
	to->conns += g->conns;
	to->open += g->open;
	for (size_t i = 0; i < STATS_ENDS; i++)
		to->ended[i] += g->ended[i];
	for (size_t i = 0; i < 2; i++) {
		to->bytes[i] += g->bytes[i];
		to->blocked[i] += g->blocked[i];
	}
	to->latency_n += g->latency_n;
	to->latency_sum += g->latency_sum;
}

/* The label as it is written. */
static void metrics_group_label_of(const struct stats *s, const struct stats_group *g, char *buf,
				   size_t cap)
{
	char name[SMCW_FACT_VALUE_LEN + 1];
	FILE *out = fmemopen(buf, cap, "w");

	*buf = '\0';
	if (!out)
		return;
	metrics_label(out, stats_group_name(s, g, name, sizeof(name)));
	fclose(out);
}

static struct labelled *metrics_group_find(const struct table *t, const char *label, __u64 hash)
{
	struct table_node *n = table_first(t, hash);

	while (n && strcmp(table_entry(n, struct labelled, node)->label, label))
		n = table_next(n);
	return n ? table_entry(n, struct labelled, node) : NULL;
}

static void take_group(struct labels *l, struct table *t, const struct stats_group *g)
{
	struct labelled *row = &l->row[l->n], *same;
	__u64 hash;

	metrics_group_label_of(l->stats, g, row->label, sizeof(row->label));
	hash = table_hash(0, row->label, strlen(row->label));
	same = metrics_group_find(t, row->label, hash);
	if (same) {
		add_group(&same->sum, g);
	} else if (!strcmp(row->label, "other") || table_add(t, &row->node, hash)) {
		add_group(&l->other, g);
	} else {
		add_group(&row->sum, g);
		l->n++;
	}
}

static int metrics_group_by_weight(const void *a, const void *b)
{
	const struct labelled *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->label, y->label);
}

static void metrics_group_collect(struct labels *l)
{
	const struct table *groups = &l->stats->groups;
	struct table t = { 0 };

	for (size_t i = 0; i < groups->size; i++)
		for (struct table_node *n = groups->bucket[i]; n; n = n->next)
			take_group(l, &t, table_entry(n, struct stats_group, node));
	table_free(&t);
	for (size_t i = 0; i < l->n; i++)
		l->row[i].weight = l->row[i].sum.conns + l->row[i].sum.ended[STATS_TCP] +
				   l->row[i].sum.ended[STATS_FAILED];
	qsort(l->row, l->n, sizeof(*l->row), metrics_group_by_weight);
	/* The largest ones have labels of their own; what is left is one group. */
	for (; l->n > METRICS_GROUPS_MAX; l->n--)
		add_group(&l->other, &l->row[l->n - 1].sum);
}

/* ---- lines ------------------------------------------------------------------------- */

struct line {
	FILE *out;
	const char *kind, *label; /* process="LABEL" */
};

static void put_name(const struct line *l, const char *family, const char *more)
{
	fprintf(l->out, "%s{%s=\"%s\"%s} ", family, l->kind, l->label, more);
}

static void metrics_group_put(const struct line *l, const char *family, const char *more,
			      __u64 value)
{
	put_name(l, family, more);
	fprintf(l->out, "%" PRIu64 "\n", (uint64_t)value);
}

static void put_open(const struct line *l, const char *family, const struct stats_group *g)
{
	metrics_group_put(l, family, "", g->open);
}

static void put_bytes(const struct line *l, const char *family, const struct stats_group *g)
{
	metrics_group_put(l, family, ",direction=\"sent\"", g->bytes[0]);
	metrics_group_put(l, family, ",direction=\"received\"", g->bytes[1]);
}

static void put_ends(const struct line *l, const char *family, const struct stats_group *g)
{
	metrics_group_put(l, family, ",outcome=\"smc\"", g->ended[STATS_SMC]);
	metrics_group_put(l, family, ",outcome=\"tcp\"", g->ended[STATS_TCP]);
	metrics_group_put(l, family, ",outcome=\"failed\"", g->ended[STATS_FAILED]);
}

static void put_blocked(const struct line *l, const char *family, const struct stats_group *g)
{
	put_name(l, family, ",direction=\"sent\"");
	metrics_ns(l->out, g->blocked[0]);
	put_name(l, family, ",direction=\"received\"");
	metrics_ns(l->out, g->blocked[1]);
}

static void put_latency(const struct line *l, const char *family, const struct stats_group *g)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_sum", family);
	put_name(l, name, "");
	metrics_ns(l->out, g->latency_sum);
	snprintf(name, sizeof(name), "%s_count", family);
	metrics_group_put(l, name, "", g->latency_n);
}

static const struct {
	const char *name, *type, *help;
	void (*put)(const struct line *l, const char *family, const struct stats_group *g);
} families[] = {
	{ "smc_group_connections", "gauge", "SMC connections that are open.", put_open },
	{ "smc_group_bytes_total", "counter", "Bytes over SMC, by the cursors.", put_bytes },
	{ "smc_group_handshakes_total", "counter",
	  "Handshakes that ended with SMC, with TCP, or failed.", put_ends },
	{ "smc_group_write_blocked_seconds_total", "counter",
	  "Time in which the receiver's buffer was full.", put_blocked },
	{ "smc_group_latency_seconds", "summary",
	  "From sending to receiving of a CDC message on this host.", put_latency },
};

void metrics_groups(FILE *out, const struct stats *s)
{
	static const char *const kinds[] = { [STATS_BY_PROCESS] = "process",
					     [STATS_BY_SERVICE] = "service",
					     [STATS_BY_CGROUP] = "cgroup",
					     [STATS_BY_PEER] = "peer" };
	struct labels l = { .stats = s, .other = s->other };

	if (s->by == STATS_BY_NONE)
		return;
	l.row = calloc(s->groups.n + 1, sizeof(*l.row));
	if (!l.row)
		return;
	metrics_group_collect(&l);
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		struct line line = { .out = out, .kind = kinds[s->by] };

		metrics_family(out, families[f].name, families[f].type, families[f].help);
		for (size_t i = 0; i < l.n; i++) {
			line.label = l.row[i].label;
			families[f].put(&line, families[f].name, &l.row[i].sum);
		}
		line.label = "other";
		families[f].put(&line, families[f].name, &l.other);
	}
	free(l.row);
}
