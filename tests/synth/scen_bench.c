// SPDX-License-Identifier: GPL-2.0-or-later
/* Big captures for tests/bench: SMC-R traffic, and traffic without any SMC. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "scenario.h"

#define BULK_LEN 65536
#define BULK_MTU 4096
#define BULKS 8	    /* between two small exchanges */
#define CONN_OPS 40 /* exchanges of a connection */
#define DNS_PORT 53

static uint8_t bulk[BULK_LEN];

static void cdc(struct roce *r, enum side from, uint16_t seqno, uint32_t prod)
{
	const struct cursors at = { .prod = prod };
	struct msg m;

	msg_cdc(&m, from, seqno, &at, 0, 0);
	roce_send(r, from, m.b, m.len);
}

/* A request, an answer, and now and then a transfer that fills the RMBE. */
static void exchange(struct roce *r, uint16_t n)
{
	const struct self *client = &selves[CLIENT], *server = &selves[SERVER];
	size_t len = n % BULKS ? 1400 : BULK_LEN;

	roce_write(r, CLIENT, server->rkey, server->vaddr, bulk, 200, BULK_MTU);
	cdc(r, CLIENT, n, n * 200u);
	roce_write(r, SERVER, client->rkey, client->vaddr, bulk, len, BULK_MTU);
	cdc(r, SERVER, n, n * 1400u);
	cdc(r, CLIENT, (uint16_t)(n + 1), n * 200u);
}

static void smcr(struct cap *cap, uint64_t bytes)
{
	struct roce r = link_up(cap);
	struct msg m;
	struct tcp t;
	uint16_t n;

	while (cap->bytes < bytes) {
		t = tcp_smc(cap, 12345);
		handshake_run(&t, &smcr_v21);
		msg_llc(&m, SMCW_LLC_CONFIRM_RKEY_V2, CLIENT, 0);
		roce_send(&r, CLIENT, m.b, m.len);
		msg_llc(&m, SMCW_LLC_CONFIRM_RKEY_V2, SERVER, SMCW_LLC_RESP);
		roce_send(&r, SERVER, m.b, m.len);
		for (n = 0; n < CONN_OPS; n++)
			exchange(&r, n);
		msg_llc(&m, SMCW_LLC_TEST_LINK_V2, CLIENT, 0);
		roce_send(&r, CLIENT, m.b, m.len);
		msg_llc(&m, SMCW_LLC_TEST_LINK_V2, SERVER, SMCW_LLC_RESP);
		roce_send(&r, SERVER, m.b, m.len);
		tcp_close(&t);
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
