// SPDX-License-Identifier: GPL-2.0-or-later
/* How sockets come about: names, connect(), listen(), accept(), and what is set before. */
#include "semantics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLACK_HOLE "10.99.0.2" /* nobody answers there, see semantics_vm_test.sh */

static void name_unbound(void)
{
	struct sockaddr_in at = { 0 };
	socklen_t len = sizeof(at);

	client = client_socket();
	said("name", getsockname(client, (void *)&at, &len));
	said("family", at.sin_family);
	said("length", len);
	said("port", at.sin_port);
	said("peer", getpeername(client, (void *)&at, &len));
}

static void bind_twice(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	client = client_socket();
	said("first", bind(client, (void *)&at, sizeof(at)));
	said("second", bind(client, (void *)&at, sizeof(at)));
	said("short", bind(client_socket(), (void *)&at, 4));
	at.sin_family = 43;
	said("family 43", bind(client_socket(), (void *)&at, sizeof(at)));
}

static void disconnect_connected(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct sockaddr_in at;

	pair_up();
	at = name_of(listener);
	said("disconnect", connect(client, &none, sizeof(none)));
	nap(50);
	said("error", option(client, SOL_SOCKET, SO_ERROR));
	said("send", send(client, "x", 1, MSG_NOSIGNAL));
	said("peer's recv", recv(server, bytes, 9, MSG_DONTWAIT));
	said("connect", connect_to(client, &at));
	server = accept(listener, NULL, NULL);
	said("send", send(client, "again", 5, MSG_NOSIGNAL));
	said("recv", recv(server, bytes, 9, 0));
}

static void *recv_meanwhile(void *result)
{
	*(long *)result = recv(client, bytes, 9, 0);
	return NULL;
}

static void disconnect_in_recv(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	pthread_t thread;
	long n = -2;

	pair_up();
	set_time(client, SO_RCVTIMEO, 5000);
	pthread_create(&thread, NULL, recv_meanwhile, &n);
	nap(200);
	connect(client, &none, sizeof(none));
	pthread_join(thread, NULL);
	/* With what error is a matter of kernel versions. */
	said("came back with nothing", n <= 0);
}

static void disconnect_accepted(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	pair_up();
	said("disconnect", connect(server, &none, sizeof(none)));
	nap(50);
	said("peer's recv", recv(client, bytes, 9, MSG_DONTWAIT));
	said("listen", listen(server, 3));
	close(listener);
	said("close", close(server));
}

static void disconnect_listener(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	listener = listening(client_socket(), 3);
	said("disconnect", connect(listener, &none, sizeof(none)));
	said("listens", option(listener, SOL_SOCKET, SO_ACCEPTCONN));
	said("accept", accept(listener, NULL, NULL));
	said("listen", listen(listener, 3));
}

static void connect_to_itself(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	client = client_socket();
	bind(client, (void *)&at, sizeof(at));
	at = name_of(client);
	said("connect", connect_to(client, &at));
	set_time(client, SO_RCVTIMEO, 500);
	said("send", send(client, "x", 1, MSG_NOSIGNAL));
	said("recv", recv(client, bytes, 9, 0));
}

static void connect_refused(void)
{
	int closed = listening(socket(AF_INET, SOCK_STREAM, 0), 1);
	struct sockaddr_in at = name_of(closed);

	close(closed);
	client = client_socket();
	said("connect", connect_to(client, &at));
	said("error", option(client, SOL_SOCKET, SO_ERROR));
	said_poll("poll", client);
	said("again", connect_to(client, &at));
}

static void connect_refused_later(void)
{
	int closed = listening(socket(AF_INET, SOCK_STREAM, 0), 1);
	struct sockaddr_in at = name_of(closed);

	close(closed);
	client = client_socket();
	fcntl(client, F_SETFL, O_NONBLOCK);
	said("connect", connect_to(client, &at));
	nap(50);
	said_poll("poll", client);
	said("listen", listen(client, 1));
	said("error", option(client, SOL_SOCKET, SO_ERROR));
	said_poll("poll", client);
	said("recv", recv(client, bytes, 9, 0));
	said("connect", connect_to(client, &at));
	said_poll("poll", client);
	said("connect", connect_to(client, &at));
	nap(50);
	said("connect", connect_to(client, &at));
	said("recv", recv(client, bytes, 9, 0));
}

static void connect_later(void)
{
	struct pollfd p = { .events = POLLOUT };
	struct sockaddr_in at;

	listener = listening(server_socket(), 3);
	at = name_of(listener);
	client = client_socket();
	fcntl(client, F_SETFL, O_NONBLOCK);
	said("connect", connect_to(client, &at));
	p.fd = client;
	poll(&p, 1, 3000);
	said("events", p.revents);
	said("error", option(client, SOL_SOCKET, SO_ERROR));
	said("again", connect_to(client, &at));
	said("again", connect_to(client, &at));
}

