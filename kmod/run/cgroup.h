/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup of the command's own, by which BPF knows its processes from all others. */
#ifndef SMCKIT_RUN_CGROUP_H
#define SMCKIT_RUN_CGROUP_H

#include <limits.h>

struct cgroup {
	char path[PATH_MAX];  /* the folder, from the root of the hierarchy; empty if there is none
			       */
	char register_at[64]; /* the file that lets a later smc-run remove it */
	int register_fd;      /* locked as long as this smc-run lives */
	int root;	      /* of the hierarchy */
	int fd;		      /* the folder, for BPF */
	int procs_fd;	      /* its cgroup.procs, for the command to enter it */
};

/**
 * cgroup_make - make a cgroup below the one this process is in
 * @cg: filled in; cgroup_remove() it, also after an error
 * @doing: set to what failed
 *
 * So limits that hold for this process hold for the command. Cgroups that a killed smc-run has left
 * are removed first, if nobody is in them any more.
 *
 * Return: 0; -EPERM without the privilege; -ENOENT if the kernel has no cgroups of version 2;
 * another -errno.
 */
int cgroup_make(struct cgroup *cg, const char **doing);

/**
 * cgroup_remove - remove it, and what was attached to it
 * @cg: may be empty
 *
 * Return: 0, or the number of processes that are still in it, which keep it.
 */
unsigned int cgroup_remove(struct cgroup *cg);

#endif
