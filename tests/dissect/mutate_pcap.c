// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mutate_pcap: captures in, a capture of changed packets out, for fuzzing a
 * dissector that needs whole conversations. Files are played again and again,
 * each time between other addresses, and about half of the packets of a play
 * are changed, where SMC is if they carry it. Lengths of IP and UDP are set
 * right again, or nothing would reach SMC. Same seed, same output.
 */
#include <argp.h>
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_MAX 65536
#define ROCE_PORT 4791
#define TCP_OFFSET_AT 12 /* upper half: words of header */
#define BTH_LEN 12
#define ICRC_LEN 4

struct packet {
	uint8_t *b;
	size_t len;
};

struct file {
	struct packet *packets;
	size_t n;
};

struct fuzz {
	const char *output;
	unsigned long count;
	uint64_t random;
	struct file *files;
	size_t n_files;
	int linktype;
	pcap_dumper_t *dump;
	unsigned long written; /* changed ones */
	struct timeval now;
};

/* The bytes of a packet that are worth changing. */
struct span {
	size_t from;
	size_t to;
};

/* xorshift64*: small, and the same everywhere. */
static uint32_t any(struct fuzz *z, uint32_t below)
{
	z->random ^= z->random >> 12;
	z->random ^= z->random << 25;
	z->random ^= z->random >> 27;
	return below ? (uint32_t)(z->random * 0x2545f4914f6cdd1dull >> 32) % below : 0;
}

/* ---- headers ------------------------------------------------------------------ */

static bool is_ether(const struct fuzz *z, const struct packet *p)
{
	return z->linktype == DLT_EN10MB && p->len > sizeof(struct ether_header);
}

static uint16_t ether_type(const struct packet *p)
{
	uint16_t type;

	memcpy(&type, p->b + offsetof(struct ether_header, ether_type), sizeof(type));
	return ntohs(type);
}

/* Offset of the transport header, 0 if there is none; *proto is its protocol. */
static size_t transport(const struct fuzz *z, const struct packet *p, uint8_t *proto)
{
	const size_t at = sizeof(struct ether_header);

	if (!is_ether(z, p))
		return 0;
	if (ether_type(p) == ETHERTYPE_IP && p->len >= at + sizeof(struct iphdr)) {
		*proto = p->b[at + offsetof(struct iphdr, protocol)];
		return at + sizeof(struct iphdr);
	}
	if (ether_type(p) == ETHERTYPE_IPV6 && p->len >= at + sizeof(struct ip6_hdr)) {
		*proto = p->b[at + offsetof(struct ip6_hdr, ip6_nxt)];
		return at + sizeof(struct ip6_hdr);
	}
	return 0;
}

static bool is_roce(const struct packet *p, size_t at)
{
	uint16_t port;

	memcpy(&port, p->b + at + offsetof(struct udphdr, uh_dport), sizeof(port));
	return ntohs(port) == ROCE_PORT;
}

/* After the tags of an exported PDU, each of them a number, a length and as many bytes. */
static size_t behind_tags(const struct packet *p)
{
	uint16_t head[2];
	size_t at = 0;

	while (at + sizeof(head) <= p->len) {
		memcpy(head, p->b + at, sizeof(head));
		at += sizeof(head) + ntohs(head[1]);
		if (!head[0])
			break;
	}
	return at;
}

static size_t behind_link(const struct fuzz *z, const struct packet *p)
{
	if (is_ether(z, p))
		return sizeof(struct ether_header);
	return z->linktype == DLT_WIRESHARK_UPPER_PDU ? behind_tags(p) : 0;
}

static struct span smc_span(const struct fuzz *z, const struct packet *p)
{
	struct span span = { behind_link(z, p), p->len };
	uint8_t proto = 0;
	size_t at = transport(z, p, &proto);

	if (at && proto == IPPROTO_TCP && p->len > at + sizeof(struct tcphdr)) {
		size_t data = at + (size_t)(p->b[at + TCP_OFFSET_AT] >> 4) * 4;

		span.from = data < p->len ? data : at + sizeof(struct tcphdr);
	} else if (at && proto == IPPROTO_UDP &&
		   p->len > at + sizeof(struct udphdr) + BTH_LEN + ICRC_LEN && is_roce(p, at)) {
		span.from = at + sizeof(struct udphdr) + BTH_LEN;
		span.to = p->len - ICRC_LEN;
	}
	return span;
}

static void put16(uint8_t *at, size_t value)
{
	uint16_t be = htons((uint16_t)value);

	memcpy(at, &be, sizeof(be));
}

