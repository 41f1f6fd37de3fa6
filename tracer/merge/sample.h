/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of all hosts, looked at before any clock is known: which of them were sent by one host
 * and received by another. A table of fixed size, whatever the files are: when it is full, half of
 * the messages are forgotten, by a rule that takes the same ones of every host.
 */
#ifndef SMCKIT_TRACER_SAMPLE_H
#define SMCKIT_TRACER_SAMPLE_H

#include "flows.h"
#include "message.h"

struct sample;

/* Counts over all hosts. */
struct sample_counts {
	__u64 inside;  /* messages that do not leave their host */
	__u64 seen;    /* messages that may */
	__u64 matched; /* of those kept: sent by one host and received by another */
	__u64 twice;   /* sent by two hosts: they are one */
};

struct sample *sample_new(void);
void sample_free(struct sample *s);

/* Note the message of an event, if it is an Accept or a Confirm: they show which connections are
 * one. */
void sample_note_alone(struct sample *s, unsigned int host, const struct smcw_event *ev);

/**
 * sample_join() - the connections that Accept and Confirm show to be one.
 * @flows: learns them
 *
 * Return: 0, or -ENOMEM.
 */
int sample_join(const struct sample *s, struct flows *flows);

/* Note the message of an event, if it is one of those that come once on their way. After
 * sample_join() alone. */
void sample_note_on_way(struct sample *s, const struct flows *flows, unsigned int host,
			const struct smcw_event *ev);

/* Takes a message that @from sent and @to received. 0, or what sample_each() shall end with. */
typedef int (*sample_fn)(void *ctx, unsigned int from, __s64 sent, unsigned int to, __s64 received);

/* All messages that two hosts have seen, each of them once. 0, or what @fn returned. */
int sample_each(struct sample *s, sample_fn fn, void *ctx);

void sample_count(const struct sample *s, struct sample_counts *c);

#endif
