// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: connections, both ends of which are in this process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "torture.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

/**
 * socket_of - a socket
 * @proto: TCP, AF_SMC or IPPROTO_SMC
 * @ipv6: for IPv6
 *
 * Return: a descriptor or -errno.
 */
int socket_of(enum proto proto, bool ipv6)
{
	int family = ipv6 ? AF_INET6 : AF_INET, fd;

	if (proto == PROTO_SMC)
		fd = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, ipv6);
	else
		fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC,
			    proto == PROTO_IPPROTO ? IPPROTO_SMC : 0);
	return fd < 0 ? -errno : fd;
}

static socklen_t address_of(struct sockaddr_in6 *at, bool ipv6)
{
	struct sockaddr_in *in = (void *)at;

	memset(at, 0, sizeof(*at));
	if (ipv6) {
		at->sin6_family = AF_INET6;
		at->sin6_addr = in6addr_loopback;
		return sizeof(*at);
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

static int listen_at(enum proto proto, bool ipv6, struct sockaddr_in6 *at)
{
	socklen_t len = address_of(at, ipv6);
	int fd = socket_of(proto, ipv6);

	if (fd < 0)
		return fd;
	if (bind(fd, (void *)at, len) || listen(fd, 4096) || getsockname(fd, (void *)at, &len))
		return -errno;
	return fd;
}

/**
 * listener_open - sockets that listen, for each address family and protocol that is wanted
 * @l: filled in
 *
 * Return: 0 or -errno.
 */
int listener_open(struct listener *l)
{
	memset(l->fd, -1, sizeof(l->fd));
	for (unsigned int smc = 0; smc < 2; smc++) {
		for (unsigned int ipv6 = 0; ipv6 < 2; ipv6++) {
			enum proto proto = smc ? plan.server : PROTO_TCP;

			if (!(ipv6 ? plan.ipv6 : plan.ipv4) || (!smc && !plan.mixed))
				continue;
			l->fd[smc][ipv6] = listen_at(proto, ipv6, &l->at[smc][ipv6]);
			if (l->fd[smc][ipv6] < 0)
				return l->fd[smc][ipv6];
		}
	}
	return 0;
}

/**
 * listener_close - close them
 * @l: opened
 */
void listener_close(struct listener *l)
{
	for (unsigned int i = 0; i < 4; i++)
		if (l->fd[i / 2][i % 2] >= 0)
			close(l->fd[i / 2][i % 2]);
}

static bool ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, (int)plan.patience * 1000) == 1;
}

static void set_nonblocking(int fd, bool on)
{
	fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0);
}

static bool connect_to(int fd, const struct sockaddr_in6 *at, bool blocking)
{
	socklen_t len = sizeof(int);
	int err = 0;

	set_nonblocking(fd, !blocking);
	if (!connect(fd, (const void *)at, sizeof(*at)))
		return true;
	if (errno != EINPROGRESS || blocking) {
		rule_broken(RULE_CONNECT, "connect: %s", strerror(errno));
		return false;
	}
	if (!ready(fd, POLLOUT)) {
		rule_broken(RULE_STUCK, "a non-blocking connect");
		return false;
	}
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err)
		rule_broken(RULE_CONNECT, "SO_ERROR after connect: %s", strerror(err));
	return !err;
}

/* Nobody else connects to this worker's sockets, so the next one is ours. It may be asked who it is
 * at once. */
static int accept_one(int listener, bool wait, bool ask)
{
	struct sockaddr_in6 told = { 0 }, peer = { 0 };
	socklen_t told_len = sizeof(told), len = sizeof(peer);
	int fd;

	if (wait && !ready(listener, POLLIN)) {
		rule_broken(RULE_STUCK, "the listening socket is not readable after connect");
		return -1;
	}
	fd = accept4(listener, ask ? (void *)&told : NULL, ask ? &told_len : NULL, SOCK_CLOEXEC);
	if (fd < 0)
		rule_broken(RULE_CONNECT, "accept: %s", strerror(errno));
	else if (ask && (getpeername(fd, (void *)&peer, &len) || len != told_len ||
			 memcmp(&told, &peer, len)))
		rule_broken(RULE_NAMES, "accept() and getpeername() differ");
	return fd;
}

static bool is_peer_of(int fd, int client)
{
	struct sockaddr_in6 peer = { 0 }, name = { 0 };
	socklen_t peer_len = sizeof(peer), len = sizeof(name);

	return !getpeername(fd, (void *)&peer, &peer_len) &&
	       !getsockname(client, (void *)&name, &len) && len == peer_len &&
	       !memcmp(&peer, &name, len);
}

