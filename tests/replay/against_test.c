// SPDX-License-Identifier: GPL-2.0-or-later
/* The differences between two stacks, by their reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "report/against.h"

static const char *write_file(const char *text)
{
	static char path[64];
	FILE *out;
	int fd;

	snprintf(path, sizeof(path), "/tmp/against_test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	out = fdopen(fd, "w");
	fputs(text, out);
	fclose(out);
	return path;
}

static void read_report(struct stack_report *r, const char *name, const char *text)
{
	char error[AGAINST_ERROR_MAX];
	const char *path = write_file(text);

	if (against_read(r, path, error))
		fail_msg("%s", error);
	r->name = name;
	unlink(path);
}

static char *differences(const char *a, const char *b, struct against_result *result)
{
	struct stack_report left, right;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	read_report(&left, "A", a);
	read_report(&right, "B", b);
	against_write(&left, &right, out, result);
	fclose(out);
	against_free(&left);
	against_free(&right);
	return text;
}

#define CASE(name, verdict, seen)                                                                  \
	"{\"name\":\"" name "\",\"verdict\":\"" verdict "\",\"seen\":{" seen "}}"
#define REPORT(cases) "{\"cases\":[" cases "]}"

static void against_write__same(void **state)
{
	static const char report[] = REPORT(CASE("x", "pass", "\"2.accept\":\"ok\""));
	struct against_result r;
	char *text = differences(report, report, &r);

	(void)state;
	assert_string_equal(text, "");
	assert_int_equal(r.both, 1);
	assert_int_equal(r.different + r.one, 0);
	free(text);
}

/* In the order of steps, the tenth after the second. */
static void against_write__answers(void **state)
{
	struct against_result r;
	char *text = differences(
		REPORT(CASE("x", "pass", "\"10.end\":\"gone\",\"2.message\":\"Accept\"")),
		REPORT(CASE("x", "pass", "\"2.message\":\"Decline\",\"3.connect\":\"ok\"")), &r);

	(void)state;
	assert_string_equal(text, "x\n"
				  "  2.message: A Accept, B Decline\n"
				  "  3.connect: A -, B ok\n"
				  "  10.end: A gone, B -\n");
	assert_int_equal(r.different, 1);
	free(text);
}

static void against_write__verdicts(void **state)
{
	struct against_result r;
	char *text = differences(REPORT(CASE("x", "pass", "")), REPORT(CASE("x", "fail", "")), &r);

	(void)state;
	assert_string_equal(text, "x\n  verdict: A pass, B fail\n");
	assert_int_equal(r.different, 1);
	free(text);
}

/* A skipped case has no answer, whatever "seen" says. */
static void against_write__only_on_one(void **state)
{
	struct against_result r;
	char *text =
		differences(REPORT(CASE("x", "pass", "") "," CASE("y", "skip", "\"1.a\":\"b\"")),
			    REPORT(CASE("x", "skip", "") "," CASE("z", "pass", "")), &r);

	(void)state;
	assert_string_equal(text, "x: only on A\nz: only on B\n");
	assert_int_equal(r.both, 0);
	assert_int_equal(r.different, 0);
	assert_int_equal(r.one, 2);
	free(text);
}

static void against_read__wrong_files(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", ":1:0: '[' or '{' expected" },
		{ "{}", ": this is no report of --json" },
		{ REPORT("{\"name\":1}"), ": this is no report of --json" },
		{ REPORT("{\"name\":\"x\",\"verdict\":\"pass\"}"), ": this is no report" },
	};
	char error[AGAINST_ERROR_MAX];
	struct stack_report r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = write_file(rows[i].text);

		assert_int_not_equal(against_read(&r, path, error), 0);
		assert_non_null(strstr(error, path));
		if (!strstr(error, rows[i].error))
			fail_msg("%s gave %s", rows[i].text, error);
		against_free(&r);
		unlink(path);
	}
	assert_int_not_equal(against_read(&r, "/nowhere", error), 0);
	against_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_write__same),
		cmocka_unit_test(against_write__answers),
		cmocka_unit_test(against_write__verdicts),
		cmocka_unit_test(against_write__only_on_one),
		cmocka_unit_test(against_read__wrong_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
