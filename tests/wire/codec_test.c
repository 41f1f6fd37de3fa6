// SPDX-License-Identifier: GPL-2.0-or-later
/* smc_codec.c: every message's layout, every fault, every cut. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 1024

/* A copy that ends where the message ends, so that a sanitizer sees a read beyond it. */
static __u8 *exact(const __u8 *bytes, size_t len)
{
	__u8 *copy = (__u8 *)malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

/* A layout's promise: its pieces tile it, and it reports faults by its return value. */
static void assert_tiles(const struct smcw_layout *l, size_t len, int rc)
{
	size_t pos = 0;
	unsigned int i;

	assert_int_equal(rc, l->faults ? -EBADMSG : 0);
	assert_true(l->len <= len);
	assert_true(l->n <= SMCW_PIECES_MAX);
	for (i = 0; i < l->n; i++) {
		assert_int_equal(l->piece[i].off, pos);
		assert_true(smcw_piece_len(&l->piece[i]) > 0);
		pos += smcw_piece_len(&l->piece[i]);
	}
	assert_int_equal(pos, l->len);
	if (smcw_layout_find(l, SMCW_PART_NONE) && !(l->faults & SMCW_FAULT_CUT))
		assert_true(l->faults & SMCW_FAULT_UNCLAIMED);
}

/* ---- numbers ------------------------------------------------------------------ */

static void get_put__are_big_endian_and_inverse(void **state)
{
	static const __u8 bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	__u8 out[9];

	(void)state;
	assert_int_equal(smcw_get16(bytes), 0x0102);
	assert_int_equal(smcw_get24(bytes), 0x010203);
	assert_int_equal(smcw_get32(bytes), 0x01020304);
	assert_true(smcw_get64(bytes) == 0x0102030405060708);
	memset(out, 0xee, sizeof(out));
	smcw_put16(out, 0x0102);
	assert_memory_equal(out, "\1\2\xee", 3);
	smcw_put24(out, 0x010203);
	assert_memory_equal(out, "\1\2\3\xee", 4);
	smcw_put32(out, 0x01020304);
	assert_memory_equal(out, "\1\2\3\4\xee", 5);
	smcw_put64(out, 0x0102030405060708);
	assert_memory_equal(out, "\1\2\3\4\5\6\7\10\xee", 9);
}

static void bits__are_where_the_mask_says(void **state)
{
	(void)state;
	assert_int_equal(smcw_bits(SMCW_SIZE_HI, 6), 0x60);
	assert_int_equal(smcw_bits(SMCW_CLC_TYPEV2, 3), 0x0c);
	assert_int_equal(smcw_bits(SMCW_RELEASE_LO, 0x21), 0x01);
	assert_int_equal(smcw_get_bits(0xa7, SMCW_OS_HI), 0xa);
	assert_int_equal(smcw_get_bits(0xf6, SMCW_CLC_TYPEV2), 1);
	assert_int_equal(smcw_get_bits(smcw_bits(0xff, 0xee), 0xff), 0xee);
}

/* ---- smcw_clc_frame ------------------------------------------------------------- */

static int frame(const char *hex, size_t len)
{
	__u8 buf[SAMPLE_MAX], *copy;
	int n;

	assert_true(sample_bytes(hex, buf) >= len);
	copy = exact(buf, len);
	n = smcw_clc_frame(copy, len);
	free(copy);
	return n;
}

static void clc_frame__needs_seven_bytes(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < 7; len++)
		assert_int_equal(frame("e2d4c3d9 01 0034 10", len), 0);
	assert_int_equal(frame("e2d4c3d9 01 0034 10", 7), 0x34);
	assert_int_equal(frame("e2d4c3c4 02 0030 11", 8), 0x30);
}

