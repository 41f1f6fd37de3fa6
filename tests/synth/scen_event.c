// SPDX-License-Identifier: GPL-2.0-or-later
/* Traced events of every kind, as smc-trace stores them, and events that are wrong. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "scenario.h"

#define DIR_SHIFT __builtin_ctz(SMCW_EV_DIR)

/* Tags of link type 252 for addresses; the port type is TCP's. */
enum {
	TAG_IPV4_SRC = 20,
	TAG_IPV4_DST,
	TAG_IPV6_SRC,
	TAG_IPV6_DST,
	TAG_PORTS,
	TAG_SPORT,
	TAG_DPORT
};

#define PORT_TYPE_TCP 2

struct traced {
	struct smcw_event ev;
	uint8_t body[SMCW_LLC_V2_MAX];
};

static void put_ip(uint8_t to[16], enum side side, bool v6)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (v6) {
		memcpy(to, hosts[side].ip6, 16);
		return;
	}
	memcpy(to, mapped, sizeof(mapped));
	memcpy(to + sizeof(mapped), hosts[side].ip4, 4);
}

/* An event of the connection between the two hosts, as @side sees it. */
static struct traced event(const struct cap *cap, uint8_t kind, uint8_t hook, enum side side,
			   uint8_t mode)
{
	static const char *const comm[] = { "curl", "nginx" };
	static const uint16_t port[] = { 40000, 443 };
	struct traced t = { .ev = { .version = SMCW_EVENT_VERSION, .kind = kind, .hook = hook } };
	struct smcw_event *ev = &t.ev;

	ev->time = htobe64((uint64_t)cap->now.tv_sec * 1000000000u +
			   (uint64_t)cap->now.tv_usec * 1000u + 7);
	ev->sock = htobe64(4096u + side);
	ev->cgroup = htobe64(2317);
	ev->netns = htonl(4026531840u);
	ev->pid = htonl(1200u + side);
	ev->conn = htonl(selves[side].alert_token);
	ev->lgr = htonl(0x00000100);
	ev->owner = side == SERVER ? SMCW_OWNER_LISTENER : SMCW_OWNER_SOCKET;
	ev->mode = mode;
	ev->role = side == SERVER ? SMCW_ROLE_SERVER : SMCW_ROLE_CLIENT;
	ev->state = SMCW_STATE_INIT;
	ev->cpu = htons(3);
	ev->local_port = htons(port[side]);
	ev->peer_port = htons(port[other(side)]);
	put_ip(ev->local, side, false);
	put_ip(ev->peer, other(side), false);
	memcpy(ev->comm, comm[side], strlen(comm[side]));
	if (mode == SMCW_MODE_SMCR) {
		ev->link = 1;
		ev->link_uid = htonl(0x4c000001);
		memcpy(ev->device, "mlx5_0", 6);
	} else if (mode == SMCW_MODE_SMCD) {
		memcpy(ev->device, "loopback-ism", 12);
	}
	return t;
}

static void set_body(struct traced *t, const void *body, size_t len)
{
	memcpy(t->body, body, len);
	t->ev.length = t->ev.original = htons((uint16_t)len);
}

static size_t put_tag(uint8_t *to, uint16_t tag, const void *value, uint16_t len)
{
	smcw_put16(to, tag);
	smcw_put16(to + 2, len);
	memcpy(to + 4, value, len);
	return 4u + len;
}

static size_t put_port(uint8_t *to, uint16_t tag, uint32_t port)
{
	port = htonl(port);
	return put_tag(to, tag, &port, sizeof(port));
}

/* Addresses as smc-trace gives them: the sender's first. */
static size_t put_tags(uint8_t *tags, const struct smcw_event *ev)
{
	bool in = ev->flags >> DIR_SHIFT == SMCW_DIR_IN;
	const uint8_t *src = in ? ev->peer : ev->local, *dst = in ? ev->local : ev->peer;
	bool v6 = src[0];
	size_t at = 0;

	at += put_tag(tags + at, v6 ? TAG_IPV6_SRC : TAG_IPV4_SRC, v6 ? src : src + 12,
		      v6 ? 16 : 4);
	at += put_tag(tags + at, v6 ? TAG_IPV6_DST : TAG_IPV4_DST, v6 ? dst : dst + 12,
		      v6 ? 16 : 4);
	at += put_port(tags + at, TAG_PORTS, PORT_TYPE_TCP);
	at += put_port(tags + at, TAG_SPORT, ntohs(in ? ev->peer_port : ev->local_port));
	return at + put_port(tags + at, TAG_DPORT, ntohs(in ? ev->local_port : ev->peer_port));
}

