/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Set by user space in the BPF object before it is loaded, or read out of it. */
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
	__u64 cgroup;	/* of the owner, or one above it */
	__u8 addr[16];	/* of either end; IPv4 mapped */
	__u32 snaplen;	/* bytes of a message that are kept */
	__u8 big;	/* byte order of the machine */
	__u32 slots;	/* of the ring for CDC, a power of two */
};

/* In smcx.ko's structs, in bytes: see smc_places.h. */
struct trace_places {
#define TRACE_PLACE(name, bytes) __u32 name;
	SMCW_PLACES(TRACE_PLACE)
#undef TRACE_PLACE
};

/*
 * A record of the control ring: an event without its words that are zero, then the bytes of its
 * message. Bit n of words: word n of the event is there.
 */
struct trace_record {
	__u32 words;
	__u32 bytes; /* of the message */
};

#define TRACE_EVENT_WORDS ((1u << sizeof(struct smcw_event) / 8) - 1)
_Static_assert(sizeof(struct smcw_event) % 8 == 0, "an event is whole words");

/*
 * CDC: a ring that BPF writes without calling the kernel, and user space reads where it lies. A
 * program takes the next turn, fills the slot, and publishes it by its turn; only these numbers
 * join the two ends. One cache line each.
 */
#define TRACE_CDC_DATA 44 /* bytes of the longer message, that of SMC-R */

struct trace_cdc {
	__u32 turn; /* of the record that is there, counted from 1 */
	__u32 conn; /* alert token of this end */
	__u64 time; /* ns since boot */
	__u8 hook;  /* enum smcw_event_hooks; SMCW_HOOK_NONE: nothing came of it */
	__u8 length;
	__u16 cpu;
	__u8 data[TRACE_CDC_DATA]; /* the message of SMC-R; or see below */
};

/* SMC-D, in a place for words: the channel, which is a DMB token, then the message. */
#define TRACE_CDC_SMCD 4
#define TRACE_CDC_SMCD_AT (__builtin_offsetof(struct trace_cdc, data) + 4)

_Static_assert(sizeof(struct trace_cdc) == 64, "a cache line");
_Static_assert(TRACE_CDC_SMCD_AT % 8 == 0, "a place for words");
_Static_assert(TRACE_CDC_SMCD_AT + (1 + TRACE_CDC_SMCD) * 8 <= sizeof(struct trace_cdc), "all fit");

/* How far each end is. Each end writes one of them. */
struct trace_turns {
	__u64 taken; /* by programs */
	__u64 unused[7];
	__u64 read; /* by user space */
	__u64 unused2[7];
};

#define TRACE_DELAYS (SMCW_BOUND_COUNT + 1) /* classes of times */
#define TRACE_UNREAD 8 /* messages of a connection that wait to be read; a power of two */

/* Times of one class, and those of a processor. */
struct trace_delay {
	__u64 count, sum, min, max;
};

struct trace_delays {
	struct trace_delay of[SMCW_DELAY_COUNT][TRACE_DELAYS];
};

/* Hooks with two programs: see again.bpf.h. */
enum trace_pairs { TRACE_PAIR_TCP_STATE, TRACE_PAIRS };

/* An index is cut to its lower bits, which shows the verifier that it is inside the array. */
#define TRACE_IS_MASK(n) _Static_assert(!((n) & ((n)-1)), #n " is a power of two")
TRACE_IS_MASK(TRACE_CPUS);
TRACE_IS_MASK(TRACE_CONNS);
TRACE_IS_MASK(TRACE_BODY_MAX);
TRACE_IS_MASK(TRACE_UNREAD);

struct trace_counter {
	__u64 seen, filtered, sent, full, unreadable, truncated;
};

#endif
