// SPDX-License-Identifier: GPL-2.0-or-later
/* See why.h. */
#include "why.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "hook/observe.h"
#include "smc_address.h"
#include "smc_codec.h"
#include "smc_event_text.h"
#include "smc_text.h"
#include "base/who.h"

#define OWNERS 3	   /* that are named of each side; the others are counted */
#define SERVICES_MAX 65536 /* lines; what is beyond counts in one line of its cause */

/* The owner of a service, by its name and the first pid. */
struct owners {
	struct smcw_event first[OWNERS];
	unsigned int n;
	bool more;
};

struct row {
	struct table_node node;
	struct cause cause;
	struct smcw_event service; /* .local is the server's, whoever saw it */
	struct owners server, client;
	__u64 n, first;	  /* ns */
	bool unconnected; /* sockets that are not known to have had a connection */
};

/* Addresses at which SMC sockets listen or have answered. */
struct listener {
	struct table_node node;
	__be16 port;
	__u8 addr[16];
	__u32 reason; /* for which the socket is TCP's; 0: it is SMC's */
};

struct why {
	struct handshakes handshakes;
	struct facts facts[SMCW_HOSTS_MAX]; /* of each host */
	struct observed observed;
	struct table rows, listeners;
	__u64 smc; /* connections that reached it */
};

/* ---- services ------------------------------------------------------------------------- */

static void add_owner(struct owners *o, const struct smcw_event *ev)
{
	if (!ev->pid && !*ev->comm)
		return;
	for (unsigned int i = 0; i < o->n; i++)
		if (!memcmp(o->first[i].comm, ev->comm, sizeof(ev->comm))) {
			o->more |= o->first[i].pid != ev->pid;
			return;
		}
	if (o->n < OWNERS)
		o->first[o->n++] = *ev;
	else
		o->more = true;
}

/* The service is at the server's end; a client sees it from the other side. */
static void service_of(const struct handshake *h, struct smcw_event *to)
{
	*to = h->who;
	if (handshake_is_server(h))
		return;
	memcpy(to->local, h->who.peer, 16);
	memcpy(to->peer, h->who.local, 16);
	to->local_port = h->who.peer_port;
	to->peer_port = h->who.local_port;
}

static __u64 hash_row(const struct cause *c, const struct smcw_event *service)
{
	__u64 h = table_hash((__u64)c->id << 32 | c->reason, service->local, 16);

	h = table_hash(h, &service->local_port, sizeof(service->local_port));
	h = table_hash(h ^ c->diagnosis, &c->error, sizeof(c->error));
	h ^= (__u64)c->expected << 8 | c->came | (__u64)c->at_client << 16;
	/* A socket that has never had an address is known by its program alone. */
	if (!service->local_port)
		h = table_hash(h, service->comm, sizeof(service->comm));
	return table_hash(h, &service->stack, sizeof(service->stack));
}

static bool same_bytes(const struct cause *a, const struct cause *b)
{
	char x[128], y[128];

	if (a->id != CAUSE_GARBAGE_CLIENT && a->id != CAUSE_GARBAGE_SERVER)
		return true;
	/* An HTTP response is another one every time; what it is stands before the bytes. */
	cause_bytes(a->bytes, a->n_bytes, x, sizeof(x));
	cause_bytes(b->bytes, b->n_bytes, y, sizeof(y));
	return strcspn(x, "(") == strcspn(y, "(") && !strncmp(x, y, strcspn(x, "("));
}

static bool is_row(const struct row *r, const struct cause *c, const struct smcw_event *service)
{
	const struct smcw_event *s = &r->service;

	return r->cause.id == c->id && r->cause.reason == c->reason &&
	       r->cause.diagnosis == c->diagnosis && r->cause.error == c->error &&
	       r->cause.expected == c->expected && r->cause.came == c->came &&
	       r->cause.at_client == c->at_client && same_bytes(&r->cause, c) &&
	       s->stack == service->stack && s->local_port == service->local_port &&
	       !memcmp(s->local, service->local, 16) &&
	       (s->local_port || !memcmp(s->comm, service->comm, sizeof(s->comm)));
}

static struct row *find_row(struct table *rows, const struct cause *c,
			    const struct smcw_event *service)
{
	__u64 hash = hash_row(c, service);
	struct table_node *n = table_first(rows, hash);
	struct row *row;

	for (; n; n = table_next(n)) {
		row = table_entry(n, struct row, node);
		if (is_row(row, c, service))
			return row;
	}
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->cause = *c;
	row->service = *service;
	if (!table_add(rows, &row->node, hash))
		return row;
	free(row);
	return NULL;
}

