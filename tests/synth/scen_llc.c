// SPDX-License-Identifier: GPL-2.0-or-later
/* LLC, CDC and the RDMA WRITEs beside them. See scenario.h. */
#include <string.h>

#include "scenario.h"

static void send_llc(struct roce *r, enum side from, uint8_t type, uint8_t flags, bool big)
{
	struct msg m;

	msg_llc(&m, type, from, flags);
	if (big)
		msg_llc_swap(&m);
	roce_send(r, from, m.b, m.len);
}

/* Request by the server and response by the client, of each type of a version. */
static int run_v1(struct cap *cap, const void *arg)
{
	static const uint8_t types[] = { SMCW_LLC_CONFIRM_LINK,	 SMCW_LLC_ADD_LINK,
					 SMCW_LLC_ADD_LINK_CONT, SMCW_LLC_DELETE_LINK,
					 SMCW_LLC_CONFIRM_RKEY,	 SMCW_LLC_CONFIRM_RKEY_CONT,
					 SMCW_LLC_TEST_LINK,	 SMCW_LLC_DELETE_RKEY,
					 SMCW_LLC_REQ_ADD_LINK,	 SMCW_LLC_OPT_CTRL,
					 SMCW_LLC_NWM_DATA };
	struct roce r = roce_init(cap);
	struct tcp t = tcp_smc(cap, 12345);
	size_t i;

	(void)arg;
	handshake_run(&t, &smcr_v1);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		send_llc(&r, SERVER, types[i], 0, false);
		send_llc(&r, CLIENT, types[i], SMCW_LLC_RESP, false);
	}
	return 0;
}

static int run_v2(struct cap *cap, const void *arg)
{
	static const uint8_t types[] = { SMCW_LLC_CONFIRM_LINK_V2, SMCW_LLC_ADD_LINK_V2,
					 SMCW_LLC_DELETE_LINK_V2,  SMCW_LLC_CONFIRM_RKEY_V2,
					 SMCW_LLC_TEST_LINK_V2,	   SMCW_LLC_DELETE_RKEY_V2,
					 SMCW_LLC_REQ_ADD_LINK_V2 };
	bool big = *(const bool *)arg;
	struct roce r = link_up(cap);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		send_llc(&r, SERVER, types[i], 0, big);
		send_llc(&r, CLIENT, types[i], SMCW_LLC_RESP, big);
	}
	return 0;
}

/* The exchange that adds a link: the response carries extension and rkeys. */
static int run_add_link_v2(struct cap *cap, const void *arg)
{
	static const uint16_t rkeys[] = { 1, 2, 30, 0 };
	bool big = *(const bool *)arg;
	struct roce r = link_up(cap);
	struct msg m;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rkeys); i++) {
		msg_add_link_v2(&m, SERVER, 0, rkeys[i]);
		if (big)
			msg_llc_swap(&m);
		roce_send(&r, SERVER, m.b, m.len);
		msg_add_link_v2(&m, CLIENT, SMCW_LLC_RESP, rkeys[i]);
		if (big)
			msg_llc_swap(&m);
		roce_send(&r, CLIENT, m.b, m.len);
	}
	return 0;
}

static int run_refusals(struct cap *cap, const void *arg)
{
	static const uint8_t types[] = { SMCW_LLC_ADD_LINK, SMCW_LLC_ADD_LINK_V2,
					 SMCW_LLC_REQ_ADD_LINK, SMCW_LLC_REQ_ADD_LINK_V2 };
	struct roce r = link_up(cap);
	struct msg m;
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		send_llc(&r, SERVER, types[i], 0, false);
		msg_refusal(&m, types[i], CLIENT);
		roce_send(&r, CLIENT, m.b, m.len);
	}
	return 0;
}

static int run_delete_link(struct cap *cap, const void *arg)
{
	const struct smcw_list *reasons = &smcw_lists[SMCW_LIST_del_link_reasons];
	struct roce r = link_up(cap);
	struct msg m;
	unsigned int i;

	(void)arg;
	for (i = 0; i < reasons->n; i++) {
		msg_delete_link(&m, SMCW_LLC_DELETE_LINK_V2,
				i & 1 ? SMCW_LLC_DEL_ORDERLY :
					SMCW_LLC_DEL_ORDERLY | SMCW_LLC_DEL_ALL,
				reasons->values[i].value);
		roce_send(&r, SERVER, m.b, m.len);
		m.b[sizeof(struct smcw_llc_v2)] |= SMCW_LLC_RESP;
		roce_send(&r, CLIENT, m.b, m.len);
	}
	return 0;
}

