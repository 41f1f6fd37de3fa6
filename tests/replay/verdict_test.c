// SPDX-License-Identifier: GPL-2.0-or-later
/* Differences, the values of names, and the use of verdicts by a report and a catalogue. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "report/catalogue.h"
#include "report/known.h"
#include "report/report.h"
#include "state/compare.h"
#include "state/setup.h"
#include "text/script_text.h"

static const char two_messages[] = "smc-replay 1\n"
				   "	client clc decline\n"
				   "		decline_hdr version=2\n"
				   "		decline %s os=linux\n"
				   "		decline_v2 %s\n"
				   "		trailer\n"
				   "	server clc %s\n"
				   "%s";

/* The first message against the second one; differences as text. */
static unsigned int compare(const char *decline, const char *more, const char *type,
			    const char *parts, char *text, size_t cap)
{
	static struct image image;
	struct bindings none = { 0 }, names = { .stack = &none, .chosen = &none };
	char error[SCRIPT_ERROR_MAX], source[2048];
	const struct term *missing;
	struct arena a = { 0 };
	struct script script;
	unsigned int n;
	FILE *out = fmemopen(text, cap, "w");

	snprintf(source, sizeof(source), two_messages, decline, more, type, parts);
	if (script_parse("two", source, strlen(source), &script, error))
		fail_msg("%s", error);
	names.arena = &a;
	names.test = script.cases;
	names.played = END_CLIENT;
	assert_int_equal(
		message_build(script.cases->steps->message, bind_own, &names, &image, &missing), 0);
	n = compare_message(script.cases->steps->next->message, image.bytes, image.len, &names,
			    out);
	fclose(out);
	script_free(&script);
	arena_free(&a);
	return n;
}

static const struct {
	const char *decline, *more, *type, *parts, *want; /* want: NULL for no difference */
} comparisons[] = {
	{ "diagnosis=0x03030002", "", "decline", "", NULL },
	{ "diagnosis=0x03030002", "", "accept", "", "expected Accept, got SMC Decline v2" },
	{ "diagnosis=0x03030002", "", "decline",
	  "decline_hdr version=2\ndecline diagnosis=0x03030002 os=linux\ndecline_v2\ntrailer\n",
	  NULL },
	{ "diagnosis=0x03030002", "", "decline",
	  "decline_hdr version=2\ndecline diagnosis=0x03030000|0x03030002 "
	  "os=*\ndecline_v2\ntrailer\n",
	  NULL },
	{ "diagnosis=0x03030002", "", "decline",
	  "decline_hdr version=2\ndecline diagnosis=0x03030003 os=linux\ndecline_v2\ntrailer\n",
	  "decline.diagnosis: expected no_ismv2_support_in_the_hardware, got "
	  "no_usable_smc_r_device; it "
	  "is negotiated" },
	/* Any value of a volatile field matches if the script has none. */
	{ "peer_id=0x0102030405060708", "", "decline",
	  "decline_hdr version=2\ndecline os=linux\ndecline_v2\ntrailer\n", NULL },
	{ "peer_id=0x0102030405060708", "", "decline",
	  "decline_hdr version=2\ndecline os=linux peer_id=!0\ndecline_v2\ntrailer\n", NULL },
	{ "", "", "decline",
	  "decline_hdr version=2\ndecline os=linux peer_id=!0\ndecline_v2\ntrailer\n",
	  "decline.peer_id: expected anything but zero, got 0x0000000000000000; it is volatile" },
	/* Reserved bits have to be zero. */
	{ "reserved2=1", "", "decline",
	  "decline_hdr version=2\ndecline os=linux\ndecline_v2\ntrailer\n",
	  "decline.reserved2: expected 0x000000, got 0x000001; it is reserved: sent as zero "
	  "[CLC-06]" },
	/* Derived fields follow from what came. */
	{ "", "\nbytes 0x00", "decline",
	  "decline_hdr version=2\ndecline os=linux\ndecline_v2\nbytes 0x00\ntrailer\n", NULL },
	{ "", "\nbytes 0x00", "decline",
	  "decline_hdr version=2\ndecline os=linux\ndecline_v2\ntrailer\n",
	  "parts: expected decline_hdr decline decline_v2 trailer, got" },
};

