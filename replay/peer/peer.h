/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end that is played: an ordinary TCP connection whose option and bytes are ours. */
#ifndef SMCKIT_REPLAY_PEER_H
#define SMCKIT_REPLAY_PEER_H

#include "base/address.h"
#include "base/result.h"
#include "script/script.h"
#include "tap.h"

#define PEER_BUFFER_MAX (1 << 20)

struct peer {
	const struct tap *tap;
	int fd, listener;  /* -1: none */
	unsigned int port; /* local, host order */
	__u8 *bytes;	   /* received and not taken yet */
	size_t len;
	bool smc; /* a socket of the stack, whose option is its own */
	int end;  /* PEER_EOF or PEER_RESET once it was seen */
};

void peer_init(struct peer *p, const struct tap *tap);
void peer_close(struct peer *p);

/**
 * peer_connect() - connect, with an option in the SYN.
 * @from: own address; its port is not used
 * @to: address and port of the stack
 * @option: @len bytes, none if that is 0
 * @ms: how long to try
 *
 * Return: 0, PEER_LATE, PEER_RESET when it is refused, or -errno.
 */
int peer_connect(struct peer *p, const union address *from, const union address *to,
		 const void *option, size_t len, unsigned int ms);

/* Listen, with an option for the SYN-ACK. @at has the port then. Return: 0 or -errno. */
int peer_listen(struct peer *p, union address *at, const void *option, size_t len);

/* Take a client. Return: 0, PEER_LATE or -errno. */
int peer_accept(struct peer *p, unsigned int ms);

/**
 * peer_send() - write bytes.
 * @d: how
 *
 * Return: 0, PEER_RESET, PEER_LATE when they are not taken in @ms, or -errno.
 */
int peer_send(struct peer *p, const void *bytes, size_t len, const struct delivery *d,
	      unsigned int ms);

/**
 * peer_wait() - wait until a number of bytes is there.
 * @len: how many have to be in p->bytes
 *
 * Return: 0, a verdict, or -errno.
 */
int peer_wait(struct peer *p, size_t len, unsigned int ms);

/**
 * peer_wait_clc() - wait until a whole CLC message is there.
 * @len: set to its length
 *
 * Return: 0, a verdict, -EPROTO when other bytes came, or another -errno.
 */
int peer_wait_clc(struct peer *p, unsigned int ms, size_t *len);

/* The first @len bytes are done with. */
void peer_take(struct peer *p, size_t len);

int peer_shutdown(struct peer *p);

/* Close with a RST. */
void peer_reset(struct peer *p);

#endif
