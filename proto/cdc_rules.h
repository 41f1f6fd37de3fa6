/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CDC messages in numbers: sequence numbers, bits without a meaning, cursors within their buffer
 * (RFC 7609, 4.4.1 and A.4). No allocation, no operating system.
 */
#ifndef SMCKIT_PROTO_CDC_H
#define SMCKIT_PROTO_CDC_H

#include "cursor.h"
#include "smc_codec.h"

/* Bits that mean nothing. */
#define SMCP_CDC_FLAGS_RESERVED 0x07
#define SMCP_CDC_STATE_RESERVED 0x1f

/* A CDC message of either kind, in host order. */
struct smcp_control {
	__u8 has_seqno; /* of SMC-R; that of SMC-D has none */
	__u8 flags;
	__u8 state;
	__u16 seqno;
	struct smcp_cursor prod;
	struct smcp_cursor cons;
};

/**
 * smcp_control_read() - a CDC message in numbers.
 * @msg: the message
 * @l: its layout
 * @c: filled in
 *
 * Return: whether it is CDC.
 */
int smcp_control_read(const void *msg, const struct smcw_layout *l, struct smcp_control *c);

/* How many numbers a message is after another one, modulo 65,536; below 0: it is older. */
static inline __s16 smcp_seqno_ahead(__u16 last, __u16 seqno)
{
	return (__s16)(__u16)(seqno - last);
}

/* Linux drops a message with an older number; 0 comes after 65,535 (CDC-05). */
static inline int smcp_seqno_is_old(__u16 last, __u16 seqno)
{
	return smcp_seqno_ahead(last, seqno) < 0;
}

/* Numbers of messages between two of one sender (CDC-04). */
static inline __u16 smcp_seqno_missing(__u16 last, __u16 seqno)
{
	return (__u16)(seqno - last - 1);
}

/* Are bits set that mean nothing? */
static inline int smcp_control_has_reserved(__u8 flags, __u8 state)
{
	return flags & SMCP_CDC_FLAGS_RESERVED || state & SMCP_CDC_STATE_RESERVED;
}

/* Is a cursor a place in a buffer of this size (CDC-06)? */
static inline int smcp_cursor_is_inside(struct smcp_cursor c, __u64 size)
{
	return c.count < size;
}

#endif
