// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits of what a stranger may take of a machine, and see and end of another's connections: one
 * question a call, for a socket of TCP or of SMC, so that the answers can be laid side by side.
 *
 * Usage: limits tcp|smc QUESTION [ARGUMENT...]
 *	pin N FILE        N connections that are never accepted, filled, their clients closed
 *	early N MS        N clients have sent and closed MS before they are accepted
 *	idle N FILE       N connections, filled and read empty, both ways
 *	feed N DIR FILE   N plain TCP clients fill a server that does not read, in the cgroup DIR
 *	carry N BYTES     N connections carry as many bytes each way, without blocking
 *	serve PORT FILE   accept one connection
 *	leave ADDRESS PORT send to it, close and go
 *	kill COMMAND      COMMAND ends a connection whose port it gets as its last argument
 *	destroy           the same by SOCK_DESTROY of the socket's own family
 *	stamps            what the error queue gives to a client that asks for time stamps
 * Where there is a FILE, it says "ready ..." and stays until FILE is there.
 * Exit status: 0, 1 if something is wrong, 64 wrong usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AF_SMC
#define AF_SMC 43
#endif
#define BACKLOG 100000

static int family;
static char buf[1 << 16];

static __attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(": %s\n", strerror(errno));
	exit(1);
}

/* Whoever has a network namespace of its own has to make lo work. */
static void lo_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ioctl(fd, SIOCSIFFLAGS, &r);
	close(fd);
}

static int make_socket(int of)
{
	int fd = socket(of, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("fcntl");
}

static int make_listener(struct sockaddr_in *at)
{
	int fd = make_socket(family), one = 1;
	socklen_t len = sizeof(*at);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)at, sizeof(*at)) || listen(fd, BACKLOG) ||
	    getsockname(fd, (void *)at, &len))
		die("a listener");
	return fd;
}

static struct sockaddr_in on_lo(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int connect_to(int of, const struct sockaddr_in *at)
{
	int fd = make_socket(of);

	if (connect(fd, (const void *)at, sizeof(*at)))
		die("connect");
	return fd;
}

static void make_pair(int *client, int *server)
{
	struct sockaddr_in at = on_lo();
	int listener = make_listener(&at);

	*client = connect_to(family, &at);
	*server = accept(listener, NULL, NULL);
	if (*server < 0)
		die("accept");
	close(listener);
}

/* Until no more is taken for @ms. Returns how many bytes were. */
static long fill(int fd, int ms)
{
	long sent = 0;
	ssize_t n;

	do {
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			sent += n;
		else if (ms)
			n = poll(&p, 1, ms);
	} while (n > 0);
	return sent;
}

static void stay(const char *file)
{
	fflush(stdout);
	while (access(file, F_OK))
		usleep(50000);
}

static int pin(char **arg)
{
	struct sockaddr_in at = on_lo();
	int listener, i, n = atoi(arg[0]);
	long sent = 0;

	lo_up();
	listener = make_listener(&at);
	for (i = 0; i < n; i++) {
		struct timeval soon = { .tv_sec = 2 };
		int fd = make_socket(family);

		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon));
		if (connect(fd, (void *)&at, sizeof(at)))
			break;
		if (!getenv("EMPTY"))
			sent += fill(fd, 0);
		close(fd);
	}
	printf("ready %d connections, %ld KiB\n", i, sent >> 10);
	stay(arg[1]);
	close(listener);
	return 0;
}

static int early(char **arg)
{
	struct sockaddr_in at = on_lo();
	int listener = make_listener(&at), n = atoi(arg[0]), i;

	for (i = 0; i < n; i++) {
		int fd = connect_to(family, &at);

		memset(buf, i, 5000);
		if (send(fd, buf, 5000, 0) != 5000)
			die("send");
		close(fd);
	}
	usleep((useconds_t)atoi(arg[1]) * 1000);
	for (i = 0; i < n; i++) {
		int fd = accept(listener, NULL, NULL);
		ssize_t got = recv(fd, buf, sizeof(buf), MSG_WAITALL);

		if (got != 5000 || buf[0] != (char)i || buf[4999] != (char)i)
			die("connection %d: %zd bytes", i, got);
		close(fd);
	}
	return 0;
}

