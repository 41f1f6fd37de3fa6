// SPDX-License-Identifier: GPL-2.0-or-later
/* filter.c: which events pass, and that events of no socket pass with their connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/filter.h"
#include "words.h"

#define BUF(token) token " 00010000 00000000"

static char passed[4096];

static int take(void *ctx, struct smcw_event *ev)
{
	(void)ctx;
	snprintf(passed + strlen(passed), sizeof(passed) - strlen(passed), "%u ",
		 (unsigned int)(smcw_get64(&ev->time) - NOON * SECOND));
	return 0;
}

static void feed_by(struct filter *f, __u8 kind, __u64 n, __u32 lgr, __u16 port, const char *hex,
		    __u8 hook)
{
	struct event_sample e;
	bool socket = port;

	word_event(&e, kind, kind == SMCW_EV_LLC ? EVENT_IN : 0, n, hex);
	smcw_put32(&e.ev.lgr, lgr);
	smcw_put16(&e.ev.local_port, port);
	if (!socket) {
		e.ev.sock = 0;
		e.ev.conn = 0;
		e.ev.peer_port = 0;
		e.ev.pid = 0;
		memset(e.ev.local, 0, 16);
		memset(e.ev.peer, 0, 16);
	}
	e.ev.hook = hook;
	assert_int_equal(filter_event(f, &e.ev, take, NULL), 0);
}

static void feed(struct filter *f, __u8 kind, __u64 n, __u32 lgr, __u16 port, const char *hex)
{
	feed_by(f, kind, n, lgr, port, hex, SMCW_HOOK_STATE);
}

static void ends(struct filter *f, const char *want)
{
	assert_string_equal(passed, want);
	*passed = '\0';
	filter_free(f);
}

#define RULE(...)                                                                                  \
	{                                                                                          \
		.kinds = ~0ull, __VA_ARGS__                                                        \
	}

static void filter_event__link_groups(void **state)
{
	const struct trace_filter rule = RULE(.port = 80, .on_socket = 1);
	struct filter f;

	(void)state;
	filter_init(&f, &rule, 0);
	feed(&f, SMCW_EV_LGR_UP, 1, 7, 0, "00*88");
	feed(&f, SMCW_EV_LGR_UP, 2, 8, 0, "00*88");
	feed(&f, SMCW_EV_BUF_REGISTER, 3, 7, 0, BUF("00000000000000aa"));
	feed(&f, SMCW_EV_BUF_REGISTER, 4, 8, 0, BUF("00000000000000bb"));
	feed(&f, SMCW_EV_CONN_NEW, 5, 8, 81, "00*56"); /* another port's */
	feed(&f, SMCW_EV_CONN_NEW, 6, 7, 80, "00*56");
	feed(&f, SMCW_EV_LLC, 7, 7, 0, "07 2c 00*42");
	feed(&f, SMCW_EV_LLC, 8, 8, 0, "07 2c 00*42");
	feed(&f, SMCW_EV_BUF_UNREGISTER, 9, 0, 0, BUF("00000000000000aa"));
	feed(&f, SMCW_EV_BUF_UNREGISTER, 10, 0, 0, BUF("00000000000000bb"));
	feed(&f, SMCW_EV_LINK_UP, 11, 7, 0, "00*40");
	feed(&f, SMCW_EV_LGR_DOWN, 12, 8, 0, "00*88");
	feed(&f, SMCW_EV_MODULE, 13, 0, 0, "'smc' 00*13 01 00*7");
	feed(&f, SMCW_EV_LGR_DOWN, 14, 7, 0, "00*88");
	ends(&f, "1 3 6 7 9 11 13 14 ");
}

static void filter_event__without_one_all_pass(void **state)
{
	const struct trace_filter rule = RULE(.port = 0);
	struct filter f;

	(void)state;
	filter_init(&f, &rule, 0);
	feed(&f, SMCW_EV_LGR_UP, 1, 7, 0, "00*88");
	feed(&f, SMCW_EV_STATE, 2, 0, 80, "01 02 00*6");
	ends(&f, "1 2 ");
}

/* The events that told of its connection and link group are lost; what no hook has seen is judged
 * here. */
static void filter_event__judged_in_the_kernel(void **state)
{
	const struct trace_filter rule = RULE(.port = 80, .on_socket = 1);
	struct filter f;

	(void)state;
	filter_init(&f, &rule, 0);
	f.by_kernel = true;
	feed(&f, SMCW_EV_CDC, 1, 0, 0, "fe 2c 00*42");
	feed(&f, SMCW_EV_LLC, 2, 7, 0, "07 2c 00*42");
	feed(&f, SMCW_EV_BUF_UNREGISTER, 3, 0, 0, BUF("00000000000000aa"));
	feed_by(&f, SMCW_EV_CONN_READY, 4, 7, 81, "00*56", SMCW_HOOK_NONE);
	feed_by(&f, SMCW_EV_CONN_READY, 5, 7, 80, "00*56", SMCW_HOOK_NONE);
	ends(&f, "1 2 3 5 ");
}