static void clc_frame__tells_other_bytes_by_the_first_one(void **state)
{
	(void)state;
	assert_int_equal(frame("47", 1), -EPROTO);
	assert_int_equal(frame("e247", 2), -EPROTO);
	assert_int_equal(frame("e2d447", 3), -EPROTO);
	assert_int_equal(frame("e2d4c347", 4), -EPROTO);
	assert_int_equal(frame("'GET / HTTP/1.0'", 14), -EPROTO);
	assert_int_equal(frame("'SMCR' 01 0034 10", 8), -EPROTO);
}

static void clc_frame__a_short_length_still_moves_on(void **state)
{
	(void)state;
	assert_int_equal(frame("e2d4c3d9 01 0000 10", 8), 8);
	assert_int_equal(frame("e2d4c3d9 01 0007 10", 8), 8);
	assert_int_equal(frame("e2d4c3d9 01 0008 10", 8), 8);
	assert_int_equal(frame("e2d4c3d9 01 0009 10", 8), 9);
}

static void clc_frame__may_be_longer_than_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(frame("e2d4c3d9 01 ffff 10", 8), 0xffff);
}

static void clc_frame__type_and_version_do_not_matter(void **state)
{
	(void)state;
	assert_int_equal(frame("e2d4c3d9 09 0034 00", 8), 0x34);
}

/* ---- layouts: a case a sample ------------------------------------------------------- */

static void sample_has_its_layout(void **state)
{
	const struct sample *s = (const struct sample *)*state;
	__u8 buf[SAMPLE_MAX], *msg;
	struct smcw_layout l;
	char text[TEXT_MAX];
	size_t len = sample_bytes(s->hex, buf);
	int rc;

	msg = exact(buf, len);
	rc = sample_layout(s->kind, msg, len, &l);
	assert_tiles(&l, len, rc);
	assert_string_equal(layout_text(&l, text, sizeof(text)), s->layout);
	if (l.n && l.piece[0].part != SMCW_PART_NONE)
		assert_int_equal(l.type, msg[s->kind == SAMPLE_CLC ? 4 : 0]);
	free(msg);
}

/* ---- properties of all well-formed messages ------------------------------------------ */

static void all_layouts__a_cut_message_is_faulty_and_tiled(void **state)
{
	__u8 buf[SAMPLE_MAX], *msg;
	struct smcw_layout l;
	size_t i, cut, len;
	int rc;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		len = sample_bytes(samples[i].hex, buf);
		for (cut = 0; cut < len; cut++) {
			msg = exact(buf, cut);
			rc = sample_layout(samples[i].kind, msg, cut, &l);
			assert_tiles(&l, cut, rc);
			assert_int_equal(l.len, cut);
			if (!(l.faults & SMCW_FAULT_CUT))
				fail_msg("%s cut to %zu bytes", samples[i].name, cut);
			if (samples[i].kind == SAMPLE_CLC && cut >= 8)
				assert_int_equal(l.faults, SMCW_FAULT_CUT);
			free(msg);
		}
	}
}

static void all_layouts__bytes_behind_a_clc_message_are_left_alone(void **state)
{
	char with[TEXT_MAX], without[TEXT_MAX];
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];
	size_t i, len;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		if (samples[i].kind != SAMPLE_CLC)
			continue;
		len = sample_bytes(samples[i].hex, buf);
		memset(buf + len, 0xff, 8);
		smcw_clc_layout(buf, len, &l);
		layout_text(&l, without, sizeof(without));
		assert_int_equal(smcw_clc_layout(buf, len + 8, &l), 0);
		assert_int_equal(l.len, len);
		assert_string_equal(layout_text(&l, with, sizeof(with)), without);
	}
}

