// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks of a user without rights on the sockets of others, and for how long one socket's calls
 * wait. Each case is for SMC what it is for TCP, so TCP is asked first.
 *
 * Usage: kmod_strangers tcp|smc CASE [SERVER_GROUP CLIENT_GROUP]     Without a case: their names.
 * The groups are folders of cgroup2. Cases with "nobody" want 192.0.2.2 to be a neighbour that
 * never answers; those with "stuck" want userfaultfd, and "destroyed" wants ss. Exit status: 0, 1
 * with a line that tells what was wrong, 2 it cannot run here.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif
#ifndef IP_MSFILTER
#define IP_MSFILTER 41
#endif

#define PATIENCE_MS 60000
#define MANY 300 /* more than work items of one queue run at once */
#define PAGE 4096

static int protocol; /* of socket() */
static const char *server_group, *client_group;

#define EXPECT(what, ...)                                                                          \
	do {                                                                                       \
		if (!(what))                                                                       \
			errx(1, __VA_ARGS__);                                                      \
	} while (0)

/* ---- sockets and processes ---- */

static int make(int protocol_, int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, protocol_);

	if (fd < 0)
		err(2, "a socket of protocol %d", protocol_);
	return fd;
}

static struct sockaddr_in name_of(int fd)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	EXPECT(!getsockname(fd, (void *)&at, &len), "getsockname: %s", strerror(errno));
	return at;
}

static int listener_of(int protocol_, int backlog)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = make(protocol_, 0);

	EXPECT(!bind(fd, (void *)&at, sizeof(at)) && !listen(fd, backlog), "bind or listen: %s",
	       strerror(errno));
	return fd;
}

/* Does not wait. Returns the socket, which may be on its way or refused. */
static int begin_connect(int protocol_, const struct sockaddr_in *to)
{
	int fd = make(protocol_, SOCK_NONBLOCK);

	EXPECT(!connect(fd, (const void *)to, sizeof(*to)) || errno == EINPROGRESS, "connect: %s",
	       strerror(errno));
	return fd;
}

static void set_blocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

static void set_time(int fd, int name, unsigned int seconds)
{
	struct timeval t = { seconds, 0 };

	setsockopt(fd, SOL_SOCKET, name, &t, sizeof(t));
}

static bool ready(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) == 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A process that ends with us, or 0 within it. */
static pid_t another(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* Waits for its end, for a while. */
static bool has_ended(pid_t pid, int *status)
{
	double end = now() + PATIENCE_MS / 1e3;

	while (now() < end) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		usleep(10000);
	}
	return false;
}

static void finish(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	EXPECT(has_ended(pid, &status), "a process survives SIGKILL");
}

static void say(int fd)
{
	EXPECT(write(fd, "x", 1) == 1, "write: %s", strerror(errno));
}

static void hear(int fd, const char *what)
{
	char byte;

	EXPECT(ready(fd, POLLIN, PATIENCE_MS) && read(fd, &byte, 1) == 1, "%s", what);
}

static pthread_t start(void *(*what)(void *), void *with)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	if (pthread_create(&thread, &small, what, with))
		errx(2, "no thread");
	return thread;
}

/* ---- a page that never comes ---- */

static char *border; /* four bytes before it */

static void make_border(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	char *memory;

	if (fd < 0)
		err(2, "userfaultfd");
	memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || ioctl(fd, UFFDIO_API, &api))
		err(2, "UFFDIO_API");
	range.range.start = (uintptr_t)memory + PAGE;
	range.range.len = PAGE;
	if (ioctl(fd, UFFDIO_REGISTER, &range))
		err(2, "UFFDIO_REGISTER");
	border = memory + PAGE - sizeof(int);
	memcpy(border, &(int){ 1 }, sizeof(int));
}

struct stuck {
	int fd, way;
};

/*
 * An option whose value the kernel copies under a lock: at once, by a pointer in it, or under the
 * lock of the TCP socket below.
 */