static long drain(int fd)
{
	long got = 0;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		got += n;
	return got;
}

static int idle(char **arg)
{
	int n = atoi(arg[0]), *ends = calloc((size_t)n * 2, sizeof(*ends)), i;
	long sent = 0, got = 0;

	for (i = 0; i < n; i++) {
		make_pair(&ends[2 * i], &ends[2 * i + 1]);
		sent += fill(ends[2 * i], 0) + fill(ends[2 * i + 1], 0);
	}
	for (i = 0; i < 2 * n; i++)
		got += drain(ends[i]);
	printf("ready %d connections, %ld KiB\n", n, sent >> 10);
	stay(arg[1]);
	/* They are as good as before. */
	for (i = 0; i < n && family != AF_INET; i++) {
		if (send(ends[2 * i], "word", 4, 0) != 4 ||
		    recv(ends[2 * i + 1], buf, 4, MSG_WAITALL) != 4)
			die("connection %d afterwards", i);
	}
	return family != AF_INET && got != sent;
}

static void enter(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die("%s", path);
	close(fd);
}

/* The clients are in another cgroup, so that it is the server's end alone that counts. */
static void feed_clients(int n, const struct sockaddr_in *at, const char *file)
{
	long sent = 0;
	int i;

	for (i = 0; i < n; i++)
		sent += fill(connect_to(AF_INET, at), 20);
	printf("ready %d connections, %ld KiB\n", n, sent >> 10);
	stay(file);
	exit(0);
}

static int feed(char **arg)
{
	struct sockaddr_in at = on_lo();
	int n = atoi(arg[0]), i, listener, status, size = 4 << 20, where[2];
	pid_t child;

	/* The clients learn where it is from the pipe, when it listens. */
	if (pipe(where))
		die("pipe");
	child = fork();
	if (!child) {
		if (read(where[0], &at, sizeof(at)) != sizeof(at))
			die("no server");
		feed_clients(n, &at, arg[2]);
	}
	enter(arg[1]);
	listener = make_listener(&at);
	if (write(where[1], &at, sizeof(at)) != sizeof(at))
		die("pipe");
	for (i = 0; i < n; i++) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			die("accept");
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	waitpid(child, &status, 0);
	return status != 0;
}

/* One way of a connection, without blocking. */
struct way {
	int from, to;
	long sent, got, bytes;
	long idle_writes; /* poll() said that it would do, and it did not */
};

static char pattern(long at)
{
	return (char)(at * 7 + (at >> 8));
}

