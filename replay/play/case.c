// SPDX-License-Identifier: GPL-2.0-or-later
/* See case.h. */
#include "case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "keep.h"
#include "needs.h"
#include "stack/host.h"
#include "stack/klog.h"
#include "stack/port.h"
#include "stack/stats.h"
#include "state/observer.h"
#include "state/play.h"
#include "steps/ending.h"
#include "steps/pair.h"
#include "steps/sock.h"
#include "steps/step.h"
#include "survive.h"
#include "transport/tcp.h"
#include "transports.h"

/* ---- the connection's beginning
 * -------------------------------------------------------------------- */

/* The option that our end sends: the one of the script, else the one of RFC 7609 A.1. */
static void our_option(const struct play *p, const __u8 **bytes, size_t *len, __u8 *smc)
{
	struct smcw_tcp_option *option = (void *)smc;

	option->kind = SMCW_TCPOPT_EXP;
	option->length = sizeof(*option);
	smcw_put32(&option->magic, SMCW_EYE_SMCR);
	*bytes = smc;
	*len = sizeof(*option);
	for (const struct step *s = p->test->steps; s; s = s->next) {
		if (s->kind != STEP_OPTION || s->end != p->role)
			continue;
		*bytes = s->data;
		*len = s->len;
		return;
	}
}

static void prepare_app(const struct test_case *test, struct app *app, enum end end)
{
	for (const struct step *s = test->steps; s; s = s->next) {
		if (s->kind != STEP_APP || s->end != end)
			continue;
		if (s->app == APP_SET) /* parse_check() has counted them */
			app->sets[app->n_sets++] = &s->call;
		app->fastopen |= s->app == APP_FASTOPEN;
		app->nonblock |= s->app == APP_NONBLOCK;
		app->tcp |= s->app == APP_TCP;
		app->splice |= s->app == APP_SPLICE;
	}
}

/* Our end may be one of the stack, too. */
static void prepare_peer(struct play *p)
{
	for (const struct step *s = p->test->steps; s; s = s->next)
		p->peer.smc |= s->kind == STEP_APP && s->app == APP_SMC && s->end == p->role;
}

static int play_client(struct play *p, const __u8 *option, size_t len)
{
	union address to = p->setup->address;
	int rc = p->setup->observer->listen(p, &to);

	return rc ? rc :
		    peer_connect(&p->peer, &p->setup->ours, &to, option, len,
				 play_limit(p, PLAY_CLC_MS));
}

static int play_server(struct play *p, const __u8 *option, size_t len)
{
	const struct observer *o = p->setup->observer;
	union address at = *o->ours(p->setup);
	int rc = peer_listen(&p->peer, &at, option, len);

	if (!rc)
		rc = o->connect(p, &at);
	return rc ? rc : peer_accept(&p->peer, play_limit(p, o->accept_ms));
}

static int connect_ends(struct play *p)
{
	__u8 smc[sizeof(struct smcw_tcp_option)];
	const __u8 *option;
	size_t len;
	int rc;

	our_option(p, &option, &len, smc);
	prepare_app(p->test, &p->app, p->role == END_CLIENT ? END_SERVER : END_CLIENT);
	if (p->test->sockets)
		return 0;
	if (p->test->pair) {
		prepare_app(p->test, &p->other_app, END_CLIENT);
		return pair_begin(p);
	}
	prepare_peer(p);
	pace_begin(&p->pace);
	rc = p->role == END_CLIENT ? play_client(p, option, len) : play_server(p, option, len);
	if (rc > 0)
		return play_failed(p, "expected a connection, got %s", play_verdict_text(rc));
	return rc;
}

/* ---- a case
 * ------------------------------------------------------------------------------------------ */

