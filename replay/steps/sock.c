// SPDX-License-Identifier: GPL-2.0-or-later
/* See sock.h. */
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "oracle.h"
#include "script/call_names.h"
#include "socks.h"
#include "stack/app.h"
#include "state/seen.h"

enum { QUIET_MS = 200, SIGNAL_MS = 50 };

enum { KIND_SMC, KIND_SMC6, KIND_TCP, KIND_TCP6, KIND_DATAGRAMS = 5 };

/* That of ASYNC: it is queued with its cause, where SIGIO is one for all. */
static int io_signal(void)
{
	return SIGRTMIN + 1;
}

struct sock *socks_find(struct play *p, const char *name)
{
	struct socks *all = p->socks;
	struct sock *s = NULL;

	for (unsigned int i = 0; all && i < all->n && !s; i++)
		if (!strcmp(all->sock[i].name, name))
			s = &all->sock[i];
	return s;
}

int socks_fd(struct play *p, const char *name)
{
	const struct sock *s = socks_find(p, name);

	if (!p->test->sockets && !strcmp(name, "listener"))
		return p->app.listener;
	if (!p->test->sockets && !strcmp(name, "app"))
		return p->app.fd;
	return s ? s->app.fd : -1;
}

struct sock *socks_add(struct play *p, const char *name)
{
	struct sock *s = socks_find(p, name);

	if (s)
		return s->app.fd < 0 && !s->job.runs ? s : NULL;
	if (!p->socks)
		p->socks = calloc(1, sizeof(*p->socks));
	if (!p->socks || p->socks->n == SOCKS_MAX)
		return NULL;
	s = &p->socks->sock[p->socks->n++];
	s->name = name;
	app_init(&s->app);
	return s;
}

int socks_no_such(struct play *p, const char *name)
{
	return play_failed(p, "expected a socket %s that is open, got none", name);
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* smc and tcp are of the family of the stack's address. */
static unsigned int kind_of(const struct play *p, const struct step *step)
{
	if (p->setup->address.any.sa_family != AF_INET6)
		return step->sock.what;
	return step->sock.what == KIND_SMC ? KIND_SMC6 :
	       step->sock.what == KIND_TCP ? KIND_TCP6 :
					     step->sock.what;
}

static int open_one(struct play *p, const struct step *step)
{
	unsigned int what = kind_of(p, step);
	const struct call_name *kind = &sock_kinds[what];
	int type = what == KIND_DATAGRAMS ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(kind->level, type | SOCK_CLOEXEC, kind->number), error = fd < 0 ? errno : 0;
	int wanted = step->n_errors ? step->errors[0] : 0;
	struct sock *s = socks_add(p, step->sock.name);

	seen_other(p->seen, p->number, "socket", "%s", error ? sock_error_text(error) : "ok");
	if (s)
		s->app.fd = fd;
	else if (fd >= 0)
		close(fd);
	if (!s)
		return play_failed(p, "expected a new name for the socket");
	s->ipv6 = what == KIND_SMC6 || what == KIND_TCP6;
	return error == wanted ? 0 :
				 play_failed(p, "socket(): expected %s, got %s",
					     wanted ? sock_error_text(wanted) : "ok",
					     error ? sock_error_text(error) : "ok");
}

/* Waits in the order of milliseconds for what takes no time, and seconds for a handshake. */
static int sock_finish(struct play *p, struct sock *s, const struct step *step)
{
	if (!s->job.runs)
		return play_failed(p, "expected a call that was begun, got none");
	if (!sock_job_wait(&s->job, play_step_limit(p, PLAY_RESULT_MS)))
		return play_failed(p, "%s of %s: expected it to return, got nothing in time",
				   sock_words[s->job.step->sock.kind], s->name);
	return sock_judge(p, s, step);
}

static int start_call(struct play *p, struct sock *s, const struct step *step)
{
	int rc;

	if (s->job.runs)
		return play_failed(p, "expected the call before to have its end first");
	rc = sock_prepare(p, s, step);
	if (rc)
		return rc;
	pace_begin(&p->pace);
	rc = sock_job_begin(&s->job);
	return rc || step->sock.begins ? rc : sock_finish(p, s, step);
}

static int sock_interrupt(struct play *p, struct sock *s)
{
	if (!s->job.runs)
		return play_failed(p, "expected a call that was begun, got none");
	pace_begin(&p->pace);
	return sock_job_interrupt(&s->job, play_limit(p, PLAY_DIAG_MS)) ?
		       0 :
		       play_failed(p, "expected a signal to end it, got nothing in time");
}

/* Also while a call waits for it. */
static int sock_release(struct play *p, const struct sock *s, const struct step *step)
{
	static __u8 bytes[1 << 16];
	ssize_t n = s->job.held[1] ? read(s->job.held[0], bytes, sizeof(bytes)) : 0;

	if (n < 0)
		return -errno;
	return (size_t)n == step->len && !memcmp(bytes, step->data, step->len) ?
		       0 :
		       play_failed(p, "expected these %zu bytes in the pipe, got %s%zd", step->len,
				   (size_t)n == step->len ? "other " : "", n);
}

static int set_blocking(const struct sock *s, bool block)
{
	int flags = fcntl(s->app.fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = block ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return fcntl(s->app.fd, F_SETFL, flags) ? -errno : 0;
}

/* No thread of ours is to have it, but the one that looks. */
static int set_async(const struct sock *s)
{
	int flags = fcntl(s->app.fd, F_GETFL);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, io_signal());
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) || flags < 0 ||
	    fcntl(s->app.fd, F_SETOWN, getpid()) || fcntl(s->app.fd, F_SETSIG, io_signal()) ||
	    fcntl(s->app.fd, F_SETFL, flags | O_ASYNC))
		return -errno;
	return 0;
}

