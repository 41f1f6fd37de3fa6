// SPDX-License-Identifier: GPL-2.0-or-later
/* See pair.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <string.h>

#include "clc_rules.h"
#include "conn/conn.h"
#include "conn/group.h"
#include "llc_rules.h"
#include "conn/note.h"
#include "pair.h"
#include "field/rule.h"

static int hf_request_in = -1;
static int hf_answered_in = -1;
static int hf_time = -1;
static int hf_handshake_time = -1;

/* ---- CLC ------------------------------------------------------------------------- */

static void pair_answer(packet_info *pinfo, struct note *note, struct note *request)
{
	note->request_in = request->frame;
	nstime_delta(&note->since, &pinfo->abs_ts, &request->at);
	if (!request->answered_in)
		request->answered_in = pinfo->num;
}

static struct note *clc_request(const struct conn *conn, const struct note *note, unsigned type)
{
	if (type != SMCW_DECLINE)
		return conn->clc_note[smcp_clc_before(type)];
	/* A Decline can answer anything; or nothing, when the client has no device. */
	for (unsigned i = SMCW_CONFIRM; i >= SMCW_PROPOSAL; i--)
		if (conn->clc_note[i] && conn->clc_note[i]->sender != note->sender)
			return conn->clc_note[i];
	return NULL;
}

static void time_handshake(packet_info *pinfo, struct note *note)
{
	const struct conn *conn = note->conn;
	const nstime_t *from = conn->syn ? &conn->syn_at : &conn->at[SMCW_PROPOSAL];

	if (!conn->syn && !conn->clc[SMCW_PROPOSAL])
		return;
	note->has_handshake = true;
	nstime_delta(&note->handshake, &pinfo->abs_ts, from);
}

void pair_clc(packet_info *pinfo, struct note *note, const struct smcw_layout *l)
{
	struct conn *conn = note->conn;
	struct note *request;

	if (conn->clc[l->type] != pinfo->num)
		return; /* sent again, or traced at its receiver too */
	conn->clc_note[l->type] = note;
	request = clc_request(conn, note, l->type);
	if (request)
		pair_answer(pinfo, note, request);
	else if (smcp_clc_before(l->type) && conn->syn)
		rule_break(note, SMCP_CLC_10, "No %s before this one is in the capture",
			   smcw_value_text(SMCW_LIST_clc_types, smcp_clc_before(l->type)));
	if (l->type == SMCW_CONFIRM || l->type == SMCW_DECLINE)
		time_handshake(pinfo, note);
}

/* ---- LLC --------------------------------------------------------------------------- */

/* The statement about a request that has no answer. */
static enum smcp_rule pair_unanswered(guint8 type)
{
	return (enum smcp_rule)smcp_llc_exchange(type)->unanswered;
}

static void check_test_link(struct note *note, const struct note *request, const void *msg,
			    const struct smcw_layout *l)
{
	const guint8 *data = smcp_llc_test_data(msg, l);

	if (data && request->test_data && memcmp(data, request->test_data, SMCP_TEST_DATA_LEN))
		rule_break(note, SMCP_LLC_39,
			   "The user data is not that of the request in frame %u", request->frame);
}

static void keep_test_link(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const guint8 *data = smcp_llc_test_data(msg, l);

	if (data)
		note->test_data = wmem_memdup(wmem_file_scope(), data, SMCP_TEST_DATA_LEN);
}

/* Nobody waits so long, and packets after the request are missing: another one may be among them.
 */
static bool may_be_another(const packet_info *pinfo, const struct note *request)
{
	nstime_t since;

	nstime_delta(&since, &pinfo->abs_ts, &request->at);
	return request->qp && nstime_to_msec(&since) > SMCP_LLC_WAIT_MS &&
	       !psn_is_whole(&request->qp->psn, request->psn, request->qp->psn.next);
}

static void keep_deleted_link(struct note *note, const void *msg, const struct smcw_layout *l)
{
	const struct smcw_piece *piece = smcw_layout_find(l, SMCW_PART_delete_link);
	const struct smcw_llc_delete_link *d;

	if (!piece)
		return;
	d = (const void *)((const guint8 *)msg + piece->off);
	if (SMCW_HAS(l, msg, d->link_num))
		note->deleted = d->flags & SMCW_LLC_DEL_ALL ? NOTE_ALL_LINKS : d->link_num;
}

static bool is_asked_back(const struct note *note, const struct note *request)
{
	/* 0: the capture has cut it. Then it may be this link. */
	bool same = !note->deleted || !request || !request->deleted ||
		    note->deleted == request->deleted || note->deleted == NOTE_ALL_LINKS;

	return request && !request->answered_in && same;
}

