/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text within a page. All that is not a literal of our own sources goes through these functions,
 * for names and bytes of a trace may be anybody's. The page is well-formed XML, too.
 */
#ifndef SMCKIT_TRACER_HTML_H
#define SMCKIT_TRACER_HTML_H

#include <stdio.h>

#include <linux/types.h>

/* As text or as an attribute's value; bytes that are no UTF-8, or not shown, become U+FFFD. */
void html_put(FILE *out, const char *text);

/* The result of printf(), as html_put() writes it; what is longer than 1,023 bytes is cut. */
__attribute__((format(printf, 2, 3))) void html_format(FILE *out, const char *format, ...);

/* <td>TEXT</td>, and one with a number. */
void html_cell(FILE *out, const char *text);
void html_number(FILE *out, __u64 n);

/* Enough for these; each returns @buf. */
#define HTML_TEXT_MAX 48

/* "12.3 us" */
const char *html_duration(__u64 ns, char *buf);
/* "12.3 MB" */
const char *html_bytes(__u64 bytes, char *buf);
/* Local time with microseconds: "2023-11-14 22:13:20.285606" */
const char *html_time(__u64 ns, char *buf);

#endif
