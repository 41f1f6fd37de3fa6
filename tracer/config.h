/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user space sets in the BPF object before it is loaded, and reads out of it. */
#ifndef SMCKIT_TRACER_CONFIG_H
#define SMCKIT_TRACER_CONFIG_H

#include "smc_event.h"
#include "smc_places.h"

#define TRACE_CPUS 64	    /* rows of counters; processors beyond share them */
#define TRACE_CONNS 16384   /* connections whose verdict is remembered; a power of two */
#define TRACE_BODY_MAX 2048 /* bytes of a CLC message or LLC v2 message that are kept */

/* Only what passes every filter that is set is handed on. */
struct trace_filter {
	__u64 kinds; /* SMCW_KIND_BIT() of each enum smcw_event_kinds that is wanted */
	__u32 pid;
	__u32 netns;
	__u16 port; /* of either end */
	__u8 has_addr;
	__u8 on_socket; /* pid, netns, cgroup, port or address is set */
	__u64 cgroup;
	__u8 addr[16]; /* of either end; IPv4 mapped */
	__u32 snaplen; /* bytes of a message that are kept */
	__u8 big;      /* byte order of the machine */
};

/* Of smcx.ko, in bytes: see smc_places.h. */
struct trace_places {
#define TRACE_PLACE(name, bytes) __u32 name;
	SMCW_PLACES(TRACE_PLACE)
#undef TRACE_PLACE
};

/*
 * What the control ring carries: an event without its words that are zero, then the bytes of its
 * message. Bit n of words: word n of the event is there.
 */
struct trace_record {
	__u32 words;
	__u32 bytes; /* of the message */
};

#define TRACE_EVENT_WORDS ((1u << sizeof(struct smcw_event) / 8) - 1)
_Static_assert(sizeof(struct smcw_event) % 8 == 0, "an event is whole words");

#define TRACE_DELAYS (SMCW_BOUND_COUNT + 1) /* classes of times */
#define TRACE_DELAY_KINDS 3		    /* of enum smcw_delays */
#define TRACE_UNREAD 8 /* messages of a connection that wait to be read; a power of two */

/* Times of one class, and those of a processor. */
struct trace_delay {
	__u64 count, sum, min, max;
};

struct trace_delays {
	struct trace_delay of[TRACE_DELAY_KINDS][TRACE_DELAYS];
};

struct trace_counter {
	__u64 seen, filtered, sent, full, unreadable, truncated;
};

#endif
