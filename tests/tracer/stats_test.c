// SPDX-License-Identifier: GPL-2.0-or-later
/* stats.c and stats_print.c: events in, sums out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <malloc.h>

#include "stats/stats.h"
#include "words.h"

#define MS 1000000ull
#define DECLINE "e2d4c3d9 04 001c 10 00*8 03070000 00*4 e2d4c3d9"
/* Own buffer of 32 KiB, the peer's of 64 KiB. */
#define READY "00*32 00000007 00010000 00008000 00010000 00*8"

/* ---- memory that cannot be had ----------------------------------------------------------- */

static unsigned int allocations, refused; /* that one, counted from 1 */
static unsigned int failures;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return ++allocations == refused ? NULL : __real_calloc(n, size);
}

void *__real_realloc(void *was, size_t size);
void *__wrap_realloc(void *was, size_t size);
void *__wrap_realloc(void *was, size_t size)
{
	return ++allocations == refused ? NULL : __real_realloc(was, size);
}

static void take(struct stats *s, const struct smcw_event *ev)
{
	int r = stats_event(s, ev);

	if (!r)
		return;
	assert_int_equal(r, -ENOMEM);
	assert_true(refused);
	failures++;
}

/* ---- events ------------------------------------------------------------------------------ */

static void feed(struct stats *s, __u8 kind, __u8 flags, __u64 sock, __u64 ns, const char *hex)
{
	struct event_sample e;

	word_event(&e, kind, flags, ns, hex);
	smcw_put64(&e.ev.sock, sock);
	e.ev.hook = SMCW_HOOK_SYN;
	take(s, &e.ev);
}

static void cdc(struct stats *s, __u8 flags, __u64 ns, __u16 wrap, __u32 count, __u8 bits)
{
	struct event_sample e;
	struct smcw_cdc *m = (struct smcw_cdc *)e.body;

	word_event(&e, SMCW_EV_CDC, flags, ns, "fe 2c 00*42");
	smcw_put16(&m->prod.wrap, wrap);
	smcw_put32(&m->prod.count, count);
	m->flags = bits;
	take(s, &e.ev);
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
	struct event_sample e;
	__u64 i;

	(void)state;
	for (i = 0; i < STATS_OPEN_MAX + 5; i++) {
		word_event(&e, SMCW_EV_CLC, EVENT_OUT, i, "e2d4c3d9 01 0034 10");
		smcw_put64(&e.ev.sock, 1 + i);
		smcw_put16(&e.ev.peer_port, (__u16)(1 + i));
		take(s, &e.ev);
	}
	assert_int_equal(s->n_open, STATS_OPEN_MAX);
	assert_int_equal(s->unfinished, 5);
	stats_free(s);
}

static void stats_event__bytes_by_cursors(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_CONN_READY, 0, 77, 0, READY);
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
	feed(s, SMCW_EV_CONN_FREE, 0, 77, 6,
	     "00*16 0000000000030d40 0000000000000001 00000007 00*20");
	assert_int_equal(s->total[0].bytes, 200000);
	assert_int_equal(s->total[1].bytes, 65537);
	prints(s, "Connections: 1, 0 of them open");
	stats_free(s);
}

/* The process that accepts need not be the one that listens; and it is no second handshake. */
static void stats_event__accepted_by_another(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;

	(void)state;
	feed(s, SMCW_EV_CONN_READY, 0, 9, 0, READY);
	word_event(&e, SMCW_EV_CONN_READY, 0, 1, READY);
	e.ev.hook = SMCW_HOOK_CONN_ACCEPT;
	smcw_put32(&e.ev.pid, 124);
	take(s, &e.ev);
	prints(s, "SMC: 1");
	prints(s, "  0x5 nginx/124 10.0.0.1:80 - ");
	stats_free(s);
}

/* 65,535 is followed by 0. */
static void stats_event__wraps_wrap(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_CONN_READY, SMCW_EV_SEEN, 77, 0, READY);
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

