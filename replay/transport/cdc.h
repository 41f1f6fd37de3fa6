/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CDC messages as steps of a script, whichever way they travel: see state/transport.h. */
#ifndef SMCKIT_REPLAY_CDC_H
#define SMCKIT_REPLAY_CDC_H

#include "peer/conn.h"
#include "state/transport.h"

#define CDC_MS 5000	   /* for a CDC message */
#define CDC_UPDATE_MS 1000 /* for a cursor update that may be withheld */

/* Fill in the true values where the script has none. @bytes: as @part has them */
void cdc_fill(const struct conn *c, const struct part *part, __u8 *bytes);

/* A step of the stack. Return: 0, PLAY_FAILED or -errno. */
int cdc_receive(struct play *p, const struct step *s);

/**
 * cdc_expect_no_more() - has the stack said what the script does not have?
 * @state: bits that it may say all the same
 *
 * Return: 0, PLAY_FAILED or -errno.
 */
int cdc_expect_no_more(struct play *p, __u8 state);

#endif