static void compare_message__by_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		char text[2048] = "";
		unsigned int n =
			compare(comparisons[i].decline, comparisons[i].more, comparisons[i].type,
				comparisons[i].parts, text, sizeof(text));

		if (n != (comparisons[i].want != NULL) ||
		    strncmp(text, comparisons[i].want ? comparisons[i].want : "",
			    comparisons[i].want ? strlen(comparisons[i].want) : 1))
			fail_msg("%zu: %u differences:\n%swanted: %s", i, n, text,
				 comparisons[i].want);
	}
}

static void compare_message__names_bind_once(void **state)
{
	char text[1024] = "";

	(void)state;
	assert_int_equal(compare("peer_id=0x0102030405060708", "", "decline",
				 "decline_hdr version=2\ndecline os=linux peer_id=$peer\n"
				 "decline_v2\ntrailer\n",
				 text, sizeof(text)),
			 0);
	/* It is sent, so it is bound to the sent value. */
	assert_int_equal(compare("peer_id=$peer", "", "decline",
				 "decline_hdr version=2\ndecline os=linux peer_id=$peer\n"
				 "decline_v2\ntrailer\n	let $peer 0x0000000000000007\n",
				 text, sizeof(text)),
			 0);
}

/* A name that stands for an rkey of zero does not wait for another one. */
static void compare_message__zero_key_binds(void **state)
{
	static const char script[] = "smc-replay 1\n"
				     "	server clc accept\n"
				     "		accept_hdr version=1\n"
				     "		smcr rkey=0 rmbe_idx=1\n"
				     "		trailer\n"
				     "	server clc accept\n"
				     "		accept_hdr version=1\n"
				     "		smcr rkey=$key gid=$gid rmbe_idx=1\n"
				     "		trailer\n";
	struct bindings none = { 0 }, names = { .stack = &none, .chosen = &none };
	static struct image image;
	char error[SCRIPT_ERROR_MAX], text[256] = "";
	const struct term *missing;
	struct arena a = { 0 };
	struct script parsed;
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	if (script_parse("zero", script, strlen(script), &parsed, error))
		fail_msg("%s", error);
	names.arena = &a;
	names.test = parsed.cases;
	names.played = END_SERVER;
	assert_int_equal(
		message_build(parsed.cases->steps->message, bind_own, &names, &image, &missing), 0);
	assert_int_equal(compare_message(parsed.cases->steps->next->message, image.bytes, image.len,
					 &names, out),
			 0);
	fclose(out);
	assert_non_null(bind_find(&names, "key"));
	assert_null(bind_find(&names, "gid"));
	script_free(&parsed);
	arena_free(&a);
}

static struct setup no_setup;

static struct bindings chosen(const char *name, const char *value)
{
	struct bindings b = { .arena = &no_setup.arena };

	assert_int_equal(bind_choose(&b, name, value), 0);
	return b;
}

static void bind_choose__by_noun(void **state)
{
	struct bindings b = chosen("stack_eid1", "\"A\"");
	struct bindings none = { .arena = &no_setup.arena };

	(void)state;
	assert_int_equal(b.first->value.len, SMCW_EID_LEN);
	assert_memory_equal(b.first->value.bytes, "A   ", 4);
	b = chosen("gid7", "10.9.0.1");
	assert_int_equal(b.first->value.len, SMCW_GID_LEN);
	assert_int_equal(bind_choose(&none, "frob1", "1"), -EINVAL);
	assert_int_equal(bind_choose(&none, "gid1", "7"), -EINVAL);
	arena_free(&no_setup.arena);
}

/* ---- files ---------------------------------------------------------------------- */

static char path[64];

static void write_file(const char *text)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/replay-verdict.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void known_read__patterns(void **state)
{
	struct known k = { 0 };
	unsigned int line;

	(void)state;
	write_file(
		"# a comment\n\nclc/bad-* as client | expected a, got * | RFC wants it (there)\n");
	assert_int_equal(known_read(&k, path, &line), 0);
	assert_string_equal(known_reason(&k, "clc/bad-trailer as client"), "RFC wants it (there)");
	assert_null(known_reason(&k, "clc/bad-trailer as server"));
	known_free(&k);
	unlink(path);
}

static void known_read__no_reason(void **state)
{
	static const char *const texts[] = { "a\n",	"a |\n",     "a |   \n",  "| b\n",
					     "a | b\n", "a | | c\n", "a | b |\n", "a|b|c|d\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct known k = { 0 };
		unsigned int line;

		write_file(texts[i]);
		assert_int_equal(known_read(&k, path, &line), -EINVAL);
		assert_int_equal(line, 1);
		known_free(&k);
		unlink(path);
	}
}

