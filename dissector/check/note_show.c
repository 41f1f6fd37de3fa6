// SPDX-License-Identifier: GPL-2.0-or-later
/* See note_show.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/prefs.h>

#include "conn/compat.h"
#include "conn/conn.h"
#include "flow_show.h"
#include "conn/group.h"
#include "missing.h"
#include "conn/note.h"
#include "note_show.h"
#include "half.h"
#include "pair.h"
#include "field/rule.h"

static smcx_bool pref_names = TRUE;
static smcx_bool pref_as_tcp = TRUE;
static int ett_conn = -1;
static int ett_group = -1;
static int hf_conn = -1;
static int hf_tcp_stream = -1;
static int hf_of_tcp = -1; /* TCP's own tcp.stream */
static int hf_lgr = -1;
static int hf_eid = -1;
static int hf_host = -1;
static int hf_link = -1;
static int hf_sender = -1;
static int hf_reused = -1;
static int hf_ip = -1;
static int hf_ipv6 = -1;
static int hf_port = -1;
static int hf_syn_in = -1;
static int hf_clc_in[CLC_TYPES];
static int hf_made_in = -1;
static int hf_up_in = -1;
static int hf_down_in = -1;
static int hf_named_in = -1;

static proto_item *add_uint(proto_tree *tree, int hf, tvbuff_t *tvb, guint32 value)
{
	proto_item *item = proto_tree_add_uint(tree, hf, tvb, 0, 0, value);

	proto_item_set_generated(item);
	return item;
}

/* A frame to jump to, unless it is not known or this one. */
static void note_show_frame(proto_tree *tree, int hf, tvbuff_t *tvb, const packet_info *pinfo,
			    guint32 frame)
{
	if (frame && frame != pinfo->num)
		add_uint(tree, hf, tvb, frame);
}

/* Add an end of the TCP connection; an end that is not known has no address. */
static void note_show_end(proto_tree *tree, tvbuff_t *tvb, const struct end *end)
{
	proto_item *item;
	ws_in4_addr ip4;

	if (end->addr.type == AT_IPv4) {
		memcpy(&ip4, end->addr.data, sizeof(ip4));
		item = proto_tree_add_ipv4(tree, hf_ip, tvb, 0, 0, ip4);
	} else if (end->addr.type == AT_IPv6) {
		item = proto_tree_add_ipv6(tree, hf_ipv6, tvb, 0, 0, end->addr.data);
	} else {
		return;
	}
	proto_item_set_generated(item);
	add_uint(tree, hf_port, tvb, end->port);
}

/*
 * A filter for tcp.stream shows the connection's data, too; Follow for HTTP, TLS and others filters
 * by it. A packet of TCP has it already.
 */
static void add_tcp_stream(proto_tree *tree, const packet_info *pinfo, tvbuff_t *tvb,
			   guint32 stream)
{
	add_uint(tree, hf_tcp_stream, tvb, stream);
	if (pref_as_tcp && hf_of_tcp > 0 && pinfo->ptype != PT_TCP)
		proto_item_set_hidden(add_uint(tree, hf_of_tcp, tvb, stream));
}

static void show_conn(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, const struct conn *conn)
{
	proto_item *item = add_uint(tree, hf_conn, tvb, conn->number);
	proto_tree *more;

	if (!conn->by_cdc) {
		more = proto_item_add_subtree(item, ett_conn);
		for (unsigned i = 0; i < SIDES; i++)
			note_show_end(more, tvb, &conn->end[i]);
		note_show_frame(more, hf_syn_in, tvb, pinfo, conn->syn);
		for (unsigned i = SMCW_PROPOSAL; i < CLC_TYPES; i++)
			note_show_frame(more, hf_clc_in[i], tvb, pinfo, conn->clc[i]);
	}
	if (conn->has_stream)
		add_tcp_stream(tree, pinfo, tvb, conn->stream);
}

static void add_name(proto_tree *tree, int hf, tvbuff_t *tvb, const char *name)
{
	if (name)
		proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, 0, 0, name));
}

static void show_group(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, const struct note *note)
{
	const struct group *group = note->group;
	const struct conn *first = group->first;
	proto_tree *more =
		proto_item_add_subtree(add_uint(tree, hf_lgr, tvb, group->number), ett_group);

	note_show_frame(more, hf_made_in, tvb, pinfo, group->made_in);
	if (pref_names) {
		add_name(more, hf_eid, tvb, group->eid);
		for (unsigned i = 0; i < SIDES; i++)
			add_name(more, hf_host, tvb, group->host[i]);
	}
	if (!note->conn && first && first->has_stream)
		add_uint(tree, hf_tcp_stream, tvb, first->stream);
	if (note->reuse)
		proto_item_set_generated(proto_tree_add_boolean(tree, hf_reused, tvb, 0, 0, TRUE));
}

static void show_link(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, const struct link *link)
{
	proto_tree *more;

	if (!link->has_num)
		return;
	more = proto_item_add_subtree(add_uint(tree, hf_link, tvb, link->num), ett_group);
	note_show_frame(more, hf_up_in, tvb, pinfo, link->up_in);
	note_show_frame(more, hf_down_in, tvb, pinfo, link->down_in);
}

void note_show(proto_item *item, proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
	       const struct note *note)
{
	for (const struct expert_note *n = note->experts; n; n = n->next)
		rule_show(pinfo, item, n->what, (enum smcp_rule)n->rule, n->text);
	pair_show(item, tree, pinfo, tvb, note);
	missing_show(item, pinfo, note);
	if (!tree)
		return;
	if (note->conn)
		show_conn(tree, pinfo, tvb, note->conn);
	if (note->group)
		show_group(tree, pinfo, tvb, note);
	if (note->link)
		show_link(tree, pinfo, tvb, note->link);
	if (note->conn && note->sender < SIDES)
		add_uint(tree, hf_sender, tvb, conn_role(note->conn, note->sender));
	half_show(tree, tvb, note);
	note_show_frame(tree, hf_named_in, tvb, pinfo, note->named_in);
	if (note->cdc)
		flow_show(tree, tvb, note->cdc);
}

