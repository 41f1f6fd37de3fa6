// SPDX-License-Identifier: GPL-2.0-or-later
/* See derive.h. */
#include "derive.h"

#include <string.h>

enum rule {
	TYPE,	 /* the message's type */
	FIXED,	 /* .number */
	TOTAL,	 /* bytes of the message */
	COUNT,	 /* how many parts .of there are */
	DISTANCE /* from the end of the field to the first part .of; 0 without one */
};

static const struct {
	__u16 field;
	__u8 rule, of;
	__u32 number;
} rules[] = {
	{ SMCW_F_proposal_hdr_eyecatcher, FIXED, 0, SMCW_EYE_SMCR },
	{ SMCW_F_proposal_hdr_type, TYPE, 0, 0 },
	{ SMCW_F_proposal_hdr_length, TOTAL, 0, 0 },
	{ SMCW_F_accept_hdr_eyecatcher, FIXED, 0, SMCW_EYE_SMCR },
	{ SMCW_F_accept_hdr_type, TYPE, 0, 0 },
	{ SMCW_F_accept_hdr_length, TOTAL, 0, 0 },
	{ SMCW_F_decline_hdr_eyecatcher, FIXED, 0, SMCW_EYE_SMCR },
	{ SMCW_F_decline_hdr_type, TYPE, 0, 0 },
	{ SMCW_F_decline_hdr_length, TOTAL, 0, 0 },
	{ SMCW_F_trailer_eyecatcher, FIXED, 0, SMCW_EYE_SMCR },
	{ SMCW_F_proposal_iparea_offset, DISTANCE, SMCW_PART_prefix, 0 },
	{ SMCW_F_proposal_smcd_v2_ext_offset, DISTANCE, SMCW_PART_v2_ext, 0 },
	{ SMCW_F_prefix_ipv6_count, COUNT, SMCW_PART_ipv6_prefix, 0 },
	{ SMCW_F_v2_ext_eid_count, COUNT, SMCW_PART_ueid, 0 },
	{ SMCW_F_v2_ext_gid_count, COUNT, SMCW_PART_gid_chid, 0 },
	{ SMCW_F_v2_ext_smcd_v2_ext_offset, DISTANCE, SMCW_PART_smcd_v2_ext, 0 },
	{ SMCW_F_gid_list_gid_count, COUNT, SMCW_PART_gid_entry, 0 },
	{ SMCW_F_llc_v1_type, TYPE, 0, 0 },
	{ SMCW_F_llc_v1_length, FIXED, 0, SMCW_LLC_LEN },
	{ SMCW_F_llc_v2_type, TYPE, 0, 0 },
	{ SMCW_F_llc_v2_length, TOTAL, 0, 0 },
	{ SMCW_F_add_link_ext_rkey_count, COUNT, SMCW_PART_rtoken, 0 },
	{ SMCW_F_delete_rkey_v2_rkey_count, COUNT, SMCW_PART_rkey_entry, 0 },
	{ SMCW_F_req_add_link_gid_count, COUNT, SMCW_PART_llc_gid, 0 },
	{ SMCW_F_cdc_type, TYPE, 0, 0 },
	{ SMCW_F_cdc_length, FIXED, 0, SMCW_CDC_LEN },
	{ SMCW_F_cdc_smcd_type, TYPE, 0, 0 },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

static size_t bytes_of(const struct part *p)
{
	return p->id == SMCW_PART_NONE ? p->len : (size_t)p->count * smcw_parts[p->id].size;
}

static unsigned int count_parts(const struct message *m, unsigned int id)
{
	unsigned int n = 0;

	for (const struct part *p = m->parts; p; p = p->next)
		if (p->id == id)
			n += p->count;
	return n;
}

/* Bytes from @from, counted from the start, to the first part of this kind. */
static size_t derive_distance(const struct message *m, unsigned int id, size_t from)
{
	size_t pos = 0;

	for (const struct part *p = m->parts; p; pos += bytes_of(p), p = p->next)
		if (p->id == id)
			return pos - from;
	return 0;
}

static __u64 derive_derived(const struct message *m, size_t rule, size_t end_of_field, size_t total)
{
	switch (rules[rule].rule) {
	case TYPE:
		return m->type;
	case TOTAL:
		return total;
	case COUNT:
		return count_parts(m, rules[rule].of);
	case DISTANCE:
		return derive_distance(m, rules[rule].of, end_of_field);
	default:
		return rules[rule].number;
	}
}

void derive_part(const struct message *m, const struct part *p, __u8 *at, const __u8 *message,
		 size_t total)
{
	if (p->id == SMCW_PART_NONE)
		return;
	for (size_t i = 0; i < RULES; i++) {
		const struct smcw_field *f = &smcw_fields[rules[i].field];
		size_t end = (size_t)(at - message) + f->offset + f->size;
		struct value v;

		if (f->part != p->id)
			continue;
		value_from_number(f, derive_derived(m, i, end, total), &v);
		value_put(f, at, m->big, &v);
	}
}

bool derive_follows(unsigned int field)
{
	for (size_t i = 0; i < RULES; i++)
		if (rules[i].field == field)
			return rules[i].rule >= TOTAL;
	return false;
}
