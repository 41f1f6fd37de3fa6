// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink SMC_GEN_NETLINK; netlink_smcr.c has what is of SMC-R alone.
 * EIDs and the device are the machine's; link groups, handshake limitation and statistics are those
 * of the asker's network namespace. Only the host's administrator, in the host's namespace, sees
 * all link groups.
 */
#define pr_fmt(fmt) "smcx: " fmt

#include <linux/utsname.h>
#include <net/genetlink.h>

#include "clc.h"
#include "compat.h"
#include "conn.h"
#include "dev.h"
#include "eid.h"
#include "lgr.h"
#include "net.h"
#include "netlink.h"
#include "path.h"
#include "pnet.h"
#include "uapi.h"

static struct genl_family family;

int smcx_netlink_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int nest,
		     int (*fill)(struct sk_buff *skb, void *what), void *what)
{
	struct nlattr *attrs = NULL;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
			  cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (nest)
		attrs = nla_nest_start(skb, nest);
	if ((nest && !attrs) || fill(skb, what)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	if (attrs)
		nla_nest_end(skb, attrs);
	genlmsg_end(skb, hdr);
	return 0;
}

/* A dump that is one message. cb->args[0]: it was sent. */
static int netlink_put_once(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, int nest,
			    int (*fill)(struct sk_buff *skb, void *what), void *what)
{
	if (!cb->args[0] && !smcx_netlink_put(skb, cb, cmd, nest, fill, what))
		cb->args[0] = 1;
	return skb->len;
}

/* Text of fixed size, with or without a zero at its end. */
static int netlink_put_text(struct sk_buff *skb, int type, const u8 *text, size_t size)
{
	char buf[SMC_MAX_HOSTNAME_LEN + 1];

	static_assert(sizeof(buf) > SMCW_EID_LEN && sizeof(buf) > SMCW_HOSTNAME_LEN);
	memcpy(buf, text, size);
	buf[size] = '\0';
	return nla_put_string(skb, type, buf);
}

/*
 * The system
 */

/*
 * As the first contact extensions of @net have it: padded with blanks. An asker with a UTS
 * namespace of its own is a container, too.
 */
static int netlink_put_hostname(struct sk_buff *skb, const struct net *net)
{
	const char *name = utsname() == init_utsname() ? smcx_clc_hostname(net) : "";
	u8 host[SMCW_HOSTNAME_LEN];

	memset(host, ' ', sizeof(host));
	memcpy(host, name, strnlen(name, sizeof(host)));
	return netlink_put_text(skb, SMC_NLA_SYS_LOCAL_HOST, host, sizeof(host));
}

/* The system EID is one of s390 hardware: there is none. */
static int netlink_fill_sys_info(struct sk_buff *skb, void *net)
{
	return nla_put_u8(skb, SMC_NLA_SYS_VER, SMCW_V2) || nla_put_u8(skb, SMC_NLA_SYS_REL, 1) ||
	       nla_put_u8(skb, SMC_NLA_SYS_IS_ISM_V2, 1) ||
	       nla_put_u8(skb, SMC_NLA_SYS_IS_SMCR_V2, smcx_path_any(SMCW_TYPE_R)) ||
	       netlink_put_hostname(skb, net) || nla_put_string(skb, SMC_NLA_SYS_SEID, "");
}

static int netlink_dump_sys_info(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_put_once(skb, cb, SMC_NETLINK_GET_SYS_INFO, SMC_GEN_SYS_INFO,
				netlink_fill_sys_info, sock_net(cb->skb->sk));
}

/*
 * Link groups and the device
 */

struct smcx_netlink_bytes smcx_netlink_bytes_locked(const struct smcx_lgr *lgr)
{
	struct smcx_netlink_bytes bytes = {};
	const struct smcx_conn *conn;
	const struct smcx_ring *ring;

	lockdep_assert_held(&lgr->lock);
	rcu_read_lock();
	list_for_each_entry(conn, &lgr->conns, lgr_link) {
		ring = READ_ONCE(conn->tx);
		bytes.send += ring ? ring->size : 0;
		ring = READ_ONCE(conn->rx);
		bytes.receive += ring ? ring->size : 0;
	}
	rcu_read_unlock();
	return bytes;
}

int smcx_netlink_put_lgr_v2(struct sk_buff *skb, const struct smcx_lgr *lgr, int nest)
{
	struct nlattr *attrs = nla_nest_start(skb, nest);

	if (!attrs || nla_put_u8(skb, SMC_NLA_LGR_V2_VER, lgr->version) ||
	    nla_put_u8(skb, SMC_NLA_LGR_V2_REL, lgr->peer_release) ||
	    nla_put_u8(skb, SMC_NLA_LGR_V2_OS, lgr->peer_os) ||
	    netlink_put_text(skb, SMC_NLA_LGR_V2_PEER_HOST, lgr->peer_hostname,
			     SMCW_HOSTNAME_LEN) ||
	    netlink_put_text(skb, SMC_NLA_LGR_V2_NEG_EID, lgr->eid, SMCW_EID_LEN))
		return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

static int netlink_put_gid(struct sk_buff *skb, int type, const u8 *at)
{
	return nla_put_u64_64bit(skb, type, get_unaligned_be64(at), SMC_NLA_LGR_D_PAD);
}

/* There is no send buffer of one's own: it is the peer's DMB. */
static int netlink_put_lgr_locked(struct sk_buff *skb, const struct smcx_lgr *lgr,
				  const char *pnetid) __must_hold(&lgr->lock)
{
	lockdep_assert_held(&lgr->lock);
	return nla_put_u32(skb, SMC_NLA_LGR_D_ID, lgr->id) ||
	       netlink_put_gid(skb, SMC_NLA_LGR_D_GID, lgr->gid) ||
	       netlink_put_gid(skb, SMCX_NLA_LGR_D_EXT_GID, lgr->gid + 8) ||
	       netlink_put_gid(skb, SMC_NLA_LGR_D_PEER_GID, lgr->peer_gid) ||
	       netlink_put_gid(skb, SMCX_NLA_LGR_D_PEER_EXT_GID, lgr->peer_gid + 8) ||
	       nla_put_u8(skb, SMC_NLA_LGR_D_VLAN_ID, lgr->vlan) ||
	       nla_put_u32(skb, SMC_NLA_LGR_D_CONNS_NUM, lgr->conn_count) ||
	       nla_put_u32(skb, SMC_NLA_LGR_D_CHID, lgr->chid) ||
	       smcx_nla_put_uint(skb, SMCX_NLA_LGR_D_SNDBUF_ALLOC, 0) ||
	       smcx_nla_put_uint(skb, SMCX_NLA_LGR_D_DMB_ALLOC,
				 smcx_netlink_bytes_locked(lgr).receive) ||
	       nla_put_string(skb, SMC_NLA_LGR_D_PNETID, pnetid) ||
	       smcx_netlink_put_lgr_v2(skb, lgr, SMC_NLA_LGR_D_V2_COMMON);
}

static int netlink_fill_lgr(struct sk_buff *skb, void *what)
{
	char pnetid[SMCX_PNETID_LEN + 1];
	struct smcx_lgr *lgr = what;
	int full;

	smcx_pnet_of_dev(pnetid);
	spin_lock_bh(&lgr->lock);
	full = netlink_put_lgr_locked(skb, lgr, pnetid);
	spin_unlock_bh(&lgr->lock);
	return full;
}

u64 smcx_netlink_net_cookie(const struct netlink_callback *cb)
{
	const struct net *net = sock_net(cb->skb->sk);

	return net_eq(net, &init_net) && netlink_capable(cb->skb, CAP_NET_ADMIN) ? 0 :
										   net->net_cookie;
}

struct smcx_lgr *smcx_netlink_next_lgr(u32 id, u64 net_cookie, bool smcd)
{
	struct smcx_lgr *lgr;

	while ((lgr = smcx_lgr_next(id)) && ((lgr->path == &smcx_smcd_path) != smcd ||
					     (net_cookie && lgr->net_cookie != net_cookie))) {
		id = lgr->id;
		smcx_lgr_put(lgr);
	}
	return lgr;
}

/* cb->args[0]: id of the last link group that was reported. */
static int netlink_dump_lgr(struct sk_buff *skb, struct netlink_callback *cb)
{
	u64 cookie = smcx_netlink_net_cookie(cb);
	struct smcx_lgr *lgr;
	int err = 0;

	while (!err && (lgr = smcx_netlink_next_lgr(cb->args[0], cookie, true))) {
		err = smcx_netlink_put(skb, cb, SMC_NETLINK_GET_LGR_SMCD, SMC_GEN_LGR_SMCD,
				       netlink_fill_lgr, lgr);
		if (!err)
			cb->args[0] = lgr->id;
		smcx_lgr_put(lgr);
	}
	return skb->len;
}

static u32 netlink_count_lgrs(u64 net_cookie)
{
	struct smcx_lgr *lgr;
	u32 count = 0, id = 0;

	while ((lgr = smcx_netlink_next_lgr(id, net_cookie, true))) {
		id = lgr->id;
		count++;
		smcx_lgr_put(lgr);
	}
	return count;
}

static int netlink_put_port(struct sk_buff *skb)
{
	struct nlattr *attrs = nla_nest_start(skb, SMC_NLA_DEV_PORT);
	char pnetid[SMCX_PNETID_LEN + 1];

	if (!attrs || nla_put_u8(skb, SMC_NLA_DEV_PORT_PNET_USR, smcx_pnet_of_dev(pnetid)) ||
	    nla_put_string(skb, SMC_NLA_DEV_PORT_PNETID, pnetid))
		return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

/* No PCI device: of what PCI has, only the CHID means something, and the id is its name. */
static int netlink_fill_dev(struct sk_buff *skb, void *what)
{
	u32 lgrs = *(u32 *)what;

	return nla_put_u32(skb, SMC_NLA_DEV_USE_CNT, lgrs) ||
	       nla_put_u8(skb, SMC_NLA_DEV_IS_CRIT, lgrs > 0) ||
	       nla_put_u32(skb, SMC_NLA_DEV_PCI_FID, 0) ||
	       nla_put_u16(skb, SMC_NLA_DEV_PCI_CHID, smcx_dev.chid) ||
	       nla_put_u16(skb, SMC_NLA_DEV_PCI_VENDOR, 0) ||
	       nla_put_u16(skb, SMC_NLA_DEV_PCI_DEVICE, 0) ||
	       nla_put_string(skb, SMC_NLA_DEV_PCI_ID, SMCX_DEV_NAME) || netlink_put_port(skb);
}

/* In-tree SMC leaves its loopback-ism out of this dump. */
static int netlink_dump_dev(struct sk_buff *skb, struct netlink_callback *cb)
{
	u32 lgrs = netlink_count_lgrs(smcx_netlink_net_cookie(cb));

	static_assert(sizeof(SMCX_DEV_NAME) <= SMC_PCI_ID_STR_LEN);
	return netlink_put_once(skb, cb, SMC_NETLINK_GET_DEV_SMCD, SMC_GEN_DEV_SMCD,
				netlink_fill_dev, &lgrs);
}

/*
 * EIDs
 */

/* All 32 bytes and a zero: shorter ones are to be padded with blanks by the sender. */
static const u8 *netlink_eid_of(const struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[SMC_NLA_EID_TABLE_ENTRY];

	return attr && nla_len(attr) == SMCW_EID_LEN + 1 ? nla_data(attr) : NULL;
}

static int netlink_add_ueid(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *eid = netlink_eid_of(info);

	return eid ? smcx_eid_add(eid) : -EINVAL;
}

static int netlink_remove_ueid(struct sk_buff *skb, struct genl_info *info)
{
	const u8 *eid = netlink_eid_of(info);

	return eid ? smcx_eid_remove(eid) : -EINVAL;
}

static int netlink_flush_ueid(struct sk_buff *skb, struct genl_info *info)
{
	smcx_eid_flush();
	return 0;
}

static int netlink_fill_ueid(struct sk_buff *skb, void *what)
{
	const struct smcw_eid *eid = what;

	return netlink_put_text(skb, SMC_NLA_EID_TABLE_ENTRY, eid->eid, SMCW_EID_LEN);
}

/* cb->args[0]: EIDs reported. */
static int netlink_dump_ueid(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct smcw_eid eids[SMCX_MAX_UEID];
	long count = smcx_eid_list(eids);

	while (cb->args[0] < count && !smcx_netlink_put(skb, cb, SMC_NETLINK_DUMP_UEID, 0,
							netlink_fill_ueid, &eids[cb->args[0]]))
		cb->args[0]++;
	return skb->len;
}

static int netlink_fill_seid(struct sk_buff *skb, void *unused)
{
	return nla_put_string(skb, SMC_NLA_SEID_ENTRY, "") ||
	       nla_put_u8(skb, SMC_NLA_SEID_ENABLED, 0);
}

static int netlink_dump_seid(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_put_once(skb, cb, SMC_NETLINK_DUMP_SEID, 0, netlink_fill_seid, NULL);
}

/* There is none: see netlink_fill_sys_info(). */
static int netlink_set_seid(struct sk_buff *skb, struct genl_info *info)
{
	return -EOPNOTSUPP;
}

/*
 * Handshake limitation
 */

static int netlink_fill_hs_limitation(struct sk_buff *skb, void *what)
{
	const struct smcx_net *sn = what;

	return nla_put_u8(skb, SMC_NLA_HS_LIMITATION_ENABLED, READ_ONCE(sn->sysctl.limit_hs));
}

static int netlink_dump_hs_limitation(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_put_once(skb, cb, SMC_NETLINK_DUMP_HS_LIMITATION, 0,
				netlink_fill_hs_limitation, smcx_net(sock_net(skb->sk)));
}

static int netlink_enable_hs_limitation(struct sk_buff *skb, struct genl_info *info)
{
	WRITE_ONCE(smcx_net(genl_info_net(info))->sysctl.limit_hs, 1);
	return 0;
}

static int netlink_disable_hs_limitation(struct sk_buff *skb, struct genl_info *info)
{
	WRITE_ONCE(smcx_net(genl_info_net(info))->sysctl.limit_hs, 0);
	return 0;
}

/*
 * The family
 */

static const struct nla_policy ueid_policy[SMC_NLA_EID_TABLE_MAX + 1] = {
	[SMC_NLA_EID_TABLE_ENTRY] = { .type = NLA_STRING, .len = SMCW_EID_LEN },
};

/* Only two commands take an attribute, number 1 both. */
static const struct nla_policy no_attr_policy[SMC_NLA_EID_TABLE_MAX + 1] = {
	[SMC_NLA_EID_TABLE_ENTRY] = { .type = NLA_REJECT },
};

#define DUMP(name, function)                                                                       \
	{                                                                                          \
		.cmd = SMC_NETLINK_##name, .dumpit = function                                      \
	}
#define SET(name, function)                                                                        \
	{                                                                                          \
		.cmd = SMC_NETLINK_##name, .flags = GENL_ADMIN_PERM, .doit = function              \
	}
#define SET_UEID(name, function)                                                                   \
	{                                                                                          \
		.cmd = SMC_NETLINK_##name, .flags = GENL_ADMIN_PERM, .doit = function,             \
		.policy = ueid_policy                                                              \
	}

static const struct genl_ops ops[] = {
	DUMP(GET_SYS_INFO, netlink_dump_sys_info),
	DUMP(GET_LGR_SMCR, smcx_netlink_lgr_smcr),
	DUMP(GET_LINK_SMCR, smcx_netlink_link_smcr),
	DUMP(GET_LGR_SMCD, netlink_dump_lgr),
	DUMP(GET_DEV_SMCD, netlink_dump_dev),
	DUMP(GET_DEV_SMCR, smcx_netlink_dev_smcr),
	DUMP(GET_STATS, smcx_netlink_stats),
	DUMP(GET_FBACK_STATS, smcx_netlink_fback),
	DUMP(DUMP_UEID, netlink_dump_ueid),
	SET_UEID(ADD_UEID, netlink_add_ueid),
	SET_UEID(REMOVE_UEID, netlink_remove_ueid),
	SET(FLUSH_UEID, netlink_flush_ueid),
	DUMP(DUMP_SEID, netlink_dump_seid),
	SET(ENABLE_SEID, netlink_set_seid),
	SET(DISABLE_SEID, netlink_set_seid),
	DUMP(DUMP_HS_LIMITATION, netlink_dump_hs_limitation),
	SET(ENABLE_HS_LIMITATION, netlink_enable_hs_limitation),
	SET(DISABLE_HS_LIMITATION, netlink_disable_hs_limitation),
};

static struct genl_family family __ro_after_init = {
	.name = SMC_GENL_FAMILY_NAME,
	.version = SMC_GENL_FAMILY_VERSION,
	.maxattr = SMC_NLA_EID_TABLE_MAX,
	.policy = no_attr_policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = SMC_NETLINK_DISABLE_HS_LIMITATION + 1,
};

/* It has the same name, and does nothing. */
static struct genl_family nobody __ro_after_init = {
	.name = SMC_GENL_FAMILY_NAME,
	.version = SMC_GENL_FAMILY_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
};

int __init smcx_netlink_alone(void)
{
	int err = genl_register_family(&nobody);

	if (err) {
		pr_err("not loaded: another SMC stack (in-tree: module smc) is there\n");
		return err;
	}
	genl_unregister_family(&nobody);
	return 0;
}

int __init smcx_netlink_init(void)
{
	return genl_register_family(&family);
}

void smcx_netlink_exit(void)
{
	genl_unregister_family(&family);
}