/*
 * A request of the server may be its answer to the client's: for the same link, and by any, since
 * the one that is deleted may be lost.
 */
static void ask_back(packet_info *pinfo, struct note *note, unsigned observer, guint8 type)
{
	wmem_list_frame_t *at = wmem_list_head(note->link->group->links);

	if (note->sender != SERVER || !smcp_llc_asks_back(type))
		return;
	for (; at; at = wmem_list_frame_next(at)) {
		const struct link *link = (const struct link *)wmem_list_frame_data(at);
		struct note *request = link->asked[CLIENT][observer][smcp_llc_number(type)];

		if (is_asked_back(note, request))
			pair_answer(pinfo, note, request);
	}
}

void pair_llc(packet_info *pinfo, struct note *note, unsigned observer, const void *msg,
	      const struct smcw_layout *l)
{
	struct link *link = note->link;
	bool is_answer = smcp_llc_is_response(msg, l);
	unsigned asker = is_answer ? !note->sender : note->sender;
	struct note **asked = &link->asked[asker][observer][smcp_llc_number(l->type)];
	struct note *request = *asked;

	link->last = pinfo->abs_ts;
	if (!is_answer) {
		keep_deleted_link(note, msg, l);
		ask_back(pinfo, note, observer, l->type);
		if (request && !request->answered_in && request->type == note->type)
			rule_note(note, pair_unanswered(l->type), SMCP_SHOWS_LLC_NO_RESPONSE,
				  "The request in frame %u has had no response", request->frame);
		keep_test_link(note, msg, l);
		*asked = note;
		return;
	}
	if (!request) {
		if (link->group->made_in)
			rule_break(note, SMCP_LLC_06,
				   "No request in the capture has asked for this");
		return;
	}
	if (may_be_another(pinfo, request)) {
		rule_break(note, SMCP_LLC_06,
			   "The request in frame %u is too old, and the one that this answers may "
			   "be missing",
			   request->frame);
		return;
	}
	pair_answer(pinfo, note, request);
	if (!note->conn)
		note->conn = request->conn;
	check_test_link(note, request, msg, l);
	if (nstime_to_msec(&note->since) > SMCP_LLC_WAIT_MS)
		rule_note(note, pair_unanswered(l->type), SMCP_SHOWS_LLC_LATE,
			  "The last request in the capture was %.1f s before: its sender waits 2 s",
			  nstime_to_sec(&note->since));
	*asked = NULL;
}

/* ---- showing -------------------------------------------------------------------------- */

/* A missing answer is known when all of the file is. */
static bool is_unanswered(const packet_info *pinfo, const struct note *note)
{
	nstime_t rest;

	if (!pinfo->fd->visited || !note->is_request || note->answered_in || !note->link)
		return false;
	nstime_delta(&rest, &note->link->last, &note->at);
	return nstime_to_msec(&rest) > SMCP_LLC_WAIT_MS;
}

static void pair_add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, guint32 frame)
{
	if (frame)
		proto_item_set_generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, frame));
}

void pair_show(proto_item *item, proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
	       const struct note *note)
{
	if (is_unanswered(pinfo, note))
		rule_show(pinfo, item, rule_expert(SMCP_SHOWS_LLC_UNANSWERED),
			  pair_unanswered(note->type), NULL);
	if (!tree)
		return;
	pair_add_frame(tree, hf_request_in, tvb, note->request_in);
	pair_add_frame(tree, hf_answered_in, tvb, note->answered_in);
	if (note->request_in)
		proto_item_set_generated(
			proto_tree_add_time(tree, hf_time, tvb, 0, 0, &note->since));
	if (note->has_handshake)
		proto_item_set_generated(
			proto_tree_add_time(tree, hf_handshake_time, tvb, 0, 0, &note->handshake));
}

/* ---- registration ------------------------------------------------------------------------ */

void pair_register(int proto)
{
	static hf_register_info own[] = {
		{ &hf_request_in,
		  { "Answer to", "smcx.request_in", FT_FRAMENUM, BASE_NONE,
		    FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
		    "Frame with the CLC or LLC message that this one answers", HFILL } },
		{ &hf_answered_in,
		  { "Answered in", "smcx.response_in", FT_FRAMENUM, BASE_NONE,
		    FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
		    "Frame with the CLC or LLC message that answers this one", HFILL } },
		{ &hf_time,
		  { "Time to the answer", "smcx.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
		    "Seconds from the message that this one answers", HFILL } },
		{ &hf_handshake_time,
		  { "Time of the handshake", "smcx.handshake_time", FT_RELATIVE_TIME, BASE_NONE,
		    NULL, 0, "From the SYN, or else the Proposal, to this message", HFILL } },
	};

	proto_register_field_array(proto, own, array_length(own));
}
