// SPDX-License-Identifier: GPL-2.0
/*
 * RDMA devices. The one that serves a connection is found as its packets would go: by the route to
 * the peer, whose network device the GIDs of an RDMA device name, and by the address that the
 * connection has here. Where the administrator has given a PNET ID to that network device, it is a
 * port with the same ID, and a GID in the subnet of the address.
 */
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/route.h>
#include <rdma/ib_cache.h>

#include "group.h"
#include "net.h"
#include "path.h"
#include "rdev.h"
#include "smc_codec.h"
#include "sock.h"

static LIST_HEAD(rdev_list);
static DEFINE_MUTEX(rdev_mutex);
static u8 rdev_mac[SMCW_MAC_LEN]; /* of the first device ever: rdev_mutex */
static u16 rdev_instance;

void smcx_rdev_put(struct smcx_rdev *rdev)
{
	/* rdev_remove() frees it when it has had the mutex after the last one. */
	mutex_lock(&rdev_mutex);
	if (atomic_dec_and_test(&rdev->users))
		wake_up(&rdev->unused);
	mutex_unlock(&rdev_mutex);
}

void smcx_rdev_peer_id(const struct smcx_sock *smc, u8 *id)
{
	mutex_lock(&rdev_mutex);
	if (!is_zero_ether_addr(rdev_mac)) {
		smcw_put16(id, rdev_instance + (u16)sock_net(&smc->sk)->net_cookie);
		memcpy(id + 2, rdev_mac, SMCW_MAC_LEN);
	}
	mutex_unlock(&rdev_mutex);
}

/* ---- the GID for a connection ------------------------------------------------------------ */

/* An IPv4 connection, also on an IPv6 socket, to a peer without a gateway. */
static struct rtable *rdev_route(const struct sock *clcsk)
{
	struct flowi4 flow = {
		.daddr = clcsk->sk_daddr,
		.saddr = clcsk->sk_rcv_saddr,
		.flowi4_oif = READ_ONCE(clcsk->sk_bound_dev_if),
		.flowi4_mark = READ_ONCE(clcsk->sk_mark),
		.flowi4_proto = IPPROTO_TCP,
	};
	struct rtable *rt;

#if IS_ENABLED(CONFIG_IPV6)
	if (clcsk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&clcsk->sk_v6_daddr))
		return NULL;
#endif
	rt = ip_route_output_key(sock_net(clcsk), &flow);
	if (IS_ERR(rt))
		return NULL;
	if (!rt->rt_uses_gateway)
		return rt;
	ip_rt_put(rt);
	return NULL;
}

/* The wishes that a GID has to fit. */
struct wanted {
	struct net_device *netdev;
	__be32 addr;			  /* of the connection */
	char pnetid[SMCX_PNETID_LEN + 1]; /* of netdev; empty: none */
};

