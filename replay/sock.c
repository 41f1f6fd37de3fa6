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

#include "oracle.h"
#include "playing.h"
#include "seen.h"
#include "sock_job.h"

enum { SOCKS_MAX = 32, QUIET_MS = 200, SIGNAL_MS = 50 };

struct sock {
	const char *name;
	struct app app;
	struct sock_job job;
	bool ipv6;
	__u64 sent, received; /* of the pattern */
};

struct socks {
	unsigned int n;
	struct sock sock[SOCKS_MAX];
};

enum { KIND_SMC, KIND_SMC6, KIND_TCP, KIND_TCP6, KIND_DATAGRAMS = 5 };

/* That of ASYNC: it is queued with its cause, where SIGIO is one for all. */
static int io_signal(void)
{
	return SIGRTMIN + 1;
}

static struct sock *find(struct play *p, const char *name)
{
	struct socks *all = p->socks;
	struct sock *s = NULL;

	for (unsigned int i = 0; all && i < all->n && !s; i++)
		if (!strcmp(all->sock[i].name, name))
			s = &all->sock[i];
	return s;
}

static struct sock *add(struct play *p, const char *name)
{
	struct sock *s = find(p, name);

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

static int no_such(struct play *p, const char *name)
{
	return play_failed(p, "expected a socket %s that is open, got none", name);
}

/* ---- addresses ---------------------------------------------------------------------------- */

/* An IPv4 address of a socket of IPv6. */
static void map_address(union peer_address *at)
{
	struct sockaddr_in v4 = at->in;

	if (at->any.sa_family != AF_INET)
		return;
	*at = (union peer_address){ .in6 = { .sin6_family = AF_INET6, .sin6_port = v4.sin_port } };
	at->in6.sin6_addr.s6_addr[10] = at->in6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&at->in6.sin6_addr.s6_addr[12], &v4.sin_addr, sizeof(v4.sin_addr));
}

/* ... and such an address for a socket of IPv4. */
static void unmap_address(union peer_address *at)
{
	struct sockaddr_in6 v6 = at->in6;

	if (at->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return;
	*at = (union peer_address){ .in = { .sin_family = AF_INET, .sin_port = v6.sin6_port } };
	memcpy(&at->in.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof(at->in.sin_addr));
}

static void set_any(union peer_address *at)
{
	if (at->any.sa_family == AF_INET6)
		at->in6.sin6_addr = in6addr_any;
	else
		at->in.sin_addr.s_addr = INADDR_ANY;
}

/* A socket that is bound to any address is reached by that of the stack. */
static void replace_any(union peer_address *at, const union peer_address *stack)
{
	if (at->any.sa_family != stack->any.sa_family)
		return;
	if (at->any.sa_family == AF_INET && at->in.sin_addr.s_addr == INADDR_ANY)
		at->in.sin_addr = stack->in.sin_addr;
	if (at->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&at->in6.sin6_addr))
		at->in6.sin6_addr = stack->in6.sin6_addr;
}

/* "stack": the stack's address; "any", "lo6", "nobody"; or where another socket is bound. */
static int find_address(struct play *p, const struct sock *s, const struct sock_call *c,
			union peer_address *at)
{
	const struct sock *other = find(p, c->other);
	socklen_t size = sizeof(*at);

