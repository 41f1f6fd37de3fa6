// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * damage_check: judges what the dissector said of a capture of SMC-R that
 * damage_pcap has damaged. The bytes of the connections are given as files; the
 * places of WRITEs and cursors are read from the undamaged capture by a reader of
 * its own, which finds each WRITE's bytes in those files and ends the test if they
 * are not there.
 *
 * Standard input: tab-separated fields with a header line, as of "tshark -T fields
 * -E header=y": frame.number, smcx.conn, smcx.conn.port, smcx.sender,
 * smcx.data.position, .length, .missing, smcx.data, .relative, and expert infos.
 * Output: a line a problem, "bytes", "faults" or "warnings" first; and "coverage"
 * with the number of bytes delivered and of those whose WRITEs are in the capture.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smc_codec.h"

#define CONNS_MAX 16
#define OUTS_MAX 64
#define ROCE_PORT 4791
#define IP_AT sizeof(struct ether_header)
#define L4_AT (IP_AT + sizeof(struct iphdr))
#define BTH_AT (L4_AT + sizeof(struct udphdr))
#define BTH_LEN 12
#define RETH_LEN 16
#define ICRC_LEN 4
#define PSN_MASK 0xffffffu
#define CLC_AT sizeof(struct smcw_clc_hdr)

enum { CLIENT, SERVER };
enum { SEND_ONLY = 4, WRITE_FIRST = 6, WRITE_MIDDLE, WRITE_LAST, WRITE_ONLY = 10 };

/* ---- what is true ------------------------------------------------------------------ */

struct end {
	uint32_t ip, token, size;
	uint16_t port;
	uint64_t start;	  /* address of its RMBE */
	long syn, clc_in; /* frames, from 0 on; -1: none */
	uint32_t clc_len; /* captured bytes that tell all of this */
};

/* The bytes that a side sends. */
struct truth {
	uint8_t *b;
	size_t len;
	uint64_t next;	  /* while the original is read: behind the WRITE before */
	uint8_t *there;	  /* for each byte: its WRITE is in the damaged capture */
	uint8_t *excused; /* ... in a frame that is said to be unknown */
	uint8_t *given;	  /* delivered */
	uint64_t due;	  /* bytes of which CDC in the damaged capture leaves no doubt */
	uint64_t awaited; /* ... of which the dissector said that some had not come so far */
	bool enforced;	  /* the handshake is in the damaged capture, and comes first */
	bool judged;
};

struct conn {
	struct end end[2]; /* of the receiver: what it has told */
	struct truth sent[2];
};

enum what { OTHER, WRITE, CDC };

/* A frame of the original. */
struct frame {
	enum what what;
	int conn, sender;
	/* WRITE: its bytes, and where they are in the frame. */
	uint64_t pos;
	uint32_t len, at;
	/* CDC: positions. */
	uint64_t produced, consumed;
	uint16_t seqno;
	bool last;
};

struct write_first {
	uint32_t qpn, psn, packet, length;
	uint64_t vaddr;
};

/* ---- what the dissector says ----------------------------------------------------------- */

struct delivery {
	unsigned long frame;
	uint64_t pos, missing;
	uint32_t length, n;
	uint8_t *b;
};

struct stream {
	struct delivery *d;
	size_t n;
	bool relative;
};

struct out {
	unsigned long number;
	unsigned int ports[2]; /* 0: not told */
	bool turned;	       /* roles are not known, and side 0 is the server */
	struct stream sent[2];
};

struct check {
	const char *capture, *truth, *map;
	struct conn conns[CONNS_MAX];
	int n_conns;
	struct frame *frames;
	size_t n_frames;
	struct write_first *firsts;
	size_t n_firsts;
	bool all_there;
	/* The damaged capture: frames of the original. */
	size_t *origin;
	uint32_t *caplen;
	bool *unknown; /* what it is of is said to be unknown */
	size_t n;
	struct out outs[OUTS_MAX];
	int n_outs;
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;