/* Others may come before it; of none there is none for a moment. */
static int expect_signal(struct play *p, const struct step *step)
{
	const struct call_name *wanted = &sock_signals[step->sock.what];
	unsigned int ms = wanted->number ? play_limit(p, PLAY_DIAG_MS) : QUIET_MS;
	__u64 end = clock_now() + ms;
	siginfo_t info = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, io_signal());
	do {
		__u64 now = clock_now(), left = now < end ? end - now : 0;
		const struct timespec t = { (long)(left / 1000), (long)(left % 1000) * 1000000 };

		if (sigtimedwait(&set, &info, &t) < 0)
			info.si_code = 0;
	} while (info.si_code && wanted->number && info.si_code != wanted->number);
	seen_other(p->seen, p->number, "signal", "%d", info.si_code);
	return info.si_code == wanted->number ?
		       0 :
		       play_failed(p, "expected a signal for %s, got %s", wanted->name,
				   info.si_code ? "another one" : "none in time");
}

/* Calls of which the step for the application's end knows all. */
static int as_app(struct play *p, struct sock *s, const struct step *step)
{
	struct app app = p->app;
	bool has_result = p->has_result;
	int rc;

	p->app = s->app;
	p->has_result = true;
	rc = step->sock.kind == SOCKET_DIAG ? oracle_diag(p, step) : call_step(p, step);
	s->app = p->app;
	p->app = app;
	p->has_result = has_result;
	return rc;
}

static int step_of_sock(struct play *p, const struct step *step)
{
	struct sock *s = socks_find(p, step->sock.name);

	if (step->sock.kind == SOCKET_OPEN)
		return open_one(p, step);
	if (!s || s->app.fd < 0)
		return socks_no_such(p, step->sock.name);
	switch (step->sock.kind) {
	case SOCKET_END:
		return sock_finish(p, s, step);
	case SOCKET_RELEASE:
		return sock_release(p, s, step);
	case SOCKET_INTERRUPT:
		return sock_interrupt(p, s);
	case SOCKET_BLOCK:
	case SOCKET_NONBLOCK:
		return set_blocking(s, step->sock.kind == SOCKET_BLOCK);
	case SOCKET_ASYNC:
		return set_async(s);
	case SOCKET_SIGNAL:
		return expect_signal(p, step);
	case SOCKET_CALL:
	case SOCKET_DIAG:
		return as_app(p, s, step);
	default:
		return start_call(p, s, step);
	}
}

/* Its connect(), which a thread of the application makes. */
static int interrupt_connect(struct play *p)
{
	const struct sigaction action = { .sa_handler = sock_job_interrupted };
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	struct pollfd done = { .fd = p->app.done, .events = POLLIN };

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	pace_begin(&p->pace);
	do
		pthread_kill(p->app.thread, SIGUSR1);
	while (!poll(&done, 1, SIGNAL_MS) && clock_now() < end);
	return done.revents ?
		       0 :
		       play_failed(p, "expected a signal to end connect(), got nothing in time");
}

/* The step is one of a socket of the application, which has it back then. */
static int sock_borrow(struct play *p, const struct step *step, int *fd)
{
	struct sock *s = socks_find(p, step->sock.name);
	int rc;

	if (!s)
		s = socks_add(p, step->sock.name);
	if (!s)
		return -ENOMEM;
	s->app = p->app;
	s->app.fd = *fd;
	rc = step_of_sock(p, step);
	*fd = s->app.fd;
	p->app.epoll = s->app.epoll;
	p->app.pipe[0] = s->app.pipe[0];
	p->app.pipe[1] = s->app.pipe[1];
	app_init(&s->app);
	return rc;
}

/* "app" is the socket of the end that is not played, "listener" the one that accepts it. */
int sock_step(struct play *p, const struct step *step)
{
	int rc;

	if (p->test->sockets)
		return step_of_sock(p, step);
	if (!strcmp(step->sock.name, "listener"))
		return sock_borrow(p, step, &p->app.listener);
	if (strcmp(step->sock.name, "app"))
		return step_of_sock(p, step);
	if (step->sock.kind == SOCKET_INTERRUPT && p->app.has_thread)
		return interrupt_connect(p);
	rc = play_want_connection(p);
	if (!rc)
		rc = sock_borrow(p, step, &p->app.fd);
	p->app.closed |= p->app.fd < 0;
	p->app.by_hand |= step->sock.kind == SOCKET_SHUTDOWN || step->sock.kind == SOCKET_CLOSE;
	return rc;
}

/* Signals that are left would be another case's. */
static void forget_signals(void)
{
	const struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, io_signal());
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
}

/* The pipe first: what it holds is the socket's. */
static void sock_close_one(struct sock *s)
{
	for (int i = 0; i < 2; i++)
		if (s->job.held[i])
			close(s->job.held[i]);
	app_close(&s->app);
}

void sock_end(struct play *p)
{
	bool stuck = false;

	for (unsigned int i = 0; p->socks && i < p->socks->n; i++) {
		struct sock *s = &p->socks->sock[i];

		if (s->job.runs && sock_job_interrupt(&s->job, PLAY_DIAG_MS) &&
		    sock_job_wait(&s->job, PLAY_DIAG_MS))
			sock_keep(p, s, s->job.step);
		stuck |= s->job.runs;
		if (!s->job.runs)
			free(s->job.bytes);
	}
	for (unsigned int i = 0; p->socks && i < p->socks->n; i++)
		sock_close_one(&p->socks->sock[i]);
	if (p->socks)
		forget_signals();
	/* A thread that does not come back has its job there. */
	if (!stuck)
		free(p->socks);
	p->socks = NULL;
}
