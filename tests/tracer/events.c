// SPDX-License-Identifier: GPL-2.0-or-later
/* See events.h. */
#include "events.h"

#include <stdio.h>
#include <string.h>

#include "smc_text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define START 1700000000123456789ULL

#define IPV4(a, b, c, d)                                                                           \
	{                                                                                          \
		[10] = 0xff, 0xff, a, b, c, d                                                      \
	}
static const __u8 client4[16] = IPV4(192, 0, 2, 1), server4[16] = IPV4(192, 0, 2, 2);
static const __u8 client6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
static const __u8 server6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };

/* ---- events without a message --------------------------------------------------- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BE32(v) __builtin_bswap32(v)
#define BE64(v) __builtin_bswap64(v)
#else
#define BE32(v) (v)
#define BE64(v) (v)
#endif

static const struct smcw_ev_syn syn = { .present = 1 };
static const struct smcw_ev_lgr lgr = {
	.version = 2, .conns = BE32(3), .eid = "SMCKIT.TEST", .hostname = "lab1"
};
static const struct smcw_ev_link link = {
	.qpn = BE32(0x12), .peer_qpn = BE32(0x13), .gid = { 0xfe, 0x80 }, .peer_gid = { 0xfe, 0x80 }
};
static const struct smcw_ev_conn conn = { .token = BE64(0x1000),
					  .peer_token = BE64(0x2000),
					  .sent = BE64(100000),
					  .received = BE64(7),
					  .peer_conn = BE32(0xab),
					  .send_size = BE32(65536),
					  .receive_size = BE32(131072),
					  .peer_size = BE32(65536),
					  .first_contact = 1 };
static const struct smcw_ev_buf buf = { .token = BE64(0x1000), .size = BE32(65536) };
static const struct smcw_ev_state state = { .old = SMCW_STATE_INIT, .now = SMCW_STATE_ACTIVE };
static const struct smcw_ev_fallback fallback = { .reason = BE32(0x03010000) };
static const struct smcw_ev_clc_failed clc_failed = { .error = BE32(11), .expected = 2 };
static const struct smcw_ev_module module = { .name = "smc", .what = SMCW_MODULE_UNLOAD };
static const struct smcw_ev_counter counters[2] = {
	{ .hook = SMCW_HOOK_CLC_TX, .seen = BE64(10), .filtered = BE64(1), .sent = BE64(9) },
	{ .hook = SMCW_HOOK_CLC_RX, .seen = BE64(9), .sent = BE64(6), .full = BE64(3) },
};

static const struct smcw_ev_fact facts[2] = {
	{ .topic = SMCW_FACT_OBSERVED, .name = "CLC" },
	{ .topic = SMCW_FACT_NOT_OBSERVED, .name = "CDC", .value = "smc has no BTF" },
};
static const struct smcw_ev_traffic traffic = { .sent_messages = BE64(3),
						.received_messages = BE64(2),
						.sent = BE64(4096),
						.received = BE64(100),
						.delays = BE64(2),
						.delay_ns = BE64(9000) };
static const struct smcw_ev_clock clock_of_host = { .own = BE64(1700000003123456789ull),
						    .common = BE64(1700000000123456789ull),
						    .within = BE64(25000),
						    .rate = BE64(1000200000ull),
						    .name = "b.pcapng" };
static const struct smcw_ev_delay delays[2] = {
	{ .what = SMCW_DELAY_RECEIVED,
	  .to_ns = BE64(10000),
	  .count = BE64(5),
	  .sum_ns = BE64(15000),
	  .min_ns = BE64(2000),
	  .max_ns = BE64(4000) },
	{ .what = SMCW_DELAY_READ,
	  .to_ns = BE64(25000),
	  .count = BE64(1),
	  .sum_ns = BE64(20000),
	  .min_ns = BE64(20000),
	  .max_ns = BE64(20000) },
};

#define BODY(kind, hook, body)                                                                     \
	{                                                                                          \
		SMCW_EV_##kind, SMCW_HOOK_##hook, &(body), sizeof(body)                            \
	}
static const struct {
	__u8 kind, hook;
	const void *body;
	size_t len;
} bodies[] = {
	BODY(SYN, SYN, syn),
	BODY(LGR_UP, LGR_UP, lgr),
	BODY(LGR_DOWN, LGR_DOWN, lgr),
	BODY(LINK_UP, LINK_UP, link),
	BODY(LINK_DOWN, LINK_DOWN, link),
	BODY(CONN_NEW, CONN_NEW, conn),
	BODY(CONN_READY, CONN_READY, conn),
	BODY(CONN_FREE, CONN_FREE, conn),
	BODY(BUF_REGISTER, DMB_REGISTER, buf),
	BODY(BUF_UNREGISTER, DMB_UNREGISTER, buf),
	BODY(BUF_ATTACH, DMB_ATTACH, buf),
	BODY(BUF_DETACH, DMB_DETACH, buf),
	BODY(STATE, STATE, state),
	BODY(FALLBACK, FALLBACK, fallback),
	BODY(CLC_FAILED, CLC_FAILED, clc_failed),
	BODY(MODULE, MODULE, module),
	BODY(COUNTERS, NONE, counters),
	BODY(FACTS, NONE, facts),
	BODY(TRAFFIC, TRAFFIC, traffic),
	BODY(DELAYS, NONE, delays),
	BODY(CLOCK, NONE, clock_of_host),
};

/* ---- filling in ----------------------------------------------------------------- */

