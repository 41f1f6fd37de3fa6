// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The field table against itself and against layout.golden.
 *
 *	layout_test [GOLDEN]    run the cases
 *	layout_test --print     write what GOLDEN has to hold
 *
 * The golden file is a second opinion: its offsets were compared with the
 * structs of Linux when they were written down. Regenerate it only together
 * with a reading of the difference:
 *
 *	build/tests/wire/layout_test --print >tests/wire/layout.golden
 *	git diff tests/wire/layout.golden
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smc_fields.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *golden_path = "layout.golden";

static const char *list_name(unsigned int list)
{
	static const char *const name[] = { [SMCW_LIST_none] = "none",
#define X_NAME(list, LIST) [SMCW_LIST_##list] = #list,
					    SMCW_ALL_VALUE_LISTS(X_NAME)
#undef X_NAME
	};

	return list < ARRAY_LEN(name) ? name[list] : "?";
}

static const char *kind_name(unsigned int kind)
{
	static const char *const name[] = {
		[SMCW_K_UINT] = "UINT",	  [SMCW_K_HEX] = "HEX",	  [SMCW_K_BOOL] = "BOOL",
		[SMCW_K_BYTES] = "BYTES", [SMCW_K_MAC] = "MAC",	  [SMCW_K_GID] = "GID",
		[SMCW_K_IPV4] = "IPV4",	  [SMCW_K_TEXT] = "TEXT", [SMCW_K_HOST] = "HOST",
		[SMCW_K_RSVD] = "RSVD",
	};

	return kind < ARRAY_LEN(name) ? name[kind] : "?";
}

static void print_row(FILE *out, const struct smcw_field *f)
{
	fprintf(out, "%s.%s %u %u 0x%02x %s %c %s\n", smcw_parts[f->part].key, f->key, f->offset,
		f->size, f->mask, kind_name(f->kind), f->class, list_name(f->list));
}

static void print_all(FILE *out)
{
	unsigned int part, row, list, i;

	fprintf(out, "# part.key offset size mask kind class list\n");
	for (row = 0; row < SMCW_FIELD_COUNT; row++)
		print_row(out, &smcw_fields[row]);
	fprintf(out, "# part: size\n");
	for (part = 0; part < SMCW_PART_COUNT; part++)
		fprintf(out, "%s: %u\n", smcw_parts[part].key, smcw_parts[part].size);
	fprintf(out, "# list = value text\n");
	for (list = 0; list < SMCW_LIST_COUNT; list++)
		for (i = 0; i < smcw_lists[list].n; i++)
			fprintf(out, "%s = 0x%x %s\n", list_name(list),
				smcw_lists[list].values[i].value, smcw_lists[list].values[i].text);
}

/* A failure names its row. */
#define assert_row(f, condition)                                                                   \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("%s.%s: not so: %s", smcw_parts[(f)->part].key, (f)->key,         \
				 #condition);                                                      \
	} while (0)

/* ---- the table against itself ------------------------------------------------ */

static void parts__rows_stand_together_and_in_order(void **state)
{
	unsigned int part, row;

	(void)state;
	for (part = 0; part < SMCW_PART_COUNT; part++) {
		if (smcw_part_first(part) > smcw_parts[part].last)
			fail_msg("part %s has no rows", smcw_parts[part].key);
		for (row = smcw_part_first(part); row <= smcw_parts[part].last; row++)
			assert_row(&smcw_fields[row], smcw_fields[row].part == part);
	}
	assert_int_equal(smcw_parts[SMCW_PART_COUNT - 1].last, SMCW_FIELD_COUNT - 1);
}

static void parts__keys_are_unique(void **state)
{
	unsigned int a, b;

	(void)state;
	for (a = 0; a < SMCW_PART_COUNT; a++) {
		assert_non_null(smcw_parts[a].label);
		for (b = 0; b < a; b++)
			assert_string_not_equal(smcw_parts[a].key, smcw_parts[b].key);
	}
}

