// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * why.c, cause.c and handshake.c: made traces of situations, and the cause that each has.
 *
 * A situation is a script, a word an event of one end, which "C:" and "S:" choose:
 *
 *	syn syn!N	SYN with the option sent (by the server: received); N: errno of no
 *connection syn-		SYN of the SMC socket without the option ans plain	SYN-ACK with
 *it received (sent), and one without cookie		the server makes the connection of a SYN
 *cookie >P <A		CLC sent and received: Proposal, Accept, Confirm >D=R <D=R	Decline with
 *that diagnosis <x=HEX <m=HEX	bytes that are no CLC, and bytes of a CLC message bad=N/E/G	CLC
 *failed: errno, type that was expected, type that came fb=R/D		fallback: reason, diagnosis
 *	ready closed=N	connection ready; socket closed, with an errno
 *	listen		the end's socket listens
 *	lfb=R lfb=R@	it falls back, before it has an address, and after
 *	+N		N seconds pass
 *	next		the client's next connection
 *	unbound bound	from here on the end has no addresses, and has them again
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cause.h"
#include "why.h"
#include "words.h"

#define LOCAL "7f000001"
#define REMOTE "c0000202"
#define NO_OPTION "00 00 0000 00000000"

struct play {
	struct why *why;
	__u64 now, sock;
	unsigned int connection;
	bool server, remote, unbound;
};

static void no_ends(struct event_sample *e)
{
	memset(e->ev.local, 0, sizeof(e->ev.local));
	memset(e->ev.peer, 0, sizeof(e->ev.peer));
	e->ev.local_port = e->ev.peer_port = 0;
}

static void ends(const struct play *p, struct event_sample *e)
{
	const char *client = p->remote ? "00*10 ffff c0000201" : "00*10 ffff " LOCAL;
	const char *server = p->remote ? "00*10 ffff " REMOTE : "00*10 ffff " LOCAL;

	sample_bytes(client, p->server ? e->ev.peer : e->ev.local);
	sample_bytes(server, p->server ? e->ev.local : e->ev.peer);
	smcw_put16(p->server ? &e->ev.peer_port : &e->ev.local_port,
		   (__u16)(40000 + p->connection));
	smcw_put16(p->server ? &e->ev.local_port : &e->ev.peer_port, 80);
}

static void give(struct play *p, __u8 kind, __u8 flags, const char *hex)
{
	struct event_sample e;

	word_event(&e, kind, flags, p->now += 1000, hex);
	if (p->unbound)
		no_ends(&e);
	else
		ends(p, &e);
	memset(e.ev.comm, 0, sizeof(e.ev.comm));
	strcpy((char *)e.ev.comm, p->server ? "nginx" : "curl");
	smcw_put32(&e.ev.pid, p->server ? 12 : 100 + p->connection);
	e.ev.role = p->server ? SMCW_ROLE_SERVER : SMCW_ROLE_CLIENT;
	smcw_put64(&e.ev.sock, 2 * p->connection + 1 + p->server);
	/* TCP's socket, which nobody is known to own; unless SMC's has fallen back before. */
	if (kind == SMCW_EV_SYN && strcmp(hex, NO_OPTION)) {
		e.ev.sock = 0;
		e.ev.role = 0;
		e.ev.pid = 0;
		memset(e.ev.comm, 0, sizeof(e.ev.comm));
	}
	assert_int_equal(why_event(p->why, &e.ev), 0);
}

static void clc(struct play *p, const char *word)
{
	__u8 flags = word[0] == '>' ? EVENT_OUT : EVENT_IN;
	char hex[200];

	switch (word[1]) {
	case 'P':
		snprintf(hex, sizeof(hex), "e2d4c3d9 01 0034 12 00*40 e2d4c3d9");
		break;
	case 'A':
		snprintf(hex, sizeof(hex), "e2d4c3c4 02 0030 10 00*36 e2d4c3c4");
		break;
	case 'C':
		snprintf(hex, sizeof(hex), "e2d4c3c4 03 0030 10 00*36 e2d4c3c4");
		break;
	case 'D':
		snprintf(hex, sizeof(hex), "e2d4c3d9 04 001c 10 00*8 %s 00*4 e2d4c3d9", word + 3);
		break;
	default:
		snprintf(hex, sizeof(hex), "%s", word + 3);
	}
	give(p, SMCW_EV_CLC, flags, hex);
}

