// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See capture.h. Two processes, joined by a socket that carries letters, and files:
 *
 *	keeper, privileged: attaches, lets go of the module, attaches again, and
 *	opens files by the names of the command line. It has no look at the rings.
 *	reader, of a user that owns nothing, without any capability and under a
 *	seccomp filter that lets it open nothing: takes events out of the rings,
 *	formats and writes them.
 */
#include "capture.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "cgroups.h"
#include "conns.h"
#include "filter.h"
#include "match.h"
#include "metrics.h"
#include "observe.h"
#include "print.h"
#include "privs.h"
#include "requests.h"
#include "ring.h"
#include "set.h"
#include "smc_codec.h"
#include "smc_event_text.h"
#include "snapshot.h"
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
#define EXISTING_MAX 65536

enum letter {
	DETACHED = 'd', /* keeper: nothing more will come */
	RELEASED = 'r', /* keeper: the module is let go */
	GONE = 'g',	/* keeper: the module was unloaded */
	PRESENT = 'p',	/* keeper: it is loaded again, and not attached to yet */
	ATTACHED = 'a', /* keeper: attached again, to net/smc */
	ATTACHED_SMCX = 'x',
	STOP = 's',   /* reader: -c is reached, or it cannot go on */
	UNLOAD = 'u', /* reader: someone wants to unload the module */
	FACT = 'f',   /* keeper: a struct smcw_ev_fact */
};

/* What the keeper knows when tracing begins, for the reader. */
struct beginning {
	struct facts facts;
	struct smcw_event **existing; /* connections and link groups */
	size_t n;
	atomic_ullong *progress; /* shared: grows while the reader gets on */
};

static void add_existing(void *ctx, struct smcw_event *ev)
{
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);
	struct beginning *b = ctx;
	struct smcw_event **more, *copy;

	/* Twice as much room each time it is full. */
	if (!(b->n & (b->n - 1))) {
		more = realloc(b->existing, (b->n ? 2 * b->n : 1) * sizeof(ev));
		if (!more)
			return;
		b->existing = more;
	}
	copy = b->n < EXISTING_MAX ? malloc(len) : NULL;
	if (!copy)
		return;
	memcpy(copy, ev, len);
	b->existing[b->n++] = copy;
}

/* What the hooks that are attached let us see: how many classes of events they do not. */
static int observe(struct facts *f, const struct options *o, const struct hooks *h)
{
	struct hook_state *states = NULL, *more, state;
	size_t n = 0;
	int missing;

	for (; hooks_state(h, (unsigned int)n, &state); n++) {
		more = realloc(states, (n + 1) * sizeof(*states));
		if (!more) {
			free(states);
			return -ENOMEM;
		}
		states = more;
		states[n] = state;
	}
	missing = observe_hooks(f, states, n, &o->hooks.filter, stack_without_btf(hooks_stack(h)));
	free(states);
	return missing;
}

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
	struct client keeper;
	struct beginning *beginning;
	struct observed observed;
	struct filter filter;
	struct conns conns;
	struct table known; /* cgroups and processes that were looked up: a set */
	enum smcw_event_stacks stack;
	int error;
	bool stopped;		     /* asked the keeper to */
	bool let_go;		     /* asked the keeper to, and it has not attached again */
	bool mute;		     /* standard output takes nothing, and the end has come */
	__u64 blind_since, blind_ns; /* without hooks although SMC was there */
	const __u64 (*delays)[TRACE_DELAYS]; /* with --aggregate */
	struct smcw_ev_delay delays_told[TRACE_DELAYS];
	__u64 delays_at;
};

/* Set by SIGTERM: do not wait for a consumer that does not read. */
static volatile sig_atomic_t hurry;

static void on_hurry(int signal)
{
	(void)signal;
	hurry = 1;
}

static void stop(struct reader *r)
{
	if (!r->stopped)
		channel_send(r->keeper.sock, STOP, NULL, 0, -1);
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

static void take(void *ctx, struct smcw_event *ev);
static void look_up_owner(struct reader *r, const struct smcw_event *ev);

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
	channel_send(r->keeper.sock, UNLOAD, NULL, 0, -1);
}

