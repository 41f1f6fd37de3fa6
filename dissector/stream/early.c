// SPDX-License-Identifier: GPL-2.0-or-later
/* See early.h. */
#include <epan/packet.h>

#include "early.h"

/* More is not kept: memory is bounded, and so is the time to find a place. */
#define BYTES_MAX (16u << 20)
#define RUNS_MAX 1024u

struct early *early_new(void)
{
	return wmem_new0(wmem_file_scope(), struct early);
}

struct run *early_first(const struct early *e)
{
	return e->n ? &e->runs[0] : NULL;
}

bool early_is_full(const struct early *e)
{
	return e->n >= RUNS_MAX || e->bytes > BYTES_MAX;
}

/* The number of runs that begin before or at @pos. */
static guint runs_until(const struct early *e, guint64 pos)
{
	guint from = 0, to = e->n;

	while (from < to) {
		guint mid = from + (to - from) / 2;

		if (e->runs[mid].pos <= pos)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static void early_insert(struct early *e, guint at, struct run run)
{
	if (e->n == e->room) {
		e->room = MAX(2 * e->room, 8);
		e->runs = wmem_realloc(wmem_file_scope(), e->runs, e->room * sizeof(run));
	}
	memmove(e->runs + at + 1, e->runs + at, (e->n - at) * sizeof(run));
	e->runs[at] = run;
	e->n++;
}

/* A piece that no run has; @at: the place among the runs. */
static void early_add(struct early *e, guint at, guint64 pos, guint64 end, const guint8 *data)
{
	struct run *before = at ? &e->runs[at - 1] : NULL;
	struct run run = { pos, end, NULL };

	if (before && before->end == pos && !before->bytes == !data) {
		if (data)
			wmem_array_append(before->bytes, data, (guint)(end - pos));
		before->end = end;
	} else {
		if (data) {
			run.bytes = wmem_array_new(wmem_file_scope(), 1);
			wmem_array_append(run.bytes, data, (guint)(end - pos));
		}
		early_insert(e, at, run);
	}
	if (data)
		e->bytes += end - pos;
}

void early_put(struct early *e, guint64 pos, guint64 len, const guint8 *data)
{
	guint64 end = pos + len, start = pos;

	while (pos < end) {
		guint at = runs_until(e, pos);
		guint64 upto = at < e->n ? MIN(end, e->runs[at].pos) : end;

		if (at && e->runs[at - 1].end > pos) {
			pos = e->runs[at - 1].end;
			continue;
		}
		early_add(e, at, pos, upto, data ? data + (pos - start) : NULL);
		pos = upto;
	}
}

void early_drop_first(struct early *e)
{
	struct run *run = &e->runs[0];

	if (run->bytes) {
		e->bytes -= run->end - run->pos;
		wmem_destroy_array(run->bytes);
	}
	e->n--;
	memmove(e->runs, e->runs + 1, e->n * sizeof(*run));
}
