/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statements that a failure is about: the IDs in brackets of an outcome's text. */
#ifndef SMCKIT_REPLAY_BLAME_H
#define SMCKIT_REPLAY_BLAME_H

#include <stdbool.h>

#define BLAME_ID_MAX 16

/* The next "[ABC-01]" from *@text on, which moves past it. Return: whether there is one. */
bool blame_next(const char **text, char id[BLAME_ID_MAX]);

#endif
