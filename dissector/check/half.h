/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two halves of a traced message, its sending and its receiving: each names the frame of the
 * other, and the time between the two. They are on one host or, in a file of smc-trace merge, on
 * two.
 */
#ifndef SMCKIT_DISSECTOR_HALF_H
#define SMCKIT_DISSECTOR_HALF_H

#include "conn/note.h"

void half_register(int proto);

/* In the first pass. @note: of the message of @ev */
void half_learn(struct note *note, const struct smcw_event *ev);

/* Show the other half and the time, if both are known. */
void half_show(proto_tree *tree, tvbuff_t *tvb, const struct note *note);

#endif
