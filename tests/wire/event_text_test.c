// SPDX-License-Identifier: GPL-2.0-or-later
/* smc_event_text.c: the line of every kind of event, in buffers of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "event_sample.h"
#include "smc_event_text.h"

#define LGR " 'SMCKIT.TEST' 20*21 'lab1' 00*28 "
#define GIDS " 00*10 ffff c0a80101 00*10 ffff c0a80102 "
/* token, peer's, sent, received, peer_conn, sizes, */
#define CONN                                                                                       \
	" 00000000000000aa 00000000000000bb 000000000000fa00 000000000000000c "                    \
	"00000007 00010000 00008000 00010000 "

#define FACT(topic, name, value) topic " 00*7 " name " " value " "

static const struct {
	__u8 kind, flags, mode, hook;
	const char *hex;
	const char *line;
} events[] = {
	{ SMCW_EV_CLC, EVENT_OUT, 0, 0, "e2d4c3d9 04 001c 10 00*8 03010000 00*4 e2d4c3d9",
	  "> SMC Decline v1: peer did not offer SMC (0x03010000)" },
	{ SMCW_EV_CLC, EVENT_IN, 0, 0, "e2d4c3d9 04 001c", NULL },
	{ SMCW_EV_LLC, EVENT_IN, SMCW_MODE_SMCR, 0, "07 2c 00 80 00*40",
	  "< LLC TEST_LINK response" },
	{ SMCW_EV_CDC, EVENT_OUT, SMCW_MODE_SMCR, 0, "fe 2c 0001 00000005 00*8 00*8 00*20",
	  "> SMC-R CDC 1, token 0x00000005, prod 0:0, cons 0:0" },
	{ SMCW_EV_CDC, EVENT_IN, SMCW_MODE_SMCD, 0, "fe 00*7 0100 00100000 00*8 80 00*9",
	  "< SMC-D CDC, prod 1:4096, cons 0:0, write blocked" },
	{ SMCW_EV_CDC, EVENT_IN | SMCW_EV_BIG, SMCW_MODE_SMCD, 0,
	  "fe 00*7 0001 00001000 00*8 80 00*9",
	  "< SMC-D CDC, prod 1:4096, cons 0:0, write blocked" },
	{ SMCW_EV_SYN, EVENT_OUT, 0, 0, "01 00 00*6", "SYN with SMC option sent" },
	{ SMCW_EV_SYN, EVENT_IN, 0, 0, "00 01 00*6", "SYN-ACK without SMC option received" },
	{ SMCW_EV_SYN, 0, 0, 0, "00 00 00*6", "SYN without SMC option" },
	{ SMCW_EV_SYN, EVENT_IN, 0, 0, "00 00 01 00*5",
	  "SYN without SMC option received, the connection is made of a SYN cookie" },
	{ SMCW_EV_LGR_UP, 0, SMCW_MODE_SMCD, 0, "02 00*3 00000000 00*16" LGR,
	  "link group 0x00000100 up, SMC-D v2, EID SMCKIT.TEST on lab1" },
	{ SMCW_EV_LGR_DOWN, 0, SMCW_MODE_SMCR, 0, "01 00*3 00000002 0001020304050607 00*8 00*64",
	  "link group 0x00000100 down, SMC-R v1, peer 0x0001020304050607, 2 connections" },
	{ SMCW_EV_LGR_DOWN, 0, 0, 0, "01 00*3 00000001 ff*16 00*64",
	  "link group 0x00000100 down, SMC v1, peer 0xffffffffffffffffffffffffffffffff, "
	  "1 connection" },
	{ SMCW_EV_LGR_UP, 0, SMCW_MODE_SMCD, 0, "02 00*3 00000000 00*16 1b 0a 'x' 20*29 00*32",
	  "link group 0x00000100 up, SMC-D v2, EID ??x" },
	{ SMCW_EV_LINK_UP, 0, SMCW_MODE_SMCR, 0, "00000012 00000013" GIDS,
	  "link 1 up, QP 0x000012 to 0x000013, 192.168.1.1 to 192.168.1.2" },
	{ SMCW_EV_LINK_DOWN, 0, SMCW_MODE_SMCR, 0, "00000012 00*36", "link 1 down, QP 0x000012" },
	{ SMCW_EV_CONN_NEW, 0, SMCW_MODE_SMCD, 0,
	  "00000000000000aa 00*24 00*4 00010000 00008000 00*4 00*4 01 00*3",
	  "connection 0x5 created, link group 0x00000100, DMB 0xaa of 32768 bytes, "
	  "first contact" },
	{ SMCW_EV_CONN_NEW, 0, SMCW_MODE_SMCD, 0, "00*48 0000000c 00*4",
	  "connection 0x5 not created: Cannot allocate memory" },
	{ SMCW_EV_CONN_READY, 0, SMCW_MODE_SMCR, 0, CONN "00000000 00*4",
	  "connection 0x5 knows its peer, 0x7 there, link group 0x00000100, rkey 0xaa of 32768 "
	  "bytes, peer's rkey 0xbb of 65536 bytes" },
	{ SMCW_EV_CONN_READY, 0, SMCW_MODE_SMCD, SMCW_HOOK_CONN_ACCEPT, "00*52 00*4",
	  "connection 0x5 accepted, link group 0x00000100" },
	{ SMCW_EV_CONN_READY, SMCW_EV_SEEN, SMCW_MODE_SMCD, 0, "00*52 00*4",
	  "connection 0x5 found, link group 0x00000100" },
	{ SMCW_EV_CONN_FREE, 0, SMCW_MODE_SMCR, 0, CONN "00000000 00*4",
	  "connection 0x5 freed: 64000 bytes sent, 12 received" },
	{ SMCW_EV_CONN_FREE, 0, SMCW_MODE_SMCR, 0, CONN "03070000 00*4",
	  "connection 0x5 freed: 64000 bytes sent, 12 received, IP prefixes do not match" },
	{ SMCW_EV_BUF_REGISTER, 0, SMCW_MODE_SMCD, 0, "00000000000000aa 0000ffe0 00000000",
	  "DMB registered, token 0xaa, 65504 bytes" },
	{ SMCW_EV_BUF_REGISTER, 0, SMCW_MODE_SMCR, 0, "0000000000001000 00010000 0000000c",
	  "RMB not registered, rkey 0x1000, 65536 bytes: Cannot allocate memory" },
	{ SMCW_EV_BUF_UNREGISTER, 0, SMCW_MODE_SMCR, 0, "0000000000001000 00000000 00000000",
	  "RMB unregistered, rkey 0x1000" },
	{ SMCW_EV_BUF_ATTACH, 0, 0, SMCW_HOOK_DMB_ATTACH, "00000000000000aa 0000ffe0 00000000",
	  "DMB attached, token 0xaa, 65504 bytes" },
	{ SMCW_EV_BUF_DETACH, 0, 0, SMCW_HOOK_DMB_DETACH, "00000000000000aa 00000000 00000000",
	  "DMB detached, token 0xaa" },
	{ SMCW_EV_STATE, 0, 0, 0, "01 14 0000 00000000", "socket ACTIVE -> PEERCLOSEWAIT1" },
	{ SMCW_EV_STATE, 0, 0, 0, "01 1b 0000 00000068",
	  "socket ACTIVE -> PROCESSABORT, Connection reset by peer" },
	{ SMCW_EV_STATE, 0, 0, 0, "63 02 0000 00000000", "socket 99 -> INIT" },
	{ SMCW_EV_FALLBACK, 0, 0, 0, "03010000 00000000",
	  "fallback to TCP: 0x03010000 peer did not offer SMC" },
	{ SMCW_EV_FALLBACK, 0, 0, 0, "05000000 03070000",
	  "fallback to TCP: 0x05000000 peer declined; peer said 0x03070000 IP prefixes do not "
	  "match" },
	{ SMCW_EV_FALLBACK, 0, 0, 0, "fffffff4 00000000",
	  "fallback to TCP: 0xfffffff4 Cannot allocate memory" },
	{ SMCW_EV_FALLBACK, 0, 0, 0, "0badbeef 00000000",
	  "fallback to TCP: 0x0badbeef unknown reason" },
	{ SMCW_EV_CLC_FAILED, EVENT_IN, 0, 0, "0000000b 02 00 0000",
	  "CLC failed: Accept expected, nothing came: Resource temporarily unavailable" },
	{ SMCW_EV_CLC_FAILED, EVENT_IN, 0, 0, "00000000 02 04 0000",
	  "CLC failed: Accept expected, Decline came" },
	{ SMCW_EV_CLC_FAILED, EVENT_IN, 0, 0, "00000000 00 09 0000",
	  "CLC failed: a message expected, type 9 came" },
	{ SMCW_EV_CLC_FAILED, EVENT_OUT, 0, 0, "00000020 01 00 0000",
	  "CLC failed: Proposal could not be sent: Broken pipe" },
	{ SMCW_EV_MODULE, 0, 0, 0, "'smc' 00*13 01 00*7", "module smc is asked to unload" },
	{ SMCW_EV_MODULE, 0, 0, 0, "'smc' 00*13 63 00*7", "module smc: event 99" },
	{ SMCW_EV_COUNTERS, 0, 0, 0, "01 00*7 00*48", "counters: 1 hook, 0 lost" },
	{ SMCW_EV_COUNTERS, 0, 0, 0,
	  "01 00*7 00*24 0000000000000003 0000000000000004 00*8 "
	  "02 00*7 00*24 0000000000000000 0000000000000005 00*8",
	  "counters: 2 hooks, 12 lost" },
	{ SMCW_EV_SYN, EVENT_OUT, 0, 0, "01 00 0000 0000006f",
	  "SYN with SMC option sent, no connection: Connection refused" },
	{ SMCW_EV_CLC_FAILED, 0, 0, 0, "00000047 02 00 0000",
	  "CLC failed: Accept expected, bytes that are no CLC message came: Protocol error" },
	{ SMCW_EV_FACTS, 0, 0, 0,
	  FACT("01", "'CLC' 00*45", "00*192") FACT("01", "'LLC' 00*45", "00*192") FACT(
		  "02", "'CDC' 00*45", "'why' 00*189") FACT("02", "'SYN' 00*45", "'why' 00*189"),
	  "observed: CLC, LLC; not observed: CDC, SYN (why)" },
	{ SMCW_EV_FACTS, 0, 0, 0,
	  FACT("02", "'CDC' 00*45", "'why' 00*189") FACT("02", "'SYN' 00*45", "'no' 00*190")
		  FACT("03", "'LLC' 00*45", "'-k' 00*190"),
	  "not observed: CDC (why), SYN (no); not asked for: LLC (-k)" },
	{ SMCW_EV_FACTS, 0, 0, 0,
	  FACT("06", "'LAB' 00*45", "00*192") FACT("05", "'a.b' 00*45", "'1' 1b 00*190"),
	  "user-defined EID: LAB; sysctl: a.b = 1?" },
	{ SMCW_EV_FACTS, 0, 0, 0, FACT("c8", "00*48", "00*192"), "fact" },
	{ SMCW_EV_TRAFFIC, 0, 0, 0,
	  "0000000000000003 0000000000000004 0000000000000064 00000000000000c8 00*32",
	  "connection 0x5: 100 bytes sent in 3 CDC messages, 200 received in 4" },
	{ SMCW_EV_TRAFFIC, 0, 0, 0,
	  "0000000000000001 0000000000000001 00*16 0000000000000002 00000000000007d0 00*16",
	  "connection 0x5: 0 bytes sent in 1 CDC messages, 0 received in 1, mean delay 1000 ns" },
	{ SMCW_EV_DELAYS, 0, 0, 0,
	  "01 00*15 0000000000000003 00*24 01 00*15 0000000000000004 00*24 "
	  "02 00*15 0000000000000001 00*24",
	  "delays of 7 messages received, 1 read" },
	{ SMCW_EV_CLOCK, 2, 0, 0,
	  "00000000b2d05e01 0000000000000000 00000000000003e8 000000003b9dd740 'b.pcapng' 00*40",
	  "clock of host 2, b.pcapng: +3.000000001 s, +200.000 ppm, right within 1000 ns" },
	{ SMCW_EV_CLOCK, 1, 0, 0,
	  "0000000000000001 000000003b9aca01 0000000000000000 000000003b9ac9ff 00*48",
	  "clock of host 1: -1.000000000 s, -0.001 ppm, right within 0 ns" },
};

