// SPDX-License-Identifier: GPL-2.0-or-later
/* See channel.h. */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int channel_send(int sock, char letter, const void *data, size_t len, int fd)
{
	struct iovec part[2] = { { &letter, 1 }, { (void *)data, len } };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = part, .msg_iovlen = 2 };
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.room);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int channel_receive(int sock, struct channel_message *m)
{
	struct iovec part[2] = { { &m->letter, 1 }, { m->data, sizeof(m->data) } };
	union control control = { 0 };
	struct msghdr msg = { .msg_iov = part,
			      .msg_iovlen = 2,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n ? -errno : 0;
	m->len = (size_t)n - 1;
	m->fd = -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(m->fd)))
		memcpy(&m->fd, CMSG_DATA(c), sizeof(m->fd));
	return 1;
}
