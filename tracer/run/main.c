// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-trace: see every SMC message on this host. */
#include <argp.h>
#include <string.h>

#include "capture.h"
#include "commands.h"

const char *argp_program_version = "smc-trace " SMCKIT_VERSION;

int main(int argc, char **argv)
{
	struct options o;

	options_parse(&o, argc, argv);
	if (!strcmp(o.command, "read"))
		return command_read(&o);
	if (!strcmp(o.command, "stats"))
		return command_stats(&o);
	if (!strcmp(o.command, "conns") && o.file)
		return command_conns(&o);
	if (!strcmp(o.command, "why"))
		return command_why(&o);
	if (!strcmp(o.command, "report"))
		return command_report(&o);
	if (!strcmp(o.command, "merge"))
		return command_merge(&o);
	if (!strcmp(o.command, "doctor"))
		return command_doctor(&o);
	return capture_run(&o);
}
