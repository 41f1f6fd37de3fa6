// SPDX-License-Identifier: GPL-2.0-or-later
/* Control messages, time stamps and the error queue. */
#include "semantics.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* ---- control messages ---- */

static union {
	char room[512];
	struct cmsghdr align;
} control;

static struct msghdr message(struct iovec *iov, void *buf, size_t len)
{
	*iov = (struct iovec){ .iov_base = buf, .iov_len = len };
	return (struct msghdr){ .msg_iov = iov,
				.msg_iovlen = 1,
				.msg_control = control.room,
				.msg_controllen = sizeof(control) };
}

static void said_control(struct msghdr *msg)
{
	int inq;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		say(" %d/%d", c->cmsg_level, c->cmsg_type);
		if (c->cmsg_level == IPPROTO_TCP && c->cmsg_type == TCP_CM_INQ) {
			memcpy(&inq, CMSG_DATA(c), sizeof(inq));
			say("=%d", inq);
		}
	}
}

static void said_recvmsg(const char *what, int fd, size_t len, int flags)
{
	struct iovec iov;
	struct msghdr msg = message(&iov, bytes, len);
	long n = recvmsg(fd, &msg, flags | MSG_DONTWAIT);

	said(what, n);
	if (n >= 0)
		said_control(&msg);
}

static void control_unknown(void)
{
	struct iovec iov;
	struct msghdr msg = message(&iov, bytes, 2);
	struct cmsghdr *c;

	pair_up();
	memset(&control, 0, sizeof(control));
	msg.msg_controllen = CMSG_SPACE(sizeof(int));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_len = CMSG_LEN(sizeof(int));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = 999;
	said("unknown", sendmsg(client, &msg, MSG_NOSIGNAL));
	c->cmsg_level = IPPROTO_TCP;
	said("of TCP", sendmsg(client, &msg, MSG_NOSIGNAL));
}

static void control_inq(void)
{
	pair_up();
	said("set", set(server, IPPROTO_TCP, TCP_INQ, 1));
	send(client, "abcdef", 6, 0);
	nap(30);
	said_recvmsg("part", server, 2, 0);
	said_recvmsg("peek", server, 2, MSG_PEEK);
	shutdown(client, SHUT_WR);
	nap(30);
	said_recvmsg("at the end", server, 3, 0);
	said_recvmsg("last", server, 3, 0);
	said_recvmsg("none", server, 3, 0);
}

static void control_stamp(void)
{
	pair_up();
	said("set", set(server, SOL_SOCKET, SO_TIMESTAMP, 1));
	send(client, "abc", 3, 0);
	nap(30);
	said_recvmsg("recv", server, 9, 0);
	said("set", set(server, SOL_SOCKET, SO_TIMESTAMPNS, 1));
	send(client, "abc", 3, 0);
	nap(30);
	said_recvmsg("recv", server, 9, 0);
	said("set", set(server, SOL_SOCKET, SO_TIMESTAMP_NEW, 1));
	send(client, "abc", 3, 0);
	nap(30);
	said_recvmsg("recv", server, 9, 0);
	said("set", set(server, SOL_SOCKET, SO_TIMESTAMPNS_NEW, 1));
	send(client, "abc", 3, 0);
	nap(30);
	said_recvmsg("recv", server, 9, 0);
	said("off", set(server, SOL_SOCKET, SO_TIMESTAMPNS_NEW, 0));
	said("set", set(server, SOL_SOCKET, SO_TIMESTAMPING,
			SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE));
	send(client, "abc", 3, 0);
	nap(30);
	said_recvmsg("recv", server, 9, 0);
	set(server, SOL_SOCKET, SO_TIMESTAMPING, 0);
	send(client, "abc", 3, 0);
	nap(30);
	said_recvmsg("recv", server, 9, 0);
}

/* ---- the error queue ---- */

static void said_errors(int fd)
{
	struct sock_extended_err err;
	struct iovec iov;
	struct msghdr msg = message(&iov, bytes, 400);

	while (recvmsg(fd, &msg, MSG_ERRQUEUE) >= 0) {
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			if (c->cmsg_level != IPPROTO_IP)
				continue;
			memcpy(&err, CMSG_DATA(c), sizeof(err));
			say(" origin %d info %u data %u code %d", err.ee_origin, err.ee_info,
			    err.ee_data, err.ee_code);
		}
		msg = message(&iov, bytes, 400);
	}
}

static void sent_stamps(void)
{
	const int flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK |
			  SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
			  SOF_TIMESTAMPING_OPT_TSONLY;

	pair_up();
	said("empty", recv_now(client, 9, MSG_ERRQUEUE));
	said("set", set(client, SOL_SOCKET, SO_TIMESTAMPING, flags));
	send(client, "abc", 3, 0);
	nap(50);
	said_poll("poll", client);
	said_errors(client);
	send(client, "defg", 4, 0);
	nap(50);
	said_errors(client);
	said_poll("poll", client);
}

static void stamps_before(void)
{
	struct sockaddr_in at;

	listener = listening(server_socket(), 3);
	at = name_of(listener);
	client = client_socket();
	said("set", set(client, SOL_SOCKET, SO_TIMESTAMPING,
			SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE));
	connect_to(client, &at);
	nap(50);
	said("queue", recv_now(client, 400, MSG_ERRQUEUE));
	said_poll("poll", client);
}

static void sent_without_copy(void)
{
	pair_up();
	said("set", set(client, SOL_SOCKET, SO_ZEROCOPY, 1));
	said("get", option(client, SOL_SOCKET, SO_ZEROCOPY));
	said("send", send(client, bytes, 20000, MSG_ZEROCOPY));
	nap(50);
	while (recv_now(server, sizeof(bytes), 0) > 0)
		;
	nap(50);
	said_poll("poll", client);
	said_errors(client);
	for (int i = 0; i < 2; i++)
		said("send", send(client, bytes, 2000, MSG_ZEROCOPY));
	while (recv_now(server, sizeof(bytes), 0) > 0)
		;
	nap(50);
	said_errors(client);
	said("without it", set(client, SOL_SOCKET, SO_ZEROCOPY, 0));
	said("send", send(client, bytes, 2000, MSG_ZEROCOPY));
	nap(50);
	said_errors(client);
}

const struct semantics_test semantics_control[] = {
	{ "control_unknown", control_unknown },
	{ "control_inq", control_inq },
	{ "control_stamp", control_stamp },
	{ "sent_stamps", sent_stamps },
	{ "stamps_before", stamps_before },
	{ "sent_without_copy", sent_without_copy },
	{ NULL, NULL },
};
