// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Corners of what a stream socket does, where two threads, a signal or an option come at a bad
 * moment. Each case is for SMC what it is for TCP, so TCP is asked first.
 *
 * Usage: kmod_corners tcp|smc CASE     Without a case: their names.
 * Cases with "link" in their names want an interface d0 with the address fe80::1.
 * Exit status: 0, 1 with a line that tells what was wrong, 2 it cannot run here.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "corners_bpf.h"

#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

#define PATIENCE_S 60
#define RING (256 * 1024) /* bytes a buffer of SMC-D has at least */

static int protocol; /* of socket() */
static char bytes[RING];

#define EXPECT(what, ...)                                                                          \
	do {                                                                                       \
		if (!(what))                                                                       \
			errx(1, __VA_ARGS__);                                                      \
	} while (0)

/* ---- sockets ---- */

static int make(int family, int protocol_)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol_);

	if (fd < 0)
		err(2, "a socket of protocol %d", protocol_);
	return fd;
}

static void set(int fd, int level, int name, int value)
{
	EXPECT(!setsockopt(fd, level, name, &value, sizeof(value)), "option %d of level %d: %s",
	       name, level, strerror(errno));
}

static void set_time(int fd, int name, unsigned int ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, name, &t, sizeof(t));
}

static void set_flag(int fd, int flag, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | flag : flags & ~flag);
}

static struct sockaddr_in listening(int fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	EXPECT(!bind(fd, (void *)&at, len) && !listen(fd, 16) &&
		       !getsockname(fd, (void *)&at, &len),
	       "bind or listen: %s", strerror(errno));
	return at;
}

/* Both ends of a connection, the client's first. */
static void pair_of(int ends[2], int client_protocol, int server_protocol)
{
	int listener = make(AF_INET, server_protocol);
	struct sockaddr_in at = listening(listener);

	ends[0] = make(AF_INET, client_protocol);
	EXPECT(!connect(ends[0], (void *)&at, sizeof(at)), "connect: %s", strerror(errno));
	ends[1] = accept(listener, NULL, NULL);
	EXPECT(ends[1] >= 0, "accept: %s", strerror(errno));
	close(listener);
	for (int i = 0; i < 2; i++) {
		set_time(ends[i], SO_RCVTIMEO, PATIENCE_S * 1000);
		set_time(ends[i], SO_SNDTIMEO, PATIENCE_S * 1000);
	}
}

static bool ready(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) == 1;
}

static void nap(unsigned int ms)
{
	usleep(ms * 1000);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static pthread_t begin(void *(*what)(void *), void *with)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, what, with))
		errx(2, "no thread");
	return thread;
}

static void *result(pthread_t thread)
{
	void *value = NULL;

	pthread_join(thread, &value);
	return value;
}

/* ---- two threads at one end ---- */

#define STREAM (8 << 20) /* bytes */

static void *send_stream(void *fd)
{
	for (size_t left = STREAM; left;) {
		ssize_t n = send(*(int *)fd, bytes, left < 3000 ? left : 3000, MSG_NOSIGNAL);

		EXPECT(n > 0, "sending: %s", strerror(errno));
		left -= (size_t)n;
	}
	return NULL;
}

static atomic_bool over;

static void *peek_on(void *fd)
{
	char byte[64];

	while (!atomic_load(&over))
		EXPECT(recv(*(int *)fd, byte, sizeof(byte), MSG_PEEK) >= 0, "MSG_PEEK: %s",
		       strerror(errno));
	return NULL;
}

static void *poll_on(void *fd)
{
	while (!atomic_load(&over))
		ready(*(int *)fd, POLLIN | POLLOUT, 0);
	return NULL;
}

