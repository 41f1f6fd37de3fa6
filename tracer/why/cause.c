// SPDX-License-Identifier: GPL-2.0-or-later
/* See cause.h. */
#include "cause.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "smc_codec.h"
#include "smc_event_text.h"
#include "smc_text.h"
#include "base/who.h"

/* The kernel's error of a call that a signal interrupts; it is not among user space's. */
#define ERESTARTSYS 512

/* A handshake that waits so long will hardly go on; CLC's own limit is 6 s. */
#define HANGS_NS 2000000000ull

/* ---- facts ----------------------------------------------------------------------------- */

static bool fact_is(const struct facts *f, __u8 topic, const char *name, const char *value)
{
	const struct smcw_ev_fact *row = facts_find(f, topic, name);

	return row && !strncmp((const char *)row->value, value, sizeof(row->value));
}

/* Handshakes are limited by a sysctl from 6.14 on, and by netlink before. */
static bool is_limited(const struct facts *f)
{
	return fact_is(f, SMCW_FACT_SYSCTL, "net.smc.limit_smc_hs", "1") ||
	       fact_is(f, SMCW_FACT_HS_LIMIT, "", "enabled");
}

static bool always_cookies(const struct facts *f)
{
	return fact_is(f, SMCW_FACT_SYSCTL, "net.ipv4.tcp_syncookies", "2");
}

static bool never_cookies(const struct facts *f)
{
	return fact_is(f, SMCW_FACT_SYSCTL, "net.ipv4.tcp_syncookies", "0");
}

/* ---- judging --------------------------------------------------------------------------- */

struct pair {
	const struct handshake *client, *server;
	const struct cause_context *context;
};

static bool cause_has(const struct handshake *h, unsigned int bits)
{
	return h && h->bits & bits;
}

static bool cause_set(struct cause *c, enum cause_id id, const struct handshake *of)
{
	c->id = id;
	if (!of)
		return true;
	c->error = of->error;
	c->expected = of->expected;
	c->came = of->came;
	c->n_bytes = of->n_bytes;
	memcpy(c->bytes, of->bytes, sizeof(c->bytes));
	c->at_client = !handshake_is_server(of);
	c->unconnected = !of->who.local_port && !of->who.peer_port;
	return true;
}

/* The client was answered without the option, though the server has sent it. */
static bool find_stripped_answer(const struct pair *p, struct cause *c)
{
	if (!cause_has(p->client, HS_ANSWER_PLAIN) || !cause_has(p->server, HS_ANSWER_SENT))
		return false;
	/* The server waits for CLC, and takes the client's data for it. */
	return cause_set(c,
			 cause_has(p->server, HS_FAILED) || !handshake_over(p->server) ?
				 CAUSE_ANSWER_STRIPPED :
				 CAUSE_ANSWER_STRIPPED_TCP,
			 p->server);
}

/* Also by the error that waits at a socket which was closed before anybody answered. */
static bool find_no_connection(const struct pair *p, struct cause *c)
{
	const unsigned int answered = HS_ANSWER_GOT | HS_ANSWER_PLAIN | HS_READY | HS_FALLBACK;
	bool unanswered = cause_has(p->client, HS_SYN_SENT) && cause_has(p->client, HS_CLOSED) &&
			  !cause_has(p->client, answered) && p->client->error && !p->client->sent;

	if (!cause_has(p->client, HS_SYN_FAILED) && !unanswered)
		return false;
	return cause_set(c, p->client->error == ECONNREFUSED ? CAUSE_REFUSED : CAUSE_UNREACHABLE,
			 p->client);
}

static bool is_echo(const struct handshake *h)
{
	return !handshake_is_server(h) &&
	       (h->came == SMCW_PROPOSAL || handshake_has(h->got, SMCW_PROPOSAL));
}

/* Judge by the bytes that came in place of the message. */
static bool find_by_bytes(const struct handshake *h, struct cause *c)
{
	if (!cause_has(h, HS_FAILED) || h->error != EPROTO)
		return false;
	if (is_echo(h))
		return cause_set(c, CAUSE_ECHO, h);
	if (cause_has(h, HS_GARBAGE))
		return cause_set(
			c, handshake_is_server(h) ? CAUSE_GARBAGE_SERVER : CAUSE_GARBAGE_CLIENT, h);
	if (h->came && h->came != h->expected)
		return cause_set(c, CAUSE_UNEXPECTED, h);
	return cause_set(c, cause_has(h, HS_MALFORMED) || h->came ? CAUSE_MALFORMED : CAUSE_FAILED,
			 h);
}

