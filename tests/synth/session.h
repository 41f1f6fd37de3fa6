/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SMC-R connection: its handshake, and bytes from end to end by WRITE and CDC. */
#ifndef SMCKIT_SYNTH_SESSION_H
#define SMCKIT_SYNTH_SESSION_H

#include "scenario.h"

#define SESSION_SIZE 16384u /* of its RMBEs */

struct session {
	struct roce *r; /* the link that it is on */
	struct tcp t;
	uint32_t rkey[2]; /* of the end's own RMB, on that link */
	uint64_t vaddr[2];
	uint32_t token[2];
	uint8_t idx; /* of its RMBEs */
	struct cursors at[2];
	uint16_t seqno[2];
};

/**
 * session_open() - the handshake of a connection.
 * @s: filled in
 * @r: of the link
 * @port: of the server
 * @nth: connection of the link group, from 0 on; the first one makes the group
 */
void session_open(struct session *s, struct roce *r, uint16_t port, unsigned int nth);

/* The same with all in hand: RMBEs in one RMB, by index from 1 on. */
void session_open_in(struct session *s, struct roce *r, uint16_t port, unsigned int nth,
		     uint8_t idx);

/* session_open() with the TCP connection in another capture. */
void session_open_on(struct session *s, struct cap *tcp, struct roce *r, uint16_t port,
		     unsigned int nth);

/* A connection whose handshake is in no packet, of an RMB of its own. */
void session_unseen(struct session *s, struct roce *r, unsigned int nth);

/* WRITEs alone, @ahead bytes after the producer cursor; nothing moves. */
void session_write(struct session *s, enum side from, uint32_t ahead, const void *data, size_t len,
		   size_t mtu);

/* Move the producer cursor. */
void session_produce(struct session *s, enum side from, size_t len);

/* The other one has consumed all. */
void session_consume(struct session *s, enum side by);

void session_cdc(struct session *s, enum side from, uint8_t flags, uint8_t state);

/* As net/smc does: the number of the last message that has arrived, and no cursors. */
void session_failover(struct session *s, enum side from, uint16_t seqno);

/* Bytes, their CDC, and the CDC that says they are consumed. */
void session_send(struct session *s, enum side from, const void *data, size_t len);

void session_text(struct session *s, enum side from, const char *text);

/* Both say that they are closed. */
void session_close(struct session *s);

#endif
