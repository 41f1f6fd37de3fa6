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
	const char *pattern, *reason;
};

/* "PATTERN | reason" */
static int add_line(struct known *k, char *text)
{
	struct known_line *line;
	char *bar = strchr(text, '|'), *end;

	text[strcspn(text, "\n")] = '\0';
	if (!*text || *text == '#')
		return 0;
	if (!bar || bar == text || !bar[1 + strspn(bar + 1, " ")])
		return -EINVAL;
	for (end = bar; end > text && end[-1] == ' '; end--)
		;
	line = arena_alloc(&k->arena, sizeof(*line));
	line->pattern = arena_copy(&k->arena, text, (size_t)(end - text));
	bar += 1 + strspn(bar + 1, " ");
	line->reason = arena_copy(&k->arena, bar, strlen(bar));
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
		rc = add_line(k, text);
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

void known_free(struct known *k)
{
	arena_free(&k->arena);
	k->first = NULL;
}
