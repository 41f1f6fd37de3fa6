// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handshakes of which something is missing, and captures of right handshakes that
 * miss the same: nothing may be claimed there. See scenario.h.
 */
#include <netinet/tcp.h>
#include <string.h>

#include "session.h"

#define LATER_S 10

static void propose(struct tcp *t)
{
	struct msg m;

	msg_proposal(&m, &smcr_v21.offer);
	tcp_data(t, CLIENT, m.b, m.len);
}

static void answer(struct tcp *t, uint8_t type)
{
	struct msg m;

	msg_answer(&m, type, &smcr_v21.answer);
	tcp_data(t, type == SMCW_ACCEPT ? SERVER : CLIENT, m.b, m.len);
}

/* ---- answers that are none ------------------------------------------------------- */

struct reply {
	uint16_t port;
	const char *bytes;
	size_t len;
};

/* The server has the option in its SYN-ACK, and answers in the tongue of its port. */
static int run_reply(struct cap *cap, const void *arg)
{
	const struct reply *r = arg;
	struct tcp t = tcp_smc(cap, r->port);

	propose(&t);
	tcp_data(&t, SERVER, r->bytes, r->len);
	tcp_flags(&t, SERVER, TH_FIN | TH_ACK);
	tcp_flags(&t, CLIENT, TH_RST | TH_ACK);
	return 0;
}

static int run_echo(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 7);
	struct msg m;

	msg_proposal(&m, &smcr_v21.offer);
	tcp_data(&t, CLIENT, m.b, m.len);
	tcp_data_cut(&t, SERVER, m.b, m.len, *(const size_t *)arg);
	tcp_close(&t);
	return 0;
}

struct ending {
	enum side side;
	uint8_t flags;
	unsigned int after_s;
};

static int run_ending(struct cap *cap, const void *arg)
{
	const struct ending *e = arg;
	struct tcp t = tcp_smc(cap, 80);

	propose(&t);
	cap->now.tv_sec += e->after_s;
	tcp_flags(&t, e->side, e->flags | TH_ACK);
	return 0;
}

/* A connection of others, @after_s later: the capture goes on. */
static void go_on(struct cap *cap, unsigned int after_s)
{
	struct tcp t = tcp_init(cap, 12345);

	cap->now.tv_sec += after_s;
	tcp_open(&t, 0);
}

static int run_silent(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 80);

	propose(&t);
	go_on(cap, *(const unsigned int *)arg);
	return 0;
}

/* ---- captures that show too little ------------------------------------------------- */

/* Only the client's packets are captured: the other ones move the numbers alone. */
static int run_client_alone(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_init(cap, 80);
	struct msg m;

	msg_proposal(&m, &smcr_v21.offer);
	tcp_data_at(&t, CLIENT, 0, m.b, m.len);
	t.seq[CLIENT] += (uint32_t)m.len;
	if (*(const bool *)arg) {
		msg_answer(&m, SMCW_ACCEPT, &smcr_v21.answer);
		t.seq[SERVER] += (uint32_t)m.len;
		msg_answer(&m, SMCW_CONFIRM, &smcr_v21.answer);
		tcp_data_at(&t, CLIENT, 0, m.b, m.len);
		t.seq[CLIENT] += (uint32_t)m.len;
		tcp_flags(&t, CLIENT, TH_FIN | TH_ACK);
	}
	go_on(cap, LATER_S);
	return 0;
}

/* The answer is not in the capture, but what follows it is. */
static int run_answer_lost(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 80);
	struct msg m;

	(void)arg;
	propose(&t);
	msg_answer(&m, SMCW_ACCEPT, &smcr_v21.answer);
	t.seq[SERVER] += (uint32_t)m.len;
	answer(&t, SMCW_CONFIRM);
	cap->now.tv_sec += LATER_S;
	tcp_close(&t);
	return 0;
}

/* The second half of the Accept comes first. */
static int run_answer_swapped(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 80);
	struct msg m;
	size_t half;

	(void)arg;
	propose(&t);
	msg_answer(&m, SMCW_ACCEPT, &smcr_v21.answer);
	half = m.len / 2;
	tcp_data_at(&t, SERVER, (uint32_t)half, m.b + half, m.len - half);
	tcp_data_at(&t, SERVER, 0, m.b, half);
	tcp_sent(&t, SERVER, m.len);
	answer(&t, SMCW_CONFIRM);
	tcp_close(&t);
	return 0;
}

/* ---- merged files with clocks of their own ------------------------------------------- */

