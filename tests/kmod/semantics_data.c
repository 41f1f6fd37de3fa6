// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes: sending, receiving, urgent ones, time-outs, splice(); and what is known of a connection.
 */
#include "semantics.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- how much ---- */

static void recv_nothing(void)
{
	pair_up();
	said("without data", recv_now(server, 0, 0));
	said("waitall", recv_now(server, 0, MSG_WAITALL));
	send(client, "a", 1, 0);
	nap(30);
	said("with data", recv_now(server, 0, 0));
	said("send", send(client, "", 0, 0));
	reset(client);
	nap(50);
	recv_now(server, 9, 0);
	said("after a reset", recv_now(server, 0, 0));
}

static void low_water(void)
{
	pair_up();
	set(server, SOL_SOCKET, SO_RCVLOWAT, 5);
	send(client, "abc", 3, 0);
	nap(30);
	said_poll("poll", server);
	said("recv", recv_now(server, 9, 0));
	send(client, "abcdef", 6, 0);
	nap(30);
	said_poll("poll", server);
	said("get", option(server, SOL_SOCKET, SO_RCVLOWAT));
}

static void thrown_away(void)
{
	pair_up();
	send(client, "abcdef", 6, 0);
	nap(30);
	said("recv", recv_now(server, 4, MSG_TRUNC));
	said("untouched", !bytes[0]);
	said("rest", recv_now(server, 9, 0));
}

static void peek(void)
{
	pair_up();
	send(client, "abcdef", 6, 0);
	nap(30);
	said_bytes("peek", recv_now(server, 3, MSG_PEEK));
	said_bytes("peek", recv_now(server, 9, MSG_PEEK));
	said_bytes("waitall", recv_now(server, 9, MSG_PEEK | MSG_WAITALL));
	said_bytes("recv", recv_now(server, 9, 0));
	said_bytes("peek", recv_now(server, 9, MSG_PEEK));
}

static void peek_offset(void)
{
	pair_up();
	said("set", set(server, SOL_SOCKET, SO_PEEK_OFF, 2));
	send(client, "abcdefgh", 8, 0);
	nap(30);
	said_bytes("peek", recv_now(server, 2, MSG_PEEK));
	said("offset", option(server, SOL_SOCKET, SO_PEEK_OFF));
	said_bytes("peek", recv_now(server, 9, MSG_PEEK));
	said_bytes("peek", recv_now(server, 9, MSG_PEEK));
	said_bytes("recv", recv_now(server, 3, 0));
	said("offset", option(server, SOL_SOCKET, SO_PEEK_OFF));
	said("beyond", set(server, SOL_SOCKET, SO_PEEK_OFF, 100));
	said_bytes("peek", recv_now(server, 9, MSG_PEEK));
	said("off", set(server, SOL_SOCKET, SO_PEEK_OFF, -1));
	said_bytes("peek", recv_now(server, 9, MSG_PEEK));
	said_bytes("recv", recv_now(server, 9, 0));
}

