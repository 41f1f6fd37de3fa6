// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-rawpeer: the steps a user writes, read and executed. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rawpeer.h"
#include "smc_wire.h"

enum {
	ARGS_MAX = 2,
	RECV_MAX = 1 << 20,
};

/* A kind of step. .args: 'n' a number, 'h' hexadecimal bytes, 's' a string. */
struct step_kind {
	const char *name, *args;
	int (*run)(struct stepper *stepper, char **args);
};

static int wait_for(const struct stepper *stepper, short events, int ms)
{
	struct pollfd poller = { .fd = stepper->fd, .events = events };
	int n = poll(&poller, 1, ms);

	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static bool is_reset(int err)
{
	return err == -ECONNRESET || err == -EPIPE;
}

/* Return: bytes received, 0 for EOF, or -errno. */
static ssize_t rawpeer_step_receive(const struct stepper *stepper, uint8_t *buf, size_t len)
{
	int err = wait_for(stepper, POLLIN, stepper->timeout_ms);
	ssize_t n;

	if (err)
		return err;
	n = recv(stepper->fd, buf, len, 0);
	return n < 0 ? -errno : n;
}

/* Bytes received before an error are shown: the user needs them then. */
static int receive_all(struct stepper *stepper, uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = rawpeer_step_receive(stepper, buf + done, len - done);

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (done)
			hex_print("partial", buf, done);
		stepper->detail =
			n ? is_reset((int)n) ? "reset by the peer" : NULL : "EOF from the peer";
		return stepper->detail ? RAW_UNEXPECTED : (int)n;
	}
	return 0;
}

