// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * drop.c: a child gives its rights up, and /proc says what it has left. Which user is free, and
 * what a random number is, are said here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drop.h"

/* What systemd gives to services for a while. */
enum { FIRST = 61184, LAST = 65519, NOBODY = 65534, TRIED = 64 };

/* ---- the world outside ------------------------------------------------------------- */

static unsigned int random_number;
static bool has_random = true, has_memory = true, has_groups = true;
static uid_t first_user, users, first_group, groups; /* that exist, of those ids */

struct passwd *__wrap_getpwuid(uid_t uid);
struct group *__wrap_getgrgid(gid_t gid);
ssize_t __wrap_getrandom(void *to, size_t len, unsigned int flags);
cap_t __wrap_cap_init(void);
cap_t __real_cap_init(void);
int __wrap_setgroups(size_t n, const gid_t *list);
int __real_setgroups(size_t n, const gid_t *list);

struct passwd *__wrap_getpwuid(uid_t uid)
{
	static struct passwd one;

	return uid - first_user < users ? &one : NULL;
}

struct group *__wrap_getgrgid(gid_t gid)
{
	static struct group one;

	return gid - first_group < groups ? &one : NULL;
}

ssize_t __wrap_getrandom(void *to, size_t len, unsigned int flags)
{
	(void)flags;
	assert_int_equal(len, sizeof(random_number));
	if (!has_random) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(to, &random_number, len);
	return (ssize_t)len;
}

cap_t __wrap_cap_init(void)
{
	return has_memory ? __real_cap_init() : NULL;
}

int __wrap_setgroups(size_t n, const gid_t *list)
{
	errno = EDOM;
	return has_groups ? __real_setgroups(n, list) : -1;
}

static int world_as_usual(void **state)
{
	(void)state;
	random_number = 5;
	has_random = has_memory = has_groups = true;
	first_user = users = first_group = groups = 0;
	return 0;
}

/* ---- a child that drops ----------------------------------------------------------------- */

/* What it has left. */
struct left {
	int rc, dumpable;
	pid_t pid;
	uid_t uid[3];
	gid_t gid[3];
	int groups;
	unsigned long long caps[5]; /* Inh, Prm, Eff, Bnd, Amb */
	int no_new_privs;
};

static unsigned long long status_of(const char *name)
{
	char line[256];
	unsigned long long value = ~0ull;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, 16);
	if (file)
		fclose(file);
	return value;
}

static void look(struct left *l)
{
	static const char *const names[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

	l->pid = getpid();
	getresuid(&l->uid[0], &l->uid[1], &l->uid[2]);
	getresgid(&l->gid[0], &l->gid[1], &l->gid[2]);
	l->groups = getgroups(0, NULL);
	for (int i = 0; i < 5; i++)
		l->caps[i] = status_of(names[i]);
	l->no_new_privs = (int)status_of("NoNewPrivs");
	l->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

/* Before it drops it does @before. */
static struct left dropped(void (*before)(void))
{
	struct left l = { .rc = 1 };
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		if (before)
			before();
		l.rc = drop_rights();
		look(&l);
		_exit(write(pipes[1], &l, sizeof(l)) != sizeof(l));
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &l, sizeof(l)), sizeof(l));
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return l;
}

