// SPDX-License-Identifier: GPL-2.0-or-later
/* See merge.h. */
#include "merge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "clocks.h"
#include "flows.h"
#include "ids.h"
#include "record/reader.h"
#include "sample.h"
#include "smc_codec.h"
#include "smc_event_text.h"

#define NS_PER_S 1000000000ll
#define SPANS 256     /* of the whole time; what is known of a clock is said once for each */
#define LEARN_MAX 4   /* passes in which messages of all kinds are learned from */
#define PASSES_MAX 16 /* then the clocks are right, and could be known a little better */
#define PROGRESS_EVENTS 65536

/* A host in a part of the time. */
struct span {
	__u64 within;
	bool used, said;
};

struct input {
	struct reader *reader;
	struct reader_result result;
	struct smcw_event *ev; /* that comes next, NULL: none */
	__s64 common;	       /* its time */
	__s64 first, last;     /* own times */
	__u64 size;	       /* of the file */
	bool any;
	struct span span[SPANS];
};

struct merge {
	const struct merge_options *o;
	struct merge_result *r;
	struct input input[MERGE_FILES_MAX];
	struct clocks *clocks;
	struct flows *flows;
	struct ids *ids;
	struct sample *sample;
	struct pcapng *out;
	__s64 begin, width; /* of the spans, common time */
	__u64 learned, n_events;
	int error;
};

typedef int (*merge_fn)(struct merge *m, unsigned int host, struct smcw_event *ev);

__attribute__((format(printf, 3, 4))) static int merge_failed(struct merge *m, int error,
							      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(m->r->error, sizeof(m->r->error), format, args);
	va_end(args);
	return error;
}

static const char *merge_name(const struct merge *m, unsigned int host)
{
	return m->r->host[host].name;
}

/* ---- reading ---------------------------------------------------------------------------- */

static void merge_progress(struct merge *m, const char *doing)
{
	__u64 part = 0, whole = 0;

	if (!m->o->progress || m->n_events++ % PROGRESS_EVENTS)
		return;
	for (unsigned int host = 0; host < m->o->n; host++) {
		const struct input *in = &m->input[host];

		whole += in->size;
		part += in->reader ? reader_at(in->reader) : in->ev || !in->any ? 0 : in->size;
	}
	m->o->progress(m->o->ctx, doing, part < whole ? part : whole, whole);
}

/* All that was read until the file ends too early is good. */
static int input_next(struct merge *m, unsigned int host)
{
	struct input *in = &m->input[host];
	struct merge_host *h = &m->r->host[host];
	int r = reader_next(in->reader, &in->ev);

	if (r == READER_CUT) {
		snprintf(h->cut, sizeof(h->cut), "%.*s", (int)sizeof(h->cut) - 1, in->result.error);
		r = 0;
	}
	if (r)
		return merge_failed(m, r < 0 ? r : -EBADMSG, "%s: %s", m->o->path[host],
				    *in->result.error ? in->result.error : strerror(-r));
	if (in->ev && SMCW_EV_HOST_OF(in->ev))
		return merge_failed(
			m, -EINVAL,
			"%s is a merged file already: name the files that it was made of",
			m->o->path[host]);
	if (!in->ev) {
		h->foreign = in->result.foreign;
		h->newer = in->result.newer;
		return 0;
	}
	if (m->clocks)
		in->common = clocks_common(m->clocks, host, (__s64)smcw_get64(&in->ev->time), NULL);
	return 0;
}

static int input_open(struct merge *m, unsigned int host)
{
	struct input *in = &m->input[host];
	const char *path = m->o->path[host];
	int r = reader_open(path, &in->reader, &in->result);

	if (r == READER_CUT) /* it ends before anything is described */
		r = -EBADMSG;
	if (r)
		return merge_failed(m, r, "%s: %s", path,
				    *in->result.error ? in->result.error : strerror(-r));
	return input_next(m, host);
}

static void input_close(struct input *in)
{
	reader_close(in->reader);
	in->reader = NULL;
	in->ev = NULL;
}

/* The host whose next event is the earliest; -1: there is none. */
static int merge_earliest(const struct merge *m)
{
	int found = -1;

	for (unsigned int host = 0; host < m->o->n; host++)
		if (m->input[host].ev &&
		    (found < 0 || m->input[host].common < m->input[found].common))
			found = (int)host;
	return found;
}

