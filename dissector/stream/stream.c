// SPDX-License-Identifier: GPL-2.0-or-later
/* See stream.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <string.h>

#include "conn/conn.h"
#include "early.h"
#include "conn/group.h"
#include "conn/note.h"
#include "payload.h"
#include "stray.h"
#include "stream.h"

/*
 * Where only the sender's packets are in the capture nothing says what the peer
 * has, and where clocks differ it says so too early. RDMA repeats a packet up to seven times, each
 * after 134 ms in Linux (SMC_QP_TIMEOUT, SMC_QP_RETRY_CNT): bytes that are not there after this
 * time will not come.
 */
#define REPEAT_SECONDS 2

static expert_field ei_again = EI_INIT;
static expert_field ei_early = EI_INIT;
static expert_field ei_late = EI_INIT;
static expert_field ei_lost = EI_INIT;
static expert_field ei_cut = EI_INIT;
static expert_field ei_awaited = EI_INIT;
static expert_field ei_consumed = EI_INIT;
static expert_field ei_held = EI_INIT;
static expert_field ei_unplaced = EI_INIT;

struct stream *stream_of(struct conn *conn, unsigned sender)
{
	const struct end *to = &conn->end[!sender];
	struct stream *s = conn->bytes[sender];

	if (s || (!to->known && !to->derived))
		return s;
	s = wmem_new0(wmem_file_scope(), struct stream);
	s->conn = conn;
	s->sender = (guint8)sender;
	s->size = to->size;
	s->begun = to->known || !to->relative;
	s->relative = to->derived && to->relative;
	s->early = early_new();
	conn->bytes[sender] = s;
	return s;
}

/* ---- deliveries of a frame ---------------------------------------------------------- */

/* Deliveries of a frame as they come together. */
struct out {
	packet_info *pinfo;
	struct note *note;
	struct stream *s;
	tvbuff_t *tvb;	     /* the frame's own bytes */
	guint64 lost;	     /* before the bytes */
	guint64 pos;	     /* of the bytes */
	guint32 from, len;   /* of the frame's own bytes */
	wmem_array_t *bytes; /* NULL: there are only the frame's own */
};

static void stream_append(struct note *note, struct delivery *d)
{
	struct delivery **end = &note->delivery;

	while (*end)
		end = &(*end)->next;
	*end = d;
}

static void stream_flush(struct out *o)
{
	struct delivery *d;

	if (!o->lost && !o->len && !o->bytes)
		return;
	d = wmem_new0(wmem_file_scope(), struct delivery);
	*d = (struct delivery){ .stream = o->s, .pos = o->pos, .lost = o->lost, .from = o->from };
	d->len = o->bytes ? wmem_array_get_count(o->bytes) : o->len;
	if (o->bytes)
		d->data = wmem_memdup(wmem_file_scope(), wmem_array_get_raw(o->bytes), d->len);
	stream_append(o->note, d);
	o->lost = 0;
	o->len = 0;
	o->bytes = NULL;
}

/* The end of the stream is where its sender has closed, and all before that is there. */
static void stream_finish(struct out *o)
{
	struct stream *s = o->s;
	struct delivery *last = NULL;

	stream_flush(o);
	if (!s->closed || s->ended || s->next < s->reported)
		return;
	s->ended = true;
	for (struct delivery *d = o->note->delivery; d; d = d->next)
		if (d->stream == s)
			last = d;
	if (!last && payload_waits(s)) {
		last = wmem_new0(wmem_file_scope(), struct delivery);
		*last = (struct delivery){ .stream = s, .pos = s->next };
		stream_append(o->note, last);
	}
	if (last)
		last->last = true;
}

static void out_lost(struct out *o, guint64 n)
{
	if (o->len || o->bytes)
		stream_flush(o);
	o->lost += n;
	o->s->next += n;
	o->pos = o->s->next;
}

