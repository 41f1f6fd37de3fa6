// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ring.c: control events and CDC in one order, what CDC learns of its connection, and what is
 * counted. The clocks are played by the test.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fake_rings.h"
#include "hook/ring.h"
#include "smc_wire.h"

enum { SLOTS = 16, CPUS = 3, SEEN = 8192 };

#define HOLD 30000000ull
#define NOW 5000000000ull
#define WALL 1700000000000000000ull

static struct trace_cdc slots[SLOTS];
static struct trace_turns turns;
static struct trace_counter counters[TRACE_CPUS][SMCW_HOOKS_MAX];
static __u64 now;

/* ---- the clocks and BPF's part --------------------------------------------------------- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	__u64 ns = clock == CLOCK_REALTIME ? WALL + now : now;

	t->tv_sec = (time_t)(ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

/* As BPF writes it: without its words that are zero. */
static void put_control(const struct smcw_event *ev, const void *message, size_t len)
{
	const __u64 *word = (const void *)ev;
	struct {
		struct trace_record head;
		__u64 words[sizeof(*ev) / 8 + 32];
	} record = { .head.bytes = (__u32)len };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(*ev) / 8; i++) {
		if (!word[i])
			continue;
		record.head.words |= 1u << i;
		record.words[n++] = word[i];
	}
	memcpy(&record.words[n], message, len);
	fake_rings_put(0, &record, sizeof(record.head) + n * 8 + len);
}

static void put_state(__u64 time, __u32 pid)
{
	const struct smcw_event ev = { .version = SMCW_EVENT_VERSION,
				       .kind = SMCW_EV_STATE,
				       .time = htobe64(time),
				       .pid = htonl(pid) };

	put_control(&ev, "", 0);
}

static void put_slot(__u64 time, __u32 conn, __u8 hook)
{
	struct trace_cdc *slot = &slots[turns.taken & (SLOTS - 1)];

	*slot = (struct trace_cdc){
		.turn = (__u32)++turns.taken, .time = time, .conn = conn, .hook = hook
	};
	memset(slot->data, 0xfe, sizeof(slot->data));
}

/* ---- what is handed on ------------------------------------------------------------------ */

static struct {
	struct smcw_event ev;
	__u8 body[64];
} seen[SEEN];
static size_t n_seen;

static void see(void *ctx, struct smcw_event *ev)
{
	size_t len = ntohs(ev->length);

	assert_ptr_equal(ctx, seen);
	assert_true(n_seen < SEEN && len <= sizeof(seen[0].body));
	seen[n_seen].ev = *ev;
	memcpy(seen[n_seen++].body, ev + 1, len);
}

static struct ring *begin(void)
{
	struct ring_memory memory = { .control_fd = 0,
				      .cdc_fd = 1,
				      .slots = slots,
				      .n_slots = SLOTS,
				      .turns = &turns,
				      .counters = counters };

	fake_rings_begin(CPUS);
	memset(counters, 0, sizeof(counters));
	turns = (struct trace_turns){ 0 };
	n_seen = 0;
	now = NOW;
	return ring_new(&memory, see, seen);
}

static __u64 time_of(size_t i)
{
	return be64toh(seen[i].ev.time) - WALL;
}

/* ---- the order ----------------------------------------------------------------------- */

static void ring_drain__control_events_by_time(void **state)
{
	struct ring *r = begin();
	const unsigned int n = 3000;

	(void)state;
	for (unsigned int i = 0; i < n; i++)
		put_state(1000 + i * 7919 % n, i * 7919 % n);
	assert_int_equal(ring_drain(r, false), n);
	assert_int_equal(n_seen, n);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(time_of(i), 1000 + i);
		assert_int_equal(ntohl(seen[i].ev.pid), i);
		assert_int_equal(seen[i].ev.kind, SMCW_EV_STATE);
	}
	assert_int_equal(ring_drain(r, true), 0);
	ring_free(r);
	assert_int_equal(fake_rings.freed, 2);
}

