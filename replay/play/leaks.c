// SPDX-License-Identifier: GPL-2.0-or-later
/* See leaks.h. */
#include "leaks.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "case.h"

#define NAME_LEN 32
#define COUNTERS_MAX 512 /* a kernel may have sixteen caches of each size */
#define TEXT_MAX (256 * 1024)
#define WARM_UP 6
#define SETTLE_TRIES 25 /* of SETTLE_MS: work that the stack has put off */
#define SETTLE_MS 200
#define PAGES_OF_LARGE 4 /* a large object has as many at least */
#define MODULE_COUNTER "references to the module"
#define TCP_COUNTER "sockets of TCP"
#define LARGE_COUNTER "pages of large objects"

/* The slabs that a socket, a handshake, a connection and a link group are in. */
static const char *const slabs[] = { "kmalloc-*", "sock_inode_cache", "TCP*", "SMC*", "smcx*" };

struct counter {
	char name[NAME_LEN];
	int shrink; /* of a slab: gives back what a processor has in stock; -1: none */
	long per;   /* so many of a leak, at least */
	long before, now;
};

struct leaks {
	int slabinfo, module, sockstat, vmstat; /* -1: not here, or not for us */
	char *text;
	struct counter counter[COUNTERS_MAX];
	unsigned int n;
};

/* ---- reading --------------------------------------------------------------------------- */

/* The whole file from its beginning, with a NUL after it. */
static const char *read_again(const struct leaks *l, int fd)
{
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return "";
	do {
		n = pread(fd, l->text + len, TEXT_MAX - 1 - len, (off_t)len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < TEXT_MAX - 1);
	l->text[len] = '\0';
	return l->text;
}

static struct counter *counter_of(struct leaks *l, const char *name, size_t len)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (strlen(l->counter[i].name) == len && !strncmp(l->counter[i].name, name, len))
			return &l->counter[i];
	return NULL;
}

/* The number after a word of a file. */
static void read_word(struct leaks *l, const char *name, int fd, const char *word)
{
	struct counter *c = counter_of(l, name, strlen(name));
	const char *at = c ? strstr(read_again(l, fd), word) : NULL;

	if (at)
		c->now = strtol(at + strlen(word), NULL, 10);
}

static void read_slabs(struct leaks *l)
{
	const char *line = read_again(l, l->slabinfo);

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		struct counter *c = counter_of(l, line, strcspn(line, " \n"));

		if (c)
			c->now = strtol(line + strcspn(line, " \n"), NULL, 10);
	}
}

static void leaks_read_all(struct leaks *l)
{
	for (unsigned int i = 0; i < l->n; i++)
		if (l->counter[i].shrink >= 0 && write(l->counter[i].shrink, "1", 1) < 0)
			l->counter[i].shrink = -1;
	read_slabs(l);
	read_word(l, MODULE_COUNTER, l->module, "");
	read_word(l, TCP_COUNTER, l->sockstat, " alloc ");
	read_word(l, LARGE_COUNTER, l->vmstat, "nr_slab_unreclaimable ");
}

/* ---- what there is --------------------------------------------------------------------- */

static void add_counter(struct leaks *l, const char *name, size_t len, long per)
{
	char path[sizeof("/sys/kernel/slab//shrink") + NAME_LEN];
	struct counter *c = &l->counter[l->n];

	if (l->n == COUNTERS_MAX || len >= NAME_LEN)
		return;
	l->n++;
	*c = (struct counter){ .per = per, .shrink = -1 };
	memcpy(c->name, name, len);
	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", c->name);
	c->shrink = open(path, O_WRONLY | O_CLOEXEC);
}

static bool leaks_is_ours(const char *name, size_t len)
{
	char text[NAME_LEN];

	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	/* The storage of tap.bpf.c for a socket is one of these, and BPF frees it in its own time.
	 */
	if (!strncmp(text, "kmalloc-cg-", strlen("kmalloc-cg-")))
		return false;
	for (size_t i = 0; i < sizeof(slabs) / sizeof(slabs[0]); i++)
		if (!fnmatch(slabs[i], text, 0))
			return true;
	return false;
}

static void add_slabs(struct leaks *l)
{
	const char *line = read_again(l, l->slabinfo);

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, " \n");

		if (leaks_is_ours(line, len))
			add_counter(l, line, len, 1);
	}
}

