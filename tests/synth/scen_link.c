// SPDX-License-Identifier: GPL-2.0-or-later
/* Link groups with several connections, links and RMBEs. See scenario.h. */
#include <string.h>

#include "session.h"

#define CONNS 3

static const char request[] = "GET /a HTTP/1.1\r\nHost: server.example\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

static void exchange(struct session *s)
{
	session_text(s, CLIENT, request);
	session_text(s, SERVER, answer);
}

/* CONFIRM_RKEY of an RMB that is new to the group, before CLC announces it. */
static void confirm_rkey(struct roce *r, enum side from, uint32_t rkey, uint64_t vaddr)
{
	struct msg m;

	msg_llc(&m, SMCW_LLC_CONFIRM_RKEY_V2, from, 0);
	msg_set(&m, SMCW_F_confirm_rkey_rkey_count, 0);
	msg_set(&m, SMCW_F_confirm_rkey_rkey, rkey);
	msg_set(&m, SMCW_F_confirm_rkey_vaddr, vaddr);
	roce_send(r, from, m.b, m.len);
	msg_llc(&m, SMCW_LLC_CONFIRM_RKEY_V2, other(from), SMCW_LLC_RESP);
	roce_send(r, other(from), m.b, m.len);
}

/* The first one makes the group, the others use it; their bytes take turns. */
static int run_three(struct cap *cap, const void *arg)
{
	static const uint16_t ports[CONNS] = { 80, 8080, 12345 };
	struct roce r = roce_init(cap);
	struct session s[CONNS];
	unsigned int i;

	(void)arg;
	for (i = 0; i < CONNS; i++) {
		if (i)
			confirm_rkey(&r, SERVER, selves[SERVER].rkey + i,
				     selves[SERVER].vaddr + ((uint64_t)i << 24));
		session_open(&s[i], &r, ports[i], i);
	}
	for (i = 0; i < 2 * CONNS; i++)
		exchange(&s[i % CONNS]);
	for (i = 0; i < CONNS; i++)
		session_close(&s[i]);
	return 0;
}

/* Two RMBEs in one RMB: index and size give the place. */
static int run_rmbes(struct cap *cap, const void *arg)
{
	struct roce r = roce_init(cap);
	struct session s[2];

	(void)arg;
	session_open_in(&s[0], &r, 80, 0, 1);
	session_open_in(&s[1], &r, 80, 1, 2);
	exchange(&s[0]);
	exchange(&s[1]);
	return 0;
}

static void add_link(struct roce *on, struct roce *added, uint8_t num)
{
	struct msg m;
	int side;

	for (side = SERVER; side >= CLIENT; side--) {
		msg_add_link_v2(&m, side, side == CLIENT ? SMCW_LLC_RESP : 0, 1);
		msg_set(&m, SMCW_F_add_link_link_num, num);
		msg_set(&m, SMCW_F_add_link_qpn, added->qpn[side]);
		roce_send(on, side, m.b, m.len);
	}
	for (side = SERVER; side >= CLIENT; side--) {
		msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, side, side == CLIENT ? SMCW_LLC_RESP : 0);
		msg_set(&m, SMCW_F_confirm_link_link_num, num);
		msg_set(&m, SMCW_F_confirm_link_qpn, added->qpn[side]);
		roce_send(added, side, m.b, m.len);
	}
}

static void delete_link(struct roce *on, uint8_t num)
{
	struct msg m;

	msg_delete_link(&m, SMCW_LLC_DELETE_LINK_V2, SMCW_LLC_DEL_ORDERLY, SMCW_DEL_LOST_PATH);
	msg_set(&m, SMCW_F_delete_link_link_num, num);
	roce_send(on, SERVER, m.b, m.len);
	m.b[sizeof(struct smcw_llc_v2)] |= SMCW_LLC_RESP;
	roce_send(on, CLIENT, m.b, m.len);
}

/* On the other link: the message before the last one has arrived, and the last one is sent again.
 */
static void fail_over(struct session *s, struct roce *to, const char *again)
{
	int side;

	s->r = to;
	for (side = CLIENT; side <= SERVER; side++)
		s->rkey[side] += 0x100; /* as ADD_LINK has announced */
	session_failover(s, CLIENT, s->seqno[CLIENT] - 1);
	s->at[CLIENT].prod -= (uint32_t)strlen(again);
	session_write(s, CLIENT, 0, again, strlen(again), ROCE_MTU);
	s->at[CLIENT].prod += (uint32_t)strlen(again);
	session_cdc(s, CLIENT, 0, 0);
}

