// SPDX-License-Identifier: GPL-2.0-or-later
/* clocks.c: whatever clocks and delays are, a corrected time is as right as is said of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hosts.h"
#include "merge/clocks.h"

#define SECOND 1000000000ll
#define WORLDS 200
#define TIMES 400 /* that are asked for, of each host */

struct message {
	unsigned int from, to;
	__s64 sent, received;
};

struct scene {
	struct hosts_chance chance;
	unsigned int hosts, n;
	__s64 length;
	struct hosts_clock clock[4];
	__s64 least[4][4]; /* ns that a message takes at least */
	__s64 late[4][4];  /* and takes more in the mean */
	struct message message[4000];
};

/* Between busy and nearly silent, near and far, even and one-sided. */
static void scene_make(struct scene *s, __u64 seed)
{
	*s = (struct scene){ .chance.state = seed };
	s->hosts = 2 + (unsigned int)hosts_below(&s->chance, 3);
	s->length = SECOND * (__s64)(1 + hosts_below(&s->chance, 100));
	s->n = 40 + (unsigned int)hosts_below(&s->chance, 3960);
	for (unsigned int i = 0; i < s->hosts; i++) {
		/* The two together stay within the 1,000 ppm that are allowed. */
		int drift = (int)hosts_below(&s->chance, 501) - 250;

		hosts_clock_init(&s->clock[i], &s->chance,
				 i ? (__s64)hosts_below(&s->chance, 20 * SECOND) - 10 * SECOND : 0,
				 drift, (int)hosts_below(&s->chance, 240));
		for (unsigned int k = 0; k < s->hosts; k++) {
			s->least[i][k] = 1000 + (__s64)hosts_below(&s->chance, 2000000);
			s->late[i][k] = 1 + (__s64)hosts_below(&s->chance, 1000000);
		}
	}
}

static void scene_play(struct scene *s, struct clocks *c)
{
	for (unsigned int i = 0; i < s->n; i++) {
		struct message *m = &s->message[i];
		__s64 at = HOSTS_START + (__s64)hosts_below(&s->chance, (__u64)s->length);

		m->from = (unsigned int)hosts_below(&s->chance, s->hosts);
		m->to = (m->from + 1 + (unsigned int)hosts_below(&s->chance, s->hosts - 1)) %
			s->hosts;
		m->sent = hosts_clock_at(&s->clock[m->from], at);
		at += s->least[m->from][m->to] + hosts_jitter(&s->chance, s->late[m->from][m->to]);
		m->received = hosts_clock_at(&s->clock[m->to], at);
		assert_int_equal(clocks_add(c, m->from, m->sent, m->to, m->received), 0);
	}
}

/* The error is never above what is said of it, at any time, also between and beyond all messages.
 */
static void scene_is_right(struct scene *s, const struct clocks *c)
{
	for (unsigned int i = 0; i < TIMES * s->hosts; i++) {
		unsigned int host = i % s->hosts;
		__s64 at = HOSTS_START + (__s64)hosts_below(&s->chance, (__u64)s->length + SECOND);
		__s64 truth = hosts_clock_at(&s->clock[0], at), common;
		__u64 within;

		common = clocks_common(c, host, hosts_clock_at(&s->clock[host], at), &within);
		if ((__u64)llabs(common - truth) > within)
			fail_msg("host %u: off by %lld ns, which is more than %llu", host,
				 (long long)(common - truth), (unsigned long long)within);
		assert_true(host || !within);
	}
}

static void scene_is_causal(const struct scene *s, const struct clocks *c)
{
	for (unsigned int i = 0; i < s->n; i++) {
		const struct message *m = &s->message[i];

		assert_true(clocks_common(c, m->from, m->sent, NULL) <=
			    clocks_common(c, m->to, m->received, NULL));
		assert_int_equal(clocks_news(c, m->from, m->sent, m->to, m->received), 0);
	}
}

static void clocks_common__is_right_within_what_it_says(void **state)
{
	static struct scene s;
	struct clocks_trouble t;

	(void)state;
	for (__u64 seed = 1; seed <= WORLDS; seed++) {
		struct clocks *c;
		int r;

		scene_make(&s, seed);
		c = clocks_new(s.hosts, CLOCKS_DRIFT_PPM);
		scene_play(&s, c);
		r = clocks_solve(c, &t);
		if (r)
			fail_msg("seed %llu: %d, host %u", (unsigned long long)seed, r, t.host);
		scene_is_right(&s, c);
		scene_is_causal(&s, c);
		clocks_free(c);
	}
}

/* Messages in both directions every millisecond: it has to be about as right as half of what they
 * take. */