/* An event of an owner and addresses, or without one of them. */
static void ready_of(struct stats *s, __u64 ns, __u32 pid, __u16 port)
{
	struct event_sample e;

	word_event(&e, SMCW_EV_CONN_READY, 0, ns, READY);
	e.ev.hook = SMCW_HOOK_CONN_READY;
	smcw_put32(&e.ev.pid, pid);
	smcw_put16(&e.ev.local_port, port);
	take(s, &e.ev);
}

/* An owner or an address is enough to be learned; an event without either takes nothing away. */
static void stats_event__learns_of_whom(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	ready_of(s, 0, 123, 80);
	ready_of(s, 1, 0, 0);
	prints(s, "  0x5 nginx/123 10.0.0.1:80 - ");
	ready_of(s, 2, 124, 0);
	prints(s, "  0x5 nginx/124 10.0.0.1 - ");
	ready_of(s, 3, 125, 81);
	ready_of(s, 4, 0, 82);
	prints(s, " 10.0.0.1:82 - ");
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
	feed(s, SMCW_EV_CONN_FREE, 0, 77, 6 * MS, READY);
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
		take(s, &e.ev);
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

/* ---- what is not seen -------------------------------------------------------------- */

/* An attempt of which nobody saw the end gives its beginning to no other. */
static void stats_event__stale_beginnings(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	/* A SYN that was never answered; an hour later the same addresses. */
	feed(s, SMCW_EV_SYN, EVENT_OUT, 0, 0, "01 00*7");
	feed(s, SMCW_EV_SYN, EVENT_OUT, 0, 3600 * SECOND, "01 00*7");
	feed(s, SMCW_EV_CONN_READY, 0, 9, 3600 * SECOND + 2 * MS, READY);
	assert_int_equal(s->times[STATS_SMC].max, 2 * MS);
	/* The SYN of the second one was lost: its time is not known. */
	feed(s, SMCW_EV_SYN, EVENT_OUT, 0, 4000 * SECOND, "01 00*7");
	feed(s, SMCW_EV_CONN_READY, 0, 10, 7600 * SECOND, READY);
	assert_int_equal(s->times[STATS_SMC].n, 1);
	feed(s, SMCW_EV_SYN, EVENT_OUT, 0, 8000 * SECOND, "01 00*7");
	feed(s, SMCW_EV_CLC, EVENT_OUT, 11, 9000 * SECOND, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_CONN_READY, 0, 11, 9000 * SECOND + 3 * MS, READY);
	assert_int_equal(s->times[STATS_SMC].max, 3 * MS);
	/* The same socket proposes again after it was refused by a peer without a word. */
	feed(s, SMCW_EV_CLC, EVENT_OUT, 12, 9100 * SECOND, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_CLC, EVENT_OUT, 12, 9150 * SECOND, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_CONN_READY, 0, 12, 9150 * SECOND + MS, READY);
	assert_int_equal(s->times[STATS_SMC].max, 3 * MS);
	assert_int_equal(s->unfinished, 4);
	assert_int_equal(s->n_open, 0);
	stats_free(s);
}

static void stats_event__failures(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_SYN, EVENT_OUT, 1, 0, "01 00 0000 0000006f");
	/* Without the option, and of a SYN cookie: no handshake begins. */
	feed(s, SMCW_EV_SYN, EVENT_OUT, 6, 0, "00 00 0000 00000000");
	feed(s, SMCW_EV_SYN, EVENT_IN, 7, 0, "00 00 0100 00000000");
	assert_int_equal(s->n_open, 0);
	feed(s, SMCW_EV_CLC, EVENT_OUT, 2, 0, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_CLC_FAILED, 0, 2, 6 * SECOND, "0000000b 02 00 0000");
	feed(s, SMCW_EV_STATE, 0, 2, 6 * SECOND, "02 07 0000 0000000b");
	/* Waiting for a Decline in vain is none. */
	feed(s, SMCW_EV_CLC_FAILED, 0, 3, 6 * SECOND, "0000000b 04 00 0000");
	feed(s, SMCW_EV_CLC, EVENT_OUT, 4, 0, "e2d4c3d9 01 0034 10");
	feed(s, SMCW_EV_STATE, 0, 4, 7 * SECOND, "02 07 0000 00000004");
	assert_int_equal(s->ended[STATS_FAILED], 3);
	assert_int_equal(s->n_open, 0);
	prints(s, "Handshakes: 3\n  SMC: 0\n  TCP: 0\n  failed: 3, min 6.00 s, median 6.50 s");
	stats_free(s);
}

