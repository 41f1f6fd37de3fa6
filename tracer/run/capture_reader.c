// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See capture_private.h: the process that takes events out of the rings, filters, formats and
 * writes them.
 */
#include "capture_private.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "system/privs.h"
#include "base/set.h"
#include "smc_codec.h"
#include "smc_event_text.h"
#include "hook/stack.h"

#define READ_EVERY_MS 50

/* Set by SIGTERM: do not wait for a consumer that does not read. */
static volatile sig_atomic_t hurry;

static void on_hurry(int signal)
{
	(void)signal;
	hurry = 1;
}

static void capture_reader_stop(struct reader *r)
{
	if (!r->stopped)
		channel_send(r->keeper.sock, STOP, NULL, 0, -1);
	r->stopped = true;
}

static void capture_reader_failed(struct reader *r, int err, const char *what)
{
	if (!r->error && err != -EPIPE)
		fprintf(stderr, "smc-trace: %s: %s\n", what, strerror(-err));
	if (!r->error)
		r->error = err;
	capture_reader_stop(r);
}

__u64 capture_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec;
}

static void blind_begin(struct reader *r)
{
	if (!r->blind_since)
		r->blind_since = capture_clock_ns();
}

static void blind_end(struct reader *r)
{
	if (r->blind_since)
		r->blind_ns += capture_clock_ns() - r->blind_since;
	r->blind_since = 0;
}

/* The end has come and standard output takes nothing: what it would have got is dropped. */
static bool capture_reader_muted(struct reader *r, int err)
{
	if (hurry && err == -EINTR && !r->mute) {
		r->mute = true;
		__fpurge(stdout);
		clearerr(stdout);
	}
	return r->mute;
}

static void look_up_owner(struct reader *r, const struct smcw_event *ev);
static void put_found(struct reader *r, const struct smcw_event *ev);

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

static void capture_reader_show(struct reader *r, const struct smcw_event *ev)
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
	if (err && !capture_reader_muted(r, err == -EPIPE || errno == EPIPE ? -EPIPE : -errno))
		capture_reader_failed(r, errno == EPIPE ? -EPIPE : err, "standard output");
}

static __u64 capture_reader_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec;
}

/* -c is of what happens on the host. */
static bool capture_reader_is_counted(const struct smcw_event *ev)
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

	if (r->stopped && r->o->count && capture_reader_is_counted(ev))
		return 0;
	if (r->output) {
		if (ev->kind != SMCW_EV_CDC) /* the file has its own way with these */
			smcw_event_text(ev, text, sizeof(text));
		err = output_event(r->output, ev, ev->kind == SMCW_EV_CDC ? NULL : text);
		if (err < 0)
			capture_reader_failed(r, err, output_name(r->output));
		else if (err)
			capture_reader_stop(r);
	}
	if (r->stats)
		stats_event(r->stats, ev);
	capture_reader_show(r, ev);
	look_at_module(r, ev);
	if (capture_reader_is_counted(ev) && ++r->events == r->o->count)
		capture_reader_stop(r);
	return 0;
}

/* CDC comes by the million, and mostly nothing else is asked for than a file of it. */
static bool only_into_file(const struct reader *r)
{
	const struct trace_filter *rule = &r->filter.rule;

	return r->output && !r->stats && r->o->quiet && !r->o->json && !r->o->count &&
	       !rule->on_socket && !r->filter.cgroup && !r->o->toolbar_in &&
	       rule->kinds & SMCW_KIND_BIT(SMCW_EV_CDC);
}

static void into_file(struct reader *r, const struct smcw_event *ev)
{
	int err = output_event(r->output, ev, NULL);

	r->events++;
	if (err < 0)
		capture_reader_failed(r, err, output_name(r->output));
	else if (err)
		capture_reader_stop(r);
}

void capture_take(struct reader *r, struct smcw_event *ev)
{
	atomic_fetch_add_explicit(r->beginning->progress, 1, memory_order_relaxed);
	match_event(r->match, ev);
	if (ev->kind == SMCW_EV_CDC && r->only_file)
		return into_file(r, ev);
	/* The owner of CDC is that of an event of its connection before. */
	if (ev->kind != SMCW_EV_CDC) {
		observed_event(&r->observed, ev);
		look_up_owner(r, ev);
		put_found(r, ev);
	}
	if (ev->kind == SMCW_EV_COUNTERS)
		filter_correct(&r->filter, ev);
	if (filter_event(&r->filter, ev, take_wanted, r))
		capture_reader_failed(r, -ENOMEM, "the filters");
}

static void capture_reader_take(void *ctx, struct smcw_event *ev)
{
	capture_take(ctx, ev);
}

/* Which cgroup it is, and which container, is reported with its path, once. */
static void look_up_owner(struct reader *r, const struct smcw_event *ev)
{
	__u64 key = table_hash(ev->pid, &ev->cgroup, sizeof(ev->cgroup));

	if (!ev->cgroup || set_has(&r->known, key))
		return;
	if (r->known.n >= SET_MAX) /* most of them are gone */
		set_free(&r->known);
	set_add(&r->known, key);
	request_owner(&r->keeper, smcw_get64(&ev->cgroup), smcw_get32(&ev->pid), &r->found);
}

