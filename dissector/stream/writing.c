// SPDX-License-Identifier: GPL-2.0-or-later
/* See writing.h. */
#include <epan/packet.h>
#include <string.h>

#include "conn/group.h"
#include "writing.h"

/* WRITEs of a queue pair that are remembered, for packets that come late. */
#define WRITES_MAX 256u

/* Packets that wait: more than a sender has under way, and bounded. */
#define WAITING_MAX 512u
#define WAITING_BYTES (2u << 20)

struct writings {
	struct writing *at; /* by number */
	guint n, room;
	struct waiting_list orphans;
};

/* ---- packets that wait ---------------------------------------------------------------- */

void waiting_drop(struct waiting_list *list, guint i)
{
	list->bytes -= list->at[i].captured;
	wmem_free(wmem_file_scope(), list->at[i].data);
	list->n--;
	memmove(list->at + i, list->at + i + 1, (list->n - i) * sizeof(*list->at));
}

/* The count of those with a number below @psn; most come in order. */
static guint waiting_before(const struct waiting_list *list, guint64 psn)
{
	guint n = list->n;

	while (n && list->at[n - 1].psn >= psn)
		n--;
	return n;
}

void waiting_add(struct waiting_list *list, tvbuff_t *tvb, guint64 psn, struct note *note,
		 struct piece *piece)
{
	struct waiting *w;
	guint at;

	while (list->n && (list->n == WAITING_MAX || list->bytes > WAITING_BYTES)) {
		list->dropped = MAX(list->dropped, list->at[0].psn);
		waiting_drop(list, 0);
	}
	if (list->n == list->room) {
		list->room = MAX(2 * list->room, 8);
		list->at = wmem_realloc(wmem_file_scope(), list->at, list->room * sizeof(*w));
	}
	at = waiting_before(list, psn);
	w = &list->at[at];
	memmove(w + 1, w, (list->n++ - at) * sizeof(*w));
	*w = (struct waiting){ .psn = psn,
			       .note = note,
			       .piece = piece,
			       .len = tvb_reported_length(tvb),
			       .captured = tvb_captured_length(tvb) };
	w->data = tvb_memdup(wmem_file_scope(), tvb, 0, w->captured);
	list->bytes += w->captured;
}

/* ---- first packets ---------------------------------------------------------------------- */

static struct writings *writings_of(struct queue_pair *qp)
{
	if (!qp->writes)
		qp->writes = wmem_new0(wmem_file_scope(), struct writings);
	return qp->writes;
}

struct waiting_list *writing_orphans(struct queue_pair *qp)
{
	return &writings_of(qp)->orphans;
}

/* The count of those that begin at or before @psn. */
static guint count_until(const struct writings *ws, guint64 psn)
{
	guint from = 0, to = ws->n;

	while (from < to) {
		guint mid = from + (to - from) / 2;

		if (ws->at[mid].psn <= psn)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void writing_add(struct queue_pair *qp, const struct writing *w)
{
	struct writings *ws = writings_of(qp);
	guint at = count_until(ws, w->psn);

	if (at && ws->at[at - 1].psn == w->psn) {
		ws->at[at - 1] = *w;
		return;
	}
	if (ws->n == WRITES_MAX) {
		if (!at)
			return;
		ws->n--;
		at--;
		memmove(ws->at, ws->at + 1, ws->n * sizeof(*w));
	}
	if (ws->n == ws->room) {
		ws->room = MAX(2 * ws->room, 4);
		ws->at = wmem_realloc(wmem_file_scope(), ws->at, ws->room * sizeof(*w));
	}
	memmove(ws->at + at + 1, ws->at + at, (ws->n - at) * sizeof(*w));
	ws->at[at] = *w;
	ws->n++;
}

const struct writing *writing_find(const struct queue_pair *qp, guint64 psn)
{
	guint n = qp->writes ? count_until(qp->writes, psn) : 0;
	const struct writing *w = n ? &qp->writes->at[n - 1] : NULL;

	return w && (psn - w->psn) * w->packet < w->length ? w : NULL;
}
