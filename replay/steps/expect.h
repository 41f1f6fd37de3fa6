/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of calls of the application: an errno, or none. */
#ifndef SMCKIT_REPLAY_EXPECT_H
#define SMCKIT_REPLAY_EXPECT_H

#include "state/play.h"

/* The result of a call against the errors of a step. @call: its name, for the outcome. Return: 0 or
 * PLAY_FAILED. */
int expect_error(struct play *p, const struct step *s, const char *call, int error);

/* Steps of kind RECV and SEND: the errno of the application's call. Return: 0, PLAY_FAILED or
 * -errno. */
int expect_recv(struct play *p, const struct step *s);
int expect_send(struct play *p, const struct step *s);

/* A step of kind ERROR: the socket's error, when poll() says that it is ready. Return: as
 * expect_recv(). */
int expect_socket_error(struct play *p, const struct step *s);

#endif
