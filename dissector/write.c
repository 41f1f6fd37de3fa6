// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See write.h. Only the first packet of a WRITE says where the bytes go; the
 * others are found by their packet sequence numbers, since all but the last
 * have the same length.
 */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/proto_data.h>

#include "conn.h"
#include "fields.h"
#include "group.h"
#include "note.h"
#include "payload.h"
#include "stats.h"
#include "stream.h"
#include "write.h"

/* WRITEs of a queue pair that are remembered, for packets that come late. */
#define REMEMBERED 8

#define PSN_MASK 0xffffffu

/* A WRITE of several packets. */
struct writing {
	guint32 psn;	/* of its first packet */
	guint32 packet; /* bytes of all packets but the last; 0: no such WRITE */
	guint32 rkey;
	guint64 vaddr;
	guint32 length;
	guint32 frame;
};

struct write {
	struct writing ring[REMEMBERED];
	unsigned next;
};

/* Where the bytes of a packet go. */
struct target {
	guint32 rkey;
	guint64 vaddr;
	guint32 first_in; /* frame with the WRITE's first packet */
	bool known;
};

static int proto_smcx = -1;
static int ett_write = -1;
static int hf_rkey = -1;
static int hf_vaddr = -1;
static int hf_offset = -1;
static int hf_length = -1;
static int hf_first_in = -1;
static expert_field ei_no_start = EI_INIT;
static expert_field ei_no_rkey = EI_INIT;
static expert_field ei_outside = EI_INIT;

/* What is shown of a packet, beside its note. */
struct piece {
	struct target to;
	guint32 offset; /* from the start of the RMBE */
	bool has_offset;
};

/* ---- packets of a WRITE ------------------------------------------------------------ */

static bool is_first(unsigned opcode)
{
	return opcode == RC_RDMA_WRITE_FIRST || opcode == RC_RDMA_WRITE_ONLY ||
	       opcode == RC_RDMA_WRITE_ONLY_IMM;
}

static void remember(struct queue_pair *qp, const struct infinibandinfo *info, guint32 packet,
		     guint32 frame)
{
	struct writing *w;

	if (!qp->write)
		qp->write = wmem_new0(wmem_file_scope(), struct write);
	w = &qp->write->ring[qp->write->next++ % REMEMBERED];
	*w = (struct writing){ info->packet_seq_num,  packet,
			       info->reth_remote_key, info->reth_remote_address,
			       info->reth_dma_length, frame };
}

/* The last WRITE that a packet with @psn can be in, if its first packet was seen. */
static const struct writing *recall(const struct queue_pair *qp, guint32 psn)
{
	for (unsigned i = 1; qp->write && i <= REMEMBERED; i++) {
		const struct writing *w = &qp->write->ring[(qp->write->next - i) % REMEMBERED];
		guint64 at = (guint64)((psn - w->psn) & PSN_MASK) * w->packet;

		if (w->packet && at < w->length)
			return w;
	}
	return NULL;
}

static struct target target_of(struct queue_pair *qp, const struct infinibandinfo *info,
			       guint32 len, guint32 frame)
{
	const struct writing *w;

	if (is_first(info->opCode)) {
		if (info->opCode == RC_RDMA_WRITE_FIRST && len)
			remember(qp, info, len, frame);
		return (struct target){ info->reth_remote_key, info->reth_remote_address, 0, true };
	}
	w = recall(qp, info->packet_seq_num);
	if (!w)
		return (struct target){ 0 };
	return (struct target){ w->rkey,
				w->vaddr + (guint64)((info->packet_seq_num - w->psn) & PSN_MASK) *
						   w->packet,
				w->frame, true };
}

/* ---- whose it is --------------------------------------------------------------------- */

struct search {
	guint64 offset; /* in the RMB */
	struct conn *conn;
	unsigned side;
};

static guint64 rmbe_start(const struct end *end)
{
	return end->idx ? (guint64)(end->idx - 1) * end->size : 0;
}

/* The RMBE that an offset is in. */
static void match_rmbe(gpointer key _U_, gpointer value, gpointer data)
{
	struct search *s = (struct search *)data;
	struct conn *conn = (struct conn *)value;
	const struct end *end = &conn->end[conn_at(conn, s->side)];

	if (s->offset >= rmbe_start(end) && s->offset - rmbe_start(end) < end->size)
		s->conn = conn;
}

