// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LLC and CDC travel in RDMA SENDs only; an RDMA WRITE carries application
 * bytes, which may look like anything. What is not ours is left to the other
 * InfiniBand dissectors.
 */
#include <epan/packet.h>
#include <epan/dissectors/packet-infiniband.h>

#include "compat.h"
#include "message.h"
#include "rdma.h"
#include "smc_text.h"

static int proto_smcx = -1;

static bool is_send(const struct infinibandinfo *info)
{
	switch (info->opCode) {
	case RC_SEND_ONLY:
	case RC_SEND_ONLY_IMM:
	case RC_SEND_ONLY_INVAL:
		return true;
	default:
		return false;
	}
}

static int dissect_llc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	int len = tvb_captured_length(tvb);
	struct smcw_layout layout;

	smcw_llc_layout(tvb_get_ptr(tvb, 0, len), (size_t)len, &layout);
	message_show(tree, pinfo, tvb, 0, &layout, smcw_llc_text, false);
	return len;
}

static smcx_bool dissect_send(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	const struct infinibandinfo *info = (const struct infinibandinfo *)data;
	int len = tvb_captured_length(tvb);

	if (!info || !is_send(info) || info->pad_count >= len)
		return FALSE;
	len -= info->pad_count; /* the payload comes with the bytes that fill it up to 4 */
	if (!smcw_llc_check(tvb_get_ptr(tvb, 0, len), (size_t)len))
		return FALSE;
	dissect_llc(info->pad_count ? tvb_new_subset_length(tvb, 0, len) : tvb, pinfo, tree, NULL);
	return TRUE;
}

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
	register_dissector("smcx.llc", dissect_llc, proto);
	register_dissector("smcx.cdc_smcd", dissect_cdc_smcd, proto);
}

/* The built-in SMC dissector would take the same bytes, and application bytes with them. */
static void remove_builtin(void)
{
	heur_dtbl_entry_t *builtin = find_heur_dissector_by_unique_short_name("smcr_infiniband");

	if (builtin)
		heur_dissector_delete(builtin->list_name, builtin->dissector,
				      proto_get_id(builtin->protocol));
}

void rdma_handoff(void)
{
	remove_builtin();
	heur_dissector_add("infiniband.payload", dissect_send, "SMC-R LLC and CDC over RDMA",
			   "smcx_infiniband", proto_smcx, HEURISTIC_ENABLE);
}
