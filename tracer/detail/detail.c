// SPDX-License-Identifier: GPL-2.0-or-later
/* See detail.h. */
#include "detail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/who.h"
#include "smc_codec.h"
#include "smc_event_text.h"

#define KEYS_MAX (DETAILS_MAX * 16)
/* The other end's events are looked for so long before and after those of the chosen one. */
#define APART_NS 1000000000ull

enum key_kind { KEY_SOCK, KEY_CONN, KEY_ENDS, KEY_GROUP, KEY_KINDS };

/* The mark by which an event is one of a connection's end. */
struct detail_key {
	struct table_node node;
	enum key_kind kind;
	struct smcw_event ev; /* with the same */
	struct detail *of;
	unsigned int side;
	__u64 from, to; /* ns: numbers and addresses are another one's before and after */
};

struct details {
	struct detail *row;
	size_t n;
	struct table keys;
	struct detail_key key[KEYS_MAX];
	size_t n_keys;
	struct pairs *pairs;
	unsigned long serial;
};

/* ---- keys ------------------------------------------------------------------------------- */

static bool detail_has(const struct smcw_event *ev, enum key_kind kind)
{
	switch (kind) {
	case KEY_SOCK:
		return ev->sock;
	case KEY_CONN:
		return ev->conn;
	case KEY_ENDS:
		return ev->local_port && ev->peer_port;
	default:
		return ev->lgr && ev->kind == SMCW_EV_LLC;
	}
}

static __u64 detail_hash(const struct smcw_event *ev, enum key_kind kind)
{
	__u64 space = (__u64)SMCW_EV_SPACE(ev) << 40 | (__u64)kind << 60;

	switch (kind) {
	case KEY_SOCK:
		return table_mix(ev->sock ^ space);
	case KEY_CONN:
		return table_mix(ev->conn ^ space);
	case KEY_ENDS: /* of either end, and any host */
		return table_mix((__u64)ev->local_port * ev->peer_port + ev->local_port +
				 ev->peer_port);
	default:
		return table_mix(ev->lgr ^ space);
	}
}

static bool detail_swapped(const struct smcw_event *a, const struct smcw_event *b)
{
	return a->local_port == b->peer_port && a->peer_port == b->local_port &&
	       !memcmp(a->local, b->peer, 16) && !memcmp(a->peer, b->local, 16) &&
	       (SMCW_EV_HOST_OF(a) != SMCW_EV_HOST_OF(b) || a->stack == b->stack);
}

static bool detail_matches(const struct detail_key *k, const struct smcw_event *ev)
{
	const struct smcw_event *own = &k->ev;
	__u64 time = smcw_get64(&ev->time);

	if (k->kind != KEY_SOCK && (time < k->from || time > k->to))
		return false;
	if (k->kind == KEY_ENDS && k->side != k->of->side)
		return detail_swapped(own, ev);
	if (SMCW_EV_SPACE(own) != SMCW_EV_SPACE(ev))
		return false;
	switch (k->kind) {
	case KEY_SOCK:
		return own->sock == ev->sock;
	case KEY_CONN:
		return own->conn == ev->conn && (!ev->sock || !own->sock || own->sock == ev->sock);
	case KEY_ENDS:
		return own->netns == ev->netns && who_same_ends(own, ev) &&
		       (!ev->sock || !own->sock || own->sock == ev->sock);
	default:
		return own->lgr == ev->lgr;
	}
}

static int detail_add_key(struct details *d, struct detail *of, unsigned int side,
			  enum key_kind kind, const struct smcw_event *ev)
{
	__u64 apart = side == of->side ? 0 : APART_NS, begin = of->conn.start;
	struct detail_key *k = &d->key[d->n_keys];

	if (d->n_keys == KEYS_MAX)
		return 0;
	d->n_keys++;
	*k = (struct detail_key){ .kind = kind, .ev = *ev, .of = of, .side = side };
	k->from = begin > apart ? begin - apart : 0;
	k->to = of->until + apart;
	/* A group's messages are those of the handshake alone. */
	if (kind == KEY_GROUP)
		k->to = begin + of->conn.handshake;
	return table_add(&d->keys, &k->node, detail_hash(ev, kind));
}

