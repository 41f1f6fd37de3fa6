// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages in one line. See smc_text.h. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "smc_address.h"
#include "smc_line.h"
#include "smc_text.h"

const char *smcw_fault_text(unsigned int bit)
{
	static const char *const text[] = {
#define X_TEXT(name, text) text,
		SMCW_FAULTS(X_TEXT)
#undef X_TEXT
	};

	return bit < SMCW_FAULT_COUNT ? text[bit] : NULL;
}

const char *smcw_gid_text(const __u8 *gid, char *buf, size_t cap)
{
	int v4 = smcw_is_mapped(gid);

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, gid + (v4 ? SMCW_MAPPED_AT : 0), buf,
		       (socklen_t)cap) &&
	    cap)
		buf[0] = '\0';
	return buf;
}

/* The text of a value, or its number. */
static void add_value(struct line *o, unsigned int list, __u32 value)
{
	const char *text = smcw_value_text(list, value);

	if (text)
		line_add(o, "%s", text);
	else
		line_add(o, "0x%x", value);
}

static void add_gid(struct line *o, const char *before, const __u8 *gid)
{
	char text[INET6_ADDRSTRLEN];

	line_add(o, "%s%s", before, smcw_gid_text(gid, text, sizeof(text)));
}

static void add_chid(struct line *o, const void *chid)
{
	if (smcw_get16(chid) == SMCW_CHID_LO)
		line_add(o, ", %s", smcw_value_text(SMCW_LIST_chids, SMCW_CHID_LO));
	else
		line_add(o, ", CHID 0x%04x", smcw_get16(chid));
}

/* Room in a receive queue, as Alibaba's kernels say it. */
static void add_credits(struct line *o, __u8 credits)
{
	line_text(o, ", ");
	line_decimal(o, credits);
	line_text(o, credits == 1 ? " credit" : " credits");
}

/*
 * Where lines are made of a message: its bytes, and which of them were captured.
 * Nothing is said of those that were not.
 */
struct message {
	const void *msg;
	const struct smcw_layout *l;
};

#define HAS(m, member) SMCW_HAS((m)->l, (m)->msg, member)

static void add_verdict(struct line *o, const struct smcw_layout *l)
{
	if (l->missing)
		line_text(o, " [cut by the capture]");
	if (l->faults)
		line_text(o, " [faulty]");
}

/* ---- CLC -------------------------------------------------------------------- */

static const char *smc_text_offered(__u8 typev1, __u8 typev2)
{
	int r = smcw_type_includes(typev1, SMCW_TYPE_R) || smcw_type_includes(typev2, SMCW_TYPE_R);
	int d = smcw_type_includes(typev1, SMCW_TYPE_D) || smcw_type_includes(typev2, SMCW_TYPE_D);

	if (r && d)
		return "SMC-R/SMC-D";
	return r ? "SMC-R" : d ? "SMC-D" : "SMC";
}

static void proposal_text(struct line *o, const struct smcw_proposal_parts *p,
			  const struct message *m)
{
	int v2 = p->version >= SMCW_V2;
	char net[INET_ADDRSTRLEN];

	line_add(o, "%s Proposal v%u", smc_text_offered(p->typev1, v2 ? p->typev2 : SMCW_TYPE_N),
		 p->version);
	if (p->v2 && HAS(m, p->v2->flags)) {
		line_add(o, ".%u", smcw_get_bits(p->v2->flags, SMCW_RELEASE_HI));
		line_add(o, ", %u UEID%s", p->eid_count, p->eid_count == 1 ? "" : "s");
		if (HAS(m, p->v2->roce_gid) && smcw_type_includes(p->typev2, SMCW_TYPE_R))
			add_gid(o, ", RoCEv2 ", p->v2->roce_gid);
	}
	if (p->gid && HAS(m, p->gid->chid))
		add_chid(o, &p->gid->chid);
	if (p->prefix && HAS(m, *p->prefix) && p->typev1 != SMCW_TYPE_N && !p->ipv6_count &&
	    inet_ntop(AF_INET, p->prefix->subnet, net, sizeof(net)))
		line_add(o, ", subnet %s/%u", net, p->prefix->prefix_len);
	if (p->ipv6 && HAS(m, *p->ipv6)) {
		add_gid(o, ", prefix ", p->ipv6->prefix);
		line_add(o, "/%u", p->ipv6->prefix_len);
	}
}

