// SPDX-License-Identifier: GPL-2.0-or-later
/* See stats.h. */
#include "stats.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "genl.h"

/* After a connection's end a stack frees in the background. */
enum { STILL_MS = 100, SETTLE_MS = 2000 };

static __u64 stats_number(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(__u16):
		return mnl_attr_get_u16(attr);
	case sizeof(__u32):
		return mnl_attr_get_u32(attr);
	case sizeof(__u64):
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/* ---- counters of handshakes ------------------------------------------------------- */

/* The kernel does not say which end it was: it counts for both. */
static void stats_add_for_both(struct stats *s, const struct nlattr *attr)
{
	static const struct {
		__u16 attr;
		enum stat_counter counter;
	} counted[] = { { SMC_NLA_STATS_T_TX_BYTES, STAT_TX_BYTES },
			{ SMC_NLA_STATS_T_RX_BYTES, STAT_RX_BYTES },
			{ SMC_NLA_STATS_T_URG_DATA_CNT, STAT_URGENT },
			{ SMC_NLA_STATS_T_CORK_CNT, STAT_CORKS },
			{ SMC_NLA_STATS_T_NDLY_CNT, STAT_NODELAYS } };

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		for (int end = END_CLIENT; end <= END_SERVER; end++)
			if (mnl_attr_get_type(attr) == counted[i].attr)
				s->end[end].count[counted[i].counter] += stats_number(attr);
}

static void stats_take_device(const struct nlattr *nest, struct stats *s, unsigned int v1,
			      unsigned int v2)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		stats_add_for_both(s, attr);
		switch (mnl_attr_get_type(attr)) {
		case SMC_NLA_STATS_T_CLNT_V1_SUCC:
			s->end[END_CLIENT].count[v1] = stats_number(attr);
			break;
		case SMC_NLA_STATS_T_CLNT_V2_SUCC:
			s->end[END_CLIENT].count[v2] = stats_number(attr);
			break;
		case SMC_NLA_STATS_T_SRV_V1_SUCC:
			s->end[END_SERVER].count[v1] = stats_number(attr);
			break;
		case SMC_NLA_STATS_T_SRV_V2_SUCC:
			s->end[END_SERVER].count[v2] = stats_number(attr);
			break;
		}
	}
}

static int take_handshakes(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *nest, *attr;
	struct stats *s = data;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(nest) != SMC_GEN_STATS)
			continue;
		mnl_attr_for_each_nested(attr, nest)
		{
			switch (mnl_attr_get_type(attr)) {
			case SMC_NLA_STATS_SMCD_TECH:
				stats_take_device(attr, s, STAT_SMCD_V1, STAT_SMCD_V2);
				break;
			case SMC_NLA_STATS_SMCR_TECH:
				stats_take_device(attr, s, STAT_SMCR_V1, STAT_SMCR_V2);
				break;
			case SMC_NLA_STATS_CLNT_HS_ERR_CNT:
				s->end[END_CLIENT].count[STAT_ERRORS] = stats_number(attr);
				break;
			case SMC_NLA_STATS_SRV_HS_ERR_CNT:
				s->end[END_SERVER].count[STAT_ERRORS] = stats_number(attr);
				break;
			}
		}
	}
	return MNL_CB_OK;
}

/* ---- why connections are TCP ------------------------------------------------------- */

struct fallback {
	bool server;
	__u32 reason;
	__u64 count;
};

static void add_reason(struct stats *s, const struct fallback *f)
{
	struct stats_end *end = &s->end[f->server ? END_SERVER : END_CLIENT];

	if (!f->reason)
		return;
	/* Each has one row: a second one would be counted, too. */
	for (unsigned int i = 0; i < end->n_reasons; i++)
		if (end->reason[i].reason == f->reason) {
			end->reason[i].count += f->count;
			return;
		}
	if (end->n_reasons == STATS_REASONS_MAX)
		return;
	end->reason[end->n_reasons].reason = f->reason;
	end->reason[end->n_reasons++].count = f->count;
}

