// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The facts of a damaged capture. The places of WRITEs and cursors are read from the
 * undamaged capture by a reader of its own, which finds each WRITE's bytes in the data
 * that was sent and ends the test if they are not there.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "damage_check.h"
#include "smc_codec.h"

#define ROCE_PORT 4791
#define IP_AT sizeof(struct ether_header)
#define L4_AT (IP_AT + sizeof(struct iphdr))
#define BTH_AT (L4_AT + sizeof(struct udphdr))
#define BTH_LEN 12
#define RETH_LEN 16
#define ICRC_LEN 4
#define PSN_MASK 0xffffffu
#define CLC_AT sizeof(struct smcw_clc_hdr)

enum { SEND_ONLY = 4, WRITE_FIRST = 6, WRITE_MIDDLE, WRITE_LAST, WRITE_ONLY = 10 };

/* ---- the original: connections ------------------------------------------------------ */

static void read_truth(struct check *c, int conn, int side)
{
	struct truth *t = &c->conns[conn].sent[side];
	char path[4096];
	FILE *f;
	long len;

	snprintf(path, sizeof(path), "%s/%d-%d", c->truth, conn, side);
	f = fopen(path, "r");
	if (f) {
		if (fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0)
			die("%s: cannot be read", path);
		rewind(f);
		t->len = (size_t)len;
		t->b = zeroed(t->len, 1);
		if (fread(t->b, 1, t->len, f) != t->len)
			die("%s: cannot be read", path);
		fclose(f);
	}
	t->there = zeroed(t->len, 1);
	t->excused = zeroed(t->len, 1);
	t->given = zeroed(t->len, 1);
}

/* The connection between these, in either direction; a SYN makes it. */
static struct conn *conn_between(struct check *c, const struct end *from, const struct end *to,
				 bool syn)
{
	struct conn *conn;
	int i;

	for (i = c->n_conns - 1; i >= 0; i--) {
		conn = &c->conns[i];
		if ((conn->end[CLIENT].port == from->port && conn->end[SERVER].port == to->port) ||
		    (conn->end[CLIENT].port == to->port && conn->end[SERVER].port == from->port))
			return conn;
	}
	if (!syn)
		return NULL;
	if (c->n_conns == CONNS_MAX)
		die("%s has too many connections", c->capture);
	conn = &c->conns[c->n_conns];
	conn->end[CLIENT] = *from;
	conn->end[SERVER] = *to;
	read_truth(c, c->n_conns, CLIENT);
	read_truth(c, c->n_conns, SERVER);
	c->n_conns++;
	return conn;
}

static void read_accept(struct end *end, const uint8_t *clc, long frame, uint32_t at)
{
	struct smcw_accept_smcr a;

	memcpy(&a, clc + CLC_AT, sizeof(a));
	end->token = smcw_get32(&a.alert_token);
	end->size = SMCW_BUF_BYTES((a.size_mtu & SMCW_SIZE_HI) >> 4);
	end->start = smcw_get64(&a.vaddr) + (uint64_t)(a.rmbe_idx ? a.rmbe_idx - 1 : 0) * end->size;
	end->clc_in = frame;
	end->clc_len = at + (uint32_t)(CLC_AT + offsetof(struct smcw_accept_smcr, reserved));
}

static void read_tcp(struct check *c, const uint8_t *b, uint32_t len, long frame)
{
	struct end from = { .syn = -1, .clc_in = -1 }, to = from;
	struct iphdr ip;
	struct tcphdr tcp;
	struct conn *conn;
	uint32_t at;
	uint8_t type;

	memcpy(&ip, b + IP_AT, sizeof(ip));
	memcpy(&tcp, b + L4_AT, sizeof(tcp));
	from.ip = ip.saddr;
	to.ip = ip.daddr;
	from.port = ntohs(tcp.source);
	to.port = ntohs(tcp.dest);
	conn = conn_between(c, &from, &to, tcp.syn && !tcp.ack);
	at = (uint32_t)L4_AT + tcp.doff * 4u;
	if (!conn)
		return;
	if (tcp.syn && !tcp.ack)
		conn->end[CLIENT].syn = frame;
	if (at + CLC_AT + sizeof(struct smcw_accept_smcr) > len ||
	    smcw_get32(b + at) != SMCW_EYE_SMCR)
		return;
	type = b[at + offsetof(struct smcw_clc_hdr, type)];
	if (type == SMCW_ACCEPT)
		read_accept(&conn->end[SERVER], b + at, frame, at);
	if (type == SMCW_CONFIRM)
		read_accept(&conn->end[CLIENT], b + at, frame, at);
}