static void *hold_lock(void *arg)
{
	const struct stuck *stuck = arg;
	struct sock_fprog program = { .len = 4, .filter = (void *)(border + sizeof(int)) };

	switch (stuck->way) {
	case 0:
		setsockopt(stuck->fd, SOL_SOCKET, SO_LINGER, border, sizeof(struct linger));
		break;
	case 1:
		setsockopt(stuck->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
		break;
	default:
		setsockopt(stuck->fd, SOL_IP, IP_MSFILTER, border, 32);
		break;
	}
	return NULL;
}

static void stick(const int *fds, int n)
{
	static struct stuck stuck[MANY];
	int i;

	make_border();
	for (i = 0; i < n; i++) {
		stuck[i] = (struct stuck){ fds[i], i % 3 };
		start(hold_lock, &stuck[i]);
	}
	usleep(500000);
}

/* ---- what others get meanwhile ---- */

static void echo(int from, int to)
{
	char byte = 'y';

	EXPECT(send(from, &byte, 1, MSG_NOSIGNAL) == 1, "send: %s", strerror(errno));
	EXPECT(ready(to, POLLIN, PATIENCE_MS) && recv(to, &byte, 1, 0) == 1 && byte == 'y',
	       "a byte did not come");
}

/* A listener and its clients, who have nothing to do with any of it. */
static void others_go_on(void)
{
	int i;

	for (i = 0; i < 5; i++) {
		int listener = listener_of(protocol, 9), client, server;
		struct sockaddr_in at = name_of(listener);

		client = begin_connect(i % 2 ? IPPROTO_TCP : protocol, &at);
		EXPECT(ready(listener, POLLIN, PATIENCE_MS), "nobody to accept after %d s",
		       PATIENCE_MS / 1000);
		server = accept(listener, NULL, NULL);
		EXPECT(server >= 0, "accept: %s", strerror(errno));
		EXPECT(ready(client, POLLOUT, PATIENCE_MS), "the client is not connected");
		set_blocking(client);
		echo(client, server);
		echo(server, client);
		close(client);
		close(server);
		close(listener);
	}
}

/* Listeners whose owner holds their locks, each with a connection that waits. */
static void stuck_listeners(void)
{
	static struct sockaddr_in at[MANY];
	int fds[MANY], p[2], i;
	pid_t attacker;

	if (pipe(p))
		err(2, "pipe");
	others_go_on();
	attacker = another();
	if (!attacker) {
		for (i = 0; i < MANY; i++) {
			fds[i] = listener_of(protocol, 9);
			at[i] = name_of(fds[i]);
		}
		stick(fds, MANY);
		for (i = 0; i < MANY; i++)
			begin_connect(i % 2 ? IPPROTO_TCP : protocol, &at[i]);
		say(p[1]);
		pause();
	}
	hear(p[0], "the attacker does not get far");
	others_go_on();
	finish(attacker);
	others_go_on();
}

/* Clients whose owner holds their locks, and whose handshakes go on all at once. */
static void stuck_clients(void)
{
	int listener = listener_of(protocol, MANY), fds[MANY], p[2], i;
	struct sockaddr_in at = name_of(listener);
	pid_t holder, attacker;

	if (pipe(p))
		err(2, "pipe");
	holder = another();
	if (!holder) {
		stick(&listener, 1);
		say(p[1]);
		pause();
	}
	hear(p[0], "the listener is not held");
	attacker = another();
	if (!attacker) {
		for (i = 0; i < MANY; i++)
			fds[i] = begin_connect(protocol, &at);
		stick(fds, MANY);
		say(p[1]);
		pause();
	}
	hear(p[0], "the attacker does not get far");
	/* The listener is free again and accepts, and so all of the others are told something. */
	finish(holder);
	sleep(1);
	others_go_on();
	finish(attacker);
	others_go_on();
}

/* Somebody who connects to a listener that is held does not wait where no signal comes. */
static void stuck_victim(void)
{
	int listener = listener_of(protocol, 9), p[2], status;
	struct sockaddr_in at = name_of(listener);
	pid_t attacker, victim;

	if (pipe(p))
		err(2, "pipe");
	attacker = another();
	if (!attacker) {
		stick(&listener, 1);
		say(p[1]);
		pause();
	}
	hear(p[0], "the listener is not held");
	victim = another();
	if (!victim) {
		begin_connect(protocol, &at);
		say(p[1]);
		set_blocking(begin_connect(protocol, &at));
		pause();
	}
	hear(p[0], "a non-blocking connect() waits");
	kill(victim, SIGKILL);
	EXPECT(has_ended(victim, &status), "who connects survives SIGKILL");
	finish(attacker);
}

static atomic_bool over;

static void *set_on(void *arg)
{
	struct linger linger = { 0, 0 };
	int fd = *(int *)arg, ttl = 60;

	while (!atomic_load(&over)) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		setsockopt(fd, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
	}
	return NULL;
}

/* A listener whose lock is taken again and again forgets no connection. */
static void busy_listener(void)
{
	int listener = listener_of(protocol, 9), i;
	struct sockaddr_in at = name_of(listener);
	pthread_t threads[2];

	for (i = 0; i < 2; i++)
		threads[i] = start(set_on, &listener);
	for (i = 0; i < 200; i++) {
		int client = begin_connect(i % 3 ? protocol : IPPROTO_TCP, &at), server;

		EXPECT(ready(listener, POLLIN, PATIENCE_MS), "connection %d is forgotten", i);
		server = accept(listener, NULL, NULL);
		EXPECT(ready(client, POLLOUT, PATIENCE_MS), "client %d is not connected", i);
		close(client);
		close(server);
	}
	atomic_store(&over, true);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* ---- whose the accepted socket is ---- */

static void join(const char *group)
{
	char path[256], pid[16];
	int fd, n = snprintf(pid, sizeof(pid), "%d", getpid());

	snprintf(path, sizeof(path), "%s/cgroup.procs", group ? group : "");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, pid, (size_t)n) != n)
		err(2, "%s", path);
	close(fd);
}

