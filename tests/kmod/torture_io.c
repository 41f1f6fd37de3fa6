// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: every way to send and to receive, and what may come of it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "torture.h"

/* Each thread has its own. */
static _Thread_local uint8_t buffer[IO_MAX];
static _Thread_local int file = -1, tube[2] = { -1, -1 };

/* ---- what an error means ---- */

/* Has the other end done all that it will do, and does it not listen to more? */
static bool other_is_gone(struct end *e)
{
	struct end *o = other(e);

	return o->fd < 0 || (o->rd_shut && o->wr_shut) || o->foreign;
}

/**
 * io_failed - may this error be?
 * @e: an end
 * @err: errno
 * @sending: or receiving
 *
 * Return: true if the connection is at its end by that.
 */
bool io_failed(struct end *e, int err, bool sending)
{
	if (err == EAGAIN)
		return false;
	if (err == EPIPE && sending && (e->wr_shut || e->dead))
		return false;
	if (err == ECONNRESET || (err == EPIPE && sending)) {
		if (!e->reset_allowed && !e->dead && !other_is_gone(e))
			rule_broken(RULE_RESET,
				    "%s at %s of %" PRIu64 " sent, %" PRIu64
				    " received of %" PRIu64,
				    strerror(err), e->side ? "the server" : "the client", e->sent,
				    e->received, other(e)->sent);
		else if (!e->dead)
			atomic_fetch_add(&board->resets, 1);
		e->dead = true;
		return true;
	}
	rule_broken(RULE_ERRNO, "%s: %s", sending ? "sending" : "receiving", strerror(err));
	e->dead = true;
	return true;
}

/**
 * io_ended - 0 was received: may that be?
 * @e: an end
 *
 * Return: false, with the rule told, if not.
 */
bool io_ended(struct end *e)
{
	struct end *o = other(e);
	bool closed = o->fd < 0 || o->wr_shut || o->foreign;

	e->eof = true;
	if (e->rd_shut || e->dead)
		return true;
	if (closed && (e->received == o->sent || o->foreign))
		return true;
	rule_broken(RULE_EARLY_EOF,
		    "at %s, %" PRIu64 " of %" PRIu64 " bytes received, the other end is %s",
		    e->side ? "the server" : "the client", e->received, o->sent,
		    o->fd < 0  ? "closed" :
		    o->wr_shut ? "shut" :
				 "open");
	return false;
}

/**
 * io_took - bytes came out of the socket
 * @e: the end that received
 * @buf: @len bytes
 * @len: how many
 */
void io_took(struct end *e, const void *buf, size_t len)
{
	struct end *o = other(e);

	if (!stream_check(stream_seed(o), e->received, buf, len))
		rule_broken(RULE_BYTES, "%zu bytes at %" PRIu64 ", at %s", len, e->received,
			    e->side ? "the server" : "the client");
	e->received += len;
	if (e->received > o->sent && !o->foreign)
		rule_broken(RULE_EXCESS, "%" PRIu64 " of %" PRIu64, e->received, o->sent);
	atomic_fetch_add_explicit(&board->bytes, len, memory_order_relaxed);
}

/* ---- sending ---- */

static unsigned int split(struct iovec *iov, size_t len, struct rng *rng)
{
	unsigned int n = 0;
	size_t at = 0;

	while (at < len) {
		size_t part = n == 7 ? len - at : 1 + rng_below(rng, len - at);

		iov[n++] = (struct iovec){ buffer + at, part };
		at += part;
	}
	return n;
}

/* A file whose pages are not written to again, as the kernel may send from them later. */
static int make_file(size_t len)
{
	if (file >= 0)
		close(file);
	file = memfd_create("torture", MFD_CLOEXEC);
	if (file < 0 || write(file, buffer, len) != (ssize_t)len || lseek(file, 0, SEEK_SET))
		return -errno;
	return 0;
}

static ssize_t send_file(struct end *e, size_t len)
{
	off_t at = 0;

	return make_file(len) ? -1 : sendfile(e->fd, file, &at, len);
}

/* Only the part of a pipe's content that it took is sent; the rest would be in the way, hence a new
 * one. */
