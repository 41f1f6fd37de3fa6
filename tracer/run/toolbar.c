// SPDX-License-Identifier: GPL-2.0-or-later
/* See toolbar.h. */
#include "toolbar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "smc_codec.h"

#define HEAD 6 /* 'T', length, control, command; the length counts from the control on */

enum command {
	COMMAND_INITIALIZED = 0,
	COMMAND_SET = 1,
	COMMAND_ADD = 2,
	COMMAND_STATUS = 6,
	COMMAND_INFORMATION = 7,
};

#define CLC SMCW_CLASS_CLC
#define LLC SMCW_CLASS_LLC
#define CDC SMCW_CLASS_CDC
#define LIFE SMCW_CLASS_LIFE
#define KIND(name) SMCW_KIND_BIT(SMCW_EV_##name)

/* Kinds by their classes, or by themselves. */
static const struct {
	unsigned int classes;
	__u64 kinds;
	const char *text;
} choices[] = {
	{ 0, ~0ull, "All" },
	{ CLC | LLC | LIFE, 0, "All but CDC" },
	{ CLC | LIFE, 0, "Handshakes, connections, fallbacks" },
	{ CLC, 0, "CLC messages" },
	{ LLC, 0, "LLC messages" },
	{ CDC, 0, "CDC messages" },
	{ LIFE, 0, "What happens without a message" },
	{ 0, KIND(FALLBACK) | KIND(CLC_FAILED), "Fallbacks and failures" },
};

#define CHOICES (sizeof(choices) / sizeof(choices[0]))

static __u64 kinds_of(unsigned long choice)
{
	return smcw_kinds_of(choices[choice].classes) | choices[choice].kinds;
}

void toolbar_describe(FILE *out)
{
	static const char *const sentences[] = {
#define SENTENCE(name, sentence) sentence,
		TOOLBAR_CONTROLS(SENTENCE)
#undef SENTENCE
	};

	for (size_t i = 0; i < TOOLBAR_COUNT; i++)
		fprintf(out, "control {number=%zu}%s\n", i, sentences[i]);
	for (size_t i = 0; i < CHOICES; i++)
		fprintf(out, "value {control=%d}{value=%zu}{display=%s}{default=%s}\n",
			TOOLBAR_KINDS, i, choices[i].text, i ? "false" : "true");
}

/* Open for both ways, so that neither opening nor writing depends on the other end. */
static int open_pipe(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) : -1;
	struct stat st;

	if (!path)
		return -1;
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISFIFO(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int toolbar_open(struct toolbar *t, const char *in, const char *out)
{
	*t = (struct toolbar){ .in = -1, .out = -1, .wanted_kinds = ~0ull };
	if (!in || !out)
		return 0;
	t->in = open_pipe(in);
	t->out = t->in < 0 ? t->in : open_pipe(out);
	if (t->out >= 0)
		return 0;
	if (t->in >= 0)
		close(t->in);
	t->in = -1;
	return t->out;
}

void toolbar_close(struct toolbar *t)
{
	if (t->in >= 0)
		close(t->in);
	if (t->out >= 0)
		close(t->out);
	t->in = t->out = -1;
}

/* ---- what Wireshark says ------------------------------------------------------------------ */

static size_t length_of(const struct toolbar *t)
{
	return (size_t)t->head[1] << 16 | (size_t)t->head[2] << 8 | t->head[3];
}

/* How many bytes the message has, as far as its head is there; a short length is a head alone. */
static size_t toolbar_whole(const struct toolbar *t)
{
	size_t length = t->got < HEAD ? 0 : length_of(t);

	return length > 2 ? HEAD - 2 + length : HEAD;
}

/* The value as a number up to @max; if it is none that is said, and all stays as it is. */
static bool toolbar_number(struct toolbar *t, unsigned long max, unsigned long *v)
{
	size_t digits = strspn(t->value, "0123456789");

	*v = digits && digits < 10 && !t->value[digits] ? strtoul(t->value, NULL, 10) : max + 1;
	t->refused |= *v > max;
	return *v <= max;
}

static bool set_kinds(struct toolbar *t)
{
	unsigned long choice;

	if (!toolbar_number(t, CHOICES - 1, &choice) || kinds_of(choice) == t->wanted_kinds)
		return false;
	t->wanted_kinds = kinds_of(choice);
	return true;
}

static bool set_port(struct toolbar *t)
{
	unsigned long port = 0;

	if ((*t->value && !toolbar_number(t, 65535, &port)) || port == t->wanted_port)
		return false;
	t->wanted_port = (__u16)port;
	return true;
}

static bool toolbar_obey(struct toolbar *t)
{
	unsigned int control = t->head[4], command = t->head[5];
	size_t n = toolbar_whole(t) - HEAD;

	if (n > TOOLBAR_VALUE_MAX) /* nothing that we ask for is so long */
		strcpy(t->value, "?");
	else
		t->value[n] = '\0';
	if (command != COMMAND_SET)
		return false;
	switch (control) {
	case TOOLBAR_KINDS:
		return set_kinds(t);
	case TOOLBAR_PORT:
		return set_port(t);
	case TOOLBAR_OBSERVED:
		t->asked = true;
		return false;
	default:
		return false;
	}
}

/* Bytes are skipped up to where a message begins. */
static bool take_byte(struct toolbar *t, unsigned char byte)
{
	bool changed;

	if (t->got < HEAD)
		t->head[t->got] = byte;
	else if (t->got - HEAD < TOOLBAR_VALUE_MAX)
		t->value[t->got - HEAD] = (char)byte;
	if (t->head[0] != 'T')
		return false;
	if (++t->got < HEAD || t->got < toolbar_whole(t))
		return false;
	changed = toolbar_obey(t);
	t->got = 0;
	return changed;
}

bool toolbar_read(struct toolbar *t)
{
	unsigned char bytes[256];
	bool changed = false;
	ssize_t n;

	if (t->in < 0)
		return false;
	n = read(t->in, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < n; i++)
		changed |= take_byte(t, bytes[i]);
	return changed;
}

/* ---- what we say ---------------------------------------------------------------------------- */

/* Whole or not at all: a pipe takes PIPE_BUF bytes at once, or none. */
static void toolbar_say(const struct toolbar *t, enum toolbar_control control, enum command command,
			const char *text)
{
	unsigned char message[512];
	size_t n = strlen(text), length;

	if (n > sizeof(message) - HEAD)
		n = sizeof(message) - HEAD;
	length = n + 2;
	message[0] = 'T';
	message[1] = 0;
	message[2] = (unsigned char)(length >> 8);
	message[3] = (unsigned char)length;
	message[4] = (unsigned char)control;
	message[5] = (unsigned char)command;
	memcpy(message + HEAD, text, n);
	if (write(t->out, message, HEAD + n) < 0)
		return; /* nobody reads them: they are not waited for */
}

void toolbar_tell(struct toolbar *t, unsigned long long lost, const char *observed)
{
	char text[80];

	if (t->out < 0)
		return;
	if (lost != t->lost) {
		snprintf(text, sizeof(text), "smc-trace: %llu events lost", lost);
		toolbar_say(t, 0, COMMAND_STATUS, text);
		strcat(text, "\n");
		toolbar_say(t, TOOLBAR_LOG, COMMAND_ADD, text);
		t->lost = lost;
	}
	if (t->refused)
		toolbar_say(t, 0, COMMAND_STATUS, "smc-trace: a port is a number up to 65535");
	if (t->asked)
		toolbar_say(t, TOOLBAR_OBSERVED, COMMAND_INFORMATION, observed);
	t->asked = t->refused = false;
}