static void show(struct reader *r, const struct smcw_event *ev)
{
	int err = 0;

	if (r->silent || r->top || r->mute || r->conns.out)
		return;
	/* They say what is observed and how SMC is set up; people get that in one line at the end.
	 */
	if (ev->kind == SMCW_EV_FACTS && !r->o->json)
		return;
	if (r->o->json)
		err = json_print_event(stdout, ev);
	else if (!r->o->quiet)
		err = print_event(&r->print, ev);
	if (err && !muted(r, err == -EPIPE || errno == EPIPE ? -EPIPE : -errno))
		failed(r, errno == EPIPE ? -EPIPE : err, "standard output");
}

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec;
}

/* -c is of what happens on the host. */
static bool is_counted(const struct smcw_event *ev)
{
	return ev->kind != SMCW_EV_COUNTERS && ev->kind != SMCW_EV_FACTS &&
	       !(ev->flags & SMCW_EV_SEEN && !ev->hook);
}

/* An event that passes the filters: into the file, the statistics, the lines. */
static int take_wanted(void *ctx, struct smcw_event *ev)
{
	struct reader *r = ctx;
	char text[SMCW_LINE_MAX];
	int err;

	if (r->stopped && r->o->count && is_counted(ev))
		return 0;
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
	if (is_counted(ev) && ++r->events == r->o->count)
		stop(r);
	return 0;
}

static void take(void *ctx, struct smcw_event *ev)
{
	struct reader *r = ctx;

	atomic_fetch_add_explicit(r->beginning->progress, 1, memory_order_relaxed);
	observed_event(&r->observed, ev);
	match_event(r->match, ev);
	look_up_owner(r, ev);
	if (ev->kind == SMCW_EV_COUNTERS)
		filter_correct(&r->filter, ev);
	if (filter_event(&r->filter, ev, take_wanted, r))
		failed(r, -ENOMEM, "the filters");
}

/* Which cgroup it is, and which container, is told by a path, once. */
static void look_up_owner(struct reader *r, const struct smcw_event *ev)
{
	__u64 key = table_hash(ev->pid, &ev->cgroup, sizeof(ev->cgroup));
	struct facts found = { 0 };

	if (!ev->cgroup || set_has(&r->known, key) || r->known.n >= SET_MAX)
		return;
	set_add(&r->known, key);
	request_owner(&r->keeper, smcw_get64(&ev->cgroup), smcw_get32(&ev->pid), &found);
	for (size_t i = 0; i < found.n; i++)
		facts_put(&r->beginning->facts, &found.row[i]);
	facts_events(&found, smcw_get64(&ev->time), take, r);
	facts_free(&found);
}

static int file_of_keepers(void *ctx, time_t opened, unsigned int size_turn, char *used)
{
	struct reader *r = ctx;

	return request_file(&r->keeper, opened, size_turn, used);
}

struct beginning_of_file {
	struct output *output;
	int err;
};

static void put_fact(void *ctx, struct smcw_event *ev)
{
	struct beginning_of_file *b = ctx;
	char text[SMCW_LINE_MAX];

	smcw_event_text(ev, text, sizeof(text));
	if (!b->err)
		b->err = output_put(b->output, ev, text);
}

/* Every file says by itself what is observed. */
static int begin_file(void *ctx, struct output *output)
{
	struct beginning_of_file b = { .output = output };
	struct reader *r = ctx;

	facts_events(&r->beginning->facts, now_ns(), put_fact, &b);
	return b.err;
}

static char *end_file(void *ctx)
{
	struct reader *r = ctx;

	return observed_text(&r->observed);
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
	opts.open = file_of_keepers;
	opts.begin = begin_file;
	opts.end = end_file;
	opts.ctx = r;
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

	memcpy(e.module.name, stack_module(r->stack), strlen(stack_module(r->stack)));
	e.ev.time = htobe64(now_ns());
	take(r, &e.ev);
}

static void attached_again(struct reader *r, enum letter letter)
{
	r->let_go = false;
	blind_end(r);
	r->stack = letter == ATTACHED_SMCX ? SMCW_STACK_SMCX : SMCW_STACK_SMC;
	module_event(r, SMCW_MODULE_ATTACHED);
}

/* A fact that came later, such as what is observed after attaching anew. */
static void learn_fact(struct reader *r, const struct channel_message *m)
{
	struct facts one = { 0 };
	struct smcw_ev_fact row;

	if (m->len != sizeof(row))
		return;
	memcpy(&row, m->data, sizeof(row));
	facts_put(&r->beginning->facts, &row);
	facts_put(&one, &row);
	facts_events(&one, now_ns(), take, r);
	facts_free(&one);
}

