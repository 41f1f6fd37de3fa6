// SPDX-License-Identifier: GPL-2.0-or-later
/* See clock.h. */
#include "clock.h"

#include <time.h>

__u64 clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000 + (__u64)t.tv_nsec / 1000000;
}

int clock_left(__u64 end)
{
	__u64 now = clock_now();

	return now < end ? (int)(end - now) : 0;
}

void clock_pause(unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000l };

	if (ms)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}
