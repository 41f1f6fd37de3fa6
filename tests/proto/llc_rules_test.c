// SPDX-License-Identifier: GPL-2.0-or-later
/* proto/llc_rules.c: single messages, and the exchanges as net/smc has them: net-smc.exchanges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "llc_rules.h"
#include "reports.h"
#include "samples.h"

static struct reported reported = { .off = SMCP_NO_RULE };
static const struct smcp_reports reports = { reported_add, &reported };

/* ---- single messages ------------------------------------------------------------------- */

struct row {
	const char *sample, *rules;
	__u16 field; /* 0: none has another value */
	__u64 value;
};

#define F(name) SMCW_F_##name

static const struct row rows[] = {
	{ "confirm_link", "", 0, 0 },
	{ "confirm_link_response", "", 0, 0 },
	{ "confirm_link_v2_big", "", 0, 0 },
	{ "confirm_link", "LLC-10", F(confirm_link_no_eye_req), 0 },
	{ "confirm_link_response", "LLC-10", F(confirm_link_no_eye_resp), 0 },
	{ "confirm_link", "", F(confirm_link_max_links), 1 },
	{ "confirm_link", "LLC-13", F(confirm_link_max_links), 0 },
	{ "add_link", "", 0, 0 },
	{ "add_link", "LLC-17", F(add_link_mtu), 0 },
	{ "add_link", "", F(add_link_mtu), 1 },
	{ "add_link", "", F(add_link_mtu), 5 },
	{ "add_link", "LLC-17", F(add_link_mtu), 6 },
	{ "add_link_refused", "LLC-18", 0, 0 },
	{ "add_link_v2_refused_as_v1", "LLC-18", 0, 0 },
	{ "delete_link", "LLC-29", 0, 0 },
	{ "delete_link_unknown_reason", "", 0, 0 },
	{ "confirm_rkey", "", 0, 0 },
	{ "confirm_rkey", "", F(confirm_rkey_rkey_count), 2 },
	{ "confirm_rkey", "LLC-31.4", F(confirm_rkey_rkey_count), 3 },
	{ "confirm_rkey_v2_negative", "LLC-31", 0, 0 },
	{ "test_link", "", 0, 0 },
	{ "delete_rkey", "", 0, 0 },
	{ "delete_rkey", "LLC-36", F(delete_rkey_negative), 1 },
	{ "delete_rkey_v2_10_keys", "", 0, 0 },
	{ "delete_rkey_v2_10_keys", "LLC-37", F(delete_rkey_v2_negative), 1 },
	{ "announce_credits", "", 0, 0 },
	{ "nwm_data", "", 0, 0 },
};

static size_t load(const char *name, __u8 *msg, struct smcw_layout *l)
{
	size_t i = 0, len;

	while (i < samples_n && strcmp(samples[i].name, name))
		i++;
	if (i == samples_n)
		fail_msg("there is no sample %s", name);
	len = sample_bytes(samples[i].hex, msg);
	smcw_llc_layout(msg, len, l);
	return len;
}

static unsigned int wrong_rows(void)
{
	struct smcw_layout l;
	__u8 msg[SAMPLE_MAX];
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		load(rows[i].sample, msg, &l);
		if (rows[i].field)
			message_set(msg, &l, rows[i].field, rows[i].value);
		*reported.text = '\0';
		smcp_check_llc(msg, &l, NULL, &reports);
		if (!strcmp(reported.text, rows[i].rules))
			continue;
		wrong++;
		if (reported.off == SMCP_NO_RULE)
			print_error("%s: '%s', expected '%s'\n", rows[i].sample, reported.text,
				    rows[i].rules);
	}
	return wrong;
}

static void check_llc__rows(void **state)
{
	(void)state;
	assert_int_equal(wrong_rows(), 0);
}