static void numbers(const char *word, __u32 n[3])
{
	n[0] = n[1] = n[2] = 0;
	sscanf(strchr(word, '=') + 1, "%u/%u/%u", &n[0], &n[1], &n[2]);
}

static void syn(struct play *p, const char *word)
{
	char hex[32];

	if (word[3] == '-')
		snprintf(hex, sizeof(hex), NO_OPTION);
	else if (word[3] == '!')
		snprintf(hex, sizeof(hex), "01 00 0000 %08x", (unsigned int)atoi(word + 4));
	else
		snprintf(hex, sizeof(hex), "01 00 0000 00000000");
	give(p, SMCW_EV_SYN, p->server ? EVENT_IN : EVENT_OUT, hex);
}

/* Of the socket that listens, which has no peer, and a cookie of its own. */
static void listener(struct play *p, __u8 kind, bool address, const char *hex)
{
	struct event_sample e;

	word_event(&e, kind, 0, p->now += 1000, hex);
	ends(p, &e);
	memset(e.ev.comm, 0, sizeof(e.ev.comm));
	strcpy((char *)e.ev.comm, "nginx");
	smcw_put32(&e.ev.pid, 12);
	e.ev.role = address ? SMCW_ROLE_LISTENER : SMCW_ROLE_UNKNOWN;
	smcw_put64(&e.ev.sock, 1000000);
	memset(e.ev.peer, 0, sizeof(e.ev.peer));
	e.ev.peer_port = 0;
	if (!address) {
		memset(e.ev.local, 0, sizeof(e.ev.local));
		e.ev.local_port = 0;
	}
	assert_int_equal(why_event(p->why, &e.ev), 0);
}

static void play_word(struct play *p, const char *word)
{
	char hex[64];
	__u32 n[3];

	if (!strcmp(word, "C:") || !strcmp(word, "S:")) {
		p->server = word[0] == 'S';
	} else if (word[0] == '+') {
		p->now += (__u64)atoi(word + 1) * SECOND;
	} else if (!strcmp(word, "unbound") || !strcmp(word, "bound")) {
		p->unbound = word[0] == 'u';
	} else if (!strcmp(word, "next")) {
		p->connection++;
	} else if (!strncmp(word, "syn", 3)) {
		syn(p, word);
	} else if (!strcmp(word, "cookie")) {
		give(p, SMCW_EV_SYN, EVENT_IN, "00 00 01 00 00000000");
	} else if (!strcmp(word, "ans") || !strcmp(word, "plain")) {
		give(p, SMCW_EV_SYN, p->server ? EVENT_OUT : EVENT_IN,
		     word[0] == 'a' ? "01 01 00*6" : "00 01 00*6");
	} else if (word[0] == '<' || word[0] == '>') {
		clc(p, word);
	} else if (!strncmp(word, "bad=", 4)) {
		numbers(word, n);
		snprintf(hex, sizeof(hex), "%08x %02x %02x 0000", n[0], n[1], n[2]);
		give(p, SMCW_EV_CLC_FAILED, 0, hex);
	} else if (!strncmp(word, "fb=", 3)) {
		snprintf(hex, sizeof(hex), "%.8s %s", word + 3,
			 word[11] == '/' ? word + 12 : "00000000");
		give(p, SMCW_EV_FALLBACK, 0, hex);
	} else if (!strcmp(word, "ready")) {
		give(p, SMCW_EV_CONN_READY, 0, "00*56");
	} else if (!strncmp(word, "closed", 6)) {
		snprintf(hex, sizeof(hex), "02 07 0000 %08x",
			 word[6] ? (unsigned int)atoi(word + 7) : 0);
		give(p, SMCW_EV_STATE, 0, hex);
	} else if (!strcmp(word, "listen")) {
		listener(p, SMCW_EV_STATE, true, "02 0a 0000 00000000");
	} else if (!strncmp(word, "lfb=", 4)) { /* before it has an address, and after */
		snprintf(hex, sizeof(hex), "%.8s 00000000", word + 4);
		listener(p, SMCW_EV_FALLBACK, word[12] == '@', hex);
	} else {
		fail_msg("unknown word %s", word);
	}
}

static void play(struct play *p, const char *script)
{
	char words[1024], *word;

	snprintf(words, sizeof(words), "%s", script);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		play_word(p, word);
}

/* "sysctl NAME VALUE; ueid NAME; ...", as events. */
static void take_fact(void *ctx, struct smcw_event *ev)
{
	assert_int_equal(why_event(ctx, ev), 0);
}

