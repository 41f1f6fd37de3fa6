// SPDX-License-Identifier: GPL-2.0-or-later
/* toolbar.c: what Wireshark's toolbar says, in pieces and wrong, and what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "smc_event.h"
#include "run/toolbar.h"

static char dir[] = "/tmp/smckit-toolbar.XXXXXX", in[64], out[64];
static int to = -1, from = -1; /* Wireshark's ends */

static int set_up(void **state)
{
	static struct toolbar t;

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(in, sizeof(in), "%s/in", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	if (mkfifo(in, 0600) || mkfifo(out, 0600) || toolbar_open(&t, in, out))
		return -1;
	/* Wireshark waits here for the other end: it is there. */
	to = open(in, O_WRONLY);
	from = open(out, O_RDONLY | O_NONBLOCK);
	*state = &t;
	return to < 0 || from < 0;
}

static int tear_down(void **state)
{
	toolbar_close(*state);
	close(to);
	close(from);
	unlink(in);
	unlink(out);
	return rmdir(dir);
}

/* A message as Wireshark's manual has it. */
static size_t message(char *m, int control, int command, const char *value)
{
	size_t n = strlen(value);

	m[0] = 'T';
	m[1] = 0;
	m[2] = (char)((n + 2) >> 8);
	m[3] = (char)(n + 2);
	m[4] = (char)control;
	m[5] = (char)command;
	memcpy(m + 6, value, n);
	return 6 + n;
}

/* Byte by byte, and true if anything of it changed what is wanted. */
static bool say(struct toolbar *t, int control, int command, const char *value)
{
	char m[512];
	size_t n = message(m, control, command, value);
	bool changed = false;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(write(to, m + i, 1), 1);
		changed |= toolbar_read(t);
	}
	return changed;
}

static void is_told(const char *bytes, size_t len)
{
	char got[1024];
	ssize_t n = read(from, got, sizeof(got));

	assert_int_equal(n, len);
	assert_memory_equal(got, bytes, len);
}

static void toolbar_read__choices(void **state)
{
	const __u64 cdc = SMCW_KIND_BIT(SMCW_EV_CDC), clc = SMCW_KIND_BIT(SMCW_EV_CLC);
	struct toolbar *t = *state;

	assert_true(t->wanted_kinds == ~0ull);
	assert_false(toolbar_read(t));
	assert_false(say(t, 255, 0, "")); /* it is ready */
	assert_true(say(t, TOOLBAR_KINDS, 1, "1"));
	assert_false(t->wanted_kinds & cdc);
	assert_true(t->wanted_kinds & clc);
	assert_false(say(t, TOOLBAR_KINDS, 1, "1"));
	assert_true(say(t, TOOLBAR_KINDS, 1, "5"));
	assert_true(t->wanted_kinds & cdc);
	assert_false(t->wanted_kinds & clc);
	assert_true(say(t, TOOLBAR_KINDS, 1, "0"));
	assert_true(t->wanted_kinds == ~0ull);
	assert_true(say(t, TOOLBAR_PORT, 1, "443"));
	assert_int_equal(t->wanted_port, 443);
	assert_true(say(t, TOOLBAR_PORT, 1, ""));
	assert_int_equal(t->wanted_port, 0);
}

/* Many messages in one piece. */
static void toolbar_read__at_once(void **state)
{
	struct toolbar *t = *state;
	char m[64];
	size_t n = message(m, TOOLBAR_PORT, 1, "80");

	n += message(m + n, 255, 0, "");
	n += message(m + n, TOOLBAR_KINDS, 1, "3");
	assert_int_equal(write(to, m, n), n);
	assert_true(toolbar_read(t));
	assert_int_equal(t->wanted_port, 80);
	assert_true(t->wanted_kinds == SMCW_KIND_BIT(SMCW_EV_CLC));
}

