// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See cdc.h. A cursor counts bytes in a buffer that is used round and round, and
 * how often it came round. The producer cursor is of the receiver's buffer, the
 * consumer cursor of the sender's own.
 */
#include <epan/packet.h>
#include <epan/expert.h>

#include "cdc.h"
#include "conn.h"
#include "fields.h"
#include "note.h"
#include "payload.h"
#include "stream.h"

/* A CDC message of either kind, in numbers. */
struct control {
	bool has_seqno;
	guint16 seqno;
	struct cursor prod;
	struct cursor cons;
	guint8 flags;
	guint8 state;
};

static int hf_produced = -1;
static int hf_consumed = -1;
static int hf_total = -1;
static int hf_space = -1;
static int hf_unread = -1;
static int hf_own_state = -1;
static int hf_peer_state = -1;
static int hf_before = -1;
static int hf_blocked_in = -1;
static int hf_blocked_for = -1;
static expert_field ei_old = EI_INIT;
static expert_field ei_repeated = EI_INIT;
static expert_field ei_gap = EI_INIT;
static expert_field ei_regression = EI_INIT;
static expert_field ei_beyond = EI_INIT;
static expert_field ei_overrun = EI_INIT;
static expert_field ei_underrun = EI_INIT;
static expert_field ei_full = EI_INIT;
static expert_field ei_opened = EI_INIT;
static expert_field ei_aborted = EI_INIT;
static expert_field ei_after_close = EI_INIT;

gint64 cursor_move(guint32 size, const struct cursor *from, const struct cursor *to)
{
	gint16 turns = (gint16)(to->wrap - from->wrap);

	return (gint64)turns * size + to->count - from->count;
}

/* ---- reading --------------------------------------------------------------------- */

static guint32 get(unsigned field, const void *msg, const struct smcw_layout *l)
{
	return (guint32)smcw_field_get(&smcw_fields[field], msg, l->big);
}

static struct control read_control(const void *msg, const struct smcw_layout *l)
{
	const struct smcw_cdc *r = (const struct smcw_cdc *)msg;
	const struct smcw_cdc_smcd *d = (const struct smcw_cdc_smcd *)msg;

	if (smcw_layout_find(l, SMCW_PART_cdc))
		return (struct control){
			true,
			smcw_get16(&r->seqno),
			{ smcw_get16(&r->prod.wrap), smcw_get32(&r->prod.count) },
			{ smcw_get16(&r->cons.wrap), smcw_get32(&r->cons.count) },
			r->flags,
			r->state,
		};
	return (struct control){
		false,
		0,
		{ (guint16)get(SMCW_F_cdc_smcd_prod_wrap, msg, l),
		  get(SMCW_F_cdc_smcd_prod_count, msg, l) },
		{ (guint16)get(SMCW_F_cdc_smcd_cons_wrap, msg, l),
		  get(SMCW_F_cdc_smcd_cons_count, msg, l) },
		d->flags,
		d->state,
	};
}

/* ---- how a connection ends ---------------------------------------------------------- */

/* States of RFC 7609's section 4.7, as Linux goes through them: here the end that sends. */
static guint8 state_of_sender(guint8 now, guint8 sent, guint8 received)
{
	bool peer_closed = received & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT);

	if (sent & SMCW_CDC_ABORT)
		return now == SMCW_STATE_PROCESSABORT || peer_closed ? SMCW_STATE_CLOSED :
								       SMCW_STATE_PEERABORTWAIT;
	switch (now) {
	case SMCW_STATE_ACTIVE:
		return sent ? SMCW_STATE_PEERCLOSEWAIT1 : now;
	case SMCW_STATE_APPLCLOSEWAIT1:
	case SMCW_STATE_APPLCLOSEWAIT2:
		if (sent & SMCW_CDC_CLOSED)
			return peer_closed ? SMCW_STATE_CLOSED : SMCW_STATE_PEERFINCLOSEWAIT;
		return sent ? SMCW_STATE_APPLCLOSEWAIT2 : now;
	case SMCW_STATE_APPLFINCLOSEWAIT:
		return sent & SMCW_CDC_CLOSED ? SMCW_STATE_CLOSED : now;
	default:
		return now;
	}
}