static void out_own(struct out *o, guint32 from, guint32 len)
{
	if (o->len || o->bytes)
		stream_flush(o);
	o->pos = o->s->next;
	o->from = from;
	o->len = len;
	o->s->next += len;
}

static void out_bytes(struct out *o, const guint8 *data, guint32 len)
{
	if (!o->len && !o->bytes)
		o->pos = o->s->next;
	if (!o->bytes) {
		o->bytes = wmem_array_new(o->pinfo->pool, 1);
		if (o->len)
			wmem_array_append(o->bytes,
					  tvb_get_ptr(o->tvb, (gint)o->from, (gint)o->len), o->len);
	}
	wmem_array_append(o->bytes, data, len);
	o->s->next += len;
}

/* Bytes that follow on those that are delivered. */
static void stream_drain(struct out *o)
{
	struct stream *s = o->s;
	const struct run *run;

	while ((run = early_first(s->early)) && run->pos <= s->next) {
		guint64 old = MIN(s->next - run->pos, run->end - run->pos);
		guint64 rest = run->end - run->pos - old;

		if (rest && run->bytes)
			out_bytes(o, (const guint8 *)wmem_array_get_raw(run->bytes) + old,
				  (guint32)rest);
		else if (rest)
			out_lost(o, rest);
		early_drop_first(s->early);
	}
}

static void report_lost(const struct out *o, guint64 end)
{
	const struct stream *s = o->s;

	note_expert(o->note, &ei_lost,
		    "%s%" PRIu64 " bytes before position %" PRIu64 " are not in the capture",
		    s->next < s->vague ? "At least " : "", end - s->next, end);
}

/*
 * Go on after gaps up to @upto, with the bytes that are there. A gap that begins before it
 * is given up whole, as far as it is before @sent.
 */
static void give_up(struct out *o, guint64 upto, guint64 sent)
{
	struct stream *s = o->s;
	const struct run *run;
	guint64 end;

	stream_drain(o);
	while (s->next < upto) {
		run = early_first(s->early);
		end = run ? MIN(run->pos, MAX(upto, sent)) : MAX(upto, sent);
		report_lost(o, end);
		out_lost(o, end - s->next);
		stream_drain(o);
	}
}

/* ---- places --------------------------------------------------------------------------- */

/*
 * The lane of a link. On a link that is new to the stream its sender repeats
 * what may have been lost with the one before.
 */
static unsigned lane_of(struct stream *s, struct queue_pair *qp, guint64 psn)
{
	const struct end *to = &s->conn->end[!s->sender];
	guint64 at = s->turn, after = MAX(qp->psn.first, psn - PSN_SLACK) - 1;

	for (unsigned i = 0; i < LANES; i++)
		if (s->lanes[i].window == &qp->psn)
			return i;
	if (!s->high && to->psn)
		after = MIN(to->psn, psn) - 1;
	if (s->high >= s->size)
		at = s->high - s->size + (s->high > 0);
	if (s->high)
		s->lane = (s->lane + 1) % LANES;
	lane_begin(&s->lanes[s->lane], &qp->psn, after, at);
	held_drop(&s->held[s->lane], s->held[s->lane].n);
	return s->lane;
}

static struct placing placing_of(const struct stream *s, const struct packet_bytes *b)
{
	return (struct placing){
		b->psn,	 b->offset,	b->len, s->size, s->conn->end[!s->sender].least,
		s->turn, s->turn_before
	};
}

/* At a position: deliver, keep, or leave the bytes that were there before. */
static void stream_put(struct out *o, guint64 pos, const struct packet_bytes *b,
		       struct note *origin)
{
	struct stream *s = o->s;
	const guint8 *data = b->data;
	guint32 old;

