// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See payload.h. To the port's dissector it looks as if TCP had called: the
 * frame has the addresses and ports of the TCP connection for the time, and
 * the conversation is that of the handshake.
 */
#include <epan/packet.h>
#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>
#include <epan/tap.h>

#include "choice.h"
#include "conn/compat.h"
#include "conn/conn.h"
#include "follow.h"
#include "conn/note.h"
#include "payload.h"
#include "stream.h"

/* A PDU that is longer is handed on as it comes; so is one that never has enough. */
#define PDU_MAX (4u << 20)
#define ASKED_MAX 1000

/*
 * All of TCP's heuristics look at bytes of a port that is nobody's. After so many
 * deliveries that none of them has wanted they are not asked again.
 */
#define UNTAKEN_MAX 8

#define KEY_HANDING 0x7fffffff

/* Bytes that wait for the rest of their PDU. */
struct pending {
	wmem_array_t *bytes;
	wmem_array_t *frames;
	unsigned asked;	    /* times that the dissector has taken nothing of them */
	guint64 need;	    /* bytes in all; 0: any number more */
	wmem_list_t *parts; /* deliveries for it, to be completed where it ends */
};

/* How a delivery was handed on; kept with it. */
struct pdu {
	const guint8 *data; /* with bytes of frames before; NULL: as it was delivered */
	guint32 len;
	const guint32 *frames; /* that the bytes before are of */
	guint32 n_frames;
	bool nobody;	  /* no dissector wants the bytes of this stream */
	bool waits;	  /* not handed on: it is put together later */
	guint32 whole_in; /* in that frame */
};

static struct pdu no_pdu = { .nobody = true };
static int proto_smcx = -1;
static heur_dissector_list_t heuristics;
static int ett_data = -1;
static int hf_data = -1;
static int hf_position = -1;
static int hf_relative = -1;
static int hf_sender = -1;
static int hf_delivered = -1;
static int hf_lost = -1;
static int hf_segment = -1;
static int hf_whole = -1;
static int hf_whole_in = -1;
static smcx_bool pref_hand_over = TRUE;
static smcx_bool pref_reassemble = TRUE;

/* ---- as if TCP had called ----------------------------------------------------------- */

/* The frame's data that belongs to the layer below, and is given back to it. */
struct below {
	address src, dst;
	port_type ptype;
	guint32 srcport, destport;
	gboolean use_endpoints;
	struct conversation_element *elements;
	guint16 can_desegment, saved_can_desegment;
	int desegment_offset;
	guint32 desegment_len;
};

/* The port; for a connection without a handshake in the capture, a number that is no port. */
static guint32 port_of(const struct end *end)
{
	return end->port ? end->port : 0x10000u + (guint32)(end->token & G_MAXUINT16);
}

static void put_on_tcp(packet_info *pinfo, const struct end *from, const struct end *to,
		       struct below *was)
{
	*was = (struct below){ .ptype = pinfo->ptype,
			       .srcport = pinfo->srcport,
			       .destport = pinfo->destport,
			       .use_endpoints = pinfo->use_conv_addr_port_endpoints,
			       .elements = pinfo->conv_elements,
			       .can_desegment = pinfo->can_desegment,
			       .saved_can_desegment = pinfo->saved_can_desegment,
			       .desegment_offset = pinfo->desegment_offset,
			       .desegment_len = pinfo->desegment_len };
	copy_address_shallow(&was->src, &pinfo->src);
	copy_address_shallow(&was->dst, &pinfo->dst);
	copy_address_shallow(&pinfo->src, &from->addr);
	copy_address_shallow(&pinfo->dst, &to->addr);
	pinfo->ptype = PT_TCP;
	pinfo->srcport = port_of(from);
	pinfo->destport = port_of(to);
	pinfo->use_conv_addr_port_endpoints = FALSE;
	pinfo->conv_elements = NULL;
	pinfo->desegment_offset = 0;
	pinfo->desegment_len = 0;
}