#define N (sizeof(events) / sizeof(events[0]))

static size_t sample(size_t i, struct event_sample *s)
{
	size_t len = event_sample(s, events[i].kind, events[i].flags, events[i].hex);

	s->ev.mode = events[i].mode;
	s->ev.hook = events[i].hook;
	return len;
}

static void event_text__every_kind(void **state)
{
	char line[SMCW_LINE_MAX];
	struct event_sample s;
	unsigned int i, k;
	int len;

	(void)state;
	for (i = 0; i < N; i++) {
		len = (int)sample(i, &s);
		assert_int_equal(smcw_event_check(&s, (size_t)len), len);
		len = smcw_event_text(&s.ev, line, sizeof(line));
		assert_int_equal(len, strlen(line));
		if (events[i].line)
			assert_string_equal(line, events[i].line);
	}
	for (k = 0; k < smcw_lists[SMCW_LIST_event_kinds].n; k++) {
		for (i = 0; i < N; i++)
			if (events[i].kind == smcw_lists[SMCW_LIST_event_kinds].values[k].value)
				break;
		if (i == N)
			fail_msg("no sample of %s",
				 smcw_lists[SMCW_LIST_event_kinds].values[k].text);
	}
}

/* Each in memory of its own length, so that the sanitizer sees a read beyond it. */
static void event_text__reads_only_the_event(void **state)
{
	char line[SMCW_LINE_MAX];
	struct event_sample s;
	size_t i, len, body;

	(void)state;
	for (i = 0; i < N; i++) {
		len = sample(i, &s);
		for (body = 0; body <= len - sizeof(s.ev); body++) {
			struct smcw_event *ev = malloc(sizeof(s.ev) + body);

			assert_non_null(ev);
			memcpy(ev, &s, sizeof(s.ev) + body);
			smcw_put16(&ev->length, (__u16)body);
			if (smcw_event_check(ev, sizeof(s.ev) + body) > 0)
				assert_true(smcw_event_text(ev, line, sizeof(line)) > 0);
			free(ev);
		}
	}
}

