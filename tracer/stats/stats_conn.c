// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections: their bytes, and whether they are there. See stats.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cdc_rules.h"
#include "smc_codec.h"
#include "stats_private.h"
#include "base/who.h"

/* ---- finding ---------------------------------------------------------------------- */

static __u64 hash_token(const struct smcw_event *ev)
{
	return table_mix((__u64)SMCW_EV_SPACE(ev) << 32 | ev->conn);
}

static __u64 hash_lgr(const struct smcw_event *ev)
{
	return table_mix((__u64)SMCW_EV_SPACE(ev) << 32 | ev->lgr | 1ull << 48);
}

static bool stats_conn_has_ends(const struct smcw_event *ev)
{
	return ev->local_port && ev->peer_port;
}

static struct stats_conn *find_token(const struct stats *s, const struct smcw_event *ev)
{
	struct table_node *n = table_first(&s->tokens, hash_token(ev));

	for (; n; n = table_next(n)) {
		struct stats_conn *c = table_entry(n, struct stats_conn, by_token);

		if (c->who.conn == ev->conn && SMCW_EV_SPACE(&c->who) == SMCW_EV_SPACE(ev))
			return c;
	}
	return NULL;
}

static struct stats_conn *find_sock(const struct stats *s, const struct smcw_event *ev)
{
	struct table_node *n = ev->sock ? table_first(&s->socks, table_mix(ev->sock)) : NULL;

	for (; n; n = table_next(n)) {
		struct stats_conn *c = table_entry(n, struct stats_conn, by_sock);

		if (c->who.sock == ev->sock && SMCW_EV_SPACE(&c->who) == SMCW_EV_SPACE(ev))
			return c;
	}
	return NULL;
}

/* ---- groups ------------------------------------------------------------------------ */

static void group_add(struct stats_group *g, const struct stats_conn *c, int sign)
{
	__u64 one = (__u64)sign;

	if (!g)
		return;
	g->conns += one;
	g->open += c->freed ? 0 : one;
	g->ended[STATS_SMC] += c->ready && !c->seen ? one : 0;
	for (int way = 0; way < 2; way++) {
		g->bytes[way] += one * c->way[way].bytes;
		g->blocked[way] += one * c->way[way].blocked;
	}
	g->latency_n += one * c->latency_n;
	g->latency_sum += one * c->latency_sum;
}

/* Its owner may be known only when it is accepted. */
static void stats_conn_regroup(struct stats *s, struct stats_conn *c)
{
	struct stats_group *g = stats_group_of(s, &c->who);

	if (g == c->group)
		return;
	group_add(c->group, c, -1);
	group_add(g, c, 1);
	c->group = g;
}

/* ---- coming and going --------------------------------------------------------------- */

static void unlink_conn(struct stats *s, struct stats_conn *c)
{
	table_remove(&s->tokens, &c->by_token);
	if (stats_conn_has_ends(&c->who))
		table_remove(&s->ends, &c->by_ends);
	if (c->who.sock)
		table_remove(&s->socks, &c->by_sock);
	if (c->who.lgr)
		table_remove(&s->lgrs, &c->by_lgr);
}

static void remove_late(struct stats *s, struct stats_conn *c)
{
	if (!c->late)
		return;
	table_remove(&s->late, &c->by_token);
	c->late = false;
}

static struct stats_conn *find_late(const struct stats *s, const struct smcw_event *ev)
{
	struct table_node *n = table_first(&s->late, hash_token(ev));

	for (; n; n = table_next(n)) {
		struct stats_conn *c = table_entry(n, struct stats_conn, by_token);

		if (c->who.conn == ev->conn && SMCW_EV_SPACE(&c->who) == SMCW_EV_SPACE(ev))
			return c;
	}
	return NULL;
}

/* The first to end are the first to be forgotten. */
static void stats_conn_forget(struct stats *s)
{
	struct stats_conn *c = TAILQ_FIRST(&s->age);

	if (s->freed - s->forgotten <= STATS_CONNS_MAX || !c)
		return;
	TAILQ_REMOVE(&s->age, c, age);
	remove_late(s, c);
	free(c);
	s->forgotten++;
}