static void know(struct why *w, const char *facts)
{
	static const struct {
		const char *word;
		__u8 topic;
	} topics[] = {
		{ "sysctl", SMCW_FACT_SYSCTL },	    { "ueid", SMCW_FACT_UEID },
		{ "seid", SMCW_FACT_SEID },	    { "pnet", SMCW_FACT_PNET },
		{ "smcd", SMCW_FACT_SMCD_DEVICE },  { "smcr", SMCW_FACT_SMCR_DEVICE },
		{ "hs_limit", SMCW_FACT_HS_LIMIT }, { "listener", SMCW_FACT_LISTENER },
		{ "observed", SMCW_FACT_OBSERVED }, { "missing", SMCW_FACT_NOT_OBSERVED },
	};
	char text[512], *part, *save, topic[32], name[64], value[64];
	struct facts f = { 0 };

	snprintf(text, sizeof(text), "%s", facts);
	for (part = strtok_r(text, ";", &save); part; part = strtok_r(NULL, ";", &save)) {
		*name = *value = '\0';
		sscanf(part, " %31s %63s %63[^\n]", topic, name, value);
		for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
			if (!strcmp(topics[i].word, topic))
				facts_add(&f, topics[i].topic, strcmp(name, "-") ? name : "", "%s",
					  value);
	}
	facts_events(&f, NOON * SECOND, take_fact, w);
	facts_free(&f);
}

#define SMC "C: syn ans >P S: syn ans <P >A C: <A ready >C S: <C ready "

