/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The actions of the stack's application in a connection of SMC. They are derived from the messages
 * in the script, which result from them. See state/observer.h.
 */
#ifndef SMCKIT_REPLAY_APPLICATION_H
#define SMCKIT_REPLAY_APPLICATION_H

#include "state/play.h"

int application_before_cdc(struct play *p, const struct step *s);
int application_send(struct play *p, const struct step *s);

#endif
