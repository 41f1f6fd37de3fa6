// SPDX-License-Identifier: GPL-2.0-or-later
/* stats.c and stats_print.c: events in, sums out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats.h"
#include "words.h"

#define MS 1000000ull
#define DECLINE "e2d4c3d9 04 001c 10 00*8 03070000 00*4 e2d4c3d9"
/* Own buffer of 32 KiB, the peer's of 64 KiB. */
#define READY "00*32 00000007 00010000 00008000 00010000 00*8"

static void feed(struct stats *s, __u8 kind, __u8 flags, __u64 sock, __u64 ns, const char *hex)
{
	struct event_sample e;

	word_event(&e, kind, flags, ns, hex);
	smcw_put64(&e.ev.sock, sock);
	e.ev.hook = SMCW_HOOK_SYN;
	assert_int_equal(stats_event(s, &e.ev), 0);
}

static void cdc(struct stats *s, __u8 flags, __u64 ns, __u16 wrap, __u32 count, __u8 bits)
{
	struct event_sample e;
	struct smcw_cdc *m = (struct smcw_cdc *)e.body;

	word_event(&e, SMCW_EV_CDC, flags, ns, "fe 2c 00*42");
	smcw_put16(&m->prod.wrap, wrap);
	smcw_put32(&m->prod.count, count);
	m->flags = bits;
	assert_int_equal(stats_event(s, &e.ev), 0);
}

static void prints(const struct stats *s, const char *text)
{
	struct words w;

	assert_int_equal(stats_print(s, word_begin(&w)), 0);
	if (!strstr(word_end(&w), text))
		fail_msg("no '%s' in:\n%s", text, w.text);
	free(w.text);
}

static void stats_event__handshakes(void **state)
{
	static const __u64 took[] = { 3 * MS, 1 * MS, 20 * MS };
	struct stats *s = stats_new();
	__u64 i;

	(void)state;
	prints(s, "Handshakes: 0\n  SMC: 0\n  TCP: 0\nLost events: 0\n");
	for (i = 0; i < 3; i++) {
		feed(s, SMCW_EV_SYN, EVENT_OUT, 10 + i, 1, "01 00*7");
		feed(s, SMCW_EV_CLC, EVENT_OUT, 10 + i, 5, "e2d4c3d9 01 0034 10");
		feed(s, SMCW_EV_CONN_READY, 0, 10 + i, 1 + took[i], READY);
		/* The client's Confirm is of no new handshake. */
		feed(s, SMCW_EV_CLC, EVENT_OUT, 10 + i, 2 + took[i], "e2d4c3d9 03 0044 10");
	}
	feed(s, SMCW_EV_CLC, EVENT_OUT, 20, 0, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_CLC, EVENT_IN, 20, 10, DECLINE);
	feed(s, SMCW_EV_FALLBACK, 0, 20, 500000, "05000000 03070000");
	feed(s, SMCW_EV_FALLBACK, 0, 21, 500000, "03060000 00000000");
	feed(s, SMCW_EV_FALLBACK, 0, 22, 500000, "03060000 00000000");
	feed(s, SMCW_EV_SYN, EVENT_OUT, 30, 1, "01 00*7");
	prints(s, "Handshakes: 6\n  SMC: 3, min 1.0 ms, median 3.0 ms, max 20.0 ms\n"
		  "  TCP: 3, min 500.0 us, median 500.0 us, max 500.0 us\n  not finished: 1\n");
	prints(s, "Fallbacks to TCP\n"
		  "       2 0x03060000 socket option not supported over SMC\n"
		  "       1 0x05000000 peer declined; peer said 0x03070000 IP prefixes do not "
		  "match\n"
		  "Declines\n       1 0x03070000 IP prefixes do not match, received\n");
	stats_free(s);
}

/* The SYN has no cookie, and what follows it has. */
static void stats_event__joins_by_addresses(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_SYN, EVENT_OUT, 0, 0, "01 00*7");
	feed(s, SMCW_EV_CLC, EVENT_OUT, 9, 1, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_CONN_READY, 0, 9, 2 * MS, READY);
	prints(s, "SMC: 1, min 2.0 ms");
	assert_int_equal(s->n_open, 0);
	stats_free(s);
}

static void stats_event__open_ones_are_bounded(void **state)
{
	struct stats *s = stats_new();
	__u64 i;

	(void)state;
	for (i = 0; i < STATS_OPEN_MAX + 5; i++)
		feed(s, SMCW_EV_SYN, EVENT_OUT, 1 + i, 0, "01 00*7");
	assert_int_equal(s->n_open, STATS_OPEN_MAX);
	assert_int_equal(s->unfinished, 5);
	stats_free(s);
}

static void stats_event__bytes_by_cursors(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_CONN_READY, 0, 9, 0, READY);
	cdc(s, EVENT_OUT, 1, 0, 65000, 0);
	cdc(s, EVENT_OUT, 2, 1, 464, 0);   /* 65536 + 464 */
	cdc(s, EVENT_OUT, 3, 0, 65001, 0); /* old: does not count */
	cdc(s, EVENT_OUT, 4, 3, 464, 0);   /* 2 wraps at once: + 131072 */
	cdc(s, EVENT_IN, 5, 2, 1, 0);	   /* 2 * 32768 + 1 */
	assert_int_equal(s->total[0].bytes, 66000 + 131072);
	assert_int_equal(s->total[1].bytes, 65537);
	prints(s, "Connections: 1, 1 of them open, sent 197072 bytes in 4 CDC, received 65537 "
		  "bytes in 1 CDC\n  0x5 nginx/123 10.0.0.1:80 - 10.0.0.2:4000, sent 197072 "
		  "bytes in 4 CDC, received 65537 bytes in 1 CDC, open\n");
	/* The kernel's totals are higher: messages were missed. */
	feed(s, SMCW_EV_CONN_FREE, 0, 9, 6,
	     "00*16 0000000000030d40 0000000000000001 00000007 00*20");
	assert_int_equal(s->total[0].bytes, 200000);
	assert_int_equal(s->total[1].bytes, 65537);
	prints(s, "Connections: 1, 0 of them open");
	stats_free(s);
}

