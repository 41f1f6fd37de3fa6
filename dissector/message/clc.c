// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CLC on TCP. A SYN that carries the SMC option makes the conversation ours,
 * whatever its port. CLC ends, in each direction, where the bytes are no CLC
 * message any more or after that side's Decline; from there on they go to
 * the dissector that the port would have given.
 */
#include <epan/packet.h>
#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/proto_data.h>
#include <string.h>

#include "check/check.h"
#include "clc.h"
#include "conn/compat.h"
#include "conn/conn.h"
#include "field/fields.h"
#include "message.h"
#include "stream/payload.h"
#include "conn/segment.h"
#include "smc_text.h"
#include "field/tap.h"

/*
 * The longest message we wait for. With all lists at the limits that receivers
 * accept a Proposal has about 650 bytes; a hostile length must not swallow the
 * stream after it.
 */
#define WAIT_MAX 4096

/* Keys of what a frame goes on with. note.c and payload.c have others. */
enum { KEY_REST = 0x7ffffffd, KEY_HEAD };

/* The bytes of a message that are in the segment before. */
struct head {
	guint32 next; /* sequence number after them */
	guint32 len;
	guint8 bytes[];
};

static int proto_smcx = -1;
static dissector_handle_t clc_handle;
static dissector_handle_t smc_option;
static dissector_handle_t experimental_option; /* TCP's own for kind 254 */
static const heur_dtbl_entry_t *heuristic;
static int ett_option = -1;
static bool asked; /* TCP has asked for CLC since clc_look() */

/* ---- state ---------------------------------------------------------------------------- */

/* Any order will do, as long as the two directions differ. */
static unsigned clc_direction(const packet_info *pinfo)
{
	int order = cmp_address(&pinfo->src, &pinfo->dst);

	return order ? order < 0 : pinfo->srcport < pinfo->destport;
}

/* ---- the stream --------------------------------------------------------------------------- */

static int clc_show(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off, int len,
		    bool another)
{
	const struct origin at = { .kind = MESSAGE_CLC };
	struct smcw_layout layout;
	int have;
	const guint8 *msg = message_bytes(pinfo, tvb, off, len, &have);

	smcw_clc_layout_cut(msg, (size_t)len, (size_t)have, &layout);
	message_show(tree, pinfo, tvb, off, &layout, &at, another);
	return layout.type;
}

/*
 * Other bytes than CLC belong to the port's dissector: ask TCP to find it. If it is
 * found by a heuristic it takes the conversation from this frame on. But this
 * frame is dissected again when it is looked at, and the other side may yet
 * send CLC, since Declines can cross: so take the conversation back.
 */
static void hand_back(tvbuff_t *tvb, int off, packet_info *pinfo, proto_tree *tree,
		      conversation_t *conv, void *data)
{
	col_append_str(pinfo->cinfo, COL_INFO, "; ");
	col_set_fence(pinfo->cinfo, COL_INFO); /* the port's dissector begins its own text */
	col_append_fstr(pinfo->cinfo, COL_INFO, "%d bytes of data",
			tvb_reported_length_remaining(tvb, off));
	pinfo->can_desegment = pinfo->saved_can_desegment;
	decode_tcp_ports(tvb, off, pinfo, tree, pinfo->srcport, pinfo->destport,
			 get_tcp_conversation_data(conv, pinfo), (struct tcpinfo *)data);
	if (pinfo->desegment_len)
		pinfo->desegment_offset += off;
	conversation_set_dissector_from_frame_number(conv, pinfo->num, clc_handle);
}

/* Frames are dissected again and in any order: has CLC begun at this one? */
static bool has_begun(const struct conv_data *t, unsigned dir, const packet_info *pinfo)
{
	return t->first[dir] && t->first[dir] <= pinfo->num;
}

/*
 * All of CLC but its eyecatcher, where CLC is to be expected: the peer has
 * spoken it, and the length is that of the segment.
 */
