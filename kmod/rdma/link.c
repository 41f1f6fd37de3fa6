// SPDX-License-Identifier: GPL-2.0
/*
 * Links. Completions come in softirq; what needs more than spinlocks is the group's to do, by
 * smcx_group_end(). A link is destroyed by its group's work only, so a completion needs no
 * reference but the link itself.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "group.h"
#include "link.h"
#include "llc.h"
#include "rconn.h"
#include "rmb.h"

/* The other end is gone for about a second by then: endless with 7 on soft-RoCE. */
#define RETRIES 6
#define SEND_WRS (SMCX_LINK_CDCS * SMCX_LINK_WRS + SMCX_LINK_LLCS + SMCX_LINK_REGS)

/**
 * smcx_link_down() - it does not carry anything any more.
 * @link: of any state. Any context.
 */
void smcx_link_down(struct smcx_link *link)
{
	spin_lock_bh(&link->sq_lock);
	WRITE_ONCE(link->state, SMCX_LINK_DOWN);
	spin_unlock_bh(&link->sq_lock);
	smcx_group_end(link->group, SMCX_END_LOST);
}

static void link_qp_event(struct ib_event *event, void *priv)
{
	switch (event->event) {
	case IB_EVENT_QP_FATAL:
	case IB_EVENT_QP_REQ_ERR:
	case IB_EVENT_QP_ACCESS_ERR:
		smcx_link_down(priv);
		break;
	default:
		break;
	}
}

/* ---- receiving ------------------------------------------------------------------------------ */

static int link_post_recv(struct smcx_link *link, unsigned int i)
{
	struct ib_sge sge[2] = {
		{ link->recv_dma + i * SMCW_LLC_LEN, SMCW_LLC_LEN, link->pd->local_dma_lkey },
		/* Longer messages of LLC: the rest of them is not looked at. */
		{ link->recv_dma + SMCX_LINK_RECVS * SMCW_LLC_LEN, SMCX_LINK_SPILL,
		  link->pd->local_dma_lkey },
	};
	struct ib_recv_wr wr = {
		.wr_cqe = &link->recv_cqe[i],
		.sg_list = sge,
		.num_sge = ARRAY_SIZE(sge),
	};

	return ib_post_recv(link->qp, &wr, NULL);
}

/* Softirq. The peer may write to its buffer again: copy, then look. */
static void link_received(struct ib_cq *cq, struct ib_wc *wc)
{
	struct smcx_link *link = wc->qp->qp_context;
	unsigned int i = wc->wr_cqe - link->recv_cqe;
	u8 msg[SMCW_LLC_LEN];
	u32 len = wc->byte_len;

	if (wc->status != IB_WC_SUCCESS) {
		smcx_link_down(link);
		return;
	}
	ib_dma_sync_single_for_cpu(link->rdev->ib, link->recv_dma + i * SMCW_LLC_LEN, SMCW_LLC_LEN,
				   DMA_FROM_DEVICE);
	memcpy(msg, link->recv + i * SMCW_LLC_LEN, sizeof(msg));
	ib_dma_sync_single_for_device(link->rdev->ib, link->recv_dma + i * SMCW_LLC_LEN,
				      SMCW_LLC_LEN, DMA_FROM_DEVICE);
	WRITE_ONCE(link->heard, jiffies);
	if (link_post_recv(link, i)) {
		smcx_link_down(link);
		return;
	}
	/* Version 1 and 2 have no shorter one. */
	if (len < sizeof(msg))
		return;
	if (msg[0] == SMCW_LLC_CDC)
		smcx_rconn_take(link->group, (const struct smcw_cdc *)msg);
	else
		smcx_llc_take(link->group, msg, len);
}

/* ---- sending -------------------------------------------------------------------------------- */

static struct smcx_slot *link_take_slot(struct list_head *free)
{
	struct smcx_slot *slot = list_first_entry_or_null(free, struct smcx_slot, at);

	if (slot)
		list_del_init(&slot->at);
	return slot;
}

static u32 link_slot_number(const struct smcx_slot *slot)
{
	return slot - slot->link->slot;
}