/* Write the first @len bytes of an event; or more than that, with the bytes after it. */
static void put_bytes(struct cap *cap, const struct traced *t, size_t len)
{
	uint8_t tags[128];

	pdu_put(cap, "smcx.event", tags, t->ev.local_port ? put_tags(tags, &t->ev) : 0, t, len);
}

static size_t size_of(const struct traced *t)
{
	return sizeof(t->ev) + ntohs(t->ev.length);
}

/* A well-formed event. Return: 0, or -1 when wire/ does not find it so. */
static int put(struct cap *cap, const struct traced *t)
{
	put_bytes(cap, t, size_of(t));
	return smcw_event_check(t, size_of(t)) == (int)size_of(t) ? 0 : -1;
}

/* An event that wire/ has to refuse. */
static int put_bad(struct cap *cap, const struct traced *t)
{
	put_bytes(cap, t, size_of(t));
	return smcw_event_check(t, size_of(t)) < 0 ? 0 : -1;
}

/* ---- messages ------------------------------------------------------------------------ */

static struct traced message(const struct cap *cap, uint8_t kind, uint8_t hook, enum side side,
			     uint8_t mode, const struct msg *m)
{
	struct traced t = event(cap, kind, hook, side, mode);
	bool in = hook == SMCW_HOOK_CLC_RX || hook == SMCW_HOOK_LLC_RX ||
		  hook == SMCW_HOOK_CDCR_RX || hook == SMCW_HOOK_CDCD_RX;

	set_body(&t, m->b, m->len);
	t.ev.flags = (in ? SMCW_DIR_IN : SMCW_DIR_OUT) << DIR_SHIFT;
	return t;
}

/* A CLC message at its sender and at its receiver. */
static int put_clc(struct cap *cap, enum side from, uint8_t mode, const struct msg *m, uint64_t id)
{
	struct traced t = message(cap, SMCW_EV_CLC, SMCW_HOOK_CLC_TX, from, mode, m);
	int rc;

	t.ev.id = htobe64(id);
	rc = put(cap, &t);
	t = message(cap, SMCW_EV_CLC, SMCW_HOOK_CLC_RX, other(from), mode, m);
	t.ev.id = htobe64(id);
	return rc | put(cap, &t);
}

static int put_handshake(struct cap *cap, const struct handshake *h, uint8_t mode)
{
	struct msg m;
	int rc;

	msg_proposal(&m, &h->offer);
	rc = put_clc(cap, CLIENT, SMCW_MODE_UNKNOWN, &m, 1);
	msg_answer(&m, SMCW_ACCEPT, &h->answer);
	rc |= put_clc(cap, SERVER, mode, &m, 2);
	msg_answer(&m, SMCW_CONFIRM, &h->answer);
	return rc | put_clc(cap, CLIENT, mode, &m, 3);
}

static int run_messages(struct cap *cap, const void *arg)
{
	const struct cursors at = { .prod_wrap = 1, .prod = 300, .cons = 100 };
	struct traced t;
	struct msg m;
	int rc;

	(void)arg;
	rc = put_handshake(cap, &smcr_v21, SMCW_MODE_SMCR);
	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, SERVER, 0);
	t = message(cap, SMCW_EV_LLC, SMCW_HOOK_LLC_TX, SERVER, SMCW_MODE_SMCR, &m);
	rc |= put(cap, &t);
	t = message(cap, SMCW_EV_LLC, SMCW_HOOK_LLC_RX, CLIENT, SMCW_MODE_SMCR, &m);
	rc |= put(cap, &t);
	msg_add_link_v2(&m, SERVER, 0, 3);
	t = message(cap, SMCW_EV_LLC, SMCW_HOOK_LLC_TX_V2, SERVER, SMCW_MODE_SMCR, &m);
	rc |= put(cap, &t);
	msg_cdc(&m, CLIENT, 7, &at, 0, 0);
	t = message(cap, SMCW_EV_CDC, SMCW_HOOK_CDCR_TX, CLIENT, SMCW_MODE_SMCR, &m);
	rc |= put(cap, &t);
	t = message(cap, SMCW_EV_CDC, SMCW_HOOK_CDCR_RX, SERVER, SMCW_MODE_SMCR, &m);
	return rc | put(cap, &t);
}

