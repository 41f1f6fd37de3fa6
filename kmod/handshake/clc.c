// SPDX-License-Identifier: GPL-2.0
/* CLC messages: built, sent, received, whole or not at all. Their meaning is in hs.c. */
#include <linux/utsname.h>
#include <net/addrconf.h>
#include <net/route.h>

#include "clc.h"
#include "eid.h"
#include "fault.h"
#include "path.h"
#include "sock.h"
#include "trace.h"

#define RELEASE 1 /* SMC version 2.1 */

/*
 * Tolerance of a receiver: later releases may add parts to an answer, and hs.c
 * has a reason code for the other, which leaves bytes without a part. Else a
 * Proposal is the sum of its parts.
 */
static u32 clc_faults_borne(const struct smcx_hs *hs, const struct smcw_layout *layout)
{
	const struct smcw_clc_hdr *hdr = (const struct smcw_clc_hdr *)hs->buf;

	if (layout->type == SMCW_PROPOSAL &&
	    smcw_get_bits(hdr->flags, SMCW_CLC_VERSION) <= SMCW_V2 &&
	    !(layout->faults & SMCW_FAULT_SMCD_V2_EXT))
		return 0;
	return SMCW_FAULT_UNCLAIMED | SMCW_FAULT_SMCD_V2_EXT;
}

/* A control message that asks for no time stamp, whatever the application has set for its bytes. */
struct no_stamp {
	struct cmsghdr hdr;
	u32 flags;
} __aligned(sizeof(size_t));

/*
 * A time stamp comes out of the error queue with the bytes that it is for, and these are not the
 * application's to see: a GID and a token are what it takes to attach to a DMB.
 */