static int run_two_links(struct cap *cap, const void *arg)
{
	struct roce first = roce_init(cap), second = first;
	struct session s;

	(void)arg;
	second.qpn[CLIENT] += 0x10;
	second.qpn[SERVER] += 0x10;
	session_open(&s, &first, 80, 0);
	add_link(&first, &second, 2);
	exchange(&s);
	session_write(&s, CLIENT, 0, request, strlen(request), ROCE_MTU);
	session_produce(&s, CLIENT, strlen(request));
	session_cdc(&s, CLIENT, 0, 0); /* the peer does not get it any more */
	delete_link(&second, 1);
	fail_over(&s, &second, request);
	session_text(&s, SERVER, answer);
	exchange(&s);
	session_close(&s);
	return 0;
}

/* CONFIRM_RKEY with the keys of both links. */
static void confirm_both(struct roce *on, enum side from, uint32_t rkey, uint64_t vaddr)
{
	struct msg m;

	msg_llc(&m, SMCW_LLC_CONFIRM_RKEY_V2, from, 0);
	msg_set(&m, SMCW_F_confirm_rkey_rkey_count, 1);
	msg_set(&m, SMCW_F_confirm_rkey_rkey, rkey);
	msg_set(&m, SMCW_F_confirm_rkey_vaddr, vaddr);
	msg_set(&m, SMCW_F_confirm_rkey_link_num2, 2);
	msg_set(&m, SMCW_F_confirm_rkey_rkey2, rkey + 0x100);
	msg_set(&m, SMCW_F_confirm_rkey_vaddr2, vaddr);
	roce_send(on, from, m.b, m.len);
	msg_llc(&m, SMCW_LLC_CONFIRM_RKEY_V2, other(from), SMCW_LLC_RESP);
	roce_send(on, other(from), m.b, m.len);
}

/* A connection that joins a group of two links, and is moved to the second one. */
static int run_joins_two(struct cap *cap, const void *arg)
{
	struct roce first = roce_init(cap), second = first;
	struct session made, joined;

	(void)arg;
	second.qpn[CLIENT] += 0x10;
	second.qpn[SERVER] += 0x10;
	session_open(&made, &first, 80, 0);
	add_link(&first, &second, 2);
	exchange(&made);
	confirm_both(&first, CLIENT, selves[CLIENT].rkey + 1, selves[CLIENT].vaddr + (1ull << 24));
	confirm_both(&first, SERVER, selves[SERVER].rkey + 1, selves[SERVER].vaddr + (1ull << 24));
	session_open(&joined, &first, 8080, 1);
	exchange(&joined);
	session_write(&joined, CLIENT, 0, request, strlen(request), ROCE_MTU);
	session_produce(&joined, CLIENT, strlen(request));
	session_cdc(&joined, CLIENT, 0, 0);
	delete_link(&second, 1);
	fail_over(&joined, &second, request);
	exchange(&joined);
	session_close(&joined);
	return 0;
}

static void ask_to_delete(struct roce *on, int side, uint8_t num)
{
	struct msg m;

	msg_delete_link(&m, SMCW_LLC_DELETE_LINK_V2, SMCW_LLC_DEL_ORDERLY, SMCW_DEL_LOST_PATH);
	msg_set(&m, SMCW_F_delete_link_link_num, num);
	roce_send(on, side, m.b, m.len);
	if (side == CLIENT)
		return;
	m.b[sizeof(struct smcw_llc_v2)] |= SMCW_LLC_RESP;
	roce_send(on, CLIENT, m.b, m.len);
}

/* The client asks, by the second link; the server makes it a request of its own by the first one.
 */
static int run_asked_back(struct cap *cap, const void *arg)
{
	const uint8_t *deleted = arg;
	struct roce first = roce_init(cap), second = first;
	struct session s;

	second.qpn[CLIENT] += 0x10;
	second.qpn[SERVER] += 0x10;
	session_open(&s, &first, 80, 0);
	add_link(&first, &second, 2);
	ask_to_delete(&second, CLIENT, 2);
	ask_to_delete(&first, SERVER, *deleted);
	return 0;
}

static const uint8_t asked_for = 2, another = 1;

static const struct scenario rows[] = {
	{ "link-three-conns", EXPECT_CLEAN, "three connections of a link group in turns", run_three,
	  NULL },
	{ "link-rmbes", EXPECT_CLEAN, "two RMBEs in one RMB", run_rmbes, NULL },
	{ "link-two-links", EXPECT_CLEAN, "a second link is added, the first one fails",
	  run_two_links, NULL },
	{ "link-joins-two", EXPECT_CLEAN, "a connection joins a group of two links, and moves",
	  run_joins_two, NULL },
	{ "link-asked-back", EXPECT_CLEAN,
	  "a client asks by one link, the server deletes by the other", run_asked_back,
	  &asked_for },
	{ "link-asked-for-another", EXPECT_CLEAN, "a client asks, the server deletes another link",
	  run_asked_back, &another },
};

const struct scenario_table link_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
