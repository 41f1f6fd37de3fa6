/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The SMC stack of the running kernel: its own, net/smc, or our module smcx. */
#ifndef SMCKIT_TRACER_STACK_H
#define SMCKIT_TRACER_STACK_H

#include <stdbool.h>

#include "base/config.h"

/**
 * stack_present() - which SMC stack is there, loaded or built in?
 * @stack: enum smcw_event_stacks, set if the result is 1. There are never two: both are AF_SMC.
 *
 * Return: 1 if there is one, 0 if net/smc could be loaded, -ENOENT if this kernel has none, and
 * -ENXIO if it cannot be known, since sysfs is not mounted.
 */
int stack_present(enum smcw_event_stacks *stack);

/* Whether the hooks of that stack are functions of a module. smcx is hooked by tracepoints. */
int stack_is_module(enum smcw_event_stacks stack);

/* The module of that stack if it is loaded and has no BTF, or NULL. smcx needs none. */
const char *stack_without_btf(enum smcw_event_stacks stack);

/* Is there an emulated device, loopback-ism? Kernels do not list it among their devices. */
bool stack_has_loopback(enum smcw_event_stacks stack);

/* The name of its module, such as rmmod takes. */
const char *stack_module(enum smcw_event_stacks stack);

/**
 * stack_places() - ask smcx, which is loaded, for its offsets.
 * @places: filled in; bytes
 *
 * Return: 0, -ENOTSUP if it does not name all of them, or -errno of reading.
 */
int stack_places(struct trace_places *places);

#endif
