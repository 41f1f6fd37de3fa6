// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ring.c: the ring for CDC, which BPF writes and ring.c reads where it lies. BPF's part is played
 * here by the rules of config.h.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_rings.h"
#include "hook/ring.h"
#include "smc_wire.h"

#define SLOTS 64

static struct trace_cdc slots[SLOTS];
static struct trace_turns turns;
static struct trace_counter counters[TRACE_CPUS][SMCW_HOOKS_MAX];
static struct {
	unsigned int n;
	__u64 first; /* of the numbers that are expected next */
	__u8 hook;
	size_t length;
} got;

/* ---- BPF's part -------------------------------------------------------------------- */

/* NULL: there is no room. */
static struct trace_cdc *take_turn(void)
{
	if (turns.taken - turns.read >= SLOTS)
		return NULL;
	return &slots[turns.taken++ & (SLOTS - 1)];
}

/* The number is the channel, or in SMC-R's message. */
static void fill(struct trace_cdc *slot, __u8 hook, __u64 number)
{
	slot->hook = hook;
	slot->conn = 5;
	slot->cpu = 3;
	memset(slot->data, 0xfe, sizeof(slot->data));
	if (hook == SMCW_HOOK_CDCD_TX)
		memcpy((char *)slot + TRACE_CDC_SMCD_AT, &number, sizeof(number));
	else
		memcpy(slot->data, &number, sizeof(number));
}

static void publish(struct trace_cdc *slot, __u64 turn)
{
	slot->turn = (__u32)(turn + 1);
}

static bool put(__u8 hook, __u64 number)
{
	__u64 turn = turns.taken;
	struct trace_cdc *slot = take_turn();

	if (!slot)
		return false;
	fill(slot, hook, number);
	publish(slot, turn);
	return true;
}

/* ---- tests ------------------------------------------------------------------------- */

static void take(void *ctx, struct smcw_event *ev)
{
	const __u8 *message = (const void *)(ev + 1);
	__u64 number;

	(void)ctx;
	memcpy(&number, message, sizeof(number));
	if (ev->hook == SMCW_HOOK_CDCD_TX)
		number = be64toh(ev->channel);
	assert_int_equal(number, got.first);
	assert_int_equal(ntohl(ev->conn), 5);
	assert_int_equal(ntohs(ev->cpu), 3);
	assert_int_equal(ev->kind, SMCW_EV_CDC);
	got.first++;
	got.n++;
	got.hook = ev->hook;
	got.length = ntohs(ev->length);
}

static struct ring *begin(__u64 turn)
{
	struct ring_memory memory = {
		.cdc_fd = 1, .slots = slots, .n_slots = SLOTS, .turns = &turns, .counters = counters
	};

	fake_rings_begin(1);
	memset(slots, 0, sizeof(slots));
	turns = (struct trace_turns){ .taken = turn, .read = turn };
	memset(&got, 0, sizeof(got));
	return ring_new(&memory, take, NULL);
}

static void drain(struct ring *r, unsigned int n)
{
	got.n = 0;
	assert_int_equal(ring_drain(r, false), n);
	assert_int_equal(got.n, n);
}

static void ring_drain__in_the_order_of_the_turns(void **state)
{
	struct ring *r = begin(0);

	(void)state;
	drain(r, 0);
	for (__u64 i = 0; i < 1000; i += 50) {
		for (__u64 k = i; k < i + 50; k++)
			assert_true(put(k % 3 ? SMCW_HOOK_CDCD_TX : SMCW_HOOK_CDCR_RX, k));
		drain(r, 50);
	}
	ring_free(r);
}

static void ring_drain__both_sizes_of_messages(void **state)
{
	struct ring *r = begin(0);

	(void)state;
	put(SMCW_HOOK_CDCD_TX, 0);
	drain(r, 1);
	assert_int_equal(got.length, sizeof(struct smcw_cdc_smcd));
	put(SMCW_HOOK_CDCR_RX, 1);
	drain(r, 1);
	assert_int_equal(got.length, SMCW_CDC_LEN);
	ring_free(r);
}

