// SPDX-License-Identifier: GPL-2.0-or-later
/* See klog.h. */
#include "klog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 8192 };

int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

static bool klog_is_report(const char *text)
{
	static const char *const marks[] = {
		"WARNING:",	 "BUG:",
		"Oops",		 "KASAN",
		"UBSAN",	 "general protection",
		"refcount_t:",	 "INFO: task",
		"INFO: rcu",	 "possible circular locking",
		"stack segment", "kernel BUG",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(text, marks[i]))
			return true;
	return false;
}

/* The host's other affairs are not the case's. */
static bool klog_is_ours(const char *text)
{
	static const char *const words[] = { "smc", "SMC", "dibs", "rxe" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

int klog_report(int fd, char *text, size_t cap, FILE *all)
{
	char record[RECORD_MAX + 1];
	int reports = 0;
	ssize_t n;

	/* A read gives one record; EPIPE says that some were overwritten. */
	while ((n = read(fd, record, RECORD_MAX)) > 0 || (n < 0 && errno == EPIPE)) {
		const char *message;

		if (n < 0)
			continue;
		record[n] = '\0';
		message = strchr(record, ';');
		if (!message)
			continue;
		message++;
		if (klog_is_report(message) && !reports++)
			snprintf(text, cap, "%.*s", (int)strcspn(message, "\n"), message);
		if (reports ||
		    klog_is_ours(message)) /* a report goes on for lines that say little */
			fprintf(all, "%.*s\n", (int)strcspn(message, "\n"), message);
	}
	return reports;
}
