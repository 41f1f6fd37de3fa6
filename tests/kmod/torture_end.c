// SPDX-License-Identifier: GPL-2.0-or-later
/* kmod_torture: all the ways a connection ends, and what the other end may see of it. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

/**
 * end_await - wait until something can be done
 * @e: an open end
 * @events: as poll() has them
 *
 * Return: false when patience is at its end.
 */
bool end_await(struct end *e, short events)
{
	struct pollfd p = { .fd = e->fd, .events = events };

	return poll(&p, 1, (int)plan.patience * 1000 / 2) == 1;
}

/* Until EOF or a reset; returns false if neither comes. */
static bool drain(struct end *e, struct rng *rng, const char *why)
{
	while (!e->eof && !e->dead) {
		step(why);
		if (!end_await(e, POLLIN)) {
			rule_broken(RULE_STUCK, "no end at %s, %" PRIu64 " of %" PRIu64 " received",
				    e->side ? "the server" : "the client", e->received,
				    other(e)->sent);
			return false;
		}
		io_recv(e, rng, rng_size(rng, IO_MAX), false);
	}
	return true;
}

/* All that was sent so far; the stream goes on. */
static bool drain_sent(struct end *e, struct rng *rng)
{
	while (!e->eof && !e->dead && e->received < other(e)->sent) {
		step("receiving all that was sent");
		if (!end_await(e, POLLIN)) {
			rule_broken(RULE_STUCK, "%" PRIu64 " of %" PRIu64 " received at %s",
				    e->received, other(e)->sent,
				    e->side ? "the server" : "the client");
			return false;
		}
		io_recv(e, rng, rng_size(rng, IO_MAX), false);
	}
	return true;
}

static void close_end(struct end *e)
{
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
}

static void shut(struct end *e)
{
	if (e->wr_shut || e->dead)
		return;
	step("shutdown(SHUT_WR) at the end");
	if (shutdown(e->fd, SHUT_WR) && !e->reset_allowed)
		rule_broken(RULE_ERRNO, "shutdown at the end");
	e->wr_shut = true;
}

/* ---- the ways; e is the end that begins ---- */

/* Each has its say, each hears all: nobody sees a reset. */
static void end_orderly(struct end *e, struct rng *rng)
{
	struct end *o = other(e);

	shut(e);
	if (!drain(o, rng, "draining after shutdown"))
		return;
	shut(o);
	if (!drain(e, rng, "draining, the other way"))
		return;
	step("poll at the end");
	if (!e->dead && !o->dead && !end_await(e, POLLRDHUP))
		rule_broken(RULE_RDHUP, "no POLLRDHUP behind EOF");
}

/* close() with nothing unread is a shutdown of both directions. */
static void end_by_close(struct end *e, struct rng *rng)
{
	struct end *o = other(e);

	if (!drain_sent(e, rng))
		return;
	step("close");
	close_end(e);
	if (!drain(o, rng, "draining after close") || o->dead || !rng_one_in(rng, 2))
		return;
	/* Nobody is there any more: taken at first, perhaps, but not for long. */
	o->reset_allowed = true;
	io_send(o, rng, rng_size(rng, 4096));
}

static void end_by_abort(struct end *e, struct rng *rng)
{
	struct linger at_once = { .l_onoff = 1 };
	struct end *o = other(e);
	bool heard_end = e->wr_shut || o->rd_shut || o->reset_allowed;

	step("close with SO_LINGER 0");
	setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	o->reset_allowed = true;
	close_end(e);
	/* Bytes may be missing, so that an EOF would be a lie: that is told as another rule. */
	while (!o->eof && !o->dead) {
		if (!end_await(o, POLLIN)) {
			rule_broken(RULE_STUCK, "an abort is not seen at %s",
				    o->side ? "the server" : "the client");
			return;
		}
		io_recv(o, rng, rng_size(rng, IO_MAX), false);
	}
	if (!o->dead && !heard_end)
		rule_broken(RULE_ABORT, "EOF at %s, %" PRIu64 " of %" PRIu64 " bytes received",
			    o->side ? "the server" : "the client", o->received, e->sent);
}

static void end_with_unread(struct end *e, struct rng *rng)
{
	struct end *o = other(e);

	step("close with data unread");
	o->reset_allowed = true;
	close_end(e);
	drain(o, rng, "draining after close with data unread");
}

static void end_both(struct end *e, struct rng *rng)
{
	(void)rng;
	step("close of both");
	close_end(e);
	close_end(other(e));
}

/* A process that has the only descriptor is killed while it sends. */
static void end_by_kill(struct end *e, struct rng *rng)
{
	struct end *o = other(e);
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (!pid) {
		close(o->fd);
		while (!e->dead && (io_send(e, rng, rng_size(rng, 4096)) > 0 || !e->wr_shut))
			usleep(100);
		pause();
		_exit(0);
	}
	step("the other end is another process");
	e->foreign = o->reset_allowed = true;
	close_end(e);
	for (uint64_t i = rng_below(rng, 20); i; i--) {
		if (!o->eof && !o->dead)
			io_recv(o, rng, rng_size(rng, IO_MAX), false);
		usleep(200);
	}
	step("SIGKILL");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	drain(o, rng, "draining after SIGKILL");
}

/**
 * pair_end - end a connection in some way
 * @pair: with an end open
 * @rng: decides how
 */
void pair_end(struct pair *pair, struct rng *rng)
{
	static void (*const any[])(struct end *, struct rng *) = {
		end_orderly,  end_orderly, end_by_close,    end_by_close,
		end_by_abort, end_both,	   end_with_unread, end_by_kill,
	};
	struct end *e = &pair->end[rng_below(rng, 2)], *o = other(e);
	bool spoilt = e->fd < 0 || o->fd < 0 || e->rd_shut || o->rd_shut || e->dead || o->dead;

	atomic_store(&slot->pair, pair->number);
	/* Where somebody does not read any more there is no order to be kept. */
	if (!spoilt)
		any[rng_below(rng, sizeof(any) / sizeof(any[0]))](e, rng);
	close_end(e);
	close_end(o);
	atomic_fetch_add_explicit(&board->ops, 1, memory_order_relaxed);
}
