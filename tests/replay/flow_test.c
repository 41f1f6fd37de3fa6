// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP packets become cases: each order of SYN, data and end, and who the client is when the capture
 * begins late. What is expected stands as a line of words, an end and a step each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture/flow.h"
#include "samples.h"

enum { CLIENT_PORT = 40000, SERVER_PORT = 8000, CLIENT_SEQ = 0xfffffff0, SERVER_SEQ = 5000 };

/* The option of SMC (RFC 7609, 3.1), after a NOP and one of TCP; and without it. */
static const __u8 smc_option[] = { 1, 1, 3, 3, 7, 254, 6, 0xe2, 0xd4, 0xc3, 0xd9, 0 };
static const __u8 other_option[] = { 1, 3, 3, 7, 254, 6, 0xe2, 0xd4, 0xc3, 0xd8 };
static const __u8 short_option[] = { 254, 4, 0xe2, 0xd4 };

struct capture {
	struct arena arena;
	struct flows flows;
	struct test_case *cases;
	__u8 proposal[SAMPLE_MAX], accept[SAMPLE_MAX];
	size_t proposal_len, accept_len;
};

static size_t sample_called(const char *name, __u8 *bytes)
{
	for (size_t i = 0; i < samples_n; i++)
		if (samples[i].kind == SAMPLE_CLC && !strncmp(samples[i].name, name, strlen(name)))
			return sample_bytes(samples[i].hex, bytes);
	fail_msg("no sample %s", name);
	return 0;
}

static void begin_capture(struct capture *c)
{
	memset(c, 0, sizeof(*c));
	flows_init(&c->flows, &c->arena);
	c->proposal_len = sample_called("proposal", c->proposal);
	c->accept_len = sample_called("accept", c->accept);
}

static struct packet tcp(bool server)
{
	struct packet p = { .kind = PACKET_TCP, .seq = server ? SERVER_SEQ : CLIENT_SEQ };
	struct packet_end *client = server ? &p.to : &p.from, *other = server ? &p.from : &p.to;

	client->address[15] = 1;
	other->address[15] = 2;
	client->port = CLIENT_PORT;
	other->port = SERVER_PORT;
	return p;
}

static void syn(struct capture *c, bool server, const __u8 *options, size_t len)
{
	struct packet p = tcp(server);

	p.syn = true;
	p.ack = server;
	p.options = options;
	p.options_len = len;
	flows_tcp(&c->flows, &p);
}

/* Bytes at an offset of what the end sends; flags of r and f. */
static void bytes(struct capture *c, bool server, size_t at, const void *payload, size_t len,
		  const char *flags)
{
	struct packet p = tcp(server);

	p.seq += 1 + (__u32)at;
	p.ack = true;
	p.payload = payload;
	p.len = len;
	p.rst = strchr(flags, 'r') != NULL;
	p.fin = strchr(flags, 'f') != NULL;
	flows_tcp(&c->flows, &p);
}

static void both_syns(struct capture *c)
{
	syn(c, false, smc_option, sizeof(smc_option));
	syn(c, true, smc_option, sizeof(smc_option));
}

/* "C.option6 S.data5": ends, kinds and lengths. Cases are parted by a bar. */
static const char *in_words(struct capture *c)
{
	static const char *const words[] = {
#define WORD(name, word) [STEP_##name] = #word,
		SCRIPT_STEPS(WORD)
#undef WORD
	};
	static char text[4096];
	size_t at = 0;

	text[0] = '\0';
	c->cases = flows_finish(&c->flows);
	for (const struct test_case *t = c->cases; t; t = t->next) {
		if (t != c->cases)
			at += (size_t)snprintf(text + at, sizeof(text) - at, " | ");
		for (const struct step *s = t->steps; s; s = s->next) {
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%c.%s",
					       s == t->steps ? "" : " ",
					       s->end == END_CLIENT ? 'C' : 'S', words[s->kind]);
			if (s->len)
				at += (size_t)snprintf(text + at, sizeof(text) - at, "%zu", s->len);
		}
	}
	return text;
}

static void ends_as(struct capture *c, const char *wanted)
{
	assert_string_equal(in_words(c), wanted);
	arena_free(&c->arena);
}

/* ---- the SYN -------------------------------------------------------------------- */

static void flows_tcp__options(void **state)
{
	struct capture c;

	(void)state;
	begin_capture(&c);
	both_syns(&c);
	ends_as(&c, "C.option6 S.option6");
	/* The SYN and its answer come again. */
	begin_capture(&c);
	both_syns(&c);
	both_syns(&c);
	ends_as(&c, "C.option6 S.option6");
	/* Once without SMC and once with it: the first one counts. */
	begin_capture(&c);
	syn(&c, false, smc_option, sizeof(smc_option));
	syn(&c, true, NULL, 0);
	syn(&c, true, smc_option, sizeof(smc_option));
	ends_as(&c, "S.app C.option6 S.option");
	begin_capture(&c);
	syn(&c, false, NULL, 0);
	syn(&c, true, NULL, 0);
	ends_as(&c, "C.app C.option S.option");
	/* The answer alone. */
	begin_capture(&c);
	syn(&c, true, smc_option, sizeof(smc_option));
	bytes(&c, false, 0, "hello", 5, "");
	ends_as(&c, "S.option6 C.data5");
}

