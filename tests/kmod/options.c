// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each socket option at each time of a socket's life, in each mode of modes.h, held against TCP:
 *
 *	new		a socket that has done nothing yet
 *	listener	set before listen(): what the listener says, and what it accepts
 *	listening	set after listen()
 *	client		set before connect(), and asked for after it
 *	connected	set at the client's end of a connection
 *	accepted	set at the server's
 *	closed		set when the peer has closed
 *
 * After what may have changed the connection some bytes go both ways. Differences are judged as
 * those of kmod_semantics; a case is OPTION.LIFE.
 *
 * Usage: kmod_options LIST [OPTION]	LIST is options.differences.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "modes.h"
#include "semantics.h"

#define LEN 256 /* no value is longer */

/* How much of a value has to be the same. */
enum shape {
	VALUE,
	LENGTH, /* what it is depends on the moment */
	SIGN,	/* and only that it is none that says "no" */
};

struct option_case {
	const char *name;
	int level, number;
	enum shape shape;
	const void *value; /* NULL: cannot be set */
	socklen_t len;
};

#define INT(number_) &(const int){ number_ }, sizeof(int)
#define TEXT(text) text, sizeof(text) - 1
#define READ_ONLY NULL, 0

#define S SOL_SOCKET
#define T IPPROTO_TCP
#define I IPPROTO_IP

static const struct linger linger = { 1, 7 };
static const struct timeval three_s = { 3, 0 };

