// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: random operations on connections that are open at the same time. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smc_wire.h"
#include "torture.h"

/* Bytes of it, in version 2, with the eyecatcher behind. */
#define DECLINE                                                                                    \
	(sizeof(struct smcw_clc_hdr) + sizeof(struct smcw_decline) +                               \
	 sizeof(struct smcw_decline_v2) + 4)

/* Bytes that were sent to it and not received; a guess behind a process that is gone. */
static uint64_t pending(struct end *e)
{
	struct end *o = other(e);

	return o->sent > e->received ? o->sent - e->received : 0;
}

static bool quiet_so_far(struct end *e)
{
	return !e->dead && !e->reset_allowed && !e->rd_shut && !e->eof && !other(e)->foreign;
}

/* ---- one operation each; what was not to be is told to the board ---- */

static void op_send(struct end *e, struct rng *rng)
{
	io_send(e, rng, rng_size(rng, IO_MAX));
}

static void op_recv(struct end *e, struct rng *rng)
{
	size_t len = rng_size(rng, IO_MAX);
	bool sure = quiet_so_far(e) && pending(e);

	if (sure && rng_one_in(rng, 2) && len > pending(e))
		len = pending(e);
	io_recv(e, rng, len, sure && len <= pending(e));
}

static void op_inq(struct end *e, struct rng *rng)
{
	int n = -1;

	(void)rng;
	step("SIOCINQ");
	if (ioctl(e->fd, SIOCINQ, &n)) {
		if (!e->dead && !e->reset_allowed && errno != EINVAL)
			rule_broken(RULE_INQ, "%s", strerror(errno));
		return;
	}
	if (other(e)->foreign)
		return;
	if (n < 0 || (uint64_t)n > pending(e)) {
		rule_broken(RULE_INQ, "%d with %" PRIu64 " bytes on the way", n, pending(e));
		return;
	}
	if (n && quiet_so_far(e)) {
		ssize_t got = io_recv(e, rng, (size_t)n > IO_MAX ? IO_MAX : (size_t)n, false);

		if (got <= 0)
			rule_broken(RULE_INQ, "it told %d bytes, receiving gave %zd", n, got);
	}
}

static void op_outq(struct end *e, struct rng *rng)
{
	int n = -1;

	(void)rng;
	step("SIOCOUTQ");
	if (ioctl(e->fd, SIOCOUTQ, &n)) {
		if (!e->dead && !e->reset_allowed && errno != EINVAL)
			rule_broken(RULE_OUTQ, "%s", strerror(errno));
		return;
	}
	/* FIN counts in TCP, and so does a Decline that the peer has not acknowledged yet. */
	if (!e->foreign && (n < 0 || (uint64_t)n > e->sent + 1 + (plan.declines ? DECLINE : 0)))
		rule_broken(RULE_OUTQ, "%d after %" PRIu64 " bytes", n, e->sent);
}

static void op_mark(struct end *e, struct rng *rng)
{
	int at;

	(void)rng;
	step("SIOCATMARK");
	if (ioctl(e->fd, SIOCATMARK, &at)) {
		if (errno != EINVAL && !e->dead && !e->reset_allowed)
			rule_broken(RULE_ERRNO, "SIOCATMARK: %s", strerror(errno));
		return;
	}
	if (at != 0 && at != 1)
		rule_broken(RULE_ERRNO, "SIOCATMARK gives %d", at);
	if (at && !e->pair->urgent)
		rule_broken(RULE_MARK, "SIOCATMARK gives %d, and no urgent data was sent", at);
}

static short by_poll(struct end *e)
{
	struct pollfd p = { .fd = e->fd, .events = POLLIN | POLLOUT | POLLRDHUP };

	step("poll");
	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static short by_epoll(struct end *e)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP };
	int ep = epoll_create1(EPOLL_CLOEXEC), n;

	step("epoll");
	n = epoll_ctl(ep, EPOLL_CTL_ADD, e->fd, &ev);
	n = n ? n : epoll_wait(ep, &ev, 1, 0);
	close(ep);
	return n == 1 ? (short)ev.events : 0;
}