static int why_add(struct table *rows, const struct cause *c, const struct handshake *h,
		   const struct handshake *other)
{
	struct smcw_event service;
	bool unconnected, listens = h->bits & HS_LISTENS;
	struct row *row;

	service_of(h, &service);
	/* So many services are those of nobody who runs them: one row for each cause then. */
	unconnected = !service.local_port && !cause_is_failure(c);
	if (rows->n >= SERVICES_MAX) {
		memset(&service, 0, sizeof(service));
		unconnected = false;
	}
	row = find_row(rows, c, &service);
	if (!row)
		return -ENOMEM;
	/* A service that listens with TCP counts as one until a connection to it does. */
	if (row->unconnected && row->service.local_port && !listens)
		row->n = 0;
	if (!row->n) {
		row->first = h->first;
		row->unconnected = unconnected || listens;
	}
	row->n += !listens || !row->n;
	if (c->waited > row->cause.waited)
		row->cause.waited = c->waited;
	add_owner(handshake_is_server(h) ? &row->server : &row->client, &h->who);
	if (other)
		add_owner(handshake_is_server(other) ? &row->server : &row->client, &other->who);
	return 0;
}

/* ---- listeners ------------------------------------------------------------------------- */

static __u64 hash_listener(const __u8 *addr, __be16 port)
{
	return table_hash(port, addr, 16);
}

static struct listener *listener_at(const struct why *w, const __u8 *addr, __be16 port)
{
	struct table_node *n = table_first(&w->listeners, hash_listener(addr, port));

	for (; n; n = table_next(n)) {
		struct listener *l = table_entry(n, struct listener, node);

		if (l->port == port && !memcmp(l->addr, addr, 16))
			return l;
	}
	return NULL;
}

/* One that listens at all of this host's addresses says nothing about another host's. */
static const struct listener *listener_of(const struct why *w, const struct smcw_event *service)
{
	static const __u8 any[16];
	__u8 any4[16];
	const struct listener *l = listener_at(w, service->local, service->local_port);

	smcw_put_mapped(any4, any);
	if (!l && who_is_own(service))
		l = listener_at(w, any, service->local_port);
	if (!l && who_is_own(service))
		l = listener_at(w, any4, service->local_port);
	return l;
}

static int why_add_listener(struct why *w, const __u8 *addr, __be16 port, __u32 reason)
{
	struct listener *l = listener_at(w, addr, port);

	if (l)
		l->reason = reason;
	if (!port || l || w->listeners.n >= SERVICES_MAX)
		return 0;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->port = port;
	l->reason = reason;
	memcpy(l->addr, addr, 16);
	return table_add(&w->listeners, &l->node, hash_listener(addr, port));
}

/* From "ADDRESS:PORT", "[ADDRESS]:PORT" or "*:PORT". */
static int add_listener_fact(struct why *w, const struct smcw_ev_fact *row)
{
	char name[SMCW_FACT_NAME_LEN + 1], *colon, *from = name;
	__u8 addr[16] = { 0 };
	__be16 port;

	facts_name(row, name, sizeof(name));
	colon = strrchr(name, ':');
	if (!colon)
		return 0;
	smcw_put16(&port, (__u16)strtoul(colon + 1, NULL, 10));
	*colon = '\0';
	if (*from == '[') {
		from++;
		from[strcspn(from, "]")] = '\0';
	}
	if (strcmp(from, "*") && who_parse_address(from, addr))
		return 0;
	return why_add_listener(w, addr, port, 0);
}

static int learn_facts(struct why *w, const struct smcw_event *ev)
{
	const struct smcw_ev_fact *row = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*row);
	int r = 0;

	for (i = 0; !r && i < n; i++) {
		if (row[i].topic == SMCW_FACT_LISTENER)
			r = add_listener_fact(w, &row[i]);
		else if (row[i].topic > SMCW_FACT_NOT_ASKED && row[i].topic < SMCW_FACT_LISTENER)
			r = facts_put(&w->facts[SMCW_EV_HOST_OF(ev)], &row[i]);
	}
	return r;
}

/* ---- events ---------------------------------------------------------------------------- */

/* Whether everything is observed that would show how a handshake goes on. */
static bool all_observed(const struct observed *o)
{
	static const char *const classes[] = { OBSERVE_CLC_SENT, OBSERVE_CLC_RECEIVED,
					       OBSERVE_FALLBACKS, OBSERVE_CONNS };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!observed_class(o, classes[i]))
			return false;
	return !observed_is_blind(o);
}

