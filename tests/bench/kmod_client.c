// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_client: two processes, and as little work at the ends of a connection as can be.
 *
 *	kmod_client FAMILY MODE BYTES SECONDS [OPTION...]
 *
 * FAMILY is tcp or unix. MODE is one of
 *
 *	stream    write BYTES at a time; MB/s (1000000 bytes) as the reader sees them
 *	messages  the same, told as writes of BYTES a second
 *	pingpong  BYTES there and back; microseconds of a round trip, the mean
 *	connect   connect, BYTES there and back, close; connections a second, one after the other
 *
 * Options: nodelay (TCP_NODELAY), busy=USEC (SO_BUSY_POLL), apart (the ends of a ping-pong on two
 * processors).
 *
 * The client runs on the first processor, the other end of a stream on the second one. That of a
 * ping-pong is on the first one, too: to wake an idle processor takes longer, and longer at one
 *time than at another, than all the rest.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ends.h"

#define BYTES_MAX (1024 * 1024)

enum mode { STREAM, MESSAGES, PINGPONG, CONNECT, MODES };
static const char *const mode_names[MODES] = { "stream", "messages", "pingpong", "connect" };

static struct {
	bool local, nodelay, apart;
	int busy;
	enum mode mode;
	size_t len;
	double seconds;
} plan;

static union {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_un un;
} at;
static socklen_t at_len;

static char buffer[BYTES_MAX];

static void set_options(int fd)
{
	int one = 1;

	if (plan.nodelay && !plan.local &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		err(1, "TCP_NODELAY");
	if (plan.busy && setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &plan.busy, sizeof(plan.busy)))
		err(1, "SO_BUSY_POLL");
}

static int new_socket(void)
{
	int fd = socket(plan.local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

/* An abstract name for AF_UNIX; any port for TCP. */
static int listener(void)
{
	int fd = new_socket();

	if (plan.local) {
		at.un.sun_family = AF_UNIX;
		at_len = (socklen_t)(sizeof(sa_family_t) + 1 +
				     (size_t)snprintf(at.un.sun_path + 1, 64, "kmod_client.%d",
						      (int)getpid()));
	} else {
		at.in = (struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		at_len = sizeof(at.in);
	}
	if (bind(fd, &at.any, at_len) || listen(fd, 128) || getsockname(fd, &at.any, &at_len))
		err(1, "listen");
	return fd;
}

/* From the first byte to the last one: setting up is another measurement. */
static void sink(int fd)
{
	uint64_t sum = 0;
	double begin = 0;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (!sum)
			begin = now();
		sum += (uint64_t)n;
	}
	if (n < 0)
		err(1, "recv");
	if (plan.mode == STREAM)
		printf("%.3f\n", (double)sum / (now() - begin) / 1e6);
	else
		printf("%.0f\n", (double)sum / (double)plan.len / (now() - begin));
	fflush(stdout);
}

static void serve(int listening)
{
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			err(1, "accept");
		set_options(fd);
		if (plan.mode == STREAM || plan.mode == MESSAGES) {
			sink(fd);
			_exit(0);
		}
		while (read_whole(fd, buffer, plan.len))
			send_whole(fd, buffer, plan.len);
		close(fd);
	}
}

static int connected(void)
{
	int fd = new_socket();

	set_options(fd);
	if (connect(fd, &at.any, at_len))
		err(1, "connect");
	return fd;
}

static void ping(int fd)
{
	send_whole(fd, buffer, plan.len);
	if (!read_whole(fd, buffer, plan.len))
		errx(1, "the other end is gone");
}

static void connect_once(void)
{
	int fd = connected();

	ping(fd);
	close(fd);
}

static void connects(void)
{
	double begin;
	uint64_t n = 0;

	/* What is done the first time only. An emulator translates a module's code when it first
	 * runs. */
	for (int i = 0; i < 100; i++)
		connect_once();
	begin = now();
	for (; now() - begin < plan.seconds; n++)
		connect_once();
	printf("%.1f\n", (double)n / (now() - begin));
}

static void drive(void)
{
	int fd = connected();
	double begin;
	uint64_t n = 0;

	/* What is done the first time only. */
	for (int i = 0; i < 50; i++)
		plan.mode == PINGPONG ? ping(fd) : send_whole(fd, buffer, plan.len);
	begin = now();
	while (now() - begin < plan.seconds)
		for (int i = 0; i < 16; i++, n++)
			plan.mode == PINGPONG ? ping(fd) : send_whole(fd, buffer, plan.len);
	if (plan.mode == PINGPONG)
		printf("%.3f\n", (now() - begin) / (double)n * 1e6);
	shutdown(fd, SHUT_WR);
	close(fd);
}

static void parse(int argc, char **argv)
{
	if (argc < 5)
		errx(2, "usage: kmod_client tcp|unix stream|messages|pingpong|connect BYTES "
			"SECONDS [OPTION...]");
	plan.local = !strcmp(argv[1], "unix");
	while (plan.mode < MODES && strcmp(argv[2], mode_names[plan.mode]))
		plan.mode++;
	plan.len = (size_t)atol(argv[3]);
	plan.seconds = atof(argv[4]);
	if (plan.mode == MODES || !plan.len || plan.len > BYTES_MAX || plan.seconds <= 0)
		errx(2, "that is no measurement");
	for (int i = 5; i < argc; i++) {
		if (!strcmp(argv[i], "nodelay"))
			plan.nodelay = true;
		else if (!strcmp(argv[i], "apart"))
			plan.apart = true;
		else if (!strncmp(argv[i], "busy=", 5))
			plan.busy = atoi(argv[i] + 5);
		else
			errx(2, "unknown option %s", argv[i]);
	}
}

int main(int argc, char **argv)
{
	int fd, status = 0;
	pid_t pid;

	parse(argc, argv);
	fd = listener();
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_on(plan.apart || plan.mode == STREAM || plan.mode == MESSAGES);
		serve(fd);
	}
	run_on(0);
	close(fd);
	if (plan.mode == CONNECT)
		connects();
	else
		drive();
	fflush(stdout);
	if (plan.mode == PINGPONG || plan.mode == CONNECT)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) != SIGKILL;
}
