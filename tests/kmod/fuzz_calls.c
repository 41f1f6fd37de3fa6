// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_fuzz_calls: system calls at random, by several processes of several threads each, on sockets
 * that all threads of a process share. A call's answer does not matter; it matters that it answers,
 * and what the kernel reports does, which is the caller's affair.
 *
 *	kmod_fuzz_calls SECONDS SEED [tcp]
 *
 * The seed decides what each thread asks for, not in which order the kernel gets it. With "tcp" the
 * sockets are TCP's: that shows whether the program is right. Exit status: 0; 1 a call did not come
 * back, the name of which is printed; 2 wrong usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAMILY_SMC 43
#define PROTOCOL_SMC 256
#define SOL_OF_SMC 286

#define PROCESSES 3
#define THREADS 5
#define SOCKETS 24
#define PORTS 4
#define FIRST_PORT 9000
#define STUCK_SECONDS 120
#define BUF_LEN 200000
#define PAGE 4096

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct thread {
	pthread_t id;
	unsigned long long random;
	_Atomic(const char *) call; /* the one it is in */
	atomic_ulong calls;
	char *buf;
};

static bool tcp_only;
static time_t end;
static atomic_int sockets[SOCKETS]; /* -1: none */
static int pipes[2], epoll;
static char *half_mapped; /* some bytes, and no page after them */
static struct thread threads[THREADS];

/* ---- chance ------------------------------------------------------------------------------ */

static unsigned int below(struct thread *t, unsigned int n)
{
	t->random = t->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(t->random >> 33) % n;
}

static bool one_in(struct thread *t, unsigned int n)
{
	return !below(t, n);
}

#define PICK(t, array) ((array)[below(t, COUNT(array))])

/* Mostly small. */
static size_t length(struct thread *t)
{
	return one_in(t, 3) ? below(t, BUF_LEN) : below(t, 300);
}

static void *memory(struct thread *t)
{
	return one_in(t, 16) ? half_mapped : t->buf;
}

static int any_socket(struct thread *t)
{
	return sockets[below(t, SOCKETS)];
}

static socklen_t any_address(struct thread *t, struct sockaddr_in6 *address)
{
	static const char *const names[] = { "::1", "::ffff:127.0.0.1", "::" };
	in_port_t port = htons((in_port_t)(FIRST_PORT + below(t, PORTS)));
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };

	*address = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port };
	if (one_in(t, 4)) {
		inet_pton(AF_INET6, PICK(t, names), &address->sin6_addr);
		return sizeof(*address);
	}
	v4.sin_addr.s_addr = htonl(one_in(t, 8) ? INADDR_ANY : INADDR_LOOPBACK);
	memcpy(address, &v4, sizeof(v4));
	return sizeof(v4);
}

/* ---- sockets come and go ----------------------------------------------------------------- */

