// SPDX-License-Identifier: GPL-2.0-or-later
/* See accept.h. */
#include "accept.h"

const struct step *accept_of_smcd(const struct test_case *test, enum end end)
{
	for (const struct step *s = test->steps; s; s = s->next)
		if (s->kind == STEP_CLC && s->end == end &&
		    (s->message->type == SMCW_ACCEPT || s->message->type == SMCW_CONFIRM) &&
		    message_part(s->message, SMCW_PART_smcd))
			return s;
	return NULL;
}

bool accept_is_smcd(const struct test_case *test)
{
	return accept_of_smcd(test, END_CLIENT) || accept_of_smcd(test, END_SERVER);
}

const struct message *accept_of_smcr(const struct test_case *test, enum end end)
{
	for (const struct step *s = test ? test->steps : NULL; s; s = s->next)
		if (s->kind == STEP_CLC && s->end == end &&
		    s->message->type == (end == END_CLIENT ? SMCW_CONFIRM : SMCW_ACCEPT) &&
		    message_part(s->message, SMCW_PART_smcr))
			return s->message;
	return NULL;
}