static void accept_smcr_text(struct line *o, const struct smcw_accept_smcr *r,
			     const struct message *m)
{
	if (HAS(m, r->gid))
		add_gid(o, ", ", r->gid);
	if (HAS(m, r->qpn))
		line_add(o, ", QP 0x%06x", smcw_get24(r->qpn));
	if (HAS(m, r->rkey))
		line_add(o, ", rkey 0x%08x", smcw_get32(&r->rkey));
	if (!HAS(m, r->size_mtu))
		return;
	line_add(o, ", ");
	add_value(o, SMCW_LIST_buf_sizes, smcw_get_bits(r->size_mtu, SMCW_SIZE_HI));
	if (HAS(m, r->init_credits) && r->init_credits)
		add_credits(o, r->init_credits);
}

static void accept_text(struct line *o, const struct smcw_accept_parts *p, const struct message *m)
{
	line_add(o, "SMC-%c %s v%u", p->smcr ? 'R' : 'D',
		 smcw_value_text(SMCW_LIST_clc_types, p->type), p->version);
	if (p->fce && HAS(m, p->fce->os_release))
		line_add(o, ".%u", smcw_fce_release(p->fce));
	if (p->first_contact)
		line_add(o, ", first contact");
	if (p->smcr) {
		accept_smcr_text(o, p->smcr, m);
		return;
	}
	if (HAS(m, p->smcd->dmb_token))
		line_add(o, ", DMB 0x%" PRIx64, (uint64_t)smcw_get64(&p->smcd->dmb_token));
	if (HAS(m, p->smcd->size)) {
		line_add(o, ", ");
		add_value(o, SMCW_LIST_buf_sizes, smcw_get_bits(p->smcd->size, SMCW_SIZE_HI));
	}
	if (p->smcd_v2 && HAS(m, p->smcd_v2->chid))
		add_chid(o, &p->smcd_v2->chid);
}

static void decline_text(struct line *o, const struct smcw_decline_parts *p,
			 const struct message *m)
{
	__u32 why = smcw_get32(&p->decline->diagnosis);
	const char *text = smcw_value_text(SMCW_LIST_decline_reasons, why);

	line_add(o, "SMC Decline v%u", p->version);
	if (HAS(m, p->decline->diagnosis))
		line_add(o, ": %s (0x%08x)", text ? text : "unknown reason", why);
	if (p->out_of_sync)
		line_add(o, ", out of sync");
}

int smcw_clc_text(const void *msg, const struct smcw_layout *l, char *buf, size_t cap)
{
	const struct message m = { msg, l };
	struct line o = line_init(buf, cap);
	struct smcw_proposal_parts proposal;
	struct smcw_accept_parts accept;
	struct smcw_decline_parts decline;
	const char *type = smcw_value_text(SMCW_LIST_clc_types, l->type);

	if (!smcw_proposal_parse(msg, l, &proposal))
		proposal_text(&o, &proposal, &m);
	else if (!smcw_accept_parse(msg, l, &accept))
		accept_text(&o, &accept, &m);
	else if (!smcw_decline_parse(msg, l, &decline))
		decline_text(&o, &decline, &m);
	else if (type)
		line_add(&o, "SMC %s", type);
	else if (l->missing && !l->type)
		line_add(&o, "SMC CLC message");
	else
		line_add(&o, "SMC CLC message of unknown type %u", l->type);
	add_verdict(&o, l);
	return (int)o.len;
}

/* ---- LLC and CDC ---------------------------------------------------------------- */

static void add_flag(struct line *o, const char *text)
{
	line_text(o, ", ");
	line_text(o, text);
}

static void add_cursor(struct line *o, const char *name, __u16 wrap, __u32 count)
{
	line_text(o, name);
	line_decimal(o, wrap);
	line_text(o, ":");
	line_decimal(o, count);
}

