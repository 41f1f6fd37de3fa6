// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See capture.h. Two processes, joined by a socket that carries single letters:
 *
 *	keeper, privileged: attaches, lets go of the module, attaches again. It
 *	has no look at the rings.
 *	reader, without any capability and under a seccomp filter: takes events
 *	out of the rings, formats and writes them.
 */
#include "capture.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "match.h"
#include "metrics.h"
#include "print.h"
#include "privs.h"
#include "ring.h"
#include "smc_event_text.h"
#include "stack.h"
#include "stats.h"

#define READ_EVERY_MS 50
#define METRICS_EVERY_S 10
#define LOOK_EVERY_MS 100 /* for the module */
#define MISSES_EVERY_MS 1000
#define END_STEP_MS 50	 /* after DETACHED the keeper looks so often at the reader */
#define END_STUCK_MS 300 /* without progress for so long it is asked to leave out what blocks */
#define END_KILL_MS                                                                                \
	700 /* and without progress for so long, or at a second signal, it is killed               \
	     */

enum letter {
	DETACHED = 'd', /* keeper: nothing more will come */
	RELEASED = 'r', /* keeper: the module is let go */
	GONE = 'g',	/* keeper: the module was unloaded */
	PRESENT = 'p',	/* keeper: it is loaded again, and not attached to yet */
	ATTACHED = 'a', /* keeper: attached again, to net/smc */
	ATTACHED_SMCX = 'x',
	STOP = 's',   /* reader: -c is reached, or it cannot go on */
	UNLOAD = 'u', /* reader: someone wants to unload the module */
};

/* ---- reader ------------------------------------------------------------------------- */

struct reader {
	const struct options *o;
	struct output *output;
	struct match *match;
	struct ring *ring;
	struct stats *stats; /* for --metrics */
	time_t metrics_at, top_at;
	bool top;    /* in place of a line an event */
	bool silent; /* standard output is taken by the file */
	struct print print;
	unsigned long long events;
	int keeper; /* the socket */
	enum smcw_event_stacks stack;
	int error;
	bool stopped;		     /* asked the keeper to */
	bool let_go;		     /* asked the keeper to, and it has not attached again */
	bool mute;		     /* standard output takes nothing, and the end has come */
	__u64 blind_since, blind_ns; /* without hooks although SMC was there */
	const __u64 (*delays)[TRACE_DELAYS]; /* with --aggregate */
	struct smcw_ev_delay delays_told[TRACE_DELAYS];
	__u64 delays_at;
	volatile __u64 *progress; /* shared with the keeper */
};

/* Set by SIGTERM: do not wait for a consumer that does not read. */
static volatile sig_atomic_t hurry;

static void on_hurry(int signal)
{
	(void)signal;
	hurry = 1;
}

static void tell(int fd, char letter)
{
	while (write(fd, &letter, 1) < 0 && errno == EINTR)
		;
}

static void stop(struct reader *r)
{
	if (!r->stopped)
		tell(r->keeper, STOP);
	r->stopped = true;
}

static void failed(struct reader *r, int err, const char *what)
{
	if (!r->error && err != -EPIPE)
		fprintf(stderr, "smc-trace: %s: %s\n", what, strerror(-err));
	if (!r->error)
		r->error = err;
	stop(r);
}

static __u64 clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec;
}

static void blind_begin(struct reader *r)
{
	if (!r->blind_since)
		r->blind_since = clock_ns();
}

static void blind_end(struct reader *r)
{
	if (r->blind_since)
		r->blind_ns += clock_ns() - r->blind_since;
	r->blind_since = 0;
}

/* The end has come and standard output takes nothing: what it would have got is dropped. */
static bool muted(struct reader *r, int err)
{
	if (hurry && err == -EINTR && !r->mute) {
		r->mute = true;
		__fpurge(stdout);
		clearerr(stdout);
	}
	return r->mute;
}

