// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_torture: many bytes through blocking calls. The ends are in two processes, each with a
 * thread for either direction; some are killed, some abort.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include "torture.h"

#define CHUNK (256 * 1024)

enum fate { FATE_ORDERLY, FATE_KILL, FATE_ABORT };

struct flow {
	int fd;
	uint64_t seed, total; /* of the bytes that go this way */
	struct rng rng;
	bool truncated; /* the other end dies on the way */
	_Alignas(16) uint8_t buf[CHUNK];
};

static ssize_t send_pages(struct flow *f, size_t len)
{
	int file = memfd_create("pump", MFD_CLOEXEC);
	off_t at = 0;
	ssize_t n = -1;

	if (file >= 0 && write(file, f->buf, len) == (ssize_t)len)
		n = sendfile(f->fd, file, &at, len);
	if (file >= 0)
		close(file);
	return n;
}

static ssize_t send_some(struct flow *f, size_t len)
{
	struct iovec iov[2] = { { f->buf, len / 2 }, { f->buf + len / 2, len - len / 2 } };

	switch (rng_below(&f->rng, 8)) {
	case 0:
		return send_pages(f, len);
	case 1:
		return send(f->fd, f->buf, len, plan.no_more ? 0 : MSG_MORE);
	case 2:
		return writev(f->fd, iov, 2);
	default:
		return send(f->fd, f->buf, len, 0);
	}
}

static void *send_flow(void *data)
{
	struct flow *f = data;

	for (uint64_t at = 0; at < f->total;) {
		size_t len = rng_size(&f->rng, CHUNK);
		ssize_t n;

		if (len > f->total - at)
			len = (size_t)(f->total - at);
		stream_fill(f->seed, at, f->buf, len);
		step("a blocking send");
		n = send_some(f, len);
		if (n > 0) {
			at += (uint64_t)n;
			continue;
		}
		if (!f->truncated || (errno != EPIPE && errno != ECONNRESET))
			rule_broken(n && (errno == EPIPE || errno == ECONNRESET) ? RULE_RESET :
										   RULE_ERRNO,
				    "a blocking send gives %zd: %s, at %" PRIu64 " of %" PRIu64, n,
				    strerror(errno), at, f->total);
		return NULL;
	}
	if (shutdown(f->fd, SHUT_WR) && !f->truncated)
		rule_broken(RULE_ERRNO, "shutdown: %s", strerror(errno));
	return NULL;
}

static ssize_t recv_some(struct flow *f, uint64_t at)
{
	size_t len = rng_size(&f->rng, CHUNK);
	bool all = rng_one_in(&f->rng, 4);
	ssize_t n;

	step(all ? "a blocking recv, MSG_WAITALL" : "a blocking recv");
	n = recv(f->fd, f->buf, len, all ? MSG_WAITALL : 0);
	if (all && n > 0 && (size_t)n < len && !f->truncated && at + (uint64_t)n != f->total)
		rule_broken(RULE_WAITALL, "%zd of %zu bytes at %" PRIu64, n, len, at);
	return n;
}

static void *recv_flow(void *data)
{
	struct flow *f = data;
	uint64_t at = 0;
	ssize_t n;

	while ((n = recv_some(f, at)) > 0) {
		if (!stream_check(f->seed, at, f->buf, (size_t)n))
			rule_broken(RULE_BYTES, "%zd bytes at %" PRIu64, n, at);
		at += (uint64_t)n;
		atomic_fetch_add_explicit(&board->bytes, (uint64_t)n, memory_order_relaxed);
		atomic_fetch_add_explicit(&board->ops, 1, memory_order_relaxed);
	}
	if (at > f->total)
		rule_broken(RULE_EXCESS, "%" PRIu64 " of %" PRIu64, at, f->total);
	else if (n < 0 && !f->truncated)
		rule_broken(errno == ECONNRESET ? RULE_RESET : RULE_ERRNO,
			    "a blocking recv: %s, at %" PRIu64 " of %" PRIu64, strerror(errno), at,
			    f->total);
	else if (n < 0 && errno == ECONNRESET)
		atomic_fetch_add(&board->resets, 1);
	else if (!n && at < f->total && !f->truncated)
		rule_broken(RULE_EARLY_EOF, "%" PRIu64 " of %" PRIu64, at, f->total);
	return NULL;
}

static void begin_flow(struct flow *f, struct end *e, bool sends, uint64_t total, enum fate fate,
		       struct rng *rng)
{
	f->fd = e->fd;
	f->seed = stream_seed(sends ? e : other(e));
	f->total = total;
	f->rng.state = rng_next(rng);
	f->truncated = fate != FATE_ORDERLY || plan.faults;
}

/* Both directions of one end. */
static void run_end(struct end *e, const uint64_t *totals, enum fate fate, struct rng *rng)
{
	static struct flow out, in;
	pthread_t sender;

	begin_flow(&out, e, true, totals[e->side], fate, rng);
	begin_flow(&in, e, false, totals[!e->side], fate, rng);
	if (pthread_create(&sender, NULL, send_flow, &out)) {
		rule_broken(RULE_ERRNO, "no thread");
		return;
	}
	recv_flow(&in);
	pthread_join(sender, NULL);
}

static void __attribute__((noreturn))
other_process(struct pair *pair, const uint64_t *totals, enum fate fate, struct rng *rng)
{
	struct linger at_once = { .l_onoff = 1 };
	struct end *e = &pair->end[1];

	close(pair->end[0].fd);
	if (fate == FATE_ABORT)
		alarm(0), setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	run_end(e, totals, fate, rng);
	close(e->fd);
	_exit(0);
}

/* The kernel closes what a killed process had, and with SO_LINGER 0 this is an abort. */
static void kill_soon(pid_t pid, struct rng *rng)
{
	pid_t killer = fork();

	if (killer)
		return;
	usleep((useconds_t)rng_below(rng, 200000));
	kill(pid, SIGKILL);
	_exit(0);
}

static void pump(struct pair *pair, struct rng *rng)
{
	enum fate fate = rng_one_in(rng, 4) ? 1 + (enum fate)rng_below(rng, 2) : FATE_ORDERLY;
	uint64_t totals[2];
	int status;
	pid_t pid;

	for (unsigned int i = 0; i < 2; i++) {
		totals[i] = rng_below(rng, (uint64_t)1 << (10 + rng_below(rng, 15)));
		fcntl(pair->end[i].fd, F_SETFL, 0);
	}
	pid = fork();
	if (pid < 0)
		return;
	if (!pid)
		other_process(pair, totals, fate, rng);
	close(pair->end[1].fd);
	pair->end[1].fd = -1;
	if (fate != FATE_ORDERLY)
		kill_soon(pid, rng);
	run_end(&pair->end[0], totals, fate, rng);
	step("waiting for the other process");
	while (waitpid(-1, &status, 0) > 0)
		if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
			rule_broken(RULE_ERRNO, "a process ended with status 0x%x", status);
}

/**
 * work_pump - the worker: one connection after the other, each with many bytes both ways
 * @index: of this worker
 * @rng: decides all
 */
void work_pump(unsigned int index, struct rng *rng)
{
	struct pair pair = { .number = (uint64_t)index << 32 };
	struct listener l;

	if (listener_open(&l)) {
		rule_broken(RULE_CONNECT, "no listening socket: %s", strerror(errno));
		return;
	}
	while (!run_over()) {
		pair.number++;
		/* Urgent bytes are the other workers'. */
		if (!pair_open(&pair, &l, rng))
			pump(&pair, rng);
		pair_drop(&pair);
	}
	listener_close(&l);
}
