// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A trace that nobody has recorded, the same for the same seed:
 *
 *	random_events SEED N FILE.pcapng
 *
 * A few connections have events of every kind in any order. Cursors go on, the sending and the
 * receiving of a message have one id, and numbers of bodies are now and then at the edge of
 * their range.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "record/pcapng.h"

#define ENDS 6 /* client and server of a connection follow one another */
#define START 1700049600000000000ull

static const struct pcapng_meta meta = { .version = "0.1.0",
					 .kernel = "6.12.0-test",
					 .command = "smc-trace -w random.pcapng" };

/* One end of a connection. */
struct end {
	__u16 wrap[2];
	__u32 count[2]; /* of the producer's cursor, and the consumer's */
	__u32 size;
};

struct world {
	__u64 random, now;
	struct end ends[ENDS];
};

/* xorshift64*: small, and the same everywhere. */
static __u32 any(struct world *w, __u32 below)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return below ? (__u32)(w->random * 0x2545f4914f6cdd1dull >> 32) % below : 0;
}

/* Microseconds mostly, now and then seconds. */
static void pass_time(struct world *w)
{
	static const __u32 spans[] = { 900, 4000, 20000, 300000, 9000000, 90000000, 2000000000 };

	w->now += any(w, spans[any(w, sizeof(spans) / sizeof(spans[0]))]);
}

static void set_owner(struct world *w, struct smcw_event *ev, unsigned int n)
{
	static const char *const names[] = { "curl",	     "nginx", "redis-cli",
					     "redis-server", "a b",   "\xc3\xa4\n" };

	memset(ev->comm, 0, sizeof(ev->comm));
	memcpy(ev->comm, names[n], strlen(names[n]));
	smcw_put32(&ev->pid, any(w, 20) ? 100 + n / 2 * 2 + n % 2 : 0);
	smcw_put64(&ev->cgroup, any(w, 8) ? 500 + n % 3 : 0);
	smcw_put32(&ev->netns, 4026531840u + n / 4);
	ev->owner = (__u8)any(w, 4);
}

static void set_address(__u8 *address, unsigned int n)
{
	static const __u8 hosts[3][16] = { { [10] = 0xff, 0xff, 127, 0, 0, 1 },
					   { [10] = 0xff, 0xff, 192, 0, 2, 7 },
					   { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 } };

	memcpy(address, hosts[n % 3], 16);
}

/* One of the ends, as the event's header has it. */
static void set_end(struct world *w, struct smcw_event *ev, unsigned int n)
{
	unsigned int pair = n / 2;
	bool server = n % 2;

	set_owner(w, ev, n);
	smcw_put64(&ev->sock, any(w, 12) ? 1000 + n : 0);
	smcw_put32(&ev->conn, any(w, 12) ? 0x400 * (n + 1) : 0);
	smcw_put32(&ev->lgr, any(w, 6) ? 0x100 * (pair + 1) : 0);
	smcw_put64(&ev->channel, 0x1000 + n);
	smcw_put16(&ev->cpu, (__u16)any(w, 4));
	smcw_put16(&ev->local_port, (__u16)(server ? 80 + pair : 40000 + pair));
	smcw_put16(&ev->peer_port, (__u16)(server ? 40000 + pair : 80 + pair));
	set_address(ev->local, pair + (pair && server));
	set_address(ev->peer, pair + (pair && !server));
	if (!any(w, 15))
		memset(ev->peer, 0, sizeof(ev->peer));
	ev->link = (__u8)(ev->mode == SMCW_MODE_SMCD ? 0 : any(w, 3));
	ev->role = (__u8)(any(w, 12) ? (__u32)SMCW_ROLE_CLIENT + server : any(w, 4));
	ev->state = (__u8)(any(w, 3) ? SMCW_STATE_ACTIVE : 20 + any(w, 8));
	ev->stack = !any(w, 30);
	smcw_put64(&ev->lost, any(w, 25) ? 0 : 1 + any(w, 9));
}

/* A message goes on from the one before; on the other end it is received a little later. */
static void set_cursors(struct world *w, union event *e, unsigned int n)
{
	struct end *end = &w->ends[n];
	struct smcw_cdc *cdc = (struct smcw_cdc *)(&e->ev + 1);
	__u32 more[2] = { any(w, end->size / 2), any(w, end->size / 2) };

	if (smcw_get16(&e->ev.length) != SMCW_CDC_LEN)
		return;
	for (unsigned int i = 0; i < 2; i++) {
		end->count[i] += more[i];
		if (end->count[i] >= end->size) {
			end->count[i] -= end->size;
			end->wrap[i]++;
		}
	}
	smcw_put32(&cdc->alert_token, 0x400 * (n + 1));
	smcw_put16(&cdc->prod.wrap, end->wrap[0]);
	smcw_put32(&cdc->prod.count, end->count[0]);
	smcw_put16(&cdc->cons.wrap, end->wrap[1]);
	smcw_put32(&cdc->cons.count, end->count[1]);
	cdc->flags = (__u8)(any(w, 3) ? 0 : 0x80 >> any(w, 5));
	cdc->state = (__u8)(any(w, 10) ? 0 : 0x80 >> any(w, 3));
}

