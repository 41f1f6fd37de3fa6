// SPDX-License-Identifier: GPL-2.0-or-later
/* See filter.h. */
#include "filter.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/set.h"
#include "smc_codec.h"

void filter_init(struct filter *f, const struct trace_filter *rule, __u64 cgroup)
{
	*f = (struct filter){ .rule = *rule, .cgroup = cgroup, .shown_kinds = ~0ull };
}

static __u64 group_of(const struct smcw_event *ev)
{
	return (__u64)(SMCW_EV_SPACE(ev) + 1) << 32 | ev->lgr;
}

void filter_free(struct filter *f)
{
	while (f->n_kept)
		free(f->kept[(f->first + --f->n_kept) % FILTER_KEPT]);
	facts_free(&f->cgroups);
	set_free(&f->groups);
	set_free(&f->buffers);
}

/* ---- sockets --------------------------------------------------------------------------- */

static bool path_of(const struct filter *f, __u64 id, char *buf, size_t cap)
{
	const struct smcw_ev_fact *row;
	char name[24];

	snprintf(name, sizeof(name), "%" PRIu64, (uint64_t)id);
	row = facts_find(&f->cgroups, SMCW_FACT_CGROUP, name);
	if (row)
		facts_value(row, buf, cap);
	return row;
}

/* The cgroup itself, or one below it. */
static bool is_in_cgroup(const struct filter *f, __u64 id)
{
	char inner[SMCW_FACT_VALUE_LEN + 1], outer[SMCW_FACT_VALUE_LEN + 1];
	size_t len;

	if (id == f->cgroup)
		return true;
	if (!id || !path_of(f, id, inner, sizeof(inner)) ||
	    !path_of(f, f->cgroup, outer, sizeof(outer)))
		return false;
	len = strlen(outer);
	return !strcmp(outer, "/") || (!strncmp(inner, outer, len) && inner[len] == '/');
}

/* An event that no hook has seen is the snapshot's, which user space takes. */
static bool is_judged(const struct filter *f, const struct smcw_event *ev)
{
	return f->by_kernel && ev->hook != SMCW_HOOK_NONE;
}

static bool has_port(const struct smcw_event *ev, __u16 port)
{
	return !port || smcw_get16(&ev->local_port) == port || smcw_get16(&ev->peer_port) == port;
}

static bool is_wanted_socket(const struct filter *f, const struct smcw_event *ev)
{
	const struct trace_filter *r = &f->rule;

	if (!has_port(ev, f->shown_port))
		return false;
	if (is_judged(f, ev))
		return !f->cgroup || is_in_cgroup(f, smcw_get64(&ev->cgroup));
	if (r->pid && smcw_get32(&ev->pid) != r->pid)
		return false;
	if (r->netns && smcw_get32(&ev->netns) != r->netns)
		return false;
	if (!has_port(ev, r->port))
		return false;
	if (r->has_addr && memcmp(ev->local, r->addr, 16) && memcmp(ev->peer, r->addr, 16))
		return false;
	return !f->cgroup || is_in_cgroup(f, smcw_get64(&ev->cgroup));
}

static enum smcw_event_of object_of(const struct smcw_event *ev)
{
	return smcw_event_kinds[ev->kind].of;
}

static bool is_buffer(const struct smcw_event *ev)
{
	return object_of(ev) == SMCW_OF_BUFFER;
}

static bool is_of_group(const struct smcw_event *ev)
{
	return object_of(ev) == SMCW_OF_GROUP || is_buffer(ev);
}

static __u64 token_of(const struct smcw_event *ev)
{
	return smcw_get64(&((const struct smcw_ev_buf *)(ev + 1))->token);
}

/* Events of no socket and no connection: the module, counters, facts. */
static bool is_of_trace(const struct smcw_event *ev)
{
	return object_of(ev) == SMCW_OF_TRACE;
}

/* Delays are added up over all that the kernel was asked for: of fewer sockets none are known. */
static bool are_wanted_delays(const struct filter *f)
{
	return !f->cgroup && !f->shown_port && (f->by_kernel || !f->rule.on_socket) &&
	       f->rule.kinds & SMCW_KIND_BIT(SMCW_EV_CDC);
}

/* ---- link groups -------------------------------------------------------------------------- */

