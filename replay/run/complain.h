/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error messages for people. */
#ifndef SMCKIT_REPLAY_COMPLAIN_H
#define SMCKIT_REPLAY_COMPLAIN_H

/* A line on stderr. Return: EXIT_HARNESS. */
__attribute__((format(printf, 1, 2))) int complain(const char *format, ...);

#endif
