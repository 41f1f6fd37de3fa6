// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the right form that break a rule between messages, or say that
 * something went wrong. See scenario.h.
 */
#include <errno.h>
#include <string.h>

#include "session.h"

/* The change: a field of one message of a handshake or of those that follow. */
enum where { IN_PROPOSAL, IN_ACCEPT, IN_CONFIRM };

struct rule {
	const struct handshake *h;
	enum where where;
	unsigned int field; /* enum smcw_field_id */
	uint64_t value;
};

static int set(struct msg *m, const struct rule *r, enum where where)
{
	return r->where == where ? msg_set(m, r->field, r->value) : 0;
}

static int run_handshake(struct cap *cap, const void *arg)
{
	const struct rule *r = arg;
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;
	int rc;

	msg_proposal(&m, &r->h->offer);
	rc = set(&m, r, IN_PROPOSAL);
	tcp_data(&t, CLIENT, m.b, m.len);
	msg_answer(&m, SMCW_ACCEPT, &r->h->answer);
	rc |= set(&m, r, IN_ACCEPT);
	tcp_data(&t, SERVER, m.b, m.len);
	msg_answer(&m, SMCW_CONFIRM, &r->h->answer);
	rc |= set(&m, r, IN_CONFIRM);
	tcp_data(&t, CLIENT, m.b, m.len);
	tcp_close(&t);
	return rc;
}

/* An answer of another kind or version than the offer. */
struct mismatch {
	const struct handshake *offer, *accept, *confirm;
};

static int run_mismatch(struct cap *cap, const void *arg)
{
	const struct mismatch *x = arg;
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	msg_proposal(&m, &x->offer->offer);
	tcp_data(&t, CLIENT, m.b, m.len);
	msg_answer(&m, SMCW_ACCEPT, &x->accept->answer);
	tcp_data(&t, SERVER, m.b, m.len);
	msg_answer(&m, SMCW_CONFIRM, &x->confirm->answer);
	tcp_data(&t, CLIENT, m.b, m.len);
	tcp_close(&t);
	return 0;
}

/* An answer without its request. */
static int run_order(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	msg_answer(&m, *(const uint8_t *)arg, &smcr_v21.answer);
	tcp_data(&t, *(const uint8_t *)arg == SMCW_ACCEPT ? SERVER : CLIENT, m.b, m.len);
	tcp_close(&t);
	return 0;
}

static int run_sync(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	(void)arg;
	msg_proposal(&m, &smcr_v21.offer);
	tcp_data(&t, CLIENT, m.b, m.len);
	msg_decline(&m, SMCW_V2, SMCW_DECL_NOSMCDEV, true);
	tcp_data(&t, SERVER, m.b, m.len);
	tcp_close(&t);
	return 0;
}

/* ---- LLC ------------------------------------------------------------------------ */

struct llc_rule {
	uint8_t type;
	uint8_t flags;
	unsigned int field;
	uint64_t value;
	bool answered; /* the message is the answer to one without a flaw */
};

static int run_llc(struct cap *cap, const void *arg)
{
	const struct llc_rule *rule = arg;
	struct roce r = link_up(cap);
	struct msg m;
	int rc;

	if (rule->answered) {
		msg_llc(&m, rule->type, SERVER, 0);
		roce_send(&r, SERVER, m.b, m.len);
	}
	msg_llc(&m, rule->type, rule->answered ? CLIENT : SERVER, rule->flags);
	rc = msg_set(&m, rule->field, rule->value);
	roce_send(&r, rule->answered ? CLIENT : SERVER, m.b, m.len);
	return rc;
}

#define LATER_S 5

/* An answer that comes after the peer has given up, or never. */
static int run_late(struct cap *cap, const void *arg)
{
	struct roce r = link_up(cap);
	struct msg m;

	msg_llc(&m, SMCW_LLC_TEST_LINK_V2, SERVER, 0);
	roce_send(&r, SERVER, m.b, m.len);
	cap->now.tv_sec += LATER_S;
	msg_llc(&m, SMCW_LLC_TEST_LINK_V2, *(const bool *)arg ? CLIENT : SERVER,
		*(const bool *)arg ? SMCW_LLC_RESP : 0);
	roce_send(&r, *(const bool *)arg ? CLIENT : SERVER, m.b, m.len);
	return 0;
}

