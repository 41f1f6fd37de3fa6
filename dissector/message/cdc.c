// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See cdc.h. A cursor counts bytes in a buffer that is used round and round, and
 * how often it came round. The producer cursor is of the receiver's buffer, the
 * consumer cursor of the sender's own.
 */
#include <epan/packet.h>
#include <epan/expert.h>

#include "cdc.h"
#include "cdc_rules.h"
#include "conn/conn.h"
#include "conn/flow.h"
#include "conn/group.h"
#include "conn/note.h"
#include "stream/pairing.h"
#include "field/rule.h"
#include "state.h"
#include "stream/stray.h"
#include "stream/stream.h"

static expert_field ei_late = EI_INIT;
static expert_field ei_opened = EI_INIT;

/* ---- how a connection ends ---------------------------------------------------------- */

static void analyse_states(struct note *note, struct cdc_analysis *r, struct flow *own,
			   struct flow *peer, const struct smcp_control *c)
{
	const guint8 bits = SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED | SMCW_CDC_ABORT;
	guint8 now = c->state & bits;

	if (now & SMCW_CDC_ABORT && !(own->state & SMCW_CDC_ABORT))
		rule_break(note, SMCP_CDC_28, "%s",
			   peer->state & SMCW_CDC_ABORT ?
				   "Abort, in answer to the peer's" :
				   "Abort: the sender ends the connection, bytes may be lost");
	if (!own->own_state)
		own->own_state = SMCW_STATE_ACTIVE;
	if (!peer->own_state)
		peer->own_state = SMCW_STATE_ACTIVE;
	own->own_state = smcp_state_after_sending(own->own_state, now, peer->state);
	peer->own_state = smcp_state_after_getting(peer->own_state, now, peer->state);
	r->own_state = own->own_state;
	r->peer_state = peer->own_state;
	own->state = now;
}

/* ---- bytes ------------------------------------------------------------------------------ */

/* Numbers start at 1, and at any in a capture that begins later. */
static guint32 cdc_missing(const struct flow *own, const struct smcp_control *c)
{
	return smcp_seqno_missing(own->frame ? own->seqno : 0, c->seqno);
}

/* Linux ignores the same messages. Return: whether the message counts. */
static bool check_seqno(struct note *note, struct flow *own, const struct smcp_control *c)
{
	gint16 ahead = smcp_seqno_ahead(own->seqno, c->seqno);

	if (!c->has_seqno)
		return true;
	if (own->frame && ahead < 0 && note->late) {
		note_expert(note, &ei_late,
			    "This message comes late: number %u of frame %u is after it",
			    own->seqno, own->frame);
		return false;
	}
	if (own->frame && ahead < 0) {
		rule_break(note, SMCP_CDC_05,
			   "Sequence number %u is older than %u of frame %u: ignored", c->seqno,
			   own->seqno, own->frame);
		return false;
	}
	if (own->frame && !ahead) {
		rule_break(note, SMCP_CDC_04, "Sequence number %u was in frame %u already",
			   c->seqno, own->frame);
	} else if (cdc_missing(own, c)) {
		own->gaps = true;
		if (own->frame)
			rule_note(note, SMCP_CDC_04, SMCP_SHOWS_CDC_GAP,
				  "%u CDC messages before this one have not come so far",
				  cdc_missing(own, c));
	}
	return true;
}

/*
 * After a failover the first message by the other link has the number of the last one that is known
 * to have arrived, and no cursors (CDC-21). It is none of the messages that are counted.
 */
static void learn_failover(struct note *note, const struct flow *own, const struct smcp_control *c)
{
	gint16 ahead = smcp_seqno_ahead(own->seqno, c->seqno);

	if (own->frame && ahead > 0)
		rule_note(
			note, SMCP_CDC_21, SMCP_SHOWS_CDC_GAP,
			"%d CDC messages up to number %u have not come so far: a receiver that has "
			"not got them aborts the connection",
			ahead, c->seqno);
}

/*
 * The move of a cursor, or 0 and false when it is not known or is none.
 * @size: of the buffer; 0: not known, then only moves in the same round are known
 * @back: the statement about one that goes back
 */