static void cdc_flags(struct line *o, __u8 flags, __u8 state)
{
	static const struct {
		__u8 bit;
		const char *text;
	} producer[] = {
		{ SMCW_CDC_WRITE_BLOCKED, "write blocked" },
		{ SMCW_CDC_URG_PENDING, "urgent pending" },
		{ SMCW_CDC_URG_PRESENT, "urgent present" },
		{ SMCW_CDC_UPDATE_REQ, "update requested" },
		{ SMCW_CDC_FAILOVER, "failover" },
	}, connection[] = {
		{ SMCW_CDC_DONE_WRITING, "done writing" },
		{ SMCW_CDC_CLOSED, "closed" },
		{ SMCW_CDC_ABORT, "abort" },
	};
	size_t i;

	if (!flags && !state)
		return;
	for (i = 0; i < sizeof(producer) / sizeof(producer[0]); i++)
		if (flags & producer[i].bit)
			add_flag(o, producer[i].text);
	for (i = 0; i < sizeof(connection) / sizeof(connection[0]); i++)
		if (state & connection[i].bit)
			add_flag(o, connection[i].text);
}

static void cdc_text(struct line *o, const struct smcw_cdc *cdc, const struct message *m)
{
	line_text(o, "SMC-R CDC");
	if (!HAS(m, cdc->seqno))
		return;
	line_text(o, " ");
	line_decimal(o, smcw_get16(&cdc->seqno));
	if (!HAS(m, cdc->alert_token))
		return;
	line_text(o, ", token ");
	line_hex32(o, smcw_get32(&cdc->alert_token));
	if (HAS(m, cdc->prod.count))
		add_cursor(o, ", prod ", smcw_get16(&cdc->prod.wrap), smcw_get32(&cdc->prod.count));
	if (HAS(m, cdc->cons.count))
		add_cursor(o, ", cons ", smcw_get16(&cdc->cons.wrap), smcw_get32(&cdc->cons.count));
	if (HAS(m, cdc->state))
		cdc_flags(o, cdc->flags, cdc->state);
	if (HAS(m, cdc->credits) && cdc->credits)
		add_credits(o, cdc->credits);
}

/* In the byte order of the machine that sent it. */
static __u16 smc_text_host16(__u16 v, bool big)
{
	return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap16(v);
}

static __u32 smc_text_host32(__u32 v, bool big)
{
	return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap32(v);
}

static void cdc_smcd_text(struct line *o, const struct smcw_cdc_smcd *cdc, const struct message *m)
{
	bool big = m->l->big;

	line_text(o, "SMC-D CDC");
	if (HAS(m, cdc->prod_count))
		add_cursor(o, ", prod ", smc_text_host16(cdc->prod_wrap, big),
			   smc_text_host32(cdc->prod_count, big));
	if (HAS(m, cdc->cons_count))
		add_cursor(o, ", cons ", smc_text_host16(cdc->cons_wrap, big),
			   smc_text_host32(cdc->cons_count, big));
	if (HAS(m, cdc->flags) && HAS(m, cdc->state))
		cdc_flags(o, cdc->flags, cdc->state);
}

static char *literal_put(char *at, const char *text, size_t len)
{
	memcpy(at, text, len);
	return at + len;
}

/* Literals, whose lengths the compiler knows, and numbers of at most DECIMAL_MAX digits. */
#define PUT(at, text) literal_put(at, text, sizeof(text) - 1)
#define CDC_SMCD_MAX (sizeof("SMC-D CDC, prod :, cons :") + 2 * (sizeof("65535") + DECIMAL_MAX))

int smcw_cdc_smcd_text(const struct smcw_cdc_smcd *cdc, int big_endian, char *buf, size_t cap)
{
	char whole[CDC_SMCD_MAX], *begin = cap < CDC_SMCD_MAX ? whole : buf, *at = begin;
	struct line o = { buf, cap, 0 };

	at = PUT(at, "SMC-D CDC, prod ");
	at = decimal_put(at, smc_text_host16(cdc->prod_wrap, big_endian));
	*at++ = ':';
	at = decimal_put(at, smc_text_host32(cdc->prod_count, big_endian));
	at = PUT(at, ", cons ");
	at = decimal_put(at, smc_text_host16(cdc->cons_wrap, big_endian));
	*at++ = ':';
	at = decimal_put(at, smc_text_host32(cdc->cons_count, big_endian));
	if (begin == buf) {
		o.len = (size_t)(at - begin);
		*at = '\0';
	} else {
		o = line_init(buf, cap);
		line_bytes(&o, begin, (size_t)(at - begin));
	}
	cdc_flags(&o, cdc->flags, cdc->state);
	return (int)o.len;
}

static void add_rkeys(struct line *o, unsigned int count)
{
	line_add(o, ", %u rkey%s", count, count == 1 ? "" : "s");
}

