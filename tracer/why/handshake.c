// SPDX-License-Identifier: GPL-2.0-or-later
/* See handshake.h. */
#include "handshake.h"

#include <errno.h>

#include "smc_codec.h"
#include "base/who.h"

/* No handshake takes so long; what comes later of the same addresses is another one's. */
#define STALE_NS (200 * 1000000000ull)

void handshakes_init(struct handshakes *all, handshake_fn fn, void *ctx)
{
	*all = (struct handshakes){ .fn = fn, .ctx = ctx };
	TAILQ_INIT(&all->age);
}

void handshakes_free(struct handshakes *all)
{
	struct handshake *h;

	while ((h = TAILQ_FIRST(&all->age))) {
		TAILQ_REMOVE(&all->age, h, age);
		free(h);
	}
	table_free(&all->ends);
	table_free(&all->socks);
}

bool handshake_is_server(const struct handshake *h)
{
	if (h->who.role == SMCW_ROLE_SERVER || h->who.role == SMCW_ROLE_LISTENER)
		return true;
	if (h->who.role == SMCW_ROLE_CLIENT)
		return false;
	return h->bits & (HS_SYN_GOT | HS_ANSWER_SENT);
}

/* ---- finding ------------------------------------------------------------------------ */

static __u64 hash_ends(const struct smcw_event *ev, bool swapped)
{
	const __u8 *a = swapped ? ev->peer : ev->local, *b = swapped ? ev->local : ev->peer;
	__be16 p = swapped ? ev->peer_port : ev->local_port;
	__be16 q = swapped ? ev->local_port : ev->peer_port;
	__u64 h = table_hash(0, a, 16);

	h = table_hash(h, b, 16);
	h = table_hash(h, &p, sizeof(p));
	return table_hash(h, &q, sizeof(q));
}

static bool handshake_has_ends(const struct smcw_event *ev)
{
	return ev->local_port && ev->peer_port;
}

static bool handshake_same_ends(const struct smcw_event *a, const struct smcw_event *b)
{
	return SMCW_EV_SPACE(a) == SMCW_EV_SPACE(b) && a->netns == b->netns &&
	       a->local_port == b->local_port && a->peer_port == b->peer_port &&
	       !memcmp(a->local, b->local, 16) && !memcmp(a->peer, b->peer, 16);
}

static bool handshake_opposite(const struct smcw_event *a, const struct smcw_event *b)
{
	return (SMCW_EV_HOST_OF(a) != SMCW_EV_HOST_OF(b) || a->stack == b->stack) &&
	       a->local_port == b->peer_port && a->peer_port == b->local_port &&
	       !memcmp(a->local, b->peer, 16) && !memcmp(a->peer, b->local, 16);
}

static struct handshake *find_by_sock(const struct handshakes *all, const struct smcw_event *ev)
{
	struct table_node *n = ev->sock ? table_first(&all->socks, table_mix(ev->sock)) : NULL;

	for (; n; n = table_next(n)) {
		struct handshake *h = table_entry(n, struct handshake, by_sock);

		if (h->who.sock == ev->sock && SMCW_EV_SPACE(&h->who) == SMCW_EV_SPACE(ev))
			return h;
	}
	return NULL;
}

static struct handshake *find_ends(const struct handshakes *all, const struct smcw_event *ev,
				   bool same_sock)
{
	struct table_node *n =
		handshake_has_ends(ev) ? table_first(&all->ends, hash_ends(ev, false)) : NULL;

	for (; n; n = table_next(n)) {
		struct handshake *h = table_entry(n, struct handshake, by_ends);

		/* Another cookie is another socket, of an earlier connection. */
		if (handshake_same_ends(&h->who, ev) &&
		    (!same_sock || !h->who.sock || !ev->sock || h->who.sock == ev->sock))
			return h;
	}
	return NULL;
}

/* The end at the other side, which may be in another network namespace; the latest one. */
static struct handshake *find_other(const struct handshakes *all, const struct handshake *of)
{
	struct table_node *n = handshake_has_ends(&of->who) ?
				       table_first(&all->ends, hash_ends(&of->who, true)) :
				       NULL;
	struct handshake *found = NULL;

