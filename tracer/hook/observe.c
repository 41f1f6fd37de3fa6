// SPDX-License-Identifier: GPL-2.0-or-later
/* See observe.h. */
#include "observe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "programs.h"
#include "smc_codec.h"
#include "smc_event_text.h"

/* ---- from hooks to classes ---------------------------------------------------------- */

static const struct {
	const char *name;
	__u8 kind; /* an event of it, for --kinds; SMCW_EV_NONE: it has none of its own */
} classes[CLASSES] = {
#define CLASS_ROW(class, kind_) [CLASS_##class] = { OBSERVE_##class, SMCW_##kind_ },
	TRACE_CLASSES(CLASS_ROW)
#undef CLASS_ROW
};

static const char *function_of(const struct hook_state *h)
{
	const char *slash = strchr(h->section, '/');

	return slash ? slash + 1 : h->section;
}

/* Why a hook is not attached; what the module lacks is said once for all of its functions. */
static void cause_of(const struct hook_state *h, const char *module, char *buf, size_t cap)
{
	if (!h->present && module && strncmp(h->section, "tp_btf/", 7))
		snprintf(buf, cap, "%s has no BTF: /sys/kernel/btf/%s is missing", module, module);
	else if (!h->present)
		snprintf(buf, cap, "this kernel has no %s", function_of(h));
	else
		snprintf(buf, cap, "%s: %s", function_of(h), strerror(h->error));
}

struct class_state {
	unsigned int wanted, attached;
	char cause[SMCW_FACT_VALUE_LEN];
};

static void look_at_class(struct class_state *c, size_t class, const struct hook_state *hook,
			  size_t n, const char *module)
{
	for (const struct hook_state *h = hook; h < hook + n; h++) {
		if (!h->of_stack || !(h->sees & 1u << class) || (h->optional && !h->present))
			continue;
		c->wanted++;
		if (h->present && !h->error)
			c->attached++;
		else if (!*c->cause)
			cause_of(h, module, c->cause, sizeof(c->cause));
	}
}

static int add_class(struct facts *f, size_t i, const struct class_state *c,
		     const struct trace_filter *filter, int *missing)
{
	const char *class = classes[i].name;

	if (classes[i].kind && !(filter->kinds & SMCW_KIND_BIT(classes[i].kind)))
		return facts_add(f, SMCW_FACT_NOT_ASKED, class, "--kinds");
	if (!c->wanted)
		return 0;
	if (c->attached == c->wanted)
		return facts_add(f, SMCW_FACT_OBSERVED, class, "%s", "");
	++*missing;
	return facts_add(f, SMCW_FACT_NOT_OBSERVED, class, "%s%s", c->attached ? "in part: " : "",
			 c->cause);
}

/*
 * smcx says what it does by tracepoints alone, and has no links of its own. A hook that is missing
 * and of no class is named by itself.
 */
int observe_hooks(struct facts *f, const struct hook_state *hook, size_t n,
		  const struct trace_filter *filter, const char *module)
{
	char cause[SMCW_FACT_VALUE_LEN];
	int missing = 0, r = 0;

	for (size_t i = 0; !r && i < CLASSES; i++) {
		struct class_state c = { 0 };

		look_at_class(&c, i, hook, n, module);
		r = add_class(f, i, &c, filter, &missing);
	}
	for (size_t i = 0; !r && i < n; i++) {
		if (!hook[i].of_stack || !hook[i].asked || hook[i].sees ||
		    (hook[i].present && !hook[i].error))
			continue;
		cause_of(&hook[i], module, cause, sizeof(cause));
		r = facts_add(f, SMCW_FACT_NOT_OBSERVED, hook[i].section, "%s", cause);
		missing++;
	}
	return r ? r : missing;
}

/* ---- of a trace --------------------------------------------------------------------- */

static struct smcw_ev_fact *find_class(const struct facts *f, const struct smcw_ev_fact *like)
{
	for (size_t k = 0; k < f->n; k++)
		if (!memcmp(f->row[k].name, like->name, sizeof(like->name)))
			return &f->row[k];
	return NULL;
}