static bool is_answer_without_eyecatcher(tvbuff_t *tvb, const packet_info *pinfo,
					 const struct conv_data *t, unsigned dir)
{
	guint len = tvb_reported_length(tvb);
	const struct smcw_clc_hdr *hdr;

	if (!has_begun(t, !dir, pinfo) || has_begun(t, dir, pinfo) ||
	    tvb_captured_length(tvb) != len || len < sizeof(*hdr) + sizeof(struct smcw_clc_trailer))
		return false;
	hdr = (const struct smcw_clc_hdr *)tvb_get_ptr(tvb, 0, sizeof(*hdr));
	return smcw_get16(&hdr->length) == len && smcw_value_text(SMCW_LIST_clc_types, hdr->type);
}

/*
 * Ask TCP for the rest of a message of @total bytes (0: not even that is
 * known). False when TCP cannot, because reassembly is off or bytes are lost,
 * or when it is no length to wait for.
 */
static bool want_more(packet_info *pinfo, tvbuff_t *tvb, int off, int total)
{
	if (!pinfo->can_desegment || total > WAIT_MAX)
		return false;
	pinfo->desegment_offset = off;
	pinfo->desegment_len = total ? (guint32)(total - tvb_reported_length_remaining(tvb, off)) :
				       DESEGMENT_ONE_MORE_SEGMENT;
	return true;
}

/*
 * TCP does not append a cut segment to another one: it hands it over by itself.
 * So the head of a message has to be kept when TCP is asked for the rest.
 */
static void keep_head(const packet_info *pinfo, tvbuff_t *tvb, int off, struct conv_data *t,
		      unsigned dir, const struct tcpinfo *info)
{
	int len = tvb_captured_length_remaining(tvb, off);
	struct head *head;

	if (pinfo->fd->visited || !info || len > WAIT_MAX)
		return;
	wmem_free(wmem_file_scope(), t->head[dir]);
	head = wmem_alloc(wmem_file_scope(), sizeof(*head) + (size_t)len);
	head->next = info->seq + tvb_reported_length(tvb);
	head->len = (guint32)len;
	tvb_memcpy(tvb, head->bytes, off, (size_t)len);
	t->head[dir] = head;
}

/* The head that this frame goes on with, as a cut one; it is kept with the frame. */
static const struct head *head_of(packet_info *pinfo, tvbuff_t *tvb, struct conv_data *t,
				  unsigned dir, const struct tcpinfo *info)
{
	struct head *head = t->head[dir];

	if (pinfo->fd->visited)
		return p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_HEAD);
	if (!head || !info || head->next != info->seq ||
	    tvb_captured_length(tvb) == tvb_reported_length(tvb))
		return NULL;
	t->head[dir] = NULL;
	p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_HEAD, head);
	return head;
}

/* A message of two segments, the second one cut, from its beginning on. */
static tvbuff_t *join_head(packet_info *pinfo, tvbuff_t *tvb, const struct head *head)
{
	guint have = tvb_captured_length(tvb);
	guint8 *bytes = wmem_alloc(pinfo->pool, head->len + have);
	tvbuff_t *joined;

	memcpy(bytes, head->bytes, head->len);
	tvb_memcpy(tvb, bytes + head->len, 0, have);
	joined = tvb_new_child_real_data(tvb, bytes, head->len + have,
					 (gint)(head->len + tvb_reported_length(tvb)));
	add_new_data_source(pinfo, joined, "CLC message, cut");
	return joined;
}

/*
 * Where a message was cut and goes on in further segments: these bytes of this
 * segment are still its. It is kept with the frame.
 */
