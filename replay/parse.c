// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts: lines, cases, steps. See script.h. */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "held.h"
#include "names.h"

enum { FILE_MAX = 1 << 24, LOOP_MAX = 1000, LINES_MAX = 100000 };

#define WORD_ROW(name, word) #word,
const char *const script_step_words[] = { SCRIPT_STEPS(WORD_ROW) NULL };
const char *const script_app_words[] = { SCRIPT_APP_WORDS(WORD_ROW) NULL };
const char *const script_counter_words[] = { SCRIPT_COUNTERS(WORD_ROW) NULL };
#undef WORD_ROW
const char *const script_end_words[] = { "client", "server", NULL };
const char *const script_mode_words[] = { "*", "tcp", "smcr", "smcd", NULL };

#define ERRNO(e)                                                                                   \
	{                                                                                          \
#e, e                                                                              \
	}

/* The errnos that connect() and accept() of an SMC socket are known to return. */
static const struct {
	const char *name;
	int error;
} errnos[] = {
	ERRNO(EINTR),
	ERRNO(EIO),
	ERRNO(EAGAIN),
	ERRNO(ENOMEM),
	ERRNO(EFAULT),
	ERRNO(EINVAL),
	ERRNO(ENOSPC),
	ERRNO(EPIPE),
	ERRNO(EPROTO),
	ERRNO(EOPNOTSUPP),
	ERRNO(EADDRINUSE),
	ERRNO(EADDRNOTAVAIL),
	ERRNO(ENETUNREACH),
	ERRNO(ECONNABORTED),
	ERRNO(ECONNRESET),
	ERRNO(EISCONN),
	ERRNO(ENOPROTOOPT),
	ERRNO(ENOTCONN),
	ERRNO(ETIMEDOUT),
	ERRNO(ECONNREFUSED),
	ERRNO(EHOSTUNREACH),
	ERRNO(EALREADY),
	ERRNO(EINPROGRESS),
	ERRNO(EBADF),
	ERRNO(ENODEV),
	ERRNO(ENOBUFS),
	ERRNO(EAFNOSUPPORT),
	ERRNO(ESOCKTNOSUPPORT),
	ERRNO(EPROTONOSUPPORT),
	ERRNO(ENOTTY),
	ERRNO(ESPIPE),
	ERRNO(EMSGSIZE),
	ERRNO(EDOM),
	ERRNO(ERANGE),
	ERRNO(EEXIST),
	ERRNO(ENOENT),
};

const char *script_errno_name(int error)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].error == error)
			return errnos[i].name;
	return NULL;
}

/* ---- words and errors --------------------------------------------------------- */

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

/* ---- steps -------------------------------------------------------------------- */

static int parse_option(struct parser *p, struct step *s)
{
	const struct smcw_tcp_option smc = { SMCW_TCPOPT_EXP, sizeof(smc), 0 };
	const char *word = parse_word(p);
	__u8 *bytes;
	int rc;

	if (word && !strcmp(word, "none")) {
		p->at++;
		return 0;
	}
	if (word && !strcmp(word, "smc")) {
		bytes = (__u8 *)arena_copy(&p->script->arena, &smc, sizeof(smc));
		smcw_put32(bytes + offsetof(struct smcw_tcp_option, magic), SMCW_EYE_SMCR);
		s->data = bytes;
		s->len = sizeof(smc);
		p->at++;
		return 0;
	}
	if (!word || strncmp(word, "0x", 2))
		return parse_expected(p, "smc, none, or 0x and the bytes of a TCP option");
	rc = parse_data(p, &s->data, &s->len);
	/* The kernel takes as many bytes as the length byte says. */
	if (!rc && (s->len < 2 || s->len > SCRIPT_OPTION_MAX || s->data[1] != s->len)) {
		p->at--;
		return parse_expected(p,
				      "kind, length of the whole, and data of a TCP option, "
				      "2 to %d bytes",
				      SCRIPT_OPTION_MAX);
	}
	return rc;
}

