// SPDX-License-Identifier: GPL-2.0-or-later
/* See qp.h. */
#include "qp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { RECEIVE_ID = 2000 }; /* the first of QP_DEPTH numbers */

/*
 * The values that net/smc gives ib_modify_qp(), but for the timeout: it is 2^15 times 4 us there,
 * and a host that stands still for a second would break the link.
 */
enum { TIMEOUT = 17, RETRIES = 7, RNR_RETRIES = 7, RNR_TIMER = 5, HOP_LIMIT = 1 };

static int make_verbs(struct qp *q)
{
	struct ibv_qp_init_attr attr = {
		.qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = QP_DEPTH + 1,
			 .max_recv_wr = QP_DEPTH,
			 .max_send_sge = 1,
			 .max_recv_sge = 1 },
	};

	q->channel = ibv_create_comp_channel(q->device->verbs);
	if (!q->channel)
		return -errno;
	if (fcntl(q->channel->fd, F_SETFL, O_NONBLOCK))
		return -errno;
	q->cq = ibv_create_cq(q->device->verbs, 4 * QP_DEPTH, NULL, q->channel, 0);
	if (!q->cq)
		return -errno;
	attr.send_cq = attr.recv_cq = q->cq;
	q->verbs = ibv_create_qp(q->device->domain, &attr);
	return q->verbs ? 0 : -errno;
}

static int to_init(struct qp *q)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = q->device->port,
		.qp_access_flags = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE,
	};

	return -ibv_modify_qp(q->verbs, &attr,
			      IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_ACCESS_FLAGS);
}

int qp_open(struct qp *q, const struct device *d, __u32 psn)
{
	int rc;

	*q = (struct qp){ .device = d, .psn = psn };
	rc = make_verbs(q);
	if (!rc)
		rc = region_open(&q->in, d, (size_t)QP_DEPTH * QP_MESSAGE_MAX, false);
	if (!rc)
		rc = region_open(&q->out, d, (size_t)QP_DEPTH * QP_MESSAGE_MAX, false);
	if (!rc)
		rc = to_init(q);
	if (!rc)
		rc = qp_arm(q);
	for (unsigned int i = 0; !rc && i < QP_DEPTH; i++)
		qp_refill(q, i);
	return rc;
}

void qp_close(struct qp *q)
{
	if (q->verbs)
		ibv_destroy_qp(q->verbs);
	if (q->cq)
		ibv_destroy_cq(q->cq);
	if (q->channel)
		ibv_destroy_comp_channel(q->channel);
	region_close(&q->in);
	region_close(&q->out);
	*q = (struct qp){ 0 };
}

static int to_rtr(struct qp *q, const struct qp_peer *to)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = to->mtu < q->device->mtu ? to->mtu : q->device->mtu,
		.dest_qp_num = to->number,
		.rq_psn = to->psn,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = RNR_TIMER,
		.ah_attr = { .is_global = 1,
			     .port_num = q->device->port,
			     .grh = { .sgid_index = q->device->gid_index,
				      .hop_limit = HOP_LIMIT } },
	};

	memcpy(attr.ah_attr.grh.dgid.raw, to->gid, SMCW_GID_LEN);
	return -ibv_modify_qp(q->verbs, &attr,
			      IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
				      IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |
				      IBV_QP_MIN_RNR_TIMER);
}

int qp_connect(struct qp *q, const struct qp_peer *to)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.sq_psn = q->psn,
		.timeout = TIMEOUT,
		.retry_cnt = RETRIES,
		.rnr_retry = RNR_RETRIES,
		.max_rd_atomic = 1,
	};
	int rc = to_rtr(q, to);

	return rc ? rc :
		    -ibv_modify_qp(q->verbs, &attr,
				   IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT |
					   IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
					   IBV_QP_MAX_QP_RD_ATOMIC);
}

int qp_send(struct qp *q, unsigned int id, const void *bytes, size_t len, bool solicited)
{
	__u8 *at = q->out.bytes + (size_t)id * QP_MESSAGE_MAX;
	struct ibv_sge piece = { (uintptr_t)at, (__u32)len, q->out.verbs->lkey };
	struct ibv_send_wr *bad, wr = {
		.wr_id = id,
		.sg_list = &piece,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};

	/* net/smc looks at its queue for these only. */
	if (solicited)
		wr.send_flags |= IBV_SEND_SOLICITED;
	memcpy(at, bytes, len);
	return -ibv_post_send(q->verbs, &wr, &bad);
}

int qp_write(struct qp *q, const struct region *from, size_t len, __u64 vaddr, __u32 rkey)
{
	struct ibv_sge piece = { (uintptr_t)from->bytes, (__u32)len, from->verbs->lkey };
	struct ibv_send_wr *bad, wr = {
		.wr_id = QP_WRITE_ID,
		.sg_list = &piece,
		.num_sge = 1,
		.opcode = IBV_WR_RDMA_WRITE,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = { .remote_addr = vaddr, .rkey = rkey },
	};

	return -ibv_post_send(q->verbs, &wr, &bad);
}

int qp_next(struct qp *q, struct qp_done *done)
{
	struct ibv_wc wc;
	int n = ibv_poll_cq(q->cq, 1, &wc);

	if (n <= 0)
		return n < 0 ? -EIO : 0;
	*done = (struct qp_done){ .status = wc.status, .id = (unsigned int)wc.wr_id };
	done->received = wc.wr_id >= RECEIVE_ID;
	if (!done->received)
		return 1;
	done->id -= RECEIVE_ID;
	done->bytes = q->in.bytes + (size_t)done->id * QP_MESSAGE_MAX;
	if (wc.status == IBV_WC_SUCCESS)
		done->len = wc.byte_len;
	return 1;
}

void qp_refill(struct qp *q, unsigned int id)
{
	__u8 *at = q->in.bytes + (size_t)id * QP_MESSAGE_MAX;
	struct ibv_sge piece = { (uintptr_t)at, QP_MESSAGE_MAX, q->in.verbs->lkey };
	struct ibv_recv_wr *bad, wr = { .wr_id = RECEIVE_ID + id, .sg_list = &piece, .num_sge = 1 };

	/* It is refused by a queue pair that is no more, which shows elsewhere. */
	ibv_post_recv(q->verbs, &wr, &bad);
}

int qp_arm(struct qp *q)
{
	struct ibv_cq *cq;
	void *context;

	while (!ibv_get_cq_event(q->channel, &cq, &context))
		ibv_ack_cq_events(cq, 1);
	return -ibv_req_notify_cq(q->cq, 0);
}
