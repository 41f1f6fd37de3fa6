// SPDX-License-Identifier: GPL-2.0-or-later
/* See hosts.h. */
#include "hosts.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "record/match.h"
#include "record/pcapng.h"
#include "smc_codec.h"

#define SECOND 1000000000ll

/* ---- chance ----------------------------------------------------------------------------- */

__u64 hosts_random(struct hosts_chance *c)
{
	__u64 z = (c->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

__u64 hosts_below(struct hosts_chance *c, __u64 n)
{
	return hosts_random(c) % n;
}

__s64 hosts_jitter(struct hosts_chance *c, __s64 mean)
{
	double u = ((double)(hosts_random(c) >> 11) + 1) / 9007199254740993.0;

	return (__s64)(-log(u) * (double)mean);
}

/* ---- clocks ------------------------------------------------------------------------------ */

void hosts_clock_init(struct hosts_clock *c, struct hosts_chance *chance, __s64 offset,
		      int drift_ppm, int wander_ppm)
{
	c->at[0] = HOSTS_START + offset;
	for (int i = 0; i < HOSTS_CLOCK_SECONDS; i++) {
		__s64 ppb = drift_ppm * 1000ll;

		if (wander_ppm)
			ppb += (__s64)hosts_below(chance, 2000ull * (unsigned int)wander_ppm) -
			       1000ll * wander_ppm;
		c->at[i + 1] = c->at[i] + SECOND + ppb;
	}
}

__s64 hosts_clock_at(const struct hosts_clock *c, __s64 time)
{
	__s64 since = time - HOSTS_START, second = since / SECOND, rest = since % SECOND;

	if (second >= HOSTS_CLOCK_SECONDS)
		abort();
	return c->at[second] + rest + (c->at[second + 1] - c->at[second] - SECOND) * rest / SECOND;
}

/* ---- events ------------------------------------------------------------------------------- */

struct seen {
	__s64 own;
	union event e;
};

struct host {
	struct hosts_clock clock;
	struct seen *seen;
	size_t n, cap;
	unsigned int conns;
};

struct world {
	const struct hosts_plan *p;
	struct hosts_chance chance;
	__u64 number; /* of the message */
	struct host host[HOSTS_MAX];
};

/* One end of a connection, as its host has it. */
struct end {
	unsigned int host, peer;
	__u8 role;
	__u32 conn, lgr;
	__u64 sock, token;
	__u8 local[16], remote[16];
	__u16 port, remote_port;
};

static void hosts_see(struct world *w, const struct end *end, __u8 kind, unsigned int dir,
		      __s64 time, const void *body, size_t len)
{
	struct host *h = &w->host[end->host];
	struct smcw_event *ev;
	struct seen *s;

	if (hosts_below(&w->chance, 100) < w->p->lost_percent)
		return;
	if (w->p->deaf && end->host && dir == SMCW_DIR_IN)
		return;
	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 256;
		h->seen = realloc(h->seen, h->cap * sizeof(*h->seen));
		if (!h->seen)
			abort();
	}
	s = &h->seen[h->n++];
	memset(s, 0, sizeof(*s));
	s->own = hosts_clock_at(&h->clock, time);
	if (w->p->stepped && end->host == 1 && time > HOSTS_START + w->p->seconds * SECOND / 2)
		s->own += SECOND / 2;
	ev = &s->e.ev;
	ev->version = SMCW_EVENT_VERSION;
	ev->kind = kind;
	ev->flags = SMCW_EV_FLAGS_OF(dir);
	ev->mode = w->p->smcd ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	ev->role = end->role;
	smcw_put16(&ev->length, (__u16)len);
	smcw_put16(&ev->original, (__u16)len);
	smcw_put64(&ev->time, (__u64)s->own);
	smcw_put64(&ev->cgroup, (__u64)hosts_clock_at(&w->host[0].clock, time));
	smcw_put64(ev->comm, w->number);
	smcw_put64(&ev->sock, end->sock);
	smcw_put32(&ev->conn, end->conn);
	smcw_put32(&ev->lgr, end->lgr);
	smcw_put32(&ev->netns, 4026531840u);
	smcw_put32(&ev->pid, 100 + end->role);
	if (kind == SMCW_EV_LLC)
		smcw_put64(&ev->channel, dir == SMCW_DIR_OUT ?
						 end->peer << 8 | end->host | 1 << 16 :
						 end->host << 8 | end->peer | 1 << 16);
	if (kind != SMCW_EV_LLC) {
		memcpy(ev->local, end->local, 16);
		memcpy(ev->peer, end->remote, 16);
		smcw_put16(&ev->local_port, end->port);
		smcw_put16(&ev->peer_port, end->remote_port);
	}
	memcpy(ev + 1, body, len);
}

/* From one end to the other, which gets it later. When, is returned. */
static __s64 hosts_send(struct world *w, const struct end *from, const struct end *to, __u8 kind,
			__s64 time, const void *body, size_t len)
{
	/* Each way has its own least time, and each message is late by chance. */
	__s64 least = 20000 + 10000 * (__s64)(from->host * 7 + to->host * 3 % 11);
	__s64 there = time + least + hosts_jitter(&w->chance, 150000);

	w->number++;
	hosts_see(w, from, kind, SMCW_DIR_OUT, time, body, len);
	if (w->p->smcd || w->p->still)
		to = from; /* it stays on its host */
	hosts_see(w, to, kind, SMCW_DIR_IN, there, body, len);
	return there;
}

/* ---- messages ----------------------------------------------------------------------------- */

static __s64 send_clc(struct world *w, const struct end *from, const struct end *to,
		      unsigned int type, __s64 time)
{
	__u8 bytes[68] = { 0 };
	struct smcw_clc_hdr *hdr = (struct smcw_clc_hdr *)bytes;

	memcpy(bytes, "\xe2\xd4\xc3\xd9", 4);
	memcpy(bytes + sizeof(bytes) - 4, "\xe2\xd4\xc3\xd9", 4);
	hdr->type = (__u8)type;
	smcw_put16(&hdr->length, sizeof(bytes));
	hdr->flags = 0x10;
	/* A Proposal of a host is the same each time; an Accept has the keys of its connection. */
	if (type == SMCW_PROPOSAL)
		smcw_put64(bytes + 16, from->host);
	else
		smcw_put64(bytes + 16, hosts_random(&w->chance));
	return hosts_send(w, from, to, SMCW_EV_CLC, time, bytes, sizeof(bytes));
}

static __s64 send_llc(struct world *w, const struct end *from, const struct end *to,
		      unsigned int type, __s64 time)
{
	__u8 bytes[44] = { (__u8)type, 44 };

	/* TEST_LINK is the same each time. */
	if (type != SMCW_LLC_TEST_LINK)
		smcw_put64(bytes + 8, hosts_random(&w->chance));
	return hosts_send(w, from, to, SMCW_EV_LLC, time, bytes, sizeof(bytes));
}

static __s64 send_cdc(struct world *w, const struct end *from, const struct end *to, unsigned int n,
		      __s64 time)
{
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };

	smcw_put16(&cdc.seqno, (__u16)n);
	smcw_put32(&cdc.alert_token, to->conn);
	smcw_put16(&cdc.prod.wrap, (__u16)(n >> 10));
	smcw_put32(&cdc.prod.count, n << 6 & 0xffff);
	return hosts_send(w, from, to, SMCW_EV_CDC, time, &cdc, sizeof(cdc));
}

