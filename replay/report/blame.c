// SPDX-License-Identifier: GPL-2.0-or-later
/* See blame.h. */
#include "blame.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Characters of an ID and its ] at @text; 0: it is none. */
static size_t id_len(const char *text)
{
	size_t letters = strspn(text, LETTERS), digits;

	if (!letters || text[letters] != '-')
		return 0;
	digits = strspn(text + letters + 1, DIGITS);
	return digits && text[letters + 1 + digits] == ']' ? letters + 1 + digits : 0;
}

bool blame_next(const char **text, char id[BLAME_ID_MAX])
{
	const char *at = *text;

	while ((at = strchr(at, '['))) {
		size_t len = id_len(++at);

		if (!len || len >= BLAME_ID_MAX)
			continue;
		snprintf(id, BLAME_ID_MAX, "%.*s", (int)len, at);
		*text = at + len;
		return true;
	}
	*text += strlen(*text);
	return false;
}