/* Hooks that were attached anew may see more or less than before: the latest word counts. */
static int put_class(struct facts *f, const struct smcw_ev_fact *row)
{
	struct smcw_ev_fact *known = find_class(f, row);

	if (!known)
		return facts_put(f, row);
	*known = *row;
	return 0;
}

/* A class of several hosts is observed where all that name it observe it; else the first says why
 * not. */
static int join_class(struct observed *o, const struct smcw_ev_fact *like)
{
	struct smcw_ev_fact all = *like;
	char cause[SMCW_FACT_VALUE_LEN + 1], value[2 * SMCW_FACT_VALUE_LEN];

	for (unsigned int host = 1; host < SMCW_HOSTS_MAX; host++) {
		const struct smcw_ev_fact *row = find_class(&o->of_host[host], like);

		if (!row || row->topic == SMCW_FACT_OBSERVED)
			continue;
		snprintf(value, sizeof(value), "host %u: %s", host,
			 facts_value(row, cause, sizeof(cause)));
		all.topic = row->topic;
		memcpy(all.value, value, sizeof(all.value));
		return put_class(&o->classes, &all);
	}
	all.topic = SMCW_FACT_OBSERVED;
	return put_class(&o->classes, &all);
}

static int learn_classes(struct observed *o, const struct smcw_event *ev)
{
	const struct smcw_ev_fact *row = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*row);
	unsigned int host = SMCW_EV_HOST_OF(ev);
	int r = 0;

	for (i = 0; !r && i < n; i++) {
		if (!smcw_fact_is_class(&row[i]))
			continue;
		r = put_class(host ? &o->of_host[host] : &o->classes, &row[i]);
		if (!r && host)
			r = join_class(o, &row[i]);
	}
	return r;
}

static void observe_count_losses(struct observed *o, const struct smcw_event *ev)
{
	const struct smcw_ev_counter *c = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*c);

	for (i = 0; i < n; i++)
		if (c[i].hook < SMCW_HOOKS_MAX)
			o->lost[SMCW_EV_HOST_OF(ev)][c[i].hook] =
				smcw_get64(&c[i].full) + smcw_get64(&c[i].unreadable);
}

static void watch_module(struct observed *o, const struct smcw_event *ev)
{
	const struct smcw_ev_module *m = (const void *)(ev + 1);
	__u64 now = smcw_get64(&ev->time), *since = &o->blind_since[SMCW_EV_HOST_OF(ev)];

	if (m->what == SMCW_MODULE_RELEASED && !*since)
		*since = now;
	if (m->what != SMCW_MODULE_ATTACHED || !*since)
		return;
	o->blind += now > *since ? now - *since : 0;
	*since = 0;
}

int observed_event(struct observed *o, const struct smcw_event *ev)
{
	if (ev->hook < SMCW_HOOKS_MAX)
		o->announced[SMCW_EV_HOST_OF(ev)][ev->hook] += smcw_get64(&ev->lost);
	switch (ev->kind) {
	case SMCW_EV_FACTS:
		return learn_classes(o, ev);
	case SMCW_EV_COUNTERS:
		observe_count_losses(o, ev);
		return 0;
	case SMCW_EV_MODULE:
		watch_module(o, ev);
		return 0;
	default:
		return 0;
	}
}

void observed_free(struct observed *o)
{
	facts_free(&o->classes);
	for (unsigned int host = 0; host < SMCW_HOSTS_MAX; host++)
		facts_free(&o->of_host[host]);
}

/* The counters are the truth; without them there is what the events say. */
__u64 observed_lost_of(const struct observed *o, unsigned int hook)
{
	__u64 sum = 0;

	for (unsigned int host = 0; host < SMCW_HOSTS_MAX; host++) {
		__u64 lost = o->lost[host][hook], announced = o->announced[host][hook];

		sum += lost > announced ? lost : announced;
	}
	return sum;
}