static int filter_drop(struct filter *f, const struct smcw_event *ev)
{
	if (ev->hook < SMCW_HOOKS_MAX)
		f->dropped[ev->hook]++;
	return 0;
}

static int filter_keep(struct filter *f, const struct smcw_event *ev)
{
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);
	struct smcw_event *copy = malloc(len);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, ev, len);
	if (f->n_kept == FILTER_KEPT) {
		filter_drop(f, f->kept[f->first]);
		free(f->kept[f->first]);
		f->first = (f->first + 1) % FILTER_KEPT;
		f->n_kept--;
	}
	f->kept[(f->first + f->n_kept++) % FILTER_KEPT] = copy;
	return 0;
}

static int filter_pass(struct filter *f, struct smcw_event *ev, filter_fn fn, void *ctx)
{
	if (!(f->rule.kinds & f->shown_kinds & SMCW_KIND_BIT(ev->kind)) && !is_of_trace(ev))
		return filter_drop(f, ev);
	return fn(ctx, ev);
}

/* Hands on what was kept for a link group; the others stay in their order. */
static int filter_release(struct filter *f, __u64 group, filter_fn fn, void *ctx)
{
	unsigned int n = f->n_kept;
	int r = 0;

	f->n_kept = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct smcw_event *ev = f->kept[(f->first + i) % FILTER_KEPT];

		if (group_of(ev) != group) {
			f->kept[(f->first + f->n_kept++) % FILTER_KEPT] = ev;
			continue;
		}
		if (!r && is_buffer(ev))
			r = set_add(&f->buffers, token_of(ev));
		if (!r)
			r = filter_pass(f, ev, fn, ctx);
		free(ev);
	}
	return r;
}

static int group_event(struct filter *f, struct smcw_event *ev, filter_fn fn, void *ctx)
{
	int r = 0;

	if (ev->lgr && set_has(&f->groups, group_of(ev))) {
		if (is_buffer(ev))
			r = set_add(&f->buffers, token_of(ev));
		return r ? r : filter_pass(f, ev, fn, ctx);
	}
	/* An event for a buffer that is given back names no link group. */
	if (is_buffer(ev) && set_has(&f->buffers, token_of(ev)))
		return filter_pass(f, ev, fn, ctx);
	return ev->lgr ? filter_keep(f, ev) : filter_drop(f, ev);
}

static int learn_cgroups(struct filter *f, const struct smcw_event *ev)
{
	const struct smcw_ev_fact *row = (const void *)(ev + 1);
	size_t n;
	int r = 0;

	if (ev->kind != SMCW_EV_FACTS)
		return 0;
	n = smcw_get16(&ev->length) / sizeof(*row);
	for (size_t i = 0; !r && i < n; i++)
		if (row[i].topic == SMCW_FACT_CGROUP)
			r = facts_put(&f->cgroups, &row[i]);
	return r;
}

int filter_event(struct filter *f, struct smcw_event *ev, filter_fn fn, void *ctx)
{
	bool sockets = (f->rule.on_socket && !is_judged(f, ev)) || f->cgroup || f->shown_port;
	int r;

	r = learn_cgroups(f, ev);
	if (r)
		return r;
	if (ev->kind == SMCW_EV_DELAYS && !are_wanted_delays(f))
		return filter_drop(f, ev);
	if (is_of_trace(ev) || !sockets)
		return filter_pass(f, ev, fn, ctx);
	if (is_of_group(ev))
		return group_event(f, ev, fn, ctx);
	if (!is_wanted_socket(f, ev))
		return filter_drop(f, ev);
	if (ev->lgr && !set_has(&f->groups, group_of(ev))) {
		r = set_add(&f->groups, group_of(ev));
		if (!r)
			r = filter_release(f, group_of(ev), fn, ctx);
	}
	return r ? r : filter_pass(f, ev, fn, ctx);
}

void filter_correct(const struct filter *f, struct smcw_event *counters)
{
	struct smcw_ev_counter *c = (void *)(counters + 1);
	size_t n = smcw_get16(&counters->length) / sizeof(*c);

	for (size_t i = 0; i < n; i++) {
		__u64 dropped = c[i].hook < SMCW_HOOKS_MAX ? f->dropped[c[i].hook] : 0;

		smcw_put64(&c[i].filtered, smcw_get64(&c[i].filtered) + dropped);
		smcw_put64(&c[i].sent, smcw_get64(&c[i].sent) - dropped);
	}
}