	if (!s->begun) {
		s->begun = true;
		s->next = pos;
	}
	s->high = MAX(s->high, pos + b->len);
	if (pos + b->len <= s->next) {
		if (origin->late)
			note_expert(origin, &ei_late,
				    "These bytes come too late: the stream has "
				    "gone on without them, or has them");
		else
			note_expert(origin, &ei_again, "These bytes were written before");
		return;
	}
	old = pos < s->next ? (guint32)(s->next - pos) : 0;
	if (pos <= s->next && old < b->captured && !data) {
		out_own(o, old, b->captured - old);
	} else {
		if (!data)
			data = tvb_get_ptr(o->tvb, 0, (gint)b->captured);
		if (pos > s->next)
			note_expert(origin, &ei_early,
				    "%" PRIu64 " bytes before these are missing so far",
				    pos - s->next);
		if (old < b->captured)
			early_put(s->early, pos + old, b->captured - old, data + old);
	}
	old = MAX(old, b->captured);
	if (old < b->len)
		early_put(s->early, pos + old, b->len - old, NULL);
}

/* The ring has come round since: bytes before it have been consumed, or are lost. */
static void make_room(struct out *o, guint64 pos, guint64 end)
{
	struct stream *s = o->s;

	if (s->size && s->begun && end > s->next + s->size)
		give_up(o, end - s->size, pos);
}

static void follow_hole(struct stream *s, const packet_info *pinfo)
{
	bool hole = s->begun && (s->next < s->reported || early_first(s->early));

	if (hole && !s->has_hole)
		s->hole_at = pinfo->abs_ts;
	s->has_hole = hole;
}

static void report_unplaced(struct note *origin)
{
	note_expert(origin, &ei_unplaced,
		    "The position of these bytes is not known: packets before or after them are "
		    "not in the capture");
}

/* A capture may end before a gap is given up: so the gap is reported at once, and once. */
static void report_awaited(const struct out *o, guint64 upto, guint64 *said, expert_field *what)
{
	const struct stream *s = o->s;

	if (!s->begun || s->next >= upto || upto <= *said)
		return;
	*said = upto;
	note_expert(o->note, what,
		    "From position %" PRIu64 " to %" PRIu64
		    " not all bytes of the %s are known so far",
		    s->next, upto - 1,
		    val_to_str_const(conn_role(s->conn, s->sender), note_sides, "sender"));
}

static void stream_hold(struct stream *s, unsigned lane, const struct packet_bytes *b,
			tvbuff_t *tvb, struct note *origin)
{
	struct note *gone = held_add(&s->held[lane], b, tvb, origin);

	note_expert(origin, &ei_held,
		    "The position of these bytes is decided by a later CDC message");
	if (gone)
		report_unplaced(gone);
}

/* CDC has decided the places of earlier packets: the later ones depend on nothing else. */
static void place_held(struct out *o, unsigned lane, guint64 psn)
{
	struct stream *s = o->s;
	guint n = held_before(&s->held[lane], psn);
	struct held *h;

	for (guint i = n; i-- > 0;) {
		const struct packet_bytes *b = &s->held[lane].held[i].bytes;
		struct placing p = placing_of(s, b);

		h = &s->held[lane].held[i];
		h->placed = lane_place(&s->lanes[lane], &p, &h->pos);
		if (!h->placed)
			continue;
		lane_add(&s->lanes[lane], b->psn, h->pos, h->pos + b->len);
		psn_settle(s->lanes[lane].window, b->psn);
	}
	for (guint i = 0; i < n; i++) {
		h = &s->held[lane].held[i];
		if (h->placed)
			stream_put(o, h->pos, &h->bytes, h->origin);
		else
			report_unplaced(h->origin);
	}
	held_drop(&s->held[lane], n);
}

/* ---- the buffer ------------------------------------------------------------------------- */

void stream_follow_merge(struct conn *keep)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (keep->bytes[i]) {
			keep->bytes[i]->conn = keep;
			keep->bytes[i]->sender = (guint8)i;
		}
}

void stream_count_lost(const struct note *note)
{
	for (const struct delivery *d = note->delivery; d; d = d->next)
		tally_lost(&d->stream->conn->tally, d->stream->sender, d->lost);
}

