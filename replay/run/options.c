// SPDX-License-Identifier: GPL-2.0-or-later
/* See options.h. */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *argp_program_version = "smc-replay " SMCKIT_VERSION;

enum key {
	KEY_ROLE = 256,
	KEY_ADDRESS,
	KEY_FROM,
	KEY_FROM_SECOND,
	KEY_PEER,
	KEY_LISTEN,
	KEY_TIME_SCALE,
	KEY_SHARD,
	KEY_ONLY,
	KEY_MUTATE,
	KEY_SET,
	KEY_KNOWN,
	KEY_SUITE,
	KEY_COVERAGE,
	KEY_JSON,
	KEY_JUNIT,
	KEY_BUNDLE,
	KEY_LIST,
	KEY_JOBS,
	KEY_RANDOM,
	KEY_SEED,
	KEY_SURVIVE,
	KEY_AGAINST,
	KEY_KTAP,
	KEY_SLOW,
};

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "extract and format:", 1 },
	{ "output", 'o', "FILE", 0, "Write the script there, not to standard output", 1 },
	{ NULL, 0, NULL, 0, "Which end is played, and where the stack is:", 2 },
	{ "role", KEY_ROLE, "END", 0, "Play client or server (both, one after the other)", 2 },
	{ "address", KEY_ADDRESS, "ADDRESS", 0,
	  "Address of this host for the stack's end (127.0.0.1)", 2 },
	{ "from", KEY_FROM, "ADDRESS", 0, "Address of this host for our end (the same)", 2 },
	{ "from-second", KEY_FROM_SECOND, "ADDRESS", 0,
	  "Another one, for the second link of a link group (the same)", 2 },
	{ "peer", KEY_PEER, "ADDRESS:PORT", 0,
	  "The stack is another host's: connect to a server of it", 2 },
	{ "listen", KEY_LISTEN, "ADDRESS:PORT", 0,
	  "The stack is another host's: wait for a client of it", 2 },
	{ NULL, 0, NULL, 0, "What is played:", 3 },
	{ "only", KEY_ONLY, "PATTERN", 0, "Cases whose name, as reported, fits; maybe several", 3 },
	{ "shard", KEY_SHARD, "I/N", 0, "Every Nth case, beginning with the Ith", 3 },
	{ "mutate", KEY_MUTATE, "CHANGE", 0,
	  "Change the first of our messages that it fits: PART.FIELD=VALUE (VALUE may be +1), "
	  "without=PART, segment=, delay=, repeat=, cut=",
	  3 },
	{ "random", KEY_RANDOM, "COUNT", 0,
	  "So many changes for each case instead, one at a time; implies --survive", 3 },
	{ "seed", KEY_SEED, "N", 0, "By which --random chooses: the same for the same N (1)", 3 },
	{ "survive", KEY_SURVIVE, NULL, 0,
	  "The stack may answer what it likes, but has to be as good as ever afterwards", 3 },
	{ "jobs", KEY_JOBS, "N", 0, "Play N cases at a time, in network namespaces of their own",
	  3 },
	{ "set", KEY_SET, "NAME=VALUE", 0, "What a $name stands for, before all else", 3 },
	{ "time-scale", KEY_TIME_SCALE, "X", 0, "Wait X times as long as protocols say (1)", 3 },
	{ "slow", KEY_SLOW, NULL, 0, "Also cases that take minutes", 3 },
	{ "list", KEY_LIST, NULL, 0, "Print the names of the cases, play none", 3 },
	{ NULL, 0, NULL, 0, "Verdicts:", 4 },
	{ "known", KEY_KNOWN, "FILE", 0, "Known deviations of this stack; maybe several", 4 },
	{ "suite", KEY_SUITE, "FOLDER", 0, "Where the suite is", 4 },
	{ "coverage", KEY_COVERAGE, "FILE", 0, "What was seen of each statement", 4 },
	{ "json", KEY_JSON, "FILE", 0, "The results as JSON, too", 4 },
	{ "junit", KEY_JUNIT, "FILE", 0, "The results as JUnit XML, too", 4 },
	{ "ktap", KEY_KTAP, NULL, 0,
	  "Report as the kernel's selftests do: the plan first, and 4 as exit status where nothing "
	  "could run",
	  4 },
	{ "bundle", KEY_BUNDLE, "FOLDER", 0,
	  "Of each case that fails: script, packets, report, kernel log", 4 },
	{ "against", KEY_AGAINST, "NAME", 0,
	  "Report what this stack and NAME do differently, or several NAMEs and nothing is played "
	  "here: a file of --json, or a kernel of the lab",
	  4 },
	{ 0 },
};