static int rest_of(packet_info *pinfo, tvbuff_t *tvb, struct conv_data *t, unsigned dir,
		   const struct tcpinfo *info)
{
	gint32 left;

	if (pinfo->fd->visited)
		return GPOINTER_TO_INT(
			p_get_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_REST));
	left = info && t->rest[dir] ? (gint32)(t->rest[dir] - info->seq) : 0;
	if (left <= 0 || left > WAIT_MAX)
		return 0;
	left = MIN(left, (gint32)tvb_reported_length(tvb));
	p_add_proto_data(wmem_file_scope(), pinfo, proto_smcx, KEY_REST, GINT_TO_POINTER(left));
	return left;
}

static void show_rest(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int len)
{
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SMC");
	col_set_str(pinfo->cinfo, COL_INFO, "SMC, part of a message that was cut by the capture");
	proto_tree_add_protocol_format(tree, proto_smcx, tvb, 0,
				       MIN(len, (int)tvb_captured_length(tvb)),
				       "Shared Memory Communications: part of a longer message");
}

/* Bytes where the first CLC message had to be: nothing came before them. */
static bool is_start(conversation_t *conv, packet_info *pinfo, const struct tcpinfo *info)
{
	const struct tcp_analysis *tcp = get_tcp_conversation_data(conv, pinfo);

	/* TCP counts from 0 or, by preference, as the packets do. */
	return info && (info->seq == 1 || (tcp && info->seq == tcp->fwd->base_seq + 1));
}

/* The first bytes of a connection that began as SMC's, and are not CLC. */
static void report_plain(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, conversation_t *conv,
			 struct conv_data *t, const struct tcpinfo *info)
{
	if (t->first[0] || t->first[1])
		return;
	if (!pinfo->fd->visited && !t->plain && is_start(conv, pinfo, info))
		t->plain = pinfo->num;
	if (t->plain == pinfo->num)
		check_no_clc(tree, pinfo, tvb, t->syn, t->syn_ack);
}

/* CLC ends here, unless it has not begun: then this may be a segment out of order. */
static int end_of_clc(tvbuff_t *tvb, int off, packet_info *pinfo, proto_tree *tree,
		      conversation_t *conv, void *data)
{
	struct conv_data *t = conn_conv_data(conv);
	unsigned dir = clc_direction(pinfo);

	if (!off && is_answer_without_eyecatcher(tvb, pinfo, t, dir)) {
		clc_show(tree, pinfo, tvb, 0, tvb_captured_length(tvb), false);
		return tvb_captured_length(tvb);
	}
	if (has_begun(t, dir, pinfo) && !t->end[dir])
		t->end[dir] = pinfo->num;
	if (!off) {
		report_plain(tvb, pinfo, tree, conv, t, (const struct tcpinfo *)data);
		return 0;
	}
	hand_back(tvb, off, pinfo, tree, conv, data);
	return tvb_captured_length(tvb);
}

static int dissect_clc(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	conversation_t *conv = find_or_create_conversation(pinfo);
	struct conv_data *t = conn_conv_data(conv);
	unsigned dir = clc_direction(pinfo);
	int off = 0, left, wire, total;
	const struct head *head;

	if (payload_is_handing(pinfo))
		return 0;
	asked = true;
	if (t->end[dir] && pinfo->num > t->end[dir])
		return 0;
	head = head_of(pinfo, tvb, t, dir, (struct tcpinfo *)data);
	if (head)
		tvb = join_head(pinfo, tvb, head);
	else
		off = rest_of(pinfo, tvb, t, dir, (struct tcpinfo *)data);
	if (off)
		show_rest(tree, pinfo, tvb, off);
	while ((left = tvb_captured_length_remaining(tvb, off)) > 0) {
		total = smcw_clc_frame(tvb_get_ptr(tvb, off, left), (size_t)left);
		if (total < 0)
			return end_of_clc(tvb, off, pinfo, tree, conv, data);
		wire = tvb_reported_length_remaining(tvb, off);
		if (total == 0 && left < wire) /* TCP puts nothing together that was cut */
			total = wire;
		if (total == 0 || (total > wire && left == wire)) {
			if (want_more(pinfo, tvb, off, total)) {
				keep_head(pinfo, tvb, off, t, dir, (struct tcpinfo *)data);
				return tvb_captured_length(tvb);
			}
			total = left;
		}
		if (clc_show(tree, pinfo, tvb, off, total, off > 0) == SMCW_DECLINE)
			t->end[dir] = pinfo->num;
		if (!t->first[dir])
			t->first[dir] = pinfo->num;
		off += total;
	}
	if (!pinfo->fd->visited && data && off > (int)tvb_reported_length(tvb))
		t->rest[dir] =
			((struct tcpinfo *)data)->seq + (guint32)off - (head ? head->len : 0);
	return tvb_captured_length(tvb);
}