static int run_delete_rkey(struct cap *cap, const void *arg)
{
	struct roce r = link_up(cap);
	struct msg m;
	uint8_t n;

	(void)arg;
	for (n = 0; n <= 8; n += 4) {
		msg_delete_rkey(&m, SMCW_LLC_DELETE_RKEY, 0, n);
		roce_send(&r, CLIENT, m.b, m.len);
		msg_delete_rkey(&m, SMCW_LLC_DELETE_RKEY, SMCW_LLC_RESP | SMCW_LLC_NEG, n);
		msg_set(&m, SMCW_F_delete_rkey_error_mask, 0x80);
		roce_send(&r, SERVER, m.b, m.len);
	}
	for (n = 0; n < 200; n += 9) {
		msg_delete_rkey(&m, SMCW_LLC_DELETE_RKEY_V2, 0, n);
		roce_send(&r, CLIENT, m.b, m.len);
		msg_delete_rkey(&m, SMCW_LLC_DELETE_RKEY_V2, SMCW_LLC_RESP, n);
		roce_send(&r, SERVER, m.b, m.len);
	}
	return 0;
}

/* LLC of a link group whose handshake is not in the capture. */
static int run_unknown_group(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct cursors at = { .prod = 100 };
	struct msg m;

	r.v1 = *(const bool *)arg;
	send_llc(&r, SERVER, SMCW_LLC_CONFIRM_LINK, 0, false);
	send_llc(&r, CLIENT, SMCW_LLC_CONFIRM_LINK, SMCW_LLC_RESP, false);
	send_llc(&r, SERVER, SMCW_LLC_TEST_LINK_V2, 0, false);
	send_llc(&r, CLIENT, SMCW_LLC_TEST_LINK_V2, SMCW_LLC_RESP, true);
	msg_cdc(&m, CLIENT, 1, &at, 0, 0);
	roce_send(&r, CLIENT, m.b, m.len);
	return 0;
}

static int run_cdc_flags(struct cap *cap, const void *arg)
{
	static const struct {
		uint8_t flags, state;
	} bits[] = {
		{ SMCW_CDC_WRITE_BLOCKED, 0 }, { SMCW_CDC_URG_PENDING, 0 },
		{ SMCW_CDC_URG_PRESENT, 0 },   { SMCW_CDC_UPDATE_REQ, 0 },
		{ SMCW_CDC_FAILOVER, 0 },      { 0, SMCW_CDC_DONE_WRITING },
		{ 0, SMCW_CDC_CLOSED },	       { 0, SMCW_CDC_ABORT },
	};
	struct roce r = link_up(cap);
	struct cursors at = { 0 };
	const struct cursors none = { 0 };
	uint16_t seqno = 0;
	struct msg m;
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		/* A failover repeats the last number, and has no cursors. */
		bool failover = bits[i].flags & SMCW_CDC_FAILOVER;

		seqno += !failover;
		at.prod += failover ? 0 : 10;
		msg_cdc(&m, CLIENT, seqno, failover ? &none : &at, bits[i].flags, bits[i].state);
		roce_send(&r, CLIENT, m.b, m.len);
	}
	return 0;
}

#define RMBE_SIZE 65536u

/* Bytes into the peer's RMBE, wrapping at its end, and the CDC that reports them. */
static void transfer(struct roce *r, enum side from, struct cursors *at, const void *data,
		     size_t len, uint16_t *seqno)
{
	const struct self *to = &selves[other(from)];
	size_t first = RMBE_SIZE - at->prod < len ? RMBE_SIZE - at->prod : len;
	struct msg m;

	roce_write(r, from, to->rkey, to->vaddr + at->prod, data, first, ROCE_MTU);
	if (len > first)
		roce_write(r, from, to->rkey, to->vaddr, (const uint8_t *)data + first, len - first,
			   ROCE_MTU);
	at->prod += (uint32_t)len;
	if (at->prod >= RMBE_SIZE) {
		at->prod -= RMBE_SIZE;
		at->prod_wrap++;
	}
	msg_cdc(&m, from, ++*seqno, at, 0, 0);
	roce_send(r, from, m.b, m.len);
}

/* Requests and answers over SMC-R, the window wraps on the way. */
static int run_data(struct cap *cap, const void *arg)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: server.example\r\n\r\n";
	struct roce r = link_up(cap);
	struct cursors client = { 0 }, server = { 0 };
	uint16_t seqno[2] = { 0 };
	uint8_t page[5000];
	struct msg m;
	int i;

	(void)arg;
	memset(page, 'x', sizeof(page));
	memcpy(page, "HTTP/1.1 200 OK\r\nContent-Length: 4959\r\n\r\n", 41);
	for (i = 0; i < 15; i++) {
		transfer(&r, CLIENT, &client, request, sizeof(request) - 1, &seqno[CLIENT]);
		server.cons = client.prod;
		server.cons_wrap = client.prod_wrap;
		transfer(&r, SERVER, &server, page, sizeof(page), &seqno[SERVER]);
		client.cons = server.prod;
		client.cons_wrap = server.prod_wrap;
	}
	msg_cdc(&m, CLIENT, ++seqno[CLIENT], &client, 0, SMCW_CDC_DONE_WRITING);
	roce_send(&r, CLIENT, m.b, m.len);
	msg_cdc(&m, SERVER, ++seqno[SERVER], &server, 0, SMCW_CDC_CLOSED);
	roce_send(&r, SERVER, m.b, m.len);
	return 0;
}

