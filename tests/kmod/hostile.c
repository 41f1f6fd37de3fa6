// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmod_hostile: a peer that offers SMC in its SYN, and then says something else than it should.
 *
 *	kmod_hostile [--messages N] [--seed S]
 *	kmod_hostile --crowd N			only: N silent peers, and then one with TCP
 *
 * First it learns from the kernel, between sockets of this host, a true Proposal, Accept and
 * Confirm. Then it sends these with faults in them: as a client the Proposal, or the Confirm behind
 * a true Proposal; as a server the Accept. Some messages come a byte at a time, some in part, some
 * with more behind them; then the connection is closed, reset, shut, or kept open for a while.
 * Between them a true SMC connection has to work. Exit status: 0, 1 it did not work, 2 this cannot
 * run.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rawpeer.h"
#include "smc_wire.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif

#define MESSAGE_MAX 4096
#define KEPT 48	    /* connections that stay half-open at the same time */
#define SERVED 4000 /* connections of the server at the same time */
#define PATIENCE_MS 60000

struct message {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
};

static struct message proposal, accept_message, confirm;
static uint16_t smc_port, raw_port;
static int raw_listener, kept[KEPT];
static uint64_t state;
static unsigned long answers[8], sent[3];

static uint64_t chance(uint64_t n)
{
	state += 0x9e3779b97f4a7c15ULL;
	uint64_t x = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;

	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return (x ^ (x >> 31)) % n;
}

/* ---- sockets ---- */