static void look_at_module(struct reader *r, const struct smcw_event *ev)
{
	const struct smcw_ev_module *m = (const void *)(ev + 1);

	if (ev->kind != SMCW_EV_MODULE || m->what != SMCW_MODULE_UNLOAD ||
	    strncmp((const char *)m->name, stack_module(r->stack), sizeof(m->name)) || r->let_go)
		return;
	r->let_go = true;
	fprintf(stderr,
		"smc-trace: %.*s (pid %u) wants to unload %s, which smc-trace holds; "
		"it lets go, which takes a moment\n",
		SMCW_COMM_LEN, ev->comm, ntohl(ev->pid), stack_module(r->stack));
	tell(r->keeper, UNLOAD);
}

static void show(struct reader *r, const struct smcw_event *ev)
{
	int err = 0;

	if (r->silent || r->top || r->mute)
		return;
	if (r->o->json)
		err = json_print_event(stdout, ev);
	else if (!r->o->quiet)
		err = print_event(&r->print, ev);
	if (err && !muted(r, err == -EPIPE || errno == EPIPE ? -EPIPE : -errno))
		failed(r, errno == EPIPE ? -EPIPE : err, "standard output");
}

static void take(void *ctx, struct smcw_event *ev)
{
	struct reader *r = ctx;
	char text[SMCW_LINE_MAX];
	int err;

	++*r->progress;
	if (r->stopped && r->o->count)
		return;
	match_event(r->match, ev);
	if (r->output) {
		smcw_event_text(ev, text, sizeof(text));
		err = output_event(r->output, ev, text);
		if (err < 0)
			failed(r, err, output_name(r->output));
		else if (err)
			stop(r);
	}
	if (r->stats)
		stats_event(r->stats, ev);
	show(r, ev);
	look_at_module(r, ev);
	if (ev->kind != SMCW_EV_COUNTERS && ++r->events == r->o->count)
		stop(r);
}

static int open_output(struct reader *r)
{
	static struct output_options opts;
	static struct utsname u;
	int err;

	if (!r->o->output.path)
		return 0;
	uname(&u);
	opts = r->o->output;
	opts.meta = (struct pcapng_meta){ .version = SMCKIT_VERSION,
					  .kernel = u.release,
					  .command = r->o->command_line };
	err = output_open(&opts, &r->output);
	if (err)
		fprintf(stderr, "smc-trace: %s: %s\n", opts.path, strerror(-err));
	return err;
}

static void module_event(struct reader *r, __u8 what)
{
	struct {
		struct smcw_event ev;
		struct smcw_ev_module module;
	} e = { .ev = { .version = SMCW_EVENT_VERSION,
			.kind = SMCW_EV_MODULE,
			.length = htons(sizeof(e.module)),
			.original = htons(sizeof(e.module)) },
		.module = { .what = what } };
	struct timespec t;

	memcpy(e.module.name, stack_module(r->stack), strlen(stack_module(r->stack)));
	clock_gettime(CLOCK_REALTIME, &t);
	e.ev.time = htobe64((__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec);
	take(r, &e.ev);
}

static void attached_again(struct reader *r, enum letter letter)
{
	r->let_go = false;
	blind_end(r);
	r->stack = letter == ATTACHED_SMCX ? SMCW_STACK_SMCX : SMCW_STACK_SMC;
	module_event(r, SMCW_MODULE_ATTACHED);
}

/* A file that cannot be written is told, but ends nothing. */
static void write_metrics(struct reader *r, bool now)
{
	struct timespec t;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!r->o->metrics || (!now && t.tv_sec < r->metrics_at))
		return;
	r->metrics_at = t.tv_sec + METRICS_EVERY_S;
	err = metrics_write(r->stats, r->o->metrics);
	if (err)
		fprintf(stderr, "smc-trace: %s: %s\n", r->o->metrics, strerror(-err));
}

/* From the upper left corner of a cleared screen; one below the other when it is no terminal. */
static void show_top(struct reader *r, bool now)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!r->top || (!now && t.tv_sec < r->top_at))
		return;
	r->top_at = t.tv_sec + 1;
	if (r->o->color)
		fputs("\033[H\033[2J", stdout);
	stats_print(r->stats, stdout);
}

#define DELAYS_EVERY_S 1

