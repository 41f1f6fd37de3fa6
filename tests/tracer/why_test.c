// SPDX-License-Identifier: GPL-2.0-or-later
/* why.c, cause.c and handshake.c: traces of situations that are played, and the cause that each
 * has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "why/cause.h"
#include "play.h"
#include "situations.h"
#include "why/why.h"
#include "words.h"

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
		play_facts(p.why, situations[i].facts);
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
	for (size_t i = 0; i < situation_count; i++) {
		play_situation(i);
		causes += !!situations[i].says[0];
		failures += situations[i].failed;
	}
	assert_true(causes >= 30);
	assert_true(failures >= 10);
}

/* Every cause has advice. */
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
		/* In each row a thing is missing; the bytes of the row before are still there. */
		{ "4a000000", "bytes of no protocol that is known here (4a 00 00 00)" },
		{ "4a0000010a", "bytes of no protocol that is known here (4a 00 00 01 0a)" },
		{ "4a00000009", "bytes of no protocol that is known here (4a 00 00 00 09)" },
		{ "0000005400030000", "a request of PostgreSQL (00 00 00 54 00 03 00 00)" },
		{ "00000054000300",
		  "bytes of no protocol that is known here (00 00 00 54 00 03 00)" },
		{ "0000005400020000",
		  "bytes of no protocol that is known here (00 00 00 54 00 02 00 00)" },
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
		play_event(&p, SMCW_EV_FALLBACK, 0, "03010000 00000000");
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
	play_facts(w, "observed CLC received");
	text = printed(w, &wrong);
	assert_int_equal(wrong, 0);
	assert_string_equal(text, "Nothing is wrong: no connection fell back to TCP, and none "
				  "failed; 0 connections reached SMC.\nobserved: CLC / not "
				  "observed: nothing that was asked for\n");
	free(text);
	play_facts(w, "missing fallbacks smc has no BTF");
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
	assert_non_null(strstr(w.text, "\"statement\": null"));
	assert_non_null(strstr(w.text, "\"service\": \"127.0.0.1:80\""));
	assert_non_null(strstr(w.text, "\"observed\": \"observed: "));
	free(w.text);
	why_free(p.why);
}

/* The statement that each cause names; a reason, that of the end that has found it. */
static void cause_rule__each(void **state)
{
	static const struct {
		struct cause cause;
		const char *id;
	} rows[] = {
		{ { .id = CAUSE_SERVER_PLAIN, .at_client = true }, "OPT-04" },
		{ { .id = CAUSE_CLIENT_PLAIN }, "OPT-03" },
		{ { .id = CAUSE_OTHER_SOCKET, .at_client = true }, "OPT-05" },
		{ { .id = CAUSE_PEER_PLAIN, .at_client = true }, "OPT-04" },
		{ { .id = CAUSE_SYN_COOKIES }, "OPT-08" },
		{ { .id = CAUSE_HS_LIMITED }, "OPT-09" },
		{ { .id = CAUSE_GARBAGE_CLIENT, .at_client = true }, "CLC-02" },
		{ { .id = CAUSE_GARBAGE_SERVER }, "CLC-24" },
		{ { .id = CAUSE_ECHO, .at_client = true }, "CLC-10" },
		{ { .id = CAUSE_UNEXPECTED }, "CLC-10" },
		{ { .id = CAUSE_MALFORMED }, "CLC-01" },
		{ { .id = CAUSE_RESET }, "CLC-16" },
		{ { .id = CAUSE_INTERRUPTED, .at_client = true }, "APP-31" },
		{ { .id = CAUSE_FAILED }, "CLC-21" },
		{ { .id = CAUSE_SILENT, .at_client = true, .expected = SMCW_ACCEPT }, "CLC-18" },
		{ { .id = CAUSE_SILENT, .expected = SMCW_PROPOSAL }, "CLC-19" },
		{ { .id = CAUSE_SILENT_LOST, .expected = SMCW_CONFIRM }, "CLC-20" },
		{ { .id = CAUSE_REFUSED, .at_client = true }, NULL },
		{ { .id = CAUSE_SYN_STRIPPED }, NULL },
		{ { .id = CAUSE_HANGING }, NULL },
		{ { .id = CAUSE_REASON, .reason = SMCW_DECL_NOUEID }, "SRV-08" },
		{ { .id = CAUSE_REASON, .reason = SMCW_DECL_MAXCONNERR }, "SRV-15" },
		{ { .id = CAUSE_REASON, .reason = SMCW_DECL_MAXCONNERR, .at_client = true },
		  "ACC-14" },
		{ { .id = CAUSE_REASON,
		    .reason = SMCW_DECL_PEERDECL,
		    .diagnosis = SMCW_DECL_MAXCONNERR,
		    .at_client = true },
		  "SRV-15" },
		{ { .id = CAUSE_REASON, .reason = SMCW_DECL_PEERNOSMC }, "OPT-03" },
		{ { .id = CAUSE_REASON, .reason = SMCW_DECL_PEERNOSMC, .unconnected = true },
		  NULL },
		{ { .id = CAUSE_REASON, .reason = 0x12345678 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum smcp_rule rule = cause_rule(&rows[i].cause);

		assert_int_equal(rule < SMCP_RULES, rows[i].id != NULL);
		if (rows[i].id)
			assert_string_equal(smcp_rules[rule].id, rows[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_print__situations),
		cmocka_unit_test(cause_advice__every_cause),
		cmocka_unit_test(cause_bytes__protocols),
		cmocka_unit_test(why_print__without_addresses),
		cmocka_unit_test(why_print__a_line_per_service),
		cmocka_unit_test(why_print__nothing),
		cmocka_unit_test(why_print_json__rows),
		cmocka_unit_test(cause_rule__each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
