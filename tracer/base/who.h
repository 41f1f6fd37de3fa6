/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The owner of an event, in words and compared: process and addresses of its header. */
#ifndef SMCKIT_TRACER_WHO_H
#define SMCKIT_TRACER_WHO_H

#include <stddef.h>

#include "smc_event.h"

/* Enough for who_owner() and for who_address(). */
#define WHO_MAX 64

/**
 * who_owner() - the owner as "comm/pid".
 * @ev: an event
 * @buf: for the text, always terminated
 * @cap: bytes of @buf
 *
 * Bytes that a terminal could take for a command are replaced. Return: @buf; "-" when
 * the owner is not known.
 */
const char *who_owner(const struct smcw_event *ev, char *buf, size_t cap);

/**
 * who_address() - "address:port", with brackets around IPv6.
 * @addr: 16 bytes, IPv4 as ::ffff:a.b.c.d
 * @port: host order; 0 is left out
 * @buf: for the text, always terminated
 * @cap: bytes of @buf
 *
 * Return: @buf; "-" when neither is known.
 */
const char *who_address(const __u8 *addr, __u16 port, char *buf, size_t cap);

/* The address that a text is, as 16 bytes; IPv4 as ::ffff:a.b.c.d. 0, or -EINVAL. */
int who_parse_address(const char *text, __u8 *addr);

/* Does it go to this host itself, as far as the addresses show it? */
int who_is_own(const struct smcw_event *ev);

/* The same addresses and ports, from the same side. */
int who_same_ends(const struct smcw_event *a, const struct smcw_event *b);

/* A hash of stack, addresses and ports, for events that have them. */
__u64 who_hash_ends(const struct smcw_event *ev);

/* Do the two belong to the same end of the same connection? By cookie, else by addresses. */
int who_same(const struct smcw_event *a, const struct smcw_event *b);

#endif
