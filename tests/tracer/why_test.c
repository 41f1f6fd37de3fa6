// SPDX-License-Identifier: GPL-2.0-or-later
/* why.c: every reason has its advice, and equal fallbacks are one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "why.h"
#include "words.h"

static void feed(struct why *w, __u8 kind, __u8 role, __u16 peer_port, const char *hex)
{
	static __u64 now;
	struct event_sample e;

	word_event(&e, kind, EVENT_IN, ++now, hex);
	smcw_put64(&e.ev.sock, peer_port);
	smcw_put16(&e.ev.peer_port, peer_port);
	e.ev.role = role;
	assert_int_equal(why_event(w, &e.ev), 0);
}

static void is_text(const struct why *y, const char *text)
{
	struct words w;

	assert_int_equal(why_print(y, word_begin(&w)), 0);
	assert_string_equal(word_end(&w), text);
	free(w.text);
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

static void why_print__nothing(void **state)
{
	struct why *w = why_new();

	(void)state;
	is_text(w, "No connection fell back to TCP.\n");
	why_free(w);
}

static void why_print__equal_ones_are_one(void **state)
{
	struct why *w = why_new();

	(void)state;
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_SERVER, 4000, "03020000 00000000");
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_SERVER, 4001, "03080000 00000000");
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_SERVER, 4002, "03080000 00000000");
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_CLIENT, 4000, "03080000 00000000");
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_CLIENT, 4001, "0badbeef 00000000");
	is_text(w, "2 x  nginx/123, server, 10.0.0.1:80 <- 10.0.0.2: VLAN of the IP device not "
		   "known (0x03080000). To do: the route's network interface could not be told: "
		   "check routes, and VLANs stacked on it.\n"
		   "1 x  nginx/123, server, 10.0.0.1:80 <- 10.0.0.2: IPsec in use (0x03020000). "
		   "To do: SMC would bypass IPsec: exempt these addresses from the IPsec policy, "
		   "or stay on TCP.\n"
		   "1 x  nginx/123, client, 10.0.0.1 -> 10.0.0.2:4000: VLAN of the IP device not "
		   "known (0x03080000). To do: the route's network interface could not be told: "
		   "check routes, and VLANs stacked on it.\n"
		   "1 x  nginx/123, client, 10.0.0.1 -> 10.0.0.2:4001: unknown reason "
		   "(0x0badbeef).\n");
	why_free(w);
}

static void why_print__peers_diagnosis(void **state)
{
	struct why *w = why_new();

	(void)state;
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_CLIENT, 80, "05000000 030e0000");
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_CLIENT, 81, "05000000 00000000");
	is_text(w, "1 x  nginx/123, client, 10.0.0.1 -> 10.0.0.2:80: peer declined (0x05000000), "
		   "its diagnosis: no route to the peer's RoCE address (0x030e0000). To do, as the "
		   "peer sees it: add a route from the RoCE device's address to the peer's RoCE "
		   "address.\n"
		   "1 x  nginx/123, client, 10.0.0.1 -> 10.0.0.2:81: peer declined (0x05000000), "
		   "its diagnosis is not known. To do: trace the peer too.\n");
	why_free(w);
}

/* How often a line of "peer did not offer SMC" counts. */
static void count_is(const struct why *y, const char *begins)
{
	struct words w;

	assert_int_equal(why_print(y, word_begin(&w)), 0);
	word_end(&w);
	assert_memory_equal(w.text, begins, strlen(begins));
	assert_non_null(strstr(w.text, "peer did not offer SMC (0x03010000)"));
	assert_ptr_equal(strchr(w.text, '\n'), w.text + w.len - 1);
	free(w.text);
}

static void why_event__answer_without_option(void **state)
{
	struct why *w = why_new();

	(void)state;
	/* Neither the SYN nor an answer with the option is a reason. */
	feed(w, SMCW_EV_SYN, SMCW_ROLE_CLIENT, 80, "01 00 00*6");
	feed(w, SMCW_EV_SYN, SMCW_ROLE_CLIENT, 80, "01 01 00*6");
	is_text(w, "No connection fell back to TCP.\n");
	feed(w, SMCW_EV_SYN, SMCW_ROLE_CLIENT, 80, "00 01 00*6");
	count_is(w, "1 x  nginx/123, client, 10.0.0.1 -> 10.0.0.2:80: ");
	/* Asking does not change the answer, and the fallback is of the same connection. */
	count_is(w, "1 x");
	feed(w, SMCW_EV_FALLBACK, SMCW_ROLE_CLIENT, 80, "03010000 00000000");
	count_is(w, "1 x");
	feed(w, SMCW_EV_SYN, SMCW_ROLE_CLIENT, 80, "00 01 00*6");
	count_is(w, "2 x");
	why_free(w);
}

static void why_event__answers_are_bounded(void **state)
{
	struct why *w = why_new();
	unsigned int i;

	(void)state;
	for (i = 0; i < 3000; i++)
		feed(w, SMCW_EV_SYN, SMCW_ROLE_CLIENT, 80, "00 01 00*6");
	count_is(w, "3000 x");
	why_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_advice__every_reason),
		cmocka_unit_test(why_print__nothing),
		cmocka_unit_test(why_print__equal_ones_are_one),
		cmocka_unit_test(why_print__peers_diagnosis),
		cmocka_unit_test(why_event__answer_without_option),
		cmocka_unit_test(why_event__answers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