static short by_select(struct end *e)
{
	struct timeval no_time = { 0 };
	fd_set in, out;

	if (e->fd >= FD_SETSIZE)
		return by_poll(e);
	step("select");
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(e->fd, &in);
	FD_SET(e->fd, &out);
	if (select(e->fd + 1, &in, &out, NULL, &no_time) < 0)
		return 0;
	return (short)((FD_ISSET(e->fd, &in) ? POLLIN : 0) | (FD_ISSET(e->fd, &out) ? POLLOUT : 0));
}

static void op_poll(struct end *e, struct rng *rng)
{
	static short (*const ways[])(struct end *) = { by_poll, by_epoll, by_select };
	short seen = ways[rng_below(rng, 3)](e);
	bool ended = other(e)->fd < 0 || other(e)->wr_shut;

	if (!quiet_so_far(e))
		return;
	if (seen & (POLLERR | POLLHUP) && !(e->wr_shut && ended))
		rule_broken(RULE_SPURIOUS, "events 0x%x", (unsigned int)seen);
	if (seen & POLLIN && !pending(e) && !ended)
		rule_broken(RULE_SPURIOUS, "readable with nothing sent and nothing shut");
	if (seen & POLLRDHUP && !ended)
		rule_broken(RULE_SPURIOUS, "POLLRDHUP with nothing shut");
	if (seen & POLLIN && io_recv(e, rng, rng_size(rng, IO_MAX), false) == -EAGAIN)
		rule_broken(RULE_SPURIOUS, "readable, and then EAGAIN");
	if (seen & POLLOUT && quiet_so_far(e) && !e->wr_shut && !other(e)->rd_shut &&
	    other(e)->fd >= 0 && !io_send(e, rng, 1) && !e->dead)
		rule_broken(RULE_WRITABLE, "writable, and then EAGAIN");
}

/* Bytes on their way arrive, whatever else happens. */
static void op_await(struct end *e, struct rng *rng)
{
	bool ended = other(e)->fd < 0 || other(e)->wr_shut;

	if (!quiet_so_far(e) || (!pending(e) && !ended))
		return;
	step("waiting for what was sent");
	if (!end_await(e, POLLIN))
		rule_broken(RULE_STUCK,
			    "not readable with %" PRIu64 " bytes sent and not received%s",
			    pending(e), ended ? ", and shut" : "");
	else
		io_recv(e, rng, rng_size(rng, IO_MAX), false);
}

static void op_shutdown(struct end *e, struct rng *rng)
{
	unsigned int how = rng_one_in(rng, 4) ? (unsigned int)rng_below(rng, 3) : SHUT_WR;
	struct end *o = other(e);

	if (!rng_one_in(rng, 20))
		return;
	step(how == SHUT_WR ? "shutdown(SHUT_WR)" :
	     how == SHUT_RD ? "shutdown(SHUT_RD)" :
			      "shutdown(SHUT_RDWR)");
	if (shutdown(e->fd, (int)how) &&
	    !(errno == ENOTCONN && (e->reset_allowed || e->dead || e->wr_shut)))
		rule_broken(RULE_ERRNO, "shutdown: %s", strerror(errno));
	e->wr_shut |= how != SHUT_RD;
	e->rd_shut |= how != SHUT_WR;
	/* To data for an end that reads no more and has said its last word the answer is a reset.
	 */
	if (e->wr_shut && e->rd_shut)
		e->reset_allowed = o->reset_allowed = true;
}

