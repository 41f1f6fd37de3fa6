// SPDX-License-Identifier: GPL-2.0-or-later
/* proto/clc_rules.c: handshakes without a fault, and with one each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clc_rules.h"
#include "reports.h"

enum { MESSAGE_MAX = 1024 };
enum kind { R_V1, R_V20, R_V21, D_V1, D_V21 };

struct message {
	__u8 bytes[MESSAGE_MAX];
	size_t len;
	struct smcw_layout l;
};

/* ---- messages ------------------------------------------------------------------------ */

static const struct smcw_eid eid = { "SMCKIT-ONE                      " };

static int is_smcd(enum kind k)
{
	return k == D_V1 || k == D_V21;
}

static __u8 version_of(enum kind k)
{
	return k == R_V1 || k == D_V1 ? SMCW_V1 : SMCW_V2;
}

static void lay_out(struct message *m, int len)
{
	if (len <= 0)
		fail_msg("it cannot be built: %d", len);
	m->len = (size_t)len;
	assert_int_equal(smcw_clc_layout(m->bytes, m->len, &m->l), 0);
}

static void make_proposal(struct message *m, enum kind k)
{
	static const struct smcw_proposal base;
	static const struct smcw_proposal_prefix prefix = { .prefix_len = 24 };
	static const struct smcw_smcd_v2_ext smcd_v2;
	struct smcw_v2_ext v2 = { .max_conns = 255, .max_links = 2 };
	struct smcw_proposal_smcd smcd = { 0 };
	struct smcw_gid_chid gid = { 0 };
	struct smcw_proposal_parts p = {
		.version = version_of(k),
		.typev1 = k == D_V1 ? SMCW_TYPE_D :
			  k == R_V1 ? SMCW_TYPE_R :
				      SMCW_TYPE_N,
		.typev2 = version_of(k) < SMCW_V2 ? SMCW_TYPE_N :
			  is_smcd(k)		  ? SMCW_TYPE_D :
						    SMCW_TYPE_R,
		.base = &base,
		.smcd = &smcd,
		.prefix = &prefix,
		.v2 = &v2,
		.eid = &eid,
		.eid_count = 1,
		.smcd_v2 = &smcd_v2,
		.gid = &gid,
		.gid_count = 1,
	};

	smcw_put16(&smcd.chid, 0x1111);
	smcw_put16(&gid.chid, 0x2222);
	v2.flags = smcw_bits(SMCW_RELEASE_HI, k != R_V20);
	lay_out(m, smcw_proposal_build(&p, m->bytes, sizeof(m->bytes)));
}

static void make_answer(struct message *m, __u8 type, enum kind k)
{
	struct smcw_accept_smcr smcr = { .rmbe_idx = 1,
					 .size_mtu = SMCW_MTU_1024,
					 .qpn = { 0, 1, 2 } };
	struct smcw_accept_smcr_v2 smcr_v2 = { 0 };
	struct smcw_accept_smcd smcd = { 0 };
	struct smcw_accept_smcd_v2 smcd_v2 = { 0 };
	struct smcw_fce_v2x x = { .max_conns = 255, .max_links = 2 };
	struct smcw_fce fce = { .os_release = smcw_bits(SMCW_RELEASE_LO, k != R_V20) };
	static const struct smcw_gid_list gids;
	struct smcw_accept_parts p = {
		.type = type,
		.version = version_of(k),
		.first_contact = 1,
		.smcr = is_smcd(k) ? NULL : &smcr,
		.smcr_v2 = &smcr_v2,
		.smcd = is_smcd(k) ? &smcd : NULL,
		.smcd_v2 = &smcd_v2,
		.fce = &fce,
		.fce_v2x = &x,
		.gid_list = &gids,
	};

	smcw_put32(&smcr.alert_token, 7);
	memcpy(smcr_v2.eid, &eid, sizeof(eid));
	memcpy(smcd_v2.eid, &eid, sizeof(eid));
	smcw_put16(&smcd_v2.chid, 0x2222);
	lay_out(m, smcw_accept_build(&p, m->bytes, sizeof(m->bytes)));
}

/* ---- a handshake --------------------------------------------------------------------- */

struct row {
	const char *name, *rules; /* that it breaks */
	enum kind offer, accept, confirm;
	__u8 spoiled; /* type of the message with another value in a field; 0: none */
	__u16 field;
	__u64 value;
};

#define F(name) SMCW_F_##name
#define SAME(k) k, k, k

