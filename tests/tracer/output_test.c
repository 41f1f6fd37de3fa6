// SPDX-License-Identifier: GPL-2.0-or-later
/* output.c: names, turns and failures. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "events.h"
#include "record/output.h"
#include "record/reader.h"

static char dir[] = "/tmp/smckit-output.XXXXXX";
static char path[PATH_MAX];

/* Every test in a folder of its own. */
static int set_up(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/f", dir);
	return 0;
}

static int for_each_file(void (*fn)(const char *name, void *ctx), void *ctx)
{
	DIR *d = opendir(dir);
	char name[PATH_MAX];
	struct dirent *entry;
	int n = 0;

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", dir, entry->d_name);
		fn(name, ctx);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

static void unlink_it(const char *name, void *ctx)
{
	(void)ctx;
	unlink(name);
}

static int tear_down(void **state)
{
	(void)state;
	for_each_file(unlink_it, NULL);
	return rmdir(dir);
}

static int ignore(void *ctx, struct smcw_event *ev)
{
	(void)ctx;
	(void)ev;
	return 0;
}

static void count_events(const char *name, void *ctx)
{
	struct reader_result r;

	assert_int_equal(reader_path(name, ignore, NULL, &r), 0);
	*(__u64 *)ctx += r.events;
}

static int exists(const char *suffix)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return !access(name, F_OK);
}

static struct output *begin(const struct output_options *opts)
{
	struct output *o;

	assert_int_equal(output_open(opts, &o), 0);
	return o;
}

/* Events of about a kilobyte. */
static void write_kilobytes(struct output *o, unsigned int n)
{
	__u8 msg[700] = { 0 };
	union event e;

	event_message(SMCW_EV_LLC, SMCW_DIR_OUT, msg, sizeof(msg), &e);
	while (n--)
		assert_int_equal(output_event(o, &e.ev, "a line about it"), 0);
}

static void output_open__errors_are_told(void **state)
{
	struct output_options opts = { .path = "/nonexistent/file" };
	struct output *o;

	(void)state;
	assert_int_equal(output_open(&opts, &o), -ENOENT);
	opts = (struct output_options){ .path = "-", .megabytes = 1 };
	assert_int_equal(output_open(&opts, &o), -EINVAL);
	assert_int_equal(output_close(NULL), 0);
}

static void output_event__one_file(void **state)
{
	struct output_options opts = { .path = path, .count = 3 };
	struct output *o = begin(&opts);
	__u64 events = 0;

	(void)state;
	assert_string_equal(output_name(o), path);
	write_kilobytes(o, 3000);
	assert_int_equal(output_close(o), 0);
	assert_int_equal(for_each_file(count_events, &events), 1);
	assert_int_equal(events, 3000);
}

static void output_event__size_turns_without_end(void **state)
{
	struct output_options opts = { .path = path, .megabytes = 1 };
	struct output *o = begin(&opts);
	__u64 events = 0;

	(void)state;
	write_kilobytes(o, 3000);
	assert_int_equal(output_close(o), 0);
	assert_true(exists("") && exists("1") && exists("2") && !exists("0"));
	for_each_file(count_events, &events);
	assert_int_equal(events, 3000);
}

static void output_event__size_turns_within_a_count(void **state)
{
	struct output_options opts = { .path = path, .megabytes = 1, .count = 2 };
	struct output *o = begin(&opts);

	(void)state;
	write_kilobytes(o, 3000);
	assert_int_equal(output_close(o), 0);
	assert_true(!exists("") && exists("0") && exists("1") && !exists("2"));
}

/* As tcpdump: as many digits as the last number has. */
static void output_open__names_have_the_width_of_the_count(void **state)
{
	static const struct {
		unsigned int count;
		const char *suffix;
	} cases[] = { { 1, "" },    { 2, "0" },	   { 10, "0" },
		      { 11, "00" }, { 100, "00" }, { 101, "000" } };
	struct output_options opts = { .path = path, .megabytes = 1 };
	struct output *o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opts.count = cases[i].count;
		o = begin(&opts);
		assert_string_equal(output_name(o) + strlen(path), cases[i].suffix);
		assert_int_equal(output_close(o), 0);
	}
}

static void output_event__time_turns_end_with_the_count(void **state)
{
	char name[PATH_MAX + 8];
	struct output_options opts = { .path = name, .seconds = 1, .count = 2 };
	struct output *o;
	__u64 events = 0;
	union event e;

	(void)state;
	snprintf(name, sizeof(name), "%s-%%s", path);
	o = begin(&opts);
	assert_null(strchr(output_name(o), '%'));
	write_kilobytes(o, 5);
	sleep(1);
	write_kilobytes(o, 5);
	sleep(1);
	event_make(0, &e);
	assert_int_equal(output_event(o, &e.ev, NULL), 1);
	assert_int_equal(output_event(o, &e.ev, NULL), 1);
	assert_int_equal(output_close(o), 0);
	assert_int_equal(for_each_file(count_events, &events), 2);
	assert_int_equal(events, 10);
}

/* The write end of a pipe as standard output; gives the read end. */
static int stdout_to_pipe(int *saved)
{
	int fd[2];

	fflush(stdout);
	*saved = dup(STDOUT_FILENO);
	assert_int_equal(pipe2(fd, O_NONBLOCK), 0);
	assert_true(dup2(fd[1], STDOUT_FILENO) >= 0);
	close(fd[1]);
	return fd[0];
}

static void restore_stdout(int saved)
{
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void output_batch__a_pipe_has_it_at_once(void **state)
{
	struct output_options opts = { .path = "-" };
	__u8 bytes[65536];
	struct output *o;
	ssize_t n[3];
	int saved, in;

	(void)state;
	in = stdout_to_pipe(&saved);
	o = begin(&opts);
	write_kilobytes(o, 1);
	n[0] = read(in, bytes, sizeof(bytes));
	output_batch(o);
	n[1] = read(in, bytes, sizeof(bytes));
	output_close(o);
	n[2] = read(in, bytes, sizeof(bytes));
	restore_stdout(saved);
	close(in);
	assert_int_equal(n[0], -1);
	assert_true(n[1] > 1000);
	assert_true(n[2] > 0); /* the statistics */
}

static void output_batch__a_failure_is_told_once(void **state)
{
	struct output_options opts = { .path = "-" };
	struct output *o;
	union event e;
	int saved, rc[4];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	event_make(0, &e);
	close(stdout_to_pipe(&saved));
	o = begin(&opts);
	output_event(o, &e.ev, NULL);
	rc[0] = output_batch(o);
	rc[1] = output_batch(o);
	rc[2] = output_event(o, &e.ev, NULL);
	assert_int_equal(output_failed(o), -EPIPE);
	rc[3] = output_close(o);
	restore_stdout(saved);
	assert_int_equal(rc[0], -EPIPE);
	assert_int_equal(rc[1], 0);
	assert_int_equal(rc[2], 0);
	assert_int_equal(rc[3], 0);
}

static void output_close__a_failure_is_told(void **state)
{
	struct output_options opts = { .path = "/dev/full" };

	(void)state;
	assert_int_equal(output_close(begin(&opts)), -ENOSPC);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(output_open__errors_are_told),
		TEST(output_event__one_file),
		TEST(output_event__size_turns_without_end),
		TEST(output_event__size_turns_within_a_count),
		TEST(output_open__names_have_the_width_of_the_count),
		TEST(output_event__time_turns_end_with_the_count),
		TEST(output_batch__a_pipe_has_it_at_once),
		TEST(output_batch__a_failure_is_told_once),
		TEST(output_close__a_failure_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
