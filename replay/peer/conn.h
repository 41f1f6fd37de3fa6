/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection between the end that is played and the stack: RMBs, cursors,
 * and the bytes of both directions. Cursors are counted as bytes from the
 * beginning here; on the wire they are a count within the RMBE and a wrap. In
 * SMC-D the part of a DMB after its head stands for the RMBE of SMC-R, and CDC
 * is looked at as if it were a message of SMC-R.
 */
#ifndef SMCKIT_REPLAY_CONN_H
#define SMCKIT_REPLAY_CONN_H

#include "device.h"
#include "smc_codec.h"

#define CONN_DIFFERENCE_MAX 512

/* Byte order of data in the order of the host: CDC of SMC-D. */
#define CONN_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

struct conn_bytes {
	__u8 *bytes;
	size_t len;
	__u64 base; /* as many came before, and are forgotten */
};

/* The reported state of one direction. */
struct conn_way {
	__u64 size;		  /* of the receiver's RMBE; 0 as long as it is not known */
	__u64 produced;		  /* reported by the sender */
	__u64 consumed;		  /* reported by the receiver */
	struct conn_bytes stream; /* all that the sender's application gave, in order */
};

struct conn {
	__u8 state;   /* the state of the stack's end by the script, as on the wire */
	__u64 wanted; /* cursors of the last CDC message that the script wanted of the stack, added
		       */
	struct region rmb; /* ours; of SMC-D a copy of it */
	__u8 *mirror;	   /* the stack's, as written by us; to_stack.size bytes */
	__u32 rkey, token; /* the stack's */
	__u64 vaddr;	   /* the stack's, of the RMBE */
	__u32 own_token;
	__u16 seq, stack_seq; /* of the last CDC message */
	bool asked;	      /* for the stack's consumer cursor, and it has not answered */
	bool blocked;	      /* we said that we are stopped for want of room */
	unsigned int seen;    /* CDC messages of the stack */
	unsigned int updates; /* CDC messages of ours that no script asked for */
	__u64 written;	      /* bytes by RDMA, reported or not */
	__u64 announced;      /* to the stack, written or not */
	__u64 app_read;	      /* of the stack's application, of to_stack.stream */
	bool urgent;	      /* a byte waits for MSG_OOB */
	__u64 urgent_at;      /* where it is in to_stack.stream */
	struct conn_way to_stack, from_stack;
	struct smcw_cdc last; /* of the stack */
};

/*
 * Memory for the stack to write to; without a device, for a copy of that. Return: 0 or -errno;
 * conn_close() in any case.
 */
int conn_open(struct conn *c, const struct device *d, size_t size, __u32 own_token);

void conn_close(struct conn *c);

/* Learn the stack's end from its Accept or Confirm. */
void conn_learn(struct conn *c, const struct smcw_accept_smcr *smcr);

/* The same of SMC-D. */
void conn_learn_smcd(struct conn *c, const struct smcw_accept_smcd *smcd);

/* Bytes that the stack's application gave, to be compared with those that come. */
void conn_expect(struct conn *c, const void *bytes, size_t len);

/* Bytes that were written to the RMBE of the stack. */
void conn_wrote(struct conn *c, __u64 offset, const void *bytes, size_t len);

/* A cursor of the wire as bytes from the beginning: the one of them that is next to @near. */
__u64 conn_count(const struct smcw_cursor *cursor, __u64 size, __u64 near);

/* The other way round. */
void conn_cursor(struct smcw_cursor *cursor, __u64 size, __u64 count);

/**
 * conn_fill() - fill in a CDC message of ours, for the fields that a script leaves alone.
 * @cdc: type and length stand; sequence number, token and cursors are set
 */
void conn_fill(const struct conn *c, struct smcw_cdc *cdc);

/* A CDC message of ours was sent, @len bytes of it. */
void conn_sent(struct conn *c, const struct smcw_cdc *cdc, size_t len);

/* A CDC message of ours has reported a whole RMBE anew, whose bytes are not kept. */
void conn_reported(struct conn *c, const struct smcw_cdc *cdc);

/**
 * conn_owes_update() - has the stack to report what its application has read (CDC-15, CDC-16)?
 * @read: bytes that it has read
 *
 * It may keep to itself no more than a tenth of its RMBE, and more than that only as long as less
 * than half of it is taken up and we are not stopped. Linux puts a floor under the tenth.
 */
bool conn_owes_update(const struct conn *c, __u64 read);

/**
 * conn_from_smcd() - the head of a DMB as a CDC message of SMC-R.
 * @cdc: filled in but for the sequence number and token
 */
void conn_from_smcd(const struct smcw_cdc_smcd *head, struct smcw_cdc *cdc);

/* The other way round. */
void conn_to_smcd(const struct smcw_cdc *cdc, struct smcw_cdc_smcd *head);

/* As conn_received(), of the head of our DMB. */
int conn_received_smcd(struct conn *c, const struct smcw_cdc_smcd *head, char *why);

/**
 * conn_received() - check that a CDC message of the stack follows from the state so far.
 * @bytes: @len of them
 * @why: CONN_DIFFERENCE_MAX bytes: the field, both values, the rule, the statement
 *
 * The bytes that it reports are compared with those that the application gave.
 *
 * Return: 0, or -EPROTO with @why filled in.
 */
int conn_received(struct conn *c, const __u8 *bytes, size_t len, char *why);

#endif
