// SPDX-License-Identifier: GPL-2.0-or-later
/* See capture_private.h: what is known when tracing begins. */
#include "capture_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cgroups.h"
#include "smc_codec.h"
#include "system/snapshot.h"
#include "hook/stack.h"

#define EXISTING_MAX 65536

static void add_existing(void *ctx, struct smcw_event *ev)
{
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);
	struct beginning *b = ctx;
	struct smcw_event **more, *copy;

	/* Twice as much room each time it is full. */
	if (!(b->n & (b->n - 1))) {
		more = realloc(b->existing, (b->n ? 2 * b->n : 1) * sizeof(ev));
		if (more)
			b->existing = more;
		b->left_out += !more;
		if (!more)
			return;
	}
	copy = b->n < EXISTING_MAX ? malloc(len) : NULL;
	b->left_out += !copy;
	if (!copy)
		return;
	memcpy(copy, ev, len);
	b->existing[b->n++] = copy;
}

int capture_observe(struct facts *f, const struct options *o, const struct hooks *h)
{
	const struct hook_state *states;
	size_t n;

	states = hooks_states(h, &n);
	return observe_hooks(f, states, n, &o->hooks.filter, stack_without_btf(hooks_stack(h)));
}

/* The filter needs the path of the cgroup that is asked for, to know what is below it. */
static int add_cgroup(struct facts *f, __u64 id)
{
	char path[SMCW_FACT_VALUE_LEN * 2], name[24];
	int err = cgroups_path(id, path, sizeof(path));

	snprintf(name, sizeof(name), "%llu", (unsigned long long)id);
	if (err)
		fprintf(stderr,
			"smc-trace: cgroup %s: %s; what is in cgroups below it is not known\n",
			name, strerror(-err));
	return err ? 0 : facts_add(f, SMCW_FACT_CGROUP, name, "%s", path);
}

static int find_existing(struct beginning *b, const struct options *o, const struct hooks *h)
{
	struct smcw_ev_fact row = { .topic = SMCW_FACT_NOT_OBSERVED, .name = OBSERVE_OLDER };
	int missing = snapshot_existing((__u8)hooks_stack(h), &o->hooks.filter, &b->facts,
					add_existing, b);

	if (missing || !b->left_out)
		return missing;
	snprintf((char *)row.value, sizeof(row.value), "%zu are too many", b->n + b->left_out);
	for (size_t i = 0; i < b->facts.n; i++)
		if (!strcmp((char *)b->facts.row[i].name, OBSERVE_OLDER))
			b->facts.row[i] = row;
	return 1;
}

/* Missing hooks are reported before anything is traced, and are an error with --strict. */
int capture_begin(struct beginning *b, const struct options *o, const struct hooks *h)
{
	struct observed seen = { 0 };
	int missing = capture_observe(&b->facts, o, h), r = missing < 0 ? missing : 0, older = 0;

	if (!r)
		older = find_existing(b, o, h);
	if (older < 0)
		r = older;
	else
		missing += older;
	b->progress = mmap(NULL, sizeof(*b->progress), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->progress == MAP_FAILED)
		r = -ENOMEM;
	if (missing > 0) {
		for (size_t i = 0; i < b->facts.n; i++)
			facts_put(&seen.classes, &b->facts.row[i]);
		observed_print(&seen,
			       o->strict ? "smc-trace: error: not everything is observed, and "
					   "--strict is set: " :
					   "smc-trace: warning: not everything is observed: ",
			       stderr);
		observed_free(&seen);
	}
	if (!r)
		r = snapshot_setup(&b->facts);
	if (!r && stack_has_loopback(hooks_stack(h)) &&
	    !facts_find(&b->facts, SMCW_FACT_SMCD_DEVICE, "loopback-ism"))
		r = facts_add(&b->facts, SMCW_FACT_SMCD_DEVICE, "loopback-ism", "emulated");
	if (!r && o->cgroup)
		r = add_cgroup(&b->facts, o->cgroup);
	if (r)
		fprintf(stderr, "smc-trace: %s\n", strerror(-r));
	if (r)
		return EXIT_FAILED;
	return o->strict && missing ? EXIT_LOST : EXIT_OK;
}