static void recv_while_connecting(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9) };
	double since;

	inet_pton(AF_INET, BLACK_HOLE, &at.sin_addr);
	client = client_socket();
	fcntl(client, F_SETFL, O_NONBLOCK);
	said("connect", connect_to(client, &at));
	fcntl(client, F_SETFL, 0);
	set_time(client, SO_RCVTIMEO, 500);
	since = now();
	said("recv", recv(client, bytes, 9, 0));
	said_time("time", since, 5000);
}

static void connect_in_time(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9) };
	double since = now();

	inet_pton(AF_INET, BLACK_HOLE, &at.sin_addr);
	client = client_socket();
	set_time(client, SO_SNDTIMEO, 500);
	said("connect", connect_to(client, &at));
	said_time("time", since, 5000);
	said("send", send(client, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL));
	said("again", connect_to(client, &at));
}

static void listen_unbound(void)
{
	listener = client_socket();
	said("listen", listen(listener, 1));
	said("has a port", name_of(listener).sin_port != 0);
	said("twice", listen(listener, 9));
}

static void listen_connected(void)
{
	pair_up();
	said("listen", listen(client, 1));
	said("accept", accept(client, NULL, NULL));
}

static void shut_down_unconnected(void)
{
	client = client_socket();
	said("shutdown", shutdown(client, SHUT_RDWR));
	said("bad how", shutdown(client, 7));
}

static void shut_down_listener(void)
{
	listener = listening(client_socket(), 3);
	said("write", shutdown(listener, SHUT_WR));
	said("listens", option(listener, SOL_SOCKET, SO_ACCEPTCONN));
	said("read", shutdown(listener, SHUT_RD));
	said_poll("poll", listener);
	said("accept", accept(listener, NULL, NULL));
	said("listen", listen(listener, 3));
}

static void *accept_meanwhile(void *fd)
{
	return (void *)(accept(*(int *)fd, NULL, NULL) < 0 ? strerrorname_np(errno) : "a child");
}

static void shut_down_in_accept(void)
{
	pthread_t thread;
	void *text;

	listener = listening(client_socket(), 3);
	pthread_create(&thread, NULL, accept_meanwhile, &listener);
	nap(200);
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, &text);
	say("accept=%s", (char *)text);
}