/* The cursors are such that only the event shows their byte order. */
static int run_smcd(struct cap *cap, const void *arg)
{
	const struct smcw_cdc_smcd cdc = { .type = SMCW_CDC_TYPE,
					   .prod_count = htonl(0x00010100),
					   .cons_count = htonl(0x00010100) };
	struct msg m = { .len = sizeof(cdc) };
	struct traced t;
	int rc;

	(void)arg;
	rc = put_handshake(cap, &smcd_v21, SMCW_MODE_SMCD);
	memcpy(m.b, &cdc, sizeof(cdc));
	t = message(cap, SMCW_EV_CDC, SMCW_HOOK_CDCD_TX, CLIENT, SMCW_MODE_SMCD, &m);
	t.ev.channel = htobe64(selves[SERVER].dmb_token);
	rc |= put(cap, &t);
	t = message(cap, SMCW_EV_CDC, SMCW_HOOK_CDCD_RX, SERVER, SMCW_MODE_SMCD, &m);
	t.ev.channel = htobe64(selves[SERVER].dmb_token);
	t.ev.flags |= SMCW_EV_BIG;
	return rc | put(cap, &t);
}

static int run_truncated(struct cap *cap, const void *arg)
{
	struct traced t;
	struct msg m;

	(void)arg;
	msg_proposal(&m, &smcr_v21.offer);
	t = message(cap, SMCW_EV_CLC, SMCW_HOOK_CLC_TX, CLIENT, SMCW_MODE_UNKNOWN, &m);
	t.ev.length = htons(ntohs(t.ev.original) - 30);
	return put(cap, &t);
}

/* ---- events without a message ---------------------------------------------------------- */

struct happening {
	uint8_t kind, hook, mode;
	size_t len;
	union {
		struct smcw_ev_syn syn;
		struct smcw_ev_lgr lgr;
		struct smcw_ev_link link;
		struct smcw_ev_conn conn;
		struct smcw_ev_buf buf;
		struct smcw_ev_state state;
		struct smcw_ev_fallback fallback;
		struct smcw_ev_clc_failed clc_failed;
		struct smcw_ev_module module;
		struct smcw_ev_counter counter;
		struct smcw_ev_counter counters[2];
		struct smcw_ev_fact facts[2];
	};
};

#define NAMED(kind, hook, mode, member)                                                            \
	SMCW_EV_##kind, SMCW_HOOK_##hook, SMCW_MODE_##mode, sizeof(((struct happening *)0)->member)

/* htonl() and its like as constants, for tables. */
#if __BYTE_ORDER == __BIG_ENDIAN
#define BE32(v) (v)
#define BE64(v) (v)
#else
#define BE32(v) __builtin_bswap32(v)
#define BE64(v) __builtin_bswap64(v)
#endif

#define LGR                                                                                        \
	{                                                                                          \
		.version = 2, .conns = BE32(1), .peer = { 0x00, 0x01, 2, 0, 0, 0, 0, 2 },          \
		.eid = "SMCV2-UEID-LAB                 ", .hostname = "server",                    \
	}
#define LINK                                                                                       \
	{                                                                                          \
		.qpn = BE32(0x11), .peer_qpn = BE32(0x22),                                         \
		.gid = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 1 },                                 \
		.peer_gid = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 2 },                            \
	}
#define DMB                                                                                        \
	{                                                                                          \
		.token = BE64(0x8000000000000123), .size = BE32(65536)                             \
	}
#define RMB                                                                                        \
	{                                                                                          \
		.token = BE64(0x1234), .size = BE32(65536)                                         \
	}

