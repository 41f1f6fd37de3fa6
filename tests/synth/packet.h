/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture file and two hosts. Every scenario is a conversation between
 * hosts[CLIENT] and hosts[SERVER]; time moves on by a fixed step a packet, so
 * that a scenario always gives the same bytes.
 */
#ifndef SMCKIT_SYNTH_PACKET_H
#define SMCKIT_SYNTH_PACKET_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum side { CLIENT, SERVER };

static inline enum side other(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

struct host {
	uint8_t mac[6];
	uint8_t ip4[4];
	uint8_t ip6[16];
};

extern const struct host hosts[2];

struct cap {
	pcap_t *pcap;
	pcap_dumper_t *dump;
	struct timeval now;
	uint32_t connections;
	uint64_t bytes; /* written so far, headers of the file format included */
	uint16_t vlan;	/* tag of the frames that follow; 0: none */
	size_t snap;	/* bytes kept of the packets that follow; 0: all */
};

/**
 * cap_open() - begin a capture.
 * @cap: filled in
 * @link_type: DLT_*
 * @path: of the file, or "-" for standard output
 *
 * Return: 0 or -EIO; cap_error() has the reason.
 */
int cap_open(struct cap *cap, int link_type, const char *path);

/* Finish the file. Return: 0 or -EIO. */
int cap_close(struct cap *cap);

/* Internet checksum of a transport header and data, pseudo header included. */
uint16_t cap_checksum(enum side from, bool v6, uint8_t proto, const void *data, size_t len);

/**
 * cap_ip() - write an IP packet.
 * @from: the sender
 * @v6: IPv6 instead of IPv4
 * @proto: IPPROTO_*
 * @data: transport header and payload, checksum in place
 */
void cap_ip(struct cap *cap, enum side from, bool v6, uint8_t proto, const void *data, size_t len);

/* Write an Ethernet frame with a payload of any type. */
void cap_ether(struct cap *cap, enum side from, uint16_t type, const void *data, size_t len);

/* Write a packet of the capture's link type as it stands. */
void cap_raw(struct cap *cap, const void *data, size_t len);

/* The IPv4 header that cap_ip() writes before @len bytes; for the ICRC. */
#define CAP_IP4_LEN 20
void cap_ip4_header(enum side from, uint8_t proto, size_t len, uint8_t hdr[CAP_IP4_LEN]);

#define CAP_PAYLOAD_MAX 16384

#endif