static void fields__tile_their_part(void **state)
{
	unsigned int part, row, at;

	(void)state;
	for (part = 0; part < SMCW_PART_COUNT; part++) {
		__u8 seen[256] = { 0 };

		for (row = smcw_part_first(part); row <= smcw_parts[part].last; row++) {
			const struct smcw_field *f = &smcw_fields[row];
			__u8 bits = f->mask ? f->mask : 0xff;

			assert_row(f, f->size && f->offset + f->size <= smcw_parts[part].size);
			for (at = f->offset; at < (unsigned int)f->offset + f->size; at++) {
				assert_row(f, !(seen[at] & bits)); /* no bit twice */
				seen[at] |= bits;
			}
		}
		for (at = 0; at < smcw_parts[part].size; at++)
			if (seen[at] != 0xff)
				fail_msg("%s: byte %u, bits 0x%02x belong to no row",
					 smcw_parts[part].key, at, seen[at] ^ 0xffu);
	}
}

/* In the order of the bytes, and inside a byte from the high bits down. */
static void fields__are_in_the_order_of_the_bits(void **state)
{
	unsigned int row;

	(void)state;
	for (row = 1; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row], *before = f - 1;

		if (f->part != before->part)
			continue;
		assert_row(f, f->offset > before->offset ||
				      (f->offset == before->offset && f->mask < before->mask));
	}
}

static void fields__masks_are_runs_of_bits_in_one_byte(void **state)
{
	unsigned int row;

	(void)state;
	for (row = 0; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row];
		unsigned int lowest = f->mask & -(unsigned int)f->mask;

		if (!f->mask)
			continue;
		assert_row(f, f->size == 1);
		assert_row(f, f->mask != 0xff);
		assert_row(f, !((f->mask + lowest) & f->mask)); /* no hole */
	}
}

static void fields__keys_are_unique_and_words(void **state)
{
	unsigned int part, a, b;

	(void)state;
	for (part = 0; part < SMCW_PART_COUNT; part++)
		for (a = smcw_part_first(part); a <= smcw_parts[part].last; a++) {
			const struct smcw_field *f = &smcw_fields[a];

			assert_row(f, *f->key && *f->label);
			assert_row(
				f,
				!f->key[strspn(f->key, "abcdefghijklmnopqrstuvwxyz_0123456789")]);
			for (b = smcw_part_first(part); b < a; b++)
				assert_row(f, strcmp(f->key, smcw_fields[b].key) != 0);
		}
}

static void fields__kinds_fit_their_size(void **state)
{
	unsigned int row;

	(void)state;
	for (row = 0; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row];

		switch (f->kind) {
		case SMCW_K_UINT:
		case SMCW_K_HEX:
			assert_row(f, f->size <= 8);
			break;
		case SMCW_K_BOOL:
			assert_row(f, f->mask && !(f->mask & (f->mask - 1)));
			break;
		case SMCW_K_MAC:
			assert_row(f, f->size == SMCW_MAC_LEN);
			break;
		case SMCW_K_GID:
			assert_row(f, f->size == SMCW_GID_LEN);
			break;
		case SMCW_K_IPV4:
			assert_row(f, f->size == 4);
			break;
		case SMCW_K_TEXT:
			assert_row(f, f->size == SMCW_EID_LEN || f->size == SMCW_HOSTNAME_LEN ||
					      f->size == SMCW_COMM_LEN ||
					      f->size == SMCW_FACT_NAME_LEN ||
					      f->size == SMCW_FACT_VALUE_LEN);
			break;
		case SMCW_K_HOST:
			assert_row(f, f->size == 2 || f->size == 4);
			break;
		default:
			assert_row(f, f->kind == SMCW_K_BYTES || f->kind == SMCW_K_RSVD);
		}
	}
}

static void fields__reserved_means_reserved(void **state)
{
	unsigned int row;

	(void)state;
	for (row = 0; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row];
		int named = strstr(f->key, "reserved") != NULL;

		assert_row(f, named == (f->kind == SMCW_K_RSVD));
		assert_row(f, named == !strcmp(f->label, "Reserved"));
	}
}

/* ---- value lists --------------------------------------------------------------- */

static void lists__rows_refer_to_lists_that_exist(void **state)
{
	int used[SMCW_LIST_COUNT] = { 0 };
	unsigned int row, list;

	(void)state;
	for (row = 0; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row];

		assert_row(f, f->list < SMCW_LIST_COUNT);
		assert_row(f, !f->list || f->kind == SMCW_K_UINT || f->kind == SMCW_K_HEX);
		used[f->list] = 1;
	}
	assert_int_equal(smcw_lists[SMCW_LIST_none].n, 0);
	for (list = SMCW_LIST_none + 1; list < SMCW_LIST_COUNT; list++) {
		assert_true(smcw_lists[list].n > 0);
		if (!used[list])
			fail_msg("list %s belongs to no row", list_name(list));
	}
}