static void unread_and_unsent(void)
{
	pair_up();
	send(client, "abc", 3, 0);
	nap(100);
	said("unsent", number_by_ioctl(client, SIOCOUTQ));
	said("not sent", number_by_ioctl(client, SIOCOUTQNSD));
	said("unread", number_by_ioctl(server, SIOCINQ));
	said("listener", number_by_ioctl(listener, SIOCINQ));
	said("listener", number_by_ioctl(listener, SIOCOUTQ));
	while (send(client, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		nap(50);
	said("full", number_by_ioctl(client, SIOCOUTQ) > 0);
	said("stamp", ioctl(server, SIOCGSTAMP, bytes));
}

static void write_before_read(void)
{
	long sent = 0, n;

	pair_up();
	while ((n = send(client, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		sent += n;
		nap(20);
	}
	said("more than 200,000", sent > 200000);
	said("more than 1,000,000", sent > 1000000);
}

/* ---- the urgent byte ---- */

static void urgent(void)
{
	pair_up();
	send(client, "ab", 2, 0);
	send(client, "X", 1, MSG_OOB);
	send(client, "cd", 2, 0);
	nap(50);
	said_poll("poll", server);
	said_bytes("peek", recv_now(server, 9, MSG_OOB | MSG_PEEK));
	said_bytes("urgent", recv_now(server, 9, MSG_OOB));
	said_bytes("twice", recv_now(server, 9, MSG_OOB));
	said_poll("poll", server);
	said_bytes("recv", recv_now(server, 99, 0));
	said_bytes("recv", recv_now(server, 99, 0));
}

static void urgent_inline(void)
{
	pair_up();
	set(server, SOL_SOCKET, SO_OOBINLINE, 1);
	send(client, "ab", 2, 0);
	send(client, "X", 1, MSG_OOB);
	send(client, "cd", 2, 0);
	nap(50);
	for (int i = 0; i < 3; i++) {
		said("unread", number_by_ioctl(server, SIOCINQ));
		said("mark", number_by_ioctl(server, SIOCATMARK));
		said_bytes("recv", recv_now(server, 99, 0));
	}
	said("urgent", recv_now(server, 1, MSG_OOB));
}

static void urgent_twice(void)
{
	pair_up();
	send(client, "abX", 3, MSG_OOB);
	nap(30);
	send(client, "cdY", 3, MSG_OOB);
	nap(50);
	for (int i = 0; i < 4; i++)
		said_bytes("recv", recv_now(server, 99, 0));
	said_bytes("urgent", recv_now(server, 1, MSG_OOB));
}

static void urgent_peek(void)
{
	pair_up();
	send(client, "abX", 3, MSG_OOB);
	send(client, "cd", 2, 0);
	nap(50);
	for (int i = 0; i < 5; i++) {
		said_bytes("peek", recv_now(server, 99, MSG_PEEK));
		said_bytes("recv", recv_now(server, 1, 0));
	}
}

static void urgent_last_peek(void)
{
	pair_up();
	send(client, "X", 1, MSG_OOB);
	nap(50);
	said_bytes("peek", recv_now(server, 99, MSG_PEEK));
	said_bytes("recv", recv_now(server, 99, 0));
}

static void urgent_waitall(void)
{
	pair_up();
	set_time(server, SO_RCVTIMEO, 300);
	send(client, "abX", 3, MSG_OOB);
	send(client, "cd", 2, 0);
	nap(50);
	said("waitall", recv(server, bytes, 4, MSG_WAITALL));
	said("thrown away", recv(server, bytes, 4, MSG_TRUNC));
}

static void urgent_unread(void)
{
	pair_up();
	send(client, "abc", 3, 0);
	send(client, "U", 1, MSG_OOB);
	send(client, "defg", 4, 0);
	nap(50);
	said("unread", number_by_ioctl(server, SIOCINQ));
	said("mark", number_by_ioctl(server, SIOCATMARK));
	recv_now(server, 3, 0);
	said("unread", number_by_ioctl(server, SIOCINQ));
	said("mark", number_by_ioctl(server, SIOCATMARK));
	recv_now(server, 9, MSG_OOB);
	said("unread", number_by_ioctl(server, SIOCINQ));
	close(client);
	nap(50);
	recv_now(server, 2, 0);
	said("unread", number_by_ioctl(server, SIOCINQ));
}

/* ---- waiting ---- */

static void recv_in_time(void)
{
	double since = now();

	pair_up();
	set_time(server, SO_RCVTIMEO, 200);
	said("recv", recv(server, bytes, 9, 0));
	said_time("time", since, 4000);
	send(client, "ab", 2, 0);
	nap(20);
	said("waitall", recv(server, bytes, 9, MSG_WAITALL));
	said("peek", (send(client, "ab", 2, 0), recv(server, bytes, 9, MSG_WAITALL | MSG_PEEK)));
	said_time("time", since, 8000);
}

static void send_in_time(void)
{
	long sent = 0, n;

	pair_up();
	set_time(client, SO_SNDTIMEO, 200);
	while ((n = send(client, bytes, sizeof(bytes), MSG_NOSIGNAL)) > 0)
		sent += n;
	said("send", n);
	said("some were sent", sent > 0);
	said_poll("poll", client);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void *recv_meanwhile(void *n)
{
	*(long *)n = recv(server, bytes, 9, 0);
	return NULL;
}

static void interrupted(void)
{
	struct itimerval soon = { .it_value = { 0, 200000 } };
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;
	long n;

	pair_up();
	sigaction(SIGALRM, &action, NULL);
	set_time(server, SO_RCVTIMEO, 3000);
	setitimer(ITIMER_REAL, &soon, NULL);
	said("with a time-out", recv(server, bytes, 9, 0));
	set_time(server, SO_RCVTIMEO, 0);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	pthread_create(&thread, NULL, recv_meanwhile, &n);
	nap(500);
	send(client, "zz", 2, 0);
	pthread_join(thread, NULL);
	said("restarted", n);
}

static void edges(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP };
	int epoll = epoll_create1(0);

	pair_up();
	epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event);
	epoll_wait(epoll, &event, 1, 0);
	said("at first", event.events);
	said("then", epoll_wait(epoll, &event, 1, 0));
	for (int i = 0; i < 2; i++) {
		send(client, "a", 1, 0);
		said("data", epoll_wait(epoll, &event, 1, 500));
	}
	recv_now(server, 9, 0);
	shutdown(client, SHUT_WR);
	said("shutdown", epoll_wait(epoll, &event, 1, 500));
	said("events", event.events);
	close(client);
	said("close", epoll_wait(epoll, &event, 1, 200));
}

static volatile sig_atomic_t signals;

static void on_io(int signal)
{
	(void)signal;
	signals = 1;
}

static void signalled(const char *what)
{
	nap(100);
	said(what, signals);
	signals = 0;
}

static void by_signal(void)
{
	pair_up();
	signal(SIGIO, on_io);
	signal(SIGURG, on_io);
	fcntl(server, F_SETOWN, getpid());
	fcntl(server, F_SETFL, O_ASYNC);
	send(client, "a", 1, 0);
	signalled("data");
	send(client, "a", 1, MSG_OOB);
	signalled("urgent");
	close(client);
	signalled("close");
}

/* ---- memory that is none ---- */

static void bad_memory(void)
{
	struct iovec partly[] = { { .iov_base = (void *)"xy", .iov_len = 2 },
				  { .iov_base = (void *)8, .iov_len = 5 } };

	pair_up();
	said("send", send(client, (void *)8, 5, MSG_NOSIGNAL));
	send(client, "abcdef", 6, 0);
	nap(30);
	said("recv", recv(server, (void *)8, 5, MSG_DONTWAIT));
	said("then", recv_now(server, 9, 0));
	said("partly", writev(client, partly, 2));
	nap(30);
	said("came", recv_now(server, 9, 0));
}

/* ---- pipes ---- */

static void splice_and_sendfile(void)
{
	int pipes[2], file = open("/proc/self/exe", O_RDONLY);

	pair_up();
	if (pipe(pipes))
		return;
	send(client, "abcdef", 6, 0);
	nap(30);
	said("to a pipe", splice(server, NULL, pipes[1], NULL, 4, 0));
	said("rest", splice(server, NULL, pipes[1], NULL, 4, SPLICE_F_NONBLOCK));
	fcntl(server, F_SETFL, O_NONBLOCK);
	said("empty", splice(server, NULL, pipes[1], NULL, 4, 0));
	said("from a pipe", splice(pipes[0], NULL, server, NULL, 6, 0));
	nap(50);
	said("came", recv_now(client, 99, 0));
	said("sendfile", sendfile(server, file, NULL, 10000));
	nap(100);
	said("came", recv_now(client, sizeof(bytes), 0));
}

static void held_back(void)
{
	pair_up();
	said("more", send(client, "ab", 2, MSG_MORE));
	nap(20);
	said("came", recv_now(server, 9, 0));
	said("rest", send(client, "cd", 2, 0));
	nap(50);
	said("came at last", recv_now(server, 9, 0) > 0);
}

/* ---- options of a connection ---- */

static void info(void)
{
	struct tcp_info told = { 0 };
	socklen_t len = sizeof(told);

	pair_up();
	send(client, bytes, 5000, 0);
	nap(30);
	while (recv_now(server, 5000, 0) > 0)
		;
	nap(60);
	getsockopt(client, IPPROTO_TCP, TCP_INFO, &told, &len);
	said("state", told.tcpi_state);
	said("sent", (long)told.tcpi_bytes_sent);
	getsockopt(server, IPPROTO_TCP, TCP_INFO, &told, &len);
	said("received", (long)told.tcpi_bytes_received);
	len = 1;
	said("of one byte", getsockopt(server, IPPROTO_TCP, TCP_INFO, &told, &len));
	said("length", len);
	shutdown(client, SHUT_WR);
	nap(250); /* TCP may put its acknowledgement off */
	len = sizeof(told);
	getsockopt(client, IPPROTO_TCP, TCP_INFO, &told, &len);
	said("after shutdown", told.tcpi_state);
	getsockopt(server, IPPROTO_TCP, TCP_INFO, &told, &len);
	said("at the peer", told.tcpi_state);
}

static void processor(void)
{
	pair_up();
	send(client, "a", 1, 0);
	nap(30);
	recv_now(server, 9, 0);
	send(server, "a", 1, 0);
	nap(30);
	recv_now(client, 9, 0);
	said("client", option(client, SOL_SOCKET, SO_INCOMING_CPU) >= 0);
	said("server", option(server, SOL_SOCKET, SO_INCOMING_CPU) >= 0);
}

/* The first of those that we may have, or the last. */
static int one_processor(const cpu_set_t *of, bool last)
{
	int cpu = last ? CPU_SETSIZE - 1 : 0;

	while (!CPU_ISSET(cpu, of))
		cpu += last ? -1 : 1;
	return cpu;
}

enum { CALLS = 60 }; /* to a listener that has not looked yet */

/* Which processor connections come from: that of connect(), and of close() where the client is gone
 * again, wherever a worker completes a handshake meanwhile. */
static void processor_of_the_client(void)
{
	int cpu, i, fd, all = 0, same = 0, clients[CALLS];
	struct sockaddr_in at;
	cpu_set_t before, one;

	sched_getaffinity(0, sizeof(before), &before);
	listener = listening(server_socket(), 2 * CALLS);
	at = name_of(listener);
	for (i = 0; i < 4 * CALLS; i++) {
		cpu = one_processor(&before, i / CALLS & 1);
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		clients[i % CALLS] = client_socket();
		connect_to(clients[i % CALLS], &at);
		if (i / CALLS & 2)
			close(clients[i % CALLS]);
		if (i % CALLS < CALLS - 1)
			continue;
		for (fd = 0; fd < CALLS; fd++) {
			server = accept(listener, NULL, NULL);
			all += server >= 0;
			same += option(server, SOL_SOCKET, SO_INCOMING_CPU) == cpu;
			if (!(i / CALLS & 2))
				close(clients[fd]);
			close(server);
		}
	}
	sched_setaffinity(0, sizeof(before), &before);
	client = server = -1;
	said("connections", all);
	said("from there", same);
}

static void kinds(void)
{
	pair_up();
	said("domain", option(client, SOL_SOCKET, SO_DOMAIN));
	said("type", option(client, SOL_SOCKET, SO_TYPE));
	said("client", option(client, SOL_SOCKET, SO_PROTOCOL));
	said("server", option(server, SOL_SOCKET, SO_PROTOCOL));
}

static void layers(void)
{
	pair_up();
	said("tls", setsockopt(client, IPPROTO_TCP, TCP_ULP, "tls", 3));
	said("nosuch", setsockopt(server, IPPROTO_TCP, TCP_ULP, "nosuch", 6));
	said("repair", set(server, IPPROTO_TCP, TCP_REPAIR, 1));
}

const struct semantics_test semantics_data[] = {
	{ "recv_nothing", recv_nothing },
	{ "low_water", low_water },
	{ "thrown_away", thrown_away },
	{ "peek", peek },
	{ "peek_offset", peek_offset },
	{ "unread_and_unsent", unread_and_unsent },
	{ "write_before_read", write_before_read },
	{ "urgent", urgent },
	{ "urgent_inline", urgent_inline },
	{ "urgent_twice", urgent_twice },
	{ "urgent_peek", urgent_peek },
	{ "urgent_last_peek", urgent_last_peek },
	{ "urgent_waitall", urgent_waitall },
	{ "urgent_unread", urgent_unread },
	{ "recv_in_time", recv_in_time },
	{ "send_in_time", send_in_time },
	{ "interrupted", interrupted },
	{ "edges", edges },
	{ "by_signal", by_signal },
	{ "bad_memory", bad_memory },
	{ "splice_and_sendfile", splice_and_sendfile },
	{ "held_back", held_back },
	{ "info", info },
	{ "processor", processor },
	{ "processor_of_the_client", processor_of_the_client },
	{ "kinds", kinds },
	{ "layers", layers },
	{ NULL, NULL },
};
