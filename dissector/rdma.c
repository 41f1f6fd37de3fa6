// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LLC and CDC travel in RDMA SENDs only; an RDMA WRITE carries application
 * bytes, which may look like anything. A queue pair is SMC's from its first
 * well-formed CONFIRM_LINK or CDC message on: from there on wrong messages
 * are shown as wrong. Before that, what is no clear message is left to the
 * other InfiniBand dissectors.
 */
#include <epan/packet.h>
#include <epan/dissectors/packet-infiniband.h>
#include <epan/proto_data.h>
#include <epan/reassemble.h>

#include "compat.h"
#include "message.h"
#include "rdma.h"
#include "smc_text.h"

/* The receiving end of a queue pair, and the frame in which it was seen to be SMC's. */
struct queue_pair {
	address dst;
	guint32 qpn;
	guint32 known;
};

static int proto_smcx = -1;
static wmem_map_t *queue_pairs;
static reassembly_table long_messages;

static guint queue_pair_hash(gconstpointer key)
{
	const struct queue_pair *q = (const struct queue_pair *)key;

	return add_address_to_hash(q->qpn, &q->dst);
}

static gboolean queue_pair_equal(gconstpointer a, gconstpointer b)
{
	const struct queue_pair *p = (const struct queue_pair *)a;
	const struct queue_pair *q = (const struct queue_pair *)b;

	return p->qpn == q->qpn && addresses_equal(&p->dst, &q->dst);
}

/* Is it SMC's, as far as the frames before this one tell? */
static bool queue_pair_known(packet_info *pinfo)
{
	struct queue_pair key = { pinfo->dst, pinfo->destport, 0 };
	const struct queue_pair *q = wmem_map_lookup(queue_pairs, &key);

	return q && q->known < pinfo->num;
}

static void queue_pair_learn(packet_info *pinfo, guint8 type)
{
	struct queue_pair key = { pinfo->dst, pinfo->destport, 0 };
	struct queue_pair *q;

	if (type != SMCW_LLC_CONFIRM_LINK && type != SMCW_LLC_CONFIRM_LINK_V2 &&
	    type != SMCW_CDC_TYPE)
		return;
	if (pinfo->fd->visited || wmem_map_contains(queue_pairs, &key))
		return;
	q = wmem_new(wmem_file_scope(), struct queue_pair);
	copy_address_wmem(wmem_file_scope(), &q->dst, &pinfo->dst);
	q->qpn = pinfo->destport;
	q->known = pinfo->num;
	wmem_map_insert(queue_pairs, q, q);
}

static int dissect_llc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	int len = tvb_captured_length(tvb);
	struct smcw_layout layout;

	smcw_llc_layout(tvb_get_ptr(tvb, 0, len), (size_t)len, &layout);
	message_show(tree, pinfo, tvb, 0, &layout, smcw_llc_text, false);
	return len;
}

/* ---- messages of one packet ------------------------------------------------------ */

static bool dissect_send_only(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	int len = tvb_captured_length(tvb);

	if (smcw_llc_check(tvb_get_ptr(tvb, 0, len), (size_t)len))
		queue_pair_learn(pinfo, tvb_get_ptr(tvb, 0, 1)[0]);
	else if (!queue_pair_known(pinfo))
		return false;
	dissect_llc(tvb, pinfo, tree, NULL);
	return true;
}

/* ---- messages of several: ADD_LINK of version 2 with very many rkeys -------------- */

/* Does more follow than this first packet holds, by the message's own length? */
static bool is_long(tvbuff_t *tvb, packet_info *pinfo)
{
	int len = tvb_captured_length(tvb);
	struct smcw_layout layout;

	smcw_llc_layout(tvb_get_ptr(tvb, 0, len), (size_t)len, &layout);
	return queue_pair_known(pinfo) && smcw_layout_find(&layout, SMCW_PART_llc_v2) &&
	       (layout.faults & SMCW_FAULT_CUT);
}

/* Which frames belong to one is found in the first pass and kept with the frame. */
static bool is_part(tvbuff_t *tvb, packet_info *pinfo, bool first)
{
	bool part;

	if (pinfo->fd->visited)
		return p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, 0);
	part = first ? is_long(tvb, pinfo) :
		       fragment_get(&long_messages, pinfo, pinfo->destport, NULL) != NULL;
	if (part)
		p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, 0, GINT_TO_POINTER(1));
	return part;
}

static bool dissect_send_part(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool first,
			      bool last)
{
	fragment_head *whole;

	if (!is_part(tvb, pinfo, first))
		return false;
	whole = fragment_add_seq_next(&long_messages, tvb, 0, pinfo, pinfo->destport, NULL,
				      tvb_captured_length(tvb), !last);
	if (whole && whole->tvb_data && whole->reassembled_in == pinfo->num) {
		tvb = tvb_new_chain(tvb, whole->tvb_data);
		add_new_data_source(pinfo, tvb, "Reassembled LLC message");
		dissect_llc(tvb, pinfo, tree, NULL);
		return true;
	}
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC-R");
	col_set_str(pinfo->cinfo, COL_INFO, "LLC, part of a longer message");
	proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0, -1,
				       "Shared Memory Communications: part of a longer message");
	return true;
}

static smcx_bool dissect_send(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	const struct infinibandinfo *info = (const struct infinibandinfo *)data;
	int len = tvb_captured_length(tvb);

	if (!info || info->pad_count >= len)
		return FALSE;
	if (info->pad_count) /* the payload comes with the bytes that fill it up to 4 */
		tvb = tvb_new_subset_length(tvb, 0, len - info->pad_count);
	switch (info->opCode) {
	case RC_SEND_ONLY:
	case RC_SEND_ONLY_IMM:
	case RC_SEND_ONLY_INVAL:
		return dissect_send_only(tvb, pinfo, tree);
	case RC_SEND_FIRST:
		return dissect_send_part(tvb, pinfo, tree, true, false);
	case RC_SEND_MIDDLE:
		return dissect_send_part(tvb, pinfo, tree, false, false);
	case RC_SEND_LAST:
	case RC_SEND_LAST_IMM:
	case RC_SEND_LAST_INVAL:
		return dissect_send_part(tvb, pinfo, tree, false, true);
	default:
		return FALSE;
	}
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
	int len = tvb_captured_length(tvb);
	const void *msg = tvb_get_ptr(tvb, 0, len);
	struct smcw_layout layout;
	bool big = len >= (int)sizeof(struct smcw_cdc_smcd) && smcd_big_endian(msg);

	smcw_cdc_smcd_layout(msg, (size_t)len, big, &layout);
	message_show(tree, pinfo, tvb, 0, &layout, smcw_llc_text, false);
	return layout.len;
}

void rdma_register(int proto)
{
	proto_smcx = proto;
	queue_pairs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), queue_pair_hash,
					     queue_pair_equal);
	reassembly_table_register(&long_messages, &addresses_reassembly_table_functions);
	register_dissector("smcx.llc", dissect_llc, proto);
	register_dissector("smcx.cdc_smcd", dissect_cdc_smcd, proto);
}

void rdma_handoff(void)
{
	heur_dissector_add("infiniband.payload", dissect_send, "SMC-R LLC and CDC over RDMA",
			   "smcx_infiniband", proto_smcx, HEURISTIC_ENABLE);
}