/* ... and here the one that receives. */
static guint8 state_of_receiver(guint8 now, guint8 sent, guint8 received)
{
	bool peer_closed = received & SMCW_CDC_CLOSED;

	if (received & SMCW_CDC_ABORT)
		return now == SMCW_STATE_ACTIVE || now == SMCW_STATE_APPLCLOSEWAIT1 ||
				       now == SMCW_STATE_APPLFINCLOSEWAIT ||
				       now == SMCW_STATE_PROCESSABORT ?
			       SMCW_STATE_PROCESSABORT :
			       SMCW_STATE_CLOSED;
	switch (now) {
	case SMCW_STATE_ACTIVE:
		return received ? SMCW_STATE_APPLCLOSEWAIT1 : now;
	case SMCW_STATE_PEERCLOSEWAIT1:
	case SMCW_STATE_PEERCLOSEWAIT2:
		if (peer_closed)
			return sent & SMCW_CDC_CLOSED ? SMCW_STATE_CLOSED :
							SMCW_STATE_APPLFINCLOSEWAIT;
		return received ? SMCW_STATE_PEERCLOSEWAIT2 : now;
	case SMCW_STATE_PEERFINCLOSEWAIT:
		return peer_closed ? SMCW_STATE_CLOSED : now;
	default:
		return now;
	}
}

static void reckon_states(struct note *note, struct reckoning *r, struct flow *own,
			  struct flow *peer, const struct control *c)
{
	const guint8 bits = SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED | SMCW_CDC_ABORT;
	guint8 now = c->state & bits;

	if (now & SMCW_CDC_ABORT && !(own->state & SMCW_CDC_ABORT))
		note_tell(note, &ei_aborted,
			  peer->state & SMCW_CDC_ABORT ?
				  "Abort, in answer to the peer's" :
				  "Abort: the sender ends the connection, bytes may be lost");
	if (!own->own_state)
		own->own_state = SMCW_STATE_ACTIVE;
	if (!peer->own_state)
		peer->own_state = SMCW_STATE_ACTIVE;
	own->own_state = state_of_sender(own->own_state, now, peer->state);
	peer->own_state = state_of_receiver(peer->own_state, peer->state, now);
	r->own_state = own->own_state;
	r->peer_state = peer->own_state;
	own->state = now;
}

/* ---- bytes ------------------------------------------------------------------------------ */

/* Numbers start at 1, and at any in a capture that begins later. */
static guint32 missing(const struct flow *own, const struct control *c)
{
	return (guint16)(c->seqno - (own->frame ? own->seqno : 0) - 1);
}

/* What Linux ignores as well. Return: whether the message is to be reckoned with. */
static bool check_seqno(struct note *note, struct flow *own, const struct control *c)
{
	gint16 ahead = (gint16)(c->seqno - own->seqno);

	if (!c->has_seqno)
		return true;
	if (own->frame && ahead < 0) {
		note_tell(note, &ei_old, "Sequence number %u is older than %u of frame %u: ignored",
			  c->seqno, own->seqno, own->frame);
		return false;
	}
	/* After a failover the last number that went through is said once more. */
	if (own->frame && !ahead) {
		if (!(c->flags & SMCW_CDC_FAILOVER))
			note_tell(note, &ei_repeated, "Sequence number %u was in frame %u already",
				  c->seqno, own->frame);
	} else if (missing(own, c)) {
		own->gaps = true;
		if (own->frame)
			note_tell(note, &ei_gap,
				  "%u CDC messages before this one are not in the capture",
				  missing(own, c));
	}
	return true;
}

/*
 * The move of a cursor, or 0 and false when it cannot be told or is none.
 * @size: of the buffer; 0: not known, then only moves in the same round are told
 */
static bool move_of(struct note *note, guint32 size, const char *name, const struct cursor *from,
		    const struct cursor *to, guint64 *move)
{
	gint64 bytes;

	*move = 0;
	if (size && to->count >= size)
		note_tell(note, &ei_beyond, "The %s cursor, %u, is beyond the buffer, which has %u",
			  name, to->count, size);
	if (!size && from->wrap != to->wrap)
		return false;
	bytes = cursor_move(size, from, to);
	if (bytes < 0) {
		note_tell(note, &ei_regression, "The %s cursor goes back from %u:%u to %u:%u", name,
			  from->wrap, from->count, to->wrap, to->count);
		return false;
	}
	*move = (guint64)bytes;
	return true;
}

/* Cursors of a handshake start at 0; else at what the first message says. */
static bool has_base(const struct conn *conn, const struct flow *flow)
{
	return flow->frame || (conn->end[CLIENT].told && conn->end[SERVER].told);
}

static void reckon_bytes(struct note *note, struct reckoning *r, struct flow *own,
			 const struct control *c)
{
	const struct conn *conn = note->conn;
	guint32 to_size = conn->end[!note->sender].size, own_size = conn->end[note->sender].size;
	bool known = has_base(conn, own);

	if (known &&
	    move_of(note, to_size, "producer", &own->prod, &c->prod, &r->produced) &
		    move_of(note, own_size, "consumer", &own->cons, &c->cons, &r->consumed))
		r->has_moved = true;
	own->produced += r->produced;
	own->consumed += r->consumed;
	r->total = own->produced;
	if (r->produced || !known)
		own->prod = c->prod;
	if (r->consumed || !known)
		own->cons = c->cons;
}