static int clc_send_bytes(struct smcx_sock *smc, void *bytes, size_t len)
{
	struct no_stamp no_stamp = {
		.hdr = {
			.cmsg_len = CMSG_LEN(sizeof(no_stamp.flags)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SO_TIMESTAMPING_OLD,
		},
	};
	struct msghdr msg = {
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL,
		.msg_control = &no_stamp,
		.msg_controllen = sizeof(no_stamp),
	};
	struct kvec vec = { .iov_base = bytes, .iov_len = len };
	int n = kernel_sendmsg(smc->tcp.sock, &msg, &vec, 1, len);

	/* The first bytes of a connection fit, or it is not one. */
	return n == (int)len ? 0 : n < 0 ? n : -ENOBUFS;
}

static int clc_send_split(struct smcx_sock *smc, u8 *bytes, size_t len)
{
	int err = 0;

	for (; len && !err; len--)
		err = clc_send_bytes(smc, bytes++, 1);
	return err;
}

/* Knobs for what every message has. Returns the length to send. */
static noinline size_t clc_break_any(struct sock *sk, u8 *msg, size_t len)
{
	struct smcw_clc_hdr *hdr = (struct smcw_clc_hdr *)msg;

	if (smcx_fault(clc_eyecatcher, sk))
		hdr->eyecatcher[0] ^= 0xff;
	if (smcx_fault(clc_trailer, sk))
		msg[len - 1] ^= 0xff;
	if (smcx_fault(clc_length, sk))
		smcw_put16(&hdr->length, len + 1);
	if (smcx_fault(clc_short, sk))
		smcw_put16(&hdr->length, sizeof(*hdr));
	if (smcx_fault(clc_type, sk))
		hdr->type = 9;
	if (smcx_fault(clc_version, sk))
		hdr->flags &= ~SMCW_CLC_VERSION;
	if (smcx_fault(clc_garbage, sk))
		msg[len++] = 0xa5;
	return len;
}

static int clc_send_msg(struct smcx_sock *smc, u8 *msg, int len)
{
	struct sock *sk = &smc->sk;

	if (len < 0)
		return len;
	if (smcx_fault(clc_send, sk))
		return -ENOBUFS;
	if (smcx_faults())
		len = clc_break_any(sk, msg, len);
	trace_smcx_clc_msg(sk, SMCX_TRACE_TX, msg, len);
	return smcx_fault(clc_split, sk) ? clc_send_split(smc, msg, len) :
					   clc_send_bytes(smc, msg, len);
}

static noinline void clc_break_proposal(struct sock *sk, u8 *msg)
{
	const struct smcw_piece *piece;
	struct smcw_clc_hdr *hdr = (struct smcw_clc_hdr *)msg;
	struct smcw_layout layout;

	if (smcw_clc_layout(msg, smcw_get16(&hdr->length), &layout))
		return;
	piece = smcw_layout_find(&layout, SMCW_PART_v2_ext);
	if (piece && smcx_fault(prop_eid_count, sk))
		((struct smcw_v2_ext *)(msg + piece->off))->eid_count += 3;
	if (piece && smcx_fault(prop_gid_single, sk))
		((struct smcw_v2_ext *)(msg + piece->off))->gid_count = 1;
	piece = smcw_layout_find(&layout, SMCW_PART_gid_chid);
	if (piece && smcx_fault(prop_chid, sk))
		smcw_put16(&((struct smcw_gid_chid *)(msg + piece->off))[1].chid, 0xfffe);
	if (smcx_fault(prop_no_d, sk))
		hdr->flags =
			(hdr->flags & ~SMCW_CLC_TYPEV2) | smcw_bits(SMCW_CLC_TYPEV2, SMCW_TYPE_N);
}

/* Ask all paths. Return: 0, or -ENOENT if none has anything to offer. */
static int clc_collect_offers(struct smcx_sock *smc, struct smcx_offer *offer)
{
	const struct smcx_path *path;
	int i, err = -ENOENT;

	memset(offer, 0, sizeof(*offer));
	offer->typev1 = SMCW_TYPE_N;
	offer->typev2 = SMCW_TYPE_N;
	for (i = 0; i < SMCX_PATHS; i++) {
		path = smcx_path_get(i);
		if (path && !path->offer(smc, offer))
			err = 0;
		smcx_path_put(path);
	}
	return err;
}

/**
 * smcx_clc_send_proposal() - offer what the paths have.
 * @smc: lock_sock() held, TCP connected
 *
 * Return: 0, -ENOENT without a path or an EID to offer, or -errno of TCP.
 */
int smcx_clc_send_proposal(struct smcx_sock *smc)
{
	struct smcw_proposal base = {};
	static const struct smcw_proposal_smcd smcd;
	static const struct smcw_smcd_v2_ext smcd_v2;
	struct smcw_v2_ext v2 = {
		.flags = smcw_bits(SMCW_RELEASE_HI, RELEASE),
		.feature_mask = cpu_to_be16(SMCX_FEATURES),
	};
	struct smcw_eid eid[SMCX_MAX_UEID];
	struct smcw_proposal_parts parts = {
		.version = SMCW_V2,
		.eid_count = smcx_eid_list(eid),
		.base = &base,
		.smcd = &smcd,
		.v2 = &v2,
		.eid = eid,
		.smcd_v2 = &smcd_v2,
	};
	struct smcx_offer offer;
	int len;

	smcx_assert_locked(smc);
	if (!parts.eid_count || smcx_fault(no_eid, &smc->sk) || clc_collect_offers(smc, &offer))
		return -ENOENT;
	parts.typev1 = offer.typev1;
	parts.typev2 = offer.typev2;
	parts.gid_count = offer.gid_count;
	parts.gid = offer.gid;
	memcpy(base.peer_id, offer.peer_id, sizeof(base.peer_id));
	memcpy(base.mac, offer.mac, sizeof(base.mac));
	memcpy(v2.roce_gid, offer.roce_gid, sizeof(v2.roce_gid));
	/* Numbers of connections and links are sent for SMC-R only. */
	v2.max_conns = offer.max_conns;
	v2.max_links = offer.max_links;
	len = smcw_proposal_build(&parts, smc->hs.run->buf, sizeof(smc->hs.run->buf) - 1);
	if (len > 0 && smcx_faults())
		clc_break_proposal(&smc->sk, smc->hs.run->buf);
	return clc_send_msg(smc, smc->hs.run->buf, len);
}

/* Is the peer an address of our network namespace, and so a socket in it? */
static bool clc_peer_is_local(const struct sock *clcsk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (clcsk->sk_family == AF_INET6 && !ipv6_addr_v4mapped(&clcsk->sk_v6_daddr))
		return ipv6_chk_addr(sock_net(clcsk), &clcsk->sk_v6_daddr, NULL, 0);
#endif
	return inet_addr_type(sock_net(clcsk), clcsk->sk_daddr) == RTN_LOCAL;
}

/* The host's name is the host's: no container learns it. */
const char *smcx_clc_hostname(const struct net *net)
{
	return net_eq(net, &init_net) ? init_utsname()->nodename : "";
}

static void clc_fill_fce(struct smcw_fce *fce, u8 release, const struct sock *clcsk)
{
	const char *name = clc_peer_is_local(clcsk) ? smcx_clc_hostname(sock_net(clcsk)) : "";

	memset(fce, 0, sizeof(*fce));
	fce->os_release = smcw_bits(SMCW_OS_HI, SMCW_OS_LINUX) | release;
	memset(fce->hostname, ' ', sizeof(fce->hostname));
	memcpy(fce->hostname, name, strnlen(name, sizeof(fce->hostname)));
}

static noinline void clc_break_answer(struct sock *sk, struct smcw_accept_parts *parts,
				      struct smcw_accept_smcd *smcd, struct smcw_accept_smcd_v2 *v2)
{
	if (smcx_fault(acc_gid, sk))
		smcd->gid ^= cpu_to_be64(1);
	if (smcx_fault(acc_chid, sk))
		smcw_put16(&v2->chid, 0xff00);
	if (smcx_fault(acc_token, sk))
		smcd->dmb_token ^= cpu_to_be64(1);
	if (smcx_fault(acc_index, sk))
		smcd->dmbe_idx = 1;
	if (smcx_fault(acc_eid, sk))
		memset(v2->eid, 'X', sizeof(v2->eid));
	if (parts->type == SMCW_ACCEPT && smcx_fault(acc_first, sk))
		parts->first_contact = !parts->first_contact;
}

/**
 * smcx_clc_send_answer() - Accept or Confirm.
 * @smc: lock_sock() held; its path has buffer and link group
 * @type: SMCW_ACCEPT or SMCW_CONFIRM
 *
 * Return: 0 or -errno.
 */
int smcx_clc_send_answer(struct smcx_sock *smc, u8 type)
{
	struct smcx_hs *hs = smc->hs.run;
	struct smcw_fce_v2x v2x = { .feature_mask = cpu_to_be16(hs->features) };
	struct smcx_answer room = {};
	struct smcw_fce fce;
	struct smcw_accept_parts parts = {
		.type = type,
		.version = SMCW_V2,
		.first_contact = hs->first_contact,
	};

	smcx_assert_locked(smc);
	smc->conn.path->answer(smc, &parts, &room);
	if (smcx_faults())
		clc_break_answer(&smc->sk, &parts, &room.smcd, &room.smcd_v2);
	if (parts.first_contact) {
		clc_fill_fce(&fce, hs->release, smc->tcp.sk);
		fce.flags = room.fce_flags;
		parts.fce = &fce;
		v2x.max_conns = room.max_conns;
		v2x.max_links = room.max_links;
		if (hs->release || parts.smcr)
			parts.fce_v2x = &v2x;
	}
	return clc_send_msg(smc, hs->buf, smcw_accept_build(&parts, hs->buf, sizeof(hs->buf) - 1));
}

/* As net/smc: not where the link group is one of SMC-D. */
static void clc_put_peer_id(const struct smcx_sock *smc, u8 *id)
{
	const struct smcx_lgr *lgr = smc->conn.lgr;
	const struct smcx_path *path;
	int i;

	for (i = 0; i < SMCX_PATHS; i++) {
		path = smcx_path_get(i);
		if (path && path->peer_id && (!lgr || lgr->path == path))
			path->peer_id(smc, id);
		smcx_path_put(path);
	}
}

/**
 * smcx_clc_send_decline() - say that this connection stays TCP, and why.
 * @smc: lock_sock() held
 * @reason: enum smcw_decline_reasons
 *
 * Return: 0 or -errno.
 */
int smcx_clc_send_decline(struct smcx_sock *smc, u32 reason)
{
	static const struct smcw_decline_v2 v2;
	u8 version = smc->hs.run->version > SMCW_V1 ? SMCW_V2 : SMCW_V1;
	/* Version 1 has reserved bits there. */
	struct smcw_decline decline = { .os = version > SMCW_V1 ?
						      smcw_bits(SMCW_OS_HI, SMCW_OS_LINUX) :
						      0 };
	struct smcw_decline_parts parts = {
		.version = version,
		.out_of_sync = reason == SMCW_DECL_SYNCERR,
		.decline = &decline,
		.decline_v2 = &v2,
	};

	smcx_assert_locked(smc);
	smcw_put32(&decline.diagnosis, reason);
	clc_put_peer_id(smc, decline.peer_id);
	return clc_send_msg(
		smc, smc->hs.run->buf,
		smcw_decline_build(&parts, smc->hs.run->buf, sizeof(smc->hs.run->buf) - 1));
}

static int clc_recv_some(struct smcx_sock *smc)
{
	struct smcx_hs *hs = smc->hs.run;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec = { .iov_base = hs->buf + hs->have, .iov_len = hs->want - hs->have };
	int n = kernel_recvmsg(smc->tcp.sock, &msg, &vec, 1, vec.iov_len, MSG_DONTWAIT);

	if (n == -EAGAIN)
		return 0;
	if (n == 0)
		return -ECONNRESET;
	if (n > 0)
		hs->have += n;
	return n;
}

/**
 * smcx_clc_recv() - go on receiving a CLC message.
 * @smc: lock_sock() held; the message is in hs->buf when it is whole
 * @layout: filled in then
 *
 * Takes the bytes of one message and no more: what follows may be the
 * application's.
 *
 * Return: its type (>0), 0 when bytes are missing, -EPROTO for what is not
 * CLC, -ECONNRESET at the end of the stream, or -errno of TCP.
 */
int smcx_clc_recv(struct smcx_sock *smc, struct smcw_layout *layout)
{
	struct smcx_hs *hs = smc->hs.run;
	int n;

	smcx_assert_locked(smc);
	if (smcx_fault(clc_recv, &smc->sk))
		return -ECONNRESET;
	for (;;) {
		if (!hs->want)
			hs->want = sizeof(struct smcw_clc_hdr);
		n = clc_recv_some(smc);
		if (n <= 0)
			return n;
		/* A peer that speaks something else may not have as much to say as a header. */
		n = smcw_clc_frame(hs->buf, hs->have);
		if (n < 0 || n > (int)sizeof(hs->buf)) {
			trace_smcx_clc_msg(&smc->sk, SMCX_TRACE_RX, hs->buf, hs->have);
			return -EPROTO;
		}
		if (hs->have < hs->want)
			continue;
		hs->got = ((const struct smcw_clc_hdr *)hs->buf)->type;
		if (n <= hs->have)
			break;
		hs->want = n;
	}
	trace_smcx_clc_msg(&smc->sk, SMCX_TRACE_RX, hs->buf, hs->have);
	smcw_clc_layout(hs->buf, hs->have, layout);
	hs->len = hs->have;
	hs->have = 0;
	hs->want = 0;
	return layout->faults & ~clc_faults_borne(hs, layout) ? -EPROTO : layout->type;
}
