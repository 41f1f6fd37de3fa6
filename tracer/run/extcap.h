/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smc-trace as a capture interface of Wireshark: what Wireshark asks of an extcap program. */
#ifndef SMCKIT_TRACER_EXTCAP_H
#define SMCKIT_TRACER_EXTCAP_H

#include <stdbool.h>

#include "options.h"

#define EXTCAP_OPTIONS_MAX 24

/* The filters as a command line of their own, which is checked as that of any user is. */
struct extcap_line {
	char *argv[EXTCAP_OPTIONS_MAX + 1];
	int argc;
};

/**
 * extcap_parse() - is it Wireshark that calls?
 * @o: filled in for a capture into Wireshark's pipe
 * @line: the filters that were set in Wireshark's dialog
 *
 * Answers Wireshark's questions for interfaces, link types and settings, and
 * ends the program then.
 *
 * Return: true when a capture was asked for, false when this is no extcap call.
 */
bool extcap_parse(struct options *o, int argc, char **argv, struct extcap_line *line);

#endif
