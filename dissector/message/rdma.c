// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LLC and CDC travel in RDMA SENDs only; an RDMA WRITE carries application
 * bytes, which may look like anything. A queue pair is SMC's when CLC or
 * ADD_LINK has announced it, or from its first well-formed CONFIRM_LINK or CDC
 * message on: from there on wrong messages are shown as wrong, and WRITEs as
 * SMC's. Before that, packets without a clear message are left to the other
 * InfiniBand dissectors.
 */
#include <epan/packet.h>
#include <epan/dissectors/packet-infiniband.h>
#include <epan/proto_data.h>
#include <epan/reassemble.h>

#include "conn/compat.h"
#include "conn/group.h"
#include "llc.h"
#include "llc_rules.h"
#include "message.h"
#include "check/missing.h"
#include "rdma.h"
#include "stream/write.h"

/* Key of data kept with a frame: the first pass took it for SMC's. note.c has the others. */
enum { KEY_OURS };

static int proto_smcx = -1;
static reassembly_table long_messages;
static wmem_map_t *cut_messages; /* of several packets: number of the next one, by queue pair */
static bool asked;

/* ---- queue pairs ------------------------------------------------------------------ */

/* In the first pass: the queue pair that a packet goes to, if it is SMC's. */
static struct queue_pair *queue_pair_of(const packet_info *pinfo)
{
	guint8 gid[SMCW_GID_LEN];

	group_address(&pinfo->dst, gid);
	return queue_pair_find(gid, pinfo->destport);
}

/*
 * CLC names GIDs; packets may have other addresses, as LIDs. So a link of CLC can
 * be known by its two numbers alone, which are in the packets of CONFIRM_LINK.
 */
static struct queue_pair *queue_pair_by_llc(const packet_info *pinfo, const void *msg,
					    const struct smcw_layout *l)
{
	guint32 from, to = pinfo->destport;
	guint8 src[SMCW_GID_LEN], dst[SMCW_GID_LEN];
	struct queue_pair *known;
	struct link *link;
	unsigned side;

	if (!llc_peer(msg, l, &from))
		return NULL;
	group_address(&pinfo->src, src);
	group_address(&pinfo->dst, dst);
	known = queue_pair_find(src, from);
	if (known && !known->link->qp[!known->side].known) { /* the Confirm is yet to come */
		link_end(known->link, !known->side, dst, to);
		return &known->link->qp[!known->side];
	}
	link = link_by_qps(from, to);
	if (!link)
		return NULL;
	/* The numbers can be the same: the server asks and the client answers. */
	side = from == to ? !smcp_llc_is_response(msg, l) : link->qp[SERVER].qpn == from;
	link_end(link, side, src, from);
	link_end(link, !side, dst, to);
	return &link->qp[!side];
}

/* The queue pair of a well-formed message; CONFIRM_LINK and CDC make it SMC's. */
static struct queue_pair *queue_pair_learn(packet_info *pinfo, tvbuff_t *tvb)
{
	int len = tvb_reported_length(tvb), have;
	const guint8 *msg = message_bytes(pinfo, tvb, 0, len, &have);
	struct queue_pair *qp = queue_pair_of(pinfo);
	struct smcw_layout l;

	if (qp || (msg[0] != SMCW_LLC_CONFIRM_LINK && msg[0] != SMCW_LLC_CONFIRM_LINK_V2 &&
		   msg[0] != SMCW_CDC_TYPE))
		return qp;
	smcw_llc_layout_cut(msg, (size_t)len, (size_t)have, &l);
	qp = queue_pair_by_llc(pinfo, msg, &l);
	return qp ? qp : link_of_half(&pinfo->src, &pinfo->dst, pinfo->destport);
}

static void show_llc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const struct origin *at)
{
	int len = tvb_reported_length(tvb), have;
	const guint8 *msg = message_bytes(pinfo, tvb, 0, len, &have);
	struct smcw_layout layout;

	smcw_llc_layout_cut(msg, (size_t)len, (size_t)have, &layout);
	message_show(tree, pinfo, tvb, 0, &layout, at, false);
}