/* Only the latest one of each number, or many of one number would make the search slow. */
static void expect_late_end(struct stats *s, struct stats_conn *c)
{
	struct stats_conn *old = find_late(s, &c->who);

	if (old)
		remove_late(s, old);
	c->late = !table_add(&s->late, &c->by_token, hash_token(&c->who));
}

static void stop_blocking(struct stats *s, struct stats_conn *c, int way, __u64 now)
{
	struct stats_way *w = &c->way[way];
	__u64 ns = now > w->blocked_since ? now - w->blocked_since : 0;

	if (!w->blocked_since)
		return;
	w->blocked += ns;
	s->total[way].blocked += ns;
	if (c->group)
		c->group->blocked[way] += ns;
	w->blocked_since = 0;
}

static void end_conn(struct stats *s, struct stats_conn *c, __u64 now, bool inferred)
{
	for (int way = 0; way < 2; way++)
		stop_blocking(s, c, way, inferred ? c->last : now);
	if (c->group)
		c->group->open--;
	unlink_conn(s, c);
	c->freed = 1;
	c->inferred = inferred;
	s->freed++;
	s->inferred += inferred;
	if (inferred)
		expect_late_end(s, c);
	TAILQ_INSERT_TAIL(&s->age, c, age);
	if (s->ended_fn)
		s->ended_fn(s->ended_ctx, c, inferred ? c->last : now);
	stats_conn_forget(s);
}

/* Two events with the addresses of a connection are not two connections. */
static void end_one_before(struct stats *s, const struct stats_conn *c)
{
	struct table_node *n =
		stats_conn_has_ends(&c->who) ? table_first(&s->ends, who_hash_ends(&c->who)) : NULL;

	for (; n; n = table_next(n)) {
		struct stats_conn *old = table_entry(n, struct stats_conn, by_ends);

		if (old == c || old->who.netns != c->who.netns ||
		    SMCW_EV_SPACE(&old->who) != SMCW_EV_SPACE(&c->who) ||
		    !who_same_ends(&old->who, &c->who))
			continue;
		end_conn(s, old, old->last, true);
		return;
	}
}

static int stats_conn_add_conn(struct stats *s, const struct smcw_event *ev,
			       struct stats_conn **out)
{
	struct stats_conn *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->who = *ev;
	c->start = c->last = smcw_get64(&ev->time);
	c->seen = ev->flags & SMCW_EV_SEEN;
	c->how = STATS_SMC;
	r = table_add(&s->tokens, &c->by_token, hash_token(ev));
	if (!r && stats_conn_has_ends(ev))
		r = table_add(&s->ends, &c->by_ends, who_hash_ends(ev));
	if (!r && ev->sock)
		r = table_add(&s->socks, &c->by_sock, table_mix(ev->sock));
	if (!r && ev->lgr)
		r = table_add(&s->lgrs, &c->by_lgr, hash_lgr(ev));
	if (r)
		return r;
	s->conns++;
	c->group = stats_group_of(s, ev);
	group_add(c->group, c, 1);
	end_one_before(s, c);
	*out = c;
	return 0;
}

/* CDC knows less of its owner than what came before it. */
static int stats_conn_learn(struct stats *s, struct stats_conn *c, const struct smcw_event *ev)
{
	int r = 0;

	c->last = smcw_get64(&ev->time);
	if (!(ev->pid || ev->local_port))
		return 0;
	unlink_conn(s, c);
	c->who = *ev;
	r = table_add(&s->tokens, &c->by_token, hash_token(ev));
	if (!r && stats_conn_has_ends(ev))
		r = table_add(&s->ends, &c->by_ends, who_hash_ends(ev));
	if (!r && ev->sock)
		r = table_add(&s->socks, &c->by_sock, table_mix(ev->sock));
	if (!r && ev->lgr)
		r = table_add(&s->lgrs, &c->by_lgr, hash_lgr(ev));
	stats_conn_regroup(s, c);
	return r;
}

/* The number is another connection's now: nobody has seen the end of the one that had it. */
static bool is_another(const struct stats_conn *c, const struct smcw_event *ev)
{
	if (c->who.sock && ev->sock && c->who.sock != ev->sock)
		return true;
	return ev->kind == SMCW_EV_CONN_NEW && (c->ready || c->way[0].cdc || c->way[1].cdc);
}

