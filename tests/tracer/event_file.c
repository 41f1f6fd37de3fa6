// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sample events as a file, or as seeds for fuzz_events:
 *
 *	event_file FILE.pcapng
 *	event_file --seeds DIRECTORY
 *	event_file --many N FILE.pcapng: N connections, whose numbers have one remainder, that do
 *not end, and N fallbacks of as many processes
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "record/pcapng.h"

static const struct pcapng_meta meta = { .version = "0.1.0",
					 .kernel = "6.12.0-test",
					 .command = "smc-trace -w events.pcapng" };

/* A file of the first @n events behind the bytes of @head. */
static int write_file(const char *path, const char *head, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	char line[EVENT_LINE_MAX];
	struct pcapng *p;
	union event e;
	size_t i;

	if (fd < 0 || write(fd, head, strlen(head)) < 0 || pcapng_open(fd, &meta, &p)) {
		perror(path);
		return 1;
	}
	for (i = 0; i < n; i++) {
		event_make(i, &e);
		pcapng_event(p, &e.ev, event_line(&e.ev, line));
	}
	return pcapng_close(p) || close(fd);
}

/* The ways of fuzz_events: 0 an event, 1 a packet, here one with the least of tags; 2 a file. */
static int write_seed(const char *dir, size_t number, const void *head, size_t head_len,
		      const union event *e, size_t len)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%zu-%s", dir, number, head_len > 1 ? "packet" : "event");
	out = fopen(path, "wb");
	if (!out || fwrite(head, 1, head_len, out) != head_len || fwrite(e, 1, len, out) != len ||
	    fclose(out)) {
		perror(path);
		return 1;
	}
	return 0;
}

static int write_seeds(const char *dir)
{
	static const char tags[] = "\1\0\14\0\14smcx.event\0\0\0\0\0";
	char path[4096];
	union event e;
	size_t i, len;

	snprintf(path, sizeof(path), "%s/file", dir);
	if (write_file(path, "\2", 2))
		return 1;
	for (i = 0; i < events_n(); i++) {
		len = event_make(i, &e);
		if (write_seed(dir, i, "", 1, &e, len) ||
		    write_seed(dir, i, tags, sizeof(tags), &e, len))
			return 1;
	}
	return 0;
}

static void make_many(unsigned int i, int fallback, union event *e)
{
	static const __u8 local[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
	size_t len = fallback ? sizeof(struct smcw_ev_fallback) : sizeof(struct smcw_ev_conn);

	memset(e, 0, sizeof(*e));
	e->ev.version = SMCW_EVENT_VERSION;
	e->ev.kind = fallback ? SMCW_EV_FALLBACK : SMCW_EV_CONN_NEW;
	e->ev.role = SMCW_ROLE_CLIENT;
	smcw_put16(&e->ev.length, (__u16)len);
	smcw_put16(&e->ev.original, (__u16)len);
	smcw_put64(&e->ev.time, i);
	smcw_put64(&e->ev.sock, 2 * (__u64)i + (__u64)fallback);
	smcw_put32(&e->ev.pid, i);
	smcw_put32(&e->ev.conn, fallback ? 0 : i * 1024);
	memcpy(e->ev.peer, local, sizeof(local));
	smcw_put16(&e->ev.peer_port, 80);
	if (fallback)
		smcw_put32(e->bytes + sizeof(e->ev), SMCW_DECL_PEERNOSMC);
}

static int write_many(unsigned int n, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	struct pcapng *p;
	union event e;

	if (fd < 0 || pcapng_open(fd, &meta, &p)) {
		perror(path);
		return 1;
	}
	for (unsigned int i = 1; i <= 2 * n; i++) {
		make_many(i, i > n, &e);
		pcapng_event(p, &e.ev, "");
	}
	return pcapng_close(p) || close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--many"))
		return write_many((unsigned int)strtoul(argv[2], NULL, 10), argv[3]);
	if (argc == 2)
		return write_file(argv[1], "", events_n());
	if (argc == 3 && !strcmp(argv[1], "--seeds"))
		return write_seeds(argv[2]);
	fprintf(stderr, "Usage: event_file FILE | --many N FILE | --seeds DIRECTORY\n");
	return 2;
}