/* Those of the last 30 ms wait for older ones. */
static void ring_drain__holds_the_youngest(void **state)
{
	struct ring *r = begin();

	(void)state;
	put_state(NOW - HOLD + 1, 3);
	put_state(NOW - HOLD, 2);
	put_state(NOW, 5);
	put_state(NOW - HOLD - 1, 1);
	assert_int_equal(ring_drain(r, false), 2);
	put_state(NOW - 5, 4);
	now += 1;
	assert_int_equal(ring_drain(r, false), 1);
	assert_int_equal(ring_drain(r, false), 0);
	put_state(NOW + 10, 6);
	assert_int_equal(ring_drain(r, true), 3);
	assert_int_equal(n_seen, 6);
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(ntohl(seen[i].ev.pid), i + 1);
	put_state(NOW + 20, 7);
	assert_int_equal(ring_drain(r, false), 0);
	ring_free(r); /* what is held is fake_rings.freed */
}

static void ring_drain__both_rings_by_time(void **state)
{
	struct ring *r = begin();

	(void)state;
	put_state(100, 1);
	put_state(300, 3);
	put_state(301, 4);
	put_slot(200, 9, SMCW_HOOK_CDCR_RX);
	put_slot(300, 9, SMCW_HOOK_CDCR_RX);
	put_slot(350, 9, SMCW_HOOK_CDCR_RX);
	assert_int_equal(ring_drain(r, false), 6);
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(time_of(i), ((__u64[]){ 100, 200, 300, 300, 301, 350 })[i]);
	assert_int_equal(seen[2].ev.kind, SMCW_EV_STATE);
	assert_int_equal(turns.read, 3);
	ring_free(r);
}

/* A control event that comes while CDC is read, and is older, is first. */
static void ring_drain__control_is_read_again(void **state)
{
	struct ring *r = begin();

	(void)state;
	put_slot(NOW + 50, 9, SMCW_HOOK_CDCR_RX);
	fake_rings.rings[0].error = 0;
	assert_int_equal(ring_drain(r, false), 1);
	put_state(NOW + 20, 1);
	put_slot(NOW + 60, 9, SMCW_HOOK_CDCR_RX);
	now = NOW + 100;
	assert_int_equal(ring_drain(r, false), 2);
	assert_int_equal(ntohl(seen[1].ev.pid), 1);
	assert_int_equal(time_of(2), NOW + 60);
	ring_free(r);
}

static void ring_drain__errors(void **state)
{
	struct ring *r = begin();

	(void)state;
	fake_rings.rings[0].error = -EIO;
	assert_int_equal(ring_drain(r, false), -EIO);
	fake_rings.rings[1].error = -EPERM;
	assert_int_equal(ring_drain(r, false), -EPERM);
	put_slot(NOW, 9, SMCW_HOOK_CDCR_RX);
	assert_int_equal(ring_drain(r, false), 1);
	assert_int_equal(ring_poll_fd(r), FAKE_RINGS_EPOLL);
	ring_free(r);
	ring_free(NULL);
}

static void ring_new__without_rings(void **state)
{
	struct ring_memory memory = { .cdc_fd = 1 };

	(void)state;
	for (unsigned int i = 1; i <= 2; i++) {
		fake_rings.made = fake_rings.freed = 0;
		fake_rings.cannot_make = i;
		assert_null(ring_new(&memory, see, seen));
		assert_int_equal(fake_rings.freed, 1);
	}
}

/* ---- connections ------------------------------------------------------------------------- */

static void put_conn(__u8 kind, __u32 conn, __u32 pid)
{
	const struct smcw_event ev = { .version = SMCW_EVENT_VERSION,
				       .kind = kind,
				       .time = htobe64(10),
				       .conn = htonl(conn),
				       .pid = htonl(pid),
				       .mode = SMCW_MODE_SMCR,
				       .state = 7,
				       .id = 5,
				       .lgr = htonl(pid + 1) };

	put_control(&ev, "", 0);
}

