// SPDX-License-Identifier: GPL-2.0-or-later
/* calls.c: children that have confined themselves try calls of the list and others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

/* ---- a library that fails ------------------------------------------------------------- */

static bool has_memory = true;
static int fails_at = -1, rules, fails_to_load; /* -1: never; counted from 0 */

scmp_filter_ctx __wrap_seccomp_init(uint32_t action);
scmp_filter_ctx __real_seccomp_init(uint32_t action);
int __wrap_seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int call, unsigned int n, ...);
int __wrap_seccomp_load(const scmp_filter_ctx ctx);
int __real_seccomp_load(const scmp_filter_ctx ctx);

scmp_filter_ctx __wrap_seccomp_init(uint32_t action)
{
	return has_memory ? __real_seccomp_init(action) : NULL;
}

int __wrap_seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int call, unsigned int n, ...)
{
	struct scmp_arg_cmp arg;
	va_list list;

	if (rules++ == fails_at)
		return -EDOM;
	va_start(list, n);
	if (n)
		arg = va_arg(list, struct scmp_arg_cmp);
	va_end(list);
	return seccomp_rule_add_array(ctx, action, call, n, n ? &arg : NULL);
}

int __wrap_seccomp_load(const scmp_filter_ctx ctx)
{
	return fails_to_load ? fails_to_load : __real_seccomp_load(ctx);
}

static int library_as_usual(void **state)
{
	(void)state;
	has_memory = true;
	fails_at = -1;
	rules = fails_to_load = 0;
	return 0;
}

/* ---- children -------------------------------------------------------------------------- */

/* The last one is not of the list. */
static const int calls[] = { SCMP_SYS(exit_group), SCMP_SYS(getppid), SCMP_SYS(munmap),
			     SCMP_SYS(getpgid) };

enum { CALLS = sizeof(calls) / sizeof(*calls) - 1, RULES = CALLS + 4 };

static int allow_some(scmp_filter_ctx ctx)
{
	return calls_allow_if(ctx, SCMP_SYS(dup), SCMP_A0(SCMP_CMP_EQ, 77));
}

/* The result of @attempt in a child that confines itself. */
static int after(int (*attempt)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    calls_confine(calls, CALLS, allow_some))
			_exit(100);
		_exit(attempt());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

static int try_listed(void)
{
	return syscall(SYS_getppid) > 0 ? 0 : errno;
}

static int try_unlisted(void)
{
	return syscall(SYS_getpgid, 0) >= 0 ? 0 : errno;
}

static int try_stat(void)
{
	struct stat st;

	return syscall(SYS_newfstatat, 0, "", &st, AT_EMPTY_PATH) && errno == EPERM ? errno : 0;
}

static int try_stat_by_name(void)
{
	struct stat st;

	return syscall(SYS_newfstatat, AT_FDCWD, "/", &st, 0) ? errno : 0;
}

static int try_memory(void)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return errno;
	return mprotect(at, 4096, PROT_READ | PROT_WRITE) ? errno : 0;
}

static int try_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? errno : 0;
}

static int try_memory_to_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return 101;
	return mprotect(at, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
}

static int try_some(void)
{
	return dup(77) < 0 && errno == EBADF ? 0 : errno;
}

static int try_others_of_some(void)
{
	return dup(76) < 0 ? errno : 0;
}

static void calls_confine__what_is_left(void **state)
{
	(void)state;
	assert_int_equal(after(try_listed), 0);
	assert_int_equal(after(try_unlisted), EPERM);
	assert_int_equal(after(try_stat), 0);
	assert_int_equal(after(try_stat_by_name), EPERM);
	assert_int_equal(after(try_memory), 0);
	assert_int_equal(after(try_code), EPERM);
	assert_int_equal(after(try_memory_to_code), EPERM);
	assert_int_equal(after(try_some), 0);
	assert_int_equal(after(try_others_of_some), EPERM);
}

/* ---- faults ------------------------------------------------------------------------------- */

static int confine(void)
{
	return calls_confine(calls, CALLS, allow_some) ? 0 : 1;
}

/* Nothing is loaded when any rule of it could not be made. */
static void calls_confine__each_failure(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	for (int at = 0; at < RULES; at++) {
		fails_at = at;
		rules = 0;
		assert_int_equal(calls_confine(calls, CALLS, allow_some), -EDOM);
		assert_int_equal(rules, at + 1);
	}
	fails_at = -1;
	has_memory = false;
	assert_int_equal(calls_confine(calls, CALLS, allow_some), -ENOMEM);
	has_memory = true;
	fails_to_load = -EACCES;
	assert_int_equal(calls_confine(calls, CALLS, allow_some), -EACCES);
	fails_to_load = 0;
	rules = 0;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(confine() && rules == RULES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_confine__what_is_left, library_as_usual),
		cmocka_unit_test_setup(calls_confine__each_failure, library_as_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