static void push(struct way *way)
{
	long n = way->bytes - way->sent, i;
	ssize_t done;

	if (n > (long)sizeof(buf))
		n = sizeof(buf);
	for (i = 0; i < n; i++)
		buf[i] = pattern(way->sent + i);
	done = send(way->from, buf, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (done > 0)
		way->sent += done;
	else if (errno == EAGAIN)
		way->idle_writes++;
	else
		die("send after %ld bytes", way->sent);
}

static void pull(struct way *way)
{
	ssize_t n = recv(way->to, buf, sizeof(buf), MSG_DONTWAIT), i;

	if (!n || (n < 0 && errno != EAGAIN))
		die("recv after %ld bytes", way->got);
	for (i = 0; i < n; i++, way->got++) {
		if (buf[i] != pattern(way->got))
			die("byte %ld is wrong", way->got);
	}
}

static bool step(struct way *way)
{
	struct pollfd p[2] = {
		{ .fd = way->from, .events = way->sent < way->bytes ? POLLOUT : 0 },
		{ .fd = way->to, .events = way->got < way->bytes ? POLLIN : 0 },
	};

	if (!p[0].events && !p[1].events)
		return false;
	if (poll(p, 2, 0) > 0) {
		if (p[0].revents)
			push(way);
		if (p[1].revents)
			pull(way);
	}
	return true;
}

static int carry(char **arg)
{
	int n = atoi(arg[0]), i;
	long bytes = atol(arg[1]), idle_writes = 0;
	struct way *ways = calloc((size_t)n * 2, sizeof(*ways));
	bool more;

	for (i = 0; i < n; i++) {
		int client, server;

		make_pair(&client, &server);
		set_nonblocking(client);
		set_nonblocking(server);
		ways[2 * i] = (struct way){ .from = client, .to = server, .bytes = bytes };
		ways[2 * i + 1] = (struct way){ .from = server, .to = client, .bytes = bytes };
	}
	do {
		more = false;
		for (i = 0; i < 2 * n; i++)
			more |= step(&ways[i]);
	} while (more);
	for (i = 0; i < 2 * n; i++)
		idle_writes += ways[i].idle_writes;
	printf("%ld bytes each way, %ld idle writes\n", bytes, idle_writes);
	return 0;
}

static int serve(char **arg)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(arg[0])) };
	int listener = make_listener(&at), fd;

	printf("listens\n");
	fflush(stdout);
	fd = accept(listener, NULL, NULL);
	if (fd < 0 || recv(fd, buf, 4, 0) != 4)
		die("accept");
	printf("ready\n");
	stay(arg[1]);
	return 0;
}

static int leave(char **arg)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(arg[1])) };
	int fd;

	inet_pton(AF_INET, arg[0], &at.sin_addr);
	fd = connect_to(family, &at);
	return send(fd, "word", 4, 0) != 4;
}

static const char *result(ssize_t n)
{
	static char text[32];

	snprintf(text, sizeof(text), "%zd", n);
	return n < 0 ? strerrorname_np(errno) : text;
}

/* Each end of a connection learns what has been done to it. */
static void tell_ends(int client, int server)
{
	struct pollfd p = { .fd = client, .events = POLLIN | POLLOUT };

	/* The other end is told in its own time. */
	usleep(300000);
	poll(&p, 1, 0);
	printf("poll %x", p.revents);
	printf(" send %s", result(send(client, "x", 1, MSG_NOSIGNAL)));
	printf(" again %s", result(send(client, "x", 1, MSG_NOSIGNAL)));
	printf(" recv %s", result(recv(client, buf, 1, MSG_DONTWAIT)));
	printf("; peer: recv %s", result(recv(server, buf, 1, MSG_DONTWAIT)));
	printf(" again %s", result(recv(server, buf, 1, MSG_DONTWAIT)));
	printf(" send %s\n", result(send(server, "x", 1, MSG_NOSIGNAL)));
}

static int port_of(int fd)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	getsockname(fd, (void *)&at, &len);
	return ntohs(at.sin_port);
}

static int kill_by(char **arg)
{
	char command[256];
	int client, server;

	make_pair(&client, &server);
	snprintf(command, sizeof(command), "%s %d >/dev/null", arg[0], port_of(client));
	if (system(command))
		die("%s", command);
	tell_ends(client, server);
	return 0;
}

/* struct smc_diag_req has its own head; the socket's id is inet_diag's. */
struct destroy {
	struct nlmsghdr hdr;
	union {
		struct inet_diag_req_v2 inet;
		struct {
			__u8 family, pad[2], ext;
			struct inet_diag_sockid id;
		} smc;
	};
};

static void destroy_fill(struct destroy *req, int fd)
{
	struct sockaddr_in own, peer;
	socklen_t len = sizeof(own);
	struct inet_diag_sockid *id = family == AF_INET ? &req->inet.id : &req->smc.id;

	getsockname(fd, (void *)&own, &len);
	getpeername(fd, (void *)&peer, &len);
	id->idiag_sport = own.sin_port;
	id->idiag_dport = peer.sin_port;
	id->idiag_src[0] = own.sin_addr.s_addr;
	id->idiag_dst[0] = peer.sin_addr.s_addr;
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	req->hdr.nlmsg_type = SOCK_DESTROY;
	req->hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (family == AF_INET) {
		req->hdr.nlmsg_len = NLMSG_LENGTH(sizeof(req->inet));
		req->inet.sdiag_family = AF_INET;
		req->inet.sdiag_protocol = IPPROTO_TCP;
		req->inet.idiag_states = ~0U;
	} else {
		req->hdr.nlmsg_len = NLMSG_LENGTH(sizeof(req->smc));
		req->smc.family = (__u8)family;
	}
}