static bool detail_knows(const struct details *d, const struct detail *of, unsigned int side,
			 enum key_kind kind)
{
	for (size_t i = 0; i < d->n_keys; i++)
		if (d->key[i].of == of && d->key[i].side == side && d->key[i].kind == kind)
			return true;
	return false;
}

/* The numbers of an end, as its events bring them. */
static int detail_learn(struct details *d, struct detail *of, unsigned int side,
			const struct smcw_event *ev)
{
	struct smcw_event *end = &of->end[side];
	int r = 0;

	if (!of->known[side] || (!end->pid && ev->pid) || (!end->local_port && ev->local_port) ||
	    (!end->conn && ev->conn)) {
		*end = *ev;
		of->known[side] = true;
	}
	if (ev->sock && !detail_knows(d, of, side, KEY_SOCK))
		r = detail_add_key(d, of, side, KEY_SOCK, ev);
	if (!r && ev->conn && !detail_knows(d, of, side, KEY_CONN))
		r = detail_add_key(d, of, side, KEY_CONN, ev);
	if (!r && ev->lgr && of->conn.handshake && !detail_knows(d, of, side, KEY_GROUP))
		r = detail_add_key(d, of, side, KEY_GROUP, ev);
	return r;
}

/* ---- choosing --------------------------------------------------------------------------- */

static struct detail *details_find(const struct details *d, const struct stats_conn *c)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct stats_conn *have = &d->row[i].conn;

		if (choice_same(have, c) ||
		    (have->start == c->start &&
		     SMCW_EV_SPACE(&have->who) == SMCW_EV_SPACE(&c->who) &&
		     have->who.conn == c->who.conn && have->who.sock == c->who.sock))
			return &d->row[i];
	}
	return NULL;
}

static bool detail_is_server(const struct smcw_event *ev)
{
	return ev->role == SMCW_ROLE_SERVER || ev->role == SMCW_ROLE_LISTENER;
}

static int details_take(struct details *d, const struct top_row *row, unsigned int why)
{
	struct detail *of = details_find(d, &row->conn);
	int r = 0;

	if (of) {
		of->why |= 1u << why;
		return 0;
	}
	of = &d->row[d->n++];
	of->conn = row->conn;
	of->until = row->until;
	of->why = 1u << why;
	of->side = detail_is_server(&row->conn.who);
	r = detail_learn(d, of, of->side, &row->conn.who);
	if (!r && detail_has(&row->conn.who, KEY_ENDS)) {
		r = detail_add_key(d, of, of->side, KEY_ENDS, &row->conn.who);
		if (!r)
			r = detail_add_key(d, of, !of->side, KEY_ENDS, &row->conn.who);
	}
	return r;
}

struct details *details_new(const struct choice *choice)
{
	struct details *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return NULL;
	d->row = calloc(DETAILS_MAX, sizeof(*d->row));
	d->pairs = pairs_new();
	for (unsigned int why = 0; d->row && !r && why < CHOICE_COUNT; why++) {
		struct top sorted = choice->of[why];

		top_sort(&sorted);
		for (size_t i = 0; !r && i < sorted.n; i++)
			r = details_take(d, &sorted.row[i], why);
	}
	if (d->row && d->pairs && !r)
		return d;
	details_free(d);
	return NULL;
}

void details_free(struct details *d)
{
	if (!d)
		return;
	table_free(&d->keys);
	pairs_free(d->pairs);
	free(d->row);
	free(d);
}

/* ---- events ----------------------------------------------------------------------------- */

static struct detail_event *detail_slot(struct detail *d, __u64 n)
{
	return &d->event[n < DETAIL_HEAD ? n : DETAIL_HEAD + (n - DETAIL_HEAD) % DETAIL_TAIL];
}

static struct detail_event *detail_by_id(struct detail *d, __be64 id)
{
	size_t n = d->n < DETAIL_HEAD + DETAIL_TAIL ? (size_t)d->n : DETAIL_HEAD + DETAIL_TAIL;

	for (size_t i = 0; i < n; i++)
		if (d->event[i].id == id)
			return &d->event[i];
	return NULL;
}

static bool detail_is_message(const struct smcw_event *ev)
{
	return ev->kind == SMCW_EV_CLC || ev->kind == SMCW_EV_LLC || ev->kind == SMCW_EV_CDC;
}