/* From now on setsockopt() of the group's sockets gives EPERM. */
static void forbid_options(const char *group)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_CGROUP_SETSOCKOPT);
	int prog = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCKOPT, "forbid", "GPL", insns, 2, &opts);
	int dir = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (prog < 0 || dir < 0 || bpf_prog_attach(prog, dir, BPF_CGROUP_SETSOCKOPT, 0))
		err(2, "a program for setsockopt()");
}

/* Rules for the listener's group hold for what it accepts, from whichever group the client is. */
static void cgroup_of_child(void)
{
	int listener, client_protocol, p[2];
	struct sockaddr_in at;
	pid_t client;

	if (!server_group || !client_group)
		errx(2, "no groups");
	join(server_group);
	listener = listener_of(protocol, 9);
	at = name_of(listener);
	forbid_options(server_group);
	for (client_protocol = protocol;; client_protocol = IPPROTO_TCP) {
		int i, one = 1, server;

		if (pipe(p))
			err(2, "pipe");
		client = another();
		if (!client) {
			join(client_group);
			for (i = 0; i < 20; i++) {
				int fd = make(client_protocol, 0);

				EXPECT(!connect(fd, (void *)&at, sizeof(at)), "connect: %s",
				       strerror(errno));
			}
			say(p[1]);
			pause();
		}
		for (i = 0; i < 20; i++) {
			server = accept(listener, NULL, NULL);
			EXPECT(server >= 0, "accept: %s", strerror(errno));
			EXPECT(setsockopt(server, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) &&
				       errno == EPERM,
			       "connection %d of protocol %d is not the server's group's", i,
			       client_protocol);
			close(server);
		}
		hear(p[0], "the client does not get far");
		finish(client);
		if (client_protocol == IPPROTO_TCP)
			return;
	}
}

/* ---- whose locks a thread takes ---- */

static void talk(int from, int to)
{
	int i;

	for (i = 0; i < 3; i++) {
		echo(from, to);
		echo(to, from);
	}
}

/*
 * A client and a server at work. Prints the numbers of the two, whose locks are traced meanwhile: a
 * thread that took a lock of the other's socket might lose the processor with it, for as long as it
 * may only idle. Both keep their sockets, so that no two of these have the same address.
 */
