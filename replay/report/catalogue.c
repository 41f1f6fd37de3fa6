// SPDX-License-Identifier: GPL-2.0-or-later
/* See catalogue.h. */
#include "catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blame.h"

static const char *catalogue_column(struct catalogue *c, char **rest)
{
	char *text = strsep(rest, "\t");

	return text && *text ? arena_copy(&c->arena, text, strlen(text)) : NULL;
}

static int catalogue_add_line(struct catalogue *c, struct statement ***tail, char *line)
{
	struct statement *s;

	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return 0;
	s = arena_alloc(&c->arena, sizeof(*s));
	s->id = catalogue_column(c, &line);
	s->level = catalogue_column(c, &line);
	s->where = catalogue_column(c, &line);
	s->text = catalogue_column(c, &line);
	if (!s->text || line || catalogue_find(c, s->id))
		return -EINVAL;
	**tail = s;
	*tail = &s->next;
	c->n++;
	return 0;
}

int catalogue_read(struct catalogue *c, const char *path, unsigned int *line)
{
	struct statement **tail = &c->first;
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;
	int rc = 0;

	*line = 0;
	if (!in)
		return -errno;
	while (!rc && getline(&text, &cap, in) >= 0) {
		++*line;
		rc = catalogue_add_line(c, &tail, text);
	}
	free(text);
	fclose(in);
	return rc;
}

struct statement *catalogue_find(const struct catalogue *c, const char *id)
{
	struct statement *s = c->first;

	while (s && strcmp(s->id, id))
		s = s->next;
	return s;
}

static bool is_failure(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_KNOWN;
}

static bool is_blamed(const char *text, const char *id)
{
	char one[BLAME_ID_MAX];

	while (blame_next(&text, one))
		if (!id || !strcmp(one, id))
			return true;
	return false;
}

/* A failure that names its statement says nothing of those that the case would have shown. */
static enum verdict catalogue_shown(const struct record *r, const char *id)
{
	return is_failure(r->verdict) && is_blamed(r->text, NULL) && !is_blamed(r->text, id) ?
		       VERDICT_SKIP :
		       r->verdict;
}

static bool is_covered(const struct record *r, const char *id)
{
	for (const struct word *w = r->covers; w; w = w->next)
		if (!strcmp(w->text, id))
			return true;
	return false;
}

/* Any statement counts, also one that the case has not been written for. */
static void count_blame(struct catalogue *c, const struct record *r)
{
	const char *text = r->text, *before;
	char id[BLAME_ID_MAX];

	while (before = text, blame_next(&text, id)) {
		struct statement *s = catalogue_find(c, id);
		char first[BLAME_ID_MAX];
		const char *at = r->text;
		bool again = false;

		while (at < before && blame_next(&at, first) && at <= before)
			again |= !strcmp(first, id);
		if (s && !again && !is_covered(r, id))
			s->count[r->verdict]++;
	}
}

const char *catalogue_count(struct catalogue *c, const struct report *r)
{
	for (const struct record *record = r->first; record; record = record->next) {
		for (const struct word *w = record->covers; w; w = w->next) {
			struct statement *s = catalogue_find(c, w->text);

			if (!s)
				return w->text;
			s->count[catalogue_shown(record, w->text)]++;
		}
		if (is_failure(record->verdict))
			count_blame(c, record);
	}
	return NULL;
}

enum coverage { FAILED, KNOWN, PASSED, SKIPPED, UNTESTABLE, UNCOVERED, RESULTS };

static const char *const result_words[] = {
	[FAILED] = "failed",   [KNOWN] = "known deviation",	   [PASSED] = "passed",
	[SKIPPED] = "skipped", [UNTESTABLE] = "not testable here", [UNCOVERED] = "no case",
};

/* The worst that was seen; a skip counts only where nothing ran. */
static enum coverage catalogue_result_of(const struct statement *s)
{
	if (s->count[VERDICT_FAIL] || s->count[VERDICT_ERROR] || s->count[VERDICT_XPASS])
		return FAILED;
	if (s->count[VERDICT_KNOWN])
		return KNOWN;
	if (s->count[VERDICT_PASS])
		return PASSED;
	if (s->count[VERDICT_SKIP])
		return SKIPPED;
	return *s->where == '-' ? UNTESTABLE : UNCOVERED;
}

void catalogue_write(const struct catalogue *c, FILE *out)
{
	unsigned int count[RESULTS] = { 0 };

	for (const struct statement *s = c->first; s; s = s->next) {
		enum coverage r = catalogue_result_of(s);

		count[r]++;
		fprintf(out, "%s\t%s\t%s\t%s%s%s\n", s->id, s->level, result_words[r], s->text,
			r == UNTESTABLE ? " | " : "", r == UNTESTABLE ? s->where + 1 : "");
	}
	fprintf(out, "# %u statements:", c->n);
	for (int r = 0; r < RESULTS; r++)
		fprintf(out, " %u %s%s", count[r], result_words[r], r + 1 < RESULTS ? "," : "\n");
}

void catalogue_free(struct catalogue *c)
{
	arena_free(&c->arena);
	*c = (struct catalogue){ 0 };
}