	for (; n; n = table_next(n)) {
		struct handshake *h = table_entry(n, struct handshake, by_ends);

		if (h != of && handshake_opposite(&h->who, &of->who) &&
		    (!found || h->first > found->first))
			found = h;
	}
	return found;
}

/* ---- beginning and ending ------------------------------------------------------------- */

static void handshake_forget(struct handshakes *all, struct handshake *h)
{
	if (handshake_has_ends(&h->who))
		table_remove(&all->ends, &h->by_ends);
	if (h->who.sock)
		table_remove(&all->socks, &h->by_sock);
	TAILQ_REMOVE(&all->age, h, age);
	all->n--;
	free(h);
}

/* Both ends are judged at once; the second one is kept, for it may be the newer. */
static int handshake_conclude(struct handshakes *all, struct handshake *h)
{
	struct handshake *other = find_other(all, h);
	int r = 0;

	if (!h->joined && all->fn)
		r = all->fn(all->ctx, h, other && !other->joined ? other : NULL);
	if (other && !h->joined)
		other->joined = true;
	handshake_forget(all, h);
	return r;
}

static int handshake_begin(struct handshakes *all, const struct smcw_event *ev,
			   struct handshake **out)
{
	struct handshake *h;
	int r = 0;

	if (all->n == HANDSHAKES_MAX)
		r = handshake_conclude(all, TAILQ_FIRST(&all->age));
	h = r ? NULL : calloc(1, sizeof(*h));
	if (!h)
		return r ? r : -ENOMEM;
	h->who = *ev;
	h->first = smcw_get64(&ev->time);
	TAILQ_INSERT_TAIL(&all->age, h, age);
	all->n++;
	if (handshake_has_ends(ev))
		r = table_add(&all->ends, &h->by_ends, hash_ends(ev, false));
	if (!r && ev->sock)
		r = table_add(&all->socks, &h->by_sock, table_mix(ev->sock));
	*out = h;
	return r;
}

/* A later event may know more of it: the cookie, addresses, the owner. */
static int handshake_learn(struct handshakes *all, struct handshake *h, const struct smcw_event *ev)
{
	bool ends = !handshake_has_ends(&h->who) && handshake_has_ends(ev),
	     sock = !h->who.sock && ev->sock;
	int r = 0;

	if (ends) {
		memcpy(h->who.local, ev->local, 16);
		memcpy(h->who.peer, ev->peer, 16);
		h->who.local_port = ev->local_port;
		h->who.peer_port = ev->peer_port;
		r = table_add(&all->ends, &h->by_ends, hash_ends(ev, false));
	}
	if (sock && !r) {
		h->who.sock = ev->sock;
		r = table_add(&all->socks, &h->by_sock, table_mix(ev->sock));
	}
	if (ev->role)
		h->who.role = ev->role;
	if (ev->pid) {
		h->who.pid = ev->pid;
		h->who.owner = ev->owner;
		h->who.cgroup = ev->cgroup;
		memcpy(h->who.comm, ev->comm, sizeof(h->who.comm));
	}
	return r;
}

/* ---- events --------------------------------------------------------------------------- */

static bool is_new_syn(const struct smcw_event *ev)
{
	const struct smcw_ev_syn *b = (const void *)(ev + 1);

	return ev->kind == SMCW_EV_SYN && b->present && !b->answer;
}

/*
 * Events that begin a handshake. A socket may have fallen back before anything was sent; that a
 * connection is freed, or a socket closed, is of no handshake unless one was seen.
 */
static bool handshake_begins(const struct smcw_event *ev)
{
	switch (ev->kind) {
	case SMCW_EV_SYN:
	case SMCW_EV_CLC:
	case SMCW_EV_FALLBACK:
	case SMCW_EV_CLC_FAILED:
		return true;
	case SMCW_EV_CONN_READY:
		return !(ev->flags & SMCW_EV_SEEN) && ev->hook != SMCW_HOOK_CONN_ACCEPT;
	default:
		return false;
	}
}

static bool handshake_matters(const struct smcw_event *ev)
{
	return handshake_begins(ev) || ev->kind == SMCW_EV_STATE || ev->kind == SMCW_EV_CONN_FREE;
}

