// SPDX-License-Identifier: GPL-2.0-or-later
/* See requests.h. */
#include "requests.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cgroups.h"
#include "base/files.h"

enum request {
	REQUEST_FILE = 'F',
	REQUEST_METRICS = 'M',
	REQUEST_METRICS_END = 'E',
	REQUEST_OWNER = 'O',
};

struct file_request {
	__s64 opened;
	__u32 size_turn;
};

struct owner_request {
	__u64 cgroup;
	__u32 pid;
};

/* Each answer begins with it; a name may follow. */
struct answer {
	__s32 err;
	char text[];
};

#define TEXT_AT offsetof(struct answer, text)

/* ---- the keeper's side ---------------------------------------------------------------- */

static void requests_answer(struct server *s, char letter, int err, const char *text, int fd)
{
	char data[TEXT_AT + PATH_MAX] = { 0 };
	__s32 code = err;
	size_t len = text ? strnlen(text, PATH_MAX - 1) : 0;

	memcpy(data, &code, sizeof(code));
	if (len)
		memcpy(data + TEXT_AT, text, len);
	channel_send(s->sock, letter, data, TEXT_AT + len + 1, fd);
}

static void serve_file(struct server *s, const struct channel_message *m)
{
	char name[PATH_MAX], used[PATH_MAX] = "";
	struct file_request r;
	int fd = -EINVAL;

	if (m->len == sizeof(r) && s->o->output.path) {
		memcpy(&r, m->data, sizeof(r));
		fd = output_file_name(&s->o->output, (time_t)r.opened, r.size_turn, name);
		if (!fd)
			fd = files_open(name, used);
		if (fd >= 0 && strcmp(name, used))
			fprintf(stderr,
				"smc-trace: %s is taken by somebody else's file, in a folder that "
				"others may write to: the trace goes to %s\n",
				name, used);
	}
	requests_answer(s, REQUEST_FILE, fd < 0 ? fd : 0, used, fd);
	if (fd >= 0)
		close(fd);
}

static void serve_metrics(struct server *s)
{
	int fd = s->o->metrics ? files_open_beside(s->o->metrics, s->temporary) : -EINVAL;

	if (fd < 0)
		*s->temporary = '\0';
	requests_answer(s, REQUEST_METRICS, fd < 0 ? fd : 0, NULL, fd);
	if (fd >= 0)
		close(fd);
}

static void serve_metrics_end(struct server *s, const struct channel_message *m)
{
	__s32 err = -EINVAL;

	if (m->len == sizeof(err))
		memcpy(&err, m->data, sizeof(err));
	if (*s->temporary)
		err = files_replace(s->temporary, s->o->metrics, err);
	*s->temporary = '\0';
	requests_answer(s, REQUEST_METRICS_END, err, NULL, -1);
}

/* Path, inner pid and host name, with an end of line between them. */
static void serve_owner(struct server *s, const struct channel_message *m)
{
	char path[SMCW_FACT_VALUE_LEN * 2], host[72] = "", text[sizeof(path) + sizeof(host) + 16];
	struct owner_request r = { 0 };
	int err = -EINVAL;
	__u32 inner = 0;

	*path = '\0';
	if (m->len == sizeof(r)) {
		memcpy(&r, m->data, sizeof(r));
		err = cgroups_path(r.cgroup, path, sizeof(path));
		inner = cgroups_inner_pid(r.pid);
		cgroups_host_name(r.pid, host, sizeof(host));
	}
	snprintf(text, sizeof(text), "%s\n%u\n%s", path, inner, host);
	requests_answer(s, REQUEST_OWNER, err, text, -1);
}

bool request_serve(struct server *s, const struct channel_message *m)
{
	if (m->fd >= 0)
		close(m->fd);
	switch (m->letter) {
	case REQUEST_FILE:
		serve_file(s, m);
		return true;
	case REQUEST_METRICS:
		serve_metrics(s);
		return true;
	case REQUEST_METRICS_END:
		serve_metrics_end(s, m);
		return true;
	case REQUEST_OWNER:
		serve_owner(s, m);
		return true;
	default:
		return false;
	}
}

/* ---- the reader's side ---------------------------------------------------------------- */

static int requests_keep(struct client *c, const struct channel_message *m)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 8;
		struct channel_message *more = realloc(c->waiting, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		c->waiting = more;
		c->cap = cap;
	}
	c->waiting[c->n++] = *m;
	return 0;
}

bool request_waits(const struct client *c)
{
	return c->n;
}

int request_receive(struct client *c, struct channel_message *m)
{
	if (!c->n)
		return channel_receive(c->sock, m);
	*m = c->waiting[0];
	memmove(c->waiting, c->waiting + 1, --c->n * sizeof(*m));
	return 1;
}

/* Asks and waits for the answer. Its error, 0, or -EPIPE if the keeper is gone. */
static int requests_ask(struct client *c, char letter, const void *data, size_t len,
			struct channel_message *m)
{
	int r = channel_send(c->sock, letter, data, len, -1);
	__s32 err;

	while (!r) {
		r = channel_receive(c->sock, m);
		if (r <= 0)
			return r ? r : -EPIPE;
		if (m->letter == letter && m->len > TEXT_AT) {
			m->data[m->len - 1] = '\0';
			memcpy(&err, m->data, sizeof(err));
			return err;
		}
		r = requests_keep(c, m);
	}
	return r;
}

int request_file(struct client *c, time_t opened, unsigned int size_turn, char *used)
{
	struct file_request request = { .opened = opened, .size_turn = size_turn };
	struct channel_message m;
	int err;

	memset(&m, 0, sizeof(m));
	m.fd = -1;
	err = requests_ask(c, REQUEST_FILE, &request, sizeof(request), &m);
	if (err)
		return err;
	snprintf(used, PATH_MAX, "%.*s", PATH_MAX - 1, m.data + TEXT_AT);
	return m.fd >= 0 ? m.fd : -EBADF;
}

int request_metrics(struct client *c)
{
	struct channel_message m = { .fd = -1 };
	int err = requests_ask(c, REQUEST_METRICS, NULL, 0, &m);

	return err ? err : m.fd >= 0 ? m.fd : -EBADF;
}

int request_metrics_end(struct client *c, int err)
{
	struct channel_message m = { .fd = -1 };
	__s32 code = err;

	return requests_ask(c, REQUEST_METRICS_END, &code, sizeof(code), &m);
}

int request_owner(struct client *c, __u64 cgroup, __u32 pid, struct facts *f)
{
	struct owner_request request = { .cgroup = cgroup, .pid = pid };
	struct channel_message m = { .fd = -1 };
	int err = requests_ask(c, REQUEST_OWNER, &request, sizeof(request), &m);
	char *path = m.data + TEXT_AT, *inner, *host, name[24];

	if (err == -EPIPE)
		return err;
	inner = strchr(path, '\n');
	host = inner ? strchr(inner + 1, '\n') : NULL;
	if (!host)
		return err;
	*inner++ = '\0';
	*host++ = '\0';
	snprintf(name, sizeof(name), "%llu", (unsigned long long)cgroup);
	if (*path)
		facts_add(f, SMCW_FACT_CGROUP, name, "%s", path);
	snprintf(name, sizeof(name), "%u", pid);
	if (strtoul(inner, NULL, 10) && strtoul(inner, NULL, 10) != pid)
		facts_add(f, SMCW_FACT_PROCESS, name, "%s", inner);
	if (*host)
		facts_add(f, SMCW_FACT_HOST_NAME, name, "%s", host);
	return 0;
}
