// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TCP relay that spoils the bytes it passes on, to see the checker of smc-xfer find it. One
 * connection on 127.0.0.1; the damage is done in the direction from the client to the server.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct damage {
	enum { FLIP, DROP, DOUBLE, CUT, NONE } kind;
	uint64_t offset;
};

static int fail(const char *what)
{
	perror(what);
	return -1;
}

static int listen_any(const char *port_file)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *f;

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		return fail("listen");
	f = fopen(port_file, "w");
	if (!f)
		return fail(port_file);
	fprintf(f, "%u\n", ntohs(addr.sin_port));
	fclose(f);
	return fd;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail("connect");
	return fd;
}

static bool send_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Return: false when the connection has to be cut. */
static bool send_damaged(int fd, uint8_t *data, size_t len, uint64_t at,
			 const struct damage *damage)
{
	size_t before = (size_t)(damage->offset - at);

	if (damage->kind == NONE || damage->offset < at || damage->offset >= at + len)
		return send_all(fd, data, len);
	if (damage->kind == FLIP)
		data[before] ^= 1;
	if (!send_all(fd, data, before) || damage->kind == CUT)
		return false;
	if (damage->kind == DOUBLE && !send_all(fd, data + before, 1))
		return false;
	before += damage->kind == DROP;
	return send_all(fd, data + before, len - before);
}

/* Return: false at the end of this direction. */
static bool pass(int from, int to, uint64_t *at, const struct damage *damage, bool *cut)
{
	uint8_t buf[4096];
	ssize_t n = recv(from, buf, sizeof(buf), 0);

	if (n <= 0) {
		shutdown(to, SHUT_WR);
		return false;
	}
	if (!send_damaged(to, buf, (size_t)n, *at, damage))
		*cut = true;
	*at += (uint64_t)n;
	return true;
}

static void relay(int client, int server, const struct damage *damage)
{
	const struct damage none = { NONE, 0 };
	struct pollfd poller[] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
	uint64_t up = 0, down = 0;
	bool cut = false;

	while (!cut && (poller[0].fd >= 0 || poller[1].fd >= 0) && poll(poller, 2, 20000) > 0) {
		if (poller[0].revents && !pass(client, server, &up, damage, &cut))
			poller[0].fd = -1;
		if (poller[1].revents && !pass(server, client, &down, &none, &cut))
			poller[1].fd = -1;
	}
}

static bool parse(char **argv, struct damage *damage)
{
	static const char *const kinds[] = { "flip", "drop", "double", "cut", "none" };
	int i;

	for (i = 0; i <= NONE; i++) {
		if (strcmp(kinds[i], argv[3]))
			continue;
		damage->kind = i;
		damage->offset = strtoull(argv[4], NULL, 0);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct damage damage;
	int listener, client, server;

	if (argc != 5 || !parse(argv, &damage)) {
		fputs("usage: relay PORT-FILE SERVER-PORT flip|drop|double|cut|none OFFSET\n",
		      stderr);
		return 2;
	}
	listener = listen_any(argv[1]);
	if (listener < 0)
		return 1;
	client = accept(listener, NULL, NULL);
	server = connect_to((uint16_t)atoi(argv[2]));
	if (client < 0 || server < 0)
		return 1;
	relay(client, server, &damage);
	return 0;
}
