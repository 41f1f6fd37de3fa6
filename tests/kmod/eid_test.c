// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod/handshake/eid.c, the table of user-defined EIDs: which are EIDs, and what a list that only
 * grows and shrinks would say. */
#include <setjmp.h>
#include <stdarg.h>

#include "eid.h"
#include "shim.h"

#include <cmocka.h>
#include <regex.h>

static void pad(u8 *eid, const char *text)
{
	size_t len = strlen(text);

	memset(eid, ' ', SMCW_EID_LEN);
	memcpy(eid, text, min(len, (size_t)SMCW_EID_LEN));
}

static int add(const char *text)
{
	u8 eid[SMCW_EID_LEN];

	pad(eid, text);
	return smcx_eid_add(eid);
}

static int empty(void **state)
{
	(void)state;
	smcx_eid_flush();
	return 0;
}

/* The rule as smcd-ueid(8) has it, by a program that is not ours. */
static bool is_eid(const regex_t *rule, const u8 *eid)
{
	char text[SMCW_EID_LEN + 1];

	memcpy(text, eid, SMCW_EID_LEN);
	text[SMCW_EID_LEN] = '\0';
	return strlen(text) == SMCW_EID_LEN && !regexec(rule, text, 0, NULL, 0);
}

static void eid_add__takes_what_the_rule_allows(void **state)
{
	static const char alphabet[] = "AZ09.- az_\xc3\x7f\x01";
	u8 eid[SMCW_EID_LEN];
	unsigned int good = 0;
	regex_t rule;

	(void)state;
	assert_int_equal(regcomp(&rule, "^[A-Z0-9][A-Z0-9.-]* *$", REG_EXTENDED | REG_NOSUB), 0);
	for (unsigned int i = 0; i < 200000; i++) {
		int len = 1 + rand() % SMCW_EID_LEN, wrong = rand() % 3;

		memset(eid, ' ', sizeof(eid));
		/* Most of them nearly right. */
		for (int j = 0; j < len; j++)
			eid[j] = (u8)alphabet[(size_t)rand() % (wrong ? 6 : sizeof(alphabet))];
		if (wrong == 1)
			eid[rand() % SMCW_EID_LEN] = (u8)rand();
		good += is_eid(&rule, eid);
		assert_int_equal(smcx_eid_add(eid), is_eid(&rule, eid) ? 0 : -EINVAL);
		smcx_eid_flush();
	}
	assert_true(good > 1000);
	regfree(&rule);
}

static void eid_table__is_a_list(void **state)
{
	static const char *const names[] = { "A", "B", "C", "D", "E", "F" };
	const char *model[SMCX_MAX_UEID] = { 0 };
	unsigned int n = 0;

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		const char *name = names[(size_t)rand() % ARRAY_SIZE(names)];
		struct smcw_eid list[SMCX_MAX_UEID];
		unsigned int at = 0;
		u8 eid[SMCW_EID_LEN];

		pad(eid, name);
		while (at < n && model[at] != name)
			at++;
		if (rand() % 2) {
			int wanted = n == SMCX_MAX_UEID ? -ERANGE : at < n ? -EEXIST : 0;

			assert_int_equal(smcx_eid_add(eid), wanted);
			if (!wanted)
				model[n++] = name;
		} else {
			assert_int_equal(smcx_eid_remove(eid) < 0, at == n);
			if (at < n) {
				n--;
				memmove(&model[at], &model[at + 1], (n - at) * sizeof(model[0]));
			}
		}
		assert_int_equal(smcx_eid_list(list), n);
		for (unsigned int j = 0; j < n; j++)
			assert_int_equal(list[j].eid[0], model[j][0]);
	}
}

static void eid_match__is_the_peers_first(void **state)
{
	struct smcw_eid peers[3];

	(void)state;
	pad(peers[0].eid, "X");
	pad(peers[1].eid, "B");
	pad(peers[2].eid, "A");
	assert_int_equal(smcx_eid_match(peers, 3), -ENOENT);
	assert_int_equal(add("A"), 0);
	assert_int_equal(smcx_eid_match(peers, 3), 2);
	assert_int_equal(add("B"), 0);
	assert_int_equal(smcx_eid_match(peers, 3), 1);
	assert_int_equal(smcx_eid_match(peers, 0), -ENOENT);
	/* No more than the count says. */
	assert_int_equal(smcx_eid_match(peers, 1), -ENOENT);
}

/* smcx.ueid=, as modprobe and /sys/module have it. */
static void eid_parameter__is_read_and_written(void **state)
{
	extern const struct kernel_param_ops *const shim_ueid;
	char text[SMCX_MAX_UEID * (SMCW_EID_LEN + 1) + 1];
	struct smcw_eid list[SMCX_MAX_UEID];

	(void)state;
	assert_int_equal(shim_ueid->set("A.NAME\n", NULL), 0);
	assert_int_equal(shim_ueid->set("A.NAME", NULL), -EEXIST);
	assert_int_equal(shim_ueid->set("", NULL), -EINVAL);
	assert_int_equal(shim_ueid->set("a", NULL), -EINVAL);
	assert_int_equal(shim_ueid->set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", NULL), -EINVAL);
	assert_int_equal(shim_ueid->set("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", NULL), 0);
	assert_int_equal(smcx_eid_list(list), 2);
	assert_int_equal(shim_ueid->get(text, NULL), 2 * (SMCW_EID_LEN + 1));
	assert_memory_equal(text, "A.NAME   ", 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(eid_add__takes_what_the_rule_allows, empty),
		cmocka_unit_test_setup(eid_table__is_a_list, empty),
		cmocka_unit_test_setup(eid_match__is_the_peers_first, empty),
		cmocka_unit_test_setup(eid_parameter__is_read_and_written, empty),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
