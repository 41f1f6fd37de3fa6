// SPDX-License-Identifier: GPL-2.0-or-later
/* See progress.h. */
#include "progress.h"

#include <stdio.h>

void progress_show(void *ctx, const char *doing, __u64 part, __u64 whole)
{
	struct progress *p = ctx;
	time_t now = time(NULL);

	if (now == p->last)
		return;
	if (p->last) {
		fprintf(stderr, "\rsmc-trace: %s", doing);
		if (whole)
			fprintf(stderr, ", %3u %%", (unsigned int)(part * 100 / whole));
		p->any = true;
	}
	p->last = now;
}

void progress_end(const struct progress *p)
{
	if (p->any)
		fputs("\r\033[K", stderr);
}