static bool move_of(struct note *note, guint32 size, const char *name, enum smcp_rule back,
		    const struct smcp_cursor *from, const struct smcp_cursor *to, guint64 *move)
{
	gint64 bytes;

	*move = 0;
	if (size && !smcp_cursor_is_inside(*to, size))
		rule_break(note, SMCP_CDC_06,
			   "The %s cursor, %u, is beyond the buffer, which has %u", name, to->count,
			   size);
	if (!size && from->wrap != to->wrap)
		return false;
	bytes = smcp_cursor_move(*from, *to, size);
	if (bytes < 0) {
		rule_break(note, back, "The %s cursor goes back from %u:%u to %u:%u", name,
			   from->wrap, from->count, to->wrap, to->count);
		return false;
	}
	*move = (guint64)bytes;
	return true;
}

/* The first message of a connection: its cursors start at 0. */
static bool cdc_is_first(const struct smcp_control *c)
{
	return c->has_seqno && c->seqno == 1 && c->prod.wrap <= 1 && c->cons.wrap <= 1;
}

/* Cursors start at 0 after a handshake, else at the values of the first message. */
static bool has_base(const struct conn *conn, const struct flow *flow, const struct smcp_control *c)
{
	return flow->frame || (conn->end[CLIENT].known && conn->end[SERVER].known) ||
	       cdc_is_first(c);
}

static void analyse_bytes(struct note *note, struct cdc_analysis *r, struct flow *own,
			  const struct smcp_control *c)
{
	const struct conn *conn = note->conn;
	guint32 to_size = conn->end[!note->sender].size, own_size = conn->end[note->sender].size;
	bool known = has_base(conn, own, c);

	if (known &&
	    move_of(note, to_size, "producer", SMCP_CDC_07, &own->prod, &c->prod, &r->produced) &
		    move_of(note, own_size, "consumer", SMCP_CDC_07_1, &own->cons, &c->cons,
			    &r->consumed))
		r->has_moved = true;
	own->produced += r->produced;
	own->consumed += r->consumed;
	r->total = own->produced;
	own->pos += r->produced;
	if ((!known && !own->frame) || (!to_size && own->prod.wrap != c->prod.wrap)) {
		own->pos = conn->bytes[note->sender] ? conn->bytes[note->sender]->turn : 0;
		own->pos += c->prod.count;
		own->relative = true;
	}
	if (r->produced || !known || !to_size)
		own->prod = c->prod;
	if (r->consumed || !known || !own_size)
		own->cons = c->cons;
}

/* The position of a cursor in the sender's stream. Return: false when it is not known. */
static bool position_of(const struct conn *conn, unsigned sender, const struct smcp_cursor *c,
			guint64 *pos)
{
	const struct flow *flow = &conn->flow[0][sender];
	guint32 size = conn->end[!sender].size;
	gint64 at;

	if (!size && flow->prod.wrap != c->wrap)
		return false;
	if (!flow->frame && !conn->end[!sender].known)
		return false;
	at = (gint64)flow->pos + smcp_cursor_move(flow->prod, *c, size);
	*pos = (guint64)MAX(at, 0);
	return true;
}

/* A contradiction is a fault when the peer's next message does not explain it. */
static bool is_fault(guint32 *in, bool contradicts, const packet_info *pinfo)
{
	bool before = *in && *in != pinfo->num;

	*in = !contradicts ? 0 : *in ? *in : pinfo->num;
	return contradicts && before;
}

/*
 * Compare the cursors of the two ends; this takes a handshake, from which both
 * count. A message that would explain a contradiction may be missing from the
 * capture, or come later: the next one of that end shows by its number. Where
 * packets are mixed up the next one may be older than the contradiction.
 */
static void check_peer(packet_info *pinfo, struct note *note, const struct flow *own,
		       struct flow *peer, gint64 peer_space, gint64 peer_unread)
{
	guint32 over_in = peer->over_in, under_in = peer->under_in;
	bool mixed = note->link && note->link->mixed;
	bool sure = !own->gaps && !peer->gaps && !mixed;

	if (is_fault(&peer->over_in, peer_space < 0, pinfo) && sure)
		rule_break(note, SMCP_CDC_13,
			   "In frame %u the peer has written %" PRId64
			   " bytes more than there is room for",
			   over_in, -peer_space);
	if (is_fault(&peer->under_in, peer_unread < 0, pinfo) && sure)
		rule_break(note, SMCP_CDC_15,
			   "In frame %u the peer has consumed %" PRId64
			   " bytes more than were produced",
			   under_in, -peer_unread);
}