static void clocks_common__is_precise_where_messages_are_dense(void **state)
{
	struct clocks *c = clocks_new(2, CLOCKS_DRIFT_PPM);
	struct clocks_trouble t;
	__u64 within;

	(void)state;
	for (__s64 ms = 0; ms < 10000; ms++) {
		__s64 at = HOSTS_START + ms * 1000000;

		clocks_add(c, 0, at, 1, at + 3 * SECOND + 10000 + ms % 7 * 1000);
		clocks_add(c, 1, at + 3 * SECOND, 0, at + 10000 + ms % 5 * 1000);
	}
	assert_int_equal(clocks_solve(c, &t), 0);
	for (__s64 ms = 0; ms < 9999; ms++) {
		__s64 common = clocks_common(c, 1, HOSTS_START + 3 * SECOND + ms * 1000000 + 500000,
					     &within);

		assert_in_range(within, 9000, 16000);
		assert_true(llabs(common - (HOSTS_START + ms * 1000000 + 500000)) <= (__s64)within);
	}
	clocks_free(c);
}

/* A slower limit on drift says more of the time between messages. */
static void clocks_common__drift_is_what_silence_costs(void **state)
{
	static const unsigned int ppm[] = { 0, 10, 100, 1000 };
	__u64 within, before = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(ppm) / sizeof(ppm[0]); i++) {
		struct clocks *c = clocks_new(2, ppm[i]);
		struct clocks_trouble t;

		for (int k = 0; k < 2; k++) {
			__s64 at = HOSTS_START + k * 20 * SECOND;

			clocks_add(c, 0, at, 1, at + 1000);
			clocks_add(c, 1, at, 0, at + 1000);
		}
		assert_int_equal(clocks_solve(c, &t), 0);
		clocks_common(c, 1, HOSTS_START + 10 * SECOND, &within);
		assert_in_range(within, 1000 + 9999 * (__u64)ppm[i], 1002 + 10001 * (__u64)ppm[i]);
		assert_true(within > before);
		before = within;
		clocks_free(c);
	}
}

static void clocks_common__grows(void **state)
{
	static struct scene s;
	struct clocks_trouble t;
	struct clocks *c;

	(void)state;
	scene_make(&s, 4711);
	c = clocks_new(s.hosts, CLOCKS_DRIFT_PPM);
	scene_play(&s, c);
	assert_int_equal(clocks_solve(c, &t), 0);
	for (unsigned int host = 0; host < s.hosts; host++) {
		__s64 last = 0;

		for (int i = 0; i < 10000; i++) {
			__s64 own = HOSTS_START + i * s.length / 10000;
			__s64 common = clocks_common(c, host, own, NULL);

			assert_true(common > last);
			last = common;
		}
	}
	clocks_free(c);
}

/* Only the middle host has seen messages of both others. */
static void clocks_solve__a_chain_of_hosts(void **state)
{
	struct clocks *c = clocks_new(3, CLOCKS_DRIFT_PPM);
	struct clocks_trouble t;
	__u64 within;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		clocks_add(c, i, HOSTS_START + i * SECOND, i + 1,
			   HOSTS_START + (i + 1) * SECOND + 500);
		clocks_add(c, i + 1, HOSTS_START + (i + 1) * SECOND, i,
			   HOSTS_START + i * SECOND + 500);
	}
	assert_int_equal(clocks_solve(c, &t), 0);
	assert_true(llabs(clocks_common(c, 2, HOSTS_START + 2 * SECOND, &within) - HOSTS_START) <=
		    1000);
	assert_in_range(within, 999, 1005);
	clocks_free(c);
}

static void clocks_solve__names_the_host_that_is_not_joined(void **state)
{
	struct clocks *c = clocks_new(3, CLOCKS_DRIFT_PPM);
	struct clocks_trouble t = { 0 };

	(void)state;
	assert_int_equal(clocks_solve(c, &t), -ENODATA);
	clocks_add(c, 0, HOSTS_START, 1, HOSTS_START);
	assert_int_equal(clocks_solve(c, &t), -EDOM);
	assert_int_equal(t.host, 1);
	assert_int_equal(t.to, 1);
	assert_int_equal(t.from, 0);
	clocks_add(c, 1, HOSTS_START, 0, HOSTS_START + 1);
	assert_int_equal(clocks_solve(c, &t), -ENODATA);
	assert_int_equal(t.host, 2);
	clocks_add(c, 2, HOSTS_START, 1, HOSTS_START + 5);
	clocks_add(c, 2, HOSTS_START, 0, HOSTS_START + 5);
	assert_int_equal(clocks_solve(c, &t), -EDOM);
	assert_int_equal(t.host, 2);
	assert_int_equal(t.to, 0);
	assert_int_equal(t.from, 2);
	clocks_free(c);
}