/* Masked is what is known, line by line, and nothing beside it. */
static void known_same__names_the_difference(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		{ "x.smc:1:2: client clc: 2 differences in: Accept\n"
		  "  part.a: expected 1, got 2; it is so [A-1]\n"
		  "  part.b: expected 3, got 99\n",
		  true },
		{ "x.smc:1:2: client clc: 3 differences in: Accept\n"
		  "  part.a: expected 1, got 2; it is so [A-1]\n"
		  "  part.b: expected 3, got 99\n"
		  "  part.c: expected 5, got 6\n",
		  false },
		{ "x.smc:1:2: client clc: 1 difference in: Accept\n"
		  "  part.b: expected 3, got 99\n",
		  true },
		{ "x.smc:9:2: client clc: expected a message, got nothing in time\n", false },
		{ "  part.a: expected 1, got 2\n  part.b: expected 3, got\n  came: 00\n"
		  "expected no report in the kernel log, got: BUG: part.a\n",
		  false },
	};
	struct known k = { 0 };
	unsigned int line;

	(void)state;
	write_file("c as * | part.a: expected 1, got 2 | why\nc as client | part.b: expected *, "
		   "got | why\n");
	assert_int_equal(known_read(&k, path, &line), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(known_same(&k, "c as client", rows[i].text), rows[i].same);
	assert_false(known_same(&k, "c as server", rows[0].text));
	known_free(&k);
	unlink(path);
}

static void catalogue_read__wrong_lines(void **state)
{
	static const char *const texts[] = { "A-1\tK\ttcp\n", "A-1\tK\ttcp\tx\ty\n",
					     "A-1\tK\ttcp\tx\nA-1\tK\ttcp\tx\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct catalogue c = { 0 };
		unsigned int line;

		write_file(texts[i]);
		assert_int_equal(catalogue_read(&c, path, &line), -EINVAL);
		catalogue_free(&c);
		unlink(path);
	}
}

/* ---- reports ------------------------------------------------------------------------ */

static void add(struct report *r, const char *id, enum verdict v, const char *reason)
{
	struct word covers = { .text = id };
	struct outcome o = { .verdict = v, .text = "why <&>\n" };

	report_add(r, "file/case as client", "folder/file.smc", &covers, &o, reason);
}

static void check_status(const enum verdict *v, size_t n, int want)
{
	struct report r;

	report_init(&r, NULL);
	for (size_t i = 0; i < n; i++)
		add(&r, "A-1", v[i], "reason");
	assert_int_equal(report_status(&r), want);
	report_free(&r);
}

static void report_status__by_verdicts(void **state)
{
	(void)state;
	check_status(NULL, 0, 77);
	check_status((enum verdict[]){ VERDICT_SKIP }, 1, 77);
	check_status((enum verdict[]){ VERDICT_PASS, VERDICT_SKIP }, 2, 0);
	check_status((enum verdict[]){ VERDICT_PASS, VERDICT_KNOWN }, 2, 0);
	check_status((enum verdict[]){ VERDICT_PASS, VERDICT_FAIL }, 2, 1);
	check_status((enum verdict[]){ VERDICT_PASS, VERDICT_XPASS }, 2, 1);
	check_status((enum verdict[]){ VERDICT_PASS, VERDICT_ERROR }, 2, 2);
	check_status((enum verdict[]){ VERDICT_ERROR, VERDICT_FAIL }, 2, 1);
}

static void report_add__tap(void **state)
{
	static const char want[] =
		"ok 1 - file/case as client A-1\n"
		"# why <&>\n"
		"not ok 2 - file/case as client A-1\n"
		"# why <&>\n"
		"not ok 3 - file/case as client A-1 # TODO known deviation: reason\n"
		"# why <&>\n"
		"not ok 4 - file/case as client A-1 # unexpected pass of a known deviation: "
		"reason\n"
		"# why <&>\n"
		"ok 5 - file/case as client A-1 # SKIP why <&>\n"
		"not ok 6 - file/case as client A-1\n"
		"# why <&>\n"
		"1..6\n"
		"# failed: 1 case, by A-1\n"
		"# not run: 1 case: why <&>\n"
		"# pass 1, fail 1, known deviation 1, unexpected pass 1, skip 1, error 1\n";
	char *text = NULL;
	size_t len = 0;
	struct report r;

	(void)state;
	report_init(&r, open_memstream(&text, &len));
	for (int v = 0; v < VERDICT_COUNT; v++)
		add(&r, "A-1", (enum verdict)v,
		    v == VERDICT_KNOWN || v == VERDICT_XPASS ? "reason" : NULL);
	report_end(&r);
	fclose(r.tap);
	assert_string_equal(text, want);
	free(text);
	report_free(&r);
}

