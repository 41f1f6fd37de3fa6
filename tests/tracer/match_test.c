// SPDX-License-Identifier: GPL-2.0-or-later
/* match.c: which halves get the same id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "events.h"
#include "record/match.h"

enum { IN = SMCW_DIR_IN, OUT = SMCW_DIR_OUT };

static int set_up(void **state)
{
	*state = match_new();
	return !*state;
}

static int tear_down(void **state)
{
	match_free(*state);
	return 0;
}

static __u64 id_of(struct match *m, union event *e)
{
	match_event(m, &e->ev);
	return smcw_get64(&e->ev.id);
}

/* The id that a message of one number gets. */
static __u64 see(struct match *m, unsigned int kind, unsigned int dir, __u32 message, __u64 channel)
{
	union event e;

	event_message(kind, dir, &message, sizeof(message), &e);
	smcw_put64(&e.ev.channel, channel);
	return id_of(m, &e);
}

static void match_event__sent_and_received_have_one_id(void **state)
{
	static const __u8 kinds[] = { SMCW_EV_CLC, SMCW_EV_LLC, SMCW_EV_CDC };
	__u64 id = 0;
	size_t i;

	for (i = 0; i < sizeof(kinds); i++) {
		assert_int_equal(see(*state, kinds[i], OUT, 1, 7), ++id);
		assert_int_equal(see(*state, kinds[i], IN, 1, 7), id);
	}
}

static void match_event__received_may_come_first(void **state)
{
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_CDC, OUT, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_CLC, IN, 1, 0), 2);
	assert_int_equal(see(*state, SMCW_EV_CLC, OUT, 1, 0), 2);
}

static void match_event__a_third_is_a_new_message(void **state)
{
	assert_int_equal(see(*state, SMCW_EV_LLC, OUT, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 1, 7), 2);
	assert_int_equal(see(*state, SMCW_EV_LLC, OUT, 1, 7), 2);
}

static void match_event__equal_messages_keep_their_order(void **state)
{
	assert_int_equal(see(*state, SMCW_EV_LLC, OUT, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_LLC, OUT, 1, 7), 2);
	assert_int_equal(see(*state, SMCW_EV_LLC, OUT, 2, 7), 3);
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 2, 7), 3);
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 1, 7), 2);
}

static void match_event__bytes_kind_and_channel_count(void **state)
{
	assert_int_equal(see(*state, SMCW_EV_CDC, OUT, 1, 7), 1);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 2, 7), 2);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 1, 8), 3);
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 1, 7), 4);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 1, 7), 1);
}

/* A Proposal's answer may have the same bytes, but not the same way. */
static void match_event__clc_goes_from_sender_to_receiver(void **state)
{
	union event out, in, answer;
	__u32 msg = 1;

	event_message(SMCW_EV_CLC, OUT, &msg, sizeof(msg), &out);
	event_message(SMCW_EV_CLC, IN, &msg, sizeof(msg), &in);
	answer = in; /* the other end's view, but sending */
	answer.ev.flags = SMCW_EV_FLAGS_OF(OUT);
	assert_int_equal(id_of(*state, &out), 1);
	assert_int_equal(id_of(*state, &answer), 2);
	in.ev.peer_port ^= 0xffff;
	assert_int_equal(id_of(*state, &in), 3);
	in.ev.peer_port ^= 0xffff;
	assert_int_equal(id_of(*state, &in), 1);
}

static void match_event__an_unknown_way_matches_nothing(void **state)
{
	union event e;
	__u32 msg = 1;

	assert_int_equal(see(*state, SMCW_EV_CDC, OUT, 1, 0), 1);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 1, 0), 2);
	event_message(SMCW_EV_CLC, OUT, &msg, sizeof(msg), &e);
	e.ev.peer_port = 0;
	assert_int_equal(id_of(*state, &e), 3);
	event_message(SMCW_EV_CDC, SMCW_DIR_NONE, &msg, sizeof(msg), &e);
	assert_int_equal(id_of(*state, &e), 4);
}

static void match_event__only_messages_have_ids(void **state)
{
	union event e;
	size_t i;

	for (i = samples_n; i < events_n(); i++) {
		event_make(i, &e);
		assert_int_equal(id_of(*state, &e), 0);
	}
	assert_int_equal(see(*state, SMCW_EV_CDC, OUT, 1, 7), 1);
}

static void match_event__the_oldest_gives_up(void **state)
{
	__u32 i;

	for (i = 0; i <= MATCH_WAITING; i++)
		assert_int_equal(see(*state, SMCW_EV_CDC, OUT, i, 7), i + 1);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, MATCH_WAITING, 7), MATCH_WAITING + 1);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 1, 7), 2);
	assert_int_equal(see(*state, SMCW_EV_CDC, IN, 0, 7), MATCH_WAITING + 2);
}

/* A matched message makes room, so one that waits long is still there after it. */
static void match_event__matched_ones_take_no_room(void **state)
{
	__u32 i;

	assert_int_equal(see(*state, SMCW_EV_LLC, OUT, 0, 7), 1);
	for (i = 1; i <= 3 * MATCH_WAITING; i++) {
		assert_int_equal(see(*state, SMCW_EV_CDC, OUT, i, 7), i + 1);
		assert_int_equal(see(*state, SMCW_EV_CDC, IN, i, 7), i + 1);
	}
	assert_int_equal(see(*state, SMCW_EV_LLC, IN, 0, 7), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Each kind has a sample, which is of its hook's kind and direction. */
static void event_hooks__are_those_of_the_samples(void **state)
{
	__u64 seen = 0;
	union event e;

	(void)state;
	for (size_t i = 0; i < events_n(); i++) {
		const struct smcw_event_hook *hook;

		event_make(i, &e);
		seen |= SMCW_KIND_BIT(e.ev.kind);
		hook = &smcw_event_hooks[e.ev.hook];
		if (e.ev.hook == SMCW_HOOK_NONE)
			continue;
		assert_int_equal(hook->kind, e.ev.kind);
		assert_int_equal(hook->dir, SMCW_EV_DIR_OF(&e.ev));
	}
	assert_true(seen == smcw_kinds_of(0xff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(match_event__sent_and_received_have_one_id),
		TEST(match_event__received_may_come_first),
		TEST(match_event__a_third_is_a_new_message),
		TEST(match_event__equal_messages_keep_their_order),
		TEST(match_event__bytes_kind_and_channel_count),
		TEST(match_event__clc_goes_from_sender_to_receiver),
		TEST(match_event__an_unknown_way_matches_nothing),
		TEST(match_event__only_messages_have_ids),
		TEST(match_event__the_oldest_gives_up),
		TEST(match_event__matched_ones_take_no_room),
		cmocka_unit_test(event_hooks__are_those_of_the_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
