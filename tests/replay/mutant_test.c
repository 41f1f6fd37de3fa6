// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes by a seed: the same again, no two alike, and each can be made by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "text/mutant.h"
#include "text/script_text.h"

enum { CHANGES = 300 };

static const char text[] = "smc-replay 1\n"
			   "case x\n"
			   "client clc proposal\n"
			   "	proposal_hdr version=2 typev1=none typev2=smc_d\n"
			   "	proposal\n"
			   "	proposal_smcd\n"
			   "	v2_ext release=1\n"
			   "	ueid eid=\"A\"\n"
			   "	smcd_v2_ext\n"
			   "	gid_chid*2\n"
			   "	trailer\n"
			   "server clc accept\n"
			   "client clc confirm\n"
			   "	accept_hdr version=2 smc_type=smc_d\n"
			   "	smcd\n"
			   "	smcd_v2\n"
			   "	trailer\n"
			   "case y\n"
			   "client option none\n";

static void read_script(struct script *script)
{
	char error[SCRIPT_ERROR_MAX];

	if (script_parse("mutant", text, strlen(text), script, error))
		fail_msg("%s", error);
}

static void make(unsigned int seed, const char *name, char list[CHANGES][MUTANT_NAME_MAX])
{
	struct mutants m;

	mutants_init(&m, seed, name);
	for (int i = 0; i < CHANGES; i++) {
		struct script script;

		read_script(&script);
		assert_int_equal(mutants_next(&m, &script, script.cases, END_CLIENT, list[i]), 0);
		script_free(&script);
	}
	mutants_free(&m);
}

static char one[CHANGES][MUTANT_NAME_MAX], other[CHANGES][MUTANT_NAME_MAX];

static void mutants_next__same_seed_same_changes(void **state)
{
	(void)state;
	make(7, "file/x as client", one);
	make(7, "file/x as client", other);
	assert_memory_equal(one, other, sizeof(one));
}

static void mutants_next__other_seed_or_case_other_changes(void **state)
{
	(void)state;
	make(7, "file/x as client", one);
	make(8, "file/x as client", other);
	assert_memory_not_equal(one, other, sizeof(one));
	make(7, "file/y as client", other);
	assert_memory_not_equal(one, other, sizeof(one));
}

static void mutants_next__none_twice(void **state)
{
	(void)state;
	make(1, "x", one);
	for (int i = 0; i < CHANGES; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(one[i], one[j]);
}

/* Every kind comes, and of fields those of both messages. */
static void mutants_next__every_kind(void **state)
{
	static const char *const kinds[] = { "without=", "cut=",  "segment=", "delay=",
					     "repeat=",	 "=+1",	  "=-1",      "proposal_hdr.",
					     "ueid.",	 "smcd.", "gid_chid." };

	(void)state;
	make(1, "x", one);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		int n = 0;

		for (int i = 0; i < CHANGES; i++)
			n += strstr(one[i], kinds[k]) != NULL;
		if (!n)
			fail_msg("no %s", kinds[k]);
	}
}

/* The script that comes back is the one that the name makes. */
static void mutants_next__name_makes_the_same(void **state)
{
	char error[SCRIPT_ERROR_MAX], change[MUTANT_NAME_MAX];
	struct mutants m;

	(void)state;
	mutants_init(&m, 3, "x");
	for (int i = 0; i < CHANGES; i++) {
		char *text1 = NULL, *text2 = NULL;
		struct script made, named;
		size_t len;
		FILE *out;

		read_script(&made);
		read_script(&named);
		assert_int_equal(mutants_next(&m, &made, made.cases, END_CLIENT, change), 0);
		assert_int_equal(script_mutate(&named, named.cases, END_CLIENT, change, error), 0);
		out = open_memstream(&text1, &len);
		script_write(&made, out);
		fclose(out);
		out = open_memstream(&text2, &len);
		script_write(&named, out);
		fclose(out);
		assert_string_equal(text1, text2);
		free(text1);
		free(text2);
		script_free(&made);
		script_free(&named);
	}
	mutants_free(&m);
}

static void mutants_next__no_message_no_change(void **state)
{
	char change[MUTANT_NAME_MAX];
	struct script script;
	struct mutants m;

	(void)state;
	read_script(&script);
	mutants_init(&m, 3, "y");
	assert_int_not_equal(mutants_next(&m, &script, script.cases->next, END_CLIENT, change), 0);
	mutants_free(&m);
	script_free(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutants_next__same_seed_same_changes),
		cmocka_unit_test(mutants_next__other_seed_or_case_other_changes),
		cmocka_unit_test(mutants_next__none_twice),
		cmocka_unit_test(mutants_next__every_kind),
		cmocka_unit_test(mutants_next__name_makes_the_same),
		cmocka_unit_test(mutants_next__no_message_no_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
