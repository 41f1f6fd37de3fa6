// SPDX-License-Identifier: GPL-2.0-or-later
/* See choice.h. */
#include "choice.h"

#include <string.h>

/* The clocks of a merged trace differ by less. */
#define APART_NS 1000000000ull

bool choice_same(const struct stats_conn *a, const struct stats_conn *b)
{
	const struct smcw_event *x = &a->who, *y = &b->who;

	if (!x->local_port || !x->peer_port || x->local_port != y->peer_port ||
	    x->peer_port != y->local_port || memcmp(x->local, y->peer, 16) ||
	    memcmp(x->peer, y->local, 16))
		return false;
	return a->start <= b->last + APART_NS && b->start <= a->last + APART_NS;
}

static __u64 choice_weight(const struct stats_conn *c, unsigned int why)
{
	switch (why) {
	case CHOICE_FAILED:
		return c->how == STATS_FAILED;
	case CHOICE_TCP:
		return c->how == STATS_TCP;
	case CHOICE_BLOCKED:
		return c->way[0].blocked + c->way[1].blocked;
	case CHOICE_HANDSHAKE:
		return c->how == STATS_SMC ? c->handshake : 0;
	case CHOICE_LATENCY:
		return c->latency_n ? c->latency_sum / c->latency_n : 0;
	default:
		return c->how == STATS_SMC ? c->way[0].bytes + c->way[1].bytes + 1 : 0;
	}
}

/* One of its reason will do, and so will one end. */
static bool choice_has(const struct top *t, const struct stats_conn *c, unsigned int why)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct stats_conn *have = &t->row[i].conn;

		if (why <= CHOICE_TCP && have->reason == c->reason && have->error == c->error &&
		    have->diagnosis == c->diagnosis)
			return true;
		if (choice_same(have, c))
			return true;
	}
	return false;
}

int choice_add(struct choice *all, const struct stats_conn *c, __u64 until)
{
	int r = 0;

	all->seen++;
	for (unsigned int why = 0; !r && why < CHOICE_COUNT; why++) {
		struct top *t = &all->of[why];
		__u64 weight = choice_weight(c, why);

		t->max = CHOICE_EACH;
		if (weight && top_takes(t, weight) && !choice_has(t, c, why))
			r = top_add(t, weight, c, until);
	}
	return r;
}

void choice_free(struct choice *all)
{
	for (unsigned int why = 0; why < CHOICE_COUNT; why++)
		top_free(&all->of[why]);
}

const char *choice_words(unsigned int why)
{
	static const char *const words[] = {
#define CHOICE_WORDS(name, words) words,
		CHOICES(CHOICE_WORDS)
#undef CHOICE_WORDS
	};

	return words[why];
}
