/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands besides capture. Each returns enum exit_status and says on stderr what went wrong.
 */
#ifndef SMCKIT_TRACER_COMMANDS_H
#define SMCKIT_TRACER_COMMANDS_H

#include "options.h"

int command_read(const struct options *o);
int command_stats(const struct options *o);
/* A line per connection that has ended. */
int command_conns(const struct options *o);
int command_why(const struct options *o);
/* A page, or JSON for viewers of timelines. */
int command_report(const struct options *o);
/* Traces of several hosts into one. */
int command_merge(const struct options *o);
int command_doctor(const struct options *o);

#endif