/* The data of an application may look like LLC: type 1, length 44. */
static int run_lookalike(struct cap *cap, const void *arg)
{
	uint8_t data[SMCW_LLC_LEN] = { SMCW_LLC_CONFIRM_LINK, SMCW_LLC_LEN };
	bool known = *(const bool *)arg;
	struct roce r = known ? link_up(cap) : roce_init(cap);

	roce_write(&r, CLIENT, selves[SERVER].rkey, selves[SERVER].vaddr, data, sizeof(data),
		   ROCE_MTU);
	data[0] = SMCW_CDC_TYPE;
	roce_write(&r, CLIENT, selves[SERVER].rkey, selves[SERVER].vaddr, data, sizeof(data),
		   ROCE_MTU);
	return 0;
}

/* SENDs of other protocols, some with pad bytes, some that begin as LLC does. */
static int run_foreign(struct cap *cap, const void *arg)
{
	static const char text[] = "some other protocol of the InfiniBand world";
	uint8_t padded[SMCW_LLC_LEN - 3] = { SMCW_LLC_CONFIRM_LINK, SMCW_LLC_LEN };
	uint8_t longer[SMCW_LLC_LEN * 2] = { SMCW_LLC_TEST_LINK, SMCW_LLC_LEN };
	struct roce r = roce_init(cap);

	(void)arg;
	roce_send(&r, CLIENT, text, sizeof(text));
	roce_send(&r, CLIENT, text, 5);
	roce_send(&r, CLIENT, padded, sizeof(padded));
	roce_send(&r, CLIENT, longer, sizeof(longer));
	roce_send(&r, CLIENT, text, 0);
	return 0;
}

/* A long message in SEND FIRST, MIDDLE and LAST. */
static int run_send_in_parts(struct cap *cap, const void *arg)
{
	struct roce r = link_up(cap);
	struct msg m;

	(void)arg;
	msg_add_link_v2(&m, CLIENT, SMCW_LLC_RESP, 100);
	roce_send_cut(&r, CLIENT, m.b, m.len, 256);
	send_llc(&r, SERVER, SMCW_LLC_TEST_LINK_V2, 0, false);
	return 0;
}

#define BOOL(b) (&(const bool){ b })

static const struct scenario rows[] = {
	{ "llc-v1", EXPECT_CLEAN, "every LLC type of version 1, request and response", run_v1,
	  NULL },
	{ "llc-v2-little", EXPECT_CLEAN ",llc.little_endian",
	  "every LLC type of version 2 from little-endian hosts", run_v2, BOOL(false) },
	{ "llc-v2-big", EXPECT_CLEAN, "the same from big-endian hosts", run_v2, BOOL(true) },
	{ "llc-add-link-v2", EXPECT_CLEAN ",llc.little_endian",
	  "ADD_LINK v2 with extension and rkeys", run_add_link_v2, BOOL(false) },
	{ "llc-add-link-v2-big", EXPECT_CLEAN, "the same from big-endian hosts", run_add_link_v2,
	  BOOL(true) },
	{ "llc-refusals", EXPECT_CLEAN, "ADD_LINK and REQ_ADD_LINK refused", run_refusals, NULL },
	{ "llc-delete-link", EXPECT_CLEAN, "DELETE_LINK with every reason", run_delete_link, NULL },
	{ "llc-delete-rkey", EXPECT_CLEAN, "DELETE_RKEY of both versions with many counts",
	  run_delete_rkey, NULL },
	{ "llc-unknown-group", EXPECT_CLEAN, "LLC and CDC without their handshake",
	  run_unknown_group, BOOL(false) },
	{ "llc-rocev1", EXPECT_CLEAN, "the same over RoCEv1", run_unknown_group, BOOL(true) },
	{ "llc-in-parts", EXPECT_ANY, "ADD_LINK v2 in SEND FIRST, MIDDLE and LAST",
	  run_send_in_parts, NULL },
	{ "cdc-flags", "cdc.aborted,cdc.after_close", "CDC with each of its flags", run_cdc_flags,
	  NULL },
	{ "data", EXPECT_CLEAN, "HTTP over SMC-R, the RMBE wraps", run_data, NULL },
	{ "write-lookalike", EXPECT_NONE, "44 written bytes 01 2c 00 ..., queue pair not known",
	  run_lookalike, BOOL(false) },
	{ "write-lookalike-known", EXPECT_CLEAN, "the same on a link of SMC-R", run_lookalike,
	  BOOL(true) },
	{ "foreign-sends", EXPECT_NONE, "SENDs of other protocols, with and without pad bytes",
	  run_foreign, NULL },
};

const struct scenario_table llc_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
