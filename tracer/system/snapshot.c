// SPDX-License-Identifier: GPL-2.0-or-later
/* See snapshot.h. */
#include "snapshot.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/smc.h>
#include <linux/smc_diag.h>

#include "netlink.h"
#include "netns.h"
#include "hook/observe.h"
#include "smc_address.h"
#include "smc_codec.h"
#include "base/who.h"

/* ---- sysctls ------------------------------------------------------------------------- */

static int read_line(const char *path, char *buf, size_t cap)
{
	FILE *in = fopen(path, "re");

	if (!in)
		return -errno;
	if (!fgets(buf, (int)cap, in))
		*buf = '\0';
	fclose(in);
	buf[strcspn(buf, "\n")] = '\0';
	for (char *tab = buf; (tab = strchr(tab, '\t')); tab++)
		*tab = ' ';
	return 0;
}

static int add_sysctl(struct facts *f, const char *name)
{
	char path[512] = "/proc/sys/", value[256];
	char *at = path + strlen(path);

	snprintf(at, sizeof(path) - (size_t)(at - path), "%s", name);
	for (; *at; at++)
		if (*at == '.')
			*at = '/';
	if (read_line(path, value, sizeof(value)))
		return 0;
	return facts_add(f, SMCW_FACT_SYSCTL, name, "%s", value);
}

static int add_sysctls(struct facts *f)
{
	DIR *dir = opendir("/proc/sys/net/smc");
	struct dirent *entry;
	char name[300];
	int r = add_sysctl(f, "net.ipv4.tcp_syncookies");

	while (dir && !r && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(name, sizeof(name), "net.smc.%s", entry->d_name);
		r = add_sysctl(f, name);
	}
	if (dir)
		closedir(dir);
	return r;
}

/* ---- generic netlink ------------------------------------------------------------------ */

/* Attributes by their number; the nested ones of the message's own stand in a nest. */
#define ATTRS 64

struct attrs {
	const struct nlattr *at[ATTRS];
};

static int take_attr(const struct nlattr *attr, void *data)
{
	struct attrs *a = data;

	if (mnl_attr_get_type(attr) < ATTRS)
		a->at[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static void snapshot_parse(const struct nlmsghdr *nlh, struct attrs *a)
{
	memset(a, 0, sizeof(*a));
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), take_attr, a);
}

static bool parse_nest(const struct attrs *outer, unsigned int type, struct attrs *a)
{
	memset(a, 0, sizeof(*a));
	if (outer->at[type])
		mnl_attr_parse_nested(outer->at[type], take_attr, a);
	return outer->at[type];
}

/* A string without the blanks that it is filled up with. */
static const char *snapshot_string(const struct attrs *a, unsigned int type, char *buf, size_t cap)
{
	size_t len = a->at[type] ? mnl_attr_get_payload_len(a->at[type]) : 0;

	if (len >= cap)
		len = cap - 1;
	if (len)
		memcpy(buf, mnl_attr_get_payload(a->at[type]), len);
	buf[len] = '\0';
	len = strlen(buf);
	while (len && buf[len - 1] == ' ')
		buf[--len] = '\0';
	return buf;
}

static __u64 snapshot_integer(const struct attrs *a, unsigned int type)
{
	const struct nlattr *attr = type < ATTRS ? a->at[type] : NULL;
	__u8 u8;
	__u16 u16;
	__u32 u32;
	__u64 u64;

	if (!attr)
		return 0;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		memcpy(&u8, mnl_attr_get_payload(attr), 1);
		return u8;
	case 2:
		memcpy(&u16, mnl_attr_get_payload(attr), 2);
		return u16;
	case 4:
		memcpy(&u32, mnl_attr_get_payload(attr), 4);
		return u32;
	case 8:
		memcpy(&u64, mnl_attr_get_payload(attr), 8);
		return u64;
	default:
		return 0;
	}
}

static int on_ueid(void *ctx, const struct nlmsghdr *nlh)
{
	char eid[64];
	struct attrs a;

	snapshot_parse(nlh, &a);
	snapshot_string(&a, SMC_NLA_EID_TABLE_ENTRY, eid, sizeof(eid));
	return *eid ? facts_add(ctx, SMCW_FACT_UEID, eid, "%s", "") : 0;
}

