// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod/data/spin.c: which waits make a reader spin, for how long, and what it may cost at most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "spin.h"

#define MAX 50000

static void waits(struct smcx_spin *spin, __u64 ns, int times)
{
	while (times--)
		smcx_spin_learn(spin, ns, MAX);
}

static void ns__nothing_is_known(void **state)
{
	const struct smcx_spin spin = { 0 };

	(void)state;
	assert_int_equal(smcx_spin_ns(&spin, MAX), 0);
	assert_int_equal(smcx_spin_ns(&spin, 0), 0);
}

/* A limit that is lowered holds at once. */
static void ns__limit_is_lowered(void **state)
{
	struct smcx_spin spin = { 0 };

	(void)state;
	waits(&spin, 40000, 20);
	assert_int_equal(smcx_spin_ns(&spin, MAX), MAX);
	assert_int_equal(smcx_spin_ns(&spin, 7000), 7000);
	assert_int_equal(smcx_spin_ns(&spin, 0), 0);
	smcx_spin_learn(&spin, 1, 0);
	assert_int_equal(smcx_spin_ns(&spin, MAX), 0);
}

static void learn__short_waits(void **state)
{
	struct smcx_spin spin = { 0 };

	(void)state;
	waits(&spin, 3000, SMCX_SPIN_AFTER - 1);
	assert_int_equal(smcx_spin_ns(&spin, MAX), 0);
	waits(&spin, 3000, 1);
	assert_int_equal(smcx_spin_ns(&spin, MAX), SMCX_SPIN_FIRST);
	/* As long as that is enough it stays. */
	waits(&spin, 3000, 1000);
	assert_int_equal(smcx_spin_ns(&spin, MAX), SMCX_SPIN_FIRST);
}

static void learn__waits_beyond_the_first(void **state)
{
	struct smcx_spin spin = { 0 };
	__u32 before = SMCX_SPIN_FIRST;

	(void)state;
	waits(&spin, 30000, SMCX_SPIN_AFTER);
	while (smcx_spin_ns(&spin, MAX) <= 30000) {
		waits(&spin, 30000, 1);
		assert_int_equal(smcx_spin_ns(&spin, MAX), 2 * before);
		before *= 2;
	}
	waits(&spin, 30000, 1000);
	assert_int_equal(smcx_spin_ns(&spin, MAX), before);
}

static void learn__one_long_wait(void **state)
{
	struct smcx_spin spin = { 0 };

	(void)state;
	waits(&spin, 40000, 20);
	waits(&spin, MAX, 1);
	assert_int_equal(smcx_spin_ns(&spin, MAX), 0);
	waits(&spin, 1, SMCX_SPIN_AFTER - 1);
	assert_int_equal(smcx_spin_ns(&spin, MAX), 0);
	/* Not in a row. */
	waits(&spin, UINT64_MAX, 1);
	waits(&spin, 1, SMCX_SPIN_AFTER - 1);
	assert_int_equal(smcx_spin_ns(&spin, MAX), 0);
}

/* The limits that the sysctl allows, and others. */
static void learn__any_limit(void **state)
{
	(void)state;
	for (__u64 max = 1; max <= UINT32_MAX; max = max * 3 + 1) {
		struct smcx_spin spin = { 0 };

		for (int i = 0; i < 100; i++) {
			smcx_spin_learn(&spin, max - 1, (__u32)max);
			assert_true(smcx_spin_ns(&spin, (__u32)max) <= max);
		}
		assert_int_equal(smcx_spin_ns(&spin, (__u32)max), max);
	}
}

/*
 * As rx.c: a wait within the spin is not learnt from. Whatever the waits are, what is spun in vain
 * is at most the waits that came in time, and a spin for every four of the others.
 */
static void learn__cost_of_any_waits(void **state)
{
	(void)state;
	srandom(1);
	for (int run = 0; run < 200; run++) {
		const unsigned int of_short = (unsigned int)random() % 1000;
		struct smcx_spin spin = { 0 };
		__u64 in_vain = 0, bound = 0;

		for (int i = 0; i < 5000; i++) {
			int is_short = (unsigned int)random() % 1000 < of_short;
			__u64 wait = (__u64)random() % MAX + (is_short ? 0 : MAX);
			__u32 ns = smcx_spin_ns(&spin, MAX);

			if (wait < ns)
				continue;
			in_vain += ns;
			/* The reader has waited for that long, at least. */
			bound += wait < MAX ? wait : MAX;
			smcx_spin_learn(&spin, wait, MAX);
		}
		assert_true(in_vain <= bound);
	}
	/* The worst of all: as soon as it spins nothing comes. */
	struct smcx_spin spin = { 0 };
	__u64 in_vain = 0;

	for (int i = 0; i < 5000; i++) {
		__u32 ns = smcx_spin_ns(&spin, MAX);

		in_vain += ns;
		smcx_spin_learn(&spin, ns ? MAX : 0, MAX);
	}
	assert_int_equal(in_vain, 5000 / (SMCX_SPIN_AFTER + 1) * SMCX_SPIN_FIRST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ns__nothing_is_known),
		cmocka_unit_test(ns__limit_is_lowered),
		cmocka_unit_test(learn__short_waits),
		cmocka_unit_test(learn__waits_beyond_the_first),
		cmocka_unit_test(learn__one_long_wait),
		cmocka_unit_test(learn__any_limit),
		cmocka_unit_test(learn__cost_of_any_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
