// SPDX-License-Identifier: GPL-2.0
/*
 * Connects TCP sockets in the kernel, with every combination of who offers SMC, and says who has
 * seen the option.
 *
 *	insmod option_test.ko			by loopback, in the namespace of insmod
 *	insmod option_test.ko server_pid=PID	the server is in PID's network namespace, as
 *						192.0.2.2 and 2001:db8::2
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "option.h"

static int server_pid;
module_param(server_pid, int, 0);
MODULE_PARM_DESC(server_pid, "process in the server's network namespace");

static char *variant = "";
module_param(variant, charp, 0);
MODULE_PARM_DESC(variant, "fast or signed");

union address {
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* How the client reaches the server; "mapped" is an IPv6 socket with an IPv4 address. */
struct way {
	const char *name;
	int client_family, server_family;
};

static const struct way ways[] = {
	{ "ipv4", AF_INET, AF_INET },
	{ "ipv6", AF_INET6, AF_INET6 },
	{ "mapped client", AF_INET6, AF_INET },
	{ "mapped server", AF_INET, AF_INET6 },
};

struct ends {
	struct socket *listener, *client, *server;
};

static void release(struct socket *sock)
{
	if (!sock)
		return;
	smcx_option_withdraw(sock->sk);
	sock_release(sock);
}

static int set_option(struct socket *sock, int name, void *value, unsigned int len)
{
	return sock->ops->setsockopt(sock, SOL_TCP, name, KERNEL_SOCKPTR(value), len);
}

/* Before connect() or listen(). The peer's address is our own: loopback. */
static int vary(struct socket *sock)
{
	int one = 1;

	if (!strcmp(variant, "fast"))
		return set_option(sock, TCP_FASTOPEN_CONNECT, &one, sizeof(one));
	if (!strcmp(variant, "signed")) {
		struct tcp_md5sig md5 = { .tcpm_keylen = 3, .tcpm_key = "key" };
		struct sockaddr_in *peer = (struct sockaddr_in *)&md5.tcpm_addr;

		peer->sin_family = AF_INET;
		peer->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return set_option(sock, TCP_MD5SIG, &md5, sizeof(md5));
	}
	return 0;
}

static int start_server(struct ends *ends, struct net *net, int family, bool offer, __be16 *port)
{
	union address any = { .in.sin_family = family };
	int err;

	err = sock_create_kern(net, family, SOCK_STREAM, IPPROTO_TCP, &ends->listener);
	if (err)
		return err;
	if (offer)
		smcx_option_offer(ends->listener->sk);
	err = vary(ends->listener);
	if (!err)
		err = kernel_bind(ends->listener, (void *)&any,
				  family == AF_INET ? sizeof(any.in) : sizeof(any.in6));
	if (!err)
		err = kernel_listen(ends->listener, 8);
	*port = inet_sk(ends->listener->sk)->inet_sport;
	return err;
}

static int start_client(struct ends *ends, struct net *net, const struct way *way, bool offer,
			__be16 port)
{
	bool six = way->client_family == AF_INET6, mapped = six && way->server_family == AF_INET;
	__be32 ip4 = server_pid ? htonl(0xc0000202) : htonl(INADDR_LOOPBACK);
	struct in6_addr ip6 = IN6ADDR_LOOPBACK_INIT;
	union address to = {};
	int err;

	if (server_pid)
		ip6 = (struct in6_addr){ { { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } } };
	if (mapped)
		ipv6_addr_set_v4mapped(ip4, &ip6);
	if (six) {
		to.in6.sin6_family = AF_INET6;
		to.in6.sin6_port = port;
		to.in6.sin6_addr = ip6;
	} else {
		to.in.sin_family = AF_INET;
		to.in.sin_port = port;
		to.in.sin_addr.s_addr = ip4;
	}
	err = sock_create_kern(net, way->client_family, SOCK_STREAM, IPPROTO_TCP, &ends->client);
	if (err)
		return err;
	if (offer)
		smcx_option_offer(ends->client->sk);
	err = vary(ends->client);
	if (err)
		return err;
	return kernel_connect(ends->client, (void *)&to, six ? sizeof(to.in6) : sizeof(to.in), 0);
}

static const char said[] = "as TCP";

static int say(struct socket *client)
{
	struct kvec vec = { (void *)said, sizeof(said) };
	struct msghdr msg = {};
	int n = kernel_sendmsg(client, &msg, &vec, 1, sizeof(said));

	return n == sizeof(said) ? 0 : n < 0 ? n : -EIO;
}

static int hear(struct socket *server)
{
	char heard[sizeof(said)];
	struct kvec vec = { heard, sizeof(heard) };
	struct msghdr msg = {};
	int n = kernel_recvmsg(server, &msg, &vec, 1, sizeof(heard), MSG_WAITALL);

	return n == sizeof(heard) && !memcmp(heard, said, n) ? 0 : n < 0 ? n : -EIO;
}

static int connect_once(struct net *server_net, const struct way *way, bool client_offers,
			bool server_offers)
{
	struct ends ends = {};
	__be16 port;
	int err;

	err = start_server(&ends, server_net, way->server_family, server_offers, &port);
	if (!err)
		err = start_client(&ends, current->nsproxy->net_ns, way, client_offers, port);
	if (!err)
		err = say(ends.client);
	if (!err)
		err = kernel_accept(ends.listener, &ends.server, 0);
	if (!err)
		err = hear(ends.server);
	if (err)
		pr_err("option_test: %s: error %d\n", way->name, err);
	else
		pr_info("option_test: %s, offered by client %d server %d: seen by client %d server "
			"%d\n",
			way->name, client_offers, server_offers,
			smcx_option_seen(ends.client->sk, false),
			smcx_option_seen(ends.server->sk, true));
	release(ends.client);
	release(ends.server);
	release(ends.listener);
	return err;
}

/* Nobody listens: the client is left with what it would have done with the answer. */
static int be_refused(struct net *server_net)
{
	struct ends ends = {};
	__be16 port;
	int err;

	err = start_server(&ends, server_net, AF_INET, true, &port);
	release(ends.listener);
	if (!err)
		err = start_client(&ends, current->nsproxy->net_ns, &ways[0], true, port);
	if (ends.client && smcx_option_seen(ends.client->sk, false))
		err = -EIO;
	release(ends.client);
	return err == -ECONNREFUSED ? 0 : err ? err : -EIO;
}

static int connect_all(struct net *server_net)
{
	int i, offers, err = 0, n = strcmp(variant, "signed") ? ARRAY_SIZE(ways) : 1;

	for (i = 0; !err && i < n; i++) {
		for (offers = 3; !err && offers >= 0; offers--)
			err = connect_once(server_net, &ways[i], offers & 1, offers & 2);
	}
	return err || *variant ? err : be_refused(server_net);
}

static int __init option_test_init(void)
{
	struct net *server_net;
	int err;

	server_net = server_pid ? get_net_ns_by_pid(server_pid) : get_net(current->nsproxy->net_ns);
	if (IS_ERR(server_net))
		return PTR_ERR(server_net);
	err = smcx_option_init();
	if (err)
		goto out;
	err = connect_all(server_net);
	if (err)
		smcx_option_exit();
out:
	put_net(server_net);
	return err;
}

static void __exit option_test_exit(void)
{
	smcx_option_exit();
}

module_init(option_test_init);
module_exit(option_test_exit);
MODULE_DESCRIPTION("connects TCP sockets that offer SMC");
MODULE_LICENSE("GPL");