/* All events of all files, in the order of the common clock. */
static int merge_pass(struct merge *m, const char *doing, merge_fn fn)
{
	int host, r = 0;

	m->n_events = 0;
	for (unsigned int i = 0; !r && i < m->o->n; i++)
		r = input_open(m, i);
	while (!r && (host = merge_earliest(m)) >= 0) {
		merge_progress(m, doing);
		r = fn(m, (unsigned int)host, m->input[host].ev);
		if (!r)
			r = input_next(m, (unsigned int)host);
	}
	for (unsigned int i = 0; i < m->o->n; i++)
		input_close(&m->input[i]);
	return r;
}

/* ---- the first look ---------------------------------------------------------------------- */

static int look_at(struct merge *m, unsigned int host, struct smcw_event *ev)
{
	struct input *in = &m->input[host];
	__s64 own = (__s64)smcw_get64(&ev->time);

	m->r->host[host].events++;
	if (own > 0 && own < CLOCKS_TIME_MAX) {
		if (!in->any || own < in->first)
			in->first = own;
		if (!in->any || own > in->last)
			in->last = own;
		in->any = true;
	}
	sample_note_alone(m->sample, host, ev);
	return flows_learn(m->flows, host, ev);
}

/* A message that comes again on its way says nothing of clocks: one may be lost here, and another
 * one there.
 */
static int look_again_at(struct merge *m, unsigned int host, struct smcw_event *ev)
{
	sample_note_on_way(m->sample, m->flows, host, ev);
	return 0;
}

static int merge_add(void *ctx, unsigned int from, __s64 sent, unsigned int to, __s64 received)
{
	struct merge *m = ctx;
	int r = clocks_add(m->clocks, from, sent, to, received);

	m->r->host[from].sent++;
	m->r->host[to].received++;
	return r == -E2BIG || r == -ERANGE ? 0 : r;
}

static void put_time(__s64 ns, char *buf, size_t cap)
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(buf, cap, "%F %T", &tm))
		snprintf(buf, cap, "%lld ns", (long long)ns);
}

static int say_nothing_matches(struct merge *m, unsigned int host)
{
	struct sample_counts c;

	sample_count(m->sample, &c);
	if (c.twice)
		return merge_failed(m, -ENODATA,
				    "%s: messages that it sent, another file's host sent as well: "
				    "two of the files are of one host",
				    merge_name(m, host));
	if (!c.seen && c.inside)
		return merge_failed(m, -ENODATA,
				    "nothing to match: all CLC, LLC and CDC messages of the files "
				    "are of SMC-D, which do not leave their host");
	if (!c.seen)
		return merge_failed(m, -ENODATA,
				    "nothing to match: the files have no CLC, LLC or CDC messages");
	return merge_failed(m, -ENODATA,
			    "%s: no message that it sent or received was seen by another host: the "
			    "files are of other times or "
			    "other peers, all is SMC-D, or messages were cut (-s), added up "
			    "(--aggregate) or not "
			    "traced (--kinds)",
			    merge_name(m, host));
}

static int say_trouble(struct merge *m, int error, const struct clocks_trouble *t)
{
	char when[64];

	if (error == -ENODATA)
		return say_nothing_matches(m, t->host);
	if (error == -EDOM)
		return merge_failed(m, error,
				    "%s: messages were matched in one direction only (%" PRIu64
				    " that it received, %" PRIu64
				    " that it sent): its clock is bounded on one side only",
				    merge_name(m, t->host), (uint64_t)t->to, (uint64_t)t->from);
	if (error != -ESTALE)
		return merge_failed(m, error, "%s", strerror(-error));
	put_time(t->time, when, sizeof(when));
	return merge_failed(m, error,
			    "%s: at %s of its clock messages were received before they were sent, "
			    "whatever the offset: a clock was "
			    "set, or two clocks drift apart by more than %u ppm (--drift)",
			    merge_name(m, t->host), when, m->o->drift_ppm);
}

static int merge_solve(struct merge *m)
{
	struct clocks_trouble t = { 0 };
	int r = clocks_solve(m->clocks, &t);

	return r ? say_trouble(m, r, &t) : 0;
}

static int merge_look(struct merge *m)
{
	int r = merge_pass(m, "reading", look_at);

	if (!r)
		r = sample_join(m->sample, m->flows);
	if (!r)
		r = merge_pass(m, "looking for messages of two hosts", look_again_at);
	if (r)
		return *m->r->error ? r : merge_failed(m, r, "%s", strerror(-r));
	m->clocks = clocks_new(m->o->n, m->o->drift_ppm);
	if (!m->clocks)
		return merge_failed(m, -ENOMEM, "%s", strerror(ENOMEM));
	r = sample_each(m->sample, merge_add, m);
	r = r ? merge_failed(m, r, "%s", strerror(-r)) : merge_solve(m);
	if (r)
		return r;
	sample_free(m->sample);
	m->sample = NULL;
	return 0;
}

