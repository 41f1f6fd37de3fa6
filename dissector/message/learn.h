/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find the data about a message from its bytes and the place where it was seen. */
#ifndef SMCKIT_DISSECTOR_LEARN_H
#define SMCKIT_DISSECTOR_LEARN_H

#include <epan/packet.h>
#include <stdbool.h>

#include "conn/note.h"
#include "conn/psn.h"
#include "smc_codec.h"

struct queue_pair;
struct smcw_event;

/* The origin of a message. */
struct origin {
	enum message_kind kind;
	struct queue_pair *qp;		/* LLC, CDC: that it goes to; NULL: none that is known */
	enum psn_age age;		/* of the packet: PSN_AGAIN: it was there before */
	guint64 psn;			/* its number, see psn.h */
	const struct smcw_event *event; /* that reports it, or NULL: it is in a packet */
};

/**
 * learn_register() - register the expert infos of a message whose place is not known.
 * @proto: the plugin's protocol
 */
void learn_register(int proto);

/**
 * learn_message() - the note of a message.
 * @pinfo: of its frame
 * @at: where it was seen
 * @msg: its bytes
 * @l: its layout
 *
 * Return: the note, filled in if this is the first pass; or NULL, when it is
 * not and the first pass has not seen the message.
 */
const struct note *learn_message(packet_info *pinfo, const struct origin *at, const void *msg,
				 const struct smcw_layout *l);

/* The note of a traced event that carries no message. */
const struct note *learn_event(packet_info *pinfo, const struct smcw_event *ev);

#endif