/* Bytes that are no UTF-8, that a terminal obeys, or that end a line; in each form of a report. */
static const char hostile[] = "a\xe9 b\x1b]0;x\x07 c\xc2\x9b d\xed\xa0\x80 e\xf8 f\xe2\x80\xae "
			      "g\xef\xbf\xbf h#i \xc3\xa9 j\x7f";
static const char tamed[] =
	"a\\xe9 b\\x1b]0;x\\x07 c\\xc2\\x9b d\\xed\\xa0\\x80 e\\xf8 f\\xe2\\x80\\xae "
	"g\\xef\\xbf\\xbf h#i \xc3\xa9 j\\x7f";

static void report_add__escapes(void **state)
{
	struct word covers = { .text = hostile };
	struct outcome o = { .verdict = VERDICT_FAIL };
	struct report r;
	FILE *tap = tmpfile();
	char text[4096] = "";
	const struct record *c;

	(void)state;
	snprintf(o.text, sizeof(o.text), "%s\n", hostile);
	snprintf(o.seen, sizeof(o.seen), "1.x=%s\n", hostile);
	snprintf(o.notes, sizeof(o.notes), "%s\n", hostile);
	report_init(&r, tap);
	report_add(&r, hostile, hostile, &covers, &o, hostile);
	c = r.first;
	assert_string_equal(c->name, tamed);
	assert_string_equal(c->file, tamed);
	assert_string_equal(c->covers->text, tamed);
	assert_string_equal(c->reason, tamed);
	assert_memory_equal(c->text, tamed, strlen(tamed));
	assert_memory_equal(c->notes, tamed, strlen(tamed));
	assert_memory_equal(c->seen + 4, tamed, strlen(tamed));
	rewind(tap);
	text[fread(text, 1, sizeof(text) - 1, tap)] = '\0';
	/* No other byte of them is left, and no # that would begin a directive. */
	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at >= ' ' || *at == '\n');
	assert_non_null(strstr(text, " h\\#i "));
	rewind(tap);
	assert_int_equal(report_json(&r, tap), 0);
	report_free(&r);
	fclose(tap);
}

/* A failure that names its statement is about no other one of the case. */
static void catalogue_count__blames_the_statement_that_is_named(void **state)
{
	struct word c2 = { .text = "A-2" }, c1 = { .next = &c2, .text = "A-1" };
	struct outcome o = { .verdict = VERDICT_FAIL,
			     .text = "expected 1, got 2 [A-2], and [A-3]\n" };
	struct catalogue c = { 0 };
	struct report r;
	unsigned int line;

	(void)state;
	write_file("A-1\tK\ttcp\tone\nA-2\tK\ttcp\ttwo\nA-3\tQ\ttcp\tthree\n");
	assert_int_equal(catalogue_read(&c, path, &line), 0);
	report_init(&r, NULL);
	report_add(&r, "x", "x", &c1, &o, NULL);
	assert_null(catalogue_count(&c, &r));
	assert_int_equal(catalogue_find(&c, "A-1")->count[VERDICT_FAIL], 0);
	assert_int_equal(catalogue_find(&c, "A-1")->count[VERDICT_PASS], 0);
	assert_int_equal(catalogue_find(&c, "A-2")->count[VERDICT_FAIL], 1);
	assert_int_equal(catalogue_find(&c, "A-3")->count[VERDICT_FAIL], 1);
	report_free(&r);
	catalogue_free(&c);
	unlink(path);
}

