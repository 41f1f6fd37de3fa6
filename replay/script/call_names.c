// SPDX-License-Identifier: GPL-2.0-or-later
/* See call_names.h. */
#include "call_names.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "base/address.h"

#ifndef SOL_SMC
#define SOL_SMC 286
#endif

/* From linux/smc.h. */
enum { SMC_LIMIT_HS = 1 };

const char *const call_words[] = {
#define CALL_WORD(name, word) #word,
	SCRIPT_CALLS(CALL_WORD)
#undef CALL_WORD
		NULL
};

const struct call_name call_options[] = {
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE, false },
	{ "linger", SOL_SOCKET, SO_LINGER, true },
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF, false },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF, false },
	{ "oobinline", SOL_SOCKET, SO_OOBINLINE, false },
	{ "error", SOL_SOCKET, SO_ERROR, false },
	{ "acceptconn", SOL_SOCKET, SO_ACCEPTCONN, false },
	{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR, false },
	{ "rcvlowat", SOL_SOCKET, SO_RCVLOWAT, false },
	{ "peek_off", SOL_SOCKET, SO_PEEK_OFF, false },
	{ "rcvtimeo", SOL_SOCKET, SO_RCVTIMEO, false },
	{ "sndtimeo", SOL_SOCKET, SO_SNDTIMEO, false },
	{ "broadcast", SOL_SOCKET, SO_BROADCAST, false },
	{ "timestamp", SOL_SOCKET, SO_TIMESTAMP, false },
	{ "timestamping", SOL_SOCKET, SO_TIMESTAMPING, false },
	{ "rxq_ovfl", SOL_SOCKET, SO_RXQ_OVFL, false },
	{ "priority", SOL_SOCKET, SO_PRIORITY, false },
	{ "maxseg", IPPROTO_TCP, TCP_MAXSEG, false },
	{ "nodelay", IPPROTO_TCP, TCP_NODELAY, false },
	{ "cork", IPPROTO_TCP, TCP_CORK, false },
	{ "defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT, false },
	{ "keepidle", IPPROTO_TCP, TCP_KEEPIDLE, false },
	{ "user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT, false },
	{ "ulp", IPPROTO_TCP, TCP_ULP, false },
	{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN, false },
	{ "fastopen_connect", IPPROTO_TCP, TCP_FASTOPEN_CONNECT, false },
	{ "no_such_tcp", IPPROTO_TCP, 9999, false },
	{ "limit_hs", SOL_SMC, SMC_LIMIT_HS, false },
	{ "no_such_smc", SOL_SMC, 9999, false },
	{ NULL, 0, 0, false },
};

const struct call_name call_requests[] = {
	{ "inq", 0, SIOCINQ, false },
	{ "outq", 0, SIOCOUTQ, false },
	{ "outqnsd", 0, SIOCOUTQNSD, false },
	{ "atmark", 0, SIOCATMARK, false },
	{ NULL, 0, 0, false },
};

const struct call_name call_ways[] = {
	{ "read", 0, SHUT_RD, false },	 { "write", 0, SHUT_WR, false },
	{ "both", 0, SHUT_RDWR, false }, { "no_such_way", 0, 9, false },
	{ NULL, 0, 0, false },
};

const struct call_name call_events[] = {
	{ "in", 0, POLLIN, false },   { "pri", 0, POLLPRI, false },
	{ "out", 0, POLLOUT, false }, { "rdhup", 0, POLLRDHUP, false },
	{ "err", 0, POLLERR, false }, { "hup", 0, POLLHUP, false },
	{ NULL, 0, 0, false },
};

const struct call_name *call_names(const struct call *c)
{
	switch (c->kind) {
	case CALL_SET:
	case CALL_GET:
		return call_options;
	case CALL_IOCTL:
		return call_requests;
	case CALL_SHUTDOWN:
		return call_ways;
	default:
		return NULL;
	}
}

bool call_has_events(const struct call *c)
{
	return c->kind == CALL_POLL || c->kind == CALL_WATCH || c->kind == CALL_WATCHED;
}

/* ---- sockets that a script makes ---------------------------------------------------- */

const char *const sock_words[] = {
#define SOCK_WORD(name, word, arguments) #word,
	SCRIPT_SOCKS(SOCK_WORD)
#undef SOCK_WORD
		NULL
};

const char *const sock_arguments[] = {
#define SOCK_ARGUMENTS(name, word, arguments) arguments,
	SCRIPT_SOCKS(SOCK_ARGUMENTS)
#undef SOCK_ARGUMENTS
};

/* A number and a type that there is not, too. */
const struct call_name sock_kinds[] = {
	{ "smc", AF_SMC, SMCPROTO_SMC, false },
	{ "smc6", AF_SMC, SMCPROTO_SMC6, false },
	{ "tcp", AF_INET, IPPROTO_TCP, false },
	{ "tcp6", AF_INET6, IPPROTO_TCP, false },
	{ "smc_of_protocol_2", AF_SMC, 2, false },
	{ "smc_of_datagrams", AF_SMC, SMCPROTO_SMC, false },
	{ NULL, 0, 0, false },
};

const struct call_name sock_flags[] = {
	{ "peek", 0, MSG_PEEK, false },
	{ "dontwait", 0, MSG_DONTWAIT, false },
	{ "waitall", 0, MSG_WAITALL, false },
	{ "trunc", 0, MSG_TRUNC, false },
	{ "oob", 0, MSG_OOB, false },
	{ "more", 0, MSG_MORE, false },
	{ "errqueue", 0, MSG_ERRQUEUE, false },
	{ "fastopen", 0, MSG_FASTOPEN, false },
	{ NULL, 0, 0, false },
};

/* As si_code of the signal has it. */
const struct call_name sock_signals[] = {
	{ "none", 0, 0, false },       { "in", 0, POLL_IN, false },   { "out", 0, POLL_OUT, false },
	{ "err", 0, POLL_ERR, false }, { "pri", 0, POLL_PRI, false }, { "hup", 0, POLL_HUP, false },
	{ NULL, 0, 0, false },
};