static const struct row rows[] = {
	{ "R v1", "", SAME(R_V1), 0, 0, 0 },
	{ "R v2.0", "", SAME(R_V20), 0, 0, 0 },
	{ "R v2.1", "", SAME(R_V21), 0, 0, 0 },
	{ "D v1", "", SAME(D_V1), 0, 0, 0 },
	{ "D v2.1", "", SAME(D_V21), 0, 0, 0 },

	{ "prefix of 32", "", SAME(R_V1), SMCW_PROPOSAL, F(prefix_prefix_len), 32 },
	{ "prefix of 33", "PRP-21", SAME(R_V1), SMCW_PROPOSAL, F(prefix_prefix_len), 33 },
	{ "16 connections", "", SAME(R_V21), SMCW_PROPOSAL, F(v2_ext_max_conns), 16 },
	{ "15 connections", "SRV-15", SAME(R_V21), SMCW_PROPOSAL, F(v2_ext_max_conns), 15 },
	{ "0 connections, release 0", "", SAME(R_V20), SMCW_PROPOSAL, F(v2_ext_max_conns), 0 },
	{ "0 connections, SMC-D", "", SAME(D_V21), SMCW_PROPOSAL, F(v2_ext_max_conns), 0 },
	{ "1 link", "", SAME(R_V21), SMCW_PROPOSAL, F(v2_ext_max_links), 1 },
	{ "0 links", "SRV-16", SAME(R_V21), SMCW_PROPOSAL, F(v2_ext_max_links), 0 },

	{ "later version", "CLC-09 SRV-09 SRV-14", R_V1, R_V21, R_V21, 0, 0, 0 },
	{ "kind not offered", "ACC-08 ACC-27", R_V21, D_V21, D_V21, 0, 0, 0 },
	{ "kind not offered, v1", "ACC-08", R_V1, D_V1, D_V1, 0, 0, 0 },
	{ "later release", "SRV-14", R_V20, R_V21, R_V21, 0, 0, 0 },
	{ "lower release", "", R_V21, R_V20, R_V20, 0, 0, 0 },
	{ "another EID", "SRV-09", SAME(R_V21), SMCW_ACCEPT, F(smcr_v2_eid), 0x414141 },
	{ "another EID, SMC-D", "SRV-09", SAME(D_V21), SMCW_ACCEPT, F(smcd_v2_eid), 0x414141 },
	{ "CHID of no entry", "ACC-27", SAME(D_V21), SMCW_ACCEPT, F(smcd_v2_chid), 0x2223 },
	{ "CHID of the area of v1", "", SAME(D_V21), SMCW_ACCEPT, F(smcd_v2_chid), 0x1111 },
	{ "eyecatcher of SMC-R", "CLC-05", SAME(D_V21), SMCW_ACCEPT, F(accept_hdr_eyecatcher),
	  SMCW_EYE_SMCR },
	{ "eyecatcher of SMC-D", "CLC-05", SAME(R_V21), SMCW_CONFIRM, F(accept_hdr_eyecatcher),
	  SMCW_EYE_SMCD },
	{ "RMBE 0", "ACC-20", SAME(R_V21), SMCW_ACCEPT, F(smcr_rmbe_idx), 0 },
	{ "RMBE 255", "", SAME(R_V21), SMCW_ACCEPT, F(smcr_rmbe_idx), 255 },
	{ "DMBE 1", "", SAME(D_V21), SMCW_ACCEPT, F(smcd_dmbe_idx), 1 },
	{ "token 0", "ACC-29", SAME(R_V21), SMCW_CONFIRM, F(smcr_alert_token), 0 },
	{ "MTU 0", "ACC-18", SAME(R_V21), SMCW_ACCEPT, F(smcr_mtu), 0 },
	{ "MTU of 4096", "", SAME(R_V21), SMCW_ACCEPT, F(smcr_mtu), 5 },
	{ "MTU 6", "ACC-18", SAME(R_V21), SMCW_ACCEPT, F(smcr_mtu), 6 },
	{ "queue pair 0", "ACC-32", SAME(R_V21), SMCW_ACCEPT, F(smcr_qpn), 0 },
	{ "15 connections accepted", "ACC-14", SAME(R_V21), SMCW_ACCEPT, F(fce_smcr_max_conns),
	  15 },
	{ "16 connections accepted", "", SAME(R_V21), SMCW_ACCEPT, F(fce_smcr_max_conns), 16 },
	{ "no link accepted", "ACC-14", SAME(R_V21), SMCW_ACCEPT, F(fce_smcr_max_links), 0 },
	{ "3 links accepted", "ACC-14", SAME(R_V21), SMCW_ACCEPT, F(fce_smcr_max_links), 3 },
	{ "limits of release 0", "", SAME(R_V20), SMCW_ACCEPT, F(fce_smcr_max_links), 3 },

	{ "SMC-D confirmed", "ACC-08 ACC-27 ACC-31", R_V21, R_V21, D_V21, 0, 0, 0 },
	{ "version 1 confirmed", "ACC-08 CLC-09", R_V21, R_V21, R_V1, 0, 0, 0 },
	{ "first contact not confirmed", "ACC-31", SAME(R_V1), SMCW_CONFIRM,
	  F(accept_hdr_first_contact), 0 },
	{ "first contact not accepted", "ACC-31", SAME(R_V1), SMCW_ACCEPT,
	  F(accept_hdr_first_contact), 0 },
	{ "release 0 confirmed", "ACC-15", R_V21, R_V21, R_V20, 0, 0, 0 },
};