/* Which message one end has sent that the other one has waited for. */
static bool was_sent(const struct handshake *other, unsigned int expected)
{
	return other && handshake_has(other->sent, expected);
}

static bool find_silence(const struct handshake *h, const struct handshake *other, struct cause *c)
{
	if (was_sent(other, h->expected))
		return cause_set(c, CAUSE_SILENT_LOST, h);
	/* The client's Proposal has not come at a server that waits for it. */
	if (other && handshake_has(h->sent, SMCW_PROPOSAL) &&
	    !handshake_has(other->got, SMCW_PROPOSAL))
		return cause_set(c, CAUSE_SILENT_LOST, h);
	return cause_set(c, CAUSE_SILENT, h);
}

static bool find_by_errno(const struct handshake *h, const struct handshake *other, struct cause *c)
{
	switch (h->error) {
	case EAGAIN:
	case ETIMEDOUT:
		return find_silence(h, other, c);
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
		return cause_set(c, CAUSE_RESET, h);
	case EINTR:
	case ERESTARTSYS:
		return cause_set(c, CAUSE_INTERRUPTED, h);
	default:
		if (h->expected && handshake_has(h->sent, h->expected))
			return cause_set(c, CAUSE_NOT_SENT, h);
		return cause_set(c, CAUSE_FAILED, h);
	}
}

/* If both ends failed, the one that had bytes to judge by, or was not reset, says more. */
static bool find_failure(const struct pair *p, struct cause *c)
{
	if (find_by_bytes(p->client, c) || find_by_bytes(p->server, c))
		return true;
	if (cause_has(p->client, HS_FAILED) && p->client->error != ECONNRESET)
		return find_by_errno(p->client, p->server, c);
	if (cause_has(p->server, HS_FAILED) && p->server->error != ECONNRESET)
		return find_by_errno(p->server, p->client, c);
	if (cause_has(p->client, HS_FAILED))
		return find_by_errno(p->client, p->server, c);
	if (cause_has(p->server, HS_FAILED))
		return find_by_errno(p->server, p->client, c);
	return false;
}

/* The option was sent and is not known to have been received. */
static bool find_missing_option(const struct pair *p, struct cause *c)
{
	const struct facts *f = p->context->facts;

	if (cause_has(p->server, HS_COOKIE) || always_cookies(f))
		return cause_set(c, CAUSE_SYN_COOKIES, p->server);
	if (is_limited(f))
		return cause_set(c, CAUSE_HS_LIMITED, p->server);
	return cause_set(c, CAUSE_SYN_STRIPPED, p->server);
}

/* An end that fell back since the other one had not offered SMC. */
static bool find_no_offer(const struct pair *p, struct cause *c)
{
	bool asked = p->client && (p->client->bits & (HS_SYN_SENT | HS_ANSWER_PLAIN) ||
				   p->client->reason == SMCW_DECL_PEERNOSMC);

	/* A socket that has fallen back before it listened answers nobody with the option. */
	if (p->context->server_reason && !cause_has(p->server, HS_SYN_GOT)) {
		cause_set(c, CAUSE_REASON, NULL);
		c->reason = p->context->server_reason;
		return true;
	}
	c->reason = SMCW_DECL_PEERNOSMC;
	/* Whether another host's client has asked is not known of one that got a SYN cookie. */
	if (cause_has(p->server, HS_COOKIE) && !p->client && !who_is_own(&p->server->who))
		return cause_set(c, CAUSE_SYN_COOKIES, p->server);
	if (p->server && !asked)
		return cause_set(c, CAUSE_CLIENT_PLAIN, p->server);
	if (p->server)
		return find_missing_option(p, c);
	c->at_client = true;
	if (p->context->server_known)
		return cause_set(c, CAUSE_OTHER_SOCKET, p->client);
	/* Without the peer's address there is nothing to report but the kernel's own words. */
	if (!p->client->who.peer_port)
		return cause_set(c, CAUSE_REASON, p->client);
	return cause_set(c, who_is_own(&p->client->who) ? CAUSE_SERVER_PLAIN : CAUSE_PEER_PLAIN,
			 p->client);
}

/* It fell back by itself, and not since the other end did not offer SMC, or declined. */
static bool has_own_reason(const struct handshake *h)
{
	return cause_has(h, HS_FALLBACK) && h->reason != SMCW_DECL_PEERNOSMC &&
	       h->reason != SMCW_DECL_PEERDECL;
}