bool stream_is_ring(guint64 size)
{
	return size >= SMCW_BUF_BYTES(0) && size <= SMCW_BUF_BYTES(15) && !(size & (size - 1));
}

guint32 stream_ring_of(guint64 bytes)
{
	unsigned n = 0;

	while (n < 15 && SMCW_BUF_BYTES(n) < bytes)
		n++;
	return SMCW_BUF_BYTES(n);
}

guint32 stream_ring_size(struct stream *s, struct queue_pair *qp, guint64 psn, guint32 count,
			 guint64 *end)
{
	const struct end *to = &s->conn->end[!s->sender];
	guint64 from = to->vaddr + to->start, size, next = psn;
	const struct held_list *held;
	const struct span *last;
	unsigned lane = 0;
	guint n;

	while (lane < LANES && s->lanes[lane].window != &qp->psn)
		lane++;
	last = lane < LANES ? lane_last(&s->lanes[lane], psn) : NULL;
	if (!last || last->end < s->turn)
		return 0;
	*end = last->last;
	size = stray_follow(qp, to->rkey, from + last->end - s->turn, psn, end) - from;
	held = &s->held[lane];
	n = held_before(held, *end + 1);
	if (n < held->n && held->held[n].bytes.psn < psn) {
		next = held->held[n].bytes.psn;
		count = held->held[n].bytes.offset;
	}
	return !count && stream_is_ring(size) && psn_is_whole(&qp->psn, *end, next) ?
		       (guint32)size :
		       0;
}

void stream_turn(struct stream *s, guint16 turns, guint32 least)
{
	s->turn_before = s->turn;
	s->turn += (guint64)turns * least;
	s->vague = s->turn;
}

/* ---- WRITEs and CDC messages -------------------------------------------------------------- */

void stream_write(packet_info *pinfo, struct note *note, struct stream *s, tvbuff_t *tvb,
		  const struct packet_bytes *b, struct note *origin)
{
	struct out o = { .pinfo = pinfo, .note = note, .s = s, .tvb = tvb };
	struct placing p = placing_of(s, b);
	unsigned lane = lane_of(s, b->qp, b->psn);
	guint64 pos;

	s->has_writes = true;
	if (b->captured < b->len)
		note_expert(origin, &ei_cut, "%u of these %u bytes are cut off by the capture",
			    b->len - b->captured, b->len);
	if (!lane_place(&s->lanes[lane], &p, &pos)) {
		stream_hold(s, lane, b, tvb, origin);
		return;
	}
	lane_add(&s->lanes[lane], p.psn, pos, pos + p.len);
	psn_settle(&b->qp->psn, b->psn);
	make_room(&o, pos, pos + p.len);
	stream_put(&o, pos, b, origin);
	stream_drain(&o);
	if (early_is_full(s->early))
		give_up(&o, early_first(s->early)->pos, 0);
	stream_finish(&o);
	follow_hole(s, pinfo);
}

/* Does the capture have packets of the other direction? */
static bool has_peer(const struct stream *s)
{
	return s->conn->flow[0][!s->sender].frame != 0;
}

static bool is_overdue(const struct stream *s, const packet_info *pinfo)
{
	nstime_t since;

	if (!s->has_hole)
		return false;
	nstime_delta(&since, &pinfo->abs_ts, &s->hole_at);
	return since.secs >= REPEAT_SECONDS;
}

/* A message later, since captures of two ports put neighbours in any order. */
static void give_up_due(struct out *o)
{
	if (o->s->due_in && o->s->due_in != o->pinfo->num)
		give_up(o, o->s->due, o->s->due_reported);
}