/* A message for each reason and end; the sums of both ends stand in the first. */
static void stats_take_fallback(const struct nlattr *nest, struct stats *s)
{
	struct fallback f = { 0 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		switch (mnl_attr_get_type(attr)) {
		case SMC_NLA_FBACK_STATS_TYPE:
			f.server = mnl_attr_get_u8(attr);
			break;
		case SMC_NLA_FBACK_STATS_SRV_CNT:
			s->end[END_SERVER].count[STAT_FALLBACKS] = stats_number(attr);
			break;
		case SMC_NLA_FBACK_STATS_CLNT_CNT:
			s->end[END_CLIENT].count[STAT_FALLBACKS] = stats_number(attr);
			break;
		case SMC_NLA_FBACK_STATS_RSN_CODE:
			f.reason = mnl_attr_get_u32(attr);
			break;
		case SMC_NLA_FBACK_STATS_RSN_CNT:
			f.count = stats_number(attr);
			break;
		}
	}
	add_reason(s, &f);
}

static int take_fallbacks(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *nest;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(nest) == SMC_GEN_FBACK_STATS)
			stats_take_fallback(nest, data);
	}
	return MNL_CB_OK;
}

/* ---- what it has ---------------------------------------------------------------------- */

/* Numbers that headers of before Linux 6.13 lack. */
enum {
	LGR_R_SNDBUF_ALLOC = 12,
	LGR_R_RMB_ALLOC = 13,
	LGR_D_SNDBUF_ALLOC = 12,
	LGR_D_DMB_ALLOC = 13
};

/* Which attribute of a link group adds to which counter. */
struct counted {
	__u16 attr;
	__u8 counter;
};

static void add_group(struct stats_end *end, const struct nlattr *nest,
		      const struct counted *counted, size_t n)
{
	const struct nlattr *attr;

	end->count[STAT_GROUPS]++;
	mnl_attr_for_each_nested(attr, nest)
	{
		for (size_t i = 0; i < n; i++)
			if (mnl_attr_get_type(attr) == counted[i].attr)
				end->count[counted[i].counter] += stats_number(attr);
	}
}

struct groups {
	struct stats *stats;
	enum end end; /* of the last link group: its links come after it */
};

static enum end role_of(const struct nlattr *nest)
{
	const struct nlattr *attr;

	/* SMC_CLNT and SMC_SERV, in the order of enum end */
	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == SMC_NLA_LGR_R_ROLE)
			return mnl_attr_get_u8(attr) ? END_SERVER : END_CLIENT;
	}
	return END_CLIENT;
}

static int take_smcr(const struct nlmsghdr *nlh, void *data)
{
	static const struct counted counted[] = { { SMC_NLA_LGR_R_CONNS_NUM, STAT_CONNS },
						  { LGR_R_SNDBUF_ALLOC, STAT_SNDBUF_BYTES },
						  { LGR_R_RMB_ALLOC, STAT_RMB_BYTES } };
	struct groups *g = data;
	const struct nlattr *nest;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(nest) == SMC_GEN_LGR_SMCR) {
			g->end = role_of(nest);
			add_group(&g->stats->end[g->end], nest, counted,
				  sizeof(counted) / sizeof(counted[0]));
		} else if (mnl_attr_get_type(nest) == SMC_GEN_LINK_SMCR) {
			g->stats->end[g->end].count[STAT_LINKS]++;
		}
	}
	return MNL_CB_OK;
}

/* Here the kernel does not say which end has it: it counts for both. */
static int take_smcd(const struct nlmsghdr *nlh, void *data)
{
	static const struct counted counted[] = { { SMC_NLA_LGR_D_CONNS_NUM, STAT_CONNS },
						  { LGR_D_SNDBUF_ALLOC, STAT_SNDBUF_BYTES },
						  { LGR_D_DMB_ALLOC, STAT_RMB_BYTES } };
	struct stats *s = data;
	const struct nlattr *nest;

	mnl_attr_for_each(nest, nlh, sizeof(struct genlmsghdr))
	{
		for (int end = END_CLIENT; end <= END_SERVER; end++)
			if (mnl_attr_get_type(nest) == SMC_GEN_LGR_SMCD)
				add_group(&s->end[end], nest, counted,
					  sizeof(counted) / sizeof(counted[0]));
	}
	return MNL_CB_OK;
}

