// SPDX-License-Identifier: GPL-2.0-or-later
/* See stats.h. */
#include "stats.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/smc.h>
#include <string.h>
#include <sys/time.h>

/* The kernel answers at once; the limit is for one that is broken. */
static const struct timeval patience = { .tv_sec = 5 };

struct talk {
	struct mnl_socket *nl;
	__u16 family;
	__u32 seq;
};

static __u64 number(const struct nlattr *attr)
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

static void take_device(const struct nlattr *nest, struct stats *s, unsigned int v1,
			unsigned int v2)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		switch (mnl_attr_get_type(attr)) {
		case SMC_NLA_STATS_T_CLNT_V1_SUCC:
			s->end[END_CLIENT].count[v1] = number(attr);
			break;
		case SMC_NLA_STATS_T_CLNT_V2_SUCC:
			s->end[END_CLIENT].count[v2] = number(attr);
			break;
		case SMC_NLA_STATS_T_SRV_V1_SUCC:
			s->end[END_SERVER].count[v1] = number(attr);
			break;
		case SMC_NLA_STATS_T_SRV_V2_SUCC:
			s->end[END_SERVER].count[v2] = number(attr);
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
				take_device(attr, s, STAT_SMCD_V1, STAT_SMCD_V2);
				break;
			case SMC_NLA_STATS_SMCR_TECH:
				take_device(attr, s, STAT_SMCR_V1, STAT_SMCR_V2);
				break;
			case SMC_NLA_STATS_CLNT_HS_ERR_CNT:
				s->end[END_CLIENT].count[STAT_ERRORS] = number(attr);
				break;
			case SMC_NLA_STATS_SRV_HS_ERR_CNT:
				s->end[END_SERVER].count[STAT_ERRORS] = number(attr);
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

	if (!f->reason || end->n_reasons == STATS_REASONS_MAX)
		return;
	end->reason[end->n_reasons].reason = f->reason;
	end->reason[end->n_reasons++].count = f->count;
}

/* A message for each reason and end; the sums of both ends stand in the first. */
static void take_fallback(const struct nlattr *nest, struct stats *s)
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
			s->end[END_SERVER].count[STAT_FALLBACKS] = number(attr);
			break;
		case SMC_NLA_FBACK_STATS_CLNT_CNT:
			s->end[END_CLIENT].count[STAT_FALLBACKS] = number(attr);
			break;
		case SMC_NLA_FBACK_STATS_RSN_CODE:
			f.reason = mnl_attr_get_u32(attr);
			break;
		case SMC_NLA_FBACK_STATS_RSN_CNT:
			f.count = number(attr);
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
			take_fallback(nest, data);
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
				end->count[counted[i].counter] += number(attr);
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

/* ---- netlink ------------------------------------------------------------------------ */

static int ask(struct talk *t, struct nlmsghdr *nlh, mnl_cb_t reply, void *data)
{
	static _Alignas(struct nlmsghdr) char buf[65536];
	int more = MNL_CB_OK;

	nlh->nlmsg_seq = ++t->seq;
	if (mnl_socket_sendto(t->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(t->nl, buf, sizeof(buf));

		more = n < 0 ? -1 :
			       mnl_cb_run(buf, (size_t)n, t->seq, mnl_socket_get_portid(t->nl),
					  reply, data);
	}
	return more < 0 ? -errno : 0;
}

static struct nlmsghdr *request(void *buf, __u16 type, __u16 flags, __u8 command, __u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = command;
	genl->version = version;
	return nlh;
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(__u16 *)data = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static int find_family(struct talk *t)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = request(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	int rc;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SMC_GENL_FAMILY_NAME);
	rc = ask(t, nlh, take_family, &t->family);
	return rc ? rc : t->family ? 0 : -ENOENT;
}

static int dump(struct talk *t, __u8 command, mnl_cb_t reply, void *s)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];

	return ask(t, request(buf, t->family, NLM_F_DUMP, command, SMC_GENL_FAMILY_VERSION), reply,
		   s);
}

static int find(struct talk *t)
{
	if (mnl_socket_bind(t->nl, 0, MNL_SOCKET_AUTOPID) ||
	    setsockopt(mnl_socket_get_fd(t->nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		return -errno;
	return find_family(t);
}

static int read_all(struct talk *t, struct stats *s)
{
	int rc = find(t);

	struct groups groups = { .stats = s };

	if (!rc)
		rc = dump(t, SMC_NETLINK_GET_STATS, take_handshakes, s);
	if (!rc)
		rc = dump(t, SMC_NETLINK_GET_FBACK_STATS, take_fallbacks, s);
	if (!rc)
		rc = dump(t, SMC_NETLINK_GET_LINK_SMCR, take_smcr, &groups);
	return rc ? rc : dump(t, SMC_NETLINK_GET_LGR_SMCD, take_smcd, s);
}

int stats_read(struct stats *s)
{
	struct talk t = { .nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC) };
	int rc;

	*s = (struct stats){ 0 };
	if (!t.nl)
		return -errno;
	rc = read_all(&t, s);
	mnl_socket_close(t.nl);
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

static int count_eid(const struct nlmsghdr *nlh, void *data)
{
	struct stats_host *h = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		h->eids += mnl_attr_get_type(attr) == SMC_NLA_EID_TABLE_ENTRY;
	}
	return MNL_CB_OK;
}

int stats_read_host(struct stats_host *h)
{
	struct talk t = { .nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC) };
	int rc;

	*h = (struct stats_host){ 0 };
	if (!t.nl)
		return -errno;
	rc = find(&t);
	if (!rc)
		rc = dump(&t, SMC_NETLINK_GET_DEV_SMCD, count_device, h);
	if (!rc)
		rc = dump(&t, SMC_NETLINK_DUMP_UEID, count_eid, h);
	mnl_socket_close(t.nl);
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
