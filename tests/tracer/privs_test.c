// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * privs.c: what a process may try that has given its privileges up, as the reader of events has
 * when somebody has taken it over. Each attempt is a process of its own; root's are worth the most.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/privs.h"

static char mine[64], other[72]; /* files in a folder that everybody may write to */
static int kept = -1;		 /* one that was open before */
static pid_t parent;

#define CALL(name, ...) syscall(SYS_##name, __VA_ARGS__)
#define OPEN(path, flags) CALL(openat, AT_FDCWD, path, flags, 0600)

/* T(name, call): the call must fail. */
#define ATTEMPTS(T)                                                                                \
	T(read_shadow, OPEN("/etc/shadow", O_RDONLY))                                              \
	T(append_to_passwd, OPEN("/etc/passwd", O_WRONLY | O_APPEND))                              \
	T(write_core_pattern, OPEN("/proc/sys/kernel/core_pattern", O_WRONLY))                     \
	T(write_modprobe, OPEN("/proc/sys/kernel/modprobe", O_WRONLY))                             \
	T(write_sysrq, OPEN("/proc/sysrq-trigger", O_WRONLY))                                      \
	T(read_what_all_may, OPEN("/etc/passwd", O_RDONLY))                                        \
	T(open_by_path_only, OPEN("/etc/shadow", O_PATH))                                          \
	T(open_own_memory, OPEN("/proc/self/mem", O_RDWR))                                         \
	T(open_again, OPEN("/proc/self/fd/1", O_WRONLY))                                           \
	T(create, OPEN(other, O_WRONLY | O_CREAT))                                                 \
	T(open_without_name, OPEN("/tmp", O_WRONLY | O_TMPFILE))                                   \
	T(openat2, CALL(openat2, AT_FDCWD, mine, (const __u64[3]){ O_RDONLY }, 24))                \
	T(open_by_handle, CALL(open_by_handle_at, AT_FDCWD, mine, O_RDONLY))                       \
	T(rename, CALL(renameat2, AT_FDCWD, mine, AT_FDCWD, other, 0))                             \
	T(unlink, CALL(unlinkat, AT_FDCWD, mine, 0))                                               \
	T(link, CALL(linkat, AT_FDCWD, mine, AT_FDCWD, other, 0))                                  \
	T(link_open_file, CALL(linkat, kept, "", AT_FDCWD, other, AT_EMPTY_PATH))                  \
	T(symlink, CALL(symlinkat, "/etc/shadow", AT_FDCWD, other))                                \
	T(make_directory, CALL(mkdirat, AT_FDCWD, other, 0700))                                    \
	T(make_node, CALL(mknodat, AT_FDCWD, other, S_IFIFO | 0600, 0))                            \
	T(change_mode, CALL(fchmodat, AT_FDCWD, mine, 0777))                                       \
	T(change_mode_of_open, CALL(fchmod, kept, 04777))                                          \
	T(change_owner, CALL(fchownat, AT_FDCWD, mine, 0, 0, 0))                                   \
	T(truncate, CALL(truncate, mine, 0))                                                       \
	T(chdir, CALL(chdir, "/"))                                                                 \
	T(chroot, CALL(chroot, "/tmp"))                                                            \
	T(mount, CALL(mount, "none", "/tmp", "tmpfs", 0, NULL))                                    \
	T(execute, CALL(execve, "/bin/true", (char *[]){ "true", NULL }, (char *[]){ NULL }))      \
	T(execute_open_file,                                                                       \
	  CALL(execveat, kept, "", (char *[]){ "x", NULL }, (char *[]){ NULL }, AT_EMPTY_PATH))    \
	T(fork, CALL(clone, SIGCHLD, NULL, NULL, NULL, 0))                                         \
	T(new_namespace, CALL(unshare, 0x10000000))                                                \
	T(become_root, CALL(setresuid, 0, 0, 0))                                                   \
	T(socket, CALL(socket, AF_INET, SOCK_STREAM, 0))                                           \
	T(smc_socket, CALL(socket, 43, SOCK_STREAM, 0))                                            \
	T(netlink, CALL(socket, AF_NETLINK, SOCK_RAW, 0))                                          \
	T(trace_the_keeper, CALL(ptrace, PTRACE_ATTACH, parent, NULL, NULL))                       \
	T(read_the_keepers_memory, CALL(process_vm_readv, parent, NULL, 0, NULL, 0, 0))            \
	T(stop_the_keeper, CALL(kill, parent, 0))                                                  \
	T(get_the_keepers_files, CALL(pidfd_open, parent, 0))                                      \
	T(bpf, CALL(bpf, 0, NULL, 0))                                                              \
	T(perf, CALL(perf_event_open, NULL, 0, -1, -1, 0))                                         \
	T(uring, CALL(io_uring_setup, 1, NULL))                                                    \
	T(code, CALL(mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) \
	T(another_ioctl, CALL(ioctl, kept, 0x5412, ""))                                            \
	T(module, CALL(init_module, "", 0, ""))                                                    \
	T(keys, CALL(keyctl, 0, 0, 0, 0, 0))

enum {
#define ATTEMPT_ENUM(name, call) ATTEMPT_##name,
	ATTEMPTS(ATTEMPT_ENUM)
#undef ATTEMPT_ENUM
		ATTEMPT_COUNT
};

static const char *const names[] = {
#define ATTEMPT_NAME(name, call) #name,
	ATTEMPTS(ATTEMPT_NAME)
#undef ATTEMPT_NAME
};

static long attempt(int which)
{
	switch (which) {
#define ATTEMPT_CASE(name, call)                                                                   \
	case ATTEMPT_##name:                                                                       \
		return call;
		ATTEMPTS(ATTEMPT_CASE)
#undef ATTEMPT_CASE
	}
	return 0;
}

/* 0: the filter has refused it; 1: something else has; 2: nothing has; 3: there is no filter. */
static int result_of(int which)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (privs_drop())
			_exit(3);
		errno = 0;
		if (attempt(which) >= 0)
			_exit(2);
		_exit(errno != EPERM);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

static void privs_drop__nothing_is_left(void **state)
{
	int i, wrong = 0, result;

	(void)state;
	for (i = 0; i < ATTEMPT_COUNT; i++) {
		result = result_of(i);
		if (result)
			print_error("%s: %s\n", names[i],
				    result == 2 ? "went well" :
				    result == 1 ? "was not refused by the filter" :
						  "no filter");
		wrong += !!result;
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(access(mine, F_OK), 0);
	assert_int_equal(access(other, F_OK), -1);
}

/* Reading rings and writing to open files goes on. */
static int work(void)
{
	char buf[8];
	struct stat st;
	void *m;

	if (privs_drop())
		return 1;
	m = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED || munmap(m, 1 << 20))
		return 2;
	if (write(kept, "words", 5) != 5 || fstat(kept, &st) || st.st_size != 5)
		return 3;
	if (lseek(kept, 0, SEEK_SET) || read(kept, buf, 5) != 5 || ftruncate(kept, 2))
		return 4;
	return isatty(kept) ? 5 : 0;
}

static void privs_drop__work_goes_on(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(work());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Without rights; 0: in a buffer of any size there is as much of the text as fits, and nothing
 * after it. */
static int look_at_buffers(int module, const char *all)
{
	char buf[64], want[64], beyond[64];

	if (!geteuid() && setresuid(65534, 65534, 65534))
		return 1;
	memset(beyond, '#', sizeof(beyond));
	for (unsigned long cap = 1; cap < sizeof(buf); cap++) {
		memset(buf, '#', sizeof(buf));
		snprintf(want, cap, "%s", all);
		if (strcmp(privs_missing(module, buf, cap), want))
			return 2;
		if (memcmp(buf + cap, beyond, sizeof(buf) - cap) != 0)
			return 3;
	}
	return 0;
}

static void privs_missing__in_any_buffer(void **state)
{
	static const char *const texts[] = { "CAP_BPF, CAP_PERFMON",
					     "CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN" };

	(void)state;
	for (int module = 0; module < 2; module++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(look_at_buffers(module, texts[module]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static int make_files(void **state)
{
	(void)state;
	parent = getpid();
	strcpy(mine, "/tmp/privs_test.XXXXXX");
	kept = mkstemp(mine);
	snprintf(other, sizeof(other), "%s.other", mine);
	return kept < 0;
}

static int remove_files(void **state)
{
	(void)state;
	unlink(mine);
	unlink(other);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(privs_drop__nothing_is_left),
		cmocka_unit_test(privs_drop__work_goes_on),
		cmocka_unit_test(privs_missing__in_any_buffer),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
