// SPDX-License-Identifier: GPL-2.0-or-later
/* print.c and who.c: the line on the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/print.h"
#include "base/who.h"
#include "words.h"

static void is_line(const struct smcw_event *ev, int color, const char *line)
{
	struct words w;
	struct print p = { .out = word_begin(&w), .color = color };

	assert_int_equal(print_event(&p, ev), 0);
	assert_string_equal(word_end(&w), line);
	free(w.text);
}

static void print_event__arrow_by_direction(void **state)
{
	static const char decline[] = "e2d4c3d9 04 001c 10 00*8 03010000 00*4 e2d4c3d9";
	struct event_sample s;

	(void)state;
	word_event(&s, SMCW_EV_CLC, EVENT_OUT, 123456789, decline);
	is_line(&s.ev, 0,
		"12:00:00.123456  nginx/123         10.0.0.1:80 > 10.0.0.2:4000          "
		"  [0x100/0x5]  SMC Decline v1: peer did not offer SMC (0x03010000)\n");
	word_event(&s, SMCW_EV_CLC, EVENT_IN, 0, decline);
	is_line(&s.ev, 0,
		"12:00:00.000000  nginx/123         10.0.0.1:80 < 10.0.0.2:4000          "
		"  [0x100/0x5]  SMC Decline v1: peer did not offer SMC (0x03010000)\n");
	word_event(&s, SMCW_EV_STATE, 0, 0, "01 14 0000 00000000");
	s.ev.lgr = 0;
	is_line(&s.ev, 0,
		"12:00:00.000000  nginx/123         10.0.0.1:80 - 10.0.0.2:4000          "
		"  [/0x5]  socket ACTIVE -> PEERCLOSEWAIT1\n");
}

static void print_event__nothing_known(void **state)
{
	struct event_sample s;

	(void)state;
	event_sample(&s, SMCW_EV_COUNTERS, 0, "01 00*55");
	s.ev.conn = s.ev.lgr = 0;
	is_line(&s.ev, 0,
		"00:00:00.000000  -                 - - -                                "
		"  [-]  counters: 1 hook, 0 lost\n");
}

static void print_event__each_kind_has_its_color(void **state)
{
	static const char *const color[SMCW_KINDS_MAX] = {
		[SMCW_EV_CLC] = "\033[36m",
		[SMCW_EV_LLC] = "\033[34m",
		[SMCW_EV_CDC] = "",
		[SMCW_EV_FALLBACK] = "\033[1;31m",
		[SMCW_EV_CLC_FAILED] = "\033[1;31m",
		[SMCW_EV_MODULE] = "\033[35m",
		[SMCW_EV_COUNTERS] = "",
	};
	char before[32];

	(void)state;
	for (unsigned int kind = 0; kind < SMCW_KINDS_MAX; kind++) {
		const char *want = color[kind] ? color[kind] : "\033[32m"; /* life cycle: green */
		struct event_sample s;
		struct words w;
		struct print p;

		if (!smcw_value_text(SMCW_LIST_event_kinds, kind))
			continue;
		word_event(&s, (__u8)kind, 0, 0, "00*250");
		p = (struct print){ .out = word_begin(&w), .color = 1 };
		print_event(&p, &s.ev);
		snprintf(before, sizeof(before), "]  %s", want);
		if (!strstr(word_end(&w), before) || (!*want && strchr(w.text, '\033')))
			fail_msg("kind %u: %s", kind, w.text);
		free(w.text);
	}
}

static void print_event__fallback_and_loss_are_red(void **state)
{
	struct event_sample s;
	struct words w;
	struct print p;

	(void)state;
	word_event(&s, SMCW_EV_FALLBACK, 0, 0, "03010000 00000000");
	p = (struct print){ .out = word_begin(&w), .color = 1 };
	print_event(&p, &s.ev);
	assert_non_null(strstr(word_end(&w), "\033[1;31mfallback to TCP"));
	assert_non_null(strstr(w.text, "\033[0m\n"));
	free(w.text);
	word_event(&s, SMCW_EV_SYN, EVENT_OUT, 0, "01 00*7");
	smcw_put64(&s.ev.lost, 2);
	p = (struct print){ .out = word_begin(&w), .color = 1 };
	print_event(&p, &s.ev);
	assert_non_null(strstr(word_end(&w), "\033[1;31mSYN"));
	free(w.text);
	word_event(&s, SMCW_EV_COUNTERS, 0, 0, "01 00*7 00*24 0000000000000001 00*16");
	p = (struct print){ .out = word_begin(&w), .color = 1 };
	print_event(&p, &s.ev);
	assert_non_null(strstr(word_end(&w), "\033[1;31mcounters"));
	free(w.text);
}

static void print_event__says_that_it_could_not(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct print p = { .out = full, .color = 0 };
	struct event_sample s;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	word_event(&s, SMCW_EV_SYN, EVENT_OUT, 0, "01 00*7");
	assert_int_equal(print_event(&p, &s.ev), -EIO);
	fclose(full);
}

static void who_owner__no_commands_for_terminals(void **state)
{
	struct event_sample s;
	char buf[WHO_MAX];

	(void)state;
	word_event(&s, SMCW_EV_SYN, 0, 0, "01 00*7");
	memcpy(s.ev.comm, "\033[2Jabcdefghijklm", SMCW_COMM_LEN);
	assert_string_equal(who_owner(&s.ev, buf, sizeof(buf)), "?[2Jabcdefghijkl/123");
	memset(s.ev.comm, 0, SMCW_COMM_LEN);
	assert_string_equal(who_owner(&s.ev, buf, sizeof(buf)), "?/123");
}

static void who_address__families(void **state)
{
	__u8 addr[SAMPLE_MAX];
	char buf[WHO_MAX];

	(void)state;
	sample_bytes("20010db8 00*11 01", addr);
	assert_string_equal(who_address(addr, 80, buf, sizeof(buf)), "[2001:db8::1]:80");
	assert_string_equal(who_address(addr, 0, buf, sizeof(buf)), "2001:db8::1");
	sample_bytes("ff*16", addr);
	assert_string_equal(who_address(addr, 65535, buf, sizeof(buf)),
			    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
	sample_bytes("00*16", addr);
	assert_string_equal(who_address(addr, 80, buf, sizeof(buf)), "*:80");
	assert_string_equal(who_address(addr, 0, buf, sizeof(buf)), "-");
}

static void who_same__cookie_then_addresses(void **state)
{
	struct event_sample a, b;

	(void)state;
	word_event(&a, SMCW_EV_SYN, 0, 0, "01 00*7");
	word_event(&b, SMCW_EV_SYN, 0, 0, "01 00*7");
	assert_true(who_same(&a.ev, &b.ev));
	smcw_put64(&b.ev.sock, 78);
	assert_false(who_same(&a.ev, &b.ev));
	b.ev.sock = 0;
	assert_true(who_same(&a.ev, &b.ev));
	b.ev.netns = 1;
	assert_false(who_same(&a.ev, &b.ev));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(print_event__arrow_by_direction),
		cmocka_unit_test(print_event__nothing_known),
		cmocka_unit_test(print_event__each_kind_has_its_color),
		cmocka_unit_test(print_event__fallback_and_loss_are_red),
		cmocka_unit_test(print_event__says_that_it_could_not),
		cmocka_unit_test(who_owner__no_commands_for_terminals),
		cmocka_unit_test(who_address__families),
		cmocka_unit_test(who_same__cookie_then_addresses),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
