// SPDX-License-Identifier: GPL-2.0-or-later
/* See facts.h. */
#include "facts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smc_codec.h"

#define ROWS_PER_EVENT 32

static int add_row(struct facts *f, const struct smcw_ev_fact *row)
{
	struct smcw_ev_fact *more;

	if (f->n == FACTS_MAX) {
		f->dropped++;
		return 0;
	}
	if (f->n == f->cap) {
		size_t cap = f->cap ? 2 * f->cap : 32;

		more = realloc(f->row, cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->row = more;
		f->cap = cap;
	}
	f->row[f->n++] = *row;
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
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->row[i].topic == row->topic &&
		    !memcmp(f->row[i].name, row->name, sizeof(row->name)))
			return &f->row[i];
	return NULL;
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
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->row[i].topic == topic &&
		    (!name || !strncmp((const char *)f->row[i].name, name, sizeof(f->row[i].name))))
			return &f->row[i];
	return NULL;
}

static const char *text(const __u8 *from, size_t len, char *buf, size_t cap)
{
	size_t i;

	for (i = 0; i < len && i + 1 < cap && from[i]; i++)
		buf[i] = from[i] >= ' ' && from[i] < 0x7f ? (char)from[i] : '?';
	buf[i] = '\0';
	return buf;
}

const char *facts_value(const struct smcw_ev_fact *row, char *buf, size_t cap)
{
	return text(row->value, sizeof(row->value), buf, cap);
}

const char *facts_name(const struct smcw_ev_fact *row, char *buf, size_t cap)
{
	return text(row->name, sizeof(row->name), buf, cap);
}

static int is_class(const struct smcw_ev_fact *row)
{
	return row->topic >= SMCW_FACT_OBSERVED && row->topic <= SMCW_FACT_NOT_ASKED;
}

void facts_events(const struct facts *f, __u64 time, facts_fn fn, void *ctx)
{
	struct {
		struct smcw_event ev;
		struct smcw_ev_fact row[ROWS_PER_EVENT];
	} e;
	size_t at, n;

	for (at = 0; at < f->n; at += n) {
		/* What is observed is an event of its own, whose line says just that. */
		for (n = 1; at + n < f->n && n < ROWS_PER_EVENT; n++)
			if (is_class(&f->row[at + n]) != is_class(&f->row[at]))
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
	*f = (struct facts){ 0 };
}