/* What is lost is known at once, not only at the end. */
static void count_losses(struct reader *r)
{
	union {
		struct smcw_event ev;
		char room[sizeof(struct smcw_event) +
			  SMCW_HOOKS_MAX * sizeof(struct smcw_ev_counter)];
	} counters;

	if (!ring_counters_event(r->ring, &counters, sizeof(counters)))
		return;
	filter_correct(&r->filter, &counters.ev);
	stats_event(r->stats, &counters.ev);
}

static int write_metrics_file(struct reader *r)
{
	int fd = request_metrics(&r->keeper);

	count_losses(r);
	return fd < 0 ? fd : request_metrics_end(&r->keeper, metrics_write_fd(r->stats, fd));
}

/* That a file cannot be written is said, but ends nothing. */
static void write_metrics(struct reader *r, bool now)
{
	struct timespec t;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!r->o->metrics || (!now && t.tv_sec < r->metrics_at))
		return;
	r->metrics_at = t.tv_sec + METRICS_EVERY_S;
	err = write_metrics_file(r);
	if (err)
		fprintf(stderr, "smc-trace: %s: %s\n", r->o->metrics, strerror(-err));
}

/* From the upper left corner of a cleared screen; one below the other when it is no terminal. */
static void show_top(struct reader *r, bool now)
{
	struct stats_view view = { 0 };
	struct winsize size;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!r->top || (!now && t.tv_sec < r->top_at))
		return;
	r->top_at = t.tv_sec + 1;
	if (r->o->color)
		fputs("\033[H\033[2J", stdout);
	view.sort = r->o->sort;
	if (r->o->color && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) {
		view.rows = size.ws_row;
		view.columns = size.ws_col;
	}
	stats_print_view(r->stats, &view, stdout);
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

/* What the keeper says, DETACHED if it is gone; 0 if there is nothing. */
static enum letter keepers_letter(struct reader *r, bool ready)
{
	static struct channel_message m;

	if (!ready && !request_waits(&r->keeper))
		return 0;
	if (request_receive(&r->keeper, &m) <= 0)
		m.letter = DETACHED;
	switch (m.letter) {
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
		attached_again(r, m.letter);
		break;
	case FACT:
		learn_fact(r, &m);
		break;
	case DETACHED:
		blind_end(r);
		break;
	}
	return m.letter;
}

