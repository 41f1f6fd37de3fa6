/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which stack this host has: its module and its kernel, so that a report says what it is about. */
#ifndef SMCKIT_REPLAY_STACK_H
#define SMCKIT_REPLAY_STACK_H

#define STACK_TEXT_MAX 128

struct stack {
	char module[16];		 /* smc or smcx; "" : none is there */
	char where[16];			 /* "module", or "built in" */
	char kernel[STACK_TEXT_MAX];	 /* release and version */
	char version[STACK_TEXT_MAX];	 /* of the module; "" where it has none */
	char srcversion[STACK_TEXT_MAX]; /* a sum over its source; likewise */
	char build_id[STACK_TEXT_MAX];	 /* of the module's file, or of the kernel; likewise */
};

/* Needs root for build IDs. */
void stack_find(struct stack *s);

#endif
