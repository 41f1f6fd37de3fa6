// SPDX-License-Identifier: GPL-2.0-or-later
/* See drop.h. */
#include "drop.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

/* It needs CAP_SETPCAP, so it comes first. */
static void drop_bounds(void)
{
	for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
		cap_drop_bound(cap);
	cap_reset_ambient();
}

static int drop_capabilities(void)
{
	cap_t none = cap_init();
	int err;

	if (!none)
		return -ENOMEM;
	err = cap_set_proc(none) ? -errno : 0;
	cap_free(none);
	return err;
}

/*
 * A user that nobody is, of those that systemd gives to services for a while: a process of the
 * same user could stop this one.
 */
static uid_t nobodys_id(void)
{
	const uid_t first = 61184, n = 65519 - 61184 + 1;
	unsigned int random = (unsigned int)getpid();
	uid_t id;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (unsigned int)getpid();
	for (int i = 0; i < 64; i++) {
		id = first + (random + (unsigned int)i) % n;
		if (!getpwuid(id) && !getgrgid(id))
			return id;
	}
	return 65534;
}

static uid_t chosen; /* 0: not yet */

void drop_choose(void)
{
	if (!chosen)
		chosen = nobodys_id();
}

static bool may_set_ids(void)
{
	cap_t own = cap_get_proc();
	cap_flag_value_t uid = CAP_CLEAR, gid = CAP_CLEAR;

	if (own) {
		cap_get_flag(own, CAP_SETUID, CAP_EFFECTIVE, &uid);
		cap_get_flag(own, CAP_SETGID, CAP_EFFECTIVE, &gid);
		cap_free(own);
	}
	return uid == CAP_SET && gid == CAP_SET;
}

/* Whoever comes without being root, by capabilities, is itself a user that may do nothing. */
static int drop_user(void)
{
	uid_t id;

	if (!may_set_ids())
		return 0;
	drop_choose();
	id = chosen;
	if (setgroups(0, NULL) || setresgid(id, id, id) || setresuid(id, id, id))
		return -errno;
	return 0;
}

int drop_rights(void)
{
	int err;

	drop_bounds();
	err = drop_user();
	if (!err)
		err = drop_capabilities();
	if (err)
		return err;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}
