// SPDX-License-Identifier: GPL-2.0-or-later
/* proto/cdc_rules.[ch]: CDC in numbers, against bytes that are written down, and numbers that go
 * round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cdc_rules.h"

static void control_read__smcr(void **state)
{
	static const __u8 msg[SMCW_CDC_LEN] = { 0xfe, 44,   0x12, 0x34, 1, 2, 3,    4,	 0,
						0,    0xff, 0xfe, 1,	2, 3, 4,    0,	 0,
						0x00, 0x02, 5,	  6,	7, 8, 0x80, 0x40 };
	struct smcp_control c;
	struct smcw_layout l;

	(void)state;
	assert_int_equal(smcw_llc_layout(msg, sizeof(msg), &l), 0);
	assert_true(smcp_control_read(msg, &l, &c));
	assert_true(c.has_seqno);
	assert_int_equal(c.seqno, 0x1234);
	assert_int_equal(c.prod.wrap, 0xfffe);
	assert_int_equal(c.prod.count, 0x01020304);
	assert_int_equal(c.cons.wrap, 2);
	assert_int_equal(c.cons.count, 0x05060708);
	assert_int_equal(c.flags, 0x80);
	assert_int_equal(c.state, 0x40);
}

/* The same numbers as a machine of either order writes them. */
static void control_read__smcd(void **state)
{
	static const __u8 heads[2][sizeof(struct smcw_cdc_smcd)] = {
		{ 0xfe, 0, 0, 0, 0, 0, 0, 0, 0xfe, 0xff, 4,    3,
		  2,	1, 0, 0, 2, 0, 8, 7, 6,	   5,	 0x10, 0x20 },
		{ 0xfe, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 1,    2,
		  3,	4, 0, 0, 0, 2, 5, 6, 7,	   8,	 0x10, 0x20 },
	};

	(void)state;
	for (int big = 0; big <= 1; big++) {
		struct smcp_control c;
		struct smcw_layout l;

		smcw_cdc_smcd_layout(heads[big], sizeof(heads[big]), big, &l);
		assert_true(smcp_control_read(heads[big], &l, &c));
		assert_false(c.has_seqno);
		assert_int_equal(c.prod.wrap, 0xfffe);
		assert_int_equal(c.prod.count, 0x01020304);
		assert_int_equal(c.cons.wrap, 2);
		assert_int_equal(c.cons.count, 0x05060708);
		assert_int_equal(c.flags, 0x10);
		assert_int_equal(c.state, 0x20);
	}
}

static void control_read__another_message(void **state)
{
	static const __u8 msg[SMCW_LLC_LEN] = { SMCW_LLC_TEST_LINK, SMCW_LLC_LEN };
	struct smcp_control c;
	struct smcw_layout l;

	(void)state;
	smcw_llc_layout(msg, sizeof(msg), &l);
	assert_false(smcp_control_read(msg, &l, &c));
}

/* A sender counts on by one; a receiver sees some of its messages. */
static void seqno__goes_round(void **state)
{
	(void)state;
	for (unsigned int last = 0; last <= 0xffff; last += 0x1111)
		for (unsigned int ahead = 1; ahead < 0x8000; ahead += 0x0777) {
			__u16 next = (__u16)(last + ahead);

			assert_int_equal(smcp_seqno_ahead((__u16)last, next), ahead);
			assert_int_equal(smcp_seqno_ahead(next, (__u16)last), -(int)ahead);
			assert_int_equal(smcp_seqno_missing((__u16)last, next), ahead - 1);
			assert_false(smcp_seqno_is_old((__u16)last, next));
			assert_true(smcp_seqno_is_old(next, (__u16)last));
		}
	assert_false(smcp_seqno_is_old(7, 7));
	assert_int_equal(smcp_seqno_missing(0xffff, 0), 0); /* CDC-05.1 */
}

static void cursor_is_inside__its_buffer(void **state)
{
	struct smcp_cursor c = { 3, 16383 };

	(void)state;
	assert_true(smcp_cursor_is_inside(c, 16384));
	c.count++;
	assert_false(smcp_cursor_is_inside(c, 16384));
}

/* Every bit of the two bytes that has no field in wire/'s table. */
static void control_has_reserved__bits(void **state)
{
	__u8 flags = 0, cdc_state = 0;

	(void)state;
	for (unsigned int i = smcw_part_first(SMCW_PART_cdc); i <= smcw_parts[SMCW_PART_cdc].last;
	     i++) {
		const struct smcw_field *f = &smcw_fields[i];

		if (f->kind == SMCW_K_RSVD)
			continue;
		flags |= f->offset == offsetof(struct smcw_cdc, flags) ? f->mask : 0;
		cdc_state |= f->offset == offsetof(struct smcw_cdc, state) ? f->mask : 0;
	}
	for (unsigned int bit = 1; bit <= 0x80; bit <<= 1) {
		assert_int_equal(!!smcp_control_has_reserved((__u8)bit, 0), !(flags & bit));
		assert_int_equal(!!smcp_control_has_reserved(0, (__u8)bit), !(cdc_state & bit));
	}
	assert_false(smcp_control_has_reserved(0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_read__smcr),
		cmocka_unit_test(control_read__smcd),
		cmocka_unit_test(control_read__another_message),
		cmocka_unit_test(seqno__goes_round),
		cmocka_unit_test(cursor_is_inside__its_buffer),
		cmocka_unit_test(control_has_reserved__bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