static void take_off_tcp(packet_info *pinfo, const struct below *was)
{
	copy_address_shallow(&pinfo->src, &was->src);
	copy_address_shallow(&pinfo->dst, &was->dst);
	pinfo->ptype = was->ptype;
	pinfo->srcport = was->srcport;
	pinfo->destport = was->destport;
	pinfo->use_conv_addr_port_endpoints = was->use_endpoints;
	pinfo->conv_elements = was->elements;
	pinfo->can_desegment = was->can_desegment;
	pinfo->saved_can_desegment = was->saved_can_desegment;
	pinfo->desegment_offset = was->desegment_offset;
	pinfo->desegment_len = was->desegment_len;
}

bool payload_waits(const struct stream *s)
{
	return s->pending && wmem_array_get_count(s->pending->bytes) > 0;
}

bool payload_is_handing(packet_info *pinfo)
{
	return p_get_proto_data(pinfo->pool, pinfo, proto_smcx, KEY_HANDING) != NULL;
}

/* Without ports: the dissector that the user has chosen, or the one that knows the bytes. */
static bool call_heuristics(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, guint32 number,
			    struct tcpinfo *info)
{
	volatile bool taken = true;
	heur_dtbl_entry_t *entry;

	TRY
	{
		taken = choice_dissect(number, tvb, pinfo, top) ||
			try_conversation_dissector(&pinfo->src, &pinfo->dst, CONVERSATION_TCP,
						   pinfo->srcport, pinfo->destport, tvb, pinfo, top,
						   info, 0) ||
			dissector_try_heuristic(heuristics, tvb, pinfo, top, &entry, info);
		if (!taken)
			call_data_dissector(tvb, pinfo, top);
	}
	CATCH_NONFATAL_ERRORS
	{
		show_exception(tvb, pinfo, top, EXCEPT_CODE, GET_MESSAGE);
	}
	ENDTRY;
	return taken;
}

/* Return: whether a dissector has wanted them; else they are shown as data. */
static bool call_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, conversation_t *conv,
		      struct tcpinfo *info)
{
	volatile bool taken = true;

	TRY
	{
		taken = decode_tcp_ports(tvb, 0, pinfo, top, (int)pinfo->srcport,
					 (int)pinfo->destport,
					 get_tcp_conversation_data(conv, pinfo), info);
	}
	CATCH_NONFATAL_ERRORS
	{
		show_exception(tvb, pinfo, top, EXCEPT_CODE, GET_MESSAGE);
	}
	ENDTRY;
	return taken;
}

/* Return: the first byte that the dissector wants to see once more, with what follows. */
static guint32 hand_to_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, struct stream *s,
			    guint64 pos, const struct delivery *d, guint32 *more)
{
	const struct end *from = &s->conn->end[s->sender], *to = &s->conn->end[!s->sender];
	guint32 len = tvb_reported_length(tvb), wanted = len;
	struct tcpinfo info = { .seq = (guint32)pos,
				.nxtseq = (guint32)pos + len,
				.is_reassembled = FALSE,
				.flags = d->last ? TH_ACK | TH_FIN : TH_ACK | TH_PUSH };
	bool may_wait = pref_reassemble && len < PDU_MAX && !d->last &&
			(pinfo->fd->visited || !s->pending || s->pending->asked < ASKED_MAX);
	conversation_t *conv;
	struct below was;

	*more = 0;
	put_on_tcp(pinfo, from, to, &was);
	pinfo->can_desegment = may_wait ? 2 : 0; /* the port's dissector sees 1 */
	conv = find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP,
				 pinfo->srcport, pinfo->destport, 0);
	p_set_proto_data(pinfo->pool, pinfo, proto_smcx, KEY_HANDING, GINT_TO_POINTER(1));
	if (s->conn->by_cdc ? call_heuristics(tvb, pinfo, top, s->conn->number, &info) :
			      conv && call_port(tvb, pinfo, top, conv, &info))
		s->untaken = 0;
	else
		s->untaken++;
	p_remove_proto_data(pinfo->pool, pinfo, proto_smcx, KEY_HANDING);
	if (may_wait && pinfo->desegment_len && pinfo->desegment_offset >= 0) {
		wanted = MIN((guint32)pinfo->desegment_offset, len);
		*more = pinfo->desegment_len;
	}
	take_off_tcp(pinfo, &was);
	if (*more && !wanted) {
		col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC-R");
		col_add_fstr(pinfo->cinfo, COL_INFO,
			     "SMC-R data, %u bytes, connection %u, part of a longer PDU", len,
			     s->conn->number);
	}
	return wanted;
}

