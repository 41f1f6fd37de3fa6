// SPDX-License-Identifier: GPL-2.0-or-later
/* See reports.h. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports.h"

void reported_add(void *to, enum smcp_rule rule, enum smcp_finding finding, const char *format, ...)
{
	struct reported *r = to;
	size_t len = strlen(r->text);
	va_list args;

	assert_true(rule < SMCP_RULES && finding < SMCP_FINDINGS);
	if (rule == r->off)
		return;
	snprintf(r->text + len, sizeof(r->text) - len, "%s%s", len ? " " : "", smcp_rules[rule].id);
	va_start(args, format);
	vsnprintf(r->words, sizeof(r->words), format, args);
	va_end(args);
}

void message_set(__u8 *msg, const struct smcw_layout *l, unsigned int field, __u64 value)
{
	const struct smcw_field *f = &smcw_fields[field];
	const struct smcw_piece *piece = smcw_layout_find(l, f->part);
	__u8 *at;

	assert_non_null(piece);
	at = msg + piece->off + f->offset;
	if (f->mask) {
		*at = (__u8)((*at & ~f->mask) | smcw_bits(f->mask, (__u8)value));
		return;
	}
	for (unsigned int i = f->size; i--; value >>= 8)
		at[f->kind == SMCW_K_HOST && !l->big ? f->size - 1u - i : i] = (__u8)value;
}

static int is_symbol(const char *text, const char *at)
{
	if (!isupper(at[0]) || !isupper(at[1]) || !isupper(at[2]) || at[3] != '_' ||
	    !isdigit(at[4]))
		return 0;
	if (at - text >= 5 && !strncmp(at - 5, "SMCP_", 5))
		return 1;
	return at > text && !isalnum(at[-1]) && at[-1] != '_';
}

/* The symbol of the next rule in a text, SMCP_CLC_06 or CLC_06 in a row, as the ID "CLC-06". */
static const char *next_id(const char *text, const char *at, char id[16])
{
	size_t n = 0;

	while (*at && !is_symbol(text, at))
		at++;
	if (!*at)
		return NULL;
	for (; n < 15 && (isalnum(at[n]) || at[n] == '_'); n++)
		id[n] = at[n] != '_' ? at[n] : n == 3 ? '-' : '.';
	id[n] = '\0';
	return at + n;
}

void each_rule_is_noticed(const char *source, unsigned int (*count)(enum smcp_rule off))
{
	static char text[1 << 16];
	FILE *in = fopen(source, "r");
	unsigned int n = 0;
	const char *at = text;
	char id[16];

	assert_non_null(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	assert_int_equal(count(SMCP_NO_RULE), 0);
	for (; (at = next_id(text, at, id)); n++) {
		enum smcp_rule rule = smcp_rule_find(id);

		assert_true(rule < SMCP_RULES);
		if (!count(rule))
			fail_msg("%s can be deleted", id);
	}
	assert_true(n);
}