static void check_none_left(const struct left *l)
{
	assert_int_equal(l->rc, 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(l->caps[i], 0);
	assert_int_equal(l->no_new_privs, 1);
	assert_int_equal(l->dumpable, 0);
}

static void check_is_user(const struct left *l, uid_t id)
{
	for (int i = 0; i < 3; i++) {
		assert_int_equal(l->uid[i], id);
		assert_int_equal(l->gid[i], id);
	}
	assert_int_equal(l->groups, 0);
}

static void only_as_root(void)
{
	if (geteuid())
		skip();
}

/* ---- the cases ---------------------------------------------------------------------- */

static void give_groups_and_ambient(void)
{
	static const gid_t some[] = { 4, 27 };
	cap_value_t cap = CAP_NET_RAW;
	cap_t own = cap_get_proc();

	__real_setgroups(2, some);
	cap_set_flag(own, CAP_INHERITABLE, 1, &cap, CAP_SET);
	cap_set_proc(own);
	cap_free(own);
	cap_set_ambient(cap, CAP_SET);
	/* Root's way of keeping them while its user changes. */
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

static void drop_rights__of_root(void **state)
{
	struct left l;

	(void)state;
	only_as_root();
	l = dropped(give_groups_and_ambient);
	check_none_left(&l);
	check_is_user(&l, FIRST + 5);
}

/* Without one of the two it stays who it is, and may do nothing all the same. */
static void lose(cap_value_t cap)
{
	cap_t own = cap_get_proc();

	cap_set_flag(own, CAP_EFFECTIVE, 1, &cap, CAP_CLEAR);
	cap_set_proc(own);
	cap_free(own);
}

static void lose_setuid(void)
{
	lose(CAP_SETUID);
}

static void lose_setgid(void)
{
	lose(CAP_SETGID);
}

static void drop_rights__without_a_right_to_set_ids(void **state)
{
	void (*const ways[])(void) = { lose_setuid, lose_setgid };

	(void)state;
	only_as_root();
	for (int i = 0; i < 2; i++) {
		struct left l = dropped(ways[i]);

		check_none_left(&l);
		assert_int_equal(l.uid[0], 0);
		assert_int_equal(l.gid[0], 0);
	}
}

static void become_another(void)
{
	assert_int_equal(__real_setgroups(0, NULL), 0);
	assert_int_equal(setresgid(12345, 12345, 12345), 0);
	assert_int_equal(setresuid(12345, 12345, 12345), 0);
}

static void drop_rights__of_a_user(void **state)
{
	struct left l;

	(void)state;
	only_as_root();
	l = dropped(become_another);
	assert_int_equal(l.rc, 0);
	check_is_user(&l, 12345);
	/* What is not its own to take off: the bounding set. */
	assert_int_equal(l.caps[0] | l.caps[1] | l.caps[2] | l.caps[4], 0);
	assert_int_equal(l.no_new_privs, 1);
	assert_int_equal(l.dumpable, 0);
}

static void drop_rights__fails(void **state)
{
	struct left l;

	(void)state;
	only_as_root();
	has_memory = false;
	l = dropped(NULL);
	assert_int_equal(l.rc, -ENOMEM);
	has_memory = true;
	has_groups = false;
	l = dropped(NULL);
	assert_int_equal(l.rc, -EDOM);
	assert_int_equal(l.uid[0], 0);
}

/* ---- which user ------------------------------------------------------------------------ */

static void drop_choose__from_the_first_to_the_last(void **state)
{
	static const struct {
		unsigned int random;
		uid_t id;
	} rows[] = { { 0, FIRST },
		     { 1, FIRST + 1 },
		     { LAST - FIRST, LAST },
		     { LAST - FIRST + 1, FIRST },
		     { 2 * (LAST - FIRST + 1) + 7, FIRST + 7 } };

	(void)state;
	only_as_root();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct left l;

		random_number = rows[i].random;
		l = dropped(NULL);
		check_is_user(&l, rows[i].id);
	}
}

/* Users and groups that exist are passed over, in a circle; some tries are enough. */
static void drop_choose__not_one_that_exists(void **state)
{
	static const struct {
		unsigned int random;
		uid_t first_user, users, first_group, groups, id;
	} rows[] = {
		{ 5, FIRST + 5, 1, 0, 0, FIRST + 6 },
		{ 5, 0, 0, FIRST + 5, 1, FIRST + 6 },
		{ 5, FIRST + 5, 2, FIRST + 7, 2, FIRST + 9 },
		{ LAST - FIRST, LAST, 1, 0, 0, FIRST },
		{ 0, FIRST, TRIED - 1, 0, 0, FIRST + TRIED - 1 },
		{ 0, FIRST, TRIED, 0, 0, NOBODY },
	};

	(void)state;
	only_as_root();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct left l;

		random_number = rows[i].random;
		first_user = rows[i].first_user;
		users = rows[i].users;
		first_group = rows[i].first_group;
		groups = rows[i].groups;
		l = dropped(NULL);
		check_is_user(&l, rows[i].id);
	}
}

/* Right after the machine has begun there may be no random number. */
static void drop_choose__without_random_numbers(void **state)
{
	struct left l;

	(void)state;
	only_as_root();
	has_random = false;
	l = dropped(NULL);
	check_is_user(&l, FIRST + (uid_t)l.pid % (LAST - FIRST + 1));
}

/* It is chosen once for a process and those that it makes then. */
static void drop_choose__for_all(void **state)
{
	struct left l;

	(void)state;
	only_as_root();
	random_number = 9;
	drop_choose();
	random_number = 10;
	drop_choose();
	l = dropped(NULL);
	check_is_user(&l, FIRST + 9);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(drop_rights__of_root, world_as_usual),
		cmocka_unit_test_setup(drop_rights__without_a_right_to_set_ids, world_as_usual),
		cmocka_unit_test_setup(drop_rights__of_a_user, world_as_usual),
		cmocka_unit_test_setup(drop_rights__fails, world_as_usual),
		cmocka_unit_test_setup(drop_choose__from_the_first_to_the_last, world_as_usual),
		cmocka_unit_test_setup(drop_choose__not_one_that_exists, world_as_usual),
		cmocka_unit_test_setup(drop_choose__without_random_numbers, world_as_usual),
		/* The last one: it lasts. */
		cmocka_unit_test_setup(drop_choose__for_all, world_as_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
