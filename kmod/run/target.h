/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program that is to be run: does it take a preloaded library? */
#ifndef SMCKIT_RUN_TARGET_H
#define SMCKIT_RUN_TARGET_H

/**
 * target_refuses_preload - why LD_PRELOAD would be of no use
 * @command: a path, or a name to be looked for in $PATH
 *
 * A script is what its interpreter is.
 *
 * Return: a text that goes on from the program's name, or NULL if nothing is known against it.
 */
const char *target_refuses_preload(const char *command);

#endif
