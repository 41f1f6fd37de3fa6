// SPDX-License-Identifier: GPL-2.0-or-later
/* See tcp.h. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "smc_codec.h"
#include "tcp.h"

#define WINDOW 64240
/* No version of Wireshark takes these for a protocol's. */
#define FIRST_CLIENT_PORT 54000
#define FIRST_CLIENT_SEQ 1000
#define FIRST_SERVER_SEQ 900000
#define OPTIONS_MAX 40

struct tcp tcp_init(struct cap *cap, uint16_t port)
{
	return (struct tcp){
		.cap = cap,
		.port = { (uint16_t)(FIRST_CLIENT_PORT + cap->connections++ % 11000), port },
		.seq = { FIRST_CLIENT_SEQ, FIRST_SERVER_SEQ },
	};
}

static void segment(struct tcp *t, enum side from, uint8_t flags, uint32_t ahead,
		    const void *options, size_t olen, const void *data, size_t len)
{
	uint8_t packet[CAP_PAYLOAD_MAX];
	struct tcphdr hdr = { .window = htons(WINDOW) };
	size_t total = sizeof(hdr) + olen + len;

	hdr.source = htons(t->port[from]);
	hdr.dest = htons(t->port[other(from)]);
	hdr.seq = htonl(t->seq[from] + ahead);
	hdr.ack_seq = flags & TH_ACK ? htonl(t->seq[other(from)]) : 0;
	hdr.th_flags = flags;
	hdr.doff = (uint16_t)((sizeof(hdr) + olen) / 4);
	memcpy(packet, &hdr, sizeof(hdr));
	if (olen)
		memcpy(packet + sizeof(hdr), options, olen);
	if (len)
		memcpy(packet + sizeof(hdr) + olen, data, len);
	hdr.check = cap_checksum(from, t->v6, IPPROTO_TCP, packet, total);
	memcpy(packet, &hdr, sizeof(hdr));
	cap_ip(t->cap, from, t->v6, IPPROTO_TCP, packet, total);
}

/* MSS, and when asked for NOP NOP and the experiment's option, as Linux pads it. */
static size_t syn_options(bool smc, uint8_t options[OPTIONS_MAX])
{
	static const uint8_t mss[] = { TCPOPT_MAXSEG, TCPOLEN_MAXSEG, 0x05, 0xb4 };
	struct smcw_tcp_option option = { .kind = SMCW_TCPOPT_EXP, .length = sizeof(option) };
	size_t len = sizeof(mss);

	memcpy(options, mss, sizeof(mss));
	if (!smc)
		return len;
	options[len++] = TCPOPT_NOP;
	options[len++] = TCPOPT_NOP;
	smcw_put32(&option.magic, SMCW_EYE_SMCR);
	memcpy(options + len, &option, sizeof(option));
	return len + sizeof(option);
}

void tcp_open(struct tcp *t, unsigned int smc)
{
	uint8_t options[OPTIONS_MAX];
	size_t len = syn_options(smc & TCP_SMC_SYN, options);

	segment(t, CLIENT, TH_SYN, 0, options, len, NULL, 0);
	t->seq[CLIENT]++;
	len = syn_options(smc & TCP_SMC_SYNACK, options);
	segment(t, SERVER, TH_SYN | TH_ACK, 0, options, len, NULL, 0);
	t->seq[SERVER]++;
	segment(t, CLIENT, TH_ACK, 0, NULL, 0, NULL, 0);
}

struct tcp tcp_smc(struct cap *cap, uint16_t port)
{
	struct tcp t = tcp_init(cap, port);

	tcp_open(&t, TCP_SMC_BOTH);
	return t;
}

void tcp_data_at(struct tcp *t, enum side from, uint32_t ahead, const void *data, size_t len)
{
	segment(t, from, TH_PUSH | TH_ACK, ahead, NULL, 0, data, len);
}

void tcp_sent(struct tcp *t, enum side from, size_t len)
{
	t->seq[from] += (uint32_t)len;
	segment(t, other(from), TH_ACK, 0, NULL, 0, NULL, 0);
}

void tcp_data(struct tcp *t, enum side from, const void *data, size_t len)
{
	tcp_data_at(t, from, 0, data, len);
	tcp_sent(t, from, len);
}

void tcp_data_cut(struct tcp *t, enum side from, const void *data, size_t len, size_t step)
{
	const uint8_t *b = data;
	size_t at, now;

	for (at = 0; at < len; at += now) {
		now = len - at < step ? len - at : step;
		tcp_data(t, from, b + at, now);
	}
}

void tcp_text(struct tcp *t, enum side from, const char *text)
{
	tcp_data(t, from, text, strlen(text));
}

void tcp_flags(struct tcp *t, enum side from, uint8_t flags)
{
	segment(t, from, flags, 0, NULL, 0, NULL, 0);
	if (flags & TH_FIN)
		t->seq[from]++;
}

void tcp_syn(struct tcp *t, const void *options, size_t len)
{
	segment(t, CLIENT, TH_SYN, 0, options, len, NULL, 0);
	t->seq[CLIENT]++;
}

void tcp_close(struct tcp *t)
{
	segment(t, CLIENT, TH_FIN | TH_ACK, 0, NULL, 0, NULL, 0);
	t->seq[CLIENT]++;
	segment(t, SERVER, TH_FIN | TH_ACK, 0, NULL, 0, NULL, 0);
	t->seq[SERVER]++;
	segment(t, CLIENT, TH_ACK, 0, NULL, 0, NULL, 0);
}
