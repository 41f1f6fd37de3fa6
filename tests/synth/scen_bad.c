// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages that break a rule: a right one with named fields changed. The faults that
 * wire/ reports have to be those of the row, so a row cannot rot.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

enum base {
	PROPOSAL_RFC,
	PROPOSAL_V1_D,
	PROPOSAL_V1_IPV6,
	PROPOSAL_V2_R,
	PROPOSAL_V2_B,
	ACCEPT_R_V1,
	ACCEPT_R_V2,
	ACCEPT_D_V1,
	ACCEPT_D_V2,
	CONFIRM_R_V2,
	DECLINE_V1,
	DECLINE_V2,
	LLC_CONFIRM_LINK,
	LLC_TEST_LINK_V2,
	LLC_ADD_LINK_V2,
	LLC_DELETE_RKEY_V1,
	LLC_DELETE_RKEY_V2,
	LLC_REQ_ADD_LINK_V2,
	LLC_CDC,
};

enum op {
	END,
	SET,	/* a field to a value */
	GROW,	/* more bytes before the trailer, the length says so */
	SHRINK, /* less of them */
	APPEND, /* more bytes after the message, no length says so; RDMA SENDs */
	CUT,	/* the SEND, or what the capture kept of the segment, is shorter */
};

struct edit {
	enum op op;
	unsigned int n; /* enum smcw_field_id, or bytes */
	uint64_t value;
};

#define EDITS_MAX 3

struct bad {
	enum base base;
	const char *expect;
	struct edit edit[EDITS_MAX];
};

static const struct offer v1_d = { .version = 1, .typev1 = SMCW_TYPE_D, .smcd_area = true };
static const struct offer v1_ipv6 = {
	.version = 1, .typev1 = SMCW_TYPE_R, .smcd_area = true, .ipv6 = 2
};
static const struct offer v2_b = { .version = 2,
				   .typev1 = SMCW_TYPE_B,
				   .typev2 = SMCW_TYPE_B,
				   .release = 1,
				   .eids = 2,
				   .gids = 2,
				   .seid = true };
static const struct answer d_v1 = { .version = 1, .smcd = true, .size = SMCW_BUF_64K };

static void build_clc(struct msg *m, enum base base)
{
	switch (base) {
	case PROPOSAL_RFC:
		msg_proposal(m, &smcr_v1.offer);
		break;
	case PROPOSAL_V1_D:
		msg_proposal(m, &v1_d);
		break;
	case PROPOSAL_V1_IPV6:
		msg_proposal(m, &v1_ipv6);
		break;
	case PROPOSAL_V2_R:
		msg_proposal(m, &smcr_v21.offer);
		break;
	case PROPOSAL_V2_B:
		msg_proposal(m, &v2_b);
		break;
	case ACCEPT_R_V1:
		msg_answer(m, SMCW_ACCEPT, &smcr_v1.answer);
		break;
	case ACCEPT_R_V2:
		msg_answer(m, SMCW_ACCEPT, &smcr_v21.answer);
		break;
	case ACCEPT_D_V1:
		msg_answer(m, SMCW_ACCEPT, &d_v1);
		break;
	case ACCEPT_D_V2:
		msg_answer(m, SMCW_ACCEPT, &smcd_v21.answer);
		break;
	case CONFIRM_R_V2:
		msg_answer(m, SMCW_CONFIRM, &smcr_v21.answer);
		break;
	default:
		msg_decline(m, base == DECLINE_V1 ? SMCW_V1 : SMCW_V2, SMCW_DECL_NOSMCDEV, false);
	}
}