/*
 * Where steps fail, the next one may be the other end of a connect() that failed, or there is none
 * any more; that has to be told to the client.
 */
static int accept_ours(int listener, int client, bool ask)
{
	struct pollfd p[2] = { { .fd = listener, .events = POLLIN },
			       { .fd = client, .events = POLLRDHUP } };
	int fd;

	for (;;) {
		if (poll(p, 2, (int)plan.patience * 1000) < 1) {
			rule_broken(RULE_STUCK, "connected, and neither accepted nor reset");
			return -1;
		}
		if (!(p[0].revents & POLLIN)) {
			rule_broken(RULE_CONNECT, "reset before accept()");
			return -1;
		}
		fd = accept_one(listener, false, ask);
		if (fd < 0 || is_peer_of(fd, client))
			return fd;
		close(fd);
	}
}

static void set_options(struct pair *pair, int fd, struct rng *rng)
{
	/* Below a loopback segment TCP waits for its timers, which take seconds. */
	int one = 1, size = 131072 << rng_below(rng, 4);

	if (pair->urgent)
		setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &one, sizeof(one));
	if (rng_one_in(rng, 4))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (rng_one_in(rng, 4))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (rng_one_in(rng, 2))
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void check_names(struct pair *pair)
{
	struct sockaddr_in6 name[2][2];
	socklen_t len[2][2];

	memset(name, 0, sizeof(name));
	for (unsigned int i = 0; i < 2; i++) {
		len[i][0] = len[i][1] = sizeof(name[i][0]);
		if (getsockname(pair->end[i].fd, (void *)&name[i][0], &len[i][0]) ||
		    getpeername(pair->end[i].fd, (void *)&name[i][1], &len[i][1])) {
			rule_broken(RULE_NAMES, "end %u: %s", i, strerror(errno));
			return;
		}
	}
	if (memcmp(&name[0][0], &name[1][1], len[0][0]) ||
	    memcmp(&name[0][1], &name[1][0], len[0][0]))
		rule_broken(RULE_NAMES, "they differ");
}

/**
 * pair_open - make a connection
 * @pair: filled in but for the number
 * @l: where to connect to
 * @rng: decides which, and how
 *
 * Return: 0, or -1 with the rule told that was broken.
 */
int pair_open(struct pair *pair, struct listener *l, struct rng *rng)
{
	bool ipv6 = plan.ipv6 && (!plan.ipv4 || rng_one_in(rng, 2));
	bool smc = !plan.mixed || rng_one_in(rng, 2), blocking = rng_one_in(rng, 2);
	enum proto client = plan.mixed && rng_one_in(rng, 2) ? PROTO_TCP : plan.client;
	int fd = socket_of(client, ipv6);

	pair->seed = rng_next(rng);
	pair->urgent = rng_one_in(rng, 8) && !plan.no_urgent;
	for (unsigned int i = 0; i < 2; i++)
		pair->end[i] = (struct end){ .fd = -1, .pair = pair, .side = i };
	atomic_store(&slot->pair, pair->number);
	step("connect");
	if (fd < 0) {
		rule_broken(RULE_CONNECT, "socket: %s", strerror(-fd));
		return -1;
	}
	pair->end[0].fd = fd;
	set_options(pair, fd, rng);
	if (!connect_to(fd, &l->at[smc][ipv6], blocking))
		return -1;
	step("accept");
	if (plan.faults)
		pair->end[1].fd = accept_ours(l->fd[smc][ipv6], fd, rng_one_in(rng, 2));
	else
		pair->end[1].fd =
			accept_one(l->fd[smc][ipv6], rng_one_in(rng, 2), rng_one_in(rng, 2));
	if (pair->end[1].fd < 0)
		return -1;
	set_options(pair, pair->end[1].fd, rng);
	for (unsigned int i = 0; i < 2; i++) {
		pair->end[i].nonblocking = rng_one_in(rng, 2);
		set_nonblocking(pair->end[i].fd, pair->end[i].nonblocking);
	}
	check_names(pair);
	atomic_fetch_add(&board->connections, 1);
	return 0;
}

/**
 * pair_drop - close what is open of it
 * @pair: any
 */
void pair_drop(struct pair *pair)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (pair->end[i].fd >= 0)
			close(pair->end[i].fd);
		pair->end[i].fd = -1;
	}
}