static int on_seid(void *ctx, const struct nlmsghdr *nlh)
{
	char eid[64];
	struct attrs a;

	snapshot_parse(nlh, &a);
	return facts_add(ctx, SMCW_FACT_SEID,
			 snapshot_string(&a, SMC_NLA_SEID_ENTRY, eid, sizeof(eid)),
			 snapshot_integer(&a, SMC_NLA_SEID_ENABLED) ? "enabled" : "disabled");
}

static int on_hs_limit(void *ctx, const struct nlmsghdr *nlh)
{
	struct attrs a;

	snapshot_parse(nlh, &a);
	return facts_add(ctx, SMCW_FACT_HS_LIMIT, "",
			 snapshot_integer(&a, SMC_NLA_HS_LIMITATION_ENABLED) ? "enabled" :
									       "disabled");
}

static int on_smcd(void *ctx, const struct nlmsghdr *nlh)
{
	char name[64], pnet[32];
	struct attrs a, dev, port;

	snapshot_parse(nlh, &a);
	if (!parse_nest(&a, SMC_GEN_DEV_SMCD, &dev))
		return 0;
	parse_nest(&dev, SMC_NLA_DEV_PORT, &port);
	snapshot_string(&dev, SMC_NLA_DEV_PCI_ID, name, sizeof(name));
	if (!*name)
		snapshot_string(&dev, SMC_NLA_DEV_IB_NAME, name, sizeof(name));
	if (!*name && (__u16)snapshot_integer(&dev, SMC_NLA_DEV_PCI_CHID) == 0xffff)
		strcpy(name, "loopback-ism");
	return facts_add(ctx, SMCW_FACT_SMCD_DEVICE, *name ? name : "?", "PNETID=%s",
			 snapshot_string(&port, SMC_NLA_DEV_PORT_PNETID, pnet, sizeof(pnet)));
}

static int on_smcr(void *ctx, const struct nlmsghdr *nlh)
{
	char name[64], pnet[2][32];
	struct attrs a, dev, port[2];

	snapshot_parse(nlh, &a);
	if (!parse_nest(&a, SMC_GEN_DEV_SMCR, &dev))
		return 0;
	parse_nest(&dev, SMC_NLA_DEV_PORT, &port[0]);
	parse_nest(&dev, SMC_NLA_DEV_PORT2, &port[1]);
	for (int i = 0; i < 2; i++)
		snapshot_string(&port[i], SMC_NLA_DEV_PORT_PNETID, pnet[i], sizeof(pnet[i]));
	return facts_add(ctx, SMCW_FACT_SMCR_DEVICE,
			 snapshot_string(&dev, SMC_NLA_DEV_IB_NAME, name, sizeof(name)),
			 "port 1 %s PNETID=%s%s%s",
			 snapshot_integer(&port[0], SMC_NLA_DEV_PORT_STATE) ? "active" : "inactive",
			 pnet[0], *pnet[1] ? ", port 2 PNETID=" : "", pnet[1]);
}

static int on_pnet(void *ctx, const struct nlmsghdr *nlh)
{
	char id[32], eth[32], ib[80];
	struct attrs a;

	snapshot_parse(nlh, &a);
	snapshot_string(&a, SMC_PNETID_NAME, id, sizeof(id));
	snapshot_string(&a, SMC_PNETID_ETHNAME, eth, sizeof(eth));
	snapshot_string(&a, SMC_PNETID_IBNAME, ib, sizeof(ib));
	if (*eth && strcmp(eth, "n/a") && facts_add(ctx, SMCW_FACT_PNET, id, "eth %s", eth))
		return -ENOMEM;
	if (!*ib || !strcmp(ib, "n/a"))
		return 0;
	/* An ISM device has no ports. */
	if ((__u8)snapshot_integer(&a, SMC_PNETID_IBPORT) == 255)
		return facts_add(ctx, SMCW_FACT_PNET, id, "smcd %s", ib);
	return facts_add(ctx, SMCW_FACT_PNET, id, "ib %s %u", ib,
			 (unsigned int)snapshot_integer(&a, SMC_PNETID_IBPORT));
}

