// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smc-rawpeer: the BPF program that handles the TCP option, and the cgroup it is attached to. The
 * cgroup holds this process only, so that no other socket of the machine gets the option.
 */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "rawpeer.h"
#include "rawpeer.skel.h"

static int find_mount(struct tap *tap)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	int err = -ENOENT;

	if (!mounts)
		return -errno;
	while (err && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup2"))
			continue;
		snprintf(tap->mount, sizeof(tap->mount), "%s", entry->mnt_dir);
		err = 0;
	}
	endmntent(mounts);
	return err;
}

/* In a mount namespace of our own, so that it goes with this process at the latest. */
static int make_mount(struct tap *tap)
{
	snprintf(tap->mount, sizeof(tap->mount), "/tmp/smc-rawpeer.XXXXXX");
	if (!mkdtemp(tap->mount))
		return -errno;
	tap->mounted = true;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", tap->mount, "cgroup2", 0, NULL))
		return -errno;
	return 0;
}

/* The line "0::/path" names the process's place in the cgroup2 tree. */
static int find_home(struct tap *tap)
{
	char line[PATH_MAX / 2];
	FILE *f = fopen("/proc/self/cgroup", "re");

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(tap->home, sizeof(tap->home), "%s", line + 3);
	}
	fclose(f);
	return 0;
}

static int move_to(const char *cgroup)
{
	char path[PATH_MAX + 32];
	int fd, err;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, "0", 1) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int enter_cgroup(struct tap *tap)
{
	int err = find_mount(tap);

	if (err == -ENOENT)
		err = make_mount(tap);
	if (!err)
		err = find_home(tap);
	if (err)
		return err;
	snprintf(tap->cgroup, sizeof(tap->cgroup), "%s/smc-rawpeer.%d", tap->mount, getpid());
	if (mkdir(tap->cgroup, 0700)) {
		err = -errno;
		tap->cgroup[0] = '\0';
		return err;
	}
	err = move_to(tap->cgroup);
	tap->moved = !err;
	return err;
}

static int rawpeer_tap_attach(struct tap *tap)
{
	int fd = open(tap->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	tap->link = bpf_program__attach_cgroup(tap->skel->progs.rawpeer, fd);
	close(fd);
	return tap->link ? 0 : -errno;
}

/**
 * tap_open - have the option added to all sockets this process opens from now on
 * @tap: filled in; close it with tap_close(), also after an error
 * @option: the option; with .len 0 none is added and only the peer's is looked at
 * @doing: set to what failed
 *
 * Return: 0 or -errno.
 */
int tap_open(struct tap *tap, const struct rawpeer_option *option, const char **doing)
{
	int err;

	*tap = (struct tap){ 0 };
	*doing = "open the BPF program";
	tap->skel = rawpeer_bpf__open();
	if (!tap->skel)
		return -errno;
	memcpy((void *)&tap->skel->rodata->wanted, option, sizeof(*option));
	*doing = "load the BPF program";
	err = rawpeer_bpf__load(tap->skel);
	if (err)
		return err;
	*doing = "enter a cgroup";
	err = enter_cgroup(tap);
	if (err)
		return err;
	*doing = "attach to the cgroup";
	return rawpeer_tap_attach(tap);
}

/**
 * tap_close - leave the cgroup, and remove it and the BPF program
 * @tap: from tap_open()
 */
void tap_close(struct tap *tap)
{
	char home[PATH_MAX];

	bpf_link__destroy(tap->link);
	rawpeer_bpf__destroy(tap->skel);
	if (tap->moved) {
		snprintf(home, sizeof(home), "%s%s", tap->mount, tap->home);
		/* The old place is not reachable from a cgroup2 mount that shows a part only. */
		if (move_to(home))
			move_to(tap->mount);
	}
	if (tap->cgroup[0])
		rmdir(tap->cgroup);
	if (tap->mounted) {
		umount(tap->mount);
		rmdir(tap->mount);
	}
}

/**
 * tap_peer_option - the SMC option of the peer's SYN or SYN-ACK
 * @tap: from tap_open()
 * @fd: a connected socket
 * @option: filled in; .len is 0 if there was none
 *
 * Return: 0 or -errno.
 */
int tap_peer_option(const struct tap *tap, int fd, struct rawpeer_option *option)
{
	int map = bpf_map__fd(tap->skel->maps.peer_option);

	*option = (struct rawpeer_option){ 0 };
	if (bpf_map_lookup_elem(map, &fd, option) && errno != ENOENT)
		return -errno;
	return 0;
}
