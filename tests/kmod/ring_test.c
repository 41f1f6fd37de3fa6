// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod/data/ring.c and the cursors of kmod/cursor_word.h, against a plain array and 64-bit numbers
 * that never wrap. */
#include <setjmp.h>
#include <stdarg.h>

#include "mem.h"
#include "ring.h"
#include "smc_wire.h"

#include <cmocka.h>

/* In place of mem.c and share.c: every byte that is charged for is to be given back, and some are
 * refused. */
struct smcx_mem smcx_mem;
static long charged;
static unsigned int refusing; /* one in so many; 0: none */
static long limit_pages;      /* 0: none */
static int payers;

bool smcx_mem_charge(const struct smcx_payer *payer, u32 bytes, bool must)
{
	if (!must && refusing && !(rand() % (int)refusing))
		return false;
	if (!must && limit_pages && charged + (long)bytes > limit_pages * 4096)
		return false;
	charged += bytes;
	return true;
}

void smcx_mem_uncharge(const struct smcx_payer *payer, u32 bytes)
{
	charged -= bytes;
}

bool smcx_mem_may_wait(const struct mem_cgroup *memcg)
{
	return rand() % 2;
}

void smcx_mem_make_room(struct mem_cgroup *memcg)
{
}

void smcx_payer_put(struct smcx_payer *payer)
{
	payers--;
}

/* ---- cursors ----------------------------------------------------------------------------- */

static u64 cursor_of(u64 position, u32 len)
{
	return smcx_cursor((u16)(position / len), (u32)(position % len));
}

static void cursor_add__is_an_addition(void **state)
{
	const u32 lens[] = { 1, 2, 3, 100, 16352, (1u << 20) - 32 };

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		u32 len = lens[i % ARRAY_SIZE(lens)], step = (u32)rand() % (len + 1);
		u64 from = (u64)rand() % ((u64)len << 17);

		assert_int_equal(smcx_cursor_add(cursor_of(from, len), step, len),
				 cursor_of(from + step, len));
		assert_int_equal(
			smcx_cursor_diff(cursor_of(from, len), cursor_of(from + step, len), len),
			step);
	}
}

/* Any two words: what is no distance in the buffer is more than its length. */
static void cursor_diff__of_anything(void **state)
{
	const u32 len = 97;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		u32 from = (u32)rand() % len, to = (u32)rand() % (len + 40);
		u16 wrap = (u16)rand(), wraps = (u16)(rand() % 4);
		u32 diff = smcx_cursor_diff(smcx_cursor(wrap, from),
					    smcx_cursor((u16)(wrap + wraps), to), len);
		long distance = (long)to - from + (long)wraps * len;

		if (to < len && wraps <= 1 && distance >= 0 && distance <= len)
			assert_int_equal(diff, distance);
		else
			assert_true(diff > len);
	}
}

/* ---- the ring ---------------------------------------------------------------------------- */

/* One that is written and read, with all that was written and not read beside it. */
struct model {
	struct smcx_ring *ring;
	u64 prod, cons; /* positions since the beginning */
	u8 *bytes;	/* what is at position p is at p % len */
};

static struct smcx_ring *new_ring(u32 size)
{
	const struct smcx_payer payer = { 0 };
	struct smcx_ring *ring;

	ring = kzalloc(sizeof(*ring) + smcx_ring_segments(size) * sizeof(void *), GFP_KERNEL);
	if (!ring)
		return NULL;
	ring->segment = (void **)(ring + 1);
	if (smcx_ring_init(ring, size, sizeof(struct smcw_cdc_smcd), NULL, &payer)) {
		kfree(ring);
		return NULL;
	}
	payers++;
	return ring;
}

static void free_ring(struct smcx_ring *ring)
{
	smcx_ring_free(ring);
	kfree(ring);
	assert_int_equal(shim_allocated, 0);
	assert_int_equal(charged, 0);
	assert_int_equal(payers, 0);
	assert_int_equal(atomic64_read(&smcx_mem.bytes), 0);
}

static u8 byte_at(u64 position)
{
	return (u8)(position * 7 + (position >> 8) * 13);
}