/* ---- PDUs of several frames --------------------------------------------------------------- */

static struct pending *pending_of(struct stream *s)
{
	if (!s->pending) {
		s->pending = wmem_new0(wmem_file_scope(), struct pending);
		s->pending->bytes = wmem_array_new(wmem_file_scope(), 1);
		s->pending->frames = wmem_array_new(wmem_file_scope(), sizeof(guint32));
		s->pending->parts = wmem_list_new(wmem_file_scope());
	}
	return s->pending;
}

static void drop_pending(struct pending *p)
{
	if (!wmem_array_get_count(p->bytes))
		return;
	wmem_destroy_array(p->bytes);
	wmem_destroy_array(p->frames);
	p->bytes = wmem_array_new(wmem_file_scope(), 1);
	p->frames = wmem_array_new(wmem_file_scope(), sizeof(guint32));
	while (wmem_list_count(p->parts))
		wmem_list_remove_frame(p->parts, wmem_list_head(p->parts));
	p->need = 0;
	p->asked = 0;
}

static void add_pending(struct pending *p, const guint8 *bytes, guint32 len, guint32 frame,
			struct pdu *pdu)
{
	wmem_array_append(p->bytes, bytes, len);
	wmem_array_append_one(p->frames, frame);
	wmem_list_append(p->parts, pdu);
}

/* The bytes that have to be there before the dissector is asked again. */
static guint64 payload_needed(guint32 have, guint32 more)
{
	switch (more) {
	case DESEGMENT_ONE_MORE_SEGMENT:
		return 0;
	case DESEGMENT_UNTIL_FIN:
		return G_MAXUINT64;
	default:
		return (guint64)have + more;
	}
}

/* The waiting bytes and the new ones, as one. */
static tvbuff_t *payload_join(packet_info *pinfo, const struct pending *p, tvbuff_t *tvb)
{
	guint32 before = wmem_array_get_count(p->bytes), len = tvb_captured_length(tvb);
	guint8 *data = wmem_alloc(pinfo->pool, before + len);

	memcpy(data, wmem_array_get_raw(p->bytes), before);
	tvb_memcpy(tvb, data + before, 0, len);
	return tvb_new_child_real_data(tvb, data, before + len, (gint)(before + len));
}

/* The joined bytes have been taken: keep them for the passes to come. */
static void payload_settle(const packet_info *pinfo, struct pending *p, struct pdu *pdu,
			   tvbuff_t *joined)
{
	wmem_list_frame_t *at = wmem_list_head(p->parts);

	pdu->len = tvb_captured_length(joined);
	pdu->data = tvb_memdup(wmem_file_scope(), joined, 0, pdu->len);
	pdu->n_frames = wmem_array_get_count(p->frames);
	pdu->frames = wmem_memdup(wmem_file_scope(), wmem_array_get_raw(p->frames),
				  pdu->n_frames * sizeof(guint32));
	for (; at; at = wmem_list_frame_next(at))
		((struct pdu *)wmem_list_frame_data(at))->whole_in = pinfo->num;
	drop_pending(p);
}

static void wait_with(struct pending *p, tvbuff_t *tvb, guint32 from, const packet_info *pinfo,
		      struct pdu *pdu)
{
	guint32 len = tvb_captured_length(tvb) - from;

	add_pending(p, tvb_get_ptr(tvb, (gint)from, (gint)len), len, pinfo->num, pdu);
}

/* Ask the dissector; bytes that it does not take wait. */
static void try_new(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, struct stream *s,
		    struct delivery *d, struct pdu *pdu)
{
	struct pending *p = s->pending;
	guint32 waiting = wmem_array_get_count(p->bytes), len, left, more;
	tvbuff_t *all = waiting ? payload_join(pinfo, p, tvb) : tvb;