static const struct {
	const char *what, *family;
	__u8 version, cmd;
	netlink_fn fn;
} dumps[] = {
	{ "user-defined EIDs", SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION, SMC_NETLINK_DUMP_UEID,
	  on_ueid },
	{ "system EID", SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION, SMC_NETLINK_DUMP_SEID,
	  on_seid },
	{ "handshake limitation", SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION,
	  SMC_NETLINK_DUMP_HS_LIMITATION, on_hs_limit },
	{ "ISM devices", SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION, SMC_NETLINK_GET_DEV_SMCD,
	  on_smcd },
	{ "RDMA devices", SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION, SMC_NETLINK_GET_DEV_SMCR,
	  on_smcr },
	{ "PNET table", SMCR_GENL_FAMILY_NAME, SMCR_GENL_FAMILY_VERSION, SMC_PNETID_GET, on_pnet },
};

/* ---- sockets --------------------------------------------------------------------------- */

struct owner {
	__u64 inode;
	__u32 pid;
	char comm[SMCW_COMM_LEN];
};

struct owners {
	struct owner *row;
	size_t n, cap;
};

/* A socket is that of the first process that has it open. */
static void take_process(struct owners *o, const char *pid)
{
	char path[300], link[64], comm[SMCW_COMM_LEN + 1] = "";
	struct dirent *entry;
	unsigned long long inode;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = '\0';
		if (sscanf(link, "socket:[%llu]", &inode) != 1)
			continue;
		if (o->n == o->cap) {
			size_t cap = o->cap ? 2 * o->cap : 256;
			struct owner *more = realloc(o->row, cap * sizeof(*more));

			if (!more)
				break;
			o->row = more;
			o->cap = cap;
		}
		if (!*comm) {
			snprintf(path, sizeof(path), "/proc/%s/comm", pid);
			read_line(path, comm, sizeof(comm));
		}
		o->row[o->n] =
			(struct owner){ .inode = inode, .pid = (__u32)strtoul(pid, NULL, 10) };
		memcpy(o->row[o->n++].comm, comm, SMCW_COMM_LEN);
	}
	if (dir)
		closedir(dir);
}

static int by_inode(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void find_owners(struct owners *o)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			take_process(o, entry->d_name);
	if (dir)
		closedir(dir);
	if (o->n)
		qsort(o->row, o->n, sizeof(*o->row), by_inode);
}

static const struct owner *owner_of(const struct owners *o, __u64 inode)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (o->row[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < o->n && o->row[low].inode == inode ? &o->row[low] : NULL;
}

struct sockets {
	struct facts *facts; /* for listeners; NULL: connections */
	facts_fn fn;
	void *ctx;
	__u8 stack;
	__u32 netns;
	struct owners owners;
};

/* As the kernel has addresses of IPv4 here: in the first word. */
static void put_address(__u8 *to, const __be32 from[4])
{
	if (from[1] || from[2] || from[3]) {
		memcpy(to, from, 16);
		return;
	}
	if (from[0])
		smcw_put_mapped(to, from);
}

static int snapshot_add_listener(struct sockets *s, const struct smc_diag_msg *msg)
{
	const struct owner *o = owner_of(&s->owners, msg->diag_inode);
	char where[WHO_MAX];
	__u8 addr[16] = { 0 };

	put_address(addr, msg->id.idiag_src);
	who_address(addr, ntohs(msg->id.idiag_sport), where, sizeof(where));
	if (!o)
		return facts_add(s->facts, SMCW_FACT_LISTENER, where, "%s", "");
	return facts_add(s->facts, SMCW_FACT_LISTENER, where, "%.*s/%u", SMCW_COMM_LEN, o->comm,
			 o->pid);
}

struct seen {
	struct smcw_event ev;
	struct smcw_ev_conn conn;
};

static int conn_attr(const struct nlattr *attr, void *data)
{
	const void *from = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	struct smc_diag_conninfo info;
	struct smcd_diag_dmbinfo dmb;
	struct seen *e = data;

	if (mnl_attr_get_type(attr) == SMC_DIAG_CONNINFO && len >= sizeof(info)) {
		memcpy(&info, from, sizeof(info));
		smcw_put32(&e->ev.conn, info.token);
		smcw_put32(&e->conn.send_size, info.sndbuf_size);
		smcw_put32(&e->conn.receive_size, info.rmbe_size);
		smcw_put32(&e->conn.peer_size, info.peer_rmbe_size);
		smcw_put64(&e->conn.sent,
			   (__u64)info.tx_prod.wrap * info.peer_rmbe_size + info.tx_prod.count);
		smcw_put64(&e->conn.received,
			   (__u64)info.rx_cons.wrap * info.rmbe_size + info.rx_cons.count);
	} else if (mnl_attr_get_type(attr) == SMC_DIAG_DMBINFO && len >= sizeof(dmb)) {
		memcpy(&dmb, from, sizeof(dmb));
		smcw_put32(&e->ev.lgr, dmb.linkid);
		smcw_put64(&e->conn.token, dmb.token);
		smcw_put64(&e->conn.peer_token, dmb.peer_token);
	}
	return MNL_CB_OK;
}

static void fill_owner(struct smcw_event *ev, const struct owner *o)
{
	if (!o)
		return;
	ev->owner = SMCW_OWNER_SOCKET;
	smcw_put32(&ev->pid, o->pid);
	memcpy(ev->comm, o->comm, sizeof(ev->comm));
}

static __u64 wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (__u64)t.tv_sec * 1000000000u + (__u64)t.tv_nsec;
}