/* Each value up to its limit; what is so already is no change. */
static void toolbar_read__each_value(void **state)
{
	static const struct {
		const char *value;
		int port; /* -1: it is refused */
	} rows[] = { { "1", 1 },	  { "65535", 65535 },	{ "65536", -1 }, { "0", 0 },
		     { "000000080", 80 }, { "0000000080", -1 }, { "9", 9 },	 { "", 0 } };
	struct toolbar *t = *state;

	assert_false(say(t, TOOLBAR_PORT, 1, ""));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int before = t->wanted_port;
		bool changed;

		t->refused = false;
		changed = say(t, TOOLBAR_PORT, 1, rows[i].value);
		assert_int_equal(changed, rows[i].port >= 0);
		assert_int_equal(t->wanted_port, rows[i].port < 0 ? before : rows[i].port);
		assert_int_equal(t->refused, rows[i].port < 0);
		assert_false(say(t, TOOLBAR_PORT, 1, rows[i].value));
	}
	for (char c = '1'; c <= '9'; c++) {
		const char value[] = { c, '\0' };
		unsigned long long before = t->wanted_kinds;
		bool changed;

		t->refused = false;
		changed = say(t, TOOLBAR_KINDS, 1, value);
		assert_int_equal(changed, !t->refused);
		assert_int_equal(t->wanted_kinds != before, !t->refused);
		before = t->wanted_kinds;
		assert_false(say(t, TOOLBAR_KINDS, 1, value));
		assert_true(t->wanted_kinds == before);
	}
	assert_true(t->refused);
}

static void toolbar_read__wrong(void **state)
{
	static const char *const wrong[] = { "70000", "-1", "80x", " 80", "99999999999999999999" };
	struct toolbar *t = *state;
	char many[300];

	assert_true(say(t, TOOLBAR_PORT, 1, "80"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(say(t, TOOLBAR_PORT, 1, wrong[i]));
		assert_int_equal(t->wanted_port, 80);
		assert_true(t->refused);
		toolbar_tell(t, 0, "");
		is_told("T\0\0\x2b\0\x06smc-trace: a port is a number up to 65535", 47);
	}
	memset(many, '1', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_false(say(t, TOOLBAR_PORT, 1, many));
	assert_false(say(t, TOOLBAR_KINDS, 1, "8"));
	assert_false(say(t, 9, 1, "80"));
	assert_false(say(t, TOOLBAR_PORT, 3, "81"));
	/* No message begins so. */
	assert_int_equal(write(to, "xyz", 3), 3);
	assert_false(toolbar_read(t));
	assert_true(say(t, TOOLBAR_PORT, 1, "81"));
	assert_int_equal(t->wanted_port, 81);
}

static void toolbar_tell__losses_and_observed(void **state)
{
	struct toolbar *t = *state;

	toolbar_tell(t, 0, "");
	assert_int_equal(read(from, (char[1]){ 0 }, 1), -1);
	toolbar_tell(t, 7, "");
	is_told("T\0\0\x1a\0\x06smc-trace: 7 events lost"
		"T\0\0\x1b\4\2smc-trace: 7 events lost\n",
		61);
	toolbar_tell(t, 7, "");
	assert_int_equal(read(from, (char[1]){ 0 }, 1), -1);
	assert_false(say(t, TOOLBAR_OBSERVED, 1, ""));
	assert_true(t->asked);
	toolbar_tell(t, 7, "observed: CLC");
	is_told("T\0\0\x0f\2\7observed: CLC", 19);
	assert_false(t->asked);
}

/* Nobody reads: it goes on, and what was written is whole. */
static void toolbar_tell__nobody_reads(void **state)
{
	struct toolbar *t = *state;
	char got[6];

	alarm(20);
	for (unsigned long long lost = 1; lost < 5000; lost++)
		toolbar_tell(t, lost, "");
	alarm(0);
	while (read(from, got, 6) == 6) {
		char rest[128];

		assert_int_equal(got[0], 'T');
		assert_int_equal(read(from, rest, (size_t)got[3] - 2), got[3] - 2);
	}
}

static void toolbar_open__no_pipe(void **state)
{
	struct toolbar t;

	(void)state;
	assert_int_equal(toolbar_open(&t, "/etc/passwd", out),
			 -EACCES * !!geteuid() + -EINVAL * !geteuid());
	assert_int_equal(toolbar_open(&t, in, "/nonexistent/pipe"), -ENOENT);
	assert_int_equal(toolbar_open(&t, NULL, NULL), 0);
	assert_false(toolbar_read(&t));
	toolbar_tell(&t, 5, "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(toolbar_read__choices),
		TEST(toolbar_read__at_once),
		TEST(toolbar_read__each_value),
		TEST(toolbar_read__wrong),
		TEST(toolbar_tell__losses_and_observed),
		TEST(toolbar_tell__nobody_reads),
		TEST(toolbar_open__no_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