static void read_until_detached(struct reader *r)
{
	struct pollfd fds[2] = { { .fd = r->keeper.sock, .events = POLLIN },
				 { .fd = ring_poll_fd(r->ring), .events = POLLIN } };
	enum letter letter = 0;
	int err;

	while (letter != DETACHED) {
		poll(fds, 2, request_waits(&r->keeper) ? 0 : READ_EVERY_MS);
		letter = keepers_letter(r, fds[0].revents);
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
	observed_print(&r->observed, "smc-trace: ", stderr);
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

/* The file has them already. */
static int show_fact(void *ctx, struct smcw_event *ev)
{
	struct reader *r = ctx;

	if (r->stats)
		stats_event(r->stats, ev);
	show(r, ev);
	return 0;
}

static void take_fact(void *ctx, struct smcw_event *ev)
{
	struct reader *r = ctx;

	observed_event(&r->observed, ev);
	filter_event(&r->filter, ev, show_fact, r);
}

static void take_beginning(struct reader *r)
{
	facts_events(&r->beginning->facts, now_ns(), take_fact, r);
	for (size_t i = 0; i < r->beginning->n; i++)
		take(r, r->beginning->existing[i]);
}

static int start_stats(struct reader *r)
{
	bool conns = !strcmp(r->o->command, "conns");

	if (!r->o->metrics && !r->top && !conns)
		return 0;
	r->stats = stats_new();
	if (!r->stats)
		return -ENOMEM;
	r->stats->by = r->o->by;
	if (!conns)
		return 0;
	r->conns = (struct conns){ .out = r->o->quiet ? NULL : stdout,
				   .facts = &r->stats->facts,
				   .json = r->o->json };
	if (!r->o->quiet) {
		r->stats->ended_fn = conns_ended;
		r->stats->ended_ctx = &r->conns;
	}
	return 0;
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
		       struct beginning *b)
{
	struct reader r = { .o = o,
			    .print = { .out = stdout, .color = o->color, .hex = o->hex },
			    .match = match_new(),
			    .stack = hooks_stack(h),
			    .keeper = { .sock = keeper },
			    .beginning = b };
	int err;

	setpgid(0, 0); /* Ctrl-C is for the keeper, which then has the last events read */
	r.ring = ring_new(hooks_control_fd(h), hooks_cdc_fd(h), hooks_counters(h), take, &r);
	if (!r.ring || !r.match) {
		fprintf(stderr, "smc-trace: the rings cannot be mapped: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	r.delays = hooks_delays(h);
	r.top = !strcmp(o->command, "top");
	filter_init(&r.filter, &o->hooks.filter, o->cgroup);
	/* What comes here has been judged; that the event of its connection was lost is no reason. */
	r.filter.judged = true;
	hooks_detach(h); /* our copies of the links would hold the module when the keeper lets go */
	if (start_stats(&r))
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
	take_beginning(&r);
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
	struct server server;
	struct beginning beginning;
};

static void tell(const struct keeper *k, enum letter letter)
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
	tell(k, RELEASED);
}

/* Another stack, or another build of it, may show less than the one before. */
static void send_observed(const struct keeper *k)
{
	struct facts facts = { 0 };
	int missing = observe(&facts, k->o, k->hooks);

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

	if (stack_present(&stack) != 1) {
		if (!*gone)
			tell(k, GONE);
		*gone = true;
		return;
	}
	/* Nobody unloads it after all? Then go on after some seconds. */
	if (!*gone && ++*looks < 5000 / LOOK_EVERY_MS)
		return;
	if (*gone) { /* it was loaded before we could know */
		hooks_count_loss(k->hooks, SMCW_HOOK_BLIND, 1);
		tell(k, PRESENT);
	}
	*gone = false;
	*looks = 0;
	if (hooks_attach(k->hooks, error)) {
		KEEPER_SAYS("smc-trace: not attached again: %s\n", error);
		return;
	}
	k->attached = true;
	stack = hooks_stack(k->hooks);
	send_observed(k);
	tell(k, stack == SMCW_STACK_SMCX ? ATTACHED_SMCX : ATTACHED);
	KEEPER_SAYS("smc-trace: %s is there, attached again\n", stack_module(stack));
}

static void keep(struct keeper *k)
{
	struct pollfd fds[2] = { { .fd = k->reader, .events = POLLIN },
				 { .fd = k->signals, .events = POLLIN } };
	static struct channel_message m;
	unsigned int looks = 0;
	bool gone = false;

	for (;;) {
		poll(fds, 2, k->attached ? MISSES_EVERY_MS : LOOK_EVERY_MS);
		hooks_count_misses(k->hooks);
		hooks_report_traffic(k->hooks);
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
static bool wait_for_reader(struct keeper *k, pid_t reader, int *status)
{
	struct pollfd signals = { .fd = k->signals, .events = POLLIN };
	struct signalfd_siginfo first;
	unsigned int stuck = 0;
	unsigned long long seen = 0;

	/* The signal that ends us is taken out, so that a second one shows. */
	if (poll(&signals, 1, 0) > 0 && read(k->signals, &first, sizeof(first)) < 0)
		return false;
	while (waitpid(reader, status, WNOHANG) != reader) {
		stuck = is_stuck(reader) && atomic_load(k->beginning.progress) == seen ?
				stuck + END_STEP_MS :
				0;
		seen = atomic_load(k->beginning.progress);
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

static int keeper_main(struct keeper *k, pid_t reader)
{
	int status;

	keep(k);
	hooks_count_misses(k->hooks);
	hooks_report_traffic(k->hooks);
	hooks_detach(k->hooks);
	tell(k, DETACHED);
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

/* The filter needs the path of the cgroup that is asked for, to know what is below it. */
static int add_cgroup(struct facts *f, __u64 id)
{
	char path[SMCW_FACT_VALUE_LEN * 2], name[24];
	int err = cgroups_path(id, path, sizeof(path));

	snprintf(name, sizeof(name), "%llu", (unsigned long long)id);
	if (err)
		fprintf(stderr,
			"smc-trace: cgroup %s: %s; what is in cgroups below it cannot be told\n",
			name, strerror(-err));
	return err ? 0 : facts_add(f, SMCW_FACT_CGROUP, name, "%s", path);
}

/* What is missing is said before anything is traced, and is an error with --strict. */
static int look_around(struct keeper *k)
{
	struct observed seen = { 0 };
	struct beginning *b = &k->beginning;
	int missing = observe(&b->facts, k->o, k->hooks), r = missing < 0 ? missing : 0;

	b->progress = mmap(NULL, sizeof(*b->progress), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->progress == MAP_FAILED)
		r = -ENOMEM;
	if (missing > 0) {
		for (size_t i = 0; i < b->facts.n; i++)
			facts_put(&seen.classes, &b->facts.row[i]);
		observed_print(&seen,
			       k->o->strict ? "smc-trace: error: not everything is observed, and "
					      "--strict is set: " :
					      "smc-trace: warning: not everything is observed: ",
			       stderr);
		observed_free(&seen);
	}
	if (!r)
		r = snapshot_setup(&b->facts);
	if (!r && k->o->cgroup)
		r = add_cgroup(&b->facts, k->o->cgroup);
	if (!r && !(k->o->strict && missing))
		snapshot_existing((__u8)hooks_stack(k->hooks), add_existing, b);
	if (r)
		fprintf(stderr, "smc-trace: %s\n", strerror(-r));
	if (r)
		return EXIT_FAILED;
	return k->o->strict && missing ? EXIT_LOST : EXIT_OK;
}

/*
 * By capabilities, not by the user's id: root may have lost them, in a container say, and others
 * may have got them. Which of them depends on the stack, once that is there.
 */
static bool may_trace(const struct options *o)
{
	enum smcw_event_stacks stack = SMCW_STACK_SMC;
	int module = stack_present(&stack) == 1 && stack_is_module(stack);
	char missing[64], path[32];

	if (*privs_missing(module, missing, sizeof(missing))) {
		fprintf(stderr,
			"smc-trace: tracing needs root: sudo smc-trace. Or %s%s; missing: %s\n",
			"CAP_BPF and CAP_PERFMON",
			module ? ", and CAP_SYS_ADMIN, since smc is a module, whose BTF the kernel "
				 "gives to nobody else" :
				 "",
			missing);
		return false;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		fprintf(stderr,
			"smc-trace: /sys/kernel/btf/vmlinux cannot be read: %s. The kernel "
			"needs CONFIG_DEBUG_INFO_BTF; in a container, mount /sys\n",
			strerror(errno));
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%u", o->hooks.filter.pid);
	if (o->hooks.filter.pid && access(path, F_OK)) {
		fprintf(stderr, "smc-trace: --pid: there is no process %u\n", o->hooks.filter.pid);
		return false;
	}
	return true;
}

/* What to do about an error of attaching, or NULL. */
static const char *hint_of(int err)
{
	switch (-err) {
	case EPERM:
		return "something forbids bpf() or perf_event_open(): lockdown (smc-trace doctor "
		       "says so), or the seccomp filter of a container";
	case ENOMEM:
		return "no memory: make the rings smaller (--control-ring, --cdc-ring), or raise "
		       "the "
		       "limit of the cgroup";
	case EMFILE:
		return "too few open files are allowed: ulimit -n 256";
	default:
		return NULL;
	}
}

int capture_run(const struct options *o)
{
	struct keeper k = { .o = o, .server = { .o = o } };
	int status, err;
	char error[HOOKS_ERROR_MAX];
	pid_t parent, pid;
	int pair[2];

	if (!may_trace(o))
		return EXIT_FAILED;
	if (wait_for_smc(o) || !may_trace(o))
		return EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	k.signals = block_signals();
	k.hooks = hooks_new(&o->hooks);
	err = k.hooks ? hooks_attach(k.hooks, error) : -ENOMEM;
	if (err) {
		fprintf(stderr, "smc-trace: %s%s%s\n", k.hooks ? error : strerror(ENOMEM),
			hint_of(err) ? ". " : "", hint_of(err) ? hint_of(err) : "");
		return EXIT_FAILED;
	}
	k.attached = true;
	status = look_around(&k);
	if (status)
		return status;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
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
		exit(reader_main(o, k.hooks, pair[1], parent, &k.beginning));
	}
	close(pair[1]);
	k.reader = k.server.sock = pair[0];
	return keeper_main(&k, pid);
}