static const struct option_case options[] = {
	{ "SO_DEBUG", S, 1, VALUE, INT(1) },
	{ "SO_REUSEADDR", S, 2, VALUE, INT(1) },
	{ "SO_TYPE", S, 3, VALUE, READ_ONLY },
	{ "SO_ERROR", S, 4, VALUE, READ_ONLY },
	{ "SO_DONTROUTE", S, 5, VALUE, INT(1) },
	{ "SO_BROADCAST", S, 6, VALUE, INT(1) },
	{ "SO_SNDBUF", S, 7, VALUE, INT(90000) },
	{ "SO_RCVBUF", S, 8, VALUE, INT(100000) },
	{ "SO_KEEPALIVE", S, 9, VALUE, INT(1) },
	{ "SO_OOBINLINE", S, 10, VALUE, INT(1) },
	{ "SO_NO_CHECK", S, 11, VALUE, INT(1) },
	{ "SO_PRIORITY", S, 12, VALUE, INT(5) },
	{ "SO_LINGER", S, 13, VALUE, &linger, sizeof(linger) },
	{ "SO_REUSEPORT", S, 15, VALUE, INT(1) },
	{ "SO_PASSCRED", S, 16, VALUE, INT(1) },
	{ "SO_PEERCRED", S, 17, LENGTH, READ_ONLY },
	{ "SO_RCVLOWAT", S, 18, VALUE, INT(3) },
	{ "SO_RCVTIMEO", S, 20, VALUE, &three_s, sizeof(three_s) },
	{ "SO_SNDTIMEO", S, 21, VALUE, &three_s, sizeof(three_s) },
	{ "SO_BINDTODEVICE", S, 25, VALUE, TEXT("lo") },
	{ "SO_PEERNAME", S, 28, LENGTH, READ_ONLY },
	{ "SO_TIMESTAMP", S, 29, VALUE, INT(1) },
	{ "SO_ACCEPTCONN", S, 30, VALUE, READ_ONLY },
	{ "SO_PEERSEC", S, 31, LENGTH, READ_ONLY },
	{ "SO_SNDBUFFORCE", S, 32, VALUE, INT(300000) },
	{ "SO_RCVBUFFORCE", S, 33, VALUE, INT(300000) },
	{ "SO_TIMESTAMPNS", S, 35, VALUE, INT(1) },
	{ "SO_MARK", S, 36, VALUE, INT(77) },
	{ "SO_TIMESTAMPING", S, 37, VALUE, INT(0x18) },
	{ "SO_TIMESTAMPING_sent", S, 37, VALUE, INT(0x92) },
	{ "SO_PROTOCOL", S, 38, VALUE, READ_ONLY },
	{ "SO_DOMAIN", S, 39, VALUE, READ_ONLY },
	{ "SO_RXQ_OVFL", S, 40, VALUE, INT(1) },
	{ "SO_PEEK_OFF", S, 42, VALUE, INT(0) },
	{ "SO_LOCK_FILTER", S, 44, VALUE, INT(1) },
	{ "SO_SELECT_ERR_QUEUE", S, 45, VALUE, INT(1) },
	{ "SO_BUSY_POLL", S, 46, VALUE, INT(50) },
	{ "SO_MAX_PACING_RATE", S, 47, VALUE, INT(1000000) },
	{ "SO_INCOMING_CPU", S, 49, SIGN, INT(0) },
	{ "SO_MEMINFO", S, 55, LENGTH, READ_ONLY },
	{ "SO_INCOMING_NAPI_ID", S, 56, LENGTH, READ_ONLY },
	{ "SO_COOKIE", S, 57, LENGTH, READ_ONLY },
	{ "SO_ZEROCOPY", S, 60, VALUE, INT(1) },
	{ "SO_TXTIME", S, 61, VALUE, &(const __u32[2]){ 1, 0 }, 8 },
	{ "SO_PREFER_BUSY_POLL", S, 69, VALUE, INT(1) },
	{ "SO_BUSY_POLL_BUDGET", S, 70, VALUE, INT(9) },
	{ "SO_NETNS_COOKIE", S, 71, VALUE, READ_ONLY },
	{ "SO_BUF_LOCK", S, 72, VALUE, INT(1) },
	{ "SO_RESERVE_MEM", S, 73, VALUE, INT(4096) },
	{ "SO_TXREHASH", S, 74, VALUE, INT(1) },
	{ "SO_RCVMARK", S, 75, VALUE, INT(1) },
	{ "SO_nosuch", S, 999, VALUE, INT(1) },
	{ "TCP_NODELAY", T, 1, VALUE, INT(1) },
	{ "TCP_MAXSEG", T, 2, SIGN, INT(900) },
	{ "TCP_CORK", T, 3, VALUE, INT(1) },
	{ "TCP_KEEPIDLE", T, 4, VALUE, INT(33) },
	{ "TCP_KEEPINTVL", T, 5, VALUE, INT(7) },
	{ "TCP_KEEPCNT", T, 6, VALUE, INT(4) },
	{ "TCP_SYNCNT", T, 7, VALUE, INT(4) },
	{ "TCP_LINGER2", T, 8, VALUE, INT(20) },
	{ "TCP_DEFER_ACCEPT", T, 9, VALUE, INT(3) },
	{ "TCP_WINDOW_CLAMP", T, 10, VALUE, INT(40000) },
	{ "TCP_INFO", T, 11, LENGTH, READ_ONLY },
	{ "TCP_QUICKACK", T, 12, SIGN, INT(0) },
	{ "TCP_CONGESTION", T, 13, VALUE, TEXT("reno") },
	{ "TCP_THIN_LINEAR", T, 16, VALUE, INT(1) },
	{ "TCP_USER_TIMEOUT", T, 18, VALUE, INT(9000) },
	{ "TCP_REPAIR_on", T, 19, VALUE, INT(1) },
	{ "TCP_REPAIR_off", T, 19, VALUE, INT(0) },
	{ "TCP_FASTOPEN", T, 23, VALUE, INT(5) },
	{ "TCP_TIMESTAMP", T, 24, LENGTH, READ_ONLY },
	{ "TCP_NOTSENT_LOWAT", T, 25, VALUE, INT(5000) },
	{ "TCP_CC_INFO", T, 26, LENGTH, READ_ONLY },
	{ "TCP_SAVE_SYN", T, 27, VALUE, INT(1) },
	{ "TCP_FASTOPEN_CONNECT", T, 30, VALUE, INT(1) },
	{ "TCP_ULP_tls", T, 31, VALUE, TEXT("tls") },
	{ "TCP_ULP_nosuch", T, 31, VALUE, TEXT("nosuch") },
	{ "TCP_FASTOPEN_NO_COOKIE", T, 34, VALUE, INT(1) },
	{ "TCP_ZEROCOPY_RECEIVE", T, 35, LENGTH, READ_ONLY },
	{ "TCP_INQ", T, 36, VALUE, INT(1) },
	{ "TCP_TX_DELAY", T, 37, VALUE, INT(0) },
	{ "TCP_AO_INFO", T, 40, LENGTH, READ_ONLY },
	{ "TCP_RTO_MAX_MS", T, 44, VALUE, INT(5000) },
	{ "TCP_nosuch", T, 999, VALUE, INT(1) },
	{ "IP_TOS", I, 1, VALUE, INT(0x28) },
	{ "IP_TTL", I, 2, VALUE, INT(9) },
	{ "IP_OPTIONS", I, 4, VALUE, TEXT("\1\1\1\1") },
	{ "IP_MTU_DISCOVER", I, 10, VALUE, INT(2) },
	{ "IP_RECVERR", I, 11, VALUE, INT(1) },
	{ "IP_RECVTTL", I, 12, VALUE, INT(1) },
	{ "IP_MTU", I, 14, VALUE, READ_ONLY },
	{ "IP_FREEBIND", I, 15, VALUE, INT(1) },
	{ "IP_TRANSPARENT", I, 19, VALUE, INT(1) },
	{ "IP_MINTTL", I, 21, VALUE, INT(3) },
	{ "IP_BIND_ADDRESS_NO_PORT", I, 24, VALUE, INT(1) },
	{ "IP_UNICAST_IF", I, 50, VALUE, INT(0) },
	{ "IP_LOCAL_PORT_RANGE", I, 51, VALUE, INT(40000 | 50000 << 16) },
	{ "IP_PROTOCOL", I, 52, SIGN, READ_ONLY },
	{ "SOL_TLS", 282, 1, VALUE, TEXT("nothing") },
	{ "SOL_SMC", 286, 1, VALUE, INT(1) },
	{ "level_200", 200, 1, VALUE, INT(1) },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void said_set(const struct option_case *o, int fd)
{
	if (o->value)
		said("set", setsockopt(fd, o->level, o->number, o->value, o->len));
}

static void said_get(const struct option_case *o, int fd)
{
	unsigned char value[LEN] = { 0 };
	socklen_t len = sizeof(value);
	int number = 0;

	if (getsockopt(fd, o->level, o->number, value, &len)) {
		said("get", -1);
		return;
	}
	memcpy(&number, value, sizeof(number));
	if (o->shape == LENGTH) {
		say(" get=%u bytes", len);
	} else if (o->shape == SIGN) {
		say(" get=%s", number < 0 ? "none" : "some");
	} else {
		say(" get=0x");
		for (socklen_t i = 0; i < len; i++)
			say("%02x", value[i]);
	}
}

static bool one_way(int from, int to)
{
	char word[5];

	set_time(to, SO_RCVTIMEO, 3000);
	return send(from, "ping!", sizeof(word), MSG_NOSIGNAL) == sizeof(word) &&
	       recv(to, word, sizeof(word), MSG_WAITALL) == sizeof(word) &&
	       !memcmp(word, "ping!", sizeof(word));
}

static void said_bytes_go(void)
{
	if (!one_way(client, server))
		said("client's bytes", -1);
	if (!one_way(server, client))
		said("server's bytes", -1);
}

static void close_all(void)
{
	close(client);
	close(server);
	close(listener);
}

/* A connection, with the option set at one of the sockets before. */
static bool pair_with(const struct option_case *o, int before)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	listener = server_socket();
	client = client_socket();
	server = -1;
	bind(listener, (void *)&at, sizeof(at));
	at = name_of(listener);
	if (before)
		said_set(o, before > 1 ? listener : client);
	listen(listener, 5);
	set_time(client, SO_SNDTIMEO, 10000);
	set_time(listener, SO_RCVTIMEO, 10000);
	if (connect_to(client, &at)) {
		said("connect", -1);
		return false;
	}
	server = accept(listener, NULL, NULL);
	if (server < 0)
		said("accept", -1);
	return server >= 0;
}

