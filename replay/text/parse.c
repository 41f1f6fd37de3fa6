// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts: lines, loops and imports. See script_text.h. */
#include "parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/held.h"

enum { LOOP_MAX = 1000, LINES_MAX = 100000 };

static int parse_version(struct parser *p)
{
	unsigned int version;
	int rc = parse_number(p, 0, ~0u, &version);

	if (!rc && version != SCRIPT_VERSION) {
		p->at--;
		return parse_expected(p, "version %d", SCRIPT_VERSION);
	}
	return rc;
}

static int parse_template_line(struct parser *p)
{
	static const char *const layers[] = { "clc", "llc", "dmb", NULL };
	struct template *t = arena_alloc(&p->script->arena, sizeof(*t));
	int layer, rc;

	t->name = parse_word(p);
	if (!t->name)
		return parse_expected(p, "a name for the message");
	p->at++;
	layer = parse_choice(p, layers, "a layer"); /* in the order of enum message_layer */
	if (layer < 0)
		return layer;
	rc = parse_message(p, (enum message_layer)layer, NULL, &t->message);
	t->next = p->templates;
	p->templates = t;
	return rc;
}

static int parse_text(struct parser *p, const char *text, size_t len);

/* A file by its path from the folder of this one; its place in messages is its own. */
static int parse_import(struct parser *p)
{
	const char *name = parse_word(p);
	char *path;
	struct parser saved = *p;
	char *text;
	size_t len;
	int rc;

	if (p->looping)
		return parse_expected(p, "end of the loop before an import");
	if (!name || *name == '/' || p->depth == PARSE_IMPORTS_MAX)
		return parse_expected(p, "a path from the folder of this script, %d deep at most",
				      PARSE_IMPORTS_MAX);
	path = held_beside(p->path, name);
	p->path = path ? arena_copy(&p->script->arena, path, strlen(path)) : p->path;
	free(path);
	rc = parse_read(p->path, &text, &len);
	if (rc) {
		p->path = saved.path;
		return parse_expected(p, "a file that can be read (%s)", strerror(-rc));
	}
	p->depth++;
	rc = parse_text(p, text, len);
	free(text);
	p->depth--;
	p->path = saved.path;
	p->line = saved.line;
	p->words = saved.words;
	p->at = saved.at + 1;
	return rc;
}

static int parse_line_kind(struct parser *p)
{
	const char *word = parse_word(p);

	if (!strcmp(word, script_end_words[0]) || !strcmp(word, script_end_words[1]))
		return parse_step(p);
	if (parse_is_part(word))
		return parse_part(p);
	p->message = NULL;
	if (parse_is_of_case(p))
		return parse_case_line(p);
	p->at++;
	if (!strcmp(word, "message"))
		return parse_template_line(p);
	if (!strcmp(word, "import"))
		return parse_import(p);
	p->at--;
	return parse_expected(
		p, "client, server, the name of a part, case, covers, needs, keep, times, play, "
		   "host, let, message, import, loop or end");
}

static int parse_line(struct parser *p, bool first)
{
	int rc;

	if (first) {
		if (strcmp(parse_word(p), "smc-replay"))
			return parse_expected(p, "smc-replay %d", SCRIPT_VERSION);
		p->at++;
		rc = parse_version(p);
	} else {
		rc = parse_line_kind(p);
	}
	if (!rc && parse_word(p))
		rc = parse_expected(p, "the end of the line");
	return rc;
}

/* The lines after "loop N" up to "end", so often. */
struct loop {
	const char *text; /* after the line; NULL: none */
	size_t len;
	unsigned int line, count, n;
};

/* "{}" of a word is the count, in the four digits that numbers of fields like to have. */
static char *count_word(struct parser *p, const char *word, unsigned int count)
{
	const char *braces;
	char *copy = arena_copy(&p->script->arena, word, strlen(word));

	while ((braces = strstr(copy, "{}")))
		copy = arena_printf(&p->script->arena, "%.*s%04x%s", (int)(braces - copy), copy,
				    count, braces + 2);
	return copy;
}

static int begin_loop(struct parser *p, struct loop *l, const char *text, size_t len)
{
	int rc;

	if (l->text)
		return parse_expected(p, "end before another loop");
	p->at++;
	rc = parse_number(p, 0, LOOP_MAX, &l->n);
	if (!rc && !l->n)
		rc = parse_expected(p, "a number from 1 to %d", LOOP_MAX);
	l->text = text;
	l->len = len;
	l->line = p->line;
	l->count = 1;
	p->looping = true;
	return rc;
}

/* Return: whether the line was one of a loop, or -EINVAL; @text and @len may go back then. */
static int parse_loop(struct parser *p, struct loop *l, const char **text, size_t *len)
{
	int rc;

	if (!strcmp(parse_word(p), "loop")) {
		rc = begin_loop(p, l, *text, *len);
		if (!rc && parse_word(p))
			rc = parse_expected(p, "the end of the line");
		return rc ? rc : 1;
	}
	if (!strcmp(parse_word(p), "end")) {
		if (!l->text)
			return parse_expected(p, "loop before end");
		if (l->count++ < l->n) {
			*text = l->text;
			*len = l->len;
			p->line = l->line;
		} else {
			l->text = NULL;
			p->looping = false;
		}
		return 1;
	}
	if (l->text && ++p->repeated > LINES_MAX)
		return parse_expected(p, "less than %d lines of loops", LINES_MAX);
	for (unsigned int i = 0; l->text && i < p->words.n; i++)
		p->words.text[i] = count_word(p, p->words.text[i], l->count);
	return 0;
}

static int parse_text(struct parser *p, const char *text, size_t len)
{
	struct loop loop = { 0 };
	bool first = true;

	p->line = 0;
	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;
		const char *want = words_split(&p->script->arena, text, n, &p->words);
		int rc = 0;

		p->line++;
		p->at = 0;
		if (want) {
			p->at = p->words.n;
			return parse_expected(p, "%s", want);
		}
		n += newline ? 1 : 0;
		text += n;
		len -= n;
		if (!p->words.n)
			continue;
		rc = first ? 0 : parse_loop(p, &loop, &text, &len);
		if (!rc)
			rc = parse_line(p, first);
		first = false;
		if (rc < 0)
			return rc;
	}
	if (!p->line)
		p->line = 1;
	p->at = p->words.n = 0;
	p->words.column[0] = 1;
	if (loop.text)
		return parse_expected(p, "end, of the loop in line %u", loop.line);
	return first ? parse_expected(p, "smc-replay %d", SCRIPT_VERSION) : 0;
}

/* ---- the whole ---------------------------------------------------------------------- */

int script_parse(const char *path, const char *text, size_t len, struct script *script, char *error)
{
	struct parser p = { .script = script, .error = error, .tests = &script->cases };
	int rc;

	*script = (struct script){ 0 };
	script->path = p.path = arena_copy(&script->arena, path, strlen(path));
	rc = parse_text(&p, text, len);
	return rc ? rc : parse_check(&p);
}
