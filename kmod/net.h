/* SPDX-License-Identifier: GPL-2.0 */
/* Each network namespace's own: its sockets, settings and counters. */
#ifndef SMCX_NET_H
#define SMCX_NET_H

#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

struct smcx_sock;
struct smcx_stats;
struct smcx_fback;
struct smcx_pnet;
struct ctl_table_header;

/* The reach of the device. The stricter one of a connection's two ends decides. */
enum smcx_loopback {
	SMCX_LOOPBACK_OFF,  /* nobody: sockets are TCP's */
	SMCX_LOOPBACK_SAME, /* this network namespace */
	SMCX_LOOPBACK_ALL,  /* all of the machine */
};

#define SMCX_GROUP_LINKS 1 /* of a link group of SMC-R */

/* The settings that net.smc.* shows; plain words, read with READ_ONCE(). */
struct smcx_sysctl {
	unsigned int autocorking_size; /* bytes; for compatibility, see docs/kmod.md */
	unsigned int buf_type;	       /* SMC-R only */
	int testlink_time;	       /* SMC-R only, jiffies */
	int wmem;		       /* bytes */
	int rmem;		       /* bytes, decides the size of the DMB */
	int max_links_per_lgr;	       /* SMC-R only: SMCX_GROUP_LINKS */
	int max_conns_per_lgr;	       /* SMC-R only */
	int loopback;		       /* enum smcx_loopback */
	unsigned int spin_usec; /* a reader may spin as long before it sleeps; 0: not at all */
	int limit_hs; /* for new sockets. Not 0: TCP beyond as many handshakes as the backlog */
};

struct smcx_net {
	struct xarray socks; /* id -> struct smcx_sock, see smcx_net_next_sock() */
	u32 next_id;
	struct smcx_sysctl sysctl;
	struct ctl_table_header *sysctl_header; /* sysctl.c's */
	struct smcx_stats __percpu *stats;	/* SMCX_TECHS of them: smcx_stats.h */
	struct smcx_fback *fback;		/* smcx_stats.h */
	struct smcx_pnet *pnet;			/* pnet.h */
	struct smcx_share *share;		/* share.h */
};

extern unsigned int smcx_net_id;

static inline struct smcx_net *smcx_net(const struct net *net)
{
	return net_generic(net, smcx_net_id);
}

/* May sockets of this namespace offer SMC? */
static inline bool smcx_net_offers(const struct net *net)
{
	return READ_ONCE(smcx_net(net)->sysctl.loopback) != SMCX_LOOPBACK_OFF;
}

/* May a socket of the one namespace be connected with one of the other? */
static inline bool smcx_net_reaches(const struct net *net, const struct net *other)
{
	int least = min(READ_ONCE(smcx_net(net)->sysctl.loopback),
			READ_ONCE(smcx_net(other)->sysctl.loopback));

	return least == SMCX_LOOPBACK_ALL || (least == SMCX_LOOPBACK_SAME && net_eq(net, other));
}

/**
 * smcx_net_next_sock() - walk the SMC sockets of a network namespace.
 * @net: the namespace
 * @after: id of the socket before the wanted one; 0 for the first
 *
 * Sockets are visited in ascending order of smcx_sock.id, so a dump that is
 * interrupted goes on with the id it saw last. Any context that may take a
 * reference; no lock is held on return.
 *
 * Return: the next socket, with a reference that the caller drops with
 * sock_put(), or NULL at the end.
 */
struct smcx_sock *smcx_net_next_sock(struct net *net, u32 after);

/**
 * smcx_net_add_sock() - let a socket be found; the last step of its creation.
 * @smc: whole in all its parts; gets its id
 *
 * Process context. Return: 0, -ENOMEM or -EBUSY.
 */
int smcx_net_add_sock(struct smcx_sock *smc);

/* The end of smcx_net_add_sock(); more than once does no harm. */
void smcx_net_del_sock(struct smcx_sock *smc);

/**
 * smcx_pnet_of() - the PNET ID that an administrator gave to a network interface or an RDMA port.
 * @net: of the interface; RDMA devices are the initial namespace's
 * @name: its name
 * @port: of an RDMA device; 0: a network interface
 * @id: room for SMCX_PNETID_LEN + 1 bytes; an empty string if there is none
 *
 * Process context. Return: whether there is one.
 */
bool smcx_pnet_of(struct net *net, const char *name, u32 port, char *id);

/**
 * smcx_pnet_dev_serves() - is the loopback-ism device for this network namespace?
 * @net: it
 *
 * As in net/smc: one with a PNET ID is for those where a network device has the same one.
 *
 * Process context.
 */
bool smcx_pnet_dev_serves(struct net *net);
#define SMCX_PNETID_LEN 16

int smcx_net_register(void);
void smcx_net_unregister(void);

#endif
