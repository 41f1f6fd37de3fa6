/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespaces of this host, as far as a process is in them or they have a name. */
#ifndef SMCKIT_TRACER_NETNS_H
#define SMCKIT_TRACER_NETNS_H

#include <stddef.h>
#include <linux/types.h>

/* Called in the namespace of that number; 0 or -errno. */
typedef int (*netns_fn)(void *ctx, __u32 number);

/**
 * netns_each() - call a function once in each network namespace, our own one first.
 * @cause: filled in with words for people if some were left out, else empty
 * @cap: bytes of it
 *
 * Needs a process of one thread, which is in its own namespace again afterwards.
 *
 * Return: 0, or -errno if it is not, or if our own one could not be looked at.
 */
int netns_each(netns_fn fn, void *ctx, char *cause, size_t cap);

#endif
