// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: many connections, one after the other or all at the same time. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

#define MESSAGE_MAX 4000

/* The first bytes of a short connection. */
struct greeting {
	uint64_t seed;
	uint32_t there, back; /* bytes that follow, and bytes of the answer */
};

static bool send_all(int fd, const void *buf, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, (const char *)buf + at, len - at, 0);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool recv_stream(int fd, uint64_t seed, size_t len, const char *who)
{
	uint8_t buf[MESSAGE_MAX];
	ssize_t n = len ? recv(fd, buf, len, MSG_WAITALL) : 0;

	if (n != (ssize_t)len) {
		rule_broken(n < 0 ? RULE_ERRNO : RULE_EARLY_EOF, "%s has %zd of %zu: %s", who, n,
			    len, n < 0 ? strerror(errno) : "EOF");
		return false;
	}
	if (!stream_check(seed, 0, buf, len))
		rule_broken(RULE_BYTES, "%zu bytes for %s", len, who);
	atomic_fetch_add_explicit(&board->bytes, len, memory_order_relaxed);
	return true;
}

static void serve(int fd)
{
	uint8_t buf[MESSAGE_MAX];
	struct greeting g;
	ssize_t n = recv(fd, &g, sizeof(g), MSG_WAITALL);

	if (n != sizeof(g) || g.there > MESSAGE_MAX || g.back > MESSAGE_MAX) {
		rule_broken(RULE_BYTES, "a greeting of %zd bytes", n);
		return;
	}
	if (!recv_stream(fd, g.seed, g.there, "the server"))
		return;
	stream_fill(~g.seed, 0, buf, g.back);
	if (!send_all(fd, buf, g.back))
		rule_broken(RULE_ERRNO, "the server's answer: %s", strerror(errno));
}

/* Ends with its parent. */
static void __attribute__((noreturn)) server(const struct listener *l)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct pollfd fds[4];

		for (unsigned int i = 0; i < 4; i++)
			fds[i] = (struct pollfd){ .fd = l->fd[i / 2][i % 2], .events = POLLIN };
		if (poll(fds, 4, -1) < 0)
			_exit(1);
		for (unsigned int i = 0; i < 4; i++) {
			int fd = fds[i].revents ? accept(fds[i].fd, NULL, NULL) : -1;

			if (fd < 0)
				continue;
			serve(fd);
			close(fd);
		}
	}
}

/* Ports are few: a server's address of many keeps those that wait (TIME-WAIT) apart. */
static void spread(struct sockaddr_in6 *at, uint64_t n)
{
	struct sockaddr_in *in = (void *)at;

	if (in->sin_family == AF_INET)
		in->sin_addr.s_addr = htonl(0x7f000001 + (uint32_t)(n / 10000) * 256);
}

static bool ask(int fd, struct rng *rng)
{
	struct greeting g = { rng_next(rng), (uint32_t)rng_below(rng, MESSAGE_MAX),
			      (uint32_t)rng_below(rng, MESSAGE_MAX) };
	uint8_t buf[sizeof(g) + MESSAGE_MAX];

	memcpy(buf, &g, sizeof(g));
	stream_fill(g.seed, 0, buf + sizeof(g), g.there);
	step("short: sending");
	if (!send_all(fd, buf, sizeof(g) + g.there)) {
		rule_broken(RULE_ERRNO, "the client's greeting: %s", strerror(errno));
		return false;
	}
	step("short: receiving");
	if (!recv_stream(fd, ~g.seed, g.back, "the client"))
		return false;
	step("short: the end");
	if (rng_one_in(rng, 2) && recv(fd, buf, 1, 0) != 0)
		rule_broken(RULE_EARLY_EOF, "no EOF behind the answer: %s", strerror(errno));
	return true;
}

static void one_short(const struct listener *l, uint64_t number, struct rng *rng)
{
	bool ipv6 = plan.ipv6 && (!plan.ipv4 || rng_one_in(rng, 2)),
	     smc = !plan.mixed || rng_one_in(rng, 2);
	int fd = socket_of(plan.mixed && rng_one_in(rng, 2) ? PROTO_TCP : plan.client, ipv6);
	struct sockaddr_in6 at = l->at[smc][ipv6];

	atomic_store(&slot->pair, number);
	step("short: connecting");
	spread(&at, number & 0xffffffff);
	if (fd < 0 || connect(fd, (void *)&at, sizeof(at)))
		rule_broken(RULE_CONNECT, "connect: %s", strerror(errno));
	else
		ask(fd, rng);
	close(fd);
	atomic_fetch_add(&board->connections, 1);
	atomic_fetch_add(&board->ops, 1);
}

/**
 * work_short - the worker: a share of the short connections, with a server of its own
 * @index: of this worker
 * @rng: decides all
 */
void work_short(unsigned int index, struct rng *rng)
{
	uint64_t share = plan.short_connections / plan.workers + 1;
	struct listener l;
	pid_t pid;

	if (listener_open(&l)) {
		rule_broken(RULE_CONNECT, "no listening socket: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (!pid)
		server(&l);
	for (uint64_t i = 0; i < share; i++)
		one_short(&l, (uint64_t)index << 32 | i, rng);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	listener_close(&l);
}

/**
 * work_concurrent - the worker: a share of the connections that are open at the same time
 * @index: of this worker
 * @rng: decides all
 *
 * All are opened, used in a random order, and ended in many ways.
 */
void work_concurrent(unsigned int index, struct rng *rng)
{
	unsigned int n = plan.concurrent / plan.workers + (index < plan.concurrent % plan.workers);
	struct pair *pairs = calloc(n, sizeof(*pairs));
	struct listener l;

	if (!pairs || listener_open(&l)) {
		rule_broken(RULE_CONNECT, "no listening socket: %s", strerror(errno));
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		pairs[i].number = (uint64_t)index << 32 | i;
		if (pair_open(&pairs[i], &l, rng))
			pair_drop(&pairs[i]);
	}
	for (uint64_t i = 0; i < (uint64_t)n * 20; i++)
		op_random(&pairs[rng_below(rng, n)], rng);
	for (unsigned int i = 0; i < n; i++)
		pair_end(&pairs[i], rng);
	listener_close(&l);
	free(pairs);
}
