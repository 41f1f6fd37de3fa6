// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smc-trace without BPF, for tests of what it does with events: in the place of its hooks, rings,
 * stack and snapshot. FAKE_EVENTS is a trace whose events come; FAKE_END is how often the keeper
 * reports traffic, twice a second, before a signal ends it. FAKE_LOST is how many the first hook
 * has lost, FAKE_MISSING a program that is not attached, FAKE_ABSENT two functions that are not
 * there. FAKE_STACK is a result of stack_present(), or smcx; FAKE_LOCKDOWN the kernel's file of
 * that name, and FAKE_BTF a letter for each BTF that is missing: k the kernel's, m the module's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "hook/hooks.h"
#include "record/reader.h"
#include "system/snapshot.h"
#include "smc_codec.h"
#include "hook/stack.h"

enum { AT_ONCE = 16, EVENTS_MAX = 4096, SEEN = 1000 };

static unsigned long number_of(const char *name, unsigned long other)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : other;
}

/* ---- the stack ----------------------------------------------------------------------- */

int stack_present(enum smcw_event_stacks *stack)
{
	const char *is = getenv("FAKE_STACK");

	*stack = is && !strcmp(is, "smcx") ? SMCW_STACK_SMCX : SMCW_STACK_SMC;
	return is && *stack != SMCW_STACK_SMCX ? atoi(is) : 1;
}

static bool lacks_btf(char which)
{
	const char *lacks = getenv("FAKE_BTF");

	return lacks && strchr(lacks, which);
}

/* ---- files of the machine -------------------------------------------------------------- */

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");
	const char *text = getenv("FAKE_LOCKDOWN");

	if (!text || strcmp(path, "/sys/kernel/security/lockdown") != 0)
		return real(path, mode);
	return *text ? fmemopen((void *)(unsigned long)text, strlen(text), mode) : NULL;
}

int statfs(const char *path, struct statfs *fs)
{
	int (*real)(const char *, struct statfs *) = dlsym(RTLD_NEXT, "statfs");

	if (!getenv("FAKE_LOCKDOWN") || strcmp(path, "/sys/kernel/security") != 0)
		return real(path, fs);
	fs->f_type = SECURITYFS_MAGIC;
	return 0;
}

int access(const char *path, int mode)
{
	int (*real)(const char *, int) = dlsym(RTLD_NEXT, "access");

	if (lacks_btf('k') && !strcmp(path, "/sys/kernel/btf/vmlinux")) {
		errno = ENOENT;
		return -1;
	}
	return real(path, mode);
}

int stack_is_module(enum smcw_event_stacks stack)
{
	(void)stack;
	return 0;
}

const char *stack_without_btf(enum smcw_event_stacks stack)
{
	(void)stack;
	return lacks_btf('m') ? "smc" : NULL;
}

bool stack_has_loopback(enum smcw_event_stacks stack)
{
	(void)stack;
	return true;
}

const char *stack_module(enum smcw_event_stacks stack)
{
	return stack == SMCW_STACK_SMCX ? "smcx" : "smc";
}

int snapshot_setup(struct facts *f)
{
	return facts_add(f, SMCW_FACT_UEID, "FAKE.EID", "%s", "");
}

int snapshot_existing(__u8 stack, const struct trace_filter *filter, struct facts *f, facts_fn fn,
		      void *ctx)
{
	(void)stack, (void)filter, (void)f, (void)fn, (void)ctx;
	return 0;
}

/* ---- hooks ----------------------------------------------------------------------------- */

struct hooks {
	struct hooks_options options;
	struct hook_state state[4];
	size_t n;
	unsigned long reports;
};

struct hooks *hooks_new(const struct hooks_options *opts)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->options = *opts;
	h->state[0] = (struct hook_state){ .section = "fentry/fake_one",
					   .of_stack = true,
					   .present = true,
					   .asked = true,
					   .sees = ~0u };
	h->state[0].error = ENOENT;
	for (int i = 1; i < 4; i++)
		h->state[i] = h->state[0];
	strcpy(h->state[1].section, "fentry/fake_other");
	strcpy(h->state[2].section, "fentry/fake_absent");
	h->state[2].present = false;
	strcpy(h->state[3].section, "fentry/fake_of_smcx");
	h->state[3].of_stack = h->state[3].present = false;
	h->n = getenv("FAKE_ABSENT") ? 4 : 2;
	return h;
}