static const struct happening happenings[] = {
	{ NAMED(SYN, SYN, UNKNOWN, syn), .syn = { .present = 1 } },
	{ NAMED(LGR_UP, LGR_UP, SMCR, lgr), .lgr = LGR },
	{ NAMED(LINK_UP, LINK_UP, SMCR, link), .link = LINK },
	{ NAMED(CONN_NEW, CONN_NEW, SMCR, conn), .conn = { .token = BE64(0x1234),
							   .send_size = BE32(65536),
							   .receive_size = BE32(65536),
							   .first_contact = 1 } },
	{ NAMED(BUF_REGISTER, RMB_REGISTER, SMCR, buf), .buf = RMB },
	{ NAMED(CONN_READY, CONN_READY, SMCR, conn), .conn = { .token = BE64(0x1234),
							       .peer_token = BE64(0x5678),
							       .peer_conn = BE32(0x2002),
							       .peer_size = BE32(131072) } },
	{ NAMED(STATE, STATE, SMCR, state),
	  .state = { .old = SMCW_STATE_INIT, .now = SMCW_STATE_ACTIVE } },
	{ NAMED(CONN_FREE, CONN_FREE, SMCR, conn),
	  .conn = { .sent = BE64(81), .received = BE64(5000) } },
	{ NAMED(BUF_UNREGISTER, RMB_UNREGISTER, SMCR, buf), .buf = RMB },
	{ NAMED(LINK_DOWN, LINK_DOWN, SMCR, link), .link = LINK },
	{ NAMED(LGR_DOWN, LGR_DOWN, SMCR, lgr), .lgr = LGR },
	{ NAMED(BUF_REGISTER, DMB_REGISTER, SMCD, buf), .buf = DMB },
	{ NAMED(BUF_ATTACH, DMB_ATTACH, SMCD, buf), .buf = DMB },
	{ NAMED(BUF_DETACH, DMB_DETACH, SMCD, buf), .buf = DMB },
	{ NAMED(BUF_UNREGISTER, DMB_UNREGISTER, SMCD, buf), .buf = DMB },
	{ NAMED(MODULE, MODULE, UNKNOWN, module),
	  .module = { .name = "smc", .what = SMCW_MODULE_UNLOAD } },
	{ NAMED(COUNTERS, NONE, UNKNOWN, counters), .counters = { { .hook = SMCW_HOOK_CLC_TX,
								    .seen = BE64(9),
								    .filtered = BE64(3),
								    .sent = BE64(6) },
								  { .hook = SMCW_HOOK_CDCR_TX,
								    .seen = BE64(70000),
								    .sent = BE64(70000),
								    .truncated = BE64(1) } } },
	{ NAMED(FACTS, NONE, UNKNOWN, facts),
	  .facts = { { .topic = SMCW_FACT_OBSERVED, .name = "CLC" },
		     { .topic = SMCW_FACT_NOT_OBSERVED,
		       .name = "CDC",
		       .value = "this kernel has no such function" } } },
};

/* Nothing of this is anybody's fault but the network's. */
static const struct happening troubles[] = {
	{ NAMED(FALLBACK, FALLBACK, TCP, fallback),
	  .fallback = { .reason = BE32(SMCW_DECL_NOSMCDEV) } },
	{ NAMED(FALLBACK, FALLBACK, TCP, fallback),
	  .fallback = { .reason = BE32(SMCW_DECL_PEERDECL),
			.diagnosis = BE32(SMCW_DECL_DIFFPREFIX) } },
	{ NAMED(CLC_FAILED, CLC_FAILED, UNKNOWN, clc_failed),
	  .clc_failed = { .error = BE32(EPROTO), .expected = SMCW_ACCEPT, .got = SMCW_DECLINE } },
	{ NAMED(CLC_FAILED, CLC_FAILED, UNKNOWN, clc_failed),
	  .clc_failed = { .error = BE32(EAGAIN), .expected = SMCW_PROPOSAL } },
	{ NAMED(CONN_NEW, CONN_NEW, SMCR, conn), .conn = { .error = BE32(ENOMEM) } },
	{ NAMED(CONN_NEW, CONN_NEW, SMCD, conn), .conn = { .error = BE32(SMCW_DECL_MAX_DMB) } },
	{ NAMED(BUF_REGISTER, DMB_REGISTER, SMCD, buf), .buf = { .error = BE32(EIO) } },
};

