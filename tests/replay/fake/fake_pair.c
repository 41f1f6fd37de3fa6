// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See fake_verbs.h: queue pairs of processes of one host, over UDP of 127.0.0.0/8. What a device
 * would refuse is refused: a wrong PSN, key, access, length or path, a state that is not the one
 * for it. A queue pair has the number of its port.
 *
 * One operation is under way at a time. It is sent again until it is answered, for as long as the
 * attributes say; without a buffer at the receiver for ever, as with an RNR retry of 7.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "fake_verbs.h"

enum { AGAIN_MS = 20, CHUNK = 32768, PSN = 0xffffff };

enum kind { SEND, WRITE, ACK, NAK, NOT_READY };

struct packet {
	uint8_t kind, status, from[16], to[16];
	uint32_t psn, from_qpn, to_qpn, rkey;
	uint64_t vaddr;
	uint32_t offset, len, total;
	uint8_t bytes[CHUNK];
};

#define HEADER offsetof(struct packet, bytes)

struct post {
	uint64_t id, vaddr;
	uint32_t rkey, len;
	enum kind kind;
	uint8_t *bytes; /* of a SEND: a copy; of a receive: the buffer */
};

struct queue {
	struct post post[FAKE_QUEUE];
	unsigned int first, n, max;
};

struct qp {
	struct ibv_qp ibv;
	pthread_t thread;
	int udp, stop;
	struct fake_cq *cq;
	struct queue sends, receives;
	uint32_t psn, expected, written; /* the next to send, the next to come, of a write so far */
	struct ibv_qp_attr attr;
	uint8_t gid[16];
	uint64_t begun, sent; /* ms: the first operation, and when it was sent last */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- what is under way ------------------------------------------------------------------ */

static void complete(struct qp *q, uint64_t id, enum ibv_wc_status status, uint32_t len)
{
	const struct ibv_wc wc = {
		.wr_id = id, .status = status, .byte_len = len, .qp_num = q->ibv.qp_num
	};

	fake_verbs_complete(q->cq, &wc);
}

static struct post *head(struct queue *q)
{
	return q->n ? &q->post[q->first] : NULL;
}

static void drop(struct queue *q)
{
	q->first = (q->first + 1) % FAKE_QUEUE;
	q->n--;
}

/* The first operation fails like this, all others are flushed. */
static void break_down(struct qp *q, enum ibv_wc_status status)
{
	struct post *p;

	for (; (p = head(&q->sends)); drop(&q->sends)) {
		complete(q, p->id, status, 0);
		free(p->bytes);
		status = IBV_WC_WR_FLUSH_ERR;
	}
	for (; (p = head(&q->receives)); drop(&q->receives))
		complete(q, p->id, IBV_WC_WR_FLUSH_ERR, 0);
	q->ibv.state = IBV_QPS_ERR;
}

/* ---- packets --------------------------------------------------------------------------- */

static void transmit(const struct qp *q, struct packet *p)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)p->to_qpn) };

	memcpy(&to.sin_addr, p->to + 12, 4);
	sendto(q->udp, p, HEADER + p->len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}

static void address_packet(const struct qp *q, struct packet *p)
{
	memcpy(p->from, q->gid, sizeof(p->from));
	memcpy(p->to, q->attr.ah_attr.grh.dgid.raw, sizeof(p->to));
	p->from_qpn = q->ibv.qp_num;
	p->to_qpn = q->attr.dest_qp_num;
}

static void send_first(struct qp *q)
{
	const struct post *o = head(&q->sends);
	static struct packet p;
	uint32_t at = 0;

	q->sent = now_ms();
	do {
		p = (struct packet){ .kind = (uint8_t)o->kind,
				     .psn = q->psn,
				     .rkey = o->rkey,
				     .vaddr = o->vaddr,
				     .offset = at,
				     .total = o->len };
		address_packet(q, &p);
		p.len = o->len - at < CHUNK ? o->len - at : CHUNK;
		memcpy(p.bytes, o->bytes + at, p.len);
		transmit(q, &p);
		at += p.len;
	} while (at < o->len);
}

static void begin_first(struct qp *q)
{
	if (!head(&q->sends))
		return;
	q->begun = now_ms();
	send_first(q);
}