static int get_conn(struct stats *s, const struct smcw_event *ev, struct stats_conn **out)
{
	struct stats_conn *c = find_token(s, ev);

	if (c && ev->kind != SMCW_EV_CDC && is_another(c, ev)) {
		end_conn(s, c, c->last, true);
		c = NULL;
	}
	*out = c;
	return c ? stats_conn_learn(s, c, ev) : stats_conn_add_conn(s, ev, out);
}

/* ---- bytes ------------------------------------------------------------------------- */

static void add_bytes(struct stats *s, struct stats_conn *c, int way, __u64 n)
{
	c->way[way].bytes += n;
	s->total[way].bytes += n;
	if (c->group)
		c->group->bytes[way] += n;
}

/* A cursor that goes back is of an old message. */
static void move_cursor(struct stats *s, struct stats_conn *c, int way, struct smcp_cursor to)
{
	struct stats_way *w = &c->way[way];

	if (w->known && smcp_cursor_goes_back(w->cursor, to))
		return;
	if (w->known && (w->size || !smcp_cursor_turns(w->cursor, to)))
		add_bytes(s, c, way, (__u64)smcp_cursor_move(w->cursor, to, w->size));
	w->cursor = to;
	w->known = 1;
}

/* ---- how long it takes until data is read ------------------------------------------- */

static void stats_conn_wait_for_reader(struct stats_conn *c, struct smcp_cursor prod, __u64 now)
{
	struct stats_unread *last = c->n_unread ? &c->unread[c->n_unread - 1] : NULL;

	if (c->n_unread == STATS_UNREAD || (last && smcp_cursor_is_same(last->cursor, prod)))
		return;
	c->unread[c->n_unread++] = (struct stats_unread){ now, prod };
}

/* The peer learns by CDC what has been read: the news may be later than the reading. */
static int was_read(struct stats *s, struct stats_conn *c, struct smcp_cursor cons, __u64 now)
{
	unsigned int i = 0;
	int r = 0;

	for (; !r && i < c->n_unread; i++) {
		const struct stats_unread *u = &c->unread[i];

		if (smcp_cursor_goes_back(u->cursor, cons))
			break;
		r = stats_count_time(&s->latency[STATS_READ], now > u->time ? now - u->time : 0);
	}
	c->n_unread -= i;
	memmove(c->unread, c->unread + i, c->n_unread * sizeof(*c->unread));
	return r;
}

/* ---- events -------------------------------------------------------------------------- */

static bool parse_cdc(const struct smcw_event *ev, struct smcp_control *m)
{
	struct smcw_layout l;

	smcw_event_message(ev, &l);
	return smcp_control_read(ev + 1, &l, m);
}

int stats_conn_cdc(struct stats *s, const struct smcw_event *ev)
{
	int way = SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN, r;
	__u64 now = smcw_get64(&ev->time);
	struct stats_conn *c;
	struct smcp_control m;
	bool blocked;

	if (!ev->conn || !parse_cdc(ev, &m))
		return 0;
	r = get_conn(s, ev, &c);
	if (r)
		return r;
	c->way[way].cdc++;
	s->total[way].cdc++;
	move_cursor(s, c, way, m.prod);
	blocked = m.flags & SMCW_CDC_WRITE_BLOCKED;
	if (blocked && !c->way[way].blocked_since)
		c->way[way].blocked_since = now;
	else if (!blocked)
		stop_blocking(s, c, way, now);
	if (!way)
		return was_read(s, c, m.cons, now);
	stats_conn_wait_for_reader(c, m.prod, now);
	return 0;
}

void stats_conn_latency(struct stats *s, const struct smcw_event *ev, __u64 ns)
{
	struct stats_conn *c = ev->conn ? find_token(s, ev) : NULL;

	if (!c)
		return;
	c->latency_n++;
	c->latency_sum += ns;
	if (!c->group)
		return;
	c->group->latency_n++;
	c->group->latency_sum += ns;
}

/* A total of the kernel's own counts when messages were missed. */
static void at_least(struct stats *s, struct stats_conn *c, int way, __u64 bytes)
{
	if (bytes > c->way[way].bytes)
		add_bytes(s, c, way, bytes - c->way[way].bytes);
}

