// SPDX-License-Identifier: GPL-2.0-or-later
/* See link.h. */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"

static int poll_forever(struct link *l)
{
	struct pollfd fds[] = { { .fd = l->qp.channel->fd, .events = POLLIN },
				{ .fd = l->stop, .events = POLLIN } };

	if (poll(fds, 2, -1) < 0 && errno != EINTR)
		return -errno;
	return fds[1].revents ? -ECANCELED : 0;
}

static int free_buffer(const struct link *l)
{
	for (int i = 0; i < QP_DEPTH; i++)
		if (!l->busy[i])
			return i;
	return -ENOBUFS;
}

static int link_post(struct link *l, const void *bytes, size_t len, bool solicited)
{
	int id = free_buffer(l), rc;

	if (id < 0)
		return id;
	if (len > QP_MESSAGE_MAX)
		return -EMSGSIZE;
	rc = qp_send(&l->qp, (unsigned int)id, bytes, len, solicited);
	if (!rc) {
		l->busy[id] = true;
		l->unsent++;
	}
	return rc ? rc : id;
}

/* ---- arrivals, under the lock ---------------------------------------------------- */

bool link_is_of(const struct link *l, const struct step *s)
{
	return (s->delivery.link ? s->delivery.link : 1) == l->number;
}

/* Does the script wait for more of these than are there already? */
static bool is_expected(const struct link *l, __u8 type, bool response)
{
	int n = 0;

	for (const struct step *s = l->ahead; s; s = s->next)
		n += engine_fits(s, (enum end)l->stack, type, response) && link_is_of(l, s);
	for (const struct arrival *a = l->first; a; a = a->next)
		n -= a->type == type && a->response == response;
	return n > 0;
}

static void link_keep(struct link *l, const struct qp_done *done, bool response)
{
	struct arrival *a = l->n < LINK_ARRIVALS_MAX ? malloc(sizeof(*a) + done->len) : NULL;

	if (!a) {
		l->lost++;
		return;
	}
	*a = (struct arrival){ .response = response, .len = done->len };
	memcpy(a->bytes, done->bytes, done->len);
	a->type = done->len ? a->bytes[0] : 0;
	*l->tail = a;
	l->tail = &a->next;
	l->n++;
}

static void link_take_in(struct link *l, const struct qp_done *done)
{
	__u8 answer[QP_MESSAGE_MAX];
	bool is_llc = done->len >= SMCW_LLC_LEN && done->bytes[0] != SMCW_CDC_TYPE;
	bool response = is_llc && engine_is_response(done->bytes);
	int len;

	if (!is_llc || response || is_expected(l, done->bytes[0], false)) {
		link_keep(l, done, response);
		return;
	}
	len = engine_answer(l, done->bytes, done->len, answer);
	if (len == -ENOENT)
		link_keep(l, done, response);
	else
		l->answered[done->bytes[0]]++;
	if (len > 0)
		link_post(l, answer, (size_t)len, true);
}

static void link_refill(struct link *l, unsigned int id)
{
	l->used[id] = l->deaf;
	if (!l->deaf)
		qp_refill(&l->qp, id);
}

static void link_drain(struct link *l)
{
	struct qp_done done;

	while (qp_next(&l->qp, &done) > 0) {
		if (done.status != IBV_WC_SUCCESS && l->status == IBV_WC_SUCCESS)
			l->status = done.status;
		if (!done.received) {
			l->unsent--;
			if (done.id < QP_DEPTH)
				l->busy[done.id] = false;
			continue;
		}
		if (done.status != IBV_WC_SUCCESS)
			continue;
		link_take_in(l, &done);
		link_refill(l, done.id);
	}
}

static void *link_serve(void *arg)
{
	struct link *l = arg;

	while (!poll_forever(l)) {
		pthread_mutex_lock(&l->lock);
		/* Completions that come between the two are seen by the second. */
		qp_arm(&l->qp);
		link_drain(l);
		pthread_cond_broadcast(&l->changed);
		pthread_mutex_unlock(&l->lock);
	}
	return NULL;
}

/* ---- opening and closing ------------------------------------------------------------ */

static void init_lock(struct link *l)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->changed, &attr);
	pthread_condattr_destroy(&attr);
}

int link_open(struct link *l, const struct device *d, enum end stack, __u32 psn, __u32 uid,
	      unsigned int number)
{
	int rc;

	*l = (struct link){ .device = d, .stack = (__u8)stack, .uid = uid, .number = number };
	l->tail = &l->first;
	init_lock(l);
	l->stop = eventfd(0, EFD_CLOEXEC);
	if (l->stop < 0)
		return -errno;
	rc = qp_open(&l->qp, d, psn);
	if (!rc)
		rc = -pthread_create(&l->thread, NULL, link_serve, l);
	l->has_thread = !rc;
	return rc;
}

