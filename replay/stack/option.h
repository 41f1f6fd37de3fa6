/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a socket, by the names that scripts have for them: see call_names.h. */
#ifndef SMCKIT_REPLAY_OPTION_H
#define SMCKIT_REPLAY_OPTION_H

#include "script/script.h"

/* Set an option. Return: 0 or -errno. */
int option_set(int fd, const struct call *c);

/* Get the value of an option; of a linger without a time -1. Return: 0 or an errno. */
int option_get(int fd, const struct call *c, int *value);

#endif
