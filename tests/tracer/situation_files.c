// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The situations of situations.c as traces: FOLDER/NAME.pcapng each.
 *
 *	situation_files FOLDER
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "play.h"
#include "record/pcapng.h"
#include "situations.h"

static const struct pcapng_meta meta = { .version = "0.1.0",
					 .kernel = "6.12.0-test",
					 .command = "smc-trace -w situation.pcapng" };

/* What play.c gives to why.c is written here. */
struct why {
	struct pcapng *file;
};

int why_event(struct why *w, const struct smcw_event *ev)
{
	return pcapng_event(w->file, ev, NULL);
}

static int write_one(const char *folder, const struct situation *s)
{
	struct why why;
	struct play p = { .why = &why, .remote = s->remote };
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.pcapng", folder, s->name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || pcapng_open(fd, &meta, &why.file)) {
		perror(path);
		return 1;
	}
	if (s->facts)
		play_facts(&why, s->facts);
	play(&p, s->script);
	return pcapng_close(why.file) || close(fd);
}

int main(int argc, char **argv)
{
	int failed = argc != 2;

	for (size_t i = 0; !failed && i < situation_count; i++)
		failed = write_one(argv[1], &situations[i]);
	return failed;
}
