// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroup.h. */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file a run: its lock says that the run is alive, its content where the cgroup is. */
#define REGISTER "/run/smc-run"

/*
 * The hierarchy of version 2, by a mount of our own that nobody else sees: the system's may be
 * anywhere, or be hidden, as behind "ip netns exec". What /proc/self/cgroup tells begins at its
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

/* Of runs that ended without cleaning up: SIGKILL leaves nobody to do it. */
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

static int write_register(struct cgroup *cg)
{
	size_t len = strlen(cg->path);

	if (mkdir(REGISTER, 0755) && errno != EEXIST)
		return -errno;
	snprintf(cg->register_at, sizeof(cg->register_at), REGISTER "/%d", (int)getpid());
	cg->register_fd = open(cg->register_at, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (cg->register_fd < 0 || flock(cg->register_fd, LOCK_EX) ||
	    write(cg->register_fd, cg->path, len) != (ssize_t)len)
		return -errno;
	return 0;
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
	*doing = "making a cgroup";
	snprintf(cg->path, sizeof(cg->path), "%s%ssmc-run.%d", own, *own ? "/" : "", (int)getpid());
	if (mkdirat(cg->root, cg->path, 0755) && errno != EEXIST) {
		err = -errno;
		cg->path[0] = '\0';
		return err;
	}
	*doing = "writing " REGISTER;
	err = write_register(cg);
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
	if (gone && cg->register_fd >= 0)
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