/* Lengths of IP and UDP as the packet is now. Checksums may be wrong. */
static void fix_lengths(const struct fuzz *z, struct packet *p)
{
	const size_t ip = sizeof(struct ether_header);
	uint8_t proto = 0;
	size_t at = transport(z, p, &proto);

	if (!at)
		return;
	if (ether_type(p) == ETHERTYPE_IP)
		put16(p->b + ip + offsetof(struct iphdr, tot_len), p->len - ip);
	else
		put16(p->b + ip + offsetof(struct ip6_hdr, ip6_plen), p->len - at);
	if (proto == IPPROTO_UDP && p->len >= at + sizeof(struct udphdr))
		put16(p->b + at + offsetof(struct udphdr, uh_ulen), p->len - at);
}

/* Other addresses for each play, or TCP would take it for retransmission. */
static void readdress(const struct fuzz *z, struct packet *p, uint32_t play)
{
	const size_t ip = sizeof(struct ether_header);
	uint8_t proto;
	size_t i, at[2];

	if (!transport(z, p, &proto))
		return;
	if (ether_type(p) == ETHERTYPE_IP) {
		at[0] = ip + offsetof(struct iphdr, saddr) + 1;
		at[1] = ip + offsetof(struct iphdr, daddr) + 1;
	} else {
		at[0] = ip + offsetof(struct ip6_hdr, ip6_src) + 8;
		at[1] = ip + offsetof(struct ip6_hdr, ip6_dst) + 8;
	}
	for (i = 0; i < 2; i++) {
		p->b[at[i]] ^= (uint8_t)(play >> 8);
		p->b[at[i] + 1] ^= (uint8_t)play;
	}
}

/* ---- changes ------------------------------------------------------------------- */

static size_t somewhere(struct fuzz *z, struct span span)
{
	size_t len = span.to - span.from;

	/* Headers, offsets and counts stand in front of the bytes that they rule. */
	if (len > 64 && any(z, 2))
		len = 64;
	return span.from + any(z, (uint32_t)len);
}

static void flip_bits(struct fuzz *z, struct packet *p, struct span span)
{
	uint32_t n = 1 + any(z, 8);

	while (n--)
		p->b[somewhere(z, span)] ^= (uint8_t)(1u << any(z, 8));
}

static void set_bytes(struct fuzz *z, struct packet *p, struct span span)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff, 44, 8, 9 };
	size_t at = somewhere(z, span);
	uint32_t n = 1 + any(z, 4);

	while (n-- && at < span.to)
		p->b[at++] = values[any(z, sizeof(values))];
}

static void cut(struct fuzz *z, struct packet *p, struct span span)
{
	size_t keep = span.from + any(z, (uint32_t)(span.to - span.from));

	memmove(p->b + keep, p->b + span.to, p->len - span.to);
	p->len -= span.to - keep;
}

static void insert(struct fuzz *z, struct packet *p, struct span span)
{
	size_t at = span.from + any(z, (uint32_t)(span.to - span.from)), n = 1 + any(z, 64);

	if (p->len + n > PACKET_MAX)
		return;
	memmove(p->b + at + n, p->b + at, p->len - at);
	memset(p->b + at, any(z, 2) ? 0 : 0xff, n);
	p->len += n;
}

/* The front of one packet's bytes and the back of another's. */
static void splice(struct fuzz *z, struct packet *p, struct span span)
{
	const struct file *file = &z->files[any(z, (uint32_t)z->n_files)];
	const struct packet *with = &file->packets[any(z, (uint32_t)file->n)];
	struct span other = smc_span(z, with);
	size_t at, from, n;

	if (other.from >= other.to)
		return;
	at = span.from + any(z, (uint32_t)(span.to - span.from));
	from = other.from + any(z, (uint32_t)(other.to - other.from));
	n = other.to - from;
	if (at + n + p->len - span.to > PACKET_MAX)
		return;
	memmove(p->b + at + n, p->b + span.to, p->len - span.to);
	memcpy(p->b + at, with->b + from, n);
	p->len = at + n + p->len - span.to;
}

static void change(struct fuzz *z, struct packet *p)
{
	static void (*const ways[])(struct fuzz *, struct packet *,
				    struct span) = { flip_bits, flip_bits, set_bytes, set_bytes,
						     cut,	insert,	   splice };
	const uint32_t n_ways = sizeof(ways) / sizeof(ways[0]);
	uint32_t n = 1 + any(z, 2);
	struct span span;

	while (n--) {
		span = smc_span(z, p);
		if (span.from >= span.to)
			return;
		ways[any(z, n_ways)](z, p, span);
		fix_lengths(z, p);
	}
}

/* ---- playing ------------------------------------------------------------------- */

