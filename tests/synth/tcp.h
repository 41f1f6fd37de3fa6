/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP connection between the two hosts, segment by segment. */
#ifndef SMCKIT_SYNTH_TCP_H
#define SMCKIT_SYNTH_TCP_H

#include "packet.h"

#define TCP_SMC_SYN 0x01    /* the SYN says "SMC capable" */
#define TCP_SMC_SYNACK 0x02 /* the SYN-ACK does */
#define TCP_SMC_BOTH (TCP_SMC_SYN | TCP_SMC_SYNACK)

struct tcp {
	struct cap *cap;
	bool v6;
	uint16_t port[2];
	uint32_t seq[2]; /* next one to send */
};

/**
 * tcp_init() - a connection of which no packet is written yet.
 * @cap: where its packets go
 * @port: of the server; the client's follows from it and a running number
 */
struct tcp tcp_init(struct cap *cap, uint16_t port);

/* The three-way handshake; @smc: TCP_SMC_*. */
void tcp_open(struct tcp *t, unsigned int smc);

/* tcp_init() and tcp_open() with the option on both sides. */
struct tcp tcp_smc(struct cap *cap, uint16_t port);

/* One segment of data, and its acknowledgement. */
void tcp_data(struct tcp *t, enum side from, const void *data, size_t len);

/* The same in segments of @step bytes. */
void tcp_data_cut(struct tcp *t, enum side from, const void *data, size_t len, size_t step);

/* A segment @ahead bytes after the next one to send; nothing moves. */
void tcp_data_at(struct tcp *t, enum side from, uint32_t ahead, const void *data, size_t len);

/* @len bytes of @from have been sent, and are acknowledged. */
void tcp_sent(struct tcp *t, enum side from, size_t len);

void tcp_text(struct tcp *t, enum side from, const char *text);

/* A segment without data: @flags are TH_*, such as FIN or RST. */
void tcp_flags(struct tcp *t, enum side from, uint8_t flags);

/* A SYN alone, with these options after MSS. */
void tcp_syn(struct tcp *t, const void *options, size_t len);

/* FIN from both sides. */
void tcp_close(struct tcp *t);

#endif
