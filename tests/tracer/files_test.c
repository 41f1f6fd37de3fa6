// SPDX-License-Identifier: GPL-2.0-or-later
/* files.c: names that somebody else has made beforehand, in a folder for everybody, and pipes. */
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"

#define NOBODY 65534

static char dir[] = "/tmp/smckit-files.XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir) || chmod(dir, 01777))
		return -1;
	snprintf(path, sizeof(path), "%s/f", dir);
	return 0;
}

static int tear_down(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* It is somebody else's if we can make it so; a link and a folder are left alone in any case. */
static void plant(const char *how, const char *name)
{
	if (!strcmp(how, "file"))
		close(open(name, O_CREAT | O_WRONLY, 0666));
	else if (!strcmp(how, "link"))
		assert_int_equal(symlink("/etc/victim", name), 0);
	else if (!strcmp(how, "folder"))
		assert_int_equal(mkdir(name, 0777), 0);
	else
		assert_int_equal(mkfifo(name, 0666), 0);
	if (!geteuid())
		assert_int_equal(lchown(name, NOBODY, NOBODY), 0);
}

static void gets(const char *used)
{
	char name[PATH_MAX];
	struct stat st, planted;
	int fd;

	alarm(20); /* whoever made the pipe, nobody waits for its reader */
	fd = files_open(path, name);
	alarm(0);
	assert_true(fd >= 0);
	assert_string_equal(name + strlen(dir), used);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(lstat(path, &planted), 0);
	assert_true(planted.st_ino != st.st_ino);
	close(fd);
}

static void files_open__planted_names(void **state)
{
	static const char *const kinds[] = { "link", "folder", "file", "pipe" };
	size_t n = geteuid() ? 2 : 4;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		plant(kinds[i], path);
		gets("/f.1");
		tear_down(NULL);
		assert_int_equal(set_up(NULL), 0);
	}
}

/* Somebody has thought of all of them. */
static void files_open__every_name_is_planted(void **state)
{
	char name[PATH_MAX];
	int fd;

	(void)state;
	plant("link", path);
	for (int i = 1; i <= 99; i++) {
		snprintf(name, sizeof(name), "%s.%d", path, i);
		plant(i % 2 ? "link" : "folder", name);
	}
	fd = files_open(path, name);
	assert_true(fd >= 0);
	assert_int_equal(strlen(name), strlen(path) + 17);
	close(fd);
	assert_int_equal(access("/etc/victim", F_OK), -1);
}

/* In a folder of our own a folder of that name is a mistake that is worth a word. */
static void files_open__own_folder(void **state)
{
	char name[PATH_MAX];

	(void)state;
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(files_open(path, name), -EISDIR);
}

static void read_later(void)
{
	char bytes[8];
	int fd;

	nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	fd = open(path, O_RDONLY);
	_exit(fd < 0 || read(fd, bytes, 5) != 5);
}

/* Wireshark's is there before its reader is. */
static void files_open__own_pipe(void **state)
{
	char name[PATH_MAX];
	int fd, status;
	pid_t pid;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	pid = fork();
	if (!pid)
		read_later();
	fd = files_open(path, name);
	assert_true(fd >= 0);
	assert_string_equal(name, path);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(write(fd, "words", 5), 5);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fd);
}

/* The keeper blocks the signals that end it, and looks at them now and then. */
static void files_open__pipe_without_reader(void **state)
{
	char name[PATH_MAX];
	sigset_t set, old;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	assert_int_equal(mkfifo(path, 0600), 0);
	raise(SIGTERM);
	alarm(20);
	assert_int_equal(files_open(path, name), -EINTR);
	alarm(0);
	signal(SIGTERM, SIG_IGN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGTERM, SIG_DFL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(files_open__planted_names),       TEST(files_open__every_name_is_planted),
		TEST(files_open__own_folder),	       TEST(files_open__own_pipe),
		TEST(files_open__pipe_without_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
