// SPDX-License-Identifier: GPL-2.0-or-later
/* See fake_rings.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_rings.h"

struct fake_rings fake_rings;

void fake_rings_begin(int cpus)
{
	memset(&fake_rings, 0, sizeof(fake_rings));
	fake_rings.cpus = cpus;
}

void fake_rings_put(unsigned int ring, const void *bytes, size_t size)
{
	struct fake_ring *r = &fake_rings.rings[ring];

	assert_true(r->n < FAKE_RINGS_QUEUE);
	r->records[r->n].bytes = memcpy(malloc(size), bytes, size);
	r->records[r->n++].size = size;
}

struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn fn, void *ctx,
				     const struct ring_buffer_opts *opts)
{
	struct fake_ring *r = &fake_rings.rings[fd];

	(void)opts;
	assert_in_range(fd, 0, FAKE_RINGS - 1);
	if (++fake_rings.made == fake_rings.cannot_make)
		return NULL;
	r->fn = fn;
	r->ctx = ctx;
	return (void *)r;
}

void ring_buffer__free(struct ring_buffer *rb)
{
	fake_rings.freed += !!rb;
}

int ring_buffer__consume(struct ring_buffer *rb)
{
	struct fake_ring *r = (void *)rb;
	size_t n = r->n;
	int err = r->error;

	r->error = 0;
	for (size_t i = 0; !err && i < n; i++) {
		err = r->fn(r->ctx, r->records[i].bytes, r->records[i].size);
		free(r->records[i].bytes);
	}
	r->n = 0;
	return err ? err : (int)n;
}

int ring_buffer__epoll_fd(const struct ring_buffer *rb)
{
	return rb == (void *)&fake_rings.rings[0] ? FAKE_RINGS_EPOLL : -1;
}

int libbpf_num_possible_cpus(void)
{
	return fake_rings.cpus;
}