void hooks_free(struct hooks *h)
{
	free(h);
}

int hooks_load(struct hooks *h, char error[HOOKS_ERROR_MAX])
{
	(void)h;
	snprintf(error, HOOKS_ERROR_MAX, "the fake cannot");
	return getenv("FAKE_FAILS") ? -EPERM : 0;
}

int hooks_attach(struct hooks *h, int signals, char error[HOOKS_ERROR_MAX])
{
	(void)signals, (void)error;
	h->state[0].error = 0;
	h->state[1].error = getenv("FAKE_MISSING") ? EPERM : 0;
	return 0;
}

void hooks_detach(struct hooks *h)
{
	(void)h;
}

void hooks_end(struct hooks *h)
{
	(void)h;
}

void hooks_leave(struct hooks *h)
{
	(void)h;
}

void hooks_count_loss(struct hooks *h, enum smcw_event_hooks hook, __u64 n)
{
	(void)h, (void)hook, (void)n;
}

void hooks_count_misses(struct hooks *h)
{
	(void)h;
}

/* In the keeper, which a signal to itself ends as one from a terminal does. */
void hooks_report_traffic(struct hooks *h)
{
	if (++h->reports == number_of("FAKE_END", 4))
		raise(SIGINT);
}

const struct trace_delays *hooks_delays(const struct hooks *h)
{
	(void)h;
	return NULL;
}

enum smcw_event_stacks hooks_stack(const struct hooks *h)
{
	(void)h;
	return SMCW_STACK_SMC;
}

struct ring_memory hooks_rings(const struct hooks *h)
{
	(void)h;
	return (struct ring_memory){ 0 };
}

const struct hook_state *hooks_states(const struct hooks *h, size_t *n)
{
	*n = h->n;
	return h->state;
}

const char *hooks_hint(int err)
{
	return err == -EPERM ? "it is a fake" : "";
}

/* ---- rings -------------------------------------------------------------------------------- */

struct ring {
	ring_fn fn, arrival;
	void *ctx;
	struct smcw_event *events[EVENTS_MAX];
	size_t n, at;
};

static int keep(void *ctx, struct smcw_event *ev)
{
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);
	struct ring *r = ctx;

	if (r->n == EVENTS_MAX)
		return -ENOSPC;
	r->events[r->n] = malloc(len);
	memcpy(r->events[r->n++], ev, len);
	return 0;
}

struct ring *ring_new(const struct ring_memory *memory, ring_fn fn, void *ctx)
{
	struct ring *r = calloc(1, sizeof(*r));
	struct reader_result result;

	(void)memory;
	r->fn = fn;
	r->ctx = ctx;
	if (reader_path(getenv("FAKE_EVENTS"), keep, r, &result)) {
		fprintf(stderr, "fake: %s\n", result.error);
		return NULL;
	}
	return r;
}

void ring_free(struct ring *r)
{
	free(r);
}

void ring_on_arrival(struct ring *r, ring_fn fn)
{
	r->arrival = fn;
}

int ring_poll_fd(const struct ring *r)
{
	(void)r;
	return -1;
}

int ring_drain(struct ring *r, bool all)
{
	int n = 0;

	for (; r->at < r->n && (all || n < AT_ONCE); n++) {
		r->arrival(r->ctx, r->events[r->at]);
		r->fn(r->ctx, r->events[r->at++]);
	}
	return n;
}

struct trace_counter ring_counter(const struct ring *r, unsigned int hook)
{
	struct trace_counter c = { 0 };

	(void)r;
	if (hook != SMCW_HOOK_CLC_RX)
		return c;
	c.full = number_of("FAKE_LOST", 0);
	c.seen = SEEN;
	c.filtered = 10;
	c.sent = SEEN - 10 - c.full;
	return c;
}

size_t ring_delays_event(const struct ring *r, const struct trace_delays *delays, void *buf,
			 size_t cap)
{
	(void)r, (void)delays, (void)buf, (void)cap;
	return 0;
}

size_t ring_counters_event(const struct ring *r, void *buf, size_t cap)
{
	(void)r, (void)buf, (void)cap;
	return 0;
}
