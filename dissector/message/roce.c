// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See roce.h. The InfiniBand dissector shows the headers of any packet, but it
 * asks nobody about the payload of one that the capture has cut. So it is called
 * as ever, and what it has left is read here: by the few headers that go before
 * SMC's messages and data. A packet that is not SMC's stays as that dissector
 * has left it.
 */
#include <epan/packet.h>
#include <epan/dissectors/packet-infiniband.h>
#include <epan/exceptions.h>
#include <wiretap/wtap.h>

#include "conn/compat.h"
#include "field/fields.h"
#include "rdma.h"
#include "roce.h"
#include "smc_codec.h"
#include "smc_roce.h"

/* InfiniBand among the types of Endace's records; no header of Wireshark's that is installed has
 * it. */
#define ERF_TYPE_INFINIBAND 21

/* The first header of a packet. */
enum start { START_BTH, START_GRH, START_LRH, STARTS };

/* The InfiniBand dissector's handle for each. */
static dissector_handle_t infiniband[STARTS];

static int proto_smcx = -1;
static int proto_helper = -1;
static int ett_reth = -1;
static int hf_vaddr = -1;
static int hf_rkey = -1;
static dissector_handle_t payload_handle;

/* The contents of the headers, and the number of bytes of each kind. */
struct headers {
	struct infinibandinfo info;
	int reth; /* where it begins, if there is one */
	int payload;
	int payload_len; /* on the wire, with the bytes of padding */
};

/* ---- reading --------------------------------------------------------------------- */

/* Return: where the BTH begins, or -1 when there is none or it was cut off. */
static int find_bth(tvbuff_t *tvb, enum start start)
{
	int at = 0;
	guint8 next;

	if (start == START_LRH) {
		if (!tvb_bytes_exist(tvb, 0, sizeof(struct smcw_lrh)))
			return -1;
		next = *tvb_get_ptr(tvb, offsetof(struct smcw_lrh, next), 1) & SMCW_LRH_NEXT;
		at = sizeof(struct smcw_lrh);
		if (next == SMCW_LRH_NEXT_BTH)
			return at;
		if (next != SMCW_LRH_NEXT_GRH)
			return -1;
	}
	if (start == START_BTH)
		return at;
	if (!tvb_bytes_exist(tvb, at, SMCW_GRH_LEN) ||
	    *tvb_get_ptr(tvb, at + SMCW_GRH_NEXT_AT, 1) != SMCW_GRH_NEXT_BTH)
		return -1;
	return at + SMCW_GRH_LEN;
}

static void read_reth(tvbuff_t *tvb, struct headers *h)
{
	const struct smcw_reth *reth;

	if (!tvb_bytes_exist(tvb, h->reth, sizeof(*reth))) {
		/* Its target was cut off: find it by the packet's number, as for the packets
		 * after it. */
		h->info.opCode = h->info.opCode == RC_RDMA_WRITE_FIRST ? RC_RDMA_WRITE_MIDDLE :
									 RC_RDMA_WRITE_LAST;
		return;
	}
	reth = (const struct smcw_reth *)tvb_get_ptr(tvb, h->reth, sizeof(*reth));
	h->info.reth_remote_address = smcw_get64(&reth->vaddr);
	h->info.reth_remote_key = smcw_get32(&reth->rkey);
	h->info.reth_dma_length = smcw_get32(&reth->length);
}

static bool read_headers(tvbuff_t *tvb, enum start start, struct headers *h)
{
	const int crc = start == START_LRH ? SMCW_ICRC_LEN + SMCW_VCRC_LEN : SMCW_ICRC_LEN;
	int at = find_bth(tvb, start);
	const struct smcw_bth *bth;

	if (at < 0 || !tvb_bytes_exist(tvb, at, sizeof(*bth)))
		return false;
	bth = (const struct smcw_bth *)tvb_get_ptr(tvb, at, sizeof(*bth));
	if (!smcw_rc_is_send(bth->opcode) && !smcw_rc_is_write(bth->opcode))
		return false;
	*h = (struct headers){ .info = { .opCode = bth->opcode,
					 .pad_count = smcw_get_bits(bth->flags, SMCW_BTH_PAD),
					 .packet_seq_num = smcw_get24(bth->psn) } };
	at += (int)sizeof(*bth);
	h->payload = at + (int)smcw_rc_headers(bth->opcode);
	h->payload_len = (int)tvb_reported_length(tvb) - h->payload - crc;
	if (smcw_rc_has_reth(bth->opcode)) {
		h->reth = at;
		read_reth(tvb, h);
	}
	return h->payload_len > 0;
}

/* The payload as the InfiniBand dissector would hand it over, but for missing bytes. */
static tvbuff_t *payload_of(tvbuff_t *tvb, const struct headers *h)
{
	if (h->payload < (int)tvb_captured_length(tvb))
		return tvb_new_subset_length(tvb, h->payload, h->payload_len);
	return tvb_new_child_real_data(tvb, (const guint8 *)"", 0, h->payload_len);
}

/* ---- payload left by the InfiniBand dissector ---------------------------------------- */

