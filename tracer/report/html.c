// SPDX-License-Identifier: GPL-2.0-or-later
/* See html.h. */
#include "html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at @at, or 0 if it is no UTF-8 (RFC 3629), or not to be shown. */
static size_t html_character(const unsigned char *at)
{
	static const struct {
		unsigned char mask, is;
		__u32 least;
	} forms[] = { { 0x80, 0x00, 0x20 },
		      { 0xe0, 0xc0, 0xa0 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };
	size_t len = 0;
	__u32 code;

	while (len < 4 && (at[0] & forms[len].mask) != forms[len].is)
		len++;
	if (len == 4)
		return 0;
	code = at[0] & (unsigned char)~forms[len].mask;
	for (size_t i = 1; i <= len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < forms[len].least || code == 0x7f || code > 0x10ffff)
		return 0;
	/* Surrogates, what is not a character, and what turns the direction of text. */
	if ((code >= 0xd800 && code <= 0xdfff) || (code & 0xfffe) == 0xfffe ||
	    (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0xfeff)
		return 0;
	return len + 1;
}

static const char *html_entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_put(FILE *out, const char *text)
{
	while (*text) {
		const char *entity = html_entity(*text);
		size_t len = html_character((const unsigned char *)text);

		if (entity)
			fputs(entity, out);
		else if (len)
			fwrite(text, 1, len, out);
		else
			fputs(REPLACEMENT, out);
		text += len ? len : 1;
	}
}

void html_format(FILE *out, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	html_put(out, text);
}

void html_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	html_put(out, text);
	fputs("</td>", out);
}

void html_number(FILE *out, __u64 n)
{
	fprintf(out, "<td class=\"n\">%" PRIu64 "</td>", (uint64_t)n);
}

const char *html_duration(__u64 ns, char *buf)
{
	if (ns < 1000000)
		snprintf(buf, HTML_TEXT_MAX, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buf, HTML_TEXT_MAX, "%.1f ms", (double)ns / 1e6);
	else
		snprintf(buf, HTML_TEXT_MAX, "%.2f s", (double)ns / 1e9);
	return buf;
}

const char *html_bytes(__u64 bytes, char *buf)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	snprintf(buf, HTML_TEXT_MAX, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return buf;
}

const char *html_time(__u64 ns, char *buf)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;
	size_t len = 0;

	if (localtime_r(&seconds, &tm))
		len = strftime(buf, HTML_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf + len, HTML_TEXT_MAX - len, ".%06u", (unsigned int)(ns % 1000000000 / 1000));
	return buf;
}