static void lists__values_are_unique_and_fit(void **state)
{
	unsigned int row, list, a, b;

	(void)state;
	for (list = 0; list < SMCW_LIST_COUNT; list++)
		for (a = 0; a < smcw_lists[list].n; a++) {
			assert_true(*smcw_lists[list].values[a].text);
			for (b = 0; b < a; b++)
				if (smcw_lists[list].values[a].value ==
				    smcw_lists[list].values[b].value)
					fail_msg("%s: 0x%x twice", list_name(list),
						 smcw_lists[list].values[a].value);
		}
	for (row = 0; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row];
		__u64 most = f->size >= 4 ? 0xffffffffu : (1ull << 8 * f->size) - 1;
		__u8 mask;

		for (mask = f->mask; mask && !(mask & 1); mask >>= 1)
			;
		if (f->mask)
			most = mask;
		for (a = 0; a < smcw_lists[f->list].n; a++)
			assert_row(f, smcw_lists[f->list].values[a].value <= most);
	}
}

/* Every reason of net/smc/smc_clc.h, with its value. */
static void lists__decline_reasons_are_those_of_linux(void **state)
{
	static const struct {
		__u32 ours, value;
	} reason[] = {
		{ SMCW_DECL_MEM, 0x01010000 },	      { SMCW_DECL_TIMEOUT_CL, 0x02010000 },
		{ SMCW_DECL_TIMEOUT_AL, 0x02020000 }, { SMCW_DECL_CNFERR, 0x03000000 },
		{ SMCW_DECL_PEERNOSMC, 0x03010000 },  { SMCW_DECL_IPSEC, 0x03020000 },
		{ SMCW_DECL_NOSMCDEV, 0x03030000 },   { SMCW_DECL_NOSMCDDEV, 0x03030001 },
		{ SMCW_DECL_NOSMCRDEV, 0x03030002 },  { SMCW_DECL_NOISM2SUPP, 0x03030003 },
		{ SMCW_DECL_NOV2EXT, 0x03030004 },    { SMCW_DECL_NOV2DEXT, 0x03030005 },
		{ SMCW_DECL_NOSEID, 0x03030006 },     { SMCW_DECL_NOSMCD2DEV, 0x03030007 },
		{ SMCW_DECL_NOUEID, 0x03030008 },     { SMCW_DECL_RELEASEERR, 0x03030009 },
		{ SMCW_DECL_MAXCONNERR, 0x0303000a }, { SMCW_DECL_MAXLINKERR, 0x0303000b },
		{ SMCW_DECL_MODEUNSUPP, 0x03040000 }, { SMCW_DECL_RMBE_EC, 0x03050000 },
		{ SMCW_DECL_OPTUNSUPP, 0x03060000 },  { SMCW_DECL_DIFFPREFIX, 0x03070000 },
		{ SMCW_DECL_GETVLANERR, 0x03080000 }, { SMCW_DECL_ISMVLANERR, 0x03090000 },
		{ SMCW_DECL_NOACTLINK, 0x030a0000 },  { SMCW_DECL_NOSRVLINK, 0x030b0000 },
		{ SMCW_DECL_VERSMISMAT, 0x030c0000 }, { SMCW_DECL_MAX_DMB, 0x030d0000 },
		{ SMCW_DECL_NOROUTE, 0x030e0000 },    { SMCW_DECL_NOINDIRECT, 0x030f0000 },
		{ SMCW_DECL_SYNCERR, 0x04000000 },    { SMCW_DECL_PEERDECL, 0x05000000 },
		{ SMCW_DECL_INTERR, 0x09990000 },     { SMCW_DECL_ERR_RTOK, 0x09990001 },
		{ SMCW_DECL_ERR_RDYLNK, 0x09990002 }, { SMCW_DECL_ERR_REGBUF, 0x09990003 },
		{ SMCW_DECL_CREDITSERR, 0x09990004 },
	};
	size_t i;

	(void)state;
	assert_int_equal(smcw_lists[SMCW_LIST_decline_reasons].n, ARRAY_LEN(reason));
	for (i = 0; i < ARRAY_LEN(reason); i++) {
		assert_int_equal(reason[i].ours, reason[i].value);
		assert_non_null(smcw_value_text(SMCW_LIST_decline_reasons, reason[i].value));
	}
}