/* Returns how many bytes; 0 without memory. */
static u32 write_some(struct model *m, u32 most)
{
	u32 len = m->ring->len, done = 0;
	u32 room = smcx_ring_room(m->ring, cursor_of(m->cons, len), (u32)(m->prod - m->cons));

	assert_true(room <= len - (m->prod - m->cons));
	while (done < min(room, most)) {
		u32 n = min(room, most) - done;
		u8 *to = smcx_ring_for_writing(m->ring, cursor_of(m->prod, len), &n);

		if (!to)
			break;
		assert_true(n && n <= min(room, most) - done);
		for (u32 i = 0; i < n; i++)
			to[i] = byte_at(m->prod + i);
		m->prod += n;
		m->ring->prod = cursor_of(m->prod, len);
		done += n;
	}
	return done;
}

static void read_some(struct model *m, u32 most)
{
	u32 len = m->ring->len, wanted = (u32)min((u64)most, m->prod - m->cons), done = 0;
	u64 before = m->cons;

	while (done < wanted) {
		u32 n = wanted - done;
		const u8 *from = smcx_ring_for_reading(m->ring, (u32)(m->cons % len), &n);

		assert_non_null(from);
		assert_true(n && n <= wanted - done);
		for (u32 i = 0; i < n; i++)
			if (from[i] != byte_at(m->cons + i))
				fail_msg("byte %llu", (unsigned long long)(m->cons + i));
		m->cons += n;
		done += n;
	}
	smcx_ring_consumed(m->ring, cursor_of(before, len), cursor_of(m->cons, len), m->ring->prod);
	m->ring->cons = cursor_of(m->cons, len);
}

/* @failing: one allocation in so many; @pressure: all memory is wanted elsewhere, too */
static void go_round(u32 size, unsigned int failing, bool pressure)
{
	struct model m = { 0 };

	m.ring = new_ring(size);
	assert_non_null(m.ring);
	assert_int_equal(m.ring->len, size - 32);
	/* Nothing but the first page, until somebody writes. */
	assert_int_equal(shim_allocated, 2);
	shim_failing = failing;
	refusing = failing;
	smcx_mem.pressure = pressure;
	for (unsigned int i = 0; i < 600; i++) {
		u32 most = rand() % 4 ? (u32)rand() % 3000 : (u32)rand() % size;

		if (rand() % 2)
			write_some(&m, most);
		else
			read_some(&m, most);
		if (pressure && !(rand() % 10))
			smcx_ring_trim(m.ring, false);
		assert_int_equal(charged, atomic64_read(&smcx_mem.bytes));
	}
	shim_failing = 0;
	refusing = 0;
	smcx_mem.pressure = 0;
	/* Whatever has failed: it goes on. */
	read_some(&m, size);
	assert_int_equal(m.prod, m.cons);
	assert_true(write_some(&m, 1) == 1);
	read_some(&m, 1);
	/* Empty, it needs no more than it had at first. */
	smcx_ring_trim(m.ring, false);
	assert_int_equal(shim_allocated, 2);
	write_some(&m, size);
	smcx_ring_trim(m.ring, true);
	assert_int_equal(shim_allocated, 2);
	free_ring(m.ring);
}

/* With little memory, pressure that comes and goes, and somebody who takes what is not needed. */
static void go_round_without_memory(u32 size, long limit)
{
	struct model m = { .ring = new_ring(size) };

	assert_non_null(m.ring);
	limit_pages = limit;
	for (unsigned int i = 0; i < 2000; i++) {
		u32 most = rand() % 4 ? (u32)rand() % 3000 : (u32)rand() % size;

		smcx_mem.pressure = rand() % 2;
		if (rand() % 2)
			read_some(&m, most);
		else if (m.prod != m.cons)
			write_some(&m, most);
		else /* what is read empty can always be written to */
			assert_true(write_some(&m, 1 + most));
		if (rand() % 8 == 0)
			smcx_ring_trim(m.ring, false);
		assert_true(charged / 4096 <= (limit > 9 ? limit : 9));
	}
	read_some(&m, size);
	smcx_ring_trim(m.ring, false);
	/* Idle: nothing but the first page. */
	assert_int_equal(charged / 4096, 1);
	assert_int_equal(atomic_read(&m.ring->more), 0);
	assert_int_equal(write_some(&m, 1), 1);
	read_some(&m, 1);
	write_some(&m, size);
	smcx_ring_trim(m.ring, true);
	assert_int_equal(charged / 4096, 1);
	limit_pages = 0;
	smcx_mem.pressure = 0;
	smcx_ring_free(m.ring);
	kfree(m.ring);
	assert_int_equal(charged / 4096, 0);
	assert_int_equal(shim_allocated, 0);
}

