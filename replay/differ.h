/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --against: reports of other stacks are found, or made in the lab, and compared. */
#ifndef SMCKIT_REPLAY_DIFFER_H
#define SMCKIT_REPLAY_DIFFER_H

#include "options.h"

/**
 * differ_from() - this run and the one that --against names.
 * @report: of this run, by --json
 *
 * Return: EXIT_OK when both did the same, EXIT_FAILED, EXIT_NOTHING when no case ran on both, or
 * EXIT_HARNESS (told on stderr).
 */
int differ_from(const struct options *o, const char *report);

/* As differ_from(), of the first name and each of the others; nothing is played on this host. */
int differ_all(const struct options *o);

#endif
