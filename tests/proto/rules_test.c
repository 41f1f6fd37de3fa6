// SPDX-License-Identifier: GPL-2.0-or-later
/* proto/rules.def against the catalogue of the suite: the same statements, levels, places and
 * words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reports.h"
#include "rules.h"
#include "smc_codec.h"

enum { LINE_MAX_BYTES = 1024 };

struct statement {
	char line[LINE_MAX_BYTES];
	const char *id, *level, *where, *text;
};

static struct statement statements[500];
static size_t n_statements;

static int read_catalogue(void **state)
{
	FILE *in = fopen(CATALOGUE, "r");

	(void)state;
	if (!in)
		return -1;
	while (n_statements < sizeof(statements) / sizeof(statements[0])) {
		struct statement *s = &statements[n_statements];
		char *rest = s->line;

		if (!fgets(s->line, sizeof(s->line), in))
			break;
		s->line[strcspn(s->line, "\n")] = '\0';
		if (!*s->line || *s->line == '#')
			continue;
		s->id = strsep(&rest, "\t");
		s->level = strsep(&rest, "\t");
		s->where = strsep(&rest, "\t");
		s->text = rest;
		if (!rest)
			return -1;
		n_statements++;
	}
	fclose(in);
	return n_statements ? 0 : -1;
}

static const struct statement *statement_of(const char *id)
{
	for (size_t i = 0; i < n_statements; i++)
		if (!strcmp(statements[i].id, id))
			return &statements[i];
	return NULL;
}

static void rules__are_the_catalogues(void **state)
{
	(void)state;
	for (size_t i = 0; i < SMCP_RULES; i++) {
		const struct smcp_rule_row *r = &smcp_rules[i];
		const struct statement *s = statement_of(r->id);
		size_t len = strlen(r->text);

		if (!s)
			fail_msg("%s is in no line of the catalogue", r->id);
		if (strcmp(r->level, s->level) || strcmp(r->where, s->where))
			fail_msg("%s: level %s, '%s'; the catalogue has %s, '%s'", r->id, r->level,
				 r->where, s->level, s->where);
		/* The sources stand in brackets after it. */
		if (strncmp(r->text, s->text, len) || strncmp(s->text + len, " (", 2))
			fail_msg("%s: '%s'; the catalogue has '%s'", r->id, r->text, s->text);
	}
}

/* So is the symbol that of the ID, and no ID comes twice. */
static void rules__stand_in_the_order_of_the_catalogue(void **state)
{
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < SMCP_RULES; i++) {
		while (at < n_statements && strcmp(statements[at].id, smcp_rules[i].id))
			at++;
		if (at == n_statements)
			fail_msg("%s stands in another place than in the catalogue",
				 smcp_rules[i].id);
		at++;
	}
}

static void rules__symbols_are_ids(void **state)
{
	static const char *const symbols[] = {
#define RULE(symbol, id, level, where, finding, text) #symbol,
#include "rules.def"
	};
	char symbol[16];

	(void)state;
	for (size_t i = 0; i < SMCP_RULES; i++) {
		snprintf(symbol, sizeof(symbol), "%s", smcp_rules[i].id);
		for (char *c = symbol; *c; c++)
			*c = strchr("-.", *c) ? '_' : *c;
		assert_string_equal(symbols[i], symbol);
	}
}

static void rule_find__each(void **state)
{
	char mark[20];

	(void)state;
	for (unsigned int i = 0; i < SMCP_RULES; i++) {
		assert_int_equal(smcp_rule_find(smcp_rules[i].id), i);
		snprintf(mark, sizeof(mark), " [%s]", smcp_rules[i].id);
		assert_string_equal(smcp_rule_mark((enum smcp_rule)i), mark);
	}
	assert_int_equal(smcp_rule_find("CLC-99"), SMCP_NO_RULE);
	assert_int_equal(smcp_rule_find(""), SMCP_NO_RULE);
	assert_string_equal(smcp_rule_mark(SMCP_NO_RULE), "");
}

/* As if a rule were not in the table. */
static int is(enum smcp_rule rule, enum smcp_rule off, const char *id)
{
	if (rule == off || rule == SMCP_NO_RULE)
		return !id;
	return id && !strcmp(smcp_rules[rule].id, id);
}