static struct reported reported = { .off = SMCP_NO_RULE };
static const struct smcp_reports reports = { reported_add, &reported };

static void spoil(struct message *m, const struct row *row, __u8 type)
{
	if (row->spoiled != type)
		return;
	message_set(m->bytes, &m->l, row->field, row->value);
	assert_int_equal(smcw_clc_layout(m->bytes, m->len, &m->l), 0);
}

static void take_proposal(const struct row *row, struct smcp_offer *offer)
{
	struct smcw_proposal_parts p;
	struct message m;

	make_proposal(&m, row->offer);
	spoil(&m, row, SMCW_PROPOSAL);
	assert_int_equal(smcw_proposal_parse(m.bytes, &m.l, &p), 0);
	smcp_check_proposal(m.bytes, &m.l, &p, &reports);
	smcp_offer_take(offer, &p);
}

static void take_answer(const struct row *row, __u8 type, const struct smcp_offer *offer,
			struct smcp_accepted *accepted)
{
	struct smcw_accept_parts p;
	struct message m;

	make_answer(&m, type, type == SMCW_ACCEPT ? row->accept : row->confirm);
	spoil(&m, row, type);
	assert_int_equal(smcw_accept_parse(m.bytes, &m.l, &p), 0);
	smcp_check_answer(offer, accepted, m.bytes, &m.l, &p, &reports);
	if (type == SMCW_ACCEPT)
		smcp_accepted_take(accepted, &p);
}

/* A message repeats what the one before it has said wrongly: each rule is listed once. */
static void list_once(char *text)
{
	char all[sizeof(reported.text)], *save, *id = strtok_r(strcpy(all, text), " ", &save);

	for (*text = '\0'; id; id = strtok_r(NULL, " ", &save))
		if (!strstr(text, id))
			strcat(strcat(text, *text ? " " : ""), id);
}

static const char *broken_by(const struct row *row)
{
	struct smcp_accepted accepted;
	struct smcp_offer offer;

	*reported.text = '\0';
	take_proposal(row, &offer);
	take_answer(row, SMCW_ACCEPT, &offer, &accepted);
	take_answer(row, SMCW_CONFIRM, &offer, &accepted);
	list_once(reported.text);
	return reported.text;
}

static unsigned int wrong_rows(void)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *broken = broken_by(&rows[i]);

		if (!strcmp(broken, rows[i].rules))
			continue;
		wrong++;
		if (reported.off == SMCP_NO_RULE)
			print_error("%s: '%s', expected '%s'\n", rows[i].name, broken,
				    rows[i].rules);
	}
	return wrong;
}

static void check_answer__rows(void **state)
{
	(void)state;
	assert_int_equal(wrong_rows(), 0);
}

/* ---- single messages ------------------------------------------------------------------- */

static int rules_are(const char *wanted)
{
	return !strcmp(reported.text, wanted);
}

static unsigned int wrong_without_an_eid(void)
{
	static const struct smcw_proposal base;
	static const struct smcw_proposal_smcd smcd;
	unsigned int wrong = 0;
	struct message m;

	for (int seid = 0; seid <= 1; seid++) {
		struct smcw_v2_ext v2 = { .max_conns = 255, .max_links = 2, .flags = (__u8)seid };
		struct smcw_proposal_parts p = { .version = SMCW_V2,
						 .typev1 = SMCW_TYPE_N,
						 .typev2 = SMCW_TYPE_R,
						 .base = &base,
						 .smcd = &smcd,
						 .v2 = &v2 };

		lay_out(&m, smcw_proposal_build(&p, m.bytes, sizeof(m.bytes)));
		smcw_proposal_parse(m.bytes, &m.l, &p);
		*reported.text = '\0';
		smcp_check_proposal(m.bytes, &m.l, &p, &reports);
		wrong += !rules_are(seid ? "" : "SRV-08");
	}
	return wrong;
}

