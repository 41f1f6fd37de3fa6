/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A filter on system calls (seccomp): each program has its own list, and this makes a filter of it.
 */
#ifndef SMCKIT_CALLS_H
#define SMCKIT_CALLS_H

#include <stddef.h>

#include <seccomp.h>

/**
 * calls_confine() - let this process make only the calls of a list; others fail with EPERM.
 * @calls: numbers of calls that are allowed with any arguments
 * @n: how many
 * @some: adds calls that are allowed with some arguments only. Return: 0 or -errno.
 *
 * fstat() as the C library calls it, and memory that is not executable, are always allowed.
 *
 * Return: 0 or -errno.
 */
int calls_confine(const int *calls, size_t n, int (*some)(scmp_filter_ctx ctx));

/* Allow a call with that argument. Return: 0 or -errno. */
int calls_allow_if(scmp_filter_ctx ctx, int call, struct scmp_arg_cmp arg);

#endif
