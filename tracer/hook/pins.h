/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links that outlive their process for a moment. To close the last descriptor of a link waits
 * until the kernel has taken the hook out, tens of milliseconds for each of net/smc's. A link that
 * is pinned is let go of by a kernel worker, and nobody waits. Hence a bpffs of our own, mounted
 * nowhere: nobody else sees it, and it ends with its descriptor, also when we are killed.
 */
#ifndef SMCKIT_TRACER_PINS_H
#define SMCKIT_TRACER_PINS_H

/* The descriptor, or -errno: mounting needs CAP_SYS_ADMIN. */
int pins_new(void);

/* Pin fd as the n-th; 0 or -errno. */
int pins_add(int pins, unsigned int n, int fd);

#endif