	len = tvb_captured_length(all);
	left = hand_to_port(all, pinfo, top, s, d->pos - waiting, d, &more);
	if (waiting && more && !left) {
		p->asked++;
		p->need = payload_needed(len, more);
		wait_with(p, tvb, 0, pinfo, pdu);
		pdu->waits = true;
		return;
	}
	if (waiting)
		payload_settle(pinfo, p, pdu, all);
	if (!more || left == len)
		return;
	p->need = payload_needed(len - left, more);
	wait_with(p, all, left, pinfo, pdu);
}

/* In the first pass: hand on, or keep until there is enough. */
static void hand_new(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, struct stream *s,
		     struct delivery *d)
{
	struct pending *p = pending_of(s);
	guint64 len = tvb_captured_length(tvb);
	struct pdu *pdu;

	if (d->lost)
		drop_pending(p);
	len += wmem_array_get_count(p->bytes);
	if (!len)
		return;
	if (s->untaken >= UNTAKEN_MAX) {
		d->pdu = &no_pdu;
		if (top)
			call_data_dissector(tvb, pinfo, top);
		return;
	}
	pdu = d->pdu = wmem_new0(wmem_file_scope(), struct pdu);
	if (!payload_waits(s) || len >= p->need || len >= PDU_MAX || d->last) {
		try_new(tvb, pinfo, top, s, d, pdu);
		return;
	}
	wait_with(p, tvb, 0, pinfo, pdu);
	pdu->waits = true;
}

/* In any other pass: as it was. */
static void hand_again(tvbuff_t *tvb, packet_info *pinfo, proto_tree *top, struct stream *s,
		       const struct delivery *d)
{
	const struct pdu *pdu = d->pdu;
	guint32 more;

	if (!pdu || pdu->waits || !(pdu->data || d->len))
		return;
	if (pdu->nobody) {
		call_data_dissector(tvb, pinfo, top);
		return;
	}
	if (pdu->data)
		tvb = tvb_new_child_real_data(tvb, pdu->data, pdu->len, (gint)pdu->len);
	hand_to_port(tvb, pinfo, top, s, d->pos + d->len - tvb_captured_length(tvb), d, &more);
}

/* ---- showing -------------------------------------------------------------------------------- */

static proto_item *payload_generated(proto_item *item)
{
	proto_item_set_generated(item);
	return item;
}

static void show_delivery(proto_tree *tree, tvbuff_t *tvb, const struct delivery *d)
{
	if (!d->len && !d->lost)
		return;
	payload_generated(proto_tree_add_uint64(tree, hf_position, tvb, 0, 0, d->pos));
	payload_generated(proto_tree_add_uint(tree, hf_sender, tvb, 0, 0,
					      conn_role(d->stream->conn, d->stream->sender)));
	if (d->stream->relative)
		payload_generated(proto_tree_add_boolean(tree, hf_relative, tvb, 0, 0, TRUE));
	payload_generated(proto_tree_add_uint(tree, hf_delivered, tvb, 0, 0, d->len));
	if (d->lost)
		payload_generated(proto_tree_add_uint64(tree, hf_lost, tvb, 0, 0, d->lost));
}

static void show_pdu(proto_tree *tree, tvbuff_t *tvb, const packet_info *pinfo,
		     const struct pdu *pdu)
{
	proto_tree *more;

	if (pdu->whole_in && pdu->whole_in != pinfo->num)
		payload_generated(proto_tree_add_uint(tree, hf_whole_in, tvb, 0, 0, pdu->whole_in));
	if (!pdu->data)
		return;
	more = proto_item_add_subtree(
		payload_generated(proto_tree_add_uint(tree, hf_whole, tvb, 0, 0, pdu->len)),
		ett_data);
	for (guint32 i = 0; i < pdu->n_frames; i++)
		payload_generated(proto_tree_add_uint(more, hf_segment, tvb, 0, 0, pdu->frames[i]));
}

