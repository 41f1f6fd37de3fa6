// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics as JSON. See stats.h. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "smc_codec.h"
#include "smc_event_text.h"
#include "stats.h"
#include "base/who.h"

static json_t *stats_json_number(__u64 v)
{
	return json_integer((json_int_t)v);
}

static json_t *stats_json_seconds(__u64 ns)
{
	return json_real((double)ns / 1e9);
}

static json_t *stats_json_times(const struct stats_times *t)
{
	static const char *const le[] = {
#define X_TEXT(ns, text) text,
		STATS_BOUNDS(X_TEXT)
#undef X_TEXT
			"+Inf",
	};
	json_t *o = json_object(), *buckets = json_object();
	__u64 sum = 0;

	json_object_set_new(o, "count", stats_json_number(t->n));
	if (t->n) {
		json_object_set_new(o, "min", stats_json_seconds(t->min));
		json_object_set_new(o, "median", stats_json_seconds(stats_median(t)));
		if (t->rough)
			json_object_set_new(o, "median_is_rough", json_true());
		json_object_set_new(o, "max", stats_json_seconds(t->max));
		json_object_set_new(o, "sum", stats_json_seconds(t->sum));
	}
	for (size_t i = 0; i <= STATS_BOUND_COUNT; i++) {
		sum += t->bucket[i];
		json_object_set_new(buckets, le[i], stats_json_number(sum));
	}
	json_object_set_new(o, "buckets", buckets);
	return o;
}

static json_t *stats_json_code(__u32 reason)
{
	return reason == STATS_OTHER ? json_string("other") : json_sprintf("0x%08x", reason);
}

static json_t *stats_json_reasons(const struct stats_reasons *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->n; i++) {
		const struct stats_reason *r = &all->row[i];
		json_t *o = json_object();

		json_object_set_new(o, "count", stats_json_number(r->n));
		json_object_set_new(o, "reason", stats_json_code(r->reason));
		if (r->reason != STATS_OTHER)
			json_object_set_new(o, "text", json_string(smcw_reason_text(r->reason)));
		if (r->diagnosis)
			json_object_set_new(o, "diagnosis", stats_json_code(r->diagnosis));
		if (r->direction)
			json_object_set_new(
				o, "direction",
				json_string(smcw_value_text(SMCW_LIST_event_dirs, r->direction)));
		json_array_append_new(list, o);
	}
	return list;
}

/* @cdc: their messages, or NULL where they are not counted */
static json_t *stats_json_ways(const __u64 bytes[2], const __u64 blocked[2], const __u64 *cdc)
{
	static const char *const names[] = { "sent", "received" };
	json_t *o = json_object(), *way;

	for (size_t i = 0; i < 2; i++) {
		way = json_object();
		json_object_set_new(way, "bytes", stats_json_number(bytes[i]));
		if (cdc)
			json_object_set_new(way, "messages", stats_json_number(cdc[i]));
		json_object_set_new(way, "blocked", stats_json_seconds(blocked[i]));
		json_object_set_new(o, names[i], way);
	}
	return o;
}

static json_t *stats_json_group(const struct stats *s, const struct stats_group *g)
{
	char name[SMCW_FACT_VALUE_LEN + 1];
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(stats_group_name(s, g, name, sizeof(name))));
	json_object_set_new(o, "connections", stats_json_number(g->conns));
	json_object_set_new(o, "open", stats_json_number(g->open));
	json_object_set_new(o, "tcp", stats_json_number(g->ended[STATS_TCP]));
	json_object_set_new(o, "failed", stats_json_number(g->ended[STATS_FAILED]));
	json_object_set_new(o, "data", stats_json_ways(g->bytes, g->blocked, NULL));
	if (g->latency_n)
		json_object_set_new(o, "latency",
				    stats_json_seconds(g->latency_sum / g->latency_n));
	return o;
}

static json_t *stats_json_groups(const struct stats *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->groups.size; i++)
		for (struct table_node *t = s->groups.bucket[i]; t; t = t->next)
			json_array_append_new(
				list,
				stats_json_group(s, table_entry(t, struct stats_group, node)));
	if (s->other.conns || s->other.ended[STATS_TCP] || s->other.ended[STATS_FAILED])
		json_array_append_new(list, stats_json_group(s, &s->other));
	return list;
}

static json_t *stats_json_connections(const struct stats *s)
{
	const __u64 bytes[2] = { s->total[0].bytes, s->total[1].bytes };
	const __u64 blocked[2] = { s->total[0].blocked, s->total[1].blocked };
	const __u64 cdc[2] = { s->total[0].cdc, s->total[1].cdc };
	json_t *o = json_object();
	__u64 open, doubtful;

	stats_open_conns(s, &open, &doubtful);
	json_object_set_new(o, "seen", stats_json_number(s->conns));
	json_object_set_new(o, "open", stats_json_number(open));
	json_object_set_new(o, "perhaps_open", stats_json_number(doubtful));
	json_object_set_new(o, "end_not_seen", stats_json_number(s->inferred));
	json_object_set_new(o, "data", stats_json_ways(bytes, blocked, cdc));
	return o;
}