static ssize_t splice_out(struct end *e, size_t len, bool more)
{
	ssize_t n;

	if (pipe2(tube, O_CLOEXEC | O_NONBLOCK))
		return -1;
	n = write(tube[1], buffer, len);
	if (n > 0)
		n = splice(tube[0], NULL, e->fd, NULL, (size_t)n,
			   (e->nonblocking ? SPLICE_F_NONBLOCK : 0) | (more ? SPLICE_F_MORE : 0));
	len = (size_t)errno;
	if (n > 0)
		atomic_fetch_add_explicit(&board->splices, 1, memory_order_relaxed);
	close(tube[0]);
	close(tube[1]);
	errno = (int)len;
	return n;
}

static ssize_t send_somehow(struct end *e, struct rng *rng, size_t len, const char **how)
{
	int flags = MSG_NOSIGNAL | (e->nonblocking ? 0 : MSG_DONTWAIT);
	unsigned int way = (unsigned int)rng_below(rng, 8);
	struct iovec iov[8];
	struct msghdr msg = { .msg_iov = iov };

	/* These cannot be told not to wait by a flag. */
	if (!e->nonblocking && (way == 0 || way == 1 || way == 2 || way == 3))
		way += 4;
	switch (way) {
	case 0:
		step(*how = "write");
		return write(e->fd, buffer, len);
	case 1:
		step(*how = "writev");
		return writev(e->fd, iov, (int)split(iov, len, rng));
	case 2:
		step(*how = "sendfile");
		return send_file(e, len);
	case 3:
		step(*how = "splice to the socket");
		return splice_out(e, len, rng_one_in(rng, 4) && !plan.no_more);
	case 4:
		step(*how = "send MSG_MORE");
		return send(e->fd, buffer, len, flags | (plan.no_more ? 0 : MSG_MORE));
	case 5:
		step(*how = "sendmsg");
		msg.msg_iovlen = split(iov, len, rng);
		return sendmsg(e->fd, &msg, flags);
	default:
		if (e->pair->urgent && rng_one_in(rng, 4)) {
			step(*how = "send MSG_OOB");
			return send(e->fd, buffer, 1, flags | MSG_OOB);
		}
		step(*how = "send");
		return send(e->fd, buffer, len, flags);
	}
}

/*
 * sendfile() and splice() that sent a part return that, and the error behind it, which they took
 * off the socket, is told to nobody: in TCP, too. So the model would take the end for one in order.
 * To one byte more the answer is EAGAIN if there was just no room, and EPIPE if that was the end.
 */
static ssize_t ask_behind(struct end *e)
{
	uint8_t byte;
	ssize_t n;

	stream_fill(stream_seed(e), e->sent, &byte, 1);
	step("send behind a short one");
	n = send(e->fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		io_failed(e, errno, true);
		return 0;
	}
	e->sent += (uint64_t)n;
	return n;
}

/**
 * io_send - send some bytes of the stream without waiting
 * @e: an open end
 * @rng: decides how
 * @len: up to IO_MAX bytes
 *
 * Return: how many were taken, 0 if none.
 */
ssize_t io_send(struct end *e, struct rng *rng, size_t len)
{
	const char *how = "";
	ssize_t n;

	stream_fill(stream_seed(e), e->sent, buffer, len);
	errno = 0;
	n = send_somehow(e, rng, len, &how);
	if (n < 0) {
		io_failed(e, errno, true);
		return 0;
	}
	if (e->wr_shut && n > 0)
		rule_broken(RULE_SHUT_WRITE, "%zd bytes were taken", n);
	if ((size_t)n > len)
		rule_broken(RULE_ERRNO, "%zd bytes of %zu were taken", n, len);
	e->sent += (uint64_t)n;
	if ((size_t)n < len && !e->wr_shut &&
	    (!strcmp(how, "sendfile") || !strncmp(how, "splice", 6)))
		n += ask_behind(e);
	return n;
}

/* ---- receiving ---- */

