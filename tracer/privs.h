/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what the process that handles event bytes does not need. */
#ifndef SMCKIT_TRACER_PRIVS_H
#define SMCKIT_TRACER_PRIVS_H

/**
 * privs_drop() - no capability, no new privileges, and a filter on system calls.
 *
 * Files can still be opened, for rotation; nothing can be executed, traced or
 * connected to.
 *
 * Return: 0 or -errno.
 */
int privs_drop(void);

#endif