static void build(struct msg *m, enum base base)
{
	const struct cursors at = { .prod = 44, .cons = 7 };

	switch (base) {
	case LLC_CONFIRM_LINK:
		msg_llc(m, SMCW_LLC_CONFIRM_LINK, CLIENT, 0);
		break;
	case LLC_TEST_LINK_V2:
		msg_llc(m, SMCW_LLC_TEST_LINK_V2, CLIENT, 0);
		break;
	case LLC_ADD_LINK_V2:
		msg_add_link_v2(m, CLIENT, SMCW_LLC_RESP, 3);
		break;
	case LLC_DELETE_RKEY_V1:
		msg_delete_rkey(m, SMCW_LLC_DELETE_RKEY, 0, 8);
		break;
	case LLC_DELETE_RKEY_V2:
		msg_delete_rkey(m, SMCW_LLC_DELETE_RKEY_V2, 0, 12);
		break;
	case LLC_REQ_ADD_LINK_V2:
		msg_req_add_link(m, SMCW_LLC_REQ_ADD_LINK_V2, 0, 3);
		break;
	case LLC_CDC:
		msg_cdc(m, CLIENT, 1, &at, 0, 0);
		break;
	default:
		build_clc(m, base);
	}
}

/* Return: bytes of the message that are seen, or <0. */
static int apply(struct msg *m, const struct edit *edit)
{
	size_t seen = m->len;
	int rc = 0;

	for (; !rc && edit->op != END; edit++) {
		switch (edit->op) {
		case SET:
			rc = msg_set(m, edit->n, edit->value);
			break;
		case GROW:
			msg_grow(m, edit->n);
			break;
		case SHRINK:
			msg_shrink(m, edit->n);
			break;
		case APPEND:
			m->len += edit->n;
			break;
		default:
			seen = m->len - edit->n;
			continue;
		}
		seen = m->len;
	}
	return rc ? rc : (int)seen;
}

