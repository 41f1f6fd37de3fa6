// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smc-xfer: one connection from its first byte to its end. The two ends differ only in the streams
 * that they send, and one of them is the first end to close: the closer. The other one waits for
 * the closer's end and judges it.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xfer.h"

enum {
	RECEIVE_BYTES = 65536,
	HOLD_LOOK_MS = 20,
	URGENT_BYTE = '!',
	URGENT_BEFORE = 100, /* bytes of the stream that are sent in one message with it */
};

struct conn {
	const struct xfer_plan *plan;
	int fd;
	bool closer, shut, eof, over;
	struct xfer_stream tx, rx;
	struct xfer_result *result;
	uint8_t *out, *in;
	uint64_t out_at; /* the stream's offset of out[0] */
	size_t out_len;
};

static uint64_t xfer_conn_min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Ping-pong: the end that begins is one message ahead, never more. */
static uint64_t limit_pingpong(const struct conn *conn)
{
	const struct xfer_plan *plan = conn->plan;
	uint64_t got = conn->result->received;
	uint64_t rounds =
		got < conn->rx.prefix_len ? 0 : (got - conn->rx.prefix_len) / plan->message;
	bool begins = plan->server == plan->server_first;

	return conn->tx.prefix_len + (rounds + begins) * plan->message;
}

/* Up to which offset of its stream this end may send by now. */
static uint64_t send_limit(const struct conn *conn)
{
	const struct xfer_plan *plan = conn->plan;
	const struct xfer_stream *tx = &conn->tx;
	uint64_t limit = tx->total, got = conn->result->received;

	if (plan->direction == DIR_PINGPONG)
		limit = xfer_conn_min64(limit, limit_pingpong(conn));
	if (plan->direction == DIR_ECHO && plan->server)
		limit = xfer_conn_min64(limit, tx->prefix_len + got);
	/* The last message waits for the closer's FIN: it has to get through after it. */
	if (plan->close == CLOSE_HALF && !conn->closer && !conn->eof)
		limit = xfer_conn_min64(
			limit,
			tx->total - xfer_conn_min64(plan->message, tx->total - tx->prefix_len));
	if (!plan->server && got < conn->rx.prefix_len + plan->server_first)
		limit = 0;
	return limit;
}

/* How far this end reads: an aborting one leaves something unread. */
static uint64_t receive_limit(const struct conn *conn)
{
	if (conn->plan->close == CLOSE_ABORT && conn->closer)
		return conn->rx.total / 2;
	/* One byte more than there should be. */
	return conn->rx.total + 1;
}

static void xfer_conn_fail(struct conn *conn, int fault, const char *doing)
{
	conn->result->fault = fault;
	conn->result->doing = doing;
	conn->over = true;
}

static bool wants_reset(const struct xfer_plan *plan)
{
	return plan->close == CLOSE_ABORT || plan->close == CLOSE_LINGER0;
}

/* A peer that has reset the connection shows in reads and in writes alike. */
static void fail_io(struct conn *conn, int err, const char *doing)
{
	bool reset = err == ECONNRESET || err == EPIPE || err == ECONNABORTED;

	if (reset && !conn->closer && wants_reset(conn->plan)) {
		conn->result->ended = END_RESET;
		conn->over = true;
	} else {
		xfer_conn_fail(conn, -err, doing);
	}
}

/*
 * Linux's SMC answers a read with EOF when the peer has aborted the connection, and has the error
 * for whoever asks for it.
 */
static bool eof_is_reset(const struct conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error == ECONNRESET;
}

static void on_eof(struct conn *conn)
{
	bool early = conn->result->received < conn->rx.total;

	if (eof_is_reset(conn)) {
		fail_io(conn, ECONNRESET, "receive");
		return;
	}
	conn->eof = true;
	conn->result->ended = END_EOF;
	if (early && (conn->closer || !wants_reset(conn->plan))) {
		conn->result->offset = conn->result->received;
		xfer_conn_fail(conn, FAULT_SHORT, NULL);
	} else if (conn->closer && conn->plan->close != CLOSE_HALF) {
		xfer_conn_fail(conn, FAULT_END, NULL);
	}
}

static void xfer_conn_check(struct conn *conn, size_t len)
{
	struct xfer_result *result = conn->result;
	size_t room = (size_t)xfer_conn_min64(len, conn->rx.total - result->received);
	size_t good = stream_check(&conn->rx, result->received, conn->in, room, &result->expected);

	result->offset = result->received + good;
	result->received += good;
	if (good == len)
		return;
	result->got = conn->in[good];
	xfer_conn_fail(conn, good < room ? FAULT_BYTE : FAULT_EXCESS, NULL);
}

