// SPDX-License-Identifier: GPL-2.0-or-later
/* See complain.h. */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>

#include "options.h"

int complain(const char *format, ...)
{
	va_list args;

	fputs("smc-replay: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_HARNESS;
}
