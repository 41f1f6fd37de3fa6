// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See stray.h. Linux posts a WRITE and then the CDC message for it, but other
 * connections may come between the two. So a guess is made for each of the last
 * WRITEs before a message, and is good when it is the only one whose bytes are
 * those that the message reports, or when it comes true a second time.
 */
#include <epan/packet.h>

#include "conn.h"
#include "group.h"
#include "note.h"
#include "stray.h"
#include "write.h"
#include "writing.h"

/* So many buffers are looked at before a CDC message, and guesses kept for a connection. */
#define GUESSES 8

/* WRITEs further back are not looked at. */
#define LOOK_BACK 128

struct guess {
	guint32 rkey;
	guint64 vaddr; /* where the RMBE begins */
	guint32 size;  /* of the RMBE; 0: not known */
	unsigned hits; /* 2 for a WRITE right before its message, else 1 */
};

struct strays {
	struct waiting_list list;
};

/* Bytes of one buffer before a CDC message, from the last one back. */
struct stretch {
	guint32 rkey;
	guint64 start, end;
	bool next_to; /* no packet is between it and the message */
};

/* Guesses for a connection; kept with it until it is known. */
struct guesses {
	struct guess at[GUESSES];
	unsigned n;
};

static struct waiting_list *strays_of(struct queue_pair *qp)
{
	if (!qp->strays)
		qp->strays = wmem_new0(wmem_file_scope(), struct strays);
	return &qp->strays->list;
}

void stray_add(struct queue_pair *qp, tvbuff_t *tvb, struct note *note, struct piece *piece)
{
	waiting_add(strays_of(qp), tvb, note->psn, note, piece);
}

void stray_keep(struct queue_pair *qp, const struct waiting *w)
{
	tvbuff_t *tvb = tvb_new_real_data(w->data, w->captured, (gint)w->len);

	waiting_add(strays_of(qp), tvb, w->psn, w->note, w->piece);
	tvb_free(tvb);
}

/* ---- guesses ------------------------------------------------------------------------- */

/* Add a WRITE to the stretch of its buffer. Return: how many stretches there are. */
static unsigned add_stretch(struct stretch *of, unsigned n, const struct waiting *w, guint64 psn)
{
	const struct target *to = &w->piece->to;
	unsigned i;

	for (i = 0; i < n && of[i].rkey != to->rkey; i++)
		;
	if (i == n && n < GUESSES) {
		of[i] = (struct stretch){ to->rkey, to->vaddr, to->vaddr + w->len,
					  w->psn + 1 == psn };
		return n + 1;
	}
	if (i < n && to->vaddr + w->len == of[i].start)
		of[i].start = to->vaddr;
	return n;
}

static unsigned stretches_before(const struct waiting_list *list, guint64 after, guint64 psn,
				 struct stretch *of)
{
	unsigned n = 0;
	guint i = list->n, looked = 0;

	for (; i-- > 0 && looked < LOOK_BACK; looked++)
		if (list->at[i].psn < psn && list->at[i].psn > after)
			n = add_stretch(of, n, &list->at[i], psn);
	return n;
}

static bool bind(struct note *note, struct conn *conn, unsigned side, const struct guess *g)
{
	struct end *end = &conn->end[side];
	unsigned at = conn_at(conn, side);
	struct rmb *rmb = rmb_find(note->link, at, g->rkey);

	if (!rmb)
		rmb = rmb_tell(note->link, at, g->rkey, g->vaddr, note->frame);
	end->derived = true;
	end->rkey = g->rkey;
	end->vaddr = rmb->vaddr;
	end->start = g->vaddr - rmb->vaddr;
	end->idx = 0;
	end->size = g->size;
	wmem_map_insert(rmb->conns, GUINT_TO_POINTER((guint)(end->start >> 14) + 0x100), conn);
	return true;
}