static void write_packet(struct fuzz *z, const struct packet *p)
{
	struct pcap_pkthdr hdr = { .ts = z->now, .caplen = (bpf_u_int32)p->len };

	hdr.len = hdr.caplen;
	pcap_dump((u_char *)z->dump, &hdr, p->b);
	z->now.tv_usec += 10;
	if (z->now.tv_usec >= 1000000) {
		z->now.tv_usec -= 1000000;
		z->now.tv_sec++;
	}
}

static void play(struct fuzz *z, const struct file *file, uint32_t nth)
{
	static uint8_t buf[PACKET_MAX];
	struct packet p = { .b = buf };
	size_t i;

	for (i = 0; i < file->n && z->written < z->count; i++) {
		/* Now and then packets change places, or one is not seen. */
		size_t which = any(z, 32) ? i : any(z, (uint32_t)file->n);
		bool changed = any(z, 2);

		p.len = file->packets[which].len;
		memcpy(p.b, file->packets[which].b, p.len);
		readdress(z, &p, nth);
		if (changed)
			change(z, &p);
		write_packet(z, &p);
		if (!any(z, 16))
			write_packet(z, &p);
		z->written += changed;
	}
}

static int load(struct fuzz *z, const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct file file = { 0 };
	struct pcap_pkthdr *hdr;
	const u_char *b;

	if (!pcap) {
		fprintf(stderr, "mutate_pcap: %s\n", error);
		return -1;
	}
	if (z->n_files && pcap_datalink(pcap) != z->linktype) {
		pcap_close(pcap);
		return 0;
	}
	z->linktype = pcap_datalink(pcap);
	while (pcap_next_ex(pcap, &hdr, &b) == 1) {
		if (!hdr->caplen || hdr->caplen > PACKET_MAX)
			continue;
		file.packets = realloc(file.packets, (file.n + 1) * sizeof(*file.packets));
		if (!file.packets || !(file.packets[file.n].b = malloc(hdr->caplen)))
			abort();
		memcpy(file.packets[file.n].b, b, hdr->caplen);
		file.packets[file.n++].len = hdr->caplen;
	}
	pcap_close(pcap);
	if (!file.n)
		return 0;
	z->files = realloc(z->files, (z->n_files + 1) * sizeof(*z->files));
	if (!z->files)
		abort();
	z->files[z->n_files++] = file;
	return 0;
}

static int run(struct fuzz *z)
{
	pcap_t *pcap = pcap_open_dead(z->linktype, PACKET_MAX);
	uint32_t nth = 0;
	int rc = 0;

	z->dump = pcap ? pcap_dump_open(pcap, z->output) : NULL;
	if (!z->dump) {
		fprintf(stderr, "mutate_pcap: cannot write %s\n", z->output);
		return -1;
	}
	while (z->written < z->count)
		play(z, &z->files[any(z, (uint32_t)z->n_files)], nth++);
	if (pcap_dump_flush(z->dump))
		rc = -1;
	pcap_dump_close(z->dump);
	pcap_close(pcap);
	return rc;
}

static void unload(struct fuzz *z)
{
	size_t f, i;

	for (f = 0; f < z->n_files; f++) {
		for (i = 0; i < z->files[f].n; i++)
			free(z->files[f].packets[i].b);
		free(z->files[f].packets);
	}
	free(z->files);
}

static const struct argp_option options[] = {
	{ "count", 'n', "N", 0, "Changed packets to write (default 1000)", 0 },
	{ "seed", 's', "SEED", 0, "What the changes follow from (default 1)", 0 },
	{ "output", 'o', "FILE", 0, "Where to (default: standard output)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct fuzz *z = state->input;

	switch (key) {
	case 'n':
		z->count = strtoul(arg, NULL, 10);
		break;
	case 's':
		/* Seeds side by side must not give sequences side by side; 0 would stay 0. */
		z->random = (strtoull(arg, NULL, 10) + 1) * 0x9e3779b97f4a7c15ull;
		break;
	case 'o':
		z->output = arg;
		break;
	case ARGP_KEY_ARG:
		if (load(z, arg))
			argp_failure(state, EXIT_FAILURE, 0, "nothing done");
		break;
	case ARGP_KEY_END:
		if (!z->n_files)
			argp_error(state, "no packets to change");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { .options = options,
					  .parser = parse,
					  .args_doc = "CAPTURE...",
					  .doc = "Write changed packets of captures." };
	struct fuzz z = { .output = "-",
			  .count = 1000,
			  .random = 0x9e3779b97f4a7c15ull,
			  .now = { .tv_sec = 1700000000 } };
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &z);
	rc = run(&z);
	unload(&z);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
