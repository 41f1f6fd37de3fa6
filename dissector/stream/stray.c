// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See stray.h. Linux posts a WRITE and then the CDC message for it, but other
 * connections may come between the two, of the same sizes even. So a WRITE is
 * taken for that of a message only where all packets since the message before are
 * in the capture and no other buffer has as many new bytes; where it is not known
 * how many there are, the same has to come true twice. A WRITE right before the
 * message of one connection is not looked at for another one.
 */
#include <epan/packet.h>

#include "conn/conn.h"
#include "conn/group.h"
#include "conn/note.h"
#include "stray.h"
#include "stream.h"
#include "write.h"
#include "writing.h"

/* So many buffers are looked at before a CDC message, and guesses kept for a connection. */
#define STRETCHES 32
#define GUESSES 8

/* Buffers begin at pages at least. */
#define RMBE_ALIGN 4096u

/* WRITEs further back are not looked at. */
#define LOOK_BACK 512

struct guess {
	guint32 rkey;
	guint64 vaddr; /* where the RMBE begins */
	guint32 size;  /* of the RMBE; 0: not known */
};

struct strays {
	struct waiting_list list;
};

/* Bytes one after the other in one buffer. */
struct stretch {
	guint32 rkey;
	guint64 start, end;
	guint64 psn; /* of the last packet */
	bool begins; /* the first packet is that of a WRITE */
};

/* The bytes written before a CDC message, the last ones first. */
struct stretches {
	struct stretch at[STRETCHES];
	unsigned n;
	bool too_many;
};

/* A CDC message, and the known data of the packets before it. */
struct attempt {
	struct advance a;
	guint64 after; /* number of the sender's message before; 0: not known */
	guint64 psn;
};