/* The details of a body beside type and direction. */
static void llc_details(struct line *o, const __u8 *body, __u8 part, const struct message *m)
{
	switch (part) {
	case SMCW_PART_confirm_link: {
		const struct smcw_llc_confirm_link *b = (const void *)body;

		if (HAS(m, b->link_num))
			line_add(o, ", link %u, QP 0x%06x", b->link_num, smcw_get24(b->qpn));
		break;
	}
	case SMCW_PART_add_link: {
		const struct smcw_llc_add_link *b = (const void *)body;

		if (b->flags & SMCW_LLC_REJ)
			line_add(o, ", rejected");
		else if (HAS(m, b->link_num))
			line_add(o, ", link %u, QP 0x%06x", b->link_num, smcw_get24(b->qpn));
		break;
	}
	case SMCW_PART_delete_link: {
		const struct smcw_llc_delete_link *b = (const void *)body;

		if (b->flags & SMCW_LLC_DEL_ALL)
			line_add(o, ", all links");
		else if (HAS(m, b->link_num))
			line_add(o, ", link %u", b->link_num);
		line_add(o, "%s", b->flags & SMCW_LLC_DEL_ORDERLY ? ", orderly" : "");
		if (!HAS(m, b->reason))
			break;
		line_add(o, ": ");
		add_value(o, SMCW_LIST_del_link_reasons, smcw_get32(&b->reason));
		break;
	}
	case SMCW_PART_confirm_rkey: {
		const struct smcw_llc_confirm_rkey *b = (const void *)body;

		if (HAS(m, b->rkey[0].rkey))
			line_add(o, ", rkey 0x%08x", smcw_get32(&b->rkey[0].rkey));
		line_add(o, "%s", b->flags & SMCW_LLC_NEG ? ", negative" : "");
		break;
	}
	case SMCW_PART_confirm_rkey_cont: {
		const struct smcw_llc_confirm_rkey_cont *b = (const void *)body;

		if (HAS(m, b->rkey_count))
			add_rkeys(o, b->rkey_count);
		break;
	}
	case SMCW_PART_delete_rkey: {
		const struct smcw_llc_delete_rkey *b = (const void *)body;

		if (HAS(m, b->rkey_count))
			add_rkeys(o, b->rkey_count);
		break;
	}
	case SMCW_PART_delete_rkey_v2: {
		const struct smcw_llc_delete_rkey_v2 *b = (const void *)body;

		if (HAS(m, b->rkey_count))
			add_rkeys(o, b->rkey_count);
		break;
		break;
	}
	case SMCW_PART_announce_credits: {
		const struct smcw_llc_announce_credits *b = (const void *)body;

		if (HAS(m, b->credits))
			add_credits(o, b->credits);
		break;
	}
	default:
		break;
	}
}

static void add_llc_type(struct line *o, __u8 type)
{
	const char *text = smcw_value_text(SMCW_LIST_llc_types, type);

	if (text)
		line_add(o, "LLC %s", text);
	else
		line_add(o, "LLC type 0x%02x", type);
}

int smcw_llc_text(const void *msg, const struct smcw_layout *l, char *buf, size_t cap)
{
	const struct message m = { msg, l };
	struct line o = line_init(buf, cap);
	const struct smcw_piece *cdc = smcw_layout_find(l, SMCW_PART_cdc);
	const struct smcw_piece *cdc_smcd = smcw_layout_find(l, SMCW_PART_cdc_smcd);

	if (cdc) {
		cdc_text(&o, (const struct smcw_cdc *)msg, &m);
	} else if (cdc_smcd) {
		cdc_smcd_text(&o, (const struct smcw_cdc_smcd *)msg, &m);
	} else if (l->n > 1 && l->piece[1].part != SMCW_PART_NONE) {
		const __u8 *body = (const __u8 *)msg + l->piece[1].off;

		add_llc_type(&o, l->type);
		/* Every body begins with the flags, and there with the response bit. */
		if (HAS(&m, body[0])) {
			if (l->type != SMCW_LLC_ANNOUNCE_CREDITS) /* nobody asks for these */
				line_add(&o, body[0] & SMCW_LLC_RESP ? " response" : " request");
			llc_details(&o, body, l->piece[1].part, &m);
		}
	} else if (l->missing && l->type) {
		add_llc_type(&o, l->type);
	} else {
		line_add(&o, "SMC message too short to read");
	}
	add_verdict(&o, l);
	return (int)o.len;
}
