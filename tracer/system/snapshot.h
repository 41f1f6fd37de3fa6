/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How SMC is set up on this host, and what exists already, when tracing begins: so that advice
 * names the true cause, and that a connection which is idle is not missing.
 */
#ifndef SMCKIT_TRACER_SNAPSHOT_H
#define SMCKIT_TRACER_SNAPSHOT_H

#include "base/config.h"
#include "base/facts.h"

/**
 * snapshot_setup() - EIDs, PNET IDs, devices, sysctls, listening sockets.
 * @f: gets the facts, and one of topic UNKNOWN for what could not be read
 *
 * It covers the network namespace that smc-trace runs in. Return: 0, or -ENOMEM.
 */
int snapshot_setup(struct facts *f);

/**
 * snapshot_existing() - connections and link groups that are there, in all network namespaces.
 * @stack: enum smcw_event_stacks
 * @filter: what was asked for
 * @f: gets the class OBSERVE_OLDER: observed, or which namespaces could not be entered
 * @fn: takes an event of kind CONN_READY or LGR_UP for each, with SMCW_EV_SEEN set
 *
 * Return: 0, 1 if not all was seen, or -ENOMEM.
 */
int snapshot_existing(__u8 stack, const struct trace_filter *filter, struct facts *f, facts_fn fn,
		      void *ctx);

#endif