static void reply(struct qp *q, const struct packet *to, enum kind kind, enum ibv_wc_status status)
{
	static struct packet p;

	p = (struct packet){ .kind = (uint8_t)kind, .status = (uint8_t)status, .psn = to->psn };
	address_packet(q, &p);
	transmit(q, &p);
}

/* ---- receiving ------------------------------------------------------------------------- */

static void refuse(struct qp *q, const struct packet *p, enum ibv_wc_status status)
{
	reply(q, p, NAK, status);
	break_down(q, IBV_WC_WR_FLUSH_ERR);
}

static void take_send(struct qp *q, const struct packet *p)
{
	const struct post *o = head(&q->receives);

	if (!o) {
		reply(q, p, NOT_READY, IBV_WC_SUCCESS);
		return;
	}
	if (p->total > o->len) {
		refuse(q, p, IBV_WC_REM_INV_REQ_ERR);
		return;
	}
	memcpy(o->bytes, p->bytes, p->len);
	complete(q, o->id, IBV_WC_SUCCESS, p->len);
	drop(&q->receives);
	q->expected = (q->expected + 1) & PSN;
	reply(q, p, ACK, IBV_WC_SUCCESS);
}

static void take_write(struct qp *q, const struct packet *p)
{
	if (!(q->attr.qp_access_flags & IBV_ACCESS_REMOTE_WRITE) ||
	    !fake_verbs_allows(q->ibv.pd, p->rkey, p->vaddr, p->total,
			       IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_LOCAL_WRITE)) {
		refuse(q, p, IBV_WC_REM_ACCESS_ERR);
		return;
	}
	if (p->offset && p->offset != q->written)
		return;
	memcpy((void *)(uintptr_t)(p->vaddr + p->offset), p->bytes, p->len);
	q->written = p->offset + p->len;
	if (q->written < p->total)
		return;
	q->expected = (q->expected + 1) & PSN;
	reply(q, p, ACK, IBV_WC_SUCCESS);
}

static void take_answer(struct qp *q, const struct packet *p)
{
	struct post *o = head(&q->sends);

	if (!o || p->psn != q->psn)
		return;
	if (p->kind == NOT_READY) {
		q->begun = now_ms();
		return;
	}
	if (p->kind == NAK) {
		break_down(q, p->status);
		return;
	}
	complete(q, o->id, IBV_WC_SUCCESS, 0);
	free(o->bytes);
	drop(&q->sends);
	q->psn = (q->psn + 1) & PSN;
	begin_first(q);
}

static void take(struct qp *q, const struct packet *p, size_t len)
{
	if (len < HEADER || len != HEADER + p->len || q->ibv.state < IBV_QPS_RTR ||
	    q->ibv.state == IBV_QPS_ERR || p->from_qpn != q->attr.dest_qp_num ||
	    p->to_qpn != q->ibv.qp_num || memcmp(p->to, q->gid, 16) ||
	    memcmp(p->from, q->attr.ah_attr.grh.dgid.raw, 16))
		return;
	if (p->kind >= ACK)
		take_answer(q, p);
	else if (p->psn == ((q->expected - 1) & PSN))
		reply(q, p, ACK, IBV_WC_SUCCESS);
	else if (p->psn == q->expected)
		p->kind == SEND ? take_send(q, p) : take_write(q, p);
}

/* 4.096 us times two to the power of the attribute, for each try. */
static uint64_t patience_ms(const struct qp *q)
{
	return (q->attr.retry_cnt + 1ull) * ((4096ull << q->attr.timeout) / 1000000);
}

static void look_at_time(struct qp *q)
{
	if (!head(&q->sends) || q->ibv.state != IBV_QPS_RTS)
		return;
	if (now_ms() - q->begun > patience_ms(q))
		break_down(q, IBV_WC_RETRY_EXC_ERR);
	else if (now_ms() - q->sent >= AGAIN_MS)
		send_first(q);
}

static void *serve(void *arg)
{
	struct packet *p = malloc(sizeof(*p));
	struct qp *q = arg;
	struct pollfd fds[] = { { .fd = q->udp, .events = POLLIN },
				{ .fd = q->stop, .events = POLLIN } };

	while (p && poll(fds, 2, AGAIN_MS) >= 0 && !fds[1].revents) {
		ssize_t len = recv(q->udp, p, sizeof(*p), MSG_DONTWAIT);

		pthread_mutex_lock(&fake_verbs_lock);
		if (len > 0)
			take(q, p, (size_t)len);
		look_at_time(q);
		pthread_mutex_unlock(&fake_verbs_lock);
	}
	free(p);
	return NULL;
}

