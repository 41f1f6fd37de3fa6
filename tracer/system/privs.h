/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what the process that handles event bytes does not need. */
#ifndef SMCKIT_TRACER_PRIVS_H
#define SMCKIT_TRACER_PRIVS_H

#include <stdbool.h>

/**
 * privs_drop() - a user that owns nothing, no capability, no new privileges, a filter on system
 * calls.
 *
 * From then on no file can be opened, renamed or removed, and nothing executed,
 * traced or connected to. Open files stay usable.
 *
 * Return: 0 or -errno.
 */
int privs_drop(void);

/**
 * privs_missing() - what a process lacks to attach the hooks.
 * @module: the hooks are functions of a module, not of the kernel itself
 * @buf: for the names of the capabilities, empty if none is missing
 *
 * CAP_BPF and CAP_PERFMON; and CAP_SYS_ADMIN for a module, since the kernel
 * gives the BTF of modules to nobody else (BPF_BTF_GET_FD_BY_ID). In a user
 * namespace all are missing, as bpf(2) asks for them in the first one. Return: @buf.
 */
const char *privs_missing(int module, char *buf, unsigned long cap);

/** privs_in_user_namespace() - is the process in another user namespace than the host's? */
bool privs_in_user_namespace(void);

#endif