static unsigned int wrong_fields(enum smcp_rule off)
{
	static const struct {
		__u16 field;
		const char *id;
	} some[] = {
		{ SMCW_F_confirm_link_link_num, "LLC-12" },
		{ SMCW_F_confirm_link_max_links, "LLC-13" },
		{ SMCW_F_confirm_link_max_conns, "LLC-13" },
		{ SMCW_F_confirm_link_no_eye_req, "LLC-10" },
		{ SMCW_F_confirm_link_no_eye_resp, "LLC-10" },
		{ SMCW_F_add_link_rejected, "LLC-17" },
		{ SMCW_F_delete_link_reason, "LLC-29" },
		{ SMCW_F_delete_rkey_error_mask, "LLC-36" },
		{ SMCW_F_delete_rkey_v2_negative, "LLC-37" },
		{ SMCW_F_delete_rkey_v2_invalid_count, "LLC-37" },
		{ SMCW_F_confirm_rkey_negative, "LLC-31" },
		{ SMCW_F_confirm_rkey_retry, "LLC-31" },
		{ SMCW_F_test_link_user_data, "LLC-39" },
		{ SMCW_F_decline_reserved2, "CLC-06" },
		{ SMCW_F_smcr_v2_reserved, "CLC-06" },
		{ SMCW_F_delete_link_reserved2, "LLC-01" },
		{ SMCW_F_cdc_reserved, "CDC-01" },
		{ SMCW_F_cdc_smcd_reserved1, "ISM-01" },
		{ SMCW_F_smcr_qpn, NULL },
		{ SMCW_F_cdc_seqno, NULL },
	};

	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		wrong += !is(smcp_rule_of_field(some[i].field), off, some[i].id);
	return wrong;
}

static void rule_of_field__each(void **state)
{
	(void)state;
	assert_int_equal(wrong_fields(SMCP_NO_RULE), 0);
}

static unsigned int wrong_faults(enum smcp_rule off)
{
	static const struct {
		__u8 bit;
		__u8 part;
		const char *id;
	} faults[] = {
		{ SMCW_FAULT_BIT_CUT, SMCW_PART_proposal_hdr, "CLC-01" },
		{ SMCW_FAULT_BIT_EYECATCHER, SMCW_PART_proposal_hdr, "CLC-02" },
		{ SMCW_FAULT_BIT_TRAILER, SMCW_PART_accept_hdr, "CLC-03" },
		{ SMCW_FAULT_BIT_TYPE, SMCW_PART_accept_hdr, "CLC-07" },
		{ SMCW_FAULT_BIT_TYPE, SMCW_PART_llc_v1, "LLC-01" },
		{ SMCW_FAULT_BIT_VERSION, SMCW_PART_accept_hdr, "CLC-08" },
		{ SMCW_FAULT_BIT_LENGTH, SMCW_PART_accept_hdr, "CLC-01" },
		{ SMCW_FAULT_BIT_LENGTH, SMCW_PART_llc_v2, "LLC-01" },
		{ SMCW_FAULT_BIT_LENGTH, SMCW_PART_cdc, "CDC-01" },
		{ SMCW_FAULT_BIT_LENGTH, SMCW_PART_cdc_smcd, "ISM-01" },
		{ SMCW_FAULT_BIT_SMC_TYPE, SMCW_PART_accept_hdr, "ACC-06" },
		{ SMCW_FAULT_BIT_SMC_TYPE, SMCW_PART_proposal_hdr, "PRP-06" },
		{ SMCW_FAULT_BIT_IPAREA, SMCW_PART_proposal_hdr, "PRP-02" },
		{ SMCW_FAULT_BIT_IPV6_COUNT, SMCW_PART_proposal_hdr, "PRP-05" },
		{ SMCW_FAULT_BIT_V2_EXT, SMCW_PART_proposal_hdr, "PRP-11" },
		{ SMCW_FAULT_BIT_EID_COUNT, SMCW_PART_proposal_hdr, "PRP-13" },
		{ SMCW_FAULT_BIT_SMCD_V2_EXT, SMCW_PART_proposal_hdr, "PRP-15" },
		{ SMCW_FAULT_BIT_GID_COUNT, SMCW_PART_proposal_hdr, "PRP-14" },
		{ SMCW_FAULT_BIT_GID_COUNT, SMCW_PART_llc_v2, "LLC-01" },
		{ SMCW_FAULT_BIT_FCE, SMCW_PART_accept_hdr, "ACC-03" },
		{ SMCW_FAULT_BIT_RKEY_COUNT, SMCW_PART_llc_v2, "LLC-01" },
	};

	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		wrong += !is(smcp_rule_of_fault(faults[i].bit, faults[i].part), off, faults[i].id);
	return wrong;
}

static void rule_of_fault__each(void **state)
{
	(void)state;
	assert_int_equal(wrong_faults(SMCP_NO_RULE), 0);
}

