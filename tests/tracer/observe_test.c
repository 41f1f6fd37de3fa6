// SPDX-License-Identifier: GPL-2.0-or-later
/* observe.c and facts.c: what is not observed is named, with its cause, and in one line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "hook/observe.h"
#include "hook/programs.h"
#include "words.h"

#define ALL                                                                                        \
	{                                                                                          \
		.kinds = ~0ull                                                                     \
	}

static struct hook_state hook(unsigned int sees, const char *section, bool present, int error)
{
	struct hook_state h = {
		.sees = sees, .of_stack = true, .present = present, .asked = true, .error = error
	};

	snprintf(h.section, sizeof(h.section), "%s", section);
	return h;
}

static char *line(const struct facts *f)
{
	struct observed o = { 0 };
	char *text;

	for (size_t i = 0; i < f->n; i++)
		facts_put(&o.classes, &f->row[i]);
	text = observed_text(&o);
	observed_free(&o);
	return text;
}

static void is_line(struct facts *f, const char *want)
{
	char *text = line(f);

	assert_string_equal(text, want);
	free(text);
	facts_free(f);
}

static void observe_hooks__all_are_there(void **state)
{
	const struct trace_filter all = ALL;
	struct hook_state hooks[] = {
		hook(SEES_SYN, "tp_btf/inet_sock_set_state", true, 0),
		hook(SEES_CDC, "fentry/smc_cdc_rx_handler", true, 0),
		hook(SEES_BUFFERS, "fexit/smc_ism_register_dmb", true, 0),
		/* Kernels before 6.10 have none: there is nothing to be seen. */
		hook(SEES_BUFFERS, "fexit/smc_ism_attach_dmb", false, ENOENT),
	};
	struct facts f = { 0 };

	(void)state;
	hooks[3].optional = true;
	assert_int_equal(observe_hooks(&f, hooks, 4, &all, NULL), 0);
	is_line(&f,
		"observed: SYN option, buffers, CDC / not observed: nothing that was asked for");
}

static void observe_hooks__module_without_btf(void **state)
{
	const struct trace_filter all = ALL;
	const struct hook_state hooks[] = {
		hook(SEES_SYN, "tp_btf/inet_sock_set_state", true, 0),
		hook(SEES_CLC_SENT, "fentry/kernel_sendmsg", true, 0),
		hook(SEES_CLC_SENT, "fentry/smc_clc_send_proposal", false, ENOENT),
		hook(SEES_FALLBACKS, "fentry/smc_switch_to_fallback", false, ENOENT),
		hook(SEES_CDC, "fentry/smc_cdc_rx_handler", false, ENOENT),
	};
	struct facts f = { 0 };

	(void)state;
	assert_int_equal(observe_hooks(&f, hooks, 5, &all, "smc"), 3);
	is_line(&f, "observed: SYN option / not observed: CLC sent (in part: smc has no BTF: "
		    "/sys/kernel/btf/smc is missing), fallbacks, CDC (smc has no BTF: "
		    "/sys/kernel/btf/smc is missing)");
}

static void observe_hooks__each_cause(void **state)
{
	const struct trace_filter some = { .kinds = ~SMCW_KIND_BIT(SMCW_EV_CDC) };
	struct hook_state hooks[] = {
		hook(SEES_LLC, "fentry/smc_llc_rx_handler", true, EPERM),
		hook(SEES_GROUPS, "fentry/smc_lgr_free", false, ENOENT),
		hook(SEES_CDC, "fentry/smc_cdc_rx_handler", true, ENOENT),
		hook(SEES_NONE, "fentry/smc_of_tomorrow", false, ENOENT),
		hook(SEES_NONE, "fentry/smc_not_asked_for", true, ENOENT),
		hook(SEES_LINKS, "raw_tp/smcx_cdc_msg", false, ENOENT),
	};
	struct facts f = { 0 };

	(void)state;
	hooks[4].asked = false;
	hooks[5].of_stack = false;
	assert_int_equal(observe_hooks(&f, hooks, 6, &some, NULL), 3);
	is_line(&f, "observed: nothing / not observed: link groups (this kernel has no "
		    "smc_lgr_free), LLC (smc_llc_rx_handler: Operation not permitted), "
		    "fentry/smc_of_tomorrow (this kernel has no smc_of_tomorrow), CDC (not asked "
		    "for: --kinds)");
}

/* A hook may be of two classes, and is missing in both. */
static void observe_hooks__of_two_classes(void **state)
{
	const struct trace_filter all = ALL;
	const struct hook_state hooks[] = {
		hook(SEES_CLC_SENT | SEES_CLC_RECEIVED, "raw_tp/smcx_clc_msg", true, EPERM),
		hook(SEES_CLC_RECEIVED, "raw_tp/smcx_clc_failed", true, 0),
	};
	struct facts f = { 0 };

	(void)state;
	assert_int_equal(observe_hooks(&f, hooks, 2, &all, NULL), 2);
	is_line(&f, "observed: nothing / not observed: CLC sent (smcx_clc_msg: Operation not "
		    "permitted), CLC received (in part: smcx_clc_msg: Operation not permitted)");
}