static void analyse_space(packet_info *pinfo, struct note *note, struct cdc_analysis *r,
			  struct flow *own, struct flow *peer)
{
	const struct end *end = note->conn->end;
	gint64 peer_space, peer_unread;

	if (!end[CLIENT].known || !end[SERVER].known || !end[!note->sender].size)
		return;
	r->space = (gint64)end[!note->sender].size - (gint64)(own->produced - peer->consumed);
	r->unread = (gint64)(peer->produced - own->consumed);
	r->has_space = r->has_unread = true;
	peer_space = (gint64)end[note->sender].size - (gint64)(peer->produced - own->consumed);
	peer_unread = (gint64)(own->produced - peer->consumed);
	check_peer(pinfo, note, own, peer, peer_space, peer_unread);
	if (r->space < 0 && !own->over_in)
		own->over_in = pinfo->num;
	if (r->unread < 0 && !own->under_in)
		own->under_in = pinfo->num;
}

static void analyse_blocking(packet_info *pinfo, struct note *note, struct cdc_analysis *r,
			     struct flow *own, struct flow *peer, const struct smcp_control *c)
{
	bool full = c->flags & SMCW_CDC_WRITE_BLOCKED || (r->has_space && r->space == 0);

	if (full && !own->blocked_in) {
		own->blocked_in = pinfo->num;
		own->blocked_at = pinfo->abs_ts;
		rule_break(note, SMCP_CDC_14,
			   "Window full: the peer has to consume before more can be "
			   "written");
	}
	if (!r->consumed || !peer->blocked_in)
		return;
	r->blocked = peer->blocked_in;
	nstime_delta(&r->blocked_for, &pinfo->abs_ts, &peer->blocked_at);
	peer->blocked_in = 0;
	note_expert(note, &ei_opened, "The peer's window was full for %.3f ms, from frame %u on",
		    nstime_to_msec(&r->blocked_for), r->blocked);
}

/* ---- the stream that the cursors are of --------------------------------------------- */

/* The buffer came round: WRITEs up to its end and from its begin on show its size. */
static void derive_size(packet_info *pinfo, struct note *note, const struct flow *own,
			const struct smcp_control *c)
{
	struct end *to = &note->conn->end[!note->sender];
	struct stream *s = note->conn->bytes[note->sender];
	gint16 turns = smcp_cursor_turns(own->prod, c->prod);
	guint64 end;

	if (!s || !to->derived || to->size || !own->frame || turns <= 0)
		return;
	to->least = MAX(to->least, stream_ring_of(MAX(own->prod.count, c->prod.count) + 1));
	if (turns == 1)
		to->size = stream_ring_size(s, note->qp, note->psn, c->prod.count, &end);
	s->size = to->size;
	if (to->size)
		stray_adopt(pinfo, note, note->conn, !note->sender, 0, end + 1);
	else
		stream_turn(s, (guint16)turns, to->least);
}

/* The first known bytes of the stream are those written in this turn of the buffer. */
static void begin_derived(packet_info *pinfo, struct note *note, guint64 pos,
			  const struct smcp_control *c)
{
	const struct end *to = &note->conn->end[!note->sender];
	struct stream *s = stream_of(note->conn, note->sender);

	s->turn = pos - (c->prod.count ? c->prod.count : to->size);
	stray_adopt(pinfo, note, note->conn, !note->sender, c->prod.count, note->psn);
}

/* The cursor shows that the buffer is longer than was known: more WRITEs go to it. */
static void derive_more(packet_info *pinfo, struct note *note, const struct smcp_control *c)
{
	struct end *to = &note->conn->end[!note->sender];

	if (!to->derived || to->size || c->prod.count < to->least)
		return;
	to->least = stream_ring_of((guint64)c->prod.count + 1);
	stray_adopt(pinfo, note, note->conn, !note->sender, c->prod.count, note->psn);
}

/* Find the buffer that this message's bytes went to. Return: whether it is known since now. */
static bool derive_buffer(struct note *note, const struct flow *own, const struct smcp_control *c)
{
	const struct end *to = &note->conn->end[!note->sender];
	bool first = !own->frame && cdc_is_first(c);
	gint16 turns = smcp_cursor_turns(own->prod, c->prod);
	struct advance a = { .count = c->prod.count };

	if (!note->qp || note->late || to->known || to->derived)
		return false;
	if (first || (own->frame && smcp_seqno_ahead(own->seqno, c->seqno) == 1 && turns >= 0 &&
		      turns <= 1)) {
		a.knows_from = true;
		a.from = own->prod.count;
		a.came_round = turns;
	}
	return stray_match(note, note->conn, !note->sender, &a);
}

