// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A listening socket, a connection to it and its other end, all in one process and taken step by
 * step, so that what the kernel tells of them is the same each time.
 *
 *	nl_socks smc|smc6|inet|inet6 STEP...
 *
 * Steps: listen, connect, accept; send=BYTES from the connecting end, recv=BYTES or peek=BYTES at
 * the accepted one; nodelay=0|1, cork=0|1, rcvbuf=BYTES on the connecting one; urgent, shutdown,
 * reset of it; wait: until its end is seen at the other; more=COUNT: further listening sockets;
 *new: one that does nothing; run=COMMAND: bash's. Exit status: 0, or 1 with a message.
 */
#include <errno.h>
#include <error.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "smc_compat.h"

static struct {
	int family, protocol;
	bool v6;
	int listener, client, server;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t addr_len;
} t = { .listener = -1, .client = -1, .server = -1 };

static char bytes[1 << 20];

/* All of it or out. */
static void must(bool ok, const char *what)
{
	if (!ok)
		error(1, errno, "%s", what);
}

static int new_socket(void)
{
	int fd = socket(t.family, SOCK_STREAM, t.protocol);

	must(fd >= 0, "socket");
	return fd;
}

static void set_address(void)
{
	if (t.v6) {
		t.addr.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
						    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
		t.addr_len = sizeof(t.addr.in6);
	} else {
		t.addr.in = (struct sockaddr_in){ .sin_family = AF_INET,
						  .sin_addr = { htonl(INADDR_LOOPBACK) } };
		t.addr_len = sizeof(t.addr.in);
	}
}

static int new_listener(void)
{
	int fd = new_socket();

	set_address();
	must(!bind(fd, &t.addr.any, t.addr_len), "bind");
	must(!listen(fd, 16), "listen");
	return fd;
}

static void step_listen(long unused)
{
	(void)unused;
	t.listener = new_listener();
	must(!getsockname(t.listener, &t.addr.any, &t.addr_len), "getsockname");
}

static void step_connect(long unused)
{
	(void)unused;
	if (t.client < 0)
		t.client = new_socket();
	must(!connect(t.client, &t.addr.any, t.addr_len), "connect");
}

static void step_accept(long unused)
{
	(void)unused;
	t.server = accept(t.listener, NULL, NULL);
	must(t.server >= 0, "accept");
}

static void step_send(long n)
{
	must(send(t.client, bytes, (size_t)n, 0) == n, "send");
}

static void step_recv(long n)
{
	must(recv(t.server, bytes, (size_t)n, MSG_WAITALL) == n, "recv");
}

static void step_peek(long n)
{
	must(recv(t.server, bytes, (size_t)n, MSG_PEEK) == n, "peek");
}

static void step_urgent(long unused)
{
	(void)unused;
	must(send(t.client, "!", 1, MSG_OOB) == 1, "send urgent");
}

static void step_nodelay(long value)
{
	int on = (int)value;

	must(!setsockopt(t.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
}

static void step_cork(long value)
{
	int on = (int)value;

	must(!setsockopt(t.client, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)), "TCP_CORK");
}

/* Before connect: it decides the size of the connecting end's receive buffer. */
static void step_rcvbuf(long value)
{
	int size = (int)value;

	if (t.client < 0)
		t.client = new_socket();
	must(!setsockopt(t.client, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), "SO_RCVBUF");
}

static void step_shutdown(long unused)
{
	(void)unused;
	must(!shutdown(t.client, SHUT_WR), "shutdown");
}

static void step_wait(long unused)
{
	struct pollfd fd = { .fd = t.server, .events = POLLRDHUP };

	(void)unused;
	must(poll(&fd, 1, 10000) == 1, "poll");
}

static void step_new(long unused)
{
	(void)unused;
	new_socket();
}

static void step_more(long count)
{
	const struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	while (count-- > 0)
		new_listener();
}

static const struct {
	const char *name;
	void (*run)(long number);
} steps[] = {
	{ "listen", step_listen }, { "connect", step_connect },	  { "accept", step_accept },
	{ "send", step_send },	   { "recv", step_recv },	  { "peek", step_peek },
	{ "urgent", step_urgent }, { "nodelay", step_nodelay },	  { "cork", step_cork },
	{ "rcvbuf", step_rcvbuf }, { "shutdown", step_shutdown }, { "wait", step_wait },
	{ "new", step_new },	   { "more", step_more },
};

/* bash, for functions that a script exports. */
static int run_command(const char *command)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		execlp("bash", "bash", "-c", command, NULL);
		_exit(127);
	}
	must(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
	return status;
}

static void run_step(const char *step)
{
	size_t i, len = strcspn(step, "=");
	const char *value = step[len] ? step + len + 1 : "0";

	if (!strncmp(step, "run=", 4)) {
		if (run_command(value))
			error(1, 0, "failed: %s", value);
		return;
	}
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strlen(steps[i].name) == len && !strncmp(steps[i].name, step, len)) {
			steps[i].run(strtol(value, NULL, 0));
			return;
		}
	error(1, 0, "no such step: %s", step);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		error(64, 0, "usage: nl_socks smc|smc6|inet|inet6 STEP...");
	alarm(20); /* nothing here takes long */
	t.v6 = strchr(argv[1], '6') != NULL;
	if (!strncmp(argv[1], "inet", 4)) {
		t.family = t.v6 ? AF_INET6 : AF_INET;
		t.protocol = IPPROTO_SMC;
	} else {
		t.family = AF_SMC;
		t.protocol = t.v6 ? SMCPROTO_SMC6 : SMCPROTO_SMC;
	}
	for (argv += 2; *argv; argv++)
		run_step(*argv);
	return 0;
}