/* Who accepts need not be who listens; and it is no second handshake. */
static void stats_event__accepted_by_another(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;

	(void)state;
	feed(s, SMCW_EV_CONN_READY, 0, 9, 0, READY);
	word_event(&e, SMCW_EV_CONN_READY, 0, 1, READY);
	e.ev.hook = SMCW_HOOK_CONN_ACCEPT;
	smcw_put32(&e.ev.pid, 124);
	assert_int_equal(stats_event(s, &e.ev), 0);
	prints(s, "SMC: 1");
	prints(s, "  0x5 nginx/124 10.0.0.1:80 - ");
	stats_free(s);
}

/* 65,535 is followed by 0. */
static void stats_event__wraps_wrap(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_CONN_READY, SMCW_EV_SEEN, 9, 0, READY);
	cdc(s, EVENT_OUT, 1, 65535, 10, 0);
	assert_int_equal(s->total[0].bytes, 0);
	cdc(s, EVENT_OUT, 2, 0, 20, 0);
	assert_int_equal(s->total[0].bytes, 65546);
	stats_free(s);
}

static void stats_event__connection_that_was_there(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_CONN_READY, SMCW_EV_SEEN, 9, 0,
	     "00*16 00000000000003e8 0000000000000007 00000007 00010000 00008000 00010000 00*8");
	cdc(s, EVENT_OUT, 1, 0, 1000, 0);
	cdc(s, EVENT_OUT, 2, 0, 1100, 0);
	assert_int_equal(s->total[0].bytes, 1100);
	assert_int_equal(s->total[1].bytes, 7);
	assert_int_equal(s->ended[STATS_SMC], 0);
	stats_free(s);
}

static void stats_event__write_blocked(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	cdc(s, EVENT_OUT, 1 * MS, 0, 1, SMCW_CDC_WRITE_BLOCKED);
	cdc(s, EVENT_OUT, 2 * MS, 0, 1, SMCW_CDC_WRITE_BLOCKED);
	prints(s, "blocked now");
	cdc(s, EVENT_OUT, 4 * MS, 0, 2, 0);
	assert_int_equal(s->total[0].blocked, 3 * MS);
	cdc(s, EVENT_OUT, 5 * MS, 0, 3, SMCW_CDC_WRITE_BLOCKED);
	feed(s, SMCW_EV_CONN_FREE, 0, 9, 6 * MS, READY);
	assert_int_equal(s->total[0].blocked, 4 * MS);
	assert_int_equal(s->total[1].blocked, 0);
	prints(s, "blocked for 4.0 ms");
	stats_free(s);
}

static void stats_event__many_connections_are_forgotten(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;
	__u32 i, n = STATS_CONNS_MAX + 2 * STATS_BUCKETS;

	(void)state;
	word_event(&e, SMCW_EV_CONN_FREE, 0, 0, "00*16 0000000000000001 00*32");
	for (i = 1; i <= n; i++) {
		smcw_put32(&e.ev.conn, i);
		assert_int_equal(stats_event(s, &e.ev), 0);
	}
	assert_int_equal(s->conns, n);
	assert_true(s->freed - s->forgotten <= STATS_CONNS_MAX);
	assert_int_equal(s->total[0].bytes, n);
	prints(s, "more\n");
	stats_free(s);
}

static void stats_event__counters_add_up(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_COUNTERS, 0, 0, 0,
	     "01 00*7 000000000000000a 0000000000000001 0000000000000005 0000000000000003 "
	     "0000000000000001 0000000000000002 ff 00*7 00*48");
	assert_int_equal(stats_counter_missing(&s->counter[1]), 0);
	prints(s, "kernel_sendmsg                         10          1          5          3 "
		  "         1          2\nLost events: 4\n");
	feed(s, SMCW_EV_COUNTERS, 0, 0, 0, "02 00*7 000000000000000a 00*8 000000000000000b 00*24");
	assert_int_equal(stats_counter_missing(&s->counter[2]), -1);
	prints(s, "DOES NOT ADD UP: -1\n");
	stats_free(s);
}

static void stats_event__losses_that_events_tell(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;

	(void)state;
	word_event(&e, SMCW_EV_STATE, 0, 0, "01 02 00*6");
	smcw_put64(&e.ev.lost, 3);
	stats_event(s, &e.ev);
	stats_event(s, &e.ev);
	prints(s, "Lost events: 6\n");
	stats_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stats_event__handshakes),
		cmocka_unit_test(stats_event__joins_by_addresses),
		cmocka_unit_test(stats_event__open_ones_are_bounded),
		cmocka_unit_test(stats_event__bytes_by_cursors),
		cmocka_unit_test(stats_event__accepted_by_another),
		cmocka_unit_test(stats_event__wraps_wrap),
		cmocka_unit_test(stats_event__connection_that_was_there),
		cmocka_unit_test(stats_event__write_blocked),
		cmocka_unit_test(stats_event__many_connections_are_forgotten),
		cmocka_unit_test(stats_event__counters_add_up),
		cmocka_unit_test(stats_event__losses_that_events_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