/* Guesses for a buffer; kept with its connection until it is known. */
struct guesses {
	struct guess at[GUESSES];
	unsigned n;
	struct attempt last; /* that has shown nothing; packets before it may have come since */
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

/* ---- written bytes ------------------------------------------------------------------- */

static const struct conn *stray_claimant(const struct waiting *w)
{
	const struct conn *conn = w->claim;

	while (conn && conn->merged)
		conn = conn->merged;
	return conn;
}

/*
 * Add a packet to the stretches that it is right before, or begin a new one: also
 * where a WRITE begins at what may be the end of one RMBE and the begin of the next.
 */
static void add_stretch(struct stretches *of, const struct waiting *w)
{
	const struct target *to = &w->piece->to;
	guint64 end = to->vaddr + w->len;
	bool is_new = true;

	for (unsigned i = 0; i < of->n; i++) {
		struct stretch *s = &of->at[i];

		if (s->rkey != to->rkey || s->start != end)
			continue;
		is_new = is_new && s->begins && end % RMBE_ALIGN == 0;
		s->start = to->vaddr;
		s->begins = !to->first_in;
	}
	if (is_new && of->n == STRETCHES)
		of->too_many = true;
	else if (is_new)
		of->at[of->n++] =
			(struct stretch){ to->rkey, to->vaddr, end, w->psn, !to->first_in };
}

/* WRITEs between two packets, but for those that are likely to be another connection's. */
static void stretches_between(const struct waiting_list *list, const struct conn *conn,
			      guint64 after, guint64 before, struct stretches *of)
{
	of->n = 0;
	of->too_many = false;
	for (guint i = list->n; i-- > 0 && list->at[i].psn > after;) {
		const struct waiting *w = &list->at[i];
		const struct conn *of_conn = stray_claimant(w);

		if (w->psn < before && (!of_conn || of_conn == conn))
			add_stretch(of, w);
	}
}

/* Are all packets from @from on known, WRITEs with their place? */
static bool is_complete(struct queue_pair *qp, guint64 from, guint64 before)
{
	const struct waiting_list *orphans = writing_orphans(qp);

	if (!psn_is_whole(&qp->psn, from - 1, before) || strays_of(qp)->dropped >= from ||
	    orphans->dropped >= from)
		return false;
	for (guint i = 0; i < orphans->n; i++)
		if (orphans->at[i].psn >= from && orphans->at[i].psn < before)
			return false;
	return true;
}

/* ---- guesses ------------------------------------------------------------------------- */

static bool stray_bind(struct note *note, struct conn *conn, unsigned side, const struct guess *g,
		       guint32 count)
{
	struct end *end = &conn->end[side];
	unsigned at = conn_at(conn, side);
	struct rmb *rmb = rmb_find(note->link, at, g->rkey);

	if (!rmb)
		rmb = rmb_announce(note->link, at, g->rkey, g->vaddr, note->frame);
	end->derived = true;
	end->rkey = g->rkey;
	end->vaddr = rmb->vaddr;
	end->start = g->vaddr - rmb->vaddr;
	end->idx = 0;
	end->size = g->size;
	end->least = g->size ? g->size : stream_ring_of(count + 1);
	wmem_map_insert(rmb->conns, GUINT_TO_POINTER((guint)(end->start >> 14) + 0x100), conn);
	return true;
}

/* Keep a guess. Return: whether it has come true before. */
static bool comes_true_again(struct guesses *g, const struct guess *guess)
{
	for (unsigned i = 0; i < g->n; i++)
		if (g->at[i].rkey == guess->rkey && g->at[i].vaddr == guess->vaddr)
			return true;
	if (g->n == GUESSES) /* the oldest is not to be */
		memmove(g->at, g->at + 1, --g->n * sizeof(*guess));
	g->at[g->n++] = *guess;
	return false;
}

/* Guess the buffer from a stretch before the message. Return: whether it fits. */
static bool guess_of(const struct stretch *of, const struct advance *a, struct guess *g)
{
	guint64 len = of->end - of->start, size;

	*g = (struct guess){ of->rkey, of->end - a->count, 0 };
	if (of->end < a->count)
		return false;
	if (a->count)
		return !a->knows_from || len == (a->came_round ? a->count : a->count - a->from);
	/* The buffer is full up to its end: where it was before says where it begins. */
	g->vaddr = of->start - a->from;
	size = of->end - g->vaddr;
	g->size = (guint32)size;
	return a->knows_from && a->came_round && of->start >= a->from && stream_is_ring(size);
}

/* The number of stretches that fit; @only and @by: the last of them. */
static unsigned count_fits(const struct stretches *of, const struct advance *a, struct guess *only,
			   const struct stretch **by)
{
	unsigned n = 0;
	struct guess g;

	for (unsigned i = 0; i < of->n; i++)
		if (guess_of(&of->at[i], a, &g)) {
			*only = g;
			*by = &of->at[i];
			n++;
		}
	return n;
}

/* Where the buffer came round, bytes up to its end are before those from its begin on. */
static void guess_size(const struct stretches *of, const struct advance *a, struct guess *g)
{
	for (unsigned i = 0; i < of->n && a->came_round && !g->size; i++) {
		const struct stretch *s = &of->at[i];

		if (s->rkey == g->rkey && s->start == g->vaddr + a->from &&
		    stream_is_ring(s->end - g->vaddr))
			g->size = (guint32)(s->end - g->vaddr);
	}
}

static void stray_claim(struct waiting_list *list, const struct conn *conn,
			const struct stretch *of)
{
	for (guint i = 0; i < list->n; i++) {
		const struct target *to = &list->at[i].piece->to;

		if (list->at[i].psn <= of->psn && to->rkey == of->rkey && to->vaddr >= of->start &&
		    to->vaddr < of->end)
			list->at[i].claim = conn;
	}
}

static bool stray_match_attempt(struct note *note, struct conn *conn, unsigned side,
				const struct attempt *t)
{
	struct waiting_list *list = strays_of(note->qp);
	guint64 from = MAX(MAX(t->after + 1, note->qp->psn.first), t->psn - LOOK_BACK);
	const struct stretch *by = NULL;
	struct guess only = { 0 };
	struct stretches of;

	if ((t->after && t->psn > t->after + LOOK_BACK) || !is_complete(note->qp, from, t->psn))
		return false;
	stretches_between(list, conn, from - 1, t->psn, &of);
	if (of.too_many || count_fits(&of, &t->a, &only, &by) != 1)
		return false;
	if (t->a.knows_from || comes_true_again(&conn->guesses[side], &only)) {
		guess_size(&of, &t->a, &only);
		return stray_bind(note, conn, side, &only, t->a.count);
	}
	if (by->psn + 1 == t->psn)
		stray_claim(list, conn, by);
	return false;
}

bool stray_match(struct note *note, struct conn *conn, unsigned side, const struct advance *a)
{
	guint64 after = a->knows_from ? conn->flow[0][!side].psn : 0;
	const struct attempt now = { *a, after, note->psn };
	struct attempt before;

	if (!note->qp->strays || (a->knows_from && a->count == a->from && !a->came_round))
		return false;
	if (!conn->guesses)
		conn->guesses = wmem_alloc0(wmem_file_scope(), SIDES * sizeof(struct guesses));
	before = conn->guesses[side].last;
	conn->guesses[side].last = now;
	return stray_match_attempt(note, conn, side, &now) ||
	       (before.a.knows_from && stray_match_attempt(note, conn, side, &before));
}

/* ---- WRITEs whose connection is known now ----------------------------------------------- */

/*
 * Going back from the cursor, the WRITEs of this turn: each ends where the one
 * after it begins, or before it where packets between the two are missing, and
 * not so many that a whole turn may be. Return: place of the first of them.
 */
static guint first_of_turn(struct queue_pair *qp, const struct end *end, guint32 count, guint64 psn)
{
	const struct waiting_list *list = strays_of(qp);
	guint64 from = end->vaddr + end->start;
	guint64 upto = from + (count ? count : end->size);
	guint first = list->n;

	for (guint i = list->n; i-- > 0;) {
		const struct waiting *w = &list->at[i];
		guint64 start = w->piece->to.vaddr, gap = upto - start - w->len, reach;

		if (w->psn >= psn || w->piece->to.rkey != end->rkey || start < from ||
		    start >= from + (end->size ? end->size : end->least))
			continue;
		if (start + w->len > upto)
			break;
		reach = lane_hidden(&qp->psn, w->psn, psn, gap + end->least);
		if (reach < gap || reach >= gap + end->least)
			break;
		first = i;
		upto = start;
		psn = w->psn;
	}
	return first;
}

void stray_adopt(packet_info *pinfo, struct note *note, struct conn *conn, unsigned side,
		 guint32 count, guint64 before)
{
	struct waiting_list *list = strays_of(note->qp);
	struct end *end = &conn->end[side];
	guint first = first_of_turn(note->qp, end, count, before);

	if (!end->psn) /* the stream begins here */
		end->psn = first < list->n ? list->at[first].psn : before;
	for (guint i = first; i < list->n;) {
		const struct waiting *w = &list->at[i];

		if (w->piece->to.rkey == end->rkey && w->psn < before &&
		    write_adopt(pinfo, note, NULL, note->qp, w))
			waiting_drop(list, i);
		else
			i++;
	}
}

guint64 stray_follow(struct queue_pair *qp, guint32 rkey, guint64 at, guint64 before, guint64 *psn)
{
	const struct waiting_list *list = strays_of(qp);

	for (guint i = 0; i < list->n; i++) {
		const struct waiting *w = &list->at[i];

		if (w->psn <= *psn || w->psn >= before || w->piece->to.rkey != rkey ||
		    w->piece->to.vaddr != at)
			continue;
		if (!psn_is_whole(&qp->psn, *psn, w->psn))
			break;
		at += w->len;
		*psn = w->psn;
	}
	return at;
}
