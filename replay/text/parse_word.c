// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a line, and what is said of one that is wrong. See parse.h. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "script/data.h"

const char *parse_word(const struct parser *p)
{
	return p->at < p->words.n ? p->words.text[p->at] : NULL;
}

struct place parse_place(const struct parser *p)
{
	return (struct place){ p->line, p->words.column[p->at] };
}

static void write_found(FILE *out, const char *found)
{
	if (!found || !*found) {
		fputs("the end of the line", out);
		return;
	}
	fputc('\'', out);
	for (size_t i = 0; found[i] && i < 40; i++)
		fputc(isprint((unsigned char)found[i]) ? found[i] : '?', out);
	fputs(strlen(found) > 40 ? "...'" : "'", out);
}

static int expected_va(struct parser *p, size_t offset, const char *what, va_list args)
{
	const char *word = parse_word(p);
	FILE *out = fmemopen(p->error, SCRIPT_ERROR_MAX, "w");

	if (!out)
		return -EINVAL;
	fprintf(out, "%s:%u:%zu: expected ", p->path, p->line, p->words.column[p->at] + offset);
	vfprintf(out, what, args);
	fputs(", found ", out);
	write_found(out, word ? word + offset : NULL);
	fclose(out);
	p->error[SCRIPT_ERROR_MAX - 1] = '\0';
	return -EINVAL;
}

int parse_expected_at(struct parser *p, size_t offset, const char *what, ...)
{
	va_list args;
	int rc;

	va_start(args, what);
	rc = expected_va(p, offset, what, args);
	va_end(args);
	return rc;
}

int parse_expected(struct parser *p, const char *what, ...)
{
	va_list args;
	int rc;

	va_start(args, what);
	rc = expected_va(p, 0, what, args);
	va_end(args);
	return rc;
}

int parse_choice(struct parser *p, const char *const *words, const char *what)
{
	const char *word = parse_word(p);
	char list[SCRIPT_ERROR_MAX / 2] = "";
	size_t len = 0;

	for (int i = 0; word && words[i]; i++) {
		if (!strcmp(words[i], word)) {
			p->at++;
			return i;
		}
	}
	for (int i = 0; words[i] && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, i ? ", %s" : "%s",
					words[i]);
	return parse_expected(p, "%s: %s", what, list);
}

int parse_number(struct parser *p, size_t offset, unsigned long max, unsigned int *number)
{
	const char *word = parse_word(p);
	unsigned long v = 0;
	char *end = NULL;

	errno = 0;
	if (word && isdigit((unsigned char)word[offset]))
		v = strtoul(word + offset, &end, 0);
	if (!end || errno || *end || v > max)
		return parse_expected_at(p, offset, "a number from 0 to %lu", max);
	*number = (unsigned int)v;
	p->at++;
	return 0;
}

int parse_data(struct parser *p, const __u8 **data, size_t *len)
{
	const char *word = parse_word(p);
	long n = word ? data_parse(word, NULL, 0) : -EINVAL;
	__u8 *bytes;

	if (n < 0)
		return parse_expected(p,
				      "\"text\" or 0x and two digits a byte, both maybe with *N "
				      "after it, %d bytes at most",
				      DATA_MAX);
	bytes = arena_alloc(&p->script->arena, (size_t)n + 1);
	data_parse(word, bytes, (size_t)n);
	*data = bytes;
	*len = (size_t)n;
	p->at++;
	return 0;
}

/* ---- what several kinds of steps have ------------------------------------------------------ */

bool parse_is_result(const struct parser *p)
{
	const char *word = parse_word(p);

	return word && script_errno(word, strcspn(word, "|")) != -EINVAL;
}

/* ok, none, or names of errno with | between them */
int parse_result(struct parser *p, struct step *s)
{
	const char *word = parse_word(p);
	size_t pos = 0;

	while (word && s->n_errors < SCRIPT_ERRORS_MAX) {
		size_t len = strcspn(word + pos, "|");
		int error = script_errno(word + pos, len);

		if (error == -EINVAL)
			break;
		s->errors[s->n_errors++] = error;
		pos += len;
		if (!word[pos++]) {
			p->at++;
			return 0;
		}
	}
	return parse_expected_at(p, word ? pos : 0,
				 "ok, none, eof or the name of an errno, at most %d with | between",
				 SCRIPT_ERRORS_MAX);
}

int parse_reason(struct parser *p, size_t offset, __u32 *reason)
{
	const char *word = parse_word(p) + offset;
	unsigned int number = 0;
	int rc = 0;

	if (!value_by_word(SMCW_LIST_decline_reasons, word, reason)) {
		p->at++;
		return 0;
	}
	if (isdigit((unsigned char)*word))
		rc = parse_number(p, offset, 0xffffffff, &number);
	else
		rc = parse_expected_at(p, offset, "a reason of a Decline, as a word or number");
	*reason = number;
	return rc;
}