/* What the two ends together tell; that takes a handshake, from which on both count. */
static void reckon_space(struct note *note, struct reckoning *r, const struct flow *own,
			 const struct flow *peer)
{
	const struct end *end = note->conn->end;

	if (!end[CLIENT].told || !end[SERVER].told || !end[!note->sender].size)
		return;
	r->space = (gint64)end[!note->sender].size - (gint64)(own->produced - peer->consumed);
	r->unread = (gint64)(peer->produced - own->consumed);
	r->has_space = r->has_unread = true;
	if (own->gaps || peer->gaps)
		return; /* what is missing may explain it */
	if (r->space < 0)
		note_tell(note, &ei_overrun,
			  "%" PRId64 " bytes more were written than the peer's buffer has room for",
			  -r->space);
	if (r->unread < 0)
		note_tell(note, &ei_underrun,
			  "%" PRId64 " bytes more were consumed than the peer has told",
			  -r->unread);
}

static void reckon_blocking(packet_info *pinfo, struct note *note, struct reckoning *r,
			    struct flow *own, struct flow *peer, const struct control *c)
{
	bool full = c->flags & SMCW_CDC_WRITE_BLOCKED || (r->has_space && r->space == 0);

	if (full && !own->blocked_in) {
		own->blocked_in = pinfo->num;
		own->blocked_at = pinfo->abs_ts;
		note_tell(note, &ei_full,
			  "Window full: the peer has to consume before more can be "
			  "written");
	}
	if (!r->consumed || !peer->blocked_in)
		return;
	r->blocked = peer->blocked_in;
	nstime_delta(&r->blocked_for, &pinfo->abs_ts, &peer->blocked_at);
	peer->blocked_in = 0;
	note_tell(note, &ei_opened, "The peer's window was full for %.3f ms, from frame %u on",
		  nstime_to_msec(&r->blocked_for), r->blocked);
}

/* Bytes are in packets of SMC-R only, and events have none. */
static void tell_stream(packet_info *pinfo, struct note *note, unsigned view,
			const struct flow *own)
{
	struct stream *s = note->link && !view ? stream_of(note->conn, note->sender) : NULL;

	if (!s || !s->link)
		return;
	note->delivery = stream_cdc(pinfo, note, s, own->produced, own->state);
	if (own->state && !note->delivery && payload_waits(s))
		note->delivery = stream_rest(s);
	if (own->state && note->delivery)
		note->delivery->last = true;
}

void cdc_learn(packet_info *pinfo, struct note *note, unsigned view, const void *msg,
	       const struct smcw_layout *l)
{
	struct flow *own = &note->conn->flow[view][note->sender];
	struct flow *peer = &note->conn->flow[view][!note->sender];
	struct reckoning *r = wmem_new0(wmem_file_scope(), struct reckoning);
	struct control c = read_control(msg, l);

	note->cdc = r;
	r->before = own->frame;
	if (note->link)
		note->conn->link = note->link;
	if (!check_seqno(note, own, &c))
		return;
	if (own->state & SMCW_CDC_DONE_WRITING && own->frame &&
	    cursor_move(0, &own->prod, &c.prod) != 0)
		note_tell(note, &ei_after_close, "Bytes are produced after \"done writing\"");
	reckon_bytes(note, r, own, &c);
	reckon_space(note, r, own, peer);
	reckon_blocking(pinfo, note, r, own, peer, &c);
	reckon_states(note, r, own, peer, &c);
	own->frame = pinfo->num;
	own->seqno = c.seqno;
	tell_stream(pinfo, note, view, own);
}

/* ---- showing ------------------------------------------------------------------------------ */

static void add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, guint32 frame)
{
	if (frame)
		proto_item_set_generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, frame));
}

static void add_int64(proto_tree *tree, int hf, tvbuff_t *tvb, gint64 value)
{
	proto_item_set_generated(proto_tree_add_int64(tree, hf, tvb, 0, 0, value));
}

static void add_uint64(proto_tree *tree, int hf, tvbuff_t *tvb, guint64 value)
{
	proto_item_set_generated(proto_tree_add_uint64(tree, hf, tvb, 0, 0, value));
}