/* ---- all messages ------------------------------------------------------------------------- */

static unsigned int span_of(const struct merge *m, __s64 common)
{
	__s64 at = common < m->begin ? 0 : (common - m->begin) / m->width;

	return at < SPANS ? (unsigned int)at : SPANS - 1;
}

/* The sample has no message that comes again and again, and not all of the others. */
static int learn_from(struct merge *m, unsigned int host, struct smcw_event *ev)
{
	struct input *in = &m->input[host];
	__s64 own = (__s64)smcw_get64(&ev->time);
	struct span *s = &in->span[span_of(m, in->common)];
	struct ids_pair p;
	__u64 within;

	clocks_common(m->clocks, host, own, &within);
	s->used = true;
	if (within > s->within)
		s->within = within;
	if (!ids_event(m->ids, host, ev, &p) ||
	    clocks_news(m->clocks, p.from, p.sent, p.to, p.received) <= 0)
		return 0;
	if (!clocks_add(m->clocks, p.from, p.sent, p.to, p.received))
		m->learned++;
	return 0;
}

static void divide_time(struct merge *m)
{
	__s64 end = 0;

	m->begin = CLOCKS_TIME_MAX;
	for (unsigned int host = 0; host < m->o->n; host++) {
		struct input *in = &m->input[host];
		__s64 first = clocks_common(m->clocks, host, in->first, NULL);
		__s64 last = clocks_common(m->clocks, host, in->last, NULL);

		if (!in->any)
			continue;
		m->begin = first < m->begin ? first : m->begin;
		end = last > end ? last : end;
		memset(in->span, 0, sizeof(in->span));
	}
	m->width = (end - m->begin) / SPANS + 1;
	if (m->width < NS_PER_S)
		m->width = NS_PER_S;
}

static int merge_learn_once(struct merge *m, bool strict)
{
	int r;

	divide_time(m);
	m->learned = 0;
	m->ids = ids_new(m->clocks, m->flows, strict);
	r = m->ids ? merge_pass(m, "matching", learn_from) :
		     merge_failed(m, -ENOMEM, "%s", strerror(ENOMEM));
	ids_free(m->ids);
	m->ids = NULL;
	return r;
}