struct judging {
	const struct why *w;
	struct table *rows;
	__u64 smc;
	bool ended;
};

static int why_judge(struct judging *j, const struct handshake *h, const struct handshake *other)
{
	const struct listener *listener;
	struct smcw_event service;
	struct cause cause;
	struct cause_context context = {
		.facts = &j->w->facts[SMCW_EV_HOST_OF(&h->who)],
		.all_observed = all_observed(&j->w->observed),
		.now = j->ended ? j->w->handshakes.now : 0,
	};

	service_of(h, &service);
	listener = listener_of(j->w, &service);
	context.server_known = listener && !listener->reason;
	context.server_reason = listener ? listener->reason : 0;
	if (cause_find(h, other, &context, &cause))
		return why_add(j->rows, &cause, h, other);
	j->smc += h->bits & HS_READY || (other && other->bits & HS_READY);
	return 0;
}

static int judge_for_good(void *ctx, const struct handshake *h, const struct handshake *other)
{
	struct why *w = ctx;
	struct judging j = { .w = w, .rows = &w->rows };
	int r = why_judge(&j, h, other);

	w->smc += j.smc;
	return r;
}

static int judge_for_now(void *ctx, const struct handshake *h, const struct handshake *other)
{
	return why_judge(ctx, h, other);
}

/* The reason for which a socket that listens is TCP's: it was before, or is from now on. */
static __u32 listener_reason(const struct why *w, const struct smcw_event *ev)
{
	const struct smcw_ev_fallback *b = (const void *)(ev + 1);
	const struct handshake *h = handshakes_of(&w->handshakes, ev);

	if (ev->kind == SMCW_EV_FALLBACK)
		return smcw_get32(&b->reason);
	return h && h->bits & HS_FALLBACK ? h->reason : 0;
}

static bool is_of_listener(const struct smcw_event *ev)
{
	const struct smcw_ev_state *state = (const void *)(ev + 1);

	if (ev->kind == SMCW_EV_STATE)
		return state->now == SMCW_STATE_LISTEN;
	return ev->kind == SMCW_EV_FALLBACK && ev->role == SMCW_ROLE_LISTENER && !ev->peer_port;
}

int why_event(struct why *w, const struct smcw_event *ev)
{
	int r = observed_event(&w->observed, ev);

	if (!r && ev->kind == SMCW_EV_FACTS)
		r = learn_facts(w, ev);
	if (!r && is_of_listener(ev))
		r = why_add_listener(w, ev->local, ev->local_port, listener_reason(w, ev));
	if (!r && ev->role == SMCW_ROLE_SERVER && ev->kind == SMCW_EV_CLC)
		r = why_add_listener(w, ev->local, ev->local_port, 0);
	return r ? r : handshakes_event(&w->handshakes, ev);
}

struct why *why_new(void)
{
	struct why *w = calloc(1, sizeof(*w));

	if (w)
		handshakes_init(&w->handshakes, judge_for_good, w);
	return w;
}

static void free_rows(struct table *t, size_t node)
{
	for (size_t i = 0; i < t->size; i++)
		for (struct table_node *n = t->bucket[i], *next; n; n = next) {
			next = n->next;
			free((char *)n - node);
		}
	table_free(t);
}

void why_free(struct why *w)
{
	if (!w)
		return;
	handshakes_free(&w->handshakes);
	for (unsigned int host = 0; host < SMCW_HOSTS_MAX; host++)
		facts_free(&w->facts[host]);
	observed_free(&w->observed);
	free_rows(&w->rows, offsetof(struct row, node));
	free_rows(&w->listeners, offsetof(struct listener, node));
	free(w);
}

/* ---- printing -------------------------------------------------------------------------- */

static int why_by_count(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;

	if (x->n != y->n)
		return (x->n < y->n) - (x->n > y->n);
	if (x->first != y->first)
		return (x->first > y->first) - (x->first < y->first);
	return (x->cause.id > y->cause.id) - (x->cause.id < y->cause.id);
}

/* Copies of the rows that are there for good; what is still open is added to them. */
static int copy_rows(const struct table *from, struct table *to)
{
	for (size_t i = 0; i < from->size; i++)
		for (struct table_node *n = from->bucket[i]; n; n = n->next) {
			struct row *copy = malloc(sizeof(*copy));

			if (!copy)
				return -ENOMEM;
			*copy = *table_entry(n, struct row, node);
			if (table_add(to, &copy->node, n->hash)) {
				free(copy);
				return -ENOMEM;
			}
		}
	return 0;
}