static int handshake_find(struct handshakes *all, const struct smcw_event *ev,
			  struct handshake **out)
{
	struct handshake *h = find_by_sock(all, ev);
	__u64 now = smcw_get64(&ev->time);
	int r;

	if (!h)
		h = find_ends(all, ev, true);
	/* A SYN is the first of a new one, whatever became of the one before. */
	if (h && handshake_begins(ev) && (is_new_syn(ev) || now > h->last + STALE_NS)) {
		r = handshake_conclude(all, h);
		if (r)
			return r;
		h = NULL;
	}
	*out = h;
	if (h)
		return handshake_learn(all, h, ev);
	if (!handshake_begins(ev))
		return 0;
	/* Another socket has the addresses: of the one that had them nothing more will come. */
	h = find_ends(all, ev, false);
	r = h ? handshake_conclude(all, h) : 0;
	return r ? r : handshake_begin(all, ev, out);
}

static void take_step(struct handshake *h, enum handshake_step step, const struct smcw_event *ev)
{
	if (!h->step[step])
		h->step[step] = smcw_get64(&ev->time);
}

static void take_syn(struct handshake *h, const struct smcw_event *ev)
{
	const struct smcw_ev_syn *b = (const void *)(ev + 1);
	bool out = SMCW_EV_DIR_OF(ev) == SMCW_DIR_OUT;

	if (!b->answer && b->present && !b->cookie)
		take_step(h, HS_STEP_SYN, ev);

	if (b->error) {
		h->bits |= HS_SYN_FAILED;
		h->error = smcw_get32(&b->error);
	}
	if (b->cookie)
		h->bits |= HS_COOKIE;
	else if (!b->answer && b->present)
		h->bits |= out ? HS_SYN_SENT : HS_SYN_GOT;
	else if (!b->answer)
		return; /* of a socket that fell back before */
	else if (out)
		h->bits |= HS_ANSWER_SENT;
	else
		h->bits |= b->present ? HS_ANSWER_GOT : HS_ANSWER_PLAIN;
}

static void keep_bytes(struct handshake *h, const __u8 *from, size_t len)
{
	h->n_bytes = (__u8)(len < HANDSHAKE_BYTES ? len : HANDSHAKE_BYTES);
	memcpy(h->bytes, from, h->n_bytes);
}

/* The eyecatcher is that of SMC-R or of SMC-D, in EBCDIC. */
static bool is_clc(const __u8 *at, size_t len)
{
	return len >= sizeof(struct smcw_clc_hdr) && at[0] == 0xe2 && at[1] == 0xd4 &&
	       at[2] == 0xc3 && (at[3] == 0xd9 || at[3] == 0xc4);
}

static void take_clc_step(struct handshake *h, unsigned int type, const struct smcw_event *ev)
{
	if (type == SMCW_PROPOSAL)
		take_step(h, HS_STEP_PROPOSAL, ev);
	else if (type == SMCW_ACCEPT)
		take_step(h, HS_STEP_ACCEPT, ev);
	else if (type == SMCW_CONFIRM)
		take_step(h, HS_STEP_CONFIRM, ev);
}

static void take_clc(struct handshake *h, const struct smcw_event *ev)
{
	const __u8 *msg = (const __u8 *)(ev + 1);
	size_t len = smcw_get16(&ev->length);
	bool out = SMCW_EV_DIR_OF(ev) == SMCW_DIR_OUT;
	struct smcw_decline_parts decline;
	struct smcw_layout l;

	if (!is_clc(msg, len)) {
		if (!out && len) {
			h->bits |= HS_GARBAGE;
			keep_bytes(h, msg, len);
		}
		return;
	}
	smcw_event_message(ev, &l);
	take_clc_step(h, l.type, ev);
	if (out) {
		h->sent |= (__u8)(1u << (l.type & 7));
		return;
	}
	h->got |= (__u8)(1u << (l.type & 7));
	keep_bytes(h, msg, len);
	if (l.faults && ev->length == ev->original)
		h->bits |= HS_MALFORMED;
	if (!smcw_decline_parse(msg, &l, &decline) && decline.decline && !h->diagnosis)
		h->diagnosis = smcw_get32(&decline.decline->diagnosis);
}

