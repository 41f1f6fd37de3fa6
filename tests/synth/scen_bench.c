// SPDX-License-Identifier: GPL-2.0-or-later
/* Big captures for tests/bench: SMC-R traffic, and traffic without any SMC. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "session.h"

#define BULK_LEN 65536
#define BULK_MTU 4096
#define CHUNK 12288 /* bytes that a CDC tells, at most */
#define BULKS 8	    /* between two small exchanges */
#define CONN_OPS 40 /* exchanges of a connection */
#define DNS_PORT 53

static uint8_t bulk[BULK_LEN];

/* Bytes, the CDC that tells them, and the one that says they are consumed. */
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
	else
		return -ENOENT;
	return 0;
}
