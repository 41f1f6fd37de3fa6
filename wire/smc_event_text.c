// SPDX-License-Identifier: GPL-2.0-or-later
/* Trace events in one line. See smc_event_text.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "smc_event_text.h"
#include "smc_line.h"

/* Linux gives no errno above this. */
#define ERRNO_MAX 4095
#define NS_PER_S 1000000000ull

const char *smcw_reason_text(__u32 reason)
{
	const char *text = smcw_value_text(SMCW_LIST_decline_reasons, reason);

	if (text)
		return text;
	if (reason && reason <= ERRNO_MAX)
		return strerror((int)reason);
	if (-reason && -reason <= ERRNO_MAX)
		return strerror((int)-reason);
	return "unknown reason";
}

static int is_smcd(const struct smcw_event *ev)
{
	return ev->mode == SMCW_MODE_SMCD ||
	       (ev->hook < SMCW_HOOKS_MAX && SMCW_HOOK_IS_SMCD(ev->hook));
}

static void add_error(struct line *o, const char *before, const __be32 *error)
{
	__u32 e = smcw_get32(error);

	if (e)
		line_add(o, "%s%s", before, smcw_reason_text(e));
}

static void add_bytes(struct line *o, const char *before, const void *n, const char *after)
{
	line_add(o, "%s%" PRIu32 "%s", before, smcw_get32(n), after);
}

static void add_hex(struct line *o, const char *before, const void *n)
{
	line_add(o, "%s0x%" PRIx64, before, (uint64_t)smcw_get64(n));
}

/* A name that is filled up with blanks or NULs, and comes from another machine. */
static void add_name(struct line *o, const char *before, const __u8 *name, size_t len)
{
	char text[SMCW_EID_LEN + 1];
	size_t i;

	while (len && (!name[len - 1] || name[len - 1] == ' '))
		len--;
	for (i = 0; i < len && i < sizeof(text) - 1; i++)
		text[i] = name[i] > ' ' && name[i] < 0x7f ? (char)name[i] : '?';
	text[i] = '\0';
	if (i)
		line_add(o, "%s%s", before, text);
}

/* Only its type is certain: the bytes that counts and offsets describe may have been cut off. */
static void cut_message_text(struct line *o, const struct smcw_event *ev)
{
	int is_clc = ev->kind == SMCW_EV_CLC;
	size_t at = is_clc ? offsetof(struct smcw_clc_hdr, type) : 0;
	const char *type = NULL;

	if (smcw_get16(&ev->length) > at)
		type = smcw_value_text(is_clc ? SMCW_LIST_clc_types : SMCW_LIST_llc_types,
				       ((const __u8 *)(ev + 1))[at]);
	line_add(o, "%s %s", is_clc ? "SMC" : "LLC", type ? type : "message");
}

static void message_text(struct line *o, const struct smcw_event *ev, const void *message)
{
	static const char *const arrow[] = { [SMCW_DIR_IN] = "< ", [SMCW_DIR_OUT] = "> " };
	unsigned int dir = SMCW_EV_DIR_OF(ev);
	char text[SMCW_LINE_MAX];
	struct smcw_layout l;

	if (dir == SMCW_DIR_IN || dir == SMCW_DIR_OUT)
		line_text(o, arrow[dir]);
	if (smcw_get16(&ev->original) > smcw_get16(&ev->length))
		return cut_message_text(o, ev);
	smcw_event_message(ev, &l);
	if (ev->kind == SMCW_EV_CLC)
		smcw_clc_text(message, &l, text, sizeof(text));
	else
		smcw_llc_text(message, &l, text, sizeof(text));
	line_text(o, text);
}

/* CDC of SMC-D that is whole and has the right type: by far the most frequent of all events. */
static int is_plain_cdc(const struct smcw_event *ev)
{
	const struct smcw_cdc_smcd *cdc = (const void *)(ev + 1);

	return ev->kind == SMCW_EV_CDC && ev->mode == SMCW_MODE_SMCD &&
	       ev->length == ev->original && smcw_get16(&ev->length) == sizeof(*cdc) &&
	       cdc->type == SMCW_CDC_TYPE;
}

static int plain_cdc_text(const struct smcw_event *ev, char *buf, size_t cap)
{
	struct line o = line_init(buf, cap);

	if (SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN)
		line_text(&o, "< ");
	else if (SMCW_EV_DIR_OF(ev) == SMCW_DIR_OUT)
		line_text(&o, "> ");
	return (int)o.len + smcw_cdc_smcd_text((const void *)(ev + 1), !!(ev->flags & SMCW_EV_BIG),
					       buf + o.len, cap - o.len);
}