static int destroy_socket(int fd)
{
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr err;
	} answer = {};
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	struct destroy req = {};

	destroy_fill(&req, fd);
	if (send(nl, &req, req.hdr.nlmsg_len, 0) < 0 || recv(nl, &answer, sizeof(answer), 0) < 0)
		die("SOCK_DESTROY");
	close(nl);
	errno = -answer.err.error;
	return answer.err.error ? -1 : 0;
}

static int destroy(char **arg)
{
	int client, server;

	(void)arg;
	make_pair(&client, &server);
	printf("destroy %s; ", result(destroy_socket(client)));
	tell_ends(client, server);
	return 0;
}

static bool is_clc(ssize_t n)
{
	static const char eyecatchers[][4] = { { '\xe2', '\xd4', '\xc3', '\xd9' },
					       { '\xe2', '\xd4', '\xc3', '\xc4' } };

	return n > 0 && (memmem(buf, (size_t)n, eyecatchers[0], 4) ||
			 memmem(buf, (size_t)n, eyecatchers[1], 4));
}

static int stamps_of(int client, int *clc)
{
	int stamps = 0;

	for (;;) {
		char control[512];
		struct iovec vec = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &vec,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(client, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);

		if (n < 0)
			return stamps;
		stamps++;
		*clc += is_clc(n);
	}
}

/* The client's peer is TCP's, or its own family's. */
static int stamps_to(int peer_family)
{
	int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
		    SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE;
	int own = family, listener, client, server, stamps, clc = 0;
	struct sockaddr_in at = on_lo();

	family = peer_family;
	listener = make_listener(&at);
	family = own;
	client = make_socket(family);
	if (setsockopt(client, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) ||
	    connect(client, (void *)&at, sizeof(at)))
		die("connect");
	server = accept(listener, NULL, NULL);
	usleep(100000);
	stamps = stamps_of(client, &clc);
	if (stamps)
		printf("%d stamps before a byte was sent, ", stamps);
	send(client, "word", 4, 0);
	recv(server, buf, 4, MSG_WAITALL);
	usleep(100000);
	stamps = stamps_of(client, &clc);
	printf("peer %s: %s, %d with CLC\n", peer_family == AF_INET ? "tcp" : "same",
	       stamps ? "stamps" : "none", clc);
	close(client);
	close(server);
	close(listener);
	return clc;
}

static int stamps(char **arg)
{
	(void)arg;
	return stamps_to(AF_INET) + stamps_to(family) != 0;
}

static const struct question {
	const char *name;
	int args;
	int (*ask)(char **arg);
} questions[] = {
	{ "pin", 2, pin },	 { "early", 2, early },	 { "idle", 2, idle },
	{ "feed", 3, feed },	 { "carry", 2, carry },	 { "serve", 2, serve },
	{ "leave", 2, leave },	 { "kill", 1, kill_by }, { "destroy", 0, destroy },
	{ "stamps", 0, stamps },
};

int main(int argc, char **argv)
{
	const struct rlimit files = { 4096, 4096 };
	size_t i;

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc >= 3) {
		family = !strcmp(argv[1], "smc") ? AF_SMC : AF_INET;
		for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
			if (!strcmp(questions[i].name, argv[2]) && questions[i].args == argc - 3)
				return questions[i].ask(argv + 3);
	}
	fprintf(stderr, "usage: limits tcp|smc QUESTION [ARGUMENT...]\n");
	return 64;
}