/* A message of the handshake whose packet stands after the next one's. */
static int run_clocks(struct cap *cap, const void *arg)
{
	static const uint8_t types[] = { SMCW_PROPOSAL, SMCW_ACCEPT, SMCW_CONFIRM };
	const uint8_t late = *(const uint8_t *)arg;
	struct tcp t = tcp_smc(cap, 80), at[ARRAY_SIZE(types)];
	struct msg m[ARRAY_SIZE(types)];
	size_t i;

	msg_proposal(&m[0], &smcr_v21.offer);
	msg_answer(&m[1], SMCW_ACCEPT, &smcr_v21.answer);
	msg_answer(&m[2], SMCW_CONFIRM, &smcr_v21.answer);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		at[i] = t;
		t.seq[i == 1 ? SERVER : CLIENT] += (uint32_t)m[i].len;
	}
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		size_t k = types[i] == late ? i + 1 : i && types[i - 1] == late ? i - 1 : i;

		tcp_data_at(&at[k], k == 1 ? SERVER : CLIENT, 0, m[k].b, m[k].len);
	}
	tcp_close(&t);
	return 0;
}

/* ---- links ------------------------------------------------------------------------------ */

static int run_link(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 12345);

	handshake_run(&t, &smcr_v21);
	go_on(cap, *(const unsigned int *)arg);
	return 0;
}

enum confirmed { OF_NOBODY, BY_CLIENT, OF_ANOTHER, ASKED, ANSWERED };

static int run_timeout(struct cap *cap, const void *arg)
{
	enum confirmed how = *(const enum confirmed *)arg;
	struct roce r = roce_init(cap), others = r;
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	handshake_run(&t, &smcr_v21);
	others.qpn[CLIENT] += 1;
	others.qpn[SERVER] += 1;
	msg_llc(&m, SMCW_LLC_TEST_LINK_V2, SERVER, 0);
	if (how == OF_ANOTHER) /* of a queue pair that is nobody's we know */
		roce_send(&others, SERVER, m.b, m.len);
	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, SERVER, 0);
	if (how >= ASKED)
		roce_send(&r, SERVER, m.b, m.len);
	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, CLIENT, SMCW_LLC_RESP);
	if (how == ANSWERED)
		roce_send(&r, CLIENT, m.b, m.len);
	cap->now.tv_sec += LATER_S;
	msg_decline(&m, SMCW_V2, SMCW_DECL_TIMEOUT_CL, false);
	tcp_data(&t, how == BY_CLIENT ? CLIENT : SERVER, m.b, m.len);
	tcp_close(&t);
	return 0;
}

/* ---- options and messages of others ----------------------------------------------------- */

