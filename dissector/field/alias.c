// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See alias.h. The fields are the built-in's own: its protocol stays registered when its
 * heuristics are removed, and a field of it means in a filter what it always has.
 */
#include <epan/packet.h>

#include "alias.h"
#include "builtin_names.h"

/* The messages in which the built-in has a name for a field. */
enum when { ALWAYS, IN_ACCEPT, IN_CONFIRM, IN_V2 };

struct alias {
	unsigned field; /* of ours, at the same place */
	enum when when;
	const char *name;
	const header_field_info *info;
	struct alias *next; /* of the same part */
};

static struct alias aliases[] = {
#define ALIAS(part, key, when, name) { SMCW_F_##part##_##key, when, name, NULL, NULL },
	SMCX_BUILTIN_ALIASES(ALIAS)
#undef ALIAS
};

static struct alias *of_part[SMCW_PART_COUNT];
static int proto_builtin = -1;
static int hf_cons_wrap = -1;
static int hf_cons_count = -1;
static int hf_vaddr_new2 = -1;

/* Names that the built-in has from 4.4 on: before that they are ours. */
static void register_later_names(int proto)
{
	static hf_register_info later[] = {
		{ &hf_cons_wrap,
		  { "Consumer cursor wrap", "smc.rmbe.ctrl.cons.wrap.seq", FT_UINT16, BASE_HEX,
		    NULL, 0, "Name of Wireshark 4.4 for smcx.cdc.cons_wrap", HFILL } },
		{ &hf_cons_count,
		  { "Consumer cursor", "smc.rmbe.ctrl.peer.cons.curs", FT_UINT32, BASE_HEX, NULL, 0,
		    "Name of Wireshark 4.4 for smcx.cdc.cons_count", HFILL } },
		{ &hf_vaddr_new2,
		  { "RMB virtual address on the new link", "smc.add.link.cont.rmb.RTok2.virt",
		    FT_UINT64, BASE_HEX, NULL, 0,
		    "Name of Wireshark 4.4 for smcx.add_link_cont.vaddr_new2", HFILL } },
	};

	for (unsigned i = 0; i < array_length(later); i++)
		if (proto_registrar_get_id_byname(later[i].hfinfo.abbrev) == -1)
			proto_register_field_array(proto, &later[i], 1);
}

void alias_register(int proto)
{
	register_later_names(proto);
	proto_builtin = proto_get_id_by_filter_name("smc");
	for (unsigned i = 0; i < array_length(aliases); i++) {
		struct alias *a = &aliases[i], **list = &of_part[smcw_fields[a->field].part];

		a->info = proto_registrar_get_byname(a->name);
		a->next = *list;
		*list = a;
	}
}

/* Does a filter, a column or a coloring rule ask for it? Else all of the tree may be looked at. */
static bool is_wanted(const header_field_info *info, bool visible)
{
	return info && (visible || info->ref_type != HF_REF_TYPE_NONE);
}

static bool alias_is_in(enum when when, const struct smcw_layout *l)
{
	switch (when) {
	case IN_ACCEPT:
		return l->type != SMCW_CONFIRM;
	case IN_CONFIRM:
		return l->type == SMCW_CONFIRM;
	case IN_V2:
		return smcw_layout_find(l, SMCW_PART_llc_v2) != NULL;
	default:
		return true;
	}
}

static void add_hidden(proto_tree *tree, int hf, tvbuff_t *tvb, int at, int len, guint encoding)
{
	if (at + len <= (int)tvb_captured_length(tvb))
		proto_item_set_hidden(proto_tree_add_item(tree, hf, tvb, at, len, encoding));
}

static void add_aliases(proto_tree *tree, tvbuff_t *tvb, int off, const struct smcw_piece *piece,
			const struct smcw_layout *l, bool visible)
{
	for (const struct alias *a = of_part[piece->part]; a; a = a->next) {
		const struct smcw_field *f = &smcw_fields[a->field];
		bool little = f->kind == SMCW_K_HOST && !l->big;

		if (is_wanted(a->info, visible) && alias_is_in(a->when, l))
			add_hidden(tree, a->info->id, tvb, off + piece->off + f->offset, f->size,
				   little ? ENC_LITTLE_ENDIAN : ENC_BIG_ENDIAN);
	}
}

void alias_add(proto_tree *tree, tvbuff_t *tvb, int off, const struct smcw_layout *l)
{
	bool visible;

	if (!tree)
		return;
	visible = PTREE_DATA(tree)->visible;
	if (proto_field_is_referenced(tree, proto_builtin))
		add_hidden(tree, proto_builtin, tvb, off,
			   MIN((int)l->len, tvb_captured_length_remaining(tvb, off)), ENC_NA);
	for (unsigned i = 0; i < l->n; i++)
		if (l->piece[i].part != SMCW_PART_NONE)
			add_aliases(tree, tvb, off, &l->piece[i], l, visible);
}
