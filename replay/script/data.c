// SPDX-License-Identifier: GPL-2.0-or-later
/* See data.h. */
#include "data.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PERIOD_MAX = 64, LONG_DATA = 96 };

static int data_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int hex_byte(const char *text)
{
	int high = data_digit(text[0]), low = high < 0 ? -1 : data_digit(text[1]);

	return low < 0 ? -EINVAL : high << 4 | low;
}

int data_hex(const char *text, __u8 *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++, text += 2) {
		int byte = hex_byte(text);

		if (byte < 0)
			return -EINVAL;
		bytes[i] = (__u8)byte;
	}
	return *text ? -EINVAL : 0;
}

/* One character of a text, which moves past it. */
static int data_unescape(const char **text)
{
	const char *at = *text;
	int byte;

	*text += 1;
	if (*at != '\\')
		return (unsigned char)*at;
	*text += 1;
	switch (at[1]) {
	case 'n':
		return '\n';
	case '"':
	case '\\':
		return at[1];
	case 'x':
		byte = hex_byte(at + 2);
		*text += byte < 0 ? 0 : 2;
		return byte;
	default:
		return -EINVAL;
	}
}

struct sink {
	__u8 *bytes;
	size_t len, cap;
};

static int data_put(struct sink *s, __u8 byte)
{
	if (s->len == s->cap)
		return -ENOSPC;
	if (s->bytes)
		s->bytes[s->len] = byte;
	s->len++;
	return 0;
}

static int data_parse_text(const char **text, struct sink *s)
{
	for (++*text; **text != '"';) {
		int byte = **text ? data_unescape(text) : -EINVAL;

		if (byte < 0)
			return byte;
		if (data_put(s, (__u8)byte))
			return -ENOSPC;
	}
	++*text;
	return 0;
}

static int parse_hex(const char **text, struct sink *s)
{
	for (*text += 2; data_digit(**text) >= 0; *text += 2) {
		int byte = hex_byte(*text);

		if (byte < 0)
			return byte;
		if (data_put(s, (__u8)byte))
			return -ENOSPC;
	}
	return 0;
}

/* The count after a *: how often the bytes before it are there. */
static int data_repeat(const char *text, struct sink *s)
{
	size_t once = s->len;
	unsigned long times;
	char *end;

	if (!isdigit((unsigned char)text[1]))
		return -EINVAL;
	errno = 0;
	times = strtoul(text + 1, &end, 10);
	if (errno || *end)
		return -EINVAL;
	if (once && times > s->cap / once)
		return -ENOSPC;
	s->len = once * times;
	for (size_t i = once; s->bytes && i < s->len; i++)
		s->bytes[i] = s->bytes[i - once];
	return 0;
}

long data_parse(const char *text, __u8 *bytes, size_t cap)
{
	struct sink s = { bytes, 0, bytes ? cap : DATA_MAX };
	int rc = -EINVAL;

	if (*text == '"')
		rc = data_parse_text(&text, &s);
	else if (text[0] == '0' && text[1] == 'x')
		rc = parse_hex(&text, &s);
	if (!rc && *text)
		rc = *text == '*' ? data_repeat(text, &s) : -EINVAL;
	return rc ? rc : (long)s.len;
}

void data_write_text(const __u8 *bytes, size_t len, FILE *out)
{
	fputc('"', out);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n')
			fputs("\\n", out);
		else if (bytes[i] == '"' || bytes[i] == '\\')
			fprintf(out, "\\%c", bytes[i]);
		else if (bytes[i] >= ' ' && bytes[i] < 0x7f)
			fputc(bytes[i], out);
		else
			fprintf(out, "\\x%02x", bytes[i]);
	}
	fputc('"', out);
}

static int is_text(const __u8 *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((bytes[i] < ' ' || bytes[i] >= 0x7f) && bytes[i] != '\n')
			return 0;
	return 1;
}

/* After how many bytes they begin anew; @len when they do not. */
static size_t data_period(const __u8 *bytes, size_t len)
{
	for (size_t n = 1; n <= PERIOD_MAX && n < len; n++)
		if (len % n == 0 && !memcmp(bytes, bytes + n, len - n))
			return n;
	return len;
}

void data_write(const __u8 *bytes, size_t len, FILE *out)
{
	size_t once = len < LONG_DATA ? len : data_period(bytes, len);

	if (is_text(bytes, once)) {
		data_write_text(bytes, once, out);
	} else {
		fputs("0x", out);
		for (size_t i = 0; i < once; i++)
			fprintf(out, "%02x", bytes[i]);
	}
	if (once < len)
		fprintf(out, "*%zu", len / once);
}
