/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the TCP connection, and that nothing comes. Return, of all here: 0, PLAY_FAILED or
 * -errno. */
#ifndef SMCKIT_REPLAY_ENDING_H
#define SMCKIT_REPLAY_ENDING_H

#include "state/play.h"

/* Steps of kind EOF, RESET and GONE of the stack: the end is waited for. */
int ending_expect(struct play *p, const struct step *s);

/* A step of kind EOF of the stack: its application does what ends the connection. */
int ending_eof(struct play *p, const struct step *s);

/* A step of kind SILENT of the stack. */
int ending_silence(struct play *p, const struct step *s);

#endif
