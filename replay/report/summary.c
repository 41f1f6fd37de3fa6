// SPDX-License-Identifier: GPL-2.0-or-later
/* See summary.h. */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "blame.h"

enum { CAUSE_MAX = 160 };

/* Cases that have a cause in common. */
struct heap {
	unsigned int n;
	char cause[CAUSE_MAX];
};

/* The statement that the first difference names, or the only one that the case is about. */
static void statement_of(const struct record *r, char cause[CAUSE_MAX])
{
	const char *text = r->text;
	char id[BLAME_ID_MAX];

	if (blame_next(&text, id))
		snprintf(cause, CAUSE_MAX, "%s", id);
	else if (r->covers && !r->covers->next)
		snprintf(cause, CAUSE_MAX, "%s", r->covers->text);
	else
		snprintf(cause, CAUSE_MAX, "no statement in particular");
}

static void first_line_of(const struct record *r, char cause[CAUSE_MAX])
{
	snprintf(cause, CAUSE_MAX, "%.*s", (int)strcspn(r->text, "\n"), r->text);
}

static void summary_add(struct heap *heaps, size_t *n, const char *cause)
{
	size_t i = 0;

	while (i < *n && strcmp(heaps[i].cause, cause))
		i++;
	if (i == *n)
		snprintf(heaps[(*n)++].cause, CAUSE_MAX, "%s", cause);
	heaps[i].n++;
}

static int summary_larger(const void *a, const void *b)
{
	const struct heap *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->cause, y->cause);
}

/* Return: the heaps of a verdict, the largest first, to be freed; NULL without any. */
static struct heap *heap_up(const struct report *r, enum verdict v,
			    void (*cause_of)(const struct record *r, char cause[CAUSE_MAX]),
			    size_t *n)
{
	struct heap *heaps = calloc(r->count[v] + 1, sizeof(*heaps));
	char cause[CAUSE_MAX];

	*n = 0;
	for (const struct record *c = r->first; heaps && c; c = c->next) {
		if (c->verdict != v)
			continue;
		cause_of(c, cause);
		summary_add(heaps, n, cause);
	}
	if (heaps)
		qsort(heaps, *n, sizeof(*heaps), summary_larger);
	return heaps;
}

static const char *summary_plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

static void write_failures(const struct report *r, FILE *out)
{
	unsigned int total = r->count[VERDICT_FAIL];
	size_t n;
	struct heap *heaps = heap_up(r, VERDICT_FAIL, statement_of, &n);

	if (n)
		fprintf(out, "# failed: %u case%s", total, summary_plural(total));
	for (size_t i = 0; i < n; i++)
		if (n == 1)
			fprintf(out, ", %sby %s", total > 1 ? "all " : "", heaps[i].cause);
		else
			fprintf(out, "%s %u by %s", i ? "," : ":", heaps[i].n, heaps[i].cause);
	if (n)
		fputc('\n', out);
	free(heaps);
}

void summary_write(const struct report *r, FILE *out)
{
	size_t n;
	struct heap *heaps;

	write_failures(r, out);
	heaps = heap_up(r, VERDICT_SKIP, first_line_of, &n);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "# not run: %u case%s: %s\n", heaps[i].n, summary_plural(heaps[i].n),
			heaps[i].cause);
	free(heaps);
}