static void beside_stream(void *(*what)(void *), int end)
{
	pthread_t sender, beside;
	size_t got = 0;
	int ends[2];
	ssize_t n;

	pair_of(ends, protocol, protocol);
	beside = begin(what, &ends[end]);
	sender = begin(send_stream, &ends[0]);
	while (got < STREAM) {
		n = STREAM - got < sizeof(bytes) ? STREAM - got : sizeof(bytes);
		n = recv(ends[1], bytes, (size_t)n, got % 3 ? 0 : MSG_WAITALL);
		EXPECT(n > 0, "%zu of %d bytes, then %s", got, STREAM, n ? strerror(errno) : "EOF");
		got += (size_t)n;
	}
	result(sender);
	atomic_store(&over, true);
	shutdown(ends[0], SHUT_WR);
	result(beside);
}

/* One thread peeks and sleeps while another reads what there was. */
static void peek_beside_recv(void)
{
	beside_stream(peek_on, 1);
}

static void poll_beside_send(void)
{
	beside_stream(poll_on, 0);
}

static void *send_till_pipe(void *fd)
{
	size_t sent = 0;
	ssize_t n;

	while ((n = send(*(int *)fd, bytes, sizeof(bytes), MSG_NOSIGNAL)) > 0)
		sent += (size_t)n;
	EXPECT(errno == EPIPE, "sending beside shutdown(): %s", strerror(errno));
	return (void *)sent;
}

/* Behind EOF nothing comes, and before it all that send() took. */
static void shutdown_beside_send(void)
{
	for (int round = 0; round < 200; round++) {
		char sink[16384];
		size_t got = 0, sent;
		pthread_t sender;
		int ends[2];
		ssize_t n;

		pair_of(ends, protocol, protocol);
		sender = begin(send_till_pipe, &ends[0]);
		while (got < (size_t)round * 3000 && (n = recv(ends[1], sink, sizeof(sink), 0)) > 0)
			got += (size_t)n;
		EXPECT(!shutdown(ends[0], SHUT_WR), "shutdown: %s", strerror(errno));
		while ((n = recv(ends[1], sink, sizeof(sink), 0)) > 0)
			got += (size_t)n;
		EXPECT(!n, "receiving: %s", strerror(errno));
		sent = (size_t)result(sender);
		EXPECT(got == sent, "%zu bytes sent, %zu before EOF", sent, got);
		EXPECT(!recv(ends[1], sink, sizeof(sink), 0), "bytes behind EOF");
		close(ends[0]);
		close(ends[1]);
	}
}

/* ---- options ---- */

/* Each polls before it goes on, and one of them can always. */
static void large_lowat(void)
{
	size_t sent = 0, got = 0;
	int ends[2];

	pair_of(ends, protocol, protocol);
	set(ends[1], SOL_SOCKET, SO_RCVLOWAT, 200000);
	while (got < STREAM) {
		bool moved = false;
		ssize_t n;

		while (sent < STREAM && ready(ends[0], POLLOUT, 0)) {
			n = send(ends[0], bytes, 7001, MSG_DONTWAIT);
			EXPECT(n > 0, "writable, and then %s", strerror(errno));
			sent += (size_t)n;
			moved = true;
		}
		if (sent >= STREAM)
			shutdown(ends[0], SHUT_WR);
		if (ready(ends[1], POLLIN, moved ? 0 : 10000)) {
			n = recv(ends[1], bytes, 90001, MSG_DONTWAIT);
			EXPECT(n > 0, "readable, and then %s", strerror(errno));
			got += (size_t)n;
			moved = true;
		}
		EXPECT(moved, "after %zu bytes neither can go on", got);
	}
}

/* Another memory cgroup pays for what this process makes from now on; or again the first. */
static void change_payer(const char *procs)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		err(2, "%s", procs);
	close(fd);
}

