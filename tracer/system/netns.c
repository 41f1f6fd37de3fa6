// SPDX-License-Identifier: GPL-2.0-or-later
/* See netns.h. */
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/set.h"

#define OWN "/proc/self/ns/net"
#define NETNS_MAX 4096 /* of more only so many are looked at */

struct walk {
	netns_fn fn;
	void *ctx;
	struct table seen; /* their numbers: a set */
	int own;
	dev_t nsfs;	   /* the file system of namespaces */
	__u32 left_number; /* the first one that was left out, 0: not known */
	int left_error;
	unsigned int left;
	int lost; /* the error that keeps us in another one's namespace */
};

static void leave_out(struct walk *w, __u32 number, int error)
{
	if (!w->left++) {
		w->left_number = number;
		w->left_error = error;
	}
}

/* 0 or -errno. */
static int look_into(struct walk *w, const char *path, __u32 number)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	if (err)
		return err;
	err = w->fn(w->ctx, number);
	if (setns(w->own, CLONE_NEWNET))
		w->lost = -errno;
	return err;
}

/* A process that ends at that moment is refused, too. */
static bool is_gone(const char *path)
{
	const char *of = strstr(path, "/ns/net");
	char process[300];

	if (!of)
		return false;
	snprintf(process, sizeof(process), "%.*s", (int)(of - path), path);
	return access(process, F_OK);
}

static void take_path(struct walk *w, const char *path)
{
	struct stat st;
	__u32 number;
	int err;

	if (w->lost)
		return;
	if (stat(path, &st)) {
		err = -errno;
		if ((err == -EACCES || err == -EPERM) && !is_gone(path))
			leave_out(w, 0, err);
		return;
	}
	number = (__u32)st.st_ino;
	/* A file of another kind may lie there, too. */
	if (st.st_dev != w->nsfs || set_has(&w->seen, number))
		return;
	if (w->seen.n >= NETNS_MAX) {
		leave_out(w, number, -E2BIG);
		return;
	}
	set_add(&w->seen, number);
	err = look_into(w, path, number);
	if (err && err != -ENOENT && err != -ESRCH && !is_gone(path))
		leave_out(w, number, err);
}

static void take_processes(struct walk *w)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[300];

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		take_path(w, path);
	}
	if (dir)
		closedir(dir);
}

/* As ip netns names them. */
static void take_names(struct walk *w)
{
	DIR *dir = opendir("/run/netns");
	struct dirent *entry;
	char path[300];

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "/run/netns/%s", entry->d_name);
		take_path(w, path);
	}
	if (dir)
		closedir(dir);
}

static void put_cause(const struct walk *w, char *cause, size_t cap)
{
	*cause = '\0';
	if (w->left && w->left_number)
		snprintf(cause, cap, "in part: not those of %u network namespaces, %u: %s", w->left,
			 w->left_number, strerror(-w->left_error));
	else if (w->left)
		snprintf(cause, cap, "in part: the network namespaces of %u processes: %s", w->left,
			 strerror(-w->left_error));
}

int netns_each(netns_fn fn, void *ctx, char *cause, size_t cap)
{
	struct walk w = { .fn = fn, .ctx = ctx, .own = open(OWN, O_RDONLY | O_CLOEXEC) };
	struct stat st = { 0 };
	int err;

	*cause = '\0';
	if (w.own >= 0 && fstat(w.own, &st)) {
		close(w.own);
		w.own = -1;
	}
	w.nsfs = st.st_dev;
	set_add(&w.seen, (__u32)st.st_ino);
	err = fn(ctx, (__u32)st.st_ino);
	if (w.own >= 0) {
		take_processes(&w);
		take_names(&w);
		close(w.own);
	} else {
		leave_out(&w, 0, -ENOENT);
	}
	put_cause(&w, cause, cap);
	set_free(&w.seen);
	return w.lost ? w.lost : err;
}