/* ---- all of it ------------------------------------------------------------------------ */

static int stats_read_all(struct genl *t, struct stats *s)
{
	struct groups groups = { .stats = s };
	int rc = genl_dump(t, SMC_NETLINK_GET_STATS, take_handshakes, s);

	if (!rc)
		rc = genl_dump(t, SMC_NETLINK_GET_FBACK_STATS, take_fallbacks, s);
	if (!rc)
		rc = genl_dump(t, SMC_NETLINK_GET_LINK_SMCR, take_smcr, &groups);
	return rc ? rc : genl_dump(t, SMC_NETLINK_GET_LGR_SMCD, take_smcd, s);
}

int stats_read(struct stats *s)
{
	struct genl t;
	int rc = genl_open(&t);

	*s = (struct stats){ 0 };
	if (!rc)
		rc = stats_read_all(&t, s);
	genl_close(&t);
	return rc;
}

int stats_settle(struct stats *s)
{
	__u64 end = clock_now() + SETTLE_MS;
	struct stats last;
	int rc = stats_read(s);

	do {
		last = *s;
		clock_pause(STILL_MS);
		rc = rc ? rc : stats_read(s);
	} while (!rc && memcmp(&last, s, sizeof(last)) && clock_now() < end);
	return rc;
}

/* A message for each device. */
static int count_device(const struct nlmsghdr *nlh, void *data)
{
	struct stats_host *h = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		h->ism_devices += mnl_attr_get_type(attr) == SMC_GEN_DEV_SMCD;
	}
	return MNL_CB_OK;
}

/* An EID has blanks up to its end. */
static bool is_lab_eid(const char *eid)
{
	const size_t len = strlen(STATS_LAB_EID);

	return !strncmp(eid, STATS_LAB_EID, len) && eid[len + strspn(eid + len, " ")] == '\0';
}

static int count_eid(const struct nlmsghdr *nlh, void *data)
{
	struct stats_host *h = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != SMC_NLA_EID_TABLE_ENTRY)
			continue;
		h->eids++;
		h->lab_eid |= is_lab_eid(mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

/* The attributes of the system are in one of their own. */
static int copy_name(const struct nlmsghdr *nlh, void *data)
{
	struct stats_host *h = data;
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != SMC_GEN_SYS_INFO)
			continue;
		mnl_attr_for_each_nested(inner, attr)
		{
			if (mnl_attr_get_type(inner) == SMC_NLA_SYS_LOCAL_HOST &&
			    !mnl_attr_validate(inner, MNL_TYPE_NUL_STRING))
				snprintf(h->name, sizeof(h->name), "%s", mnl_attr_get_str(inner));
		}
	}
	return MNL_CB_OK;
}

int stats_read_host(struct stats_host *h)
{
	struct genl t;
	int rc = genl_open(&t);

	*h = (struct stats_host){ 0 };
	if (!rc)
		rc = genl_dump(&t, SMC_NETLINK_GET_DEV_SMCD, count_device, h);
	if (!rc)
		rc = genl_dump(&t, SMC_NETLINK_DUMP_UEID, count_eid, h);
	if (!rc)
		rc = genl_dump(&t, SMC_NETLINK_GET_SYS_INFO, copy_name, h);
	genl_close(&t);
	return rc;
}

/* ---- differences ---------------------------------------------------------------------- */

static __u64 value_of(const struct stats_end *s, const struct stat_want *want)
{
	if (want->counter != STAT_REASON)
		return s->count[want->counter];
	for (unsigned int i = 0; i < s->n_reasons; i++)
		if (s->reason[i].reason == want->reason)
			return s->reason[i].count;
	return 0;
}

__u64 stats_since(const struct stats_end *before, const struct stats_end *now,
		  const struct stat_want *want)
{
	return value_of(now, want) - value_of(before, want);
}
