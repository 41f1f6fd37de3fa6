// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines about a case as a whole. See parse.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "script/names.h"

static struct test_case *new_test(struct parser *p, const char *name)
{
	struct test_case *test = arena_alloc(&p->script->arena, sizeof(*test));

	test->name = name;
	test->place = (struct place){ p->line, 1 };
	test->plays[END_CLIENT] = test->plays[END_SERVER] = true;
	*p->tests = p->test = test;
	p->tests = &test->next;
	p->steps = &test->steps;
	p->message = NULL;
	return test;
}

/* A script without the word case is one case. */
struct test_case *parse_test(struct parser *p)
{
	return p->test ? p->test : new_test(p, "");
}

static int parse_case(struct parser *p)
{
	if (!parse_word(p))
		return parse_expected(p, "the name of the case");
	new_test(p, parse_word(p));
	p->at++;
	return 0;
}

static int parse_word_list(struct parser *p, struct word **list, const char *what)
{
	if (!parse_word(p))
		return parse_expected(p, "%s", what);
	while (*list)
		list = &(*list)->next;
	for (; parse_word(p); p->at++, list = &(*list)->next) {
		*list = arena_alloc(&p->script->arena, sizeof(**list));
		(*list)->text = parse_word(p);
	}
	return 0;
}

static int parse_covers(struct parser *p)
{
	return parse_word_list(p, &parse_test(p)->covers, "IDs of statements");
}

static int parse_needs(struct parser *p)
{
	return parse_word_list(p, &parse_test(p)->needs, "what the host has to have");
}

static int parse_keep(struct parser *p)
{
	struct test_case *test = parse_test(p);
	unsigned int first = p->at;

	for (; parse_word(p); p->at++)
		if (*parse_word(p) != '$' || !parse_word(p)[1])
			return parse_expected(p, "a $name");
	p->at = first;
	return parse_word_list(p, &test->keeps, "a $name");
}

static int parse_repeats(struct parser *p)
{
	struct test_case *test = parse_test(p);
	int rc = parse_number(p, 0, PARSE_TIMES_MAX, &test->times);

	if (!rc && test->times < PARSE_TIMES_MIN) {
		p->at--;
		return parse_expected(p, "%d times or more", PARSE_TIMES_MIN);
	}
	return rc;
}

static int parse_play(struct parser *p)
{
	struct test_case *test = parse_test(p);
	int end;

	if (parse_word(p) &&
	    (!strcmp(parse_word(p), "none") || !strcmp(parse_word(p), "sockets"))) {
		test->pair = true;
		test->sockets = !strcmp(parse_word(p), "sockets");
		test->plays[END_SERVER] = false;
		p->at++;
		return 0;
	}
	end = parse_choice(p, script_end_words, "the end that is played, none or sockets");
	if (end < 0)
		return end;
	test->plays[!end] = false;
	return 0;
}

static int parse_let(struct parser *p)
{
	struct let *let = arena_alloc(&p->script->arena, sizeof(*let));
	const char *name = parse_word(p);

	parse_test(p);
	if (!name || *name != '$' || !name[1])
		return parse_expected(p, "a $name");
	let->name = name + 1;
	let->place = parse_place(p);
	p->at++;
	let->text = parse_word(p);
	if (!let->text)
		return parse_expected(p, "a value");
	p->at++;
	names_append(&p->script->arena, p->test, let);
	return 0;
}

static int parse_change(struct parser *p)
{
	struct host_change *c = arena_alloc(&p->script->arena, sizeof(*c));
	struct host_change **at = &parse_test(p)->changes;

	while (*at)
		at = &(*at)->next;
	*at = c;
	c->place = parse_place(p);
	return parse_host(p, c);
}

static const struct {
	const char *word;
	int (*parse)(struct parser *p);
} lines[] = {
	{ "case", parse_case },	  { "covers", parse_covers }, { "needs", parse_needs },
	{ "play", parse_play },	  { "let", parse_let },	      { "keep", parse_keep },
	{ "host", parse_change }, { "times", parse_repeats },
};

bool parse_is_of_case(const struct parser *p)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strcmp(parse_word(p), lines[i].word))
			return true;
	return false;
}

int parse_case_line(struct parser *p)
{
	size_t i = 0;

	while (strcmp(parse_word(p), lines[i].word))
		i++;
	p->at++;
	return lines[i].parse(p);
}
