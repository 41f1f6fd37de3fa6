// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of hosts: EBCDIC as iconv has it, and all that fills a name up. */
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conn/hostname.h"
#include "smc_wire.h"

static void expect(const char *text, size_t size, unsigned int os, const char *wanted)
{
	char *got = hostname_text((const guint8 *)text, size, os);

	assert_string_equal(got, wanted);
	g_free(got);
}

/* The bytes of @ascii in code page 1047. */
static size_t to_ebcdic(const char *ascii, char *out, size_t room)
{
	iconv_t to = iconv_open("IBM1047", "ASCII");
	char in[128], *from = in;
	size_t left = strlen(ascii), before = room;

	assert_true(to != (iconv_t)-1);
	assert_true(left < sizeof(in));
	memcpy(in, ascii, left);
	assert_int_equal(iconv(to, &from, &left, &out, &room), 0);
	iconv_close(to);
	return before - room;
}

static void hostname_text__every_sign_in_ebcdic(void **state)
{
	static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.$-/_:#@";
	char bytes[8], one[2] = "";

	(void)state;
	for (const char *sign = signs; *sign; sign++) {
		*one = *sign;
		assert_int_equal(to_ebcdic(one, bytes, sizeof(bytes)), 1);
		/* With one that is no ASCII before it, or it would be taken for ASCII. */
		bytes[1] = bytes[0];
		bytes[0] = (char)0xc1;
		expect(bytes, 2, SMCW_OS_ZOS, (const char[]){ 'A', *sign, '\0' });
	}
}

static void hostname_text__is_cut_where_it_is_filled_up(void **state)
{
	static const char fillings[] = { ' ', 0x40, 0 };
	char bytes[32];

	(void)state;
	for (size_t i = 0; i < sizeof(fillings); i++)
		for (size_t len = 1; len <= 4; len++) {
			memset(bytes, fillings[i], sizeof(bytes));
			assert_int_equal(to_ebcdic("SYSA", bytes, sizeof(bytes)), 4);
			expect(bytes, 4 + len, SMCW_OS_ZOS, "SYSA");
			/* A blank within a name stays. */
			assert_int_equal(to_ebcdic("SY A", bytes, sizeof(bytes)), 4);
			expect(bytes, 4 + len, SMCW_OS_ZOS, "SY A");
		}
	expect("linux   ", 8, SMCW_OS_LINUX, "linux");
	expect("linux\0\0\0", 8, SMCW_OS_LINUX, "linux");
	expect("a b\0 \0", 6, SMCW_OS_LINUX, "a b");
	expect("\0\0\0", 3, SMCW_OS_LINUX, "");
	expect("   ", 3, SMCW_OS_ZOS, "");
	expect("", 0, SMCW_OS_LINUX, "");
}

static void hostname_text__bytes_of_unknown_meaning_stay(void **state)
{
	(void)state;
	expect("a\xe9z", 3, SMCW_OS_LINUX, "a\\xe9z");
	expect("\xc1\xc2", 2, SMCW_OS_LINUX, "\\xc1\\xc2");
	/* No sign of a name in EBCDIC either. */
	expect("\xc1\xff", 2, SMCW_OS_ZOS, "\\xc1\\xff");
	expect("mvs1", 4, SMCW_OS_ZOS, "mvs1");
}

static void hostname_is_ascii__up_to_what_fills_it_up(void **state)
{
	(void)state;
	assert_true(hostname_is_ascii((const guint8 *)"ab\0\0", 4));
	assert_true(hostname_is_ascii((const guint8 *)"ab  ", 4));
	assert_true(hostname_is_ascii((const guint8 *)"", 0));
	assert_false(hostname_is_ascii((const guint8 *)"a\0b", 3));
	assert_false(hostname_is_ascii((const guint8 *)"ab\xc1", 3));
	assert_false(hostname_is_ascii((const guint8 *)"\xc1  ", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostname_text__every_sign_in_ebcdic),
		cmocka_unit_test(hostname_text__is_cut_where_it_is_filled_up),
		cmocka_unit_test(hostname_text__bytes_of_unknown_meaning_stay),
		cmocka_unit_test(hostname_is_ascii__up_to_what_fills_it_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
