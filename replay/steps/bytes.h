/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that one application sends, and the other one gets. */
#ifndef SMCKIT_REPLAY_BYTES_H
#define SMCKIT_REPLAY_BYTES_H

#include "state/play.h"

/* A step of kind DATA of the stack, and one of ours. Return, as of all here: 0, PLAY_FAILED or
 * -errno. */
int bytes_of_stack(struct play *p, const struct step *s);
int bytes_of_ours(struct play *p, const struct step *s);

/* The application of the stack, on this host, sends by TCP. */
int bytes_from_app(struct play *p, const struct step *s);

/* Bytes for our end of the TCP connection. */
int bytes_by_peer(struct play *p, const struct step *s);

/* Bytes for the application of the stack. */
int bytes_by_app(struct play *p, const struct step *s);

#endif