/* A connection that asks for SMC leaves out those that do not; its option has to be that of SMC. */
static void flows_tcp__smc_or_all(void **state)
{
	static const struct {
		const __u8 *options;
		size_t len;
		bool is_smc;
	} rows[] = { { smc_option, sizeof(smc_option), true },
		     { other_option, sizeof(other_option), false },
		     { short_option, sizeof(short_option), false },
		     { NULL, 0, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct packet p = tcp(false);
		struct capture c;

		begin_capture(&c);
		syn(&c, false, rows[i].options, rows[i].len);
		p.from.port++;
		p.syn = true;
		flows_tcp(&c.flows, &p);
		c.cases = flows_finish(&c.flows);
		assert_non_null(c.cases);
		assert_int_equal(!c.cases->next, rows[i].is_smc);
		arena_free(&c.arena);
	}
}

/* The same ports once more. */
static void flows_tcp__ports_again(void **state)
{
	struct capture c;
	struct packet p;

	(void)state;
	/* Another number is another connection, whether or not bytes have come. */
	for (int with_bytes = 0; with_bytes < 2; with_bytes++) {
		for (int off = -1; off <= 1; off++) {
			begin_capture(&c);
			both_syns(&c);
			if (with_bytes)
				bytes(&c, false, 0, "hello", 5, "");
			p = tcp(false);
			p.seq += (__u32)off;
			p.syn = true;
			p.options = smc_option;
			p.options_len = sizeof(smc_option);
			flows_tcp(&c.flows, &p);
			if (off)
				ends_as(&c, with_bytes ? "C.option6 S.option6 C.data5 | C.option6" :
							 "C.option6 S.option6 | C.option6");
			else
				ends_as(&c, with_bytes ? "C.option6 S.option6 C.data5" :
							 "C.option6 S.option6");
		}
	}
	/* An answer is no new connection, whatever its number is. */
	begin_capture(&c);
	both_syns(&c);
	p = tcp(true);
	p.seq += 77;
	p.syn = p.ack = true;
	flows_tcp(&c.flows, &p);
	ends_as(&c, "C.option6 S.option6");
	/* The answer came first: the SYN that follows belongs to it. */
	begin_capture(&c);
	syn(&c, true, smc_option, sizeof(smc_option));
	syn(&c, false, smc_option, sizeof(smc_option));
	ends_as(&c, "S.option6 C.option6");
}

/* ---- a capture that begins late ---------------------------------------------------- */

static void flows_tcp__without_syn(void **state)
{
	struct capture c;

	(void)state;
	/* The sender of a Proposal is the client, that of an Accept the server. */
	begin_capture(&c);
	bytes(&c, false, 0, c.proposal, c.proposal_len, "");
	bytes(&c, true, 0, c.accept, c.accept_len, "");
	ends_as(&c, "C.clc S.clc");
	begin_capture(&c);
	bytes(&c, true, 0, c.accept, c.accept_len, "");
	ends_as(&c, "S.clc");
	begin_capture(&c);
	c.accept[4] = 3; /* a Confirm */
	bytes(&c, false, 0, c.accept, c.accept_len, "");
	ends_as(&c, "C.clc");
	/* Anything else begins nothing. */
	begin_capture(&c);
	bytes(&c, false, 0, "GET / HTTP", 10, "");
	bytes(&c, false, 10, "", 0, "");
	bytes(&c, false, 10, c.proposal, 7, "");
	assert_null(c.flows.first);
	arena_free(&c.arena);
	/* A header is enough; the rest may follow. */
	begin_capture(&c);
	bytes(&c, false, 0, c.proposal, 8, "");
	assert_non_null(c.flows.first);
	bytes(&c, false, 8, c.proposal + 8, c.proposal_len - 8, "");
	ends_as(&c, "C.clc");
}

/* ---- bytes ------------------------------------------------------------------------- */

/* A message is a step when it is whole, and what follows it is another one. */
static void flows_tcp__messages_in_pieces(void **state)
{
	__u8 joined[SAMPLE_MAX * 2];
	struct capture c;

	(void)state;
	begin_capture(&c);
	arena_free(&c.arena);
	for (size_t cut = 1; cut < c.proposal_len + 5; cut++) {
		begin_capture(&c);
		both_syns(&c);
		memcpy(joined, c.proposal, c.proposal_len);
		memcpy(joined + c.proposal_len, "hello", 5);
		bytes(&c, false, 0, joined, cut, "");
		if (cut < c.proposal_len)
			assert_int_equal(c.flows.first->last->kind, STEP_OPTION);
		bytes(&c, false, cut, joined + cut, c.proposal_len + 5 - cut, "");
		ends_as(&c, "C.option6 S.option6 C.clc C.data5");
	}
	/* The last byte is missing. */
	for (size_t n = 1; n < c.proposal_len; n++) {
		char wanted[64];

		begin_capture(&c);
		both_syns(&c);
		bytes(&c, false, 0, c.proposal, n, "");
		snprintf(wanted, sizeof(wanted), "C.option6 S.option6 C.bytes%zu", n);
		ends_as(&c, wanted);
	}
}

/* Data of one end is one step until the other one sends; its bytes are those that came. */
static void flows_tcp__data(void **state)
{
	struct capture c;
	struct step *s;

	(void)state;
	begin_capture(&c);
	both_syns(&c);
	bytes(&c, false, 0, "abc", 3, "");
	bytes(&c, false, 3, "def", 3, "");
	bytes(&c, true, 0, "uvw", 3, "");
	bytes(&c, false, 6, "gh", 2, "");
	bytes(&c, false, 0, "XXXXXXXX", 8, "");
	c.cases = flows_finish(&c.flows);
	s = c.cases->steps->next->next;
	assert_memory_equal(s->data, "abcdef", 6);
	assert_int_equal(s->len, 6);
	s = s->next;
	assert_memory_equal(s->data, "uvw", 3);
	s = s->next;
	assert_memory_equal(s->data, "gh", 2);
	assert_int_equal(s->len, 2);
	assert_null(s->next);
	arena_free(&c.arena);
}

/* ---- ends -------------------------------------------------------------------------- */

static void flows_tcp__ends(void **state)
{
	static const struct {
		const char *what; /* an end and its flags, or bytes: in turn */
		const char *wanted;
	} rows[] = {
		{ "Cf", "C.eof" },
		{ "Cf Cf", "C.eof" },
		{ "Cf Sf", "C.eof S.eof" },
		{ "Sr", "S.reset" },
		{ "Sr Sr", "S.reset" },
		{ "Cf Cr", "C.eof" },
		{ "Cr Cf", "C.reset" },
		{ "Cf Sr", "C.eof S.reset" },
		{ "C+ Cf", "C.data4 C.eof" },
		{ "Cf S+", "C.eof S.data4" },
		{ "Cl", "C.data4 C.eof" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char wanted[128], turn[32], *word, *rest = turn;
		size_t sent[2] = { 0 };
		struct capture c;

		begin_capture(&c);
		both_syns(&c);
		snprintf(turn, sizeof(turn), "%s", rows[i].what);
		while ((word = strsep(&rest, " "))) {
			bool server = word[0] == 'S', whole = word[1] == '+' || word[1] == 'l';

			bytes(&c, server, sent[server], "data", whole ? 4 : 0,
			      word[1] == 'l' ? "f" : word + 1);
			sent[server] += whole ? 4 : 0;
		}
		snprintf(wanted, sizeof(wanted), "C.option6 S.option6 %s", rows[i].wanted);
		ends_as(&c, wanted);
	}
}

/* The end comes before the bytes that precede it. */
static void flows_tcp__end_ahead(void **state)
{
	struct capture c;

	(void)state;
	begin_capture(&c);
	both_syns(&c);
	bytes(&c, false, 4, "", 0, "f");
	bytes(&c, true, 0, "now", 3, "");
	bytes(&c, false, 0, "data", 4, "");
	ends_as(&c, "C.option6 S.option6 S.data3 C.data4 C.eof");
}

/* ---- what a capture lacks ------------------------------------------------------------ */

static void flows_tcp__cut(void **state)
{
	struct capture c;
	struct packet p;

	(void)state;
	begin_capture(&c);
	both_syns(&c);
	p = tcp(false);
	p.seq++;
	p.payload = (const __u8 *)"a";
	p.len = 1;
	p.cut = true;
	flows_tcp(&c.flows, &p);
	p.seq++;
	flows_tcp(&c.flows, &p);
	flows_finish(&c.flows);
	assert_int_equal(c.flows.cut, 2);
	arena_free(&c.arena);
}

/* So many connections and no more; those that are left out are counted. */
static void flows_tcp__too_many(void **state)
{
	struct capture c;
	unsigned int n = 0;

	(void)state;
	begin_capture(&c);
	for (unsigned int i = 0; i < FLOWS_MAX + 3; i++) {
		struct packet p = tcp(false);

		p.from.port = (__u16)(1 + i);
		p.syn = true;
		flows_tcp(&c.flows, &p);
	}
	for (const struct test_case *t = flows_finish(&c.flows); t; t = t->next)
		n++;
	assert_int_equal(n, FLOWS_MAX);
	assert_int_equal(c.flows.left_out, 3);
	arena_free(&c.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_tcp__options),
		cmocka_unit_test(flows_tcp__smc_or_all),
		cmocka_unit_test(flows_tcp__ports_again),
		cmocka_unit_test(flows_tcp__without_syn),
		cmocka_unit_test(flows_tcp__messages_in_pieces),
		cmocka_unit_test(flows_tcp__data),
		cmocka_unit_test(flows_tcp__ends),
		cmocka_unit_test(flows_tcp__end_ahead),
		cmocka_unit_test(flows_tcp__cut),
		cmocka_unit_test(flows_tcp__too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