/* In each of them one connection is not as it should be, unless the cause is NULL. */
static const struct {
	const char *name, *script, *facts;
	bool remote; /* the peer is another host */
	bool failed;
	const char *says[3];
} situations[] = {
	/* ---- nothing is wrong ---- */
	{ "both_smc", SMC, NULL, false, false, { NULL } },
	{ "many_smc_in_turn",
	  SMC "closed next " SMC "closed next " SMC,
	  NULL,
	  false,
	  false,
	  { NULL } },
	{ "same_ports_again", SMC "closed C: closed " SMC, NULL, false, false, { NULL } },
	{ "remote_client", "S: syn ans <P >A <C ready", NULL, true, false, { NULL } },
	{ "wait_for_decline_in_vain", SMC "C: bad=11/4/0", NULL, false, false, { NULL } },
	{ "trace_ends_in_handshake", "C: syn ans >P S: syn ans <P", NULL, false, false, { NULL } },
	{ "only_a_listener", "S: listen", NULL, false, false, { NULL } },
	/* ---- on TCP ---- */
	{ "client_only",
	  "C: syn plain fb=03010000",
	  NULL,
	  false,
	  false,
	  { "127.0.0.1:80 (client curl/100): the server does not use SMC (0x03010000)",
	    "run the server with SMC" } },
	{ "client_only_no_fallback_event",
	  "C: syn plain",
	  NULL,
	  false,
	  false,
	  { "the server does not use SMC (0x03010000)" } },
	{ "client_only_remote",
	  "C: syn plain fb=03010000",
	  NULL,
	  true,
	  false,
	  { "192.0.2.2:80 (client curl/100): the server did not answer with SMC" } },
	{ "server_only",
	  "S: fb=03010000",
	  NULL,
	  false,
	  false,
	  { "127.0.0.1:80 (server nginx/12): the client did not ask for SMC (0x03010000)" } },
	{ "option_stripped_from_syn",
	  "C: syn plain fb=03010000 S: fb=03010000",
	  NULL,
	  false,
	  false,
	  { "1 x  127.0.0.1:80 (server nginx/12; client curl/100): the client's SMC option did not "
	    "reach the server (0x03010000)",
	    "TCP option 254" } },
	{ "another_socket_took_it",
	  "S: listen C: syn plain fb=03010000",
	  NULL,
	  false,
	  false,
	  { "the server's SMC socket has not seen the connection (0x03010000)", "SO_REUSEPORT" } },
	{ "another_socket_took_it_listener_before_trace",
	  "C: syn plain fb=03010000",
	  "listener 127.0.0.1:80 nginx/12",
	  false,
	  false,
	  { "the server's SMC socket has not seen the connection" } },
	{ "another_socket_took_it_listener_anywhere",
	  "C: syn plain fb=03010000",
	  "listener *:80 nginx/12",
	  false,
	  false,
	  { "the server's SMC socket has not seen the connection" } },
	{ "listener_anywhere_is_no_other_hosts",
	  "C: syn plain fb=03010000",
	  "listener *:80 nginx/12",
	  true,
	  false,
	  { "the server did not answer with SMC" } },
	{ "other_listener",
	  "C: syn plain fb=03010000",
	  "listener 127.0.0.1:81 nginx/12",
	  false,
	  false,
	  { "the server does not use SMC" } },
	{ "syn_cookies",
	  "C: syn plain fb=03010000 S: fb=03010000",
	  "sysctl net.ipv4.tcp_syncookies 2",
	  false,
	  false,
	  { "SYN cookies, which have no room for the SMC option (0x03010000)",
	    "set net.ipv4.tcp_syncookies to 1" } },
	{ "syn_cookie_under_a_flood",
	  "C: syn plain fb=03010000 S: cookie fb=03010000",
	  "sysctl net.ipv4.tcp_syncookies 1",
	  false,
	  false,
	  { "SYN cookies, which have no room for the SMC option (0x03010000)" } },
	{ "cookie_of_one_who_has_not_asked",
	  "S: cookie fb=03010000",
	  "sysctl net.ipv4.tcp_syncookies 1",
	  true,
	  false,
	  { "SYN cookies, which have no room for the SMC option" } },
	{ "cookie_of_one_here_who_has_not_asked",
	  "S: cookie fb=03010000",
	  "sysctl net.ipv4.tcp_syncookies 1",
	  false,
	  false,
	  { "the client did not ask for SMC" } },
	{ "no_syn_cookies_ever",
	  "C: syn plain fb=03010000 S: fb=03010000",
	  "sysctl net.ipv4.tcp_syncookies 0",
	  false,
	  false,
	  { "the client's SMC option did not reach the server" } },
	{ "limited_by_sysctl",
	  "C: syn plain fb=03010000 S: fb=03010000",
	  "sysctl net.smc.limit_smc_hs 1",
	  false,
	  false,
	  { "handshakes are limited (0x03010000)", "net.smc.limit_smc_hs = 0" } },
	{ "limited_by_netlink",
	  "C: syn plain fb=03010000 S: fb=03010000",
	  "hs_limit - enabled",
	  false,
	  false,
	  { "handshakes are limited" } },
	{ "no_ueid",
	  "C: fb=03030000",
	  "seid IBM-SYSZ-ISMSEID00000000 disabled",
	  false,
	  false,
	  { "no usable SMC device (0x03030000), found by the client",
	    "this host has no user-defined EID",
	    "no RDMA and no ISM device is listed either, and no loopback-ism" } },
	{ "fast_open_listener",
	  "S: lfb=03060000 listen C: syn plain fb=03010000",
	  "",
	  false,
	  false,
	  { "1 x  ", "127.0.0.1:80",
	    "socket option not supported over SMC (0x03060000), found by the server" } },
	{ "fast_open_listener_alone",
	  "S: lfb=03060000 listen",
	  "",
	  false,
	  false,
	  { "127.0.0.1:80",
	    "socket option not supported over SMC (0x03060000), found by the server" } },
	{ "listener_falls_back_later",
	  "S: listen lfb=03060000@ C: syn plain fb=03010000",
	  "",
	  false,
	  false,
	  { "socket option not supported over SMC (0x03060000), found by the server" } },
	{ "listener_is_smcs_again",
	  "S: lfb=03060000 listen listen C: syn plain fb=03010000",
	  "",
	  false,
	  false,
	  { "socket option not supported over SMC (0x03060000), found by the server" } },
	{ "no_ueid_loopback",
	  "C: fb=03030000",
	  "seid IBM-SYSZ-ISMSEID00000000 enabled; smcd loopback-ism emulated",
	  false,
	  false,
	  { "this host has no user-defined EID",
	    "no RDMA and no ISM device is listed either, but loopback-ism is here" } },
	{ "no_ueid_but_rdma",
	  "C: fb=03030000",
	  "seid X disabled; smcr mlx5_0 port",
	  false,
	  false,
	  { "this host has no user-defined EID", "smcr ueid add NAME, smcd ueid add NAME).\n" } },
	{ "no_device",
	  "C: fb=03030000",
	  "seid X disabled; ueid LAB",
	  false,
	  false,
	  { "no usable SMC device (0x03030000)", "see smcd device and smcr device" } },
	{ "pnet_ids_differ",
	  "C: fb=03030000",
	  "seid X disabled; ueid LAB; pnet NETL eth lo; pnet NETD smcd loopback-ism",
	  false,
	  false,
	  { "here eth lo has PNET ID NETL and smcd loopback-ism has NETD" } },
	{ "pnet_ids_agree",
	  "C: fb=03030000",
	  "seid X disabled; ueid LAB; pnet NET1 eth lo; pnet NET1 smcd loopback-ism",
	  false,
	  false,
	  { "(smc_pnet), or load an ISM or RDMA driver.\n" } },
	{ "setup_not_known",
	  "C: fb=03030000",
	  NULL,
	  false,
	  false,
	  { "see smcd device and smcr device" } },
	{ "server_declines",
	  "C: syn ans >P S: syn ans <P >D=03070000 fb=03070000 C: <D=03070000 "
	  "fb=05000000/03070000",
	  NULL,
	  false,
	  false,
	  { "1 x  127.0.0.1:80 (server nginx/12; client curl/100): IP prefixes do not match "
	    "(0x03070000), found by the server",
	    "To do: SMC version 1 needs both hosts" } },
	{ "client_declines",
	  "C: syn ans >P S: syn ans <P >A C: <A >D=01010000 fb=01010000 S: "
	  "<D=01010000 fb=05000000/01010000",
	  "sysctl net.smc.wmem 65536; sysctl net.smc.rmem 65536",
	  false,
	  false,
	  { "out of memory (0x01010000), found by the client", "here net.smc.wmem = 65536" } },
	{ "remote_server_declines",
	  "C: syn ans >P <D=030e0000 fb=05000000/030e0000",
	  NULL,
	  true,
	  false,
	  { "192.0.2.2:80 (client curl/100): peer declined (0x05000000), its diagnosis: no route "
	    "to "
	    "the peer's RoCE address (0x030e0000)",
	    "as the peer sees it: add a route" } },
	{ "remote_declines_made_up",
	  "C: syn ans >P <D=0badc0de fb=05000000/0badc0de",
	  NULL,
	  true,
	  false,
	  { "its diagnosis: unknown reason (0x0badc0de)", "trace the peer too" } },
	{ "remote_declines_without_diagnosis",
	  "C: syn ans >P fb=05000000",
	  NULL,
	  true,
	  false,
	  { "its diagnosis is not known. To do: trace the peer too" } },
	{ "option_of_the_socket",
	  "C: fb=03060000",
	  NULL,
	  false,
	  false,
	  { "socket option not supported over SMC (0x03060000)", "TCP_FASTOPEN" } },
	{ "option_of_the_listener",
	  "C: syn plain fb=03010000 S: fb=03060000",
	  NULL,
	  false,
	  false,
	  { "1 x  127.0.0.1:80 (server nginx/12; client curl/100): socket option not supported "
	    "over SMC (0x03060000), found by the server" } },
	{ "option_before_connect",
	  "unbound C: fb=03060000 bound syn- S: fb=03010000",
	  NULL,
	  false,
	  false,
	  { "1 x  127.0.0.1:80 (server nginx/12; client curl/100): socket option not supported "
	    "over SMC (0x03060000), found by the client" } },
	{ "option_of_the_client",
	  "C: fb=03060000 S: fb=03010000",
	  NULL,
	  false,
	  false,
	  { "1 x  127.0.0.1:80 (server nginx/12; client curl/100): socket option not supported "
	    "over SMC (0x03060000), found by the client" } },
	{ "ipsec", "C: fb=03020000", NULL, true, false, { "IPsec in use (0x03020000)" } },
	{ "rdma_blocked",
	  SMC "C: >D=02010000 fb=02010000 S: <D=02010000 fb=05000000/02010000",
	  NULL,
	  false,
	  false,
	  { "timeout waiting for CONFIRM_LINK (0x02010000), found by the client",
	    "UDP port 4791" } },
	{ "no_ueid_in_proposal",
	  "S: syn ans <P >D=03030008 fb=03030008",
	  NULL,
	  true,
	  false,
	  { "no user-defined EID in the Proposal (0x03030008), found by the server" } },
	{ "too_many_connections_asked",
	  "S: syn ans <P >D=0303000a fb=0303000a",
	  "sysctl net.smc.smcr_max_conns_per_lgr 5",
	  true,
	  false,
	  { "here net.smc.smcr_max_conns_per_lgr = 5" } },
	/* ---- failed ---- */
	{ "refused",
	  "C: syn!111 closed=111",
	  NULL,
	  false,
	  true,
	  { "127.0.0.1:80 (client curl/100) failed: the connection was refused (Connection "
	    "refused)",
	    "start the server" } },
	{ "refused_by_state_alone",
	  "C: syn closed=111",
	  NULL,
	  false,
	  true,
	  { "failed: the connection was refused" } },
	{ "unreachable",
	  "C: syn!113",
	  NULL,
	  true,
	  true,
	  { "failed: no TCP connection came about (No route to host)" } },
	{ "no_answer_to_syn",
	  "C: syn!110",
	  NULL,
	  true,
	  true,
	  { "failed: no TCP connection came about (Connection timed out)" } },
	{ "option_stripped_from_syn_ack",
	  "C: syn plain fb=03010000 S: syn ans "
	  "<x='hello-no' bad=71/1/0",
	  NULL,
	  false,
	  true,
	  { "1 x  127.0.0.1:80 (server nginx/12; client curl/100) failed: the server's SMC option "
	    "did not reach the client",
	    "from the server to the client" } },
	{ "syn_ack_stripped_and_reset",
	  "C: syn plain fb=03010000 S: syn ans bad=104/1/0",
	  NULL,
	  false,
	  true,
	  { "failed: the server's SMC option did not reach the client" } },
	{ "silent_peer",
	  "C: syn ans >P +6 bad=11/2/0",
	  NULL,
	  true,
	  true,
	  { "failed: the peer offered SMC and then was silent: the client waited for Accept "
	    "(Resource temporarily unavailable)" } },
	{ "silent_client",
	  "S: syn ans +6 bad=11/1/0",
	  NULL,
	  true,
	  true,
	  { "the server waited for Proposal" } },
	{ "http_server_echoes_option",
	  "C: syn ans >P <x='HTTP/1.1' bad=71/2/0",
	  NULL,
	  true,
	  true,
	  { "failed: the peer confirmed SMC and does not speak it: in place of Accept came an HTTP "
	    "response ('HTTP/1.1')" } },
	{ "tls_alert",
	  "C: syn ans >P <x=15030100020228 bad=71/2/0",
	  NULL,
	  true,
	  true,
	  { "in place of Accept came a TLS alert (15 03 01 00 02 02 28)" } },
	{ "echo_of_proposal",
	  "C: syn ans >P <m=e2d4c3d901003412 bad=71/2/1",
	  NULL,
	  true,
	  true,
	  { "failed: our own Proposal came back", "echoes TCP option 254" } },
	{ "ssh_server",
	  "C: syn ans >P <x='SSH-2.0-' bad=71/2/0",
	  NULL,
	  true,
	  true,
	  { "an SSH banner ('SSH-2.0-')" } },
	{ "garbage_not_recorded",
	  "C: syn ans >P bad=71/2/0",
	  NULL,
	  true,
	  true,
	  { "in place of Accept came bytes that are no CLC message" } },
	{ "http_request_at_server",
	  "S: syn ans <x='GET_/_HT' bad=71/1/0",
	  NULL,
	  true,
	  true,
	  { "failed: the client asked for SMC and does not speak it: in place of Proposal came" } },
	{ "wrong_message",
	  "C: syn ans >P <C bad=71/2/3",
	  NULL,
	  true,
	  true,
	  { "failed: a CLC message came that was not expected: Confirm in place of Accept" } },
	{ "malformed_message",
	  "C: syn ans >P <m=e2d4c3d902000612 bad=71/2/2",
	  NULL,
	  true,
	  true,
	  { "failed: a CLC message came that is not well formed" } },
	{ "reset_by_peer",
	  "C: syn ans >P bad=104/2/0",
	  NULL,
	  true,
	  true,
	  { "failed: the peer reset or closed the connection in the handshake: the client waited "
	    "for "
	    "Accept (Connection reset by peer)" } },
	{ "garbage_at_one_end_reset_at_the_other",
	  "C: syn ans >P S: syn ans <x='hello-no' bad=71/1/0 C: bad=104/2/0",
	  NULL,
	  false,
	  true,
	  { "1 x  ", "the client asked for SMC and does not speak it" } },
	{ "accept_lost_on_the_way",
	  "C: syn ans >P S: syn ans <P >A C: +6 bad=11/2/0",
	  NULL,
	  false,
	  true,
	  { "failed: CLC messages do not arrive: the client waited for Accept" } },
	{ "proposal_lost_on_the_way",
	  "C: syn ans >P S: syn ans +6 bad=11/1/0",
	  NULL,
	  false,
	  true,
	  { "failed: CLC messages do not arrive" } },
	{ "interrupted",
	  "C: syn ans >P bad=4/2/0",
	  NULL,
	  true,
	  true,
	  { "failed: a signal interrupted the handshake" } },
	{ "not_sent",
	  "C: syn ans >P <A ready >C bad=5/3/0",
	  NULL,
	  true,
	  true,
	  { "failed: a CLC message could not be sent: Confirm (Input/output error)" } },
	{ "no_memory",
	  "C: syn ans >P <A bad=12/3/0",
	  NULL,
	  true,
	  true,
	  { "failed: the handshake failed (Cannot allocate memory)" } },
	{ "hanging_client",
	  "C: syn ans >P +60 C: next " SMC,
	  NULL,
	  true,
	  true,
	  { "failed: the handshake does not go on: the client has waited for Accept for up to 60.0 "
	    "s" } },
	{ "hanging_server",
	  "S: syn ans <P >A +60 next " SMC,
	  NULL,
	  true,
	  true,
	  { "the server has waited for Confirm" } },
	/* ---- what is not known is not said ---- */
	{ "not_observed_is_no_hanging",
	  "C: syn ans >P +60 next syn",
	  "missing connections smc has no BTF",
	  true,
	  false,
	  { NULL } },
};

