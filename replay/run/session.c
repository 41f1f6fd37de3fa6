// SPDX-License-Identifier: GPL-2.0-or-later
/* See session.h. */
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/held.h"
#include "bundle.h"
#include "complain.h"
#include "differ.h"
#include "drop.h"
#include "jobs.h"
#include "outputs.h"
#include "play/case.h"
#include "play/leaks.h"
#include "play/learn.h"
#include "play/observers.h"
#include "play/survive.h"
#include "privs.h"
#include "record.h"
#include "report/catalogue.h"
#include "report/known.h"
#include "smcd/smcd.h"
#include "smcr/rdma.h"
#include "stack/host.h"
#include "stack/klog.h"
#include "stack/port.h"
#include "store.h"
#include "walk.h"

struct session {
	const struct options *options;
	struct outputs out;
	struct store *store; /* of bundles */
	struct setup setup;
	struct tap *tap;
	struct record *record; /* packets, for bundles */
	struct jobs *jobs;     /* NULL: cases are played here */
	struct known known;
	struct catalogue catalogue;
	struct report report;
	struct side other; /* that --against names */
};

/* ---- cases ------------------------------------------------------------------------ */

static const char *judge_known(const struct session *s, const char *name, struct outcome *o)
{
	const char *reason = known_reason(&s->known, name);

	if (reason && o->verdict == VERDICT_FAIL && known_same(&s->known, name, o->text))
		o->verdict = VERDICT_KNOWN;
	else if (reason && o->verdict == VERDICT_PASS)
		o->verdict = VERDICT_XPASS;
	return reason;
}

/* Here, or in a job. */
static int play_item(void *ctx, const struct item *item, struct outcome *o)
{
	struct session *s = ctx;
	const char *path = item->script->path;

	if (s->record)
		record_begin(s->record);
	if (item->test->times)
		leaks_case(&s->setup, path, item->test, item->role, o);
	else if (s->options->survive)
		survive_case(&s->setup, path, item->test, item->role, o);
	else
		case_play(&s->setup, path, item->test, item->role, o);
	judge_known(s, item->name, o);
	if (s->options->bundle && (o->verdict == VERDICT_FAIL || o->verdict == VERDICT_XPASS))
		return s->store ? bundle_write(s->store, item, o, s->record) : 0;
	return 0;
}

static int report_item(void *ctx, const struct item *item)
{
	static struct outcome o;
	struct session *s = ctx;
	int rc;

	if (s->options->list) {
		puts(item->name);
		return 0;
	}
	rc = s->jobs ? jobs_outcome(s->jobs, item->number, &o) : play_item(s, item, &o);
	if (rc < 0)
		return complain("%s: the job that played it has ended", item->name);
	if (!rc)
		report_add(&s->report, item->name, item->script->path, item->test->covers, &o,
			   known_reason(&s->known, item->name));
	return rc;
}

/* ---- before and after ----------------------------------------------------------------- */

static int session_choose(struct session *s)
{
	for (unsigned int i = 0; i < s->options->n_set; i++) {
		const char *text = s->options->set[i], *equals = strchr(text, '=');
		char name[64];

		if (!equals || (size_t)(equals - text) >= sizeof(name))
			return complain("--set %s: NAME=VALUE is meant", text);
		snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
		if (bind_choose(&s->setup.chosen, name, equals + 1))
			return complain("--set %s: no field of such a name takes this value", text);
	}
	return 0;
}

static int open_bundles(struct session *s)
{
	const char *error;
	int rc;

	if (!s->options->bundle)
		return 0;
	rc = store_open(&s->store, s->options->bundle);
	if (rc)
		return complain("%s: %s", s->options->bundle, strerror(-rc));

	s->record = record_open(&error);
	if (!s->record)
		complain("packets are not recorded: %s", error);
	return 0;
}

