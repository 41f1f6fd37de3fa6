/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run: cases of files, played one after the other, with their reports. */
#ifndef SMCKIT_REPLAY_SESSION_H
#define SMCKIT_REPLAY_SESSION_H

#include "options.h"

/* Return: enum exit_status; errors are reported on stderr. */
int session_run(struct options *o);

#endif
