// SPDX-License-Identifier: GPL-2.0-or-later
/* smc_text.c: the line of every message, in buffers of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "samples.h"
#include "smc_text.h"

static int text(const struct sample *s, char *buf, size_t cap)
{
	struct smcw_layout l;
	__u8 msg[SAMPLE_MAX];
	size_t len = sample_bytes(s->hex, msg);

	sample_layout(s->kind, msg, len, &l);
	return s->kind == SAMPLE_CLC ? smcw_clc_text(msg, &l, buf, cap) :
				       smcw_llc_text(msg, &l, buf, cap);
}

static void lines_are_as_written(const struct sample *s, size_t n)
{
	char line[SMCW_LINE_MAX];

	for (; n; n--, s++) {
		int len = text(s, line, sizeof(line));

		assert_int_equal(len, strlen(line));
		if (s->line && strcmp(line, s->line))
			fail_msg("%s: '%s' is not '%s'", s->name, line, s->line);
	}
}

static void text__lines_of_all_samples(void **state)
{
	(void)state;
	lines_are_as_written(samples, samples_n);
}

static void text__lines_of_faulty_samples_say_so(void **state)
{
	static const char mark[] = " [faulty]";
	char line[SMCW_LINE_MAX];
	size_t i;

	(void)state;
	lines_are_as_written(faulty_samples, faulty_samples_n);
	for (i = 0; i < faulty_samples_n; i++) {
		int len = text(&faulty_samples[i], line, sizeof(line));

		assert_true(len > (int)sizeof(mark));
		assert_string_equal(line + len - strlen(mark), mark);
	}
}

static void text__short_buffers_hold_the_beginning(void **state)
{
	char line[SMCW_LINE_MAX], *small;
	size_t i, cap;

	(void)state;
	for (i = 0; i < samples_n; i++) {
		int len = text(&samples[i], line, sizeof(line));

		for (cap = 1; cap <= (size_t)len + 1; cap++) {
			small = (char *)malloc(cap);
			assert_non_null(small);
			assert_int_equal(text(&samples[i], small, cap), cap - 1);
			assert_int_equal(strlen(small), cap - 1);
			assert_memory_equal(small, line, cap - 1);
			free(small);
		}
		assert_int_equal(text(&samples[i], NULL, 0), 0);
	}
}

/* The line with the most in it: every flag of CDC, every number at its longest. */
static void text__longest_line_fits(void **state)
{
	static const struct sample longest = { SAMPLE_LLC, "", "fe 2c ff*42", NULL, NULL };
	char line[2 * SMCW_LINE_MAX];

	(void)state;
	assert_true(text(&longest, line, sizeof(line)) < SMCW_LINE_MAX - 1);
	assert_string_equal(line, "SMC-R CDC 65535, token 0xffffffff, prod 65535:4294967295, "
				  "cons 65535:4294967295, write blocked, urgent pending, "
				  "urgent present, update requested, failover, done writing, "
				  "closed, abort, 255 credits");
}

static void fault_text__all_have_one(void **state)
{
	unsigned int bit, other;

	(void)state;
	for (bit = 0; bit < SMCW_FAULT_COUNT; bit++) {
		const char *is = smcw_fault_text(bit);

		assert_non_null(is);
		assert_true(*is && is[strlen(is) - 1] != '.');
		for (other = 0; other < bit; other++)
			assert_string_not_equal(is, smcw_fault_text(other));
	}
	assert_null(smcw_fault_text(SMCW_FAULT_COUNT));
	assert_null(smcw_fault_text(~0u));
}

static void gid_text__mapped_ones_are_dotted(void **state)
{
	__u8 gid[SAMPLE_MAX];
	char buf[64];

	(void)state;
	sample_bytes("00*10 ffff c0a80101", gid);
	assert_string_equal(smcw_gid_text(gid, buf, sizeof(buf)), "192.168.1.1");
	sample_bytes("00*10 fffe c0a80101", gid);
	assert_string_equal(smcw_gid_text(gid, buf, sizeof(buf)), "::fffe:c0a8:101");
	sample_bytes("00*16", gid);
	assert_string_equal(smcw_gid_text(gid, buf, sizeof(buf)), "::");
	sample_bytes("ff*16", gid);
	assert_string_equal(smcw_gid_text(gid, buf, 46), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void gid_text__too_small_a_buffer_is_empty(void **state)
{
	char buf[4] = "abc";
	__u8 gid[SAMPLE_MAX];

	(void)state;
	sample_bytes("ff*16", gid);
	assert_string_equal(smcw_gid_text(gid, buf, sizeof(buf)), "");
	assert_ptr_equal(smcw_gid_text(gid, buf, 0), buf);
}

/* A sentence without a full stop; "peer declined" has none, where the peer's diagnosis counts. */
static void reason_advice__every_reason(void **state)
{
	const struct smcw_list *all = &smcw_lists[SMCW_LIST_decline_reasons];
	unsigned int i;

	(void)state;
	for (i = 0; i < all->n; i++) {
		const char *advice = smcw_reason_advice(all->values[i].value);

		if (all->values[i].value == SMCW_DECL_PEERDECL) {
			assert_null(advice);
			continue;
		}
		if (!advice || !*advice || advice[strlen(advice) - 1] == '.')
			fail_msg("0x%08x %s has no advice", all->values[i].value,
				 all->values[i].text);
	}
	assert_null(smcw_reason_advice(0));
	assert_null(smcw_reason_advice(0x0badbeef));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text__lines_of_all_samples),
		cmocka_unit_test(text__lines_of_faulty_samples_say_so),
		cmocka_unit_test(text__short_buffers_hold_the_beginning),
		cmocka_unit_test(text__longest_line_fits),
		cmocka_unit_test(fault_text__all_have_one),
		cmocka_unit_test(gid_text__mapped_ones_are_dotted),
		cmocka_unit_test(gid_text__too_small_a_buffer_is_empty),
		cmocka_unit_test(reason_advice__every_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
