// SPDX-License-Identifier: GPL-2.0-or-later
/* See facts.h. */
#include "facts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smc_codec.h"
#include "table.h"

#define ROWS_PER_EVENT 32

/* ---- the index: open addressing, of twice as many places as rows or more ----------------- */

static __u64 hash_of(__u8 topic, const __u8 name[SMCW_FACT_NAME_LEN])
{
	return table_hash(topic, name, strnlen((const char *)name, SMCW_FACT_NAME_LEN));
}

/* The place of the row of that topic and name in the index, or the one that it would have. */
static size_t place_of(const struct facts *f, __u8 topic, const __u8 name[SMCW_FACT_NAME_LEN])
{
	size_t mask = f->index_size - 1, at = hash_of(topic, name) & mask;

	for (; f->index[at]; at = (at + 1) & mask) {
		const struct smcw_ev_fact *row = &f->row[f->index[at] - 1];

		if (row->topic == topic &&
		    !strncmp((const char *)row->name, (const char *)name, SMCW_FACT_NAME_LEN))
			break;
	}
	return at;
}

static void index_row(struct facts *f, size_t n)
{
	size_t at = place_of(f, f->row[n].topic, f->row[n].name);

	if (!f->index[at]) /* the first one is found */
		f->index[at] = (__u32)n + 1;
}

static void index_all(struct facts *f)
{
	memset(f->index, 0, f->index_size * sizeof(*f->index));
	for (size_t i = 0; i < f->n; i++)
		index_row(f, i);
}

static int facts_grow(struct facts *f)
{
	size_t cap = f->cap ? 2 * f->cap : 32;
	struct smcw_ev_fact *more = realloc(f->row, cap * sizeof(*more));
	__u32 *index;

	if (!more)
		return -ENOMEM;
	f->row = more;
	index = calloc(2 * cap, sizeof(*index));
	if (!index)
		return -ENOMEM;
	free(f->index);
	f->index = index;
	f->index_size = 2 * cap;
	f->cap = cap;
	index_all(f);
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------- */

static bool comes_while_tracing(const struct smcw_ev_fact *row)
{
	return row->topic == SMCW_FACT_CGROUP || row->topic == SMCW_FACT_PROCESS ||
	       row->topic == SMCW_FACT_HOST_NAME;
}

static void forget_older_half(struct facts *f)
{
	size_t of = 0, gone = 0, kept = 0;

	for (size_t i = 0; i < f->n; i++)
		of += comes_while_tracing(&f->row[i]);
	for (size_t i = 0; i < f->n; i++) {
		if (comes_while_tracing(&f->row[i]) && 2 * gone < of)
			gone++;
		else
			f->row[kept++] = f->row[i];
	}
	f->n = kept;
	index_all(f);
}

static int add_row(struct facts *f, const struct smcw_ev_fact *row)
{
	int r;

	if (f->n == FACTS_MAX)
		forget_older_half(f);
	if (f->n == FACTS_MAX) {
		f->dropped++;
		return 0;
	}
	r = f->n == f->cap ? facts_grow(f) : 0;
	if (r)
		return r;
	f->row[f->n++] = *row;
	index_row(f, f->n - 1);
	return 0;
}

int facts_add(struct facts *f, __u8 topic, const char *name, const char *format, ...)
{
	struct smcw_ev_fact row = { .topic = topic };
	char value[1024];
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	len = strlen(value);
	memcpy(row.name, name, strnlen(name, sizeof(row.name)));
	if (len > sizeof(row.value))
		memcpy(row.value, value + len - sizeof(row.value), sizeof(row.value));
	else
		memcpy(row.value, value, len);
	return add_row(f, &row);
}

static struct smcw_ev_fact *find_same(struct facts *f, const struct smcw_ev_fact *row)
{
	__u32 n = f->n ? f->index[place_of(f, row->topic, row->name)] : 0;

	return n ? &f->row[n - 1] : NULL;
}

int facts_put(struct facts *f, const struct smcw_ev_fact *row)
{
	struct smcw_ev_fact *same = find_same(f, row);

	if (!same)
		return add_row(f, row);
	*same = *row;
	return 0;
}

int facts_learn(struct facts *f, const struct smcw_event *ev)
{
	const struct smcw_ev_fact *row = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*row);
	int r = 0;

	if (ev->kind != SMCW_EV_FACTS)
		return 0;
	for (i = 0; !r && i < n; i++)
		r = facts_put(f, &row[i]);
	return r;
}

const struct smcw_ev_fact *facts_find(const struct facts *f, __u8 topic, const char *name)
{
	__u8 key[SMCW_FACT_NAME_LEN] = { 0 };
	__u32 n;

	if (name) {
		memcpy(key, name, strnlen(name, sizeof(key)));
		n = f->n ? f->index[place_of(f, topic, key)] : 0;
		return n ? &f->row[n - 1] : NULL;
	}
	for (size_t i = 0; i < f->n; i++)
		if (f->row[i].topic == topic)
			return &f->row[i];
	return NULL;
}

static const char *facts_text(const __u8 *from, size_t len, char *buf, size_t cap)
{
	size_t i;

	for (i = 0; i < len && i + 1 < cap && from[i]; i++)
		buf[i] = from[i] >= ' ' && from[i] < 0x7f ? (char)from[i] : '?';
	buf[i] = '\0';
	return buf;
}

const char *facts_value(const struct smcw_ev_fact *row, char *buf, size_t cap)
{
	return facts_text(row->value, sizeof(row->value), buf, cap);
}

const char *facts_name(const struct smcw_ev_fact *row, char *buf, size_t cap)
{
	return facts_text(row->name, sizeof(row->name), buf, cap);
}

void facts_events(const struct facts *f, __u64 time, facts_fn fn, void *ctx)
{
	struct {
		struct smcw_event ev;
		struct smcw_ev_fact row[ROWS_PER_EVENT];
	} e;
	size_t at, n;

	for (at = 0; at < f->n; at += n) {
		/* The observed classes are an event of their own, whose line says just that. */
		for (n = 1; at + n < f->n && n < ROWS_PER_EVENT; n++)
			if (smcw_fact_is_class(&f->row[at + n]) != smcw_fact_is_class(&f->row[at]))
				break;
		memset(&e.ev, 0, sizeof(e.ev));
		e.ev.version = SMCW_EVENT_VERSION;
		e.ev.kind = SMCW_EV_FACTS;
		smcw_put64(&e.ev.time, time);
		smcw_put16(&e.ev.length, (__u16)(n * sizeof(*e.row)));
		smcw_put16(&e.ev.original, (__u16)(n * sizeof(*e.row)));
		memcpy(e.row, f->row + at, n * sizeof(*e.row));
		fn(ctx, &e.ev);
	}
}

void facts_free(struct facts *f)
{
	free(f->row);
	free(f->index);
	*f = (struct facts){ 0 };
}
