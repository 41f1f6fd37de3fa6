/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts as text: the grammar is in smc-replay(8). */
#ifndef SMCKIT_REPLAY_SCRIPT_TEXT_H
#define SMCKIT_REPLAY_SCRIPT_TEXT_H

#include <stdio.h>

#include "script/script.h"

#define SCRIPT_ERROR_MAX 512

/**
 * script_parse() - read a script.
 * @path: where it is from; imports are found beside it
 * @text: the script, @len bytes
 * @script: filled in; release it with script_free() in any case
 * @error: SCRIPT_ERROR_MAX bytes: "file:line:column: expected ..., found ..."
 *
 * Return: 0 or -EINVAL.
 */
int script_parse(const char *path, const char *text, size_t len, struct script *script,
		 char *error);

/* As script_parse(), of a file; or -errno when it cannot be read. */
int script_read(const char *path, struct script *script, char *error);

/**
 * script_write() - a script as text, of which script_parse() makes the same.
 * Templates and imports are written out.
 */
void script_write(const struct script *script, FILE *out);

/**
 * script_mutate() - change a case.
 * @test: of @script
 * @end: whose messages
 * @change: as on the line of a message; the first message that it fits takes it
 * @error: SCRIPT_ERROR_MAX bytes
 *
 * Return: 0, or -EINVAL when it fits none.
 */
int script_mutate(struct script *script, struct test_case *test, enum end end, const char *change,
		  char *error);

#endif