static void all_layouts__reserved_fields_do_not_matter(void **state)
{
	char with[TEXT_MAX], without[TEXT_MAX];
	const struct smcw_field *f;
	struct smcw_layout l, again;
	size_t i, p, row, at;
	__u8 buf[SAMPLE_MAX];
	size_t len;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		len = sample_bytes(samples[i].hex, buf);
		sample_layout(samples[i].kind, buf, len, &l);
		for (p = 0; p < l.n; p++)
			for (row = smcw_part_first(l.piece[p].part);
			     row <= smcw_parts[l.piece[p].part].last; row++) {
				f = &smcw_fields[row];
				for (at = 0; f->kind == SMCW_K_RSVD && at < f->size; at++)
					buf[l.piece[p].off + f->offset + at] |=
						f->mask ? f->mask : 0xff;
			}
		assert_int_equal(sample_layout(samples[i].kind, buf, len, &again), 0);
		assert_string_equal(layout_text(&again, with, sizeof(with)),
				    layout_text(&l, without, sizeof(without)));
	}
}

static void all_faults__are_provoked_by_a_sample(void **state)
{
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];
	__u32 seen = 0;
	size_t i;

	(void)state;
	for (i = 0; i < faulty_samples_n; i++) {
		size_t len = sample_bytes(faulty_samples[i].hex, buf);

		assert_int_equal(sample_layout(faulty_samples[i].kind, buf, len, &l), -EBADMSG);
		seen |= l.faults;
	}
	assert_int_equal(seen, (1u << SMCW_FAULT_COUNT) - 1);
}

/* ---- cases that samples do not show ----------------------------------------------------- */

static void clc_layout__longest_and_emptiest(void **state)
{
	static __u8 buf[0x10010];
	struct smcw_layout l;

	(void)state;
	sample_bytes("e2d4c3d9 01 ffff 10", buf);
	assert_tiles(&l, sizeof(buf), smcw_clc_layout(buf, sizeof(buf), &l));
	assert_int_equal(l.len, 0xffff);
	assert_true(l.faults & SMCW_FAULT_TRAILER);
	assert_tiles(&l, 0, smcw_clc_layout(buf, 0, &l));
	assert_int_equal(l.n, 0);
}

/* All combinations of offsets of a Proposal: never a piece outside or twice. */
static void clc_layout__any_offsets_tile(void **state)
{
	static const __u16 offset[] = {
		0,  1,	7,   8,	  20,  27,  28,	 29,  31,  32,	36,  39,     40,     41,     48,
		64, 79, 120, 172, 288, 500, 567, 568, 580, 600, 640, 0x7fff, 0xffd0, 0xfff0, 0xffff
	};
	size_t a, b, c, i, len, v2;
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];

	(void)state;
	for (i = 0; i < samples_n; i++) {
		len = sample_bytes(samples[i].hex, buf);
		if (samples[i].kind != SAMPLE_CLC || buf[4] != SMCW_PROPOSAL || len < 84)
			continue;
		for (a = 0; a < ARRAY_LEN(offset); a++)
			for (b = 0; b < ARRAY_LEN(offset); b++)
				for (c = 0; c < ARRAY_LEN(offset); c++) {
					smcw_put16(buf + 38, offset[a]);
					smcw_put16(buf + 50, offset[b]);
					v2 = 52u + offset[b] + 6;
					if (v2 + 2 <= len)
						smcw_put16(buf + v2, offset[c]);
					assert_tiles(&l, len, smcw_clc_layout(buf, len, &l));
					sample_bytes(samples[i].hex, buf);
				}
	}
}

static void llc_layout__reads_host_order_by_the_length(void **state)
{
	static const char *const hex[] = {
		"22 4800 00 00*40 00*26 0100", /* too few bytes for one rkey, in either order */
		"22 0048 00 00*40 00*26 0001",
	};
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];
	unsigned int big;
	size_t len;

	(void)state;
	for (big = 0; big < 2; big++) {
		len = sample_bytes(hex[big], buf);
		assert_int_equal(len, 72);
		assert_int_equal(smcw_llc_layout(buf, len, &l), -EBADMSG);
		assert_int_equal(l.faults, SMCW_FAULT_RKEY_COUNT);
		assert_int_equal(l.big, big);
		assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_llc_v2_length], buf, l.big),
				 72);
		assert_int_equal(smcw_field_get(&smcw_fields[SMCW_F_add_link_ext_rkey_count],
						buf + 44, l.big),
				 1);
	}
}

