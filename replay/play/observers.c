// SPDX-License-Identifier: GPL-2.0-or-later
/* See observers.h. */
#include "observers.h"

#include "peer/conn.h"
#include "steps/bytes.h"
#include "steps/step.h"
#include "survive.h"
#include "transport/application.h"

/* Somebody has to start the client there. */
enum { ELSEWHERE_MS = 60000 };

/* ---- on this host ------------------------------------------------------------------------ */

static int here_begin(struct play *p)
{
	return script_has_step(p->test, STEP_STATS) || p->setup->survive ?
		       stats_settle(&p->before) :
		       0;
}

static int here_listen(struct play *p, union address *at)
{
	return app_listen(&p->app, at);
}

static int here_connect(struct play *p, const union address *at)
{
	return app_connect(&p->app, &p->setup->address, at);
}

static const union address *here_ours(const struct setup *s)
{
	return &s->ours;
}

static bool here_sees(const struct step *s)
{
	(void)s;
	return true;
}

static __u64 here_has_read(const struct play *p, __u64 wanted)
{
	(void)wanted;
	return p->conn->app_read;
}

static bool here_counted(struct play *p)
{
	return survive_counted(&p->before.end[END_SERVER], play_limit(p, PLAY_NONE_MS));
}

const struct observer observer_here = {
	.here = true,
	.accept_ms = PLAY_CLC_MS,
	.unchecked = VERDICT_ERROR,
	.unseen = "",
	.begin = here_begin,
	.listen = here_listen,
	.connect = here_connect,
	.ours = here_ours,
	.sees = here_sees,
	.ready = play_want_connection,
	.step = step_application,
	.says = bytes_from_app,
	.gets = bytes_by_app,
	.before_cdc = application_before_cdc,
	.send = application_send,
	.has_read = here_has_read,
	.counted = here_counted,
};

/* ---- elsewhere ----------------------------------------------------------------------------- */

static int elsewhere_begin(struct play *p)
{
	(void)p;
	return 0;
}

static int elsewhere_listen(struct play *p, union address *at)
{
	(void)p, (void)at;
	return 0;
}

static int elsewhere_connect(struct play *p, const union address *at)
{
	(void)p, (void)at;
	return 0;
}

/* --role server names the address at which our end listens. */
static const union address *elsewhere_ours(const struct setup *s)
{
	return &s->address;
}

static bool elsewhere_sees(const struct step *s)
{
	return !script_is_of_app(s);
}

static int elsewhere_step(struct play *p, const struct step *s)
{
	(void)p, (void)s;
	return 0;
}

static int elsewhere_send(struct play *p, const struct step *s)
{
	conn_expect(p->conn, s->data, s->len);
	return 0;
}

static __u64 elsewhere_has_read(const struct play *p, __u64 wanted)
{
	(void)p;
	return wanted;
}

static bool elsewhere_counted(struct play *p)
{
	(void)p;
	return true;
}

const struct observer observer_elsewhere = {
	.accept_ms = ELSEWHERE_MS,
	.unchecked = VERDICT_SKIP,
	.unseen = ", or none that can be seen from here",
	.begin = elsewhere_begin,
	.listen = elsewhere_listen,
	.connect = elsewhere_connect,
	.ours = elsewhere_ours,
	.sees = elsewhere_sees,
	.ready = elsewhere_begin,
	.step = elsewhere_step,
	.says = elsewhere_step,
	.gets = elsewhere_step,
	.before_cdc = elsewhere_step,
	.send = elsewhere_send,
	.has_read = elsewhere_has_read,
	.counted = elsewhere_counted,
};
