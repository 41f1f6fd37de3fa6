// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-xfer: move data over SMC or TCP and verify every byte. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xfer.h"

const char *const xfer_family_names[] = { "smc", "smc6", "ipproto-smc", "tcp", NULL };
const char *const xfer_direction_names[] = { "c2s", "s2c", "both", "echo", "pingpong", NULL };
const char *const xfer_close_names[] = { "normal", "half", "abort", "linger0", NULL };
const char *const xfer_end_names[] = { "any", "eof", "reset", NULL };

enum {
	OPT_SEED = 256,
	OPT_TEXT,
	OPT_REPLY,
	OPT_BANNER,
	OPT_SERVER_FIRST,
	OPT_ROUNDS,
	OPT_PACE,
	OPT_CLOSE,
	OPT_CLOSER,
	OPT_EXPECT,
	OPT_LINGER,
	OPT_HOLD,
	OPT_HOLD_FILE,
	OPT_SNDBUF,
	OPT_RCVBUF,
	OPT_NODELAY,
	OPT_FASTOPEN,
	OPT_OOB,
	OPT_READY_FILE,
	OPT_READY_FD,
	OPT_JSON,
	OPT_LOG,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Connections:", 1 },
	{ "family", 'f', "FAMILY", 0, "smc (default), smc6, ipproto-smc or tcp", 1 },
	{ "port", 'p', "PORT", 0, "Server: port to listen on, 0 for any; client: to connect to",
	  1 },
	{ "bind", 'b', "ADDR", 0, "Server: listen on this address; client: connect from it", 1 },
	{ "count", 'n', "N", 0, "Connections to make (1) or to serve (no limit)", 1 },
	{ "connections", 'n', NULL, OPTION_ALIAS, NULL, 1 },
	{ "parallel", 'P', "K", 0,
	  "Client: so many connections at a time; --count is K if not given", 1 },
	{ "timeout", 't', "SECONDS", 0, "Give up when nothing moves for this time (30)", 1 },
	{ "ready-file", OPT_READY_FILE, "FILE", 0,
	  "Server: create FILE, with the port in it, when listening", 1 },
	{ "ready-fd", OPT_READY_FD, "FD", 0, "Server: write the port to FD when listening", 1 },
	{ NULL, 0, NULL, 0, "Data, the same for both ends:", 2 },
	{ "direction", 'd', "DIR", 0, "c2s (default), s2c, both (at once), echo, pingpong", 2 },
	{ "bytes", 'B', "N[k|m|g]", 0, "Bytes of a stream (1m)", 2 },
	{ "message", 'm', "N[k|m]", 0, "Bytes of a write (64k; pingpong: 64)", 2 },
	{ "rounds", OPT_ROUNDS, "N", 0, "Messages each way of pingpong (100)", 2 },
	{ "pace", OPT_PACE, "MS", 0, "Milliseconds between two writes of a connection (0)", 2 },
	{ "seed", OPT_SEED, "N", 0, "Seed of the pattern (1)", 2 },
	{ "text", OPT_TEXT, "STRING", 0,
	  "Send STRING instead of the pattern, repeated up to --bytes", 2 },
	{ "reply", OPT_REPLY, "STRING", 0, "The same for what the server sends", 2 },
	{ "banner", OPT_BANNER, "STRING", 0,
	  "The server sends STRING first; the client waits for it", 2 },
	{ "server-first", OPT_SERVER_FIRST, NULL, 0,
	  "The client sends nothing before the server does", 2 },
	{ "oob", OPT_OOB, NULL, 0, "The client sends an urgent byte half-way", 2 },
	{ NULL, 0, NULL, 0, "The end, the same for both ends:", 3 },
	{ "close", OPT_CLOSE, "HOW", 0,
	  "normal, half (shutdown, then data from the other end), abort (with data unread), "
	  "linger0 (SO_LINGER 0)",
	  3 },
	{ "closer", OPT_CLOSER, "END", 0, "Who ends it: client (default) or server", 3 },
	{ "expect", OPT_EXPECT, "END", 0,
	  "What the other one has to see: eof, reset, any (default: by --close and --family)", 3 },
	{ "hold", OPT_HOLD, "SECONDS", 0, "Stay connected for this time before ending", 3 },
	{ "hold-file", OPT_HOLD_FILE, "FILE", 0,
	  "Stay connected until FILE exists, --timeout at most", 3 },
	{ "linger", OPT_LINGER, "SECONDS", 0, "Set SO_LINGER when closing", 3 },
	{ NULL, 0, NULL, 0, "Socket options and output:", 4 },
	{ "sndbuf", OPT_SNDBUF, "N[k|m]", 0, "Set SO_SNDBUF", 4 },
	{ "rcvbuf", OPT_RCVBUF, "N[k|m]", 0, "Set SO_RCVBUF", 4 },
	{ "nodelay", OPT_NODELAY, NULL, 0, "Set TCP_NODELAY", 4 },
	{ "fastopen", OPT_FASTOPEN, NULL, 0, "Server: set TCP_FASTOPEN, which SMC does not have",
	  4 },
	{ "json", OPT_JSON, NULL, 0, "Print the summary as JSON", 4 },
	{ "log", OPT_LOG, "FILE", 0,
	  "Add a line for each connection to FILE: process, own port, peer's port, bytes sent "
	  "and received, 0 or what was wrong, role, family",
	  4 },
	{ 0 },
};

