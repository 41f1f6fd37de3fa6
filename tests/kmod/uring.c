// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets by way of io_uring: each case makes a connection to itself and holds what the ring tells
 * against what the system calls would.
 *
 * Usage: kmod_uring tcp|smc|ipproto CASE     Without a case: their names.
 * Exit status: 0, 1 with a line that tells what was wrong, 2 it cannot run here.
 */
#include <err.h>
#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "torture.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

#define PATIENCE_S 60
#define CHUNK (128 * 1024)
#define STREAM ((uint64_t)6 << 20) /* bytes, each way */

/* The purpose of a request; an end's number is added. */
enum tag { ACCEPT, CONNECT, CANCEL, POLL, OTHER, SEND, RECV = SEND + 2, TAGS = RECV + 2 };

struct told {
	uint64_t tag;
	int res;
	uint32_t flags;
};

static const char *protocol;
static struct io_uring ring;
static struct told early[64]; /* completions that came before they were asked for */
static unsigned int early_count;
static int listener;
static struct sockaddr_in at = { .sin_family = AF_INET };

#define EXPECT(what, ...)                                                                          \
	do {                                                                                       \
		if (!(what))                                                                       \
			errx(1, __VA_ARGS__);                                                      \
	} while (0)

/* ---- the ring ---- */

static struct io_uring_sqe *request(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	EXPECT(sqe, "the ring is full");
	return sqe;
}

/* QUEUE(TAG, WHAT, ARGUMENT...): io_uring_prep_WHAT(); gives the request, for flags. */
#define QUEUE(tag_, what, ...)                                                                     \
	({                                                                                         \
		struct io_uring_sqe *sqe_ = request();                                             \
                                                                                                   \
		io_uring_prep_##what(sqe_, __VA_ARGS__);                                           \
		io_uring_sqe_set_data64(sqe_, tag_);                                               \
		sqe_;                                                                              \
	})

static struct told wait_told(void)
{
	struct __kernel_timespec patience = { .tv_sec = PATIENCE_S };
	struct io_uring_cqe *cqe;
	struct told told;
	int e;

	io_uring_submit(&ring);
	do
		e = io_uring_wait_cqe_timeout(&ring, &cqe, &patience);
	while (e == -EINTR);
	EXPECT(!e, "nothing comes from the ring: %s", strerror(-e));
	told = (struct told){ cqe->user_data, cqe->res, cqe->flags };
	io_uring_cqe_seen(&ring, cqe);
	return told;
}

/* Whatever is next. */
static struct told next(void)
{
	struct told told = early[0];

	if (!early_count)
		return wait_told();
	memmove(early, early + 1, --early_count * sizeof(*early));
	return told;
}

/* The next one of @tag. */
static struct told take(uint64_t tag)
{
	for (unsigned int i = 0; i < early_count; i++) {
		struct told told = early[i];

		if (told.tag != tag)
			continue;
		memmove(early + i, early + i + 1, (--early_count - i) * sizeof(*early));
		return told;
	}
	for (;;) {
		struct told told = wait_told();

		if (told.tag == tag)
			return told;
		EXPECT(early_count < 64, "too many completions");
		early[early_count++] = told;
	}
}

/* Has nothing been told within a while? */
static bool quiet(void)
{
	struct __kernel_timespec a_while = { .tv_nsec = 200000000 };
	struct io_uring_cqe *cqe;

	io_uring_submit(&ring);
	return !early_count && io_uring_wait_cqe_timeout(&ring, &cqe, &a_while) == -ETIME;
}

/* ---- sockets ---- */

static int new_socket(void)
{
	int fd;

	if (!strcmp(protocol, "smc"))
		fd = socket(AF_SMC, SOCK_STREAM, 0);
	else
		fd = socket(AF_INET, SOCK_STREAM, strcmp(protocol, "tcp") ? IPPROTO_SMC : 0);
	if (fd < 0)
		err(2, "a socket of %s", protocol);
	return fd;
}

static void listen_here(void)
{
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = new_socket();
	if (bind(listener, (void *)&at, len) || listen(listener, 64) ||
	    getsockname(listener, (void *)&at, &len))
		err(2, "a socket that listens");
}