static void set_patience(int fd, int ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

static struct sockaddr_in local(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int raw_client(void)
{
	char port[8];
	int fd;

	snprintf(port, sizeof(port), "%u", smc_port);
	fd = raw_connect("127.0.0.1", port, PATIENCE_MS);
	if (fd < 0)
		errx(1, "the kernel's server takes no connection: %s", strerror(-fd));
	set_patience(fd, PATIENCE_MS);
	return fd;
}

/* It is in its handshake when this returns. */
static int kernel_client(uint16_t port)
{
	struct sockaddr_in at = local(port);
	int fd = socket(AF_SMC, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(2, "an SMC socket");
	if (connect(fd, (void *)&at, sizeof(at)) && errno != EINPROGRESS)
		err(1, "connect of the kernel's client");
	return fd;
}

static int raw_server(void)
{
	int fd = raw_accept(raw_listener, PATIENCE_MS);

	if (fd < 0)
		errx(1, "the kernel's client does not come: %s", strerror(-fd));
	set_patience(fd, PATIENCE_MS);
	return fd;
}

/* One CLC message; false if something else came, or nothing. */
static bool read_message(int fd, struct message *m)
{
	struct smcw_clc_hdr head;
	size_t len;

	if (recv(fd, m->bytes, sizeof(head), MSG_WAITALL) != sizeof(head))
		return false;
	memcpy(&head, m->bytes, sizeof(head));
	len = ntohs(head.length);
	if (len <= sizeof(head) || len > sizeof(m->bytes))
		return false;
	m->len = len;
	len -= sizeof(head);
	return recv(fd, m->bytes + sizeof(head), len, MSG_WAITALL) == (ssize_t)len;
}

static void send_all(int fd, const void *bytes, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, (const uint8_t *)bytes + at, len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* it has had enough */
		at += (size_t)n;
	}
}

/* ---- the kernel's server, in a process of its own: it says back what it hears ---- */

/* False if that was the end of it. Nobody is waited for: the next one may be a true connection. */
static bool echo(int fd)
{
	char buf[4096];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return true;
	return n > 0 && send(fd, buf, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n;
}

static void __attribute__((noreturn)) serve(int listener)
{
	static struct pollfd fds[SERVED + 1];
	static time_t heard[SERVED + 1];
	const struct rlimit many = { SERVED + 100, SERVED + 100 };
	size_t n = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setrlimit(RLIMIT_NOFILE, &many))
		err(2, "%d open files", SERVED);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
	for (;;) {
		poll(fds, n, 1000);
		for (size_t i = n - 1; i > 0; i--) {
			if (fds[i].revents)
				heard[i] = time(NULL);
			if (fds[i].revents ? echo(fds[i].fd) :
					     time(NULL) - heard[i] < PATIENCE_MS / 1000)
				continue;
			close(fds[i].fd);
			fds[i] = fds[--n];
			heard[i] = heard[n];
		}
		if (n <= SERVED && (fds[n].fd = accept(listener, NULL, NULL)) >= 0) {
			fds[n].events = POLLIN;
			fds[n].revents = 0;
			heard[n++] = time(NULL);
		}
	}
}

static pid_t start_server(void)
{
	struct sockaddr_in at = local(0);
	socklen_t len = sizeof(at);
	int fd = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (fd < 0 || bind(fd, (void *)&at, len) || listen(fd, 512) ||
	    getsockname(fd, (void *)&at, &len))
		err(2, "an SMC socket that listens");
	smc_port = ntohs(at.sin_port);
	pid = fork();
	if (!pid)
		serve(fd);
	close(fd);
	return pid;
}

/* ---- what is true ---- */

static void expect(bool got, const char *what)
{
	if (!got)
		errx(2, "no %s of the kernel's could be had: is there a UEID, and loopback-ism?",
		     what);
}

static void learn(void)
{
	int client = kernel_client(raw_port), server = raw_server(), other;

	expect(read_message(server, &proposal) && proposal.bytes[4] == SMCW_PROPOSAL, "Proposal");
	other = raw_client();
	send_all(other, proposal.bytes, proposal.len);
	expect(read_message(other, &accept_message) && accept_message.bytes[4] == SMCW_ACCEPT,
	       "Accept");
	send_all(server, accept_message.bytes, accept_message.len);
	expect(read_message(server, &confirm) && confirm.bytes[4] == SMCW_CONFIRM, "Confirm");
	close(other);
	close(server);
	close(client);
}

/* A true connection, bytes there and back: whatever the others do, it works. */
static void witness(unsigned long after)
{
	char there[3000], back[sizeof(there)];
	struct sockaddr_in at = local(smc_port);
	int fd = socket(AF_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t got = 0;
	ssize_t n = 0;

	set_patience(fd, PATIENCE_MS);
	for (size_t i = 0; i < sizeof(there); i++)
		there[i] = (char)chance(256);
	if (fd < 0 || connect(fd, (void *)&at, sizeof(at)))
		err(1, "after %lu messages a true connection does not come about", after);
	send_all(fd, there, sizeof(there));
	while (got < sizeof(back) && (n = recv(fd, back + got, sizeof(back) - got, 0)) > 0)
		got += (size_t)n;
	if (got != sizeof(back) || memcmp(there, back, got))
		errx(1, "after %lu messages a true connection gives %zu wrong bytes (%s)", after,
		     got, n < 0 ? strerror(errno) : "EOF");
	close(fd);
}

/* ---- what is false ---- */

/*
 * So many that say nothing, for longer than anybody waits: another who speaks no SMC is served.
 * (All SYNs of this cgroup have the option, and with it the SYN-ACKs; so it is the server who
 * decides.)
 */
static void crowd(unsigned long n)
{
	const struct rlimit many = { n + 100, n + 100 };
	char hello[6] = "";

	if (setrlimit(RLIMIT_NOFILE, &many))
		err(2, "%lu open files", n);
	for (unsigned long i = 0; i < n; i++)
		raw_client();
	for (int i = 0; i < 3; i++) {
		int fd = raw_client();

		send_all(fd, "hello", 5);
		if (recv(fd, hello, 5, MSG_WAITALL) != 5 || strcmp(hello, "hello"))
			errx(1, "behind %lu silent peers nobody is served: %s", n, strerror(errno));
		close(fd);
	}
}

/* A Confirm that names the DMB which the kernel made for another connection: nobody would be there.
 */
static void confirm_of_another(void)
{
	int fd = raw_client(), another = raw_client();
	struct message m = confirm, answer;
	struct smcw_accept_smcd *to = (void *)(m.bytes + sizeof(struct smcw_clc_hdr));
	const struct smcw_accept_smcd *from = (void *)(answer.bytes + sizeof(struct smcw_clc_hdr));

	send_all(fd, proposal.bytes, proposal.len);
	send_all(another, proposal.bytes, proposal.len);
	if (!read_message(fd, &answer) || !read_message(another, &answer) ||
	    answer.bytes[4] != SMCW_ACCEPT)
		errx(1, "to a true Proposal there came no Accept");
	to->dmb_token = from->dmb_token;
	to->size = from->size;
	send_all(fd, m.bytes, m.len);
	set_patience(fd, 20000);
	if (recv(fd, answer.bytes, 1, 0) < 0 && errno == EAGAIN)
		errx(1, "the kernel's server takes the DMB of another connection for its client's");
	close(another);
	close(fd);
}

/* Lengths, counts and offsets are what a reader trips over, so values at edges are tried more
 * often. */
static void mutate(struct message *m)
{
	static const uint8_t edges[] = { 0, 1, 2, 7, 8, 9, 0x7f, 0x80, 0xfe, 0xff };

	for (uint64_t n = 1 + chance(4); n; n--) {
		size_t at = chance(m->len);

		switch (chance(6)) {
		case 0:
			m->bytes[at] ^= (uint8_t)(1 << chance(8));
			break;
		case 1:
			m->bytes[at] = edges[chance(sizeof(edges))];
			break;
		case 2: /* the length of all */
			at = 5;
			m->bytes[at] = (uint8_t)(chance(2) ? 0 : chance(256));
			m->bytes[at + 1] = (uint8_t)chance(256);
			break;
		case 3:
			m->len = 1 + chance(m->len);
			break;
		case 4: /* longer, and it says so or not */
			at = m->len;
			m->len += 1 + chance(MESSAGE_MAX - m->len);
			for (; at < m->len; at++)
				m->bytes[at] = (uint8_t)chance(256);
			if (chance(2)) {
				m->bytes[5] = (uint8_t)(m->len >> 8);
				m->bytes[6] = (uint8_t)m->len;
			}
			break;
		default:
			m->bytes[at] = (uint8_t)chance(256);
		}
		if (m->len < 8)
			break;
	}
}

static void send_strangely(int fd, const struct message *m)
{
	size_t part;

	switch (chance(8)) {
	case 0: /* a byte at a time */
		for (size_t i = 0; i < m->len && i < 60; i++)
			send_all(fd, m->bytes + i, 1);
		if (m->len > 60)
			send_all(fd, m->bytes + 60, m->len - 60);
		break;
	case 1: /* not all of it */
		send_all(fd, m->bytes, chance(m->len));
		break;
	case 2: /* with data right behind, which are nobody's yet */
		send_all(fd, m->bytes, m->len);
		send_all(fd, proposal.bytes, proposal.len);
		break;
	case 3:
		part = chance(m->len);
		send_all(fd, m->bytes, part);
		usleep(2000);
		send_all(fd, m->bytes + part, m->len - part);
		break;
	default:
		send_all(fd, m->bytes, m->len);
	}
}

static void look_at_answer(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct message m;

	if (poll(&p, 1, 20) != 1) {
		answers[0]++;
		return;
	}
	set_patience(fd, 100);
	if (read_message(fd, &m))
		answers[m.bytes[4] < 6 ? m.bytes[4] : 6]++;
	else
		answers[7]++;
}

static void leave(int fd)
{
	struct linger at_once = { .l_onoff = 1 };
	unsigned int place;

	switch (chance(5)) {
	case 0:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		break;
	case 1:
		shutdown(fd, SHUT_WR);
		look_at_answer(fd);
		break;
	case 2: /* half-open, until its place is needed */
		place = (unsigned int)chance(KEPT);
		if (kept[place])
			close(kept[place]);
		kept[place] = fd;
		return;
	default:
		look_at_answer(fd);
	}
	close(fd);
}

static void false_proposal(void)
{
	struct message m = proposal;
	int fd = raw_client();

	mutate(&m);
	send_strangely(fd, &m);
	leave(fd);
}

static void false_confirm(void)
{
	struct message m = confirm, answer;
	int fd = raw_client();

	send_all(fd, proposal.bytes, proposal.len);
	if (!read_message(fd, &answer) || answer.bytes[4] != SMCW_ACCEPT)
		errx(1, "to a true Proposal there came no Accept");
	mutate(&m);
	send_strangely(fd, &m);
	leave(fd);
}

static void false_accept(void)
{
	struct message m = accept_message, ask;
	int client = kernel_client(raw_port), fd = raw_server();

	if (!read_message(fd, &ask) || ask.bytes[4] != SMCW_PROPOSAL)
		errx(1, "the kernel's client sends no Proposal");
	mutate(&m);
	send_strangely(fd, &m);
	leave(fd);
	close(client);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (*end || end == text)
		errx(2, "'%s' is not a number", text);
	return n;
}

static void send_falsehoods(unsigned long messages)
{
	static void (*const roles[])(void) = { false_proposal, false_confirm, false_accept };

	for (unsigned long i = 0; i < messages; i++) {
		unsigned int role = (unsigned int)chance(3);

		roles[role]();
		sent[role]++;
		if (i % 250 == 0)
			witness(i);
	}
	for (unsigned int i = 0; i < KEPT; i++)
		if (kept[i])
			close(kept[i]);
	witness(messages);
}

int main(int argc, char **argv)
{
	const struct smcw_tcp_option smc = { .kind = SMCW_TCPOPT_EXP,
					     .length = sizeof(smc),
					     .magic = htonl(SMCW_EYE_SMCR) };
	struct rawpeer_option option = { .len = sizeof(smc) };
	unsigned long messages = 10000, silent = 0;
	const char *doing;
	struct tap tap;
	pid_t server;
	int error;

	state = 1;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--messages"))
			messages = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--crowd"))
			silent = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--seed"))
			state = number(argv[i + 1]);
		else
			errx(2, "unknown option %s", argv[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	if (!silent)
		printf("hostile: %lu messages, seed %" PRIu64 "\n", messages, state);
	fflush(stdout);
	server = start_server();
	memcpy(option.bytes, &smc, sizeof(smc));
	error = tap_open(&tap, &option, &doing);
	if (error)
		errx(2, "%s: %s", doing, strerror(-error));
	raw_listener = raw_listen("127.0.0.1", "0", &raw_port);
	if (raw_listener < 0)
		errx(2, "a socket that listens: %s", strerror(-raw_listener));
	if (silent) {
		crowd(silent);
		kill(server, SIGKILL);
		return 0;
	}
	learn();
	/* net/smc would take it, and wait for ever. */
	if (!access("/sys/module/smcx", F_OK))
		confirm_of_another();
	send_falsehoods(messages);
	printf("hostile: sent proposals=%lu confirms=%lu accepts=%lu; answers none=%lu "
	       "proposal=%lu accept=%lu "
	       "confirm=%lu decline=%lu other=%lu eof=%lu\n",
	       sent[0], sent[1], sent[2], answers[0], answers[1], answers[2], answers[3],
	       answers[4], answers[5] + answers[6], answers[7]);
	tap_close(&tap);
	kill(server, SIGKILL);
	return 0;
}