/* A header that was cut is not shown by that dissector at all. */
static void show_reth(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, const struct headers *h)
{
	int have = tvb_captured_length_remaining(tvb, h->reth);
	proto_item *item;
	proto_tree *more;

	if (!tree || !h->reth || have <= 0 || have >= (int)sizeof(struct smcw_reth))
		return;
	item = proto_tree_add_protocol_format(tree, proto_smcx, tvb, h->reth, have,
					      "Shared Memory Communications: header of a WRITE");
	more = proto_item_add_subtree(item, ett_reth);
	if (have >= (int)offsetof(struct smcw_reth, rkey))
		proto_tree_add_item(more, hf_vaddr, tvb, h->reth, 8, ENC_BIG_ENDIAN);
	if (have >= (int)offsetof(struct smcw_reth, length))
		proto_tree_add_item(more, hf_rkey, tvb,
				    h->reth + (int)offsetof(struct smcw_reth, rkey), 4,
				    ENC_BIG_ENDIAN);
	fields_cut(item, pinfo, (guint32)have, sizeof(struct smcw_reth));
}

/* It says, after a fence, that the packet is malformed; that is true of no cut packet. */
static char *take_info(packet_info *pinfo)
{
	const char *text = col_get_text(pinfo->cinfo, COL_INFO);
	char *kept = text ? wmem_strdup(pinfo->pool, text) : NULL;

	col_clear_fence(pinfo->cinfo, COL_INFO);
	return kept;
}

static void give_info_back(packet_info *pinfo, const char *kept)
{
	if (!kept)
		return;
	col_add_str(pinfo->cinfo, COL_INFO, kept);
	col_set_fence(pinfo->cinfo, COL_INFO);
}

/* Return: whether the packet is SMC's, and shown. */
static bool dissect_rest(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum start start)
{
	struct headers h;
	char *info;

	if (rdma_was_asked() || !proto_is_protocol_enabled(find_protocol_by_id(proto_smcx)) ||
	    !read_headers(tvb, start, &h))
		return false;
	info = take_info(pinfo);
	if (!call_dissector_only(payload_handle, payload_of(tvb, &h), pinfo, tree, &h.info)) {
		give_info_back(pinfo, info);
		return false;
	}
	show_reth(tree, pinfo, tvb, &h);
	return true;
}

static int dissect_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data,
			  enum start start)
{
	volatile int used = 0;

	if (tvb_captured_length(tvb) >= tvb_reported_length(tvb))
		return call_dissector_only(infiniband[start], tvb, pinfo, tree, data);
	rdma_ask();
	TRY
	{
		used = call_dissector_only(infiniband[start], tvb, pinfo, tree, data);
		if (used)
			dissect_rest(tvb, pinfo, tree, start);
	}
	CATCH_BOUNDS_ERRORS
	{
		/* A header of a WRITE was cut, or the bytes that it shows as a checksum. */
		if (!dissect_rest(tvb, pinfo, tree, start))
			RETHROW;
		used = (int)tvb_captured_length(tvb);
	}
	ENDTRY;
	return used;
}

static int dissect_bth(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	return dissect_packet(tvb, pinfo, tree, data, START_BTH);
}

static int dissect_grh(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	return dissect_packet(tvb, pinfo, tree, data, START_GRH);
}

static int dissect_lrh(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	return dissect_packet(tvb, pinfo, tree, data, START_LRH);
}

/* ---- registration ------------------------------------------------------------------------ */

/* Replace the InfiniBand dissector where it is called by number, for packets that begin so. */
static void take_place(const char *name, guint32 key, enum start start, dissector_t dissect)
{
	dissector_table_t table = find_dissector_table(name);
	dissector_handle_t theirs = table ? dissector_get_uint_handle(table, key) : NULL;

	if (!theirs)
		return;
	infiniband[start] = theirs;
	dissector_delete_uint(name, key, theirs);
	dissector_add_uint(name, key, create_dissector_handle(dissect, proto_helper));
}

void roce_register(int proto)
{
	static hf_register_info own[] = {
		{ &hf_vaddr,
		  { "Virtual address", "smcx.reth.vaddr", FT_UINT64, BASE_HEX, NULL, 0,
		    "Where a WRITE goes, from a header that the capture has cut", HFILL } },
		{ &hf_rkey,
		  { "RKey", "smcx.reth.rkey", FT_UINT32, BASE_HEX, NULL, 0,
		    "Of the RMB that a WRITE goes to, from a header that the capture has cut",
		    HFILL } },
	};
	static int *trees[] = { &ett_reth };

	proto_smcx = proto;
	/* In name only, and InfiniBand's: it is no layer of a packet, and enabled as that is. */
	proto_helper = proto_register_protocol_in_name_only(
		"InfiniBand packets, cut ones too", "InfiniBand or SMC-R", "smcx.infiniband",
		proto_get_id_by_filter_name("infiniband"), FT_PROTOCOL);
	proto_register_field_array(proto, own, array_length(own));
	proto_register_subtree_array(trees, array_length(trees));
}

void roce_handoff(void)
{
	payload_handle = create_dissector_handle(rdma_dissect_cut, proto_smcx);
	take_place("udp.port", SMCW_ROCE_PORT, START_BTH, dissect_bth);
	take_place("ethertype", SMCW_ROCE_ETHERTYPE, START_GRH, dissect_grh);
	take_place("wtap_encap", WTAP_ENCAP_INFINIBAND, START_LRH, dissect_lrh);
	take_place("erf.types.type", ERF_TYPE_INFINIBAND, START_LRH, dissect_lrh);
}
