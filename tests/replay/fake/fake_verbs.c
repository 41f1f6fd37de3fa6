// SPDX-License-Identifier: GPL-2.0-or-later
/* See fake_verbs.h: devices, their GIDs, domains, memory and completions. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fake_verbs.h"

enum { REGIONS = 256 };

/* A device has GIDs of two kinds for each of its addresses. */
static struct ibv_device devices[2] = { { .name = "fake0" }, { .name = "fake1" } };
static const uint8_t hosts[2][3] = { { 1, 2, 3 }, { 5, 6, 0 } };

pthread_mutex_t fake_verbs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ibv_mr *regions[REGIONS];
static int access_of[REGIONS];
static uint32_t next_key = 0x1000;

/* ---- completions ----------------------------------------------------------------------- */

void fake_verbs_complete(struct fake_cq *c, const struct ibv_wc *wc)
{
	c->done[(c->first + c->n++) % FAKE_CQ] = *wc;
	if (c->armed && c->ibv.channel)
		eventfd_write(c->ibv.channel->fd, 1);
	c->armed = false;
}

static int poll_cq(struct ibv_cq *ibv, int n, struct ibv_wc *wc)
{
	struct fake_cq *c = (struct fake_cq *)ibv;
	int i = 0;

	pthread_mutex_lock(&fake_verbs_lock);
	for (; i < n && c->n; i++, c->n--, c->first = (c->first + 1) % FAKE_CQ)
		wc[i] = c->done[c->first];
	pthread_mutex_unlock(&fake_verbs_lock);
	return i;
}

static int req_notify_cq(struct ibv_cq *ibv, int solicited_only)
{
	(void)solicited_only;
	pthread_mutex_lock(&fake_verbs_lock);
	((struct fake_cq *)ibv)->armed = true;
	pthread_mutex_unlock(&fake_verbs_lock);
	return 0;
}

struct ibv_comp_channel *ibv_create_comp_channel(struct ibv_context *context)
{
	struct ibv_comp_channel *c = fake_made(MADE_CHANNEL, sizeof(*c), context, NULL);

	if (!c)
		return NULL;
	c->context = context;
	c->fd = eventfd(0, EFD_CLOEXEC);
	return c;
}

int ibv_destroy_comp_channel(struct ibv_comp_channel *channel)
{
	int fd = channel->fd, rc = fake_made_free(channel);

	if (!rc)
		close(fd);
	return rc;
}

struct ibv_cq *ibv_create_cq(struct ibv_context *context, int cqe, void *cq_context,
			     struct ibv_comp_channel *channel, int comp_vector)
{
	struct fake_cq *c;

	(void)cq_context, (void)comp_vector;
	if (cqe > FAKE_CQ) {
		errno = EINVAL;
		return NULL;
	}
	c = fake_made(MADE_CQ, sizeof(*c), context, channel);
	if (!c)
		return NULL;
	c->ibv.context = context;
	c->ibv.channel = channel;
	return &c->ibv;
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	return fake_made_free(cq);
}

int ibv_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **cq_context)
{
	eventfd_t n;

	if (eventfd_read(channel->fd, &n))
		return -1;
	/* A channel has one queue here, which nobody looks at. */
	*cq = NULL;
	*cq_context = NULL;
	return 0;
}

void ibv_ack_cq_events(struct ibv_cq *cq, unsigned int n)
{
	(void)cq, (void)n;
}

/* ---- memory ---------------------------------------------------------------------------- */

bool fake_verbs_allows(const struct ibv_pd *pd, uint32_t key, uint64_t at, uint64_t len, int access)
{
	for (int i = 0; i < REGIONS; i++) {
		const struct ibv_mr *r = regions[i];

		if (r && r->pd == pd && r->rkey == key && (access_of[i] & access) == access &&
		    at >= (uintptr_t)r->addr && len <= r->length &&
		    at - (uintptr_t)r->addr <= r->length - len)
			return true;
	}
	return false;
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	struct ibv_mr *r = fake_made(MADE_REGION, sizeof(*r), pd, NULL);

	pthread_mutex_lock(&fake_verbs_lock);
	for (int i = 0; r && i < REGIONS; i++) {
		if (regions[i])
			continue;
		*r = (struct ibv_mr){
			.context = pd->context, .pd = pd, .addr = addr, .length = length
		};
		r->lkey = r->rkey = next_key += 0x111;
		regions[i] = r;
		access_of[i] = access;
		pthread_mutex_unlock(&fake_verbs_lock);
		return r;
	}
	pthread_mutex_unlock(&fake_verbs_lock);
	if (r)
		fake_made_free(r);
	errno = ENOMEM;
	return NULL;
}

struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t length, uint64_t iova,
				unsigned int access)
{
	(void)iova;
	return ibv_reg_mr(pd, addr, length, (int)access);
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	pthread_mutex_lock(&fake_verbs_lock);
	for (int i = 0; i < REGIONS; i++)
		if (regions[i] == mr)
			regions[i] = NULL;
	pthread_mutex_unlock(&fake_verbs_lock);
	return fake_made_free(mr);
}

/* ---- devices --------------------------------------------------------------------------- */

/* RoCE version 1 has the even numbers. */
bool fake_verbs_gid(const struct ibv_device *d, unsigned int index, uint8_t *gid)
{
	if (index >= 6 || !hosts[d - devices][index / 2])
		return false;
	memset(gid, 0, 16);
	gid[10] = gid[11] = 0xff;
	gid[12] = 127;
	gid[15] = hosts[d - devices][index / 2];
	return true;
}

struct ibv_device **ibv_get_device_list(int *n)
{
	struct ibv_device **list = calloc(3, sizeof(*list));

	list[0] = &devices[0];
	list[1] = &devices[1];
	*n = 2;
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	free(list);
}

const char *ibv_get_device_name(struct ibv_device *device)
{
	return device->name;
}

struct ibv_context *ibv_open_device(struct ibv_device *device)
{
	struct ibv_context *c = fake_made(MADE_CONTEXT, sizeof(*c), NULL, NULL);

	if (!c)
		return NULL;
	c->device = device;
	c->ops.poll_cq = poll_cq;
	c->ops.req_notify_cq = req_notify_cq;
	c->ops.post_send = fake_pair_post_send;
	c->ops.post_recv = fake_pair_post_recv;
	return c;
}

int ibv_close_device(struct ibv_context *context)
{
	return fake_made_free(context);
}

int ibv_query_port(struct ibv_context *context, uint8_t port, struct _compat_ibv_port_attr *to)
{
	struct ibv_port_attr *attr = (struct ibv_port_attr *)to;

	(void)context;
	if (port != 1)
		return EINVAL;
	attr->state = IBV_PORT_ACTIVE;
	attr->active_mtu = attr->max_mtu = IBV_MTU_1024;
	return 0;
}

ssize_t _ibv_query_gid_table(struct ibv_context *context, struct ibv_gid_entry *entries, size_t max,
			     uint32_t flags, size_t size)
{
	uint8_t gid[16];
	size_t n = 0;

	(void)flags, (void)size;
	for (unsigned int i = 0; n < max && fake_verbs_gid(context->device, i, gid); i++) {
		struct ibv_gid_entry *e = &entries[n++];

		*e = (struct ibv_gid_entry){ .gid_index = i,
					     .port_num = 1,
					     .gid_type = i % 2 ? IBV_GID_TYPE_ROCE_V2 :
								 IBV_GID_TYPE_ROCE_V1,
					     .ndev_ifindex = if_nametoindex("lo") };
		memcpy(e->gid.raw, gid, sizeof(gid));
	}
	return (ssize_t)n;
}

struct ibv_pd *ibv_alloc_pd(struct ibv_context *context)
{
	struct ibv_pd *pd = fake_made(MADE_DOMAIN, sizeof(*pd), context, NULL);

	if (!pd)
		return NULL;
	pd->context = context;
	return pd;
}

int ibv_dealloc_pd(struct ibv_pd *pd)
{
	return fake_made_free(pd);
}

const char *ibv_wc_status_str(enum ibv_wc_status status)
{
	static const char *const texts[] = {
		[IBV_WC_SUCCESS] = "success",
		[IBV_WC_LOC_PROT_ERR] = "local protection error",
		[IBV_WC_WR_FLUSH_ERR] = "Work Request Flushed Error",
		[IBV_WC_REM_INV_REQ_ERR] = "remote invalid request error",
		[IBV_WC_REM_ACCESS_ERR] = "remote access error",
		[IBV_WC_RETRY_EXC_ERR] = "transport retry counter exceeded",
	};

	return status < sizeof(texts) / sizeof(*texts) && texts[status] ? texts[status] : "unknown";
}