/* A process that lives for one connection is asked as early as can be. */
static void capture_reader_arrived(void *ctx, struct smcw_event *ev)
{
	look_up_owner(ctx, ev);
}

/* Before the event, which may be the first one of whom it is about. */
static void put_found(struct reader *r, const struct smcw_event *ev)
{
	struct facts found = r->found;

	if (!found.n)
		return;
	memset(&r->found, 0, sizeof(r->found)); /* these are events themselves */
	for (size_t i = 0; i < found.n; i++)
		facts_put(&r->beginning->facts, &found.row[i]);
	facts_events(&found, smcw_get64(&ev->time), capture_reader_take, r);
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

	facts_events(&r->beginning->facts, capture_reader_now_ns(), put_fact, &b);
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
	e.ev.time = htobe64(capture_reader_now_ns());
	capture_take(r, &e.ev);
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
	facts_events(&one, capture_reader_now_ns(), capture_reader_take, r);
	facts_free(&one);
}

/* The keeper's letter, DETACHED if it is gone; 0 if there is none. */
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

static void heed_toolbar(struct reader *r)
{
	if (toolbar_read(&r->toolbar)) {
		r->filter.shown_kinds = r->toolbar.wanted_kinds;
		r->filter.shown_port = r->toolbar.wanted_port;
	}
	capture_report_toolbar(r);
}

static void read_until_detached(struct reader *r)
{
	struct pollfd fds[3] = { { .fd = r->keeper.sock, .events = POLLIN },
				 { .fd = ring_poll_fd(r->ring), .events = POLLIN },
				 { .fd = r->toolbar.in, .events = POLLIN } };
	enum letter letter = 0;
	int err;

	while (letter != DETACHED) {
		poll(fds, 3, request_waits(&r->keeper) ? 0 : READ_EVERY_MS);
		letter = keepers_letter(r, fds[0].revents);
		err = ring_drain(r->ring, letter == DETACHED);
		if (err < 0)
			capture_reader_failed(r, err, "the rings");
		if (r->output && (err = output_batch(r->output)) < 0)
			capture_reader_failed(r, err, output_name(r->output));
		heed_toolbar(r);
		capture_report_delays(r, false);
		capture_report_top(r, letter == DETACHED);
		if (!r->mute && fflush(stdout) && !capture_reader_muted(r, -errno))
			capture_reader_failed(r, -errno, "standard output");
		capture_report_metrics(r, false);
	}
}

static int read_events(struct reader *r)
{
	unsigned long long lost;
	int err;

	read_until_detached(r);
	lost = capture_report_losses(r);
	capture_report_metrics(r, true);
	if (r->mute)
		fprintf(stderr, "smc-trace: standard output took nothing: lines are missing\n");
	err = r->output ? output_close(r->output) : 0;
	if (err)
		capture_reader_failed(r, err, "closing the file");
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
	capture_reader_show(r, ev);
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
	facts_events(&r->beginning->facts, capture_reader_now_ns(), take_fact, r);
	for (size_t i = 0; i < r->beginning->n; i++)
		capture_take(r, r->beginning->existing[i]);
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
				   .facts = r->stats->facts,
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

int capture_read(const struct options *o, struct hooks *h, int sock, pid_t keeper,
		 struct beginning *b)
{
	struct ring_memory rings = hooks_rings(h);
	struct reader r = { .o = o,
			    .print = { .out = stdout, .color = o->color, .hex = o->hex },
			    .match = match_new(),
			    .stack = hooks_stack(h),
			    .keeper = { .sock = sock },
			    .beginning = b };
	int err;

	setpgid(0, 0); /* Ctrl-C is for the keeper, which then has the last events read */
	r.ring = ring_new(&rings, capture_reader_take, &r);
	if (!r.ring || !r.match) {
		fprintf(stderr, "smc-trace: the rings cannot be mapped: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	ring_on_arrival(r.ring, capture_reader_arrived);
	r.delays = hooks_delays(h);
	r.top = !strcmp(o->command, "top");
	filter_init(&r.filter, &o->hooks.filter, o->cgroup);
	r.filter.by_kernel = true;
	hooks_detach(h); /* our copies of the links would hold the module when the keeper lets go */
	if (start_stats(&r))
		return EXIT_FAILED;
	err = toolbar_open(&r.toolbar, o->toolbar_in, o->toolbar_out);
	if (err) {
		fprintf(stderr, "smc-trace: Wireshark's toolbar: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
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
	err = heed_hurry(keeper);
	if (err)
		return EXIT_FAILED;
	take_beginning(&r);
	r.only_file = only_into_file(&r);
	fprintf(stderr, "smc-trace: tracing, Ctrl-C ends it\n");
	return read_events(&r);
}
