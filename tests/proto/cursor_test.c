// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/cursor.h against a writer that goes on byte by byte, as RFC 7609 describes it: at the end
 * of the buffer count is 0 again and wrap one more, modulo 65,536.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cursor.h"

/* Small, so that some 65,536 turns are few bytes; not a power of 2. */
#define SIZE 3
#define BYTES (70000 * SIZE)

static struct smcp_cursor after[BYTES + 1];

static int set_up(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= BYTES; i++) {
		after[i] = after[i - 1];
		if (++after[i].count < SIZE)
			continue;
		after[i].count = 0;
		after[i].wrap++;
	}
	return 0;
}

static void assert_is(struct smcp_cursor got, struct smcp_cursor wanted)
{
	assert_int_equal(got.wrap, wanted.wrap);
	assert_int_equal(got.count, wanted.count);
}

static void cursor_at__each_byte(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= BYTES; i++)
		assert_is(smcp_cursor_at(i, SIZE), after[i]);
}

/* From each byte, to others up to the largest distance that a wrap count distinguishes. */
static void cursor_move__both_ways(void **state)
{
	static const int far[] = { 1, 2, SIZE, SIZE + 1, 100, 32766 * SIZE, 32767 * SIZE };

	(void)state;
	for (int i = 0; i <= BYTES; i += 7)
		for (size_t k = 0; k < sizeof(far) / sizeof(far[0]) && i + far[k] <= BYTES; k++) {
			struct smcp_cursor a = after[i], b = after[i + far[k]];

			assert_int_equal(smcp_cursor_move(a, b, SIZE), far[k]);
			assert_int_equal(smcp_cursor_move(b, a, SIZE), -far[k]);
			assert_false(smcp_cursor_goes_back(a, b));
			assert_true(smcp_cursor_goes_back(b, a));
		}
	assert_int_equal(smcp_cursor_move(after[5], after[5], SIZE), 0);
	assert_false(smcp_cursor_goes_back(after[5], after[5]));
}

static void cursor_move__size_not_known(void **state)
{
	struct smcp_cursor a = { 9, 100 }, b = { 9, 250 };

	(void)state;
	assert_int_equal(smcp_cursor_move(a, b, 0), 150);
	assert_int_equal(smcp_cursor_move(b, a, 0), -150);
}

static void cursor_turns__at_the_end_of_the_count(void **state)
{
	struct smcp_cursor last = { 0xffff, 0 }, first = { 0, 0 };

	(void)state;
	assert_int_equal(smcp_cursor_turns(last, first), 1);
	assert_int_equal(smcp_cursor_turns(first, last), -1);
}

/* A count on the wire is of 32 bits: the largest buffer is no special case. */
static void cursor_move__large_buffer(void **state)
{
	struct smcp_cursor a = { 0xffff, 0xfffffff0 }, b = { 1, 5 };

	(void)state;
	assert_int_equal(smcp_cursor_move(a, b, 0xffffffff), 0x100000013);
}

static void cursor_bytes__near(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= BYTES; i += 11)
		for (unsigned int near = 0; near <= BYTES; near += 9973) {
			if (i / SIZE + 32767 < near / SIZE || near / SIZE + 32767 < i / SIZE)
				continue;
			assert_int_equal(smcp_cursor_bytes(after[i], near, SIZE), i);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_at__each_byte),
		cmocka_unit_test(cursor_move__both_ways),
		cmocka_unit_test(cursor_move__size_not_known),
		cmocka_unit_test(cursor_turns__at_the_end_of_the_count),
		cmocka_unit_test(cursor_move__large_buffer),
		cmocka_unit_test(cursor_bytes__near),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
