/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections whose ends have other addresses on the other host, since NAT is between the two:
 * which of them are one, as far as messages show it that cannot be of two.
 */
#ifndef SMCKIT_TRACER_FLOWS_H
#define SMCKIT_TRACER_FLOWS_H

#include "smc_event.h"

#define FLOWS_MAX 262144 /* later ones are not learned; their messages match where no NAT is */

struct flows;

struct flows *flows_new(void);
void flows_free(struct flows *f);

/**
 * flows_join() - two hosts mean the same connection.
 * @ends: by message_ends(), of the event on each host
 *
 * Return: 0, or -ENOMEM.
 */
int flows_join(struct flows *f, unsigned int host_a, __u32 ends_a, unsigned int host_b,
	       __u32 ends_b);

/* A number that is the same on both hosts, of ends as a host has them. 0 stays 0. */
__u32 flows_of(const struct flows *f, unsigned int host, __u32 ends);

/**
 * flows_learn() - the keys and numbers of both ends, which an SMC-R connection has alike on both
 * hosts.
 * @ev: any event
 *
 * Return: 0, or -ENOMEM.
 */
int flows_learn(struct flows *f, unsigned int host, const struct smcw_event *ev);

#endif