static void accept_in_time(void)
{
	listener = listening(client_socket(), 3);
	set_time(listener, SO_RCVTIMEO, 300);
	said("accept", accept(listener, NULL, NULL));
	said("recv", recv(listener, bytes, 1, MSG_DONTWAIT));
	said("send", send(listener, bytes, 1, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void accept_flags(void)
{
	struct sockaddr_in at, peer = { 0 };
	socklen_t len = sizeof(peer);

	listener = listening(server_socket(), 3);
	at = name_of(listener);
	client = client_socket();
	connect_to(client, &at);
	server = accept4(listener, (void *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	said("length", len);
	said("family", peer.sin_family);
	said("nonblock", !!(fcntl(server, F_GETFL) & O_NONBLOCK));
	said("cloexec", fcntl(server, F_GETFD));
	said("bad flag", accept4(listener, NULL, NULL, 1));
}

static void backlog(void)
{
	struct sockaddr_in at;
	int n = 0;

	listener = listening(server_socket(), 1);
	at = name_of(listener);
	for (int i = 0; i < 8; i++) {
		client = client_socket();
		set_time(client, SO_SNDTIMEO, 300);
		n += !connect_to(client, &at);
	}
	said("connected of 8", n);
}

static void bytes_in_syn(void)
{
	struct sockaddr_in at;

	listener = listening(server_socket(), 3);
	at = name_of(listener);
	client = client_socket();
	said("sendto",
	     sendto(client, "abc", 3, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&at, sizeof(at)));
	server = accept(listener, NULL, NULL);
	nap(50);
	said("recv", recv(server, bytes, 9, MSG_DONTWAIT));
}

static void fast_open(void)
{
	listener = listening(server_socket(), 3);
	said("listener", set(listener, IPPROTO_TCP, TCP_FASTOPEN, 5));
	said("bad", set(listener, IPPROTO_TCP, TCP_FASTOPEN, -1));
	client = client_socket();
	said("bad", set(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 7));
	said("no protocol", setsockopt(client, IPPROTO_TCP, TCP_ULP, "nosuch", 6));
	said("off", set(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0));
	said("on", set(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	said("get", option(client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT));
	server = server_socket();
	said("before listen", set(server, IPPROTO_TCP, TCP_FASTOPEN, 5));
	listening(server, 3);
	said("get", option(server, IPPROTO_TCP, TCP_FASTOPEN));
}

static void saved_syn(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = 200;

	listener = server_socket();
	bind(listener, (void *)&at, sizeof(at));
	said("set", set(listener, IPPROTO_TCP, TCP_SAVE_SYN, 1));
	listen(listener, 3);
	at = name_of(listener);
	client = client_socket();
	connect_to(client, &at);
	server = accept(listener, NULL, NULL);
	said("get", getsockopt(server, IPPROTO_TCP, TCP_SAVED_SYN, bytes, &len));
	said("headers", len >= 40 && (bytes[0] & 0xf0) == 0x40);
	len = 200;
	said("again", getsockopt(server, IPPROTO_TCP, TCP_SAVED_SYN, bytes, &len));
	said("length", len);
}

static void accept_deferred(void)
{
	struct sockaddr_in at;

	listener = listening(server_socket(), 3);
	said("set", set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5));
	at = name_of(listener);
	client = client_socket();
	connect_to(client, &at);
	nap(200);
	said_poll("poll", listener);
	send(client, "x", 1, 0);
	nap(200);
	said_poll("after data", listener);
}

static void inherited(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct linger linger = { 1, 7 };
	socklen_t len = sizeof(linger);

	listener = server_socket();
	bind(listener, (void *)&at, sizeof(at));
	setsockopt(listener, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	set(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(listener, SOL_SOCKET, SO_RCVBUF, 20000);
	set(listener, SOL_SOCKET, SO_PRIORITY, 4);
	set(listener, IPPROTO_TCP, TCP_NODELAY, 1);
	listen(listener, 3);
	at = name_of(listener);
	client = client_socket();
	connect_to(client, &at);
	server = accept(listener, NULL, NULL);
	memset(&linger, 0, sizeof(linger));
	getsockopt(server, SOL_SOCKET, SO_LINGER, &linger, &len);
	said("linger", linger.l_onoff * 100 + linger.l_linger);
	said("keepalive", option(server, SOL_SOCKET, SO_KEEPALIVE));
	said("rcvbuf", option(server, SOL_SOCKET, SO_RCVBUF));
	said("priority", option(server, SOL_SOCKET, SO_PRIORITY));
	said("nodelay", option(server, IPPROTO_TCP, TCP_NODELAY));
}

static void inherited_linger(void)
{
	struct linger linger = { 1, 0 };
	struct sockaddr_in at;

	listener = listening(server_socket(), 3);
	setsockopt(listener, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	at = name_of(listener);
	client = client_socket();
	connect_to(client, &at);
	server = accept(listener, NULL, NULL);
	close(server);
	nap(50);
	said("recv", recv(client, bytes, 9, MSG_DONTWAIT));
}

/* SO_INCOMING_CPU, of a process that stays where it is, before any byte has come back. */
static void processor_at_first(void)
{
	int here = sched_getcpu();
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(here, &only);
	sched_setaffinity(0, sizeof(only), &only);
	pair_up();
	send(client, "1", 1, 0);
	said("client's is this", option(client, SOL_SOCKET, SO_INCOMING_CPU) == here);
	said("server's is this", option(server, SOL_SOCKET, SO_INCOMING_CPU) == here);
}

static void unconnected(void)
{
	client = client_socket();
	said("recv", recv(client, bytes, 1, MSG_DONTWAIT));
	said("send", send(client, "x", 1, MSG_NOSIGNAL));
	said_poll("poll", client);
	said("unread", number_by_ioctl(client, FIONREAD));
}

const struct semantics_test semantics_setup[] = {
	{ "name_unbound", name_unbound },
	{ "bind_twice", bind_twice },
	{ "disconnect_connected", disconnect_connected },
	{ "disconnect_in_recv", disconnect_in_recv },
	{ "disconnect_accepted", disconnect_accepted },
	{ "disconnect_listener", disconnect_listener },
	{ "connect_to_itself", connect_to_itself },
	{ "connect_refused", connect_refused },
	{ "connect_refused_later", connect_refused_later },
	{ "connect_later", connect_later },
	{ "recv_while_connecting", recv_while_connecting },
	{ "connect_in_time", connect_in_time },
	{ "listen_unbound", listen_unbound },
	{ "listen_connected", listen_connected },
	{ "shut_down_unconnected", shut_down_unconnected },
	{ "shut_down_listener", shut_down_listener },
	{ "shut_down_in_accept", shut_down_in_accept },
	{ "accept_in_time", accept_in_time },
	{ "accept_flags", accept_flags },
	{ "backlog", backlog },
	{ "bytes_in_syn", bytes_in_syn },
	{ "fast_open", fast_open },
	{ "saved_syn", saved_syn },
	{ "accept_deferred", accept_deferred },
	{ "inherited", inherited },
	{ "inherited_linger", inherited_linger },
	{ "processor_at_first", processor_at_first },
	{ "unconnected", unconnected },
	{ NULL, NULL },
};