bool observed_is_blind(const struct observed *o)
{
	for (unsigned int host = 0; host < SMCW_HOSTS_MAX; host++)
		if (o->blind_since[host])
			return true;
	return false;
}

__u64 observed_lost(const struct observed *o)
{
	__u64 sum = 0;

	for (unsigned int hook = 0; hook < SMCW_HOOKS_MAX; hook++)
		sum += observed_lost_of(o, hook);
	return sum;
}

bool observed_all(const struct observed *o)
{
	for (size_t i = 0; i < o->classes.n; i++)
		if (o->classes.row[i].topic == SMCW_FACT_NOT_OBSERVED)
			return false;
	return !observed_lost(o) && !o->blind && !observed_is_blind(o);
}

int observed_class(const struct observed *o, const char *class)
{
	for (size_t i = 0; i < o->classes.n; i++)
		if (!strncmp((const char *)o->classes.row[i].name, class,
			     sizeof(o->classes.row[i].name)))
			return o->classes.row[i].topic == SMCW_FACT_OBSERVED;
	return -1;
}

/* ---- the line ------------------------------------------------------------------------ */

static const char *observe_between(bool *first)
{
	const char *is = *first ? "" : ", ";

	*first = false;
	return is;
}

static void put_missing(FILE *out, const struct facts *f, __u8 topic, const char *words,
			bool *first)
{
	char name[SMCW_FACT_NAME_LEN + 1], cause[SMCW_FACT_VALUE_LEN + 1];
	const struct smcw_ev_fact *last = NULL;

	for (size_t i = 0; i < f->n; i++) {
		const struct smcw_ev_fact *row = &f->row[i];

		if (row->topic != topic)
			continue;
		if (last && memcmp(last->value, row->value, sizeof(row->value)))
			fprintf(out, " (%s%s)", words, facts_value(last, cause, sizeof(cause)));
		fprintf(out, "%s%s", observe_between(first), facts_name(row, name, sizeof(name)));
		last = row;
	}
	if (last)
		fprintf(out, " (%s%s)", words, facts_value(last, cause, sizeof(cause)));
}

static void put_losses(FILE *out, const struct observed *o, bool *first)
{
	for (unsigned int hook = 0; hook < SMCW_HOOKS_MAX; hook++) {
		const char *name = smcw_value_text(SMCW_LIST_event_hooks, hook);

		if (observed_lost_of(o, hook))
			fprintf(out, "%s%" PRIu64 " lost of %s", observe_between(first),
				(uint64_t)observed_lost_of(o, hook),
				name ? name : "an unknown hook");
	}
	if (o->blind)
		fprintf(out, "%s%.1f s while the module was let go", observe_between(first),
			(double)o->blind / 1e9);
	if (observed_is_blind(o))
		fprintf(out, "%swhat came after the module was let go", observe_between(first));
}

static void observe_put_line(FILE *out, const struct observed *o)
{
	char name[SMCW_FACT_NAME_LEN + 1];
	bool first = true;

	fputs("observed: ", out);
	for (size_t i = 0; i < o->classes.n; i++)
		if (o->classes.row[i].topic == SMCW_FACT_OBSERVED)
			fprintf(out, "%s%s", observe_between(&first),
				facts_name(&o->classes.row[i], name, sizeof(name)));
	if (first)
		fputs(o->classes.n ? "nothing" : "not stated in this trace", out);
	fputs(" / not observed: ", out);
	first = true;
	put_missing(out, &o->classes, SMCW_FACT_NOT_OBSERVED, "", &first);
	put_missing(out, &o->classes, SMCW_FACT_NOT_ASKED, "not asked for: ", &first);
	put_losses(out, o, &first);
	if (first)
		fputs(o->classes.n ? "nothing that was asked for" : "not stated in this trace",
		      out);
}

char *observed_text(const struct observed *o)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	observe_put_line(out, o);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

void observed_print(const struct observed *o, const char *before, FILE *out)
{
	fputs(before, out);
	observe_put_line(out, o);
	fputc('\n', out);
}