/* For exported PDUs, which have no queue pair. */
static int dissect_llc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	const struct origin at = { .kind = MESSAGE_LLC };

	show_llc(tvb, pinfo, tree, &at);
	return tvb_captured_length(tvb);
}

/* ---- messages of one packet ------------------------------------------------------ */

/* Was it taken for SMC's in the first pass? */
static bool was_ours(packet_info *pinfo)
{
	return p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_OURS) != NULL;
}

/*
 * A link that is deleted leaves its queue pairs, and their numbers come again.
 * So a packet that is no message of SMC, or goes on with other packet sequence
 * numbers than those before, is not the link's any more. One with a number of
 * those before is a copy, or comes late: merged files have them long after the end.
 */
static struct queue_pair *queue_pair_alive(struct queue_pair *qp, guint32 psn, bool good)
{
	bool far = qp && psn_is_far(&qp->psn, psn);

	if (!qp || psn_is_past(&qp->psn, psn) || (!far && (good || !qp->link->down_in)) ||
	    (good && !qp->link->down_in))
		return qp;
	queue_pair_forget(qp);
	return NULL;
}

/* In the first pass: the queue pair that a WRITE goes to, if it is SMC's. */
static struct queue_pair *queue_pair_written(const packet_info *pinfo,
					     const struct infinibandinfo *info)
{
	struct queue_pair *qp = pinfo->fd->visited ? NULL : queue_pair_of(pinfo);
	bool says = info->opCode == RC_RDMA_WRITE_FIRST || info->opCode == RC_RDMA_WRITE_ONLY ||
		    info->opCode == RC_RDMA_WRITE_ONLY_IMM;

	if (!qp || !qp->link->down_in)
		return qp;
	return queue_pair_alive(qp, info->packet_seq_num,
				!says || rmb_find(qp->link, qp->side, info->reth_remote_key));
}

/* Type, length and flags: all that smcw_llc_check() looks at. */
#define HEAD_LEN ((int)sizeof(struct smcw_llc_v1) + 1)

/* Is it a message by itself, whatever queue pair it goes to? */
static bool is_message(tvbuff_t *tvb, packet_info *pinfo)
{
	int len = tvb_reported_length(tvb), have;
	const guint8 *msg = message_bytes(pinfo, tvb, 0, len, &have);

	return (have == len || have >= HEAD_LEN) && smcw_llc_check(msg, (size_t)len);
}

static bool dissect_send_only(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, guint32 psn)
{
	struct origin at = { .kind = MESSAGE_LLC };

	if (pinfo->fd->visited && !was_ours(pinfo))
		return false;
	if (!pinfo->fd->visited) {
		bool good = is_message(tvb, pinfo);

		at.qp = queue_pair_alive(queue_pair_of(pinfo), psn, good);
		if (good && !at.qp)
			at.qp = queue_pair_learn(pinfo, tvb);
		if (!good && !at.qp)
			return false;
		if (at.qp) {
			at.age = psn_note(&at.qp->psn, psn, &at.psn);
			psn_settle(&at.qp->psn, at.psn);
		}
		p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_OURS,
				 GINT_TO_POINTER(1));
	}
	show_llc(tvb, pinfo, tree, &at);
	return true;
}

/* ---- messages of several: ADD_LINK of version 2 with very many rkeys -------------- */

static bool is_cut(tvbuff_t *tvb)
{
	return tvb_captured_length(tvb) < tvb_reported_length(tvb);
}

/* Does more follow than this first packet holds, by the message's own length? */
static bool is_long(tvbuff_t *tvb, packet_info *pinfo)
{
	int len = tvb_reported_length(tvb), have;
	const guint8 *msg = message_bytes(pinfo, tvb, 0, len, &have);
	struct smcw_layout layout;

	smcw_llc_layout_cut(msg, (size_t)len, (size_t)have, &layout);
	return queue_pair_of(pinfo) && smcw_layout_find(&layout, SMCW_PART_llc_v2) &&
	       (layout.faults & SMCW_FAULT_CUT);
}

