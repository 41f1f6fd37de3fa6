// SPDX-License-Identifier: GPL-2.0-or-later
/* See capture_private.h: the process that attaches, lets go, and opens files. */
#include "capture_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hook/stack.h"

#define MISSES_EVERY_MS 1000
#define END_STEP_MS 50	 /* after DETACHED the keeper looks so often at the reader */
#define END_STUCK_MS 200 /* without progress for so long it is asked to leave out what blocks */
#define END_KILL_MS 500	 /* and then it is killed, as at a second signal */

struct keeper {
	const struct options *o;
	struct hooks *hooks;
	int reader; /* the socket */
	int signals;
	bool attached;
	struct server server;
	atomic_ullong *progress;
	__u64 counted; /* when it was, ns */
};

static void capture_keeper_report(const struct keeper *k, enum letter letter)
{
	channel_send(k->reader, (char)letter, NULL, 0, -1);
}

/* A standard error that takes nothing must not hold up the signals. */
#define KEEPER_SAYS(...)                                                                           \
	do {                                                                                       \
		struct pollfd err_ = { .fd = STDERR_FILENO, .events = POLLOUT };                   \
                                                                                                   \
		if (poll(&err_, 1, 0) > 0)                                                         \
			fprintf(stderr, __VA_ARGS__);                                              \
	} while (0)

static void let_go(struct keeper *k)
{
	if (!k->attached)
		return;
	hooks_count_misses(k->hooks);
	hooks_detach(k->hooks);
	hooks_count_loss(k->hooks, SMCW_HOOK_BLIND, 1);
	k->attached = false;
	KEEPER_SAYS("smc-trace: %s is let go: it can be unloaded now\n",
		    stack_module(hooks_stack(k->hooks)));
	capture_keeper_report(k, RELEASED);
}

/* Another stack, or another build of it, may show less than the one before. */
static void send_observed(const struct keeper *k)
{
	struct facts facts = { 0 };
	int missing = capture_observe(&facts, k->o, k->hooks);

	for (size_t i = 0; i < facts.n; i++)
		channel_send(k->reader, FACT, &facts.row[i], sizeof(facts.row[i]), -1);
	facts_free(&facts);
	if (missing)
		KEEPER_SAYS("smc-trace: not everything is observed: smc-trace doctor says why\n");
}

/* After the module was let go: attach again when it is loaded anew. */
static void attach_again(struct keeper *k, bool *gone, unsigned int *looks)
{
	enum smcw_event_stacks stack;
	char error[HOOKS_ERROR_MAX];
	int err;

	if (stack_present(&stack) != 1) {
		if (!*gone)
			capture_keeper_report(k, GONE);
		*gone = true;
		return;
	}
	/* Nobody unloads it after all? Then go on after some seconds. */
	if (!*gone && ++*looks < 5000 / CAPTURE_LOOK_EVERY_MS)
		return;
	if (*gone) { /* it was loaded before we could know */
		hooks_count_loss(k->hooks, SMCW_HOOK_BLIND, 1);
		capture_keeper_report(k, PRESENT);
	}
	*gone = false;
	*looks = 0;
	err = hooks_load(k->hooks, error);
	err = err ? err : hooks_attach(k->hooks, k->signals, error);
	if (err && err != -EINTR)
		KEEPER_SAYS("smc-trace: not attached again: %s\n", error);
	if (err)
		return;
	k->attached = true;
	stack = hooks_stack(k->hooks);
	send_observed(k);
	capture_keeper_report(k, stack == SMCW_STACK_SMCX ? ATTACHED_SMCX : ATTACHED);
	KEEPER_SAYS("smc-trace: %s is there, attached again\n", stack_module(stack));
}

/*
 * By the clock: the reader asks for something with each new process, and a look at all connections
 * for each would be work that any user can multiply.
 */
static void capture_keeper_count(struct keeper *k)
{
	__u64 now = capture_clock_ns();

	if (now < k->counted + MISSES_EVERY_MS * 1000000ull / 2)
		return;
	k->counted = now;
	hooks_count_misses(k->hooks);
	hooks_report_traffic(k->hooks);
}