static void conn(struct stats *s, __u8 kind, __u32 number, __u64 sock, __u16 port, __u64 ns)
{
	struct event_sample e;

	word_event(&e, kind, 0, ns, READY);
	e.ev.hook = SMCW_HOOK_CONN_READY;
	smcw_put32(&e.ev.conn, number);
	smcw_put64(&e.ev.sock, sock);
	smcw_put16(&e.ev.peer_port, port);
	take(s, &e.ev);
}

static void open_is(const struct stats *s, __u64 want, __u64 want_doubtful)
{
	__u64 open, doubtful;

	stats_open_conns(s, &open, &doubtful);
	assert_int_equal(open, want);
	assert_int_equal(doubtful, want_doubtful);
}

/* Their end was lost, and something shows that they are not there any more. */
static void stats_event__dead_connections_are_not_open(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;

	(void)state;
	conn(s, SMCW_EV_CONN_READY, 1, 1, 4001, 1);
	conn(s, SMCW_EV_CONN_READY, 2, 2, 4002, 1);
	conn(s, SMCW_EV_CONN_READY, 3, 3, 4003, 1);
	conn(s, SMCW_EV_CONN_READY, 4, 4, 4004, 1);
	open_is(s, 4, 0);
	conn(s, SMCW_EV_CONN_NEW, 1, 11, 4011, 2); /* its number is another one's */
	open_is(s, 4, 0);
	conn(s, SMCW_EV_CONN_NEW, 12, 12, 4002, 3); /* its addresses are */
	open_is(s, 4, 0);
	assert_int_equal(s->conns, 6);
	assert_int_equal(s->inferred, 2);
	feed(s, SMCW_EV_STATE, 0, 3, 4, "14 07 0000 00000000"); /* its socket is closed */
	open_is(s, 3, 0);
	/* Ends were lost: what has not been heard of since then may have ended. */
	word_event(&e, SMCW_EV_STATE, 0, 5, "01 02 00*6");
	e.ev.hook = SMCW_HOOK_CONN_FREE;
	smcw_put64(&e.ev.lost, 7);
	take(s, &e.ev);
	open_is(s, 0, 3);
	conn(s, SMCW_EV_CONN_READY, 4, 4, 4004, 6);
	open_is(s, 1, 2);
	prints(s, "Connections: 6, 1 of them open, 2 perhaps (ends of connections were lost)");
	prints(s, "its end was not seen");
	feed(s, SMCW_EV_LGR_DOWN, 0, 0, 7, "00*88"); /* the link group has none any more */
	open_is(s, 0, 0);
	/* Here is the end after all: its bytes count, and it is no other connection. */
	word_event(&e, SMCW_EV_CONN_FREE, 0, 8, "00*16 00000000000000ff 00*32");
	smcw_put32(&e.ev.conn, 4);
	smcw_put64(&e.ev.sock, 4);
	take(s, &e.ev);
	assert_int_equal(s->conns, 6);
	assert_int_equal(s->total[0].bytes, 255);
	conn(s, SMCW_EV_CONN_READY, 5, 5, 4005, 9);
	word_event(&e, SMCW_EV_MODULE, 0, 10, "'smc' 00*13 03 00*7"); /* gone */
	take(s, &e.ev);
	open_is(s, 0, 0);
	stats_free(s);
}