static void lists__buffer_sizes_double_from_16_kib(void **state)
{
	unsigned int n;

	(void)state;
	assert_int_equal(smcw_lists[SMCW_LIST_buf_sizes].n, 16);
	for (n = 0; n < 16; n++) {
		char text[16];

		snprintf(text, sizeof(text), "%u %ciB", n < 6 ? 16u << n : 1u << (n - 6),
			 n < 6 ? 'K' : 'M');
		assert_string_equal(smcw_value_text(SMCW_LIST_buf_sizes, n), text);
	}
}

static void value_text__unknown_values_and_lists(void **state)
{
	(void)state;
	assert_null(smcw_value_text(SMCW_LIST_none, 0));
	assert_null(smcw_value_text(SMCW_LIST_clc_types, 0));
	assert_null(smcw_value_text(SMCW_LIST_COUNT, 1));
	assert_string_equal(smcw_value_text(SMCW_LIST_clc_types, 1), "Proposal");
}

/* ---- the replayer's classes ------------------------------------------------------ */

/* The class that a field has to have, by its name; the first match counts. */
static void classes__follow_what_a_field_is(void **state)
{
	static const struct {
		const char *rows;
		char class;
	} rule[] = {
		{ "*.*reserved*", 'F' },
		/* The events of a tracer are never replayed. */
		{ "event.*", 'V' },
		{ "ev_*.*", 'V' },
		{ "tcp_option.*", 'F' },
		{ "*.eyecatcher", 'F' },
		{ "*.type", 'F' },
		/* The length in the CLC header is computed, the rest is agreed upon. */
		{ "*_hdr.length", 'D' },
		{ "decline_hdr.out_of_sync", 'S' },
		{ "*_hdr.*", 'N' },
		{ "*_offset", 'D' },
		/* Values that an administrator sets or a release brings. */
		{ "*.vendor_*", 'N' },
		{ "*.eid", 'N' },
		{ "*.eid_count", 'N' },
		{ "*.release", 'N' },
		{ "*.seid_indicator", 'N' },
		{ "*.max_conns", 'N' },
		{ "*.max_links", 'N' },
		{ "*.feature_mask", 'N' },
		{ "*.v2_direct", 'N' },
		{ "*.os", 'N' },
		{ "*.diagnosis*", 'N' },
		{ "*.mtu", 'N' },
		{ "*.rmbe_size", 'N' },
		{ "*.dmbe_size", 'N' },
		{ "*.init_credits", 'N' },
		{ "*.rmbe_idx", 'F' },
		{ "*.dmbe_idx", 'F' },
		/* LLC: version 1 has one length, version 2 any. */
		{ "llc_v1.length", 'F' },
		{ "llc_v2.length", 'D' },
		{ "llc_v1.reject_reason", 'N' },
		{ "delete_link.reason", 'N' },
		{ "*.response", 'F' },
		{ "*.rejected", 'F' },
		{ "*.negative", 'F' },
		{ "*.retry", 'F' },
		{ "*.all_links", 'F' },
		{ "*.orderly", 'F' },
		{ "*.no_eye_re*", 'F' },
		{ "*.rkey_count", 'D' },
		{ "delete_rkey.error_mask", 'S' },
		{ "delete_rkey_v2.invalid_count", 'S' },
		{ "llc_other.flags", 'F' },
		{ "announce_credits.credits", 'S' },
		/* CDC moves, but for the name of the connection. */
		{ "cdc.length", 'F' },
		{ "cdc.alert_token", 'V' },
		{ "cdc*.*", 'S' },
		/* Addresses, keys, names, counts of a host's devices. */
		{ "*", 'V' },
	};
	unsigned int row;
	char name[64];
	size_t i;

	(void)state;
	for (row = 0; row < SMCW_FIELD_COUNT; row++) {
		const struct smcw_field *f = &smcw_fields[row];

		snprintf(name, sizeof(name), "%s.%s", smcw_parts[f->part].key, f->key);
		for (i = 0; fnmatch(rule[i].rows, name, 0); i++)
			;
		if (f->class != rule[i].class)
			fail_msg("%s is of class %c, but '%s' are of class %c", name, f->class,
				 rule[i].rows, rule[i].class);
	}
}