static void find_conn(struct note *note, struct piece *p, const struct queue_pair *qp, guint32 len)
{
	const struct rmb *rmb = rmb_find(qp->link, qp->side, p->to.rkey);
	struct search s = { .side = qp->side };
	const struct end *end;

	if (!rmb) {
		note_tell(note, &ei_no_rkey,
			  "Nothing in the capture tells whose RMB rkey 0x%08x is", p->to.rkey);
		return;
	}
	note->told_in = rmb->told_in;
	s.offset = p->to.vaddr - rmb->vaddr;
	wmem_map_foreach(rmb->conns, match_rmbe, &s);
	if (!s.conn) {
		note_tell(note, &ei_outside, "The address is in no RMBE of the RMB at 0x%" PRIx64,
			  rmb->vaddr);
		return;
	}
	note->conn = s.conn;
	note->sender = (guint8)!conn_at(s.conn, qp->side);
	end = &s.conn->end[!note->sender];
	p->offset = (guint32)(s.offset - rmbe_start(end));
	p->has_offset = true;
	if (len > end->size - p->offset)
		note_tell(note, &ei_outside,
			  "%u bytes at offset %u go beyond the end of the RMBE, which has %u", len,
			  p->offset, end->size);
}

/* In the first pass. */
static struct piece *learn(tvbuff_t *tvb, packet_info *pinfo, struct note *note,
			   const struct infinibandinfo *info, struct queue_pair *qp)
{
	bool old = queue_pair_psn(qp, info->packet_seq_num) != PSN_NEW;
	guint32 len = tvb_reported_length(tvb);
	struct stream *s;
	struct piece *p = wmem_new0(wmem_file_scope(), struct piece);

	note->link = qp->link;
	note->group = qp->link->group;
	note->sender = !qp->side;
	p->to = target_of(qp, info, len, pinfo->num);
	if (p->to.known)
		find_conn(note, p, qp, len);
	else
		note_tell(note, &ei_no_start,
			  "The first packet of this WRITE, which tells where "
			  "the bytes go, is not in the capture, or cut");
	s = p->has_offset ? stream_of(note->conn, note->sender) : NULL;
	if (s)
		note->delivery = stream_write(pinfo, note, s, tvb, p->offset, old);
	return p;
}

/* ---- showing ----------------------------------------------------------------------------- */

static void add_generated(proto_item *item)
{
	proto_item_set_generated(item);
}

static proto_tree *show(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
			const struct note *note, const struct piece *p, guint32 len)
{
	proto_item *item = proto_tree_add_protocol_format(
		tree, proto_smcx, tvb, 0, -1, "Shared Memory Communications: data, %u bytes", len);

	tree = proto_item_add_subtree(item, ett_write);
	if (p->to.known) {
		add_generated(proto_tree_add_uint(tree, hf_rkey, tvb, 0, 0, p->to.rkey));
		add_generated(proto_tree_add_uint64(tree, hf_vaddr, tvb, 0, 0, p->to.vaddr));
	}
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
		note->piece = learn(tvb, pinfo, note, info, qp);
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC-R");
	if (note->conn)
		col_add_fstr(pinfo->cinfo, COL_INFO, "SMC-R data, %u bytes, connection %u", len,
			     note->conn->number);
	else
		col_add_fstr(pinfo->cinfo, COL_INFO, "SMC-R data, %u bytes", len);
	if (tree)
		shown = show(tree, pinfo, tvb, note, note->piece, len);
	stats_write(pinfo, note, len);
	payload_hand_over(tvb, pinfo, shown, tree, note);
	return true;
}

/* ---- registration --------------------------------------------------------------------------- */

static void register_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_rkey,
		  { "RKey", "smcx.write.rkey", FT_UINT32, BASE_HEX, NULL, 0, NULL, HFILL } },
		{ &hf_vaddr,
		  { "Virtual address", "smcx.write.vaddr", FT_UINT64, BASE_HEX, NULL, 0, NULL,
		    HFILL } },
		{ &hf_offset,
		  { "Offset in the RMBE", "smcx.write.offset", FT_UINT32, BASE_DEC, NULL, 0, NULL,
		    HFILL } },
		{ &hf_length,
		  { "Bytes", "smcx.write.length", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL } },
		{ &hf_first_in,
		  { "First packet of the WRITE in", "smcx.write.first_in", FT_FRAMENUM, BASE_NONE,
		    NULL, 0, NULL, HFILL } },
	};

	proto_register_field_array(proto, own, array_length(own));
}

static void register_experts(int proto)
{
	static ei_register_info own[] = {
		{ &ei_no_start,
		  { "smcx.unknown.write", PI_ASSUMPTION, PI_NOTE,
		    "The first packet of the WRITE is not in the capture", EXPFILL } },
		{ &ei_no_rkey,
		  { "smcx.unknown.rkey", PI_ASSUMPTION, PI_NOTE,
		    "Nothing in the capture tells whose RMB it is", EXPFILL } },
		{ &ei_outside,
		  { "smcx.write.outside", PI_PROTOCOL, PI_WARN, "The WRITE goes beyond the RMBE",
		    EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}

void write_register(int proto)
{
	static int *trees[] = { &ett_write };

	proto_smcx = proto;
	register_fields(proto);
	register_experts(proto);
	proto_register_subtree_array(trees, array_length(trees));
}