/* The length that a message of version 2 has, in either byte order, longer than its first packet.
 */
static int long_length(const guint8 *head, int first)
{
	const guint8 *at = head + offsetof(struct smcw_llc_v2, length);
	int little = at[1] << 8 | at[0], big = smcw_get16(at);

	return little > first && little <= SMCW_LLC_V2_MAX ? little : MAX(big, first);
}

/*
 * The first packet was cut, so that nothing can be put together: show what there
 * is of it. The others are known by their numbers.
 */
static void show_long_cut(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, guint32 psn,
			  const struct origin *at)
{
	int first = tvb_reported_length(tvb), have = tvb_captured_length(tvb);
	const guint8 *msg = tvb_get_ptr(tvb, 0, have);

	if (at->qp)
		wmem_map_insert(cut_messages, at->qp, GUINT_TO_POINTER(psn + 1));
	if (have >= (int)sizeof(struct smcw_llc_v2))
		first = long_length(msg, first);
	tvb = tvb_new_child_real_data(tvb, msg, (guint)have, first);
	show_llc(tvb, pinfo, tree, at);
}

/* In the first pass: does a packet go on with a message whose first one was cut? */
static bool is_rest_of_cut(const packet_info *pinfo, guint32 psn)
{
	struct queue_pair *qp = queue_pair_of(pinfo);

	if (!qp || GPOINTER_TO_UINT(wmem_map_lookup(cut_messages, qp)) != psn || !psn)
		return false;
	wmem_map_insert(cut_messages, qp, GUINT_TO_POINTER(psn + 1));
	return true;
}

/* A message's frames are found in the first pass, and this is kept with each of them. */
static bool is_part(tvbuff_t *tvb, packet_info *pinfo, bool first, guint32 psn)
{
	bool part;

	if (pinfo->fd->visited)
		return was_ours(pinfo);
	part = first ? is_long(tvb, pinfo) :
		       fragment_get(&long_messages, pinfo, pinfo->destport, NULL) != NULL ||
			       is_rest_of_cut(pinfo, psn);
	if (part)
		p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_OURS,
				 GINT_TO_POINTER(1));
	return part;
}

static bool dissect_send_part(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, guint32 psn,
			      bool first, bool last)
{
	struct origin at = { .kind = MESSAGE_LLC };
	fragment_head *whole = NULL;

	if (!is_part(tvb, pinfo, first, psn))
		return false;
	if (!pinfo->fd->visited) {
		at.qp = queue_pair_of(pinfo);
		if (at.qp) {
			at.age = psn_note(&at.qp->psn, psn, &at.psn);
			psn_settle(&at.qp->psn, at.psn);
		}
	}
	if (first && is_cut(tvb)) {
		show_long_cut(tvb, pinfo, tree, psn, &at);
		return true;
	}
	if (!is_cut(tvb) && (first || fragment_get(&long_messages, pinfo, pinfo->destport, NULL) ||
			     pinfo->fd->visited))
		whole = fragment_add_seq_next(&long_messages, tvb, 0, pinfo, pinfo->destport, NULL,
					      tvb_captured_length(tvb), !last);
	if (whole && whole->tvb_data && whole->reassembled_in == pinfo->num) {
		tvb = tvb_new_chain(tvb, whole->tvb_data);
		add_new_data_source(pinfo, tvb, "Reassembled LLC message");
		show_llc(tvb, pinfo, tree, &at);
		return true;
	}
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC-R");
	col_set_str(pinfo->cinfo, COL_INFO, "LLC, part of a longer message");
	proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0, -1,
				       "Shared Memory Communications: part of a longer message");
	return true;
}