static int expect_no_more(struct play *p)
{
	int rc;

	p->step = NULL;
	rc = p->transport->expect_no_more(p);
	if (rc || p->peer.fd < 0 || p->peer.end)
		return rc;
	if (!p->peer.len && peer_wait(&p->peer, 1, 0))
		return 0;
	play_failed(p, "expected nothing more, got bytes");
	play_show_bytes(p, p->peer.bytes, p->peer.len);
	return PLAY_FAILED;
}

static int check_log(struct play *p, FILE *all)
{
	char report[256] = "";

	p->step = NULL;
	if (p->setup->klog < 0 || !klog_report(p->setup->klog, report, sizeof(report), all))
		return 0;
	return play_failed(p, "expected no report in the kernel log, got: %s", report);
}

/* Our end's steps are not timed; their effects are. */
static int play_ours(struct play *p, const struct step *s)
{
	int rc;

	if (s->kind != STEP_WAIT && s->kind != STEP_SILENT)
		pace_begin(&p->pace);
	rc = step_ours(p, s);
	if (s->kind != STEP_WAIT && s->kind != STEP_SILENT)
		pace_ready(&p->pace);
	return rc;
}

static int play_stack(struct play *p, const struct step *s)
{
	char why[128];
	int rc = p->test->pair ? step_pair(p, s) : step_stack(p, s);

	if (rc)
		return rc;
	p->checked +=
		(p->test->sockets || script_is_checked(s, p->role)) && p->setup->observer->sees(s);
	if (!pace_check(&p->pace, &s->delivery, p->setup->time_scale, why, sizeof(why)))
		return play_failed(p, "%s", why);
	if (s->kind != STEP_WAIT)
		pace_ready(&p->pace);
	return 0;
}

/* That nothing was wrong is a result only if something could have been. */
static int want_checks(struct play *p)
{
	if (p->checked || p->setup->survive)
		return 0;
	p->step = NULL;
	fprintf(p->out, "nothing was checked: no step says what the %s has to do%s\n",
		script_end_words[!p->role], p->setup->observer->unseen);
	return PLAY_UNCHECKED;
}

static int walk_steps(struct play *p)
{
	unsigned int done = 0;
	int rc = 0;

	for (const struct step *s = p->test->steps; s && !rc; s = s->next, done++) {
		p->step = s;
		p->number = done + 1;
		rc = s->end == p->role && !p->test->pair ? play_ours(p, s) : play_stack(p, s);
	}
	if (rc == PLAY_NOT_PLAYABLE)
		fprintf(p->out,
			"%u steps went as they should, then %s takes an RDMA or ISM device of "
			"ours\n",
			done - 1, script_step_words[p->step->kind]);
	if (!rc && p->owed) {
		p->step = p->owed;
		rc = ending_expect(p, p->owed);
	}
	if (!rc)
		rc = expect_no_more(p);
	return rc ? rc : want_checks(p);
}

static void write_map(const struct play *p, FILE *out)
{
	for (const struct binding *b = p->names.first; b; b = b->next) {
		fprintf(out, "%s=", b->name);
		value_write(&smcw_fields[b->field], &b->value, out);
		fputc('\n', out);
	}
}

static enum verdict case_judge(struct play *p, int rc)
{
	if (!rc)
		return VERDICT_PASS;
	if (rc == PLAY_NOT_PLAYABLE || rc == PLAY_UNKNOWN)
		return VERDICT_SKIP;
	if (rc == PLAY_UNCHECKED)
		return p->setup->observer->unchecked;
	if (rc < 0)
		fprintf(p->out, "smc-replay could not go on: %s\n", strerror(-rc));
	return rc < 0 ? VERDICT_ERROR : VERDICT_FAIL;
}

/*
 * If a stack only has to survive, its connect() has to return, and its server has to come to an end
 * with every client: a handshake that hangs is counted as nothing.
 */