/* ---- times ------------------------------------------------------------------------- */

static void half(struct stats *s, __u8 flags, __u64 id, __u64 ns, __u32 prod, __u32 cons)
{
	struct event_sample e;
	struct smcw_cdc *m = (struct smcw_cdc *)e.body;

	word_event(&e, SMCW_EV_CDC, flags, ns, "fe 2c 00*42");
	smcw_put64(&e.ev.id, id);
	smcw_put32(&m->prod.count, prod);
	smcw_put32(&m->cons.count, cons);
	take(s, &e.ev);
}

static void stats_event__latency(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	half(s, EVENT_OUT, 1, 1 * MS, 10, 0);
	half(s, EVENT_IN, 1, 3 * MS, 10, 0);
	half(s, EVENT_IN, 2, 4 * MS, 20, 0); /* the hook of the receiver was faster */
	half(s, EVENT_OUT, 2, 5 * MS, 20, 0);
	half(s, EVENT_OUT, 3, 6 * MS, 30, 10);	 /* 10 bytes are read */
	half(s, EVENT_OUT, 3, 7 * MS, 30, 15);	 /* no other half */
	half(s, EVENT_OUT, 4, 104 * MS, 30, 20); /* 20 bytes are */
	assert_int_equal(s->latency[STATS_CDC].n, 2);
	assert_int_equal(s->latency[STATS_CDC].max, 2 * MS);
	assert_int_equal(s->latency[STATS_CDC].min, 0);
	assert_int_equal(s->latency[STATS_READ].n, 2);
	assert_int_equal(s->latency[STATS_READ].min, 3 * MS);
	assert_int_equal(s->latency[STATS_READ].max, 100 * MS);
	prints(s, "Latency on this host\n  CDC, sent to received: 2, min 0.0 us, median 1.0 ms, "
		  "max 2.0 ms\n");
	prints(s, "latency 1.0 ms");
	stats_free(s);
}

/* The kernel's sums take the place of CDC, and are reported again and again. */
static void stats_event__aggregated(void **state)
{
	const char *const sums[] = {
		"0000000000000003 0000000000000002 0000000000001000 0000000000000064 "
		"0000000000000002 00000000000007d0 0000000000000005 00*8",
		"0000000000000004 0000000000000002 0000000000002000 0000000000000064 "
		"0000000000000004 0000000000001f40 0000000000000009 00*8",
	};
	struct stats *s = stats_new();

	(void)state;
	feed(s, SMCW_EV_CONN_READY, 0, 77, 0, READY);
	feed(s, SMCW_EV_TRAFFIC, 0, 77, 1, sums[0]);
	feed(s, SMCW_EV_TRAFFIC, 0, 77, 2, sums[1]);
	feed(s, SMCW_EV_TRAFFIC, 0, 77, 3, sums[1]);
	assert_int_equal(s->total[0].bytes, 8192);
	assert_int_equal(s->total[0].cdc, 4);
	assert_int_equal(s->total[1].bytes, 100);
	assert_int_equal(s->total[0].blocked, 9);
	/* 3 of 9 us in all, a fourth of 7 us, and one of 30 us. */
	feed(s, SMCW_EV_DELAYS, 0, 0, 4,
	     "01 00*7 0000000000002710 0000000000000003 0000000000002328 00000000000003e8 "
	     "0000000000001388");
	feed(s, SMCW_EV_DELAYS, 0, 0, 5,
	     "01 00*7 0000000000002710 0000000000000004 0000000000003e80 00000000000003e8 "
	     "0000000000001b58 "
	     "01 00*7 000000000000c350 0000000000000001 0000000000007530 0000000000007530 "
	     "0000000000007530 "
	     "63 00*7 000000000000c350 0000000000000001 0000000000007530 0000000000007530 "
	     "0000000000007530");
	assert_int_equal(s->latency[STATS_CDC].n, 5);
	assert_int_equal(s->latency[STATS_CDC].min, 1000);
	assert_int_equal(s->latency[STATS_CDC].max, 30000);
	assert_int_equal(s->latency[STATS_CDC].sum, 46000);
	assert_int_equal(s->latency[STATS_CDC].bucket[0], 4);
	assert_int_equal(s->latency[STATS_CDC].bucket[2], 1);
	assert_int_equal(s->latency[STATS_READ].n, 0);
	prints(s, "latency 2.0 us, open");
	prints(s, "CDC, sent to received: 5, min 1.0 us, median about 3.0 us, max 30.0 us");
	stats_free(s);
}