/* No process is kept that is of no use. */
static int open_port(struct session *s)
{
	const union address *a = &s->setup.address;

	if (s->options->remote || a->any.sa_family != AF_INET || !port_has_cable(a->in.sin_addr))
		return 0;
	s->setup.have[NEED_PORT] = true;
	return port_open(&s->setup.port);
}

static int session_filter(void)
{
	int rc = privs_filter();

	return rc ? complain("system calls could not be filtered: %s", strerror(-rc)) : 0;
}

static int set_up_host(void *ctx)
{
	struct session *s = ctx;
	const char *doing;
	int rc = tap_open(&s->tap, &doing);

	if (rc)
		return complain("could not %s: %s", doing,
				rc == -EPERM || rc == -EACCES ? "not permitted, run it as root" :
								strerror(-rc));
	s->setup.tap = s->tap;
	s->setup.klog = klog_open();
	if (s->setup.klog < 0)
		complain("the kernel log is not looked at: %s", strerror(-s->setup.klog));
	rc = leaks_open(&s->setup.leaks);
	if (rc)
		return complain("%s", strerror(-rc));
	rc = device_prepare();
	if (rc)
		complain("the limit on locked memory stays: %s", strerror(-rc));
	rc = smcd_open(&s->setup.smcd);
	if (rc)
		complain("DMBs cannot be had: %s", strerror(-rc));
	rc = open_bundles(s);
	if (rc)
		return rc;
	rc = open_port(s);
	if (rc)
		complain("ports of the stack stay as they are: %s", strerror(-rc));
	rc = host_open(&s->setup.host);
	if (rc)
		complain("nothing of the host can be changed: %s", strerror(-rc));
	rc = privs_drop();
	if (rc)
		return complain("privileges could not be dropped: %s", strerror(-rc));
	rc = rdma_open(&s->setup.rdma, &s->setup.ours, &s->setup.second);
	if (rc)
		complain("the RDMA device cannot be used: %s", strerror(-rc));
	if (!rdma_has_second(s->setup.rdma))
		return complain("--from-second: expected the address of an RDMA device, as --from "
				"has one");
	s->setup.have[NEED_SECOND_DEVICE] = rdma_two_devices(s->setup.rdma);
	s->setup.have[NEED_ONE_DEVICE] = !s->setup.have[NEED_SECOND_DEVICE];
	rc = learn_offers(&s->setup);
	if (rc)
		return complain("the stack could not be asked what it offers: %s%s", strerror(-rc),
				rc == -EAFNOSUPPORT ? " (is the module smc loaded?)" : "");
	return session_filter();
}

static int read_known(struct session *s)
{
	unsigned int line;

	for (unsigned int i = 0; i < s->options->n_known; i++) {
		const char *path = s->options->known[i];
		int rc = known_read(&s->known, path, &line);

		if (rc)
			return complain("%s:%u: %s", path, line,
					rc == -EINVAL ? "PATTERN | DIFFERENCE | REASON is meant" :
							strerror(-rc));
	}
	return 0;
}

static int read_lists(struct session *s)
{
	const struct options *o = s->options;
	char path[PATH_MAX];
	unsigned int line;
	int rc = read_known(s);

	if (rc)
		return rc;
	if (strcmp(o->command, "suite"))
		return 0;
	snprintf(path, sizeof(path), "%s/catalogue.tsv", o->suite ? o->suite : SMCKIT_SUITE);
	rc = catalogue_read(&s->catalogue, path, &line);
	if (rc)
		return complain("%s:%u: %s", path, line,
				rc == -EINVAL ? "four columns and a new ID are meant" :
						strerror(-rc));
	return 0;
}

/* With jobs it is they that touch the stack. */
static int start_jobs(struct session *s)
{
	int rc;

	drop_choose(); /* a user for all of them */
	rc = jobs_start(&s->jobs, s->options, set_up_host, play_item, s);

	if (!rc)
		rc = privs_drop();
	return rc ? complain("jobs could not be started: %s", strerror(-rc)) : session_filter();
}

