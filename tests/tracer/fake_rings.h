/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two rings of libbpf without a kernel, whose descriptors are 0 and 1; and how many CPUs there are.
 */
#ifndef SMCKIT_TESTS_FAKE_RINGS_H
#define SMCKIT_TESTS_FAKE_RINGS_H

#include <stddef.h>

#include <bpf/libbpf.h>

enum { FAKE_RINGS = 2, FAKE_RINGS_QUEUE = 4096, FAKE_RINGS_EPOLL = 77 /* of the first */ };

extern struct fake_rings {
	struct fake_ring {
		ring_buffer_sample_fn fn;
		void *ctx;
		struct {
			void *bytes;
			size_t size;
		} records[FAKE_RINGS_QUEUE];
		size_t n;
		int error; /* of the next ring_buffer__consume() */
	} rings[FAKE_RINGS];
	unsigned int made, cannot_make,
		freed; /* cannot_make: that one is refused, counted from 1 */
	int cpus;
} fake_rings;

/* Empty ones of a machine of so many CPUs. */
void fake_rings_begin(int cpus);

void fake_rings_put(unsigned int ring, const void *bytes, size_t size);

#endif