/* Is it an address of @ndev in the subnet of ours? Under RCU. */
static bool rdev_same_subnet(const struct net_device *ndev, __be32 gid_addr, __be32 addr)
{
	const struct in_device *in_dev = __in_dev_get_rcu(ndev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	for (ifa = rcu_dereference(in_dev->ifa_list); ifa; ifa = rcu_dereference(ifa->ifa_next))
		if (ifa->ifa_local == gid_addr && inet_ifa_match(addr, ifa))
			return true;
	return false;
}

/* The GID that names the connection's network device and address. NULL: not here. */
static const struct ib_gid_attr *rdev_gid_of_addr(struct ib_device *ib, u32 port,
						  const struct wanted *wanted)
{
	const struct ib_gid_attr *attr;
	union ib_gid gid;

	ipv6_addr_set_v4mapped(wanted->addr, (struct in6_addr *)&gid);
	attr = rdma_find_gid_by_port(ib, &gid, IB_GID_TYPE_ROCE_UDP_ENCAP, port, wanted->netdev);
	return IS_ERR(attr) ? NULL : attr;
}

static bool rdev_gid_in_subnet(const struct ib_gid_attr *attr, __be32 wanted)
{
	struct net_device *ndev;
	bool fits = false;
	__be32 addr;

	memcpy(&addr, attr->gid.raw + 12, sizeof(addr));
	if (attr->gid_type != IB_GID_TYPE_ROCE_UDP_ENCAP ||
	    !ipv6_addr_v4mapped((const struct in6_addr *)&attr->gid))
		return false;
	rcu_read_lock();
	ndev = rdma_read_gid_attr_ndev_rcu(attr);
	if (!IS_ERR_OR_NULL(ndev))
		fits = rdev_same_subnet(ndev, addr, wanted);
	rcu_read_unlock();
	return fits;
}

/* With a PNET ID: a GID in the subnet of the connection's address. NULL: none. */
static const struct ib_gid_attr *rdev_gid_of_subnet(struct ib_device *ib, u32 port,
						    const struct wanted *wanted)
{
	const struct ib_gid_attr *attr;
	int i;

	for (i = 0; i < ib->port_data[port].immutable.gid_tbl_len; i++) {
		attr = rdma_get_gid_attr(ib, port, i);
		if (IS_ERR(attr))
			continue;
		if (rdev_gid_in_subnet(attr, wanted->addr))
			return attr;
		rdma_put_gid_attr(attr);
	}
	return NULL;
}

/* A network device with a PNET ID is served by ports that have the same one. */
static bool rdev_pnet_fits(const struct smcx_rdev *rdev, u32 port, const struct wanted *wanted)
{
	char id[SMCX_PNETID_LEN + 1];

	if (!*wanted->pnetid)
		return true;
	return smcx_pnet_of(&init_net, dev_name(&rdev->ib->dev), port, id) &&
	       !strcmp(id, wanted->pnetid);
}

static u32 rdev_ifindex(const struct ib_gid_attr *attr)
{
	struct net_device *ndev;
	u32 ifindex;

	rcu_read_lock();
	ndev = rdma_read_gid_attr_ndev_rcu(attr);
	ifindex = IS_ERR_OR_NULL(ndev) ? 0 : ndev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

/* From what ib_core keeps: a device may take long to answer, and others wait for rdev_mutex. */
static bool rdev_port_active(struct ib_device *ib, u32 port)
{
	enum ib_port_state state;

	return !ib_get_cached_port_state(ib, port, &state) && state == IB_PORT_ACTIVE;
}

static bool rdev_find_gid(struct smcx_rdev *rdev, u32 port, const struct wanted *wanted,
			  struct smcx_rgid *gid)
{
	const struct ib_gid_attr *attr;
	bool found;

	if (!rdma_protocol_roce(rdev->ib, port) || !rdev_pnet_fits(rdev, port, wanted) ||
	    !rdev_port_active(rdev->ib, port))
		return false;
	attr = *wanted->pnetid ? rdev_gid_of_subnet(rdev->ib, port, wanted) :
				 rdev_gid_of_addr(rdev->ib, port, wanted);
	if (!attr)
		return false;
	gid->ifindex = rdev_ifindex(attr);
	memcpy(gid->gid, attr->gid.raw, sizeof(gid->gid));
	found = !rdma_read_gid_l2_fields(attr, NULL, gid->mac);
	gid->index = attr->index;
	gid->port = port;
	rdma_put_gid_attr(attr);
	return found;
}

/* ---- those who list devices ------------------------------------------------------------------ */

static void rdev_describe_port(struct ib_device *ib, u32 port, struct smcx_device_port *to)
{
	const struct ib_gid_attr *attr;

	to->active = rdev_port_active(ib, port);
	attr = rdma_get_gid_attr(ib, port, 0);
	if (IS_ERR(attr))
		return;
	to->ifindex = rdev_ifindex(attr);
	rdma_put_gid_attr(attr);
}

int smcx_rdev_describe(unsigned int n, struct smcx_device *device)
{
	struct smcx_rdev *rdev;
	int err = -ENOENT;
	u32 i;

	mutex_lock(&rdev_mutex);
	list_for_each_entry(rdev, &rdev_list, link) {
		if (rdev->dying || n--)
			continue;
		strscpy(device->name, dev_name(&rdev->ib->dev), sizeof(device->name));
		device->ports = min_t(u32, rdev->ib->phys_port_cnt, SMCX_DEVICE_PORTS);
		for (i = 0; i < device->ports; i++)
			rdev_describe_port(rdev->ib, i + 1, &device->port[i]);
		err = 0;
		break;
	}
	mutex_unlock(&rdev_mutex);
	return err;
}

/* ---- the device for a connection ------------------------------------------------------------- */

static bool rdev_serves(struct smcx_rdev *rdev, const struct net *net, const struct wanted *wanted,
			struct smcx_rgid *gid)
{
	u32 port;

	lockdep_assert_held(&rdev_mutex);
	if (rdev->dying || !rdma_dev_access_netns(rdev->ib, net))
		return false;
	for (port = rdma_start_port(rdev->ib); port <= rdma_end_port(rdev->ib); port++)
		if (rdev_find_gid(rdev, port, wanted, gid))
			return true;
	return false;
}

struct smcx_rdev *smcx_rdev_find(struct smcx_sock *smc, struct smcx_rgid *gid)
{
	const struct sock *clcsk = smc->tcp.sk;
	struct wanted wanted = { .addr = clcsk->sk_rcv_saddr };
	struct smcx_rdev *rdev, *found = NULL;
	struct net *net = sock_net(clcsk);
	struct rtable *rt;

	smcx_assert_locked(smc);
	rt = rdev_route(clcsk);
	if (!rt)
		return NULL;
	wanted.netdev = rt->dst.dev;
	smcx_pnet_of(net, wanted.netdev->name, 0, wanted.pnetid);
	mutex_lock(&rdev_mutex);
	list_for_each_entry(rdev, &rdev_list, link) {
		if (!rdev_serves(rdev, net, &wanted, gid))
			continue;
		found = rdev;
		atomic_inc(&rdev->users);
		break;
	}
	mutex_unlock(&rdev_mutex);
	ip_rt_put(rt);
	return found;
}

/* ---- devices come and go ------------------------------------------------------------------ */

/* Any context. */
static void rdev_event(struct ib_event_handler *handler, struct ib_event *event)
{
	struct smcx_rdev *rdev = container_of(handler, struct smcx_rdev, events);

	switch (event->event) {
	case IB_EVENT_PORT_ERR:
		smcx_group_device_lost(rdev, event->element.port_num);
		break;
	case IB_EVENT_DEVICE_FATAL:
		smcx_group_device_lost(rdev, 0);
		break;
	default:
		break;
	}
}

static void rdev_note_mac(struct ib_device *ib)
{
	const struct ib_gid_attr *attr;
	u8 none[SMCW_MAC_LEN] = {};

	lockdep_assert_held(&rdev_mutex);
	if (memcmp(rdev_mac, none, sizeof(none)))
		return;
	attr = rdma_get_gid_attr(ib, rdma_start_port(ib), 0);
	if (IS_ERR(attr)) {
		eth_random_addr(rdev_mac);
		return;
	}
	if (rdma_read_gid_l2_fields(attr, NULL, rdev_mac))
		eth_random_addr(rdev_mac);
	rdma_put_gid_attr(attr);
}

static struct ib_client rdev_client;

static int rdev_add(struct ib_device *ib)
{
	struct smcx_rdev *rdev;

	if (ib->node_type != RDMA_NODE_IB_CA)
		return -EOPNOTSUPP;
	rdev = kzalloc(sizeof(*rdev), GFP_KERNEL);
	if (!rdev)
		return -ENOMEM;
	rdev->ib = ib;
	init_waitqueue_head(&rdev->unused);
	ib_set_client_data(ib, &rdev_client, rdev);
	INIT_IB_EVENT_HANDLER(&rdev->events, ib, rdev_event);
	ib_register_event_handler(&rdev->events);
	mutex_lock(&rdev_mutex);
	rdev_note_mac(ib);
	list_add_tail(&rdev->link, &rdev_list);
	mutex_unlock(&rdev_mutex);
	return 0;
}

/* Waits for nothing that a peer can put off. */
static void rdev_remove(struct ib_device *ib, void *data)
{
	struct smcx_rdev *rdev = data;

	might_sleep();
	mutex_lock(&rdev_mutex);
	rdev->dying = true;
	list_del(&rdev->link);
	mutex_unlock(&rdev_mutex);
	ib_unregister_event_handler(&rdev->events);
	/* Somebody may be about to make one more: ask again. */
	do
		smcx_group_device_lost(rdev, 0);
	while (!wait_event_timeout(rdev->unused, !atomic_read(&rdev->users), HZ / 10));
	mutex_lock(&rdev_mutex);
	mutex_unlock(&rdev_mutex);
	kfree(rdev);
}

static struct ib_client rdev_client = { .name = "smcx", .add = rdev_add, .remove = rdev_remove };

int __init smcx_rdev_init(void)
{
	rdev_instance = get_random_u32();
	return ib_register_client(&rdev_client);
}

void smcx_rdev_exit(void)
{
	ib_unregister_client(&rdev_client);
}