static int session_start(struct session *s)
{
	if (s->options->list)
		return 0;
	return s->options->jobs > 1 ? start_jobs(s) : set_up_host(s);
}

static int write_coverage(struct session *s)
{
	const char *unknown = catalogue_count(&s->catalogue, &s->report);
	FILE *out = s->out.coverage;

	if (unknown)
		return complain("a case covers %s, which the catalogue does not have", unknown);
	if (!out)
		return 0;
	catalogue_write(&s->catalogue, out);
	return fflush(out) ? complain("%s: %s", s->options->coverage, strerror(errno)) : 0;
}

/* The report goes through a file anyway then. */
static int session_compare(struct session *s)
{
	int rc = report_json(&s->report, s->out.compare);

	return rc ? complain("--against: %s", strerror(-rc)) :
		    differ_from(&s->other, s->out.compare);
}

static int count_item(void *ctx, const struct item *item)
{
	(void)item;
	++*(unsigned int *)ctx;
	return 0;
}

/* A plan that comes first takes a walk of its own. */
static int begin_report(struct session *s)
{
	unsigned int n = 0;
	int rc = 0;

	if (s->options->list)
		return 0;
	if (s->options->ktap)
		rc = walk_cases(s->options, count_item, &n);
	report_begin(&s->report, s->options->ktap ? FORM_KTAP : FORM_TAP, n);
	return rc;
}

static int session_finish(struct session *s)
{
	const struct options *o = s->options;
	int status = report_status(&s->report), rc;

	if (o->list)
		return EXIT_OK;
	report_end(&s->report);
	rc = s->out.json ? report_json(&s->report, s->out.json) : 0;
	if (rc)
		return complain("%s: %s", o->json, strerror(-rc));
	rc = s->out.junit ? report_junit(&s->report, s->out.junit) : 0;
	if (rc)
		return complain("%s: %s", o->junit, strerror(-rc));
	if (!strcmp(o->command, "suite") && write_coverage(s))
		return EXIT_HARNESS;
	return o->n_against ? session_compare(s) : status;
}

int session_run(struct options *o)
{
	struct session s = {
		.options = o,
		.setup = { .address = o->address,
			   .ours = o->from,
			   .second = o->has_from_second ? o->from_second : o->from,
			   .have[NEED_SLOW] = o->slow,
			   .have[NEED_SECOND_GID] = o->has_from_second,
			   .observer = o->remote ? &observer_elsewhere : &observer_here,
			   .time_scale = o->time_scale,
			   .klog = -1 },
	};
	int status;

	s.setup.chosen.arena = &s.setup.arena;
	report_init(&s.report, stdout);
	status = walk_hold(o);
	if (!status)
		status = read_lists(&s);
	if (!status)
		status = session_choose(&s);
	if (!status && o->n_against && !o->list)
		status = differ_open(o, o->against[0], &s.other);
	if (!o->list && !o->remote)
		stack_find(&s.report.stack);
	if (!status && !o->list)
		status = outputs_open(&s.out, o);
	if (!status)
		status = session_start(&s);
	if (!status)
		status = begin_report(&s);
	if (!status)
		status = walk_cases(o, report_item, &s);
	if (!status)
		status = session_finish(&s);
	jobs_end(s.jobs);
	differ_close(&s.other);
	record_close(s.record);
	port_close(s.setup.port);
	store_close(s.store);
	outputs_close(&s.out);
	held_close();
	if (s.setup.klog >= 0)
		close(s.setup.klog);
	host_close(s.setup.host);
	rdma_close(s.setup.rdma);
	smcd_close(s.setup.smcd);
	leaks_close(s.setup.leaks);
	tap_close(s.tap);
	arena_free(&s.setup.arena);
	known_free(&s.known);
	catalogue_free(&s.catalogue);
	report_free(&s.report);
	return status;
}