/* ---- groups ------------------------------------------------------------------------ */

static void stats_event__by_process(void **state)
{
	struct stats *s = stats_new();
	struct event_sample e;

	(void)state;
	s->by = STATS_BY_PROCESS;
	conn(s, SMCW_EV_CONN_READY, 5, 77, 4000, 1);
	half(s, EVENT_OUT, 1, 2, 1000, 0);
	/* It is accepted by another process: all of it is that one's. */
	word_event(&e, SMCW_EV_CONN_READY, 0, 3, READY);
	e.ev.hook = SMCW_HOOK_CONN_ACCEPT;
	smcw_put32(&e.ev.pid, 124);
	take(s, &e.ev);
	feed(s, SMCW_EV_FALLBACK, 0, 80, 4, "03010000 00000000");
	prints(s,
	       "Processes                       SMC   open    TCP failed     bytes sent       "
	       "received\n  nginx/124                       1      1      0      0           1000 "
	       "             0\n");
	prints(s, "  nginx/123                       0      0      1      0              0 ");
	stats_free(s);
}

static void stats_print_json__all(void **state)
{
	struct stats *s = stats_new();
	struct words w;

	(void)state;
	s->by = STATS_BY_SERVICE;
	conn(s, SMCW_EV_CONN_READY, 5, 77, 4000, 1);
	assert_int_equal(stats_print_json(s, word_begin(&w)), 0);
	word_end(&w);
	assert_non_null(strstr(w.text, "\"service\": [\n    {\n      \"name\": \"10.0.0.1:80\""));
	assert_non_null(strstr(w.text, "\"observed\": \"observed: not stated"));
	free(w.text);
	stats_free(s);
}

static void stats_print_view__fits(void **state)
{
	const struct stats_view view = { .rows = 10, .columns = 40 };
	struct stats *s = stats_new();
	size_t lines = 0, i;
	struct words w;

	(void)state;
	for (__u32 n = 1; n < 100; n++)
		conn(s, SMCW_EV_CONN_READY, n, n, (__u16)n, n);
	assert_int_equal(stats_print_view(s, &view, word_begin(&w)), 0);
	word_end(&w);
	for (const char *at = w.text; *at; at += i + 1, lines++) {
		i = strcspn(at, "\n");
		assert_true(i <= 40);
	}
	assert_int_equal(lines, 9); /* the cursor stands in the tenth */
	assert_non_null(strstr(w.text, "observed: "));
	free(w.text);
	stats_free(s);
}

/* Something of each kind that takes memory. */
static void feed_everything(struct stats *s)
{
	s->by = STATS_BY_PROCESS;
	feed(s, SMCW_EV_SYN, EVENT_OUT, 1, 0, "01 00*7");
	feed(s, SMCW_EV_CONN_READY, 0, 1, 1, READY);
	feed(s, SMCW_EV_SYN, EVENT_OUT, 2, 0, "01 00*7");
	feed(s, SMCW_EV_CLC, EVENT_IN, 2, 1, DECLINE);
	feed(s, SMCW_EV_FALLBACK, 0, 2, 2, "05000000 03070000");
	feed(s, SMCW_EV_SYN, EVENT_OUT, 3, 0, "01 00*7");
	feed(s, SMCW_EV_CLC_FAILED, 0, 3, 1, "0000000b 02 00 0000");
	feed(s, SMCW_EV_SYN, EVENT_OUT, 4, 2, "01 00*7");
	conn(s, SMCW_EV_CONN_READY, 1, 11, 4001, 1);
	conn(s, SMCW_EV_CONN_NEW, 1, 12, 4002, 2); /* the end of the one before was not seen */
	half(s, EVENT_OUT, 1, 3, 10, 0);
	half(s, EVENT_IN, 1, 4, 10, 0);
	half(s, EVENT_OUT, 2, 5, 10, 10);
	feed(s, SMCW_EV_FACTS, 0, 0, 0, "01 00*7 'CLC' 00*237");
	feed(s, SMCW_EV_FACTS, 0, 0, 0, "0d 00*7 '9' 00*47 '/system.slice' 00*179");
}