static void check_proposal__without_an_eid(void **state)
{
	(void)state;
	assert_int_equal(wrong_without_an_eid(), 0);
}

/* Where the system EID is offered, each EID may be that. */
static void check_answer__system_eid(void **state)
{
	struct smcp_offer offer = { .version = SMCW_V2, .typev2 = SMCW_TYPE_R, .release = 1 };
	struct smcw_accept_parts p;
	struct message m;

	(void)state;
	make_answer(&m, SMCW_ACCEPT, R_V21);
	for (int seid = 0; seid <= 1; seid++) {
		offer.seid = (__u8)seid;
		assert_int_equal(smcw_accept_parse(m.bytes, &m.l, &p), 0);
		*reported.text = '\0';
		smcp_check_answer(&offer, NULL, m.bytes, &m.l, &p, &reports);
		assert_string_equal(reported.text, seid ? "" : "SRV-09");
	}
}

/* What was cut off breaks no rule, wherever the capture ends. */
static void check_answer__cut(void **state)
{
	struct smcp_offer offer = { .version = SMCW_V1 };
	struct smcw_accept_parts p;
	struct message m, whole;

	(void)state;
	make_answer(&whole, SMCW_ACCEPT, R_V21);
	for (size_t have = 0; have < whole.len; have++) {
		memset(&m, 0, sizeof(m));
		memcpy(m.bytes, whole.bytes, have);
		smcw_clc_layout_cut(m.bytes, whole.len, have, &m.l);
		if (smcw_accept_parse(m.bytes, &m.l, &p) || !p.smcr)
			continue;
		*reported.text = '\0';
		smcp_check_answer(NULL, NULL, m.bytes, &m.l, &p, &reports);
		assert_string_equal(reported.text, "");
		smcw_accept_parse(m.bytes, &m.l, &p);
		smcp_check_answer(&offer, NULL, m.bytes, &m.l, &p, &reports);
		assert_null(strstr(reported.text, "ACC-2"));
	}
}

static unsigned int wrong_declines(void)
{
	static const struct {
		__u8 sync;
		__u32 reason;
		const char *rules;
	} declines[] = {
		{ 0, SMCW_DECL_NOSMCDEV, "" },
		{ 1, SMCW_DECL_SYNCERR, "" },
		{ 1, SMCW_DECL_NOSMCDEV, "DCL-04" },
	};
	unsigned int wrong = 0;

	for (size_t i = 0; i < sizeof(declines) / sizeof(declines[0]); i++) {
		struct smcw_decline decline = { 0 };
		static const struct smcw_decline_v2 v2;
		struct smcw_decline_parts p = { SMCW_V2, declines[i].sync, &decline, &v2 };
		struct message m;

		smcw_put32(&decline.diagnosis, declines[i].reason);
		lay_out(&m, smcw_decline_build(&p, m.bytes, sizeof(m.bytes)));
		assert_int_equal(smcw_decline_parse(m.bytes, &m.l, &p), 0);
		*reported.text = '\0';
		smcp_check_decline(m.bytes, &m.l, &p, &reports);
		wrong += !rules_are(declines[i].rules);
	}
	return wrong;
}

static void check_decline__out_of_sync(void **state)
{
	(void)state;
	assert_int_equal(wrong_declines(), 0);
}

/* ---- rules ------------------------------------------------------------------------------ */

static unsigned int failing(enum smcp_rule off)
{
	unsigned int n;

	reported.off = off;
	n = wrong_rows() + wrong_without_an_eid() + wrong_declines();
	reported.off = SMCP_NO_RULE;
	return n;
}

static void check_answer__each_rule_is_noticed(void **state)
{
	(void)state;
	each_rule_is_noticed(SOURCE, failing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_answer__rows),
		cmocka_unit_test(check_proposal__without_an_eid),
		cmocka_unit_test(check_answer__system_eid),
		cmocka_unit_test(check_answer__cut),
		cmocka_unit_test(check_decline__out_of_sync),
		cmocka_unit_test(check_answer__each_rule_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