static unsigned int wrong_reasons(enum smcp_rule off)
{
	static const struct {
		__u32 reason;
		const char *by_server, *by_client;
	} reasons[] = {
		{ SMCW_DECL_MEM, "SRV-22", "ISM-07" },
		{ SMCW_DECL_TIMEOUT_CL, "LLC-09", "LLC-08" },
		{ SMCW_DECL_PEERNOSMC, "OPT-03", "OPT-04" },
		{ SMCW_DECL_IPSEC, "OPT-12", "OPT-12" },
		{ SMCW_DECL_NOSMCDEV, "SRV-11", "PRP-18" },
		{ SMCW_DECL_NOSMCDDEV, "SRV-10", NULL },
		{ SMCW_DECL_NOSMCRDEV, NULL, NULL },
		{ SMCW_DECL_NOISM2SUPP, "SRV-07", NULL },
		{ SMCW_DECL_NOV2EXT, "SRV-06", NULL },
		{ SMCW_DECL_NOV2DEXT, "PRP-15", NULL },
		{ SMCW_DECL_NOSMCD2DEV, "SRV-12", NULL },
		{ SMCW_DECL_NOUEID, "SRV-08", NULL },
		{ SMCW_DECL_RELEASEERR, "ACC-15", NULL },
		{ SMCW_DECL_MAXCONNERR, "SRV-15", "ACC-14" },
		{ SMCW_DECL_MAXLINKERR, "SRV-16", "ACC-14" },
		{ SMCW_DECL_MODEUNSUPP, NULL, "ACC-08" },
		{ SMCW_DECL_RMBE_EC, "LLC-10", "LLC-10" },
		{ SMCW_DECL_OPTUNSUPP, "OPT-11", "OPT-11" },
		{ SMCW_DECL_DIFFPREFIX, "SRV-02", NULL },
		{ SMCW_DECL_GETVLANERR, "SRV-19", "SRV-19" },
		{ SMCW_DECL_ISMVLANERR, "SRV-19", "SRV-19" },
		{ SMCW_DECL_NOACTLINK, "ACC-12", "ACC-12" },
		{ SMCW_DECL_NOSRVLINK, NULL, "ACC-11" },
		{ SMCW_DECL_MAX_DMB, "SRV-20", "SRV-20" },
		{ SMCW_DECL_NOROUTE, NULL, "ACC-13" },
		{ SMCW_DECL_NOINDIRECT, NULL, "ACC-13" },
		{ SMCW_DECL_SYNCERR, NULL, "ACC-10" },
		{ SMCW_DECL_ERR_RTOK, "ACC-23", "ACC-23" },
		{ SMCW_DECL_ERR_RDYLNK, "LLC-47", "LLC-47" },
		{ SMCW_DECL_ERR_REGBUF, "LLC-33", "LLC-33" },
		{ SMCW_DECL_PEERDECL, NULL, NULL },
		{ 0, NULL, NULL },
	};
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		wrong += !is(smcp_rule_of_reason(reasons[i].reason, 0), off, reasons[i].by_server);
		wrong += !is(smcp_rule_of_reason(reasons[i].reason, 1), off, reasons[i].by_client);
	}
	return wrong;
}

static void rule_of_reason__each(void **state)
{
	(void)state;
	assert_int_equal(wrong_reasons(SMCP_NO_RULE), 0);
}

/* A statement that gives a reason's number is about that one. */
static void rule_of_reason__the_statement_names_it(void **state)
{
	unsigned int named = 0;

	(void)state;
	for (size_t i = 0; i < smcw_lists[SMCW_LIST_decline_reasons].n; i++)
		for (int by_client = 0; by_client <= 1; by_client++) {
			__u32 reason = smcw_lists[SMCW_LIST_decline_reasons].values[i].value;
			enum smcp_rule rule = smcp_rule_of_reason(reason, by_client);
			char number[16];

			snprintf(number, sizeof(number), "0x%08x", reason);
			if (rule == SMCP_NO_RULE || !strstr(smcp_rules[rule].text, "0x0"))
				continue;
			named++;
			if (!strstr(smcp_rules[rule].text, number))
				fail_msg("%s is not about %s", smcp_rules[rule].id, number);
		}
	assert_true(named > 20);
}

static unsigned int failing(enum smcp_rule off)
{
	return wrong_fields(off) + wrong_faults(off) + wrong_reasons(off);
}

static void rules__each_is_noticed(void **state)
{
	(void)state;
	each_rule_is_noticed(SOURCE, failing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules__are_the_catalogues),
		cmocka_unit_test(rules__stand_in_the_order_of_the_catalogue),
		cmocka_unit_test(rules__symbols_are_ids),
		cmocka_unit_test(rule_find__each),
		cmocka_unit_test(rule_of_field__each),
		cmocka_unit_test(rule_of_fault__each),
		cmocka_unit_test(rule_of_reason__each),
		cmocka_unit_test(rule_of_reason__the_statement_names_it),
		cmocka_unit_test(rules__each_is_noticed),
	};

	return cmocka_run_group_tests(tests, read_catalogue, NULL);
}
