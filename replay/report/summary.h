/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sum of a run, for a reader of no more than its last lines. */
#ifndef SMCKIT_REPLAY_SUMMARY_H
#define SMCKIT_REPLAY_SUMMARY_H

#include "report.h"

/**
 * summary_write() - comments of TAP: by which statements cases failed, and why others did not run.
 *
 * "# failed: 30 cases, all by LLC-39"; "# not run: 2 cases: not on this host: rdma"
 */
void summary_write(const struct report *r, FILE *out);

#endif