/* CLC messages are shorter than that. With two payers each end waits for the other's. */
static void lowat_before_connect(void)
{
	int listener = make(AF_INET, protocol), client, server;
	struct sockaddr_in at;

	change_payer("/sys/fs/cgroup/corners/cgroup.procs");
	client = make(AF_INET, protocol);
	change_payer("/sys/fs/cgroup/cgroup.procs");
	set(listener, SOL_SOCKET, SO_RCVLOWAT, 4096);
	set(client, SOL_SOCKET, SO_RCVLOWAT, 4096);
	at = listening(listener);
	set_flag(client, O_NONBLOCK, true);
	EXPECT(!connect(client, (void *)&at, sizeof(at)) || errno == EINPROGRESS, "connect: %s",
	       strerror(errno));
	server = accept(listener, NULL, NULL);
	EXPECT(server >= 0 && ready(client, POLLOUT, PATIENCE_S * 1000), "no connection");
	EXPECT(send(client, bytes, 4095, 0) == 4095 && !ready(server, POLLIN, 300),
	       "readable below SO_RCVLOWAT");
	EXPECT(send(client, bytes, 1, 0) == 1 && ready(server, POLLIN, PATIENCE_S * 1000),
	       "not readable at SO_RCVLOWAT");
}

/* ---- signals ---- */

static volatile sig_atomic_t heard[65];

static void hear(int signal)
{
	heard[signal]++;
}

static void listen_for(int signal, int flags)
{
	struct sigaction action = { .sa_handler = hear, .sa_flags = flags };

	sigaction(signal, &action, NULL);
	heard[signal] = 0;
}

static bool comes(int signal)
{
	for (int i = 0; i < PATIENCE_S * 100 && !heard[signal]; i++)
		nap(10);
	return heard[signal];
}

static void own(int fd, int signal)
{
	listen_for(signal, 0);
	fcntl(fd, F_SETOWN, getpid());
	if (signal == SIGIO)
		set_flag(fd, O_ASYNC | O_NONBLOCK, true);
}

static void tells_of_data(int to, int from)
{
	own(to, SIGIO);
	EXPECT(send(from, bytes, 10, 0) == 10 && comes(SIGIO), "no SIGIO for data");
	EXPECT(recv(to, bytes, 10, 0) == 10, "no data behind SIGIO");
}

static void tells_of_room(int from, int to)
{
	set_flag(from, O_NONBLOCK, true);
	while (send(from, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		continue;
	own(from, SIGIO);
	EXPECT(send(from, bytes, 1, MSG_NOSIGNAL) < 0 && errno == EAGAIN, "it is not full");
	heard[SIGIO] = 0;
	set_flag(to, O_NONBLOCK, true);
	for (int i = 0; i < 200 && !heard[SIGIO]; i++) {
		while (recv(to, bytes, sizeof(bytes), 0) > 0)
			continue;
		nap(10);
	}
	EXPECT(comes(SIGIO), "no SIGIO for room");
}

static void tells_of_urgent(int to, int from)
{
	own(to, SIGURG);
	EXPECT(send(from, "!", 1, MSG_OOB) == 1 && comes(SIGURG), "no SIGURG");
}

static void signals_of(int client_protocol, int server_protocol)
{
	int ends[2];

	pair_of(ends, client_protocol, server_protocol);
	tells_of_data(ends[0], ends[1]);
	tells_of_data(ends[1], ends[0]);
	tells_of_urgent(ends[0], ends[1]);
	tells_of_urgent(ends[1], ends[0]);
	pair_of(ends, client_protocol, server_protocol);
	tells_of_room(ends[0], ends[1]);
	pair_of(ends, client_protocol, server_protocol);
	tells_of_room(ends[1], ends[0]);
}

static void signals(void)
{
	signals_of(protocol, protocol);
}

static void signals_after_fallback(void)
{
	signals_of(protocol, IPPROTO_TCP);
	signals_of(IPPROTO_TCP, protocol);
}

/* Timeouts that are set when the connection is there; an application has no earlier moment. */
static void timeout_after_fallback(void)
{
	uint64_t begun;
	int ends[2];

	pair_of(ends, protocol, IPPROTO_TCP);
	set_time(ends[0], SO_RCVTIMEO, 200);
	begun = now_ms();
	EXPECT(recv(ends[0], bytes, 1, 0) < 0 && errno == EAGAIN, "SO_RCVTIMEO: %s",
	       strerror(errno));
	EXPECT(now_ms() - begun < PATIENCE_S * 500, "SO_RCVTIMEO is not looked at");
}

/* ---- connect() ---- */

/* An address of TEST-NET-1, with a route to nowhere; see the test's script. */
static struct sockaddr_in nowhere(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(9),
				     .sin_addr.s_addr = htonl(0xc0000209) };
}

static void *connect_slowly(void *fd)
{
	struct sockaddr_in at = nowhere();

	return (void *)(intptr_t)(connect(*(int *)fd, (void *)&at, sizeof(at)) ? errno : 0);
}

/* The second one waits for the same connection. */
static void connect_twice(void)
{
	int fd = make(AF_INET, protocol), error;
	pthread_t first, second;

	set_time(fd, SO_SNDTIMEO, 3000);
	first = begin(connect_slowly, &fd);
	nap(500);
	set_time(fd, SO_SNDTIMEO, 500);
	second = begin(connect_slowly, &fd);
	error = (int)(intptr_t)result(second);
	EXPECT(error == EALREADY, "the second connect(): %s", strerror(error));
	error = (int)(intptr_t)result(first);
	EXPECT(error == EINPROGRESS, "the first connect(): %s", strerror(error));
	close(fd);
}

/* A signal whose handler wants calls to go on. */
static void connect_restarted(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 200000 };
	int fd = make(AF_INET, protocol), error;
	uint64_t begun = now_ms();
	pthread_t thread;
	sigset_t set;

	listen_for(SIGALRM, SA_RESTART);
	thread = begin(connect_slowly, &fd);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT(comes(SIGALRM), "no SIGALRM");
	nap(500);
	shutdown(fd, SHUT_RDWR);
	error = (int)(intptr_t)result(thread);
	EXPECT(error && error != EALREADY, "connect() gives %s after %d ms", strerror(error),
	       (int)(now_ms() - begun));
	close(fd);
}