static void op_options(struct end *e, struct rng *rng)
{
	int value = (int)rng_below(rng, 2);
	socklen_t len = sizeof(value);

	if (rng_one_in(rng, 2)) {
		step("TCP_NODELAY");
		setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value));
	} else if (rng_one_in(rng, 2)) {
		step("TCP_CORK");
		setsockopt(e->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
		/* Nobody waits for what is corked. */
		value = 0;
		setsockopt(e->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
	} else {
		step("SO_ERROR");
		if (!getsockopt(e->fd, SOL_SOCKET, SO_ERROR, &value, &len) && value)
			io_failed(e, value, true);
	}
}

/* Through a socket of another kind to ourselves; the first descriptor goes. */
static void op_pass(struct end *e, struct rng *rng)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int via[2], fd;

	if (!rng_one_in(rng, 4) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, via))
		return;
	step("passing the descriptor");
	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
					 .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &e->fd, sizeof(fd));
	if (sendmsg(via[0], &msg, 0) == 1) {
		close(e->fd);
		e->fd = -1;
		if (recvmsg(via[1], &msg, MSG_CMSG_CLOEXEC) == 1) {
			memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
			e->fd = fd;
		}
	}
	close(via[0]);
	close(via[1]);
	if (e->fd < 0) {
		rule_broken(RULE_ERRNO, "a passed descriptor did not come");
		other(e)->reset_allowed = e->foreign = true;
	}
}

static void op_dup(struct end *e, struct rng *rng)
{
	int fd = dup(e->fd);

	(void)rng;
	step("dup");
	if (fd < 0)
		return;
	close(e->fd);
	e->fd = fd;
}

/* A child does something with the same socket, and goes. It tells by shared memory how far it came.
 */
static void op_fork(struct end *e, struct rng *rng)
{
	atomic_uint_fast64_t *told = board->scratch[slot - board->slots];
	int status;
	pid_t pid;

	if (!rng_one_in(rng, 10))
		return;
	step("fork");
	pid = fork();
	if (pid < 0)
		return;
	if (!pid) {
		for (unsigned int i = 0; i < 3; i++)
			(rng_one_in(rng, 2) ? op_send : op_recv)(e, rng);
		told[0] = e->sent;
		told[1] = e->received;
		told[2] = e->dead;
		told[3] = e->eof;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status) {
		rule_broken(RULE_ERRNO, "a child ended with status 0x%x", status);
		return;
	}
	e->sent = told[0];
	e->received = told[1];
	e->dead = told[2];
	e->eof = told[3];
}

static void (*const ops[])(struct end *, struct rng *) = {
	op_send,  op_send,     op_send,	   op_send, op_recv, op_recv, op_recv,
	op_recv,  op_recv,     op_poll,	   op_poll, op_inq,  op_outq, op_mark,
	op_await, op_shutdown, op_options, op_pass, op_dup,  op_fork,
};

/**
 * op_random - do something with one end of a connection
 * @pair: with an end open
 * @rng: decides what
 */
void op_random(struct pair *pair, struct rng *rng)
{
	struct end *e = &pair->end[rng_below(rng, 2)];

	atomic_store(&slot->pair, pair->number);
	if (e->fd < 0)
		e = other(e);
	if (e->fd < 0)
		return;
	ops[rng_below(rng, sizeof(ops) / sizeof(ops[0]))](e, rng);
	atomic_fetch_add_explicit(&board->ops, 1, memory_order_relaxed);
}

/**
 * work_random - the worker: connections come, are used, and go
 * @index: of this worker
 * @rng: decides all
 */
void work_random(unsigned int index, struct rng *rng)
{
	unsigned int n = plan.connections / plan.workers + 1;
	struct pair *pairs = calloc(n, sizeof(*pairs));
	uint64_t number = (uint64_t)index << 32;
	struct listener l;

	if (!pairs || listener_open(&l)) {
		rule_broken(RULE_CONNECT, "no listening socket: %s", strerror(errno));
		return;
	}
	for (unsigned int i = 0; i < n; i++)
		pairs[i].end[0].fd = pairs[i].end[1].fd = -1;
	while (!run_over()) {
		struct pair *pair = &pairs[rng_below(rng, n)];

		if (pair->end[0].fd < 0 && pair->end[1].fd < 0) {
			pair->number = ++number;
			pair->ops = 1 + (unsigned int)rng_below(rng, 400);
			if (pair_open(pair, &l, rng))
				pair_drop(pair);
		} else if (pair->ops--) {
			op_random(pair, rng);
		} else {
			pair_end(pair, rng);
		}
	}
	for (unsigned int i = 0; i < n; i++)
		if (pairs[i].end[0].fd >= 0 || pairs[i].end[1].fd >= 0)
			pair_end(&pairs[i], rng);
	listener_close(&l);
	free(pairs);
}