static void check_conn(size_t i, __u32 conn, __u32 pid)
{
	assert_int_equal(seen[i].ev.kind, SMCW_EV_CDC);
	assert_int_equal(seen[i].ev.version, SMCW_EVENT_VERSION);
	assert_int_equal(ntohl(seen[i].ev.conn), conn);
	assert_int_equal(ntohl(seen[i].ev.pid), pid);
	assert_int_equal(ntohl(seen[i].ev.lgr), pid ? pid + 1 : 0);
	assert_int_equal(seen[i].ev.state, 0);
	assert_int_equal(seen[i].ev.id, 0);
	assert_int_equal(seen[i].ev.lost, 0);
}

static void ring_drain__cdc_is_of_its_connection(void **state)
{
	struct ring *r = begin();

	(void)state;
	put_conn(SMCW_EV_CONN_NEW, 3, 100);
	put_conn(SMCW_EV_CONN_READY, 65537, 200);
	put_conn(SMCW_EV_CONN_FREE, 4, 300);
	put_conn(SMCW_EV_CONN_NEW, 0, 400);
	put_slot(20, 3, SMCW_HOOK_CDCR_RX);
	put_slot(21, 65537, SMCW_HOOK_CDCD_TX);
	put_slot(22, 4, SMCW_HOOK_CDCR_RX);
	put_slot(23, 1, SMCW_HOOK_CDCR_RX); /* the same place as 65537 */
	put_slot(24, 0, SMCW_HOOK_CDCR_RX);
	assert_int_equal(ring_drain(r, true), 9);
	check_conn(4, 3, 100);
	check_conn(5, 65537, 200);
	check_conn(6, 4, 0);
	check_conn(7, 1, 0);
	check_conn(8, 0, 0);
	assert_int_equal(seen[4].ev.mode, SMCW_MODE_SMCR);
	assert_int_equal(seen[5].ev.mode, SMCW_MODE_SMCD);
	assert_true(seen[5].ev.flags != seen[4].ev.flags);
	/* It is another one's now. */
	put_conn(SMCW_EV_CONN_NEW, 3, 500);
	put_slot(30, 3, SMCW_HOOK_CDCR_RX);
	assert_int_equal(ring_drain(r, true), 2);
	check_conn(10, 3, 500);
	ring_free(r);
}

static struct smcw_traffic_record traffic_of(__u64 time, __u32 conn)
{
	struct smcw_traffic_record rec = { .time = time,
					   .channel = 0x1122334455667788,
					   .conn = conn,
					   .hook = SMCW_HOOK_TRAFFIC,
					   .length = sizeof(rec.traffic),
					   .cpu = 2 };

	memset(&rec.traffic, 0xab, sizeof(rec.traffic));
	return rec;
}

static void ring_drain__traffic_is_of_its_connection(void **state)
{
	struct ring *r = begin();
	struct smcw_traffic_record rec = traffic_of(20, 3), stranger = traffic_of(25, 5);

	(void)state;
	put_conn(SMCW_EV_CONN_NEW, 3, 100);
	put_state(15, 1);
	put_state(30, 2);
	fake_rings_put(1, &rec, sizeof(rec));
	fake_rings_put(1, &stranger, sizeof(stranger));
	assert_int_equal(ring_drain(r, true), 5);
	assert_int_equal(seen[1].ev.kind, SMCW_EV_STATE);
	assert_int_equal(seen[2].ev.kind, SMCW_EV_TRAFFIC);
	assert_int_equal(ntohl(seen[2].ev.pid), 100);
	assert_int_equal(ntohl(seen[2].ev.conn), 3);
	assert_int_equal(seen[2].ev.mode, SMCW_MODE_SMCR);
	assert_int_equal(seen[2].ev.flags, 0);
	assert_int_equal(seen[2].ev.state, 0);
	assert_int_equal(time_of(2), 20);
	assert_int_equal(be64toh(seen[2].ev.channel), rec.channel);
	assert_int_equal(ntohs(seen[2].ev.cpu), 2);
	assert_int_equal(ntohs(seen[2].ev.length), sizeof(rec.traffic));
	assert_int_equal(ntohs(seen[2].ev.original), sizeof(rec.traffic));
	assert_memory_equal(seen[2].body, &rec.traffic, sizeof(rec.traffic));
	assert_int_equal(ntohl(seen[3].ev.conn), 5);
	assert_int_equal(ntohl(seen[3].ev.pid), 0);
	assert_int_equal(seen[3].ev.version, SMCW_EVENT_VERSION);
	/* As of a message it has a direction. */
	rec.hook = SMCW_HOOK_CDCD_TX;
	rec.length = sizeof(struct smcw_cdc_smcd);
	fake_rings_put(1, &rec, sizeof(rec));
	assert_int_equal(ring_drain(r, true), 1);
	assert_int_equal(seen[5].ev.mode, SMCW_MODE_SMCD);
	assert_int_equal(seen[5].ev.flags & 3, SMCW_EV_FLAGS_OF(SMCW_DIR_OUT) & 3);
	assert_int_equal(seen[5].ev.kind, SMCW_EV_CDC);
	ring_free(r);
}