	fputs("damage_check: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

static void *grown(void *p, size_t n, size_t size)
{
	p = realloc(p, (n + 1) * size);
	if (!p)
		abort();
	memset((uint8_t *)p + n * size, 0, size);
	return p;
}

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

/* Where the bytes are, on the turn that is next to @near. */
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

static void read_original(struct check *c)
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

static void read_map(struct check *c)
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

static void mark(uint8_t *marks, size_t len, uint64_t from, uint64_t n)
{
	if (from >= len)
		return;
	memset(marks + from, 1, n < len - from ? n : len - from);
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

/* What a message says is due at the sender's next one, or at once if it is the last. */
static void count_due(struct check *c, int nth, int sender)
{
	struct truth *t = &c->conns[nth].sent[sender];
	uint64_t told = 0;
	int seqno = -1;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct frame *f = &c->frames[c->origin[i]];

		if (f->what != CDC || f->conn != nth || !cdc_is_whole(f->at, c->caplen[i]))
			continue;
		if (f->sender != sender) {
			t->due = f->consumed > t->due ? f->consumed : t->due;
			continue;
		}
		if ((int16_t)(f->seqno - seqno) <= 0 && seqno >= 0)
			continue;
		seqno = f->seqno;
		t->due = told > t->due ? told : t->due;
		told = f->produced > told ? f->produced : told;
		if (f->last)
			t->due = told > t->due ? told : t->due;
	}
}

static void read_damaged(struct check *c)
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

/* ---- the dissector's fields ------------------------------------------------------------- */

enum column { FRAME, CONN, PORT, SENDER, OF, POS, LENGTH, MISSING, DATA, RELATIVE, COLUMNS };

static const char *const column_names[COLUMNS] = { "frame.number",     "smcx.conn",
						   "smcx.conn.port",   "smcx.sender",
						   "smcx.data.sender", "smcx.data.position",
						   "smcx.data.length", "smcx.data.missing",
						   "smcx.data",	       "smcx.data.relative" };

struct header {
	int column[COLUMNS]; /* -1: is not there */
	char *names[200];
	int n;
};

static int split(char *line, char **words, int max)
{
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (n < max && line)
		words[n++] = strsep(&line, "\t");
	return n;
}

static void read_header(struct header *h, char *line)
{
	int i, k;

	h->n = split(strdup(line), h->names, 200);
	for (k = 0; k < COLUMNS; k++) {
		h->column[k] = -1;
		for (i = 0; i < h->n; i++)
			if (!strcmp(h->names[i], column_names[k]))
				h->column[k] = i;
	}
}

static struct out *out_of(struct check *c, unsigned long number)
{
	int i;

	for (i = 0; i < c->n_outs; i++)
		if (c->outs[i].number == number)
			return &c->outs[i];
	if (c->n_outs == OUTS_MAX)
		die("too many connections in the dissector's answer");
	c->outs[c->n_outs].number = number;
	return &c->outs[c->n_outs++];
}

static uint8_t *from_hex(const char *hex, uint32_t *n)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(hex) / 2, i;
	uint8_t *b = zeroed(len, 1);

	for (i = 0; i < 2 * len; i++) {
		const char *digit = strchr(digits, hex[i]);

		if (!digit)
			die("not hexadecimal: %.20s", hex + i);
		b[i / 2] = (uint8_t)(b[i / 2] << 4 | (digit - digits));
	}
	*n = (uint32_t)len;
	return b;
}

static bool is_fault(const char *name)
{
	return !strncmp(name, "smcx.fault.", 11) || !strcmp(name, "_ws.malformed");
}

/*
 * What a reader who misses packets may not claim. The others of these names are
 * true of the packets that are there.
 */
static bool is_warning(const char *name)
{
	static const char *const claims[] = {
		"smcx.cdc.old",		  "smcx.cdc.regression", "smcx.cdc.beyond",
		"smcx.cdc.overrun",	  "smcx.cdc.underrun",	 "smcx.cdc.after_close",
		"smcx.write.outside",	  "smcx.llc.test_data",	 "smcx.llc.rkeys",
		"smcx.reserved.not_zero", "smcx.unclaimed",
	};
	size_t i;

	for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (!strcmp(name, claims[i]))
			return true;
	return !strncmp(name, "smcx.clc.", 9) && strcmp(name, "smcx.clc.order") &&
	       strcmp(name, "smcx.clc.clocks") && strcmp(name, "smcx.clc.no_proposal");
}

static void judge_experts(const struct header *h, char **words, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (!*words[i])
			continue;
		if (is_fault(h->names[i]))
			printf("faults frame %s: %s\n", words[h->column[FRAME]], h->names[i]);
		else if (is_warning(h->names[i]))
			printf("warnings frame %s: %s\n", words[h->column[FRAME]], h->names[i]);
	}
}