static void event_text__short_buffers_hold_the_beginning(void **state)
{
	char line[SMCW_LINE_MAX], *small;
	struct event_sample s;
	size_t i, cap;
	int len;

	(void)state;
	for (i = 0; i < N; i++) {
		sample(i, &s);
		len = smcw_event_text(&s.ev, line, sizeof(line));
		for (cap = 1; cap <= (size_t)len + 1; cap++) {
			small = malloc(cap);
			assert_non_null(small);
			assert_int_equal(smcw_event_text(&s.ev, small, cap), cap - 1);
			assert_memory_equal(small, line, cap - 1);
			assert_int_equal(small[cap - 1], 0);
			free(small);
		}
		assert_int_equal(smcw_event_text(&s.ev, NULL, 0), 0);
	}
}

static void event_text__says_what_is_missing(void **state)
{
	char line[SMCW_LINE_MAX];
	struct event_sample s;

	(void)state;
	event_sample(&s, SMCW_EV_SYN, EVENT_OUT, "01 00*7");
	smcw_put64(&s.ev.lost, 3);
	smcw_event_text(&s.ev, line, sizeof(line));
	assert_string_equal(line, "SYN with SMC option sent [3 lost before]");
	event_sample(&s, SMCW_EV_CLC, EVENT_IN, "e2d4c3d9 01 0100 10");
	smcw_put16(&s.ev.original, 256);
	smcw_event_text(&s.ev, line, sizeof(line));
	assert_string_equal(line, "< SMC Proposal [248 bytes cut]");
}