/* The memory is the kernel's, but no length is believed. */
static void ring_drain__records_that_cannot_be(void **state)
{
	struct ring *r = begin();
	struct smcw_traffic_record rec = traffic_of(20, 3);
	struct {
		struct trace_record head;
		__u64 words[4];
	} control = { .head = { .words = 0x8, .bytes = 9 } };

	(void)state;
	fake_rings_put(1, &rec, sizeof(struct smcw_cdc_record) - 1);
	rec.length = sizeof(rec.traffic) + 1;
	fake_rings_put(1, &rec, sizeof(rec));
	rec.length = sizeof(rec.traffic);
	rec.hook = SMCW_HOOKS_MAX;
	fake_rings_put(1, &rec, sizeof(rec));
	fake_rings_put(0, &control, sizeof(control.head) - 1);
	fake_rings_put(0, &control, sizeof(control.head) + 16);
	assert_int_equal(ring_drain(r, true), 0);
	fake_rings_put(0, &control, sizeof(control.head) + 17);
	rec.hook = SMCW_HOOK_TRAFFIC;
	fake_rings_put(1, &rec, sizeof(rec));
	assert_int_equal(ring_drain(r, true), 2);
	ring_free(r);
}

static void ring_drain__a_message_follows_its_event(void **state)
{
	static const char message[] = "a message of CLC";
	struct smcw_event ev = { .version = SMCW_EVENT_VERSION,
				 .kind = SMCW_EV_CLC,
				 .hook = SMCW_HOOK_CLC_RX,
				 .length = htons(sizeof(message)),
				 .time = htobe64(10) };
	struct ring *r = begin();

	(void)state;
	memset(ev.device, 'd', sizeof(ev.device));
	put_control(&ev, message, sizeof(message));
	assert_int_equal(ring_drain(r, true), 1);
	ev.time = htobe64(WALL + 10);
	assert_memory_equal(&seen[0].ev, &ev, sizeof(ev));
	assert_memory_equal(seen[0].body, message, sizeof(message));
	ring_free(r);
}

/* ---- counters ---------------------------------------------------------------------------- */

static void ring_drain__losses_of_a_hook(void **state)
{
	struct smcw_event ev = { .version = SMCW_EVENT_VERSION,
				 .kind = SMCW_EV_CLC,
				 .hook = SMCW_HOOK_CLC_RX };
	struct ring *r = begin();

	(void)state;
	counters[0][SMCW_HOOK_CLC_RX].full = 3;
	counters[2][SMCW_HOOK_CLC_RX].unreadable = 4;
	counters[3][SMCW_HOOK_CLC_RX].full = 100; /* no such processor */
	put_control(&ev, "", 0);
	put_control(&ev, "", 0);
	assert_int_equal(ring_drain(r, true), 2);
	counters[1][SMCW_HOOK_CLC_RX].full = 2;
	put_control(&ev, "", 0);
	assert_int_equal(ring_drain(r, true), 1);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(be64toh(seen[i].ev.lost), ((__u64[]){ 7, 0, 2 })[i]);
	ring_free(r);
}