/* TCP Fast Open as an experiment, RFC 7413: a cookie of 8 bytes. */
static int run_fast_open(struct cap *cap, const void *arg)
{
	static const uint8_t option[] = { SMCW_TCPOPT_EXP, 12, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct tcp t = tcp_init(cap, 80);

	cap->snap = *(const size_t *)arg;
	tcp_syn(&t, option, sizeof(option));
	return 0;
}

struct host_name {
	uint8_t os;
	const char *name;
};

/* A host that writes its name in its own code. */
static int run_host_name(struct cap *cap, const void *arg)
{
	const struct host_name *h = arg;
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;
	uint8_t *at;

	propose(&t);
	msg_answer(&m, SMCW_ACCEPT, &smcr_v21.answer);
	msg_set(&m, SMCW_F_fce_os, h->os);
	at = memmem(m.b, m.len, "server  ", strlen("server  "));
	memset(at, 0x40, SMCW_HOSTNAME_LEN);
	memcpy(at, h->name, strlen(h->name));
	tcp_data(&t, SERVER, m.b, m.len);
	answer(&t, SMCW_CONFIRM);
	tcp_close(&t);
	return 0;
}

/* Receive credits, as Alibaba's kernels have them in every place. */
static int run_credits(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s;
	struct msg m;

	(void)arg;
	session_open(&s, &r, 12345, 0);
	msg_llc(&m, SMCW_LLC_ANNOUNCE_CREDITS, CLIENT, SMCW_LLC_RESP);
	msg_set(&m, SMCW_F_announce_credits_credits, 11);
	roce_send(&r, CLIENT, m.b, m.len);
	msg_llc(&m, SMCW_LLC_ADD_LINK_V2, SERVER, 0);
	msg_set(&m, SMCW_F_add_link_init_credits, 12);
	roce_send(&r, SERVER, m.b, m.len);
	msg_cdc(&m, CLIENT, 1, &(struct cursors){ 0 }, 0, 0);
	msg_set(&m, SMCW_F_cdc_alert_token, s.token[SERVER]);
	msg_set(&m, SMCW_F_cdc_credits, 13);
	roce_send(&r, CLIENT, m.b, m.len);
	return 0;
}

static int run_credits_declined(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	(void)arg;
	propose(&t);
	msg_answer(&m, SMCW_ACCEPT, &smcr_v21.answer);
	msg_set(&m, SMCW_F_smcr_init_credits, 16);
	tcp_data(&t, SERVER, m.b, m.len);
	msg_decline(&m, SMCW_V2, SMCW_DECL_CREDITSERR, false);
	tcp_data(&t, CLIENT, m.b, m.len);
	tcp_close(&t);
	return 0;
}

#define REPLY(port, bytes) (&(const struct reply){ port, bytes, sizeof(bytes) - 1 })
#define ENDING(side, flags, s) (&(const struct ending){ side, flags, s })
#define BYTES(n) (&(const size_t){ n })
#define SECONDS(n) (&(const unsigned int){ n })
#define TYPE(n) (&(const uint8_t){ n })
#define HOW(n) (&(const enum confirmed){ n })
#define WITH(b) (&(const bool){ b })
#define NAME(os, name) (&(const struct host_name){ os, name })

static const struct scenario rows[] = {
	{ "answer-http", "clc.not_clc", "the Proposal is answered by HTTP 400", run_reply,
	  REPLY(80, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") },
	{ "answer-tls", "clc.not_clc", "... by a TLS alert", run_reply,
	  REPLY(443, "\x15\x03\x01\x00\x02\x02\x0a") },
	{ "answer-ssh", "clc.not_clc", "... by a banner that crosses it", run_reply,
	  REPLY(22, "SSH-2.0-OpenSSH_9.2\r\n") },
	{ "answer-bytes", "clc.not_clc", "... by bytes of a port that nobody knows", run_reply,
	  REPLY(12345, "\0\1\2\3") },
	{ "answer-echo", "clc.echoed", "... by itself", run_echo, BYTES(2048) },
	{ "answer-echo-cut", "clc.echoed", "... by itself in pieces", run_echo, BYTES(9) },
	{ "silent-client-closes", "clc.no_answer", "no answer, and the client gives up", run_ending,
	  ENDING(CLIENT, TH_FIN, 2) },
	{ "silent-client-resets", "clc.no_answer", "... by a reset", run_ending,
	  ENDING(CLIENT, TH_RST, 2) },
	{ "silent-server-resets", "clc.no_answer", "the server resets for an answer", run_ending,
	  ENDING(SERVER, TH_RST, 0) },
	{ "silent-server-closes", "clc.no_answer", "the server closes for an answer", run_ending,
	  ENDING(SERVER, TH_FIN, 0) },
	{ "silent-to-the-end", "clc.no_answer", "no answer, and the capture goes on", run_silent,
	  SECONDS(LATER_S) },
	{ "proposal-at-the-end", EXPECT_CLEAN, "a capture that ends soon after the Proposal",
	  run_silent, SECONDS(1) },
	{ "client-alone-silent", EXPECT_CLEAN, "a Proposal in a capture of the client alone",
	  run_client_alone, WITH(false) },
	{ "client-alone", EXPECT_CLEAN, "Proposal and Confirm in such a capture", run_client_alone,
	  WITH(true) },
	{ "answer-lost", EXPECT_CLEAN, "the capture lacks the Accept", run_answer_lost, NULL },
	{ "answer-swapped", EXPECT_CLEAN, "the second half of the Accept comes first",
	  run_answer_swapped, NULL },
	{ "clocks-proposal", "clc.clocks", "the Accept stands before the Proposal", run_clocks,
	  TYPE(SMCW_PROPOSAL) },
	{ "clocks-accept", "clc.clocks", "the Confirm stands before the Accept", run_clocks,
	  TYPE(SMCW_ACCEPT) },
	{ "link-in-no-packet", "unknown.link", "a link is agreed upon, no packet has it", run_link,
	  SECONDS(LATER_S) },
	{ "link-at-the-end", EXPECT_CLEAN, "the capture ends with the Confirm", run_link,
	  SECONDS(1) },
	{ "timeout-no-rdma", "llc.no_confirm_link", "Decline for want of CONFIRM_LINK, no RDMA",
	  run_timeout, HOW(OF_NOBODY) },
	{ "timeout-client", "llc.no_confirm_link", "... of the client, which waits for the request",
	  run_timeout, HOW(BY_CLIENT) },
	{ "timeout-no-request", "llc.no_confirm_link", "... with RDMA of others", run_timeout,
	  HOW(OF_ANOTHER) },
	{ "timeout-no-response", "llc.no_confirm_link", "... with the request", run_timeout,
	  HOW(ASKED) },
	{ "timeout-all", "llc.no_confirm_link", "... with request and response", run_timeout,
	  HOW(ANSWERED) },
	{ "fast-open", EXPECT_NONE, "a SYN with the option of another experiment", run_fast_open,
	  BYTES(0) },
	{ "fast-open-cut", EXPECT_NONE, "the same, cut by the capture", run_fast_open, BYTES(62) },
	{ "host-zos", EXPECT_CLEAN, "a name in EBCDIC", run_host_name,
	  NAME(SMCW_OS_ZOS, "\xe2\xe8\xe2\xf1\x4b\xd7\xd3\xc5\xe7\xf1\x60\xa7") },
	{ "host-aix", EXPECT_CLEAN, "a name in a code that nobody knows", run_host_name,
	  NAME(SMCW_OS_AIX, "\xe2\xe8\xe2\xf1") },
	{ "credits", EXPECT_CLEAN, "receive credits", run_credits, NULL },
	{ "credits-declined", EXPECT_CLEAN, "credits that could not be announced",
	  run_credits_declined, NULL },
};

const struct scenario_table missing_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