static void link_give_slot(struct smcx_link *link, struct smcx_slot *slot)
{
	lockdep_assert_held(&link->sq_lock);
	list_move(&slot->at,
		  link_slot_number(slot) < SMCX_LINK_CDCS ? &link->cdc_free : &link->llc_free);
}

static void link_add_hungry(struct smcx_link *link, struct smcx_rconn *conn)
{
	lockdep_assert_held(&link->sq_lock);
	if (!list_empty(&conn->hungry))
		return;
	smcx_rconn_get(conn);
	list_add_tail(&conn->hungry, &link->hungry);
}

/* The next of link->hungry, with its reference; @to_serve: only if there is a slot for it. */
static struct smcx_rconn *link_next_hungry(struct smcx_link *link, bool to_serve)
{
	struct smcx_rconn *conn = NULL;

	spin_lock_bh(&link->sq_lock);
	if (!to_serve || !list_empty(&link->cdc_free))
		conn = list_first_entry_or_null(&link->hungry, struct smcx_rconn, hungry);
	if (conn)
		list_del_init(&conn->hungry);
	spin_unlock_bh(&link->sq_lock);
	return conn;
}

/* Each that is pushed takes the slot, or has nothing to send and is off the list. */
static void link_serve_hungry(struct smcx_link *link)
{
	struct smcx_rconn *conn;

	while ((conn = link_next_hungry(link, true))) {
		smcx_rconn_push(conn);
		smcx_rconn_put(conn);
	}
}

/* SENDs are done up to @last, or all of them if that is NULL. */
static void link_release(struct smcx_link *link, struct smcx_slot *last)
{
	struct smcx_rconn *conn;
	struct smcx_slot *slot;
	bool signalled;

	do {
		spin_lock_bh(&link->sq_lock);
		slot = list_first_entry_or_null(&link->posted, struct smcx_slot, at);
		conn = NULL;
		if (slot) {
			conn = slot->conn;
			signalled = slot->signalled;
			slot->conn = NULL;
			link_give_slot(link, slot);
		}
		spin_unlock_bh(&link->sq_lock);
		if (!conn)
			continue;
		smcx_rconn_sent(conn, signalled);
		smcx_rconn_put(conn);
	} while (slot && slot != last);
}

/* Softirq: SEND, and all before it, are done. When the link ends, all say so. */
static void link_sent(struct ib_cq *cq, struct ib_wc *wc)
{
	struct smcx_slot *slot = container_of(wc->wr_cqe, struct smcx_slot, cqe);
	struct smcx_link *link = slot->link;

	if (wc->status != IB_WC_SUCCESS)
		smcx_link_down(link);
	link_release(link, slot);
	link_serve_hungry(link);
}

/* An unsignalled WRITE completes only if it fails. */
static void link_write_failed(struct ib_cq *cq, struct ib_wc *wc)
{
	if (wc->status != IB_WC_SUCCESS)
		smcx_link_down(wc->qp->qp_context);
}

static struct ib_cqe link_write_cqe = { .done = link_write_failed };

bool smcx_link_reserve(struct smcx_link *link, struct smcx_rconn *conn, struct smcx_slot **slot)
{
	lockdep_assert_held(&conn->post_lock);
	*slot = NULL;
	spin_lock(&link->sq_lock);
	if (link->state == SMCX_LINK_UP) {
		*slot = link_take_slot(&link->cdc_free);
		if (!*slot)
			link_add_hungry(link, conn);
	}
	spin_unlock(&link->sq_lock);
	if (!*slot)
		return false;
	smcx_rconn_get(conn);
	(*slot)->conn = conn;
	return true;
}

void smcx_link_push_later(struct smcx_link *link, struct smcx_rconn *conn)
{
	lockdep_assert_held(&conn->post_lock);
	spin_lock(&link->sq_lock);
	if (link->state == SMCX_LINK_UP)
		link_add_hungry(link, conn);
	spin_unlock(&link->sq_lock);
}