/* What is said to be missing so far is not passed over, where the capture ends. */
static void note_awaited(struct check *c, const char *name, const struct frame *f)
{
	struct truth *t;

	if (f->what != CDC)
		return;
	if (!strcmp(name, "smcx.data.awaited")) {
		t = &c->conns[f->conn].sent[f->sender];
		t->awaited = f->produced > t->awaited ? f->produced : t->awaited;
	} else if (!strcmp(name, "smcx.data.unseen")) {
		t = &c->conns[f->conn].sent[!f->sender];
		t->awaited = f->consumed > t->awaited ? f->consumed : t->awaited;
	}
}

/* The next of a list's values, or "" behind the last. */
static const char *next_value(char **list)
{
	const char *value = *list ? strsep(list, ",") : "";

	return value;
}

static bool is_numbered(const char *role)
{
	return *role == '2' || *role == '3';
}

/* Values of a list; with @zeros only those that are 0. */
static int count_values(const char *list, bool zeros)
{
	int n = 0;

	for (; list && *list; list = strchr(list, ','), list += list != NULL)
		n += !zeros || strtoull(list, NULL, 10) == 0;
	return n;
}

/*
 * A frame may deliver several times, also for the other side. Lengths and positions
 * are there for each, bytes where the length is not 0, and what is missing where
 * places do not follow on each other.
 */
static void add_deliveries(struct out *out, char *const *word)
{
	char *of = word[OF], *pos = word[POS], *length = word[LENGTH], *missing = word[MISSING],
	     *data = word[DATA];
	uint64_t lost = strtoull(missing, NULL, 10);
	bool spare; /* more is missing than before deliveries of no bytes */

	while (pos && *pos) {
		const char *role = next_value(&of);
		unsigned side = (unsigned)(*role - '0') & 1;
		struct stream *s = &out->sent[side ^ (is_numbered(role) && out->turned)];
		struct delivery *d, *before;

		s->d = grown(s->d, s->n, sizeof(*s->d));
		before = s->n ? &s->d[s->n - 1] : NULL;
		d = &s->d[s->n++];
		d->frame = strtoul(word[FRAME], NULL, 10);
		d->pos = strtoull(next_value(&pos), NULL, 10);
		d->length = (uint32_t)strtoul(next_value(&length), NULL, 10);
		d->b = from_hex(d->length ? next_value(&data) : "", &d->n);
		s->relative |= *word[RELATIVE] != '\0';
		d->missing = 0;
		spare = count_values(missing, false) > count_values(length, true);
		if (missing && *missing &&
		    (!pos || !d->length || (before && d->pos != before->pos + before->n) ||
		     (!before && !s->relative && d->pos && spare)))
			d->missing = strtoull(next_value(&missing), NULL, 10);
		if (d->n != d->length)
			printf("bytes frame %lu: smcx.data.length is %u and smcx.data has %u "
			       "bytes\n",
			       d->frame, d->length, d->n);
	}
	if (lost && missing && *missing)
		printf("bytes frame %s says that more is missing than is passed over\n",
		       word[FRAME]);
}

