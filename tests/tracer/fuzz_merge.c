// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces of made-up hosts (hosts.h), changed as the input says, merged. Whatever the changes are,
 * the promises of merge.h hold: a refusal has a reason, and the result has each event once, in the
 * order of time if each trace is, under its host, an id at most twice, and no message that arrives
 * before it was sent.
 *
 * Input: a byte that chooses the plan, then edits of 8 bytes: what, file, index (2), value (4), big
 * endian.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hosts.h"
#include "merge/clocks.h"
#include "merge/merge.h"
#include "record/reader.h"
#include "smc_codec.h"

#define FILES 3
#define EVENTS_MAX 4096
#define EDIT 8

enum edit { DROP, REPEAT, OTHER_TIME, OTHER_ID, OTHER_BYTE, OTHER_HOST, CUT, FILE_BYTE, EDITS };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "broken: %s\n", #condition);                               \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const struct hosts_plan plans[] = {
	{ .seed = 1, .hosts = 2, .conns = 2, .messages = 10, .seconds = 4, .offset = 3000000000ll },
	{ .seed = 2,
	  .hosts = 2,
	  .conns = 3,
	  .messages = 20,
	  .seconds = 9,
	  .drift_ppm = 400,
	  .nat = true },
	{ .seed = 3,
	  .hosts = 3,
	  .conns = 1,
	  .messages = 15,
	  .seconds = 6,
	  .offset = -5,
	  .mesh = true },
	{ .seed = 4, .hosts = 3, .conns = 2, .messages = 9, .seconds = 3, .lost_percent = 40 },
	{ .seed = 5, .hosts = 2, .conns = 2, .messages = 5, .seconds = 3, .smcd = true },
	{ .seed = 6, .hosts = 2, .conns = 2, .messages = 12, .seconds = 5, .deaf = true },
	{ .seed = 7, .hosts = 2, .conns = 2, .messages = 30, .seconds = 8, .stepped = true },
};
#define PLANS (sizeof(plans) / sizeof(*plans))

/* A host's events; those of its trace, or what the edits have made of them. */
struct trace {
	struct smcw_event *ev[EVENTS_MAX];
	unsigned int n;
};

static struct trace worlds[PLANS][FILES], now[FILES];
static bool in_order;
static char output[64];

static __s64 time_of(const struct smcw_event *ev)
{
	return (__s64)smcw_get64(&ev->time);
}

static struct smcw_event *copy_of(const struct smcw_event *ev)
{
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);
	struct smcw_event *copy = malloc(len);

	PROMISE(copy);
	return memcpy(copy, ev, len);
}

static int keep(void *ctx, struct smcw_event *ev)
{
	struct trace *t = ctx;

	if (t->n < EVENTS_MAX)
		t->ev[t->n++] = copy_of(ev);
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char directory[] = "/tmp/smckit-fuzz-merge.XXXXXX";
	struct reader_result r;
	char path[64];

	(void)argc;
	(void)argv;
	PROMISE(mkdtemp(directory));
	for (unsigned int i = 0; i < PLANS; i++) {
		PROMISE(hosts_write(&plans[i], directory));
		for (unsigned int host = 0; host < plans[i].hosts; host++) {
			snprintf(path, sizeof(path), "%s/%u.pcapng", directory, host + 1);
			PROMISE(!reader_path(path, keep, &worlds[i][host], &r));
			unlink(path);
		}
	}
	rmdir(directory);
	/* One for each of several fuzzers. */
	snprintf(output, sizeof(output), "/tmp/smckit-fuzz-merge.%d.pcapng", getpid());
	return 0;
}

/* ---- the edits ------------------------------------------------------------------------------- */

struct change {
	enum edit what;
	unsigned int host, index;
	__u32 value;
};

static struct change change_of(const uint8_t *at, unsigned int hosts)
{
	return (struct change){ .what = at[0] % EDITS,
				.host = at[1] % hosts,
				.index = smcw_get16(at + 2),
				.value = smcw_get32(at + 4) };
}

/* A change of one byte of an event; a reader passes no event that is not whole. */
static void change_byte(struct smcw_event *ev, __u32 value)
{
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);
	__u8 *at = (__u8 *)ev + (value >> 8) % len;

	*at ^= (__u8)value;
	if (smcw_event_check(ev, len) != (int)len || SMCW_EV_HOST_OF(ev))
		*at ^= (__u8)value;
}

static void change_event(struct trace *t, const struct change *c, unsigned int hosts)
{
	struct trace *other = &now[(c->host + 1) % hosts];
	unsigned int index = t->n ? c->index % t->n : 0;
	struct smcw_event *ev = t->ev[index];

	if (!t->n)
		return;
	if (c->what == DROP || c->what == OTHER_HOST) {
		memmove(t->ev + index, t->ev + index + 1, (t->n - index - 1) * sizeof(*t->ev));
		t->n--;
	}
	if (c->what == DROP || (c->what == OTHER_HOST && other->n == EVENTS_MAX))
		free(ev);
	else if (c->what == OTHER_HOST)
		other->ev[other->n++] = ev;
	else if (c->what == REPEAT && t->n < EVENTS_MAX)
		t->ev[t->n++] = copy_of(ev);
	else if (c->what == OTHER_TIME)
		smcw_put64(&ev->time, smcw_get64(&ev->time) ^ (__u64)(c->value >> 6)
								      << (c->value & 63));
	else if (c->what == OTHER_ID)
		smcw_put64(&ev->id, c->value);
	else if (c->what == OTHER_BYTE)
		change_byte(ev, c->value);
}

