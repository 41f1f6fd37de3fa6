/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of text that is written piece by piece; for smc_text.c and smc_event_text.c alone. */
#ifndef SMCKIT_SMC_LINE_H
#define SMCKIT_SMC_LINE_H

#include <stdarg.h>
#include <stdio.h>

struct line {
	char *buf;
	size_t cap;
	size_t len;
};

static inline struct line line_init(char *buf, size_t cap)
{
	if (cap)
		buf[0] = '\0';
	return (struct line){ buf, cap, 0 };
}

/* What does not fit is left out; the line is terminated in any case. */
__attribute__((format(printf, 2, 3))) static inline void line_add(struct line *o,
								  const char *format, ...)
{
	va_list args;
	int n;

	if (o->len + 1 >= o->cap)
		return;
	va_start(args, format);
	n = vsnprintf(o->buf + o->len, o->cap - o->len, format, args);
	va_end(args);
	if (n > 0)
		o->len += (size_t)n < o->cap - o->len ? (size_t)n : o->cap - o->len - 1;
}

#endif