/* ---- CDC and WRITEs ---------------------------------------------------------------- */

enum flaw {
	OLD,
	REPEATED,
	GAP,
	FAILOVER,
	REGRESSION,
	CONS_REGRESSION,
	BEYOND,
	OVERRUN,
	UNDERRUN,
	WINDOW,
	ABORT,
	AFTER_CLOSE,
	OUTSIDE,
	RKEY,
	SENT_AGAIN,
};

/* Set the next message up; it is sent by the caller. */
static void spoil(struct session *s, enum flaw flaw)
{
	switch (flaw) {
	case OLD:
		s->seqno[CLIENT] -= 2;
		break;
	case REPEATED:
		s->seqno[CLIENT]--;
		break;
	case GAP:
		s->seqno[CLIENT] += 4;
		break;
	case FAILOVER:
		session_failover(s, CLIENT, s->seqno[CLIENT] + 3);
		break;
	case REGRESSION:
		s->at[CLIENT].prod -= 10;
		break;
	case CONS_REGRESSION:
		s->at[CLIENT].cons_wrap--;
		break;
	case BEYOND:
		s->at[CLIENT].prod = SESSION_SIZE + 1;
		break;
	case OVERRUN:
		s->at[CLIENT].prod_wrap += 2;
		break;
	case UNDERRUN:
		s->at[CLIENT].cons += 100;
		break;
	case WINDOW:
		s->at[CLIENT].prod_wrap++;
		break;
	case OUTSIDE:
		s->at[CLIENT].prod = 0;
		s->vaddr[SERVER] += SESSION_SIZE - 10;
		session_write(s, CLIENT, 0, "0123456789abcdef", 16, ROCE_MTU);
		break;
	case RKEY:
		s->rkey[SERVER] ^= 0xffff;
		session_write(s, CLIENT, 0, "0123456789abcdef", 16, ROCE_MTU);
		break;
	default:
		break;
	}
}

static int run_cdc(struct cap *cap, const void *arg)
{
	enum flaw flaw = *(const enum flaw *)arg;
	struct roce r = roce_init(cap);
	struct session s;

	session_open(&s, &r, 12345, 0);
	session_text(&s, CLIENT, "a first message of some length");
	if (flaw == SENT_AGAIN)
		r.psn[CLIENT]--;
	if (flaw == AFTER_CLOSE) {
		session_cdc(&s, CLIENT, 0, SMCW_CDC_DONE_WRITING);
		session_produce(&s, CLIENT, 10);
	}
	spoil(&s, flaw);
	session_cdc(&s, CLIENT, flaw == WINDOW ? SMCW_CDC_WRITE_BLOCKED : 0,
		    flaw == ABORT ? SMCW_CDC_ABORT : 0);
	if (flaw == OVERRUN ||
	    flaw == UNDERRUN) /* a message that would explain it is not missing */
		session_cdc(&s, SERVER, 0, 0);
	if (flaw == WINDOW) {
		session_consume(&s, SERVER);
		session_cdc(&s, SERVER, 0, 0);
	}
	return 0;
}

/* ---- the table ------------------------------------------------------------------------ */

static const struct handshake smcd_v1 = {
	{ .version = 1, .typev1 = SMCW_TYPE_D, .smcd_area = true },
	{ .version = 1, .smcd = true, .first_contact = true, .size = SMCW_BUF_64K },
};
static const struct handshake reuse = {
	{ .version = 2, .typev1 = SMCW_TYPE_R, .typev2 = SMCW_TYPE_R, .release = 1, .eids = 1 },
	{ .version = 2, .release = 1, .size = SMCW_BUF_64K },
};

#define F(name) SMCW_F_##name
#define HAND(name, expect, about, h, where, field, value)                                          \
	{                                                                                          \
		"rule-" name, expect, about, run_handshake, &(const struct rule)                   \
		{                                                                                  \
			&(h), where, F(field), value                                               \
		}                                                                                  \
	}
