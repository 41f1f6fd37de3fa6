/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capture: a privileged process that keeps the hooks, and one without privilege that reads. */
#ifndef SMCKIT_TRACER_CAPTURE_H
#define SMCKIT_TRACER_CAPTURE_H

#include "options.h"

/**
 * capture_run() - trace until asked to stop.
 * @o: the command line
 *
 * Return: enum exit_status; what went wrong was said on stderr.
 */
int capture_run(const struct options *o);

#endif