static smcx_bool dissect_payload(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	const struct infinibandinfo *info = (const struct infinibandinfo *)data;
	int len = tvb_reported_length(tvb);

	asked = true;
	if (!info || info->pad_count >= len)
		return FALSE;
	missing_rdma(pinfo);
	if (info->pad_count) /* the payload comes with the bytes that fill it up to 4 */
		tvb = tvb_new_subset_length(tvb, 0, len - info->pad_count);
	switch (info->opCode) {
	case RC_SEND_ONLY:
	case RC_SEND_ONLY_IMM:
	case RC_SEND_ONLY_INVAL:
		return dissect_send_only(tvb, pinfo, tree, info->packet_seq_num);
	case RC_SEND_FIRST:
		return dissect_send_part(tvb, pinfo, tree, info->packet_seq_num, true, false);
	case RC_SEND_MIDDLE:
		return dissect_send_part(tvb, pinfo, tree, info->packet_seq_num, false, false);
	case RC_SEND_LAST:
	case RC_SEND_LAST_IMM:
	case RC_SEND_LAST_INVAL:
		return dissect_send_part(tvb, pinfo, tree, info->packet_seq_num, false, true);
	case RC_RDMA_WRITE_FIRST:
	case RC_RDMA_WRITE_MIDDLE:
	case RC_RDMA_WRITE_LAST:
	case RC_RDMA_WRITE_LAST_IMM:
	case RC_RDMA_WRITE_ONLY:
	case RC_RDMA_WRITE_ONLY_IMM:
		return write_dissect(tvb, pinfo, tree, info, queue_pair_written(pinfo, info));
	default:
		return FALSE;
	}
}

void rdma_ask(void)
{
	asked = false;
}

bool rdma_was_asked(void)
{
	return asked;
}

int rdma_dissect_cut(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	return dissect_payload(tvb, pinfo, tree, data) ? (int)tvb_reported_length(tvb) : 0;
}

/* ---- SMC-D -------------------------------------------------------------------------- */

/*
 * The cursors are in the byte order of the machine that wrote them and nothing
 * says which: the order in which they are smaller is the likely one, since a
 * DMB is at most some megabytes long.
 */
static bool smcd_big_endian(const struct smcw_cdc_smcd *cdc)
{
	const struct smcw_field *prod = &smcw_fields[SMCW_F_cdc_smcd_prod_count];
	const struct smcw_field *cons = &smcw_fields[SMCW_F_cdc_smcd_cons_count];

	return (smcw_field_get(prod, cdc, 1) | smcw_field_get(cons, cdc, 1)) <
	       (smcw_field_get(prod, cdc, 0) | smcw_field_get(cons, cdc, 0));
}

/* No packet carries it: this one is for traced events. */
static int dissect_cdc_smcd(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	const struct origin at = { .kind = MESSAGE_CDC_SMCD };
	int len = tvb_reported_length(tvb), have;
	const void *msg = message_bytes(pinfo, tvb, 0, len, &have);
	struct smcw_layout layout;
	bool big = len >= (int)sizeof(struct smcw_cdc_smcd) && smcd_big_endian(msg);

	smcw_cdc_smcd_layout_cut(msg, (size_t)len, (size_t)have, big, &layout);
	message_show(tree, pinfo, tvb, 0, &layout, &at, false);
	return layout.len;
}

void rdma_register(int proto)
{
	proto_smcx = proto;
	reassembly_table_register(&long_messages, &addresses_reassembly_table_functions);
	cut_messages = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash,
					      g_direct_equal);
	register_dissector("smcx.llc", dissect_llc, proto);
	register_dissector("smcx.cdc_smcd", dissect_cdc_smcd, proto);
}

void rdma_handoff(void)
{
	heur_dissector_add("infiniband.payload", dissect_payload, "SMC-R LLC and CDC over RDMA",
			   "smcx_infiniband", proto_smcx, HEURISTIC_ENABLE);
}