static void filter_event__kinds(void **state)
{
	const struct trace_filter rule = { .kinds = SMCW_KIND_BIT(SMCW_EV_STATE) };
	struct filter f;

	(void)state;
	filter_init(&f, &rule, 0);
	feed(&f, SMCW_EV_STATE, 1, 0, 80, "01 02 00*6");
	feed(&f, SMCW_EV_FALLBACK, 2, 0, 80, "00*8");
	feed(&f, SMCW_EV_COUNTERS, 3, 0, 0, "01 00*55"); /* always: what was lost */
	feed(&f, SMCW_EV_FACTS, 4, 0, 0, "01 00*247");
	ends(&f, "1 3 4 ");
}

/* Delays are a sum over all that the kernel was asked for. */
static void filter_event__delays(void **state)
{
	const struct trace_filter all = RULE(.port = 0), port = RULE(.port = 80, .on_socket = 1);
	const struct trace_filter clc = { .kinds = SMCW_KIND_BIT(SMCW_EV_CLC) };
	struct filter f;

	(void)state;
	filter_init(&f, &all, 0);
	feed(&f, SMCW_EV_DELAYS, 1, 0, 0, "01 00*47");
	ends(&f, "1 ");
	filter_init(&f, &port, 0);
	feed(&f, SMCW_EV_DELAYS, 1, 0, 0, "01 00*47");
	f.by_kernel = true;
	feed(&f, SMCW_EV_DELAYS, 2, 0, 0, "01 00*47");
	ends(&f, "2 ");
	filter_init(&f, &all, 10);
	f.by_kernel = true;
	feed(&f, SMCW_EV_DELAYS, 1, 0, 0, "01 00*47");
	ends(&f, "");
	filter_init(&f, &clc, 0);
	feed(&f, SMCW_EV_DELAYS, 1, 0, 0, "01 00*47");
	ends(&f, "");
}

static void learn(struct filter *f, const char *id, const char *path)
{
	struct event_sample e;
	struct smcw_ev_fact *fact = (void *)e.body;

	word_event(&e, SMCW_EV_FACTS, 0, 0, "0d 00*247");
	memcpy(fact->name, id, strlen(id));
	memcpy(fact->value, path, strlen(path));
	assert_int_equal(filter_event(f, &e.ev, take, NULL), 0);
	*passed = '\0';
}

static void of_cgroup(struct filter *f, __u64 n, __u64 cgroup)
{
	struct event_sample e;

	word_event(&e, SMCW_EV_STATE, 0, n, "01 02 00*6");
	smcw_put64(&e.ev.cgroup, cgroup);
	assert_int_equal(filter_event(f, &e.ev, take, NULL), 0);
}

static void filter_event__cgroups_below(void **state)
{
	const struct trace_filter rule = RULE(.port = 0);
	struct filter f;

	(void)state;
	filter_init(&f, &rule, 10);
	of_cgroup(&f, 1, 10); /* itself, also while no path is known */
	of_cgroup(&f, 2, 11);
	learn(&f, "10", "/pod");
	learn(&f, "11", "/pod/container");
	learn(&f, "12", "/podium");
	learn(&f, "13", "/");
	of_cgroup(&f, 3, 11);
	of_cgroup(&f, 4, 12);
	of_cgroup(&f, 5, 13);
	of_cgroup(&f, 6, 0);
	of_cgroup(&f, 7, 10);
	ends(&f, "3 7 ");
	filter_init(&f, &rule, 13);
	learn(&f, "13", "/");
	learn(&f, "12", "/podium");
	of_cgroup(&f, 8, 12);
	ends(&f, "8 ");
}

static void filter_correct__what_was_dropped_is_filtered(void **state)
{
	const struct trace_filter rule = RULE(.port = 80, .on_socket = 1);
	struct smcw_ev_counter *c;
	struct event_sample e;
	struct filter f;

	(void)state;
	filter_init(&f, &rule, 0);
	for (unsigned int i = 0; i < 3; i++)
		feed(&f, SMCW_EV_STATE, i, 0, 81, "01 02 00*6");
	word_event(&e, SMCW_EV_COUNTERS, 0, 0,
		   "19 00*7 000000000000000a 0000000000000001 0000000000000009 00*24");
	filter_correct(&f, &e.ev);
	c = (void *)e.body;
	assert_int_equal(smcw_get64(&c->filtered), 4);
	assert_int_equal(smcw_get64(&c->sent), 6);
	ends(&f, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_event__link_groups),
		cmocka_unit_test(filter_event__without_one_all_pass),
		cmocka_unit_test(filter_event__judged_in_the_kernel),
		cmocka_unit_test(filter_event__kinds),
		cmocka_unit_test(filter_event__delays),
		cmocka_unit_test(filter_event__cgroups_below),
		cmocka_unit_test(filter_correct__what_was_dropped_is_filtered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