static int rawpeer_step_transmit(struct stepper *stepper, const uint8_t *data, size_t len,
				 size_t cut)
{
	size_t done = 0;

	while (done < len) {
		size_t room = len - done < cut ? len - done : cut;
		int err = wait_for(stepper, POLLOUT, stepper->timeout_ms);
		ssize_t n;

		if (err)
			return err;
		n = send(stepper->fd, data + done, room, MSG_NOSIGNAL);
		if (n < 0 && is_reset(-errno)) {
			stepper->detail = "reset by the peer";
			return RAW_UNEXPECTED;
		}
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

static int send_hex(struct stepper *stepper, const char *text, size_t cut)
{
	_cleanup_bytes_ struct bytes bytes = { 0 };
	int err = hex_parse(text, &bytes);

	if (err == -EINVAL)
		stepper->detail = "not hexadecimal";
	return err ? err : rawpeer_step_transmit(stepper, bytes.data, bytes.len, cut);
}

static int step_send(struct stepper *stepper, char **args)
{
	return send_hex(stepper, args[0], SIZE_MAX);
}

static int step_send_cut(struct stepper *stepper, char **args)
{
	const int one = 1;

	if (setsockopt(stepper->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		return -errno;
	return send_hex(stepper, args[1], strtoul(args[0], NULL, 0));
}

static int step_text(struct stepper *stepper, char **args)
{
	return rawpeer_step_transmit(stepper, (const uint8_t *)args[0], strlen(args[0]), SIZE_MAX);
}

static int receive_print(struct stepper *stepper, uint8_t *buf, size_t len)
{
	int ret = receive_all(stepper, buf, len);

	if (!ret)
		hex_print("recv", buf, len);
	return ret;
}

static int step_recv(struct stepper *stepper, char **args)
{
	size_t len = strtoul(args[0], NULL, 0);
	uint8_t *buf = malloc(len + 1);
	int ret = buf ? receive_print(stepper, buf, len) : -ENOMEM;

	free(buf);
	return ret;
}

/* One CLC message: the header has the length of the whole. */
static int step_recv_clc(struct stepper *stepper, char **args)
{
	static uint8_t buf[UINT16_MAX];
	struct smcw_clc_hdr hdr;
	size_t len;
	int ret = receive_all(stepper, buf, sizeof(hdr));

	(void)args;
	if (ret)
		return ret;
	memcpy(&hdr, buf, sizeof(hdr));
	len = ntohs(hdr.length);
	if (len < sizeof(hdr)) {
		hex_print("partial", buf, sizeof(hdr));
		stepper->detail = "the length field is less than the header";
		return RAW_UNEXPECTED;
	}
	ret = receive_all(stepper, buf + sizeof(hdr), len - sizeof(hdr));
	if (ret)
		hex_print("partial", buf, sizeof(hdr));
	else
		hex_print("recv-clc", buf, len);
	return ret;
}

static int step_recv_any(struct stepper *stepper, char **args)
{
	static uint8_t buf[65536];
	ssize_t n = rawpeer_step_receive(stepper, buf, sizeof(buf));

	(void)args;
	if (n > 0)
		hex_print("recv", buf, (size_t)n);
	else if (!n || is_reset((int)n))
		puts(n ? "reset" : "eof");
	return n > 0 || !n || is_reset((int)n) ? 0 : (int)n;
}

/* The end of the connection: bytes that come instead of the wanted end are shown. */
static int expect_end(struct stepper *stepper, bool want_reset)
{
	static uint8_t buf[65536];
	ssize_t n = rawpeer_step_receive(stepper, buf, sizeof(buf));

	if (n > 0) {
		hex_print("partial", buf, (size_t)n);
		stepper->detail = "bytes from the peer";
		return RAW_UNEXPECTED;
	}
	if (n && !is_reset((int)n))
		return (int)n;
	puts(n ? "reset" : "eof");
	stepper->detail = n ? "reset by the peer" : "EOF from the peer";
	return (n != 0) == want_reset ? 0 : RAW_UNEXPECTED;
}

static int step_eof(struct stepper *stepper, char **args)
{
	(void)args;
	return expect_end(stepper, false);
}

static int step_expect_reset(struct stepper *stepper, char **args)
{
	(void)args;
	return expect_end(stepper, true);
}

static int step_silence(struct stepper *stepper, char **args)
{
	int err = wait_for(stepper, POLLIN, atoi(args[0]));

	if (err == -ETIMEDOUT) {
		puts("silence");
		return 0;
	}
	if (err)
		return err;
	stepper->detail = "the peer did something";
	return RAW_UNEXPECTED;
}

static int step_sleep(struct stepper *stepper, char **args)
{
	long ms = atol(args[0]);
	const struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	(void)stepper;
	return nanosleep(&pause, NULL) ? -errno : 0;
}

static int step_shutdown(struct stepper *stepper, char **args)
{
	(void)args;
	return shutdown(stepper->fd, SHUT_WR) ? -errno : 0;
}

static int step_close(struct stepper *stepper, char **args)
{
	int err = close(stepper->fd) ? -errno : 0;

	(void)args;
	stepper->fd = -1;
	return err;
}

static int step_reset(struct stepper *stepper, char **args)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(stepper->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
		return -errno;
	return step_close(stepper, args);
}

static const struct step_kind kinds[] = {
	{ "send", "h", step_send },	   { "send-cut", "nh", step_send_cut },
	{ "text", "s", step_text },	   { "recv", "n", step_recv },
	{ "recv-clc", "", step_recv_clc }, { "recv-any", "", step_recv_any },
	{ "eof", "", step_eof },	   { "expect-reset", "", step_expect_reset },
	{ "silence", "n", step_silence },  { "sleep", "n", step_sleep },
	{ "shutdown", "", step_shutdown }, { "close", "", step_close },
	{ "reset", "", step_reset },
};

/**
 * step_help - the steps, for --help
 */
const char *step_help(void)
{
	return "Steps, executed in order; without any, standard input has them, one a line:\n"
	       "  send HEX         send bytes\n"
	       "  send-cut N HEX   send bytes, N of them a segment\n"
	       "  text STRING      send a text\n"
	       "  recv N           receive N bytes\n"
	       "  recv-clc         receive a CLC message, as long as its header says\n"
	       "  recv-any         receive what comes first: bytes, EOF or a reset\n"
	       "  eof              the peer has to send EOF, and no byte before it\n"
	       "  expect-reset     the peer has to reset the connection\n"
	       "  silence MS       the peer has to do nothing for this time\n"
	       "  sleep MS         do nothing for this time\n"
	       "  shutdown         send EOF\n"
	       "  close            close the connection\n"
	       "  reset            reset the connection\n"
	       "HEX may have blanks and colons in it; @FILE takes it from a file, @raw:FILE\n"
	       "takes the file's bytes as they are. Received messages are printed, a line each.";
}

static const struct step_kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static bool is_count(const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 0);
	return !errno && !*end && end != text && *text != '-' && value <= RECV_MAX;
}

static bool args_fit(const struct step_kind *kind, char **args, size_t n)
{
	size_t i;

	if (n < strlen(kind->args))
		return false;
	for (i = 0; kind->args[i]; i++)
		if (kind->args[i] == 'n' && !is_count(args[i]))
			return false;
	return !(kind->args[0] == 'n' && kind->args[1] && !strtoul(args[0], NULL, 0));
}

/**
 * step_check_args - are these steps?
 * @args: words
 * @n: how many
 * @bad: set to the first word that is not as it should be
 *
 * Return: 0 or -EINVAL.
 */
int step_check_args(char **args, size_t n, const char **bad)
{
	size_t i = 0;

	while (i < n) {
		const struct step_kind *kind = find_kind(args[i]);

		*bad = args[i++];
		if (!kind || !args_fit(kind, args + i, n - i))
			return -EINVAL;
		i += strlen(kind->args);
	}
	return 0;
}

static int run_step(struct stepper *stepper, const struct step_kind *kind, char **args)
{
	int ret;

	stepper->step = kind->name;
	stepper->detail = NULL;
	if (stepper->fd < 0 && kind->run != step_sleep)
		return -ENOTCONN;
	ret = kind->run(stepper, args);
	fflush(stdout);
	return ret;
}

/**
 * step_run_args - execute steps
 * @stepper: the connection
 * @args: the steps, as step_check_args() has found them good
 * @n: how many words
 *
 * Return: 0, a verdict, or -errno.
 */
int step_run_args(struct stepper *stepper, char **args, size_t n)
{
	size_t i = 0;
	int ret = 0;

	while (i < n && !ret) {
		const struct step_kind *kind = find_kind(args[i]);

		ret = run_step(stepper, kind, args + i + 1);
		i += 1 + strlen(kind->args);
	}
	return ret;
}

/* Cuts a word off the text; NULL if there is none. */
static char *cut_word(char **text)
{
	char *word = *text + strspn(*text, " \t");

	*text = word + strcspn(word, " \t");
	if (**text)
		*(*text)++ = '\0';
	return *word ? word : NULL;
}

/* The last argument is the rest of the line: hexadecimal and texts may have blanks in them. */
static size_t split_line(char *line, char *words[1 + ARGS_MAX])
{
	const struct step_kind *kind;
	size_t n = 0, wanted;

	words[0] = cut_word(&line);
	if (!words[0] || words[0][0] == '#')
		return 0;
	kind = find_kind(words[n++]);
	wanted = kind ? strlen(kind->args) : 0;
	while (n < wanted && (words[n] = cut_word(&line)))
		n++;
	line += strspn(line, " \t");
	if (*line)
		words[n++] = line;
	return n;
}

static int run_line(struct stepper *stepper, char *line)
{
	char *words[1 + ARGS_MAX];
	const char *bad;
	size_t n;

	line[strcspn(line, "\r\n")] = '\0';
	n = split_line(line, words);
	if (!n)
		return 0;
	if (!step_check_args(words, n, &bad))
		return step_run_args(stepper, words, n);
	stepper->step = "line";
	stepper->detail = "no such step, or not its arguments";
	return RAW_USAGE;
}

/**
 * step_run_file - execute steps as they are read, one a line
 * @stepper: the connection
 * @file: a FILE; blank lines and lines that begin with '#' are skipped
 *
 * Return: 0 at the end of the file, a verdict, or -errno.
 */
int step_run_file(struct stepper *stepper, void *file)
{
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	while (!ret && getline(&line, &size, file) >= 0)
		ret = run_line(stepper, line);
	free(line);
	return ret;
}
