/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations that the files share which write a script as text. */
#ifndef SMCKIT_REPLAY_WRITE_H
#define SMCKIT_REPLAY_WRITE_H

#include <stdio.h>

#include "script/script.h"

/* The arguments of a call on a socket, between the call's word and its result. */
void write_sock_arguments(const struct step *s, FILE *out);

/* The unusual settings of such a call, after its result. */
void write_sock_changes(const struct sock_call *c, FILE *out);

#endif