void link_close(struct link *l)
{
	struct arrival *a;

	if (l->has_thread) {
		eventfd_write(l->stop, 1);
		pthread_join(l->thread, NULL);
	}
	qp_close(&l->qp);
	if (l->stop >= 0)
		close(l->stop);
	while ((a = l->first)) {
		l->first = a->next;
		free(a);
	}
	pthread_cond_destroy(&l->changed);
	pthread_mutex_destroy(&l->lock);
}

int link_connect(struct link *l, const struct qp_peer *to)
{
	int rc = qp_connect(&l->qp, to);

	l->connected = !rc;
	return rc;
}

void link_ahead(struct link *l, const struct step *ahead)
{
	pthread_mutex_lock(&l->lock);
	l->ahead = ahead;
	pthread_mutex_unlock(&l->lock);
}

void link_receive(struct link *l, bool on)
{
	pthread_mutex_lock(&l->lock);
	l->deaf = !on;
	for (unsigned int i = 0; on && i < QP_DEPTH; i++)
		if (l->used[i])
			link_refill(l, i);
	pthread_mutex_unlock(&l->lock);
}

/* ---- waiting ------------------------------------------------------------------------ */

static struct timespec link_deadline(unsigned int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* Return: whether there is time left. */
static bool wait_change(struct link *l, const struct timespec *until)
{
	return !pthread_cond_timedwait(&l->changed, &l->lock, until);
}

static int wait_sent(struct link *l, unsigned int ms)
{
	struct timespec until = link_deadline(ms);

	while (l->unsent && l->status == IBV_WC_SUCCESS)
		if (!wait_change(l, &until))
			return PEER_LATE;
	return l->status == IBV_WC_SUCCESS ? 0 : PEER_RESET;
}

int link_send(struct link *l, const void *bytes, size_t len, bool solicited, unsigned int ms)
{
	int rc;

	if (!l->connected)
		return -ENOTCONN;
	pthread_mutex_lock(&l->lock);
	rc = link_post(l, bytes, len, solicited);
	if (rc >= 0)
		rc = wait_sent(l, ms);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

int link_write(struct link *l, const void *bytes, size_t len, __u64 vaddr, __u32 rkey,
	       unsigned int ms)
{
	struct region from;
	int rc = l->connected ? region_open(&from, l->device, len, false) : -ENOTCONN;

	if (rc)
		return rc;
	memcpy(from.bytes, bytes, len);
	pthread_mutex_lock(&l->lock);
	rc = qp_write(&l->qp, &from, len, vaddr, rkey);
	if (!rc) {
		l->unsent++;
		rc = wait_sent(l, ms);
	}
	pthread_mutex_unlock(&l->lock);
	region_close(&from);
	return rc;
}

static struct arrival *unlink_arrival(struct link *l, struct arrival **at)
{
	struct arrival *a = *at;

	*at = a->next;
	if (l->tail == &a->next)
		l->tail = at;
	l->n--;
	return a;
}

static struct arrival **link_find(struct link *l, __u8 type, bool response)
{
	struct arrival **at = &l->first;

	while (*at && ((*at)->type != type || (*at)->response != response))
		at = &(*at)->next;
	return at;
}

struct arrival *link_take(struct link *l, __u8 type, bool response, unsigned int ms)
{
	struct timespec until = link_deadline(ms);
	struct arrival **at, *a = NULL;

	pthread_mutex_lock(&l->lock);
	while (!*(at = link_find(l, type, response)))
		if (l->status != IBV_WC_SUCCESS || !wait_change(l, &until))
			break;
	/* Another one may have come to this place while the lock was not held. */
	at = link_find(l, type, response);
	if (*at)
		a = unlink_arrival(l, at);
	pthread_mutex_unlock(&l->lock);
	return a;
}

struct arrival *link_left(struct link *l, bool cdc)
{
	struct arrival **at = &l->first, *a = NULL;

	pthread_mutex_lock(&l->lock);
	while (*at && !cdc && (*at)->type == SMCW_CDC_TYPE)
		at = &(*at)->next;
	if (*at)
		a = unlink_arrival(l, at);
	pthread_mutex_unlock(&l->lock);
	return a;
}

void link_write_answered(struct link *l, FILE *out)
{
	const char *comma = "";

	pthread_mutex_lock(&l->lock);
	for (unsigned int type = 0; type < LINK_TYPES; type++) {
		const char *text = smcw_value_text(SMCW_LIST_llc_types, type);

		if (!l->answered[type])
			continue;
		fprintf(out, "%s %s %u", comma, text ? text : "type", l->answered[type]);
		l->answered[type] = 0;
		comma = ",";
	}
	pthread_mutex_unlock(&l->lock);
}

const char *link_fault(struct link *l)
{
	enum ibv_wc_status status;

	pthread_mutex_lock(&l->lock);
	status = l->status;
	pthread_mutex_unlock(&l->lock);
	return status == IBV_WC_SUCCESS ? NULL : ibv_wc_status_str(status);
}