static void own_locks(void)
{
	enum { TIMES = 60 };
	int listener = listener_of(protocol, TIMES), servers[TIMES], i, p[2], q[2];
	struct sockaddr_in at = name_of(listener);
	pid_t client;

	if (pipe(p) || pipe(q))
		err(2, "pipe");
	client = another();
	if (!client) {
		close(listener);
		for (i = 0; i < TIMES; i++) {
			int fd = i % 3 == 2 ? begin_connect(protocol, &at) :
					      make(i % 3 ? IPPROTO_TCP : protocol, 0);

			if (i % 3 != 2)
				EXPECT(!connect(fd, (void *)&at, sizeof(at)), "connect: %s",
				       strerror(errno));
			EXPECT(ready(fd, POLLOUT, PATIENCE_MS), "client %d is not connected", i);
			set_blocking(fd);
			talk(fd, fd);
			if (i % 2)
				shutdown(fd, SHUT_WR);
		}
		say(p[1]);
		hear(q[0], "the server does not get far");
		exit(0);
	}
	for (i = 0; i < TIMES; i++) {
		char byte;
		int n = 0;

		servers[i] = accept(listener, NULL, NULL);
		EXPECT(servers[i] >= 0, "accept: %s", strerror(errno));
		for (; n < 6; n++) {
			EXPECT(recv(servers[i], &byte, 1, 0) == 1, "recv: %s", strerror(errno));
			EXPECT(send(servers[i], &byte, 1, MSG_NOSIGNAL) == 1, "send: %s",
			       strerror(errno));
		}
	}
	hear(p[0], "the client does not get far");
	printf("%d %d\n", getpid(), client);
	fflush(stdout);
	say(q[1]);
}

/* ---- how long a call waits ---- */

/* recv() and send() before there is a connection keep to their time. */
static void timeout_with_nobody(void)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET,
				      .sin_port = htons(9),
				      .sin_addr.s_addr = inet_addr("192.0.2.2") };
	char byte = 0;
	int fd = begin_connect(protocol, &nobody);
	double begin;

	set_blocking(fd);
	alarm(PATIENCE_MS / 1000);
	set_time(fd, SO_RCVTIMEO, 1);
	begin = now();
	EXPECT(recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN, "recv: %s", strerror(errno));
	EXPECT(now() - begin > 0.9, "recv() did not wait");
	set_time(fd, SO_RCVTIMEO, 0);
	set_time(fd, SO_SNDTIMEO, 1);
	begin = now();
	EXPECT(send(fd, &byte, 1, MSG_NOSIGNAL) < 0 && errno == EAGAIN, "send: %s",
	       strerror(errno));
	EXPECT(now() - begin > 0.9, "send() did not wait");
	close(fd);
}

/* SO_LINGER waits for the peer's host, and not for its program. */
static void linger_beside_a_sleeper(void)
{
	int listener = listener_of(protocol, 9), client = make(protocol, 0), server;
	struct sockaddr_in at = name_of(listener);
	struct linger linger = { 1, 10 * PATIENCE_MS / 1000 };
	static char sent[10000], got[sizeof(sent)];
	size_t n = 0;

	EXPECT(!connect(client, (void *)&at, sizeof(at)), "connect: %s", strerror(errno));
	server = accept(listener, NULL, NULL);
	EXPECT(server >= 0, "accept: %s", strerror(errno));
	memset(sent, 'z', sizeof(sent));
	setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	EXPECT(send(client, sent, sizeof(sent), 0) == sizeof(sent), "send: %s", strerror(errno));
	alarm(PATIENCE_MS / 1000);
	close(client);
	alarm(0);
	while (n < sizeof(sent)) {
		ssize_t more = recv(server, got + n, sizeof(got) - n, 0);

		EXPECT(more > 0, "%zu bytes, then %s", n, more ? strerror(errno) : "EOF");
		n += (size_t)more;
	}
	EXPECT(!memcmp(sent, got, sizeof(sent)) && !recv(server, got, 1, 0), "not what was sent");
}

/* All that client @who has sent, each byte of which is its number. */
static void hear_all(int fd, char *got, int bytes, int who)
{
	int i, n = (int)recv(fd, got, (size_t)bytes, MSG_WAITALL);

	EXPECT(n == bytes, "%d bytes of client %d, then %s", n, who,
	       n < 0 ? strerror(errno) : "EOF");
	EXPECT(got[0] == who, "client %d is accepted in place of client %d", got[0], who);
	for (i = 0; i < bytes; i++)
		EXPECT(got[i] == who, "byte %d of client %d is %d", i, who, got[i]);
}

