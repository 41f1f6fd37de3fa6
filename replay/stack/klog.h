/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports in the kernel log: a stack that complains has failed, whatever it answers. */
#ifndef SMCKIT_REPLAY_KLOG_H
#define SMCKIT_REPLAY_KLOG_H

#include <stdio.h>

/* Opens the log after its last record. Return: the file descriptor, or -errno. */
int klog_open(void);

/**
 * klog_report() - read the new messages.
 * @fd: of klog_open()
 * @text: @cap bytes for the first report
 * @all: lines about SMC, and what follows a report
 *
 * Return: number of reports (warnings, bugs, oopses, sanitizers' findings).
 */
int klog_report(int fd, char *text, size_t cap, FILE *all);

#endif
