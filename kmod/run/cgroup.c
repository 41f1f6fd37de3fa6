// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroup.h. */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file a run: its lock says that the run is alive, its content where the cgroup is. */
#define REGISTER "/run/smc-run"

/* The mount point of cgroup version 2: it may be beside version 1, in a folder of its own. */
static int find_mount(char *path, size_t cap, char *root, size_t root_cap)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[2 * PATH_MAX];
	int err = -ENOENT;

	if (!mounts)
		return -errno;
	while (err && fgets(line, sizeof(line), mounts)) {
		char from[PATH_MAX], at[PATH_MAX], *type = strstr(line, " - ");

		if (!type || strncmp(type, " - cgroup2 ", 11))
			continue;
		if (sscanf(line, "%*s %*s %*s %4095s %4095s", from, at) != 2)
			continue;
		if (strlen(at) >= cap || strlen(from) >= root_cap)
			continue;
		strcpy(path, at);
		strcpy(root, from);
		err = 0;
	}
	fclose(mounts);
	return err;
}

/* The cgroup of this process, as seen from the root of the hierarchy. */
static int find_own(char *path, size_t cap)
{
	FILE *groups = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];
	int err = -ENOENT;

	if (!groups)
		return -errno;
	while (err && fgets(line, sizeof(line), groups)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) || strlen(line + 3) >= cap)
			continue;
		strcpy(path, line + 3);
		err = 0;
	}
	fclose(groups);
	return err;
}

/* The mount may show a part of the hierarchy only; what is outside of it begins with "/..". */
static int own_folder(char *folder, size_t cap)
{
	char mount[PATH_MAX], root[PATH_MAX], own[PATH_MAX];
	const char *below = own;
	int err = find_mount(mount, sizeof(mount), root, sizeof(root));

	if (!err)
		err = find_own(own, sizeof(own));
	if (err)
		return err;
	if (strcmp(root, "/") && !strncmp(own, root, strlen(root)))
		below = own + strlen(root);
	if (!strncmp(below, "/..", 3))
		return -ENOENT;
	if (!strcmp(below, "/"))
		below = "";
	if ((size_t)snprintf(folder, cap, "%s%s", mount, below) >= cap)
		return -ENAMETOOLONG;
	return 0;
}

/* Of runs that ended without cleaning up: SIGKILL leaves nobody to do it. */
static void remove_stale(void)
{
	DIR *dir = opendir(REGISTER);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX] = "";
		int fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0)
			continue;
		if (!flock(fd, LOCK_EX | LOCK_NB) && read(fd, path, sizeof(path) - 1) > 0 &&
		    (!rmdir(path) || errno == ENOENT))
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
	char folder[PATH_MAX - 32];
	int err;

	*cg = (struct cgroup){ .register_fd = -1, .fd = -1, .procs_fd = -1 };
	remove_stale();
	*doing = "cgroup version 2";
	err = own_folder(folder, sizeof(folder));
	if (err)
		return err;
	*doing = "making a cgroup";
	snprintf(cg->path, sizeof(cg->path), "%s/smc-run.%d", folder, (int)getpid());
	if (mkdir(cg->path, 0755) && errno != EEXIST) {
		err = -errno;
		cg->path[0] = '\0';
		return err;
	}
	*doing = "writing " REGISTER;
	err = write_register(cg);
	if (err)
		return err;
	*doing = "opening the cgroup";
	cg->fd = open(cg->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
	unsigned int n = 0;

	/* A process that has just been waited for may be in it a moment longer. */
	for (int i = 0; cg->path[0] && rmdir(cg->path); i++) {
		n = cg->procs_fd < 0 ? 0 : count_processes(cg);
		if (i == 50 || errno != EBUSY || n)
			break;
		usleep(10000);
	}
	/* With somebody in it the file stays, and a later run removes both. */
	if (!n && cg->register_fd >= 0)
		unlink(cg->register_at);
	if (cg->register_fd >= 0)
		close(cg->register_fd);
	if (cg->procs_fd >= 0)
		close(cg->procs_fd);
	if (cg->fd >= 0)
		close(cg->fd);
	*cg = (struct cgroup){ .register_fd = -1, .fd = -1, .procs_fd = -1 };
	return n;
}
