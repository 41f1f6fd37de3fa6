// SPDX-License-Identifier: GPL-2.0-or-later
/* proto/state.c against recorded actions of net/smc: net-smc.transcript, by tests/proto/record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smc_event.h"
#include "smc_wire.h"
#include "state.h"

#define ROWS_MAX 400
#define OVER (SMCW_CDC_CLOSED | SMCW_CDC_ABORT)

struct row {
	char event[8], socket[8];
	unsigned int before, after;
	__u8 sent, got, sent_after;
};

static struct row rows[ROWS_MAX];
static size_t n_rows;

static __u8 flags_of(const char *text)
{
	return (strchr(text, 'D') ? SMCW_CDC_DONE_WRITING : 0) |
	       (strchr(text, 'C') ? SMCW_CDC_CLOSED : 0) | (strchr(text, 'A') ? SMCW_CDC_ABORT : 0);
}

static int read_rows(void **state)
{
	FILE *f = fopen("net-smc.transcript", "r");
	char line[200], sent[8], got[8], sent_after[8];

	(void)state;
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		struct row *r = &rows[n_rows];

		if (*line == '#')
			continue;
		if (n_rows == ROWS_MAX ||
		    sscanf(line, "%7s %u %7s %7s %7s %u %7s", r->event, &r->before, r->socket, sent,
			   got, &r->after, sent_after) != 7)
			return -1;
		r->sent = flags_of(sent);
		r->got = flags_of(got);
		r->sent_after = flags_of(sent_after);
		n_rows++;
	}
	fclose(f);
	return n_rows ? 0 : -1;
}

static int is_gone(const struct row *r)
{
	return !strcmp(r->socket, "gone");
}

static enum smcp_event event_of(const struct row *r)
{
	if (!strcmp(r->event, "shuts"))
		return SMCP_SHUTS_DOWN;
	if (!strcmp(r->event, "closes"))
		return SMCP_CLOSES;
	return r->got & SMCW_CDC_ABORT	? SMCP_GETS_ABORT :
	       r->got & SMCW_CDC_CLOSED ? SMCP_GETS_CLOSED :
					  SMCP_GETS_DONE;
}

static int over_of(const struct row *r)
{
	return event_of(r) < SMCP_GETS_DONE ? r->got & OVER : is_gone(r) && r->sent & OVER;
}

static void state_after__is_net_smc(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_rows; i++) {
		const struct row *r = &rows[i];
		unsigned int after = smcp_state_after((__u8)r->before, event_of(r), over_of(r));

		if (after != r->after)
			fail_msg("%s in state %u, sent %02x, got %02x: %u, net/smc %u", r->event,
				 r->before, r->sent, r->got, after, r->after);
	}
}

/*
 * States that no program brings about: a message of the peer before the handshake has ended,
 * an abort after a close; and PEERABORTWAIT, where only the end of a link group leads to, for
 * a moment.
 */
static int is_unseen(unsigned int from, enum smcp_event event)
{
	return from == SMCW_STATE_PEERABORTWAIT ||
	       (from == SMCW_STATE_INIT && event != SMCP_SHUTS_DOWN) ||
	       (from == SMCW_STATE_APPLFINCLOSEWAIT && event == SMCP_GETS_ABORT);
}

static void state_after__every_row_was_seen(void **state)
{
	unsigned int from, event, over;
	size_t i;

	(void)state;
	for (from = 1; from <= SMCW_STATE_PROCESSABORT; from++)
		for (event = 0; event < SMCP_EVENTS; event++)
			for (over = 0; over <= 1; over++) {
				if (smcp_state_after((__u8)from, event, over) == from ||
				    is_unseen(from, event))
					continue;
				for (i = 0; i < n_rows; i++)
					if (rows[i].before == from && event_of(&rows[i]) == event &&
					    (!over_of(&rows[i]) == !over ||
					     smcp_state_after((__u8)from, event, 0) ==
						     smcp_state_after((__u8)from, event, 1)))
						break;
				if (i == n_rows)
					fail_msg("state %u, event %u, over %u is in no transcript",
						 from, event, over);
			}
}

/* A close of net/smc says "abort" where bytes are unread, and goes to the same state. */
static void state_after_sending__is_net_smc(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_rows; i++) {
		const struct row *r = &rows[i];
		__u8 fresh = r->sent_after & ~r->sent;

		if (event_of(r) >= SMCP_GETS_DONE || !fresh)
			continue;
		assert_int_equal(smcp_state_after_sending((__u8)r->before, r->sent_after, r->got),
				 r->after);
	}
}

/* A program that has sent a close is taken to be gone: no message shows a shutdown(SHUT_RDWR). */
static void state_after_getting__is_net_smc(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_rows; i++) {
		const struct row *r = &rows[i];

		if (event_of(r) < SMCP_GETS_DONE || (r->sent & SMCW_CDC_CLOSED && !is_gone(r)))
			continue;
		assert_int_equal(smcp_state_after_getting((__u8)r->before, r->got, r->sent),
				 r->after);
	}
}

static void state_after_sending__nothing(void **state)
{
	unsigned int from;

	(void)state;
	for (from = 0; from <= SMCW_STATE_PROCESSABORT; from++) {
		assert_int_equal(smcp_state_after_sending((__u8)from, 0, SMCW_CDC_CLOSED), from);
		assert_int_equal(smcp_state_after_getting((__u8)from, 0, SMCW_CDC_CLOSED), from);
	}
}

/* A message repeats the flags of those before it: that is no second event. */
static void state_after__flags_repeat(void **state)
{
	static const __u8 flags[] = { SMCW_CDC_DONE_WRITING, SMCW_CDC_CLOSED };
	unsigned int from;
	size_t i;

	(void)state;
	for (from = SMCW_STATE_ACTIVE; from <= SMCW_STATE_PROCESSABORT; from++)
		for (i = 0; i < sizeof(flags); i++) {
			__u8 once = smcp_state_after_getting((__u8)from, flags[i], 0);

			assert_int_equal(smcp_state_after_getting(once, flags[i], 0), once);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_after__is_net_smc),
		cmocka_unit_test(state_after__every_row_was_seen),
		cmocka_unit_test(state_after_sending__is_net_smc),
		cmocka_unit_test(state_after_getting__is_net_smc),
		cmocka_unit_test(state_after_sending__nothing),
		cmocka_unit_test(state_after__flags_repeat),
	};

	return cmocka_run_group_tests(tests, read_rows, NULL);
}