void note_show_ports(packet_info *pinfo, const struct note *note)
{
	const struct conn *conn = note->conn;

	if (!pref_as_tcp || pinfo->ptype != PT_IBQP || !conn || conn->by_cdc ||
	    note->sender >= SIDES)
		return;
	pinfo->ptype = PT_TCP;
	pinfo->srcport = conn->end[note->sender].port;
	pinfo->destport = conn->end[!note->sender].port;
}

/* ---- registration -------------------------------------------------------------------- */

#define FRAME(name, abbrev, about)                                                                 \
	{                                                                                          \
		name, abbrev, FT_FRAMENUM, BASE_NONE, NULL, 0, about, HFILL                        \
	}

static void note_show_register_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_conn,
		  { "Connection", "smcx.conn", FT_UINT32, BASE_DEC, NULL, 0,
		    "Number of the SMC connection in this file", HFILL } },
		{ &hf_tcp_stream,
		  { "TCP stream", "smcx.tcp_stream", FT_UINT32, BASE_DEC, NULL, 0,
		    "tcp.stream of the connection, or of the one that made the link group",
		    HFILL } },
		{ &hf_lgr,
		  { "Link group", "smcx.lgr", FT_UINT32, BASE_DEC, NULL, 0,
		    "Number of the link group in this file", HFILL } },
		{ &hf_eid,
		  { "EID", "smcx.lgr.eid", FT_STRING, BASE_NONE, NULL, 0,
		    "Negotiated when the link group was made", HFILL } },
		{ &hf_host,
		  { "Host", "smcx.lgr.host", FT_STRING, BASE_NONE, NULL, 0,
		    "Name that an end has given itself", HFILL } },
		{ &hf_link,
		  { "Link", "smcx.link", FT_UINT8, BASE_DEC, NULL, 0,
		    "Number of the link in its link group", HFILL } },
		{ &hf_sender,
		  { "Sender", "smcx.sender", FT_UINT8, BASE_NONE, VALS(note_sides), 0,
		    "Side of the connection that sends; without a handshake the roles are not "
		    "known",
		    HFILL } },
		{ &hf_reused,
		  { "Link group is reused", "smcx.lgr.reused", FT_BOOLEAN, BASE_NONE, NULL, 0,
		    "The handshake uses a link group that was there before", HFILL } },
		{ &hf_ip,
		  { "Address (IPv4)", "smcx.conn.ip", FT_IPv4, BASE_NONE, NULL, 0,
		    "IPv4 address of either end of the TCP connection", HFILL } },
		{ &hf_ipv6,
		  { "Address (IPv6)", "smcx.conn.ipv6", FT_IPv6, BASE_NONE, NULL, 0,
		    "IPv6 address of either end of the TCP connection", HFILL } },
		{ &hf_port,
		  { "Port", "smcx.conn.port", FT_UINT16, BASE_DEC, NULL, 0,
		    "TCP port of either end", HFILL } },
		{ &hf_syn_in,
		  FRAME("SYN in", "smcx.conn.syn_in",
			"Frame with the SYN of the TCP connection that has the SMC option") },
		{ &hf_clc_in[SMCW_PROPOSAL],
		  FRAME("Proposal in", "smcx.conn.proposal_in",
			"Frame with the first Proposal of the connection") },
		{ &hf_clc_in[SMCW_ACCEPT], FRAME("Accept in", "smcx.conn.accept_in",
						 "Frame with the first Accept of the connection") },
		{ &hf_clc_in[SMCW_CONFIRM],
		  FRAME("Confirm in", "smcx.conn.confirm_in",
			"Frame with the first Confirm of the connection") },
		{ &hf_clc_in[SMCW_DECLINE],
		  FRAME("Decline in", "smcx.conn.decline_in",
			"Frame with the first Decline of the connection") },
		{ &hf_made_in, FRAME("First contact in", "smcx.lgr.first_contact_in",
				     "Frame with the Accept that made the link group") },
		{ &hf_up_in, FRAME("Link confirmed in", "smcx.link.up_in",
				   "Frame with the response to CONFIRM_LINK") },
		{ &hf_down_in, FRAME("Link deleted in", "smcx.link.down_in",
				     "Frame that deletes the link, or refuses it") },
		{ &hf_named_in,
		  FRAME("Rkey named in", "smcx.rkey_in",
			"Frame that names the rkey or token by which the connection was found") },
	};

	proto_register_field_array(proto, own, array_length(own));
}

void note_show_register(int proto)
{
	static int *trees[] = { &ett_conn, &ett_group };

	note_show_register_fields(proto);
	proto_register_subtree_array(trees, array_length(trees));
}

void note_show_prefs(module_t *module)
{
	prefs_register_bool_preference(
		module, "names", "Show the names of link groups",
		"Whether EID and host names of a link group are shown with each of its messages",
		&pref_names);
	prefs_register_bool_preference(module, "as_tcp",
				       "Count messages and data of SMC-R to their TCP connection",
				       "Whether a filter for tcp.stream finds them, so that Follow "
				       "HTTP and Follow TLS do, and "
				       "whether the flow graph has the ports of TCP for them",
				       &pref_as_tcp);
}

void note_show_handoff(void)
{
	hf_of_tcp = proto_registrar_get_id_byname("tcp.stream");
}
