// SPDX-License-Identifier: GPL-2.0-or-later
/* Why TCP. See why.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "smc_event_text.h"
#include "smc_text.h"
#include "who.h"
#include "why.h"

#define WAITING_MAX 1024 /* answers without the option, before their fallback is told */

struct cause {
	struct smcw_event who; /* of the first one */
	__u32 reason;
	__u32 diagnosis;
	__u64 n;
};

struct why {
	struct cause *cause;
	size_t n;
	struct smcw_event *waiting;
	size_t n_waiting;
};

const char *why_advice(__u32 reason)
{
	return smcw_reason_advice(reason);
}

struct why *why_new(void)
{
	return calloc(1, sizeof(struct why));
}

void why_free(struct why *w)
{
	if (!w)
		return;
	free(w->cause);
	free(w->waiting);
	free(w);
}

/* ---- grouping ---------------------------------------------------------------------- */

/* The client's port is another one every time. */
static int is_equal(const struct cause *c, const struct smcw_event *ev)
{
	const struct smcw_event *b = &c->who;

	return b->role == ev->role && b->netns == ev->netns && b->stack == ev->stack &&
	       b->pid == ev->pid && !memcmp(b->comm, ev->comm, sizeof(b->comm)) &&
	       !memcmp(b->local, ev->local, sizeof(b->local)) &&
	       !memcmp(b->peer, ev->peer, sizeof(b->peer)) &&
	       (ev->role == SMCW_ROLE_CLIENT ? b->peer_port == ev->peer_port :
					       b->local_port == ev->local_port);
}

static int add(struct why *w, const struct smcw_event *ev, __u32 reason, __u32 diagnosis)
{
	struct cause *c;
	size_t i;

	for (i = 0; i < w->n; i++) {
		c = &w->cause[i];
		if (c->reason == reason && c->diagnosis == diagnosis && is_equal(c, ev)) {
			c->n++;
			return 0;
		}
	}
	c = realloc(w->cause, (w->n + 1) * sizeof(*c));
	if (!c)
		return -ENOMEM;
	w->cause = c;
	c[w->n++] = (struct cause){ *ev, reason, diagnosis, 1 };
	return 0;
}

static void stop_waiting(struct why *w, size_t i)
{
	memmove(&w->waiting[i], &w->waiting[i + 1], (w->n_waiting - i - 1) * sizeof(*w->waiting));
	w->n_waiting--;
}

/* The fallback is told a moment later, if that hook works: count only one of the two. */
static int add_answer(struct why *w, const struct smcw_event *ev)
{
	int r = 0;

	if (!w->waiting)
		w->waiting = calloc(WAITING_MAX, sizeof(*w->waiting));
	if (!w->waiting)
		return -ENOMEM;
	if (w->n_waiting == WAITING_MAX) {
		r = add(w, &w->waiting[0], SMCW_DECL_PEERNOSMC, 0);
		stop_waiting(w, 0);
	}
	w->waiting[w->n_waiting++] = *ev;
	return r;
}

static int add_fallback(struct why *w, const struct smcw_event *ev)
{
	const struct smcw_ev_fallback *b = (const void *)(ev + 1);
	size_t i;

	for (i = 0; i < w->n_waiting; i++)
		if (who_same(&w->waiting[i], ev)) {
			stop_waiting(w, i);
			break;
		}
	return add(w, ev, smcw_get32(&b->reason), smcw_get32(&b->diagnosis));
}

int why_event(struct why *w, const struct smcw_event *ev)
{
	const struct smcw_ev_syn *syn = (const void *)(ev + 1);

	if (ev->kind == SMCW_EV_FALLBACK)
		return add_fallback(w, ev);
	if (ev->kind == SMCW_EV_SYN && syn->answer && !syn->present)
		return add_answer(w, ev);
	return 0;
}

/* ---- printing ---------------------------------------------------------------------- */

static void put_who(FILE *out, const struct smcw_event *ev)
{
	char owner[WHO_MAX], local[WHO_MAX], peer[WHO_MAX];
	__u16 local_port = smcw_get16(&ev->local_port), peer_port = smcw_get16(&ev->peer_port);
	const char *role = smcw_value_text(SMCW_LIST_event_roles, ev->role);
	int client = ev->role == SMCW_ROLE_CLIENT;

	who_address(ev->local, client ? 0 : local_port, local, sizeof(local));
	who_address(ev->peer, client ? peer_port : 0, peer, sizeof(peer));
	fprintf(out, "%s, %s, %s %s %s", who_owner(ev, owner, sizeof(owner)),
		ev->role != SMCW_ROLE_UNKNOWN && role ? role : "role unknown", local,
		client ? "->" : "<-", peer);
}

static void put_why(FILE *out, __u32 reason, __u32 diagnosis)
{
	/* What the peer found is to be mended where it was found. */
	int peers = reason == SMCW_DECL_PEERDECL;
	const char *advice = why_advice(peers ? diagnosis : reason);

	fprintf(out, ": %s (0x%08x)", smcw_reason_text(reason), reason);
	if (diagnosis)
		fprintf(out, ", its diagnosis: %s (0x%08x)", smcw_reason_text(diagnosis),
			diagnosis);
	else if (peers)
		fputs(", its diagnosis is not known", out);
	if (advice)
		fprintf(out, ". To do%s: %s", peers ? ", as the peer sees it" : "", advice);
	else if (peers)
		fputs(". To do: trace the peer too", out);
	fputs(".\n", out);
}

static void put_cause(FILE *out, const struct cause *c)
{
	fprintf(out, "%" PRIu64 " x  ", (uint64_t)c->n);
	put_who(out, &c->who);
	put_why(out, c->reason, c->diagnosis);
}

static int by_count(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;
	__u64 i = smcw_get64(&x->who.time), j = smcw_get64(&y->who.time);

	if (x->n != y->n)
		return (x->n < y->n) - (x->n > y->n);
	return (i > j) - (i < j);
}

/* A copy, with those that wait for a fallback no longer waiting. */
static int whole(const struct why *w, struct why *all)
{
	size_t i;
	int r = 0;

	*all = (struct why){ .n = w->n };
	all->cause = calloc(w->n + 1, sizeof(*all->cause));
	if (!all->cause)
		return -ENOMEM;
	if (w->n)
		memcpy(all->cause, w->cause, w->n * sizeof(*all->cause));
	for (i = 0; !r && i < w->n_waiting; i++)
		r = add(all, &w->waiting[i], SMCW_DECL_PEERNOSMC, 0);
	if (r)
		free(all->cause);
	return r;
}

int why_print(const struct why *w, FILE *out)
{
	struct why all;
	size_t i;
	int r = whole(w, &all);

	if (r)
		return r;
	qsort(all.cause, all.n, sizeof(*all.cause), by_count);
	for (i = 0; i < all.n; i++)
		put_cause(out, &all.cause[i]);
	if (!all.n)
		fputs("No connection fell back to TCP.\n", out);
	free(all.cause);
	return ferror(out) ? -EIO : 0;
}