/* A capture that begins after the SYN: a whole header is enough to recognise CLC. */
static smcx_bool dissect_clc_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
				       void *data)
{
	const struct smcw_clc_hdr *hdr;
	int len = tvb_captured_length(tvb);

	if (len < (int)sizeof(*hdr) || payload_is_handing(pinfo))
		return FALSE;
	hdr = (const struct smcw_clc_hdr *)tvb_get_ptr(tvb, 0, sizeof(*hdr));
	if (smcw_clc_frame(hdr, sizeof(*hdr)) <= 0 ||
	    !smcw_value_text(SMCW_LIST_clc_types, hdr->type))
		return FALSE;
	conversation_set_dissector(find_or_create_conversation(pinfo), clc_handle);
	return dissect_clc(tvb, pinfo, tree, data) > 0;
}

/* Its end is cut off by the capture: then the bytes before it have to be right. */
static bool has_good_start(const struct segment *s, int total)
{
	guint8 msg[WAIT_MAX] = { 0 };
	struct smcw_layout l;

	memcpy(msg, s->payload, s->captured);
	return smcw_clc_layout_cut(msg, (size_t)total, s->captured, &l) == 0;
}

/* A whole header, a length that a message can have, and its end where the length says. */
static bool is_clc(const struct segment *s)
{
	const struct smcw_clc_hdr *hdr = (const struct smcw_clc_hdr *)s->payload;
	int total;

	if (s->captured < sizeof(*hdr))
		return false;
	total = smcw_clc_frame(hdr, sizeof(*hdr));
	if (total < (int)(sizeof(*hdr) + sizeof(struct smcw_clc_trailer)) || total > WAIT_MAX ||
	    !smcw_get_bits(hdr->flags, SMCW_CLC_VERSION) ||
	    !smcw_value_text(SMCW_LIST_clc_types, hdr->type))
		return false;
	if (total > (int)s->len)
		return true;
	if (total > (int)s->captured)
		return has_good_start(s, total);
	return smcw_clc_frame(s->payload + total - sizeof(struct smcw_clc_trailer),
			      sizeof(struct smcw_clc_trailer)) == 0;
}

unsigned clc_look(packet_info *pinfo, const struct segment *s)
{
	conversation_t *conv;

	asked = false;
	if (!heuristic || !heuristic->enabled || !is_clc(s))
		return 0;
	conv = find_conversation(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP, s->from,
				 s->to, 0);
	if (!conv)
		conv = conversation_new(pinfo->num, &pinfo->src, &pinfo->dst, CONVERSATION_TCP,
					s->from, s->to, 0);
	if (conversation_get_dissector(conv, pinfo->num) != clc_handle)
		conversation_set_dissector_from_frame_number(conv, pinfo->num, clc_handle);
	return ((const struct smcw_clc_hdr *)s->payload)->type;
}

bool clc_refused(const packet_info *pinfo, const struct segment *s, unsigned type)
{
	const struct conn *conn;

	if (asked || smcw_clc_frame(s->payload, s->captured) != (int)s->len)
		return false;
	conn = conn_find(&pinfo->src, s->from, &pinfo->dst, s->to);
	return !conn || !conn->clc[type];
}

void clc_dissect_refused(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	dissect_clc(tvb, pinfo, tree, NULL);
}