static ssize_t peek(struct end *e, size_t len, int flags)
{
	static _Thread_local uint8_t again[4096];
	ssize_t first, second;

	step("recv MSG_PEEK");
	if (len > sizeof(again))
		len = sizeof(again);
	first = recv(e->fd, again, len, flags | MSG_PEEK);
	if (first <= 0)
		return first;
	if (!stream_check(stream_seed(other(e)), e->received, again, (size_t)first))
		rule_broken(RULE_PEEK, "MSG_PEEK saw other bytes, %zd at %" PRIu64, first,
			    e->received);
	step("recv after MSG_PEEK");
	second = recv(e->fd, buffer, (size_t)first, flags | MSG_DONTWAIT);
	/* The urgent mark may have come in between, where a recv() stops. */
	if (second != first && !(second > 0 && e->pair->urgent))
		rule_broken(RULE_PEEK, "%zd bytes were seen, then %zd received", first, second);
	return second;
}

static ssize_t splice_in(struct end *e, size_t len, bool wait)
{
	ssize_t n, got = 0;
	int err;

	/* The least that a pipe holds; and a pipe that may not wait makes a splice() that may not.
	 */
	if (pipe2(tube, O_CLOEXEC))
		return -1;
	if (len > 4096)
		len = 4096;
	n = splice(e->fd, NULL, tube[1], NULL, len, wait ? 0 : SPLICE_F_NONBLOCK);
	err = errno;
	while (n > 0 && got < n) {
		ssize_t part = read(tube[0], buffer + got, (size_t)(n - got));

		if (part <= 0)
			break;
		got += part;
	}
	if (n > 0)
		atomic_fetch_add_explicit(&board->splices, 1, memory_order_relaxed);
	if (n > 0 && got != n)
		rule_broken(RULE_BYTES, "of %zd spliced bytes the pipe had %zd", n, got);
	close(tube[0]);
	close(tube[1]);
	errno = err;
	return n;
}

static ssize_t recv_vector(struct end *e, struct rng *rng, size_t len, int flags)
{
	struct iovec iov[8];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = split(iov, len, rng) };

	if (!flags) {
		step("readv");
		return readv(e->fd, iov, (int)msg.msg_iovlen);
	}
	step("recvmsg");
	return recvmsg(e->fd, &msg, flags);
}

static ssize_t recv_all(struct end *e, size_t len, int flags)
{
	ssize_t n;

	step("recv MSG_WAITALL");
	n = recv(e->fd, buffer, len, flags | MSG_WAITALL);
	if (n > 0 && !flags && (size_t)n < len && !e->pair->urgent && !e->reset_allowed)
		rule_broken(RULE_WAITALL, "%zd of %zu bytes", n, len);
	return n;
}

static ssize_t recv_somehow(struct end *e, struct rng *rng, size_t len, int flags)
{
	switch (rng_below(rng, 7)) {
	case 0:
		return peek(e, len, flags);
	case 1:
		/* SPLICE_F_NONBLOCK is for the pipe; and TCP's splice() does not pass the urgent
		 * mark. */
		if ((flags && !e->nonblocking) || e->pair->urgent)
			break;
		step("splice from the socket");
		return splice_in(e, len, !flags);
	case 2:
		return recv_vector(e, rng, len, flags);
	case 3:
		return recv_all(e, len, flags);
	case 4:
		if (flags)
			break;
		step("read");
		return read(e->fd, buffer, len);
	}
	step(flags ? "recv MSG_DONTWAIT" : "recv");
	return recv(e->fd, buffer, len, flags);
}

/**
 * io_recv - receive some bytes, and check them
 * @e: an open end
 * @rng: decides how
 * @len: up to IO_MAX bytes
 * @may_block: @len bytes are sent already, so that waiting for them has an end
 *
 * Return: how many came, 0 at the end of the stream, -EAGAIN if there is nothing, another -errno.
 */
ssize_t io_recv(struct end *e, struct rng *rng, size_t len, bool may_block)
{
	int flags = may_block && !e->nonblocking ? 0 : MSG_DONTWAIT;
	ssize_t n;

	errno = 0;
	n = recv_somehow(e, rng, len, flags);
	if (n < 0) {
		int err = errno;

		if (err == EAGAIN && !flags)
			rule_broken(RULE_ERRNO, "EAGAIN from a blocking call");
		io_failed(e, err, false);
		return -err;
	}
	if (!n) {
		io_ended(e);
		return 0;
	}
	io_took(e, buffer, (size_t)n);
	return n;
}