/* ---- the original: RDMA ------------------------------------------------------------- */

/* The end that an address is of, of the newest connection; its number to @conn. */
static int end_of_address(const struct check *c, uint32_t ip, uint64_t vaddr, int *conn)
{
	int i, side;

	for (i = c->n_conns - 1; i >= 0; i--)
		for (side = CLIENT; side <= SERVER; side++) {
			const struct end *end = &c->conns[i].end[side];

			if (end->ip == ip && end->clc_in >= 0 && vaddr >= end->start &&
			    vaddr - end->start < end->size) {
				*conn = i;
				return side;
			}
		}
	return -1;
}

static int end_of_token(const struct check *c, uint32_t ip, uint32_t token, int *conn)
{
	int i, side;

	for (i = c->n_conns - 1; i >= 0; i--)
		for (side = CLIENT; side <= SERVER; side++) {
			const struct end *end = &c->conns[i].end[side];

			if (end->ip == ip && end->clc_in >= 0 && end->token == token) {
				*conn = i;
				return side;
			}
		}
	return -1;
}

/* The place of the bytes, on the turn that is next to @near. */
static uint64_t find_bytes(const struct check *c, const struct truth *t, uint32_t size,
			   uint32_t offset, const uint8_t *b, uint32_t len, size_t nth)
{
	uint64_t pos, best = UINT64_MAX, distance = UINT64_MAX, away;

	for (pos = offset; pos + len <= t->len; pos += size) {
		away = pos > t->next ? pos - t->next : t->next - pos;
		if (away < distance && !memcmp(t->b + pos, b, len)) {
			distance = away;
			best = pos;
		}
	}
	if (best == UINT64_MAX)
		die("%s: the %u bytes of frame %zu are not what was sent", c->capture, len,
		    nth + 1);
	return best;
}

static const struct write_first *first_of(const struct check *c, uint32_t qpn, uint32_t psn)
{
	size_t i;

	for (i = c->n_firsts; i--;) {
		const struct write_first *w = &c->firsts[i];
		uint64_t at = (uint64_t)((psn - w->psn) & PSN_MASK) * w->packet;

		if (w->qpn == qpn && at < w->length)
			return w;
	}
	return NULL;
}

static void read_write(struct check *c, struct frame *f, const uint8_t *b, uint32_t end,
		       uint32_t ip, size_t nth)
{
	const uint8_t *bth = b + BTH_AT;
	uint32_t qpn = smcw_get24(bth + 5), psn = smcw_get24(bth + 9);
	bool has_reth = bth[0] == WRITE_FIRST || bth[0] == WRITE_ONLY;
	const struct write_first *w;
	struct truth *t;
	uint64_t vaddr;
	int side;

	f->at = (uint32_t)(BTH_AT + BTH_LEN + (has_reth ? RETH_LEN : 0));
	f->len = end - f->at - (bth[1] >> 4 & 3);
	if (has_reth) {
		vaddr = smcw_get64(bth + BTH_LEN);
		c->firsts = grown(c->firsts, c->n_firsts, sizeof(*c->firsts));
		c->firsts[c->n_firsts++] =
			(struct write_first){ qpn, psn, f->len, smcw_get32(bth + BTH_LEN + 12),
					      vaddr };
	} else {
		w = first_of(c, qpn, psn);
		if (!w)
			die("%s: frame %zu has no start", c->capture, nth + 1);
		vaddr = w->vaddr + (uint64_t)((psn - w->psn) & PSN_MASK) * w->packet;
	}
	side = end_of_address(c, ip, vaddr, &f->conn);
	if (side < 0 || !f->len)
		return;
	f->what = WRITE;
	f->sender = !side;
	t = &c->conns[f->conn].sent[f->sender];
	f->pos = find_bytes(c, t, c->conns[f->conn].end[side].size,
			    (uint32_t)(vaddr - c->conns[f->conn].end[side].start), b + f->at,
			    f->len, nth);
	t->next = f->pos + f->len;
}

