// SPDX-License-Identifier: GPL-2.0-or-later
/* See perfetto.h. Whatever is written besides messages are the sums of stats.h. */
#include "perfetto.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/who.h"
#include "page.h"
#include "detail/pairs.h"
#include "smc_codec.h"
#include "smc_event_text.h"

enum { TRACE_THREAD, OTHER_THREAD, FIRST_THREAD };

enum name_kind { NAME_SOCK, NAME_CONN, NAME_ENDS, NAME_GROUP };

/* A name by which events know their thread: one thread may have several. */
struct perfetto_name {
	struct table_node node;
	struct smcw_event ev;
	enum name_kind kind;
	unsigned int thread;
};

struct perfetto {
	FILE *out;
	struct stats *stats;
	struct pairs *pairs;
	struct table names;
	unsigned int threads;
	__u64 *ended; /* ns: when the last slice of each thread ends, for slices must not overlap */
	size_t n_ended;
	bool host[SMCW_HOSTS_MAX], other[SMCW_HOSTS_MAX]; /* have their names */
	__u64 first;					  /* ns since 1970 */
	__u64 flows;
	bool any;
};

/* ---- JSON ------------------------------------------------------------------------------- */

static void perfetto_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (*text < ' ' || *text > '~')
			fputs("\\ufffd", out);
		else
			fputc(*text, out);
	fputc('"', out);
}

/* The begin of an event: {"name":NAME,"ph":"X" */
static void perfetto_open(struct perfetto *p, const char *name, char phase)
{
	fputs(p->any ? ",\n{\"name\":" : "\n{\"name\":", p->out);
	p->any = true;
	perfetto_string(p->out, name);
	fprintf(p->out, ",\"ph\":\"%c\"", phase);
}

static void perfetto_place(struct perfetto *p, unsigned int host, unsigned int thread)
{
	fprintf(p->out, ",\"pid\":%u,\"tid\":%u", host, thread);
}

static void perfetto_us(struct perfetto *p, const char *key, __u64 ns)
{
	fputc(',', p->out);
	perfetto_string(p->out, key);
	fprintf(p->out, ":%" PRIu64 ".%03u", (uint64_t)(ns / 1000), (unsigned int)(ns % 1000));
}

static void perfetto_time(struct perfetto *p, __u64 ns)
{
	perfetto_us(p, "ts", ns > p->first ? ns - p->first : 0);
}

static void perfetto_call(struct perfetto *p, const char *what, unsigned int host,
			  unsigned int thread, const char *name)
{
	perfetto_open(p, what, 'M');
	perfetto_place(p, host, thread);
	fputs(",\"args\":{\"name\":", p->out);
	perfetto_string(p->out, name);
	fputs("}}", p->out);
}

/* ---- threads ------------------------------------------------------------------------------ */

static bool perfetto_has(const struct smcw_event *ev, enum name_kind kind)
{
	bool ends = ev->local_port && ev->peer_port;

	switch (kind) {
	case NAME_SOCK:
		return ev->sock;
	case NAME_CONN:
		return ev->conn;
	case NAME_ENDS:
		return ends;
	default:
		return ev->lgr && !ev->sock && !ev->conn && !ends;
	}
}

static __u64 perfetto_hash(const struct smcw_event *ev, enum name_kind kind)
{
	__u64 number = kind == NAME_SOCK ? ev->sock :
		       kind == NAME_CONN ? ev->conn :
		       kind == NAME_ENDS ? who_hash_ends(ev) :
					   ev->lgr;

	return table_mix(number ^ (__u64)SMCW_EV_SPACE(ev) << 40 ^ (__u64)kind << 60);
}

static bool perfetto_same(const struct perfetto_name *n, const struct smcw_event *ev)
{
	if (SMCW_EV_SPACE(&n->ev) != SMCW_EV_SPACE(ev))
		return false;
	switch (n->kind) {
	case NAME_SOCK:
		return n->ev.sock == ev->sock;
	case NAME_CONN:
		return n->ev.conn == ev->conn;
	case NAME_ENDS:
		return n->ev.netns == ev->netns && who_same_ends(&n->ev, ev) &&
		       (!n->ev.sock || !ev->sock || n->ev.sock == ev->sock);
	default:
		return n->ev.lgr == ev->lgr;
	}
}