static void options_role(struct argp_state *state, struct options *o, const char *arg)
{
	o->plays[END_CLIENT] = strcmp(arg, "server") != 0;
	o->plays[END_SERVER] = strcmp(arg, "client") != 0;
	if (o->plays[END_CLIENT] && o->plays[END_SERVER] && strcmp(arg, "both"))
		argp_error(state, "--role: client, server or both");
}

static void options_address(struct argp_state *state, union address *to, const char *arg)
{
	if (address_resolve(arg, 0, to))
		argp_error(state, "'%s' is neither an IPv4 nor an IPv6 address", arg);
}

static void options_remote(struct argp_state *state, struct options *o, char *arg, enum end end)
{
	char *colon = strrchr(arg, ':'), *rest = NULL;
	unsigned long port = colon ? strtoul(colon + 1, &rest, 10) : 0;

	if (!colon || *rest || port > 0xffff)
		argp_error(state, "'%s' is not ADDRESS:PORT", arg);
	*colon = '\0';
	if (*arg == '[' && colon[-1] == ']') {
		arg++;
		colon[-1] = '\0';
	}
	if (address_resolve(arg, (unsigned int)port, &o->address))
		argp_error(state, "'%s' is neither an IPv4 nor an IPv6 address", arg);
	o->remote = true;
	o->plays[end] = true;
	o->plays[!end] = false;
}

static void options_scale(struct argp_state *state, struct options *o, const char *arg)
{
	char *end;

	o->time_scale = strtod(arg, &end);
	if (*end || !(o->time_scale >= 0.01 && o->time_scale <= 1000))
		argp_error(state, "--time-scale: a number from 0.01 to 1000");
}

static void options_shard(struct argp_state *state, struct options *o, const char *arg)
{
	char end;

	if (sscanf(arg, "%u/%u%c", &o->shard, &o->shards, &end) != 2 || !o->shard ||
	    o->shard > o->shards)
		argp_error(state, "--shard: I/N, with I from 1 to N");
}

static unsigned int options_number_arg(struct argp_state *state, const char *name, const char *arg,
				       unsigned long min, unsigned long max)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(arg, &end, 0);
	if (errno || *end || *arg == '-' || !*arg || n < min || n > max)
		argp_error(state, "--%s: a number from %lu to %lu", name, min, max);
	return (unsigned int)n;
}

static void options_append(struct argp_state *state, const char **list, unsigned int *n,
			   const char *arg)
{
	if (*n == OPTIONS_LIST_MAX)
		argp_error(state, "too many of them: %s", arg);
	list[(*n)++] = arg;
}

static bool is_loopback(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr) :
					      ntohl(a->in.sin_addr.s_addr) == INADDR_LOOPBACK;
}

static void options_check(struct argp_state *state, const struct options *o)
{
	static const char *const commands[] = { "extract", "format", "run", "suite" };
	bool known = false;

	if (!o->command)
		argp_error(state, "which command? extract, format, run or suite");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		known |= !strcmp(o->command, commands[i]);
	if (!known)
		argp_error(state, "unknown command '%s'", o->command);
	if (o->random && o->n_mutate)
		argp_error(state, "--random and --mutate exclude each other");
	if (o->jobs > 1 && (o->remote || !is_loopback(&o->address)))
		argp_error(state, "--jobs: a network namespace of its own has no addresses but "
				  "127.0.0.1 and ::1");
	if (!o->n_files && strcmp(o->command, "suite"))
		argp_error(state, "%s what? Name a file", o->command);
}

