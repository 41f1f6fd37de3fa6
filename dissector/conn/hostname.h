/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that hosts give themselves in CLC; z/OS writes them in EBCDIC. */
#ifndef SMCKIT_DISSECTOR_HOSTNAME_H
#define SMCKIT_DISSECTOR_HOSTNAME_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Is it ASCII up to what fills it up? Then it can be shown as it is. */
bool hostname_is_ascii(const guint8 *text, size_t size);

/**
 * hostname_text() - a name to read.
 * @text: as it is on the wire, filled up with blanks or zeroes
 * @size: bytes of @text
 * @os: the host's operating system, enum smcw_os_types
 *
 * Bytes that are no ASCII are taken as EBCDIC when the host runs z/OS, and kept
 * as \xNN else, since nothing says then what they are.
 *
 * Return: the name for g_free(), empty when there is none.
 */
char *hostname_text(const guint8 *text, size_t size, unsigned os);

#endif