static void life_new(const struct option_case *o)
{
	client = client_socket();
	listener = server_socket();
	said_get(o, client);
	said_set(o, client);
	said_get(o, client);
	said_get(o, listener);
	close(client);
	close(listener);
}

static void life_listener(const struct option_case *o)
{
	if (pair_with(o, 2)) {
		said_get(o, listener);
		said_get(o, server);
		said_bytes_go();
	}
	close_all();
}

static void life_client(const struct option_case *o)
{
	if (pair_with(o, 1)) {
		said_get(o, client);
		said_bytes_go();
	}
	close_all();
}

static void life_listening(const struct option_case *o)
{
	listener = listening(server_socket(), 5);
	said_set(o, listener);
	said_get(o, listener);
	close(listener);
}

static void at_end(const struct option_case *o, int fd)
{
	said_set(o, fd);
	said_get(o, fd);
	if (o->level == IPPROTO_TCP && o->number == TCP_REPAIR)
		set(fd, IPPROTO_TCP, TCP_REPAIR, 0);
	said_bytes_go();
}

static void life_connected(const struct option_case *o)
{
	if (pair_with(o, 0))
		at_end(o, client);
	close_all();
}

static void life_accepted(const struct option_case *o)
{
	if (pair_with(o, 0))
		at_end(o, server);
	close_all();
}