/* Of CDC it is said after what was read, and once. */
static void ring_drain__losses_of_cdc(void **state)
{
	struct ring *r = begin();
	struct smcw_ev_counter row;

	(void)state;
	counters[1][SMCW_HOOK_CDCR_RX] =
		(struct trace_counter){ .seen = 9, .sent = 2, .full = 4, .unreadable = 3 };
	put_slot(20, 3, SMCW_HOOK_CDCR_RX);
	assert_int_equal(ring_drain(r, true), 1);
	assert_int_equal(n_seen, 2);
	assert_int_equal(seen[1].ev.kind, SMCW_EV_COUNTERS);
	assert_int_equal(seen[1].ev.hook, SMCW_HOOK_CDCR_RX);
	assert_int_equal(be64toh(seen[1].ev.lost), 7);
	assert_int_equal(be64toh(seen[1].ev.time), WALL + NOW);
	memcpy(&row, seen[1].body, sizeof(row));
	assert_int_equal(row.hook, SMCW_HOOK_CDCR_RX);
	assert_int_equal(be64toh(row.seen), 9);
	assert_int_equal(be64toh(row.full), 4);
	assert_int_equal(ring_drain(r, true), 0);
	assert_int_equal(n_seen, 2);
	counters[1][SMCW_HOOK_CDCR_RX].full = 5;
	ring_drain(r, true);
	assert_int_equal(be64toh(seen[2].ev.lost), 1);
	ring_free(r);
}

static void ring_counters_event__rows(void **state)
{
	struct {
		struct smcw_event ev;
		struct smcw_ev_counter row[4];
	} whole;
	struct ring *r = begin();

	(void)state;
	memset(&whole, 0xff, sizeof(whole));
	assert_int_equal(ring_counters_event(r, &whole, sizeof(whole)), 0);
	counters[0][0].seen = 1; /* no hook */
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		counters[cpu][2] = (struct trace_counter){ 100, 20, 3, 4, 5, 6 };
		counters[cpu][SMCW_HOOKS_MAX - 1] = (struct trace_counter){ .seen = 7 };
	}
	assert_int_equal(ring_counters_event(r, &whole, sizeof(whole)),
			 sizeof(whole.ev) + 2 * sizeof(whole.row[0]));
	assert_int_equal(whole.ev.version, SMCW_EVENT_VERSION);
	assert_int_equal(whole.ev.kind, SMCW_EV_COUNTERS);
	assert_int_equal(be64toh(whole.ev.time), WALL + NOW);
	assert_int_equal(ntohs(whole.ev.length), 2 * sizeof(whole.row[0]));
	assert_int_equal(whole.ev.original, whole.ev.length);
	assert_int_equal(whole.ev.pid, 0);
	assert_int_equal(whole.row[0].hook, 2);
	assert_int_equal(be64toh(whole.row[0].seen), 300);
	assert_int_equal(be64toh(whole.row[0].filtered), 60);
	assert_int_equal(be64toh(whole.row[0].sent), 9);
	assert_int_equal(be64toh(whole.row[0].full), 12);
	assert_int_equal(be64toh(whole.row[0].unreadable), 15);
	assert_int_equal(be64toh(whole.row[0].truncated), 18);
	assert_int_equal(whole.row[1].hook, SMCW_HOOKS_MAX - 1);
	/* What does not fit is left out. */
	assert_int_equal(
		ring_counters_event(r, &whole, sizeof(whole.ev) + 2 * sizeof(whole.row[0]) - 1),
		sizeof(whole.ev) + sizeof(whole.row[0]));
	ring_free(r);
}