	*at = p->setup->address;
	peer_set_port(at, 0);
	if (!strcmp(c->other, "any"))
		set_any(at);
	else if (!strcmp(c->other, "nobody"))
		peer_set_port(at, 1);
	else if (!strcmp(c->other, "lo6"))
		*at = (union peer_address){ .in6 = { .sin6_family = AF_INET6,
						     .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	else if (strcmp(c->other, "stack") &&
		 (!other || getsockname(other->app.fd, &at->any, &size)))
		return no_such(p, c->other);
	if (other)
		replace_any(at, &p->setup->address);
	if (s->ipv6)
		map_address(at);
	else
		unmap_address(at);
	return 0;
}

static int prepare(struct play *p, struct sock *s, const struct step *step)
{
	const struct sock_call *c = &step->sock;
	struct sock_job *j = &s->job;
	const struct sock *other;
	int rc;

	j->step = step;
	j->fd = s->app.fd;
	j->len = c->n;
	j->from = c->kind == SOCKET_DRAIN ? s->received : s->sent;
	if (c->kind == SOCKET_DRAIN) {
		other = find(p, c->other);
		if (!other)
			return no_such(p, c->other);
		j->len = other->sent - s->received;
		if (other->job.runs) /* PUT, which is not at its end */
			j->len += other->job.len;
	}
	if (c->kind != SOCKET_BIND && c->kind != SOCKET_CONNECT)
		return 0;
	rc = find_address(p, s, c, &j->at);
	j->at_len = c->len < 0 ? peer_address_len(&j->at) : (socklen_t)c->len;
	if (c->family >= 0)
		j->at.any.sa_family = (sa_family_t)c->family;
	return rc;
}

/* ---- results ------------------------------------------------------------------------------ */

static const char *error_text(int error)
{
	const char *name = script_errno_name(error);

	return name ? name : strerror(error);
}

static void write_got(const struct sock_job *j, char *out, size_t size)
{
	if (j->error)
		snprintf(out, size, "%s%s", j->ret > 0 ? "some bytes, then " : "",
			 error_text(j->error));
	else
		snprintf(out, size, "%ld", j->ret);
}

static bool has_data(const struct step *s)
{
	return s->data && s->sock.kind != SOCKET_SEND;
}

static bool fits(const struct step *s, const struct sock_job *j)
{
	enum sock_kind kind = (enum sock_kind)j->step->sock.kind;
	size_t whole = j->step->data ? j->step->len : j->step->sock.n;
	bool reads = kind == SOCKET_RECV || kind == SOCKET_SPLICE || kind == SOCKET_HOLD;

	if (has_data(s))
		return !j->error && j->ret == (long)s->len && !memcmp(j->bytes, s->data, s->len);
	if (s->sock.count >= 0)
		return !j->error && j->ret == s->sock.count;
	for (unsigned int i = 0; i < s->n_errors; i++) {
		if (s->errors[i] > 0 && s->errors[i] == j->error)
			return true;
		if (s->errors[i] == RESULT_EOF && reads && !j->error && !j->ret)
			return true;
		if (!s->errors[i] && !j->error && (kind != SOCKET_SEND || j->ret == (long)whole))
			return true;
	}
	if (s->n_errors)
		return false;
	/* PUT, FILL, DRAIN and CLOSE. */
	return !j->error && (kind == SOCKET_FILL && !j->len ? j->ret > 0 : j->ret == (long)j->len);
}

static void write_wanted(const struct step *s, const struct sock_job *j, char *out, size_t size)
{
	int error = s->n_errors ? s->errors[0] : 0;

	if (has_data(s))
		snprintf(out, size, "these %zu bytes", s->len);
	else if (s->sock.count >= 0)
		snprintf(out, size, "%ld", s->sock.count);
	else if (!s->n_errors && j->len)
		snprintf(out, size, "%zu bytes of the pattern", j->len);
	else
		snprintf(out, size, "%s%s",
			 error == RESULT_EOF ? "the end of the stream" :
			 error		     ? error_text(error) :
					       "ok",
			 s->n_errors > 1 ? " (or others)" : "");
}

static int look_at_flags(struct play *p, const struct step *s, const struct sock_job *j)
{
	unsigned int got = (unsigned int)j->flags & (MSG_OOB | MSG_TRUNC);

	if (s->sock.returned == ~0u || got == s->sock.returned)
		return 0;
	return play_failed(p, "expected recvmsg() to return flags 0x%x, got 0x%x", s->sock.returned,
			   got);
}

/* The name of one end is what the other one's peer is called. */
static int look_at_name(struct play *p, const struct step *s, const struct sock_job *j)
{
	const struct sock *other = s->sock.of ? find(p, s->sock.of) : NULL;
	union peer_address at = { 0 };
	socklen_t size = sizeof(at);

	if (!s->sock.of)
		return 0;
	if (!other || getsockname(other->app.fd, &at.any, &size))
		return no_such(p, s->sock.of);
	return j->at_len == size && !memcmp(&j->at, &at, size) ?
		       0 :
		       play_failed(p, "expected the address of %s, got another one", s->sock.of);
}

/* The call has changed the sockets of the case. */
static int keep_result(struct play *p, struct sock *s, const struct step *begun)
{
	struct sock_job *j = &s->job;
	struct sock *other;

	switch (begun->sock.kind) {
	case SOCKET_PUT:
	case SOCKET_FILL:
		s->sent += (__u64)j->ret;
		return 0;
	case SOCKET_SEND:
		s->sent += j->ret > 0 && !begun->data ? (__u64)j->ret : 0;
		return 0;
	case SOCKET_DRAIN:
		s->received += (__u64)j->ret;
		return 0;
	case SOCKET_CLOSE:
		s->app.fd = -1;
		return 0;
	case SOCKET_ACCEPT:
		if (j->ret < 0)
			return 0;
		other = add(p, begun->sock.other);
		if (!other)
			close((int)j->ret);
		else
			other->app.fd = (int)j->ret, other->ipv6 = s->ipv6;
		return other ? 0 : play_failed(p, "expected no socket %s", begun->sock.other);
	default:
		return 0;
	}
}

static int judge(struct play *p, struct sock *s, const struct step *step)
{
	const struct step *begun = s->job.step;
	char wanted[64], got[64];
	int rc = keep_result(p, s, begun);

	write_got(&s->job, got, sizeof(got));
	write_wanted(step, &s->job, wanted, sizeof(wanted));
	/* How many bytes a buffer takes is the stack's affair unless the script says. */
	seen_other(p->seen, p->number, script_sock_word(&begun->sock), "%s",
		   s->job.error ? error_text(s->job.error) : "ok");
	if (!rc && !fits(step, &s->job))
		rc = play_failed(p, "%s of %s: expected %s, got %s", script_sock_word(&begun->sock),
				 s->name, wanted, got);
	if (!rc)
		rc = look_at_flags(p, step, &s->job);
	if (!rc)
		rc = look_at_name(p, step, &s->job);
	free(s->job.bytes);
	s->job.bytes = NULL;
	return rc;
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
	struct sock *s = add(p, step->sock.name);

	seen_other(p->seen, p->number, "socket", "%s", error ? error_text(error) : "ok");
	if (s)
		s->app.fd = fd;
	else if (fd >= 0)
		close(fd);
	if (!s)
		return play_failed(p, "expected a new name for the socket");
	s->ipv6 = what == KIND_SMC6 || what == KIND_TCP6;
	return error == wanted ? 0 :
				 play_failed(p, "socket(): expected %s, got %s",
					     wanted ? error_text(wanted) : "ok",
					     error ? error_text(error) : "ok");
}

/* Waits in the order of milliseconds for what takes no time, and seconds for a handshake. */
static int finish(struct play *p, struct sock *s, const struct step *step)
{
	if (!s->job.runs)
		return play_failed(p, "expected a call that was begun, got none");
	if (!sock_job_wait(&s->job, play_step_limit(p, PLAY_RESULT_MS)))
		return play_failed(p, "%s of %s: expected it to return, got nothing in time",
				   script_sock_word(&s->job.step->sock), s->name);
	return judge(p, s, step);
}

static int start_call(struct play *p, struct sock *s, const struct step *step)
{
	int rc;

	if (s->job.runs)
		return play_failed(p, "expected the call before to have its end first");
	rc = prepare(p, s, step);
	if (rc)
		return rc;
	pace_begin(&p->pace);
	rc = sock_job_begin(&s->job);
	return rc || step->sock.begins ? rc : finish(p, s, step);
}

static int interrupt(struct play *p, struct sock *s)
{
	if (!s->job.runs)
		return play_failed(p, "expected a call that was begun, got none");
	pace_begin(&p->pace);
	return sock_job_interrupt(&s->job, play_limit(p, PLAY_DIAG_MS)) ?
		       0 :
		       play_failed(p, "expected a signal to end it, got nothing in time");
}

/* Also while a call waits for it. */
static int release(struct play *p, const struct sock *s, const struct step *step)
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
	__u64 end = peer_now() + ms;
	siginfo_t info = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, io_signal());
	do {
		__u64 now = peer_now(), left = now < end ? end - now : 0;
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
	struct sock *s = find(p, step->sock.name);

	if (step->sock.kind == SOCKET_OPEN)
		return open_one(p, step);
	if (!s || s->app.fd < 0)
		return no_such(p, step->sock.name);
	switch (step->sock.kind) {
	case SOCKET_END:
		return finish(p, s, step);
	case SOCKET_RELEASE:
		return release(p, s, step);
	case SOCKET_INTERRUPT:
		return interrupt(p, s);
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
	__u64 end = peer_now() + play_limit(p, PLAY_DIAG_MS);
	struct pollfd done = { .fd = p->app.done, .events = POLLIN };

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	pace_begin(&p->pace);
	do
		pthread_kill(p->app.thread, SIGUSR1);
	while (!poll(&done, 1, SIGNAL_MS) && peer_now() < end);
	return done.revents ?
		       0 :
		       play_failed(p, "expected a signal to end connect(), got nothing in time");
}

/* The step is one of a socket of the application, which has it back then. */
static int borrow(struct play *p, const struct step *step, int *fd)
{
	struct sock *s = find(p, step->sock.name);
	int rc;

	if (!s)
		s = add(p, step->sock.name);
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
		return borrow(p, step, &p->app.listener);
	if (strcmp(step->sock.name, "app"))
		return step_of_sock(p, step);
	if (step->sock.kind == SOCKET_INTERRUPT && p->app.has_thread)
		return interrupt_connect(p);
	rc = play_want_connection(p);
	if (!rc)
		rc = borrow(p, step, &p->app.fd);
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
static void close_one(struct sock *s)
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
			keep_result(p, s, s->job.step);
		stuck |= s->job.runs;
		if (!s->job.runs)
			free(s->job.bytes);
	}
	for (unsigned int i = 0; p->socks && i < p->socks->n; i++)
		close_one(&p->socks->sock[i]);
	if (p->socks)
		forget_signals();
	/* A thread that does not come back has its job there. */
	if (!stuck)
		free(p->socks);
	p->socks = NULL;
}
