// SPDX-License-Identifier: GPL-2.0-or-later
/* The field table as Wireshark's fields. See fields.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <inttypes.h>
#include <wsutil/str_util.h>

#include "about.h"
#include "builtin_names.h"
#include "fields.h"
#include "conn/hostname.h"
#include "rule.h"
#include "smc_address.h"
#include "smc_text.h"

/* A part can be known by two names: see builtin_names.h. */
enum variant { PLAIN, VARIANT, VARIANTS };

static const char *const builtin_name[VARIANTS][SMCW_FIELD_COUNT] = {
#define NAME(part, key, name) [SMCW_F_##part##_##key] = name,
	[PLAIN] = { SMCX_BUILTIN_NAMES(NAME) },
	[VARIANT] = { SMCX_BUILTIN_VARIANT_NAMES(NAME) },
#undef NAME
};

static int hf[VARIANTS][SMCW_FIELD_COUNT];
static int hf_roce_ipv4 = -1;
static int hf_filler = -1;
static int hf_unclaimed = -1;
static int ett[SMCW_PART_COUNT];
static expert_field ei_fault[SMCW_FAULT_COUNT];
static expert_field ei_cut = EI_INIT;

/* ---- expert infos of fields -------------------------------------------------------- */

/* Fields that can have an expert info, part by part: those of @part are at
 * [first[part], first[part + 1]).
 */
static struct {
	guint16 first[SMCW_PART_COUNT + 1];
	guint16 id[SMCW_FIELD_COUNT];
} with_expert;

static bool has_expert(unsigned id)
{
	return smcw_fields[id].kind == SMCW_K_RSVD || id == SMCW_F_llc_v2_length;
}

static void list_with_expert(void)
{
	guint16 n = 0;

	for (unsigned part = 0; part < SMCW_PART_COUNT; part++) {
		with_expert.first[part] = n;
		for (unsigned id = smcw_part_first(part); id <= smcw_parts[part].last; id++)
			if (has_expert(id))
				with_expert.id[n++] = (guint16)id;
	}
	with_expert.first[SMCW_PART_COUNT] = n;
}

/* ---- registration --------------------------------------------------------------- */

static enum ftenum uint_type(unsigned size)
{
	switch (size) {
	case 1:
		return FT_UINT8;
	case 2:
		return FT_UINT16;
	case 3:
		return FT_UINT24;
	case 4:
		return FT_UINT32;
	default:
		return FT_UINT64;
	}
}

static void set_type(header_field_info *info, const struct smcw_field *f)
{
	info->display = BASE_NONE;
	switch (f->kind) {
	case SMCW_K_UINT:
	case SMCW_K_HOST:
		info->type = uint_type(f->size);
		info->display = BASE_DEC;
		break;
	case SMCW_K_HEX:
		info->type = uint_type(f->size);
		info->display = BASE_HEX;
		break;
	case SMCW_K_BOOL:
		info->type = FT_BOOLEAN;
		info->display = 8;
		break;
	case SMCW_K_RSVD:
		info->type = f->mask ? FT_UINT8 : FT_BYTES;
		info->display = f->mask ? BASE_HEX : BASE_NONE;
		break;
	case SMCW_K_MAC:
		info->type = FT_ETHER;
		break;
	case SMCW_K_GID:
		info->type = FT_IPv6;
		break;
	case SMCW_K_IPV4:
		info->type = FT_IPv4;
		break;
	case SMCW_K_TEXT:
		info->type = FT_STRING;
		break;
	default:
		info->type = FT_BYTES;
	}
}

const void *fields_values(unsigned list)
{
	static value_string *made[SMCW_LIST_COUNT];
	const struct smcw_list *from = &smcw_lists[list];

	if (list == SMCW_LIST_none)
		return NULL;
	if (!made[list]) {
		made[list] = wmem_alloc0_array(wmem_epan_scope(), value_string, from->n + 1);
		for (unsigned i = 0; i < from->n; i++) {
			made[list][i].value = from->values[i].value;
			made[list][i].strptr = from->values[i].text;
		}
	}
	return made[list];
}

static const char *field_name(const struct smcw_field *f, enum variant v)
{
	const char *name = builtin_name[v][f - smcw_fields];

	if (name)
		return name;
	if (f->kind == SMCW_K_RSVD && !f->mask)
		return "smc.reserved";
	return wmem_strdup_printf(wmem_epan_scope(), "smcx.%s.%s", smcw_parts[f->part].key, f->key);
}