/* ---- work requests --------------------------------------------------------------------- */

int fake_pair_post_send(struct ibv_qp *ibv, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	struct qp *q = (struct qp *)ibv;
	struct post *o = &q->sends.post[(q->sends.first + q->sends.n) % FAKE_QUEUE];
	const struct ibv_sge *piece = wr->sg_list;
	int rc = 0;

	*bad = wr;
	pthread_mutex_lock(&fake_verbs_lock);
	if (ibv->state == IBV_QPS_ERR) {
		complete(q, wr->wr_id, IBV_WC_WR_FLUSH_ERR, 0);
	} else if (ibv->state != IBV_QPS_RTS || wr->next || wr->num_sge != 1 ||
		   !(wr->send_flags & IBV_SEND_SIGNALED)) {
		rc = EINVAL;
	} else if (q->sends.n >= q->sends.max) {
		rc = ENOMEM;
	} else if (!fake_verbs_allows(ibv->pd, piece->lkey, piece->addr, piece->length, 0)) {
		complete(q, wr->wr_id, IBV_WC_LOC_PROT_ERR, 0);
		break_down(q, IBV_WC_WR_FLUSH_ERR);
	} else {
		*o = (struct post){ .id = wr->wr_id,
				    .len = piece->length,
				    .kind = wr->opcode == IBV_WR_SEND ? SEND : WRITE };
		if (o->kind == WRITE) {
			o->vaddr = wr->wr.rdma.remote_addr;
			o->rkey = wr->wr.rdma.rkey;
		}
		o->bytes = malloc(piece->length + 1);
		memcpy(o->bytes, (void *)(uintptr_t)piece->addr, piece->length);
		if (!q->sends.n++)
			begin_first(q);
	}
	pthread_mutex_unlock(&fake_verbs_lock);
	return rc;
}

int fake_pair_post_recv(struct ibv_qp *ibv, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct qp *q = (struct qp *)ibv;
	const struct ibv_sge *piece = wr->sg_list;
	int rc = 0;

	*bad = wr;
	pthread_mutex_lock(&fake_verbs_lock);
	if (ibv->state == IBV_QPS_RESET || wr->next || wr->num_sge != 1 ||
	    !fake_verbs_allows(ibv->pd, piece->lkey, piece->addr, piece->length,
			       IBV_ACCESS_LOCAL_WRITE))
		rc = EINVAL;
	else if (ibv->state == IBV_QPS_ERR)
		complete(q, wr->wr_id, IBV_WC_WR_FLUSH_ERR, 0);
	else if (q->receives.n >= q->receives.max)
		rc = ENOMEM;
	else
		q->receives.post[(q->receives.first + q->receives.n++) % FAKE_QUEUE] =
			(struct post){ .id = wr->wr_id,
				       .len = piece->length,
				       .bytes = (uint8_t *)(uintptr_t)piece->addr };
	pthread_mutex_unlock(&fake_verbs_lock);
	return rc;
}

/* ---- queue pairs ----------------------------------------------------------------------- */

static int open_port(struct qp *q)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	socklen_t len = sizeof(own);
	int room = 1 << 20;

	own.sin_addr.s_addr = htonl(INADDR_ANY);
	q->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	q->stop = eventfd(0, EFD_CLOEXEC);
	setsockopt(q->udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (q->udp < 0 || q->stop < 0 || bind(q->udp, (void *)&own, sizeof(own)) ||
	    getsockname(q->udp, (void *)&own, &len))
		return -1;
	q->ibv.qp_num = ntohs(own.sin_port);
	return 0;
}

static void close_port(const struct qp *q)
{
	close(q->udp);
	close(q->stop);
}

