// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client that is connected before another one begins at the same processor is accepted first,
 * however busy the machine is. One of four clients is TCP.
 *
 * Usage: kmod_order tcp|smc     what the listener and the other clients are
 * Exit status: 0, 1 with a line that tells what was wrong.
 */
#include <arpa/inet.h>
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

#define CONNECTIONS 400 /* both ends of them stay open */
#define SPINNERS 3	/* enough that work items are preempted on a machine of two processors */

static in_port_t made[CONNECTIONS], accepted[CONNECTIONS];
static atomic_bool over;

static int make(int protocol)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		err(1, "a socket of protocol %d", protocol);
	return fd;
}

static pthread_t begin(void *(*what)(void *), void *with)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, what, with))
		errx(1, "no thread");
	return thread;
}

static void *accept_all(void *listener)
{
	struct sockaddr_in peer;
	socklen_t len;

	for (int i = 0; i < CONNECTIONS; i++) {
		len = sizeof(peer);
		if (accept(*(int *)listener, (void *)&peer, &len) < 0)
			err(1, "accept");
		accepted[i] = peer.sin_port;
	}
	return NULL;
}

static void *spin(void *arg)
{
	while (!over)
		;
	return arg;
}

/*
 * connect() returns when the client has queued its ACK on this processor. A client that goes on at
 * another processor can have its next connection established before that ACK is worked off, so
 * TCP itself keeps the order for a client of one processor only.
 */
static void stay_on_this_processor(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		err(1, "sched_getcpu");
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "sched_setaffinity");
}

static void connect_all(const struct sockaddr_in *at, int protocol)
{
	struct sockaddr_in ours;
	socklen_t len = sizeof(ours);

	for (int i = 0; i < CONNECTIONS; i++) {
		int client = make(i % 4 ? protocol : IPPROTO_TCP);

		if (connect(client, (const void *)at, sizeof(*at)) ||
		    getsockname(client, (void *)&ours, &len))
			err(1, "connect");
		made[i] = ours.sin_port;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	pthread_t spinners[SPINNERS], server;
	socklen_t len = sizeof(at);
	int protocol, listener;

	if (argc != 2)
		errx(1, "usage: kmod_order tcp|smc");
	protocol = strcmp(argv[1], "tcp") ? IPPROTO_SMC : IPPROTO_TCP;
	listener = make(protocol);
	if (bind(listener, (void *)&at, len) || listen(listener, 16) ||
	    getsockname(listener, (void *)&at, &len))
		err(1, "bind or listen");
	server = begin(accept_all, &listener);
	for (int i = 0; i < SPINNERS; i++)
		spinners[i] = begin(spin, NULL);
	stay_on_this_processor();
	connect_all(&at, protocol);
	pthread_join(server, NULL);
	over = true;
	for (int i = 0; i < SPINNERS; i++)
		pthread_join(spinners[i], NULL);
	for (int i = 0; i < CONNECTIONS; i++)
		if (made[i] != accepted[i])
			errx(1, "connection %d came out of turn", i);
	return 0;
}