static error_t options_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		o->output = arg;
		break;
	case KEY_ROLE:
		options_role(state, o, arg);
		break;
	case KEY_ADDRESS:
		options_address(state, &o->address, arg);
		break;
	case KEY_FROM:
		options_address(state, &o->from, arg);
		o->has_from = true;
		break;
	case KEY_FROM_SECOND:
		options_address(state, &o->from_second, arg);
		o->has_from_second = true;
		break;
	case KEY_PEER:
		options_remote(state, o, arg, END_CLIENT);
		break;
	case KEY_LISTEN:
		options_remote(state, o, arg, END_SERVER);
		break;
	case KEY_TIME_SCALE:
		options_scale(state, o, arg);
		break;
	case KEY_SHARD:
		options_shard(state, o, arg);
		break;
	case KEY_ONLY:
		options_append(state, o->only, &o->n_only, arg);
		break;
	case KEY_MUTATE:
		options_append(state, o->mutate, &o->n_mutate, arg);
		break;
	case KEY_SET:
		options_append(state, o->set, &o->n_set, arg);
		break;
	case KEY_KNOWN:
		options_append(state, o->known, &o->n_known, arg);
		break;
	case KEY_SUITE:
		o->suite = arg;
		break;
	case KEY_COVERAGE:
		o->coverage = arg;
		break;
	case KEY_JSON:
		o->json = arg;
		break;
	case KEY_JUNIT:
		o->junit = arg;
		break;
	case KEY_BUNDLE:
		o->bundle = arg;
		break;
	case KEY_JOBS:
		o->jobs = options_number_arg(state, "jobs", arg, 1, OPTIONS_JOBS_MAX);
		break;
	case KEY_RANDOM:
		o->random = options_number_arg(state, "random", arg, 1, OPTIONS_RANDOM_MAX);
		o->survive = true;
		break;
	case KEY_SEED:
		o->seed = options_number_arg(state, "seed", arg, 0, 0xffffffff);
		break;
	case KEY_SURVIVE:
		o->survive = true;
		break;
	case KEY_AGAINST:
		options_append(state, o->against, &o->n_against, arg);
		break;
	case KEY_KTAP:
		o->ktap = true;
		break;
	case KEY_SLOW:
		o->slow = true;
		break;
	case KEY_LIST:
		o->list = true;
		break;
	case ARGP_KEY_ARG:
		if (o->command)
			return ARGP_ERR_UNKNOWN; /* the files, all at once */
		o->command = arg;
		break;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->n_files = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		options_check(state, o);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = rows,
		.parser = options_option,
		.args_doc =
			"extract CAPTURE\nformat SCRIPT\nrun SCRIPT|CAPTURE...\nsuite [SCRIPT...]",
		.doc = "Turn recorded SMC handshakes into tests and play one end of them against a "
		       "live stack.\v"
		       "extract makes a script of a capture (.pcap, .pcapng, or what smc-trace has "
		       "written); format checks a script and writes it anew; run plays scripts and "
		       "captures; suite plays the conformance suite and reports what it has shown "
		       "of "
		       "each statement. run and suite need root, and SMC in the kernel.\n\n"
		       "Exit status: 0 passed, 1 failed, 2 error of smc-replay or wrong usage, 77 "
		       "nothing could run (4 with --ktap).",
	};

	*o = (struct options){ .plays = { true, true },
			       .time_scale = 1,
			       .shard = 1,
			       .shards = 1,
			       .jobs = 1,
			       .seed = 1 };
	address_resolve("127.0.0.1", 0, &o->address);
	argp_err_exit_status = EXIT_HARNESS;
	argp_parse(&argp, argc, argv, 0, NULL, o);
	if (!o->has_from)
		o->from = o->remote && o->plays[END_CLIENT] ?
				  (union address){ .any.sa_family = o->address.any.sa_family } :
				  o->address;
}
