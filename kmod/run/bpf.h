/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF programs: which of them run, and what they report. */
#ifndef SMCKIT_RUN_BPF_H
#define SMCKIT_RUN_BPF_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct bpf; /* opaque */

struct bpf_wants {
	bool change; /* make the command's TCP sockets SMC ones */
	bool watch;  /* report its connections */
	bool verbose;
};

/**
 * bpf_start - load and attach
 * @bpf: set to what bpf_end() takes, NULL after an error
 * @cgroup_fd: the folder of the command's cgroup
 * @wants: what for
 * @doing: after an error what failed, in words
 *
 * The programs live as long as this process: if it is killed the kernel removes them.
 *
 * Return: 0; -ENOSYS if this kernel has no hook at socket(); -ENOENT if the SMC stack is one whose
 * end of a connection cannot be seen; -EPERM without the privilege; another -errno.
 */
int bpf_start(struct bpf **bpf, int cgroup_fd, const struct bpf_wants *wants, const char **doing);

typedef void (*bpf_event_fn)(const struct run_event *ev, void *data);

/**
 * bpf_poll - hand on what was reported
 * @bpf: from bpf_start()
 * @call: called for each event
 * @data: passed on to @call
 */
void bpf_poll(struct bpf *bpf, bpf_event_fn call, void *data);

/* A descriptor that can be read when bpf_poll() has something to do. */
int bpf_fd(const struct bpf *bpf);

/* Events that had no room, and sockets whose protocol was changed. */
uint64_t bpf_lost(const struct bpf *bpf);
uint64_t bpf_changed(const struct bpf *bpf);

/**
 * bpf_end - detach
 * @bpf: may be NULL
 */
void bpf_end(struct bpf *bpf);

#endif