static const struct happening lost_counters = { NAMED(COUNTERS, NONE, UNKNOWN, counter),
						.counter = { .hook = SMCW_HOOK_CDCR_TX,
							     .seen = BE64(12),
							     .sent = BE64(5),
							     .full = BE64(4),
							     .unreadable = BE64(3) } };

static const struct happening wrong_counters = {
	NAMED(COUNTERS, NONE, UNKNOWN, counter),
	.counter = { .hook = SMCW_HOOK_CDCR_TX, .seen = BE64(12), .sent = BE64(11) }
};

static struct traced happened(const struct cap *cap, const struct happening *h)
{
	struct traced t = event(cap, h->kind, h->hook, CLIENT, h->mode);

	set_body(&t, &h->syn, h->len);
	if (h->kind == SMCW_EV_SYN)
		t.ev.flags = SMCW_DIR_OUT << DIR_SHIFT;
	if (h->kind == SMCW_EV_COUNTERS || h->kind == SMCW_EV_MODULE || h->kind == SMCW_EV_FACTS ||
	    h->kind == SMCW_EV_LGR_DOWN) /* of no connection */
		t.ev.local_port = t.ev.peer_port = 0;
	return t;
}

static int put_happenings(struct cap *cap, const struct happening *h, size_t n)
{
	struct traced t;
	int rc = 0;

	for (; n; n--, h++) {
		t = happened(cap, h);
		rc |= put(cap, &t);
	}
	return rc;
}

static int run_happenings(struct cap *cap, const void *arg)
{
	(void)arg;
	return put_happenings(cap, happenings, ARRAY_SIZE(happenings));
}

static int run_troubles(struct cap *cap, const void *arg)
{
	(void)arg;
	return put_happenings(cap, troubles, ARRAY_SIZE(troubles));
}

static int run_one(struct cap *cap, const void *arg)
{
	return put_happenings(cap, arg, 1);
}

static int run_ipv6(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	put_ip(t.ev.local, CLIENT, true);
	put_ip(t.ev.peer, SERVER, true);
	t.ev.flags = SMCW_DIR_IN << DIR_SHIFT;
	return put(cap, &t);
}

/* ---- events that are wrong ---------------------------------------------------------------- */

/* Bytes of the header that say something else, where wire/ finds that. */
static int run_version(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	t.ev.version = 9;
	return put_bad(cap, &t);
}

static int run_kind(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	t.ev.kind = 99;
	return put_bad(cap, &t);
}

static int run_lost(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	t.ev.lost = htobe64(17);
	return put(cap, &t);
}

static int run_reserved(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	((struct smcw_ev_conn *)t.body)->reserved[0] = 1;
	return put(cap, &t);
}

/* Every event without message, its body as far as its last byte. */
static int run_short(struct cap *cap, const void *arg)
{
	struct traced t;
	int rc = 0;
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(happenings); i++) {
		t = happened(cap, &happenings[i]);
		if (happenings[i].kind == SMCW_EV_COUNTERS)
			t.ev.length = htons(sizeof(struct smcw_ev_counter));
		if (happenings[i].kind == SMCW_EV_FACTS)
			t.ev.length = htons(sizeof(struct smcw_ev_fact));
		t.ev.length = t.ev.original = htons(ntohs(t.ev.length) - 1);
		rc |= put_bad(cap, &t);
		t.ev.length = t.ev.original = 0;
		rc |= put_bad(cap, &t);
	}
	return rc;
}

static int run_long(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	t.ev.length = t.ev.original = htons(ntohs(t.ev.length) + 3);
	return put_bad(cap, &t);
}

static int run_behind(struct cap *cap, const void *arg)
{
	struct traced t = happened(cap, arg);

	put_bytes(cap, &t, size_of(&t) + 3);
	return 0;
}