/* Clients that are connected, have sent and are perhaps gone before anybody accepts them. */
static void closed_before_accept(void)
{
	enum { CLIENTS = 40, BYTES = 3000 };
	int listener = listener_of(protocol, CLIENTS), clients[CLIENTS], i;
	struct sockaddr_in at = name_of(listener);
	static char sent[BYTES], got[BYTES];

	alarm(2 * PATIENCE_MS / 1000);
	for (i = 0; i < CLIENTS; i++) {
		clients[i] = make(protocol, 0);
		EXPECT(!connect(clients[i], (void *)&at, sizeof(at)), "connect: %s",
		       strerror(errno));
		memset(sent, i, BYTES);
		EXPECT(send(clients[i], sent, BYTES, 0) == BYTES, "send: %s", strerror(errno));
		if (i % 2)
			close(clients[i]);
	}
	for (i = 0; i < CLIENTS; i++) {
		int server = accept(listener, NULL, NULL);

		EXPECT(server >= 0, "accept: %s", strerror(errno));
		hear_all(server, got, BYTES, i);
		if (i % 2)
			EXPECT(!recv(server, got, 1, 0), "no end of client %d", i);
		else
			echo(server, clients[i]);
		close(server);
	}
	/* And those whose listener goes are reset. */
	for (i = 0; i < 5; i++) {
		clients[i] = make(i % 2 ? IPPROTO_TCP : protocol, 0);
		EXPECT(!connect(clients[i], (void *)&at, sizeof(at)), "connect: %s",
		       strerror(errno));
	}
	EXPECT(ready(listener, POLLIN, PATIENCE_MS), "nobody to accept");
	close(listener);
	for (i = 0; i < 5; i++)
		EXPECT(recv(clients[i], got, 1, 0) < 0 && errno == ECONNRESET, "client %d: %s", i,
		       strerror(errno));
}

static void *accept_one(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);

	return (void *)(intptr_t)(fd < 0 ? errno : 0);
}

static void destroy(int fd)
{
	char command[100];

	snprintf(command, sizeof(command), "ss -K -Htln 'sport = :%d' >/dev/null",
		 ntohs(name_of(fd).sin_port));
	EXPECT(!system(command), "%s", command);
}

/* The administrator destroys a listener: accept() returns, and who had not been accepted is reset.
 */
static void destroyed_listener(void)
{
	int listener = listener_of(protocol, 9), client = make(protocol, 0), error = 0;
	struct pollfd p = { .fd = listener, .events = POLLIN | POLLOUT };
	struct sockaddr_in at;
	socklen_t len = sizeof(error);
	pthread_t sleeper;
	void *result;
	char byte;

	alarm(PATIENCE_MS / 1000);
	sleeper = start(accept_one, &listener);
	usleep(300000);
	destroy(listener);
	pthread_join(sleeper, &result);
	EXPECT((intptr_t)result == EINVAL, "accept: %s", strerror((int)(intptr_t)result));
	EXPECT(accept(listener, NULL, NULL) < 0 && errno == EINVAL, "accept again: %s",
	       strerror(errno));
	EXPECT(poll(&p, 1, 0) == 1, "poll() shows nothing");
	EXPECT(p.revents == (POLLIN | POLLOUT | POLLERR | POLLHUP), "poll() shows %#x", p.revents);
	EXPECT(!getsockopt(listener, SOL_SOCKET, SO_ERROR, &error, &len) && error == ECONNABORTED,
	       "SO_ERROR is %d", error);

	close(listener);

	listener = listener_of(protocol, 9);
	at = name_of(listener);
	EXPECT(!connect(client, (void *)&at, sizeof(at)), "connect: %s", strerror(errno));
	EXPECT(ready(listener, POLLIN, PATIENCE_MS), "nobody to accept");
	destroy(listener);
	EXPECT(recv(client, &byte, 1, 0) < 0 && errno == ECONNRESET, "recv: %s", strerror(errno));
	EXPECT(accept(listener, NULL, NULL) < 0 && errno == EINVAL,
	       "a connection outlives its listener");
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
#define CASE(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}
	CASE(stuck_listeners),	  CASE(stuck_clients),
	CASE(stuck_victim),	  CASE(busy_listener),
	CASE(cgroup_of_child),	  CASE(timeout_with_nobody),
	CASE(own_locks),	  CASE(linger_beside_a_sleeper),
	CASE(destroyed_listener), CASE(closed_before_accept),
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 3) {
		for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			puts(cases[i].name);
		return 0;
	}
	protocol = strcmp(argv[1], "smc") ? IPPROTO_TCP : IPPROTO_SMC;
	server_group = argc > 4 ? argv[3] : NULL;
	client_group = argc > 4 ? argv[4] : NULL;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!strcmp(cases[i].name, argv[2])) {
			cases[i].run();
			return 0;
		}
	errx(2, "no case %s", argv[2]);
}
