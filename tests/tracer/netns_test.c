// SPDX-License-Identifier: GPL-2.0-or-later
/* netns.c: which network namespaces are visited, and what is said of those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/netns.h"

struct seen {
	__u32 number[4096];
	unsigned int n;
	int inside; /* the function found itself where it was told to be */
};

static __u32 own_number(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : (__u32)st.st_ino;
}

static int visit(void *ctx, __u32 number)
{
	struct seen *s = ctx;

	if (s->n < sizeof(s->number) / sizeof(s->number[0]))
		s->number[s->n++] = number;
	s->inside += own_number() == number;
	return 0;
}

static unsigned int times(const struct seen *s, __u32 number)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->n; i++)
		n += s->number[i] == number;
	return n;
}

static void own__is_first_and_kept(void **state)
{
	__u32 own = own_number();
	struct seen s = { .n = 0 };
	char cause[128] = "none";

	(void)state;
	assert_int_equal(netns_each(visit, &s, cause, sizeof(cause)), 0);
	assert_true(s.n > 0);
	assert_int_equal(s.number[0], own);
	assert_int_equal(times(&s, own), 1);
	assert_int_equal(s.inside, s.n);
	assert_int_equal(own_number(), own);
}

/* As often as a trace is begun: nothing of it remains. */
static void own__memory_is_given_back(void **state)
{
	struct seen s = { .n = 0 };
	char cause[128];
	size_t before = 0;

	(void)state;
	for (int round = 0; round < 64; round++) {
		/* The C library has by now what it keeps. */
		if (round == 16)
			before = mallinfo2().uordblks;
		assert_int_equal(netns_each(visit, &s, cause, sizeof(cause)), 0);
	}
	assert_in_range(mallinfo2().uordblks, 0, before + 1024);
}

/* A process in a namespace of its own, whose number it sends; or 0. */
static pid_t start_other(__u32 *number)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		*number = unshare(CLONE_NEWNET) ? 0 : own_number();
		_exit(write(ends[1], number, sizeof(*number)) == sizeof(*number) ? pause() : 1);
	}
	assert_int_equal(read(ends[0], number, sizeof(*number)), sizeof(*number));
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static void end_other(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void other__is_visited_once(void **state)
{
	struct seen s = { .n = 0 };
	char cause[128] = "none";
	__u32 number = 0;
	pid_t pid = start_other(&number);
	int err = netns_each(visit, &s, cause, sizeof(cause));

	(void)state;
	end_other(pid);
	if (!number)
		skip();
	assert_int_equal(err, 0);
	assert_int_equal(times(&s, number), 1);
	assert_int_equal(s.inside, s.n);
	/* The first process of a container may have rights that root has not. */
	assert_true(!*cause || strstr(cause, "processes: "));
}

/* Exit status 0: nothing but our own one was seen, and there is a cause. */
static int look_unprivileged(void)
{
	struct seen s = { .n = 0 };
	char cause[128] = "";

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return 2;
	if (netns_each(visit, &s, cause, sizeof(cause)))
		return 3;
	return !(s.n == 1 && !strncmp(cause, "in part: ", 9));
}

static void stranger__is_told_what_is_missing(void **state)
{
	__u32 number = 0;
	pid_t other, pid;
	int status;

	(void)state;
	if (geteuid())
		skip();
	other = start_other(&number);
	pid = fork();
	if (!pid)
		_exit(look_unprivileged());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	end_other(other);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own__is_first_and_kept),
		cmocka_unit_test(own__memory_is_given_back),
		cmocka_unit_test(other__is_visited_once),
		cmocka_unit_test(stranger__is_told_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
