/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what the process that handles event bytes does not need. */
#ifndef SMCKIT_TRACER_PRIVS_H
#define SMCKIT_TRACER_PRIVS_H

/**
 * privs_drop() - a user that owns nothing, no capability, no new privileges, a filter on system
 * calls.
 *
 * From then on no file can be opened, renamed or removed, and nothing executed,
 * traced or connected to. What is open stays usable.
 *
 * Return: 0 or -errno.
 */
int privs_drop(void);

#endif