static struct ib_send_wr link_send_wr(struct smcx_slot *slot, struct ib_sge *sge)
{
	struct smcx_link *link = slot->link;
	u32 at = link_slot_number(slot) * SMCW_LLC_LEN;

	*sge = (struct ib_sge){ link->send_dma + at, SMCW_LLC_LEN, link->pd->local_dma_lkey };
	if (SMCW_LLC_LEN <= link->inline_max)
		sge->addr = (uintptr_t)link->send + at;
	else
		ib_dma_sync_single_for_device(link->rdev->ib, link->send_dma + at, SMCW_LLC_LEN,
					      DMA_TO_DEVICE);
	return (struct ib_send_wr){
		.wr_cqe = &slot->cqe,
		.sg_list = sge,
		.num_sge = 1,
		.opcode = IB_WR_SEND,
		.send_flags =
			IB_SEND_SOLICITED | (SMCW_LLC_LEN <= link->inline_max ? IB_SEND_INLINE : 0),
	};
}

static struct ib_rdma_wr link_write_wr(const struct smcx_link *link, const struct smcx_post *post,
				       int i, struct ib_sge *sge)
{
	bool can_inline = post->write[i].bytes <= link->inline_max;

	*sge = (struct ib_sge){ can_inline ? (uintptr_t)post->write[i].mem : post->write[i].from,
				post->write[i].bytes, post->lkey };
	return (struct ib_rdma_wr){
		.wr = { .wr_cqe = &link_write_cqe,
			.sg_list = sge,
			.num_sge = 1,
			.opcode = IB_WR_RDMA_WRITE,
			.send_flags = can_inline ? IB_SEND_INLINE : 0 },
		.remote_addr = post->write[i].to,
		.rkey = post->rkey,
	};
}

/* @send: of @slot, the last one of the list that begins with @first. @signal: its end is of use. */
static int link_post_locked(struct smcx_link *link, struct smcx_slot *slot,
			    const struct ib_send_wr *first, struct ib_send_wr *send, bool signal)
{
	int err = -ENOTCONN;

	lockdep_assert_held(&link->sq_lock);
	slot->signalled = signal || link->quiet >= SMCX_LINK_QUIET || !list_empty(&link->hungry);
	send->send_flags |= slot->signalled ? IB_SEND_SIGNALED : 0;
	/* The queue pair is there until all who saw it UP have left this lock. */
	if (link->state == SMCX_LINK_UP)
		err = ib_post_send(link->qp, first, NULL);
	if (err) {
		slot->conn = NULL;
		link_give_slot(link, slot);
		return err;
	}
	/* Its completion takes this lock before it looks. */
	list_add_tail(&slot->at, &link->posted);
	link->quiet = slot->signalled ? 0 : link->quiet + 1;
	return 0;
}

/**
 * smcx_link_post() - WRITEs and the CDC that reports them, as one list.
 * @link: it
 * @slot: of smcx_link_reserve()
 * @post: what; signal is set if it is signalled, which it may be unasked
 *
 * The connection's post_lock is held, which keeps its messages in order.
 *
 * Return: false: the link is down, and no completion will follow.
 */
bool smcx_link_post(struct smcx_link *link, struct smcx_slot *slot, struct smcx_post *post)
{
	struct smcx_rconn *conn = slot->conn;
	struct ib_rdma_wr write[2];
	struct ib_sge sge[3];
	struct ib_send_wr send, *first = &send;
	int i, err;

	memcpy(link->send + link_slot_number(slot) * SMCW_LLC_LEN, post->msg, SMCW_CDC_LEN);
	send = link_send_wr(slot, &sge[2]);
	for (i = post->writes - 1; i >= 0; i--) {
		write[i] = link_write_wr(link, post, i, &sge[i]);
		write[i].wr.next = first;
		first = &write[i].wr;
	}
	spin_lock_bh(&link->sq_lock);
	err = link_post_locked(link, slot, first, &send, post->signal);
	post->signal = slot->signalled;
	link->cdcs += !err;
	link->writes += err ? 0 : post->writes;
	spin_unlock_bh(&link->sq_lock);
	if (!err)
		return true;
	smcx_link_down(link);
	smcx_rconn_put(conn);
	return false;
}

