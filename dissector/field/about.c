// SPDX-License-Identifier: GPL-2.0-or-later
/* See about.h. */
#include <epan/packet.h>

#include "about.h"
#include "smc_about.h"

static const char *const about[SMCW_FIELD_COUNT] = {
#define ROW(part, key, text) [SMCW_F_##part##_##key] = text,
	SMCW_ABOUT(ROW)
#undef ROW
};

static const char *const source[SMCW_PART_COUNT] = {
#define ROW(part, text) [SMCW_PART_##part] = text,
	SMCW_SOURCES(ROW)
#undef ROW
};

/* Where in its part: "byte 7, bits 0xf0" or "bytes 8-15". */
static const char *about_place(const struct smcw_field *f)
{
	if (f->mask)
		return wmem_strdup_printf(wmem_epan_scope(), "byte %u, bits 0x%02x", f->offset,
					  f->mask);
	if (f->size == 1)
		return wmem_strdup_printf(wmem_epan_scope(), "byte %u", f->offset);
	return wmem_strdup_printf(wmem_epan_scope(), "bytes %u-%u", f->offset,
				  f->offset + f->size - 1u);
}

static const char *byte_order(const struct smcw_field *f)
{
	if (f->kind == SMCW_K_HOST)
		return ", in the byte order of the sender's machine";
	if (f->size > 1 && (f->kind == SMCW_K_UINT || f->kind == SMCW_K_HEX))
		return ", big-endian";
	return "";
}

const char *about_name(const struct smcw_field *f)
{
	if (f->kind != SMCW_K_RSVD)
		return f->label;
	return wmem_strdup_printf(wmem_epan_scope(), "%s (%s, %s)", f->label,
				  smcw_parts[f->part].label, about_place(f));
}

const char *about_field(const struct smcw_field *f)
{
	const char *text = about[f - smcw_fields];

	if (f->kind == SMCW_K_RSVD)
		text = "Sent as zero, and not validated by receivers";
	if (!text || !source[f->part])
		return NULL;
	return wmem_strdup_printf(wmem_epan_scope(), "%s. In %s: %s%s; %s", text,
				  smcw_parts[f->part].label, about_place(f), byte_order(f),
				  source[f->part]);
}

void about_experts(int proto)
{
	void *at = NULL;
	header_field_info *info = proto_get_first_protocol_field(proto, &at);

	for (; info; info = proto_get_next_protocol_field(proto, &at))
		if (info->type == FT_NONE && (!info->blurb || !*info->blurb))
			info->blurb = wmem_strdup_printf(
				wmem_epan_scope(),
				"Expert information, in frames that have it: %s; see smcx(7)",
				info->name);
}
