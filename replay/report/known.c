// SPDX-License-Identifier: GPL-2.0-or-later
/* See known.h. */
#include "known.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct known_line {
	struct known_line *next;
	const char *pattern, *difference, *reason;
};

/* The column up to the next |, without blanks around it; NULL for an empty one. */
static const char *known_column(struct known *k, char **rest)
{
	char *text = strsep(rest, "|");
	size_t len;

	if (!text)
		return NULL;
	text += strspn(text, " ");
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	return len ? arena_copy(&k->arena, text, len) : NULL;
}

/* "PATTERN | DIFFERENCE | reason" */
static int known_add_line(struct known *k, char *text)
{
	struct known_line *line;

	text[strcspn(text, "\n")] = '\0';
	if (!*text || *text == '#')
		return 0;
	line = arena_alloc(&k->arena, sizeof(*line));
	line->pattern = known_column(k, &text);
	line->difference = known_column(k, &text);
	line->reason = known_column(k, &text);
	if (!line->pattern || !line->difference || !line->reason || text)
		return -EINVAL;
	line->next = k->first;
	k->first = line;
	return 0;
}

int known_read(struct known *k, const char *path, unsigned int *line)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;
	int rc = 0;

	*line = 0;
	if (!in)
		return -errno;
	while (!rc && getline(&text, &cap, in) >= 0) {
		++*line;
		rc = known_add_line(k, text);
	}
	free(text);
	fclose(in);
	return rc;
}

const char *known_reason(const struct known *k, const char *name)
{
	for (const struct known_line *line = k->first; line; line = line->next)
		if (!fnmatch(line->pattern, name, 0))
			return line->reason;
	return NULL;
}

/* Is it in the text? A * of it is anything. */
static bool is_in(const char *difference, const char *text, size_t len)
{
	const char *at = text, *end = text + len;

	while (*difference) {
		size_t n = strcspn(difference, "*");

		at = memmem(at, (size_t)(end - at), difference, n);
		if (!at)
			return false;
		at += n;
		difference += n + strspn(difference + n, "*");
	}
	return true;
}

/* A line that says of what the next ones are, or shows bytes, is no difference. */
static bool is_difference(const char *line, size_t len)
{
	static const char heads[][18] = { " difference in: ", " differences in: ",
					  "the case began:" };

	if (!len || !strncmp(line, "  came: ", 8))
		return false;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (memmem(line, len, heads[i], strlen(heads[i])))
			return false;
	return true;
}

static bool is_known(const struct known *k, const char *name, const char *text, size_t len)
{
	for (const struct known_line *l = k->first; l; l = l->next)
		if (!fnmatch(l->pattern, name, 0) && is_in(l->difference, text, len))
			return true;
	return false;
}

bool known_same(const struct known *k, const char *name, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (is_difference(text, len) && !is_known(k, name, text, len))
			return false;
		text += len + (text[len] ? 1 : 0);
	}
	return true;
}

void known_free(struct known *k)
{
	arena_free(&k->arena);
	k->first = NULL;
}