/**
 * smcx_link_send() - a message of LLC.
 * @link: it
 * @msg: SMCW_LLC_LEN bytes
 *
 * Any context. Return: false if it is not sent: too many are under way, which a peer gets by not
 * receiving them, or the link is down.
 */
bool smcx_link_send(struct smcx_link *link, const void *msg)
{
	struct smcx_slot *slot = NULL;
	struct ib_send_wr send;
	struct ib_sge sge;
	int err = -EAGAIN;

	spin_lock_bh(&link->sq_lock);
	if (link->state == SMCX_LINK_UP)
		slot = link_take_slot(&link->llc_free);
	if (slot) {
		slot->conn = NULL;
		memcpy(link->send + link_slot_number(slot) * SMCW_LLC_LEN, msg, SMCW_LLC_LEN);
		send = link_send_wr(slot, &sge);
		err = link_post_locked(link, slot, &send, &send, true);
	}
	link->llcs += !err;
	link->lost += !!err;
	spin_unlock_bh(&link->sq_lock);
	return !err;
}

/* Softirq. */
static void link_registered(struct ib_cq *cq, struct ib_wc *wc)
{
	struct smcx_region *region = container_of(wc->wr_cqe, struct smcx_region, cqe);
	struct smcx_link *link = wc->qp->qp_context;

	spin_lock_bh(&link->sq_lock);
	link->regs--;
	spin_unlock_bh(&link->sq_lock);
	smcx_rmb_registered(region, wc->status == IB_WC_SUCCESS);
	if (wc->status != IB_WC_SUCCESS)
		smcx_link_down(link);
}

/**
 * smcx_link_register() - make a region known to the device.
 * @link: UP
 * @region: its memory is mapped
 *
 * Process context. Return: 0: smcx_rmb_registered() is called at once or in a moment; or -errno.
 */
int smcx_link_register(struct smcx_link *link, struct smcx_region *region)
{
	struct ib_reg_wr wr = {
		.wr = { .opcode = IB_WR_REG_MR,
			.send_flags = IB_SEND_SIGNALED,
			.wr_cqe = &region->cqe },
		.mr = region->mr,
		.key = region->mr->rkey,
		.access = IB_ACCESS_LOCAL_WRITE |
			  (region->kind == SMCX_RMB ? IB_ACCESS_REMOTE_WRITE : 0),
	};
	int err = -ENOTCONN;

	region->cqe.done = link_registered;
	spin_lock_bh(&link->sq_lock);
	if (link->state == SMCX_LINK_UP)
		err = link->regs < SMCX_LINK_REGS ? ib_post_send(link->qp, &wr.wr, NULL) : -EAGAIN;
	link->regs += !err;
	spin_unlock_bh(&link->sq_lock);
	return err;
}

/* ---- its life ------------------------------------------------------------------------------- */

static int link_alloc_buffers(struct smcx_link *link)
{
	struct ib_device *ib = link->rdev->ib;
	const size_t recv = SMCX_LINK_RECVS * SMCW_LLC_LEN + SMCX_LINK_SPILL;
	const size_t send = SMCX_LINK_SLOTS * SMCW_LLC_LEN;
	u64 dma;

	link->recv = kzalloc(recv, GFP_KERNEL);
	link->send = kzalloc(send, GFP_KERNEL);
	if (!link->recv || !link->send)
		return -ENOMEM;
	dma = ib_dma_map_single(ib, link->recv, recv, DMA_FROM_DEVICE);
	if (ib_dma_mapping_error(ib, dma))
		return -EIO;
	link->recv_dma = dma;
	dma = ib_dma_map_single(ib, link->send, send, DMA_TO_DEVICE);
	if (ib_dma_mapping_error(ib, dma))
		return -EIO;
	link->send_dma = dma;
	return 0;
}