static void syn_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_syn *b)
{
	unsigned int dir = SMCW_EV_DIR_OF(ev);

	line_add(o, "%s %s SMC option", b->answer ? "SYN-ACK" : "SYN",
		 b->present ? "with" : "without");
	if (dir == SMCW_DIR_IN || dir == SMCW_DIR_OUT)
		line_add(o, " %s", smcw_value_text(SMCW_LIST_event_dirs, dir));
	if (b->cookie)
		line_text(o, ", the connection is made of a SYN cookie");
	add_error(o, ", no connection: ", &b->error);
}

static const char *mode_text(const struct smcw_event *ev)
{
	const char *text = smcw_value_text(SMCW_LIST_event_modes, ev->mode);

	return ev->mode == SMCW_MODE_UNKNOWN || !text ? "SMC" : text;
}

static void lgr_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_lgr *b)
{
	line_add(o, "link group 0x%08x %s, %s v%u", smcw_get32(&ev->lgr),
		 ev->kind == SMCW_EV_LGR_UP ? "up" : "down", mode_text(ev), b->version);
	add_name(o, ", EID ", b->eid, sizeof(b->eid));
	if (smcw_get64(b->peer) || smcw_get64(b->peer + 8))
		line_add(o, ", peer 0x%016" PRIx64, (uint64_t)smcw_get64(b->peer));
	if (smcw_get64(b->peer + 8))
		line_add(o, "%016" PRIx64, (uint64_t)smcw_get64(b->peer + 8));
	add_name(o, " on ", b->hostname, sizeof(b->hostname));
	if (smcw_get32(&b->conns))
		add_bytes(o, ", ", &b->conns,
			  smcw_get32(&b->conns) == 1 ? " connection" : " connections");
}

static void link_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_link *b)
{
	static const __u8 none[SMCW_GID_LEN];
	char gid[INET6_ADDRSTRLEN];

	line_add(o, "link %u %s, QP 0x%06x", ev->link, ev->kind == SMCW_EV_LINK_UP ? "up" : "down",
		 smcw_get32(&b->qpn));
	if (smcw_get32(&b->peer_qpn))
		line_add(o, " to 0x%06x", smcw_get32(&b->peer_qpn));
	if (memcmp(b->gid, none, sizeof(none)))
		line_add(o, ", %s", smcw_gid_text(b->gid, gid, sizeof(gid)));
	if (memcmp(b->peer_gid, none, sizeof(none)))
		line_add(o, " to %s", smcw_gid_text(b->peer_gid, gid, sizeof(gid)));
}

/* The buffers, as far as they are known: our own, then what we write into. */
static void conn_buffers(struct line *o, const struct smcw_event *ev, const struct smcw_ev_conn *b)
{
	const char *token = is_smcd(ev) ? "DMB 0x" : "rkey 0x";

	if (smcw_get64(&b->token))
		line_add(o, ", %s%" PRIx64, token, (uint64_t)smcw_get64(&b->token));
	if (smcw_get32(&b->receive_size))
		add_bytes(o, " of ", &b->receive_size, " bytes");
	if (ev->kind != SMCW_EV_CONN_READY)
		return;
	if (smcw_get64(&b->peer_token))
		line_add(o, ", peer's %s%" PRIx64, token, (uint64_t)smcw_get64(&b->peer_token));
	if (smcw_get32(&b->peer_size))
		add_bytes(o, " of ", &b->peer_size, " bytes");
}

static void conn_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_conn *b)
{
	int seen = ev->flags & SMCW_EV_SEEN;

	line_add(o, "connection 0x%x ", smcw_get32(&ev->conn));
	if (ev->kind == SMCW_EV_CONN_FREE) {
		line_add(o, "freed: %" PRIu64 " bytes sent, %" PRIu64 " received",
			 (uint64_t)smcw_get64(&b->sent), (uint64_t)smcw_get64(&b->received));
		add_error(o, ", ", &b->error);
		return;
	}
	if (smcw_get32(&b->error)) {
		line_add(o, "not %s",
			 ev->kind == SMCW_EV_CONN_NEW ? "created" : "joined with its peer");
		add_error(o, ": ", &b->error);
		return;
	}
	line_add(o, "%s",
		 seen				   ? "found" :
		 ev->kind == SMCW_EV_CONN_NEW	   ? "created" :
		 ev->hook == SMCW_HOOK_CONN_ACCEPT ? "accepted" :
						     "knows its peer");
	if (smcw_get32(&b->peer_conn))
		line_add(o, ", 0x%x there", smcw_get32(&b->peer_conn));
	if (smcw_get32(&ev->lgr))
		line_add(o, ", link group 0x%08x", smcw_get32(&ev->lgr));
	conn_buffers(o, ev, b);
	if (b->first_contact)
		line_add(o, ", first contact");
}