/* Count a guess that has come true. */
static const struct guess *count_hit(struct guesses *g, const struct guess *guess)
{
	unsigned i;

	for (i = 0; i < g->n; i++)
		if (g->at[i].rkey == guess->rkey && g->at[i].vaddr == guess->vaddr) {
			g->at[i].hits += guess->hits;
			return &g->at[i];
		}
	if (i == GUESSES) /* the oldest is not to be */
		memmove(g->at, g->at + 1, --i * sizeof(*guess));
	g->at[i] = *guess;
	g->n = i + 1;
	return &g->at[i];
}

/* No WRITE can be missing from the capture, as far back as is looked at. */
static bool is_complete(struct note *note, guint64 after)
{
	struct psn_window *w = &note->qp->psn;

	return psn_is_whole(w, MAX(MAX(after, w->first), note->psn - LOOK_BACK) - 1, note->psn);
}

static bool is_ring_size(guint64 size)
{
	return size >= SMCW_BUF_BYTES(0) && size <= SMCW_BUF_BYTES(15) && !(size & (size - 1));
}

/*
 * What a stretch before the message says of the buffer. Return: whether it fits;
 * @exact: its bytes are all that the message reports.
 */
static bool guess_of(const struct stretch *of, const struct advance *a, struct guess *g,
		     bool *exact)
{
	guint64 len = of->end - of->start, reported = a->came_round ? a->count : a->count - a->from;

	*g = (struct guess){ of->rkey, of->end - a->count, 0, of->next_to ? 2 : 1 };
	*exact = a->knows_from;
	if (of->end < a->count)
		return false;
	if (a->count)
		return !a->knows_from || len == reported;
	/* The buffer is full up to its end: where it was before says where it begins. */
	g->vaddr = of->start - a->from;
	g->size = (guint32)(of->end - g->vaddr);
	return a->knows_from && a->came_round && is_ring_size(of->end - g->vaddr);
}

bool stray_match(struct note *note, struct conn *conn, unsigned side, const struct advance *a)
{
	guint64 after = a->knows_from ? conn->flow[0][!side].psn : 0;
	struct stretch of[GUESSES];
	struct guess best = { 0 }, only = { 0 };
	unsigned n, exacts = 0;
	bool exact;

	if (!note->qp->strays || (a->knows_from && a->count == a->from && !a->came_round))
		return false;
	if (!conn->guesses)
		conn->guesses = wmem_new0(wmem_file_scope(), struct guesses);
	n = stretches_before(strays_of(note->qp), after, note->psn, of);
	for (unsigned i = 0; i < n; i++) {
		struct guess guess;
		const struct guess *sum;

		if (!guess_of(&of[i], a, &guess, &exact))
			continue;
		only = guess;
		exacts += exact;
		sum = count_hit(conn->guesses, &guess);
		if (sum->hits > best.hits)
			best = *sum;
		else if (sum->hits == best.hits)
			best.vaddr = 0; /* as good as another one */
	}
	if (best.hits >= 3 && best.vaddr)
		return bind(note, conn, side, &best);
	return exacts == 1 && is_complete(note, after) && bind(note, conn, side, &only);
}

/* The cursor has not come there in this turn of the buffer: it is of one before. */
static bool is_of_turn(const struct conn *conn, unsigned side, const struct waiting *w)
{
	const struct end *end = &conn->end[side];
	guint64 from = end->vaddr + end->start, upto = from + conn->flow[0][!side].prod.count;

	return end->size || (w->piece->to.vaddr >= from && w->piece->to.vaddr + w->len <= upto);
}

void stray_adopt(packet_info *pinfo, struct note *note, struct conn *conn, unsigned side)
{
	struct waiting_list *list = strays_of(note->qp);
	guint32 rkey = conn->end[side].rkey;

	for (guint i = 0; i < list->n;) {
		const struct waiting *w = &list->at[i];

		if (w->piece->to.rkey != rkey || w->psn > note->psn) {
			i++;
			continue;
		}
		if (is_of_turn(conn, side, w))
			write_adopt(pinfo, note, NULL, note->qp, w);
		waiting_drop(list, i);
	}
}
