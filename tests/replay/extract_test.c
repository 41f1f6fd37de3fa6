// SPDX-License-Identifier: GPL-2.0-or-later
/* Captures become scripts: streams in any order, every capture that is shipped, hostile files. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture/extract.h"
#include "capture/packet.h"
#include "capture/stream.h"
#include "script/names.h"
#include "text/script_text.h"

/* ---- streams ------------------------------------------------------------------ */

static const char sent[] = "0123456789abcdefghijklmnopqrstuvwxyz";

#define SENT_LEN (sizeof(sent) - 1)

static void add(struct arena *a, struct stream *s, __u32 from, size_t at, size_t len, bool fin)
{
	stream_segment(a, s, from + (__u32)at, (const __u8 *)sent + at, len, fin);
}

static void check_stream(struct stream *s, size_t len, bool ended)
{
	assert_int_equal(s->len, len);
	assert_memory_equal(s->bytes, sent, len);
	assert_int_equal(s->ended, ended);
}

static void stream_segment__in_order(void **state)
{
	struct arena a = { 0 };
	struct stream s = { 0 };

	(void)state;
	stream_syn(&s, 99);
	add(&a, &s, 100, 0, 10, false);
	check_stream(&s, 10, false);
	add(&a, &s, 100, 10, SENT_LEN - 10, true);
	check_stream(&s, SENT_LEN, true);
	arena_free(&a);
}

static void stream_segment__behind_a_gap(void **state)
{
	struct arena a = { 0 };
	struct stream s = { 0 };

	(void)state;
	stream_syn(&s, 99);
	add(&a, &s, 100, 20, 16, true);
	add(&a, &s, 100, 10, 5, false);
	check_stream(&s, 0, false);
	add(&a, &s, 100, 0, 12, false);
	check_stream(&s, 15, false);
	add(&a, &s, 100, 15, 5, false);
	check_stream(&s, SENT_LEN, true);
	arena_free(&a);
}

/* The first bytes stay: a retransmission may not change them. */
static void stream_segment__again_with_other_bytes(void **state)
{
	struct arena a = { 0 };
	struct stream s = { 0 };
	static const __u8 other[20] = { 0 };

	(void)state;
	stream_syn(&s, 99);
	add(&a, &s, 100, 0, 20, false);
	stream_segment(&a, &s, 100, other, 20, false);
	stream_segment(&a, &s, 110, other, 10, false);
	add(&a, &s, 100, 5, SENT_LEN - 5, false);
	check_stream(&s, SENT_LEN, false);
	arena_free(&a);
}

static void stream_segment__numbers_wrap(void **state)
{
	struct arena a = { 0 };
	struct stream s = { 0 };
	const __u32 from = 0xfffffff8;

	(void)state;
	stream_syn(&s, from - 1);
	add(&a, &s, from, 20, SENT_LEN - 20, false);
	add(&a, &s, from, 0, 20, false);
	check_stream(&s, SENT_LEN, false);
	arena_free(&a);
}

static void stream_segment__any_cut_and_order(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 2000; round++) {
		struct arena a = { 0 };
		struct stream s = { 0 };

		stream_syn(&s, 99);
		for (int i = 0; i < 20; i++) {
			size_t at = (size_t)random() % SENT_LEN;

			add(&a, &s, 100, at, 1 + (size_t)random() % (SENT_LEN - at), false);
		}
		for (size_t at = 0; at < SENT_LEN; at += 7)
			add(&a, &s, 100, at, SENT_LEN - at < 7 ? SENT_LEN - at : 7, false);
		check_stream(&s, SENT_LEN, false);
		arena_free(&a);
	}
}

/* ---- captures ---------------------------------------------------------------------- */

static char *written(const struct script *script)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	script_write(script, out);
	fclose(out);
	return text;
}

static void same_messages(struct script *a, struct script *b)
{
	static struct image x, y;
	const struct term *missing;
	struct test_case *ta = a->cases, *tb = b->cases;

	for (; ta && tb; ta = ta->next, tb = tb->next) {
		struct step *sa = ta->steps, *sb = tb->steps;

		for (; sa && sb; sa = sa->next, sb = sb->next) {
			assert_int_equal(sa->kind, sb->kind);
			assert_int_equal(!sa->message, !sb->message);
			if (!sa->message)
				continue;
			assert_int_equal(message_build(sa->message, names_by_let, ta, &x, &missing),
					 0);
			assert_int_equal(message_build(sb->message, names_by_let, tb, &y, &missing),
					 0);
			assert_int_equal(x.len, y.len);
			assert_memory_equal(x.bytes, y.bytes, x.len);
		}
		assert_true(!sa && !sb);
	}
	assert_true(!ta && !tb);
}

/* Capture, script, text, script, text: nothing is lost, and nothing is left over. */
static void check_capture(const char *path)
{
	struct script script, again;
	struct extract_result r;
	char error[SCRIPT_ERROR_MAX], *text, *text2;

	if (extract_path(path, &script, &r))
		fail_msg("%s: %s", path, r.error);
	assert_int_equal(r.unclaimed, 0);
	assert_non_null(script.cases);
	text = written(&script);
	if (script_parse(path, text, strlen(text), &again, error))
		fail_msg("%s", error);
	same_messages(&script, &again);
	text2 = written(&again);
	assert_string_equal(text, text2);
	free(text);
	free(text2);
	script_free(&script);
	script_free(&again);
}

static void extract_path__every_capture(void **state)
{
	DIR *dir = opendir(CAPTURES);
	struct dirent *entry;
	int n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[4096];
		size_t len = strlen(entry->d_name);

		if (len < 7 || strcmp(entry->d_name + len - 7, ".pcapng"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", CAPTURES, entry->d_name);
		check_capture(path);
		n++;
	}
	closedir(dir);
	assert_true(n >= 30);
	check_capture(TRACED);
}

static void extract_path__not_there(void **state)
{
	struct script script;
	struct extract_result r;

	(void)state;
	assert_int_equal(extract_path("/nowhere/x.pcapng", &script, &r), -ENOENT);
	assert_string_equal(r.error, "No such file or directory");
	script_free(&script);
}

/* Change any byte of a capture: the extraction ends, and its output can be read. */
static void extract_file__any_byte_wrong(void **state)
{
	static __u8 bytes[1 << 17], broken[1 << 17];
	FILE *in = fopen(CAPTURES "/smcr-first-contact.pcapng", "rb");
	size_t len;

	(void)state;
	assert_non_null(in);
	len = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	srandom(2);
	for (int round = 0; round < 400; round++) {
		struct script script, again;
		struct extract_result r;
		char error[SCRIPT_ERROR_MAX], *text;

		memcpy(broken, bytes, len);
		for (int i = 0; i < 8; i++)
			broken[(size_t)random() % len] = (__u8)random();
		extract_file("broken", fmemopen(broken, len, "rb"), &script, &r);
		text = written(&script);
		if (script_parse("broken", text, strlen(text), &again, error))
			fail_msg("%s", error);
		free(text);
		script_free(&script);
		script_free(&again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_segment__in_order),
		cmocka_unit_test(stream_segment__behind_a_gap),
		cmocka_unit_test(stream_segment__again_with_other_bytes),
		cmocka_unit_test(stream_segment__numbers_wrap),
		cmocka_unit_test(stream_segment__any_cut_and_order),
		cmocka_unit_test(extract_path__every_capture),
		cmocka_unit_test(extract_path__not_there),
		cmocka_unit_test(extract_file__any_byte_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