/* ---- values of fields ------------------------------------------------------------- */

static void field_get__masks_are_shifted_down(void **state)
{
	const struct smcw_clc_hdr hdr = { .flags = 0x2d };

	(void)state;
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_proposal_hdr_version], &hdr, 0), 2);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_proposal_hdr_typev2], &hdr, 0), 3);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_proposal_hdr_typev1], &hdr, 0), 1);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_accept_hdr_first_contact], &hdr, 0), 1);
}

static void field_get__numbers_are_big_endian_whatever_the_layout(void **state)
{
	struct smcw_accept_smcr r = { .qpn = { 1, 2, 3 } };

	(void)state;
	memcpy(&r.vaddr, "\1\2\3\4\5\6\7\10", sizeof(r.vaddr));
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_smcr_qpn], &r, 0), 0x010203);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_smcr_qpn], &r, 1), 0x010203);
	assert_true(smcw_field_get(&smcw_fields[SMCW_F_smcr_vaddr], &r, 0) == 0x0102030405060708);
}

static void field_get__host_order_is_the_layouts(void **state)
{
	struct smcw_cdc_smcd cdc = { 0 };

	(void)state;
	memcpy(&cdc.prod_wrap, "\1\2", 2);
	memcpy(&cdc.prod_count, "\1\2\3\4", 4);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_cdc_smcd_prod_wrap], &cdc, 0), 0x0201);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_cdc_smcd_prod_wrap], &cdc, 1), 0x0102);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_cdc_smcd_prod_count], &cdc, 0),
			 0x04030201);
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_cdc_smcd_prod_count], &cdc, 1),
			 0x01020304);
}

static void field_get__longer_than_a_number_is_0(void **state)
{
	struct smcw_eid eid = { "AB" };

	(void)state;
	assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_ueid_eid], &eid, 0), 0);
}

/* ---- the second opinion ------------------------------------------------------------- */

static void golden__is_what_the_table_says(void **state)
{
	char *is = NULL, *at, *line = NULL;
	size_t is_len = 0, cap = 0;
	unsigned int n = 0;
	FILE *out, *golden;

	(void)state;
	out = open_memstream(&is, &is_len);
	assert_non_null(out);
	print_all(out);
	fclose(out);
	golden = fopen(golden_path, "r");
	if (!golden)
		fail_msg("%s cannot be read", golden_path);
	for (at = is; getline(&line, &cap, golden) > 0; at += strlen(line)) {
		n++;
		if (strncmp(at, line, strlen(line)))
			fail_msg("%s:%u: expected %.*s, the table says %.*s", golden_path, n,
				 (int)strcspn(line, "\n"), line, (int)strcspn(at, "\n"), at);
	}
	fclose(golden);
	if (*at)
		fail_msg("%s: %.*s is missing", golden_path, (int)strcspn(at, "\n"), at);
	free(line);
	free(is);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts__rows_stand_together_and_in_order),
		cmocka_unit_test(parts__keys_are_unique),
		cmocka_unit_test(fields__tile_their_part),
		cmocka_unit_test(fields__are_in_the_order_of_the_bits),
		cmocka_unit_test(fields__masks_are_runs_of_bits_in_one_byte),
		cmocka_unit_test(fields__keys_are_unique_and_words),
		cmocka_unit_test(fields__kinds_fit_their_size),
		cmocka_unit_test(fields__reserved_means_reserved),
		cmocka_unit_test(lists__rows_refer_to_lists_that_exist),
		cmocka_unit_test(lists__values_are_unique_and_fit),
		cmocka_unit_test(lists__decline_reasons_are_those_of_linux),
		cmocka_unit_test(lists__buffer_sizes_double_from_16_kib),
		cmocka_unit_test(value_text__unknown_values_and_lists),
		cmocka_unit_test(classes__follow_what_a_field_is),
		cmocka_unit_test(field_get__masks_are_shifted_down),
		cmocka_unit_test(field_get__numbers_are_big_endian_whatever_the_layout),
		cmocka_unit_test(field_get__host_order_is_the_layouts),
		cmocka_unit_test(field_get__longer_than_a_number_is_0),
		cmocka_unit_test(golden__is_what_the_table_says),
	};

	if (argc > 1 && !strcmp(argv[1], "--print")) {
		print_all(stdout);
		return 0;
	}
	if (argc > 1)
		golden_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
