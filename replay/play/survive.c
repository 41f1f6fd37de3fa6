// SPDX-License-Identifier: GPL-2.0-or-later
/* See survive.h. */
#include "survive.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "case.h"
#include "state/observer.h"
#include "text/script_text.h"

/* Connections as they have to be whatever was before: a case for each of our ends, and for each
 * way. */
static const char health[] = "smc-replay 1\n"
			     "case plain-client\n"
			     "play client\n"
			     "client option none\n"
			     "server option none\n"
			     "server result ok\n"
			     "client data \"no handshake\"\n"
			     "server data \"none at all\"\n"
			     "case declined-by-the-stack\n"
			     "play client\n"
			     "client clc proposal\n"
			     "proposal_hdr version=2 typev1=none typev2=none\n"
			     "proposal\n"
			     "proposal_smcd\n"
			     "trailer\n"
			     "server clc decline\n"
			     "server result ok\n"
			     "client data \"after a Decline\"\n"
			     "server data \"by TCP\"\n"
			     "case plain-server\n"
			     "play server\n"
			     "client option smc\n"
			     "server option none\n"
			     "client result ok\n"
			     "server data \"no handshake\"\n"
			     "client data \"none at all\"\n"
			     "case declined-by-us\n"
			     "needs proposal\n"
			     "play server\n"
			     "client clc proposal\n"
			     "server clc decline\n"
			     "decline_hdr version=2\n"
			     "decline diagnosis=0x03030000 os=linux\n"
			     "decline_v2\n"
			     "trailer\n"
			     "client result ok\n"
			     "server data \"after a Decline\"\n"
			     "client data \"by TCP\"\n";

static __u64 survive_ended(const struct stats_end *s)
{
	__u64 n = 0;

	for (int i = 0; i < STAT_REASON; i++) /* reasons are fallbacks once more */
		n += s->count[i];
	return n;
}

bool survive_counted(const struct stats_end *before, unsigned int ms)
{
	__u64 end = clock_now() + ms;
	struct stats now;

	do {
		if (stats_read(&now))
			return false;
		if (survive_ended(&now.end[END_SERVER]) > survive_ended(before))
			return true;
		clock_pause(10);
	} while (clock_now() < end);
	return false;
}

/* Only a failure has something to add: the outcome is that of the case. */
static void check_health(struct setup *s, enum end role, struct outcome *o)
{
	char error[SCRIPT_ERROR_MAX];
	struct outcome *after = malloc(sizeof(*after));
	struct script script;
	int rc = script_parse("health", health, strlen(health), &script, error);

	for (const struct test_case *t = script.cases; after && !rc && t; t = t->next) {
		size_t len = strlen(o->text);

		if (!t->plays[role])
			continue;
		case_play(s, "health", t, role, after);
		if (after->verdict == VERDICT_PASS || after->verdict == VERDICT_SKIP)
			continue;
		o->verdict = after->verdict;
		snprintf(o->text + len, sizeof(o->text) - len, "afterwards, %s:\n%s", t->name,
			 after->text);
		break;
	}
	if (rc || !after) {
		o->verdict = VERDICT_ERROR;
		snprintf(o->text, sizeof(o->text), "%s\n", rc ? error : "no memory");
	}
	script_free(&script);
	free(after);
}

void survive_case(struct setup *s, const char *path, const struct test_case *test, enum end role,
		  struct outcome *o)
{
	s->survive = true;
	case_play(s, path, test, role, o);
	s->survive = false;
	if (o->verdict == VERDICT_PASS && s->observer->here)
		check_health(s, role, o);
}
