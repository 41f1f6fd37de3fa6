/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way by which data goes in a case: TCP alone, SMC-R or SMC-D. All that differs between them is
 * here. */
#ifndef SMCKIT_REPLAY_TRANSPORT_H
#define SMCKIT_REPLAY_TRANSPORT_H

#include "play.h"

struct smcw_cdc;

/* Functions return 0, one of result.h or -errno unless they say otherwise. */
struct transport {
	/* Is the handshake over, so that data goes this way? Never of TCP. */
	bool (*connected)(const struct play *p);

	/* A CLC message of ours is about to be sent: what the script leaves open is filled in. */
	void (*fill_clc)(const struct play *p, const struct message *m, __u8 *bytes, size_t len);

	/* A CLC message of the stack came for a step. */
	int (*clc)(struct play *p, const struct step *s, const __u8 *bytes, size_t len);

	/* Steps of kind LLC, DMB, WRITE and RECEIVE. PLAY_NOT_PLAYABLE: it does not have such. */
	int (*our_step)(struct play *p, const struct step *s);
	int (*stack_step)(struct play *p, const struct step *s);

	/*
	 * The application of the stack does what ends the TCP connection. p->owed is @s then if
	 * that end may come later than in the script.
	 */
	int (*before_end)(struct play *p, const struct step *s);

	/* Has the stack sent more than the script has? */
	int (*expect_no_more)(struct play *p);

	/* A CDC message of ours goes, and the next one of the stack is checked. NULL of TCP, which
	 * has no p->conn. */
	int (*send_cdc)(struct play *p, const struct smcw_cdc *cdc);
	int (*take_cdc)(struct play *p, unsigned int ms);

	/* Why no more CDC can come, or NULL. */
	const char *(*fault)(struct play *p);
};

#endif