static struct perfetto_name *perfetto_find(const struct perfetto *p, const struct smcw_event *ev,
					   enum name_kind kind)
{
	struct table_node *n =
		perfetto_has(ev, kind) ? table_first(&p->names, perfetto_hash(ev, kind)) : NULL;

	for (; n; n = table_next(n)) {
		struct perfetto_name *name = table_entry(n, struct perfetto_name, node);

		if (name->kind == kind && perfetto_same(name, ev))
			return name;
	}
	return NULL;
}

static void perfetto_forget(struct perfetto *p, const struct smcw_event *ev, enum name_kind kind)
{
	struct perfetto_name *name = perfetto_find(p, ev, kind);

	if (!name)
		return;
	table_remove(&p->names, &name->node);
	free(name);
}

static int perfetto_name(struct perfetto *p, const struct smcw_event *ev, enum name_kind kind,
			 unsigned int thread)
{
	struct perfetto_name *name = perfetto_find(p, ev, kind);

	if (name) {
		name->thread = thread;
		return 0;
	}
	if (p->names.n >= PERFETTO_THREADS_MAX)
		return 0;
	name = calloc(1, sizeof(*name));
	if (!name)
		return -ENOMEM;
	*name = (struct perfetto_name){ .ev = *ev, .kind = kind, .thread = thread };
	return table_add(&p->names, &name->node, perfetto_hash(ev, kind));
}

static void perfetto_host(struct perfetto *p, unsigned int host)
{
	char name[32] = "host";

	if (p->host[host])
		return;
	p->host[host] = true;
	if (host)
		snprintf(name, sizeof(name), "host %u", host);
	perfetto_call(p, "process_name", host, TRACE_THREAD, name);
	perfetto_call(p, "thread_name", host, TRACE_THREAD, "the host");
}

static void perfetto_thread_name(struct perfetto *p, const struct smcw_event *ev,
				 unsigned int thread)
{
	char local[WHO_MAX], peer[WHO_MAX], owner[WHO_MAX], text[4 * WHO_MAX];

	if (perfetto_has(ev, NAME_GROUP))
		snprintf(text, sizeof(text), "link group 0x%08x", smcw_get32(&ev->lgr));
	else
		snprintf(text, sizeof(text), "%s - %s, %s",
			 who_address(ev->local, smcw_get16(&ev->local_port), local, sizeof(local)),
			 who_address(ev->peer, smcw_get16(&ev->peer_port), peer, sizeof(peer)),
			 who_owner(ev, owner, sizeof(owner)));
	perfetto_call(p, "thread_name", SMCW_EV_HOST_OF(ev), thread, text);
}

/* The thread that has none of its own: there are too many. */
static unsigned int perfetto_shared(struct perfetto *p, unsigned int host)
{
	if (!p->other[host])
		perfetto_call(p, "thread_name", host, OTHER_THREAD, "further connections");
	p->other[host] = true;
	return OTHER_THREAD;
}

static int perfetto_thread(struct perfetto *p, const struct smcw_event *ev, unsigned int *thread)
{
	const struct perfetto_name *known = NULL;
	bool named = false;
	int r = 0;

	perfetto_host(p, SMCW_EV_HOST_OF(ev));
	*thread = TRACE_THREAD;
	for (unsigned int kind = NAME_SOCK; !known && kind <= NAME_GROUP; kind++) {
		known = perfetto_find(p, ev, kind);
		named |= perfetto_has(ev, kind);
	}
	if (!named)
		return 0;
	if (!known && p->names.n >= PERFETTO_THREADS_MAX) {
		*thread = perfetto_shared(p, SMCW_EV_HOST_OF(ev));
		return 0;
	}
	*thread = known ? known->thread : FIRST_THREAD + p->threads++;
	if (!known)
		perfetto_thread_name(p, ev, *thread);
	for (unsigned int kind = NAME_SOCK; !r && kind <= NAME_GROUP; kind++)
		if (perfetto_has(ev, kind))
			r = perfetto_name(p, ev, kind, *thread);
	return r;
}