static uint64_t cursor(const struct smcw_cursor *cursor, uint32_t size)
{
	return (uint64_t)smcw_get16(&cursor->wrap) * size + smcw_get32(&cursor->count);
}

static void read_cdc(const struct check *c, struct frame *f, const uint8_t *b, uint32_t ip)
{
	const struct conn *conn;
	struct smcw_cdc cdc;
	int side;

	f->at = (uint32_t)(BTH_AT + BTH_LEN);
	memcpy(&cdc, b + f->at, sizeof(cdc));
	side = end_of_token(c, ip, smcw_get32(&cdc.alert_token), &f->conn);
	if (side < 0)
		return;
	conn = &c->conns[f->conn];
	f->what = CDC;
	f->sender = !side;
	f->seqno = smcw_get16(&cdc.seqno);
	f->produced = cursor(&cdc.prod, conn->end[side].size);
	f->consumed = cursor(&cdc.cons, conn->end[!side].size);
	f->last = cdc.state & (SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED | SMCW_CDC_ABORT);
}

static void read_frame(struct check *c, const uint8_t *b, uint32_t len)
{
	struct frame *f;
	struct iphdr ip;
	struct udphdr udp;
	uint32_t end;

	c->frames = grown(c->frames, c->n_frames, sizeof(*c->frames));
	f = &c->frames[c->n_frames++];
	if (len < L4_AT + sizeof(struct tcphdr) ||
	    smcw_get16(b + offsetof(struct ether_header, ether_type)) != ETHERTYPE_IP)
		return;
	memcpy(&ip, b + IP_AT, sizeof(ip));
	if (ip.protocol == IPPROTO_TCP) {
		read_tcp(c, b, len, (long)c->n_frames - 1);
		return;
	}
	memcpy(&udp, b + L4_AT, sizeof(udp));
	end = (uint32_t)L4_AT + ntohs(udp.uh_ulen) - ICRC_LEN;
	if (ip.protocol != IPPROTO_UDP || ntohs(udp.uh_dport) != ROCE_PORT || end > len)
		return;
	if (b[BTH_AT] >= WRITE_FIRST && b[BTH_AT] <= WRITE_ONLY)
		read_write(c, f, b, end, ip.daddr, c->n_frames - 1);
	else if (b[BTH_AT] == SEND_ONLY && end - BTH_AT - BTH_LEN == SMCW_CDC_LEN &&
		 b[BTH_AT + BTH_LEN] == SMCW_CDC_TYPE)
		read_cdc(c, f, b, ip.daddr);
}

void read_original(struct check *c)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(c->capture, error);
	struct pcap_pkthdr *hdr;
	const u_char *b;

	if (!pcap)
		die("%s", error);
	if (pcap_datalink(pcap) != DLT_EN10MB)
		die("%s: not of Ethernet", c->capture);
	while (pcap_next_ex(pcap, &hdr, &b) == 1)
		read_frame(c, b, hdr->caplen);
	pcap_close(pcap);
	if (!c->n_conns)
		die("%s has no connection", c->capture);
}

/* ---- the damaged capture -------------------------------------------------------------- */

