// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod/data/close_steps.c: two ends that shut down, close and abort in every order. What RFC
 * 7609 4.8 and TCP's programs expect is asked of it, and where it is net/smc's table the recording
 * of net/smc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "close_steps.h"
#include "smc_event.h"
#include "smc_wire.h"
#include "state.h"

#define OVER (SMCW_CDC_CLOSED | SMCW_CDC_ABORT)

struct end {
	__u8 state, said, heard;
	bool gone;    /* its program has closed */
	bool aborted; /* ... with bytes unread */
};

enum act { SHUTS_DOWN, CLOSES, ABORTS, ACTS };

static bool is_over(const struct end *e)
{
	return e->state == SMCW_STATE_CLOSED;
}

/* As close.c: bits are told, and heard at once. */
static void say(struct end *from, struct end *to, __u8 bits)
{
	__u8 fresh = bits & ~to->heard;

	from->said |= bits;
	if (!fresh)
		return;
	to->heard |= bits;
	to->state = smcx_step_by_peer(to->state, to->heard, to->said);
}

/* Returns whether there was anything to do. */
static bool act(struct end *e, struct end *peer, enum act what)
{
	__u8 bits;

	if (e->gone)
		return false;
	if (what == SHUTS_DOWN) {
		if (e->state != SMCW_STATE_ACTIVE && e->state != SMCW_STATE_APPLCLOSEWAIT1)
			return false;
		e->state = smcp_state_after(e->state, SMCP_SHUTS_DOWN, 0);
		say(e, peer, SMCW_CDC_DONE_WRITING);
		return true;
	}
	e->gone = true;
	e->aborted = what == ABORTS;
	bits = smcx_step_by_close(&e->state, e->heard, what == ABORTS);
	say(e, peer, bits);
	return true;
}

static void must_hold(const struct end *e, const struct end *peer, const char *path)
{
	/* Its program's last news stays: a reset, or nothing of it. */
	if (e->state == SMCW_STATE_PROCESSABORT && (e->gone || !(e->heard & SMCW_CDC_ABORT)))
		fail_msg("%s: PROCESSABORT without an abort, or after close()", path);
	/* A program that has not closed is told of the peer's abort. */
	if (e->heard & SMCW_CDC_ABORT && !e->gone && e->state != SMCW_STATE_PROCESSABORT)
		fail_msg("%s: state %u, though the peer aborted", path, e->state);
	if (e->gone && !(e->said & OVER))
		fail_msg("%s: closed, and the peer was not told", path);
	if (!e->gone && is_over(e) && !(e->heard & OVER))
		fail_msg("%s: CLOSED before anybody closed", path);
	if (e->gone && peer->gone && !is_over(e))
		fail_msg("%s: both have closed, one stays in state %u", path, e->state);
	if (e->aborted && e->said & SMCW_CDC_CLOSED)
		fail_msg("%s: an abort that looks like an end in order", path);
	/* An end that waits for the peer waits for one that is there. */
	if (e->state == SMCW_STATE_PEERABORTWAIT && peer->gone)
		fail_msg("%s: waits for a peer that is gone", path);
}

static unsigned int tried;

/* Every order of what two programs may do; @path has a letter an act. */
static void go_on(struct end a, struct end b, const char *path)
{
	static const char letters[2][ACTS + 1] = { "sca", "SCA" };
	char longer[16];

	must_hold(&a, &b, path);
	must_hold(&b, &a, path);
	tried++;
	for (int who = 0; who < 2; who++)
		for (int what = 0; what < ACTS; what++) {
			struct end x = a, y = b;

			if (!(who ? act(&y, &x, (enum act)what) : act(&x, &y, (enum act)what)))
				continue;
			snprintf(longer, sizeof(longer), "%s%c", path, letters[who][what]);
			go_on(x, y, longer);
		}
}

static void steps__every_order_of_two_programs(void **state)
{
	const struct end connected = { .state = SMCW_STATE_ACTIVE };

	(void)state;
	go_on(connected, connected, "");
	assert_true(tried > 40);
}

/* Whatever bits a peer sends, in whatever order: a state that there is, and an end. */
static void steps__of_a_peer_that_says_anything(void **state)
{
	(void)state;
	for (unsigned int now = 0; now < 256; now++)
		for (unsigned int rx = 0; rx < 256; rx++)
			for (unsigned int abort = 0; abort < 2; abort++) {
				__u8 after = (__u8)now, bits;

				bits = smcx_step_by_close(&after, (__u8)rx, (int)abort);
				if (!bits)
					assert_int_equal(after, now);
				else if (rx & OVER)
					assert_true(after == SMCW_STATE_CLOSED ||
						    now == SMCW_STATE_PEERCLOSEWAIT1 ||
						    now == SMCW_STATE_PEERCLOSEWAIT2 ||
						    now == SMCW_STATE_ACTIVE);
				assert_true(bits == 0 || bits == SMCW_CDC_CLOSED ||
					    bits == SMCW_CDC_ABORT);
				if (bits && abort)
					assert_int_equal(bits, SMCW_CDC_ABORT);
			}
}

/* Nothing that a peer says moves an end whose handshake is not over, or that is CLOSED. */
static void steps__by_peer_before_and_after(void **state)
{
	(void)state;
	for (unsigned int rx = 0; rx < 256; rx++)
		for (unsigned int tx = 0; tx < 256; tx++) {
			assert_int_equal(smcx_step_by_peer(SMCW_STATE_INIT, (__u8)rx, (__u8)tx),
					 SMCW_STATE_INIT);
			assert_int_equal(smcx_step_by_peer(SMCW_STATE_CLOSED, (__u8)rx, (__u8)tx),
					 SMCW_STATE_CLOSED);
		}
}

static __u8 flags_of(const char *text)
{
	return (strchr(text, 'D') ? SMCW_CDC_DONE_WRITING : 0) |
	       (strchr(text, 'C') ? SMCW_CDC_CLOSED : 0) | (strchr(text, 'A') ? SMCW_CDC_ABORT : 0);
}

/* The two differences that close_steps.h names. */
static bool differs(unsigned int before, __u8 sent, __u8 got)
{
	return before == SMCW_STATE_INIT || before == SMCW_STATE_PEERABORTWAIT ||
	       (got & SMCW_CDC_ABORT && !(sent & OVER));
}

static void steps__by_peer_are_net_smcs(void **state)
{
	char line[200], event[8], socket[8], sent[8], got[8], after_sent[8];
	unsigned int before, after, rows = 0;
	FILE *f = fopen(TRANSCRIPT, "r");

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (*line == '#' || sscanf(line, "%7s %u %7s %7s %7s %u %7s", event, &before,
					   socket, sent, got, &after, after_sent) != 7)
			continue;
		/* A program that has said "closed" is gone in smcx, always. */
		if (strcmp(event, "gets") ||
		    (flags_of(sent) & SMCW_CDC_CLOSED && strcmp(socket, "gone")) ||
		    differs(before, flags_of(sent), flags_of(got)))
			continue;
		if (smcx_step_by_peer((__u8)before, flags_of(got), flags_of(sent)) != after)
			fail_msg("%s", line);
		rows++;
	}
	fclose(f);
	assert_true(rows > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps__every_order_of_two_programs),
		cmocka_unit_test(steps__of_a_peer_that_says_anything),
		cmocka_unit_test(steps__by_peer_before_and_after),
		cmocka_unit_test(steps__by_peer_are_net_smcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