#define N (sizeof(situations) / sizeof(situations[0]))

static char *printed(const struct why *y, long long *wrong)
{
	struct words w;

	*wrong = why_print(y, word_begin(&w));
	word_end(&w);
	return w.text;
}

static void play_situation(size_t i)
{
	struct play p = { .why = why_new(), .remote = situations[i].remote };
	const char *const *says = situations[i].says;
	long long wrong;
	char *text;

	assert_non_null(p.why);
	if (situations[i].facts)
		know(p.why, situations[i].facts);
	play(&p, situations[i].script);
	text = printed(p.why, &wrong);
	if (wrong != (says[0] ? 1 : 0))
		fail_msg("%s: %lld are wrong:\n%s", situations[i].name, wrong, text);
	for (size_t k = 0; k < 3 && says[k]; k++)
		if (!strstr(text, says[k]))
			fail_msg("%s: no '%s' in\n%s", situations[i].name, says[k], text);
	if (!!strstr(text, " failed: ") != situations[i].failed)
		fail_msg("%s: failed or not is wrong in\n%s", situations[i].name, text);
	free(text);
	/* Asking changes nothing. */
	text = printed(p.why, &wrong);
	assert_int_equal(wrong, says[0] ? 1 : 0);
	free(text);
	why_free(p.why);
}