static int parse_offset(struct parser *p, __u64 *offset)
{
	const char *word = parse_word(p);
	char *end = NULL;

	errno = 0;
	if (word && isdigit((unsigned char)*word))
		*offset = strtoull(word, &end, 0);
	if (!end || errno || *end)
		return parse_expected(p, "an offset in the buffer, 64 bits at most");
	p->at++;
	return 0;
}

static int parse_write(struct parser *p, struct step *s)
{
	const char *word = parse_word(p);
	int rc;

	if (!word || (*word != '$' && !isdigit((unsigned char)*word)))
		return parse_expected(p, "the rkey as a $name or number");
	s->key = word;
	p->at++;
	rc = parse_offset(p, &s->offset);
	return rc ? rc : parse_data(p, &s->data, &s->len);
}

static int parse_error_word(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strlen(errnos[i].name) == len && !memcmp(errnos[i].name, word, len))
			return errnos[i].error;
	if (len == 2 && !memcmp(word, "ok", len))
		return 0;
	if (len == 3 && !memcmp(word, "eof", len))
		return RESULT_EOF;
	return len == 4 && !memcmp(word, "none", len) ? RESULT_NONE : -EINVAL;
}

bool parse_is_result(const struct parser *p)
{
	const char *word = parse_word(p);

	return word && parse_error_word(word, strcspn(word, "|")) != -EINVAL;
}

