// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroup.h. */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A file a run: its lock says that the run is alive, its content where the cgroup is. Root alone
 * may open it: flock() takes a descriptor that only reads.
 */
#define REGISTER "/run/smc-run"

/*
 * The hierarchy of version 2, by a mount of our own that nobody else sees: the system's may be
 * anywhere, or be hidden, as after "ip netns exec". The path in /proc/self/cgroup begins at its
 * root, also in a cgroup namespace.
 */
static int open_root(void)
{
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC), root, err = 0;

	if (fs < 0)
		return errno == ENODEV ? -ENOENT : -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		err = -errno;
	root = err ? -1 : fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (!err && root < 0)
		err = -errno;
	close(fs);
	return err ? err : root;
}

/* The cgroup of this process, from the root of the hierarchy on, with no "/" before it. */
static int find_own(char *path, size_t cap)
{
	FILE *groups = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];
	int err = -ENOENT;

	if (!groups)
		return -errno;
	while (err && fgets(line, sizeof(line), groups)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) || strlen(line + 4) >= cap)
			continue;
		strcpy(path, line + 4);
		err = 0;
	}
	fclose(groups);
	return err;
}

/* Left by runs that ended without cleaning up: SIGKILL leaves nobody to do it. */
static void remove_stale(int root)
{
	DIR *dir = opendir(REGISTER);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX] = "";
		int fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0)
			continue;
		if (!flock(fd, LOCK_EX | LOCK_NB) && read(fd, path, sizeof(path) - 1) > 0 &&
		    (!unlinkat(root, path, AT_REMOVEDIR) || errno == ENOENT))
			unlinkat(dirfd(dir), entry->d_name, 0);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

/*
 * The file gets its name when it is locked: who looks for stale ones finds it no sooner. Nobody
 * else has it by then, so no lock is waited for.
 */
static int write_register(struct cgroup *cg, const char *name)
{
	ssize_t len = (ssize_t)strlen(cg->path);
	char self[64];

	if (mkdir(REGISTER, 0700) && errno != EEXIST)
		return -errno;
	cg->register_fd = open(REGISTER, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (cg->register_fd < 0 || flock(cg->register_fd, LOCK_EX | LOCK_NB) ||
	    write(cg->register_fd, cg->path, (size_t)len) != len)
		return -errno;
	snprintf(cg->register_at, sizeof(cg->register_at), REGISTER "/%s", name);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", cg->register_fd);
	if (!linkat(AT_FDCWD, self, AT_FDCWD, cg->register_at, AT_SYMLINK_FOLLOW))
		return 0;
	cg->register_at[0] = '\0';
	return -errno;
}

/* Not by pid: in two PID namespaces there are two of each. */
static int make_name(char *name, size_t cap)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -errno;
	snprintf(name, cap, "smc-run.%016" PRIx64, number);
	return 0;
}

/* It is registered first, so that none is left that nobody knows of. */
static int make_folder(struct cgroup *cg, const char *own, const char **doing)
{
	char name[32];
	int err = make_name(name, sizeof(name));

	if (err)
		return err;
	*doing = "writing " REGISTER;
	snprintf(cg->path, sizeof(cg->path), "%s%s%s", own, *own ? "/" : "", name);
	err = write_register(cg, name);
	*doing = "making a cgroup";
	if (!err && mkdirat(cg->root, cg->path, 0755))
		err = -errno;
	if (err)
		cg->path[0] = '\0';
	return err;
}

int cgroup_make(struct cgroup *cg, const char **doing)
{
	char own[PATH_MAX - 32];
	int err;

	*cg = (struct cgroup){ .register_fd = -1, .root = -1, .fd = -1, .procs_fd = -1 };
	*doing = "opening the cgroups of version 2";
	cg->root = open_root();
	err = cg->root < 0 ? cg->root : find_own(own, sizeof(own));
	if (err)
		return err;
	remove_stale(cg->root);
	*doing = "making a name";
	err = make_folder(cg, own, doing);
	if (err)
		return err;
	*doing = "opening the cgroup";
	cg->fd = openat(cg->root, cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cg->fd < 0)
		return -errno;
	cg->procs_fd = openat(cg->fd, "cgroup.procs", O_RDWR | O_CLOEXEC);
	return cg->procs_fd < 0 ? -errno : 0;
}

static unsigned int count_processes(const struct cgroup *cg)
{
	unsigned int n = 0;
	char buf[4096];
	ssize_t len;

	lseek(cg->procs_fd, 0, SEEK_SET);
	while ((len = read(cg->procs_fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < len; i++)
			n += buf[i] == '\n';
	return n;
}

unsigned int cgroup_remove(struct cgroup *cg)
{
	bool gone = !cg->path[0], busy = true;
	unsigned int n = 0;

	/* A process that has just been waited for may be in it a moment longer. */
	for (int i = 0; !gone && busy && !n && i < 50; i++) {
		if (i)
			usleep(10000);
		gone = !unlinkat(cg->root, cg->path, AT_REMOVEDIR) || errno == ENOENT;
		busy = errno == EBUSY;
		if (!gone && cg->procs_fd >= 0)
			n = count_processes(cg);
	}
	/* With somebody in it, or in one below it, the file stays, and a later run removes both. */
	if (gone && cg->register_at[0])
		unlink(cg->register_at);
	if (cg->register_fd >= 0)
		close(cg->register_fd);
	if (cg->procs_fd >= 0)
		close(cg->procs_fd);
	if (cg->fd >= 0)
		close(cg->fd);
	if (cg->root >= 0)
		close(cg->root);
	*cg = (struct cgroup){ .register_fd = -1, .root = -1, .fd = -1, .procs_fd = -1 };
	return n;
}