static void why_print__situations(void **state)
{
	size_t causes = 0, failures = 0;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		play_situation(i);
		causes += !!situations[i].says[0];
		failures += situations[i].failed;
	}
	assert_true(causes >= 30);
	assert_true(failures >= 10);
}

static void why_advice__every_reason(void **state)
{
	const struct smcw_list *all = &smcw_lists[SMCW_LIST_decline_reasons];
	unsigned int i;

	(void)state;
	for (i = 0; i < all->n; i++) {
		const char *advice = why_advice(all->values[i].value);

		if (all->values[i].value == SMCW_DECL_PEERDECL) {
			assert_null(advice);
			continue;
		}
		if (!advice || !*advice || advice[strlen(advice) - 1] == '.')
			fail_msg("0x%08x %s has no advice", all->values[i].value,
				 all->values[i].text);
	}
	assert_null(why_advice(0));
	assert_null(why_advice(0x0badbeef));
}

/* Every cause has advice, too. */
static void cause_advice__every_cause(void **state)
{
	const struct facts none = { 0 };

	(void)state;
	for (unsigned int id = CAUSE_NONE + 1; id < CAUSE_COUNT; id++) {
		struct cause c = { .id = (enum cause_id)id, .reason = SMCW_DECL_MEM };
		char *advice = cause_advice(&c, &none), *text = cause_text(&c);

		assert_non_null(advice);
		assert_true(*advice && *text);
		free(advice);
		free(text);
	}
}

