/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two directions of a connection whose handshake is not in the capture. An
 * end's consumer cursor follows the other end's producer cursor: where the two
 * are the same they are likely to be of one connection.
 */
#ifndef SMCKIT_DISSECTOR_PAIRING_H
#define SMCKIT_DISSECTOR_PAIRING_H

#include "conn/flow.h"

struct conn;

/* Make what keeps the cursors; it empties itself with the file. */
void pairing_register(void);

/**
 * pairing_learn() - learn from a CDC message of one direction, in the first pass.
 * @conn: known by CDC alone
 * @sender: of the message
 * @own: state by the messages before it
 * @prod: its producer cursor
 * @cons: its consumer cursor
 *
 * Where it finds the other direction, note_follow_merges() says which connection
 * and which side of it the message is of.
 */
void pairing_learn(struct conn *conn, unsigned sender, const struct flow *own,
		   const struct smcp_cursor *prod, const struct smcp_cursor *cons);

#endif
