// SPDX-License-Identifier: GPL-2.0-or-later
/* See options.h. */
#include "options.h"

#include <argp.h>
#include <string.h>

const char *argp_program_version = "smc-run " SMCKIT_VERSION;

enum { OPTION_RESET_ENV = 0x100, OPTION_NEW_SESSION };

static const struct argp_option rows[] = {
	{ "check", 'c', NULL, 0,
	  "Afterwards report which connections were SMC, and why the others were not", 1 },
	{ "output", 'o', "FILE", 0, "The report of --check goes to FILE, not to stderr", 1 },
	{ "strict", 's', NULL, 0,
	  "As --check; and if COMMAND succeeds, but not all its connections were SMC, or it had "
	  "none, "
	  "exit with 123",
	  1 },
	{ "method", 'm', "HOW", 0, "bpf, preload, or auto (the first that works; the default)", 2 },
	{ "user", 'u', "NAME", 0, "Run COMMAND as this user (name or number)", 2 },
	{ "reset-env", OPTION_RESET_ENV, NULL, 0,
	  "With --user: COMMAND gets TERM, and the user's HOME, SHELL, USER, LOGNAME and PATH; "
	  "nothing else of the environment",
	  2 },
	{ "new-session", OPTION_NEW_SESSION, NULL, 0,
	  "COMMAND gets a session of its own, so that it cannot write into this terminal's input",
	  2 },
	{ "quiet", 'q', NULL, 0, "Do not say which way is taken, nor warn", 3 },
	{ "verbose", 'v', NULL, 0, "What libbpf says", 3 },
	{ 0 },
};

static void set_method(struct argp_state *state, struct options *o, const char *arg)
{
	static const char *const names[] = { "auto", "bpf", "preload" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(arg, names[i])) {
			o->method = i;
			return;
		}
	}
	argp_error(state, "--method: '%s' is none of auto, bpf, preload", arg);
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 's':
		o->strict = true;
		/* fallthrough */
	case 'c':
		o->check = true;
		break;
	case 'o':
		o->output = arg;
		break;
	case 'm':
		set_method(state, o, arg);
		break;
	case 'u':
		o->user = arg;
		break;
	case OPTION_RESET_ENV:
		o->reset_env = true;
		break;
	case OPTION_NEW_SESSION:
		o->new_session = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case 'v':
		o->verbose = true;
		break;
	case ARGP_KEY_ARG:
		/* From here on it is all COMMAND's. */
		o->command = state->argv + state->next - 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		if (!o->command)
			argp_error(state, "which command? As in: smc-run curl http://localhost/");
		if (o->output && !o->check)
			argp_error(state, "--output is for --check");
		if (o->reset_env && !o->user)
			argp_error(state, "--reset-env is for --user");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void options_parse(struct options *o, int argc, char **argv)
{
	const struct argp argp = {
		.options = rows,
		.parser = option,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Run an unmodified program over Shared Memory Communications (SMC)."
		       "\vIts TCP sockets become SMC sockets, which fall back to TCP if the peer "
		       "has no SMC. As "
		       "root on Linux 6.6 and later BPF does this, for any program; else a library "
		       "is "
		       "preloaded, which programs that are statically linked or set-user-ID do not "
		       "take.\n\n"
		       "Exit status: COMMAND's; 128+N if signal N ended it; 123 --strict was not "
		       "met; 125 "
		       "smc-run could not do it; 126 COMMAND cannot be run; 127 there is no "
		       "COMMAND. "
		       "See smc-run(8).",
	};

	*o = (struct options){ 0 };
	argp_err_exit_status = EXIT_SELF;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, o);
}
