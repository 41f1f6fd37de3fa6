// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-run for a command that is somebody else's: the file it reports to, the names it
 * prints, what the command gets of us. Without a kernel that has SMC. */
#include <fcntl.h>
#include <linux/securebits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "check.h"
#include "child.h"
#include "output.h"

#define NOBODY "65534"

static char dir[] = "/tmp/smckit-run.XXXXXX";

static const char *at(const char *name)
{
	static char path[4][128];
	static unsigned int turn;
	char *to = path[turn++ % 4];

	snprintf(to, sizeof(path[0]), "%s/%s", dir, name);
	return to;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static const char *get(const char *name)
{
	static char text[8192];
	FILE *file = fopen(at(name), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static int start(void **state)
{
	(void)state;
	return mkdtemp(dir) && !chmod(dir, 0777) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* ---- the file ---------------------------------------------------------------------------- */

static int try_open(const char *path, bool strangers)
{
	const char *why = NULL;
	FILE *out = NULL;
	int err = output_open(&out, path, strangers, &why);

	assert_true(!err == !!out);
	if (err) {
		assert_non_null(why);
		return err;
	}
	fputs("new\n", out);
	assert_int_equal(fclose(out), 0);
	return 0;
}

static void output_open__writes_a_file_anew(void **state)
{
	(void)state;
	for (int strangers = 0; strangers < 2; strangers++) {
		unlink(at("log"));
		assert_int_equal(try_open(at("log"), strangers), 0);
		assert_string_equal(get("log"), "new\n");
		put("log", "something that is longer\n");
		assert_int_equal(try_open(at("log"), strangers), 0);
		assert_string_equal(get("log"), "new\n");
		assert_int_equal(try_open("/dev/null", strangers), 0);
	}
}

static void output_open__follows_no_link(void **state)
{
	(void)state;
	put("victim", "old\n");
	for (int strangers = 0; strangers < 2; strangers++) {
		unlink(at("link"));
		assert_int_equal(symlink(at("victim"), at("link")), 0);
		assert_true(try_open(at("link"), strangers) < 0);
		unlink(at("link"));
		/* Nor may one make a file where there is none. */
		assert_int_equal(symlink(at("nowhere"), at("link")), 0);
		assert_true(try_open(at("link"), strangers) < 0);
		assert_int_not_equal(access(at("nowhere"), F_OK), 0);
	}
	assert_string_equal(get("victim"), "old\n");
}

static void output_open__trusts_no_folder_of_strangers(void **state)
{
	(void)state;
	put("victim", "old\n");
	assert_int_equal(symlink(dir, at("folder")), 0);
	assert_true(try_open(at("folder/victim"), true) < 0);
	assert_string_equal(get("victim"), "old\n");
	assert_int_equal(try_open(at("folder/victim"), false), 0);
	assert_string_equal(get("victim"), "new\n");
}

static void output_open__refuses_a_hard_link_of_strangers(void **state)
{
	(void)state;
	put("victim", "old\n");
	assert_int_equal(link(at("victim"), at("hard")), 0);
	assert_true(try_open(at("hard"), true) < 0);
	assert_string_equal(get("victim"), "old\n");
	assert_int_equal(try_open(at("hard"), false), 0);
}

static void output_open__waits_for_no_reader(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkfifo(at("fifo"), 0666), 0);
	assert_true(try_open(at("fifo"), true) < 0);
	assert_true(try_open(at("fifo"), false) < 0);
	fd = open(at("fifo"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(try_open(at("fifo"), true) < 0);
	close(fd);
	assert_true(try_open(dir, true) < 0);
}

/* ---- the report -------------------------------------------------------------------------- */

static struct check check;

static const char *report(void)
{
	FILE *out = fopen(at("report"), "w");

	assert_non_null(out);
	check_print(&check, 0, out);
	assert_int_equal(fclose(out), 0);
	return get("report");
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Each byte in each place of a name: two lines, of nothing but what can be printed. */
static void check_print__cleans_names(void **state)
{
	struct run_event ev = { .kind = RUN_SMC, .mode = RUN_MODE_SMCD, .peer_port = 80 };
	const char *text;

	(void)state;
	for (unsigned int byte = 1; byte < 256; byte++) {
		for (size_t place = 0; place < sizeof(ev.comm); place += 5) {
			memset(&check, 0, sizeof(check));
			memset(ev.comm, 'a', sizeof(ev.comm));
			ev.comm[place] = (char)byte;
			check_add(&ev, &check);
			text = report();
			assert_int_equal(lines(text), 2);
			for (; *text; text++)
				assert_true(*text == '\n' || (*text >= ' ' && *text < 0x7f));
		}
	}
	memset(&check, 0, sizeof(check));
	memset(ev.comm, 0, sizeof(ev.comm));
	strcpy(ev.comm, "\n\x1b[2J\\x");
	check_add(&ev, &check);
	assert_non_null(strstr(report(), "(\\x0a\\x1b[2J\\x5cx)\n"));
}

static void check_print__counts_connections_only(void **state)
{
	struct run_event ev = { .kind = RUN_FALLEN_LISTEN, .mode = RUN_MODE_TCP, .server = 1 };
	const char *text;

	(void)state;
	memset(&check, 0, sizeof(check));
	check_add(&ev, &check);
	ev.kind = RUN_TCP_LISTEN;
	check_add(&ev, &check);
	text = report();
	assert_non_null(strstr(text, "ends of connections: 0\n"));
	assert_non_null(strstr(text, "became TCP before listen()"));
	assert_non_null(strstr(text, "without smc-run's help"));
	ev = (struct run_event){ .kind = RUN_SMC, .mode = RUN_MODE_TCP, .reason = 0x03050000 };
	check_add(&ev, &check);
	assert_non_null(strstr(report(), "ends of connections: 1, 1 TCP\n"));
}

/* ---- the command ------------------------------------------------------------------------- */

/* @script: by sh; writes to the file "said". Returns its status. */
static int run(struct child_plan plan, const char *script)
{
	char *command[] = { "/bin/sh", "-c", (char *)script, NULL };
	const char *doing = NULL;
	struct child child;
	int status = 0;

	unlink(at("said"));
	assert_int_equal(chdir(dir), 0);
	plan.command = command;
	plan.cgroup_procs = -1;
	assert_int_equal(child_start(&child, &plan, &doing), 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	close(child.signals);
	return status;
}

static void child_start__leaves_the_environment(void **state)
{
	(void)state;
	setenv("SMCKIT_SECRET", "of root", 1);
	assert_int_equal(run((struct child_plan){ 0 }, "echo $SMCKIT_SECRET >said"), 0);
	assert_string_equal(get("said"), "of root\n");
}

static void child_start__resets_the_environment(void **state)
{
	const struct child_plan plan = { .user = NOBODY, .reset_env = true };
	const char *said;

	(void)state;
	if (geteuid())
		skip();
	setenv("SMCKIT_SECRET", "of root", 1);
	setenv("LD_LIBRARY_PATH", "/root/lib", 1);
	setenv("TERM", "dumb", 1);
	/* The shell adds some of its own. */
	assert_int_equal(run(plan,
			     "exec env -u PWD -u OLDPWD -u SHLVL -u _ sort /proc/self/environ -z "
			     "| tr '\\0' '\\n' >said"),
			 0);
	said = get("said");
	assert_null(strstr(said, "SECRET"));
	assert_null(strstr(said, "LD_LIBRARY_PATH"));
	assert_non_null(strstr(said, "HOME=/nonexistent\n"));
	assert_non_null(strstr(said, "LOGNAME=nobody\n"));
	assert_non_null(strstr(said, "PATH=/usr/local/bin:/usr/bin:/bin\n"));
	assert_non_null(strstr(said, "SHELL="));
	assert_non_null(strstr(said, "TERM=dumb\n"));
	assert_non_null(strstr(said, "USER=nobody\n"));
	assert_int_equal(lines(said), 6);
}

/* The preloaded library is all that is added to it. */
static void child_start__preloads_in_a_new_environment(void **state)
{
	const struct child_plan plan = { .user = NOBODY,
					 .reset_env = true,
					 .preload = "libc.so.6" };

	(void)state;
	if (geteuid())
		skip();
	setenv("LD_PRELOAD", "libm.so.6", 1);
	assert_int_equal(run(plan, "echo $LD_PRELOAD >said"), 0);
	unsetenv("LD_PRELOAD");
	assert_string_equal(get("said"), "libc.so.6\n");
}

static void child_start__makes_a_session(void **state)
{
	const char *script =
		"set -- $(sed 's/.*) //' /proc/$$/stat); echo $$ $4 >said; : </dev/tty";
	int pid, session;

	(void)state;
	assert_true(run((struct child_plan){ .new_session = true }, script));
	assert_int_equal(sscanf(get("said"), "%d %d", &pid, &session), 2);
	assert_int_equal(pid, session);
	run((struct child_plan){ 0 }, script);
	assert_int_equal(sscanf(get("said"), "%d %d", &pid, &session), 2);
	assert_int_equal(session, getsid(0));
}

/* Also where the kernel was told to leave them. */
static void child_start__takes_all_capabilities(void **state)
{
	const struct child_plan plan = { .user = NOBODY };
	int status = 0;
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
			_exit(77);
		run(plan, "grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status >said");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	assert_string_equal(get("said"), "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
					 "CapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_open__writes_a_file_anew),
		cmocka_unit_test(output_open__follows_no_link),
		cmocka_unit_test(output_open__trusts_no_folder_of_strangers),
		cmocka_unit_test(output_open__refuses_a_hard_link_of_strangers),
		cmocka_unit_test(output_open__waits_for_no_reader),
		cmocka_unit_test(check_print__cleans_names),
		cmocka_unit_test(check_print__counts_connections_only),
		cmocka_unit_test(child_start__leaves_the_environment),
		cmocka_unit_test(child_start__resets_the_environment),
		cmocka_unit_test(child_start__preloads_in_a_new_environment),
		cmocka_unit_test(child_start__makes_a_session),
		cmocka_unit_test(child_start__takes_all_capabilities),
	};

	return cmocka_run_group_tests(tests, start, end);
}