/* Numbers and addresses are another one's from now on. */
static void perfetto_ended(struct perfetto *p, const struct smcw_event *ev)
{
	const struct smcw_ev_state *state = (const void *)(ev + 1);

	if (ev->kind == SMCW_EV_CONN_FREE)
		perfetto_forget(p, ev, NAME_CONN);
	if (ev->kind == SMCW_EV_STATE && state->now == SMCW_STATE_CLOSED) {
		perfetto_forget(p, ev, NAME_SOCK);
		perfetto_forget(p, ev, NAME_ENDS);
	}
}

/* ---- events ------------------------------------------------------------------------------- */

static void perfetto_reason(struct perfetto *p, const struct stats_conn *c)
{
	if (c->how == STATS_TCP) {
		fputs(",\"reason\":", p->out);
		perfetto_string(p->out, smcw_reason_text(c->reason));
	}
	if (c->how == STATS_FAILED)
		fprintf(p->out, ",\"errno\":%u", c->error);
}

/* Is there room for a slice after those of its thread? */
static bool perfetto_fits(struct perfetto *p, unsigned int thread, const struct stats_conn *c,
			  __u64 until)
{
	size_t size = p->n_ended ? p->n_ended : 1024;
	__u64 *more;

	while (size <= thread)
		size *= 2;
	if (size > p->n_ended) {
		more = realloc(p->ended, size * sizeof(*more));
		if (!more)
			return false;
		memset(more + p->n_ended, 0, (size - p->n_ended) * sizeof(*more));
		p->ended = more;
		p->n_ended = size;
	}
	if (thread < FIRST_THREAD || c->start < p->ended[thread])
		return false;
	p->ended[thread] = until;
	return true;
}

/* A moment in place of a slice: what is no connection of SMC's, or would overlap with another. */
static void perfetto_moment(struct perfetto *p, const struct stats_conn *c, unsigned int thread)
{
	perfetto_open(p, page_mode(c), 'i');
	fputs(",\"cat\":\"connection\",\"s\":\"t\"", p->out);
	perfetto_place(p, SMCW_EV_HOST_OF(&c->who), thread);
	perfetto_time(p, c->last);
	fprintf(p->out, ",\"args\":{\"handshake_ns\":%" PRIu64, (uint64_t)c->handshake);
	perfetto_reason(p, c);
	fputs("}}", p->out);
}

static void perfetto_slice(struct perfetto *p, const struct stats_conn *c, unsigned int thread,
			   const char *name, __u64 ns)
{
	perfetto_open(p, name, 'X');
	fputs(",\"cat\":\"connection\"", p->out);
	perfetto_place(p, SMCW_EV_HOST_OF(&c->who), thread);
	perfetto_time(p, c->start);
	perfetto_us(p, "dur", ns);
}

/* A connection, and the handshake within it, when it ends. */
static void perfetto_conn(void *ctx, const struct stats_conn *c, __u64 now)
{
	struct perfetto *p = ctx;
	__u64 ns = now > c->start ? now - c->start : 0;
	unsigned int thread;

	if (perfetto_thread(p, &c->who, &thread))
		return;
	if (c->how != STATS_SMC || !perfetto_fits(p, thread, c, now)) {
		perfetto_moment(p, c, thread);
		return;
	}
	perfetto_slice(p, c, thread, page_mode(c), ns);
	fprintf(p->out,
		",\"args\":{\"sent\":%" PRIu64 ",\"received\":%" PRIu64 ",\"blocked_ns\":%" PRIu64
		"}}",
		(uint64_t)c->way[0].bytes, (uint64_t)c->way[1].bytes,
		(uint64_t)(c->way[0].blocked + c->way[1].blocked));
	if (!c->handshake)
		return;
	perfetto_slice(p, c, thread, "handshake", c->handshake < ns ? c->handshake : ns);
	fputc('}', p->out);
}

