// SPDX-License-Identifier: GPL-2.0-or-later
/* See words.h. */
#include "words.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Where the word ends that begins at @pos; @open: inside of quotation marks then. */
static size_t word_end(const char *line, size_t len, size_t pos, bool *open)
{
	*open = false;
	for (; pos < len && (*open || (!is_blank(line[pos]) && line[pos] != '#')); pos++) {
		if (line[pos] == '"')
			*open = !*open;
		else if (*open && line[pos] == '\\' && pos + 1 < len)
			pos++;
	}
	return pos;
}

const char *words_split(struct arena *a, const char *line, size_t len, struct words *w)
{
	size_t pos = 0, end;
	bool open;

	w->n = 0;
	for (;;) {
		while (pos < len && is_blank(line[pos]))
			pos++;
		w->column[w->n] = (unsigned int)pos + 1;
		if (pos == len || line[pos] == '#')
			return NULL;
		if (w->n == WORDS_MAX)
			return "the end of the line: it has too many words";
		end = word_end(line, len, pos, &open);
		if (memchr(line + pos, '\0', end - pos))
			return "text: there is a NUL";
		if (open)
			return "a closing quotation mark";
		w->text[w->n++] = arena_copy(a, line + pos, end - pos);
		pos = end;
	}
}
