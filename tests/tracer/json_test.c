// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c: every kind of event and every sample message is an object that can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
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

/* The event of a message. */
static void sample_event(struct event_sample *s, const struct sample *m)
{
	word_event(s,
		   m->kind == SAMPLE_CLC ? SMCW_EV_CLC :
		   m->kind == SAMPLE_LLC ? SMCW_EV_LLC :
					   SMCW_EV_CDC,
		   m->kind == SAMPLE_SMCD_BIG ? SMCW_EV_BIG : 0, 0, m->hex);
	s->ev.mode = m->kind > SAMPLE_LLC ? SMCW_MODE_SMCD : 0;
}

/* Every sample there is, faulty ones too, as the event of a message. */
static void all_of(const struct sample *m, size_t n)
{
	struct event_sample s;
	struct words w;
	json_t *o;

	for (; n; n--, m++) {
		sample_event(&s, m);
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

/* ---- each field, written down from its bytes -------------------------------------------- */

/* What JSON has for it: numbers in decimal, texts as they are. */
static void expected(const struct smcw_field *f, const __u8 *part, int big, char *to)
{
	const __u8 *at = part + f->offset;
	unsigned long long v = 0;
	size_t n = f->size;

	for (size_t i = 0; i < n && n <= 8; i++)
		v = v << 8 | at[f->kind == SMCW_K_HOST && !big ? n - 1 - i : i];
	for (unsigned int mask = f->mask; mask && !(mask & 1); mask >>= 1)
		v >>= 1;
	if (f->mask)
		v &= f->mask / (f->mask & -(unsigned int)f->mask);
	*to = '\0';
	switch (f->kind) {
	case SMCW_K_BOOL:
		strcpy(to, v ? "true" : "false");
		break;
	case SMCW_K_HEX:
	case SMCW_K_BYTES:
	case SMCW_K_MAC:
		to += sprintf(to, "%s", f->kind == SMCW_K_HEX ? "0x" : "");
		for (size_t i = 0; i < n; i++)
			to += sprintf(to, "%s%02x", i && f->kind == SMCW_K_MAC ? ":" : "",
				      f->mask ? (__u8)v : at[i]);
		break;
	case SMCW_K_GID:
		inet_ntop(AF_INET6, at, to, INET6_ADDRSTRLEN);
		break;
	case SMCW_K_IPV4:
		inet_ntop(AF_INET, at, to, INET6_ADDRSTRLEN);
		break;
	case SMCW_K_TEXT:
		while (n && (at[n - 1] == 0 || at[n - 1] == 32))
			n--;
		for (size_t i = 0; i < n; i++)
			*to++ = (char)(at[i] < 32 || at[i] > 126 ? 63 : at[i]);
		*to = '\0';
		break;
	default:
		sprintf(to, "%llu", v);
	}
}

static const char *in_json(json_t *v, char *to, size_t cap)
{
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (json_is_string(v))
		return json_string_value(v);
	assert_true(json_is_integer(v));
	snprintf(to, cap, "%lld", (long long)json_integer_value(v));
	return to;
}

static void check_fields(json_t *object, unsigned int part, const __u8 *at, int big)
{
	char wanted[1024], got[32], key[128];

	for (unsigned int i = smcw_part_first(part); i <= smcw_parts[part].last; i++) {
		const struct smcw_field *f = &smcw_fields[i];
		json_t *v = json_object_get(object, f->key);
		const char *text;

		if (f->kind == SMCW_K_RSVD) {
			assert_null(v);
			continue;
		}
		expected(f, at, big, wanted);
		/* IPv4 in the clothes of IPv6 is written as IPv4. */
		if (f->kind == SMCW_K_GID && !strncmp(wanted, "::ffff:", 7))
			memmove(wanted, wanted + 7, strlen(wanted) - 6);
		if (!v)
			fail_msg("%s is not there", f->key);
		assert_string_equal(in_json(v, got, sizeof(got)), wanted);
		snprintf(key, sizeof(key), "%s_text", f->key);
		text = f->list == SMCW_LIST_none ?
			       NULL :
			       smcw_value_text(f->list, (__u32)smcw_field_get(f, at, big));
		v = json_object_get(object, key);
		assert_int_equal(!v, !text);
		if (text)
			assert_string_equal(json_string_value(v), text);
	}
}

static void check_piece(json_t *message, const struct smcw_piece *p, const __u8 *at, int big,
			size_t before)
{
	json_t *v = json_object_get(message, smcw_parts[p->part].key);

	assert_non_null(v);
	if (!json_is_array(v)) {
		assert_int_equal(p->count, 1);
		check_fields(v, p->part, at, big);
		return;
	}
	for (size_t i = 0; i < p->count; i++)
		check_fields(json_array_get(v, before + i), p->part,
			     at + i * smcw_parts[p->part].size, big);
}

static void check_message(const struct event_sample *s)
{
	const __u8 *msg = s->body;
	json_t *o = json_event(&s->ev), *message = get(o, "message", NULL, NULL);
	size_t seen[SMCW_PART_COUNT] = { 0 };
	struct smcw_layout l;

	assert_int_equal(smcw_event_message(&s->ev, &l), 0);
	for (unsigned int i = 0; i < l.n; i++) {
		const struct smcw_piece *p = &l.piece[i];

		if (p->part == SMCW_PART_NONE || p->part == SMCW_PART_filler)
			continue;
		check_piece(message, p, msg + p->off, l.big, seen[p->part]);
		seen[p->part] += p->count;
	}
	for (unsigned int part = 0; part < SMCW_PART_COUNT; part++) {
		json_t *v = json_object_get(message, smcw_parts[part].key);

		if (json_is_array(v))
			assert_int_equal(json_array_size(v), seen[part]);
	}
	json_decref(o);
}

static void json_event__each_field(void **state)
{
	struct event_sample s;

	(void)state;
	for (size_t i = 0; i < samples_n; i++) {
		sample_event(&s, &samples[i]);
		check_message(&s);
	}
}

/* Texts of a peer: any byte, padding of any length, nothing at all. */
static void json_event__each_text(void **state)
{
	static const char *const texts[] = { "",   " ",	   "a",	    " a",    "a b",
					     "a ", "a  ",  "~",	    "\x7f",  "\x1f",
					     "!",  "\xff", "\x80z", "a\x01", "\t" };
	struct event_sample s;
	struct smcw_layout l;

	(void)state;
	for (size_t i = 0; i < samples_n; i++) {
		for (size_t t = 0; t < sizeof(texts) / sizeof(*texts) * 2; t++) {
			const char *text = texts[t / 2];

			sample_event(&s, &samples[i]);
			assert_int_equal(smcw_event_message(&s.ev, &l), 0);
			for (unsigned int f = 0; f < SMCW_FIELD_COUNT; f++) {
				const struct smcw_field *field = &smcw_fields[f];
				const struct smcw_piece *p = smcw_layout_find(&l, field->part);

				if (field->kind != SMCW_K_TEXT || !p)
					continue;
				memset(s.body + p->off + field->offset, t % 2 ? 'x' : 0,
				       field->size);
				memcpy(s.body + p->off + field->offset, text, strlen(text));
			}
			check_message(&s);
		}
	}
}

/* Bytes of no part are written out up to some length. */
static void json_event__other_bytes(void **state)
{
	static const unsigned int lengths[] = { 1, 255, 256, 257, 300 };
	struct event_sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		unsigned int n = lengths[i], kept = n < 256 ? n : 256;
		char hex[64];
		const char *text;
		json_t *o;

		/* A type that nobody knows. */
		snprintf(hex, sizeof(hex), "e2d4c3d9 09 %04x 10 ab*%u e2d4c3d9", 12 + n, n);
		word_event(&s, SMCW_EV_CLC, EVENT_IN, 0, hex);
		o = json_event(&s.ev);
		text = json_string_value(get(o, "message", "bytes", NULL));
		assert_int_equal(strlen(text), 2 * kept);
		assert_int_equal(strspn(text, "ab"), strlen(text));
		json_decref(o);
	}
}

/* The time of an event, from the beginning of the era on. */
static void json_event__time(void **state)
{
	static const struct {
		__u64 ns;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000000000Z" },
		{ 999999999, "1970-01-01T00:00:00.999999999Z" },
		{ 1000000000, "1970-01-01T00:00:01.000000000Z" },
		{ 951782399999999999, "2000-02-28T23:59:59.999999999Z" },
		{ 951782400000000001, "2000-02-29T00:00:00.000000001Z" },
		{ 4102444799000000010, "2099-12-31T23:59:59.000000010Z" },
	};
	struct event_sample s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *o;

		word_event(&s, SMCW_EV_SYN, EVENT_OUT, 0, "01 00*7");
		smcw_put64(&s.ev.time, rows[i].ns);
		o = json_event(&s.ev);
		STRING(o, "time", NULL, NULL, rows[i].text);
		json_decref(o);
	}
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
		cmocka_unit_test(json_event__each_field),
		cmocka_unit_test(json_event__each_text),
		cmocka_unit_test(json_event__other_bytes),
		cmocka_unit_test(json_event__time),
		cmocka_unit_test(json_print_event__says_that_it_could_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