static json_t *stats_json_hooks(const struct stats *s)
{
	json_t *all = json_object();

	for (unsigned int i = 1; i < SMCW_HOOKS_MAX; i++) {
		const struct smcw_ev_counter *c = &s->counter[i];
		const char *name = smcw_value_text(SMCW_LIST_event_hooks, i);
		json_t *o;

		if (!c->hook || !name)
			continue;
		o = json_object();
		json_object_set_new(o, "seen", stats_json_number(smcw_get64(&c->seen)));
		json_object_set_new(o, "filtered", stats_json_number(smcw_get64(&c->filtered)));
		json_object_set_new(o, "sent", stats_json_number(smcw_get64(&c->sent)));
		json_object_set_new(o, "full", stats_json_number(smcw_get64(&c->full)));
		json_object_set_new(o, "unreadable", stats_json_number(smcw_get64(&c->unreadable)));
		json_object_set_new(o, "truncated", stats_json_number(smcw_get64(&c->truncated)));
		json_object_set_new(all, name, o);
	}
	return all;
}

static json_t *stats_json_handshakes(const struct stats *s)
{
	static const char *const ends[] = {
		[STATS_SMC] = "smc", [STATS_TCP] = "tcp", [STATS_FAILED] = "failed"
	};
	json_t *o = json_object(), *one;

	for (size_t i = 0; i < STATS_ENDS; i++) {
		one = json_object();
		json_object_set_new(one, "count", stats_json_number(s->ended[i]));
		json_object_set_new(one, "seconds", stats_json_times(&s->times[i]));
		json_object_set_new(o, ends[i], one);
	}
	json_object_set_new(o, "not_finished", stats_json_number(s->n_open + s->unfinished));
	return o;
}

static json_t *stats_json_latencies(const struct stats *s)
{
	static const char *const names[] = {
		[STATS_CLC] = "clc", [STATS_LLC] = "llc", [STATS_CDC] = "cdc", [STATS_READ] = "read"
	};
	json_t *o = json_object();

	for (size_t i = 0; i < STATS_LATENCIES; i++)
		json_object_set_new(o, names[i], stats_json_times(&s->latency[i]));
	return o;
}

static json_t *stats_json_clock(const struct stats *s, unsigned int host)
{
	const struct smcw_ev_clock *c = &s->clock[host];
	char name[SMCW_FACT_NAME_LEN + 1] = "";
	json_t *o = json_object();

	for (size_t i = 0; i < SMCW_FACT_NAME_LEN && c->name[i]; i++)
		name[i] = c->name[i] >= ' ' && c->name[i] < 0x7f ? (char)c->name[i] : '?';
	json_object_set_new(o, "host", stats_json_number(host));
	json_object_set_new(o, "file", json_string(name));
	json_object_set_new(
		o, "ahead_ns",
		json_integer((json_int_t)(smcw_get64(&c->own) - smcw_get64(&c->common))));
	json_object_set_new(o, "ns_in_a_second", stats_json_number(smcw_get64(&c->rate)));
	json_object_set_new(o, "within_ns", stats_json_number(s->clock_within[host]));
	return o;
}

static json_t *stats_json_clocks(const struct stats *s)
{
	json_t *all = json_array();

	for (unsigned int host = 1; host < SMCW_HOSTS_MAX; host++)
		if (s->clock[host].rate)
			json_array_append_new(all, stats_json_clock(s, host));
	return all;
}

int stats_print_json(const struct stats *s, FILE *out)
{
	static const char *const by[] = { [STATS_BY_PROCESS] = "process",
					  [STATS_BY_SERVICE] = "service",
					  [STATS_BY_CGROUP] = "cgroup",
					  [STATS_BY_PEER] = "peer" };
	char *line = observed_text(&s->observed);
	json_t *o = json_object();
	int r;

	json_object_set_new(o, "handshakes", stats_json_handshakes(s));
	json_object_set_new(o, "fallbacks", stats_json_reasons(&s->fallbacks));
	json_object_set_new(o, "declines", stats_json_reasons(&s->declines));
	json_object_set_new(o, "latency_seconds", stats_json_latencies(s));
	json_object_set_new(o, "connections", stats_json_connections(s));
	if (stats_is_merged(s))
		json_object_set_new(o, "clocks", stats_json_clocks(s));
	if (s->by != STATS_BY_NONE)
		json_object_set_new(o, by[s->by], stats_json_groups(s));
	json_object_set_new(o, "hooks", stats_json_hooks(s));
	json_object_set_new(o, "lost", stats_json_number(observed_lost(&s->observed)));
	json_object_set_new(o, "observed", json_string(line ? line : ""));
	free(line);
	r = json_dumpf(o, out, JSON_INDENT(2)) || fputc('\n', out) == EOF ? -EIO : 0;
	json_decref(o);
	return r;
}