static void set_body(union event *e, const void *body, size_t len)
{
	memcpy(&e->ev + 1, body, len);
	smcw_put16(&e->ev.length, (__u16)len);
	smcw_put16(&e->ev.original, (__u16)len);
}

static void set_ends(struct smcw_event *ev, unsigned int dir, const __u8 *src, const __u8 *dst)
{
	int in = dir == SMCW_DIR_IN;

	ev->flags = (__u8)((ev->flags & ~SMCW_EV_DIR) | SMCW_EV_FLAGS_OF(dir));
	memcpy(ev->local, in ? dst : src, 16);
	memcpy(ev->peer, in ? src : dst, 16);
	smcw_put16(&ev->local_port, in ? 443 : 40000);
	smcw_put16(&ev->peer_port, in ? 40000 : 443);
}

static void set_common(struct smcw_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->version = SMCW_EVENT_VERSION;
	smcw_put64(&ev->time, START);
	smcw_put64(&ev->channel, 7);
	smcw_put32(&ev->pid, 4711);
	ev->owner = SMCW_OWNER_SOCKET;
	memcpy(ev->comm, "curl", 4);
}

static int is_smcd(const struct sample *s)
{
	return s->kind == SAMPLE_SMCD_LITTLE || s->kind == SAMPLE_SMCD_BIG;
}

/* CDC of SMC-R is a sample of kind LLC; its type is the first byte. */
static unsigned int kind_of(const struct sample *s, const __u8 *msg)
{
	if (s->kind == SAMPLE_CLC)
		return SMCW_EV_CLC;
	return is_smcd(s) || msg[0] == SMCW_LLC_CDC ? SMCW_EV_CDC : SMCW_EV_LLC;
}

static const __u8 hooks[][2] = {
	[SMCW_EV_CLC] = { SMCW_HOOK_CLC_RX, SMCW_HOOK_CLC_TX },
	[SMCW_EV_LLC] = { SMCW_HOOK_LLC_RX, SMCW_HOOK_LLC_TX },
	[SMCW_EV_CDC] = { SMCW_HOOK_CDCR_RX, SMCW_HOOK_CDCR_TX },
};

size_t event_message(unsigned int kind, unsigned int dir, const void *msg, size_t len,
		     union event *e)
{
	set_common(&e->ev);
	e->ev.kind = (__u8)kind;
	e->ev.hook = hooks[kind][dir == SMCW_DIR_OUT];
	set_ends(&e->ev, dir, client4, server4);
	set_body(e, msg, len);
	return sizeof(e->ev) + len;
}

static void make_sample(const struct sample *s, unsigned int dir, union event *e)
{
	__u8 msg[SAMPLE_MAX];
	size_t len = sample_bytes(s->hex, msg);

	event_message(kind_of(s, msg), dir, msg, len, e);
	e->ev.mode = is_smcd(s) ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	if (s->kind == SAMPLE_SMCD_BIG)
		e->ev.flags |= SMCW_EV_BIG;
	if (s->kind != SAMPLE_CLC)
		strcpy((char *)e->ev.device, is_smcd(s) ? "loopback-ism" : "mlx5_0");
}

static void make_body(size_t n, union event *e)
{
	set_common(&e->ev);
	e->ev.kind = bodies[n].kind;
	e->ev.hook = bodies[n].hook;
	set_body(e, bodies[n].body, bodies[n].len);
}

size_t events_n(void)
{
	return samples_n + ARRAY_LEN(bodies);
}

size_t event_make(size_t n, union event *e)
{
	if (n < samples_n)
		make_sample(&samples[n], 1 + n % 2, e);
	else
		make_body(n - samples_n, e);
	smcw_put64(&e->ev.time, START + n);
	smcw_put64(&e->ev.lost, n % 5 ? 0 : n / 5);
	if (n < samples_n)
		smcw_put64(&e->ev.id, n + 1);
	if (n < samples_n && n % 3 == 2)
		set_ends(&e->ev, 1 + n % 2, client6, server6);
	return sizeof(e->ev) + smcw_get16(&e->ev.length);
}

const char *event_line(const struct smcw_event *ev, char *line)
{
	struct smcw_layout l;

	snprintf(line, EVENT_LINE_MAX, "event of kind %u", ev->kind);
	if (smcw_event_message(ev, &l) == -ENOENT)
		return line;
	if (ev->kind == SMCW_EV_CLC)
		smcw_clc_text(ev + 1, &l, line, EVENT_LINE_MAX);
	else
		smcw_llc_text(ev + 1, &l, line, EVENT_LINE_MAX);
	return line;
}
