// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: what is to be done, the workers, and who watches them. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

const char *const proto_names[PROTOS] = { "tcp", "smc", "ipproto" };

struct plan plan = {
	.client = PROTO_TCP,
	.server = PROTOS,
	.ipv4 = true,
	.seconds = 10,
	.patience = 60,
	.connections = 200,
	.workers = 8,
	.pumps = 4,
};

enum key {
	KEY_PROTO = 256,
	KEY_PEER,
	KEY_FAMILY,
	KEY_CONNECTIONS,
	KEY_WORKERS,
	KEY_SECONDS,
	KEY_SEED,
	KEY_VERIFY,
	KEY_SHORT,
	KEY_CONCURRENT,
	KEY_DEVIATIONS,
	KEY_PATIENCE,
	KEY_NO_URGENT,
	KEY_NO_MORE,
	KEY_FAIL_FAST,
	KEY_FAULTS,
	KEY_DECLINES,
	KEY_PUMPS,
};

static const struct argp_option rows[] = {
	{ "proto", KEY_PROTO, "NAME", 0, "tcp (default), smc (AF_SMC) or ipproto (IPPROTO_SMC)",
	  0 },
	{ "peer", KEY_PEER, "NAME", 0,
	  "The server's, if it is another one; mixed: each end at random TCP or what --proto says",
	  0 },
	{ "family", KEY_FAMILY, "N", 0, "4 (default), 6 or both", 0 },
	{ "connections", KEY_CONNECTIONS, "N", 0, "Open at the same time (200)", 0 },
	{ "workers", KEY_WORKERS, "N", 0, "Processes (8)", 0 },
	{ "pumps", KEY_PUMPS, "N", 0,
	  "Every Nth worker (4) pumps bytes by blocking calls, the others do what they like", 0 },
	{ "seconds", KEY_SECONDS, "N", 0, "At least so long (10)", 0 },
	{ "verify-bytes", KEY_VERIFY, "N", 0, "At least so many bytes (k, M and G are known)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of all that is random (else of the clock; it is told)", 0 },
	{ "short", KEY_SHORT, "N", 0, "So many short connections, and nothing else", 0 },
	{ "concurrent", KEY_CONCURRENT, "N", 0,
	  "So many connections open at once, and nothing else", 0 },
	{ "deviations", KEY_DEVIATIONS, "FILE", 0, "Rules that this stack is known to break", 0 },
	{ "patience", KEY_PATIENCE, "N", 0, "Seconds without a step that are a hang (60)", 0 },
	{ "no-urgent", KEY_NO_URGENT, NULL, 0, "Never send with MSG_OOB", 0 },
	{ "no-more", KEY_NO_MORE, NULL, 0, "Never send with MSG_MORE or SPLICE_F_MORE", 0 },
	{ "fail-fast", KEY_FAIL_FAST, NULL, 0, "End at the first rule that is broken", 0 },
	{ "faults", KEY_FAULTS, NULL, 0,
	  "The stack is made to fail: connections may be refused or reset at any time, if that is "
	  "told; what arrives is right all the same, and nothing hangs",
	  0 },
	{ "declines", KEY_DECLINES, NULL, 0,
	  "Connections may become TCP by a Decline: SIOCOUTQ may count it (--faults has this, too)",
	  0 },
	{ "verbose", 'v', NULL, 0, "Tell of known deviations, too", 0 },
	{ 0 },
};

static uint64_t number(struct argp_state *state, const char *arg, uint64_t max)
{
	static const char units[] = "kMG";
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(arg, &end, 0);
	if (*end && strchr(units, *end) && !end[1])
		for (const char *u = units; u <= strchr(units, *end); u++)
			n *= 1024;
	else if (*end || end == arg || errno || *arg == '-')
		argp_error(state, "'%s' is not a number", arg);
	if (n > max)
		argp_error(state, "%s is more than %" PRIu64, arg, max);
	return n;
}

static enum proto proto(struct argp_state *state, const char *arg)
{
	for (unsigned int i = 0; i < PROTOS; i++)
		if (!strcmp(arg, proto_names[i]))
			return i;
	argp_error(state, "'%s' is none of tcp, smc, ipproto", arg);
	return PROTO_TCP;
}

static void set_peer(struct argp_state *state, const char *arg)
{
	plan.mixed = !strcmp(arg, "mixed");
	if (!plan.mixed)
		plan.server = proto(state, arg);
}

static void set_family(struct argp_state *state, const char *arg)
{
	plan.ipv4 = strcmp(arg, "6");
	plan.ipv6 = strcmp(arg, "4");
	if (plan.ipv4 && plan.ipv6 && strcmp(arg, "both"))
		argp_error(state, "'%s' is none of 4, 6, both", arg);
}

