// SPDX-License-Identifier: GPL-2.0-or-later
/* See write.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/proto_data.h>

#include "conn/conn.h"
#include "field/fields.h"
#include "conn/group.h"
#include "conn/note.h"
#include "check/note_show.h"
#include "payload.h"
#include "field/rule.h"
#include "field/tap.h"
#include "stray.h"
#include "stream.h"
#include "conn/tally.h"
#include "write.h"
#include "writing.h"

static int proto_smcx = -1;
static int ett_write = -1;
static int hf_rkey = -1;
static int hf_vaddr = -1;
static int hf_offset = -1;
static int hf_length = -1;
static int hf_first_in = -1;
static int hf_derived = -1;
static expert_field ei_again = EI_INIT;
static expert_field ei_no_start = EI_INIT;
static expert_field ei_no_rkey = EI_INIT;
static expert_field ei_no_rmbe = EI_INIT;

/* ---- packets of a WRITE ------------------------------------------------------------ */

static bool write_is_first(unsigned opcode)
{
	return opcode == RC_RDMA_WRITE_FIRST || opcode == RC_RDMA_WRITE_ONLY ||
	       opcode == RC_RDMA_WRITE_ONLY_IMM;
}

/* The target of a packet that is in a WRITE. */
static struct target target_in(const struct writing *w, guint64 psn)
{
	return (struct target){ w->rkey, w->vaddr + (psn - w->psn) * w->packet,
				psn == w->psn ? 0 : w->frame, true };
}

static struct target target_of(struct queue_pair *qp, const struct infinibandinfo *info,
			       guint64 psn, guint32 len, guint32 frame)
{
	const struct writing *found;
	struct writing w;

	if (write_is_first(info->opCode)) {
		w = (struct writing){ psn,
				      len,
				      info->reth_remote_key,
				      info->reth_remote_address,
				      info->reth_dma_length,
				      frame };
		if (info->opCode == RC_RDMA_WRITE_FIRST && len) {
			writing_add(qp, &w);
			qp->psn.mtu = MAX(qp->psn.mtu, len);
		}
		return target_in(&w, psn);
	}
	found = writing_find(qp, psn);
	return found ? target_in(found, psn) : (struct target){ 0 };
}

/* ---- whose it is --------------------------------------------------------------------- */

struct search {
	guint64 offset; /* in the RMB */
	guint32 len;
	struct conn *conn;
	const struct end *end;
	unsigned side;
};

/*
 * Are the bytes in an RMBE? Bytes beyond one of known size are a fault, which find_stream()
 * reports; beyond one whose size is not known, they may be another one's.
 */
static bool write_is_in(const struct end *end, const struct search *s)
{
	guint64 at = s->offset - end->start;

	if (s->offset < end->start)
		return false;
	return end->size ? at < end->size : at + s->len <= end->least;
}

/* The RMBE that an offset is in; the newer one of two. */
static void match_rmbe(gpointer key _U_, gpointer value, gpointer data)
{
	struct search *s = (struct search *)data;
	struct conn *conn = (struct conn *)value;
	const struct end *end = &conn->end[conn_at(conn, s->side)];

	if (!write_is_in(end, s))
		return;
	if (s->end && (s->end->start > end->start ||
		       (s->end->start == end->start && s->conn->number > conn->number)))
		return;
	s->conn = conn;
	s->end = end;
}

/* The sender has said before that it writes no more: another connection has the buffer now. */
static bool is_over(const struct conn *conn, unsigned sender, const struct queue_pair *qp,
		    guint64 psn)
{
	const struct flow *flow = &conn->flow[0][sender];

	return flow->state && flow->closed_to == qp && psn > flow->closed_psn;
}

/* Return: the stream that the bytes are of, or NULL. */
static struct stream *find_stream(struct note *note, struct piece *p, const struct queue_pair *qp,
				  guint32 len)
{
	const struct rmb *rmb = rmb_find(qp->link, qp->side, p->to.rkey);
	struct search s = { .side = qp->side };
	unsigned sender;

	if (!rmb)
		return NULL;
	s.offset = p->to.vaddr - rmb->vaddr;
	s.len = len;
	wmem_map_foreach(rmb->conns, match_rmbe, &s);
	if (!s.conn)
		return NULL;
	sender = !conn_at(s.conn, qp->side);
	if (is_over(s.conn, sender, qp, note->psn))
		return NULL;
	note->named_in = rmb->named_in;
	note->conn = s.conn;
	note->sender = (guint8)sender;
	p->offset = (guint32)(s.offset - s.end->start);
	p->has_offset = true;
	if (s.end->size && len > s.end->size - p->offset) {
		rule_break(note, SMCP_CDC_33,
			   "%u bytes at offset %u go beyond the end of the RMBE, which has %u", len,
			   p->offset, s.end->size);
		return NULL;
	}
	return stream_of(s.conn, sender);
}