static bool lacks_offer(const struct handshake *h)
{
	return cause_has(h, HS_FALLBACK) && h->reason == SMCW_DECL_PEERNOSMC;
}

/*
 * The reason is that of the end that has not only heard of it. An end that falls back before
 * the SYN, by an option of the socket, leaves the other one without an offer.
 */
static bool find_fallback(const struct pair *p, struct cause *c)
{
	const struct handshake *of = has_own_reason(p->client) ? p->client :
				     has_own_reason(p->server) ? p->server :
								 NULL;
	bool any = cause_has(p->client, HS_FALLBACK) || cause_has(p->server, HS_FALLBACK);

	if (!any && !cause_has(p->client, HS_ANSWER_PLAIN))
		return false;
	if (!of && (!any || lacks_offer(p->client) || lacks_offer(p->server)))
		return find_no_offer(p, c);
	if (!of)
		of = cause_has(p->server, HS_FALLBACK) ? p->server : p->client;
	cause_set(c, CAUSE_REASON, of);
	c->reason = of->reason;
	c->diagnosis = of->reason == SMCW_DECL_PEERDECL ? of->diagnosis : 0;
	return true;
}

/* The one that waits; the end of a trace cuts off what would have gone on. */
static bool find_hanging(const struct handshake *h, const struct cause_context *context,
			 struct cause *c)
{
	if (!h || handshake_over(h) || !(h->sent || h->got) || !context->all_observed)
		return false;
	if (!context->now || context->now < h->last + HANGS_NS)
		return false;
	cause_set(c, CAUSE_HANGING, h);
	c->waited = context->now - h->last;
	if (handshake_is_server(h))
		c->expected = handshake_has(h->sent, SMCW_ACCEPT) ? SMCW_CONFIRM : SMCW_PROPOSAL;
	else
		c->expected = SMCW_ACCEPT;
	return true;
}

bool cause_find(const struct handshake *h, const struct handshake *other,
		const struct cause_context *context, struct cause *c)
{
	struct pair p = { .context = context };

	p.server = handshake_is_server(h) ? h : other;
	p.client = handshake_is_server(h) ? other : h;
	*c = (struct cause){ 0 };
	return find_stripped_answer(&p, c) || find_no_connection(&p, c) || find_failure(&p, c) ||
	       find_fallback(&p, c) || find_hanging(p.client, context, c) ||
	       find_hanging(p.server, context, c);
}

/* ---- bytes ----------------------------------------------------------------------------- */

/* The first bytes of protocols. */
static const struct {
	const char *begin;
	size_t n;
	const char *what;
} beginnings[] = {
#define BEGIN(bytes, what)                                                                         \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, what                                                     \
	}
	BEGIN("HTTP/", "an HTTP response"),
	BEGIN("GET ", "an HTTP request"),
	BEGIN("POST ", "an HTTP request"),
	BEGIN("PUT ", "an HTTP request"),
	BEGIN("HEAD ", "an HTTP request"),
	BEGIN("DELETE ", "an HTTP request"),
	BEGIN("OPTIONS ", "an HTTP request"),
	BEGIN("PATCH ", "an HTTP request"),
	BEGIN("CONNECT ", "an HTTP request"),
	BEGIN("PRI * HT", "an HTTP/2 request"),
	BEGIN("\x15\x03", "a TLS alert"),
	BEGIN("\x16\x03", "a TLS handshake"),
	BEGIN("\x17\x03", "TLS data"),
	BEGIN("SSH-", "an SSH banner"),
	BEGIN("220 ", "a greeting of SMTP or FTP"),
	BEGIN("220-", "a greeting of SMTP or FTP"),
	BEGIN("+OK", "a greeting of POP3, or an answer of Redis"),
	BEGIN("-ERR", "an error of Redis or POP3"),
	BEGIN("*1\r\n", "a request of Redis"),
	BEGIN("* OK", "a greeting of IMAP"),
	BEGIN("\xe2\xd4\xc3\xd9", "a piece of a CLC message"),
	BEGIN("\xe2\xd4\xc3\xc4", "a piece of a CLC message"),
#undef BEGIN
};

static bool is_text(const __u8 *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isprint(bytes[i]) && !isspace(bytes[i]))
			return false;
	return n;
}

