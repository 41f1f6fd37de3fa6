/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the programs that measure one connection: a clock, a processor to run on, whole
 * messages. */
#ifndef SMCKIT_BENCH_ENDS_H
#define SMCKIT_BENCH_ENDS_H

#include <err.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Seconds since some time or other. */
static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Stay on that processor, if there is a choice. */
static inline void run_on(int cpu)
{
	cpu_set_t set;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "sched_setaffinity");
}

/* False at the end of the stream. */
static inline bool read_whole(int fd, void *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_WAITALL);

	if (n < 0)
		err(1, "recv");
	return (size_t)n == len;
}

static inline void send_whole(int fd, const char *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = send(fd, buf + done, len - done, 0);

		if (n < 0)
			err(1, "send");
		done += (size_t)n;
	}
}

#endif