/* ok, none, or names of errno with | between them */
int parse_result(struct parser *p, struct step *s)
{
	const char *word = parse_word(p);
	size_t pos = 0;

	while (word && s->n_errors < SCRIPT_ERRORS_MAX) {
		size_t len = strcspn(word + pos, "|");
		int error = parse_error_word(word + pos, len);

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

static int parse_state(struct parser *p, size_t offset, struct step *s)
{
	const char *word = parse_word(p) + offset;
	__u32 state;

	if (value_by_word(SMCW_LIST_sock_states, word, &state) || !state)
		return parse_expected_at(p, offset, "a state of an SMC socket, as active");
	s->state = (__u8)state;
	p->at++;
	return 0;
}

int parse_diag(struct parser *p, struct step *s)
{
	static const char reason[] = "reason=", diagnosis[] = "diagnosis=", state[] = "state=";
	int rc = parse_choice(p, script_mode_words, "a mode"); /* in the order of enum diag_mode */

	if (rc < 0)
		return rc;
	s->mode = (__u8)rc;
	rc = 0;
	while (!rc && parse_word(p)) {
		if (!strncmp(parse_word(p), reason, strlen(reason)))
			rc = parse_reason(p, strlen(reason), &s->reason), s->has_reason = true;
		else if (!strncmp(parse_word(p), diagnosis, strlen(diagnosis)))
			rc = parse_reason(p, strlen(diagnosis), &s->diagnosis),
			s->has_diagnosis = true;
		else if (!strncmp(parse_word(p), state, strlen(state)))
			rc = parse_state(p, strlen(state), s);
		else
			rc = parse_expected(p, "reason=, diagnosis= or state=");
	}
	return rc;
}

static int parse_app(struct parser *p, struct step *s)
{
	int word = parse_choice(p, script_app_words, "what the application does");

	s->app = (__u8)word;
	if (word == APP_SET)
		return parse_set(p, &s->call);
	return word < 0 ? word : 0;
}

static int parse_switch(struct parser *p, const char *off, const char *on, unsigned int *value)
{
	const char *word = parse_word(p);

	if (!word || (strcmp(word, off) && strcmp(word, on)))
		return parse_expected(p, "%s or %s", off, on);
	*value = !strcmp(word, on);
	p->at++;
	return 0;
}

static int parse_port(struct parser *p, struct step *s, const char *off, const char *on)
{
	const char *word = parse_word(p);

	if (!word || *word != '$')
		return parse_expected(p, "the address of the port as a $name");
	s->key = word;
	p->at++;
	return parse_switch(p, off, on, &s->count);
}

static int parse_step_words(struct parser *p, struct step *s)
{
	int rc;

	switch (s->kind) {
	case STEP_OPTION:
		return parse_option(p, s);
	case STEP_CLC:
		return parse_message(p, LAYER_CLC, &s->delivery, &s->message);
	case STEP_LLC:
		return parse_message(p, LAYER_LLC, &s->delivery, &s->message);
	case STEP_DMB:
		return parse_message(p, LAYER_DMB, &s->delivery, &s->message);
	case STEP_WRITE:
		return parse_write(p, s);
	case STEP_DATA:
	case STEP_GOT:
	case STEP_BYTES:
		return parse_data(p, &s->data, &s->len);
	case STEP_SILENT:
	case STEP_WAIT:
		return parse_number(p, 0, PARSE_MS_MAX, &s->ms);
	case STEP_LAPS:
		return parse_number(p, 0, PARSE_LAPS_MAX, &s->count);
	case STEP_RECEIVE:
		return parse_switch(p, "off", "on", &s->count);
	case STEP_PORT:
		return parse_port(p, s, "down", "up");
	case STEP_DEVICE:
		return parse_port(p, s, "deleted", "added");
	case STEP_EOF:
	case STEP_RESET:
	case STEP_GONE:
		return parse_times(p, &s->delivery);
	case STEP_APP:
		return parse_app(p, s);
	case STEP_RESULT:
	case STEP_RECV:
	case STEP_SEND:
	case STEP_ERROR:
		rc = parse_result(p, s);
		return rc ? rc : parse_times(p, &s->delivery);
	case STEP_CALL:
		return parse_call(p, s);
	case STEP_SOCK:
		return parse_sock(p, s);
	case STEP_DIAG:
		return parse_diag(p, s);
	case STEP_STATS:
		return parse_stats(p, &s->stats);
	default:
		return 0;
	}
}

static struct test_case *new_test(struct parser *p, const char *name)
{
	struct test_case *test = arena_alloc(&p->script->arena, sizeof(*test));

	test->name = name;
	test->place = (struct place){ p->line, 1 };
	test->plays[END_CLIENT] = test->plays[END_SERVER] = true;
	*p->tests = p->test = test;
	p->tests = &test->next;
	p->steps = &test->steps;
	p->message = NULL;
	return test;
}

/* A script without the word case is one case. */
static struct test_case *test_at_hand(struct parser *p)
{
	return p->test ? p->test : new_test(p, "");
}

static int parse_step(struct parser *p)
{
	struct step *s = arena_alloc(&p->script->arena, sizeof(*s));
	int word;

	test_at_hand(p);
	s->place = parse_place(p);
	s->end = !strcmp(parse_word(p), script_end_words[END_SERVER]);
	p->at++;
	word = parse_choice(p, script_step_words, "what it does");
	if (word < 0)
		return word;
	s->kind = (__u8)word;
	p->message = NULL;
	*p->steps = s;
	p->steps = &s->next;
	return parse_step_words(p, s);
}

/* ---- lines of other kinds ---------------------------------------------------------- */

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

static int parse_case(struct parser *p)
{
	if (!parse_word(p))
		return parse_expected(p, "the name of the case");
	new_test(p, parse_word(p));
	p->at++;
	return 0;
}

static int parse_word_list(struct parser *p, struct word **list, const char *what)
{
	if (!parse_word(p))
		return parse_expected(p, "%s", what);
	while (*list)
		list = &(*list)->next;
	for (; parse_word(p); p->at++, list = &(*list)->next) {
		*list = arena_alloc(&p->script->arena, sizeof(**list));
		(*list)->text = parse_word(p);
	}
	return 0;
}

static int parse_covers(struct parser *p)
{
	return parse_word_list(p, &test_at_hand(p)->covers, "IDs of statements");
}

static int parse_needs(struct parser *p)
{
	return parse_word_list(p, &test_at_hand(p)->needs, "what the host has to have");
}

static int parse_keep(struct parser *p)
{
	struct test_case *test = test_at_hand(p);
	unsigned int first = p->at;

	for (; parse_word(p); p->at++)
		if (*parse_word(p) != '$' || !parse_word(p)[1])
			return parse_expected(p, "a $name");
	p->at = first;
	return parse_word_list(p, &test->keeps, "a $name");
}

static int parse_repeats(struct parser *p)
{
	struct test_case *test = test_at_hand(p);
	int rc = parse_number(p, 0, PARSE_TIMES_MAX, &test->times);

	if (!rc && test->times < PARSE_TIMES_MIN) {
		p->at--;
		return parse_expected(p, "%d times or more", PARSE_TIMES_MIN);
	}
	return rc;
}

static int parse_play(struct parser *p)
{
	struct test_case *test = test_at_hand(p);
	int end;

	if (parse_word(p) &&
	    (!strcmp(parse_word(p), "none") || !strcmp(parse_word(p), "sockets"))) {
		test->pair = true;
		test->sockets = !strcmp(parse_word(p), "sockets");
		test->plays[END_SERVER] = false;
		p->at++;
		return 0;
	}
	end = parse_choice(p, script_end_words, "the end that is played, none or sockets");
	if (end < 0)
		return end;
	test->plays[!end] = false;
	return 0;
}

static int parse_let(struct parser *p)
{
	struct let *let = arena_alloc(&p->script->arena, sizeof(*let));
	const char *name = parse_word(p);

	test_at_hand(p);
	if (!name || *name != '$' || !name[1])
		return parse_expected(p, "a $name");
	let->name = name + 1;
	let->place = parse_place(p);
	p->at++;
	let->text = parse_word(p);
	if (!let->text)
		return parse_expected(p, "a value");
	p->at++;
	names_append(&p->script->arena, p->test, let);
	return 0;
}

static int parse_change(struct parser *p)
{
	struct host_change *c = arena_alloc(&p->script->arena, sizeof(*c));
	struct host_change **at = &test_at_hand(p)->changes;

	while (*at)
		at = &(*at)->next;
	*at = c;
	c->place = parse_place(p);
	return parse_host(p, c);
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
static int read_all(const char *path, char **text, size_t *len);

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
	rc = read_all(p->path, &text, &len);
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

static const struct {
	const char *word;
	int (*parse)(struct parser *p);
} lines[] = {
	{ "case", parse_case },	    { "covers", parse_covers }, { "needs", parse_needs },
	{ "play", parse_play },	    { "let", parse_let },	{ "message", parse_template_line },
	{ "import", parse_import }, { "keep", parse_keep },	{ "host", parse_change },
	{ "times", parse_repeats },
};

static int parse_line_kind(struct parser *p)
{
	const char *word = parse_word(p);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(word, lines[i].word))
			continue;
		p->message = NULL;
		p->at++;
		return lines[i].parse(p);
	}
	if (!strcmp(word, script_end_words[0]) || !strcmp(word, script_end_words[1]))
		return parse_step(p);
	if (parse_is_part(word))
		return parse_part(p);
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

static int read_stream(FILE *in, char **text, size_t *len)
{
	size_t cap = 1 << 16, n;

	*len = 0;
	*text = malloc(cap);
	while (*text && (n = fread(*text + *len, 1, cap - *len, in))) {
		*len += n;
		if (*len < cap)
			continue;
		if (cap >= FILE_MAX)
			return -EFBIG;
		*text = reallocarray(*text, cap *= 2, 1);
	}
	if (!*text)
		return -ENOMEM;
	return ferror(in) ? -errno : 0;
}

/* On success the text is the caller's to free. */
static int read_all(const char *path, char **text, size_t *len)
{
	FILE *in;
	int rc = held_read(path, text, len);

	if (rc != -ENOENT)
		return !rc && *len > FILE_MAX ? (free(*text), *text = NULL, -EFBIG) : rc;
	in = fopen(path, "re");
	*text = NULL;
	if (!in)
		return -errno;
	rc = read_stream(in, text, len);
	fclose(in);
	if (rc) {
		free(*text);
		*text = NULL;
	}
	return rc;
}

int script_read(const char *path, struct script *script, char *error)
{
	char *text;
	size_t len;
	int rc = read_all(path, &text, &len);

	*script = (struct script){ 0 };
	if (rc) {
		snprintf(error, SCRIPT_ERROR_MAX, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = script_parse(path, text, len, script, error);
	free(text);
	return rc;
}

void script_free(struct script *script)
{
	arena_free(&script->arena);
	*script = (struct script){ 0 };
}
