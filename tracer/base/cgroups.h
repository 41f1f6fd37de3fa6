/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups (version 2) by path and by id, and whose container a path is. */
#ifndef SMCKIT_TRACER_CGROUPS_H
#define SMCKIT_TRACER_CGROUPS_H

#include <stddef.h>
#include <linux/types.h>

/**
 * cgroups_id() - the id of a cgroup that the user names.
 * @arg: a path, or an id in decimal
 * @id: set
 *
 * Return: 0; -ENOENT if there is none; -ENOTDIR if it is no folder; -EPROTOTYPE if it is a folder
 * of version 1; -EINVAL if it is no cgroup at all; or another -errno.
 */
int cgroups_id(const char *arg, __u64 *id);

/* The meaning of cgroups_id()'s error, for people. */
const char *cgroups_error(int err);

/**
 * cgroups_path() - where a cgroup is, counted from the root of cgroups.
 * @id: of the cgroup
 * @buf: for the path
 * @cap: bytes of @buf
 *
 * Return: 0 or -errno; -ENOENT if it is gone.
 */
int cgroups_path(__u64 id, char *buf, size_t cap);

/* The pid that a process has in its own pid namespace; 0 if it is not known. */
__u32 cgroups_inner_pid(__u32 pid);

/**
 * cgroups_host_name() - the host name of a process' UTS namespace.
 * @pid: of the process
 * @buf: for the name
 * @cap: bytes of @buf
 *
 * For a pod's process it is the pod's name. Needs CAP_SYS_ADMIN, and looks at nothing that the
 * container could hold up. Return: @buf; empty if it is our own namespace or not known.
 */
const char *cgroups_host_name(__u32 pid, char *buf, size_t cap);

/* The parts of a cgroup's path; one that it does not name is empty. */
struct cgroups_names {
	char pod[64];	    /* its UID */
	char container[65]; /* its id */
	char machine[128];
};

/* As docker, podman, containerd, CRI-O and systemd-nspawn name them. */
void cgroups_names(const char *path, struct cgroups_names *names);

#endif