/* fd[0] is the client. */
static void make_pair(int fd[2])
{
	struct told told;

	fd[0] = new_socket();
	QUEUE(ACCEPT, accept, listener, NULL, NULL, 0);
	QUEUE(CONNECT, connect, fd[0], (void *)&at, sizeof(at));
	told = take(CONNECT);
	EXPECT(!told.res, "connect: %s", strerror(-told.res));
	told = take(ACCEPT);
	EXPECT(told.res >= 0, "accept: %s", strerror(-told.res));
	fd[1] = told.res;
}

static void close_pair(int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

/* ---- cases ---- */

/* One direction: a request to send and one to receive are always under way. */
struct flow {
	int from, to;
	uint64_t seed, sent, received;
	struct iovec out_iov[2], in_iov[2];
	struct msghdr out_msg, in_msg;
	size_t out_len;
	uint8_t out[CHUNK], in[CHUNK];
};

static struct flow flows[2];
static struct rng rng = { 4 };

static void flow_send(unsigned int i)
{
	struct flow *f = &flows[i];
	struct io_uring_sqe *sqe;

	if (f->sent == STREAM) {
		QUEUE(OTHER, shutdown, f->from, SHUT_WR);
		return;
	}
	f->out_len = rng_size(&rng, CHUNK);
	if (f->out_len > STREAM - f->sent)
		f->out_len = (size_t)(STREAM - f->sent);
	stream_fill(f->seed, f->sent, f->out, f->out_len);
	f->out_iov[0] = (struct iovec){ f->out, f->out_len / 3 };
	f->out_iov[1] = (struct iovec){ f->out + f->out_len / 3, f->out_len - f->out_len / 3 };
	f->out_msg = (struct msghdr){ .msg_iov = f->out_iov, .msg_iovlen = 2 };
	if (rng_one_in(&rng, 3))
		sqe = QUEUE(SEND + i, sendmsg, f->from, &f->out_msg, 0);
	else if (rng_one_in(&rng, 3))
		sqe = QUEUE(SEND + i, write, f->from, f->out, (unsigned int)f->out_len, 0);
	else
		sqe = QUEUE(SEND + i, send, f->from, f->out, f->out_len,
			    rng_one_in(&rng, 2) ? MSG_WAITALL : 0);
	/* By a worker, which waits within sendmsg(). */
	if (rng_one_in(&rng, 4))
		sqe->flags |= IOSQE_ASYNC;
}

static void flow_recv(unsigned int i)
{
	struct flow *f = &flows[i];
	size_t len = rng_size(&rng, CHUNK);
	struct io_uring_sqe *sqe;

	f->in_iov[0] = (struct iovec){ f->in, len / 2 };
	f->in_iov[1] = (struct iovec){ f->in + len / 2, len - len / 2 };
	f->in_msg = (struct msghdr){ .msg_iov = f->in_iov, .msg_iovlen = 2 };
	if (rng_one_in(&rng, 3))
		sqe = QUEUE(RECV + i, recvmsg, f->to, &f->in_msg, 0);
	else if (rng_one_in(&rng, 3))
		sqe = QUEUE(RECV + i, read, f->to, f->in, (unsigned int)len, 0);
	else
		sqe = QUEUE(RECV + i, recv, f->to, f->in, len,
			    rng_one_in(&rng, 2) ? MSG_WAITALL : 0);
	if (rng_one_in(&rng, 4))
		sqe->flags |= IOSQE_ASYNC;
}

static void flow_sent(unsigned int i, int res)
{
	EXPECT(res > 0 && (size_t)res <= flows[i].out_len, "send: %s at %llu",
	       strerror(res < 0 ? -res : 0), (unsigned long long)flows[i].sent);
	flows[i].sent += (uint64_t)res;
	flow_send(i);
}

/* Returns false at the end. */
static bool flow_received(unsigned int i, int res)
{
	struct flow *f = &flows[i];

	EXPECT(res >= 0, "recv: %s at %llu", strerror(-res), (unsigned long long)f->received);
	EXPECT(stream_check(f->seed, f->received, f->in, (size_t)res), "wrong bytes at %llu",
	       (unsigned long long)f->received);
	f->received += (uint64_t)res;
	if (res)
		flow_recv(i);
	else
		EXPECT(f->received == STREAM, "EOF after %llu bytes",
		       (unsigned long long)f->received);
	return res;
}

static void case_streams(void)
{
	unsigned int open = 2;
	int fd[2];

	make_pair(fd);
	for (unsigned int i = 0; i < 2; i++) {
		flows[i].from = fd[i];
		flows[i].to = fd[!i];
		flows[i].seed = rng_next(&rng);
		flow_send(i);
		flow_recv(i);
	}
	while (open) {
		struct told told = next();

		if (told.tag >= RECV)
			open -= !flow_received((unsigned int)(told.tag - RECV), told.res);
		else if (told.tag >= SEND)
			flow_sent((unsigned int)(told.tag - SEND), told.res);
		else
			EXPECT(!told.res, "shutdown: %s", strerror(-told.res));
	}
	close_pair(fd);
}

static void case_multishot_accept(void)
{
	int client[8];

	QUEUE(ACCEPT, multishot_accept, listener, NULL, NULL, 0);
	for (unsigned int i = 0; i < 8; i++) {
		client[i] = new_socket();
		QUEUE(CONNECT, connect, client[i], (void *)&at, sizeof(at));
	}
	for (unsigned int i = 0; i < 8; i++) {
		struct told told = take(CONNECT);

		EXPECT(!told.res, "connect: %s", strerror(-told.res));
		told = take(ACCEPT);
		EXPECT(told.res >= 0 && told.flags & IORING_CQE_F_MORE, "accept %u: %d, flags %x",
		       i, told.res, told.flags);
		close(told.res);
	}
	if (!quiet()) {
		struct told told = next();

		errx(1, "then there came %d for %d, flags %x", told.res, (int)told.tag, told.flags);
	}
	for (unsigned int i = 0; i < 8; i++)
		close(client[i]);
	QUEUE(CANCEL, cancel64, ACCEPT, 0);
	EXPECT(take(ACCEPT).res == -ECANCELED, "a cancelled accept");
}

static void case_poll(void)
{
	char byte = 'x';
	struct told told;
	int fd[2];

	make_pair(fd);
	QUEUE(POLL, poll_add, fd[1], POLLIN);
	EXPECT(quiet(), "readable, and nothing was sent");
	EXPECT(send(fd[0], &byte, 1, 0) == 1, "send");
	told = take(POLL);
	EXPECT(told.res & POLLIN, "poll: %d", told.res);
	EXPECT(recv(fd[1], &byte, 1, MSG_DONTWAIT) == 1, "recv after poll");
	QUEUE(POLL, poll_multishot, fd[1], POLLIN | POLLRDHUP);
	for (unsigned int i = 0; i < 5; i++) {
		QUEUE(SEND, send, fd[0], &byte, 1, 0);
		EXPECT(take(SEND).res == 1, "send");
		told = take(POLL);
		EXPECT(told.res & POLLIN && told.flags & IORING_CQE_F_MORE, "multishot poll: %d",
		       told.res);
		EXPECT(recv(fd[1], &byte, 1, MSG_DONTWAIT) == 1, "recv after poll");
	}
	close(fd[0]);
	do
		told = take(POLL);
	while (!(told.res & POLLRDHUP) && told.flags & IORING_CQE_F_MORE);
	EXPECT(told.res & POLLRDHUP, "no POLLRDHUP: %d", told.res);
	close(fd[1]);
}

static void case_cancel(void)
{
	char byte = 'x';
	int fd[2];

	make_pair(fd);
	for (unsigned int async = 0; async < 2; async++) {
		int res;

		QUEUE(RECV, recv, fd[0], &byte, 1, 0)->flags |= async ? IOSQE_ASYNC : 0;
		EXPECT(quiet(), "received, and nothing was sent");
		QUEUE(CANCEL, cancel64, RECV, 0);
		take(CANCEL);
		res = take(RECV).res;
		/* One that a worker waits in is interrupted. */
		EXPECT(res == -ECANCELED || (async && res == -EINTR), "a cancelled recv: %d", res);
	}
	QUEUE(RECV, recv, fd[0], &byte, 1, 0);
	QUEUE(SEND, send, fd[1], "y", 1, 0);
	EXPECT(take(RECV).res == 1 && byte == 'y', "recv after those cancelled");
	EXPECT(take(SEND).res == 1, "send");
	close_pair(fd);
}

static void case_timeout(void)
{
	struct __kernel_timespec soon = { .tv_nsec = 100000000 };
	char byte = 'x';
	int fd[2], res;

	make_pair(fd);
	QUEUE(RECV, recv, fd[0], &byte, 1, 0)->flags |= IOSQE_IO_LINK;
	QUEUE(OTHER, link_timeout, &soon, 0);
	res = take(RECV).res;
	EXPECT(res == -ECANCELED, "recv with a time: %d", res);
	take(OTHER);
	/* The first fails, so the second is not done. */
	QUEUE(RECV, recv, fd[0], &byte, 1, MSG_DONTWAIT)->flags |= IOSQE_IO_LINK;
	QUEUE(SEND, send, fd[0], &byte, 1, 0);
	res = take(RECV).res;
	EXPECT(res == -EAGAIN, "recv MSG_DONTWAIT: %d", res);
	EXPECT(take(SEND).res == -ECANCELED, "what is linked to a failure");
	close_pair(fd);
}

/* A thread that waits in recv learns of each way to end. */
static void case_ends(void)
{
	struct linger at_once = { .l_onoff = 1 };
	char byte = 'x';
	int fd[2], res;

	for (unsigned int async = 0; async < 2; async++) {
		make_pair(fd);
		QUEUE(RECV, recv, fd[0], &byte, 1, 0)->flags |= async ? IOSQE_ASYNC : 0;
		EXPECT(quiet(), "received, and nothing was sent");
		close(fd[1]);
		res = take(RECV).res;
		EXPECT(!res, "recv at EOF: %d", res);
		close(fd[0]);

		make_pair(fd);
		QUEUE(RECV, recv, fd[0], &byte, 1, 0)->flags |= async ? IOSQE_ASYNC : 0;
		EXPECT(quiet(), "received, and nothing was sent");
		setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd[1]);
		res = take(RECV).res;
		EXPECT(res == -ECONNRESET, "recv at an abort: %d", res);
		close(fd[0]);

		/* Closed while the ring has a request: the file goes with that. */
		make_pair(fd);
		QUEUE(RECV, recv, fd[0], &byte, 1, 0)->flags |= async ? IOSQE_ASYNC : 0;
		EXPECT(quiet(), "received, and nothing was sent");
		QUEUE(OTHER, shutdown, fd[0], SHUT_RDWR);
		EXPECT(!take(OTHER).res, "shutdown");
		close(fd[0]);
		res = take(RECV).res;
		EXPECT(!res, "recv after shutdown: %d", res);
		QUEUE(RECV, recv, fd[1], &byte, 1, 0);
		res = take(RECV).res;
		EXPECT(!res, "recv at the other end: %d", res);
		close(fd[1]);
	}
}

