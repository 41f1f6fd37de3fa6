// SPDX-License-Identifier: GPL-2.0-or-later
/* Handshakes that meet the ways of TCP: ports, segments, loss. See scenario.h. */
#include <string.h>

#include "scenario.h"

#define PORT 12345

static const char http_get[] = "GET /index.html HTTP/1.1\r\nHost: server.example\r\n\r\n";
static const char http_ok[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			      "Content-Length: 6\r\n\r\nhello\n";

static int run_port(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, *(const uint16_t *)arg);

	handshake_run(&t, &smcr_v21);
	tcp_close(&t);
	return 0;
}

/* The whole of the client's and the server's messages of a handshake. */
static void messages(struct msg *proposal, struct msg *accept, struct msg *confirm)
{
	msg_proposal(proposal, &smcr_v21.offer);
	msg_answer(accept, SMCW_ACCEPT, &smcr_v21.answer);
	msg_answer(confirm, SMCW_CONFIRM, &smcr_v21.answer);
}

static int run_cut(struct cap *cap, const void *arg)
{
	size_t step = *(const size_t *)arg;
	struct tcp t = tcp_smc(cap, PORT);
	struct msg proposal, accept, confirm;

	messages(&proposal, &accept, &confirm);
	tcp_data_cut(&t, CLIENT, proposal.b, proposal.len, step);
	tcp_data_cut(&t, SERVER, accept.b, accept.len, step);
	tcp_data_cut(&t, CLIENT, confirm.b, confirm.len, step);
	tcp_close(&t);
	return 0;
}

/* Every message in two segments, broken after @arg bytes. */
static int run_break(struct cap *cap, const void *arg)
{
	size_t at = *(const size_t *)arg;
	struct tcp t = tcp_smc(cap, PORT);
	struct msg m[3];
	static const enum side from[] = { CLIENT, SERVER, CLIENT };
	size_t i;

	messages(&m[0], &m[1], &m[2]);
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		tcp_data(&t, from[i], m[i].b, at);
		tcp_data(&t, from[i], m[i].b + at, m[i].len - at);
	}
	tcp_close(&t);
	return 0;
}

/* No stack does it, but a capture with offloads may show it: messages share a segment. */
static int run_several(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, PORT);
	struct msg proposal, accept, confirm;
	uint8_t all[2 * 1024];

	(void)arg;
	messages(&proposal, &accept, &confirm);
	memcpy(all, proposal.b, proposal.len);
	memcpy(all + proposal.len, confirm.b, confirm.len);
	tcp_data(&t, CLIENT, all, proposal.len + confirm.len);
	tcp_data(&t, SERVER, accept.b, accept.len);
	tcp_close(&t);
	return 0;
}

static int run_retransmitted(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, PORT);
	struct msg m[3];
	static const enum side from[] = { CLIENT, SERVER, CLIENT };
	size_t i;

	(void)arg;
	messages(&m[0], &m[1], &m[2]);
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		tcp_data_at(&t, from[i], 0, m[i].b, m[i].len);
		cap->now.tv_usec += 200000;
		tcp_data(&t, from[i], m[i].b, m[i].len);
	}
	tcp_close(&t);
	return 0;
}

static int run_out_of_order(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, PORT);
	struct msg proposal, accept, confirm;
	size_t half;

	(void)arg;
	messages(&proposal, &accept, &confirm);
	half = proposal.len / 2;
	tcp_data_at(&t, CLIENT, (uint32_t)half, proposal.b + half, proposal.len - half);
	tcp_data_at(&t, CLIENT, 0, proposal.b, half);
	tcp_sent(&t, CLIENT, proposal.len);
	tcp_data(&t, SERVER, accept.b, accept.len);
	tcp_data(&t, CLIENT, confirm.b, confirm.len);
	tcp_close(&t);
	return 0;
}

