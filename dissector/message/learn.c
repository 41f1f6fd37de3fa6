// SPDX-License-Identifier: GPL-2.0-or-later
/* See learn.h. */
#include <epan/packet.h>
#include <epan/conversation.h>
#include <epan/expert.h>

#include "cdc.h"
#include "check/check.h"
#include "check/half.h"
#include "conn/conn.h"
#include "conn/group.h"
#include "learn.h"
#include "llc.h"
#include "llc_rules.h"
#include "check/missing.h"
#include "conn/note.h"
#include "check/pair.h"
#include "stream/stream.h"
#include "conn/tally.h"

static expert_field ei_no_handshake = EI_INIT;
static expert_field ei_no_group = EI_INIT;
static expert_field ei_again = EI_INIT;

/* ---- where events are ------------------------------------------------------------- */

static bool has_ports(const struct smcw_event *ev)
{
	return smcw_get16(&ev->local_port) || smcw_get16(&ev->peer_port);
}

static bool is_received(const struct smcw_event *ev)
{
	return SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN;
}

/* A link group's number on the traced host; each host of a merged file has its own. 0: none. */
static guint64 event_lgr(const struct smcw_event *ev)
{
	return ev->lgr ? (guint64)SMCW_EV_HOST_OF(ev) << 32 | smcw_get32(&ev->lgr) : 0;
}

/* The side of the event's sender, by the role of the end that was traced. */
static unsigned event_sender(const struct smcw_event *ev)
{
	unsigned own = ev->role == SMCW_ROLE_CLIENT ? CLIENT : SERVER;

	return is_received(ev) ? !own : own;
}

/* The connection of an event; one that was there when tracing began has no handshake. */
static struct conn *event_conn(packet_info *pinfo, const struct smcw_event *ev)
{
	struct conv_data *data;
	struct conn *known = group_traced_conn(event_lgr(ev), smcw_get32(&ev->conn));

	if (!ev->local_port || !ev->peer_port) /* the socket has let go of them */
		return known;
	data = conn_conv_data(find_or_create_conversation(pinfo));
	if (!data->conn && ev->lgr && ev->role != SMCW_ROLE_UNKNOWN)
		data->conn = conn_begin(pinfo, data, event_sender(ev));
	if (ev->lgr && ev->conn && data->conn && data->conn != known)
		group_traced_conn_is(event_lgr(ev), smcw_get32(&ev->conn), data->conn);
	return data->conn;
}

/* Both ends of a group can be on the traced host, under numbers of their own. */
static void place_group(struct note *note, const struct smcw_event *ev)
{
	guint64 lgr = event_lgr(ev);
	struct group *known = lgr ? group_traced(lgr) : NULL;

	if (note->conn && note->conn->group)
		note->group = note->conn->group;
	else if (known)
		note->group = known;
	else if (lgr &&
		 smcw_kind_is_message(ev->kind)) /* others come before it is known whose it is */
		note->group = group_new(ev->mode == SMCW_MODE_SMCD);
	if (lgr && note->group && note->group != known)
		group_traced_is(lgr, note->group);
	if (note->conn && !note->conn->group)
		note->conn->group = note->group;
}

static void place_link(struct note *note, const struct smcw_event *ev)
{
	struct link *link;

	if (!note->group || note->group->smcd || !ev->link)
		return;
	link = link_find(note->group, ev->link);
	if (!link && note->conn && note->conn->link && !note->conn->link->has_num)
		link = note->conn->link; /* CLC has announced it, without its number */
	if (!link)
		link = link_new(note->group);
	if (link) {
		link->num = ev->link;
		link->has_num = true;
	}
	note->link = link;
}

static void place_event(packet_info *pinfo, struct note *note, const struct smcw_event *ev)
{
	if (!note->conn)
		note->conn = event_conn(pinfo, ev);
	if (ev->role != SMCW_ROLE_UNKNOWN)
		note->sender = (guint8)event_sender(ev);
	else if (note->conn)
		note->sender = (guint8)conn_sender(note->conn, pinfo);
	place_group(note, ev);
	place_link(note, ev);
}

/* ---- where packets are -------------------------------------------------------------- */

static void place_packet(struct note *note, const struct origin *at)
{
	const struct queue_pair *qp = at->qp;

	if (!qp)
		return;
	note->link = qp->link;
	note->link->seen = true;
	note->group = qp->link->group;
	note->sender = !qp->side;
	note->qp = at->qp;
	note->psn = at->psn;
	note->late = at->age == PSN_LATE;
	note->link->mixed |= note->late;
}

/* The connection of a CDC message: the receiver has given the token. */
static void find_by_token(const packet_info *pinfo, struct note *note, guint32 token)
{
	unsigned to = !note->sender;
	struct conn *conn;

	if (!note->group || note->sender >= SIDES)
		return;
	conn = wmem_map_lookup(note->group->tokens[to], GUINT_TO_POINTER(token));
	if (!conn)
		conn = conn_by_cdc(pinfo, note, token);
	note->conn = conn;
	if (conn->flipped)
		note->sender = !note->sender;
}

/* ---- kinds of messages ---------------------------------------------------------------- */