static void see_ready(struct world *w, const struct end *end, const struct end *other, __s64 time)
{
	struct smcw_ev_conn conn = { 0 };

	smcw_put64(&conn.token, end->token);
	smcw_put64(&conn.peer_token, other->token);
	smcw_put32(&conn.peer_conn, other->conn);
	hosts_see(w, end, SMCW_EV_CONN_READY, SMCW_DIR_NONE, time, &conn, sizeof(conn));
}

/* ---- connections -------------------------------------------------------------------------- */

static void put_address(__u8 to[16], unsigned int network, unsigned int host)
{
	memset(to, 0, 16);
	to[10] = to[11] = 0xff;
	to[12] = 10;
	to[13] = (__u8)network;
	to[15] = (__u8)(host + 1);
}

/* Numbers of hosts are alike, as they are on hosts that have just been booted. */
static void make_ends(struct world *w, unsigned int client, unsigned int server,
		      unsigned int number, struct end *a, struct end *b)
{
	*a = (struct end){ .host = client,
			   .peer = server,
			   .role = SMCW_ROLE_CLIENT,
			   .port = (__u16)(40000 + number),
			   .remote_port = 443 };
	*b = (struct end){ .host = server,
			   .peer = client,
			   .role = SMCW_ROLE_SERVER,
			   .port = 443,
			   .remote_port = a->port };
	a->conn = 2 + w->host[client].conns++;
	b->conn = 2 + w->host[server].conns++;
	a->lgr = 0x100 * (1 + server);
	b->lgr = 0x100 * (1 + client);
	a->sock = 100 + a->conn;
	b->sock = 100 + b->conn;
	a->token = hosts_random(&w->chance) & 0xffffffff;
	b->token = hosts_random(&w->chance) & 0xffffffff;
	put_address(a->local, 0, client);
	put_address(b->local, 0, server);
	memcpy(a->remote, b->local, 16);
	memcpy(b->remote, a->local, 16);
	if (!w->p->nat)
		return;
	/* The client knows an address of the NAT, and the server another one. */
	put_address(a->remote, 9, server);
	a->remote_port = 8443;
	put_address(b->remote, 9, 100);
	b->remote_port = (__u16)(a->port + 9000);
}

