// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_sockmap COMMAND...: run a command, TCP connections within which are short-cut by a sockmap.
 * Both ends have to be among its processes. Needs root, and cgroup version 2 at /sys/fs/cgroup. The
 * exit status is the command's.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kmod_sockmap.skel.h"

int main(int argc, char **argv)
{
	struct kmod_sockmap_bpf *skel;
	char folder[64], procs[96];
	int group, fd, status;
	pid_t pid;

	if (argc < 2)
		errx(125, "usage: kmod_sockmap COMMAND...");
	snprintf(folder, sizeof(folder), "/sys/fs/cgroup/kmod-sockmap.%d", (int)getpid());
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", folder);
	skel = kmod_sockmap_bpf__open_and_load();
	if (!skel)
		err(125, "loading BPF programs");
	if (mkdir(folder, 0755))
		err(125, "%s", folder);
	group = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bpf_prog_attach(bpf_program__fd(skel->progs.redirect), bpf_map__fd(skel->maps.sockets),
			    BPF_SK_MSG_VERDICT, 0) ||
	    bpf_prog_attach(bpf_program__fd(skel->progs.remember), group, BPF_CGROUP_SOCK_OPS, 0))
		err(125, "attaching BPF programs");
	pid = fork();
	if (!pid) {
		fd = open(procs, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			err(125, "%s", procs);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	waitpid(pid, &status, 0);
	if (getenv("KMOD_SOCKMAP_TELL"))
		fprintf(stderr, "kmod_sockmap: %llu sockets, %llu messages\n",
			(unsigned long long)skel->bss->joined,
			(unsigned long long)skel->bss->redirected);
	close(group);
	rmdir(folder);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
