/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SMC sockets that this kernel has. */
#ifndef SMCKIT_RUN_PROBE_H
#define SMCKIT_RUN_PROBE_H

#include <stdbool.h>

struct probe {
	int family;   /* a socket of AF_SMC, or -errno */
	int protocol; /* one of AF_INET with IPPROTO_SMC, or -errno */
};

/**
 * probe_smc - open one socket of each kind; the kernel may load its own module for it
 * @probe: filled in
 *
 * Nobody else loads smcx for a socket: where there is no SMC, root asks modprobe(8) for it.
 *
 * The sockets stay open: a module that is in use cannot be unloaded, and without it the command's
 * socket() would fail.
 */
void probe_smc(struct probe *probe);

#endif