static void set_deviations(struct argp_state *state, const char *arg)
{
	int err = board_deviations(arg);

	if (err)
		argp_failure(state, EXIT_WRONG_USE, -err, "%s", arg);
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_PROTO:
		plan.client = proto(state, arg);
		break;
	case KEY_PEER:
		set_peer(state, arg);
		break;
	case KEY_FAMILY:
		set_family(state, arg);
		break;
	case KEY_CONNECTIONS:
		plan.connections = (unsigned int)number(state, arg, 100000);
		break;
	case KEY_WORKERS:
		plan.workers = (unsigned int)number(state, arg, BOARD_WORKERS);
		break;
	case KEY_SECONDS:
		plan.seconds = (unsigned int)number(state, arg, 1000000);
		break;
	case KEY_SEED:
		plan.seed = number(state, arg, ~0ULL);
		break;
	case KEY_VERIFY:
		plan.verify_bytes = number(state, arg, ~0ULL);
		break;
	case KEY_SHORT:
		plan.short_connections = (unsigned int)number(state, arg, 10000000);
		break;
	case KEY_CONCURRENT:
		plan.concurrent = (unsigned int)number(state, arg, 100000);
		break;
	case KEY_DEVIATIONS:
		set_deviations(state, arg);
		break;
	case KEY_PATIENCE:
		plan.patience = (unsigned int)number(state, arg, 3600);
		break;
	case KEY_NO_URGENT:
		plan.no_urgent = true;
		break;
	case KEY_NO_MORE:
		plan.no_more = true;
		break;
	case KEY_FAIL_FAST:
		plan.fail_fast = true;
		break;
	case KEY_PUMPS:
		plan.pumps = (unsigned int)number(state, arg, BOARD_WORKERS);
		break;
	case KEY_FAULTS:
		plan.faults = true;
		plan.declines = true;
		board_faults();
		break;
	case KEY_DECLINES:
		plan.declines = true;
		break;
	case 'v':
		plan.verbose = true;
		break;
	case ARGP_KEY_END:
		if (!plan.workers || !plan.patience || !plan.pumps)
			argp_error(state, "0 is too little");
		if (plan.server == PROTOS)
			plan.server = plan.client;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/**
 * run_over - is it time for a worker to come to its end?
 */
bool run_over(void)
{
	return atomic_load_explicit(&board->stop, memory_order_relaxed);
}

/* ---- the workers ------------------------------------------------------------------------ */

static void __attribute__((noreturn)) worker(unsigned int index)
{
	struct rng rng = { plan.seed * 1000003 + index };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	slot = &board->slots[index];
	if (plan.short_connections)
		work_short(index, &rng);
	else if (plan.concurrent)
		work_concurrent(index, &rng);
	else if (index % plan.pumps == plan.pumps - 1)
		work_pump(index, &rng);
	else
		work_random(index, &rng);
	board->slots[index].done = true;
	exit(0);
}

static int start_workers(void)
{
	fflush(stdout);
	for (unsigned int i = 0; i < plan.workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (!pid) {
			/* So that it can be killed with all its children. */
			setpgid(0, 0);
			worker(i);
		}
		board->slots[i].pid = pid;
	}
	return 0;
}

static void kill_workers(void)
{
	for (unsigned int i = 0; i < plan.workers; i++) {
		if (board->slots[i].pid <= 0)
			continue;
		kill(-board->slots[i].pid, SIGKILL);
		kill(board->slots[i].pid, SIGKILL);
	}
}

static void print_hang(unsigned int index)
{
	struct slot *s = &board->slots[index];

	printf("torture: HANG: worker %u, connection %" PRIuFAST64 ": %s, nothing for %u s\n",
	       index, s->pair, s->doing ? s->doing : "at its beginning", plan.patience);
}

struct watch {
	uint64_t steps[BOARD_WORKERS];
	double since[BOARD_WORKERS];
};

static bool hangs(struct watch *w)
{
	bool any = false;

	for (unsigned int i = 0; i < plan.workers; i++) {
		struct slot *s = &board->slots[i];

		if (s->steps != w->steps[i] || s->done) {
			w->steps[i] = s->steps;
			w->since[i] = now();
		} else if (now() - w->since[i] > plan.patience) {
			print_hang(i);
			any = true;
		}
	}
	return any;
}

/* Collect ended workers; one that was killed by a signal is a fault like any other. */
static unsigned int reap(void)
{
	unsigned int n = 0;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		n++;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			rule_broken(RULE_ERRNO, "a worker ended with status 0x%x",
				    (unsigned int)status);
	}
	return n;
}

static int watch_workers(double begin)
{
	struct watch w = { 0 };
	unsigned int left = plan.workers;

	for (unsigned int i = 0; i < plan.workers; i++)
		w.since[i] = begin;
	while (left) {
		usleep(50000);
		if (now() - begin >= plan.seconds && board->bytes >= plan.verify_bytes)
			board->stop = true;
		left -= reap();
		if (hangs(&w))
			return EXIT_HANG;
		if (plan.fail_fast && !board_clean())
			return EXIT_BROKEN;
	}
	return board_clean() ? EXIT_PASSED : EXIT_BROKEN;
}

static void many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void print_plan(void)
{
	printf("torture: %s to %s%s, seed %" PRIu64 "\n", proto_names[plan.client],
	       proto_names[plan.server], plan.mixed ? ", mixed with tcp" : "", plan.seed);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = rows,
		.parser = option,
		.doc = "Torture stream sockets of this host and check every byte."
		       "\vExit status: 0 passed, 1 a rule was broken, 2 it cannot run "
		       "here, 3 it hangs."
	};
	double begin = now();
	int status, err = board_make();

	plan.seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
	if (!err)
		argp_parse(&argp, argc, argv, 0, NULL, NULL);
	signal(SIGPIPE, SIG_IGN);
	many_files();
	print_plan();
	for (unsigned int i = 0; !err && i < 2; i++) {
		int fd = socket_of(i ? plan.server : plan.client, plan.ipv6);

		err = fd < 0 ? fd : 0;
		if (!err)
			close(fd);
	}
	if (!err)
		err = start_workers();
	if (err) {
		kill_workers();
		printf("torture: it cannot run: %s\n", strerror(-err));
		return EXIT_CANNOT;
	}
	status = watch_workers(begin);
	if (status != EXIT_PASSED)
		kill_workers();
	board_print(now() - begin);
	return status;
}