/* Proposal, then Decline and the application's first bytes in one segment. */
static int run_decline_and_data(struct cap *cap, const void *arg)
{
	uint16_t port = *(const uint16_t *)arg;
	struct tcp t = tcp_smc(cap, port);
	struct msg m;

	msg_proposal(&m, &smcr_v21.offer);
	tcp_data(&t, CLIENT, m.b, m.len);
	msg_answer(&m, SMCW_ACCEPT, &smcr_v21.answer);
	tcp_data(&t, SERVER, m.b, m.len);
	msg_decline(&m, SMCW_V2, SMCW_DECL_NOROUTE, false);
	memcpy(m.b + m.len, http_get, strlen(http_get));
	tcp_data(&t, CLIENT, m.b, m.len + strlen(http_get));
	msg_decline(&m, SMCW_V2, SMCW_DECL_PEERDECL, false);
	tcp_data(&t, SERVER, m.b, m.len);
	tcp_text(&t, SERVER, http_ok);
	tcp_text(&t, CLIENT, http_get);
	tcp_text(&t, SERVER, http_ok);
	tcp_close(&t);
	return 0;
}

/* The same from the server: HTTP sees its answer. */
static int run_server_declines(struct cap *cap, const void *arg)
{
	uint16_t port = *(const uint16_t *)arg;
	struct tcp t = tcp_smc(cap, port);
	struct msg m;

	msg_proposal(&m, &smcr_v21.offer);
	tcp_data(&t, CLIENT, m.b, m.len);
	msg_decline(&m, SMCW_V2, SMCW_DECL_NOSMCRDEV, false);
	tcp_data(&t, SERVER, m.b, m.len);
	tcp_text(&t, CLIENT, http_get);
	tcp_text(&t, SERVER, http_ok);
	tcp_close(&t);
	return 0;
}

/* HTTP without CLC, with the option on none, one or both sides. */
static int run_http(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_init(cap, 80);

	tcp_open(&t, *(const unsigned int *)arg);
	tcp_text(&t, CLIENT, http_get);
	tcp_text(&t, SERVER, http_ok);
	tcp_close(&t);
	return 0;
}

/* The capture began after the SYN, or one side of it was lost. */
static int run_mid_capture(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_init(cap, *(const uint16_t *)arg);

	handshake_run(&t, &smcr_v21);
	tcp_close(&t);
	return 0;
}

/* An upload whose segment begins with the header of a Proposal, and has no end of one. */
static int run_like_clc(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_init(cap, 80);
	struct msg m;

	(void)arg;
	msg_proposal(&m, &smcr_v21.offer);
	memset(m.b + sizeof(struct smcw_clc_hdr), 'x', m.len);
	tcp_data(&t, CLIENT, m.b, m.len + 100);
	tcp_close(&t);
	return 0;
}

static int run_ipv6(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_init(cap, PORT);

	t.v6 = true;
	tcp_open(&t, TCP_SMC_BOTH);
	handshake_run(&t, arg);
	tcp_close(&t);
	return 0;
}

/* Many connections at once, their segments interleaved. */
static int run_interleaved(struct cap *cap, const void *arg)
{
	struct tcp t[8];
	struct msg m[3];
	static const enum side from[] = { CLIENT, SERVER, CLIENT };
	size_t i, c;

	(void)arg;
	messages(&m[0], &m[1], &m[2]);
	for (c = 0; c < ARRAY_SIZE(t); c++)
		t[c] = tcp_smc(cap, (uint16_t)(PORT + c));
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		for (c = 0; c < ARRAY_SIZE(t); c++)
			tcp_data(&t[c], from[i], m[i].b, m[i].len / 2);
		for (c = 0; c < ARRAY_SIZE(t); c++)
			tcp_data(&t[c], from[i], m[i].b + m[i].len / 2, m[i].len - m[i].len / 2);
	}
	for (c = 0; c < ARRAY_SIZE(t); c++)
		tcp_close(&t[c]);
	return 0;
}

#define PORT_OF(n) (&(const uint16_t){ n })
#define BYTES(n) (&(const size_t){ n })
#define OPTIONS(n) (&(const unsigned int){ n })

