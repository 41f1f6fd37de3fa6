// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sample events as a file, or as seeds for fuzz_events:
 *
 *	event_file FILE.pcapng
 *	event_file --seeds DIRECTORY
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "pcapng.h"

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

int main(int argc, char **argv)
{
	if (argc == 2)
		return write_file(argv[1], "", events_n());
	if (argc == 3 && !strcmp(argv[1], "--seeds"))
		return write_seeds(argv[2]);
	fprintf(stderr, "Usage: event_file FILE | --seeds DIRECTORY\n");
	return 2;
}
