/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of a case, for its bundle: those really on the network of this host. */
#ifndef SMCKIT_REPLAY_RECORD_H
#define SMCKIT_REPLAY_RECORD_H

#include "state/outcome.h"

struct record;

/**
 * record_open() - begin to listen, to TCP and RoCEv2 of all interfaces.
 * @error: on failure why, until the next call
 *
 * Needs CAP_NET_RAW; the rest does not. Return: NULL on failure.
 */
struct record *record_open(const char **error);

/* Packets that came until now belong to no case. */
void record_begin(struct record *r);

/**
 * record_save() - save the packets since record_begin(), as pcapng.
 * @out: where to
 * @o: other packets than those of its port and queue pairs are left out
 * @comment: of the file
 *
 * Return: number of packets, or -errno.
 */
int record_save(struct record *r, FILE *out, const struct outcome *o, const char *comment);

void record_close(struct record *r);

#endif