static void cause_bytes__protocols(void **state)
{
	static const struct {
		const char *hex, *text;
	} rows[] = {
		{ "", "bytes that are no CLC message" },
		{ "'HTTP/1.1'", "an HTTP response ('HTTP/1.1')" },
		{ "'GET' 20 '/' 20 'HT'", "an HTTP request ('GET / HT')" },
		{ "'PRI' 20 '*' 20 'HT'", "an HTTP/2 request ('PRI * HT')" },
		{ "16030100f8010000", "a TLS handshake (16 03 01 00 f8 01 00 00)" },
		{ "'220' 20 'mail'", "a greeting of SMTP or FTP ('220 mail')" },
		{ "4a0000000a382e30", "a greeting of MySQL (4a 00 00 00 0a 38 2e 30)" },
		{ "0000005400030000", "a request of PostgreSQL (00 00 00 54 00 03 00 00)" },
		{ "e2d4c3d9", "a piece of a CLC message (e2 d4 c3 d9)" },
		{ "'hello' 0d0a", "text ('hello..')" },
		{ "1b5b33316d", "bytes of no protocol that is known here (1b 5b 33 31 6d)" },
	};
	__u8 bytes[SAMPLE_MAX];
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = sample_bytes(rows[i].hex, bytes);

		assert_string_equal(cause_bytes(bytes, n, text, sizeof(text)), rows[i].text);
	}
}