/* Until no message says more than is known. The last pass has measured by what is known now. */
static int merge_learn(struct merge *m)
{
	int r = merge_learn_once(m, false);

	for (int pass = 1; !r && m->learned && pass < PASSES_MAX; pass++) {
		r = merge_solve(m);
		if (!r)
			r = merge_learn_once(m, pass >= LEARN_MAX);
	}
	return r;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void describe_clock(struct merge *m, unsigned int host)
{
	const struct input *in = &m->input[host];
	struct merge_host *h = &m->r->host[host];
	__s64 first = clocks_common(m->clocks, host, in->first, NULL);
	__s64 common = clocks_common(m->clocks, host, in->last, NULL) - first;

	h->ahead = in->first - first;
	h->rate = NS_PER_S;
	if (common > 0)
		h->rate = (__u64)((double)(in->last - in->first) / (double)common * NS_PER_S + 0.5);
	for (unsigned int i = 0; i < SPANS; i++)
		h->within = in->span[i].within > h->within ? in->span[i].within : h->within;
}

/* Before the first event that a host has in a part of the time. */
static int put_clock(struct merge *m, unsigned int host, const struct smcw_event *ev, __s64 common)
{
	struct {
		struct smcw_event ev;
		struct smcw_ev_clock clock;
	} e = { .ev = { .version = SMCW_EVENT_VERSION, .kind = SMCW_EV_CLOCK } };
	struct span *s = &m->input[host].span[span_of(m, common)];
	char line[SMCW_LINE_MAX];

	if (s->said)
		return 0;
	s->said = true;
	e.ev.flags = (__u8)(host + 1);
	smcw_put16(&e.ev.length, sizeof(e.clock));
	smcw_put16(&e.ev.original, sizeof(e.clock));
	smcw_put64(&e.ev.time, (__u64)common);
	e.clock.own = ev->time;
	smcw_put64(&e.clock.common, (__u64)common);
	smcw_put64(&e.clock.within, s->within);
	smcw_put64(&e.clock.rate, m->r->host[host].rate);
	memcpy(e.clock.name, m->r->host[host].name, sizeof(e.clock.name));
	smcw_event_text(&e.ev, line, sizeof(line));
	return pcapng_event(m->out, &e.ev, line);
}

static void count_pair(struct merge *m, const struct ids_pair *p)
{
	__s64 took = clocks_common(m->clocks, p->to, p->received, NULL) -
		     clocks_common(m->clocks, p->from, p->sent, NULL);
	struct merge_host *from = &m->r->host[p->from], *to = &m->r->host[p->to];

	m->r->pairs++;
	from->sent++;
	if (!to->received++ || took < to->fastest)
		to->fastest = took;
}

static int write_event(struct merge *m, unsigned int host, struct smcw_event *ev)
{
	__s64 common = m->input[host].common;
	char line[SMCW_LINE_MAX];
	struct ids_pair p;
	int r = put_clock(m, host, ev, common);

	if (!r && ids_event(m->ids, host, ev, &p))
		count_pair(m, &p);
	smcw_put64(&ev->time, (__u64)common);
	ev->flags = (__u8)((ev->flags & ~SMCW_EV_HOST) | (host + 1));
	if (!r && ev->kind == SMCW_EV_CDC)
		r = pcapng_event(m->out, ev, NULL);
	else if (!r) {
		smcw_event_text(ev, line, sizeof(line));
		r = pcapng_event(m->out, ev, line);
	}
	return r ? merge_failed(m, r, "%s: %s", m->o->output, strerror(-r)) : 0;
}

static int write_to(struct merge *m, int fd)
{
	int r, closed;

	for (unsigned int host = 0; host < m->o->n; host++)
		m->r->host[host].sent = m->r->host[host].received = 0;
	m->ids = ids_new(m->clocks, m->flows, true);
	r = m->ids ? pcapng_open(fd, &m->o->meta, &m->out) : -ENOMEM;
	if (r)
		return merge_failed(m, r, "%s", strerror(-r));
	r = merge_pass(m, "writing", write_event);
	closed = pcapng_close(m->out);
	return r || !closed ? r :
			      merge_failed(m, closed, "%s: %s", m->o->output, strerror(-closed));
}

static int merge_write(struct merge *m)
{
	char name[PATH_MAX] = "";
	bool to_stdout = !strcmp(m->o->output, "-");
	int fd = to_stdout ? STDOUT_FILENO : files_open(m->o->output, name), r;
	struct stat st;

	if (fd < 0)
		return merge_failed(m, fd, "%s: %s", m->o->output, strerror(-fd));
	r = write_to(m, fd);
	if (to_stdout)
		return r;
	if (r && !fstat(fd, &st) && S_ISREG(st.st_mode))
		unlink(name); /* a part of it would pass for the whole */
	if (close(fd) && !r)
		r = merge_failed(m, -errno, "%s: %s", m->o->output, strerror(errno));
	return r;
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* Files are read again and again. */
static int merge_check(struct merge *m, unsigned int host)
{
	const char *path = m->o->path[host], *slash = strrchr(path, '/');
	char *name = m->r->host[host].name;
	struct stat st, output;

	memcpy(name, slash ? slash + 1 : path,
	       strnlen(slash ? slash + 1 : path, sizeof(m->r->host[host].name) - 1));
	if (stat(path, &st))
		return merge_failed(m, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return merge_failed(m, -EINVAL,
				    "%s is no file: it is read several times, so store it in one",
				    path);
	if (!stat(m->o->output, &output) && output.st_dev == st.st_dev &&
	    output.st_ino == st.st_ino)
		return merge_failed(m, -EINVAL,
				    "%s is read and cannot be written as well: name another file",
				    path);
	m->input[host].size = (__u64)st.st_size;
	return 0;
}

static int merge_all(struct merge *m)
{
	int r = 0;

	for (unsigned int host = 0; !r && host < m->o->n; host++)
		r = merge_check(m, host);
	if (!r)
		r = merge_look(m);
	if (!r)
		r = merge_learn(m);
	for (unsigned int host = 0; !r && host < m->o->n; host++)
		describe_clock(m, host);
	return r ? r : merge_write(m);
}

int merge_files(const struct merge_options *o, struct merge_result *r)
{
	struct merge *m = calloc(1, sizeof(*m));
	int err = -ENOMEM;

	*r = (struct merge_result){ 0 };
	if (m) {
		m->o = o;
		m->r = r;
		m->flows = flows_new();
		m->sample = sample_new();
	}
	if (m && m->flows && m->sample)
		err = merge_all(m);
	else
		snprintf(r->error, sizeof(r->error), "%s", strerror(ENOMEM));
	if (m) {
		ids_free(m->ids);
		clocks_free(m->clocks);
		flows_free(m->flows);
		sample_free(m->sample);
		free(m);
	}
	return err;
}