/* The command line, as far as the plan cannot hold it before all of it is known. */
struct args {
	struct xfer_plan plan;
	const char *role, *host, *bind;
	int port;
	bool bytes_set, message_set, count_set, expect_set;
};

static uint64_t size_arg(struct argp_state *state, const char *arg, uint64_t max)
{
	static const char units[] = "kmg";
	unsigned long long value;
	const char *unit;
	char *end;

	errno = 0;
	value = strtoull(arg, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit && !end[1] && value <= UINT64_MAX >> 30) {
		value <<= 10 * (unit - units + 1);
		end++;
	}
	if (errno || *end || end == arg || *arg == '-' || value > max)
		argp_error(state, "'%s' is not a number up to %llu", arg, (unsigned long long)max);
	return value;
}

static unsigned int xfer_main_time_arg(struct argp_state *state, const char *arg)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (*end || end == arg || !(seconds >= 0 && seconds <= 86400))
		argp_error(state, "'%s' is not a time in seconds", arg);
	return (unsigned int)(seconds * 1000);
}

static int name_arg(struct argp_state *state, const char *arg, const char *const *names)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], arg))
			return i;
	argp_error(state, "'%s' is not one of the values --help lists", arg);
	return 0;
}

static const char *string_arg(struct argp_state *state, const char *arg)
{
	if (!*arg)
		argp_error(state, "an empty string cannot be sent");
	return arg;
}