static void buf_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_buf *b)
{
	static const char *const what[] = {
		[SMCW_EV_BUF_REGISTER - SMCW_EV_BUF_REGISTER] = "registered",
		[SMCW_EV_BUF_UNREGISTER - SMCW_EV_BUF_REGISTER] = "unregistered",
		[SMCW_EV_BUF_ATTACH - SMCW_EV_BUF_REGISTER] = "attached",
		[SMCW_EV_BUF_DETACH - SMCW_EV_BUF_REGISTER] = "detached",
	};

	line_add(o, "%s %s%s", is_smcd(ev) ? "DMB" : "RMB", smcw_get32(&b->error) ? "not " : "",
		 what[ev->kind - SMCW_EV_BUF_REGISTER]);
	add_hex(o, is_smcd(ev) ? ", token " : ", rkey ", &b->token);
	if (smcw_get32(&b->size))
		add_bytes(o, ", ", &b->size, " bytes");
	add_error(o, ": ", &b->error);
}

static void add_state(struct line *o, __u8 state)
{
	const char *text = smcw_value_text(SMCW_LIST_sock_states, state);

	if (text)
		line_add(o, "%s", text);
	else
		line_add(o, "%u", state);
}

static void state_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_state *b)
{
	(void)ev;
	line_add(o, "socket ");
	add_state(o, b->old);
	line_add(o, " -> ");
	add_state(o, b->now);
	add_error(o, ", ", &b->error);
}

static void fallback_text(struct line *o, const struct smcw_event *ev,
			  const struct smcw_ev_fallback *b)
{
	__u32 reason = smcw_get32(&b->reason), diagnosis = smcw_get32(&b->diagnosis);

	(void)ev;
	line_add(o, "fallback to TCP: 0x%08x %s", reason, smcw_reason_text(reason));
	if (diagnosis)
		line_add(o, "; peer said 0x%08x %s", diagnosis, smcw_reason_text(diagnosis));
}

static void clc_failed_text(struct line *o, const struct smcw_event *ev,
			    const struct smcw_ev_clc_failed *b)
{
	const char *expected = smcw_value_text(SMCW_LIST_clc_types, b->expected);
	const char *got = smcw_value_text(SMCW_LIST_clc_types, b->got);

	line_add(o, "CLC failed: %s ", expected ? expected : "a message");
	if (SMCW_EV_DIR_OF(ev) == SMCW_DIR_OUT)
		line_add(o, "could not be sent");
	else if (got)
		line_add(o, "expected, %s came", got);
	else if (b->got)
		line_add(o, "expected, type %u came", b->got);
	else if (smcw_get32(&b->error) == EPROTO)
		line_add(o, "expected, bytes that are no CLC message came");
	else
		line_add(o, "expected, nothing came");
	add_error(o, ": ", &b->error);
}

static void module_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_module *b)
{
	const char *what = smcw_value_text(SMCW_LIST_module_events, b->what);

	(void)ev;
	line_add(o, "module");
	add_name(o, " ", b->name, sizeof(b->name));
	if (what)
		line_add(o, " %s", what);
	else
		line_add(o, ": event %u", b->what);
}

static void counter_text(struct line *o, const struct smcw_event *ev,
			 const struct smcw_ev_counter *c)
{
	size_t i, n = smcw_get16(&ev->length) / sizeof(*c);
	__u64 lost = 0;

	for (i = 0; i < n; i++)
		lost += smcw_get64(&c[i].full) + smcw_get64(&c[i].unreadable);
	line_add(o, "counters: %zu hook%s, %" PRIu64 " lost", n, n == 1 ? "" : "s", (uint64_t)lost);
}

/* A text of our own or of this host, in a field that is filled up with NULs. */
static void add_words(struct line *o, const char *before, const __u8 *text, size_t len)
{
	char clean[SMCW_FACT_VALUE_LEN + 1];
	size_t i;

	for (i = 0; i < len && text[i]; i++)
		clean[i] = text[i] >= ' ' && text[i] < 0x7f ? (char)text[i] : '?';
	clean[i] = '\0';
	if (i)
		line_add(o, "%s%s", before, clean);
}

static void add_cause(struct line *o, const struct smcw_ev_fact *f)
{
	add_words(o, " (", f->value, sizeof(f->value));
	line_add(o, ")");
}

