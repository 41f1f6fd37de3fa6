// SPDX-License-Identifier: GPL-2.0-or-later
/* cgroups.c: whose container a path is, and what /proc says of a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cgroups.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID_DASHES "01234567-89ab-cdef-0123-456789abcdef"
#define UID_UNDERSCORES "01234567_89ab_cdef_0123_456789abcdef"

/* ---- names ----------------------------------------------------------------------------- */

static void cgroups_names__each_runtime(void **state)
{
	static const struct {
		const char *path, *pod, *container, *machine;
	} rows[] = {
		{ "/", "", "", "" },
		{ "", "", "", "" },
		{ "/user.slice/user-0.slice/session-1.scope", "", "", "" },
		{ "/docker/" ID, "", ID, "" },
		{ "/system.slice/docker-" ID ".scope", "", ID, "" },
		{ "/machine.slice/libpod-" ID ".scope/container", "", ID, "libpod-" ID ".scope" },
		{ "/kubepods/burstable/pod" UID_DASHES "/" ID, UID_DASHES, ID, "" },
		{ "/kubepods.slice/kubepods-pod" UID_UNDERSCORES ".slice/cri-containerd-" ID
		  ".scope",
		  UID_DASHES, ID, "" },
		/* The pod's own cgroup. */
		{ "/kubepods/pod" UID_DASHES, UID_DASHES, "", "" },
		/* kind: a container in a container. The inner one. */
		{ "/docker/" ID "/kubepods/pod" UID_DASHES "/" OTHER, UID_DASHES, OTHER, "" },
		/* Other numbers of digits, and other digits. */
		{ "/docker/" ID "0", "", "", "" },
		{ "/docker/" ID "g", "", ID, "" },
		{ "/docker/0" ID, "", "", "" },
		{ "/docker/g" ID, "", ID, "" },
		{ "/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", "",
		  "", "" },
		/* A pod of another kind, and one whose UID is too short. */
		{ "/pod" UID_DASHES, "", "", "" },
		{ "/kubepods/pod0123456789abcdef0123456789abcde", "", "", "" },
		{ "/kubepods/pod0123456789abcdef0123456789abcdef",
		  "0123456789abcdef0123456789abcdef", "", "" },
		{ "/kubepods/podx/pod" UID_DASHES, UID_DASHES, "", "" },
		{ "/machine.slice/systemd-nspawn@web.service/payload", "", "",
		  "systemd-nspawn@web.service" },
		{ "/machine.slice/one", "", "", "one" },
		{ "/machine.slice/", "", "", "" },
		{ "/machine.slice", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cgroups_names names;

		memset(&names, 'x', sizeof(names));
		cgroups_names(rows[i].path, &names);
		assert_string_equal(names.pod, rows[i].pod);
		assert_string_equal(names.container, rows[i].container);
		assert_string_equal(names.machine, rows[i].machine);
	}
}

/* Longer than there is room for. */
static void cgroups_names__long(void **state)
{
	char path[1024] = "/kubepods/pod";
	struct cgroups_names names;

	(void)state;
	memset(path + strlen(path), 'a', 600);
	cgroups_names(path, &names);
	assert_int_equal(strlen(names.pod), sizeof(names.pod) - 1);
	memset(path, 0, sizeof(path));
	strcpy(path, "/machine.slice/");
	memset(path + strlen(path), 'm', 600);
	cgroups_names(path, &names);
	assert_int_equal(strlen(names.machine), sizeof(names.machine) - 1);
}

/* ---- what the user names ------------------------------------------------------------------ */

static void cgroups_id__no_cgroup(void **state)
{
	__u64 id;

	(void)state;
	assert_int_equal(cgroups_id("/no/such/folder", &id), -ENOENT);
	assert_int_equal(cgroups_id("/proc", &id), -EINVAL);
	assert_int_equal(cgroups_id("/proc/self/status", &id), -EINVAL);
	assert_int_equal(cgroups_id("", &id), -ENOENT);
	assert_int_equal(cgroups_id("12x", &id), -ENOENT);
	assert_int_equal(cgroups_id("99999999999999999999999", &id), -ENOENT);
}

static void cgroups_error__each(void **state)
{
	(void)state;
	assert_non_null(strstr(cgroups_error(-EPROTOTYPE), "version 1"));
	assert_non_null(strstr(cgroups_error(-EINVAL), "no cgroup"));
	assert_non_null(strstr(cgroups_error(-ENOTDIR), "a file of a cgroup"));
	assert_string_equal(cgroups_error(-ENOENT), strerror(ENOENT));
	assert_string_equal(cgroups_error(-EACCES), strerror(EACCES));
}

/* In a namespace of its own, so that nobody else sees what is mounted. */
static int in_a_child(int (*check)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

enum { SKIPPED = 77 };

static int by_id(void)
{
	const char *folder = "/sys/fs/cgroup/smckit-cgroups-test";
	char path[256], number[24];
	struct stat st;
	__u64 id = 0;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) ||
	    (mkdir(folder, 0755) && errno != EEXIST))
		return SKIPPED;
	if (cgroups_id(folder, &id) || stat(folder, &st) || id != st.st_ino)
		return 1;
	if (cgroups_path(id, path, sizeof(path)) || strcmp(path, "/smckit-cgroups-test"))
		return 2;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
	id = 0;
	if (cgroups_id(number, &id) || id != st.st_ino)
		return 3;
	if (cgroups_id("/sys/fs/cgroup/smckit-cgroups-test/cgroup.procs", &id) != -ENOTDIR)
		return 4;
	if (cgroups_id("/sys/fs/cgroup", &id) || cgroups_path(id, path, sizeof(path)) ||
	    strcmp(path, "/"))
		return 5;
	rmdir(folder);
	if (cgroups_path(st.st_ino, path, sizeof(path)) != -ENOENT || *path ||
	    cgroups_id(number, &id) != -ENOENT)
		return 6;
	/* Where there is none, nothing is known of an id. */
	if (mount("none", "/sys/fs/cgroup", "tmpfs", 0, NULL))
		return 7;
	return cgroups_path(1, path, sizeof(path)) == -EOPNOTSUPP ? 0 : 8;
}