static void detail_store(struct detail *d, unsigned int side, const struct smcw_event *ev,
			 const struct smcw_event *half)
{
	struct detail_event *e = detail_slot(d, d->n++);
	char line[SMCW_LINE_MAX];
	const char *text = line;

	smcw_event_text(ev, line, sizeof(line));
	*e = (struct detail_event){ .id = ev->id, .kind = ev->kind, .from = (__u8)side };
	e->time[side] = smcw_get64(&ev->time);
	e->message = detail_is_message(ev);
	if (e->message && SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN)
		e->from = !side;
	if (half)
		e->time[!side] = smcw_get64(&half->time);
	if (e->message && (*text == '>' || *text == '<'))
		text += 2;
	snprintf(e->text, sizeof(e->text), "%.*s", DETAIL_TEXT - 1, text);
}

/* An event of an end; @half: the other half of the message, which came before. */
static int detail_take(struct details *d, struct detail *of, unsigned int side,
		       const struct smcw_event *ev, const struct smcw_event *half)
{
	struct detail_event *e;
	int r;

	if (of->seen == d->serial)
		return 0;
	of->seen = d->serial;
	r = detail_learn(d, of, side, ev);
	if (!r && half)
		r = detail_learn(d, of, !side, half);
	e = half ? detail_by_id(of, ev->id) : NULL;
	if (e)
		e->time[side] = smcw_get64(&ev->time);
	else if (!half || of->n <= DETAIL_HEAD + DETAIL_TAIL) /* else it was kept for a while */
		detail_store(of, side, ev, half);
	return r;
}

/* The keys of one kind that an event has. They are collected first: taking an event adds some. */
static size_t details_keys(const struct details *d, const struct smcw_event *like,
			   enum key_kind kind, struct detail_key **found)
{
	struct table_node *n =
		detail_has(like, kind) ? table_first(&d->keys, detail_hash(like, kind)) : NULL;
	size_t count = 0;

	for (; n && count < DETAILS_MAX; n = table_next(n)) {
		struct detail_key *k = table_entry(n, struct detail_key, node);

		if (k->kind == kind && detail_matches(k, like))
			found[count++] = k;
	}
	return count;
}

/* All connections that @like is of take @ev, at its end or at the other one. */
static int details_give(struct details *d, const struct smcw_event *like, bool other,
			const struct smcw_event *ev, const struct smcw_event *half)
{
	struct detail_key *found[DETAILS_MAX];
	int r = 0;

	for (unsigned int kind = 0; kind < KEY_KINDS; kind++) {
		size_t n = details_keys(d, like, kind, found);

		for (size_t i = 0; !r && i < n; i++)
			r = detail_take(d, found[i]->of, other ? !found[i]->side : found[i]->side,
					ev, half);
	}
	return r;
}

int details_event(struct details *d, const struct smcw_event *ev)
{
	const struct smcw_event *half = pairs_event(d->pairs, ev);
	int r;

	d->serial++;
	r = details_give(d, ev, false, ev, half);
	/* An end that is known by its messages alone: NAT gives it other addresses. */
	if (!r && half)
		r = details_give(d, half, true, ev, half);
	return r;
}

/* ---- what was kept ------------------------------------------------------------------------ */

size_t details_n(const struct details *d)
{
	return d->n;
}

const struct detail *details_at(const struct details *d, size_t i)
{
	return &d->row[i];
}

__u64 detail_time(const struct detail_event *e)
{
	if (!e->time[0] || !e->time[1])
		return e->time[0] ? e->time[0] : e->time[1];
	return e->time[0] < e->time[1] ? e->time[0] : e->time[1];
}

static int detail_compare(const void *a, const void *b)
{
	const struct detail_event *x = *(const struct detail_event *const *)a;
	const struct detail_event *y = *(const struct detail_event *const *)b;
	__u64 v = detail_time(x), w = detail_time(y);

	if (v != w)
		return (v > w) - (v < w);
	return (x > y) - (x < y);
}

size_t detail_sorted(const struct detail *d, const struct detail_event **sorted)
{
	size_t n = d->n < DETAIL_HEAD + DETAIL_TAIL ? (size_t)d->n : DETAIL_HEAD + DETAIL_TAIL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &d->event[i];
	qsort(sorted, n, sizeof(*sorted), detail_compare);
	return n;
}