struct result {
	struct table rows;
	struct row **sorted;
	__u64 wrong, failed, smc;
	__u64 unconnected; /* of wrong: sockets that are not known to have had a connection */
};

static void free_result(struct result *r)
{
	free(r->sorted);
	free_rows(&r->rows, offsetof(struct row, node));
}

static int why_whole(const struct why *w, struct result *result)
{
	struct judging j = { .w = w, .rows = &result->rows, .smc = w->smc, .ended = true };
	size_t at = 0;
	int r;

	*result = (struct result){ 0 };
	r = copy_rows(&w->rows, &result->rows);
	if (!r)
		r = handshakes_each(&w->handshakes, judge_for_now, &j);
	result->sorted = r ? NULL : calloc(result->rows.n + 1, sizeof(*result->sorted));
	if (!result->sorted) {
		free_result(result);
		return r ? r : -ENOMEM;
	}
	for (size_t i = 0; i < result->rows.size; i++)
		for (struct table_node *n = result->rows.bucket[i]; n; n = n->next) {
			struct row *row = table_entry(n, struct row, node);

			result->sorted[at++] = row;
			result->wrong += row->n;
			if (row->unconnected)
				result->unconnected += row->n;
			if (cause_is_failure(&row->cause))
				result->failed += row->n;
		}
	qsort(result->sorted, at, sizeof(*result->sorted), why_by_count);
	result->smc = j.smc;
	return 0;
}

static void put_owners(FILE *out, const char *before, const char *side, const struct owners *o)
{
	char owner[WHO_MAX];

	if (!o->n)
		return;
	fprintf(out, "%s%s ", before, side);
	for (unsigned int i = 0; i < o->n; i++)
		fprintf(out, "%s%s", i ? ", " : "", who_owner(&o->first[i], owner, sizeof(owner)));
	if (o->more)
		fputs(", ...", out);
}

static void put_service(FILE *out, const struct row *row)
{
	char where[WHO_MAX];

	if (row->unconnected && !row->service.local_port) { /* of which end is not known */
		fputs("a socket without a connection (", out);
		put_owners(out, "", "of", &row->client);
		put_owners(out, row->client.n && row->server.n ? ", " : "", "of", &row->server);
		fputs(")", out);
		return;
	}
	if (row->service.local_port)
		who_address(row->service.local, smcw_get16(&row->service.local_port), where,
			    sizeof(where));
	else
		snprintf(where, sizeof(where), "other services");
	fputs(where, out);
	if (row->server.n + row->client.n)
		fputs(" (", out);
	put_owners(out, "", "server", &row->server);
	put_owners(out, row->server.n ? "; " : "", "client", &row->client);
	if (row->server.n + row->client.n)
		fputs(")", out);
}

static char *why_place(const struct row *row)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	put_service(out, row);
	fclose(out);
	return text;
}

static int why_give(const struct why *w, const struct row *row, why_fn fn, void *ctx)
{
	enum smcp_rule rule = cause_rule(&row->cause);
	char *place = why_place(row), *text = cause_text(&row->cause),
	     *advice = cause_advice(&row->cause, &w->facts[SMCW_EV_HOST_OF(&row->service)]);
	const struct why_row given = {
		.n = row->n,
		.failed = cause_is_failure(&row->cause),
		.place = place ? place : "?",
		.text = text ? text : "?",
		.statement = rule < SMCP_RULES ? smcp_rules[rule].id : NULL,
		.advice = advice,
	};
	int r = fn(ctx, &given);

	free(place);
	free(text);
	free(advice);
	return r;
}

int why_each(const struct why *w, why_fn fn, void *ctx, struct why_sums *sums)
{
	struct result result;
	int r = why_whole(w, &result);

	if (r)
		return r;
	*sums = (struct why_sums){
		.rows = result.rows.n,
		.wrong = result.wrong,
		.failed = result.failed,
		.tcp = result.wrong - result.failed - result.unconnected,
		.unconnected = result.unconnected,
		.smc = result.smc,
		.certain = all_observed(&w->observed) && observed_all(&w->observed) &&
			   w->observed.classes.n,
	};
	for (size_t i = 0; !r && i < result.rows.n; i++)
		r = why_give(w, result.sorted[i], fn, ctx);
	free_result(&result);
	return r;
}

static int why_print_row(void *ctx, const struct why_row *row)
{
	FILE *out = ctx;

	fprintf(out, "%" PRIu64 " x  %s%s: %s", (uint64_t)row->n, row->place,
		row->failed ? " failed" : "", row->text);
	if (row->statement)
		fprintf(out, " [%s]", row->statement);
	if (row->advice)
		fprintf(out, ". To do: %s", row->advice);
	fputs(".\n", out);
	return 0;
}