static void blocked_at_least(struct stats *s, struct stats_conn *c, int way, __u64 ns)
{
	__u64 more = ns > c->way[way].blocked ? ns - c->way[way].blocked : 0;

	c->way[way].blocked += more;
	s->total[way].blocked += more;
	if (c->group)
		c->group->blocked[way] += more;
}

/* CDC added up in the kernel, since the connection was first seen. */
int stats_conn_traffic(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_traffic *b = (const void *)(ev + 1);
	const __u64 cdc[2] = { smcw_get64(&b->sent_messages), smcw_get64(&b->received_messages) };
	__u64 delays = smcw_get64(&b->delays), ns = smcw_get64(&b->delay_ns);
	struct stats_conn *c;
	int r;

	if (!ev->conn)
		return 0;
	r = get_conn(s, ev, &c);
	if (r)
		return r;
	for (int way = 0; way < 2; way++) {
		if (cdc[way] <= c->way[way].cdc)
			continue;
		s->total[way].cdc += cdc[way] - c->way[way].cdc;
		c->way[way].cdc = cdc[way];
	}
	at_least(s, c, 0, smcw_get64(&b->sent));
	at_least(s, c, 1, smcw_get64(&b->received));
	blocked_at_least(s, c, 0, smcw_get64(&b->sent_blocked));
	blocked_at_least(s, c, 1, smcw_get64(&b->received_blocked));
	if (delays <= c->latency_n)
		return 0;
	if (c->group) {
		c->group->latency_n += delays - c->latency_n;
		c->group->latency_sum += ns > c->latency_sum ? ns - c->latency_sum : 0;
	}
	c->latency_n = delays;
	c->latency_sum = ns;
	return 0;
}

static int became_ready(struct stats *s, struct stats_conn *c, const struct smcw_event *ev)
{
	if (c->group && !c->ready && !c->seen)
		c->group->ended[STATS_SMC]++;
	c->ready = true;
	return stats_end_handshake(s, ev, STATS_SMC, &c->start, &c->handshake);
}

static void take_sizes(struct stats *s, struct stats_conn *c, const struct smcw_event *ev,
		       const struct smcw_ev_conn *b)
{
	if (b->peer_size)
		c->way[0].size = smcw_get32(&b->peer_size);
	if (b->receive_size)
		c->way[1].size = smcw_get32(&b->receive_size);
	/* From here on the cursors are followed, unless data has flowed unseen before. */
	for (int way = 0; way < 2; way++)
		if (!c->way[way].cdc && !(ev->flags & SMCW_EV_SEEN))
			c->way[way].known = 1;
	if (ev->flags & SMCW_EV_SEEN || ev->kind == SMCW_EV_CONN_FREE) {
		at_least(s, c, 0, smcw_get64(&b->sent));
		at_least(s, c, 1, smcw_get64(&b->received));
	}
}

/* It had been taken for ended, and here is its end: the sums are right now. */
static bool ends_late(struct stats *s, const struct smcw_event *ev, const struct smcw_ev_conn *b)
{
	struct stats_conn *c;

	if (ev->kind != SMCW_EV_CONN_FREE || find_token(s, ev))
		return false;
	c = find_late(s, ev);
	if (!c || c->who.sock != ev->sock)
		return false;
	at_least(s, c, 0, smcw_get64(&b->sent));
	at_least(s, c, 1, smcw_get64(&b->received));
	remove_late(s, c);
	c->inferred = false;
	s->inferred--;
	return true;
}

int stats_conn_event(struct stats *s, const struct smcw_event *ev)
{
	const struct smcw_ev_conn *b = (const void *)(ev + 1);
	__u64 start, took;
	struct stats_conn *c;
	int r;

	if (!ev->conn)
		return ev->kind == SMCW_EV_CONN_READY ?
			       stats_end_handshake(s, ev, STATS_SMC, &start, &took) :
			       0;
	if (ends_late(s, ev, b))
		return 0;
	r = get_conn(s, ev, &c);
	if (r)
		return r;
	take_sizes(s, c, ev, b);
	if (ev->kind == SMCW_EV_CONN_FREE)
		end_conn(s, c, smcw_get64(&ev->time), false);
	/* Being accepted belongs to no handshake. */
	if (ev->kind == SMCW_EV_CONN_READY && ev->hook != SMCW_HOOK_CONN_ACCEPT &&
	    !(ev->flags & SMCW_EV_SEEN) && !b->error)
		return became_ready(s, c, ev);
	return 0;
}