/* ---- the SYN's option ------------------------------------------------------------------------ */

static bool is_smc_option(tvbuff_t *tvb)
{
	const int magic = offsetof(struct smcw_tcp_option, magic);

	return tvb_captured_length(tvb) >= sizeof(struct smcw_tcp_option) &&
	       tvb_get_ntohl(tvb, magic) == SMCW_EYE_SMCR;
}

static void learn_option(packet_info *pinfo, const struct tcpheader *tcp)
{
	conversation_t *conv = find_or_create_conversation(pinfo);
	struct conv_data *t = conn_conv_data(conv);
	bool syn_ack = tcp && tcp->th_flags & TH_ACK;
	struct conn *offer = conn_offer(pinfo, t, syn_ack ? SERVER : CLIENT);

	conversation_set_dissector(conv, clc_handle);
	if (syn_ack) {
		t->syn_ack = pinfo->num;
		if (offer)
			offer->tally.syn_ack = true;
	} else if (!t->syn) {
		t->syn = pinfo->num;
		t->syn_at = pinfo->abs_ts;
		if (offer)
			offer->syn = pinfo->num;
	}
}

/* A connection with no more than the option is a row in the list of connections, too. */
static void list_option(packet_info *pinfo)
{
	const struct conv_data *t = conn_conv_data(find_or_create_conversation(pinfo));

	tap_listed(pinfo, t->conn ? t->conn : t->offer, NULL);
}

static int dissect_smc_option(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	struct smcw_layout layout = { .len = sizeof(struct smcw_tcp_option), .n = 1 };
	proto_tree *option;

	if (!pinfo->fd->visited)
		learn_option(pinfo, (const struct tcpheader *)data);
	list_option(pinfo);
	col_append_str(pinfo->cinfo, COL_INFO, " SMC");
	layout.piece[0].part = SMCW_PART_tcp_option;
	layout.piece[0].count = 1;
	option = proto_tree_add_subtree(tree, tvb, 0, layout.len, ett_option, NULL,
					"TCP Option - SMC capable");
	fields_add(option, pinfo, tvb, 0, &layout);
	return tvb_captured_length(tvb);
}

/*
 * Kind 254 is shared by all experiments: the others go where they went, and are
 * no layer of ours, whatever becomes of them.
 */
static int dissect_option(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	int used = is_smc_option(tvb) ? call_dissector_only(smc_option, tvb, pinfo, tree, data) : 0;

	return used ? used : call_dissector_with_data(experimental_option, tvb, pinfo, tree, data);
}

static void option_handoff(int proto)
{
	dissector_table_t options = find_dissector_table("tcp.option");
	dissector_handle_t any;

	if (!options)
		return;
	experimental_option = dissector_get_uint_handle(options, SMCW_TCPOPT_EXP);
	if (!experimental_option)
		experimental_option = find_dissector("data");
	smc_option = create_dissector_handle(dissect_smc_option, proto);
	any = create_dissector_handle(dissect_option,
				      dissector_handle_get_protocol_index(experimental_option));
	dissector_delete_uint("tcp.option", SMCW_TCPOPT_EXP, experimental_option);
	dissector_add_uint("tcp.option", SMCW_TCPOPT_EXP, any);
}

/* ---- registration ------------------------------------------------------------------------------
 */

void clc_register(int proto)
{
	static int *trees[] = { &ett_option };

	proto_smcx = proto;
	proto_register_subtree_array(trees, array_length(trees));
	clc_handle = register_dissector("smcx", dissect_clc, proto);
}

void clc_handoff(void)
{
	heur_dissector_add("tcp", dissect_clc_heuristic, "SMC CLC over TCP", "smcx_tcp", proto_smcx,
			   HEURISTIC_ENABLE);
	heuristic = find_heur_dissector_by_unique_short_name("smcx_tcp");
	dissector_add_for_decode_as("tcp.port", clc_handle);
	option_handoff(proto_smcx);
}