#define MISMATCH(name, expect, about, ...)                                                         \
	{                                                                                          \
		"rule-" name, expect, about, run_mismatch, &(const struct mismatch)                \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define LLC(name, expect, about, ...)                                                              \
	{                                                                                          \
		"rule-llc-" name, expect, about, run_llc, &(const struct llc_rule)                 \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define CDC(name, expect, about, how)                                                              \
	{                                                                                          \
		"rule-cdc-" name, expect, about, run_cdc, &(const enum flaw)                       \
		{                                                                                  \
			how                                                                        \
		}                                                                                  \
	}

static const struct scenario rows[] = {
	HAND("prefix", "clc.prefix", "an IPv4 prefix of 33 bits", smcr_v21, IN_PROPOSAL,
	     prefix_prefix_len, 33),
	HAND("few-conns", "clc.limits", "a Proposal with 15 connections a link group", smcr_v21,
	     IN_PROPOSAL, v2_ext_max_conns, 15),
	HAND("no-links", "clc.limits", "an Accept with 0 links a link group", smcr_v21, IN_ACCEPT,
	     fce_smcr_max_links, 0),
	HAND("rmbe-index", "clc.rmbe_index", "RMBE index 0", smcr_v21, IN_ACCEPT, smcr_rmbe_idx, 0),
	HAND("dmbe-index", EXPECT_CLEAN, "DMBE index 1, which z/OS may use", smcd_v21, IN_ACCEPT,
	     smcd_dmbe_idx, 1),
	HAND("token", "clc.token", "alert token 0", smcr_v21, IN_CONFIRM, smcr_alert_token, 0),
	HAND("mtu", "clc.mtu", "an MTU of no value", smcr_v21, IN_ACCEPT, smcr_mtu, 9),
	HAND("qpn", "clc.qpn", "queue pair 0", smcr_v21, IN_ACCEPT, smcr_qpn, 0),
	HAND("release", "clc.release", "an Accept of a later release than proposed", smcr_v21,
	     IN_ACCEPT, fce_release, 2),
	HAND("release-confirm", "clc.release", "a Confirm of another release", smcr_v21, IN_CONFIRM,
	     fce_release, 0),
	HAND("chid", "clc.chid", "a CHID that was not proposed", smcd_v21, IN_ACCEPT, smcd_v2_chid,
	     0x1234),
	HAND("eyecatcher", "clc.eyecatcher", "SMC-R's eyecatcher before SMC-D", smcd_v21, IN_ACCEPT,
	     accept_hdr_eyecatcher, SMCW_EYE_SMCR),
	HAND("first-contact", "clc.differs", "first contact accepted and not confirmed", reuse,
	     IN_ACCEPT, accept_hdr_first_contact, 1),
	MISMATCH("not-offered", "clc.not_offered", "SMC-R is accepted, SMC-D was proposed",
		 &smcd_v21, &smcr_v21, &smcr_v21),
	MISMATCH("version", "clc.version", "version 2 is accepted, 1 was proposed", &smcr_v1,
		 &smcr_v21, &smcr_v21),
	MISMATCH("confirm-kind", "clc.differs", "SMC-D is confirmed, SMC-R was accepted", &smcr_v21,
		 &smcr_v21, &smcd_v21),
	MISMATCH("confirm-version", "clc.version", "version 1 is confirmed, 2 was accepted",
		 &smcr_v21, &smcr_v21, &smcr_v1),
	MISMATCH("not-offered-v1", "clc.not_offered", "SMC-Dv1 is accepted, SMC-R was proposed",
		 &smcr_v1, &smcd_v1, &smcd_v1),
	{ "rule-order-accept", "clc.order", "an Accept without Proposal", run_order,
	  &(const uint8_t){ SMCW_ACCEPT } },
	{ "rule-order-confirm", "clc.order", "a Confirm without Accept", run_order,
	  &(const uint8_t){ SMCW_CONFIRM } },
	{ "rule-sync", "clc.sync,clc.declined", "out of sync, for want of a device", run_sync,
	  NULL },

	LLC("eyecatcher", "llc.rmbe_eyecatcher", "eyecatchers in the RMBE are wanted",
	    SMCW_LLC_CONFIRM_LINK_V2, 0, F(confirm_link_no_eye_req), 0, false),
	LLC("qpn", "llc.qpn", "CONFIRM_LINK of another queue pair", SMCW_LLC_CONFIRM_LINK_V2, 0,
	    F(confirm_link_qpn), 0x999, false),
	LLC("max-links", "llc.max_links", "CONFIRM_LINK with 0 links", SMCW_LLC_CONFIRM_LINK_V2, 0,
	    F(confirm_link_max_links), 0, false),
	LLC("mtu", "llc.mtu", "ADD_LINK with MTU 0", SMCW_LLC_ADD_LINK, 0, F(add_link_mtu), 0,
	    false),
	LLC("rejected", "llc.rejected", "ADD_LINK is rejected", SMCW_LLC_ADD_LINK, SMCW_LLC_RESP,
	    F(add_link_rejected), 1, true),
	LLC("negative", "llc.negative", "CONFIRM_RKEY is refused", SMCW_LLC_CONFIRM_RKEY,
	    SMCW_LLC_RESP, F(confirm_rkey_negative), 1, true),
	LLC("negative-delete", "llc.negative", "DELETE_RKEY is refused", SMCW_LLC_DELETE_RKEY,
	    SMCW_LLC_RESP, F(delete_rkey_negative), 1, true),
	LLC("negative-delete-v2", "llc.negative", "DELETE_RKEY of version 2 is refused",
	    SMCW_LLC_DELETE_RKEY_V2, SMCW_LLC_RESP, F(delete_rkey_v2_negative), 1, true),
	LLC("test-data", "llc.test_data", "TEST_LINK comes back with other data",
	    SMCW_LLC_TEST_LINK, SMCW_LLC_RESP, F(test_link_user_data), 0x1234, true),
	LLC("rkeys", "llc.rkeys", "CONFIRM_RKEY of 4 links", SMCW_LLC_CONFIRM_RKEY, 0,
	    F(confirm_rkey_rkey_count), 3, false),
	LLC("deleted", "llc.deleted", "DELETE_LINK for a lost path", SMCW_LLC_DELETE_LINK, 0,
	    F(delete_link_reason), SMCW_DEL_LOST_PATH, false),
	LLC("unasked", "llc.unasked", "a response to nothing", SMCW_LLC_TEST_LINK, SMCW_LLC_RESP,
	    F(test_link_response), 1, false),
	{ "rule-llc-late", "llc.late", "a response after 5 s", run_late, &(const bool){ true } },
	{ "rule-llc-no-response", "llc.no_response", "a request once more, without a response",
	  run_late, &(const bool){ false } },

	CDC("old", "cdc.old", "an old sequence number", OLD),
	CDC("repeated", "cdc.repeated", "the same sequence number", REPEATED),
	CDC("gap", "cdc.gap", "sequence numbers are missing", GAP),
	CDC("failover", "cdc.gap", "a failover by the number of a message that is missing",
	    FAILOVER),
	CDC("regression", "cdc.regression", "the producer cursor goes back", REGRESSION),
	CDC("cons-regression", "cdc.regression", "the consumer cursor goes back", CONS_REGRESSION),
	CDC("beyond", "cdc.beyond", "a cursor beyond the buffer", BEYOND),
	CDC("overrun", "cdc.overrun", "more is written than there is room for", OVERRUN),
	CDC("underrun", "cdc.underrun", "more is consumed than was produced", UNDERRUN),
	CDC("window", "cdc.window_full,cdc.window_opened", "the window is full, and opens", WINDOW),
	CDC("abort", "cdc.aborted", "abort", ABORT),
	CDC("after-close", "cdc.after_close", "bytes after \"done writing\"", AFTER_CLOSE),
	CDC("outside", "write.outside", "a WRITE beyond the RMBE", OUTSIDE),
	CDC("rkey", "unknown.rkey", "a WRITE to an rkey of nobody", RKEY),
	CDC("again", "again", "RDMA sends a CDC again", SENT_AGAIN),
};

const struct scenario_table rule_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