/* The capture ends at every byte of every event, a message's included. */
static int run_cut(struct cap *cap, const void *arg)
{
	struct traced t;
	struct msg m;
	size_t i, n;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(happenings); i++) {
		t = happened(cap, &happenings[i]);
		for (n = 0; n < size_of(&t); n += n < 140 ? 20 : 1)
			put_bytes(cap, &t, n);
	}
	msg_proposal(&m, &smcr_v21.offer);
	t = message(cap, SMCW_EV_CLC, SMCW_HOOK_CLC_TX, CLIENT, SMCW_MODE_UNKNOWN, &m);
	for (n = 0; n < size_of(&t); n++)
		put_bytes(cap, &t, n);
	return smcw_event_check(&t, size_of(&t) - 1) < 0 ? 0 : -1;
}

static int run_message(struct cap *cap, const void *arg)
{
	struct traced t;
	struct msg m;

	(void)arg;
	msg_proposal(&m, &smcr_v21.offer);
	m.b[m.len - 1] ^= 0xff;
	t = message(cap, SMCW_EV_CLC, SMCW_HOOK_CLC_RX, SERVER, SMCW_MODE_UNKNOWN, &m);
	return put(cap, &t);
}

static int run_empty(struct cap *cap, const void *arg)
{
	static const uint8_t kinds[] = { SMCW_EV_CLC, SMCW_EV_LLC, SMCW_EV_CDC };
	struct traced t;
	int rc = 0;
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		t = event(cap, kinds[i], SMCW_HOOK_NONE, CLIENT, SMCW_MODE_UNKNOWN);
		rc |= put(cap, &t);
	}
	return rc;
}

/* The longest lengths that can be said, of little that is there. */
static int run_huge(struct cap *cap, const void *arg)
{
	struct traced t;
	unsigned int kind;

	(void)arg;
	for (kind = 0; kind <= 255; kind++) {
		t = event(cap, (uint8_t)kind, 0xff, CLIENT, 0xff);
		memset(t.body, 0xff, 300);
		t.ev.length = t.ev.original = 0xffff;
		put_bytes(cap, &t, sizeof(t.ev) + 300);
	}
	return 0;
}

#define CONN (&happenings[3])

static const struct scenario rows[] = {
	{ "events-smcr", EXPECT_CLEAN, "traced CLC, LLC and CDC of SMC-R", run_messages, NULL },
	{ "events-smcd", EXPECT_CLEAN, "traced CLC and CDC of SMC-D, in both byte orders", run_smcd,
	  NULL },
	{ "events-life", EXPECT_CLEAN, "traced events without a message, of every kind",
	  run_happenings, NULL },
	{ "events-ipv6", EXPECT_CLEAN, "a traced event of a connection over IPv6", run_ipv6, CONN },
	{ "events-trouble", "event.fell_back,event.clc_failed,event.failed",
	  "traced events of what went wrong on the host", run_troubles, NULL },
	{ "events-truncated", "event.truncated", "a Proposal of which the tracer kept a part",
	  run_truncated, NULL },
	{ "events-lost", "event.events_lost", "events were lost before this one", run_lost, CONN },
	{ "events-counters-lost", "event.events_lost", "counters of a hook that lost events",
	  run_one, &lost_counters },
	{ "bad-event-counters", "event.miscounted", "counters that do not add up", run_one,
	  &wrong_counters },
	{ "bad-event-version", "event.unknown_version", "version 9 of the event", run_version,
	  CONN },
	{ "bad-event-kind", "event.unknown_kind,fault.unclaimed", "kind 99 of event", run_kind,
	  CONN },
	{ "bad-event-reserved", "clean,reserved.not_zero", "a reserved byte of the body",
	  run_reserved, CONN },
	{ "bad-event-short", "fault.length", "events with a body too short for their kind",
	  run_short, NULL },
	{ "bad-event-long", "fault.unclaimed", "3 bytes more in the body", run_long, CONN },
	{ "bad-event-behind", "fault.unclaimed", "3 bytes behind the event", run_behind, CONN },
	{ "bad-event-cut", "fault.cut", "events that end at every byte", run_cut, NULL },
	{ "bad-event-message", "fault.trailer", "a Proposal without its trailer, traced",
	  run_message, NULL },
	{ "bad-event-empty", "fault.cut", "a message of no bytes", run_empty, NULL },
	{ "bad-event-huge", "fault.cut", "the longest length, for every kind", run_huge, NULL },
};

const struct scenario_table event_scenarios = { rows, ARRAY_SIZE(rows), DLT_WIRESHARK_UPPER_PDU };