static void link_free_buffers(struct smcx_link *link)
{
	struct ib_device *ib = link->rdev->ib;

	if (link->recv_dma)
		ib_dma_unmap_single(ib, link->recv_dma,
				    SMCX_LINK_RECVS * SMCW_LLC_LEN + SMCX_LINK_SPILL,
				    DMA_FROM_DEVICE);
	if (link->send_dma)
		ib_dma_unmap_single(ib, link->send_dma, SMCX_LINK_SLOTS * SMCW_LLC_LEN,
				    DMA_TO_DEVICE);
	kfree(link->recv);
	kfree(link->send);
}

static int link_make_qp(struct smcx_link *link)
{
	/* Draining posts one more to each queue. */
	struct ib_qp_init_attr init = {
		.qp_type = IB_QPT_RC,
		.sq_sig_type = IB_SIGNAL_REQ_WR,
		.event_handler = link_qp_event,
		.qp_context = link,
		.cap = { .max_send_wr = SEND_WRS + 1,
			 .max_recv_wr = SMCX_LINK_RECVS + 1,
			 .max_send_sge = 1,
			 .max_recv_sge = 2,
			 .max_inline_data = SMCX_LINK_INLINE },
	};
	struct ib_qp_attr attr = {
		.qp_state = IB_QPS_INIT,
		.port_num = link->local.port,
		.qp_access_flags = IB_ACCESS_LOCAL_WRITE | IB_ACCESS_REMOTE_WRITE,
	};

	link->cq = ib_alloc_cq(link->rdev->ib, link, SEND_WRS + SMCX_LINK_RECVS + 2,
			       link->number % link->rdev->ib->num_comp_vectors, IB_POLL_SOFTIRQ);
	if (IS_ERR(link->cq))
		return PTR_ERR(link->cq);
	init.send_cq = link->cq;
	init.recv_cq = link->cq;
	link->qp = ib_create_qp(link->pd, &init);
	if (IS_ERR(link->qp) && init.cap.max_inline_data) {
		init.cap.max_inline_data = 0;
		link->qp = ib_create_qp(link->pd, &init);
	}
	if (IS_ERR(link->qp))
		return PTR_ERR(link->qp);
	link->qpn = link->qp->qp_num;
	link->inline_max = min_t(u32, init.cap.max_inline_data, SMCX_LINK_INLINE);
	return ib_modify_qp(link->qp, &attr,
			    IB_QP_STATE | IB_QP_PKEY_INDEX | IB_QP_ACCESS_FLAGS | IB_QP_PORT);
}

static void link_init(struct smcx_link *link)
{
	unsigned int i;

	spin_lock_init(&link->sq_lock);
	INIT_LIST_HEAD(&link->cdc_free);
	INIT_LIST_HEAD(&link->llc_free);
	INIT_LIST_HEAD(&link->posted);
	INIT_LIST_HEAD(&link->hungry);
	for (i = 0; i < SMCX_LINK_SLOTS; i++) {
		link->slot[i].link = link;
		link->slot[i].cqe.done = link_sent;
		list_add_tail(&link->slot[i].at,
			      i < SMCX_LINK_CDCS ? &link->cdc_free : &link->llc_free);
	}
	for (i = 0; i < SMCX_LINK_RECVS; i++)
		link->recv_cqe[i].done = link_received;
	get_random_bytes(link->uid, sizeof(link->uid));
	link->psn = get_random_u32() & 0xffffff;
	link->heard = jiffies;
}

/**
 * smcx_link_make() - a link that knows no peer yet.
 * @link: zeroed; smcx_link_free() is to follow in any case
 * @group: whose
 * @rdev: the link's from now on
 * @gid: at it
 *
 * Process context. Return: 0 or -errno.
 */
int smcx_link_make(struct smcx_link *link, struct smcx_group *group, struct smcx_rdev *rdev,
		   const struct smcx_rgid *gid)
{
	struct ib_port_attr port;
	unsigned int i;
	int err;

	link->group = group;
	link->rdev = rdev;
	link->local = *gid;
	link_init(link);
	err = link_alloc_buffers(link);
	if (err)
		return err;
	err = ib_query_port(rdev->ib, gid->port, &port);
	if (err)
		return err;
	link->port_mtu = port.active_mtu;
	link->pd = ib_alloc_pd(rdev->ib, 0);
	if (IS_ERR(link->pd))
		return PTR_ERR(link->pd);
	err = link_make_qp(link);
	for (i = 0; !err && i < SMCX_LINK_RECVS; i++)
		err = link_post_recv(link, i);
	return err;
}

