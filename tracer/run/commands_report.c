// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-trace report: see commands.h. */
#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/progress.h"
#include "report/perfetto.h"
#include "report/report.h"
#include "smc_codec.h"
#include "source.h"

/* Files by turns overlap by no more than events of two processors do. */
#define OVERLAP_NS 1000000000ull
#define LOOK_EVERY 8192 /* events */

/* The files of the command line, one after the other. */
struct reading {
	const struct options *o;
	struct source source;
	struct reader_result result; /* of the file at hand */
	struct progress progress;
	const char *doing;
	__u64 events, last; /* ns: the latest event of all files */
	enum exit_status status;
	bool cut;
};

static __u64 report_size(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISREG(st.st_mode) ? 0 : (__u64)st.st_size;
}

static bool report_is_of_trace(const struct smcw_event *ev)
{
	return SMCW_KIND_BIT(ev->kind) & smcw_kinds_of_trace();
}

/* The next file of a trace goes on where the one before has ended; what is of the trace itself has
 * no such time. */
static bool report_goes_on(struct reading *r, const struct smcw_event *ev, bool first)
{
	__u64 time = smcw_get64(&ev->time);

	if (first && time + OVERLAP_NS < r->last)
		return false;
	r->last = time > r->last ? time : r->last;
	return true;
}

static void report_progress(struct reading *r, const struct reader *reader, __u64 size)
{
	__u64 at;

	if (++r->events % LOOK_EVERY || !isatty(STDERR_FILENO))
		return;
	at = reader_at(reader);
	progress_show(&r->progress, r->doing, at, at ? size : 0);
}

static int report_events(struct reading *r, const char *file, struct reader *reader)
{
	__u64 size = report_size(file);
	struct smcw_event *ev = NULL;
	bool first = true;
	int err;

	while (!(err = reader_next(reader, &ev)) && ev) {
		if (!report_is_of_trace(ev) && !report_goes_on(r, ev, first)) {
			snprintf(r->result.error, sizeof(r->result.error),
				 "it begins before the file named before it ends: name files of "
				 "one trace "
				 "in their order, and make one of several hosts' by smc-trace "
				 "merge");
			return -EINVAL;
		}
		first &= report_is_of_trace(ev);
		err = source_take(&r->source, ev);
		if (err)
			return err;
		report_progress(r, reader, size);
	}
	return err;
}

/* A file that is cut is read up to there, and the next ones are. */
static int report_file(struct reading *r, const char *file, bool again)
{
	struct reader *reader = NULL;
	enum exit_status status;
	int err;

	memset(&r->result, 0, sizeof(r->result));
	err = reader_open(file, &reader, &r->result);
	if (!err)
		err = report_events(r, file, reader);
	reader_close(reader);
	r->cut |= err == READER_CUT;
	if (!again || (err && err != READER_CUT)) {
		progress_end(&r->progress);
		status = (enum exit_status)source_status(&r->source, file, err, &r->result);
		r->status = r->status == EXIT_FAILED ? EXIT_FAILED : status;
	}
	return err == READER_CUT ? 0 : err;
}

/* All files, each event to @fn. 0, or the error, which was reported. */
static int report_pass(struct reading *r, const char *doing, reader_fn fn, void *ctx, bool again)
{
	int err = 0;

	r->source = (struct source){ .o = r->o, .fn = fn, .ctx = ctx, .whole = true };
	r->doing = doing;
	r->last = r->events = 0;
	source_begin(&r->source);
	for (unsigned int i = 0; !err && i < r->o->n_files; i++)
		err = report_file(r, r->o->files[i], again);
	progress_end(&r->progress);
	source_free(&r->source);
	return err;
}

/* ---- the output --------------------------------------------------------------------------- */

/* It takes the place of the file that was there when all of it is written. */
struct written {
	const char *path;
	char temporary[PATH_MAX];
	FILE *out;
};

static int report_create(struct written *w, const char *path)
{
	int fd;

	w->path = path;
	w->out = stdout;
	if (!strcmp(path, "-"))
		return 0;
	fd = files_open_beside(path, w->temporary);
	w->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (w->out)
		return 0;
	fprintf(stderr, "smc-trace: %s: %s: name another file with -o\n", path,
		fd == -EINVAL ? "no regular file" : strerror(fd < 0 ? -fd : errno));
	return fd < 0 ? fd : -ENOMEM;
}

/* @err, or that of writing. */
static int report_finish(struct written *w, int err)
{
	int failed;

	if (w->out == stdout) {
		failed = fflush(stdout) ? -errno : 0;
	} else {
		failed = fclose(w->out) ? -errno : 0;
		failed = files_replace(w->temporary, w->path, err ? err : failed);
	}
	if (!err && failed)
		fprintf(stderr, "smc-trace: %s: %s\n", w->path, strerror(-failed));
	return err ? err : failed;
}

/* ---- HTML --------------------------------------------------------------------------------- */

static int report_first(void *ctx, struct smcw_event *ev)
{
	return report_event(ctx, ev);
}

static int report_second(void *ctx, struct smcw_event *ev)
{
	return report_again(ctx, ev);
}

static const char *report_filter(const struct options *o)
{
	const struct trace_filter *f = &o->hooks.filter;

	return f->on_socket || ~f->kinds ? o->command_line : NULL;
}

static int report_page(struct reading *r, FILE *out)
{
	struct report *report = report_new();
	struct report_about about = { .file = r->o->files,
				      .n_files = r->o->n_files,
				      .version = SMCKIT_VERSION,
				      .filtered = report_filter(r->o) };
	int err = report ? 0 : -ENOMEM;

	if (!err)
		err = report_pass(r, "reading", report_first, report, false);
	if (!err)
		err = report_choose(report);
	if (!err)
		err = report_pass(r, "reading again", report_second, report, true);
	about.cut = r->cut;
	if (!err)
		err = report_write(report, &about, out);
	report_free(report);
	return err;
}

/* ---- JSON --------------------------------------------------------------------------------- */

static int report_trace_event(void *ctx, struct smcw_event *ev)
{
	return perfetto_event(ctx, ev);
}

static int report_trace(struct reading *r, FILE *out)
{
	struct perfetto *p = perfetto_new(out);
	int err = p ? report_pass(r, "reading", report_trace_event, p, false) : -ENOMEM;

	if (!err)
		err = perfetto_end(p);
	perfetto_free(p);
	return err;
}

int command_report(const struct options *o)
{
	struct reading r = { .o = o };
	struct written w;
	int err = report_create(&w, o->made);

	if (err)
		return EXIT_FAILED;
	err = o->perfetto ? report_trace(&r, w.out) : report_page(&r, w.out);
	if (err && r.status != EXIT_FAILED)
		fprintf(stderr, "smc-trace: %s: %s\n", o->made, strerror(-err));
	err = report_finish(&w, err);
	if (!err && !o->quiet && w.out != stdout)
		fprintf(stderr, "smc-trace: %s: of %" PRIu64 " events\n", o->made,
			(uint64_t)r.events);
	return err ? EXIT_FAILED : (int)r.status;
}