static void take_failure(struct handshake *h, const struct smcw_event *ev)
{
	const struct smcw_ev_clc_failed *b = (const void *)(ev + 1);
	__u32 error = smcw_get32(&b->error);

	/* A wait for a Decline that may or may not come ends in vain as a rule. */
	if (b->expected == SMCW_DECLINE && (error == EAGAIN || error == ETIMEDOUT))
		return;
	h->bits |= HS_FAILED;
	h->error = error;
	h->expected = b->expected;
	h->came = smcw_value_text(SMCW_LIST_clc_types, b->got) ? b->got : 0;
	/* EPROTO is what bytes are answered with; without any it would be another error. */
	if (error == EPROTO && !h->came && !h->n_bytes)
		h->bits |= HS_GARBAGE;
}

static void take_fallback(struct handshake *h, const struct smcw_event *ev)
{
	const struct smcw_ev_fallback *b = (const void *)(ev + 1);

	h->bits |= HS_FALLBACK;
	if (ev->role == SMCW_ROLE_LISTENER && ev->local_port && !ev->peer_port)
		h->bits |= HS_LISTENS;
	h->reason = smcw_get32(&b->reason);
	if (b->diagnosis)
		h->diagnosis = smcw_get32(&b->diagnosis);
}

static void take_state(struct handshake *h, const struct smcw_event *ev)
{
	const struct smcw_ev_state *b = (const void *)(ev + 1);

	if (b->now == SMCW_STATE_ACTIVE) {
		h->bits |= HS_READY;
		take_step(h, HS_STEP_ACTIVE, ev);
	}
	if (b->now == SMCW_STATE_LISTEN && !h->who.local_port) {
		h->bits |= HS_LISTENS;
		h->who.role = SMCW_ROLE_LISTENER;
		h->who.local_port = ev->local_port;
		memcpy(h->who.local, ev->local, sizeof(h->who.local));
	}
	if (b->now != SMCW_STATE_CLOSED)
		return;
	h->bits |= HS_CLOSED;
	if (!h->error)
		h->error = smcw_get32(&b->error);
}

static void handshake_take(struct handshake *h, const struct smcw_event *ev)
{
	const struct smcw_ev_conn *conn = (const void *)(ev + 1);

	switch (ev->kind) {
	case SMCW_EV_SYN:
		take_syn(h, ev);
		break;
	case SMCW_EV_CLC:
		take_clc(h, ev);
		break;
	case SMCW_EV_CLC_FAILED:
		take_failure(h, ev);
		break;
	case SMCW_EV_FALLBACK:
		take_fallback(h, ev);
		break;
	case SMCW_EV_STATE:
		take_state(h, ev);
		break;
	case SMCW_EV_CONN_READY:
		if (!conn->error)
			h->bits |= HS_READY;
		break;
	default:
		break;
	}
	h->last = smcw_get64(&ev->time);
}

int handshakes_event(struct handshakes *all, const struct smcw_event *ev)
{
	struct handshake *h = NULL;
	int r;

	all->now = smcw_get64(&ev->time);
	if (!handshake_matters(ev))
		return 0;
	r = handshake_find(all, ev, &h);
	if (!r && h)
		handshake_take(h, ev);
	return r;
}

const struct handshake *handshakes_of(const struct handshakes *all, const struct smcw_event *ev)
{
	return find_by_sock(all, ev);
}

int handshakes_each(const struct handshakes *all, handshake_fn fn, void *ctx)
{
	struct handshake *h, *other;
	int r = 0;

	for (h = TAILQ_FIRST(&all->age); !r && h; h = TAILQ_NEXT(h, age)) {
		other = find_other(all, h);
		/* With its other end it is the turn of the client's. */
		if (h->joined || (other && !other->joined && handshake_is_server(h) &&
				  find_other(all, other) == h))
			continue;
		r = fn(ctx, h,
		       other && !other->joined && find_other(all, other) == h ? other : NULL);
	}
	return r;
}