/* When the connection is there by now the second connect() reports it, once. */
static void connect_again_after_fallback(void)
{
	int listener = make(AF_INET, IPPROTO_TCP), fd = make(AF_INET, protocol);
	int filler = make(AF_INET, IPPROTO_TCP);
	struct sockaddr_in at = listening(listener);

	/* With its queue full the listener does not hear of a SYN before it comes again. */
	listen(listener, 0);
	EXPECT(!connect(filler, (void *)&at, sizeof(at)), "connect: %s", strerror(errno));
	set_flag(fd, O_NONBLOCK, true);
	EXPECT(connect(fd, (void *)&at, sizeof(at)) && errno == EINPROGRESS, "connect: %s",
	       strerror(errno));
	EXPECT(accept(listener, NULL, NULL) >= 0, "accept: %s", strerror(errno));
	EXPECT(ready(fd, POLLOUT, PATIENCE_S * 1000), "no connection");
	EXPECT(!connect(fd, (void *)&at, sizeof(at)), "connect() again: %s", strerror(errno));
	EXPECT(connect(fd, (void *)&at, sizeof(at)) && errno == EISCONN, "and again: %s",
	       strerror(errno));
}

/* Another thread takes it back. */
static void connect_undone(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = make(AF_INET, protocol);
	uint64_t begun = now_ms();
	pthread_t thread;

	thread = begin(connect_slowly, &fd);
	nap(500);
	/* TCP of 6.1 does not while somebody sleeps. */
	if (connect(fd, &none, sizeof(none)))
		EXPECT(protocol == IPPROTO_TCP && errno == EBUSY && !shutdown(fd, SHUT_RDWR),
		       "connect(AF_UNSPEC): %s", strerror(errno));
	EXPECT(result(thread), "connected to nowhere");
	EXPECT(now_ms() - begun < PATIENCE_S * 500, "connect() sleeps on");
	close(fd);
}