static const char *kind_of_bytes(const __u8 *bytes, size_t n)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (n >= beginnings[i].n && !memcmp(bytes, beginnings[i].begin, beginnings[i].n))
			return beginnings[i].what;
	/* Length of 3 bytes, number 0, version 10; and PostgreSQL's startup, version 3.0. */
	if (n > 4 && !bytes[3] && bytes[4] == 10)
		return "a greeting of MySQL";
	if (n >= 8 && !memcmp(bytes + 4, "\0\3\0\0", 4))
		return "a request of PostgreSQL";
	return is_text(bytes, n) ? "text" : "bytes of no protocol that is known here";
}

const char *cause_bytes(const __u8 *bytes, size_t n, char *buf, size_t cap)
{
	char shown[3 * HANDSHAKE_BYTES + 3], *at = shown;

	if (!n) {
		snprintf(buf, cap, "bytes that are no CLC message");
		return buf;
	}
	if (n > HANDSHAKE_BYTES)
		n = HANDSHAKE_BYTES;
	if (is_text(bytes, n)) {
		*at++ = '\'';
		for (size_t i = 0; i < n; i++)
			*at++ = isprint(bytes[i]) ? (char)bytes[i] : '.';
		*at++ = '\'';
		*at = '\0';
	} else {
		for (size_t i = 0; i < n; i++)
			at += sprintf(at, "%s%02x", i ? " " : "", bytes[i]);
	}
	snprintf(buf, cap, "%s (%s)", kind_of_bytes(bytes, n), shown);
	return buf;
}

/* ---- words ----------------------------------------------------------------------------- */

static const struct {
	const char *name, *text;
	enum smcp_rule rule;
	bool failed;
} causes[] = {
#define CAUSES_ROW(name, failed, rule, text) { #name, text, SMCP_##rule, failed },
	CAUSES(CAUSES_ROW)
#undef CAUSES_ROW
};

bool cause_is_failure(const struct cause *c)
{
	return causes[c->id].failed;
}

const char *cause_name(const struct cause *c)
{
	return causes[c->id].name;
}

/* A peer's reason is what its diagnosis is; the other end has found it. */
static enum smcp_rule reason_rule(const struct cause *c)
{
	if (c->reason == SMCW_DECL_PEERDECL)
		return smcp_rule_of_reason(c->diagnosis, !c->at_client);
	return smcp_rule_of_reason(c->reason, c->at_client);
}

enum smcp_rule cause_rule(const struct cause *c)
{
	if (c->id == CAUSE_REASON) /* of a socket without a connection nobody has asked anything */
		return c->unconnected ? SMCP_NO_RULE : reason_rule(c);
	if ((c->id == CAUSE_SILENT || c->id == CAUSE_SILENT_LOST) && !c->at_client)
		return c->expected == SMCW_PROPOSAL ? SMCP_CLC_19 : SMCP_CLC_20;
	return causes[c->id].rule;
}

static const char *cause_type(unsigned int type)
{
	const char *text = smcw_value_text(SMCW_LIST_clc_types, type);

	return text ? text : "CLC message";
}

static void cause_put_reason(FILE *out, const struct cause *c)
{
	bool peers = c->reason == SMCW_DECL_PEERDECL;

	fprintf(out, "%s (0x%08x)", smcw_reason_text(c->reason), c->reason);
	if (c->diagnosis)
		fprintf(out, ", its diagnosis: %s (0x%08x)", smcw_reason_text(c->diagnosis),
			c->diagnosis);
	else if (peers)
		fputs(", its diagnosis is not known", out);
	if (!peers && !c->unconnected)
		fprintf(out, ", found by the %s", c->at_client ? "client" : "server");
}

static void put_details(FILE *out, const struct cause *c)
{
	char bytes[128];

	switch (c->id) {
	case CAUSE_REASON:
		cause_put_reason(out, c);
		return;
	case CAUSE_GARBAGE_CLIENT:
	case CAUSE_GARBAGE_SERVER:
		fprintf(out, "%s: in place of %s came %s", causes[c->id].text,
			cause_type(c->expected),
			cause_bytes(c->bytes, c->n_bytes, bytes, sizeof(bytes)));
		return;
	case CAUSE_UNEXPECTED:
		fprintf(out, "%s: %s in place of %s", causes[c->id].text, cause_type(c->came),
			cause_type(c->expected));
		return;
	case CAUSE_SILENT:
	case CAUSE_SILENT_LOST:
	case CAUSE_RESET:
	case CAUSE_MALFORMED:
	case CAUSE_INTERRUPTED:
		fprintf(out, "%s: the %s waited for %s", causes[c->id].text,
			c->at_client ? "client" : "server", cause_type(c->expected));
		break;
	case CAUSE_HANGING:
		fprintf(out, "%s: the %s has waited for %s for up to %.1f s, until the trace ended",
			causes[c->id].text, c->at_client ? "client" : "server",
			cause_type(c->expected), (double)c->waited / 1e9);
		return;
	case CAUSE_NOT_SENT:
		fprintf(out, "%s: %s", causes[c->id].text, cause_type(c->expected));
		break;
	default:
		fputs(causes[c->id].text, out);
	}
	if (c->reason)
		fprintf(out, " (0x%08x)", c->reason);
	else if (c->error && c->error < 512)
		fprintf(out, " (%s)", strerror((int)c->error));
}

