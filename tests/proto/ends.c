// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto_ends: connections over AF_SMC on 127.0.0.1 that end in every way and
 * order: each end shuts down writing, closes, or closes with a byte unread.
 * tests/proto/record records the stack's behaviour.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAMILY_SMC 43
/* A record is of the ends when all is quiet, so that no two things happen at a time. */
#define QUIET_US 30000

/* Steps of an end: W shutdown(SHUT_WR), B shutdown(SHUT_RDWR), C close(); u: with a byte unread. */
static const char *const ways[] = { "",	  "W",	"B",  "C",   "uB",  "uC",
				    "WB", "WC", "BC", "uWC", "uWB", "uBC" };

#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct end {
	int fd;
	const char *way;
};

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void make_pair(int *client, int *server)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int listener = socket(FAMILY_SMC, SOCK_STREAM, 0);

	*client = socket(FAMILY_SMC, SOCK_STREAM, 0);
	if (listener < 0 || *client < 0)
		die("socket");
	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		die("listen");
	if (connect(*client, (struct sockaddr *)&a, len))
		die("connect");
	*server = accept(listener, NULL, NULL);
	if (*server < 0)
		die("accept");
	close(listener);
}

static void send_unread(int from, int to)
{
	int there = 0;

	if (write(from, "u", 1) != 1)
		die("write");
	while (!there)
		if (ioctl(to, FIONREAD, &there))
			die("FIONREAD");
}

static void step(struct end *end)
{
	switch (*end->way++) {
	case 'W':
		shutdown(end->fd, SHUT_WR);
		break;
	case 'B':
		shutdown(end->fd, SHUT_RDWR);
		break;
	case 'C':
		close(end->fd);
		end->fd = -1;
		break;
	}
	usleep(QUIET_US);
}

/* @order: whose the steps are, from the lowest bit on. */
static void run(const char *way[2], unsigned int order, unsigned int steps)
{
	struct end end[2] = { { .way = way[0] }, { .way = way[1] } };
	unsigned int i;

	make_pair(&end[0].fd, &end[1].fd);
	for (i = 0; i < 2; i++)
		if (*end[i].way == 'u') {
			send_unread(end[!i].fd, end[i].fd);
			end[i].way++;
		}
	for (i = 0; i < steps; i++)
		step(&end[order >> i & 1]);
	for (i = 0; i < 2; i++)
		if (end[i].fd >= 0) {
			close(end[i].fd);
			usleep(QUIET_US);
		}
}

static unsigned int steps_of(const char *way)
{
	return (unsigned int)(strlen(way) - (*way == 'u'));
}

static unsigned int ones(unsigned int n)
{
	return n ? (n & 1) + ones(n >> 1) : 0;
}

int main(void)
{
	unsigned int a, b, order, steps, n = 0;

	for (a = 0; a < WAYS; a++)
		for (b = 0; b < WAYS; b++) {
			const char *way[2] = { ways[a], ways[b] };

			steps = steps_of(way[0]) + steps_of(way[1]);
			for (order = 0; order < 1u << steps; order++) {
				if (ones(order) != steps_of(way[1]))
					continue;
				run(way, order, steps);
				n++;
			}
		}
	printf("%u connections\n", n);
	return EXIT_SUCCESS;
}