static unsigned int wrong_queue_pairs(void)
{
	struct smcw_layout l;
	__u8 msg[SAMPLE_MAX];
	unsigned int wrong = 0;
	__u32 qpn;

	load("confirm_link", msg, &l);
	qpn = (__u32)smcw_field_get(&smcw_fields[F(confirm_link_qpn)], msg + l.piece[1].off, 1);
	for (int other = 0; other <= 1; other++, qpn++) {
		*reported.text = '\0';
		smcp_check_llc(msg, &l, &qpn, &reports);
		wrong += !!strcmp(reported.text, other ? "LLC-14" : "");
	}
	return wrong;
}

static void check_llc__queue_pair(void **state)
{
	(void)state;
	assert_int_equal(wrong_queue_pairs(), 0);
}

/* What was cut off breaks no rule: its bytes read as zero. */
static void check_llc__cut(void **state)
{
	__u8 whole[SAMPLE_MAX], msg[SAMPLE_MAX];
	struct smcw_layout l;
	__u32 qpn = 0x777;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = load(rows[i].sample, whole, &l);

		if (*rows[i].rules)
			continue;
		for (size_t have = sizeof(struct smcw_llc_v1) + 1; have < len; have++) {
			memset(msg, 0, sizeof(msg));
			memcpy(msg, whole, have);
			smcw_llc_layout_cut(msg, len, have, &l);
			*reported.text = '\0';
			smcp_check_llc(msg, &l, have < 29 ? &qpn : NULL, &reports);
			assert_string_equal(reported.text, "");
		}
	}
}

static void llc_test_data__of_its_message_alone(void **state)
{
	struct smcw_layout l;
	__u8 msg[SAMPLE_MAX];

	(void)state;
	load("test_link", msg, &l);
	assert_memory_equal(smcp_llc_test_data(msg, &l), "ping", 4);
	smcw_llc_layout_cut(msg, SMCW_LLC_LEN, 4 + SMCP_TEST_DATA_LEN - 1, &l);
	assert_null(smcp_llc_test_data(msg, &l));
	load("confirm_rkey", msg, &l);
	assert_null(smcp_llc_test_data(msg, &l));
}

static void llc_is_response__of_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < samples_n; i++) {
		struct smcw_layout l;
		__u8 msg[SAMPLE_MAX];

		if (samples[i].kind != SAMPLE_LLC || !samples[i].line ||
		    (!strstr(samples[i].line, "request") && !strstr(samples[i].line, "response")))
			continue;
		load(samples[i].name, msg, &l);
		assert_int_equal(!!strstr(samples[i].line, "response"),
				 !!smcp_llc_is_response(msg, &l));
	}
}

/* ---- exchanges --------------------------------------------------------------------------- */

/* What the statements of the catalogue say of each. */
static const struct {
	__u8 type;
	const char *asks, *answered, *unanswered;
} exchanges[] = {
	{ SMCW_LLC_CONFIRM_LINK, "server", "", "LLC-09" },
	{ SMCW_LLC_CONFIRM_LINK_V2, "server", "", "LLC-09" },
	{ SMCW_LLC_ADD_LINK, "server", "", "LLC-18.1" },
	{ SMCW_LLC_ADD_LINK_V2, "server", "", "LLC-18.1" },
	{ SMCW_LLC_ADD_LINK_CONT, "both", "", "LLC-20" },
	{ SMCW_LLC_DELETE_LINK, "both", "", "LLC-28.2" },
	{ SMCW_LLC_DELETE_LINK_V2, "both", "", "LLC-28.2" },
	{ SMCW_LLC_REQ_ADD_LINK, "client", "", "LLC-43" },
	{ SMCW_LLC_REQ_ADD_LINK_V2, "client", "", "LLC-43" },
	{ SMCW_LLC_CONFIRM_RKEY, "both", "LLC-31", "LLC-33" },
	{ SMCW_LLC_CONFIRM_RKEY_V2, "both", "LLC-31", "LLC-33" },
	{ SMCW_LLC_TEST_LINK, "both", "LLC-39", "LLC-40" },
	{ SMCW_LLC_TEST_LINK_V2, "both", "LLC-39", "LLC-40" },
	{ SMCW_LLC_CONFIRM_RKEY_CONT, "both", "", "LLC-35" },
	{ SMCW_LLC_DELETE_RKEY, "both", "LLC-37", "LLC-38.1" },
	{ SMCW_LLC_DELETE_RKEY_V2, "both", "LLC-37", "LLC-38.1" },
	{ SMCW_LLC_ANNOUNCE_CREDITS, "nobody", "", "" },
	{ SMCW_LLC_OPT_CTRL, "nobody", "", "" },
	{ SMCW_LLC_NWM_DATA, "nobody", "", "" },
	{ SMCW_LLC_CDC, "nobody", "", "" },
	{ 0x11, "nobody", "", "" },
	{ 0x00, "nobody", "", "" },
};