/* A listener stays one. */
static void fastopen_of_listener(void)
{
	int listener = make(AF_INET, protocol), client = make(AF_INET, protocol), server;
	struct sockaddr_in at = listening(listener);

	EXPECT(!connect(client, (void *)&at, sizeof(at)), "connect: %s", strerror(errno));
	EXPECT(sendto(listener, bytes, 1, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&at, sizeof(at)) < 0,
	       "a listener has sent");
	EXPECT(errno == EISCONN, "MSG_FASTOPEN of a listener: %s", strerror(errno));
	server = accept(listener, NULL, NULL);
	EXPECT(server >= 0, "accept: %s", strerror(errno));
	EXPECT(send(client, "x", 1, 0) == 1 && recv(server, bytes, 10, 0) == 1, "it is dead");
}

/* ---- close() ---- */

static void *fill(void *fd)
{
	ssize_t n;

	do
		n = send(*(int *)fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
	while (n > 0);
	return (void *)(intptr_t)errno;
}

/* With bytes unread there is nothing to wait for, and the other end is told at once. */
static void linger_with_unread(void)
{
	const struct linger minute = { 1, PATIENCE_S };
	uint64_t begun = now_ms();
	pthread_t peer;
	int ends[2];

	pair_of(ends, protocol, protocol);
	set_flag(ends[0], O_NONBLOCK, true);
	fill(&ends[0]);
	set_flag(ends[0], O_NONBLOCK, false);
	peer = begin(fill, &ends[1]);
	nap(500);
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &minute, sizeof(minute));
	close(ends[0]);
	EXPECT((intptr_t)result(peer) == ECONNRESET, "the peer is not told");
	EXPECT(now_ms() - begun < PATIENCE_S * 500, "close() waits for nothing");
}

static void *close_it(void *fd)
{
	close(*(int *)fd);
	return NULL;
}

/* The peer hears of the end before close() returns. */
static void linger_tells_first(void)
{
	const struct linger minute = { 1, PATIENCE_S };
	pthread_t closer;
	int ends[2];

	pair_of(ends, protocol, protocol);
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &minute, sizeof(minute));
	EXPECT(send(ends[0], bytes, 1000, 0) == 1000, "send: %s", strerror(errno));
	closer = begin(close_it, &ends[0]);
	EXPECT(ready(ends[1], POLLRDHUP, PATIENCE_S * 500), "no POLLRDHUP while close() lingers");
	EXPECT(recv(ends[1], bytes, 2000, MSG_WAITALL) == 1000, "recv: %s", strerror(errno));
	result(closer);
}

/* ---- addresses ---- */

static struct sockaddr_in6 link_local(unsigned int port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port),
				   .sin6_scope_id = if_nametoindex("d0") };

	if (!at.sin6_scope_id)
		errx(2, "there is no interface d0");
	inet_pton(AF_INET6, "fe80::1", &at.sin6_addr);
	return at;
}

static void has_scope(int fd, int (*of)(int, struct sockaddr *, socklen_t *), const char *what)
{
	struct sockaddr_in6 at = { 0 };
	socklen_t len = sizeof(at);

	EXPECT(!of(fd, (void *)&at, &len), "%s: %s", what, strerror(errno));
	EXPECT(at.sin6_scope_id == if_nametoindex("d0"), "%s: scope %u", what, at.sin6_scope_id);
}

static void scopes_of(int client_protocol, int server_protocol)
{
	struct sockaddr_in6 at = link_local(0);
	int listener = make(AF_INET6, server_protocol), client = make(AF_INET6, client_protocol);
	socklen_t len = sizeof(at);
	int server;

	EXPECT(!bind(listener, (void *)&at, len) && !listen(listener, 4) &&
		       !getsockname(listener, (void *)&at, &len),
	       "bind or listen: %s", strerror(errno));
	has_scope(listener, getsockname, "the listener's name");
	EXPECT(!connect(client, (void *)&at, len), "connect: %s", strerror(errno));
	server = accept(listener, NULL, NULL);
	EXPECT(server >= 0, "accept: %s", strerror(errno));
	has_scope(client, getpeername, "the client's peer");
	has_scope(client, getsockname, "the client's name");
	has_scope(server, getpeername, "the server's peer");
	has_scope(server, getsockname, "the server's name");
	close(server);
	close(client);
	close(listener);
}

