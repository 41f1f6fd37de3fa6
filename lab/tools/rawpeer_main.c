// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-rawpeer: a plain TCP peer that offers SMC, or what looks like it, and speaks byte by byte. */
#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rawpeer.h"
#include "ready.h"
#include "smc_wire.h"

enum {
	OPT_OPTION = 256,
	OPT_NO_OPTION,
	OPT_READY_FILE,
	OPT_READY_FD,
};

static const struct argp_option options[] = {
	{ "no-option", OPT_NO_OPTION, NULL, 0, "Send no option", 0 },
	{ "option", OPT_OPTION, "HEX", 0, "Send this option instead: kind, length and data", 0 },
	{ "timeout", 't', "SECONDS", 0, "Wait no longer for the peer, in any step (10)", 0 },
	{ "ready-file", OPT_READY_FILE, "FILE", 0,
	  "listen: create FILE, with the port in it, when listening", 0 },
	{ "ready-fd", OPT_READY_FD, "FD", 0, "listen: write the port to FD when listening", 0 },
	{ 0 },
};

struct args {
	const char *role, *host, *port;
	char **steps;
	size_t n_steps;
	struct rawpeer_option option;
	int timeout_ms;
	const char *ready_file;
	int ready_fd;
};

static void set_smc_option(struct rawpeer_option *option)
{
	const struct smcw_tcp_option smc = {
		.kind = SMCW_TCPOPT_EXP,
		.length = sizeof(smc),
		.magic = htonl(SMCW_EYE_SMCR),
	};

	option->len = sizeof(smc);
	memcpy(option->bytes, &smc, sizeof(smc));
}

/* The kernel copies as many bytes as the length byte says, so it has to be the true one. */
static void option_arg(struct argp_state *state, struct rawpeer_option *option, const char *arg)
{
	_cleanup_bytes_ struct bytes bytes = { 0 };

	if (hex_parse(arg, &bytes) || bytes.len < 2 || bytes.len > OPTION_MAX ||
	    bytes.data[1] != bytes.len)
		argp_error(state,
			   "--option wants kind, length and data in hexadecimal; the length is "
			   "that of all, 2 to %d",
			   OPTION_MAX);
	option->len = (uint8_t)bytes.len;
	memcpy(option->bytes, bytes.data, bytes.len);
}

static int rawpeer_main_time_arg(struct argp_state *state, const char *arg)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (*end || end == arg || !(seconds >= 0 && seconds <= 86400))
		argp_error(state, "'%s' is not a time in seconds", arg);
	return (int)(seconds * 1000);
}

static void words_arg(struct argp_state *state, struct args *args)
{
	char **words = state->argv + state->next;
	size_t n = (size_t)(state->argc - state->next);
	const char *bad;

	if (n < 3 || (strcmp(words[0], "connect") && strcmp(words[0], "listen")))
		argp_error(state, "it is connect ADDRESS PORT or listen ADDRESS PORT");
	args->role = words[0];
	args->host = words[1];
	args->port = words[2];
	args->steps = words + 3;
	args->n_steps = n - 3;
	if (step_check_args(args->steps, args->n_steps, &bad))
		argp_error(state, "no such step, or not its arguments: %s", bad);
}

static error_t rawpeer_main_parse_option(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	char *end;

	switch (key) {
	case OPT_NO_OPTION:
		args->option.len = 0;
		return 0;
	case OPT_OPTION:
		option_arg(state, &args->option, arg);
		return 0;
	case 't':
		args->timeout_ms = rawpeer_main_time_arg(state, arg);
		return 0;
	case OPT_READY_FILE:
		args->ready_file = arg;
		return 0;
	case OPT_READY_FD:
		args->ready_fd = (int)strtol(arg, &end, 10);
		if (*end || end == arg)
			argp_error(state, "'%s' is not a file descriptor", arg);
		return 0;
	case ARGP_KEY_ARGS:
		words_arg(state, args);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "it is connect ADDRESS PORT or listen ADDRESS PORT");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static char *help_steps(int key, const char *text, void *input)
{
	char *out;

	(void)input;
	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)text;
	if (asprintf(&out, "%s\n\n%s", step_help(),
		     "Exit status: 0 done, 1 the peer did something else than the steps want,\n"
		     "2 error, 3 timeout, 64 wrong usage. Options stand before connect or listen.\n"
		     "Needs root and cgroup2, which it mounts for itself if it is not.") < 0)
		return NULL;
	return out;
}

/* A signal ends the wait at hand, and the way out of it cleans up. */
static void rawpeer_main_on_stop(int sig)
{
	(void)sig;
}

static void rawpeer_main_catch_stop(void)
{
	const struct sigaction action = { .sa_handler = rawpeer_main_on_stop,
					  .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int rawpeer_main_serve(const struct args *args)
{
	uint16_t port;
	int listener = raw_listen(args->host, args->port, &port);
	int fd, err;

	if (listener < 0)
		return listener;
	err = ready_tell(args->ready_file, args->ready_fd, port);
	fd = err ? err : raw_accept(listener, args->timeout_ms);
	close(listener);
	return fd;
}

static int rawpeer_main_converse(const struct args *args, const struct tap *tap,
				 struct stepper *stepper)
{
	struct rawpeer_option seen;
	int err;

	stepper->step = args->role;
	if (!strcmp(args->role, "listen"))
		stepper->fd = rawpeer_main_serve(args);
	else
		stepper->fd = raw_connect(args->host, args->port, args->timeout_ms);
	if (stepper->fd < 0)
		return stepper->fd;
	err = tap_peer_option(tap, stepper->fd, &seen);
	if (err)
		return err;
	hex_print("peer-option", seen.bytes, seen.len);
	if (args->n_steps)
		return step_run_args(stepper, args->steps, args->n_steps);
	return step_run_file(stepper, stdin);
}

static int rawpeer_main_report(const char *doing, const char *detail, int ret)
{
	if (!ret)
		return RAW_OK;
	if (ret == -EPERM || ret == -EACCES)
		detail = "not permitted: run it as root";
	fprintf(stderr, "smc-rawpeer: %s: %s\n", doing,
		detail ? detail : strerror(ret < 0 ? -ret : EPROTO));
	if (ret == -ETIMEDOUT)
		return RAW_TIMEOUT;
	return ret < 0 ? RAW_ERROR : ret;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = rawpeer_main_parse_option,
		.args_doc = "connect ADDRESS PORT [STEP...]\nlisten ADDRESS PORT [STEP...]",
		.doc = "A plain TCP connection whose SYN or SYN-ACK carries the SMC option, and "
		       "whose bytes "
		       "are said one by one.\v",
		.help_filter = help_steps,
	};
	struct args args = { .timeout_ms = 10000, .ready_fd = -1 };
	struct stepper stepper = { .fd = -1 };
	struct tap tap;
	const char *doing;
	int ret;

	set_smc_option(&args.option);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &args);
	rawpeer_main_catch_stop();
	stepper.timeout_ms = args.timeout_ms;
	ret = tap_open(&tap, &args.option, &doing);
	if (!ret) {
		ret = rawpeer_main_converse(&args, &tap, &stepper);
		doing = stepper.step;
	}
	if (stepper.fd >= 0)
		close(stepper.fd);
	tap_close(&tap);
	return rawpeer_main_report(doing, stepper.detail, ret);
}