static void read_fields(struct check *c)
{
	struct header h = { 0 };
	char *word[COLUMNS], none[] = "";
	char *line = NULL, *words[200];
	size_t room = 0, rows = 0;
	struct out *out;
	int n, k;

	if (getline(&line, &room, stdin) <= 0)
		die("no fields");
	read_header(&h, line);
	for (; getline(&line, &room, stdin) > 0; rows++) {
		n = split(line, words, h.n);
		for (k = 0; k < COLUMNS; k++)
			word[k] = h.column[k] >= 0 && h.column[k] < n ? words[h.column[k]] : none;
		if (rows >= c->n)
			die("more frames than in the map");
		for (k = 0; k < n; k++) {
			if (!*words[k])
				continue;
			c->unknown[rows] |= !strncmp(h.names[k], "smcx.unknown.", 13);
			note_awaited(c, h.names[k], &c->frames[c->origin[rows]]);
		}
		judge_experts(&h, words, n);
		if (!*word[CONN])
			continue;
		out = out_of(c, strtoul(word[CONN], NULL, 10));
		if (!out->ports[0])
			sscanf(word[PORT], "%u,%u", &out->ports[0], &out->ports[1]);
		if (is_numbered(word[SENDER]) && c->frames[c->origin[rows]].what != OTHER)
			out->turned =
				((*word[SENDER] - '0') ^ c->frames[c->origin[rows]].sender) & 1;
		if (*word[POS])
			add_deliveries(out, word);
	}
	if (rows != c->n)
		printf("bytes the dissector ended after frame %zu of %zu\n", rows, c->n);
	free(line);
}

/* ---- comparing ------------------------------------------------------------------------------ */

struct problem {
	char text[300];
	uint64_t at; /* the first wrong place; UINT64_MAX: none */
};

__attribute__((format(printf, 3, 4))) static void wrong(struct problem *p, uint64_t at,
							const char *format, ...)
{
	va_list args;

	if (p->at != UINT64_MAX)
		return;
	p->at = at;
	va_start(args, format);
	vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
}

/* Positions follow on each other, or say what is missing between. Return: the place behind all. */
static uint64_t check_places(const struct stream *s, struct problem *p)
{
	uint64_t next = s->relative && s->n ? s->d[0].pos - s->d[0].missing : 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct delivery *d = &s->d[i];

		if (d->pos < next)
			wrong(p, d->pos, "frame %lu goes back from %" PRIu64 " to %" PRIu64,
			      d->frame, next, d->pos);
		else if (d->pos - next > d->missing)
			wrong(p, next,
			      "frame %lu: %" PRIu64 " to %" PRIu64
			      " is passed over, and said to be missing are %" PRIu64,
			      d->frame, next, d->pos - 1, d->missing);
		else if (d->pos - next < d->missing)
			wrong(p, next,
			      "frame %lu: %" PRIu64 " bytes are said to be missing before %" PRIu64
			      ", but %" PRIu64 " were given",
			      d->frame, d->missing, d->pos, next);
		next = d->pos + d->n;
	}
	return next;
}

static void check_bytes(const struct stream *s, const struct truth *t, uint64_t shift,
			struct problem *p)
{
	size_t i;
	uint32_t k;

	for (i = 0; i < s->n; i++) {
		const struct delivery *d = &s->d[i];
		uint64_t pos = d->pos + shift;

		for (k = 0; k < d->n; k++) {
			if (pos + k < t->len && d->b[k] == t->b[pos + k])
				continue;
			wrong(p, d->pos + k,
			      "frame %lu: at %" PRIu64 " is 0x%02x, sent was %s0x%02x", d->frame,
			      d->pos + k, d->b[k], pos + k < t->len ? "" : "nothing, not ",
			      pos + k < t->len ? t->b[pos + k] : 0);
			return;
		}
	}
}

/* The bytes at the end that are due, that nothing was said of. */
static void check_end(const struct truth *t, uint64_t next, struct problem *p)
{
	uint64_t from = next;

	while (from < t->due && from < t->len && t->excused[from])
		from++;
	if (from < t->due && t->awaited < t->due)
		wrong(p, from,
		      "%" PRIu64 " to %" PRIu64 " are neither given nor said to be missing", from,
		      t->due - 1);
}

static void check_all(const struct stream *s, const struct truth *t, struct problem *p)
{
	size_t i, from = 0, d;

	for (i = 0; i < t->len; i++) {
		if (!t->there[i])
			continue;
		for (d = from; d < s->n && s->d[d].pos + s->d[d].n <= i; d++)
			;
		from = d;
		if (d == s->n || s->d[d].pos > i) {
			wrong(p, i, "%zu is in the capture and was not given", i);
			return;
		}
	}
}

