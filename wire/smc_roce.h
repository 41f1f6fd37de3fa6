/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers before SMC-R's messages and data in RDMA packets: InfiniBand's
 * transport headers of reliable connections (InfiniBand Architecture
 * Specification, volume 1: 9.2 and 9.3; annexes A16 and A17 for Ethernet).
 */
#ifndef SMCKIT_SMC_ROCE_H
#define SMCKIT_SMC_ROCE_H

#include "smc_wire.h"

#define SMCW_ROCE_PORT 4791	   /* UDP: RoCE version 2 */
#define SMCW_ROCE_ETHERTYPE 0x8915 /* RoCE version 1 */

#define SMCW_LRH_NEXT 0x03   /* of smcw_lrh.next */
#define SMCW_LRH_NEXT_BTH 2  /* no GRH between */
#define SMCW_LRH_NEXT_GRH 3  /* a GRH before the BTH */
#define SMCW_GRH_LEN 40	     /* as that of IPv6 */
#define SMCW_GRH_NEXT_AT 6   /* which header follows */
#define SMCW_GRH_NEXT_BTH 27 /* a BTH */
#define SMCW_ICRC_LEN 4	     /* at the end of every packet */
#define SMCW_VCRC_LEN 2	     /* ... and that after it, on InfiniBand only */
#define SMCW_IMMEDIATE_LEN 4 /* immediate data, or the rkey to invalidate */

/* Local route header, on InfiniBand only. */
struct smcw_lrh {
	__u8 lane_version;
	__u8 next; /* SMCW_LRH_NEXT */
	__be16 dlid;
	__be16 words;
	__be16 slid;
} SMCW_PACKED;

#define SMCW_BTH_PAD 0x30

/* Base transport header. */
struct smcw_bth {
	__u8 opcode;
	__u8 flags; /* SMCW_BTH_PAD: bytes of padding */
	__be16 pkey;
	__u8 reserved1;
	__u8 qpn[3];
	__u8 ack; /* 0x80: wanted */
	__u8 psn[3];
} SMCW_PACKED;

#define SMCW_PSN_BITS 24

/* RDMA extended transport header, in the first packet of a WRITE. */
struct smcw_reth {
	__be64 vaddr;
	__be32 rkey;
	__be32 length;
} SMCW_PACKED;

/* Opcodes of reliable connections that carry SENDs and WRITEs. */
enum smcw_rc_opcode {
	SMCW_RC_SEND_FIRST = 0x00,
	SMCW_RC_SEND_MIDDLE = 0x01,
	SMCW_RC_SEND_LAST = 0x02,
	SMCW_RC_SEND_LAST_IMM = 0x03,
	SMCW_RC_SEND_ONLY = 0x04,
	SMCW_RC_SEND_ONLY_IMM = 0x05,
	SMCW_RC_WRITE_FIRST = 0x06,
	SMCW_RC_WRITE_MIDDLE = 0x07,
	SMCW_RC_WRITE_LAST = 0x08,
	SMCW_RC_WRITE_LAST_IMM = 0x09,
	SMCW_RC_WRITE_ONLY = 0x0a,
	SMCW_RC_WRITE_ONLY_IMM = 0x0b,
	SMCW_RC_SEND_LAST_INVAL = 0x16,
	SMCW_RC_SEND_ONLY_INVAL = 0x17,
};

/* Does a RETH follow the BTH? */
static inline int smcw_rc_has_reth(__u8 opcode)
{
	return opcode == SMCW_RC_WRITE_FIRST || opcode == SMCW_RC_WRITE_ONLY ||
	       opcode == SMCW_RC_WRITE_ONLY_IMM;
}

static inline int smcw_rc_is_write(__u8 opcode)
{
	return opcode >= SMCW_RC_WRITE_FIRST && opcode <= SMCW_RC_WRITE_ONLY_IMM;
}

static inline int smcw_rc_is_send(__u8 opcode)
{
	return opcode <= SMCW_RC_SEND_ONLY_IMM || opcode == SMCW_RC_SEND_LAST_INVAL ||
	       opcode == SMCW_RC_SEND_ONLY_INVAL;
}

/* Is it the first packet of its SEND or WRITE? */
static inline int smcw_rc_is_first(__u8 opcode)
{
	return smcw_rc_has_reth(opcode) || opcode == SMCW_RC_SEND_FIRST ||
	       opcode == SMCW_RC_SEND_ONLY || opcode == SMCW_RC_SEND_ONLY_IMM ||
	       opcode == SMCW_RC_SEND_ONLY_INVAL;
}

/* ... the last one? */
static inline int smcw_rc_is_last(__u8 opcode)
{
	return opcode != SMCW_RC_SEND_FIRST && opcode != SMCW_RC_SEND_MIDDLE &&
	       opcode != SMCW_RC_WRITE_FIRST && opcode != SMCW_RC_WRITE_MIDDLE;
}

/* Bytes of the headers between the BTH and the payload of a SEND or WRITE. */
static inline __u32 smcw_rc_headers(__u8 opcode)
{
	__u32 len = smcw_rc_has_reth(opcode) ? sizeof(struct smcw_reth) : 0;

	switch (opcode) {
	case SMCW_RC_SEND_LAST_IMM:
	case SMCW_RC_SEND_ONLY_IMM:
	case SMCW_RC_WRITE_LAST_IMM:
	case SMCW_RC_WRITE_ONLY_IMM:
	case SMCW_RC_SEND_LAST_INVAL:
	case SMCW_RC_SEND_ONLY_INVAL:
		return len + SMCW_IMMEDIATE_LEN;
	default:
		return len;
	}
}

#endif
