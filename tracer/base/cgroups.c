// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroups.h. */
#include "cgroups.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#define MOUNTED "/sys/fs/cgroup"
#define MOUNTED_HYBRID "/sys/fs/cgroup/unified"

/* ---- by what the user names ----------------------------------------------------------- */

static int id_of_path(const char *path, __u64 *id)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return -errno;
	if (fs.f_type == CGROUP_SUPER_MAGIC)
		return -EPROTOTYPE;
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return -EINVAL;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*id = st.st_ino;
	return 0;
}

static const char *cgroups_mounted(void)
{
	struct statfs fs;

	if (!statfs(MOUNTED, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return MOUNTED;
	if (!statfs(MOUNTED_HYBRID, &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return MOUNTED_HYBRID;
	return NULL;
}

int cgroups_id(const char *arg, __u64 *id)
{
	char path[4];
	char *end;

	if (!isdigit((unsigned char)*arg))
		return id_of_path(arg, id);
	errno = 0;
	*id = strtoull(arg, &end, 10);
	if (errno || *end)
		return -ENOENT;
	return cgroups_path(*id, path, sizeof(path)) == -ENOENT ? -ENOENT : 0;
}

const char *cgroups_error(int err)
{
	switch (err) {
	case -EPROTOTYPE:
		return "a folder of cgroup version 1, by which sockets have no owner: name one of "
		       "version 2, under " MOUNTED " or " MOUNTED_HYBRID;
	case -EINVAL:
		return "no cgroup: name a folder under " MOUNTED;
	case -ENOTDIR:
		return "a file of a cgroup: name its folder";
	default:
		return strerror(-err);
	}
}

/* ---- by id ------------------------------------------------------------------------------- */

/* The handle of a cgroup's folder is its id; include/linux/exportfs.h: FILEID_KERNFS. */
#define HANDLE_KERNFS 0xfe

static int path_by_handle(const char *root, __u64 id, char *buf, size_t cap)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} handle = { .head = { .handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS } };
	int mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	char link[32], path[PATH_MAX];
	ssize_t n;

	if (mount < 0)
		return -errno;
	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, &handle.head, O_PATH | O_CLOEXEC);
	n = fd < 0 ? -errno : 0;
	close(mount);
	if (fd < 0)
		return n == -ESTALE ? -ENOENT : (int)n;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	close(fd);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	n = (ssize_t)strlen(root);
	snprintf(buf, cap, "%s", !strncmp(path, root, (size_t)n) && path[n] ? path + n : "/");
	return 0;
}

int cgroups_path(__u64 id, char *buf, size_t cap)
{
	const char *root = cgroups_mounted();

	*buf = '\0';
	return root ? path_by_handle(root, id, buf, cap) : -EOPNOTSUPP;
}

__u32 cgroups_inner_pid(__u32 pid)
{
	char path[48], line[512], *last;
	__u32 inner = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		if (strncmp(line, "NSpid:", 6))
			continue;
		last = strrchr(line, '\t');
		inner = last ? (__u32)strtoul(last, NULL, 10) : 0;
	}
	if (in)
		fclose(in);
	return inner;
}

/* ---- containers ----------------------------------------------------------------------- */

static size_t hex_digits(const char *at)
{
	size_t n = 0;

	while (isdigit((unsigned char)at[n]) || (at[n] >= 'a' && at[n] <= 'f'))
		n++;
	return n;
}

/* The last run of 64 hexadecimal digits: what all of them call a container's id. */
static const char *container_id(const char *path)
{
	const char *found = NULL;

	for (const char *at = path; *at;) {
		size_t n = hex_digits(at);

		if (n == 64)
			found = at;
		at += n ? n : 1;
	}
	return found;
}

/* kubepods: "pod" and a UID, whose dashes systemd's names have as underscores. */
static size_t pod_uid(const char *path, char *buf, size_t cap)
{
	const char *at = strstr(path, "kubepods");
	size_t n = 0;

	while (at && (at = strstr(at, "pod"))) {
		at += strlen("pod");
		for (n = 0; n + 1 < cap &&
			    (isxdigit((unsigned char)at[n]) || at[n] == '-' || at[n] == '_');
		     n++)
			buf[n] = at[n] == '_' ? '-' : at[n];
		if (n >= 32)
			break;
		n = 0;
	}
	buf[n] = '\0';
	return n;
}

static size_t cgroups_machine(const char *path, char *buf, size_t cap)
{
	const char *at = strstr(path, "/machine.slice/");
	size_t n = 0;

	*buf = '\0';
	if (!at)
		return 0;
	at += strlen("/machine.slice/");
	n = strcspn(at, "/");
	snprintf(buf, cap, "%.*s", (int)n, at);
	return n;
}

void cgroups_names(const char *path, struct cgroups_names *names)
{
	const char *id = container_id(path);

	*names = (struct cgroups_names){ .container = "" };
	pod_uid(path, names->pod, sizeof(names->pod));
	if (id)
		snprintf(names->container, sizeof(names->container), "%.64s", id);
	cgroups_machine(path, names->machine, sizeof(names->machine));
}

/* ---- host names ----------------------------------------------------------------------- */

static bool same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

const char *cgroups_host_name(__u32 pid, char *buf, size_t cap)
{
	int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), other;
	struct utsname u;
	char path[48];

	*buf = '\0';
	snprintf(path, sizeof(path), "/proc/%u/ns/uts", pid);
	other = open(path, O_RDONLY | O_CLOEXEC);
	if (own >= 0 && other >= 0 && !same_file(own, other) && !setns(other, CLONE_NEWUTS)) {
		if (!uname(&u))
			snprintf(buf, cap, "%s", u.nodename);
		/* Only names depend on it, and what we do with them. */
		if (setns(own, CLONE_NEWUTS))
			*buf = '\0';
	}
	if (own >= 0)
		close(own);
	if (other >= 0)
		close(other);
	return buf;
}
