/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations that the files of the script's parser share. */
#ifndef SMCKIT_REPLAY_PARSE_H
#define SMCKIT_REPLAY_PARSE_H

#include "script/words.h"
#include "script_text.h"

#define PARSE_IMPORTS_MAX 4 /* within each other */
#define PARSE_MS_MAX 900000
#define PARSE_LAPS_MAX 200000
#define PARSE_TIMES_MIN 8 // fewer show no growth
#define PARSE_TIMES_MAX 1000

/* A message by name, to be used in others. */
struct template
{
	struct template *next;
	const char *name;
	struct message *message;
};

struct parser {
	struct script *script;
	char *error;
	const char *path;
	unsigned int line;
	struct words words;
	unsigned int at;    /* word at hand */
	unsigned int depth; /* of imports */
	bool looping;
	unsigned int repeated; /* lines of loops, each as often as it comes */
	struct template *templates;
	struct test_case *test;	  /* case at hand, NULL before the first */
	struct test_case **tests; /* where the next one goes */
	struct step **steps;
	struct message *message; /* to which lines of parts belong */
	struct part **parts;
};

/* The word at hand, NULL after the last one. */
const char *parse_word(const struct parser *p);

/* Its place. */
struct place parse_place(const struct parser *p);

/* Writes the error: @what was expected at the word at hand. Return: -EINVAL. */
__attribute__((format(printf, 2, 3))) int parse_expected(struct parser *p, const char *what, ...);

/* As parse_expected(), for a place inside the word, @offset characters into it. */
__attribute__((format(printf, 3, 4))) int parse_expected_at(struct parser *p, size_t offset,
							    const char *what, ...);

/**
 * parse_choice() - the word at hand is one of some.
 * @words: them, with a NULL after the last
 * @what: the noun for the error
 *
 * Return: its index, and the parser is past it; or -EINVAL.
 */
int parse_choice(struct parser *p, const char *const *words, const char *what);

/* The word at hand, or its rest from @offset on, is a number up to @max. Moves past it. */
int parse_number(struct parser *p, size_t offset, unsigned long max, unsigned int *number);

/* The reason of a Decline, @offset characters into the word at hand. Moves past it. */
int parse_reason(struct parser *p, size_t offset, __u32 *reason);

/* COUNTER=NUMBER and fallback.REASON=NUMBER, to the end of the line. */
int parse_stats(struct parser *p, struct stat_want **list);

/* "ok", or names of an errno with | between them: of the step's call. */
int parse_result(struct parser *p, struct step *s);

/* A call of the application and its result; an option, as NAME=VALUE. */
int parse_call(struct parser *p, struct step *s);
int parse_set(struct parser *p, struct call *c);

/* A call on a socket of the script's. */
int parse_sock(struct parser *p, struct step *s);

/* A change of the host, and what comes of it. */
int parse_host(struct parser *p, struct host_change *c);

/* A way to shut down, as an index. */
int parse_way(struct parser *p, unsigned int *what);

/* The mode of a connection, and more of it. */
int parse_diag(struct parser *p, struct step *s);

/* Is the word at hand one that parse_result() takes? */
bool parse_is_result(const struct parser *p);

/* after=MS and before=MS, to the end of the line. */
int parse_times(struct parser *p, struct delivery *d);

/* Every case of the script checks something, in every step that could. Return: 0 or -EINVAL. */
int parse_check(struct parser *p);

/* The word at hand is bytes, see data.h. Moves past it. */
int parse_data(struct parser *p, const __u8 **data, size_t *len);

/**
 * parse_message() - "TYPE" or "@TEMPLATE", then the changes to it.
 * @layer: of the message
 * @delivery: NULL where none is possible
 * @out: set to the message, to which lines of parts may be added
 */
int parse_message(struct parser *p, enum message_layer layer, struct delivery *delivery,
		  struct message **out);

/* The case at hand; a script may begin without one. */
struct test_case *parse_test(struct parser *p);

/* A step: a line that begins with an end. */
int parse_step(struct parser *p);

/* Does the line begin with a word about a case as a whole? And such a line. */
bool parse_is_of_case(const struct parser *p);
int parse_case_line(struct parser *p);

/* A file. On success @text is the caller's to free. Return: 0 or -errno. */
int parse_read(const char *path, char **text, size_t *len);

/* A line that begins with the name of a part. */
int parse_part(struct parser *p);

/* Is it the name of a part, maybe with a count after it? */
bool parse_is_part(const char *word);

#endif