static struct stats *stats_of_everything(void)
{
	struct stats *s = stats_new();

	feed_everything(s);
	assert_non_null(TAILQ_FIRST(&s->opens));
	assert_true(s->groups.n && s->late.n && s->tokens.n && s->ends.n && s->socks.n &&
		    s->lgrs.n);
	assert_true(s->times[STATS_SMC].last && s->times[STATS_TCP].last &&
		    s->times[STATS_FAILED].last);
	assert_true(s->ids && s->latency[STATS_CDC].last && s->latency[STATS_READ].last);
	assert_true(s->fallbacks.row && s->declines.row);
	assert_true(s->facts[0].row && s->observed.classes.row);
	return s;
}

static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void stats_free__all_of_it(void **state)
{
	size_t before = 0;

	(void)state;
	/* After some rounds the C library keeps as much as it ever does. */
	for (int round = 0; round < 32; round++) {
		struct stats *s = stats_of_everything();

		stats_free(s);
		if (round == 15)
			before = in_use();
	}
	assert_int_equal(in_use(), before);
}

/*
 * Each allocation fails once: that event is refused, and all others are counted. Without memory
 * for a group (two allocations) its events are those of the group of the others, and without memory
 * for it an end is not expected late.
 */
static void stats_event__without_memory(void **state)
{
	unsigned int silent = 0;
	bool done = false;

	(void)state;
	for (unsigned int nth = 1; !done; nth++) {
		struct stats *s;

		allocations = failures = 0;
		refused = nth;
		s = stats_new();
		if (s) {
			feed_everything(s);
			done = allocations < nth;
			assert_true(failures <= !done);
			silent += !failures && !done;
		}
		stats_free(s);
	}
	refused = 0;
	assert_int_equal(silent, 3);
	assert_true(allocations > 20);
}

/* Numbers that would all be in one bucket of a table by their remainder; and addresses likewise. */
static void stats_event__is_linear(void **state)
{
	struct stats *s = stats_new();

	(void)state;
	for (__u32 i = 1; i <= 300000; i++)
		conn(s, SMCW_EV_CONN_NEW, i * STATS_BUCKETS, i, (__u16)i, i);
	assert_int_equal(s->conns, 300000);
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
		cmocka_unit_test(stats_event__learns_of_whom),
		cmocka_unit_test(stats_event__write_blocked),
		cmocka_unit_test(stats_event__many_connections_are_forgotten),
		cmocka_unit_test(stats_event__counters_add_up),
		cmocka_unit_test(stats_event__losses_that_events_tell),
		cmocka_unit_test(stats_event__stale_beginnings),
		cmocka_unit_test(stats_event__failures),
		cmocka_unit_test(stats_event__dead_connections_are_not_open),
		cmocka_unit_test(stats_event__latency),
		cmocka_unit_test(stats_event__aggregated),
		cmocka_unit_test(stats_event__by_process),
		cmocka_unit_test(stats_print_json__all),
		cmocka_unit_test(stats_print_view__fits),
		cmocka_unit_test(stats_free__all_of_it),
		cmocka_unit_test(stats_event__without_memory),
		cmocka_unit_test(stats_event__is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