static int case_survive(struct play *p, int rc)
{
	int error;

	if (rc != PLAY_FAILED && rc != PLAY_NOT_PLAYABLE)
		return rc;
	if (p->broke)
		return PLAY_FAILED;
	peer_close(&p->peer);
	p->step = NULL;
	if (p->role == END_CLIENT && !p->setup->observer->counted(p))
		return play_failed(p,
				   "the handshake has not ended: the stack counts it neither as an "
				   "error, nor as SMC, nor as TCP");
	if (p->app.has_thread &&
	    app_result(&p->app, false, play_limit(p, PLAY_RESULT_MS), &error) == PEER_LATE)
		return play_failed(p, "connect() does not return");
	return 0;
}

static void case_run(struct play *p, struct outcome *o, FILE *log)
{
	int rc, report;

	peer_init(&p->peer, p->setup->tap);
	app_init(&p->app);
	app_init(&p->other_app);
	rc = pace_start(&p->pace, p->test);
	if (!rc && p->test->changes)
		rc = change_host(p);
	if (!rc)
		rc = transports_begin(p);
	if (!rc)
		rc = p->setup->observer->begin(p);
	if (!rc)
		rc = connect_ends(p);
	if (!rc)
		rc = walk_steps(p);
	o->port = p->peer.port;
	if (p->setup->survive)
		rc = case_survive(p, rc);
	pace_stop(&p->pace);
	sock_end(p);
	/* The peer first: a connect() that still waits for it ends then. */
	peer_close(&p->peer);
	app_close(&p->app);
	pair_end(p);
	port_restore(p->setup->port);
	transports_end(p, !rc);
	memcpy(o->qpn, p->qpn, sizeof(o->qpn));
	report = p->test->changes ? host_restore(p->setup->host) : 0;
	if (!report)
		report = check_log(p, log);
	o->verdict = case_judge(p, report ? report : rc);
}

enum { OUTCOME_TEXT, OUTCOME_SEEN, OUTCOME_NOTES, OUTCOME_MAP, OUTCOME_LOG, OUTCOME_FILES };

/* One byte less each, so that a text that does not fit ends with a 0 all the same. */
static void open_outcome(struct play *p, struct outcome *o, FILE *files[OUTCOME_FILES])
{
	files[OUTCOME_TEXT] = p->out = fmemopen(o->text, sizeof(o->text) - 1, "w");
	files[OUTCOME_SEEN] = p->seen = fmemopen(o->seen, sizeof(o->seen) - 1, "w");
	files[OUTCOME_NOTES] = p->notes = fmemopen(o->notes, sizeof(o->notes) - 1, "w");
	files[OUTCOME_MAP] = fmemopen(o->map, sizeof(o->map) - 1, "w");
	files[OUTCOME_LOG] = fmemopen(o->log, sizeof(o->log) - 1, "w");
}

void case_play(struct setup *s, const char *path, const struct test_case *test, enum end role,
	       struct outcome *o)
{
	struct play p = {
		.setup = s, .test = test, .path = path, .role = role, .transport = &tcp_transport
	};
	FILE *files[OUTCOME_FILES];
	__u64 begin = clock_now();

	*o = (struct outcome){ 0 };
	if (!needs_met(s, test, role, o))
		return;
	p.names = (struct bindings){ .arena = &p.arena,
				     .test = test,
				     .played = (__u8)role,
				     .stack = &s->stack,
				     .chosen = &s->chosen };
	keep_restore(&p);
	open_outcome(&p, o, files);
	if (p.out && p.seen && p.notes && files[OUTCOME_MAP] && files[OUTCOME_LOG]) {
		case_run(&p, o, files[OUTCOME_LOG]);
		write_map(&p, files[OUTCOME_MAP]);
		keep_save(&p, o->verdict == VERDICT_PASS);
	} else {
		o->verdict = VERDICT_ERROR;
	}
	for (int i = 0; i < OUTCOME_FILES; i++)
		if (files[i])
			fclose(files[i]);
	o->ms = (unsigned int)(clock_now() - begin);
	arena_free(&p.arena);
}