/* A program has its turn, and others come before it is done. */
static void ring_drain__waits_for_a_turn_that_is_not_published(void **state)
{
	struct ring *r = begin(0);
	struct trace_cdc *slow;

	(void)state;
	put(SMCW_HOOK_CDCD_TX, 0);
	slow = take_turn();
	put(SMCW_HOOK_CDCD_TX, 2);
	drain(r, 1);
	drain(r, 0);
	fill(slow, SMCW_HOOK_CDCR_RX, 1);
	publish(slow, 1);
	drain(r, 2);
	ring_free(r);
}

static void ring_drain__leaves_out_what_could_not_be_read(void **state)
{
	struct ring *r = begin(0);

	(void)state;
	put(SMCW_HOOK_CDCD_TX, 0);
	put(SMCW_HOOK_NONE, 77);
	put(SMCW_HOOK_CDCD_TX, 1);
	drain(r, 2);
	ring_free(r);
}

static void ring_drain__a_full_ring_gets_room_again(void **state)
{
	struct ring *r = begin(0);

	(void)state;
	for (__u64 i = 0; i < SLOTS; i++)
		assert_true(put(SMCW_HOOK_CDCD_TX, i));
	assert_false(put(SMCW_HOOK_CDCD_TX, 0));
	drain(r, SLOTS);
	assert_true(put(SMCW_HOOK_CDCD_TX, SLOTS));
	drain(r, 1);
	ring_free(r);
}

/* A slot's content from the round before is not taken again, also where 32 bits of the turn end.
 */
static void ring_drain__turns_beyond_32_bits(void **state)
{
	struct ring *r = begin((1ull << 32) - SLOTS - 7);

	(void)state;
	for (__u64 i = 0; i < 4 * SLOTS; i++) {
		assert_true(put(SMCW_HOOK_CDCD_TX, i));
		drain(r, 1);
		drain(r, 0);
	}
	ring_free(r);
}

static unsigned int arrived, handed_on;

static void on_arrival(void *ctx, struct smcw_event *ev)
{
	(void)ctx;
	assert_int_equal(ntohl(ev->pid), 4711);
	arrived++;
}

static void on_event(void *ctx, struct smcw_event *ev)
{
	(void)ctx;
	assert_int_equal(ntohl(ev->pid), 4711);
	handed_on++;
}

/* It is held while older ones may come, but what is to be asked of its process is asked at once. */
static void ring_on_arrival__before_it_is_handed_on(void **state)
{
	struct ring_memory memory = {
		.cdc_fd = 1, .slots = slots, .n_slots = SLOTS, .turns = &turns, .counters = counters
	};
	struct {
		struct trace_record record;
		struct smcw_event ev;
	} state_event = { .record = { .words = TRACE_EVENT_WORDS },
			  .ev = { .version = SMCW_EVENT_VERSION,
				  .kind = SMCW_EV_STATE,
				  .pid = htonl(4711),
				  .time = htobe64(INT64_MAX) } };
	struct ring *r;

	(void)state;
	fake_rings_begin(1);
	turns = (struct trace_turns){ 0 };
	r = ring_new(&memory, on_event, NULL);
	ring_on_arrival(r, on_arrival);
	fake_rings_put(0, &state_event, sizeof(state_event));
	assert_int_equal(ring_drain(r, false), 0);
	assert_int_equal(arrived, 1);
	assert_int_equal(handed_on, 0);
	assert_int_equal(ring_drain(r, true), 1);
	assert_int_equal(arrived, 1);
	assert_int_equal(handed_on, 1);
	ring_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_drain__in_the_order_of_the_turns),
		cmocka_unit_test(ring_drain__both_sizes_of_messages),
		cmocka_unit_test(ring_drain__waits_for_a_turn_that_is_not_published),
		cmocka_unit_test(ring_drain__leaves_out_what_could_not_be_read),
		cmocka_unit_test(ring_drain__a_full_ring_gets_room_again),
		cmocka_unit_test(ring_drain__turns_beyond_32_bits),
		cmocka_unit_test(ring_on_arrival__before_it_is_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