/* Lists that name some values of many: the others are not unknown, they have no name. */
static bool names_some(const struct smcw_field *f)
{
	unsigned id = (unsigned)(f - smcw_fields);

	return f->list == SMCW_LIST_chids || f->list == SMCW_LIST_reject_reasons ||
	       id == SMCW_F_ev_conn_error || id == SMCW_F_ev_fallback_diagnosis ||
	       id == SMCW_F_ev_clc_failed_got;
}

static void fill_row(hf_register_info *row, const struct smcw_field *f, enum variant v)
{
	row->p_id = &hf[v][f - smcw_fields];
	*row->p_id = -1;
	row->hfinfo = (header_field_info){
		about_name(f),		field_name(f, v), FT_NONE,	  BASE_NONE,
		fields_values(f->list), f->mask,	  about_field(f), HFILL
	};
	set_type(&row->hfinfo, f);
	if (names_some(f))
		row->hfinfo.display |= BASE_SPECIAL_VALS;
}

static void fields_register_fields(int proto)
{
	static hf_register_info own[] = {
		{ &hf_roce_ipv4,
		  { "RoCEv2 GID as IPv4 address", "smc.proposal.rocev2.gid.ipv4", FT_IPv4,
		    BASE_NONE, NULL, 0, "The GID of RoCEv2 over IPv4 as the address that it is",
		    HFILL } },
		{ &hf_filler,
		  { "Filler", "smcx.filler", FT_BYTES, BASE_NONE, NULL, 0,
		    "Bytes that fill an LLC message of version 2 up to 44: sent as zero", HFILL } },
		{ &hf_unclaimed,
		  { "Bytes of no part", "smcx.unclaimed", FT_BYTES, BASE_NONE, NULL, 0,
		    "Bytes inside the message that belong to no part of it", HFILL } },
	};
	static hf_register_info rows[VARIANTS * SMCW_FIELD_COUNT];
	int n = 0;

	for (unsigned i = 0; i < SMCW_FIELD_COUNT; i++)
		fill_row(&rows[n++], &smcw_fields[i], PLAIN);
	for (unsigned i = 0; i < SMCW_FIELD_COUNT; i++)
		if (builtin_name[VARIANT][i])
			fill_row(&rows[n++], &smcw_fields[i], VARIANT);
	proto_register_field_array(proto, rows, n);
	for (unsigned i = 0; i < SMCW_FIELD_COUNT; i++)
		if (!builtin_name[VARIANT][i])
			hf[VARIANT][i] = hf[PLAIN][i];
	proto_register_field_array(proto, own, array_length(own));
}

static void fields_register_experts(int proto)
{
	static const char *const key[] = {
#define KEY(name, text) #name,
		SMCW_FAULTS(KEY)
#undef KEY
	};
	static ei_register_info faults[SMCW_FAULT_COUNT];
	static ei_register_info own[] = {
		{ &ei_cut,
		  { "smcx.cut", PI_UNDECODED, PI_NOTE, "Cut by the capture (snap length)",
		    EXPFILL } },
	};
	expert_module_t *module = expert_register_protocol(proto);

	for (unsigned i = 0; i < SMCW_FAULT_COUNT; i++) {
		char *low = ascii_strdown_inplace(wmem_strdup(wmem_epan_scope(), key[i]));

		ei_fault[i] = (expert_field)EI_INIT;
		faults[i].ids = &ei_fault[i];
		faults[i].eiinfo =
			(expert_field_info){ wmem_strdup_printf(wmem_epan_scope(), "smcx.fault.%s",
								low),
					     PI_PROTOCOL, PI_WARN, smcw_fault_text(i), EXPFILL };
	}
	expert_register_field_array(module, faults, SMCW_FAULT_COUNT);
	expert_register_field_array(module, own, array_length(own));
}

void fields_register(int proto)
{
	static int *trees[SMCW_PART_COUNT];

	for (unsigned i = 0; i < SMCW_PART_COUNT; i++) {
		ett[i] = -1;
		trees[i] = &ett[i];
	}
	list_with_expert();
	fields_register_fields(proto);
	fields_register_experts(proto);
	proto_register_subtree_array(trees, SMCW_PART_COUNT);
}

/* ---- the walker -------------------------------------------------------------------- */

static bool is_zero(const guint8 *bytes, const struct smcw_field *f)
{
	static const guint8 zeros[UINT8_MAX + 1];

	return f->mask ? !(*bytes & f->mask) : !memcmp(bytes, zeros, f->size);
}