static const char *asker(const struct smcp_exchange *x)
{
	static const char *const words[] = { "nobody", "client", "server", "both" };

	return words[x->asks];
}

static const char *id_of(__u8 rule, enum smcp_rule off)
{
	return rule == SMCP_NO_RULE || rule == off ? "" : smcp_rules[rule].id;
}

static unsigned int wrong_exchanges(enum smcp_rule off)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++) {
		const struct smcp_exchange *x = smcp_llc_exchange(exchanges[i].type);

		wrong += strcmp(asker(x), exchanges[i].asks) ||
			 strcmp(id_of(x->answered, off), exchanges[i].answered) ||
			 strcmp(id_of(x->unanswered, off), exchanges[i].unanswered);
	}
	return wrong;
}

static void llc_exchange__rows(void **state)
{
	(void)state;
	assert_int_equal(wrong_exchanges(SMCP_NO_RULE), 0);
}

/*
 * Requests and answers that kernels have exchanged: "TYPE ASKER MS" a line, by exchanges.sh. Each
 * is an exchange that the table has, of an end that asks, and answered within the time.
 */
static void llc_exchange__is_net_smc(void **state)
{
	FILE *in = fopen("net-smc.exchanges", "r");
	unsigned int seen[SMCP_LLC_EXCHANGES] = { 0 }, type, ms, n = 0;
	char line[300], side[8];

	(void)state;
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		const struct smcp_exchange *x;

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%x %7s %u", &type, side, &ms), 3);
		x = smcp_llc_exchange((__u8)type);
		if (!(x->asks & (strcmp(side, "client") ? SMCP_SERVER_ASKS : SMCP_CLIENT_ASKS)))
			fail_msg("the %s asks by 0x%02x", side, type);
		assert_true(ms <= SMCP_LLC_WAIT_MS);
		seen[smcp_llc_number((__u8)type)]++;
		n++;
	}
	fclose(in);
	assert_true(n);
	assert_true(seen[SMCW_LLC_CONFIRM_LINK] && seen[SMCW_LLC_ADD_LINK] &&
		    seen[SMCW_LLC_TEST_LINK] && seen[SMCW_LLC_CONFIRM_RKEY]);
}

/* ---- rules ------------------------------------------------------------------------------- */

static unsigned int failing(enum smcp_rule off)
{
	unsigned int n;

	reported.off = off;
	n = wrong_rows() + wrong_queue_pairs() + wrong_exchanges(off);
	reported.off = SMCP_NO_RULE;
	return n;
}

static void check_llc__each_rule_is_noticed(void **state)
{
	(void)state;
	each_rule_is_noticed(SOURCE, failing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_llc__rows),
		cmocka_unit_test(check_llc__queue_pair),
		cmocka_unit_test(check_llc__cut),
		cmocka_unit_test(llc_test_data__of_its_message_alone),
		cmocka_unit_test(llc_is_response__of_samples),
		cmocka_unit_test(llc_exchange__rows),
		cmocka_unit_test(llc_exchange__is_net_smc),
		cmocka_unit_test(check_llc__each_rule_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