/* Nothing is said of what nobody looked for. */
static void put_nothing(FILE *out, const struct why_sums *s)
{
	if (!s->certain)
		fputs("Nothing is known to be wrong, of what was observed", out);
	else
		fputs("Nothing is wrong: no connection fell back to TCP, and none failed", out);
	fprintf(out, "; %" PRIu64 " connection%s reached SMC.", (uint64_t)s->smc,
		s->smc == 1 ? "" : "s");
}

void why_put_sums(FILE *out, const struct why_sums *s)
{
	if (!s->rows) {
		put_nothing(out, s);
		return;
	}
	fprintf(out, "%" PRIu64 " failed, %" PRIu64 " stayed on TCP, %" PRIu64 " reached SMC",
		(uint64_t)s->failed, (uint64_t)s->tcp, (uint64_t)s->smc);
	if (s->unconnected)
		fprintf(out, "; %" PRIu64 " socket%s fell back without a connection",
			(uint64_t)s->unconnected, s->unconnected == 1 ? "" : "s");
	fputc('.', out);
}

long long why_print(const struct why *w, FILE *out)
{
	struct why_sums sums;
	int r = why_each(w, why_print_row, out, &sums);

	if (r)
		return r;
	why_put_sums(out, &sums);
	fputc('\n', out);
	observed_print(&w->observed, "", out);
	return ferror(out) ? -EIO : (long long)sums.wrong;
}

static json_t *json_owners(const struct owners *o)
{
	json_t *list = json_array();
	char owner[WHO_MAX];

	for (unsigned int i = 0; i < o->n; i++)
		json_array_append_new(list,
				      json_string(who_owner(&o->first[i], owner, sizeof(owner))));
	return list;
}

static json_t *json_row(const struct why *w, const struct row *row)
{
	char *text = cause_text(&row->cause),
	     *advice = cause_advice(&row->cause, &w->facts[SMCW_EV_HOST_OF(&row->service)]);
	char where[WHO_MAX];
	enum smcp_rule rule = cause_rule(&row->cause);
	json_t *o = json_object();

	who_address(row->service.local, smcw_get16(&row->service.local_port), where, sizeof(where));
	json_object_set_new(o, "service", json_string(where));
	json_object_set_new(o, "connections", json_integer((json_int_t)row->n));
	json_object_set_new(o, "failed", json_boolean(cause_is_failure(&row->cause)));
	json_object_set_new(o, "cause", json_string(cause_name(&row->cause)));
	json_object_set_new(o, "reason", json_sprintf("0x%08x", row->cause.reason));
	json_object_set_new(o, "diagnosis", json_sprintf("0x%08x", row->cause.diagnosis));
	json_object_set_new(o, "errno", json_integer(row->cause.error));
	json_object_set_new(o, "text", json_string(text ? text : ""));
	json_object_set_new(o, "statement",
			    rule < SMCP_RULES ? json_string(smcp_rules[rule].id) : json_null());
	json_object_set_new(o, "to_do", advice ? json_string(advice) : json_null());
	json_object_set_new(o, "servers", json_owners(&row->server));
	json_object_set_new(o, "clients", json_owners(&row->client));
	free(text);
	free(advice);
	return o;
}

long long why_print_json(const struct why *w, FILE *out)
{
	json_t *o = json_object(), *rows = json_array();
	char *line = observed_text(&w->observed);
	struct result result;
	long long wrong = why_whole(w, &result);

	for (size_t i = 0; !wrong && i < result.rows.n; i++)
		json_array_append_new(rows, json_row(w, result.sorted[i]));
	json_object_set_new(o, "causes", rows);
	if (!wrong) {
		json_object_set_new(o, "failed", json_integer((json_int_t)result.failed));
		json_object_set_new(o, "tcp",
				    json_integer((json_int_t)(result.wrong - result.failed -
							      result.unconnected)));
		json_object_set_new(o, "unconnected", json_integer((json_int_t)result.unconnected));
		json_object_set_new(o, "smc", json_integer((json_int_t)result.smc));
		wrong = (long long)result.wrong;
		free_result(&result);
	}
	json_object_set_new(o, "observed", json_string(line ? line : ""));
	free(line);
	if (json_dumpf(o, out, JSON_INDENT(2)) || fputc('\n', out) == EOF)
		wrong = -EIO;
	json_decref(o);
	return wrong;
}
