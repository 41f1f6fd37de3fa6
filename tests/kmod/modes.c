// SPDX-License-Identifier: GPL-2.0-or-later
/* See modes.h; and the words of semantics.h. */
#include "modes.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "semantics.h"

/* Loading a module, which a failing TCP_ULP tries, takes seconds on a debug kernel. */
#define PATIENCE_MS 120000

const struct mode modes[MODES] = {
	{ "tcp", 0, 0 },
	{ "smcd", IPPROTO_SMC, IPPROTO_SMC },
	{ "client", IPPROTO_SMC, 0 },
	{ "server", 0, IPPROTO_SMC },
};

char bytes[BYTES];
int client, server, listener;
const struct mode *mode;
static char outcome[DIFFERENCE_MAX];

/* ---- what came of it ---- */

void say(const char *format, ...)
{
	size_t len = strlen(outcome);
	va_list args;

	va_start(args, format);
	vsnprintf(outcome + len, sizeof(outcome) - len, format, args);
	va_end(args);
}

static void said_text(const char *what, const char *text)
{
	say("%s%s=%s", *outcome ? " " : "", what, text);
}

void said(const char *what, long result)
{
	char number[24];

	snprintf(number, sizeof(number), "%ld", result);
	said_text(what, result < 0 ? strerrorname_np(errno) : number);
}

void said_poll(const char *what, int fd)
{
	static const struct {
		short event;
		char letter;
	} events[] = { { POLLIN, 'I' },	   { POLLOUT, 'O' }, { POLLPRI, 'P' },
		       { POLLRDHUP, 'R' }, { POLLHUP, 'H' }, { POLLERR, 'E' } };
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	char text[8] = "", *end = text;

	poll(&p, 1, 0);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (p.revents & events[i].event)
			*end++ = events[i].letter;
	said_text(what, text);
}

void said_time(const char *what, double since, int bound_ms)
{
	said_text(what, (now() - since) * 1000 > bound_ms ? "long" : "short");
}

void said_bytes(const char *what, long n)
{
	if (n < 0)
		said(what, n);
	else
		say("%s%s='%.*s'", *outcome ? " " : "", what, (int)n, bytes);
}

/* ---- sockets ---- */

int client_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, mode->client);
}

int server_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, mode->server);
}

struct sockaddr_in name_of(int fd)
{
	struct sockaddr_in at = { 0 };
	socklen_t len = sizeof(at);

	getsockname(fd, (void *)&at, &len);
	return at;
}

int connect_to(int fd, const struct sockaddr_in *at)
{
	return connect(fd, (const void *)at, sizeof(*at));
}

static int listening_on(int fd, int backlog, in_addr_t address)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };

	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (void *)&at, sizeof(at)) || listen(fd, backlog))
		say("no listener: %s", strerrorname_np(errno));
	return fd;
}

int listening(int fd, int backlog)
{
	return listening_on(fd, backlog, INADDR_LOOPBACK);
}

static void pair_up_on(in_addr_t address)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };

	listener = listening_on(server_socket(), 5, address);
	client = client_socket();
	if (address != INADDR_LOOPBACK && bind(client, (void *)&at, sizeof(at)))
		say("no address: %s", strerrorname_np(errno));
	at = name_of(listener);
	if (connect_to(client, &at))
		say("no connection: %s", strerrorname_np(errno));
	server = accept(listener, NULL, NULL);
	if (server < 0)
		say("not accepted: %s", strerrorname_np(errno));
}

void pair_up(void)
{
	pair_up_on(INADDR_LOOPBACK);
}

void pair_up_alone(void)
{
	/* 127.128.0.0/9 */
	pair_up_on((in_addr_t)127 << 24 | 1 << 23 | (getpid() & 0x7fffff));
}

void reset(int fd)
{
	struct linger linger = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

long recv_now(int fd, size_t len, int flags)
{
	memset(bytes, 0, 64);
	return recv(fd, bytes, len, flags | MSG_DONTWAIT);
}

int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

void set_time(int fd, int name, int ms)
{
	struct timeval t = { ms / 1000, ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, name, &t, sizeof(t));
}

int option(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

int number_by_ioctl(int fd, unsigned long request)
{
	int value = 0;

	return ioctl(fd, request, &value) ? -errno : value;
}

void nap(int ms)
{
	usleep((useconds_t)ms * 1000);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- processes ---- */

struct run {
	pid_t pid;
	int pipe;
};

static void on_alarm(int signal)
{
	(void)signal;
}

static void begin(struct run *run, void (*call)(const void *), const void *with)
{
	int pipes[2];

	if (pipe(pipes))
		err(2, "no pipe");
	fflush(stdout);
	run->pid = fork();
	if (run->pid < 0)
		err(2, "no process");
	run->pipe = pipes[0];
	if (run->pid) {
		close(pipes[1]);
		return;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, on_alarm);
	call(with);
	_exit(write(pipes[1], outcome, strlen(outcome)) < 0);
}

static void finish(struct run *run, double until, char *told)
{
	struct pollfd p = { .fd = run->pipe, .events = POLLIN };
	int left = (int)((until - now()) * 1000);
	ssize_t n = 0;

	if (poll(&p, 1, left > 0 ? left : 0) > 0)
		n = read(run->pipe, told, DIFFERENCE_MAX - 1);
	told[n > 0 ? n : 0] = '\0';
	if (n <= 0) {
		strcpy(told, DIFFERENCE_HUNG);
		kill(run->pid, SIGKILL);
	}
	waitpid(run->pid, NULL, 0);
	close(run->pipe);
}

void modes_run(void (*run)(const void *with), const void *with,
	       char outcomes[MODES][DIFFERENCE_MAX])
{
	double until = now() + PATIENCE_MS / 1e3;
	struct run runs[MODES];

	for (int i = 0; i < MODES; i++) {
		mode = &modes[i];
		begin(&runs[i], run, with);
	}
	for (int i = 0; i < MODES; i++)
		finish(&runs[i], until, outcomes[i]);
}
