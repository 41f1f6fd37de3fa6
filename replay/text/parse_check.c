// SPDX-License-Identifier: GPL-2.0-or-later
/* A case has to be able to fail. See parse.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "parse.h"
#include "script/call_names.h"

static int parse_check_refuse(struct parser *p, struct place at, const char *format, ...)
{
	int n = snprintf(p->error, SCRIPT_ERROR_MAX, "%s:%u:%u: ", p->path, at.line, at.column);
	va_list args;

	va_start(args, format);
	vsnprintf(p->error + n, SCRIPT_ERROR_MAX - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

/* A step of an end that is always ours, and of which an observation would be the point. */
static bool is_observation(const struct step *s)
{
	return s->kind == STEP_SILENT || (s->kind == STEP_APP && s->app != APP_SMC) ||
	       script_is_of_app(s) || s->delivery.after_ms || s->delivery.before_ms;
}

static int check_step(struct parser *p, const struct test_case *test, const struct step *s)
{
	const struct delivery *d = &s->delivery;

	if (d->before_ms && d->before_ms <= d->after_ms)
		return parse_check_refuse(p, s->place, "before=%u is not after after=%u",
					  d->before_ms, d->after_ms);
	if (d->link && s->kind != STEP_LLC)
		return parse_check_refuse(p, s->place,
					  "expected link= with a message of LLC or CDC alone");
	if (s->kind == STEP_LAPS && test->plays[!s->end])
		return parse_check_refuse(p, s->place,
					  "expected play %s before it: laps are of our end alone",
					  script_end_words[s->end]);
	if (s->kind == STEP_RECEIVE && test->plays[!s->end])
		return parse_check_refuse(
			p, s->place,
			"expected play %s before it: the queue pairs of our end are meant",
			script_end_words[s->end]);
	if ((s->kind == STEP_PORT || s->kind == STEP_DEVICE) && test->plays[s->end])
		return parse_check_refuse(
			p, s->place,
			"expected play %s before it: a port or device of the stack is meant",
			script_end_words[!s->end]);
	if (test->plays[!s->end] || !is_observation(s))
		return 0;
	if (s->kind == STEP_SILENT)
		return parse_check_refuse(
			p, s->place,
			"expected %s wait %u, found silent: the %s is played, so nothing "
			"would be checked",
			script_end_words[s->end], s->ms, script_end_words[s->end]);
	return parse_check_refuse(
		p, s->place,
		"expected a step of the %s, found one of the %s, which is played: nothing "
		"would be checked",
		script_end_words[!s->end], script_end_words[s->end]);
}

static int check_sets(struct parser *p, const struct test_case *test)
{
	unsigned int n[2] = { 0 };

	for (const struct step *s = test->steps; s; s = s->next)
		if (s->kind == STEP_APP && s->app == APP_SET && ++n[s->end] > SCRIPT_SETS_MAX)
			return parse_check_refuse(p, s->place,
						  "expected no more than %d options of an end",
						  SCRIPT_SETS_MAX);
	return 0;
}

/* With neither end played there are two applications, and no messages. */
static int check_pair(struct parser *p, const struct test_case *test)
{
	for (const struct step *s = test->steps; s; s = s->next) {
		if (test->sockets && s->kind != STEP_SOCK && s->kind != STEP_WAIT &&
		    s->kind != STEP_STATS)
			return parse_check_refuse(
				p, s->place,
				"expected sock, wait or stats, since the script makes the "
				"sockets");
		if (!script_is_of_pair(s))
			return parse_check_refuse(
				p, s->place,
				"expected a step of an application, since neither end is "
				"played");
	}
	return 0;
}

/* A case that cannot fail is none. */
static int check_case(struct parser *p, const struct test_case *test)
{
	bool checked = test->changes;
	int rc = check_sets(p, test);

	if (!rc && test->pair)
		rc = check_pair(p, test);

	for (const struct step *s = test->steps; s && !rc; s = s->next) {
		rc = test->pair ? 0 : check_step(p, test, s);
		checked |= test->pair && s->kind != STEP_APP && s->kind != STEP_WAIT;
		for (int end = END_CLIENT; end <= END_SERVER; end++)
			checked |= test->plays[end] && script_is_checked(s, (enum end)end);
	}
	if (rc || checked || !test->steps)
		return rc;
	return parse_check_refuse(p, test->place,
				  "case %s: expected a step of the stack that can be checked, "
				  "found none",
				  test->name);
}

int parse_check(struct parser *p)
{
	int rc = 0;

	for (const struct test_case *t = p->script->cases; t && !rc; t = t->next)
		rc = check_case(p, t);
	return rc;
}
