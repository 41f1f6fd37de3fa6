/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BPF object: which of its hooks this kernel has, and attaching them. Needs privileges. */
#ifndef SMCKIT_TRACER_HOOKS_H
#define SMCKIT_TRACER_HOOKS_H

#include <stdbool.h>

#include "base/config.h"
#include "ring.h"

#define HOOKS_ERROR_MAX 200

struct hooks;

/* One BPF program, as `smc-trace doctor` lists it. */
struct hook_state {
	char section[48];  /* such as fentry/smc_connect */
	unsigned int sees; /* enum trace_sees, ored */
	bool optional;	   /* a kernel may lack the function, and has nothing to be seen there */
	bool of_stack;	   /* meant for the stack that is there */
	bool present;	   /* the kernel has the function */
	bool asked;	   /* events of it are wanted */
	int error;	   /* errno of attaching, 0 if it is attached */
};

struct hooks_options {
	struct trace_filter filter;
	bool aggregate; /* CDC is added up a connection, and reported by hooks_report_traffic() */
	unsigned int control_bytes, cdc_bytes; /* of the rings; 0: as built. Powers of two */
	bool verbose;			       /* libbpf's words on stderr */
};

/**
 * hooks_load() - load the programs that fit the kernel's SMC stack. Nothing calls them yet.
 * @h: from hooks_new(); loaded anew after hooks_detach(), the rings and counters stay
 * @error: filled in with words for people when the result is not 0
 *
 * Return: 0 or -errno.
 */
int hooks_load(struct hooks *h, char error[HOOKS_ERROR_MAX]);

/**
 * hooks_attach() - attach what is loaded.
 * @h: loaded
 * @signals: descriptor of signals that end it, or -1
 * @error: as above
 *
 * Return: 0 or -errno; -EINTR after a signal.
 */
int hooks_attach(struct hooks *h, int signals, char error[HOOKS_ERROR_MAX]);

/* Let the module go, or what a forked process has of it. Rings and counters can still be read. */
void hooks_detach(struct hooks *h);

/* From its return on no hook counts anything or writes into the rings. */
void hooks_end(struct hooks *h);

/*
 * As hooks_detach(), for a process that is about to end: where that takes long the kernel does the
 * rest after it has ended.
 */
void hooks_leave(struct hooks *h);

/**
 * hooks_count_loss() - count what BPF cannot count: as seen, and lost.
 * @h: attached once
 * @hook: SMCW_HOOK_NESTED or SMCW_HOOK_BLIND
 * @n: events, or times
 */
void hooks_count_loss(struct hooks *h, enum smcw_event_hooks hook, __u64 n);

/* Count the calls that the kernel has left out since a program ran already; once a second, say. */
void hooks_count_misses(struct hooks *h);

/* With aggregate: put what has come of each connection since the last time into the CDC ring. */
void hooks_report_traffic(struct hooks *h);

/* Delays by processor, as BPF counts them in mapped memory; after hooks_attach(). */
const struct trace_delays *hooks_delays(const struct hooks *h);

/**
 * hooks_new() - make the object, not loaded yet.
 * @opts: copied
 *
 * Return: the object, or NULL with errno set.
 */
struct hooks *hooks_new(const struct hooks_options *opts);
void hooks_free(struct hooks *h);

/* The stack that the hooks are in; after hooks_attach(). */
enum smcw_event_stacks hooks_stack(const struct hooks *h);

/* The memory that ring_new() reads; after hooks_attach(). */
struct ring_memory hooks_rings(const struct hooks *h);

/* The state of all hooks, which are none before hooks_load(). @n: how many */
const struct hook_state *hooks_states(const struct hooks *h, size_t *n);

/** hooks_hint() - what to do about an error of hooks_load() or hooks_attach(); "" if it is not
 * known. */
const char *hooks_hint(int err);

#endif