static void report_end__summary(void **state)
{
	static const char want[] = "# failed: 3 cases: 2 by LLC-39, 1 by A-1\n"
				   "# not run: 1 case: not on this host: rdma\n";
	struct outcome llc = { .verdict = VERDICT_FAIL,
			       .text = "expected a, got b [LLC-39] [X-1]\n" };
	struct outcome other = { .verdict = VERDICT_FAIL, .text = "expected a, got b\n" };
	struct outcome skip = { .verdict = VERDICT_SKIP, .text = "not on this host: rdma\n" };
	struct word c2 = { .text = "A-2" }, c1 = { .next = &c2, .text = "A-1" },
		    a1 = { .text = "A-1" };
	char *text = NULL;
	size_t len = 0;
	struct report r;

	(void)state;
	report_init(&r, open_memstream(&text, &len));
	report_begin(&r, FORM_KTAP, 4);
	report_add(&r, "x", "x", &c1, &llc, NULL);
	report_add(&r, "y", "x", &c1, &llc, NULL);
	report_add(&r, "z", "x", &a1, &other, NULL);
	report_add(&r, "w", "x", &a1, &skip, NULL);
	report_end(&r);
	fclose(r.tap);
	assert_non_null(strstr(text, want));
	assert_memory_equal(text, "KTAP version 1\n1..4\nnot ok 1 x A-1 A-2\n", 39);
	free(text);
	report_free(&r);
	report_init(&r, NULL);
	report_begin(&r, FORM_KTAP, 1);
	report_add(&r, "w", "x", &a1, &skip, NULL);
	assert_int_equal(report_status(&r), 4);
	report_free(&r);
}

static void report_junit__escapes(void **state)
{
	char text[4096] = "";
	struct report r;
	FILE *in;

	(void)state;
	in = tmpfile();
	assert_non_null(in);
	report_init(&r, NULL);
	add(&r, "A-1", VERDICT_FAIL, NULL);
	assert_int_equal(report_junit(&r, in), 0);
	rewind(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	assert_non_null(strstr(text, "failures=\"1\" errors=\"0\" skipped=\"0\""));
	assert_non_null(strstr(text, "classname=\"smc-replay.file\""));
	assert_non_null(strstr(text, "<failure message=\"fail\">why &lt;&amp;&gt;\n</failure>"));
	report_free(&r);
}

static void catalogue_write__worst_verdict_counts(void **state)
{
	struct catalogue c = { 0 };
	struct report r;
	unsigned int line;
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	(void)state;
	write_file(
		"A-1\tK\ttcp\tone\nA-2\tK\ttcp\ttwo\nA-3\tQ\ttcp\tthree\nA-4\tK\t-no device\tfour\n"
		"A-5\tK\ttcp\tfive\n");
	assert_int_equal(catalogue_read(&c, path, &line), 0);
	report_init(&r, NULL);
	add(&r, "A-1", VERDICT_PASS, NULL);
	add(&r, "A-1", VERDICT_FAIL, NULL);
	add(&r, "A-2", VERDICT_SKIP, NULL);
	add(&r, "A-2", VERDICT_PASS, NULL);
	add(&r, "A-3", VERDICT_KNOWN, "reason");
	assert_null(catalogue_count(&c, &r));
	out = open_memstream(&text, &len);
	catalogue_write(&c, out);
	fclose(out);
	assert_string_equal(text,
			    "A-1\tK\tfailed\tone\n"
			    "A-2\tK\tpassed\ttwo\n"
			    "A-3\tQ\tknown deviation\tthree\n"
			    "A-4\tK\tnot testable here\tfour | no device\n"
			    "A-5\tK\tno case\tfive\n"
			    "# 5 statements: 1 failed, 1 known deviation, 1 passed, 0 skipped, 1 "
			    "not testable here, 1 no case\n");
	free(text);
	add(&r, "A-9", VERDICT_PASS, NULL);
	assert_string_equal(catalogue_count(&c, &r), "A-9");
	report_free(&r);
	catalogue_free(&c);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compare_message__by_class),
		cmocka_unit_test(compare_message__names_bind_once),
		cmocka_unit_test(compare_message__zero_key_binds),
		cmocka_unit_test(bind_choose__by_noun),
		cmocka_unit_test(known_read__patterns),
		cmocka_unit_test(known_read__no_reason),
		cmocka_unit_test(known_same__names_the_difference),
		cmocka_unit_test(report_add__escapes),
		cmocka_unit_test(catalogue_count__blames_the_statement_that_is_named),
		cmocka_unit_test(report_end__summary),
		cmocka_unit_test(catalogue_read__wrong_lines),
		cmocka_unit_test(report_status__by_verdicts),
		cmocka_unit_test(report_add__tap),
		cmocka_unit_test(report_junit__escapes),
		cmocka_unit_test(catalogue_write__worst_verdict_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