static int snapshot_add_conn(struct sockets *s, const struct nlmsghdr *nlh,
			     const struct smc_diag_msg *msg)
{
	struct seen e = {
		.ev = { .version = SMCW_EVENT_VERSION,
			.kind = SMCW_EV_CONN_READY,
			.hook = SMCW_HOOK_NONE, /* no hook has seen it, and none has counted it */
			.flags = SMCW_EV_SEEN,
			.length = htons(sizeof(e.conn)),
			.original = htons(sizeof(e.conn)),
			.stack = s->stack,
			.state = msg->diag_state }
	};

	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		e.ev.flags |= SMCW_EV_BIG;
	mnl_attr_parse(nlh, sizeof(*msg), conn_attr, &e);
	if (!e.ev.conn)
		return 0;
	e.ev.mode = msg->diag_mode == SMC_DIAG_MODE_SMCD ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	e.ev.local_port = msg->id.idiag_sport;
	e.ev.peer_port = msg->id.idiag_dport;
	put_address(e.ev.local, msg->id.idiag_src);
	put_address(e.ev.peer, msg->id.idiag_dst);
	smcw_put64(&e.ev.sock, (__u64)msg->id.idiag_cookie[1] << 32 | msg->id.idiag_cookie[0]);
	smcw_put32(&e.ev.netns, s->netns);
	smcw_put64(&e.ev.time, wall_ns());
	fill_owner(&e.ev, owner_of(&s->owners, msg->diag_inode));
	s->fn(s->ctx, &e.ev);
	return 0;
}

static int on_socket(void *ctx, const struct nlmsghdr *nlh)
{
	const struct smc_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct sockets *s = ctx;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return -EBADMSG;
	if (msg->diag_state == SMCW_STATE_LISTEN)
		return s->facts && msg->diag_mode != SMC_DIAG_MODE_FALLBACK_TCP ?
			       snapshot_add_listener(s, msg) :
			       0;
	if (s->facts || msg->diag_mode == SMC_DIAG_MODE_FALLBACK_TCP ||
	    msg->diag_state == SMCW_STATE_INIT || msg->diag_state == SMCW_STATE_CLOSED)
		return 0;
	return snapshot_add_conn(s, nlh, msg);
}

/* ---- link groups ----------------------------------------------------------------------- */