/* Is a name one of the expected ones? */
static bool expects(const char *expect, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = expect; (at = strstr(at, name)); at += len)
		if ((at == expect || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

/* "fault.rkey_count" of SMCW_FAULT_RKEY_COUNT */
static const char *fault_name(unsigned int bit, char *buf, size_t cap)
{
	static const char *const names[] = {
#define X_NAME(name, text) #name,
		SMCW_FAULTS(X_NAME)
#undef X_NAME
	};
	char *c;

	snprintf(buf, cap, "fault.%s", names[bit]);
	for (c = buf; *c; c++)
		*c = (char)tolower(*c);
	return buf;
}

static int check(const struct msg *m, size_t seen, const char *expect)
{
	struct smcw_layout l;
	unsigned int bit;
	char name[32];
	int rc = 0;

	if (m->llc)
		smcw_llc_layout(m->b, seen, &l);
	else
		smcw_clc_layout(m->b, seen, &l);
	for (bit = 0; bit < SMCW_FAULT_COUNT; bit++) {
		bool told = l.faults >> bit & 1;

		fault_name(bit, name, sizeof(name));
		if (told == expects(expect, name))
			continue;
		fprintf(stderr, "smc-synth: wire/ %s %s, the row expects \"%s\"\n",
			told ? "tells" : "does not tell", name, expect);
		rc = -1;
	}
	return rc;
}

/* The connection as far as the message that follows. */
static struct tcp lead_in(struct cap *cap, enum base base)
{
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	if (base < ACCEPT_R_V1)
		return t;
	build(&m, base == ACCEPT_D_V1 ? PROPOSAL_V1_D : PROPOSAL_V2_B);
	tcp_data(&t, CLIENT, m.b, m.len);
	if (base != CONFIRM_R_V2)
		return t;
	build(&m, ACCEPT_R_V2);
	tcp_data(&t, SERVER, m.b, m.len);
	return t;
}

static void write_clc(struct cap *cap, const struct bad *bad, const struct msg *m, size_t seen)
{
	struct tcp t = lead_in(cap, bad->base);
	enum side from = bad->base < ACCEPT_R_V1 || bad->base == CONFIRM_R_V2 ? CLIENT : SERVER;
	const size_t headers = 14 + 20 + 20;

	cap->snap = seen < m->len ? headers + seen : 0;
	tcp_data(&t, from, m->b, m->len);
	cap->snap = 0;
	if (bad->base >= ACCEPT_R_V1) /* a Proposal without an answer is another matter */
		tcp_close(&t);
}

static int run_bad(struct cap *cap, const void *arg)
{
	const struct bad *bad = arg;
	struct roce r;
	struct msg m;
	int seen;

	build(&m, bad->base);
	seen = apply(&m, bad->edit);
	if (seen < 0)
		return seen;
	if (m.llc) {
		r = link_up(cap);
		roce_send(&r, CLIENT, m.b, (size_t)seen);
	} else {
		write_clc(cap, bad, &m, (size_t)seen);
	}
	return strcmp(bad->expect, EXPECT_ANY) ? check(&m, (size_t)seen, bad->expect) : 0;
}

/* One message shortened to end at each of its pieces' boundaries, and a byte to either side. */
static int run_boundaries(struct cap *cap, const void *arg)
{
	const struct bad *bad = arg;
	struct smcw_layout l;
	struct msg m, cut;
	int i, nudge, at;

	build(&m, bad->base);
	smcw_clc_layout(m.b, m.len, &l);
	for (i = 1; i < l.n; i++)
		for (nudge = -1; nudge <= 1; nudge++) {
			at = l.piece[i].off + nudge;
			if (at >= (int)(m.len - sizeof(struct smcw_clc_trailer)))
				continue;
			cut = m;
			msg_shrink(&cut, m.len - sizeof(struct smcw_clc_trailer) - (size_t)at);
			write_clc(cap, bad, &cut, cut.len);
		}
	return 0;
}

/* One message cut by the capture at each of its pieces' boundaries. */
static int run_snapped(struct cap *cap, const void *arg)
{
	const struct bad *bad = arg;
	struct smcw_layout l;
	struct msg m;
	int i;

	build(&m, bad->base);
	smcw_clc_layout(m.b, m.len, &l);
	for (i = 1; i < l.n; i++)
		write_clc(cap, bad, &m, l.piece[i].off);
	return 0;
}

/* A SEND of each length up to that of the message. */
static int run_short_sends(struct cap *cap, const void *arg)
{
	const struct bad *bad = arg;
	struct roce r = link_up(cap);
	struct msg m;
	size_t len;

	build(&m, bad->base);
	for (len = 1; len < m.len; len++)
		roce_send(&r, CLIENT, m.b, len);
	return 0;
}

/* Length says more than the connection ever carries. */
static int run_never_ends(struct cap *cap, const void *arg)
{
	struct tcp t = tcp_smc(cap, 12345);
	struct msg m;

	(void)arg;
	build(&m, PROPOSAL_V2_R);
	msg_set(&m, SMCW_F_proposal_hdr_length, 0xffff);
	tcp_data(&t, CLIENT, m.b, m.len);
	tcp_close(&t);
	return 0;
}

#define BAD(name, about, expect, base, ...)                                                        \
	{                                                                                          \
		name, expect, about, run_bad, &(const struct bad)                                  \
		{                                                                                  \
			base, expect,                                                              \
			{                                                                          \
				__VA_ARGS__                                                        \
			}                                                                          \
		}                                                                                  \
	}
#define SWEEP(name, about, expect, run, base)                                                      \
	{                                                                                          \
		name, expect, about, run, &(const struct bad)                                      \
		{                                                                                  \
			base, expect,                                                              \
			{                                                                          \
				{                                                                  \
					END, 0, 0                                                  \
				}                                                                  \
			}                                                                          \
		}                                                                                  \
	}
#define F(field) SMCW_F_##field

static const struct scenario rows[] = {
	/* header */
	BAD("bad-eyecatcher", "Accept with a wrong eyecatcher", "fault.eyecatcher", ACCEPT_R_V1,
	    { SET, F(accept_hdr_eyecatcher), 0xe2d4c3ff }),
	BAD("bad-trailer", "Proposal with a wrong trailer", "fault.trailer", PROPOSAL_V2_R,
	    { SET, F(trailer_eyecatcher), 0 }),
	BAD("bad-trailer-decline", "Decline with a wrong trailer", "fault.trailer", DECLINE_V2,
	    { SET, F(trailer_eyecatcher), 0xffffffff }),
	BAD("bad-type-0", "message type 0", "fault.type,fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_type), 0 }),
	BAD("bad-type-5", "message type 5", "fault.type,fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_type), 5 }),
	BAD("bad-type-255", "message type 255", "fault.type,fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_type), 255 }),
	BAD("bad-version-0-proposal", "Proposal of version 0", "fault.version", PROPOSAL_RFC,
	    { SET, F(proposal_hdr_version), 0 }),
	BAD("bad-version-0-accept", "Accept of version 0", "fault.version", ACCEPT_R_V1,
	    { SET, F(accept_hdr_version), 0 }),
	BAD("bad-version-0-decline", "Decline of version 0", "fault.version", DECLINE_V1,
	    { SET, F(decline_hdr_version), 0 }),
	BAD("bad-version-15", "Proposal of version 15 with types", "clean", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_version), 15 }),
	BAD("bad-length-0", "length 0", "fault.length", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_length), 0 }),
	BAD("bad-length-7", "length less than the header", "fault.length", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_length), 7 }),
	BAD("bad-length-11", "no room for the trailer", "fault.length,fault.unclaimed",
	    PROPOSAL_V2_R, { SET, F(proposal_hdr_length), 11 }),
	BAD("bad-length-12", "header and trailer only", "fault.length,fault.trailer", PROPOSAL_V2_R,
	    { SET, F(proposal_hdr_length), 12 }),
	BAD("bad-length-less-1", "length 1 too small", "fault.trailer,fault.length,fault.unclaimed",
	    DECLINE_V1, { SET, F(decline_hdr_length), 27 }),
	BAD("bad-accept-short", "Accept 1 byte too short", "fault.length,fault.unclaimed",
	    ACCEPT_R_V1, { SHRINK, 1, 0 }),
	BAD("bad-accept-long", "Accept 1 byte too long", "fault.length,fault.unclaimed",
	    ACCEPT_R_V1, { GROW, 1, 0 }),
	BAD("bad-accept-d-short", "SMC-D Accept 1 byte too short", "fault.length,fault.unclaimed",
	    ACCEPT_D_V1, { SHRINK, 1, 0 }),
	BAD("bad-accept-d-long", "SMC-D Accept 40 bytes too long", "fault.length,fault.unclaimed",
	    ACCEPT_D_V2, { GROW, 40, 0 }),
	BAD("bad-decline-short", "Decline 1 byte too short", "fault.length,fault.unclaimed",
	    DECLINE_V1, { SHRINK, 1, 0 }),
	BAD("bad-decline-long", "Decline 1 byte too long", "fault.length,fault.unclaimed",
	    DECLINE_V2, { GROW, 1, 0 }),
	BAD("bad-decline-v1-of-v2", "version 1 Decline of version 2's length", "fault.length",
	    DECLINE_V2, { SET, F(decline_hdr_version), 1 }),
	BAD("bad-decline-v2-of-v1", "version 2 Decline of version 1's length", "fault.length",
	    DECLINE_V1, { SET, F(decline_hdr_version), 2 }),
	BAD("bad-proposal-short", "Proposal without room for its base",
	    "fault.length,fault.unclaimed", PROPOSAL_RFC, { SHRINK, 20, 0 }),
	BAD("bad-proposal-long", "Proposal with 5 bytes of nobody", "fault.unclaimed",
	    PROPOSAL_V2_R, { GROW, 5, 0 }),
	BAD("bad-smc-type-n", "version 1 Proposal of type none", "fault.smc_type", PROPOSAL_RFC,
	    { SET, F(proposal_hdr_typev1), SMCW_TYPE_N }),
	BAD("bad-smc-type-accept-n", "Accept of type none", "fault.smc_type", ACCEPT_R_V1,
	    { SET, F(accept_hdr_smc_type), SMCW_TYPE_N }),
	BAD("bad-smc-type-accept-b", "Accept of both types", "fault.smc_type", ACCEPT_D_V1,
	    { SET, F(accept_hdr_smc_type), SMCW_TYPE_B }),
	/* areas of the Proposal */
	BAD("bad-iparea-1", "IP area at offset 1", "fault.iparea,fault.unclaimed", PROPOSAL_RFC,
	    { SET, F(proposal_iparea_offset), 1 }),
	BAD("bad-iparea-39", "IP area 1 byte too early", "fault.iparea,fault.unclaimed",
	    PROPOSAL_V1_D, { SET, F(proposal_iparea_offset), 39 }),
	BAD("bad-iparea-41", "IP area 1 byte too late", "fault.iparea,fault.unclaimed",
	    PROPOSAL_V1_D, { SET, F(proposal_iparea_offset), 41 }),
	BAD("bad-iparea-max", "IP area behind the message", "fault.iparea,fault.unclaimed",
	    PROPOSAL_V2_B, { SET, F(proposal_iparea_offset), 0xffff }),
	BAD("bad-iparea-0", "SMC-D area offered, IP area where it should be",
	    "fault.iparea,fault.ipv6_count,fault.unclaimed", PROPOSAL_V1_D,
	    { SET, F(proposal_iparea_offset), 0 }),
	BAD("bad-ipv6-more", "an IPv6 prefix more than there is room for", "fault.ipv6_count",
	    PROPOSAL_V1_IPV6, { SET, F(prefix_ipv6_count), 3 }),
	BAD("bad-ipv6-less", "an IPv6 prefix less than there is", "fault.unclaimed",
	    PROPOSAL_V1_IPV6, { SET, F(prefix_ipv6_count), 1 }),
	BAD("bad-ipv6-9", "9 IPv6 prefixes", "fault.ipv6_count", PROPOSAL_V1_IPV6,
	    { SET, F(prefix_ipv6_count), 9 }, { GROW, 7 * 17, 0 }),
	BAD("bad-ipv6-255", "255 IPv6 prefixes", "fault.ipv6_count", PROPOSAL_V1_IPV6,
	    { SET, F(prefix_ipv6_count), 255 }),
	BAD("bad-v2-ext-0", "offset of the version 2 extension is 0",
	    "fault.v2_ext,fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(proposal_smcd_v2_ext_offset), 0 }),
	BAD("bad-v2-ext-1", "version 2 extension inside the SMC-D area",
	    "fault.v2_ext,fault.overlap,fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(proposal_smcd_v2_ext_offset), 1 }),
	BAD("bad-v2-ext-less-1", "version 2 extension 1 byte too early",
	    "fault.v2_ext,fault.overlap,fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(proposal_smcd_v2_ext_offset), 35 }),
	BAD("bad-v2-ext-more-1", "version 2 extension 1 byte too late", "fault.unclaimed",
	    PROPOSAL_V2_R, { SET, F(proposal_smcd_v2_ext_offset), 37 }),
	BAD("bad-v2-ext-max", "version 2 extension behind the message",
	    "fault.v2_ext,fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(proposal_smcd_v2_ext_offset), 0xffff }),
	BAD("bad-eid-more", "an EID more than there is room for", "fault.eid_count", PROPOSAL_V2_R,
	    { SET, F(v2_ext_eid_count), 2 }),
	BAD("bad-eid-none", "an EID that no count tells", "fault.unclaimed", PROPOSAL_V2_R,
	    { SET, F(v2_ext_eid_count), 0 }),
	BAD("bad-eid-9", "9 EIDs", "fault.eid_count", PROPOSAL_V2_R,
	    { SET, F(v2_ext_eid_count), 9 }, { GROW, 8 * SMCW_EID_LEN, 0 }),
	BAD("bad-eid-255", "255 EIDs", "fault.eid_count", PROPOSAL_V2_R,
	    { SET, F(v2_ext_eid_count), 255 }),
	BAD("bad-eid-overlap", "EIDs run into the SMC-Dv2 extension",
	    "fault.overlap,fault.smcd_v2_ext,fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(v2_ext_eid_count), 3 }),
	BAD("bad-smcd-v2-ext-0", "offset of the SMC-Dv2 extension is 0",
	    "fault.smcd_v2_ext,fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(v2_ext_smcd_v2_ext_offset), 0 }),
	BAD("bad-smcd-v2-ext-less-1", "SMC-Dv2 extension 1 byte too early",
	    "fault.overlap,fault.smcd_v2_ext,fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(v2_ext_smcd_v2_ext_offset), 95 }),
	BAD("bad-smcd-v2-ext-more-1", "SMC-Dv2 extension 1 byte too late",
	    "fault.gid_count,fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(v2_ext_smcd_v2_ext_offset), 97 }),
	BAD("bad-smcd-v2-ext-max", "SMC-Dv2 extension behind the message",
	    "fault.smcd_v2_ext,fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(v2_ext_smcd_v2_ext_offset), 0xffff }),
	BAD("bad-gid-more", "a GID entry more than there is room for", "fault.gid_count",
	    PROPOSAL_V2_B, { SET, F(v2_ext_gid_count), 3 }),
	BAD("bad-gid-less", "a GID entry less than there is", "fault.unclaimed", PROPOSAL_V2_B,
	    { SET, F(v2_ext_gid_count), 1 }),
	BAD("bad-gid-9", "9 GID entries", "fault.gid_count", PROPOSAL_V2_B,
	    { SET, F(v2_ext_gid_count), 9 }, { GROW, 70, 0 }),
	BAD("bad-gid-255", "255 GID entries", "fault.gid_count", PROPOSAL_V2_B,
	    { SET, F(v2_ext_gid_count), 255 }),
	/* Accept, Confirm */
	BAD("bad-fce-missing", "first contact without its extension", "fault.fce", ACCEPT_R_V2,
	    { SHRINK, 52, 0 }),
	BAD("bad-fce-short", "first contact extension 1 byte short of the shortest",
	    "fault.fce,fault.length,fault.unclaimed", ACCEPT_D_V2, { SHRINK, 17, 0 }),
	BAD("bad-fce-cut", "first contact extension of release 1 without its second half", "any",
	    ACCEPT_D_V2, { SHRINK, 16, 0 }),
	BAD("bad-gid-list-more", "a GID more in the list than there is room for", "fault.gid_count",
	    CONFIRM_R_V2, { SET, F(gid_list_gid_count), 2 }),
	BAD("bad-gid-list-255", "255 GIDs in the list", "fault.gid_count", CONFIRM_R_V2,
	    { SET, F(gid_list_gid_count), 255 }),
	BAD("bad-gid-list-0", "a GID that no count tells", "fault.length,fault.unclaimed",
	    CONFIRM_R_V2, { SET, F(gid_list_gid_count), 0 }),
	/* reserved bits: no fault, a note */
	BAD("reserved-accept", "reserved bit of the Accept's header", "clean,reserved.not_zero",
	    ACCEPT_R_V1, { SET, F(accept_hdr_reserved), 1 }),
	BAD("reserved-proposal", "reserved bytes of the SMC-D area", "clean,reserved.not_zero",
	    PROPOSAL_V2_R, { SET, F(proposal_smcd_reserved), 1 }),
	BAD("reserved-decline", "reserved bits of the Decline", "clean,reserved.not_zero",
	    DECLINE_V2, { SET, F(decline_reserved1), 15 }),
	BAD("reserved-llc", "reserved bits of CONFIRM_LINK", "clean,reserved.not_zero",
	    LLC_CONFIRM_LINK, { SET, F(confirm_link_reserved1), 1 }),
	BAD("reserved-cdc", "reserved bytes of a CDC", "reserved.not_zero", LLC_CDC,
	    { SET, F(cdc_reserved), 1 }),
	/* LLC and CDC */
	BAD("bad-llc-type-0", "LLC type 0", "fault.type", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_type), 0 }),
	BAD("bad-llc-type-11", "LLC type 0x0b", "fault.type", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_type), 0x0b }),
	BAD("bad-llc-type-255", "LLC type 255", "fault.type", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_type), 0xff }),
	BAD("bad-llc-type-2f", "LLC type 0x2f of version 2", "fault.type", LLC_TEST_LINK_V2,
	    { SET, F(llc_v2_type), 0x2f }),
	BAD("bad-llc-length-0", "LLC length 0", "fault.length", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_length), 0 }),
	BAD("bad-llc-length-43", "LLC length 43", "fault.length", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_length), 43 }),
	BAD("bad-llc-length-45", "LLC length 45", "fault.cut,fault.length", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_length), 45 }),
	BAD("bad-llc-length-255", "LLC length 255", "fault.cut,fault.length", LLC_CONFIRM_LINK,
	    { SET, F(llc_v1_length), 255 }),
	BAD("bad-llc-v2-length-0", "LLC v2 length 0", "fault.length", LLC_TEST_LINK_V2,
	    { SET, F(llc_v2_length), 0 }),
	BAD("bad-llc-v2-length-43", "LLC v2 length 43", "fault.length", LLC_TEST_LINK_V2,
	    { SET, F(llc_v2_length), 43 }),
	BAD("bad-llc-v2-length-45", "LLC v2 length 45", "fault.cut", LLC_TEST_LINK_V2,
	    { SET, F(llc_v2_length), 45 }),
	BAD("bad-llc-v2-length-max", "LLC v2 length 65535", "fault.cut", LLC_TEST_LINK_V2,
	    { SET, F(llc_v2_length), 0xffff }),
	BAD("bad-llc-long", "4 bytes behind a CONFIRM_LINK", "fault.length,fault.unclaimed",
	    LLC_CONFIRM_LINK, { APPEND, 4, 0 }),
	BAD("bad-llc-short", "a CONFIRM_LINK of 40 bytes", "fault.cut,fault.unclaimed",
	    LLC_CONFIRM_LINK, { CUT, 4, 0 }),
	BAD("bad-llc-padded", "a CONFIRM_LINK of 41 bytes and 3 pad bytes",
	    "fault.cut,fault.unclaimed", LLC_CONFIRM_LINK, { CUT, 3, 0 }),
	BAD("bad-llc-ext-short", "ADD_LINK v2 extension 1 byte short",
	    "fault.length,fault.cut,fault.unclaimed", LLC_ADD_LINK_V2, { CUT, 3 * 16 + 1, 0 }),
	BAD("bad-llc-rkeys-more", "an rkey more than there is room for", "fault.rkey_count",
	    LLC_ADD_LINK_V2, { SET, F(add_link_ext_rkey_count), 4 }),
	BAD("bad-llc-rkeys-less", "an rkey less than there is", "fault.unclaimed", LLC_ADD_LINK_V2,
	    { SET, F(add_link_ext_rkey_count), 2 }),
	BAD("bad-llc-rkeys-max", "65535 rkeys", "fault.rkey_count", LLC_ADD_LINK_V2,
	    { SET, F(add_link_ext_rkey_count), 0xffff }),
	BAD("bad-delete-rkey-9", "DELETE_RKEY of 9 rkeys", "fault.rkey_count", LLC_DELETE_RKEY_V1,
	    { SET, F(delete_rkey_rkey_count), 9 }),
	BAD("bad-delete-rkey-255", "DELETE_RKEY of 255 rkeys", "fault.rkey_count",
	    LLC_DELETE_RKEY_V1, { SET, F(delete_rkey_rkey_count), 255 }),
	BAD("bad-delete-rkey-v2-13", "DELETE_RKEY v2, an rkey more than there is room for",
	    "fault.rkey_count", LLC_DELETE_RKEY_V2, { SET, F(delete_rkey_v2_rkey_count), 13 }),
	BAD("bad-delete-rkey-v2-255", "DELETE_RKEY v2 of 255 rkeys", "fault.rkey_count",
	    LLC_DELETE_RKEY_V2, { SET, F(delete_rkey_v2_rkey_count), 255 }),
	BAD("bad-req-add-link-4", "REQ_ADD_LINK v2, a GID more than there is room for",
	    "fault.gid_count", LLC_REQ_ADD_LINK_V2, { SET, F(req_add_link_gid_count), 4 }),
	BAD("bad-req-add-link-255", "REQ_ADD_LINK v2 of 255 GIDs", "fault.gid_count",
	    LLC_REQ_ADD_LINK_V2, { SET, F(req_add_link_gid_count), 255 }),
	BAD("bad-cdc-length-0", "CDC length 0", "fault.length", LLC_CDC, { SET, F(cdc_length), 0 }),
	BAD("bad-cdc-length-43", "CDC length 43", "fault.length", LLC_CDC,
	    { SET, F(cdc_length), 43 }),
	BAD("bad-cdc-length-255", "CDC length 255", "fault.length", LLC_CDC,
	    { SET, F(cdc_length), 255 }),
	BAD("bad-cdc-long", "4 bytes behind a CDC", "fault.length,fault.unclaimed", LLC_CDC,
	    { APPEND, 4, 0 }),
	BAD("bad-cdc-short", "a CDC of 40 bytes", "fault.cut,fault.length,fault.unclaimed", LLC_CDC,
	    { CUT, 4, 0 }),
	/* everywhere */
	SWEEP("bad-short-proposal", "Proposal v2 that ends at every boundary", "fault.length",
	      run_boundaries, PROPOSAL_V2_B),
	SWEEP("bad-short-accept", "Accept v2 that ends at every boundary", "fault.length,fault.fce",
	      run_boundaries, ACCEPT_R_V2),
	SWEEP("bad-short-confirm", "Confirm v2 that ends at every boundary",
	      "fault.length,fault.fce", run_boundaries, CONFIRM_R_V2),
	SWEEP("bad-short-accept-d", "SMC-D Accept v2 that ends at every boundary",
	      "fault.length,fault.fce", run_boundaries, ACCEPT_D_V2),
	SWEEP("bad-snapped-proposal", "the capture kept a part of the Proposal", EXPECT_ANY,
	      run_snapped, PROPOSAL_V2_B),
	SWEEP("bad-snapped-confirm", "the capture kept a part of the Confirm", EXPECT_ANY,
	      run_snapped, CONFIRM_R_V2),
	SWEEP("bad-short-llc", "CONFIRM_LINK of every length below 44", "fault.cut",
	      run_short_sends, LLC_CONFIRM_LINK),
	SWEEP("bad-short-add-link", "ADD_LINK v2 of every length", EXPECT_ANY, run_short_sends,
	      LLC_ADD_LINK_V2),
	SWEEP("bad-short-cdc", "CDC of every length below 44", "fault.cut", run_short_sends,
	      LLC_CDC),
	{ "bad-never-ends", EXPECT_ANY, "length 65535, the connection ends before", run_never_ends,
	  NULL },
};

const struct scenario_table bad_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };

unsigned int bad_missing_faults(void)
{
	unsigned int bit, missing = 0;
	char name[32];
	size_t i;

	for (bit = 0; bit < SMCW_FAULT_COUNT; bit++) {
		fault_name(bit, name, sizeof(name));
		for (i = 0; i < ARRAY_SIZE(rows) && !expects(rows[i].expect, name); i++)
			;
		if (i < ARRAY_SIZE(rows))
			continue;
		fprintf(stderr, "smc-synth: no scenario expects %s\n", name);
		missing++;
	}
	return missing;
}
