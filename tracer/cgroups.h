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

/* What cgroups_id()'s error means, for people. */
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

/* The pid that a process has in its own pid namespace; 0 if it cannot be told. */
__u32 cgroups_inner_pid(__u32 pid);

/**
 * cgroups_container() - the container that a cgroup's path names.
 * @path: of the cgroup
 * @buf: for "pod POD container ID", with what is known of both; as docker, podman, containerd,
 *	CRI-O and systemd-nspawn name them. IDs are cut at 12 digits, as those programs show them
 * @cap: bytes of @buf
 *
 * Return: @buf; empty if it is no container.
 */
const char *cgroups_container(const char *path, char *buf, size_t cap);

#endif