static guint fields_encoding(const struct smcw_field *f, const struct smcw_layout *l)
{
	switch (f->kind) {
	case SMCW_K_HOST:
		return l->big ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN;
	case SMCW_K_TEXT:
		return ENC_ASCII | ENC_NA;
	default:
		return ENC_BIG_ENDIAN;
	}
}

/* The GID of RoCEv2 over IPv4 once more, as the address that people look for. */
static void add_roce_ipv4(proto_tree *tree, tvbuff_t *tvb, int at)
{
	if (tvb_bytes_exist(tvb, at, SMCW_GID_LEN) &&
	    smcw_is_mapped(tvb_get_ptr(tvb, at, SMCW_GID_LEN)))
		proto_tree_add_item(tree, hf_roce_ipv4, tvb, at + SMCW_MAPPED_AT, 4,
				    ENC_BIG_ENDIAN);
}

/* Two bytes of instance, six of MAC address (RFC 7609, A.2.1). */
static proto_item *add_peer_id(proto_tree *tree, int hfindex, tvbuff_t *tvb, int at)
{
	const guint8 *id = tvb_get_ptr(tvb, at, SMCW_PEER_ID_LEN);

	return proto_tree_add_uint64_format_value(
		tree, hfindex, tvb, at, SMCW_PEER_ID_LEN, smcw_get64(id),
		"%04x@%02x:%02x:%02x:%02x:%02x:%02x (0x%016" PRIx64 ")", smcw_get16(id), id[2],
		id[3], id[4], id[5], id[6], id[7], (guint64)smcw_get64(id));
}

/* A name in EBCDIC, readable; NULL when it is ASCII. */
static proto_item *add_hostname(proto_tree *tree, packet_info *pinfo, int hfindex, tvbuff_t *tvb,
				int part_at)
{
	const struct smcw_fce *fce =
		(const struct smcw_fce *)tvb_get_ptr(tvb, part_at, sizeof(*fce));
	unsigned os = smcw_get_bits(fce->os_release, SMCW_OS_HI);
	proto_item *item;
	char *name;

	if (hostname_is_ascii(fce->hostname, sizeof(fce->hostname)))
		return NULL;
	name = hostname_text(fce->hostname, sizeof(fce->hostname), os);
	item = proto_tree_add_string(tree, hfindex, tvb,
				     part_at + (int)offsetof(struct smcw_fce, hostname),
				     sizeof(fce->hostname), wmem_strdup(pinfo->pool, name));
	g_free(name);
	return item;
}

/* Fields that people read in another form than their type has; NULL for all others. */
static proto_item *add_special(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int part_at,
			       unsigned id, enum variant v)
{
	switch (id) {
	case SMCW_F_proposal_peer_id:
	case SMCW_F_smcr_peer_id:
	case SMCW_F_decline_peer_id:
		return add_peer_id(tree, hf[v][id], tvb, part_at + smcw_fields[id].offset);
	case SMCW_F_fce_hostname: /* the system before it was captured, too */
		return add_hostname(tree, pinfo, hf[v][id], tvb, part_at);
	default:
		return NULL;
	}
}

/* @item: NULL when no tree is built; @bytes: of the field */
static void report_field(proto_item *item, packet_info *pinfo, const guint8 *bytes, unsigned id,
			 const struct smcw_layout *l)
{
	if (id == SMCW_F_llc_v2_length) {
		if (!l->big)
			rule_show(pinfo, item, rule_expert(SMCP_SHOWS_LLC_LITTLE_ENDIAN),
				  SMCP_LLC_02, NULL);
	} else if (!is_zero(bytes, &smcw_fields[id])) {
		rule_show(pinfo, item, rule_expert(SMCP_SHOWS_RESERVED), smcp_rule_of_field(id),
			  NULL);
	}
}

static void add_field(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int part_at, unsigned id,
		      const struct smcw_layout *l, enum variant v)
{
	const struct smcw_field *f = &smcw_fields[id];
	int at = part_at + f->offset;
	proto_item *item;

	if (!tvb_bytes_exist(tvb, at, f->size))
		return;
	item = add_special(tree, pinfo, tvb, part_at, id, v);
	if (!item)
		item = proto_tree_add_item(tree, hf[v][id], tvb, at, f->size,
					   fields_encoding(f, l));
	if (has_expert(id))
		report_field(item, pinfo, tvb_get_ptr(tvb, at, f->size), id, l);
	if (id == SMCW_F_v2_ext_roce_gid)
		add_roce_ipv4(tree, tvb, at);
}