static void xfer_conn_receive(struct conn *conn)
{
	uint64_t room = receive_limit(conn) - conn->result->received;
	ssize_t n = recv(conn->fd, conn->in, (size_t)xfer_conn_min64(room, RECEIVE_BYTES), 0);

	if (n > 0)
		xfer_conn_check(conn, (size_t)n);
	else if (n == 0)
		on_eof(conn);
	else if (errno != EAGAIN && errno != EINTR)
		fail_io(conn, errno, "receive");
	/* The echo is the client's stream; only its bytes have its number. */
	if (conn->plan->direction == DIR_ECHO && conn->plan->server)
		conn->tx.id = conn->rx.id;
}

static void receive_urgent(struct conn *conn)
{
	uint8_t byte = 0;
	ssize_t n = recv(conn->fd, &byte, sizeof(byte), MSG_OOB);

	if (n != 1)
		return;
	conn->result->urgent_received++;
	if (byte != URGENT_BYTE)
		xfer_conn_fail(conn, FAULT_URGENT, NULL);
}

/*
 * The urgent byte goes between the bytes of the client's stream and is not one of them. It is the
 * last of a message, as programs send it; and a reader of Linux's SMC that gets it with nothing
 * before it, and reads it first, never skips it in the stream (smc_rx_recv_urg()).
 */
static bool urgent_due(const struct conn *conn)
{
	return conn->plan->oob && !conn->plan->server && !conn->result->urgent_sent &&
	       conn->result->sent >= conn->tx.total / 2;
}

static void send_urgent(struct conn *conn)
{
	uint8_t message[URGENT_BEFORE + 1];
	uint64_t at = conn->result->sent;
	size_t before = (size_t)xfer_conn_min64(URGENT_BEFORE, send_limit(conn) - at);
	ssize_t n;

	stream_fill(&conn->tx, at, message, before);
	message[before] = URGENT_BYTE;
	n = send(conn->fd, message, before + 1, MSG_OOB | MSG_NOSIGNAL);
	if (n > 0) {
		conn->result->sent += xfer_conn_min64((uint64_t)n, before);
		conn->result->urgent_sent += (size_t)n > before;
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail_io(conn, errno, "send urgent byte");
	}
}

/* The next write is a message, the rest of one, the banner, or as much as the peer allows. */
static void fill_message(struct conn *conn, uint64_t limit)
{
	uint64_t at = conn->result->sent, prefix = conn->tx.prefix_len;
	uint64_t len;

	if (at && conn->plan->pace_ms)
		poll(NULL, 0, (int)conn->plan->pace_ms);
	if (at < prefix)
		len = prefix - at;
	else
		len = conn->plan->message - (at - prefix) % conn->plan->message;
	conn->out_at = at;
	conn->out_len =
		(size_t)xfer_conn_min64(xfer_conn_min64(len, limit - at), conn->plan->message);
	stream_fill(&conn->tx, at, conn->out, conn->out_len);
}

