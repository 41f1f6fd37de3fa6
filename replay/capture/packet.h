/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets taken apart down to TCP and RoCEv2. Any bytes may be given. */
#ifndef SMCKIT_REPLAY_PACKET_H
#define SMCKIT_REPLAY_PACKET_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* An end of a connection; IPv4 as ::ffff:a.b.c.d. */
struct packet_end {
	__u8 address[16];
	__u16 port;
};

enum packet_kind { PACKET_TCP = 1, PACKET_ROCE };

struct packet {
	enum packet_kind kind;
	struct packet_end from, to;
	__u32 seq;		 /* TCP */
	bool syn, ack, fin, rst; /* TCP */
	const __u8 *options;	 /* TCP */
	size_t options_len;
	const __u8 *payload; /* of TCP, or of UDP: from the BTH on */
	size_t len;
	bool cut; /* the capture lacks bytes at the end of it */
};

/**
 * packet_parse() - a packet of a capture.
 * @link: link type of the capture, LINKTYPE_*
 * @bytes: the packet
 * @len: captured bytes
 * @p: filled in
 *
 * Return: 0, or -ENOENT when it is neither TCP nor RoCEv2, or cut too short to decide.
 */
int packet_parse(int link, const __u8 *bytes, size_t len, struct packet *p);

/**
 * packet_option() - a TCP option.
 * @p: a TCP packet
 * @kind: which one
 * @len: set to its length, kind and length byte included
 *
 * Return: its first byte, or NULL.
 */
const __u8 *packet_option(const struct packet *p, __u8 kind, size_t *len);

bool packet_end_equal(const struct packet_end *a, const struct packet_end *b);

#endif