/* Nothing waits for long: the test is about calls, not about waiting. */
static void limit_waiting(int fd)
{
	const struct timeval time = { .tv_usec = 100000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

static void replace(struct thread *t, int fd)
{
	int before = atomic_exchange(&sockets[below(t, SOCKETS)], fd);

	if (before >= 0)
		close(before);
}

static int new_socket(struct thread *t)
{
	static const int kinds[][2] = { { AF_INET, 0 },
					{ AF_INET, PROTOCOL_SMC },
					{ AF_INET, PROTOCOL_SMC },
					{ AF_INET6, PROTOCOL_SMC },
					{ FAMILY_SMC, 0 },
					{ FAMILY_SMC, 0 },
					{ FAMILY_SMC, 0 },
					{ FAMILY_SMC, 1 } };
	const int *kind = PICK(t, kinds);

	if (tcp_only)
		return socket(one_in(t, 4) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	return socket(kind[0], SOCK_STREAM, kind[1]);
}

static void do_socket(struct thread *t)
{
	const int on = 1;
	int fd = new_socket(t);

	if (fd < 0)
		return;
	limit_waiting(fd);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	replace(t, fd);
}

static void do_close(struct thread *t)
{
	replace(t, -1);
}

static void do_dup(struct thread *t)
{
	int fd = fcntl(any_socket(t), F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		replace(t, fd);
}

static void do_bind(struct thread *t)
{
	struct sockaddr_in6 address;
	socklen_t len = any_address(t, &address);

	bind(any_socket(t), (struct sockaddr *)&address, len);
}

static void do_listen(struct thread *t)
{
	struct sockaddr_in6 address;
	socklen_t len = any_address(t, &address);
	int fd = any_socket(t);

	if (!one_in(t, 4))
		bind(fd, (struct sockaddr *)&address, len);
	listen(fd, (int)below(t, 5));
}

static void do_connect(struct thread *t)
{
	struct sockaddr_in6 address;
	socklen_t len = any_address(t, &address);
	int fd = any_socket(t);

	if (one_in(t, 2))
		fcntl(fd, F_SETFL, one_in(t, 2) ? O_NONBLOCK : 0);
	connect(fd, (struct sockaddr *)&address, one_in(t, 16) ? below(t, 40) : len);
}

static void do_disconnect(struct thread *t)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(any_socket(t), &none, sizeof(none));
}

static void do_accept(struct thread *t)
{
	int fd = accept4(any_socket(t), NULL, NULL, one_in(t, 2) ? SOCK_NONBLOCK : 0);

	if (fd < 0)
		return;
	limit_waiting(fd);
	replace(t, fd);
}

static void do_shutdown(struct thread *t)
{
	shutdown(any_socket(t), (int)below(t, 4));
}

/* ---- bytes ------------------------------------------------------------------------------- */

static void do_send(struct thread *t)
{
	static const int flags[] = { 0,
				     0,
				     MSG_DONTWAIT,
				     MSG_OOB,
				     MSG_OOB | MSG_DONTWAIT,
				     MSG_MORE,
				     MSG_ZEROCOPY | MSG_DONTWAIT,
				     MSG_EOR | MSG_DONTWAIT };

	send(any_socket(t), memory(t), length(t), PICK(t, flags) | MSG_NOSIGNAL);
}

static void do_send_and_connect(struct thread *t)
{
	struct sockaddr_in6 address;
	socklen_t len = any_address(t, &address);

	sendto(any_socket(t), t->buf, length(t), MSG_FASTOPEN | MSG_NOSIGNAL,
	       (struct sockaddr *)&address, len);
}

static void do_receive(struct thread *t)
{
	static const int flags[] = { 0,
				     0,
				     MSG_DONTWAIT,
				     MSG_PEEK | MSG_DONTWAIT,
				     MSG_PEEK,
				     MSG_OOB,
				     MSG_PEEK | MSG_OOB,
				     MSG_TRUNC | MSG_DONTWAIT,
				     MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT,
				     MSG_WAITALL,
				     MSG_ERRQUEUE };

	recv(any_socket(t), memory(t), length(t), PICK(t, flags));
}

/* In pieces, with control messages that nobody knows. */
static void do_message(struct thread *t)
{
	union {
		struct cmsghdr header;
		char bytes[256];
	} control = { 0 };
	struct iovec pieces[3];
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 1 + below(t, 3) };

	for (int i = 0; i < COUNT(pieces); i++)
		pieces[i] = (struct iovec){ memory(t), length(t) };
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	if (one_in(t, 2)) {
		recvmsg(any_socket(t), &message, MSG_DONTWAIT);
		return;
	}
	control.header.cmsg_len = CMSG_LEN(below(t, 64));
	control.header.cmsg_level = one_in(t, 2) ? SOL_SOCKET : SOL_TCP;
	control.header.cmsg_type = (int)below(t, 64);
	sendmsg(any_socket(t), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void do_splice(struct thread *t)
{
	splice(any_socket(t), NULL, pipes[1], NULL, 3000, SPLICE_F_NONBLOCK);
	splice(pipes[0], NULL, any_socket(t), NULL, 3000, SPLICE_F_NONBLOCK);
}

/* ---- options and events ------------------------------------------------------------------ */

struct option {
	int level, name;
};

static const struct option options[] = {
	{ SOL_SOCKET, SO_LINGER },
	{ SOL_SOCKET, SO_RCVLOWAT },
	{ SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_SNDBUF },
	{ SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_REUSEPORT },
	{ SOL_SOCKET, SO_BUSY_POLL },
	{ SOL_SOCKET, SO_TIMESTAMP },
	{ SOL_SOCKET, SO_TIMESTAMPING },
	{ SOL_SOCKET, SO_ZEROCOPY },
	{ SOL_SOCKET, SO_PEEK_OFF },
	{ SOL_SOCKET, SO_INCOMING_CPU },
	{ SOL_SOCKET, SO_ATTACH_FILTER },
	{ SOL_SOCKET, SO_BINDTODEVICE },
	{ SOL_SOCKET, SO_MARK },
	{ SOL_TCP, TCP_NODELAY },
	{ SOL_TCP, TCP_CORK },
	{ SOL_TCP, TCP_DEFER_ACCEPT },
	{ SOL_TCP, TCP_USER_TIMEOUT },
	{ SOL_TCP, TCP_REPAIR },
	{ SOL_TCP, TCP_FASTOPEN },
	{ SOL_TCP, TCP_FASTOPEN_CONNECT },
	{ SOL_TCP, TCP_SAVE_SYN },
	{ SOL_TCP, TCP_INQ },
	{ IPPROTO_IP, 1 /* IP_TOS */ },
	{ IPPROTO_IPV6, 1 /* IPV6_ADDRFORM */ },
	{ IPPROTO_IPV6, 26 /* IPV6_V6ONLY */ },
	{ SOL_OF_SMC, 1 /* SMC_LIMIT_HS */ },
};

static void do_set(struct thread *t)
{
	const struct option *option = &PICK(t, options);
	int fd = any_socket(t), value[4] = { 0 };

	value[0] = (int)(one_in(t, 3) ? below(t, 100000) : below(t, 3));
	value[1] = (int)below(t, 2);
	if (option->level == IPPROTO_IPV6 && option->name == 1)
		value[0] = AF_INET;
	setsockopt(fd, option->level, option->name, one_in(t, 16) ? half_mapped : (void *)value,
		   (socklen_t)(one_in(t, 8)		 ? below(t, 20) :
			       option->name == SO_LINGER ? 8 :
							   4));
	limit_waiting(fd);
}

static void do_protocol_above(struct thread *t)
{
	static const char *const names[] = { "tls", "smc", "mptcp", "nothing" };
	const char *name = PICK(t, names);

	setsockopt(any_socket(t), SOL_TCP, TCP_ULP, name, (socklen_t)strlen(name));
}

static void do_get(struct thread *t)
{
	static const int levels[] = { SOL_SOCKET, SOL_TCP, IPPROTO_IP, IPPROTO_IPV6, SOL_OF_SMC };
	socklen_t len = one_in(t, 4) ? below(t, 400) : BUF_LEN;

	getsockopt(any_socket(t), PICK(t, levels), (int)below(t, 64), memory(t), &len);
}

static void do_name(struct thread *t)
{
	struct sockaddr_storage address;
	socklen_t len = below(t, sizeof(address) + 1);

	if (one_in(t, 2))
		getsockname(any_socket(t), (struct sockaddr *)&address, &len);
	else
		getpeername(any_socket(t), (struct sockaddr *)&address, &len);
}

static void do_ioctl(struct thread *t)
{
	static const unsigned long requests[] = { SIOCINQ,    SIOCOUTQ,	 SIOCATMARK, SIOCOUTQNSD,
						  SIOCGSTAMP, SIOCGPGRP, SIOCGIFCONF };
	char room[256] = { 0 };

	ioctl(any_socket(t), PICK(t, requests), one_in(t, 8) ? half_mapped : room);
}

static void do_poll(struct thread *t)
{
	struct pollfd fds[3];
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };

	for (int i = 0; i < COUNT(fds); i++)
		fds[i] = (struct pollfd){ .fd = any_socket(t),
					  .events = POLLIN | POLLOUT | POLLPRI };
	poll(fds, 1 + below(t, COUNT(fds)), (int)below(t, 20));
	epoll_ctl(epoll, one_in(t, 4) ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, any_socket(t), &event);
	epoll_wait(epoll, &event, 1, 0);
}

static void do_flags(struct thread *t)
{
	int fd = any_socket(t);

	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, (one_in(t, 2) ? O_ASYNC : 0) | (one_in(t, 2) ? O_NONBLOCK : 0));
}

/* ---- the run ----------------------------------------------------------------------------- */

static const struct call {
	const char *name;
	void (*make)(struct thread *t);
	unsigned int weight;
} calls[] = {
	{ "socket", do_socket, 2 },
	{ "close", do_close, 2 },
	{ "dup", do_dup, 1 },
	{ "bind", do_bind, 1 },
	{ "listen", do_listen, 1 },
	{ "connect", do_connect, 4 },
	{ "connect AF_UNSPEC", do_disconnect, 1 },
	{ "accept", do_accept, 4 },
	{ "shutdown", do_shutdown, 1 },
	{ "send", do_send, 4 },
	{ "sendto MSG_FASTOPEN", do_send_and_connect, 1 },
	{ "recv", do_receive, 4 },
	{ "sendmsg, recvmsg", do_message, 1 },
	{ "splice", do_splice, 1 },
	{ "setsockopt", do_set, 2 },
	{ "setsockopt TCP_ULP", do_protocol_above, 1 },
	{ "getsockopt", do_get, 1 },
	{ "getsockname, getpeername", do_name, 1 },
	{ "ioctl", do_ioctl, 1 },
	{ "poll, epoll", do_poll, 1 },
	{ "fcntl", do_flags, 1 },
};

static const struct call *any_call(struct thread *t)
{
	unsigned int sum = 0, at;

	for (int i = 0; i < COUNT(calls); i++)
		sum += calls[i].weight;
	at = below(t, sum);
	for (int i = 0;; i++) {
		if (at < calls[i].weight)
			return &calls[i];
		at -= calls[i].weight;
	}
}

static void *work(void *data)
{
	struct thread *t = data;

	while (time(NULL) < end) {
		const struct call *call = any_call(t);

		t->call = call->name;
		call->make(t);
		t->calls++;
	}
	t->call = NULL;
	return NULL;
}

/* Also signals come at random: their handler does nothing, and the call is interrupted. */
static void interrupted(int number)
{
	(void)number;
}

static void set_signals(void)
{
	const struct itimerval often = { { 0, 150000 }, { 0, 150000 } };
	const struct sigaction action = { .sa_handler = interrupted };

	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static bool set_up(unsigned long long seed)
{
	for (int i = 0; i < SOCKETS; i++)
		sockets[i] = -1;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	half_mapped =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (half_mapped == MAP_FAILED || mprotect(half_mapped + PAGE, PAGE, PROT_NONE))
		return false;
	half_mapped += PAGE - 96;
	for (int i = 0; i < THREADS; i++) {
		threads[i].random = seed * THREADS + (unsigned int)i;
		threads[i].buf = calloc(1, BUF_LEN);
		if (!threads[i].buf)
			return false;
	}
	return epoll >= 0 && !pipe2(pipes, O_NONBLOCK | O_CLOEXEC);
}

/* Which call each thread is in that has made none since the last look. */
static bool all_move(const unsigned long *before)
{
	bool ok = true;

	for (int i = 0; i < THREADS; i++) {
		const char *call = threads[i].call;

		if (!call || threads[i].calls != before[i])
			continue;
		printf("process %d, thread %d: %s has not come back for %d s\n", (int)getpid(), i,
		       call, STUCK_SECONDS);
		ok = false;
	}
	return ok;
}

/* The first thread does nothing else, in its own time, which is that of all processors. */
static bool watch(void)
{
	unsigned long before[THREADS];
	struct timespec second = { .tv_sec = 1 };
	bool running = true;

	while (running) {
		for (int i = 0; i < THREADS; i++)
			before[i] = threads[i].calls;
		for (int s = 0; running && s < STUCK_SECONDS; s++) {
			clock_nanosleep(CLOCK_MONOTONIC, 0, &second, NULL);
			running = false;
			for (int i = 0; i < THREADS; i++)
				running |= threads[i].call != NULL;
		}
		if (running && !all_move(before))
			return false;
	}
	return true;
}

static int run_process(unsigned long long seed)
{
	unsigned long sum = 0;
	sigset_t alarm;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!set_up(seed))
		return 1;
	set_signals();
	for (int i = 0; i < THREADS; i++) {
		threads[i].call = "the start";
		if (pthread_create(&threads[i].id, NULL, work, &threads[i]))
			return 1;
	}
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	if (!watch())
		return 1;
	for (int i = 0; i < THREADS; i++)
		sum += threads[i].calls;
	printf("%lu calls\n", sum);
	return 0;
}

int main(int argc, char **argv)
{
	int status, failed = 0;
	long seconds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	unsigned long long seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	tcp_only = argc == 4 && !strcmp(argv[3], "tcp");
	if (seconds <= 0 || argc > 4 || (argc == 4 && !tcp_only)) {
		fputs("usage: kmod_fuzz_calls SECONDS SEED [tcp]\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	end = time(NULL) + seconds;
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (!pid)
			_exit(run_process(seed * PROCESSES + (unsigned int)i));
	}
	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}
