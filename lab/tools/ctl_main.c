// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: look at and set up SMC in the kernel. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

enum {
	OPT_ETH = 256,
	OPT_IB,
	OPT_SMCD,
	OPT_MODE,
	OPT_STATE,
	OPT_PORT,
	OPT_COUNT,
	OPT_EXACTLY,
	OPT_GONE,
	OPT_REASON,
	OPT_DEVICE,
	OPT_STAT,
	OPT_INTERVAL,
	OPT_IF_MISSING,
};

#define JSON_OPTION                                                                                \
	{                                                                                          \
		"json", 'j', NULL, 0, "Print JSON", 0                                              \
	}
#define IF_MISSING_OPTION                                                                          \
	{                                                                                          \
		"if-missing", OPT_IF_MISSING, NULL, 0, "add: what is there already is no error", 0 \
	}

static const struct argp_option json_options[] = { JSON_OPTION, { 0 } };

static const struct argp_option ueid_options[] = { JSON_OPTION, IF_MISSING_OPTION, { 0 } };

static const struct argp_option pnet_options[] = {
	JSON_OPTION,
	IF_MISSING_OPTION,
	{ "eth", OPT_ETH, "NAME", 0, "add: a network interface", 0 },
	{ "ib", OPT_IB, "NAME[:PORT]", 0, "add: a port of an RDMA device (port 1)", 0 },
	{ "smcd", OPT_SMCD, "NAME", 0, "add: an ISM device", 0 },
	{ 0 },
};

static const struct argp_option diag_options[] = {
	JSON_OPTION,
	{ "listen", 'l', NULL, 0, "Show listening sockets too", 0 },
	{ 0 },
};

static const struct argp_option wait_options[] = {
	{ NULL, 0, NULL, 0, "Conditions, of which all must hold:", 1 },
	{ "mode", OPT_MODE, "MODE", 0, "Sockets with this mode: smcr, smcd or tcp (fallback)", 1 },
	{ "state", OPT_STATE, "STATE", 0, "Sockets in this state, such as ACTIVE or LISTEN", 1 },
	{ "port", OPT_PORT, "PORT", 0, "Sockets with this port at either end", 1 },
	{ "reason", OPT_REASON, "HEX", 0, "Sockets with this fallback reason", 1 },
	{ "count", OPT_COUNT, "N", 0, "N such sockets or more (1); both ends of a connection count",
	  1 },
	{ "exactly", OPT_EXACTLY, NULL, 0, "Not more than --count either", 1 },
	{ "gone", OPT_GONE, NULL, 0, "No such socket", 1 },
	{ "device", OPT_DEVICE, "NAME", 0, "An RDMA device with an active port, or an ISM device",
	  1 },
	{ "stat", OPT_STAT, "NAME=N", 0, "A statistic of N or more, such as smcd.rx_bytes=1000",
	  1 },
	{ NULL, 0, NULL, 0, "How long:", 2 },
	{ "timeout", 't', "SECONDS", 0, "Give up after this time (5)", 2 },
	{ "interval", OPT_INTERVAL, "MS", 0, "Look again after this time (50)", 2 },
	{ 0 },
};

struct command {
	const char *name, *args, *doc;
	const struct argp_option *options;
	int (*run)(struct ctl *ctl);
};

static const struct command commands[] = {
	{ "ueid", "[list | add UEID | del UEID | flush]", "User-defined EIDs", ueid_options,
	  cmd_ueid },
	{ "seid", "[show | enable | disable]", "The system EID", json_options, cmd_seid },
	{ "pnet", "[show | add PNETID | del PNETID | flush]", "The PNET table", pnet_options,
	  cmd_pnet },
	{ "diag", "", "SMC sockets: state, mode, ends, fallback reason, buffers, cursors",
	  diag_options, cmd_diag },
	{ "wait", "", "Wait until sockets, a device or a statistic are as wanted", wait_options,
	  cmd_wait },
	{ "stats", "", "Statistics (as text: those not 0) and fallback reasons of this netns",
	  json_options, cmd_stats },
	{ "devices", "", "RDMA and ISM devices", json_options, cmd_devices },
	{ "lgr", "", "Link groups; with --json, SMC-R ones with their links", json_options,
	  cmd_lgr },
	{ "links", "", "Links of the SMC-R link groups", json_options, cmd_links },
	{ "info", "", "Version, release, host name and what the system offers", json_options,
	  cmd_info },
	{ 0 },
};

static long long number_arg(struct argp_state *state, const char *arg, int base, long long min,
			    long long max)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(arg, &end, base);
	if (errno || *end || end == arg || value < min || value > max)
		argp_error(state, "'%s' is not a number from %lld to %lld", arg, min, max);
	return value;
}

static unsigned int seconds_arg(struct argp_state *state, const char *arg)
{
	char *end;
	double value = strtod(arg, &end);

	if (*end || end == arg || !(value >= 0 && value <= 86400))
		argp_error(state, "'%s' is not a time in seconds", arg);
	return (unsigned int)(value * 1000);
}

static void ib_arg(struct argp_state *state, struct ctl *ctl, char *arg)
{
	char *colon = strrchr(arg, ':');

	if (colon) {
		*colon = '\0';
		ctl->ib_port = (int)number_arg(state, colon + 1, 10, 1, 255);
	}
	ctl->ib = arg;
}