static void xfer_conn_transmit(struct conn *conn)
{
	uint64_t limit = send_limit(conn);
	size_t done;
	ssize_t n;

	if (urgent_due(conn)) {
		send_urgent(conn);
		return;
	}
	if (conn->result->sent >= limit)
		return;
	if (conn->result->sent >= conn->out_at + conn->out_len)
		fill_message(conn, limit);
	done = (size_t)(conn->result->sent - conn->out_at);
	n = send(conn->fd, conn->out + done, conn->out_len - done, MSG_NOSIGNAL);
	if (n > 0)
		conn->result->sent += (uint64_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		fail_io(conn, errno, "send");
}

static bool sent_all(const struct conn *conn)
{
	bool urgent = conn->plan->oob && !conn->plan->server && !conn->result->urgent_sent;

	return conn->result->sent == conn->tx.total && !urgent;
}

static bool xfer_conn_finished(const struct conn *conn)
{
	if (!conn->closer)
		return conn->eof && (sent_all(conn) || wants_reset(conn->plan));
	if (conn->plan->close == CLOSE_ABORT)
		return false;
	return sent_all(conn) && conn->result->received == conn->rx.total &&
	       (conn->eof || conn->plan->close != CLOSE_HALF);
}

/* An end that waits for the closer's end has to outlast the closer's hold. */
static int xfer_conn_patience(const struct conn *conn)
{
	const struct xfer_plan *plan = conn->plan;

	return (int)(plan->timeout_ms + plan->hold_ms + (plan->hold_file ? plan->timeout_ms : 0));
}

static void xfer_conn_handle(struct conn *conn, short events)
{
	bool stopped = conn->result->received == receive_limit(conn);

	if (events & POLLPRI)
		receive_urgent(conn);
	/* An aborting end has left enough unread as soon as there is anything. */
	if (stopped && (events & (POLLIN | POLLHUP | POLLERR)))
		conn->over = true;
	else if (!conn->over && !conn->eof && (events & (POLLIN | POLLHUP | POLLERR)))
		xfer_conn_receive(conn);
	if (!conn->over && (events & (POLLOUT | POLLHUP | POLLERR)))
		xfer_conn_transmit(conn);
}

static void xfer_conn_step(struct conn *conn)
{
	struct pollfd poller = { .fd = conn->fd, .events = conn->eof ? 0 : POLLIN };
	int n;

	if (conn->plan->oob && conn->plan->server)
		poller.events |= POLLPRI;
	if (conn->result->sent < send_limit(conn) || urgent_due(conn))
		poller.events |= POLLOUT;
	watchdog_feed((unsigned int)xfer_conn_patience(conn));
	n = poll(&poller, 1, xfer_conn_patience(conn));
	if (n > 0)
		xfer_conn_handle(conn, poller.revents);
	else if (n == 0)
		xfer_conn_fail(conn, -ETIMEDOUT, "transfer");
	else if (errno != EINTR)
		xfer_conn_fail(conn, -errno, "poll");
}

static void xfer_conn_hold(const struct conn *conn)
{
	const struct xfer_plan *plan = conn->plan;
	uint64_t ms = plan->hold_file ? plan->timeout_ms : plan->hold_ms;
	uint64_t end = sock_now() + ms * 1000000;

	while (sock_now() < end && (!plan->hold_file || access(plan->hold_file, F_OK)))
		poll(NULL, 0, HOLD_LOOK_MS);
}

static void half_close(struct conn *conn)
{
	xfer_conn_hold(conn);
	conn->shut = true;
	if (shutdown(conn->fd, SHUT_WR))
		xfer_conn_fail(conn, -errno, "shutdown");
}

static void xfer_conn_transfer(struct conn *conn)
{
	while (!conn->over && !xfer_conn_finished(conn)) {
		if (conn->closer && conn->plan->close == CLOSE_HALF && sent_all(conn) &&
		    !conn->shut)
			half_close(conn);
		else
			xfer_conn_step(conn);
		if (conn->result->received + conn->result->sent ==
			    conn->rx.total + conn->tx.total &&
		    !conn->result->end)
			conn->result->end = sock_now();
	}
	if (!conn->result->end)
		conn->result->end = sock_now();
}

/* After the hold nothing may have come that was not in the plan. */
static void check_silence(struct conn *conn)
{
	ssize_t n = recv(conn->fd, conn->in, 1, MSG_DONTWAIT);

	if (n == 1) {
		conn->result->got = conn->in[0];
		conn->result->offset = conn->rx.total;
		xfer_conn_fail(conn, FAULT_EXCESS, NULL);
	} else if (n == 0) {
		conn->result->ended = END_EOF;
		xfer_conn_fail(conn, FAULT_END, NULL);
	} else if (errno != EAGAIN) {
		xfer_conn_fail(conn, -errno, "hold");
	}
}

static void xfer_conn_judge(struct conn *conn)
{
	struct xfer_result *result = conn->result;
	enum xfer_end expect = conn->plan->expect;

	if (result->fault)
		return;
	if (!conn->closer && expect != END_ANY && result->ended != expect)
		xfer_conn_fail(conn, FAULT_END, NULL);
	else if (conn->plan->oob && conn->plan->server && !result->urgent_received)
		xfer_conn_fail(conn, FAULT_URGENT, NULL);
}

static void xfer_conn_finish(struct conn *conn)
{
	const struct xfer_plan *plan = conn->plan;
	int linger = plan->linger, err;

	if (conn->closer && !conn->result->fault) {
		if (plan->close != CLOSE_HALF)
			xfer_conn_hold(conn);
		if (plan->close == CLOSE_NORMAL || plan->close == CLOSE_LINGER0)
			check_silence(conn);
		if (plan->close == CLOSE_LINGER0)
			linger = 0;
	}
	xfer_conn_judge(conn);
	err = sock_close(conn->fd, linger);
	if (err && !conn->result->fault && !wants_reset(plan))
		xfer_conn_fail(conn, err, "close");
}

/**
 * conn_run - do all that the plan wants of one connection, and close it
 * @plan: the plan
 * @fd: the connected socket, non-blocking; closed here
 * @number: the connection's number at this end
 * @result: filled in
 */
void conn_run(const struct xfer_plan *plan, int fd, unsigned int number, struct xfer_result *result)
{
	struct conn conn = {
		.plan = plan,
		.fd = fd,
		.closer = plan->server == plan->server_closes,
		.result = result,
		.out = malloc(plan->message),
		.in = malloc(RECEIVE_BYTES),
	};

	*result = (struct xfer_result){ .number = number,
					.local_port = sock_port(fd, false),
					.peer_port = sock_port(fd, true),
					.begin = sock_now() };
	stream_init(&conn.tx, plan, plan->server);
	stream_init(&conn.rx, plan, !plan->server);
	if (plan->direction != DIR_ECHO || !plan->server)
		stream_number(&conn.tx, (uint16_t)number);
	if (plan->direction == DIR_ECHO && !plan->server)
		stream_number(&conn.rx, (uint16_t)number);
	if (conn.out && conn.in)
		xfer_conn_transfer(&conn);
	else
		xfer_conn_fail(&conn, -ENOMEM, "memory");
	xfer_conn_finish(&conn);
	free(conn.out);
	free(conn.in);
}