static void module(struct observed *o, __u8 what, __u64 ns)
{
	struct event_sample e;

	word_event(&e, SMCW_EV_MODULE, 0, ns, "'smc' 00*13 00*8");
	((struct smcw_ev_module *)e.body)->what = what;
	assert_int_equal(observed_event(o, &e.ev), 0);
}

static void observed_text__what_happens_later(void **state)
{
	struct observed o = { 0 };
	struct event_sample e;
	char *text;

	(void)state;
	text = observed_text(&o);
	assert_string_equal(text, "observed: not stated in this trace / not observed: not stated "
				  "in this trace");
	free(text);
	assert_int_equal(observed_class(&o, OBSERVE_CDC), -1);
	word_event(&e, SMCW_EV_FACTS, 0, 0,
		   "01 00*7 'CDC' 00*45 00*192 01 00*7 'LLC' 00*45 00*192");
	assert_int_equal(observed_event(&o, &e.ev), 0);
	/* The latest word counts. */
	word_event(&e, SMCW_EV_FACTS, 0, 0, "02 00*7 'LLC' 00*45 'gone' 00*188");
	assert_int_equal(observed_event(&o, &e.ev), 0);
	assert_int_equal(observed_class(&o, OBSERVE_CDC), 1);
	assert_int_equal(observed_class(&o, OBSERVE_LLC), 0);
	word_event(&e, SMCW_EV_STATE, 0, 0, "01 02 00*6");
	e.ev.hook = SMCW_HOOK_STATE;
	smcw_put64(&e.ev.lost, 3);
	observed_event(&o, &e.ev);
	word_event(&e, SMCW_EV_COUNTERS, 0, 0,
		   "01 00*7 00*24 0000000000000002 0000000000000005 00*8");
	observed_event(&o, &e.ev);
	observed_event(&o, &e.ev); /* once more: it is a state and no sum */
	assert_int_equal(observed_lost(&o), 10);
	module(&o, SMCW_MODULE_RELEASED, 0);
	module(&o, SMCW_MODULE_ATTACHED, 2500000000);
	module(&o, SMCW_MODULE_RELEASED, 3000000000);
	text = observed_text(&o);
	assert_string_equal(text, "observed: CDC / not observed: LLC (gone), 7 lost of "
				  "kernel_sendmsg, 3 lost of calls that change a socket's state, "
				  "2.5 s while the module was let go, what came after the module "
				  "was let go");
	free(text);
	observed_free(&o);
}

/* A module that is let go and hooked again, time after time: each time of blindness counts, and
 * none between. */
static void observed_text__module_comes_and_goes(void **state)
{
	struct observed o = { 0 };
	struct event_sample e;
	char *text;

	(void)state;
	word_event(&e, SMCW_EV_FACTS, 0, 0, "01 00*7 'CDC' 00*45 00*192");
	assert_int_equal(observed_event(&o, &e.ev), 0);
	/* Hooked for the first time, and twice: nothing was missed. */
	module(&o, SMCW_MODULE_ATTACHED, 1000000000);
	module(&o, SMCW_MODULE_ATTACHED, 2000000000);
	text = observed_text(&o);
	assert_null(strstr(text, "let go"));
	free(text);
	for (__u64 s = 10; s < 40; s += 10) {
		module(&o, SMCW_MODULE_RELEASED, s * 1000000000);
		/* Released already: it counts from the first time on. */
		module(&o, SMCW_MODULE_RELEASED, (s + 1) * 1000000000);
		module(&o, SMCW_MODULE_ATTACHED, (s + 2) * 1000000000);
		module(&o, SMCW_MODULE_ATTACHED, (s + 3) * 1000000000);
	}
	assert_int_equal(o.blind, 6000000000);
	/* Events of two CPUs may be out of order: no time was missed. */
	module(&o, SMCW_MODULE_RELEASED, 50000000000);
	module(&o, SMCW_MODULE_ATTACHED, 49999999999);
	assert_int_equal(o.blind, 6000000000);
	text = observed_text(&o);
	assert_non_null(strstr(text, "6.0 s while the module was let go"));
	assert_null(strstr(text, "what came after"));
	free(text);
	observed_free(&o);
}

static int n_events;

static void take(void *ctx, struct smcw_event *ev)
{
	struct facts *f = ctx;

	n_events++;
	assert_true(smcw_event_check(ev, sizeof(*ev) + smcw_get16(&ev->length)) > 0);
	assert_int_equal(facts_learn(f, ev), 0);
}