/* The bytes of a delivery: those of the frame, or with them some that came early. */
static tvbuff_t *payload_delivered(tvbuff_t *tvb, packet_info *pinfo, const struct delivery *d)
{
	if (!d->data)
		return tvb_new_subset_length(tvb, (gint)d->from, (gint)d->len);
	tvb = tvb_new_child_real_data(tvb, d->data, d->len, (gint)d->len);
	add_new_data_source(pinfo, tvb, "SMC data in order");
	return tvb;
}

static void hand_over(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, proto_tree *top,
		      struct delivery *d)
{
	struct stream *s = d->stream;
	tvbuff_t *bytes;

	if (tree)
		show_delivery(tree, tvb, d);
	bytes = payload_delivered(tvb, pinfo, d);
	if (tree && d->len)
		proto_tree_add_item(tree, hf_data, bytes, 0, -1, ENC_NA);
	if (d->len || d->lost)
		follow_queue(pinfo, s->conn, s->sender, d, bytes);
	if (!pref_hand_over)
		return;
	if (!pinfo->fd->visited)
		hand_new(bytes, pinfo, top, s, d);
	else
		hand_again(bytes, pinfo, top, s, d);
	if (tree && d->pdu)
		show_pdu(tree, tvb, pinfo, d->pdu);
}

void payload_hand_over(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, proto_tree *top,
		       const struct note *note)
{
	for (struct delivery *d = note->delivery; d; d = d->next)
		hand_over(tvb, pinfo, tree, top, d);
}

/* ---- registration ------------------------------------------------------------------------------
 */

static void payload_register_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_sender,
		  { "Sent by", "smcx.data.sender", FT_UINT8, BASE_NONE, NULL, 0,
		    "Side that has sent the bytes, or those that are missing: a message can show "
		    "that bytes of its receiver are lost",
		    HFILL } },
		{ &hf_data,
		  { "Data", "smcx.data", FT_BYTES, BASE_NONE, NULL, 0,
		    "Bytes of the application, in order", HFILL } },
		{ &hf_position,
		  { "Position in the stream", "smcx.data.position", FT_UINT64, BASE_DEC, NULL, 0,
		    "Bytes of the sender before these, from the start of the stream", HFILL } },
		{ &hf_relative,
		  { "Position is relative", "smcx.data.relative", FT_BOOLEAN, BASE_NONE, NULL, 0,
		    "The first bytes of the stream are not in the capture: positions count from "
		    "the start of a turn of the peer's buffer",
		    HFILL } },
		{ &hf_delivered,
		  { "Bytes in order", "smcx.data.length", FT_UINT32, BASE_DEC, NULL, 0,
		    "That this frame adds to the stream", HFILL } },
		{ &hf_lost,
		  { "Bytes missing before", "smcx.data.missing", FT_UINT64, BASE_DEC, NULL, 0,
		    "Bytes of the sender before these that no packet of the capture has", HFILL } },
		{ &hf_segment,
		  { "Part in", "smcx.data.part_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Frame with a part of this PDU of the application", HFILL } },
		{ &hf_whole,
		  { "Put together to bytes", "smcx.data.reassembled_length", FT_UINT32, BASE_DEC,
		    NULL, 0, "Bytes of the PDU that several WRITEs make", HFILL } },
		{ &hf_whole_in,
		  { "Put together in", "smcx.data.reassembled_in", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Frame with the last part of the PDU that these bytes belong to", HFILL } },
	};

	own[0].hfinfo.strings = VALS(note_sides);
	proto_register_field_array(proto, own, array_length(own));
}

void payload_register(int proto)
{
	static int *trees[] = { &ett_data };

	proto_smcx = proto;
	payload_register_fields(proto);
	proto_register_subtree_array(trees, array_length(trees));
}

void payload_handoff(void)
{
	heuristics = find_heur_dissector_list("tcp");
}

void payload_prefs(module_t *module)
{
	prefs_register_bool_preference(
		module, "hand_over",
		"Hand the bytes of connections to the dissector of the TCP port",
		"Whether what applications send over SMC-R is dissected as if it were in TCP",
		&pref_hand_over);
	prefs_register_bool_preference(
		module, "desegment", "Reassemble PDUs that span several RDMA WRITEs",
		"Whether the dissector of the TCP port may ask for the bytes of further WRITEs",
		&pref_reassemble);
}