bool write_adopt(packet_info *pinfo, struct note *note, tvbuff_t *tvb, struct queue_pair *qp,
		 const struct waiting *w)
{
	struct packet_bytes b = { qp, w->psn, 0, w->len, w->captured, w->data };
	struct stream *s = find_stream(w->note, w->piece, qp, w->len);

	if (!s)
		return false;
	note_forget(w->note, &ei_no_start);
	note_forget(w->note, &ei_no_rkey);
	note_forget(w->note, &ei_no_rmbe);
	b.offset = w->piece->offset;
	stream_write(pinfo, note, s, tvb, &b, w->note);
	return true;
}

/* Packets that came before the first one of their WRITE. */
static void adopt_orphans(packet_info *pinfo, struct note *note, tvbuff_t *tvb,
			  struct queue_pair *qp)
{
	struct waiting_list *orphans = writing_orphans(qp);
	const struct writing *writing;

	for (guint i = 0; i < orphans->n;) {
		const struct waiting *w = &orphans->at[i];

		writing = writing_find(qp, w->psn);
		if (!writing) {
			i++;
			continue;
		}
		w->piece->to = target_in(writing, w->psn);
		if (!write_adopt(pinfo, note, tvb, qp, w))
			stray_keep(qp, w);
		waiting_drop(orphans, i);
	}
}

static void report_no_place(struct note *note, const struct piece *p, const struct queue_pair *qp)
{
	if (rmb_find(qp->link, qp->side, p->to.rkey))
		note_expert(note, &ei_no_rmbe,
			    "No connection in the capture has a buffer at this address so far");
	else
		note_expert(note, &ei_no_rkey,
			    "Nothing in the capture says so far whose RMB rkey 0x%08x is",
			    p->to.rkey);
}

/* A packet that was not there before. */
static void learn_new(tvbuff_t *tvb, packet_info *pinfo, struct note *note, struct piece *p,
		      struct queue_pair *qp)
{
	struct packet_bytes b = {
		qp, note->psn, 0, tvb_reported_length(tvb), tvb_captured_length(tvb), NULL
	};
	struct stream *s;

	if (!p->to.known) {
		waiting_add(writing_orphans(qp), tvb, note->psn, note, p);
		note_expert(
			note, &ei_no_start,
			"The first packet of this WRITE, which says where the bytes go, has not "
			"come so far");
		return;
	}
	s = find_stream(note, p, qp, b.len);
	b.offset = p->offset;
	if (s)
		stream_write(pinfo, note, s, tvb, &b, note);
	else if (!p->has_offset) {
		report_no_place(note, p, qp);
		stray_add(qp, tvb, note, p);
	}
}

/* In the first pass. */
static struct piece *write_learn(tvbuff_t *tvb, packet_info *pinfo, struct note *note,
				 const struct infinibandinfo *info, struct queue_pair *qp)
{
	struct piece *p = wmem_new0(wmem_file_scope(), struct piece);
	guint32 len = tvb_reported_length(tvb);
	enum psn_age age = psn_note(&qp->psn, info->packet_seq_num, &note->psn);

	note->link = qp->link;
	note->link->seen = true;
	note->group = qp->link->group;
	note->sender = !qp->side;
	note->late = age == PSN_LATE;
	note->link->mixed |= note->late;
	p->to = target_of(qp, info, note->psn, len, pinfo->num);
	if (age == PSN_AGAIN) {
		if (p->to.known)
			find_stream(note, p, qp, len);
		note_expert(note, &ei_again,
			    "This packet was there before: its packet sequence number says so");
		return p;
	}
	learn_new(tvb, pinfo, note, p, qp);
	if (info->opCode == RC_RDMA_WRITE_FIRST)
		adopt_orphans(pinfo, note, tvb, qp);
	tally_note(pinfo, note);
	stream_count_lost(note);
	return p;
}

/* ---- showing ----------------------------------------------------------------------------- */

static void add_generated(proto_item *item)
{
	proto_item_set_generated(item);
}