void cdc_show(proto_tree *tree, tvbuff_t *tvb, const struct reckoning *r)
{
	if (r->has_moved) {
		add_uint64(tree, hf_produced, tvb, r->produced);
		add_uint64(tree, hf_consumed, tvb, r->consumed);
		add_uint64(tree, hf_total, tvb, r->total);
	}
	if (r->has_space)
		add_int64(tree, hf_space, tvb, r->space);
	if (r->has_unread)
		add_int64(tree, hf_unread, tvb, r->unread);
	if (r->own_state) {
		add_frame(tree, hf_own_state, tvb, r->own_state);
		add_frame(tree, hf_peer_state, tvb, r->peer_state);
	}
	add_frame(tree, hf_before, tvb, r->before);
	add_frame(tree, hf_blocked_in, tvb, r->blocked);
	if (r->blocked)
		proto_item_set_generated(
			proto_tree_add_time(tree, hf_blocked_for, tvb, 0, 0, &r->blocked_for));
}

/* ---- registration ---------------------------------------------------------------------------- */

static void register_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_produced,
		  { "Bytes produced", "smcx.cdc.produced", FT_UINT64, BASE_DEC, NULL, 0,
		    "Since the sender's CDC message before", HFILL } },
		{ &hf_consumed,
		  { "Bytes consumed", "smcx.cdc.consumed", FT_UINT64, BASE_DEC, NULL, 0,
		    "Since the sender's CDC message before", HFILL } },
		{ &hf_total,
		  { "Bytes produced so far", "smcx.cdc.total", FT_UINT64, BASE_DEC, NULL, 0,
		    "Bytes that the sender has produced from the first CDC message in the capture "
		    "to this one, by its producer cursor",
		    HFILL } },
		{ &hf_space,
		  { "Space left at the peer", "smcx.cdc.space", FT_INT64, BASE_DEC, NULL, 0,
		    "In the peer's buffer, as far as the peer has told", HFILL } },
		{ &hf_unread,
		  { "Bytes not yet consumed", "smcx.cdc.unread", FT_INT64, BASE_DEC, NULL, 0,
		    "In the sender's own buffer", HFILL } },
		{ &hf_own_state,
		  { "Sender's state", "smcx.cdc.sender_state", FT_UINT8, BASE_DEC, NULL, 0,
		    "RFC 7609, 4.7", HFILL } },
		{ &hf_peer_state,
		  { "Receiver's state", "smcx.cdc.receiver_state", FT_UINT8, BASE_DEC, NULL, 0,
		    "RFC 7609, 4.7", HFILL } },
		{ &hf_before,
		  { "CDC message before in", "smcx.cdc.before_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Of the same sender", HFILL } },
		{ &hf_blocked_in,
		  { "Window full from", "smcx.cdc.full_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Frame from which on the receiver had no room for the sender", HFILL } },
		{ &hf_blocked_for,
		  { "Window was full for", "smcx.cdc.full_for", FT_RELATIVE_TIME, BASE_NONE, NULL,
		    0,
		    "Seconds from the message that filled the window to this one, which makes room",
		    HFILL } },
	};

	for (unsigned i = 0; i < array_length(own); i++)
		if (own[i].p_id == &hf_own_state || own[i].p_id == &hf_peer_state)
			own[i].hfinfo.strings = fields_values(SMCW_LIST_sock_states);
	proto_register_field_array(proto, own, array_length(own));
}

#define EXPERT(ei, name, group, severity, text)                                                    \
	{                                                                                          \
		&(ei),                                                                             \
		{                                                                                  \
			"smcx.cdc." name, group, severity, text, EXPFILL                           \
		}                                                                                  \
	}

static void register_experts(int proto)
{
	static ei_register_info own[] = {
		EXPERT(ei_old, "old", PI_SEQUENCE, PI_WARN, "An old sequence number"),
		EXPERT(ei_repeated, "repeated", PI_SEQUENCE, PI_NOTE, "A repeated sequence number"),
		EXPERT(ei_gap, "gap", PI_SEQUENCE, PI_NOTE, "CDC messages are not in the capture"),
		EXPERT(ei_regression, "regression", PI_SEQUENCE, PI_WARN, "A cursor goes back"),
		EXPERT(ei_beyond, "beyond", PI_PROTOCOL, PI_WARN, "A cursor is beyond the buffer"),
		EXPERT(ei_overrun, "overrun", PI_PROTOCOL, PI_WARN,
		       "More is written than there is room for"),
		EXPERT(ei_underrun, "underrun", PI_PROTOCOL, PI_WARN,
		       "More is consumed than was produced"),
		EXPERT(ei_full, "window_full", PI_SEQUENCE, PI_NOTE, "Window full"),
		EXPERT(ei_opened, "window_opened", PI_SEQUENCE, PI_NOTE,
		       "The window is no longer full"),
		EXPERT(ei_aborted, "aborted", PI_SEQUENCE, PI_WARN, "Abort"),
		EXPERT(ei_after_close, "after_close", PI_PROTOCOL, PI_WARN,
		       "Bytes after \"done writing\""),
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}

void cdc_register(int proto)
{
	register_fields(proto);
	register_experts(proto);
}