/* Hosts that know each other, but nobody else. */
static void clocks_solve__two_islands(void **state)
{
	struct clocks *c = clocks_new(4, CLOCKS_DRIFT_PPM);
	struct clocks_trouble t = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 4; i += 2) {
		clocks_add(c, i, HOSTS_START, i + 1, HOSTS_START + 1);
		clocks_add(c, i + 1, HOSTS_START, i, HOSTS_START + 1);
	}
	assert_int_equal(clocks_solve(c, &t), -ENODATA);
	assert_true(t.host >= 2);
	clocks_free(c);
}

/* Set in between, by less and by more than drift and delays explain. */
static void clocks_solve__a_clock_that_was_set(void **state)
{
	static const __s64 steps[] = { 0, 1000, 1000000, SECOND, -1000000, -SECOND };

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct clocks *c = clocks_new(2, CLOCKS_DRIFT_PPM);
		struct clocks_trouble t = { 0 };

		for (int ms = 0; ms < 100; ms++) {
			__s64 at = HOSTS_START + ms * 1000000, step = ms < 50 ? 0 : steps[i];

			clocks_add(c, 0, at, 1, at + step + 10000);
			clocks_add(c, 1, at + step, 0, at + 10000);
		}
		if (llabs(steps[i]) <= 1000) {
			assert_int_equal(clocks_solve(c, &t), 0);
		} else {
			assert_int_equal(clocks_solve(c, &t), -ESTALE);
			assert_int_equal(t.host, 1);
			assert_in_range(t.time - HOSTS_START + 2 * SECOND, SECOND, 4 * SECOND);
		}
		clocks_free(c);
	}
}

/* Until it is solved again a message changes nothing. */
static void clocks_add__waits_for_the_solution(void **state)
{
	static struct scene s;
	struct clocks_trouble t;
	struct clocks *c;
	__u64 within, before_within;

	(void)state;
	scene_make(&s, 99);
	c = clocks_new(s.hosts, CLOCKS_DRIFT_PPM);
	scene_play(&s, c);
	assert_int_equal(clocks_solve(c, &t), 0);
	for (int i = 0; i < 100; i++) {
		__s64 own = HOSTS_START + i * s.length / 100,
		      before = clocks_common(c, 1, own, &before_within);

		for (int k = 0; k < 20; k++) {
			const struct message *m = &s.message[hosts_below(&s.chance, s.n)];

			assert_int_equal(clocks_add(c, m->from, m->sent, m->to, m->received), 0);
		}
		assert_int_equal(clocks_common(c, 1, own, &within), before);
		assert_int_equal(within, before_within);
	}
	assert_int_equal(clocks_solve(c, &t), 0);
	scene_is_causal(&s, c);
	clocks_free(c);
}

static void clocks_add__takes_times_and_so_many(void **state)
{
	struct clocks *c = clocks_new(2, CLOCKS_DRIFT_PPM);
	struct clocks_trouble t;
	int r = 0;

	(void)state;
	assert_int_equal(clocks_add(c, 0, CLOCKS_TIME_MAX, 1, 0), -ERANGE);
	assert_int_equal(clocks_add(c, 0, 0, 1, -CLOCKS_TIME_MAX), -ERANGE);
	/* The farthest that are times: nothing overflows. */
	assert_int_equal(clocks_add(c, 0, CLOCKS_TIME_MAX - 1, 1, 1 - CLOCKS_TIME_MAX), 0);
	assert_int_equal(clocks_add(c, 1, 1 - CLOCKS_TIME_MAX, 0, CLOCKS_TIME_MAX - 1), 0);
	assert_int_equal(clocks_solve(c, &t), 0);
	clocks_common(c, 1, 1 - CLOCKS_TIME_MAX, NULL);
	for (int i = 0; i < 1100000 && !r; i++)
		r = clocks_add(c, 0, HOSTS_START, 1, HOSTS_START);
	assert_int_equal(r, -E2BIG);
	clocks_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_common__is_right_within_what_it_says),
		cmocka_unit_test(clocks_common__is_precise_where_messages_are_dense),
		cmocka_unit_test(clocks_common__drift_is_what_silence_costs),
		cmocka_unit_test(clocks_common__grows),
		cmocka_unit_test(clocks_solve__a_chain_of_hosts),
		cmocka_unit_test(clocks_solve__names_the_host_that_is_not_joined),
		cmocka_unit_test(clocks_solve__two_islands),
		cmocka_unit_test(clocks_solve__a_clock_that_was_set),
		cmocka_unit_test(clocks_add__waits_for_the_solution),
		cmocka_unit_test(clocks_add__takes_times_and_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
