// SPDX-License-Identifier: GPL-2.0-or-later
/* See pace.h. */
#include "pace.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"

/* A moment, and what it may take longer on a host that does not stand still. */
enum { MOMENT_MS = 20, LATE_MS = 10 };

static pthread_t thread;
static atomic_ullong stood; /* ms */
static atomic_bool stop;

static void *pace_measure(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop)) {
		__u64 before = clock_now(), took;

		clock_pause(MOMENT_MS);
		took = clock_now() - before;
		if (took > MOMENT_MS + LATE_MS)
			atomic_fetch_add(&stood, took - MOMENT_MS);
	}
	return NULL;
}

static bool has_bound(const struct test_case *test)
{
	for (const struct step *s = test->steps; s; s = s->next)
		if (s->delivery.after_ms || s->delivery.before_ms)
			return true;
	return false;
}

int pace_start(struct pace *p, const struct test_case *test)
{
	int err;

	*p = (struct pace){ 0 };
	if (!has_bound(test))
		return 0;
	atomic_store(&stop, false);
	atomic_store(&stood, 0);
	err = pthread_create(&thread, NULL, pace_measure, NULL);
	p->has_thread = !err;
	return -err;
}

void pace_stop(struct pace *p)
{
	if (!p->has_thread)
		return;
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	p->has_thread = false;
}

void pace_ready(struct pace *p)
{
	p->ready = clock_now();
	p->ready_stood = atomic_load(&stood);
}

void pace_begin(struct pace *p)
{
	pace_ready(p);
	p->begun = p->ready;
	p->begun_stood = p->ready_stood;
}

bool pace_check(const struct pace *p, const struct delivery *d, double scale, char *why, size_t cap)
{
	__u64 now = clock_now(), still = atomic_load(&stood);
	__u64 most = now - p->begun + (still - p->begun_stood);
	__u64 least = now - p->ready, excused = still - p->ready_stood;
	__u64 limit = (__u64)(d->before_ms * (scale > 1 ? scale : 1));

	least -= excused < least ? excused : least;
	if (d->after_ms && most < d->after_ms) {
		snprintf(why, cap, "expected after %u ms at the earliest, got it after %llu ms",
			 d->after_ms, most);
		return false;
	}
	if (d->before_ms && least > limit) {
		snprintf(why, cap, "expected before %llu ms, got it after %llu ms", limit, least);
		return false;
	}
	return true;
}