/* Every number of digits, written as printf() writes them. */
static void event_text__cursors_of_every_length(void **state)
{
	static const __u32 counts[] = { 0,	    1,	      9,	10,	   99,
					100,	    999,      1000,	9999,	   10000,
					12345,	    99999,    100000,	999999,	   1000000,
					9999999,    10000000, 99999999, 100000000, 999999999,
					1000000000, ~0u };
	const size_t n = sizeof(counts) / sizeof(counts[0]);
	char line[SMCW_LINE_MAX], wanted[SMCW_LINE_MAX], hex[128];
	struct event_sample s;

	(void)state;
	for (size_t i = 0; i < n * n; i++) {
		__u32 prod = counts[i % n], cons = counts[i / n];

		snprintf(hex, sizeof(hex), "fe 00*7 %04x %08x 00*2 %04x %08x 00*10", prod & 0xffff,
			 prod, cons & 0xffff, cons);
		event_sample(&s, SMCW_EV_CDC, EVENT_OUT | SMCW_EV_BIG, hex);
		s.ev.mode = SMCW_MODE_SMCD;
		smcw_event_text(&s.ev, line, sizeof(line));
		snprintf(wanted, sizeof(wanted), "> SMC-D CDC, prod %u:%u, cons %u:%u",
			 prod & 0xffff, prod, cons & 0xffff, cons);
		assert_string_equal(line, wanted);
	}
}

/* All bits set: the longest numbers, names and lists of flags. */
static void event_text__longest_lines_fit(void **state)
{
	char line[4 * SMCW_LINE_MAX];
	struct event_sample s;
	unsigned int mode;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		sample(i, &s);
		if (events[i].kind == SMCW_EV_FACTS) /* as many as there are; its end may be cut */
			continue;
		memset(s.body, events[i].kind == SMCW_EV_FALLBACK ? 0 : 0xff, 560);
		if (events[i].kind == SMCW_EV_FALLBACK)
			sample_bytes("030f0000 0303000a", s.body);
		if (events[i].kind == SMCW_EV_CDC)
			sample_bytes(events[i].mode == SMCW_MODE_SMCR ? "fe 2c" : "fe", s.body);
		for (mode = 0; mode < 4; mode++) {
			s.ev.mode = (__u8)mode;
			s.ev.flags = 0xff;
			smcw_put32(&s.ev.lgr, ~0u);
			smcw_put32(&s.ev.conn, ~0u);
			smcw_put16(&s.ev.original, 0xffff);
			smcw_put64(&s.ev.lost, ~0ull);
			assert_true(smcw_event_text(&s.ev, line, sizeof(line)) < SMCW_LINE_MAX);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_text__every_kind),
		cmocka_unit_test(event_text__cursors_of_every_length),
		cmocka_unit_test(event_text__reads_only_the_event),
		cmocka_unit_test(event_text__short_buffers_hold_the_beginning),
		cmocka_unit_test(event_text__says_what_is_missing),
		cmocka_unit_test(event_text__longest_lines_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
