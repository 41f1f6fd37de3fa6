// SPDX-License-Identifier: GPL-2.0-or-later
/* The field table and the value lists as data. */
#include "smc_fields.h"

#define NULL_TEXT ((const char *)0)

#define P_TYPE(part, type, label) typedef struct type row_##part;
SMCW_PARTS(P_TYPE)
#undef P_TYPE

#define SIZE(part, member) sizeof(((row_##part *)0)->member)

#define F_ROW(part_, member_, mask_, kind_, class_, list_, key_, label_)                           \
	[SMCW_F_##part_##_##key_] = {                                                              \
		.part = SMCW_PART_##part_,                                                         \
		.offset = __builtin_offsetof(row_##part_, member_),                                \
		.size = SIZE(part_, member_),                                                      \
		.mask = mask_,                                                                     \
		.kind = SMCW_K_##kind_,                                                            \
		.class = SMCW_C_##class_,                                                          \
		.list = SMCW_LIST_##list_,                                                         \
		.key = #key_,                                                                      \
		.label = label_,                                                                   \
	},
const struct smcw_field smcw_fields[SMCW_FIELD_COUNT] = { SMCW_FIELDS(F_ROW) };
#undef F_ROW

/* .last is set by every row of a part in turn, so the last row's index stays. */
#define P_ROW(part, type, label_)                                                                  \
	[SMCW_PART_##part] = { .size = sizeof(struct type), .key = #part, .label = label_ },
#define F_LAST(part, member, mask, kind, class, list, key, label)                                  \
	[SMCW_PART_##part].last = SMCW_F_##part##_##key,
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
const struct smcw_part smcw_parts[SMCW_PART_COUNT] = { SMCW_PARTS(P_ROW) SMCW_FIELDS(F_LAST) };
#pragma GCC diagnostic pop
#undef F_LAST
#undef P_ROW

#define V_ROW(name, value, text, ...) { value, text },
#define L_VALUES(name, LIST) static const struct smcw_value name##_values[] = { LIST(V_ROW) };
SMCW_ALL_VALUE_LISTS(L_VALUES)
#undef L_VALUES
#undef V_ROW

#define L_ROW(name, LIST)                                                                          \
	[SMCW_LIST_##name] = { name##_values, sizeof(name##_values) / sizeof(name##_values[0]) },
const struct smcw_list smcw_lists[SMCW_LIST_COUNT] = { SMCW_ALL_VALUE_LISTS(L_ROW) };
#undef L_ROW

const char *smcw_value_text(unsigned int list, __u32 value)
{
	unsigned int i;

	if (list >= SMCW_LIST_COUNT)
		return NULL_TEXT;
	for (i = 0; i < smcw_lists[list].n; i++)
		if (smcw_lists[list].values[i].value == value)
			return smcw_lists[list].values[i].text;
	return NULL_TEXT;
}

__u64 smcw_field_get(const struct smcw_field *f, const void *part, int big)
{
	const __u8 *p = (const __u8 *)part + f->offset;
	int little = f->kind == SMCW_K_HOST && !big;
	__u64 v = 0;
	unsigned int i;
	__u8 mask;

	if (f->size > sizeof(v))
		return 0;
	for (i = 0; i < f->size; i++)
		v = v << 8 | p[little ? f->size - 1 - i : i];
	if (f->mask)
		v &= f->mask;
	for (mask = f->mask; mask && !(mask & 1); mask >>= 1)
		v >>= 1;
	return v;
}
