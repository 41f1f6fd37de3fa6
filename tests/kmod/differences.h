/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences from TCP that may be, in a list. A line is
 *
 *	MODE[,MODE...][@KERNEL] CASE | OUTCOME | REASON
 *
 * which holds since Linux KERNEL (7.2), if that is there,
 * and goes on in those after it that begin with a tab; # begins a comment. Outcomes are compared
 * whole, but for a word * in the list, which is any word.
 */
#ifndef SMCKIT_DIFFERENCES_H
#define SMCKIT_DIFFERENCES_H

#include <stdbool.h>

#define DIFFERENCE_MAX 1024 /* bytes of an outcome */
/* The outcome of calls that did not come to their end: over TCP it says that the test is broken. */
#define DIFFERENCE_HUNG "hung or died"

/* Ends the program if the list cannot be read. */
void differences_read(const char *path);

/* Prints a case as TAP, without its number. */
void difference_judge(const char *mode, const char *name, const char *wanted, const char *got);

/**
 * differences_end() - what is listed and was not seen fails, too.
 * @all: every case has been run
 *
 * Prints the plan.
 *
 * Return: the program's exit status.
 */
int differences_end(bool all);

#endif