static void llc_layout__longest_add_link_v2(void **state)
{
	static __u8 buf[SMCW_LLC_V2_MAX + 1];
	struct smcw_layout l;

	(void)state;
	sample_bytes("22 2820 00", buf); /* 8232 does not exist */
	assert_int_equal(smcw_llc_check(buf, 8232 - 41), 0);
	sample_bytes("22 f81f 00", buf); /* 8184 = 72 + 507 * 16 */
	sample_bytes("fb01", buf + 70);
	assert_int_equal(smcw_llc_layout(buf, 8184, &l), 0);
	assert_int_equal(smcw_layout_find(&l, SMCW_PART_rtoken)->count, 507);
	assert_int_equal(smcw_llc_check(buf, 8184), 1);
	assert_int_equal(smcw_llc_check(buf, 8183), 0);
	assert_int_equal(smcw_llc_check(buf, sizeof(buf)), 0);
}

static void llc_layout__only_a_refusal_has_the_header_of_version_1(void **state)
{
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];
	size_t len;

	(void)state;
	/* Byte 1 is not 44: a length of version 2 in big-endian, though the bit is set. */
	len = sample_bytes("22 002c c0 00*40", buf);
	assert_int_equal(smcw_llc_layout(buf, len, &l), 0);
	assert_non_null(smcw_layout_find(&l, SMCW_PART_llc_v2));
	/* No refusal, but a reason: the length is 0x012c, and the message is cut. */
	len = sample_bytes("22 2c01 80 00*40", buf);
	assert_int_equal(smcw_llc_layout(buf, len, &l), -EBADMSG);
	assert_int_equal(l.faults, SMCW_FAULT_CUT);
	/* The bit means another thing in other messages. */
	len = sample_bytes("24 2c00 40 00*40", buf);
	assert_int_equal(smcw_llc_layout(buf, len, &l), 0);
	assert_non_null(smcw_layout_find(&l, SMCW_PART_llc_v2));
}

static void llc_check__all_samples_and_no_cut_of_them(void **state)
{
	__u8 buf[SAMPLE_MAX];
	size_t i, cut, len;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		if (samples[i].kind != SAMPLE_LLC)
			continue;
		len = sample_bytes(samples[i].hex, buf);
		assert_int_equal(smcw_llc_check(buf, len), 1);
		for (cut = 0; cut < len; cut++)
			assert_int_equal(smcw_llc_check(buf, cut), 0);
		buf[len] = 0;
		assert_int_equal(smcw_llc_check(buf, len + 1), 0);
	}
}

static void llc_check__knows_types_and_lengths(void **state)
{
	__u8 buf[SAMPLE_MAX];
	unsigned int type;

	(void)state;
	memset(buf, 0, sizeof(buf));
	for (type = 0; type <= 0xff; type++) {
		int v2 = type >> 4 == 2;

		buf[0] = (__u8)type;
		buf[1] = SMCW_LLC_LEN;
		assert_int_equal(smcw_llc_check(buf, SMCW_LLC_LEN),
				 smcw_value_text(SMCW_LIST_llc_types, type) != NULL);
		buf[1] = SMCW_LLC_LEN + 1;
		assert_int_equal(smcw_llc_check(buf, SMCW_LLC_LEN), 0);
		assert_int_equal(smcw_llc_check(buf, SMCW_LLC_LEN + 1),
				 v2 && smcw_value_text(SMCW_LIST_llc_types, type));
	}
}

static void cdc_smcd_layout__takes_the_head_of_a_dmb(void **state)
{
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];

	(void)state;
	memset(buf, 0, sizeof(buf));
	buf[0] = SMCW_CDC_TYPE;
	assert_int_equal(smcw_cdc_smcd_layout(buf, 64, 7, &l), 0);
	assert_int_equal(l.len, 32);
	assert_int_equal(l.big, 1);
	assert_int_equal(smcw_cdc_smcd_layout(buf, 64, 0, &l), 0);
	assert_int_equal(l.big, 0);
}