/* A number of a body is replaced by one that is rare. */
static void set_rare(struct world *w, union event *e)
{
	static const __u32 rare[] = { 0,    1,	  2,	      0x7fffffff, 0x80000000, ~0u,    11,
				      110,  104,  0x03010000, 0x03070000, 65536,      10000,  999,
				      1000, 1023, 1024,	      1048576,	  999999,     1000000 };
	__u32 len = smcw_get16(&e->ev.length), at = any(w, len / 4) * 4;

	if (e->ev.kind == SMCW_EV_FACTS || len < 4)
		return;
	if (e->ev.kind <= SMCW_EV_CDC && any(w, 4))
		return;
	smcw_put32(e->bytes + sizeof(e->ev) + at, rare[any(w, sizeof(rare) / sizeof(rare[0]))]);
}

static void set_sizes(struct world *w, union event *e, unsigned int n)
{
	struct smcw_ev_conn *conn = (struct smcw_ev_conn *)(&e->ev + 1);

	if (e->ev.kind < SMCW_EV_CONN_NEW || e->ev.kind > SMCW_EV_CONN_FREE)
		return;
	w->ends[n].size = 16384u << any(w, 3);
	smcw_put32(&conn->send_size, w->ends[n].size);
	smcw_put32(&conn->receive_size, w->ends[n].size);
	smcw_put32(&conn->peer_size, w->ends[n].size);
	smcw_put32(&conn->peer_conn, 0x400 * ((n ^ 1) + 1));
	conn->first_contact = !any(w, 2);
	smcw_put32(&conn->error, any(w, 6) ? 0 : 104);
	smcw_put64(&conn->sent, any(w, 1 << any(w, 30)));
	smcw_put64(&conn->received, any(w, 1 << any(w, 30)));
}

/* Every second event has no message, and of those with one every second is CDC. */
static void choose(struct world *w, union event *e)
{
	__u32 wanted = any(w, 4);

	for (int tries = 0; tries < 200; tries++) {
		event_make(any(w, (__u32)events_n()), e);
		if (wanted < 2	? e->ev.kind > SMCW_EV_CDC :
		    wanted == 2 ? e->ev.kind == SMCW_EV_CDC :
				  e->ev.kind < SMCW_EV_CDC)
			return;
	}
}

static void make(struct world *w, union event *e, unsigned int *n)
{
	choose(w, e);
	*n = any(w, ENDS);
	if (e->ev.kind > SMCW_EV_CDC)
		e->ev.mode = (__u8)any(w, 4);
	set_end(w, &e->ev, *n);
	set_sizes(w, e, *n);
	if (e->ev.kind == SMCW_EV_CDC)
		set_cursors(w, e, *n);
	if (!any(w, 5))
		set_rare(w, e);
	smcw_put64(&e->ev.time, w->now);
}

/* The other end gets what was sent. */
static void turn_round(struct world *w, union event *e, unsigned int n, __u64 id)
{
	bool out = SMCW_EV_DIR_OF(&e->ev) == SMCW_DIR_OUT;

	smcw_put64(&e->ev.id, id);
	e->ev.flags = (__u8)((e->ev.flags & ~SMCW_EV_DIR) |
			     SMCW_EV_FLAGS_OF(out ? SMCW_DIR_IN : SMCW_DIR_OUT));
	set_end(w, &e->ev, n ^ 1);
	smcw_put64(&e->ev.time, w->now);
}

static void write_if_good(struct pcapng *p, const union event *e)
{
	char line[EVENT_LINE_MAX];

	if (smcw_event_check(&e->ev, sizeof(e->ev) + smcw_get16(&e->ev.length)) > 0)
		pcapng_event(p, &e->ev, event_line(&e->ev, line));
}

int main(int argc, char **argv)
{
	int fd = argc == 4 ? open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
	struct world w = { .now = START };
	struct pcapng *p;
	union event e;

	if (fd < 0 || pcapng_open(fd, &meta, &p)) {
		fprintf(stderr, "Usage: random_events SEED N FILE\n");
		return 2;
	}
	w.random = 0x9e3779b97f4a7c15ull * (strtoul(argv[1], NULL, 10) + 1);
	for (unsigned int i = 0; i < ENDS; i++)
		w.ends[i].size = 65536;
	for (unsigned long i = strtoul(argv[2], NULL, 10); i > 0; i--) {
		unsigned int n;

		pass_time(&w);
		make(&w, &e, &n);
		if (e.ev.kind <= SMCW_EV_CDC && any(&w, 2)) {
			smcw_put64(&e.ev.id, i);
			write_if_good(p, &e);
			pass_time(&w);
			turn_round(&w, &e, n, i);
		}
		write_if_good(p, &e);
	}
	return pcapng_close(p) || close(fd);
}