static int file_of(const struct trace *t)
{
	int fd = memfd_create("trace", 0);
	struct pcapng_meta meta = { .command = "fuzz_merge" };
	struct pcapng *p;

	PROMISE(fd >= 0 && !pcapng_open(fd, &meta, &p));
	for (unsigned int i = 0; i < t->n; i++)
		PROMISE(!pcapng_event(p, t->ev[i], NULL));
	PROMISE(!pcapng_close(p));
	return fd;
}

static void change_file(int fd, const struct change *c)
{
	off_t size = lseek(fd, 0, SEEK_END), at = (off_t)((c->value >> 8) % (__u64)size);
	__u8 byte;

	if (c->what == CUT) {
		PROMISE(!ftruncate(fd, at + 1));
		return;
	}
	PROMISE(pread(fd, &byte, 1, at) == 1);
	byte ^= (__u8)c->value;
	PROMISE(pwrite(fd, &byte, 1, at) == 1);
}

static bool is_in_order(const struct trace *t)
{
	for (unsigned int i = 1; i < t->n; i++)
		if (time_of(t->ev[i]) < time_of(t->ev[i - 1]))
			return false;
	return true;
}

/* ---- the promises ---------------------------------------------------------------------------- */

struct half {
	__u64 id;
	__s64 time; /* a broken one may be before 1970 */
	__u8 host, dir;
};

struct judged {
	__s64 before;
	__u64 events[FILES + 1];
	bool known[FILES + 1];
	struct half half[FILES * EVENTS_MAX];
	unsigned int n, hosts;
};

static int judge_event(void *ctx, struct smcw_event *ev)
{
	__s64 time = time_of(ev);
	unsigned int host = SMCW_EV_HOST_OF(ev);
	struct judged *j = ctx;

	PROMISE(host >= 1 && host <= j->hosts);
	PROMISE(!in_order || time >= j->before);
	j->before = time;
	if (ev->kind == SMCW_EV_CLOCK) {
		j->known[host] = true;
		return 0;
	}
	PROMISE(j->known[host]);
	j->events[host]++;
	if (smcw_kind_is_message(ev->kind) && smcw_get64(&ev->id) && j->n < FILES * EVENTS_MAX)
		j->half[j->n++] = (struct half){ smcw_get64(&ev->id), time, (__u8)host,
						 (__u8)SMCW_EV_DIR_OF(ev) };
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct half *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void judge_ids(struct judged *j)
{
	const struct half *h = j->half;

	qsort(j->half, j->n, sizeof(*j->half), by_id);
	for (unsigned int i = 1; i < j->n; i++) {
		if (h[i].id != h[i - 1].id)
			continue;
		PROMISE(i < 2 || h[i - 2].id != h[i].id);
		PROMISE(h[i].dir != h[i - 1].dir);
		if (h[i].host != h[i - 1].host)
			PROMISE(h[i].dir == SMCW_DIR_IN ? h[i - 1].time <= h[i].time :
							  h[i].time <= h[i - 1].time);
	}
}

static void judge(const struct merge_result *r, unsigned int hosts)
{
	static struct judged j;
	struct reader_result read;

	memset(&j, 0, sizeof(j));
	j.hosts = hosts;
	j.before = INT64_MIN;
	PROMISE(!reader_path(output, judge_event, &j, &read));
	PROMISE(!read.foreign && !read.newer);
	for (unsigned int host = 0; host < hosts; host++)
		PROMISE(j.events[host + 1] == r->host[host].events);
	judge_ids(&j);
}

static void merge_and_judge(const int *fd, unsigned int hosts)
{
	struct merge_options o = { .n = hosts, .output = output, .drift_ppm = CLOCKS_DRIFT_PPM };
	char names[FILES][32];
	const char *path[FILES];
	struct merge_result r;
	int rc;

	for (unsigned int host = 0; host < hosts; host++) {
		snprintf(names[host], sizeof(names[host]), "/proc/self/fd/%d", fd[host]);
		path[host] = names[host];
	}
	o.path = path;
	unlink(output);
	rc = merge_files(&o, &r);
	PROMISE(!rc == !*r.error);
	if (rc)
		PROMISE(access(output, F_OK));
	else
		judge(&r, hosts);
	unlink(output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int plan = size ? data[0] % PLANS : 0, hosts = plans[plan].hosts;
	size_t edits = size ? (size - 1) / EDIT : 0;
	int fd[FILES];

	for (unsigned int host = 0; host < hosts; host++) {
		now[host].n = 0;
		for (unsigned int i = 0; i < worlds[plan][host].n; i++)
			keep(&now[host], worlds[plan][host].ev[i]);
	}
	for (size_t i = 0; i < edits; i++) {
		struct change c = change_of(data + 1 + i * EDIT, hosts);

		change_event(&now[c.host], &c, hosts);
	}
	in_order = true;
	for (unsigned int host = 0; host < hosts; host++) {
		in_order &= is_in_order(&now[host]);
		fd[host] = file_of(&now[host]);
	}
	for (size_t i = 0; i < edits; i++) {
		struct change c = change_of(data + 1 + i * EDIT, hosts);

		in_order &= c.what != FILE_BYTE;
		if (c.what == CUT || c.what == FILE_BYTE)
			change_file(fd[c.host], &c);
	}
	merge_and_judge(fd, hosts);
	for (unsigned int host = 0; host < hosts; host++) {
		close(fd[host]);
		while (now[host].n)
			free(now[host].ev[--now[host].n]);
	}
	return 0;
}
