// SPDX-License-Identifier: GPL-2.0-or-later
/* How connections end: shutdown(), close(), SO_LINGER, resets, and what is left of a port. */
#include "semantics.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static long send_now(int fd)
{
	return send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void said_error(const char *what, int fd)
{
	said(what, option(fd, SOL_SOCKET, SO_ERROR));
}

static void said_peer(int fd)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	said("peer", getpeername(fd, (void *)&at, &len));
}

/* ---- shutdown() ---- */

static void shut_reading(void)
{
	pair_up();
	send(server, "ab", 2, 0);
	nap(20);
	shutdown(client, SHUT_RD);
	said("recv", recv_now(client, 9, 0));
	said("recv", recv_now(client, 9, 0));
	said("peer's send", send(server, "cd", 2, MSG_NOSIGNAL));
	nap(20);
	said("recv", recv_now(client, 9, 0));
	said_poll("poll", client);
}

static void shut_writing(void)
{
	pair_up();
	shutdown(client, SHUT_WR);
	nap(20);
	said("send", send_now(client));
	said_poll("poll", client);
	said("peer's recv", recv_now(server, 9, 0));
	said_poll("peer's poll", server);
	said("peer's send", send_now(server));
	nap(20);
	said("recv", recv_now(client, 9, 0));
	said("again", shutdown(client, SHUT_WR));
}

static void shut_both(void)
{
	pair_up();
	shutdown(client, SHUT_RDWR);
	nap(20);
	said_poll("poll", client);
	said_poll("peer's poll", server);
	said("again", shutdown(client, SHUT_WR));
	shutdown(server, SHUT_RDWR);
	nap(20);
	said_poll("poll", client);
	said_peer(client);
	said("again", shutdown(client, SHUT_WR));
}

/* ---- close() ---- */

static void send_after_close(void)
{
	pair_up();
	close(server);
	nap(50);
	said_poll("poll", client);
	for (int i = 0; i < 3; i++) {
		said("send", send_now(client));
		nap(30);
	}
	said("recv", recv_now(client, 9, 0));
	said_poll("poll", client);
	said_peer(client);
}

static void error_after_close(void)
{
	pair_up();
	close(server);
	nap(50);
	said("nothing", send(client, "", 0, MSG_NOSIGNAL));
	said("send", send_now(client));
	nap(30);
	said_poll("poll", client);
	said("recv", recv_now(client, 9, 0));
	said_error("error", client);
	said_error("error", client);
	said("send", send_now(client));
	said_poll("poll", client);
}

static void close_before_read(void)
{
	pair_up();
	send(server, "abc", 3, 0);
	close(server);
	nap(50);
	said("send", send_now(client));
	nap(30);
	said("recv", recv_now(client, 9, 0));
	said("recv", recv_now(client, 9, 0));
	said("send", send_now(client));
}

static void shut_then_close(void)
{
	pair_up();
	shutdown(server, SHUT_WR);
	nap(20);
	close(server);
	nap(50);
	said_poll("poll", client);
	said("recv", recv_now(client, 9, 0));
	said("send", send_now(client));
	nap(30);
	said("send", send_now(client));
}

static void close_unread(void)
{
	pair_up();
	send(client, "abc", 3, 0);
	nap(30);
	close(server);
	nap(50);
	said("send", send_now(client));
	said_poll("poll", client);
	said("recv", recv_now(client, 9, 0));
	said("recv", recv_now(client, 9, 0));
	said("send", send_now(client));
}

static void name_after_close(void)
{
	pair_up();
	close(server);
	nap(50);
	said_peer(client);
}

static void linger_for_kernel(void)
{
	struct linger linger = { 1, 4 };
	double since;

	pair_up();
	setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	send(client, "abc", 3, 0);
	nap(50);
	since = now();
	close(client);
	said_time("close", since, 2000);
	said("recv", recv_now(server, 9, 0));
	said("recv", recv_now(server, 9, 0));
}

/* ---- resets ---- */

static void reset_then_error(void)
{
	pair_up();
	reset(server);
	nap(50);
	said_error("error", client);
	said_error("error", client);
	said("recv", recv_now(client, 9, 0));
	said("send", send_now(client));
}

static void reset_then_poll(void)
{
	pair_up();
	reset(server);
	nap(50);
	said_poll("poll", client);
	said_error("error", client);
	said_poll("poll", client);
	said_error("error", client);
	said("recv", recv_now(client, 9, 0));
}

