// SPDX-License-Identifier: GPL-2.0-or-later
/* The stack's counts that a script expects. See parse.h. */
#include <errno.h>
#include <string.h>

#include "parse.h"

/* The counter before the = of the word at hand, or -EINVAL. */
static int find_counter(const char *word, size_t len)
{
	for (int i = 0; i < STAT_COUNT; i++)
		if (i != STAT_REASON && strlen(script_counter_words[i]) == len &&
		    !memcmp(script_counter_words[i], word, len))
			return i;
	return -EINVAL;
}

/* "fallback.REASON=N": a reason goes to the end of its word, so the word ends there for a while. */
static int parse_fallback(struct parser *p, size_t offset, size_t equals, struct stat_want *want)
{
	unsigned int at = p->at;
	char *word = p->words.text[at];
	int rc;

	word[equals] = '\0';
	rc = parse_reason(p, offset, &want->reason);
	word[equals] = '=';
	p->at = at;
	want->counter = STAT_REASON;
	return rc;
}

/* Below 0: the stack has fewer than when the case began. */
static int parse_count(struct parser *p, size_t offset, struct stat_want *want)
{
	bool less = parse_word(p)[offset] == '-' && want->counter >= STAT_GROUPS &&
		    want->counter != STAT_REASON;
	unsigned int count;
	int rc = parse_number(p, offset + less, 0x7fffffff, &count);

	if (!rc)
		want->count = less ? -(int)count : (int)count;
	return rc;
}

static int parse_want(struct parser *p, struct stat_want *want)
{
	static const char fallback[] = "fallback.";
	const char *word = parse_word(p);
	size_t equals = strcspn(word, "=");
	int counter = find_counter(word, equals), rc = 0;

	if (!word[equals])
		return parse_expected_at(p, equals, "= and a number");
	if (!strncmp(word, fallback, strlen(fallback)))
		rc = parse_fallback(p, strlen(fallback), equals, want);
	else if (counter < 0)
		rc = parse_expected(
			p, "errors, fallbacks, smcr_v1, smcr_v2, smcd_v1, smcd_v2, tx_bytes, "
			   "rx_bytes, urgent, corks, nodelays, groups, links, conns, rmb_bytes, "
			   "sndbuf_bytes or fallback.REASON");
	else
		want->counter = (__u8)counter;
	return rc ? rc : parse_count(p, equals + 1, want);
}

int parse_stats(struct parser *p, struct stat_want **list)
{
	int rc = 0;

	if (!parse_word(p))
		return parse_expected(p, "what is counted");
	while (!rc && parse_word(p)) {
		*list = arena_alloc(&p->script->arena, sizeof(**list));
		rc = parse_want(p, *list);
		list = &(*list)->next;
	}
	return rc;
}