static int link_to_rtr(struct smcx_link *link)
{
	struct ib_qp_attr attr = {
		.qp_state = IB_QPS_RTR,
		.path_mtu = link->mtu,
		.dest_qp_num = link->peer_qpn,
		.rq_psn = link->peer_psn,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = 5,
	};

	attr.ah_attr.type = RDMA_AH_ATTR_TYPE_ROCE;
	rdma_ah_set_port_num(&attr.ah_attr, link->local.port);
	rdma_ah_set_grh(&attr.ah_attr, NULL, 0, link->local.index, 1, 0);
	rdma_ah_set_dgid_raw(&attr.ah_attr, link->peer_gid);
	memcpy(attr.ah_attr.roce.dmac, link->peer_mac, sizeof(link->peer_mac));
	return ib_modify_qp(link->qp, &attr,
			    IB_QP_STATE | IB_QP_AV | IB_QP_PATH_MTU | IB_QP_DEST_QPN |
				    IB_QP_RQ_PSN | IB_QP_MAX_DEST_RD_ATOMIC | IB_QP_MIN_RNR_TIMER);
}

static int link_to_rts(struct smcx_link *link)
{
	struct ib_qp_attr attr = {
		.qp_state = IB_QPS_RTS,
		.timeout = 15,
		.retry_cnt = RETRIES,
		.rnr_retry = 7,
		.sq_psn = link->psn,
		.max_rd_atomic = 1,
	};

	return ib_modify_qp(link->qp, &attr,
			    IB_QP_STATE | IB_QP_TIMEOUT | IB_QP_RETRY_CNT | IB_QP_RNR_RETRY |
				    IB_QP_SQ_PSN | IB_QP_MAX_QP_RD_ATOMIC);
}

/**
 * smcx_link_connect() - the peer's end is known.
 * @link: made, its peer_ members set
 *
 * It may send from now on, though the peer may not be ready for that. Process context.
 *
 * Return: 0 or -errno.
 */
int smcx_link_connect(struct smcx_link *link)
{
	int err = link_to_rtr(link);

	if (!err)
		err = link_to_rts(link);
	if (err)
		return err;
	spin_lock_bh(&link->sq_lock);
	if (link->state == SMCX_LINK_NONE)
		WRITE_ONCE(link->state, SMCX_LINK_UP);
	else
		err = -ENOTCONN;
	spin_unlock_bh(&link->sq_lock);
	return err;
}

/* Those who wait for a slot will not get one. */
static void link_drop_hungry(struct smcx_link *link)
{
	struct smcx_rconn *conn;

	while ((conn = link_next_hungry(link, false)))
		smcx_rconn_put(conn);
}

/**
 * smcx_link_stop() - nothing is in its queues any more, nor comes.
 * @link: smcx_link_make() was called. Process context; waits for the device, not for the peer.
 */
void smcx_link_stop(struct smcx_link *link)
{
	spin_lock_bh(&link->sq_lock);
	WRITE_ONCE(link->state, SMCX_LINK_DOWN);
	spin_unlock_bh(&link->sq_lock);
	if (!IS_ERR_OR_NULL(link->qp)) {
		ib_drain_qp(link->qp);
		ib_destroy_qp(link->qp);
	}
	link->qp = NULL;
	link_release(link, NULL);
	link_drop_hungry(link);
}

/* After smcx_link_stop(), and without regions. */
void smcx_link_free(struct smcx_link *link)
{
	if (!IS_ERR_OR_NULL(link->cq))
		ib_free_cq(link->cq);
	if (!IS_ERR_OR_NULL(link->pd))
		ib_dealloc_pd(link->pd);
	link->cq = NULL;
	link->pd = NULL;
	link_free_buffers(link);
	smcx_rdev_put(link->rdev);
}
