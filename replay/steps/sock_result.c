// SPDX-License-Identifier: GPL-2.0-or-later
/* The result of a call on a socket of the script. See socks.h. */
#include "socks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script/call_names.h"
#include "state/seen.h"

const char *sock_error_text(int error)
{
	const char *name = script_errno_name(error);

	return name ? name : strerror(error);
}

static void write_got(const struct sock_job *j, char *out, size_t size)
{
	if (j->error)
		snprintf(out, size, "%s%s", j->ret > 0 ? "some bytes, then " : "",
			 sock_error_text(j->error));
	else
		snprintf(out, size, "%ld", j->ret);
}

static bool has_data(const struct step *s)
{
	return s->data && s->sock.kind != SOCKET_SEND;
}

static bool sock_result_fits(const struct step *s, const struct sock_job *j)
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
			 error		     ? sock_error_text(error) :
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
	int other = s->sock.of ? socks_fd(p, s->sock.of) : -1;
	union address at = { 0 };
	socklen_t size = sizeof(at);

	if (!s->sock.of)
		return 0;
	if (other < 0 || getsockname(other, &at.any, &size))
		return socks_no_such(p, s->sock.of);
	return j->at_len == size && !memcmp(&j->at, &at, size) ?
		       0 :
		       play_failed(p, "expected the address of %s, got another one", s->sock.of);
}

int sock_keep(struct play *p, struct sock *s, const struct step *begun)
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
		other = socks_add(p, begun->sock.other);
		if (!other)
			close((int)j->ret);
		else
			other->app.fd = (int)j->ret, other->ipv6 = s->ipv6;
		return other ? 0 : play_failed(p, "expected no socket %s", begun->sock.other);
	default:
		return 0;
	}
}

int sock_judge(struct play *p, struct sock *s, const struct step *step)
{
	const struct step *begun = s->job.step;
	char wanted[64], got[64];
	int rc = sock_keep(p, s, begun);

	write_got(&s->job, got, sizeof(got));
	write_wanted(step, &s->job, wanted, sizeof(wanted));
	/* How many bytes a buffer takes is the stack's affair unless the script says. */
	seen_other(p->seen, p->number, sock_words[begun->sock.kind], "%s",
		   s->job.error ? sock_error_text(s->job.error) : "ok");
	if (!rc && !sock_result_fits(step, &s->job))
		rc = play_failed(p, "%s of %s: expected %s, got %s", sock_words[begun->sock.kind],
				 s->name, wanted, got);
	if (!rc)
		rc = look_at_flags(p, step, &s->job);
	if (!rc)
		rc = look_at_name(p, step, &s->job);
	free(s->job.bytes);
	s->job.bytes = NULL;
	return rc;
}
