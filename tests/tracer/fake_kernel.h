/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel that hooks.c loads its programs into: the calls of libbpf, libc, stack.h and pins.h
 * that need one (--wrap). It fails a test where a call breaks what a kernel asks for.
 */
#ifndef SMCKIT_TESTS_FAKE_KERNEL_H
#define SMCKIT_TESTS_FAKE_KERNEL_H

#include <stdbool.h>

#include "hook/programs.h"
#include "hook/stack.h"
#include "smc_trace.skel.h"

enum fake_kernel_program {
#define PROGRAM_ID(program, stack, when, sees, need) PROGRAM_##program,
	TRACE_PROGRAMS(PROGRAM_ID)
#undef PROGRAM_ID
		PROGRAMS
};

/* The maps whose memory is mapped; the last one has the counters. */
enum fake_kernel_memory { MEMORY_CONTROL, MEMORY_CDC, MEMORY_SLOTS, MEMORY_BSS, MEMORIES };

enum { FAKE_KERNEL_TABLES = 7, FAKE_KERNEL_PLACES = 4711 };

struct fake_kernel_link {
	bool attached, pinned;
};

struct fake_kernel {
	/* what it is */
	bool has_stack, no_vmlinux, no_module;
	enum smcw_event_stacks stack;
	const char *lacks; /* a function */
	unsigned long pages;
	/* what it refuses: an errno of each */
	int open, places, load, reuse, map_in_map, pins;
	bool no_memory;	   /* that could be mapped */
	const char *fails; /* a program that cannot be attached; "": none can */
	/* what it does */
	unsigned long long now_ms, ms_a_link;
	__u64 misses[PROGRAMS];
	bool again_runs; /* it makes good a miss while it is waited for */
	/* what was loaded and attached */
	struct fake_kernel_link links[PROGRAMS];
	bool autoload[PROGRAMS];
	struct smc_trace_bpf__bss *bss;
	struct smc_trace_bpf__rodata *rodata;
	__u32 control_size, cdc_size, slots_size, table_sizes[FAKE_KERNEL_TABLES];
	int memory[MEMORIES]; /* descriptors */
	/* what was asked of it */
	unsigned int waits, iterators[PROGRAMS];
	unsigned int reused; /* a bit each of enum fake_kernel_memory */
};

extern struct fake_kernel fake_kernel;

/* From here on it is @kernel, into which nothing has been loaded. */
void fake_kernel_boot(const struct fake_kernel *kernel);

/* Is a function of that name in vmlinux? If not, it is in a module. */
bool fake_kernel_is_built_in(const char *name);

unsigned int fake_kernel_links_attached(void);
void fake_kernel_close_memory(void);

#endif
