/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wireshark's toolbar for smc-trace while it captures: what is shown is chosen, and what is
 * observed and lost is said. Wireshark's manual of extcap has the messages: 'T', three bytes of
 * length, the number of the control, a command, and bytes that depend on it.
 */
#ifndef SMCKIT_TRACER_TOOLBAR_H
#define SMCKIT_TRACER_TOOLBAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <linux/types.h>

/* C(name, sentence): the controls, by number. */
#define TOOLBAR_CONTROLS(C)                                                                        \
	C(KINDS, "{type=selector}{display=Show}{tooltip=Kinds of events that are taken}")          \
	C(PORT, "{type=string}{display=Port}{tooltip=TCP port of either end, empty for all}"       \
		"{validation=^[0-9]*$}")                                                           \
	C(OBSERVED, "{type=button}{display=Observed}"                                              \
		    "{tooltip=What is observed, what is not, and what was lost}")                  \
	C(HELP, "{type=button}{role=help}{display=Help}{tooltip=The manual}")                      \
	C(LOG, "{type=button}{role=logger}{display=Log}{tooltip=Losses, as they come}")

enum toolbar_control {
#define TOOLBAR_ENUM(name, sentence) TOOLBAR_##name,
	TOOLBAR_CONTROLS(TOOLBAR_ENUM)
#undef TOOLBAR_ENUM
		TOOLBAR_COUNT
};

#define TOOLBAR_VALUE_MAX 64

struct toolbar {
	int in, out;		 /* pipes, or -1 */
	__u64 wanted_kinds;	 /* of enum smcw_event_kinds, bits */
	__u16 wanted_port;	 /* 0: any */
	unsigned long long lost; /* that was said */
	unsigned char head[6];	 /* of the message that comes */
	char value[TOOLBAR_VALUE_MAX + 1];
	size_t got;   /* bytes of it */
	bool asked;   /* for what is observed */
	bool refused; /* a value that is none */
};

/* The sentences that describe it to Wireshark. */
void toolbar_describe(FILE *out);

/**
 * toolbar_open() - the pipes.
 * @t: filled in
 * @in: name of the one that Wireshark writes to, or NULL
 * @out: name of the one that it reads
 *
 * Neither open nor a later write waits for Wireshark. Return: 0, -EINVAL for
 * what is no pipe, or -errno.
 */
int toolbar_open(struct toolbar *t, const char *in, const char *out);
void toolbar_close(struct toolbar *t);

/* Take what Wireshark has written. True if what is wanted has changed. */
bool toolbar_read(struct toolbar *t);

/* Say how much was lost, if that is news; and answer @observed if that was asked for. */
void toolbar_tell(struct toolbar *t, unsigned long long lost, const char *observed);

#endif