/* Nothing is claimed of a peer that has no address. */
static void why_print__without_addresses(void **state)
{
	struct why *w = why_new();
	struct event_sample e;
	long long wrong;
	char *text;

	(void)state;
	word_event(&e, SMCW_EV_FALLBACK, 0, 1, "03010000 00000000");
	e.ev.role = SMCW_ROLE_CLIENT;
	e.ev.local_port = e.ev.peer_port = 0;
	memset(e.ev.local, 0, 16);
	memset(e.ev.peer, 0, 16);
	assert_int_equal(why_event(w, &e.ev), 0);
	text = printed(w, &wrong);
	assert_non_null(strstr(text, "1 x  a socket without a connection (of nginx/123): peer did "
				     "not offer SMC (0x03010000)."));
	assert_non_null(strstr(text, "0 failed, 0 stayed on TCP, 0 reached SMC; 1 socket fell back "
				     "without a connection.\n"));
	free(text);
	why_free(w);
}

/* One line per service, whatever number of processes there is; and in linear time. */
static void why_print__a_line_per_service(void **state)
{
	struct play p = { .why = why_new() };
	long long wrong;
	char *text;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		p.connection = i;
		give(&p, SMCW_EV_FALLBACK, 0, "03010000 00000000");
	}
	text = printed(p.why, &wrong);
	assert_int_equal(wrong, 200000);
	assert_memory_equal(text, "200000 x  127.0.0.1:80 (client curl/100, ...): ", 46);
	assert_int_equal(strchr(text, '\n')[1], '0');
	free(text);
	why_free(p.why);
}

static void why_print__nothing(void **state)
{
	struct why *w = why_new();
	long long wrong;
	char *text;

	(void)state;
	know(w, "observed CLC received");
	text = printed(w, &wrong);
	assert_int_equal(wrong, 0);
	assert_string_equal(text, "Nothing is wrong: no connection fell back to TCP, and none "
				  "failed; 0 connections reached SMC.\nobserved: CLC / not "
				  "observed: nothing that was asked for\n");
	free(text);
	know(w, "missing fallbacks smc has no BTF");
	text = printed(w, &wrong);
	assert_non_null(strstr(text, "Nothing is known to be wrong, of what was observed;"));
	assert_non_null(strstr(text, "not observed: fallbacks (smc has no BTF)"));
	free(text);
	why_free(w);
}

static void why_print_json__rows(void **state)
{
	struct play p = { .why = why_new() };
	struct words w;

	(void)state;
	play(&p, "C: syn!111");
	assert_int_equal(why_print_json(p.why, word_begin(&w)), 1);
	word_end(&w);
	assert_non_null(strstr(w.text, "\"cause\": \"REFUSED\""));
	assert_non_null(strstr(w.text, "\"service\": \"127.0.0.1:80\""));
	assert_non_null(strstr(w.text, "\"observed\": \"observed: "));
	free(w.text);
	why_free(p.why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_print__situations),
		cmocka_unit_test(why_advice__every_reason),
		cmocka_unit_test(cause_advice__every_cause),
		cmocka_unit_test(cause_bytes__protocols),
		cmocka_unit_test(why_print__without_addresses),
		cmocka_unit_test(why_print__a_line_per_service),
		cmocka_unit_test(why_print__nothing),
		cmocka_unit_test(why_print_json__rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
