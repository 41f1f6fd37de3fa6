// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink GET_LGR_SMCR, GET_LINK_SMCR and GET_DEV_SMCR, as the in-tree stack answers them.
 * All is read from struct smcx_lgr, but the devices, for which smcx_rdma.ko is asked.
 */
#include "compat.h"
#include "conn.h"
#include "lgr.h"
#include "net.h"
#include "netlink.h"
#include "path.h"
#include "pnet.h"
#include "uapi.h"

/* ---- link groups ------------------------------------------------------------------------------
 */

static int netlink_put_v2(struct sk_buff *skb, const struct smcx_lgr *lgr)
{
	struct nlattr *attrs = nla_nest_start(skb, SMC_NLA_LGR_R_V2);

	if (!attrs || nla_put_u8(skb, SMC_NLA_LGR_R_V2_DIRECT, 1) ||
	    nla_put_u8(skb, SMCX_NLA_LGR_R_V2_MAX_CONNS, lgr->max_conns) ||
	    nla_put_u8(skb, SMCX_NLA_LGR_R_V2_MAX_LINKS, SMCX_GROUP_LINKS))
		return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

static int netlink_put_smcr_locked(struct sk_buff *skb, const struct smcx_lgr *lgr,
				   const char *pnetid) __must_hold(&lgr->lock)
{
	const struct smcx_netlink_bytes bytes = smcx_netlink_bytes_locked(lgr);

	lockdep_assert_held(&lgr->lock);
	return nla_put_u32(skb, SMC_NLA_LGR_R_ID, lgr->id) ||
	       nla_put_u32(skb, SMC_NLA_LGR_R_CONNS_NUM, lgr->conn_count) ||
	       nla_put_u8(skb, SMC_NLA_LGR_R_ROLE, lgr->role) ||
	       nla_put_u8(skb, SMC_NLA_LGR_R_TYPE, SMCX_NLA_LGR_SINGLE) ||
	       nla_put_u8(skb, SMC_NLA_LGR_R_BUF_TYPE, SMCX_NLA_BUF_CONTIGUOUS) ||
	       nla_put_u8(skb, SMC_NLA_LGR_R_VLAN_ID, lgr->vlan) ||
	       nla_put_u64_64bit(skb, SMC_NLA_LGR_R_NET_COOKIE, lgr->net_cookie,
				 SMC_NLA_LGR_R_PAD) ||
	       nla_put_string(skb, SMC_NLA_LGR_R_PNETID, pnetid) ||
	       smcx_nla_put_uint(skb, SMCX_NLA_LGR_R_SNDBUF_ALLOC, bytes.send) ||
	       smcx_nla_put_uint(skb, SMCX_NLA_LGR_R_RMB_ALLOC, bytes.receive) ||
	       smcx_netlink_put_lgr_v2(skb, lgr, SMC_NLA_LGR_R_V2_COMMON) ||
	       netlink_put_v2(skb, lgr);
}

static int netlink_fill_smcr(struct sk_buff *skb, void *what)
{
	char pnetid[SMCX_PNETID_LEN + 1] = "";
	struct smcx_lgr *lgr = what;
	int full;

	smcx_pnet_of(&init_net, lgr->link.device, lgr->link.port, pnetid);
	spin_lock_bh(&lgr->lock);
	full = netlink_put_smcr_locked(skb, lgr, pnetid);
	spin_unlock_bh(&lgr->lock);
	return full;
}

/* ---- links ------------------------------------------------------------------------------------
 */

static int netlink_put_gid_text(struct sk_buff *skb, int type, const u8 *gid)
{
	char text[sizeof("0000:0000:0000:0000:0000:0000:0000:0000")];

	snprintf(text, sizeof(text), "%pI6", gid);
	return nla_put_string(skb, type, text);
}

static int netlink_put_link_locked(struct sk_buff *skb, const struct smcx_lgr *lgr)
	__must_hold(&lgr->lock)
{
	const struct smcx_lgr_link *link = &lgr->link;
	u32 state = lgr->dying	? SMCX_NLA_LINK_INACTIVE :
		    lgr->usable ? SMCX_NLA_LINK_ACTIVE :
				  SMCX_NLA_LINK_ACTIVATING;

	lockdep_assert_held(&lgr->lock);
	return nla_put_u8(skb, SMC_NLA_LINK_ID, link->number) ||
	       nla_put_u32(skb, SMC_NLA_LINK_STATE, state) ||
	       nla_put_u32(skb, SMC_NLA_LINK_CONN_CNT, lgr->conn_count) ||
	       nla_put_u8(skb, SMC_NLA_LINK_IB_PORT, link->port) ||
	       nla_put_u32(skb, SMC_NLA_LINK_NET_DEV, link->ifindex) ||
	       nla_put(skb, SMC_NLA_LINK_UID, sizeof(link->uid), link->uid) ||
	       nla_put(skb, SMC_NLA_LINK_PEER_UID, sizeof(link->peer_uid), link->peer_uid) ||
	       nla_put_string(skb, SMC_NLA_LINK_IB_DEV, link->device) ||
	       netlink_put_gid_text(skb, SMC_NLA_LINK_GID, lgr->gid) ||
	       netlink_put_gid_text(skb, SMC_NLA_LINK_PEER_GID, lgr->peer_gid);
}

static int netlink_fill_link(struct sk_buff *skb, void *what)
{
	struct smcx_lgr *lgr = what;
	int full;

	spin_lock_bh(&lgr->lock);
	full = netlink_put_link_locked(skb, lgr);
	spin_unlock_bh(&lgr->lock);
	return full;
}

/* A message for the group, and with @links one for its link. */
static int netlink_put_group(struct sk_buff *skb, struct netlink_callback *cb, struct smcx_lgr *lgr,
			     bool links)
{
	unsigned int before = skb->len;
	int err = smcx_netlink_put(skb, cb, SMC_NETLINK_GET_LGR_SMCR, SMC_GEN_LGR_SMCR,
				   netlink_fill_smcr, lgr);

	if (err || !links)
		return err;
	err = smcx_netlink_put(skb, cb, SMC_NETLINK_GET_LINK_SMCR, SMC_GEN_LINK_SMCR,
			       netlink_fill_link, lgr);
	if (err)
		nlmsg_trim(skb, skb->data + before);
	return err;
}

/* cb->args[0]: id of the last link group that was reported. */
static int netlink_dump_groups(struct sk_buff *skb, struct netlink_callback *cb, bool links)
{
	u64 cookie = smcx_netlink_net_cookie(cb);
	struct smcx_lgr *lgr;
	int err = 0;

	while (!err && (lgr = smcx_netlink_next_lgr(cb->args[0], cookie, false))) {
		err = netlink_put_group(skb, cb, lgr, links);
		if (!err)
			cb->args[0] = lgr->id;
		smcx_lgr_put(lgr);
	}
	return skb->len;
}

int smcx_netlink_lgr_smcr(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_dump_groups(skb, cb, false);
}

int smcx_netlink_link_smcr(struct sk_buff *skb, struct netlink_callback *cb)
{
	return netlink_dump_groups(skb, cb, true);
}

/* ---- devices ----------------------------------------------------------------------------------
 */

/* A device, and how many link groups that may be seen are on each port of it. */
struct netlink_device {
	struct smcx_device device;
	u32 lgrs[SMCX_DEVICE_PORTS];
};

static void netlink_count_groups(struct netlink_device *d, u64 net_cookie)
{
	struct smcx_lgr *lgr;
	u32 id = 0, port;

	while ((lgr = smcx_netlink_next_lgr(id, net_cookie, false))) {
		id = lgr->id;
		port = lgr->link.port - 1;
		if (port < SMCX_DEVICE_PORTS && !strcmp(lgr->link.device, d->device.name))
			d->lgrs[port]++;
		smcx_lgr_put(lgr);
	}
}

static int netlink_put_device_port(struct sk_buff *skb, const struct netlink_device *d, u32 port)
{
	struct nlattr *attrs = nla_nest_start(skb, port ? SMC_NLA_DEV_PORT2 : SMC_NLA_DEV_PORT);
	const struct smcx_device_port *at = &d->device.port[port];
	char pnetid[SMCX_PNETID_LEN + 1] = "";
	bool by_user = smcx_pnet_of(&init_net, d->device.name, port + 1, pnetid);

	if (!attrs || nla_put_u8(skb, SMC_NLA_DEV_PORT_PNET_USR, by_user) ||
	    nla_put_string(skb, SMC_NLA_DEV_PORT_PNETID, pnetid) ||
	    nla_put_u32(skb, SMC_NLA_DEV_PORT_NETDEV, at->ifindex) ||
	    nla_put_u8(skb, SMC_NLA_DEV_PORT_STATE, at->active) ||
	    nla_put_u8(skb, SMC_NLA_DEV_PORT_VALID, 1) ||
	    nla_put_u32(skb, SMC_NLA_DEV_PORT_LNK_CNT, d->lgrs[port]))
		return -EMSGSIZE;
	nla_nest_end(skb, attrs);
	return 0;
}

static int netlink_fill_device(struct sk_buff *skb, void *what)
{
	const struct netlink_device *d = what;
	u32 port, lgrs = 0;

	for (port = 0; port < d->device.ports; port++)
		lgrs += d->lgrs[port];
	if (nla_put_u8(skb, SMC_NLA_DEV_IS_CRIT, lgrs > 0) ||
	    nla_put_u32(skb, SMC_NLA_DEV_USE_CNT, lgrs) ||
	    nla_put_string(skb, SMC_NLA_DEV_IB_NAME, d->device.name))
		return -EMSGSIZE;
	for (port = 0; port < d->device.ports; port++)
		if (netlink_put_device_port(skb, d, port))
			return -EMSGSIZE;
	return 0;
}

static void netlink_dump_devices_of(struct sk_buff *skb, struct netlink_callback *cb,
				    const struct smcx_path *path)
{
	struct netlink_device d;

	if (!path->device)
		return;
	for (;; cb->args[0]++) {
		memset(&d, 0, sizeof(d));
		if (path->device(cb->args[0], &d.device))
			return;
		netlink_count_groups(&d, smcx_netlink_net_cookie(cb));
		if (smcx_netlink_put(skb, cb, SMC_NETLINK_GET_DEV_SMCR, SMC_GEN_DEV_SMCR,
				     netlink_fill_device, &d))
			return;
	}
}

/* cb->args[0]: devices that were reported. */
int smcx_netlink_dev_smcr(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct smcx_path *path;
	int i;

	for (i = 0; i < SMCX_PATHS; i++) {
		path = smcx_path_get(i);
		if (path)
			netlink_dump_devices_of(skb, cb, path);
		smcx_path_put(path);
	}
	return skb->len;
}