static void ring_delays_event__rows(void **state)
{
	static struct trace_delays delays[TRACE_CPUS];
	struct {
		struct smcw_event ev;
		struct smcw_ev_delay row[SMCW_DELAY_COUNT * TRACE_DELAYS];
	} whole;
	struct ring *r = begin();
	size_t all = sizeof(whole.ev) + 2 * sizeof(whole.row[0]);

	(void)state;
	assert_int_equal(ring_delays_event(r, delays, &whole, sizeof(whole)), 0);
	delays[0].of[0][1] = (struct trace_delay){ .count = 2, .sum = 30, .min = 10, .max = 20 };
	delays[2].of[0][1] = (struct trace_delay){ .count = 3, .sum = 60, .min = 15, .max = 25 };
	delays[1].of[0][1] = (struct trace_delay){ .count = 0, .min = 1, .max = 99 };
	delays[1].of[SMCW_DELAY_COUNT - 1][TRACE_DELAYS - 1] =
		(struct trace_delay){ .count = 1, .sum = 5, .min = 5, .max = 5 };
	delays[2].of[SMCW_DELAY_COUNT - 1][TRACE_DELAYS - 1] =
		(struct trace_delay){ .count = 1, .sum = 3, .min = 3, .max = 3 };
	delays[3].of[0][0].count = 1; /* no such processor */
	assert_int_equal(ring_delays_event(r, delays, &whole, sizeof(whole)), all);
	assert_int_equal(whole.ev.version, SMCW_EVENT_VERSION);
	assert_int_equal(whole.ev.kind, SMCW_EV_DELAYS);
	assert_int_equal(be64toh(whole.ev.time), WALL + NOW);
	assert_int_equal(ntohs(whole.ev.length), 2 * sizeof(whole.row[0]));
	assert_int_equal(whole.ev.original, whole.ev.length);
	assert_int_equal(whole.row[0].what, 0);
	assert_int_equal(be64toh(whole.row[0].to_ns), 25000);
	assert_int_equal(be64toh(whole.row[0].count), 5);
	assert_int_equal(be64toh(whole.row[0].sum_ns), 90);
	assert_int_equal(be64toh(whole.row[0].min_ns), 10);
	assert_int_equal(be64toh(whole.row[0].max_ns), 25);
	assert_int_equal(whole.row[1].what, SMCW_DELAY_COUNT - 1);
	assert_int_equal(be64toh(whole.row[1].to_ns), 0);
	assert_int_equal(be64toh(whole.row[1].min_ns), 3);
	assert_int_equal(be64toh(whole.row[1].max_ns), 5);
	assert_int_equal(ring_delays_event(r, delays, &whole, all), all);
	assert_int_equal(ring_delays_event(r, delays, &whole, all - 1), all - sizeof(whole.row[0]));
	ring_free(r);
}

/* More processors than rows share them. */
static void ring_counter__processors(void **state)
{
	static const struct {
		int cpus;
		__u64 sum;
	} rows[] = { { 1, 1 },
		     { TRACE_CPUS - 1, TRACE_CPUS - 1 },
		     { TRACE_CPUS, TRACE_CPUS },
		     { 200, TRACE_CPUS },
		     { -EINVAL, TRACE_CPUS },
		     { 0, TRACE_CPUS } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ring_memory memory = { .cdc_fd = 1, .counters = counters };
		struct ring *r;

		ring_free(begin());
		fake_rings.cpus = rows[i].cpus;
		for (unsigned int cpu = 0; cpu < TRACE_CPUS; cpu++)
			counters[cpu][1].seen = 1;
		r = ring_new(&memory, see, seen);
		assert_int_equal(ring_counter(r, 1).seen, rows[i].sum);
		ring_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_drain__control_events_by_time),
		cmocka_unit_test(ring_drain__holds_the_youngest),
		cmocka_unit_test(ring_drain__both_rings_by_time),
		cmocka_unit_test(ring_drain__control_is_read_again),
		cmocka_unit_test(ring_drain__errors),
		cmocka_unit_test(ring_new__without_rings),
		cmocka_unit_test(ring_drain__cdc_is_of_its_connection),
		cmocka_unit_test(ring_drain__traffic_is_of_its_connection),
		cmocka_unit_test(ring_drain__records_that_cannot_be),
		cmocka_unit_test(ring_drain__a_message_follows_its_event),
		cmocka_unit_test(ring_drain__losses_of_a_hook),
		cmocka_unit_test(ring_drain__losses_of_cdc),
		cmocka_unit_test(ring_counters_event__rows),
		cmocka_unit_test(ring_delays_event__rows),
		cmocka_unit_test(ring_counter__processors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
