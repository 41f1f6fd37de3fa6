/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that keeps its privileges, for the few things that a case may change on the host. */
#ifndef SMCKIT_REPLAY_HELPER_H
#define SMCKIT_REPLAY_HELPER_H

/**
 * helper_start() - begin to serve, before privileges are dropped.
 * @fd: set to a socket of packets, for requests and answers; the helper ends when it is closed
 * @serve: called in the helper with its end; puts back all changes before it returns
 *
 * Signals that end the program, which are often sent to its whole group, do not end the helper:
 * it has changes to put back.
 *
 * Return: 0 or -errno.
 */
int helper_start(int *fd, void (*serve)(int from));

#endif
