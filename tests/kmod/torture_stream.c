// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: random numbers, and the bytes that each direction of each connection has to carry.
 */
#include <string.h>

#include "torture.h"

/* splitmix64: every state is as good as any other, so seeds may be neighbours. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * rng_next - 64 random bits
 * @rng: its state
 */
uint64_t rng_next(struct rng *rng)
{
	return mix(rng->state += 0x9e3779b97f4a7c15ULL);
}

/**
 * rng_below - a number from 0 to @n - 1
 * @rng: its state
 * @n: not 0
 */
uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return rng_next(rng) % n;
}

/**
 * rng_one_in - true once in @n times
 * @rng: its state
 * @n: not 0
 */
bool rng_one_in(struct rng *rng, unsigned int n)
{
	return !rng_below(rng, n);
}

/**
 * rng_size - a number of bytes from 1 to @max, as many small ones as large ones
 * @rng: its state
 * @max: not 0
 */
size_t rng_size(struct rng *rng, size_t max)
{
	static const size_t upto[] = { 1, 16, 256, 4096, 20000, 70000 };
	size_t limit = max;

	if (!rng_one_in(rng, 4))
		limit = upto[rng_below(rng, sizeof(upto) / sizeof(upto[0]))];
	if (limit > max)
		limit = max;
	return 1 + rng_below(rng, limit);
}

/* The eight bytes from a position on that is a multiple of eight. */
static uint64_t word(uint64_t seed, uint64_t at)
{
	uint64_t x = (seed ^ (at >> 3)) * 0x9e3779b97f4a7c15ULL;

	return x ^ (x >> 29);
}

/**
 * stream_fill - the bytes of a stream
 * @seed: whose
 * @at: the position of the first one
 * @buf: room for @len bytes
 * @len: how many
 */
void stream_fill(uint64_t seed, uint64_t at, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len) {
		uint64_t w = word(seed, at);
		size_t skip = at & 7, n = 8 - skip < len ? 8 - skip : len;

		memcpy(to, (uint8_t *)&w + skip, n);
		to += n;
		at += n;
		len -= n;
	}
}

/**
 * stream_check - are these the bytes of a stream?
 * @seed: whose
 * @at: the position of the first one
 * @buf: @len bytes
 * @len: how many
 */
bool stream_check(uint64_t seed, uint64_t at, const void *buf, size_t len)
{
	const uint8_t *from = buf;

	while (len) {
		uint64_t w = word(seed, at);
		size_t skip = at & 7, n = 8 - skip < len ? 8 - skip : len;

		if (memcmp(from, (uint8_t *)&w + skip, n))
			return false;
		from += n;
		at += n;
		len -= n;
	}
	return true;
}