static void play_conn(struct world *w, unsigned int client, unsigned int server,
		      unsigned int number)
{
	__s64 span = w->p->seconds * SECOND * 8 / 10;
	__s64 time = HOSTS_START + 1000000 + (__s64)hosts_below(&w->chance, (__u64)span / 10 + 1);
	__s64 tested = time;
	struct end a, b;

	make_ends(w, client, server, number, &a, &b);
	time = send_clc(w, &a, &b, SMCW_PROPOSAL, time) + 50000;
	time = send_clc(w, &b, &a, SMCW_ACCEPT, time) + 50000;
	time = send_clc(w, &a, &b, SMCW_CONFIRM, time) + 50000;
	time = send_llc(w, &b, &a, SMCW_LLC_CONFIRM_LINK, time) + 20000;
	time = send_llc(w, &a, &b, SMCW_LLC_CONFIRM_LINK, time) + 20000;
	see_ready(w, &a, &b, time);
	see_ready(w, &b, &a, time);
	for (unsigned int i = 0; i < w->p->messages && !w->p->aggregate; i++) {
		bool back = hosts_below(&w->chance, 2);

		time += hosts_jitter(&w->chance, span / (w->p->messages + 1));
		if (time > HOSTS_START + span)
			break;
		send_cdc(w, back ? &b : &a, back ? &a : &b, i + 1, time);
		if (!number && time > tested + SECOND) {
			send_llc(w, &a, &b, SMCW_LLC_TEST_LINK, time + 1000);
			tested = time;
		}
	}
}

static int by_own(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->own > y->own) - (x->own < y->own);
}

/* The tracer gives ids to what it sees of both ends. */
static bool write_host(struct world *w, unsigned int host, const char *directory)
{
	const struct pcapng_meta meta = { .version = "0", .kernel = "test", .command = "hosts" };
	struct host *h = &w->host[host];
	struct match *match = match_new();
	char path[PATH_MAX];
	struct pcapng *out;
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%u.pcapng", directory, host + 1);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || !match || pcapng_open(fd, &meta, &out))
		return false;
	if (h->n)
		qsort(h->seen, h->n, sizeof(*h->seen), by_own);
	for (size_t i = 0; i < h->n; i++) {
		match_event(match, &h->seen[i].e.ev);
		pcapng_event(out, &h->seen[i].e.ev,
			     h->seen[i].e.ev.kind == SMCW_EV_CDC ? NULL : "");
	}
	good = !pcapng_close(out);
	match_free(match);
	return !close(fd) && good;
}

bool hosts_write(const struct hosts_plan *p, const char *directory)
{
	struct world *w = calloc(1, sizeof(*w));
	bool good = true;

	if (!w)
		return false;
	w->p = p;
	w->chance.state = p->seed;
	for (unsigned int i = 0; i < p->hosts; i++)
		hosts_clock_init(&w->host[i].clock, &w->chance,
				 i == 1 ? p->offset :
				 i ? (__s64)hosts_below(&w->chance, 100 * SECOND) - 50 * SECOND :
				     0,
				 i == 1 ? p->drift_ppm : 0, p->wander_ppm);
	for (unsigned int i = 0; i < p->hosts; i++)
		for (unsigned int k = i + 1; k < p->hosts && (!i || p->mesh); k++)
			for (unsigned int n = 0; n < p->conns; n++)
				play_conn(w, n % 2 ? k : i, n % 2 ? i : k, n);
	for (unsigned int i = 0; good && i < p->hosts; i++)
		good = write_host(w, i, directory);
	for (unsigned int i = 0; i < p->hosts; i++)
		free(w->host[i].seen);
	free(w);
	return good;
}