static void reset_then_recv(void)
{
	pair_up();
	reset(server);
	nap(50);
	said("recv", recv_now(client, 9, 0));
	said_error("error", client);
	said_poll("poll", client);
	said("recv", recv_now(client, 9, 0));
	said("send", send_now(client));
}

static void reset_then_send(void)
{
	pair_up();
	reset(server);
	nap(50);
	said("send", send_now(client));
	said("send", send_now(client));
	said("recv", recv_now(client, 9, 0));
}

static void reset_after_bytes(void)
{
	pair_up();
	send(server, "abc", 3, 0);
	nap(30);
	reset(server);
	nap(50);
	said("recv", recv(client, bytes, 2, MSG_DONTWAIT));
	said("recv", recv_now(client, 9, 0));
	said("recv", recv_now(client, 9, 0));
	said("recv", recv_now(client, 9, 0));
	said("send", send_now(client));
}

static void reset_after_shutdown(void)
{
	pair_up();
	shutdown(server, SHUT_WR);
	nap(20);
	reset(server);
	nap(50);
	said_poll("poll", client);
	said("recv", recv_now(client, 9, 0));
	said_error("error", client);
	said("send", send_now(client));
}

static void reset_of_shut(void)
{
	pair_up();
	shutdown(client, SHUT_WR);
	nap(20);
	reset(server);
	nap(50);
	said_poll("poll", client);
	said("send", send_now(client));
	said("recv", recv_now(client, 9, 0));
	said("recv", recv_now(client, 9, 0));
}

static void reset_of_server(void)
{
	pair_up();
	reset(client);
	nap(50);
	said_poll("poll", server);
	said_peer(server);
	said("recv", recv_now(server, 9, 0));
	said("recv", recv_now(server, 9, 0));
	said("shutdown", shutdown(server, SHUT_WR));
}

/* ---- ports ---- */

static void said_rebind(const struct sockaddr_in *at)
{
	nap(150);
	said("bind", bind(socket(AF_INET, SOCK_STREAM, 0), (const void *)at, sizeof(*at)));
}

static void port_of_first(bool servers)
{
	struct sockaddr_in at;

	pair_up_alone();
	at = name_of(servers ? server : client);
	close(servers ? server : client);
	nap(50);
	close(servers ? client : server);
	close(listener);
	said_rebind(&at);
}

static void port_of_last(bool servers)
{
	struct sockaddr_in at;

	pair_up_alone();
	at = name_of(servers ? server : client);
	close(servers ? client : server);
	nap(50);
	close(servers ? server : client);
	close(listener);
	said_rebind(&at);
}

static void port_of_server_first(void)
{
	port_of_first(true);
}

static void port_of_server_last(void)
{
	port_of_last(true);
}

static void port_of_client_first(void)
{
	port_of_first(false);
}

static void port_of_client_last(void)
{
	port_of_last(false);
}

static void port_of_reset(void)
{
	struct sockaddr_in at;

	pair_up_alone();
	at = name_of(server);
	close(listener);
	reset(client);
	nap(50);
	close(server);
	said_rebind(&at);
}

static void port_of_shut(void)
{
	struct sockaddr_in at;

	pair_up_alone();
	at = name_of(server);
	close(listener);
	shutdown(server, SHUT_WR);
	nap(50);
	close(client);
	nap(50);
	close(server);
	said_rebind(&at);
}

const struct semantics_test semantics_end[] = {
	{ "shut_reading", shut_reading },
	{ "shut_writing", shut_writing },
	{ "shut_both", shut_both },
	{ "send_after_close", send_after_close },
	{ "error_after_close", error_after_close },
	{ "close_before_read", close_before_read },
	{ "shut_then_close", shut_then_close },
	{ "close_unread", close_unread },
	{ "name_after_close", name_after_close },
	{ "linger_for_kernel", linger_for_kernel },
	{ "reset_then_error", reset_then_error },
	{ "reset_then_poll", reset_then_poll },
	{ "reset_then_recv", reset_then_recv },
	{ "reset_then_send", reset_then_send },
	{ "reset_after_bytes", reset_after_bytes },
	{ "reset_after_shutdown", reset_after_shutdown },
	{ "reset_of_shut", reset_of_shut },
	{ "reset_of_server", reset_of_server },
	{ "port_of_server_first", port_of_server_first },
	{ "port_of_server_last", port_of_server_last },
	{ "port_of_client_first", port_of_client_first },
	{ "port_of_client_last", port_of_client_last },
	{ "port_of_reset", port_of_reset },
	{ "port_of_shut", port_of_shut },
	{ NULL, NULL },
};