static void life_closed(const struct option_case *o)
{
	if (!pair_with(o, 0))
		return;
	close(server);
	nap(10);
	said_set(o, client);
	said_get(o, client);
	close(client);
	close(listener);
}

static const struct {
	const char *name;
	void (*run)(const struct option_case *o);
} lives[] = {
	{ "new", life_new },	   { "listener", life_listener },   { "listening", life_listening },
	{ "client", life_client }, { "connected", life_connected }, { "accepted", life_accepted },
	{ "closed", life_closed },
};

#define LIVES (sizeof(lives) / sizeof(lives[0]))

/* The outcome has a line a life. */
static void live(const void *option)
{
	for (size_t i = 0; i < LIVES; i++) {
		lives[i].run(option);
		say("\n");
	}
}

static void run_option(const struct option_case *o)
{
	static char outcomes[MODES][DIFFERENCE_MAX];
	char *rest[MODES], *told[MODES], name[100];

	modes_run(live, o, outcomes);
	for (int m = 0; m < MODES; m++)
		rest[m] = outcomes[m];
	for (size_t i = 0; i < LIVES; i++) {
		snprintf(name, sizeof(name), "%s.%s", o->name, lives[i].name);
		for (int m = 0; m < MODES; m++) {
			told[m] = strsep(&rest[m], "\n");
			if (!told[m])
				told[m] = (char *)DIFFERENCE_HUNG;
			told[m] += strspn(told[m], " ");
			if (m)
				difference_judge(modes[m].name, name, told[0], told[m]);
		}
	}
}

int main(int argc, char **argv)
{
	const char *only = argc > 2 ? argv[2] : NULL;

	if (argc < 2)
		errx(2, "usage: %s LIST [OPTION]", argv[0]);
	differences_read(argv[1]);
	for (size_t i = 0; i < OPTIONS; i++)
		if (!only || !strcmp(only, options[i].name))
			run_option(&options[i]);
	return differences_end(!only);
}