static int on_lgr(void *ctx, const struct nlmsghdr *nlh)
{
	struct sockets *s = ctx;
	struct attrs a, lgr, v2;
	char eid[64];
	struct {
		struct smcw_event ev;
		struct smcw_ev_lgr lgr;
	} e = { .ev = { .version = SMCW_EVENT_VERSION,
			.kind = SMCW_EV_LGR_UP,
			.hook = SMCW_HOOK_NONE,
			.flags = SMCW_EV_SEEN,
			.length = htons(sizeof(e.lgr)),
			.original = htons(sizeof(e.lgr)),
			.stack = s->stack } };
	bool smcd;

	snapshot_parse(nlh, &a);
	smcd = parse_nest(&a, SMC_GEN_LGR_SMCD, &lgr);
	if (!smcd && !parse_nest(&a, SMC_GEN_LGR_SMCR, &lgr))
		return 0;
	e.ev.mode = smcd ? SMCW_MODE_SMCD : SMCW_MODE_SMCR;
	smcw_put32(&e.ev.lgr,
		   (__u32)snapshot_integer(&lgr, smcd ? SMC_NLA_LGR_D_ID : SMC_NLA_LGR_R_ID));
	smcw_put32(&e.lgr.conns, (__u32)snapshot_integer(&lgr, smcd ? SMC_NLA_LGR_D_CONNS_NUM :
								      SMC_NLA_LGR_R_CONNS_NUM));
	e.lgr.version =
		parse_nest(&lgr, smcd ? SMC_NLA_LGR_D_V2_COMMON : SMC_NLA_LGR_R_V2_COMMON, &v2) ?
			2 :
			1;
	snapshot_string(&v2, SMC_NLA_LGR_V2_NEG_EID, eid, sizeof(eid));
	memcpy(e.lgr.eid, eid, strnlen(eid, sizeof(e.lgr.eid)));
	if (smcd)
		smcw_put64(e.lgr.peer, snapshot_integer(&lgr, SMC_NLA_LGR_D_PEER_GID));
	smcw_put64(&e.ev.time, wall_ns());
	s->fn(s->ctx, &e.ev);
	return 0;
}

/* ---- all of it --------------------------------------------------------------------------- */

static int add_unknown(struct facts *f, const char *what, int err)
{
	return facts_add(f, SMCW_FACT_UNKNOWN, what, "%s", strerror(-err));
}

int snapshot_setup(struct facts *f)
{
	struct sockets s = { .facts = f };
	int r = add_sysctls(f), err;

	for (size_t i = 0; !r && i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		err = netlink_genl(dumps[i].family, dumps[i].version, dumps[i].cmd, dumps[i].fn, f);
		if (err)
			r = add_unknown(f, dumps[i].what, err);
	}
	if (r)
		return r;
	find_owners(&s.owners);
	err = netlink_smc_diag(on_socket, &s);
	free(s.owners.row);
	return err ? add_unknown(f, "SMC sockets", err) : 0;
}

/* net/smc shows the link groups of all namespaces in each of them, and sockets only of its own. */
static int take_sockets(void *ctx, __u32 netns)
{
	struct sockets *s = ctx;

	s->netns = netns;
	return netlink_smc_diag(on_socket, s);
}

int snapshot_existing(__u8 stack, const struct trace_filter *filter, struct facts *f, facts_fn fn,
		      void *ctx)
{
	struct sockets s = { .fn = fn, .ctx = ctx, .stack = stack };
	char cause[SMCW_FACT_VALUE_LEN] = "";
	int err;

	netlink_genl(SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION, SMC_NETLINK_GET_LGR_SMCD,
		     on_lgr, &s);
	netlink_genl(SMC_GENL_FAMILY_NAME, SMC_GENL_FAMILY_VERSION, SMC_NETLINK_GET_LGR_SMCR,
		     on_lgr, &s);
	find_owners(&s.owners);
	err = netns_each(take_sockets, &s, cause, sizeof(cause));
	free(s.owners.row);
	if (err)
		snprintf(cause, sizeof(cause), "%s", strerror(-err));
	if (!(filter->kinds & SMCW_KIND_BIT(SMCW_EV_CONN_READY)))
		return facts_add(f, SMCW_FACT_NOT_ASKED, OBSERVE_OLDER, "--kinds");
	err = facts_add(f, *cause ? SMCW_FACT_NOT_OBSERVED : SMCW_FACT_OBSERVED, OBSERVE_OLDER,
			"%s", cause);
	return err ? err : !!*cause;
}
