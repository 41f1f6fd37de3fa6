/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMC messages of the two hosts, made by wire/'s builders from a short
 * description of their contents.
 */
#ifndef SMCKIT_SYNTH_MSG_H
#define SMCKIT_SYNTH_MSG_H

#include "packet.h"
#include "smc_codec.h"

struct msg {
	uint8_t b[SMCW_LLC_V2_MAX];
	size_t len;
	bool llc; /* LLC or CDC, else CLC */
};

/* The values that a host sends of itself in every message. */
struct self {
	uint32_t qpn;
	uint32_t psn;
	uint32_t rkey;
	uint32_t alert_token;
	uint64_t vaddr;
	uint64_t ism_gid;
	uint64_t dmb_token;
};

extern const struct self selves[2];

struct offer {
	uint8_t version;
	uint8_t typev1; /* enum smcw_smc_types */
	uint8_t typev2;
	uint8_t release;
	uint8_t ipv6; /* prefixes; 0: an IPv4 subnet */
	uint8_t eids;
	uint8_t gids;	/* ISM GID entries */
	bool smcd_area; /* version 1 with the SMC-D area */
	bool seid;	/* has a system EID */
	bool emulated;	/* CHIDs of emulated devices, two entries a device */
};

struct answer {
	uint8_t version;
	bool smcd;
	bool first_contact;
	bool fce_short; /* SMC-Dv2.0: 36 bytes of first contact extension */
	uint8_t release;
	uint8_t gids; /* in the Confirm of SMC-Rv2 */
	uint8_t size; /* of the buffer: 16 KiB << n */
	uint16_t chid;
};

void msg_proposal(struct msg *m, const struct offer *o);

/* @type: SMCW_ACCEPT or SMCW_CONFIRM */
void msg_answer(struct msg *m, uint8_t type, const struct answer *a);

void msg_decline(struct msg *m, uint8_t version, uint32_t reason, bool out_of_sync);

/**
 * msg_llc() - an LLC message with the body as it is for most of its kinds.
 * @type: enum smcw_llc_types
 * @from: the sender
 * @flags: the body's first byte, SMCW_LLC_*
 *
 * Version 2 lengths and rkey counts are little-endian; msg_llc_swap() after it
 * gives what a big-endian host sends.
 */
void msg_llc(struct msg *m, uint8_t type, enum side from, uint8_t flags);

/* ADD_LINK v2 with the extension and @rkeys rkeys. */
void msg_add_link_v2(struct msg *m, enum side from, uint8_t flags, uint16_t rkeys);

/* A refusal: reject bit, and the reason in the header of version 1. */
void msg_refusal(struct msg *m, uint8_t type, enum side from);

/* DELETE_LINK for all links of the group, with a reason. */
void msg_delete_link(struct msg *m, uint8_t type, uint8_t flags, uint32_t reason);

/* DELETE_RKEY and REQ_ADD_LINK: a list of @count entries. */
void msg_delete_rkey(struct msg *m, uint8_t type, uint8_t flags, uint8_t count);
void msg_req_add_link(struct msg *m, uint8_t type, uint8_t flags, uint8_t count);

/* Swap the fields in host order. */
void msg_llc_swap(struct msg *m);

struct cursors {
	uint16_t prod_wrap, cons_wrap;
	uint32_t prod, cons;
};

void msg_cdc(struct msg *m, enum side from, uint16_t seqno, const struct cursors *at, uint8_t flags,
	     uint8_t state);

/**
 * msg_set() - change a named field.
 * @m: the message
 * @field: enum smcw_field_id; the first piece of its part is meant
 * @value: as smcw_field_get() would return it
 *
 * Return: 0, or -ENOENT when the message has no such part.
 */
int msg_set(struct msg *m, unsigned int field, uint64_t value);

/* Insert @n bytes of 0x5a before the trailer and set the length; CLC. */
void msg_grow(struct msg *m, size_t n);

/* Leave out the last @n bytes before the trailer and set the length; CLC. */
void msg_shrink(struct msg *m, size_t n);

#endif