static void capture_keeper_keep(struct keeper *k)
{
	struct pollfd fds[2] = { { .fd = k->reader, .events = POLLIN },
				 { .fd = k->signals, .events = POLLIN } };
	static struct channel_message m;
	unsigned int looks = 0;
	bool gone = false;

	for (;;) {
		poll(fds, 2, k->attached ? MISSES_EVERY_MS : CAPTURE_LOOK_EVERY_MS);
		capture_keeper_count(k);
		if (fds[1].revents)
			return;
		if (fds[0].revents) {
			if (channel_receive(k->reader, &m) <= 0 || m.letter == STOP)
				return;
			if (m.letter == UNLOAD)
				let_go(k);
			else
				request_serve(&k->server, &m);
		}
		if (!k->attached)
			attach_again(k, &gone, &looks);
	}
}

int capture_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* It sleeps, or was stopped: at the end that is in a write that nobody takes. */
static bool is_stuck(pid_t reader)
{
	char path[32], line[128] = "", *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", reader);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	close(fd);
	end = n > 0 ? strrchr(line, ')') : NULL;
	return end && end[1] && (end[2] == 'S' || end[2] == 'T');
}

/* The reader has a file to open still, or metrics to write. */
static void serve_for(struct keeper *k, int ms)
{
	struct pollfd fd = { .fd = k->reader, .events = POLLIN };
	static struct channel_message m;

	if (poll(&fd, 1, ms) <= 0)
		return;
	if (channel_receive(k->reader, &m) > 0)
		request_serve(&k->server, &m);
	else /* it has closed its end, and is about to be gone */
		nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000l }, NULL);
}

/*
 * As long as it works it has its time. One that is stuck at its output is asked
 * to leave that out, and then killed. False: not even that has helped.
 */
static bool capture_keeper_wait_for_reader(struct keeper *k, pid_t reader, int *status)
{
	struct pollfd signals = { .fd = k->signals, .events = POLLIN };
	struct signalfd_siginfo first;
	unsigned int stuck = 0;
	unsigned long long seen = 0;

	/* The signal that ends us is taken out, so that a second one shows. */
	if (poll(&signals, 1, 0) > 0 && read(k->signals, &first, sizeof(first)) < 0)
		return false;
	while (waitpid(reader, status, WNOHANG) != reader) {
		stuck = is_stuck(reader) && atomic_load(k->progress) == seen ? stuck + END_STEP_MS :
									       0;
		seen = atomic_load(k->progress);
		if (poll(&signals, 1, 0) > 0) {
			stuck = END_KILL_MS;
			if (read(k->signals, &first, sizeof(first)) < 0)
				return false;
		}
		if (stuck >= END_STUCK_MS)
			kill(reader, SIGTERM);
		if (stuck >= END_KILL_MS)
			kill(reader, SIGKILL);
		if (stuck >= END_KILL_MS + 4 * END_STEP_MS)
			return false;
		serve_for(k, END_STEP_MS);
	}
	return true;
}

int capture_keep(const struct options *o, struct hooks *h, int sock, int signals, pid_t reader,
		 atomic_ullong *progress)
{
	struct keeper k = { .o = o,
			    .hooks = h,
			    .reader = sock,
			    .signals = signals,
			    .attached = true,
			    .server = { .o = o, .sock = sock },
			    .progress = progress };
	int status;

	capture_keeper_keep(&k);
	hooks_count_misses(h);
	hooks_report_traffic(h);
	hooks_end(h);
	hooks_count_misses(h); /* rather one too many than one too few */
	capture_keeper_report(&k, DETACHED);
	hooks_leave(h); /* while the reader goes on with what is left in the rings */
	if (!capture_keeper_wait_for_reader(&k, reader, &status)) {
		KEEPER_SAYS("smc-trace: the reading process does not end\n");
		return EXIT_FAILED;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	KEEPER_SAYS("smc-trace: the reading process was ended by signal %d%s\n", WTERMSIG(status),
		    WTERMSIG(status) == SIGKILL ? ": its output took nothing" : "");
	return EXIT_FAILED;
}