char *cause_text(const struct cause *c)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	put_details(out, c);
	fclose(out);
	return text;
}

/* ---- advice ------------------------------------------------------------------------------ */

#define BOTH_WAYS                                                                                  \
	"look for what removes TCP option 254 on the way: nft or iptables rules, load balancers, " \
	"firewalls"

static const char *const advices[CAUSE_COUNT] = {
	[CAUSE_SERVER_PLAIN] = "run the server with SMC (smc_run)",
	[CAUSE_CLIENT_PLAIN] = "run the client with SMC (smc_run); if it is another host's and "
			       "does ask, " BOTH_WAYS,
	[CAUSE_OTHER_SOCKET] =
		"use SMC in every process that listens at this port (SO_REUSEPORT, or "
		"a server that was started anew without it); a trace of only one "
		"end's process cannot show",
	[CAUSE_PEER_PLAIN] =
		"run the server with SMC (smc_run), see net.smc.limit_smc_hs and "
		"net.ipv4.tcp_syncookies there; if it does answer with SMC, " BOTH_WAYS,
	[CAUSE_SYN_STRIPPED] = BOTH_WAYS
	" (or, under a flood of SYNs, SYN cookies: see nstat TcpExtSyncookiesSent)",
	[CAUSE_SYN_COOKIES] = "set net.ipv4.tcp_syncookies to 1, so that they are sent only under "
			      "a flood of SYNs",
	[CAUSE_HS_LIMITED] = "switch the limit off (net.smc.limit_smc_hs = 0, or smcr hs_limit "
			     "disable), or give the server more processors",
	[CAUSE_ANSWER_STRIPPED] = BOTH_WAYS " from the server to the client",
	[CAUSE_ANSWER_STRIPPED_TCP] = BOTH_WAYS " from the server to the client",
	[CAUSE_REFUSED] = "start the server: nobody listens at that address and port",
	[CAUSE_UNREACHABLE] = "check address, route and firewall: SMC has not begun yet",
	[CAUSE_GARBAGE_CLIENT] =
		"the peer, or a middlebox, answers every SYN with the options that "
		"it has: take it off the way, or connect to it without SMC",
	[CAUSE_GARBAGE_SERVER] =
		"the client takes the connection for TCP: the SYN-ACK's SMC option "
		"got lost on the way to it, or something sends options that it "
		"does not know",
	[CAUSE_ECHO] =
		"the peer, or a middlebox, echoes TCP option 254 and the bytes too: it is no "
		"SMC host; connect to it without SMC",
	[CAUSE_UNEXPECTED] = "trace the peer too: the two ends are not in the same step",
	[CAUSE_MALFORMED] = "look at the message in Wireshark (smcx), and update the peer",
	[CAUSE_RESET] = "trace the peer too: its program or its kernel gave the connection up",
	[CAUSE_SILENT] = "look at the peer: its kernel did not answer; if its program is not "
			 "SMC's, something on the way echoes TCP option 254",
	[CAUSE_SILENT_LOST] = "look for what drops the connection's data on the way: firewall "
			      "rules, MTU",
	[CAUSE_INTERRUPTED] = "the program was interrupted while it connected: try again",
	[CAUSE_NOT_SENT] = "see the error; the TCP connection has gone",
	[CAUSE_FAILED] = "see the error, and the kernel's log",
	[CAUSE_HANGING] =
		"look at the peer and at what is on the way: nothing has come for so long",
};

