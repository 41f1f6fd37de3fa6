// SPDX-License-Identifier: GPL-2.0-or-later
/* bind.c: where the value of a name in a message of ours comes from, with any of the sources there.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "script/script.h"
#include "state/bind.h"
#include "text/script_text.h"

/* In their order: the first one that has a value gives it. */
enum source { BOUND, CHOSEN, STACK, OWN, LET, SOURCES };

static struct arena arena;
static struct bindings maps[LET];
static struct script script;

static struct value value_of(enum source source, unsigned int field)
{
	struct value v = { .len = (__u8)smcw_fields[field].size };

	memset(v.bytes, 0x11 * (source + 1), v.len);
	return v;
}

static void put(enum source source, const char *name, unsigned int field)
{
	const struct value v = value_of(source, field);

	bind_set(&maps[source], name, field, &v);
}

/* A case with a CLC message of @end, whose parts are @parts, after the lets. */
static void begin(const char *end, const char *parts, const char *lets)
{
	char text[512], error[SCRIPT_ERROR_MAX];

	memset(maps, 0, sizeof(maps));
	for (enum source s = BOUND; s < LET; s++)
		maps[s].arena = &arena;
	snprintf(text, sizeof(text),
		 "smc-replay 1\n%s	%s clc accept\n		accept_hdr version=1\n"
		 "		%s\n		trailer\n",
		 lets, end, parts);
	if (script_parse("names", text, strlen(text), &script, error))
		fail_msg("%s", error);
	maps[BOUND].chosen = &maps[CHOSEN];
	maps[BOUND].stack = &maps[STACK];
	maps[BOUND].own = &maps[OWN];
	maps[BOUND].played = END_CLIENT;
	maps[BOUND].test = script.cases;
}

/* @source: whose value it has to be; SOURCES: it has none. */
static void check(const char *name, unsigned int field, enum source source)
{
	const struct term term = { .kind = TERM_NAME, .name = name, .field = (__u16)field };
	const struct value want = value_of(source, field);
	struct value v = { 0 };
	int rc = bind_own(&maps[BOUND], &term, &v);

	if (source == SOURCES) {
		assert_int_equal(rc, -ENOENT);
		assert_null(bind_find(&maps[BOUND], name));
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(v.len, want.len);
	assert_memory_equal(v.bytes, want.bytes, want.len);
	/* From then on it stands, whatever else there is. */
	assert_memory_equal(bind_find(&maps[BOUND], name)->value.bytes, want.bytes, want.len);
	for (enum source s = CHOSEN; s < LET; s++)
		maps[s].first = NULL;
	assert_int_equal(bind_own(&maps[BOUND], &term, &v), 0);
	assert_memory_equal(v.bytes, want.bytes, want.len);
}

static void end(void)
{
	script_free(&script);
	arena_free(&arena);
}

static void bind_own__the_first_source_counts(void **state)
{
	static const char *const names[] = { "rkey1", "rkey1", "rkey1", "own_rkey" };

	(void)state;
	for (unsigned int there = 0; there < 1u << SOURCES; there++) {
		enum source first = BOUND;

		begin("client", "smcr rkey=$rkey1",
		      there & 1u << LET ? "	let $rkey1 0x55555555\n" : "");
		for (enum source s = BOUND; s < LET; s++)
			if (there & 1u << s)
				put(s, names[s], SMCW_F_smcr_rkey);
		while (first < SOURCES && !(there & 1u << first))
			first++;
		check("rkey1", SMCW_F_smcr_rkey, first);
		end();
	}
}

/* Our end has one value of a noun, for the first name that asks for it. */
static void bind_own__a_second_name(void **state)
{
	(void)state;
	begin("client", "smcr rkey=$rkey1", "	let $rkey2 0x55555555\n");
	put(OWN, "own_rkey", SMCW_F_smcr_rkey);
	check("rkey1", SMCW_F_smcr_rkey, OWN);
	put(OWN, "own_rkey", SMCW_F_smcr_rkey);
	check("rkey2", SMCW_F_smcr_rkey, LET);
	put(OWN, "own_rkey", SMCW_F_smcr_rkey);
	check("rkey3", SMCW_F_smcr_rkey, SOURCES);
	/* But it can be named as what it is. */
	check("own_rkey", SMCW_F_smcr_rkey, OWN);
	end();
}

/* What the stack has shown of a device is ours too, if the script's other end says the same. */
static void bind_own__shared_devices(void **state)
{
	static const struct {
		const char *end, *parts, *name;
		unsigned int field;
		enum source source;
	} rows[] = {
		{ "server", "smcd gid=$ism_gid1", "ism_gid1", SMCW_F_smcd_gid, STACK },
		{ "client", "smcd gid=$ism_gid1", "ism_gid1", SMCW_F_smcd_gid, OWN },
		{ "server", "smcd gid=$ism_gid2", "ism_gid1", SMCW_F_smcd_gid, OWN },
		{ "server", "smcr rkey=$rkey1", "rkey1", SMCW_F_smcr_rkey, OWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int chosen = 0; chosen < 2; chosen++) {
			begin(rows[i].end, rows[i].parts, "");
			if (chosen)
				put(CHOSEN, rows[i].name, rows[i].field);
			put(STACK, "stack_ism_gid1", SMCW_F_smcd_gid);
			put(STACK, "stack_rkey1", SMCW_F_smcr_rkey);
			put(OWN, "own_ism_gid", SMCW_F_smcd_gid);
			put(OWN, "own_rkey", SMCW_F_smcr_rkey);
			check(rows[i].name, rows[i].field, chosen ? CHOSEN : rows[i].source);
			end();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_own__the_first_source_counts),
		cmocka_unit_test(bind_own__a_second_name),
		cmocka_unit_test(bind_own__shared_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