/* With --aggregate: the delays up to now, once a second and at the end, if there are new ones. */
static void tell_delays(struct reader *r, bool now)
{
	union {
		struct smcw_event ev;
		char room[sizeof(struct smcw_event) + TRACE_DELAYS * sizeof(struct smcw_ev_delay)];
	} delays;
	__u64 time = clock_ns() / 1000000000u;
	size_t len;

	if (!r->o->hooks.aggregate || (!now && time < r->delays_at))
		return;
	r->delays_at = time + DELAYS_EVERY_S;
	len = ring_delays_event(r->ring, r->delays, &delays, sizeof(delays));
	if (!len || !memcmp(r->delays_told, &delays.ev + 1, len - sizeof(delays.ev)))
		return;
	memcpy(r->delays_told, &delays.ev + 1, len - sizeof(delays.ev));
	take(r, &delays.ev);
}

static void take_letter(struct reader *r, char letter)
{
	switch (letter) {
	case RELEASED:
		blind_begin(r);
		module_event(r, SMCW_MODULE_RELEASED);
		break;
	case GONE:
		blind_end(r);
		module_event(r, SMCW_MODULE_GONE);
		break;
	case PRESENT:
		blind_begin(r);
		break;
	case ATTACHED:
	case ATTACHED_SMCX:
		attached_again(r, letter);
		break;
	case DETACHED:
		blind_end(r);
		break;
	}
}

static void read_until_detached(struct reader *r)
{
	struct pollfd fds[2] = { { .fd = r->keeper, .events = POLLIN },
				 { .fd = ring_poll_fd(r->ring), .events = POLLIN } };
	char letter = 0;
	int err;

	while (letter != DETACHED) {
		poll(fds, 2, READ_EVERY_MS);
		letter = 0;
		if (fds[0].revents && read(r->keeper, &letter, 1) == 0)
			letter = DETACHED; /* the keeper is gone */
		take_letter(r, letter);
		err = ring_drain(r->ring, letter == DETACHED);
		if (err < 0)
			failed(r, err, "the rings");
		if (r->output && (err = output_batch(r->output)) < 0)
			failed(r, err, output_name(r->output));
		tell_delays(r, false);
		show_top(r, letter == DETACHED);
		if (!r->mute && fflush(stdout) && !muted(r, -errno))
			failed(r, -errno, "standard output");
		write_metrics(r, false);
	}
}

/* Stores the counters, says what was lost; the number of events that were. */
static unsigned long long sum_up(struct reader *r)
{
	union {
		struct smcw_event ev;
		char room[sizeof(struct smcw_event) +
			  SMCW_HOOKS_MAX * sizeof(struct smcw_ev_counter)];
	} counters;
	unsigned long long lost = 0, seen = 0, filtered = 0;

	r->stopped = false;
	tell_delays(r, true);
	if (ring_counters_event(r->ring, &counters, sizeof(counters)))
		take(r, &counters.ev);
	for (unsigned int hook = 1; hook < SMCW_HOOKS_MAX; hook++) {
		struct trace_counter c = ring_counter(r->ring, hook);

		seen += c.seen;
		filtered += c.filtered;
		lost += c.full + c.unreadable;
		if (c.full + c.unreadable)
			fprintf(stderr,
				"smc-trace: %s: %llu lost (%llu: ring full, %llu: unreadable)\n",
				smcw_value_text(SMCW_LIST_event_hooks, hook),
				(unsigned long long)(c.full + c.unreadable),
				(unsigned long long)c.full, (unsigned long long)c.unreadable);
		if (c.seen != c.filtered + c.sent + c.full + c.unreadable)
			fprintf(stderr, "smc-trace: %s: the counters contradict each other\n",
				smcw_value_text(SMCW_LIST_event_hooks, hook));
	}
	if (!r->mute)
		fflush(stdout);
	if (r->blind_ns)
		fprintf(stderr,
			"smc-trace: without hooks for %.1f s while SMC was there: what happened "
			"then was not seen\n",
			(double)r->blind_ns / 1e9);
	fprintf(stderr, "smc-trace: %llu events seen, %llu filtered, %llu lost\n", seen, filtered,
		lost);
	return lost;
}