/* Place 0 of the stream is byte @shift of the truth. */
static struct problem check_stream(const struct check *c, const struct stream *s,
				   const struct truth *t, uint64_t shift)
{
	struct problem p = { .at = UINT64_MAX };
	uint64_t next;

	check_bytes(s, t, shift, &p);
	next = check_places(s, &p);
	if (t->enforced && !s->relative)
		check_end(t, next, &p);
	if (t->enforced && c->all_there && !s->relative)
		check_all(s, t, &p);
	return p;
}

static const struct delivery *first_bytes(const struct stream *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->d[i].n)
			return &s->d[i];
	return NULL;
}

/* The best of the shifts that the stream's first bytes allow; to @shift. */
static struct problem check_shifts(const struct check *c, const struct stream *s,
				   const struct truth *t, uint64_t *shift)
{
	const struct delivery *d = first_bytes(s);
	struct problem best = { .at = 0 }, p;
	uint64_t at;

	*shift = 0;
	if (!s->relative || !d)
		return check_stream(c, s, t, 0);
	snprintf(best.text, sizeof(best.text), "frame %lu: the bytes were never sent", d->frame);
	for (at = 0; at + d->n <= t->len && best.at != UINT64_MAX; at++) {
		if (at < d->pos || memcmp(t->b + at, d->b, d->n))
			continue;
		p = check_stream(c, s, t, at - d->pos);
		if (p.at > best.at) {
			best = p;
			*shift = at - d->pos;
		}
	}
	return best;
}

static void take(const struct stream *s, struct truth *t, uint64_t shift)
{
	size_t i;

	t->judged = true;
	for (i = 0; i < s->n; i++)
		mark(t->given, t->len, s->d[i].pos + shift, s->d[i].n);
}

struct match {
	int conn, turned;
	struct problem p[2];
	uint64_t shift[2];
	uint64_t good;
};

static uint64_t at_most(uint64_t at, size_t len)
{
	return at < len ? at : len;
}

/* Does a stream end where @s begins, before it? */
static bool goes_on_with(const struct stream *before, const struct stream *s)
{
	const struct delivery *last = before->n ? &before->d[before->n - 1] : NULL;

	return last && last->pos + last->n == s->d[0].pos && last->frame < s->d[0].frame;
}

/*
 * In one pass a direction that is known by its CDC alone has a number of its own, until it is known
 * which one is its other direction: what came before that is joined with the rest.
 */
static void join_parts(struct check *c, struct stream *s)
{
	const bool whole = !s->n || s->relative || s->d[0].pos <= s->d[0].missing;
	struct stream *before;
	int i, side;

	for (i = 0; !whole && i < c->n_outs; i++)
		for (side = CLIENT; side <= SERVER; side++) {
			before = &c->outs[i].sent[side];
			if (before == s || c->outs[i].ports[0] || !goes_on_with(before, s))
				continue;
			before->d = realloc(before->d, (before->n + s->n) * sizeof(*s->d));
			if (!before->d)
				abort();
			memcpy(before->d + before->n, s->d, s->n * sizeof(*s->d));
			before->n += s->n;
			free(s->d);
			*s = *before;
			*before = (struct stream){ 0 };
			return;
		}
}

/* Compare a connection of the answer with one that was, as it is or with sides exchanged. */
static struct match compare(const struct check *c, const struct out *out, int conn, int turned)
{
	struct match m = { .conn = conn, .turned = turned };
	int side;

	for (side = CLIENT; side <= SERVER; side++) {
		const struct truth *t = &c->conns[conn].sent[side ^ turned];

		m.p[side] = check_shifts(c, &out->sent[side], t, &m.shift[side]);
		m.good += m.p[side].at == UINT64_MAX ? (uint64_t)1 << 32 :
						       at_most(m.p[side].at, t->len);
	}
	return m;
}

static bool may_be(const struct check *c, const struct out *out, int conn, int turned)
{
	const struct end *end = c->conns[conn].end;
	bool relative = out->sent[0].relative || out->sent[1].relative;

	if (!out->ports[0])
		return !turned || relative;
	return !turned && ((out->ports[0] == end[0].port && out->ports[1] == end[1].port) ||
			   (out->ports[0] == end[1].port && out->ports[1] == end[0].port));
}

