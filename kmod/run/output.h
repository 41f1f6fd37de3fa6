/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that --check writes to, opened with rights that the command may not have. */
#ifndef SMCKIT_RUN_OUTPUT_H
#define SMCKIT_RUN_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/**
 * output_open - open the file, and make it empty
 * @out: set to it
 * @path: its name
 * @strangers: the command runs as somebody else, who may have planted links in its way
 * @why: after an error the reason, in words
 *
 * Symbolic links are not followed: at the end of the name never, and with @strangers nowhere in it.
 * With @strangers the file must not have another name either. It is a regular file or a character
 * device: no open or write may have to wait for a reader.
 *
 * Return: 0, or -errno; the file is as it was then.
 */
int output_open(FILE **out, const char *path, bool strangers, const char **why);

#endif