/* From the half that was sent to the one that was received. */
static void perfetto_flow(struct perfetto *p, const struct smcw_event *ev, unsigned int thread,
			  const struct smcw_event *half)
{
	bool received = SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN;
	const struct smcw_event *from = received ? half : ev, *to = received ? ev : half;
	unsigned int other;

	if (perfetto_thread(p, half, &other))
		return;
	p->flows++;
	perfetto_open(p, "message", 's');
	fprintf(p->out, ",\"cat\":\"message\",\"id\":%" PRIu64, (uint64_t)p->flows);
	perfetto_place(p, SMCW_EV_HOST_OF(from), received ? other : thread);
	perfetto_time(p, smcw_get64(&from->time));
	fputc('}', p->out);
	perfetto_open(p, "message", 'f');
	fprintf(p->out, ",\"cat\":\"message\",\"bp\":\"e\",\"id\":%" PRIu64, (uint64_t)p->flows);
	perfetto_place(p, SMCW_EV_HOST_OF(to), received ? thread : other);
	perfetto_time(p, smcw_get64(&to->time));
	fputc('}', p->out);
}

static const char *perfetto_category(const struct smcw_event *ev)
{
	return ev->kind == SMCW_EV_CLC ? "clc" :
	       ev->kind == SMCW_EV_LLC ? "llc" :
	       ev->kind == SMCW_EV_CDC ? "cdc" :
					 "event";
}

/* A message is a slice of no length, to which flows are bound; all else is a moment. */
static void perfetto_put(struct perfetto *p, const struct smcw_event *ev, unsigned int thread)
{
	bool message =
		ev->kind == SMCW_EV_CLC || ev->kind == SMCW_EV_LLC || ev->kind == SMCW_EV_CDC;
	const char *kind = smcw_value_text(SMCW_LIST_event_kinds, ev->kind);
	char line[SMCW_LINE_MAX];

	perfetto_open(p, kind ? kind : "event", message ? 'X' : 'i');
	fputs(",\"cat\":", p->out);
	perfetto_string(p->out, perfetto_category(ev));
	perfetto_place(p, SMCW_EV_HOST_OF(ev), thread);
	perfetto_time(p, smcw_get64(&ev->time));
	fputs(message ? ",\"dur\":0" : ",\"s\":\"t\"", p->out);
	fputs(",\"args\":{\"text\":", p->out);
	smcw_event_text(ev, line, sizeof(line));
	perfetto_string(p->out, line);
	fputs("}}", p->out);
}

int perfetto_event(struct perfetto *p, const struct smcw_event *ev)
{
	const struct smcw_event *half = pairs_event(p->pairs, ev);
	unsigned int thread;
	int r;

	if (!p->first)
		p->first = smcw_get64(&ev->time);
	r = perfetto_thread(p, ev, &thread);
	if (!r)
		r = stats_event(p->stats, ev);
	if (r)
		return r;
	perfetto_put(p, ev, thread);
	if (half)
		perfetto_flow(p, ev, thread, half);
	perfetto_ended(p, ev);
	return ferror(p->out) ? -EIO : 0;
}

struct perfetto *perfetto_new(FILE *out)
{
	struct perfetto *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->out = out;
	p->stats = stats_new();
	p->pairs = pairs_new();
	if (!p->stats || !p->pairs) {
		perfetto_free(p);
		return NULL;
	}
	p->stats->ended_fn = perfetto_conn;
	p->stats->ended_ctx = p;
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out);
	return p;
}

int perfetto_end(struct perfetto *p)
{
	const struct stats *s = p->stats;

	for (size_t i = 0; i < s->tokens.size; i++)
		for (struct table_node *t = s->tokens.bucket[i]; t; t = t->next) {
			const struct stats_conn *c = table_entry(t, struct stats_conn, by_token);

			perfetto_conn(p, c, c->last);
		}
	fprintf(p->out, "\n],\"otherData\":{\"begin_ns\":\"%" PRIu64 "\"}}\n", (uint64_t)p->first);
	return ferror(p->out) ? -EIO : 0;
}

void perfetto_free(struct perfetto *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->names.size; i++)
		for (struct table_node *n = p->names.bucket[i], *next; n; n = next) {
			next = n->next;
			free(table_entry(n, struct perfetto_name, node));
		}
	table_free(&p->names);
	stats_free(p->stats);
	pairs_free(p->pairs);
	free(p->ended);
	free(p);
}