/* The first of a name is found, a later one takes its place if it is put; the search is none. */
static void facts_find__by_name(void **state)
{
	struct facts f = { 0 };
	char name[24], value[SMCW_FACT_VALUE_LEN + 1];

	(void)state;
	assert_null(facts_find(&f, SMCW_FACT_CGROUP, "1"));
	assert_null(facts_find(&f, SMCW_FACT_CGROUP, NULL));
	facts_add(&f, SMCW_FACT_PNET, "NET", "eth a");
	facts_add(&f, SMCW_FACT_PNET, "NET", "eth b");
	assert_string_equal(facts_value(facts_find(&f, SMCW_FACT_PNET, "NET"), value, 99), "eth a");
	alarm(60); /* 100,000 times thousands of rows would take far longer */
	for (int i = 0; i < 100000; i++) {
		struct smcw_ev_fact row = { .topic = i % 2 ? SMCW_FACT_CGROUP : SMCW_FACT_PROCESS };

		snprintf(name, sizeof(name), "%d", i);
		memcpy(row.name, name, strlen(name));
		memcpy(row.value, name, strlen(name));
		assert_int_equal(facts_put(&f, &row), 0);
		assert_true(f.n <= FACTS_MAX);
		assert_string_equal(facts_value(facts_find(&f, row.topic, name), value, 99), name);
		assert_null(facts_find(&f, SMCW_FACT_LISTENER, name));
	}
	alarm(0);
	/* Those that came while tracing have given way, the older ones first; the setup is there.
	 */
	assert_null(facts_find(&f, SMCW_FACT_PROCESS, "0"));
	assert_non_null(facts_find(&f, SMCW_FACT_PROCESS, "98000"));
	assert_string_equal(facts_value(facts_find(&f, SMCW_FACT_PNET, "NET"), value, 99), "eth a");
	assert_int_equal(f.dropped, 0);
	facts_free(&f);
}

static void facts_events__there_and_back(void **state)
{
	struct facts f = { 0 }, back = { 0 };
	char name[16], value[SMCW_FACT_VALUE_LEN + 1];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(facts_add(&f, SMCW_FACT_CGROUP, name, "%0250d", i), 0);
	}
	facts_events(&f, 1, take, &back);
	assert_int_equal(n_events, 4);
	assert_int_equal(back.n, 100);
	/* The end of a text that is too long is kept. */
	facts_value(facts_find(&back, SMCW_FACT_CGROUP, "99"), value, sizeof(value));
	assert_int_equal(strlen(value), SMCW_FACT_VALUE_LEN);
	assert_string_equal(value + SMCW_FACT_VALUE_LEN - 3, "099");
	assert_null(facts_find(&back, SMCW_FACT_CGROUP, "100"));
	facts_free(&f);
	facts_free(&back);
}

/* Anything that was not seen counts, each by itself. */
static void observed_all__each_reason(void **state)
{
	struct observed o = { 0 };

	(void)state;
	assert_true(observed_all(&o));
	for (int topic = 0; topic < 2; topic++) {
		facts_add(&o.classes, topic ? SMCW_FACT_NOT_OBSERVED : SMCW_FACT_OBSERVED,
			  topic ? OBSERVE_CDC : OBSERVE_LLC, "%s", "x");
		assert_int_equal(observed_all(&o), !topic);
	}
	assert_int_equal(observed_class(&o, OBSERVE_LLC), 1);
	assert_int_equal(observed_class(&o, OBSERVE_CDC), 0);
	assert_int_equal(observed_class(&o, OBSERVE_LINKS), -1);
	observed_free(&o);
	o = (struct observed){ .blind = 1 };
	assert_false(observed_all(&o));
	o = (struct observed){ .blind_since = { 1 } };
	assert_false(observed_all(&o));
	for (unsigned int hook = 0; hook < SMCW_HOOKS_MAX; hook++) {
		o = (struct observed){ .blind = 0 };
		o.lost[0][hook] = 2;
		assert_int_equal(observed_lost(&o), 2);
		assert_false(observed_all(&o));
		/* What events have said before the counters come, unless it is the same. */
		o.lost[0][hook] = 0;
		o.announced[0][hook] = 3;
		assert_int_equal(observed_lost(&o), 3);
		o.lost[0][hook] = 3;
		assert_int_equal(observed_lost(&o), 3);
		o.lost[0][hook] = 4;
		assert_int_equal(observed_lost(&o), 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(observed_all__each_reason),
		cmocka_unit_test(observe_hooks__all_are_there),
		cmocka_unit_test(observe_hooks__module_without_btf),
		cmocka_unit_test(observe_hooks__each_cause),
		cmocka_unit_test(observe_hooks__of_two_classes),
		cmocka_unit_test(observed_text__what_happens_later),
		cmocka_unit_test(observed_text__module_comes_and_goes),
		cmocka_unit_test(facts_find__by_name),
		cmocka_unit_test(facts_events__there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
