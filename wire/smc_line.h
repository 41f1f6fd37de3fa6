/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of text that is written piece by piece; for smc_text.c and smc_event_text.c alone. */
#ifndef SMCKIT_SMC_LINE_H
#define SMCKIT_SMC_LINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

/* Characters that do not fit are left out; the line is terminated in any case. */
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

/* CDC comes by the million, and printf would take most of the time: these do without it. */
static inline void line_bytes(struct line *o, const char *from, size_t len)
{
	if (o->len + 1 >= o->cap)
		return;
	if (len > o->cap - o->len - 1)
		len = o->cap - o->len - 1;
	memcpy(o->buf + o->len, from, len);
	o->len += len;
	o->buf[o->len] = '\0';
}

static inline void line_text(struct line *o, const char *text)
{
	line_bytes(o, text, strlen(text));
}

static inline unsigned int decimal_digits(uint32_t v)
{
	return v < 10	     ? 1 :
	       v < 100	     ? 2 :
	       v < 1000	     ? 3 :
	       v < 10000     ? 4 :
	       v < 100000    ? 5 :
	       v < 1000000   ? 6 :
	       v < 10000000  ? 7 :
	       v < 100000000 ? 8 :
			       9 + (v >= 1000000000);
}

#define DECIMAL_MAX 10 /* digits */

/* Two digits at a time: half of the divisions. Returns what comes after the last one. */
static inline char *decimal_put(char *at, uint32_t v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930"
				    "31323334353637383940414243444546474849505152535455565758596061"
				    "62636465666768697071727374757677787980818283848586878889909192"
				    "93949596979899";
	char *end = at + decimal_digits(v);

	for (at = end; v >= 100; v /= 100) {
		at -= 2;
		memcpy(at, pairs + 2 * (v % 100), 2);
	}
	if (v >= 10)
		memcpy(at - 2, pairs + 2 * v, 2);
	else
		at[-1] = (char)('0' + v);
	return end;
}

static inline void line_decimal(struct line *o, uint32_t v)
{
	char digits[DECIMAL_MAX];

	line_bytes(o, digits, (size_t)(decimal_put(digits, v) - digits));
}

/* As many digits as the field has, with leading zeroes. */
static inline void line_hex32(struct line *o, uint32_t v)
{
	char digits[10] = "0x";

	for (int i = 9; i > 1; i--, v >>= 4)
		digits[i] = "0123456789abcdef"[v & 0xf];
	line_bytes(o, digits, sizeof(digits));
}

#endif
