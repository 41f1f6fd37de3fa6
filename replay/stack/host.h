/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of the host for a case: sysctls of SMC, and EIDs. A process of its own, which stays root,
 * makes them, and no others; it knows what was before, and puts it back, also when we end early.
 */
#ifndef SMCKIT_REPLAY_HOST_H
#define SMCKIT_REPLAY_HOST_H

#include "script/script.h"

struct host;

/* Starts the process, as root. Return: 0 or -errno; @out is NULL then. */
int host_open(struct host **out);

/* Make a change. Return: 0, -ENOENT when there is no such sysctl, or another -errno of the kernel.
 */
int host_set(struct host *h, const struct host_change *c);

/* Restore the values from before. Return: 0 or -errno. */
int host_restore(struct host *h);

void host_close(struct host *h);

#endif
