// SPDX-License-Identifier: GPL-2.0-or-later
/* See output.h. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"

#define MEGABYTE 1000000

struct output {
	const struct output_options *opts;
	struct pcapng *file;
	int fd;
	int own;     /* fd is to be closed */
	int regular; /* and not a pipe that somebody waits at */
	int error;
	int full;		/* -G has filled -W files */
	time_t opened;		/* of the age that -G limits */
	time_t flushed;		/* monotonic */
	unsigned int size_turn; /* number of the file among those of -C */
	unsigned int time_turn; /* of -G */
	char name[PATH_MAX];
};

static int is_stdout(const struct output_options *opts)
{
	return !strcmp(opts->path, "-");
}

/* Digits of the last file's number, so that names sort; tcpdump's getWflagChars(). */
static int output_digits(unsigned int count)
{
	int n = 0;

	for (count = count ? count - 1 : 0; count; count /= 10)
		n++;
	return n;
}

int output_file_name(const struct output_options *opts, time_t opened, unsigned int size_turn,
		     char *name)
{
	int width = opts->megabytes ? output_digits(opts->count) : 0;
	char base[PATH_MAX];
	struct tm tm;
	int n;

	if (opts->seconds) {
		if (!localtime_r(&opened, &tm) || !strftime(base, sizeof(base), opts->path, &tm))
			return -ENAMETOOLONG;
	} else if (strlen(opts->path) >= sizeof(base)) {
		return -ENAMETOOLONG;
	} else {
		strcpy(base, opts->path);
	}
	if (!size_turn && !width)
		n = snprintf(name, PATH_MAX, "%s", base);
	else
		n = snprintf(name, PATH_MAX, "%s%0*u", base, width, size_turn);
	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int open_by_name(struct output *o)
{
	char name[PATH_MAX];
	int rc;

	if (is_stdout(o->opts))
		return STDOUT_FILENO;
	if (o->opts->open)
		return o->opts->open(o->opts->ctx, o->opened, o->size_turn, o->name);
	rc = output_file_name(o->opts, o->opened, o->size_turn, name);
	return rc ? rc : files_open(name, o->name);
}

static int open_file(struct output *o)
{
	struct stat st;
	int rc;

	o->own = !is_stdout(o->opts);
	o->fd = open_by_name(o);
	if (o->fd < 0)
		return o->fd;
	o->regular = !fstat(o->fd, &st) && S_ISREG(st.st_mode);
	rc = pcapng_open(o->fd, &o->opts->meta, &o->file);
	if (rc && o->own)
		close(o->fd);
	if (!rc && o->opts->begin)
		rc = o->opts->begin(o->opts->ctx, o);
	return rc;
}

static int close_file(struct output *o)
{
	char *line = o->opts->end ? o->opts->end(o->opts->ctx) : NULL;
	int rc;

	pcapng_remark(o->file, line);
	rc = pcapng_close(o->file);
	free(line);
	o->file = NULL;
	if (o->own && close(o->fd) && !rc)
		rc = -errno;
	return rc;
}

/* Remembers the first error; later ones only follow from it. */
static int output_once(struct output *o, int rc)
{
	if (rc < 0)
		o->error = rc;
	return rc;
}

static int next_file(struct output *o)
{
	int rc = close_file(o);

	return rc ? rc : open_file(o);
}

/* tcpdump's order: time first, and size begins again with it. */
static int output_rotate(struct output *o)
{
	const struct output_options *opts = o->opts;
	time_t now = opts->seconds ? time(NULL) : 0;

	if (opts->seconds && now - o->opened >= (time_t)opts->seconds) {
		o->time_turn++;
		if (opts->count && !opts->megabytes && o->time_turn >= opts->count) {
			o->full = 1;
			return 1;
		}
		o->opened = now;
		o->size_turn = 0;
		return next_file(o);
	}
	if (opts->megabytes && pcapng_size(o->file) > opts->megabytes * MEGABYTE) {
		o->size_turn++;
		if (opts->count && o->size_turn >= opts->count)
			o->size_turn = 0;
		return next_file(o);
	}
	return 0;
}

int output_open(const struct output_options *opts, struct output **out)
{
	struct output *o;
	int rc;

	if (is_stdout(opts) && (opts->megabytes || opts->seconds))
		return -EINVAL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->opts = opts;
	o->opened = time(NULL);
	snprintf(o->name, sizeof(o->name), "%s", opts->path);
	rc = open_file(o);
	if (rc) {
		free(o);
		return rc;
	}
	*out = o;
	return 0;
}

int output_event(struct output *o, const struct smcw_event *ev, const char *text)
{
	int rc;

	if (o->error)
		return 0;
	if (o->full)
		return 1;
	rc = output_rotate(o);
	if (rc)
		return output_once(o, rc);
	return output_once(o, pcapng_event(o->file, ev, text));
}

int output_put(struct output *o, const struct smcw_event *ev, const char *text)
{
	return pcapng_event(o->file, ev, text);
}

int output_lost(struct output *o, const struct smcw_event *like, __u64 n)
{
	return o->error ? 0 : output_once(o, pcapng_lost(o->file, like, n));
}

int output_batch(struct output *o)
{
	struct timespec now;

	if (o->error)
		return 0;
	if (o->regular) {
		clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
		if (now.tv_sec == o->flushed)
			return 0;
		o->flushed = now.tv_sec;
	}
	return output_once(o, pcapng_flush(o->file));
}

int output_failed(const struct output *o)
{
	return o->error;
}

const char *output_name(const struct output *o)
{
	return o->name;
}

int output_close(struct output *o)
{
	int rc, known;

	if (!o)
		return 0;
	known = o->error;
	rc = o->file ? close_file(o) : 0;
	free(o);
	return known ? 0 : rc;
}