static void link_scope(void)
{
	scopes_of(protocol, protocol);
	scopes_of(protocol, IPPROTO_TCP);
	scopes_of(IPPROTO_TCP, protocol);
}

/* ---- programs of BPF ---- */

/* Nothing of such a socket stays: the test looks at sock_diag, and unloads the module. */
static void forbidden_by_bpf(void)
{
	int cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC), program, fds[2];

	if (cgroup < 0)
		err(2, "the cgroup");
	program = corners_forbid(cgroup, protocol);
	for (int i = 0; i < 20; i++) {
		fds[0] = socket(AF_INET, SOCK_STREAM, protocol);
		fds[1] = socket(AF_INET6, SOCK_STREAM, protocol);
		EXPECT(fds[0] < 0 && fds[1] < 0 && errno == EPERM, "it was not forbidden");
	}
	bpf_prog_detach2(program, cgroup, BPF_CGROUP_INET_SOCK_CREATE);
}

/* A connection that falls back is the sockmap's and the application's. */
static void taken_by_sockmap(void)
{
	int cgroup = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC), program, ends[2];

	if (cgroup < 0)
		err(2, "the cgroup");
	program = corners_take_passive(cgroup);
	for (int i = 0; i < 10; i++) {
		pair_of(ends, IPPROTO_TCP, protocol);
		EXPECT(send(ends[0], bytes, 1000, 0) == 1000 &&
			       recv(ends[1], bytes, 1000, MSG_WAITALL) == 1000,
		       "to the server: %s", strerror(errno));
		EXPECT(send(ends[1], bytes, 1000, 0) == 1000 &&
			       recv(ends[0], bytes, 1000, MSG_WAITALL) == 1000,
		       "to the client: %s", strerror(errno));
		close(ends[i % 2]);
		EXPECT(!recv(ends[!(i % 2)], bytes, 1, 0), "no EOF: %s", strerror(errno));
		close(ends[!(i % 2)]);
	}
	bpf_prog_detach2(program, cgroup, BPF_CGROUP_SOCK_OPS);
}

/* ---- */

#define CASES(X)                                                                                   \
	X(peek_beside_recv)                                                                        \
	X(poll_beside_send)                                                                        \
	X(shutdown_beside_send)                                                                    \
	X(large_lowat)                                                                             \
	X(lowat_before_connect)                                                                    \
	X(signals)                                                                                 \
	X(signals_after_fallback)                                                                  \
	X(timeout_after_fallback)                                                                  \
	X(connect_twice)                                                                           \
	X(connect_restarted)                                                                       \
	X(connect_undone)                                                                          \
	X(fastopen_of_listener)                                                                    \
	X(linger_with_unread)                                                                      \
	X(linger_tells_first)                                                                      \
	X(link_scope)                                                                              \
	X(forbidden_by_bpf)                                                                        \
	X(taken_by_sockmap)                                                                        \
	X(connect_again_after_fallback)

int main(int argc, char **argv)
{
#define ROW(name) { #name, name },
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = { CASES(ROW) };
	const size_t n = sizeof(cases) / sizeof(cases[0]);

	for (size_t i = 0; argc == 1 && i < n; i++)
		puts(cases[i].name);
	if (argc == 1)
		return 0;
	if (argc != 3)
		errx(2, "usage: kmod_corners tcp|smc CASE");
	protocol = strcmp(argv[1], "tcp") ? IPPROTO_SMC : IPPROTO_TCP;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(cases[i].name, argv[2]))
			continue;
		cases[i].run();
		return 0;
	}
	errx(2, "there is no case %s", argv[2]);
}