static void ring__goes_on_without_memory(void **state)
{
	(void)state;
	for (u32 n = 0; n <= SMCW_BUF_1M; n++)
		for (long limit = 1; limit < 40; limit += 3)
			go_round_without_memory(SMCW_BUF_BYTES(n), limit);
}

static void ring__bytes_come_out_as_they_went_in(void **state)
{
	(void)state;
	for (u32 n = 0; n <= SMCW_BUF_1M; n++)
		for (int pressure = 0; pressure < 2; pressure++)
			go_round(SMCW_BUF_BYTES(n), 0, pressure);
}

static void ring__stands_allocations_that_fail(void **state)
{
	(void)state;
	for (u32 n = 0; n <= SMCW_BUF_1M; n++)
		for (unsigned int failing = 1; failing < 5; failing++)
			go_round(SMCW_BUF_BYTES(n), failing, failing % 2);
}

static void ring__without_memory_is_none(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		struct smcx_ring *ring;

		shim_failing = 1 + i % 3;
		ring = new_ring(65536);
		shim_failing = 0;
		if (ring)
			free_ring(ring);
		assert_int_equal(shim_allocated, 0);
		assert_int_equal(charged, 0);
	}
}

/* The writer never gets into the segment that the reader has reached from behind. */
static void ring__room_keeps_out_of_the_readers_segment(void **state)
{
	const u32 size = SMCW_BUF_BYTES(2);
	struct smcx_ring *ring = new_ring(size);
	u32 offset, reader, writer;

	(void)state;
	assert_non_null(ring);
	for (u32 cons = 0; cons < ring->len; cons += 251) {
		for (u32 unread = 1; unread <= ring->len; unread += 997) {
			u64 at = cursor_of(cons, ring->len);
			u32 room = smcx_ring_room(ring, at, unread);

			assert_true(room + unread <= ring->len);
			if (!room || cons + unread + room <= ring->len)
				continue;
			reader = smcx_ring_segment(ring, cons, &offset);
			writer = smcx_ring_segment(ring, cons + unread + room - 1 - ring->len,
						   &offset);
			assert_true(writer < reader);
		}
	}
	free_ring(ring);
}

/* Cursors that lie lead to memory of the ring, or to none. */
static void ring__reads_nothing_that_nobody_wrote(void **state)
{
	struct smcx_ring *ring = new_ring(SMCW_BUF_BYTES(3));
	volatile u8 sum = 0;

	(void)state;
	assert_non_null(ring);
	for (u32 count = 0; count < ring->len; count++) {
		u32 n = ring->len;
		const u8 *at = smcx_ring_for_reading(ring, count, &n);

		assert_true(n && count + n <= ring->len);
		assert_true(!at == (count + 32 >= SMCX_RING_FIRST));
		if (at)
			sum += (u8)(at[0] + at[n - 1]);
	}
	assert_int_equal(sum, 0);
	free_ring(ring);
}

static void ring__flat_has_the_same_bytes(void **state)
{
	struct model m = { .ring = new_ring(SMCW_BUF_BYTES(1)) };
	u8 *flat;

	(void)state;
	assert_non_null(m.ring);
	flat = smcx_ring_flat(m.ring);
	assert_non_null(flat);
	assert_ptr_equal(smcx_ring_flat(m.ring), flat);
	for (unsigned int i = 0; i < 2000; i++) {
		u32 wrote = write_some(&m, (u32)rand() % 5000);

		if (wrote)
			assert_int_equal(flat[32 + (m.prod - 1) % m.ring->len],
					 byte_at(m.prod - 1));
		read_some(&m, (u32)rand() % 5000);
	}
	free_ring(m.ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_add__is_an_addition),
		cmocka_unit_test(cursor_diff__of_anything),
		cmocka_unit_test(ring__bytes_come_out_as_they_went_in),
		cmocka_unit_test(ring__goes_on_without_memory),
		cmocka_unit_test(ring__stands_allocations_that_fail),
		cmocka_unit_test(ring__without_memory_is_none),
		cmocka_unit_test(ring__room_keeps_out_of_the_readers_segment),
		cmocka_unit_test(ring__reads_nothing_that_nobody_wrote),
		cmocka_unit_test(ring__flat_has_the_same_bytes),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