static int read_events(struct reader *r)
{
	unsigned long long lost;
	int err;

	read_until_detached(r);
	lost = sum_up(r);
	write_metrics(r, true);
	if (r->mute)
		fprintf(stderr, "smc-trace: standard output took nothing: lines are missing\n");
	err = r->output ? output_close(r->output) : 0;
	if (err)
		failed(r, err, "closing the file");
	if (r->error)
		return r->error == -EPIPE ? EXIT_OK : EXIT_FAILED;
	return r->o->strict && lost ? EXIT_LOST : EXIT_OK;
}

/* SIGTERM interrupts a write that nobody reads, and comes also when the keeper is killed. */
static int heed_hurry(pid_t keeper)
{
	struct sigaction act = { .sa_handler = on_hurry };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (sigaction(SIGTERM, &act, NULL) || sigprocmask(SIG_UNBLOCK, &set, NULL) ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
		return -errno;
	if (getppid() != keeper)
		hurry = 1; /* it was too late for the signal */
	return 0;
}

static int reader_main(const struct options *o, struct hooks *h, int keeper, pid_t parent,
		       volatile __u64 *progress)
{
	struct reader r = { .o = o,
			    .print = { .out = stdout, .color = o->color, .hex = o->hex },
			    .match = match_new(),
			    .stack = hooks_stack(h),
			    .progress = progress,
			    .keeper = keeper };
	int err;

	setpgid(0, 0); /* Ctrl-C is for the keeper, which then has the last events read */
	r.ring = ring_new(hooks_control_fd(h), hooks_cdc_fd(h), hooks_counters(h), take, &r);
	if (!r.ring || !r.match) {
		fprintf(stderr, "smc-trace: the rings cannot be mapped: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	r.delays = hooks_delays(h);
	r.top = !strcmp(o->command, "top");
	hooks_detach(h); /* our copies of the links would hold the module when the keeper lets go */
	if (o->metrics || r.top)
		r.stats = stats_new();
	if ((o->metrics || r.top) && !r.stats)
		return EXIT_FAILED;
	r.silent = o->output.path && !strcmp(o->output.path, "-");
	if (open_output(&r))
		return EXIT_FAILED;
	tzset(); /* reads a file, which is easier now */
	err = privs_drop();
	if (err) {
		fprintf(stderr, "smc-trace: privileges cannot be dropped: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
	/* A change of credentials takes the signal away, so afterwards. */
	err = heed_hurry(parent);
	if (err)
		return EXIT_FAILED;
	fprintf(stderr, "smc-trace: tracing, Ctrl-C ends it\n");
	return read_events(&r);
}

/* ---- keeper ----------------------------------------------------------------------------- */

struct keeper {
	const struct options *o;
	struct hooks *hooks;
	int reader; /* the socket */
	int signals;
	bool attached;
	volatile __u64 *progress; /* of the reader, shared with it */
};

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
	tell(k->reader, RELEASED);
}

/* After the module was let go: attach again when it is loaded anew. */
static void attach_again(struct keeper *k, bool *gone, unsigned int *looks)
{
	enum smcw_event_stacks stack;
	char error[HOOKS_ERROR_MAX];

	if (stack_present(&stack) != 1) {
		if (!*gone)
			tell(k->reader, GONE);
		*gone = true;
		return;
	}
	/* Nobody unloads it after all? Then go on after some seconds. */
	if (!*gone && ++*looks < 5000 / LOOK_EVERY_MS)
		return;
	if (*gone) { /* it was loaded before we could know */
		hooks_count_loss(k->hooks, SMCW_HOOK_BLIND, 1);
		tell(k->reader, PRESENT);
	}
	*gone = false;
	*looks = 0;
	if (hooks_attach(k->hooks, error)) {
		KEEPER_SAYS("smc-trace: not attached again: %s\n", error);
		return;
	}
	k->attached = true;
	stack = hooks_stack(k->hooks);
	tell(k->reader, stack == SMCW_STACK_SMCX ? ATTACHED_SMCX : ATTACHED);
	KEEPER_SAYS("smc-trace: %s is there, attached again\n", stack_module(stack));
}

static void keep(struct keeper *k)
{
	struct pollfd fds[2] = { { .fd = k->reader, .events = POLLIN },
				 { .fd = k->signals, .events = POLLIN } };
	unsigned int looks = 0;
	bool gone = false;
	char letter;

	for (;;) {
		poll(fds, 2, k->attached ? MISSES_EVERY_MS : LOOK_EVERY_MS);
		hooks_count_misses(k->hooks);
		hooks_report_traffic(k->hooks);
		if (fds[1].revents)
			return;
		if (fds[0].revents) {
			if (read(k->reader, &letter, 1) <= 0 || letter == STOP)
				return;
			if (letter == UNLOAD)
				let_go(k);
		}
		if (!k->attached)
			attach_again(k, &gone, &looks);
	}
}

static int block_signals(void)
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

/*
 * As long as it works it has its time. One that is stuck at its output is asked
 * to leave that out, and then killed. False: not even that has helped.
 */
static bool wait_for_reader(struct keeper *k, pid_t reader, int *status)
{
	struct pollfd signals = { .fd = k->signals, .events = POLLIN };
	struct signalfd_siginfo first;
	unsigned int stuck = 0;
	__u64 seen = 0;

	/* The signal that ends us is taken out, so that a second one shows. */
	if (poll(&signals, 1, 0) > 0 && read(k->signals, &first, sizeof(first)) < 0)
		return false;
	while (waitpid(reader, status, WNOHANG) != reader) {
		stuck = is_stuck(reader) && *k->progress == seen ? stuck + END_STEP_MS : 0;
		seen = *k->progress;
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
		nanosleep(&(struct timespec){ .tv_nsec = END_STEP_MS * 1000000 }, NULL);
	}
	return true;
}

static int keeper_main(struct keeper *k, pid_t reader)
{
	int status;

	keep(k);
	hooks_count_misses(k->hooks);
	hooks_report_traffic(k->hooks);
	hooks_detach(k->hooks);
	tell(k->reader, DETACHED);
	if (!wait_for_reader(k, reader, &status)) {
		KEEPER_SAYS("smc-trace: the reading process does not end\n");
		return EXIT_FAILED;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	KEEPER_SAYS("smc-trace: the reading process was ended by signal %d%s\n", WTERMSIG(status),
		    WTERMSIG(status) == SIGKILL ? ": its output took nothing" : "");
	return EXIT_FAILED;
}

/* ---- both ------------------------------------------------------------------------------- */

/* 0 when there is SMC to trace. */
static int wait_for_smc(const struct options *o)
{
	enum smcw_event_stacks stack;
	int present = stack_present(&stack);

	if (present == -ENOENT && !o->wait) {
		fprintf(stderr,
			"smc-trace: this kernel has no SMC: CONFIG_SMC is not set, there is "
			"no module smc, and smcx is not loaded\n");
		return -ENOENT;
	}
	if (!present && !o->wait) {
		fprintf(stderr,
			"smc-trace: SMC is not loaded: modprobe smc, or wait for it with --wait\n");
		return -ENOENT;
	}
	if (present != 1)
		fprintf(stderr, "smc-trace: waits for module %s\n", present ? "smcx" : "smc");
	for (; present != 1; present = stack_present(&stack))
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000 }, NULL);
	return 0;
}

int capture_run(const struct options *o)
{
	struct keeper k = { .o = o };
	char error[HOOKS_ERROR_MAX];
	pid_t parent, pid;
	int pair[2];

	if (geteuid()) {
		fprintf(stderr, "smc-trace: tracing needs root: sudo smc-trace\n");
		return EXIT_FAILED;
	}
	if (wait_for_smc(o))
		return EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	k.signals = block_signals();
	k.hooks = hooks_new(&o->hooks);
	if (!k.hooks || hooks_attach(k.hooks, error)) {
		fprintf(stderr, "smc-trace: %s\n", k.hooks ? error : strerror(ENOMEM));
		return EXIT_FAILED;
	}
	k.attached = true;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		fprintf(stderr, "smc-trace: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	k.progress = mmap(NULL, sizeof(*k.progress), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (k.progress == MAP_FAILED) {
		fprintf(stderr, "smc-trace: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	parent = getpid();
	pid = fork();
	if (pid < 0) {
		fprintf(stderr, "smc-trace: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	if (!pid) {
		close(pair[0]);
		exit(reader_main(o, k.hooks, pair[1], parent, k.progress));
	}
	close(pair[1]);
	k.reader = pair[0];
	return keeper_main(&k, pid);
}