static const struct scenario rows[] = {
	{ "port-22", EXPECT_CLEAN, "handshake on SSH's port", run_port, PORT_OF(22) },
	{ "port-80", EXPECT_CLEAN, "handshake on HTTP's port", run_port, PORT_OF(80) },
	{ "port-443", EXPECT_CLEAN, "handshake on TLS's port", run_port, PORT_OF(443) },
	{ "port-3306", EXPECT_CLEAN, "handshake on MySQL's port", run_port, PORT_OF(3306) },
	{ "port-6379", EXPECT_CLEAN, "handshake on Redis's port", run_port, PORT_OF(6379) },
	{ "segments-1", EXPECT_CLEAN, "segments of 1 byte", run_cut, BYTES(1) },
	{ "segments-7", EXPECT_CLEAN, "segments of 7 bytes", run_cut, BYTES(7) },
	{ "break-1", EXPECT_CLEAN, "a break after the first byte", run_break, BYTES(1) },
	{ "break-2", EXPECT_CLEAN, "a break inside the eyecatcher", run_break, BYTES(2) },
	{ "break-3", EXPECT_CLEAN, "a break before the eyecatcher's end", run_break, BYTES(3) },
	{ "break-4", EXPECT_CLEAN, "a break behind the eyecatcher", run_break, BYTES(4) },
	{ "break-6", EXPECT_CLEAN, "a break inside the length", run_break, BYTES(6) },
	{ "break-8", EXPECT_CLEAN, "a break behind the header", run_break, BYTES(8) },
	{ "several", EXPECT_CLEAN, "two messages in one segment", run_several, NULL },
	{ "retransmitted", EXPECT_CLEAN, "every segment twice", run_retransmitted, NULL },
	{ "out-of-order", EXPECT_CLEAN, "the Proposal's second half comes first", run_out_of_order,
	  NULL },
	{ "out-of-order-pref", EXPECT_CLEAN, "the same with TCP's preference to reassemble it",
	  run_out_of_order, NULL },
	{ "interleaved", EXPECT_CLEAN, "8 connections at once", run_interleaved, NULL },
	{ "decline-data-80", EXPECT_CLEAN,
	  "the client's Decline and its HTTP request in one segment", run_decline_and_data,
	  PORT_OF(80) },
	{ "decline-data", EXPECT_CLEAN, "the same on a port of nobody", run_decline_and_data,
	  PORT_OF(PORT) },
	{ "decline-then-http", EXPECT_CLEAN, "the server's Decline, then HTTP", run_server_declines,
	  PORT_OF(80) },
	{ "option-http", "clc.no_proposal", "both say SMC capable, HTTP follows without CLC",
	  run_http, OPTIONS(TCP_SMC_BOTH) },
	{ "option-syn-only", "clc.no_option", "the server does not answer the option, HTTP follows",
	  run_http, OPTIONS(TCP_SMC_SYN) },
	{ "no-option-http", EXPECT_NONE, "HTTP of hosts that know nothing of SMC", run_http,
	  OPTIONS(0) },
	{ "mid-capture", EXPECT_CLEAN, "CLC without its SYN", run_mid_capture, PORT_OF(PORT) },
	{ "mid-capture-80", EXPECT_CLEAN, "CLC without its SYN on HTTP's port", run_mid_capture,
	  PORT_OF(80) },
	{ "mid-capture-443", EXPECT_CLEAN, "CLC without its SYN on TLS's port", run_mid_capture,
	  PORT_OF(443) },
	{ "mid-capture-5432", EXPECT_CLEAN, "CLC without its SYN on PostgreSQL's port",
	  run_mid_capture, PORT_OF(5432) },
	{ "mid-capture-text", EXPECT_NONE, "text that begins like CLC on HTTP's port", run_like_clc,
	  NULL },
	{ "ipv6-r", EXPECT_CLEAN, "SMC-R v2.1 over IPv6", run_ipv6, &smcr_v21 },
	{ "ipv6-d", EXPECT_CLEAN, "SMC-D v2.1 over IPv6", run_ipv6, &smcd_v21 },
};

const struct scenario_table tcp_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