/* Bytes are in packets of SMC-R only, and events have none. */
static void report_streams(packet_info *pinfo, struct note *note, const struct smcp_control *c,
			   guint64 pos)
{
	struct conn *conn = note->conn;
	struct stream *own = stream_of(conn, note->sender), *peer = stream_of(conn, !note->sender);
	const struct flow *flow = conn->flow[0];
	guint64 consumed;

	if (own)
		stream_cdc(pinfo, note, own, note->qp, note->psn, pos, flow[note->sender].state);
	if (peer && !note->late && position_of(conn, !note->sender, &c->cons, &consumed))
		stream_consumed(pinfo, note, peer, consumed,
				flow[note->sender].state & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT));
	if (!flow[CLIENT].state || !flow[SERVER].state)
		return;
	if (own)
		stream_end(pinfo, note, own);
	if (peer)
		stream_end(pinfo, note, peer);
}

static void learn_late(packet_info *pinfo, struct note *note, const struct smcp_control *c)
{
	guint64 pos;

	if (note->late && note->qp && position_of(note->conn, note->sender, &c->prod, &pos))
		report_streams(pinfo, note, c, pos);
}

static void learn_closing(struct note *note, struct flow *own)
{
	if (!own->state || own->closed_to)
		return;
	own->closed_psn = note->psn;
	own->closed_to = note->qp;
}

void cdc_learn(packet_info *pinfo, struct note *note, unsigned view, const void *msg,
	       const struct smcw_layout *l)
{
	struct flow *own = &note->conn->flow[view][note->sender], *peer;
	struct cdc_analysis *r = wmem_new0(wmem_file_scope(), struct cdc_analysis);
	struct smcp_control c;
	bool derived = false;

	smcp_control_read(msg, l, &c);
	note->cdc = r;
	r->before = own->frame;
	if (note->link)
		note->conn->link = note->link;
	if (c.flags & SMCW_CDC_FAILOVER) {
		learn_failover(note, own, &c);
		return;
	}
	if (!check_seqno(note, own, &c)) {
		learn_late(pinfo, note, &c);
		return;
	}
	if (note->qp) {
		pairing_learn(note->conn, note->sender, own, &c.prod, &c.cons);
		note_follow_merges(note);
		own = &note->conn->flow[view][note->sender];
		derived = derive_buffer(note, own, &c);
		derive_size(pinfo, note, own, &c);
	}
	peer = &note->conn->flow[view][!note->sender];
	if (own->state & SMCW_CDC_DONE_WRITING && own->frame &&
	    smcp_cursor_move(own->prod, c.prod, 0) != 0)
		rule_break(note, SMCP_CDC_20, "Bytes are produced after \"done writing\"");
	analyse_bytes(note, r, own, &c);
	analyse_space(pinfo, note, r, own, peer);
	analyse_blocking(pinfo, note, r, own, peer, &c);
	analyse_states(note, r, own, peer, &c);
	own->frame = pinfo->num;
	own->seqno = c.seqno;
	own->psn = note->psn;
	if (!note->qp)
		return;
	learn_closing(note, own);
	note->conn->end[!note->sender].relative = own->relative;
	if (derived)
		begin_derived(pinfo, note, own->pos, &c);
	else
		derive_more(pinfo, note, &c);
	report_streams(pinfo, note, &c, own->pos);
}

/* ---- registration ---------------------------------------------------------------------------- */

#define EXPERT(ei, name, group, severity, text)                                                    \
	{                                                                                          \
		&(ei),                                                                             \
		{                                                                                  \
			"smcx.cdc." name, group, severity, text, EXPFILL                           \
		}                                                                                  \
	}

void cdc_register(int proto)
{
	static ei_register_info own[] = {
		EXPERT(ei_late, "late", PI_SEQUENCE, PI_NOTE, "A message that comes late"),
		EXPERT(ei_opened, "window_opened", PI_SEQUENCE, PI_NOTE,
		       "The window is no longer full"),
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}