static bool is_possible(const struct ibv_qp_init_attr *attr)
{
	return attr->qp_type == IBV_QPT_RC && attr->cap.max_send_wr <= FAKE_QUEUE &&
	       attr->cap.max_recv_wr <= FAKE_QUEUE && attr->cap.max_send_sge &&
	       attr->cap.max_recv_sge;
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct qp *q;

	errno = EINVAL;
	if (!is_possible(attr))
		return NULL;
	q = fake_made(MADE_QP, sizeof(*q), pd, attr->send_cq);
	if (!q)
		return NULL;
	if (open_port(q)) {
		close_port(q);
		fake_made_free(q);
		errno = EINVAL;
		return NULL;
	}
	q->ibv.context = pd->context;
	q->ibv.pd = pd;
	q->ibv.state = IBV_QPS_RESET;
	q->cq = (struct fake_cq *)attr->send_cq;
	q->sends.max = attr->cap.max_send_wr;
	q->receives.max = attr->cap.max_recv_wr;
	pthread_create(&q->thread, NULL, serve, q);
	return &q->ibv;
}

int ibv_destroy_qp(struct ibv_qp *ibv)
{
	struct qp *q = (struct qp *)ibv;

	eventfd_write(q->stop, 1);
	pthread_join(q->thread, NULL);
	for (; head(&q->sends); drop(&q->sends))
		free(head(&q->sends)->bytes);
	close_port(q);
	return fake_made_free(q);
}

static bool is_local(const uint8_t *gid)
{
	static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };

	return !memcmp(gid, mapped, sizeof(mapped));
}

static int to_rtr(struct qp *q, const struct ibv_qp_attr *a)
{
	const struct ibv_ah_attr *ah = &a->ah_attr;

	if (!ah->is_global || ah->port_num != 1 || !ah->grh.hop_limit ||
	    ah->grh.sgid_index % 2 == 0 ||
	    !fake_verbs_gid(q->ibv.context->device, ah->grh.sgid_index, q->gid) ||
	    a->path_mtu < IBV_MTU_256 || a->path_mtu > IBV_MTU_1024 || a->rq_psn > PSN ||
	    !a->max_dest_rd_atomic)
		return EINVAL;
	if (!is_local(ah->grh.dgid.raw))
		return ENETUNREACH;
	q->attr.ah_attr = *ah;
	q->attr.dest_qp_num = a->dest_qp_num;
	q->expected = a->rq_psn;
	return 0;
}

static int change_state(struct qp *q, const struct ibv_qp_attr *a, int mask)
{
	static const struct {
		enum ibv_qp_state from;
		int mask;
	} steps[] = {
		[IBV_QPS_INIT] = { IBV_QPS_RESET, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT |
							  IBV_QP_ACCESS_FLAGS },
		[IBV_QPS_RTR] = { IBV_QPS_INIT, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU |
							IBV_QP_DEST_QPN | IBV_QP_RQ_PSN |
							IBV_QP_MAX_DEST_RD_ATOMIC |
							IBV_QP_MIN_RNR_TIMER },
		[IBV_QPS_RTS] = { IBV_QPS_RTR, IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_TIMEOUT |
						       IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
						       IBV_QP_MAX_QP_RD_ATOMIC },
	};
	int rc = 0;

	if (a->qp_state < IBV_QPS_INIT || a->qp_state > IBV_QPS_RTS ||
	    mask != steps[a->qp_state].mask || q->ibv.state != steps[a->qp_state].from)
		return EINVAL;
	if (a->qp_state == IBV_QPS_INIT) {
		q->attr.qp_access_flags = a->qp_access_flags;
		rc = a->port_num == 1 ? 0 : EINVAL;
	} else if (a->qp_state == IBV_QPS_RTR) {
		rc = to_rtr(q, a);
	} else {
		q->attr.timeout = a->timeout;
		q->attr.retry_cnt = a->retry_cnt;
		q->psn = a->sq_psn;
		/* Any other number of tries is not what net/smc has. */
		rc = a->rnr_retry == 7 && a->retry_cnt <= 7 && a->sq_psn <= PSN ? 0 : EINVAL;
	}
	if (!rc)
		q->ibv.state = a->qp_state;
	return rc;
}

int ibv_modify_qp(struct ibv_qp *ibv, struct ibv_qp_attr *attr, int mask)
{
	int rc;

	pthread_mutex_lock(&fake_verbs_lock);
	rc = change_state((struct qp *)ibv, attr, mask);
	pthread_mutex_unlock(&fake_verbs_lock);
	return rc;
}