void read_map(struct check *c)
{
	FILE *f = fopen(c->map, "r");
	char line[512];
	int all;

	if (!f || !fgets(line, sizeof(line), f) || sscanf(line, "%d", &all) != 1)
		die("%s: no map", c->map);
	c->all_there = all;
	while (fgets(line, sizeof(line), f)) {
		c->origin = grown(c->origin, c->n, sizeof(*c->origin));
		c->caplen = grown(c->caplen, c->n, sizeof(*c->caplen));
		if (sscanf(line, "%zu %u", &c->origin[c->n], &c->caplen[c->n]) != 2 ||
		    c->origin[c->n] >= c->n_frames)
			die("%s: wrong at frame %zu", c->map, c->n + 1);
		c->n++;
	}
	fclose(f);
	c->unknown = zeroed(c->n, sizeof(*c->unknown));
}

static bool cdc_is_whole(uint32_t at, uint32_t caplen)
{
	return caplen >= at + offsetof(struct smcw_cdc, reserved);
}

/* The first place of a frame of the original, so far captured, or -1. */
static long first_place(const struct check *c, long origin, uint32_t caplen)
{
	size_t i;

	for (i = 0; origin >= 0 && i < c->n; i++)
		if (c->origin[i] == (size_t)origin && c->caplen[i] >= caplen)
			return (long)i;
	return -1;
}

/* SYN, Accept and Confirm in this order, before all RDMA of the connection. */
static bool handshake_is_first(const struct check *c, int nth)
{
	const struct end *client = &c->conns[nth].end[CLIENT];
	const struct end *server = &c->conns[nth].end[SERVER];
	long syn = first_place(c, client->syn, (uint32_t)(L4_AT + 40));
	long accept = first_place(c, server->clc_in, server->clc_len);
	long confirm = first_place(c, client->clc_in, client->clc_len);
	long i;

	if (syn < 0 || accept < syn || confirm < accept)
		return false;
	for (i = 0; i < confirm; i++)
		if (c->frames[c->origin[i]].what != OTHER && c->frames[c->origin[i]].conn == nth)
			return false;
	return true;
}

/* One of the two reasons for bytes to be due: the sender has reported them, the peer consumed them.
 */
static void raise_due(struct truth *t, uint64_t *reason, uint64_t due)
{
	if (due <= *reason)
		return;
	*reason = due;
	t->due = due > t->due ? due : t->due;
	t->cdc_after = 0;
}

static bool is_newer(uint16_t seqno, int *last)
{
	if (*last >= 0 && (int16_t)(seqno - *last) <= 0)
		return false;
	*last = seqno;
	return true;
}

/* Bytes that a message reports are due at the sender's next one, or at once if it is the last. */
static void count_due(struct check *c, int nth, int sender)
{
	struct truth *t = &c->conns[nth].sent[sender];
	uint64_t told = 0, sure = 0, consumed = 0;
	int seqno = -1, peer_seqno = -1;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct frame *f = &c->frames[c->origin[i]];

		if (f->what != CDC || f->conn != nth || !cdc_is_whole(f->at, c->caplen[i]))
			continue;
		if (f->sender != sender) {
			t->cdc_after += is_newer(f->seqno, &peer_seqno);
			raise_due(t, &consumed, f->consumed);
			continue;
		}
		if (!is_newer(f->seqno, &seqno))
			continue;
		t->cdc_after++;
		raise_due(t, &sure, told);
		told = f->produced > told ? f->produced : told;
		if (f->last)
			raise_due(t, &sure, told);
	}
}

void read_damaged(struct check *c)
{
	size_t i;
	int n, side;

	for (i = 0; i < c->n; i++) {
		const struct frame *f = &c->frames[c->origin[i]];
		struct truth *t = &c->conns[f->conn].sent[f->sender];
		uint32_t has = c->caplen[i] > f->at ? c->caplen[i] - f->at : 0;

		if (f->what != WRITE)
			continue;
		mark(t->there, t->len, f->pos, has < f->len ? has : f->len);
		if (c->unknown[i])
			mark(t->excused, t->len, f->pos, f->len);
	}
	for (n = 0; n < c->n_conns; n++)
		for (side = CLIENT; side <= SERVER; side++) {
			count_due(c, n, side);
			c->conns[n].sent[side].enforced = handshake_is_first(c, n);
		}
}
