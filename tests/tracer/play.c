// SPDX-License-Identifier: GPL-2.0-or-later
/* See play.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/facts.h"
#include "play.h"
#include "words.h"

#define LOCAL "7f000001"
#define REMOTE "c0000202"
#define NO_OPTION "00 00 0000 00000000"

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

void play_event(struct play *p, __u8 kind, __u8 flags, const char *hex)
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
	play_event(p, SMCW_EV_CLC, flags, hex);
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
	play_event(p, SMCW_EV_SYN, p->server ? EVENT_IN : EVENT_OUT, hex);
}

/* The socket that listens, which has no peer, and a cookie of its own. */
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
		play_event(p, SMCW_EV_SYN, EVENT_IN, "00 00 01 00 00000000");
	} else if (!strcmp(word, "ans") || !strcmp(word, "plain")) {
		play_event(p, SMCW_EV_SYN, p->server ? EVENT_OUT : EVENT_IN,
			   word[0] == 'a' ? "01 01 00*6" : "00 01 00*6");
	} else if (word[0] == '<' || word[0] == '>') {
		clc(p, word);
	} else if (!strncmp(word, "bad=", 4)) {
		numbers(word, n);
		snprintf(hex, sizeof(hex), "%08x %02x %02x 0000", n[0], n[1], n[2]);
		play_event(p, SMCW_EV_CLC_FAILED, 0, hex);
	} else if (!strncmp(word, "fb=", 3)) {
		snprintf(hex, sizeof(hex), "%.8s %s", word + 3,
			 word[11] == '/' ? word + 12 : "00000000");
		play_event(p, SMCW_EV_FALLBACK, 0, hex);
	} else if (!strcmp(word, "ready")) {
		play_event(p, SMCW_EV_CONN_READY, 0, "00*56");
	} else if (!strncmp(word, "closed", 6)) {
		snprintf(hex, sizeof(hex), "02 07 0000 %08x",
			 word[6] ? (unsigned int)atoi(word + 7) : 0);
		play_event(p, SMCW_EV_STATE, 0, hex);
	} else if (!strcmp(word, "listen")) {
		listener(p, SMCW_EV_STATE, true, "02 0a 0000 00000000");
	} else if (!strncmp(word, "lfb=", 4)) { /* before it has an address, and after */
		snprintf(hex, sizeof(hex), "%.8s 00000000", word + 4);
		listener(p, SMCW_EV_FALLBACK, word[12] == '@', hex);
	} else {
		fail_msg("unknown word %s", word);
	}
}

void play(struct play *p, const char *script)
{
	char words[1024], *word;

	snprintf(words, sizeof(words), "%s", script);
	for (word = strtok(words, " "); word; word = strtok(NULL, " "))
		play_word(p, word);
}

static void take_fact(void *ctx, struct smcw_event *ev)
{
	assert_int_equal(why_event(ctx, ev), 0);
}

void play_facts(struct why *w, const char *facts)
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
