// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Big captures for tests/bench: SMC-R traffic, that of many connections and link groups at once,
 * the same without the packets of TCP, and traffic without any SMC.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define BULK_LEN 65536
#define BULK_MTU 4096
#define CHUNK 12288 /* bytes that a CDC reports, at most */
#define BULKS 8	    /* between two small exchanges */
#define CONN_OPS 40 /* exchanges of a connection */
#define DNS_PORT 53
#define GROUP_CONNS 25	   /* connections of a link group, when there are many */
#define CONN_BYTES 12800   /* of bench-groups, about: handshake, rounds and close */
#define GROUP_ROUNDS 4	   /* exchanges of a connection there */
#define UNKNOWN_CONNS 1000 /* connections of bench-roce, which has nobody's handshake */

static uint8_t bulk[BULK_LEN];

/* Bytes, the CDC that reports them, and the one that says they are consumed. */
static void move(struct session *s, enum side from, size_t len)
{
	size_t at, now;

	for (at = 0; at < len; at += now) {
		now = len - at < CHUNK ? len - at : CHUNK;
		session_write(s, from, 0, bulk + at, now, BULK_MTU);
		session_produce(s, from, now);
		session_cdc(s, from, 0, 0);
		session_consume(s, other(from));
		session_cdc(s, other(from), 0, 0);
	}
}

/* Requests and answers, and now and then a transfer that fills the RMBE a few times. */
static void smcr(struct cap *cap, uint64_t bytes)
{
	struct roce r = roce_init(cap);
	struct session s;
	struct msg m;
	unsigned int n, nth = 0;

	while (cap->bytes < bytes) {
		session_open(&s, &r, 12345, nth++);
		for (n = 0; n < CONN_OPS; n++) {
			move(&s, CLIENT, 200);
			move(&s, SERVER, n % BULKS ? 1400 : BULK_LEN);
		}
		msg_llc(&m, SMCW_LLC_TEST_LINK_V2, CLIENT, 0);
		roce_send(&r, CLIENT, m.b, m.len);
		msg_llc(&m, SMCW_LLC_TEST_LINK_V2, SERVER, SMCW_LLC_RESP);
		roce_send(&r, SERVER, m.b, m.len);
		session_close(&s);
	}
}

/* Sessions that are open at the same time, in link groups of @GROUP_CONNS. */
struct crowd {
	struct roce *links;
	struct session *sessions;
	unsigned int n;
};

static int crowd_init(struct crowd *c, struct cap *cap, unsigned int n)
{
	unsigned int groups = (n + GROUP_CONNS - 1) / GROUP_CONNS, i;

	*c = (struct crowd){ .n = n };
	c->links = calloc(groups, sizeof(*c->links));
	c->sessions = calloc(n, sizeof(*c->sessions));
	if (!c->links || !c->sessions)
		return -ENOMEM;
	for (i = 0; i < groups; i++) {
		c->links[i] = roce_init(cap);
		c->links[i].qpn[CLIENT] += i;
		c->links[i].qpn[SERVER] += i;
	}
	return 0;
}

static void crowd_end(struct crowd *c)
{
	free(c->links);
	free(c->sessions);
}

/* One exchange of each, so that those of all are mixed. */
static void crowd_round(struct crowd *c, size_t answer)
{
	for (unsigned int i = 0; i < c->n; i++) {
		move(&c->sessions[i], CLIENT, 200);
		move(&c->sessions[i], SERVER, answer);
	}
}

/* Handshakes, a few exchanges, and the end of as many connections as @bytes has room for. */
static int groups(struct cap *cap, uint64_t bytes)
{
	unsigned int n = (unsigned int)(bytes / CONN_BYTES), i;
	struct crowd c;
	int rc = crowd_init(&c, cap, n);

	for (i = 0; !rc && i < n; i++)
		session_open(&c.sessions[i], &c.links[i / GROUP_CONNS], 12345, i % GROUP_CONNS);
	for (i = 0; !rc && i < GROUP_ROUNDS; i++)
		crowd_round(&c, 1400);
	for (i = 0; !rc && i < n; i++)
		session_close(&c.sessions[i]);
	crowd_end(&c);
	return rc;
}

/* A capture on the RDMA device, which begins when all connections are there. */
static int roce_only(struct cap *cap, uint64_t bytes)
{
	struct crowd c;
	unsigned int i;
	int rc = crowd_init(&c, cap, UNKNOWN_CONNS);

	for (i = 0; !rc && i < UNKNOWN_CONNS; i++)
		session_unseen(&c.sessions[i], &c.links[i / GROUP_CONNS], i);
	for (i = 0; !rc && cap->bytes < bytes; i++)
		crowd_round(&c, i % BULKS ? 1400 : BULK_LEN);
	crowd_end(&c);
	return rc;
}

static void udp(struct cap *cap, enum side from, uint16_t port, const void *data, size_t len)
{
	uint8_t packet[CAP_PAYLOAD_MAX];
	struct udphdr hdr = { .uh_ulen = htons((uint16_t)(sizeof(hdr) + len)) };

	hdr.uh_sport = htons(from == CLIENT ? port : DNS_PORT);
	hdr.uh_dport = htons(from == CLIENT ? DNS_PORT : port);
	memcpy(packet, &hdr, sizeof(hdr));
	memcpy(packet + sizeof(hdr), data, len);
	hdr.uh_sum = cap_checksum(from, false, IPPROTO_UDP, packet, sizeof(hdr) + len);
	memcpy(packet, &hdr, sizeof(hdr));
	cap_ip(cap, from, false, IPPROTO_UDP, packet, sizeof(hdr) + len);
}

static void plain(struct cap *cap, uint64_t bytes)
{
	static const char get[] = "GET /a HTTP/1.1\r\nHost: server.example\r\n\r\n";
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n";
	static const uint8_t query[] = {
		0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1
	};
	static const uint16_t ports[] = { 80, 12345, 443, 5000 };
	uint32_t n = 0;
	struct tcp t;
	int i;

	while (cap->bytes < bytes) {
		udp(cap, CLIENT, (uint16_t)(30000 + n % 20000), query, sizeof(query));
		t = tcp_init(cap, ports[n++ % ARRAY_SIZE(ports)]);
		tcp_open(&t, 0);
		for (i = 0; i < 10; i++) {
			tcp_text(&t, CLIENT, get);
			tcp_text(&t, SERVER, ok);
			tcp_data_cut(&t, SERVER, bulk, sizeof(bulk), 1400);
		}
		tcp_close(&t);
	}
}

int bench_write(struct cap *cap, const char *name, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < sizeof(bulk); i++)
		bulk[i] = (uint8_t)('a' + i % 26);
	if (!strcmp(name, "bench-smcr"))
		smcr(cap, bytes);
	else if (!strcmp(name, "bench-tcp"))
		plain(cap, bytes);
	else if (!strcmp(name, "bench-groups"))
		return groups(cap, bytes);
	else if (!strcmp(name, "bench-roce"))
		return roce_only(cap, bytes);
	else
		return -ENOENT;
	return 0;
}