/* Each topic is named once, and so is the cause that classes of events share. */
static void fact_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_fact *f)
{
	size_t i, n = smcw_get16(&ev->length) / sizeof(*f);

	for (i = 0; i < n; i++, f++) {
		const struct smcw_ev_fact *next = i + 1 < n ? f + 1 : NULL;
		const char *topic = smcw_value_text(SMCW_LIST_fact_topics, f->topic);

		if (i && f->topic == f[-1].topic)
			line_add(o, ", ");
		else
			line_add(o, "%s%s", i ? "; " : "", topic ? topic : "fact");
		add_words(o, i && f->topic == f[-1].topic ? "" : ": ", f->name, sizeof(f->name));
		if (!smcw_fact_is_class(f))
			add_words(o, " = ", f->value, sizeof(f->value));
		else if (*f->value && (!next || next->topic != f->topic ||
				       memcmp(next->value, f->value, sizeof(f->value))))
			add_cause(o, f);
	}
}

static void traffic_text(struct line *o, const struct smcw_event *ev,
			 const struct smcw_ev_traffic *b)
{
	uint64_t delays = smcw_get64(&b->delays);

	if (ev->conn)
		line_add(o, "connection 0x%x: ", smcw_get32(&ev->conn));
	line_add(o,
		 "%" PRIu64 " bytes sent in %" PRIu64 " CDC messages, %" PRIu64
		 " received in %" PRIu64,
		 (uint64_t)smcw_get64(&b->sent), (uint64_t)smcw_get64(&b->sent_messages),
		 (uint64_t)smcw_get64(&b->received), (uint64_t)smcw_get64(&b->received_messages));
	if (delays)
		line_add(o, ", mean delay %" PRIu64 " ns",
			 (uint64_t)smcw_get64(&b->delay_ns) / delays);
}

static void delay_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_delay *d)
{
	size_t i, n = smcw_get16(&ev->length) / sizeof(*d);
	__u64 sum[SMCW_DELAY_COUNT] = { 0 };

	for (i = 0; i < n; i++)
		if (d[i].what < SMCW_DELAY_COUNT)
			sum[d[i].what] += smcw_get64(&d[i].count);
	line_add(o, "delays of %" PRIu64 " messages received, %" PRIu64 " read",
		 (uint64_t)sum[SMCW_DELAY_RECEIVED], (uint64_t)sum[SMCW_DELAY_READ]);
}

/* @a - @b in units of which @per are one of what people read, with as many digits after the point.
 */
static void add_difference(struct line *o, __u64 a, __u64 b, __u64 per, int digits,
			   const char *unit)
{
	__u64 off = a > b ? a - b : b - a;

	line_add(o, "%c%" PRIu64 ".%0*" PRIu64 " %s", a < b ? '-' : '+', (uint64_t)(off / per),
		 digits, (uint64_t)(off % per), unit);
}

/* By how much the own clock is ahead of the common one, and how much faster it runs. */
static void clock_text(struct line *o, const struct smcw_event *ev, const struct smcw_ev_clock *c)
{
	line_add(o, "clock of host %u", SMCW_EV_HOST_OF(ev));
	add_words(o, ", ", c->name, sizeof(c->name));
	line_add(o, ": ");
	add_difference(o, smcw_get64(&c->own), smcw_get64(&c->common), NS_PER_S, 9, "s, ");
	add_difference(o, smcw_get64(&c->rate), NS_PER_S, 1000, 3, "ppm");
	line_add(o, ", right within %" PRIu64 " ns", (uint64_t)smcw_get64(&c->within));
}

static void kind_text(struct line *o, const struct smcw_event *ev)
{
	const void *body = ev + 1;

	switch (ev->kind) {
#define KIND_CASE(name, value, text, class, of, body_, color)                                      \
	case value:                                                                                \
		return body_##_text(o, ev, body);
		SMCW_EVENT_KINDS(KIND_CASE)
#undef KIND_CASE
	default:
		line_add(o, "event of unknown kind %u", ev->kind);
	}
}

int smcw_event_text(const struct smcw_event *ev, char *buf, size_t cap)
{
	struct line o = line_init(buf, cap);
	unsigned int length = smcw_get16(&ev->length), original = smcw_get16(&ev->original);

	if (is_plain_cdc(ev) && !ev->lost)
		return plain_cdc_text(ev, buf, cap);
	kind_text(&o, ev);
	if (original > length)
		line_add(&o, " [%u bytes cut]", original - length);
	if (smcw_get64(&ev->lost))
		line_add(&o, " [%" PRIu64 " lost before]", (uint64_t)smcw_get64(&ev->lost));
	return (int)o.len;
}
