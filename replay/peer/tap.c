// SPDX-License-Identifier: GPL-2.0-or-later
/* See tap.h. */
#include "tap.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.skel.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

struct tap {
	struct tap_bpf *skel;
	struct bpf_link *link;
};

static int tap_open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int find_cgroup2(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	int fd = -ENOENT;

	if (!mounts)
		return -errno;
	while (fd == -ENOENT && (entry = getmntent(mounts)))
		if (!strcmp(entry->mnt_type, "cgroup2"))
			fd = tap_open_folder(entry->mnt_dir);
	endmntent(mounts);
	return fd;
}

/* Where it is not mounted: for a moment, and seen by nobody else. */
static int mount_cgroup2(void)
{
	char path[] = "/tmp/smc-replay.XXXXXX";
	int fd;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(path))
		return -errno;
	fd = mount("none", path, "cgroup2", 0, NULL) ? -errno : tap_open_folder(path);
	umount2(path, MNT_DETACH);
	rmdir(path);
	return fd;
}

static int tap_attach(struct tap *t)
{
	int fd = find_cgroup2();

	if (fd == -ENOENT)
		fd = mount_cgroup2();
	if (fd < 0)
		return fd;
	t->link = bpf_program__attach_cgroup(t->skel->progs.tap, fd);
	close(fd);
	return t->link ? 0 : -errno;
}

static int tap_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

/* The number that BPF, too, has for the network namespace we are in. */
static int find_netns(__u64 *cookie)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	socklen_t size = sizeof(*cookie);

	if (fd < 0)
		return -errno;
	err = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size) ? -errno : 0;
	close(fd);
	return err;
}

static int tap_load(struct tap *t)
{
	__u64 netns;
	int err = find_netns(&netns);

	if (err)
		return err;
	t->skel = tap_bpf__open();
	if (!t->skel)
		return -errno;
	t->skel->rodata->netns = netns;
	return tap_bpf__load(t->skel);
}

int tap_open(struct tap **out, const char **doing)
{
	struct tap *t = calloc(1, sizeof(*t));
	int err;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	libbpf_set_print(tap_quiet);
	*doing = "load the BPF program that writes TCP options";
	err = tap_load(t);
	if (!err) {
		*doing = "attach the BPF program to the root of cgroup2";
		err = tap_attach(t);
	}
	if (err)
		tap_close(t);
	else
		*out = t;
	return err;
}

void tap_close(struct tap *t)
{
	if (!t)
		return;
	bpf_link__destroy(t->link);
	tap_bpf__destroy(t->skel);
	free(t);
}

int tap_set(const struct tap *t, unsigned int port, const void *bytes, size_t len)
{
	struct tap_option option = { .len = (__u8)len };
	__u32 key = port;

	if (len > TAP_OPTION_MAX)
		return -EINVAL;
	if (len)
		memcpy(option.bytes, bytes, len);
	return bpf_map_update_elem(bpf_map__fd(t->skel->maps.wanted), &key, &option, BPF_ANY) ?
		       -errno :
		       0;
}

void tap_forget(const struct tap *t, unsigned int port)
{
	__u32 key = port;

	bpf_map_delete_elem(bpf_map__fd(t->skel->maps.wanted), &key);
}

int tap_peer(const struct tap *t, int fd, struct tap_option *option)
{
	*option = (struct tap_option){ 0 };
	if (bpf_map_lookup_elem(bpf_map__fd(t->skel->maps.peer), &fd, option) && errno != ENOENT)
		return -errno;
	return 0;
}
