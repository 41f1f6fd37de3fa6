/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two rings made one stream of whole events: CDC records widened by what
 * their connection said of itself, in the order of time, with wall-clock time.
 */
#ifndef SMCKIT_TRACER_RING_H
#define SMCKIT_TRACER_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"

typedef void (*ring_fn)(void *ctx, struct smcw_event *ev);

struct ring;

/* The memory of the rings. */
struct ring_memory {
	int control_fd, cdc_fd;	       /* descriptors of BPF's rings */
	const struct trace_cdc *slots; /* of the ring for CDC messages */
	__u32 n_slots;		       /* a power of two */
	struct trace_turns *turns;
	const struct trace_counter (*counters)[SMCW_HOOKS_MAX]; /* [processor][hook] */
};

/**
 * ring_new() - read the rings.
 * @memory: what it points to lives longer than the result
 * @fn: takes each event, which it may change; its memory is good until @fn returns
 *
 * Return: the reader, or NULL with errno set.
 */
struct ring *ring_new(const struct ring_memory *memory, ring_fn fn, void *ctx);
void ring_free(struct ring *r);

/*
 * @fn takes each event of the control ring, too, as soon as it is read, and before it is held until
 * older ones cannot come any more: for what has to be asked of a process that may soon be gone. Its
 * time is since boot.
 */
void ring_on_arrival(struct ring *r, ring_fn fn);

/* Readable when there are events; CDC alone does not always make it so: look every 50 ms. */
int ring_poll_fd(const struct ring *r);

/**
 * ring_drain() - hand on what is there.
 * @all: also the youngest events, for which older ones might still come
 *
 * Return: events handed on, or -errno.
 */
int ring_drain(struct ring *r, bool all);

/* The counters of a hook, over all processors. */
struct trace_counter ring_counter(const struct ring *r, unsigned int hook);

/**
 * ring_delays_event() - the delays of messages on this host as an event.
 * @delays: by processor, as BPF counts
 * @buf: for the event
 * @cap: bytes of it
 *
 * Return: its bytes, or 0 if no delay is known.
 */
size_t ring_delays_event(const struct ring *r, const struct trace_delays *delays, void *buf,
			 size_t cap);

/**
 * ring_counters_event() - all counters as an event.
 * @buf: for the event
 * @cap: bytes of it
 *
 * Return: its bytes, or 0 if no hook has seen anything.
 */
size_t ring_counters_event(const struct ring *r, void *buf, size_t cap);

#endif
