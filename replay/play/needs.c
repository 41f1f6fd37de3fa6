// SPDX-License-Identifier: GPL-2.0-or-later
/* See needs.h. */
#include "needs.h"

#include <errno.h>
#include <string.h>

#include "state/observer.h"

#define NEED_ROW(name, word) #word,
static const char *const need_words[] = { SETUP_NEEDS(NEED_ROW) };
#undef NEED_ROW

/* "ism", or "client:ism": then only when the client is the stack. */
static int need_by_word(const char *word, enum end stack, bool *applies)
{
	const char *colon = strchr(word, ':');

	*applies = true;
	if (colon) {
		const char *end = script_end_words[stack];

		*applies =
			strlen(end) == (size_t)(colon - word) && !strncmp(end, word, strlen(end));
		word = colon + 1;
	}
	for (int i = 0; i < NEED_COUNT; i++)
		if (!strcmp(need_words[i], word))
			return i;
	return -ENOENT;
}

/* The stack's name in a case that nothing has shown. */
static const char *unknown_name(const struct setup *s, const struct test_case *test)
{
	for (const struct step *step = test->steps; step; step = step->next)
		for (const struct part *p = step->message ? step->message->parts : NULL; p;
		     p = p->next)
			for (const struct term *t = p->terms; t; t = t->next)
				if (t->kind == TERM_NAME && !strncmp(t->name, "stack_", 6) &&
				    !bind_find(&s->stack, t->name) &&
				    !bind_find(&s->chosen, t->name))
					return t->name;
	return NULL;
}

/*
 * Cases cannot be about what a stack does not offer at all. One that offers SMC and does not
 * show its values is another thing: there they are played, and fail.
 */
static bool names_met(const struct setup *s, const struct test_case *test, struct outcome *o)
{
	bool offers = !s->observer->here || s->have[NEED_ISM] || s->have[NEED_RDMA];
	const char *missing = NULL;

	if (!offers && unknown_name(s, test))
		missing = s->no_eid ? "an EID: set one, as by smcd ueid add" :
				      "an offer of SMC-Dv2 or SMC-Rv2";
	else if (s->no_diag && script_has_step(test, STEP_DIAG))
		missing = "module smc_diag: load it";
	if (!missing)
		return true;
	o->verdict = VERDICT_SKIP;
	snprintf(o->text, sizeof(o->text), "not on this host: %s\n", missing);
	return false;
}

/* Does the host have it all? If not the outcome names the missing need. */
static bool words_met(const struct setup *s, const struct test_case *test, enum end role,
		      struct outcome *o)
{
	for (const struct word *w = test->needs; w; w = w->next) {
		bool applies;
		int need = need_by_word(w->text, role == END_CLIENT ? END_SERVER : END_CLIENT,
					&applies);

		if (need >= 0 && (!applies || s->have[need]))
			continue;
		o->verdict = need < 0 ? VERDICT_ERROR : VERDICT_SKIP;
		snprintf(o->text, sizeof(o->text), "%s: %s\n",
			 need < 0 ? "there is no such thing to need" : "not on this host", w->text);
		return false;
	}
	return true;
}

bool needs_met(const struct setup *s, const struct test_case *test, enum end role,
	       struct outcome *o)
{
	if (test->pair && !s->observer->here) {
		o->verdict = VERDICT_SKIP;
		snprintf(o->text, sizeof(o->text), "not on this host: both ends\n");
		return false;
	}
	return words_met(s, test, role, o) && names_met(s, test, o);
}
