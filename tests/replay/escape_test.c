// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text of a peer is made fit for a terminal, for JSON and XML: each character there is, and each
 * way in which bytes are none. The C library says what is UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/escape.h"

/* What is no text, or turns it around: first and last of each run. */
static const unsigned int not_plain[][2] = {
	{ 0x00, 0x09 },	    { 0x0b, 0x1f },	{ 0x7f, 0x9f },	    { 0x202a, 0x202e },
	{ 0x2066, 0x2069 }, { 0xd800, 0xdfff }, { 0xfffe, 0xffff },
};

static bool is_text(unsigned int c)
{
	for (size_t i = 0; i < sizeof(not_plain) / sizeof(*not_plain); i++)
		if (c >= not_plain[i][0] && c <= not_plain[i][1])
			return false;
	/* The last two of each plane are no characters. */
	return c <= 0x10ffff && c % 0x10000 < 0xfffe;
}

/* As it is in UTF-8, by the definition. */
static size_t encode(unsigned int c, char *to)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned int marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(marks[len] | c);
	to[len] = '\0';
	return len;
}

static void all_bytes(const char *text, char *to)
{
	*to = '\0';
	for (; *text; text++)
		to += sprintf(to, "\\x%02x", (unsigned int)(unsigned char)*text);
}

static void check(const char *text, const char *wanted)
{
	struct arena a = { 0 };

	assert_string_equal(escape_copy(&a, text), wanted);
	arena_free(&a);
}

static void escape_copy__each_character(void **state)
{
	char text[8], wanted[32];

	(void)state;
	for (unsigned int c = 1; c < 0x110000; c++) {
		encode(c, text);
		if (is_text(c))
			snprintf(wanted, sizeof(wanted), "%s", text);
		else
			all_bytes(text, wanted);
		check(text, wanted);
	}
}

/* Every two bytes and a third: each character of them stays, each other byte is written out. */
static void reference(const char *text, char *to)
{
	while (*text) {
		mbstate_t s = { 0 };
		wchar_t c;
		size_t len = mbrtowc(&c, text, strlen(text), &s);
		bool is = len != (size_t)-1 && len != (size_t)-2 && is_text((unsigned int)c);

		if (is)
			to = (char *)memcpy(to, text, len) + len;
		else
			to += sprintf(to, "\\x%02x", (unsigned int)(unsigned char)*text);
		text += is ? len : 1;
	}
	*to = '\0';
}

static void escape_copy__any_bytes(void **state)
{
	static const unsigned char ends[] = { 0, 'a', 0x80, 0xbf, 0xff };
	char text[5] = "", wanted[32];

	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	for (unsigned int first = 1; first < 256; first++) {
		for (unsigned int second = 0; second < 256; second++) {
			for (size_t i = 0; i < sizeof(ends) * sizeof(ends); i++) {
				text[0] = (char)first;
				text[1] = (char)second;
				text[2] = (char)ends[i / sizeof(ends)];
				text[3] = (char)ends[i % sizeof(ends)];
				reference(text, wanted);
				check(text, wanted);
			}
		}
	}
}

/* In place, and cut to what there is room for, but not within a character. */
static void escape_here__each_room(void **state)
{
	static const char *const texts[] = {
		"", "abc", "a\xc3\xa4z", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a\x01z"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct arena a = { 0 };
		const char *whole = escape_copy(&a, texts[i]);

		for (size_t cap = strlen(texts[i]) + 1; cap < 12; cap++) {
			size_t len = strlen(whole);
			char text[16];

			memset(text, 'x', sizeof(text));
			strcpy(text, texts[i]);
			escape_here(text, cap);
			while (len >= cap || (whole[len] & 0xc0) == 0x80)
				len--;
			assert_int_equal(strlen(text), len);
			assert_memory_equal(text, whole, len);
			for (size_t at = cap; at < sizeof(text); at++)
				assert_int_equal(text[at], 'x');
		}
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escape_copy__each_character),
		cmocka_unit_test(escape_copy__any_bytes),
		cmocka_unit_test(escape_here__each_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