static error_t parse_socket(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct xfer_plan *plan = &args->plan;

	switch (key) {
	case 'f':
		plan->family = (enum xfer_family)name_arg(state, arg, xfer_family_names);
		return 0;
	case 'p':
		args->port = (int)size_arg(state, arg, UINT16_MAX);
		return 0;
	case 'b':
		args->bind = arg;
		return 0;
	case 'n':
		plan->connections = (unsigned int)size_arg(state, arg, 1000000);
		args->count_set = true;
		return 0;
	case 'P':
		plan->parallel = (unsigned int)size_arg(state, arg, 10000);
		return 0;
	case 't':
		plan->timeout_ms = xfer_main_time_arg(state, arg);
		return 0;
	case OPT_READY_FILE:
		plan->ready_file = arg;
		return 0;
	case OPT_READY_FD:
		plan->ready_fd = (int)size_arg(state, arg, 65535);
		return 0;
	case OPT_SNDBUF:
		plan->sndbuf = (int)size_arg(state, arg, INT32_MAX);
		return 0;
	case OPT_RCVBUF:
		plan->rcvbuf = (int)size_arg(state, arg, INT32_MAX);
		return 0;
	case OPT_NODELAY:
		plan->nodelay = true;
		return 0;
	case OPT_FASTOPEN:
		plan->fastopen = true;
		return 0;
	case OPT_JSON:
		plan->json = true;
		return 0;
	case OPT_LOG:
		plan->log_file = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_data(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct xfer_plan *plan = &args->plan;

	switch (key) {
	case 'd':
		plan->direction = (enum xfer_direction)name_arg(state, arg, xfer_direction_names);
		return 0;
	case 'B':
		plan->bytes = size_arg(state, arg, UINT64_MAX >> 1);
		args->bytes_set = true;
		return 0;
	case 'm':
		plan->message = (size_t)size_arg(state, arg, 1 << 28);
		args->message_set = true;
		return 0;
	case OPT_ROUNDS:
		plan->rounds = size_arg(state, arg, UINT32_MAX);
		return 0;
	case OPT_PACE:
		plan->pace_ms = (unsigned int)size_arg(state, arg, 60000);
		return 0;
	case OPT_SEED:
		plan->seed = size_arg(state, arg, UINT64_MAX);
		return 0;
	case OPT_TEXT:
		plan->text = string_arg(state, arg);
		return 0;
	case OPT_REPLY:
		plan->reply = string_arg(state, arg);
		return 0;
	case OPT_BANNER:
		plan->banner = string_arg(state, arg);
		return 0;
	case OPT_SERVER_FIRST:
		plan->server_first = true;
		return 0;
	case OPT_OOB:
		plan->oob = true;
		return 0;
	}
	return parse_socket(key, arg, state);
}

static error_t parse_end(int key, char *arg, struct argp_state *state)
{
	static const char *const ends[] = { "client", "server", NULL };
	struct args *args = state->input;
	struct xfer_plan *plan = &args->plan;

	switch (key) {
	case OPT_CLOSE:
		plan->close = (enum xfer_close)name_arg(state, arg, xfer_close_names);
		return 0;
	case OPT_CLOSER:
		plan->server_closes = name_arg(state, arg, ends);
		return 0;
	case OPT_EXPECT:
		plan->expect = (enum xfer_end)name_arg(state, arg, xfer_end_names);
		args->expect_set = true;
		return 0;
	case OPT_HOLD:
		plan->hold_ms = xfer_main_time_arg(state, arg);
		return 0;
	case OPT_HOLD_FILE:
		plan->hold_file = arg;
		return 0;
	case OPT_LINGER:
		plan->linger = (int)size_arg(state, arg, 86400);
		return 0;
	}
	return parse_data(key, arg, state);
}

static void set_sizes(struct args *args)
{
	struct xfer_plan *plan = &args->plan;
	bool c2s = plan->direction != DIR_S2C, s2c = plan->direction != DIR_C2S;

	if (!args->message_set)
		plan->message = plan->direction == DIR_PINGPONG ? 64 : 65536;
	if (!args->bytes_set)
		plan->bytes = plan->text ? strlen(plan->text) : 1 << 20;
	plan->reply_bytes = plan->bytes;
	if (!args->bytes_set && plan->reply)
		plan->reply_bytes = strlen(plan->reply);
	if (plan->direction == DIR_ECHO)
		plan->reply_bytes = plan->bytes;
	if (plan->direction == DIR_PINGPONG)
		plan->bytes = plan->reply_bytes = plan->rounds * plan->message;
	plan->bytes *= c2s;
	plan->reply_bytes *= s2c;
}

/*
 * SO_LINGER 0 means a reset in TCP. In SMC, and over a fallback, the stack decides its meaning:
 * the report says what came.
 */
static void set_expected_end(struct args *args)
{
	struct xfer_plan *plan = &args->plan;

	if (args->expect_set)
		return;
	if (plan->close == CLOSE_ABORT)
		plan->expect = END_RESET;
	else if (plan->close == CLOSE_LINGER0)
		plan->expect = plan->family == FAMILY_TCP ? END_RESET : END_ANY;
	else
		plan->expect = END_EOF;
}

/* Plans whose two ends would wait for each other, or that ask for what cannot be. */
static const char *xfer_main_contradiction(const struct xfer_plan *plan)
{
	uint64_t to_closer = plan->server_closes ? plan->bytes : plan->reply_bytes;
	bool half = plan->close == CLOSE_HALF;

	if (!plan->message || !plan->parallel)
		return "0 is too few";
	if (plan->close == CLOSE_ABORT && !to_closer)
		return "--close abort needs bytes towards the closer, to leave them unread";
	if (plan->server_first && !plan->reply_bytes)
		return "--server-first needs bytes from the server; see --banner too";
	if (plan->oob && !plan->bytes)
		return "--oob needs bytes from the client";
	if (half && plan->server_first)
		return "--close half does not go with --server-first";
	if (half && plan->server_closes &&
	    (plan->direction == DIR_PINGPONG || plan->direction == DIR_ECHO))
		return "--close half does not go with --closer server in this direction";
	return NULL;
}

static void set_addresses(struct argp_state *state, struct args *args)
{
	struct xfer_plan *plan = &args->plan;
	const char *host = plan->server ? args->bind : args->host;
	int err;

	if (args->port < 0 || (!args->port && !plan->server))
		argp_error(state, "--port is missing");
	err = sock_address(&plan->addr, plan->family, host, (uint16_t)args->port);
	if (!err && args->bind && !plan->server) {
		host = args->bind;
		err = sock_address(&plan->bind, plan->family, host, 0);
	}
	if (err)
		argp_error(state, "'%s' is not an address for the family %s", host,
			   xfer_family_names[plan->family]);
}

static error_t parse_all(struct argp_state *state, struct args *args)
{
	struct xfer_plan *plan = &args->plan;
	const char *wrong;

	plan->server = args->role && !strcmp(args->role, "server");
	if (!args->role || (!plan->server && strcmp(args->role, "client")))
		argp_error(state, "it is either client or server");
	if (plan->server == !!args->host)
		argp_error(state, plan->server ? "a server listens on --bind ADDR" :
						 "where to connect to?");
	if (!plan->server && !args->count_set)
		plan->connections = plan->parallel;
	if (plan->parallel > plan->connections && !plan->server)
		plan->parallel = plan->connections ? plan->connections : 1;
	set_sizes(args);
	set_expected_end(args);
	set_addresses(state, args);
	wrong = xfer_main_contradiction(plan);
	if (wrong)
		argp_error(state, "%s", wrong);
	return 0;
}

static error_t xfer_main_parse_option(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			return ARGP_ERR_UNKNOWN;
		*(state->arg_num ? &args->host : &args->role) = arg;
		return 0;
	case ARGP_KEY_END:
		return parse_all(state, args);
	}
	return parse_end(key, arg, state);
}

static const struct argp argp = {
	.options = options,
	.parser = xfer_main_parse_option,
	.args_doc = "server --port PORT\nclient --port PORT ADDRESS",
	.doc = "Move data over SMC or TCP and verify every byte at the end that receives it."
	       "\v"
	       "Both ends get the same options for the data and the end: nothing but the data is "
	       "sent. "
	       "Addresses are numeric. A fallback to TCP is no failure: see smc-ctl diag.\n\n"
	       "Exit status: 0 all is as planned, 1 wrong bytes or another end than planned, "
	       "2 error, 3 timeout, 64 wrong usage.",
};

static const char *xfer_main_explain(const struct xfer_plan *plan, int err)
{
	bool unknown = err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT || err == -ESOCKTNOSUPPORT;

	if (unknown && plan->family != FAMILY_TCP)
		return "the kernel does not know this family; load it: modprobe smc "
		       "(ipproto-smc needs Linux 6.11)";
	return strerror(-err);
}

int main(int argc, char **argv)
{
	struct args args = {
		.plan =
			{
				.rounds = 100,
				.seed = 1,
				.timeout_ms = 30000,
				.sndbuf = -1,
				.rcvbuf = -1,
				.linger = -1,
				.parallel = 1,
				.ready_fd = -1,
			},
		.port = -1,
	};
	struct xfer_report report = { 0 };
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	snprintf(report.log_end, sizeof(report.log_end), "%s %s", args.role,
		 xfer_family_names[args.plan.family]);
	if (args.plan.log_file && !(report.log = fopen(args.plan.log_file, "ae"))) {
		fprintf(stderr, "smc-xfer %s: %s: %s\n", args.role, args.plan.log_file,
			strerror(errno));
		return XFER_EXIT_ERROR;
	}
	err = args.plan.server ? run_server(&args.plan, &report) : run_client(&args.plan, &report);
	if (err) {
		fprintf(stderr, "smc-xfer %s: %s\n", args.role, xfer_main_explain(&args.plan, err));
		return XFER_EXIT_ERROR;
	}
	report_print(&args.plan, &report);
	if (report.log && fclose(report.log)) {
		fprintf(stderr, "smc-xfer %s: %s: %s\n", args.role, args.plan.log_file,
			strerror(errno));
		return XFER_EXIT_ERROR;
	}
	return report_exit_code(&report);
}