static void add_part(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int at, unsigned part,
		     unsigned nth, const struct smcw_layout *l, enum variant v)
{
	const struct smcw_part *p = &smcw_parts[part];
	unsigned first = smcw_part_first(part);
	int len = MIN(tvb_captured_length_remaining(tvb, at), (int)p->size);

	if (len <= 0)
		return;
	if (first < p->last) {
		if (nth)
			tree = proto_tree_add_subtree_format(tree, tvb, at, len, ett[part], NULL,
							     "%s %u", p->label, nth);
		else
			tree = proto_tree_add_subtree(tree, tvb, at, len, ett[part], NULL,
						      p->label);
	}
	for (unsigned id = first; id <= p->last; id++)
		add_field(tree, pinfo, tvb, at, id, l, v);
}

static void add_piece(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off,
		      const struct smcw_piece *piece, const struct smcw_layout *l, enum variant v)
{
	int at = off + piece->off;
	unsigned size;

	if (piece->part == SMCW_PART_NONE || piece->part == SMCW_PART_filler) {
		if (!tvb_bytes_exist(tvb, at, piece->count))
			return;
		proto_tree_add_item(tree,
				    piece->part == SMCW_PART_filler ? hf_filler : hf_unclaimed, tvb,
				    at, piece->count, ENC_NA);
		return;
	}
	size = smcw_parts[piece->part].size;
	for (unsigned i = 0; i < piece->count; i++)
		add_part(tree, pinfo, tvb, at + (int)(i * size), piece->part,
			 piece->count > 1 ? i + 1 : 0, l, v);
}

/* Without a tree: only the expert infos of a piece's fields. */
static void report_piece(packet_info *pinfo, tvbuff_t *tvb, int off, const struct smcw_piece *piece,
			 const struct smcw_layout *l)
{
	int left = tvb_captured_length_remaining(tvb, off + piece->off);
	const guint8 *bytes;
	unsigned size;

	if (piece->part == SMCW_PART_NONE || piece->part == SMCW_PART_filler ||
	    with_expert.first[piece->part] == with_expert.first[piece->part + 1])
		return;
	size = smcw_parts[piece->part].size;
	left = MIN(left, (int)(piece->count * size));
	bytes = tvb_get_ptr(tvb, off + piece->off, left);
	for (unsigned i = 0; i < piece->count; i++, bytes += size, left -= (int)size)
		for (unsigned j = with_expert.first[piece->part];
		     j < with_expert.first[piece->part + 1]; j++) {
			const struct smcw_field *f = &smcw_fields[with_expert.id[j]];

			if (f->offset + f->size <= left)
				report_field(NULL, pinfo, bytes + f->offset, with_expert.id[j], l);
		}
}

static enum variant variant_of(const struct smcw_layout *l)
{
	bool refusal = l->type == SMCW_LLC_ADD_LINK_V2 || l->type == SMCW_LLC_ADD_LINK;

	/* CLC and LLC number their types apart: the first part shows which of them it is. */
	if (!l->n)
		return PLAIN;
	if (l->piece[0].part == SMCW_PART_accept_hdr)
		return l->type == SMCW_CONFIRM ? VARIANT : PLAIN;
	return l->piece[0].part == SMCW_PART_llc_v1 && refusal ? VARIANT : PLAIN;
}

void fields_add(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, int off,
		const struct smcw_layout *l)
{
	enum variant v = variant_of(l);

	for (unsigned i = 0; i < l->n; i++)
		if (tree)
			add_piece(tree, pinfo, tvb, off, &l->piece[i], l, v);
		else
			report_piece(pinfo, tvb, off, &l->piece[i], l);
}

void fields_faults(proto_item *item, packet_info *pinfo, const struct smcw_layout *l)
{
	for (unsigned i = 0; l->faults && i < SMCW_FAULT_COUNT; i++)
		if (l->faults & (1u << i))
			rule_show(pinfo, item, &ei_fault[i],
				  smcp_rule_of_fault(i, l->n ? l->piece[0].part : SMCW_PART_NONE),
				  NULL);
	fields_cut(item, pinfo, (guint32)l->len - l->missing, l->len);
}

void fields_cut(proto_item *item, packet_info *pinfo, guint32 have, guint32 len)
{
	if (have < len)
		expert_add_info_format(pinfo, item, &ei_cut,
				       "Cut by the capture: %u of %u bytes are there", have, len);
}