/* The devices' PNET IDs, when there are interfaces that have others. */
static bool pnet_differs(const struct facts *f, FILE *out)
{
	const struct smcw_ev_fact *eth = NULL, *dev = NULL;
	char a[2][SMCW_FACT_NAME_LEN + 1], b[2][SMCW_FACT_VALUE_LEN + 1];

	for (size_t i = 0; i < f->n; i++) {
		const struct smcw_ev_fact *row = &f->row[i];

		if (row->topic != SMCW_FACT_PNET)
			continue;
		if (!strncmp((const char *)row->value, "eth ", 4))
			eth = row;
		else
			dev = row;
		if (eth && dev && !memcmp(eth->name, dev->name, sizeof(eth->name)))
			return false;
	}
	if (!eth || !dev)
		return false;
	fprintf(out, "; here %s has PNET ID %s and %s has %s: give both the same (smc_pnet)",
		facts_value(eth, b[0], sizeof(b[0])), facts_name(eth, a[0], sizeof(a[0])),
		facts_value(dev, b[1], sizeof(b[1])), facts_name(dev, a[1], sizeof(a[1])));
	return true;
}

/* An ISM device that is one: the emulated one reaches this host only, and has no system EID. */
static bool has_ism(const struct facts *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->row[i].topic == SMCW_FACT_SMCD_DEVICE &&
		    strncmp((const char *)f->row[i].name, "loopback-ism", SMCW_FACT_NAME_LEN))
			return true;
	return false;
}

/* Whether this host was asked for its EIDs, and has none. */
static bool has_no_eid(const struct facts *f)
{
	const struct smcw_ev_fact *seid = facts_find(f, SMCW_FACT_SEID, NULL);

	return seid && !facts_find(f, SMCW_FACT_UEID, NULL) &&
	       (strncmp((const char *)seid->value, "enabled", 7) || !has_ism(f));
}

static bool is_about_devices(__u32 reason)
{
	return reason == SMCW_DECL_NOSMCDEV || reason == SMCW_DECL_NOSMCDDEV ||
	       reason == SMCW_DECL_NOSMCRDEV || reason == SMCW_DECL_CNFERR ||
	       reason == SMCW_DECL_MODEUNSUPP;
}

static void put_sysctl(FILE *out, const struct facts *f, const char *name)
{
	const struct smcw_ev_fact *row = facts_find(f, SMCW_FACT_SYSCTL, name);
	char value[SMCW_FACT_VALUE_LEN + 1];

	if (row)
		fprintf(out, "; here %s = %s", name, facts_value(row, value, sizeof(value)));
}

/* Advice about a reason, as far as possible by what this host has. */
static bool put_reasons_advice(FILE *out, const struct cause *c, const struct facts *f)
{
	bool peers = c->reason == SMCW_DECL_PEERDECL;
	__u32 reason = peers ? c->diagnosis : c->reason;
	const char *advice = smcw_reason_advice(reason);

	if (is_about_devices(reason) && has_no_eid(f) && !peers) {
		fputs("this host has no user-defined EID, without which SMC version 2 (RoCEv2, "
		      "loopback-ism) is not offered: give both hosts a common one (smcr ueid add "
		      "NAME, smcd ueid add NAME)",
		      out);
		if (!facts_find(f, SMCW_FACT_SMCR_DEVICE, NULL) && !has_ism(f))
			fprintf(out, "; no RDMA and no ISM device is listed either, %s",
				facts_find(f, SMCW_FACT_SMCD_DEVICE, NULL) ?
					"but loopback-ism is here, for connections within this "
					"host" :
					"and no loopback-ism");
		return true;
	}
	if (!advice) {
		if (peers)
			fputs("trace the peer too", out);
		return peers;
	}
	if (peers)
		fputs("as the peer sees it: ", out);
	fputs(advice, out);
	if (is_about_devices(reason) && !peers)
		pnet_differs(f, out);
	if (reason == SMCW_DECL_MEM && !peers) {
		put_sysctl(out, f, "net.smc.wmem");
		put_sysctl(out, f, "net.smc.rmem");
	}
	if (reason == SMCW_DECL_MAXCONNERR)
		put_sysctl(out, f, "net.smc.smcr_max_conns_per_lgr");
	if (reason == SMCW_DECL_MAXLINKERR)
		put_sysctl(out, f, "net.smc.smcr_max_links_per_lgr");
	return true;
}

char *cause_advice(const struct cause *c, const struct facts *facts)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool any = true;

	if (!out)
		return NULL;
	if (c->id == CAUSE_REASON)
		any = put_reasons_advice(out, c, facts);
	else if (c->id == CAUSE_SYN_STRIPPED && never_cookies(facts))
		fputs(BOTH_WAYS, out);
	else if (advices[c->id])
		fputs(advices[c->id], out);
	else
		any = false;
	fclose(out);
	if (any)
		return text;
	free(text);
	return NULL;
}
