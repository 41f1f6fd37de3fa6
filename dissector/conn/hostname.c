// SPDX-License-Identifier: GPL-2.0-or-later
/* See hostname.h. */
#include "hostname.h"

#include "smc_wire.h"

/* Runs of letters, digits and signs that names have, in IBM-1047. */
static const struct {
	guint8 first;
	const char *ascii;
} ebcdic[] = {
	{ 0x40, " " },		{ 0x4b, "." },	       { 0x5b, "$" },	      { 0x60, "-/" },
	{ 0x6d, "_" },		{ 0x7a, ":#@" },       { 0x81, "abcdefghi" }, { 0x91, "jklmnopqr" },
	{ 0xa2, "stuvwxyz" },	{ 0xc1, "ABCDEFGHI" }, { 0xd1, "JKLMNOPQR" }, { 0xe2, "STUVWXYZ" },
	{ 0xf0, "0123456789" },
};

/* 0: no sign of a name. */
static char from_ebcdic(guint8 c)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ebcdic); i++)
		for (size_t n = 0; ebcdic[i].ascii[n]; n++)
			if (ebcdic[i].first + n == c)
				return ebcdic[i].ascii[n];
	return 0;
}

/* Without the padding; @blank is the code's own. */
static size_t hostname_trimmed(const guint8 *text, size_t size, guint8 blank)
{
	while (size && (text[size - 1] == blank || text[size - 1] == ' ' || !text[size - 1]))
		size--;
	return size;
}

bool hostname_is_ascii(const guint8 *text, size_t size)
{
	size = hostname_trimmed(text, size, ' ');
	for (size_t i = 0; i < size; i++)
		if (!g_ascii_isprint(text[i]))
			return false;
	return true;
}

/* NULL: it is no EBCDIC. */
static char *read_ebcdic(const guint8 *text, size_t size)
{
	GString *name = g_string_new(NULL);

	size = hostname_trimmed(text, size, 0x40);
	for (size_t i = 0; i < size; i++) {
		char c = from_ebcdic(text[i]);

		if (!c) {
			g_string_free(name, TRUE);
			return NULL;
		}
		g_string_append_c(name, c);
	}
	return g_string_free(name, FALSE);
}

static char *hostname_escaped(const guint8 *text, size_t size)
{
	GString *name = g_string_new(NULL);

	for (size_t i = 0; i < size; i++)
		if (g_ascii_isprint(text[i]))
			g_string_append_c(name, (char)text[i]);
		else
			g_string_append_printf(name, "\\x%02x", text[i]);
	return g_string_free(name, FALSE);
}

char *hostname_text(const guint8 *text, size_t size, unsigned os)
{
	char *name = NULL;

	if (os == SMCW_OS_ZOS && !hostname_is_ascii(text, size))
		name = read_ebcdic(text, size);
	return name ? name : hostname_escaped(text, hostname_trimmed(text, size, ' '));
}