void stream_cdc(packet_info *pinfo, struct note *note, struct stream *s, struct queue_pair *qp,
		guint64 psn, guint64 produced, bool last)
{
	struct out o = { .pinfo = pinfo, .note = note, .s = s };
	unsigned lane = lane_of(s, qp, psn);

	lane_add(&s->lanes[lane], psn, produced, produced);
	place_held(&o, lane, psn);
	if (!s->begun) { /* earlier bytes are of no interest */
		s->begun = true;
		s->next = produced;
	}
	make_room(&o, 0, produced);
	stream_drain(&o);
	s->due =
		MIN(s->due, MAX(s->reported, produced)); /* the peer was wrong, or is ahead of us */
	give_up_due(&o);
	if (is_overdue(s, pinfo))
		give_up(&o, s->reported, 0);
	s->reported = MAX(s->reported, produced);
	s->high = MAX(s->high, produced);
	s->closed = s->closed || last;
	if (last && !has_peer(s))
		give_up(&o, s->reported, 0);
	report_awaited(&o, s->reported, &s->awaited, &ei_awaited);
	stream_finish(&o);
	follow_hole(s, pinfo);
}

static bool is_sure(const struct stream *s)
{
	return s->conn->end[CLIENT].known && s->conn->end[SERVER].known;
}

/*
 * Where the files of two hosts are merged and their clocks differ the peer may have consumed bytes
 * that are yet to come: so only bytes reported by the sender are due.
 */
void stream_consumed(packet_info *pinfo, struct note *note, struct stream *s, guint64 consumed,
		     bool last)
{
	struct out o = { .pinfo = pinfo, .note = note, .s = s };

	if (!s->begun)
		return;
	give_up_due(&o);
	if (is_overdue(s, pinfo))
		give_up(&o, MIN(consumed, s->reported), 0);
	if (!is_sure(s))
		consumed = MIN(consumed, s->reported);
	if (consumed > s->due) {
		s->due = consumed;
		s->due_reported = MAX(s->reported, consumed);
		s->due_in = pinfo->num;
	}
	if (last)
		give_up(&o, s->due, s->due_reported);
	report_awaited(&o, s->due, &s->unseen, &ei_consumed);
	stream_finish(&o);
	follow_hole(s, pinfo);
}

void stream_end(packet_info *pinfo, struct note *note, struct stream *s)
{
	struct out o = { .pinfo = pinfo, .note = note, .s = s };

	if (s->begun)
		give_up(&o, MAX(s->high, s->due), 0);
	stream_finish(&o);
}

/* ---- registration ------------------------------------------------------------------------ */

void stream_register(int proto)
{
	static ei_register_info own[] = {
		{ &ei_again,
		  { "smcx.data.again", PI_SEQUENCE, PI_NOTE, "These bytes were written before",
		    EXPFILL } },
		{ &ei_late,
		  { "smcx.data.late", PI_SEQUENCE, PI_NOTE,
		    "These bytes come too late, or were written before", EXPFILL } },
		{ &ei_early,
		  { "smcx.data.early", PI_SEQUENCE, PI_NOTE,
		    "Bytes before these are missing so far", EXPFILL } },
		{ &ei_lost,
		  { "smcx.data.lost", PI_SEQUENCE, PI_WARN, "Bytes are not in the capture",
		    EXPFILL } },
		{ &ei_cut,
		  { "smcx.data.cut", PI_SEQUENCE, PI_NOTE, "Bytes are cut off by the capture",
		    EXPFILL } },
		{ &ei_awaited,
		  { "smcx.data.awaited", PI_SEQUENCE, PI_NOTE,
		    "Bytes that have been sent are not known so far", EXPFILL } },
		{ &ei_consumed,
		  { "smcx.data.unseen", PI_SEQUENCE, PI_NOTE,
		    "Bytes that the peer has consumed are not known so far", EXPFILL } },
		{ &ei_held,
		  { "smcx.data.held", PI_SEQUENCE, PI_CHAT,
		    "The position of the bytes is decided later", EXPFILL } },
		{ &ei_unplaced,
		  { "smcx.unknown.position", PI_ASSUMPTION, PI_NOTE,
		    "The position of the bytes is not known", EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}