void stats_conn_state(struct stats *s, const struct smcw_event *ev)
{
	static const enum stats_close closes[] = {
		[SMCW_STATE_PEERCLOSEWAIT1] = STATS_CLOSE_HERE,
		[SMCW_STATE_APPLCLOSEWAIT1] = STATS_CLOSE_PEER,
		[SMCW_STATE_PEERABORTWAIT] = STATS_ABORT_HERE,
		[SMCW_STATE_PROCESSABORT] = STATS_ABORT_PEER,
	};
	const struct smcw_ev_state *b = (const void *)(ev + 1);
	struct stats_conn *c = find_sock(s, ev);
	enum stats_close close;

	if (!c)
		return;
	c->last = smcw_get64(&ev->time);
	c->closed |= b->now == SMCW_STATE_CLOSED;
	close = b->now < sizeof(closes) / sizeof(closes[0]) ? closes[b->now] : 0;
	if (close && (!c->close || close >= STATS_ABORT_HERE))
		c->close = close;
}

static struct stats_conn *find_lgr(const struct stats *s, const struct smcw_event *ev)
{
	struct table_node *n = ev->lgr ? table_first(&s->lgrs, hash_lgr(ev)) : NULL;

	for (; n; n = table_next(n)) {
		struct stats_conn *c = table_entry(n, struct stats_conn, by_lgr);

		if (c->who.lgr == ev->lgr && SMCW_EV_SPACE(&c->who) == SMCW_EV_SPACE(ev))
			return c;
	}
	return NULL;
}

void stats_conn_lgr_down(struct stats *s, const struct smcw_event *ev)
{
	struct stats_conn *c;

	while ((c = find_lgr(s, ev)))
		end_conn(s, c, smcw_get64(&ev->time), true);
}

/* No connection outlives its module. The table changes with each that ends. */
void stats_conn_all_gone(struct stats *s)
{
	struct stats_conn **all = calloc(s->tokens.n + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; all && i < s->tokens.size; i++)
		for (struct table_node *t = s->tokens.bucket[i]; t; t = t->next)
			all[n++] = table_entry(t, struct stats_conn, by_token);
	for (size_t i = 0; i < n; i++)
		end_conn(s, all[i], s->now, true);
	free(all);
}

void stats_conn_not_smc(struct stats *s, const struct smcw_event *ev, enum stats_end how,
			__u64 start, __u64 took, __u32 reason, __u32 diagnosis)
{
	struct stats_conn c = { .who = *ev, .how = how, .start = start, .handshake = took };

	if (!s->ended_fn)
		return;
	c.last = smcw_get64(&ev->time);
	c.diagnosis = diagnosis;
	if (how == STATS_FAILED)
		c.error = reason;
	else
		c.reason = reason;
	s->ended_fn(s->ended_ctx, &c, c.last);
}

void stats_open_conns(const struct stats *s, __u64 *open, __u64 *doubtful)
{
	*open = *doubtful = 0;
	for (size_t i = 0; i < s->tokens.size; i++)
		for (struct table_node *t = s->tokens.bucket[i]; t; t = t->next) {
			const struct stats_conn *c = table_entry(t, struct stats_conn, by_token);

			if (c->closed)
				continue;
			if (s->doubt && c->last <= s->doubt)
				++*doubtful;
			else
				++*open;
		}
}

void stats_conn_free_all(struct stats *s)
{
	struct stats_conn *c;
	struct table_node *t, *next;

	for (size_t i = 0; i < s->tokens.size; i++)
		for (t = s->tokens.bucket[i]; t; t = next) {
			next = t->next;
			free(table_entry(t, struct stats_conn, by_token));
		}
	while ((c = TAILQ_FIRST(&s->age))) {
		TAILQ_REMOVE(&s->age, c, age);
		free(c);
	}
	table_free(&s->late);
	table_free(&s->tokens);
	table_free(&s->ends);
	table_free(&s->socks);
	table_free(&s->lgrs);
}