static error_t parse_match(int key, char *arg, struct argp_state *state)
{
	struct ctl_match *match = &((struct ctl *)state->input)->match;

	switch (key) {
	case OPT_MODE:
		if (!diag_knows_mode(arg))
			argp_error(state, "no such mode: '%s'", arg);
		match->mode = arg;
		return 0;
	case OPT_STATE:
		if (!diag_knows_state(arg))
			argp_error(state, "no such state: '%s'", arg);
		match->state = arg;
		return 0;
	case OPT_PORT:
		match->port = (int)number_arg(state, arg, 10, 1, 65535);
		return 0;
	case OPT_COUNT:
		match->count = (int)number_arg(state, arg, 10, 0, 1000000);
		return 0;
	case OPT_EXACTLY:
		match->exactly = true;
		return 0;
	case OPT_GONE:
		match->gone = true;
		return 0;
	case OPT_REASON:
		match->reason = number_arg(state, arg, 16, 0, UINT32_MAX);
		return 0;
	case OPT_DEVICE:
		match->device = arg;
		return 0;
	case OPT_STAT:
		if (!strchr(arg, '='))
			argp_error(state, "--stat wants NAME=N");
		match->stat = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_command(int key, char *arg, struct argp_state *state)
{
	struct ctl *ctl = state->input;

	switch (key) {
	case 'j':
		ctl->json = true;
		return 0;
	case 'l':
		ctl->listen = true;
		return 0;
	case 't':
		ctl->timeout_ms = seconds_arg(state, arg);
		return 0;
	case OPT_INTERVAL:
		ctl->interval_ms = (unsigned int)number_arg(state, arg, 10, 1, 60000);
		return 0;
	case OPT_IF_MISSING:
		ctl->if_missing = true;
		return 0;
	case OPT_ETH:
		ctl->eth = arg;
		return 0;
	case OPT_IB:
		ib_arg(state, ctl, arg);
		return 0;
	case OPT_SMCD:
		ctl->smcd = arg;
		return 0;
	case ARGP_KEY_ARGS:
		ctl->args = state->argv + state->next;
		ctl->n_args = (size_t)(state->argc - state->next);
		return 0;
	}
	return parse_match(key, arg, state);
}

static char *help_commands(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size = 0;
	const struct command *command;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&out, &size);
	if (!f)
		return NULL;
	fputs("Commands:\n", f);
	for (command = commands; command->name; command++)
		fprintf(f, "  %-8s %s\n           %s\n", command->name, command->args,
			command->doc);
	fputs("\n'smc-ctl COMMAND --help' lists a command's options.\n\n"
	      "Exit status: 0 done, 1 the condition of 'wait' did not come true in time,\n"
	      "2 error, 3 the kernel has no SMC (module not loaded), 64 wrong usage.",
	      f);
	fclose(f);
	return out;
}

static const struct command *find_command(int argc, char **argv)
{
	static const struct argp argp = {
		.args_doc = "COMMAND [ARG...]",
		.doc = "Look at and set up SMC (Shared Memory Communications) in the kernel.\v",
		.help_filter = help_commands,
	};
	const struct command *command;

	if (argc > 1 && argv[1][0] != '-') {
		for (command = commands; command->name; command++)
			if (!strcmp(command->name, argv[1]))
				return command;
		fprintf(stderr, "smc-ctl: no such command: %s (smc-ctl --help lists them)\n",
			argv[1]);
		exit(CTL_USAGE);
	}
	/* Only --help, --usage or a mistake can be here. */
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);
	argp_help(&argp, stderr, ARGP_HELP_STD_USAGE, argv[0]);
	exit(CTL_USAGE);
}

static int ctl_main_report(const struct ctl *ctl, int ret)
{
	const char *module = ctl->module ? ctl->module : "smc";

	switch (ret) {
	case -EPROTONOSUPPORT:
		fprintf(stderr,
			"smc-ctl %s: the kernel module %s is not loaded; load it: modprobe %s\n",
			ctl->command, module, module);
		return CTL_NO_MODULE;
	case -EPERM:
	case -EACCES:
		fprintf(stderr, "smc-ctl %s: not permitted: run it as root (CAP_NET_ADMIN)\n",
			ctl->command);
		return CTL_ERROR;
	case CTL_NOT_MET:
		fprintf(stderr, "smc-ctl %s: not in time: %s\n", ctl->command, ctl->detail);
		return ret;
	case CTL_USAGE:
		fprintf(stderr, "smc-ctl %s: wrong arguments; try 'smc-ctl %s --help'\n",
			ctl->command, ctl->command);
		return ret;
	}
	if (ret < 0)
		fprintf(stderr, "smc-ctl %s: %s\n", ctl->command,
			ctl->detail ? ctl->detail : strerror(-ret));
	return ret < 0 ? CTL_ERROR : ret;
}

int main(int argc, char **argv)
{
	const struct command *command = find_command(argc, argv);
	const struct argp argp = {
		.options = command->options,
		.parser = parse_command,
		.args_doc = command->args,
		.doc = command->doc,
	};
	struct ctl ctl = {
		.command = command->name,
		.ib_port = 1,
		.timeout_ms = 5000,
		.interval_ms = 50,
		.match = { .reason = -1, .port = -1, .count = -1 },
	};
	static char name[64];

	snprintf(name, sizeof(name), "smc-ctl %s", command->name);
	argv[1] = name;
	argp_parse(&argp, argc - 1, argv + 1, 0, NULL, &ctl);
	if (ctl.n_args && !*command->args)
		return ctl_main_report(&ctl, CTL_USAGE);
	return ctl_main_report(&ctl, command->run(&ctl));
}
