// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pump: one connection, and as little work at its ends as can be. smc-xfer computes and verifies
 * every byte, which takes longer than the transfer and so hides what a tracer adds to it.
 *
 *	pump FAMILY stream|pingpong BYTES SECONDS
 *
 * FAMILY is smc or tcp. stream: the client writes BYTES at a time, prints MB/s that were read at
 * the other end. pingpong: BYTES there and back, prints the microseconds of a round trip, the mean.
 * The client runs on the first processor. The other end of a stream runs on the second one, so that
 * they do not wait for each other; that of a ping-pong on the first one too, since waking an idle
 * processor takes longer, and longer at one time than at another, than all the rest.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ends.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif
#define BYTES_MAX (1024 * 1024)

static char buffer[BYTES_MAX];

/* The sum and the time of a stream are those of the end that reads it. */
static void serve(int listener, int pingpong, size_t len)
{
	int fd = accept(listener, NULL, NULL);
	double begin, seconds;
	uint64_t sum = 0;
	ssize_t n;

	if (fd < 0)
		err(1, "accept");
	if (pingpong) {
		while (read_whole(fd, buffer, len))
			send_whole(fd, buffer, len);
		return;
	}
	begin = now();
	while ((n = recv(fd, buffer, len, 0)) > 0)
		sum += (uint64_t)n;
	if (n < 0)
		err(1, "recv");
	seconds = now() - begin;
	printf("%.3f\n", (double)sum / seconds / 1e6);
	fflush(stdout);
}

static void drive(int fd, int pingpong, size_t len, double seconds)
{
	double begin = now();
	uint64_t rounds = 0;

	while (now() - begin < seconds) {
		for (int i = 0; i < 16; i++, rounds++) {
			send_whole(fd, buffer, len);
			if (pingpong && !read_whole(fd, buffer, len))
				errx(1, "the other end is gone");
		}
	}
	if (pingpong)
		printf("%.3f\n", (now() - begin) / (double)rounds * 1e6);
	fflush(stdout);
}

static int new_socket(const char *family)
{
	int fd = socket(strcmp(family, "smc") ? AF_INET : AF_SMC, SOCK_STREAM, 0), one = 1;

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t to_len = sizeof(to);
	int listener, fd, pingpong, status;
	size_t len;
	pid_t pid;

	if (argc != 5 || atol(argv[3]) < 1 || atol(argv[3]) > BYTES_MAX)
		errx(2, "usage: pump smc|tcp stream|pingpong BYTES SECONDS");
	pingpong = !strcmp(argv[2], "pingpong");
	len = (size_t)atol(argv[3]);
	listener = new_socket(argv[1]);
	if (bind(listener, (void *)&to, to_len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&to, &to_len))
		err(1, "listen");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		run_on(!pingpong);
		serve(listener, pingpong, len);
		return 0;
	}
	run_on(0);
	fd = new_socket(argv[1]);
	if (connect(fd, (void *)&to, to_len))
		err(1, "connect");
	drive(fd, pingpong, len, atof(argv[4]));
	shutdown(fd, SHUT_WR);
	close(fd);
	waitpid(pid, &status, 0);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}