static void cgroups_path__by_id(void **state)
{
	int rc;

	(void)state;
	rc = in_a_child(by_id);
	if (rc == SKIPPED)
		skip();
	assert_int_equal(rc, 0);
}

/* ---- processes ----------------------------------------------------------------------------- */

static void cgroups_inner_pid__of_processes(void **state)
{
	int pipes[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(cgroups_inner_pid((__u32)getpid()), getpid());
	assert_int_equal(cgroups_inner_pid(4194305), 0);
	assert_int_equal(pipe(pipes), 0);
	/* The first one of a new namespace is number 1 there. */
	pid = fork();
	if (!pid) {
		pid_t inner = unshare(CLONE_NEWPID) ? -1 : fork();

		if (!inner) {
			pause();
			_exit(0);
		}
		_exit(write(pipes[1], &inner, sizeof(inner)) != sizeof(inner));
	}
	assert_int_equal(read(pipes[0], &pid, sizeof(pid)), sizeof(pid));
	wait(&status);
	if (pid > 0) {
		assert_int_equal(cgroups_inner_pid((__u32)pid), 1);
		kill(pid, SIGKILL);
	}
	close(pipes[0]);
	close(pipes[1]);
}

static void cgroups_host_name__of_processes(void **state)
{
	char name[72] = "x", own[72];
	int pipes[2], ready;
	pid_t pid;

	(void)state;
	gethostname(own, sizeof(own));
	assert_string_equal(cgroups_host_name((__u32)getpid(), name, sizeof(name)), "");
	assert_string_equal(cgroups_host_name(4194305, name, sizeof(name)), "");
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		ready = !unshare(CLONE_NEWUTS) && !sethostname("a-pod", 5);
		if (write(pipes[1], &ready, sizeof(ready)) == sizeof(ready))
			pause();
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &ready, sizeof(ready)), sizeof(ready));
	if (ready)
		assert_string_equal(cgroups_host_name((__u32)pid, name, sizeof(name)), "a-pod");
	/* We are where we were. */
	gethostname(name, sizeof(name));
	assert_string_equal(name, own);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroups_names__each_runtime),
		cmocka_unit_test(cgroups_names__long),
		cmocka_unit_test(cgroups_id__no_cgroup),
		cmocka_unit_test(cgroups_error__each),
		cmocka_unit_test(cgroups_path__by_id),
		cmocka_unit_test(cgroups_inner_pid__of_processes),
		cmocka_unit_test(cgroups_host_name__of_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