static void learn_clc(packet_info *pinfo, struct note *note, const struct origin *at,
		      const void *msg, const struct smcw_layout *l)
{
	conversation_t *conv;

	if (at->event && !has_ports(at->event))
		return;
	conv = find_or_create_conversation(pinfo);
	conn_learn(pinfo, conn_conv_data(conv), note, msg, l);
	if (at->event)
		place_event(pinfo, note, at->event);
	if (note->conn && l->type < CLC_TYPES) {
		pair_clc(pinfo, note, l);
		check_clc(note, msg, l);
		missing_clc(pinfo, note, msg, l);
		tally_clc(note, msg, l);
	}
}

/* The end of a traced event at which it was seen. */
static unsigned learn_observer(const struct note *note, const struct origin *at)
{
	if (!at->event)
		return 0;
	return is_received(at->event) ? !note->sender : note->sender;
}

static void learn_llc(packet_info *pinfo, struct note *note, const struct origin *at,
		      const void *msg, const struct smcw_layout *l)
{
	if (!llc_has_flags(msg, l))
		return;
	check_llc(note, msg, l); /* against the data known before */
	llc_learn(pinfo, note, msg, l);
	if (l->type == SMCW_LLC_ANNOUNCE_CREDITS)
		return; /* sent unasked, without an answer, whatever its bit says */
	note->is_request = !smcp_llc_is_response(msg, l);
	pair_llc(pinfo, note, learn_observer(note, at), msg, l);
}

static void learn_cdc(packet_info *pinfo, struct note *note, const struct origin *at,
		      const void *msg, const struct smcw_layout *l)
{
	unsigned view = at->event && is_received(at->event);
	const struct smcw_cdc *r = (const struct smcw_cdc *)msg;
	const struct smcw_cdc_smcd *d = (const struct smcw_cdc_smcd *)msg;
	bool is_smcr = smcw_layout_find(l, SMCW_PART_cdc);

	if (at->kind == MESSAGE_LLC && !note->conn && SMCW_HAS(l, msg, r->alert_token))
		find_by_token(pinfo, note, smcw_get32(&r->alert_token));
	if (!note->conn || !(is_smcr ? SMCW_HAS(l, msg, r->state) : SMCW_HAS(l, msg, d->state)))
		return;
	cdc_learn(pinfo, note, view, msg, l);
	tally_cdc(note, view);
}

static void learn_rdma(packet_info *pinfo, struct note *note, const struct origin *at,
		       const void *msg, const struct smcw_layout *l)
{
	if (at->event)
		place_event(pinfo, note, at->event);
	else
		place_packet(note, at);
	if (at->age == PSN_AGAIN) {
		note_expert(note, &ei_again,
			    "RDMA sends this again: its packet sequence number was there before");
		return;
	}
	if (smcw_layout_find(l, SMCW_PART_cdc) || smcw_layout_find(l, SMCW_PART_cdc_smcd))
		learn_cdc(pinfo, note, at, msg, l);
	else if (note->link && note->sender < SIDES)
		learn_llc(pinfo, note, at, msg, l);
}

static bool has_handshake(const struct conn *conn)
{
	for (unsigned i = SMCW_PROPOSAL; i < CLC_TYPES; i++)
		if (conn->clc[i])
			return true;
	return false;
}

static void report_unknown(struct note *note)
{
	if (note->conn && !has_handshake(note->conn))
		note_expert(note, &ei_no_handshake,
			    "The handshake of this connection is not in the capture%s",
			    note->conn->by_cdc ?
				    ": its TCP connection and its other direction are not known" :
				    "");
	else if (note->group && !note->group->made_in && !note->group->smcd &&
		 (!note->conn || note->reuse))
		note_expert(note, &ei_no_group,
			    "The first contact of this link group is not in the capture");
}

const struct note *learn_message(packet_info *pinfo, const struct origin *at, const void *msg,
				 const struct smcw_layout *l)
{
	bool fresh;
	struct note *note = note_next(pinfo, &fresh);

	if (!fresh)
		return note;
	note->type = l->type;
	note->traced = at->event != NULL;
	if (at->event)
		half_learn(note, at->event);
	if (at->kind == MESSAGE_CLC)
		learn_clc(pinfo, note, at, msg, l);
	else
		learn_rdma(pinfo, note, at, msg, l);
	report_unknown(note);
	tally_note(pinfo, note);
	stream_count_lost(note);
	return note;
}

const struct note *learn_event(packet_info *pinfo, const struct smcw_event *ev)
{
	bool fresh;
	struct note *note = note_next(pinfo, &fresh);

	if (!fresh)
		return note;
	place_event(pinfo, note, ev);
	tally_event(pinfo, note,
		    has_ports(ev) ? conn_conv_data(find_or_create_conversation(pinfo)) : NULL, ev);
	tally_note(pinfo, note);
	return note;
}

void learn_register(int proto)
{
	static ei_register_info own[] = {
		{ &ei_no_handshake,
		  { "smcx.unknown.handshake", PI_ASSUMPTION, PI_NOTE,
		    "The handshake of the connection is not in the capture", EXPFILL } },
		{ &ei_no_group,
		  { "smcx.unknown.first_contact", PI_ASSUMPTION, PI_NOTE,
		    "The first contact of the link group is not in the capture", EXPFILL } },
		{ &ei_again,
		  { "smcx.again", PI_SEQUENCE, PI_NOTE, "RDMA sends this again", EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}