/* The ring goes with requests under way, and the sockets with it. */
static void case_exit(void)
{
	static char full[1 << 20];
	int fd[2], idle = new_socket();
	char byte;

	make_pair(fd);
	QUEUE(RECV, recv, fd[0], &byte, 1, 0);
	QUEUE(RECV + 1, recv, fd[0], &byte, 1, 0)->flags |= IOSQE_ASYNC;
	QUEUE(SEND, send, fd[0], full, sizeof(full), MSG_WAITALL);
	QUEUE(SEND + 1, send, fd[0], full, sizeof(full), MSG_WAITALL)->flags |= IOSQE_ASYNC;
	QUEUE(ACCEPT, accept, listener, NULL, NULL, 0);
	QUEUE(POLL, poll_add, fd[1], POLLRDHUP);
	QUEUE(OTHER, poll_add, idle, POLLIN | POLLPRI);
	io_uring_submit(&ring);
	usleep(100000);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "streams", case_streams }, { "multishot_accept", case_multishot_accept },
	{ "poll", case_poll },	     { "cancel", case_cancel },
	{ "timeout", case_timeout }, { "ends", case_ends },
	{ "exit", case_exit },
};

int main(int argc, char **argv)
{
	const size_t count = sizeof(cases) / sizeof(*cases);
	int e;

	if (argc < 3) {
		for (size_t i = 0; i < count; i++)
			puts(cases[i].name);
		return 0;
	}
	protocol = argv[1];
	e = io_uring_queue_init(64, &ring, 0);
	if (e)
		errx(2, "no io_uring here: %s", strerror(-e));
	listen_here();
	for (size_t i = 0; i < count; i++) {
		if (strcmp(cases[i].name, argv[2]))
			continue;
		cases[i].run();
		return 0;
	}
	errx(2, "no case %s", argv[2]);
}
