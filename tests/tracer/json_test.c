// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c: every kind of event and every sample message is an object that can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "words.h"

static json_t *get(json_t *o, const char *a, const char *b, const char *c)
{
	o = json_object_get(o, a);
	if (b)
		o = json_object_get(o, b);
	if (c)
		o = json_object_get(o, c);
	assert_non_null(o);
	return o;
}

#define STRING(o, a, b, c, is) assert_string_equal(json_string_value(get(o, a, b, c)), is)
#define NUMBER(o, a, b, c, is) assert_int_equal(json_integer_value(get(o, a, b, c)), is)

static void json_event__header(void **state)
{
	struct event_sample s;
	json_t *o;

	(void)state;
	word_event(&s, SMCW_EV_FALLBACK, 0, 5, "05000000 03070000");
	smcw_put64(&s.ev.channel, 0xaa);
	o = json_event(&s.ev);
	assert_non_null(o);
	STRING(o, "time", NULL, NULL, "2023-11-15T12:00:00.000000005Z");
	STRING(o, "text", NULL, NULL,
	       "fallback to TCP: 0x05000000 peer declined; peer said 0x03070000 IP prefixes do "
	       "not match");
	STRING(o, "kind_text", NULL, NULL, "fallback to TCP");
	NUMBER(o, "kind", NULL, NULL, SMCW_EV_FALLBACK);
	NUMBER(o, "sock", NULL, NULL, 77);
	STRING(o, "channel", NULL, NULL, "0x00000000000000aa");
	STRING(o, "local", NULL, NULL, "10.0.0.1");
	NUMBER(o, "peer_port", NULL, NULL, 4000);
	STRING(o, "comm", NULL, NULL, "nginx");
	STRING(o, "role_text", NULL, NULL, "server");
	assert_true(json_is_false(get(o, "seen", NULL, NULL)));
	assert_null(json_object_get(o, "reserved"));
	assert_null(json_object_get(o, "faults"));
	STRING(o, "message", "ev_fallback", "reason", "0x05000000");
	STRING(o, "message", "ev_fallback", "diagnosis_text", "IP prefixes do not match");
	json_decref(o);
}

static void json_event__numbers_above_signed_ones(void **state)
{
	struct event_sample s;
	json_t *o;

	(void)state;
	word_event(&s, SMCW_EV_SYN, 0, 0, "01 00*7");
	smcw_put64(&s.ev.id, 1ull << 63);
	smcw_put64(&s.ev.sock, (1ull << 63) - 1);
	o = json_event(&s.ev);
	STRING(o, "id", NULL, NULL, "9223372036854775808");
	assert_true(json_integer_value(get(o, "sock", NULL, NULL)) == INT64_MAX);
	json_decref(o);
}

static void json_event__counters_are_a_list(void **state)
{
	struct event_sample s;
	json_t *o, *list;

	(void)state;
	word_event(&s, SMCW_EV_COUNTERS, 0, 0,
		   "01 00*7 0000000000000007 00*40 02 00*7 0000000000000008 00*40");
	o = json_event(&s.ev);
	list = get(o, "message", "ev_counter", NULL);
	assert_int_equal(json_array_size(list), 2);
	NUMBER(json_array_get(list, 1), "seen", NULL, NULL, 8);
	STRING(json_array_get(list, 1), "hook_text", NULL, NULL, "smc_clc_wait_msg");
	json_decref(o);
	word_event(&s, SMCW_EV_COUNTERS, 0, 0, "01 00*7 0000000000000007 00*40");
	o = json_event(&s.ev);
	assert_int_equal(json_array_size(get(o, "message", "ev_counter", NULL)), 1);
	json_decref(o);
}

static void json_event__cut_message_has_faults(void **state)
{
	struct event_sample s;
	json_t *o;

	(void)state;
	word_event(&s, SMCW_EV_CLC, EVENT_IN, 0, "e2d4c3d9 04 001c 10 0102");
	o = json_event(&s.ev);
	assert_true(json_array_size(get(o, "faults", NULL, NULL)) > 0);
	STRING(o, "message", "decline_hdr", "type_text", "Decline");
	STRING(o, "message", "bytes", NULL, "0102");
	json_decref(o);
}

/* Every sample there is, faulty ones too, as the event of a message. */
static void all_of(const struct sample *m, size_t n)
{
	struct event_sample s;
	struct words w;
	json_t *o;

	for (; n; n--, m++) {
		word_event(&s,
			   m->kind == SAMPLE_CLC ? SMCW_EV_CLC :
			   m->kind == SAMPLE_LLC ? SMCW_EV_LLC :
						   SMCW_EV_CDC,
			   m->kind == SAMPLE_SMCD_BIG ? SMCW_EV_BIG : 0, 0, m->hex);
		s.ev.mode = m->kind > SAMPLE_LLC ? SMCW_MODE_SMCD : 0;
		assert_int_equal(json_print_event(word_begin(&w), &s.ev), 0);
		word_end(&w);
		assert_int_equal(strcspn(w.text, "\n"), w.len - 1);
		o = json_loads(w.text, 0, NULL);
		assert_non_null(o);
		if (m->line) {
			assert_string_equal(json_string_value(json_object_get(o, "text")), m->line);
		}
		json_decref(o);
		free(w.text);
	}
}

static void json_print_event__all_messages(void **state)
{
	(void)state;
	all_of(samples, samples_n);
	all_of(faulty_samples, faulty_samples_n);
}

static void json_print_event__says_that_it_could_not(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct event_sample s;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	word_event(&s, SMCW_EV_SYN, EVENT_OUT, 0, "01 00*7");
	assert_int_equal(json_print_event(full, &s.ev), -EIO);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_event__header),
		cmocka_unit_test(json_event__numbers_above_signed_ones),
		cmocka_unit_test(json_event__counters_are_a_list),
		cmocka_unit_test(json_event__cut_message_has_faults),
		cmocka_unit_test(json_print_event__all_messages),
		cmocka_unit_test(json_print_event__says_that_it_could_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