static proto_tree *write_show(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
			      const struct note *note, const struct piece *p, guint32 len)
{
	proto_item *item = proto_tree_add_protocol_format(
		tree, proto_smcx, tvb, 0, -1, "Shared Memory Communications: data, %u bytes", len);

	tree = proto_item_add_subtree(item, ett_write);
	if (p->to.known) {
		add_generated(proto_tree_add_uint(tree, hf_rkey, tvb, 0, 0, p->to.rkey));
		add_generated(proto_tree_add_uint64(tree, hf_vaddr, tvb, 0, 0, p->to.vaddr));
	}
	if (note->conn && note->conn->end[!note->sender].derived)
		add_generated(proto_tree_add_boolean(tree, hf_derived, tvb, 0, 0, TRUE));
	if (p->has_offset)
		add_generated(proto_tree_add_uint(tree, hf_offset, tvb, 0, 0, p->offset));
	add_generated(proto_tree_add_uint(tree, hf_length, tvb, 0, 0, len));
	if (p->to.first_in)
		add_generated(proto_tree_add_uint(tree, hf_first_in, tvb, 0, 0, p->to.first_in));
	fields_cut(item, pinfo, tvb_captured_length(tvb), len);
	note_show(item, tree, pinfo, tvb, note);
	return tree;
}

bool write_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
		   const struct infinibandinfo *info, struct queue_pair *qp)
{
	guint32 len = tvb_reported_length(tvb);
	proto_tree *shown = NULL;
	struct note *note;
	bool fresh;

	if (!pinfo->fd->visited && !qp)
		return false;
	note = note_next(pinfo, &fresh);
	if (!note)
		return false;
	if (fresh)
		note->piece = write_learn(tvb, pinfo, note, info, qp);
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC-R");
	if (note->conn)
		col_add_fstr(pinfo->cinfo, COL_INFO, "SMC-R data, %u bytes, connection %u", len,
			     note->conn->number);
	else
		col_add_fstr(pinfo->cinfo, COL_INFO, "SMC-R data, %u bytes", len);
	if (tree)
		shown = write_show(tree, pinfo, tvb, note, note->piece, len);
	else
		note_show(NULL, NULL, pinfo, tvb, note);
	tap_write(pinfo, note, len);
	payload_hand_over(tvb, pinfo, shown, tree, note);
	note_show_ports(pinfo, note);
	return true;
}

/* ---- registration --------------------------------------------------------------------------- */

static void write_register_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_rkey,
		  { "RKey", "smcx.write.rkey", FT_UINT32, BASE_HEX, NULL, 0,
		    "The RMB that is written to, by its key; from the first packet of the WRITE",
		    HFILL } },
		{ &hf_vaddr,
		  { "Virtual address", "smcx.write.vaddr", FT_UINT64, BASE_HEX, NULL, 0,
		    "Where this packet is written, in the address space of the RMB", HFILL } },
		{ &hf_offset,
		  { "Offset in the RMBE", "smcx.write.offset", FT_UINT32, BASE_DEC, NULL, 0,
		    "The same place, in bytes from the start of the RMBE", HFILL } },
		{ &hf_length,
		  { "Bytes", "smcx.write.length", FT_UINT32, BASE_DEC, NULL, 0,
		    "Bytes that this packet writes", HFILL } },
		{ &hf_derived,
		  { "Connection is worked out", "smcx.write.derived", FT_BOOLEAN, BASE_NONE, NULL,
		    0,
		    "The handshake is not in the capture: the CDC messages after WRITEs to this "
		    "buffer say whose it is",
		    HFILL } },
		{ &hf_first_in,
		  { "First packet of the WRITE in", "smcx.write.first_in", FT_FRAMENUM, BASE_NONE,
		    NULL, 0, "Frame with the packet that names rkey and address", HFILL } },
	};

	proto_register_field_array(proto, own, array_length(own));
}

static void write_register_experts(int proto)
{
	static ei_register_info own[] = {
		{ &ei_again,
		  { "smcx.data.again", PI_SEQUENCE, PI_NOTE, "These bytes were written before",
		    EXPFILL } },
		{ &ei_no_start,
		  { "smcx.unknown.write", PI_ASSUMPTION, PI_NOTE,
		    "The first packet of the WRITE has not come so far", EXPFILL } },
		{ &ei_no_rkey,
		  { "smcx.unknown.rkey", PI_ASSUMPTION, PI_NOTE,
		    "Nothing in the capture says so far whose RMB it is", EXPFILL } },
		{ &ei_no_rmbe,
		  { "smcx.unknown.rmbe", PI_ASSUMPTION, PI_NOTE,
		    "No connection in the capture has a buffer there so far", EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}

void write_register(int proto)
{
	static int *trees[] = { &ett_write };

	proto_smcx = proto;
	write_register_fields(proto);
	write_register_experts(proto);
	proto_register_subtree_array(trees, array_length(trees));
}