static void layout_find__first_of_a_part_or_null(void **state)
{
	struct smcw_layout l;
	__u8 buf[SAMPLE_MAX];
	size_t len = sample_bytes("01 2c 00 00*41", buf);

	(void)state;
	smcw_llc_layout(buf, len, &l);
	assert_ptr_equal(smcw_layout_find(&l, SMCW_PART_confirm_link), &l.piece[1]);
	assert_null(smcw_layout_find(&l, SMCW_PART_cdc));
	assert_null(smcw_layout_find(&l, SMCW_PART_NONE));
	assert_int_equal(smcw_piece_len(&l.piece[0]), 3);
}

/* ---- running them --------------------------------------------------------------------- */

static size_t add_samples(struct CMUnitTest *tests, const struct sample *s, size_t n)
{
	static const char *const function[SAMPLE_KINDS] = { "clc_layout", "llc_layout",
							    "cdc_smcd_layout", "cdc_smcd_layout" };
	size_t i;

	for (i = 0; i < n; i++) {
		char *name;

		if (asprintf(&name, "%s__%s", function[s[i].kind], s[i].name) < 0)
			abort();
		tests[i] = (struct CMUnitTest){ .name = name,
						.test_func = sample_has_its_layout,
						.initial_state = (void *)(uintptr_t)&s[i] };
	}
	return n;
}

int main(void)
{
	const struct CMUnitTest first[] = {
		cmocka_unit_test(get_put__are_big_endian_and_inverse),
		cmocka_unit_test(bits__are_where_the_mask_says),
		cmocka_unit_test(clc_frame__needs_seven_bytes),
		cmocka_unit_test(clc_frame__tells_other_bytes_by_the_first_one),
		cmocka_unit_test(clc_frame__a_short_length_still_moves_on),
		cmocka_unit_test(clc_frame__may_be_longer_than_what_is_there),
		cmocka_unit_test(clc_frame__type_and_version_do_not_matter),
	};
	const struct CMUnitTest last[] = {
		cmocka_unit_test(all_layouts__a_cut_message_is_faulty_and_tiled),
		cmocka_unit_test(all_layouts__bytes_behind_a_clc_message_are_left_alone),
		cmocka_unit_test(all_layouts__reserved_fields_do_not_matter),
		cmocka_unit_test(all_faults__are_provoked_by_a_sample),
		cmocka_unit_test(clc_layout__longest_and_emptiest),
		cmocka_unit_test(clc_layout__any_offsets_tile),
		cmocka_unit_test(llc_layout__reads_host_order_by_the_length),
		cmocka_unit_test(llc_layout__longest_add_link_v2),
		cmocka_unit_test(llc_layout__only_a_refusal_has_the_header_of_version_1),
		cmocka_unit_test(llc_check__all_samples_and_no_cut_of_them),
		cmocka_unit_test(llc_check__knows_types_and_lengths),
		cmocka_unit_test(cdc_smcd_layout__takes_the_head_of_a_dmb),
		cmocka_unit_test(layout_find__first_of_a_part_or_null),
	};
	static struct CMUnitTest tests[256];
	size_t n = 0, i;
	int rc;

	assert_true(ARRAY_LEN(first) + ARRAY_LEN(last) + samples_n + faulty_samples_n <=
		    ARRAY_LEN(tests));
	memcpy(tests, first, sizeof(first));
	n += ARRAY_LEN(first);
	n += add_samples(tests + n, samples, samples_n);
	n += add_samples(tests + n, faulty_samples, faulty_samples_n);
	memcpy(tests + n, last, sizeof(last));
	n += ARRAY_LEN(last);
	rc = _cmocka_run_group_tests("codec", tests, n, NULL, NULL);
	for (i = ARRAY_LEN(first); i < n - ARRAY_LEN(last); i++)
		free((void *)(uintptr_t)tests[i].name);
	return rc;
}