int leaks_open(struct leaks **out)
{
	struct leaks *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->text = malloc(TEXT_MAX);
	if (!l->text) {
		free(l);
		return -ENOMEM;
	}
	*out = l;
	l->slabinfo = open("/proc/slabinfo", O_RDONLY | O_CLOEXEC);
	l->vmstat = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
	l->sockstat = open("/proc/net/sockstat", O_RDONLY | O_CLOEXEC);
	l->module = open("/sys/module/smcx/refcnt", O_RDONLY | O_CLOEXEC);
	if (l->module < 0)
		l->module = open("/sys/module/smc/refcnt", O_RDONLY | O_CLOEXEC);
	if (l->module >= 0)
		add_counter(l, MODULE_COUNTER, strlen(MODULE_COUNTER), 1);
	if (l->sockstat >= 0)
		add_counter(l, TCP_COUNTER, strlen(TCP_COUNTER), 1);
	if (l->slabinfo >= 0 && l->vmstat >= 0)
		add_counter(l, LARGE_COUNTER, strlen(LARGE_COUNTER), PAGES_OF_LARGE);
	add_slabs(l);
	return 0;
}

static void leaks_close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void leaks_close(struct leaks *l)
{
	if (!l)
		return;
	for (unsigned int i = 0; i < l->n; i++)
		leaks_close_one(l->counter[i].shrink);
	leaks_close_one(l->slabinfo);
	leaks_close_one(l->vmstat);
	leaks_close_one(l->sockstat);
	leaks_close_one(l->module);
	free(l->text);
	free(l);
}

static bool has_memory(const struct leaks *l)
{
	return l && l->slabinfo >= 0;
}

/* ---- a case ---------------------------------------------------------------------------- */

static bool play_times(struct setup *s, const char *path, const struct test_case *test,
		       enum end role, unsigned int times, struct outcome *o)
{
	for (unsigned int i = 0; i < times; i++) {
		case_play(s, path, test, role, o);
		if (o->verdict != VERDICT_PASS)
			return false;
	}
	/*
	 * Nothing is kept of the answers: a connection joins the group of the one before, or makes
	 * one, as that group ends later or sooner.
	 */
	o->seen[0] = '\0';
	return true;
}

static void begin_round(struct leaks *l)
{
	leaks_read_all(l);
	for (unsigned int i = 0; i < l->n; i++)
		l->counter[i].before = l->counter[i].now;
}

static bool has_grown(const struct counter *c, unsigned int times)
{
	return c->now - c->before >= c->per * (long)times * 3 / 4;
}

/* The first one that has grown for each time, after some time in which it might have shrunk. */
static const struct counter *leaks_grown(struct leaks *l, unsigned int times)
{
	const struct counter *found = NULL;

	for (unsigned int n = 0; n < SETTLE_TRIES; n++) {
		leaks_read_all(l);
		found = NULL;
		for (unsigned int i = 0; !found && i < l->n; i++)
			if (has_grown(&l->counter[i], times))
				found = &l->counter[i];
		if (!found)
			break;
		clock_pause(SETTLE_MS);
	}
	return found;
}

static void leaks_report(struct outcome *o, const struct counter *c, unsigned int times)
{
	bool socket = !strcmp(c->name, MODULE_COUNTER) || !strcmp(c->name, TCP_COUNTER);

	o->verdict = VERDICT_FAIL;
	snprintf(o->text, sizeof(o->text),
		 "after %u connections: expected no more %s than before, found %ld more [%s]\n",
		 times, c->name, c->now - c->before, socket ? "LEK-01" : "LEK-02");
}

void leaks_case(struct setup *s, const char *path, const struct test_case *test, enum end role,
		struct outcome *o)
{
	const struct counter *c = NULL;

	if (!has_memory(s->leaks)) {
		o->verdict = VERDICT_SKIP;
		snprintf(o->text, sizeof(o->text), "%s",
			 "memory cannot be counted: needs root and a kernel with /proc/slabinfo\n");
		return;
	}
	if (!play_times(s, path, test, role, WARM_UP, o))
		return;
	for (int round = 0; round < 2; round++) {
		begin_round(s->leaks);
		if (!play_times(s, path, test, role, test->times, o))
			return;
		c = leaks_grown(s->leaks, test->times);
		if (!c)
			return;
	}
	leaks_report(o, c, test->times);
}