static void judge_out(struct check *c, const struct out *out)
{
	struct match best = { .conn = -1 }, m;
	int i, turned, side;

	if (!out->sent[CLIENT].n && !out->sent[SERVER].n)
		return; /* judge_silent() sees whether another one has the bytes */
	for (i = 0; i < c->n_conns; i++)
		for (turned = 0; turned <= 1; turned++) {
			if (!may_be(c, out, i, turned))
				continue;
			m = compare(c, out, i, turned);
			if (best.conn < 0 || m.good > best.good)
				best = m;
		}
	if (best.conn < 0) {
		printf("bytes connection %lu never was\n", out->number);
		return;
	}
	for (side = CLIENT; side <= SERVER; side++) {
		take(&out->sent[side], &c->conns[best.conn].sent[side ^ best.turned],
		     best.shift[side]);
		if (best.p[side].at != UINT64_MAX)
			printf("bytes connection %lu %s%s: %s\n", out->number,
			       side == CLIENT ? "client" : "server",
			       out->sent[side].relative ? " (relative)" : "", best.p[side].text);
	}
}

/* A stream of which the answer has nothing. */
static void judge_silent(const struct check *c, int conn, int side)
{
	const struct truth *t = &c->conns[conn].sent[side];
	const struct stream none = { 0 };
	struct problem p;

	if (t->judged)
		return;
	p = check_stream(c, &none, t, 0);
	if (p.at != UINT64_MAX)
		printf("bytes nothing of the %s of connection %d: %s\n",
		       side == CLIENT ? "client" : "server", conn, p.text);
}

static void print_coverage(const struct check *c)
{
	size_t given = 0, there = 0, i;
	int n, side;

	for (n = 0; n < c->n_conns; n++)
		for (side = CLIENT; side <= SERVER; side++) {
			const struct truth *t = &c->conns[n].sent[side];

			for (i = 0; i < t->len; i++) {
				there += t->there[i];
				given += t->there[i] && t->given[i];
			}
		}
	printf("coverage %zu %zu\n", given, there);
}

static void judge(struct check *c)
{
	int i, side;

	for (i = 0; i < c->n_outs; i++)
		for (side = CLIENT; side <= SERVER; side++)
			join_parts(c, &c->outs[i].sent[side]);
	for (i = 0; i < c->n_outs; i++)
		judge_out(c, &c->outs[i]);
	for (i = 0; i < c->n_conns; i++)
		for (side = CLIENT; side <= SERVER; side++)
			judge_silent(c, i, side);
	print_coverage(c);
}

/* ---- command line ------------------------------------------------------------------------------
 */

static const struct argp_option options[] = {
	{ "truth", 't', "DIR", 0, "DIR/C-S has what side S (0: client) of connection C sent", 0 },
	{ "map", 'm', "FILE", 0, "That damage_pcap has written", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	switch (key) {
	case 't':
		c->truth = arg;
		break;
	case 'm':
		c->map = arg;
		break;
	case ARGP_KEY_ARG:
		if (c->capture)
			argp_usage(state);
		c->capture = arg;
		break;
	case ARGP_KEY_END:
		if (!c->capture || !c->truth || !c->map)
			argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void clean_up(struct check *c)
{
	int i, side;
	size_t k;

	for (i = 0; i < c->n_conns; i++)
		for (side = CLIENT; side <= SERVER; side++) {
			free(c->conns[i].sent[side].b);
			free(c->conns[i].sent[side].there);
			free(c->conns[i].sent[side].excused);
			free(c->conns[i].sent[side].given);
		}
	for (i = 0; i < c->n_outs; i++)
		for (side = CLIENT; side <= SERVER; side++) {
			for (k = 0; k < c->outs[i].sent[side].n; k++)
				free(c->outs[i].sent[side].d[k].b);
			free(c->outs[i].sent[side].d);
		}
	free(c->frames);
	free(c->firsts);
	free(c->origin);
	free(c->caplen);
	free(c->unknown);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "CAPTURE",
		.doc = "Compare what the dissector says of a damaged CAPTURE "
		       "with what was sent."
	};
	static struct check c;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	read_original(&c);
	read_map(&c);
	read_fields(&c);
	read_damaged(&c);
	judge(&c);
	clean_up(&c);
	return EXIT_SUCCESS;
}
