// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * damage_pcap: a capture in, the same capture out as a worse place or a worse
 * tool would have recorded it: packets dropped, repeated, out of order, cut, of
 * one direction only. No byte of a packet is changed. Same seed and input, same output.
 * A map beside it names, for each frame, the frame of the input that it is.
 */
#include <argp.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPLEN_MAX 262144
#define ROCE_PORT 4791
#define SEND_ONLY 4 /* InfiniBand opcodes of a reliable connection */
#define WRITE_FIRST 6
#define WRITE_ONLY 11

struct packet {
	struct pcap_pkthdr hdr;
	uint8_t *b;
};

/* A frame of the output. */
struct frame {
	size_t origin; /* in the input, from 0 on */
	uint32_t caplen;
};

struct damage {
	const char *input, *output, *map, *wanted;
	uint64_t seed, random;
	struct packet *packets; /* of the input */
	size_t n_packets;
	struct frame *frames; /* of the output, in order */
	size_t n, room;
	int linktype;
	bool all_there; /* nothing was dropped or cut */
	char said[400];
};

/* xorshift64*: small, and the same everywhere. */
static uint32_t any(struct damage *d, uint32_t below)
{
	d->random ^= d->random >> 12;
	d->random ^= d->random << 25;
	d->random ^= d->random >> 27;
	return below ? (uint32_t)(d->random * 0x2545f4914f6cdd1dull >> 32) % below : 0;
}

static uint32_t between(struct damage *d, uint32_t from, uint32_t to)
{
	return from >= to ? from : from + any(d, to - from + 1);
}

__attribute__((format(printf, 2, 3))) static void say(struct damage *d, const char *format, ...)
{
	size_t at = strlen(d->said);
	va_list args;

	if (at && at + 1 < sizeof(d->said))
		d->said[at++] = '+';
	va_start(args, format);
	vsnprintf(d->said + at, sizeof(d->said) - at, format, args);
	va_end(args);
}

static void add(struct damage *d, struct frame frame)
{
	if (d->n == d->room) {
		d->room = d->room ? 2 * d->room : 1024;
		d->frames = realloc(d->frames, d->room * sizeof(*d->frames));
		if (!d->frames)
			abort();
	}
	d->frames[d->n++] = frame;
}

/* ---- kinds of packets ------------------------------------------------------------ */

/* Opcode of the RoCEv2 packet, or -1. */
static int roce_opcode(const struct damage *d, const struct packet *p)
{
	const size_t ip = sizeof(struct ether_header), udp = ip + sizeof(struct iphdr);
	uint16_t type, port;

	if (d->linktype != DLT_EN10MB || p->hdr.caplen <= udp + sizeof(struct udphdr))
		return -1;
	memcpy(&type, p->b + offsetof(struct ether_header, ether_type), sizeof(type));
	memcpy(&port, p->b + udp + offsetof(struct udphdr, uh_dport), sizeof(port));
	if (type != htons(ETHERTYPE_IP) || p->b[ip + offsetof(struct iphdr, protocol)] != 17 ||
	    port != htons(ROCE_PORT))
		return -1;
	return p->b[udp + sizeof(struct udphdr)];
}

static bool is_roce(const struct damage *d, const struct packet *p)
{
	return roce_opcode(d, p) >= 0;
}

static bool is_write(const struct damage *d, const struct packet *p)
{
	int opcode = roce_opcode(d, p);

	return opcode >= WRITE_FIRST && opcode <= WRITE_ONLY;
}

static bool is_send(const struct damage *d, const struct packet *p)
{
	return roce_opcode(d, p) == SEND_ONLY;
}

static const uint8_t *source(const struct packet *p)
{
	return p->b + offsetof(struct ether_header, ether_shost);
}

/* The host that sends the first packet, by its Ethernet address. */
static bool is_of_first_host(const struct damage *d, const struct packet *p)
{
	return !memcmp(source(p), source(&d->packets[0]), ETH_ALEN);
}

/* ---- ways of damage ---------------------------------------------------------------- */

typedef bool is_fn(const struct damage *d, const struct packet *p);

static const struct packet *packet_of(const struct damage *d, size_t i)
{
	return &d->packets[d->frames[i].origin];
}

/* Drop in a thousand frames @rate of those that @is lets through (all if NULL). */
static void drop_some(struct damage *d, is_fn *is, uint32_t rate)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		if (any(d, 1000) >= rate || (is && !is(d, packet_of(d, i))))
			d->frames[n++] = d->frames[i];
	d->all_there &= n == d->n;
	d->n = n;
}

static void drop_range(struct damage *d, size_t from, size_t n)
{
	if (from >= d->n)
		return;
	if (n > d->n - from)
		n = d->n - from;
	memmove(d->frames + from, d->frames + from + n, (d->n - from - n) * sizeof(*d->frames));
	d->n -= n;
	d->all_there &= !n;
}

static void drop(struct damage *d)
{
	static const uint32_t rates[] = { 5, 25, 50, 80, 200 };
	uint32_t rate = rates[any(d, 5)];

	say(d, "drop %.1f%%", rate / 10.0);
	drop_some(d, NULL, rate);
}

static void drop_burst(struct damage *d)
{
	uint32_t bursts = between(d, 1, 4), n;

	say(d, "drop %u bursts", bursts);
	while (bursts--) {
		n = between(d, 2, 24);
		drop_range(d, any(d, (uint32_t)d->n), n);
	}
}

static void drop_writes(struct damage *d)
{
	uint32_t rate = between(d, 1, 25) * 10;

	say(d, "drop %u%% of WRITEs", rate / 10);
	drop_some(d, is_write, rate);
}

static void drop_sends(struct damage *d)
{
	uint32_t rate = between(d, 1, 50) * 10;

	say(d, "drop %u%% of SENDs", rate / 10);
	drop_some(d, is_send, rate);
}

/* Copies of frames, each up to @far frames after the original. */
static void repeat_by(struct damage *d, uint32_t rate, uint32_t far)
{
	struct frame *old = d->frames;
	size_t n = d->n, i, c, at, n_copies = 0;
	struct {
		size_t after;
		struct frame frame;
	} *copies = calloc(n + 1, sizeof(*copies));

	if (!copies)
		abort();
	for (i = 0; i < n; i++)
		if (any(d, 1000) < rate) {
			copies[n_copies].after = i + (far ? between(d, 1, far) : 0);
			copies[n_copies++].frame = old[i];
		}
	d->frames = NULL;
	d->n = d->room = 0;
	for (at = 0; at < n; at++) {
		add(d, old[at]);
		for (c = 0; c < n_copies; c++)
			if (copies[c].after == at || (at + 1 == n && copies[c].after > at))
				add(d, copies[c].frame);
	}
	free(copies);
	free(old);
}

static void repeat(struct damage *d)
{
	uint32_t rate = between(d, 1, 60) * 10;

	say(d, "repeat %u%% at once", rate / 10);
	repeat_by(d, rate, 0);
}

static void repeat_late(struct damage *d)
{
	static const uint32_t fars[] = { 3, 70, 300, 5000 };
	uint32_t rate = between(d, 1, 30) * 10, far = fars[any(d, 4)];

	say(d, "repeat %u%% up to %u frames later", rate / 10, far);
	repeat_by(d, rate, far);
}

static void doubled(struct damage *d)
{
	say(d, "double");
	repeat_by(d, 1000, 0);
}

/* Two recordings of the same packets, one with a clock that lags. */
static void doubled_late(struct damage *d)
{
	static const uint32_t lags[] = { 2, 17, 90, 400, 100000 };
	size_t n = d->n, lag = lags[any(d, 5)], i;
	struct frame *old = d->frames;

	if (lag > n)
		lag = n;
	say(d, "double %zu frames later", lag);
	d->frames = NULL;
	d->n = d->room = 0;
	for (i = 0; i < n + lag; i++) {
		if (i < n)
			add(d, old[i]);
		if (i >= lag)
			add(d, old[i - lag]);
	}
	free(old);
}

static void exchange(struct damage *d, size_t a, size_t b)
{
	struct frame frame = d->frames[a];

	d->frames[a] = d->frames[b];
	d->frames[b] = frame;
}

static void swap(struct damage *d)
{
	uint32_t rate = between(d, 2, 50);
	size_t i;

	say(d, "swap %u%% of neighbours", rate);
	for (i = 0; i + 1 < d->n; i++)
		if (any(d, 100) < rate) {
			exchange(d, i, i + 1);
			i++;
		}
}

static void shuffle(struct damage *d)
{
	uint32_t window = between(d, 3, 12), rate = between(d, 2, 30);
	size_t i;

	say(d, "move %u%% within %u frames", rate, window);
	for (i = 0; i + window < d->n; i++)
		if (any(d, 100) < rate)
			exchange(d, i, i + between(d, 1, window));
	d->all_there = false; /* as far as a reader can know */
}

static void snap(struct damage *d)
{
	static const uint32_t lens[] = { 64, 96, 128, 200, 256, 512, 1000 };
	uint32_t len = lens[any(d, 7)];
	size_t i;

	say(d, "snap %u bytes", len);
	for (i = 0; i < d->n; i++)
		if (d->frames[i].caplen > len)
			d->frames[i].caplen = len;
	d->all_there = false;
}

static void start_late(struct damage *d)
{
	uint32_t n = between(d, 1, (uint32_t)d->n * 3 / 4);

	say(d, "start after %u frames", n);
	drop_range(d, 0, n);
}

/* Among the first packets of a handshake. */
static void start_in_handshake(struct damage *d)
{
	uint32_t n = between(d, 1, 16);

	say(d, "start after %u frames", n);
	drop_range(d, 0, n);
}

static void end_early(struct damage *d)
{
	uint32_t n = between(d, 1, (uint32_t)d->n / 2);

	say(d, "end %u frames early", n);
	drop_range(d, d->n - n, n);
}

static void roce_only(struct damage *d)
{
	size_t i, n = 0;

	say(d, "RoCE only");
	for (i = 0; i < d->n; i++)
		if (is_roce(d, packet_of(d, i)))
			d->frames[n++] = d->frames[i];
	d->n = n;
	d->all_there = false;
}

static void one_way(struct damage *d)
{
	bool first = any(d, 2);
	size_t i, n = 0;

	say(d, "only the %s host's", first ? "first" : "other");
	for (i = 0; i < d->n; i++)
		if (is_of_first_host(d, packet_of(d, i)) == first)
			d->frames[n++] = d->frames[i];
	d->n = n;
	d->all_there = false;
}

static const struct {
	const char *name;
	void (*apply)(struct damage *d);
} ways[] = {
	{ "drop", drop },
	{ "burst", drop_burst },
	{ "drop-writes", drop_writes },
	{ "drop-sends", drop_sends },
	{ "repeat", repeat },
	{ "repeat-late", repeat_late },
	{ "double", doubled },
	{ "double-late", doubled_late },
	{ "swap", swap },
	{ "shuffle", shuffle },
	{ "snap", snap },
	{ "start-late", start_late },
	{ "start-in-handshake", start_in_handshake },
	{ "end-early", end_early },
	{ "roce-only", roce_only },
	{ "one-way", one_way },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* A name, or several with commas between. Return: 0, or <0 if there is no such way. */
static int apply_named(struct damage *d, const char *names)
{
	size_t len, i;

	for (; *names; names += len + (names[len] == ',')) {
		len = strcspn(names, ",");
		for (i = 0; i < WAYS; i++)
			if (strlen(ways[i].name) == len && !strncmp(ways[i].name, names, len))
				break;
		if (i == WAYS)
			return -1;
		ways[i].apply(d);
	}
	return 0;
}

/* The first seeds are a way each, those after them two or three together. */
static int apply(struct damage *d)
{
	uint32_t n;

	if (d->wanted)
		return apply_named(d, d->wanted);
	if (d->seed < WAYS) {
		ways[d->seed].apply(d);
		return 0;
	}
	for (n = between(d, 2, 3); n; n--)
		ways[any(d, WAYS)].apply(d);
	return 0;
}

/* ---- files ------------------------------------------------------------------------------ */

static int load(struct damage *d)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(d->input, error);
	struct pcap_pkthdr *hdr;
	struct packet *p;
	const u_char *b;

	if (!pcap) {
		fprintf(stderr, "damage_pcap: %s\n", error);
		return -1;
	}
	d->linktype = pcap_datalink(pcap);
	while (pcap_next_ex(pcap, &hdr, &b) == 1) {
		d->packets = realloc(d->packets, (d->n_packets + 1) * sizeof(*d->packets));
		if (!d->packets)
			abort();
		p = &d->packets[d->n_packets];
		p->hdr = *hdr;
		p->b = calloc(1, hdr->caplen + sizeof(struct ether_header));
		if (!p->b)
			abort();
		memcpy(p->b, b, hdr->caplen);
		add(d, (struct frame){ d->n_packets++, hdr->caplen });
	}
	pcap_close(pcap);
	return d->n ? 0 : -1;
}

static bool is_later(struct timeval a, struct timeval b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_usec > b.tv_usec;
}

/* Time never goes back: a late copy has the time of the frame before it. */
static int write_capture(const struct damage *d)
{
	pcap_t *pcap = pcap_open_dead(d->linktype, SNAPLEN_MAX);
	pcap_dumper_t *dump = pcap ? pcap_dump_open(pcap, d->output) : NULL;
	struct timeval now = { 0 };
	struct pcap_pkthdr hdr;
	size_t i;
	int rc;

	if (!dump) {
		fprintf(stderr, "damage_pcap: cannot write %s\n", d->output);
		return -1;
	}
	for (i = 0; i < d->n; i++) {
		hdr = packet_of(d, i)->hdr;
		hdr.caplen = d->frames[i].caplen;
		if (is_later(now, hdr.ts))
			hdr.ts = now;
		now = hdr.ts;
		pcap_dump((u_char *)dump, &hdr, packet_of(d, i)->b);
	}
	rc = pcap_dump_flush(dump);
	pcap_dump_close(dump);
	pcap_close(pcap);
	return rc;
}

static int write_map(const struct damage *d)
{
	FILE *f;
	size_t i;

	if (!d->map)
		return 0;
	f = fopen(d->map, "w");
	if (!f) {
		perror(d->map);
		return -1;
	}
	fprintf(f, "%d %s\n", d->all_there, d->said);
	for (i = 0; i < d->n; i++)
		fprintf(f, "%zu %u\n", d->frames[i].origin, d->frames[i].caplen);
	return fclose(f);
}

static void unload(struct damage *d)
{
	size_t i;

	for (i = 0; i < d->n_packets; i++)
		free(d->packets[i].b);
	free(d->packets);
	free(d->frames);
}

/* ---- command line -------------------------------------------------------------------------- */

enum { KEY_WAYS = 256 };

static const struct argp_option options[] = {
	{ "seed", 's', "SEED", 0, "What the damage follows from (default 0)", 0 },
	{ "damage", 'd', "WAY,...", 0, "These, not those of the seed", 0 },
	{ "output", 'o', "FILE", 0, "Where to (default: standard output)", 0 },
	{ "map", 'm', "FILE", 0,
	  "Whether all is there and what was done; then for each frame its number in CAPTURE, from "
	  "0 "
	  "on, and its captured bytes",
	  0 },
	{ "ways", KEY_WAYS, NULL, 0, "The ways of damage; seed N from 0 on is the Nth", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct damage *d = state->input;
	size_t i;

	switch (key) {
	case 's':
		d->seed = strtoull(arg, NULL, 10);
		break;
	case 'd':
		d->wanted = arg;
		break;
	case 'o':
		d->output = arg;
		break;
	case 'm':
		d->map = arg;
		break;
	case KEY_WAYS:
		for (i = 0; i < WAYS; i++)
			puts(ways[i].name);
		exit(EXIT_SUCCESS);
	case ARGP_KEY_ARG:
		if (d->input)
			argp_usage(state);
		d->input = arg;
		break;
	case ARGP_KEY_END:
		if (!d->input)
			argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "CAPTURE",
		.doc = "Write a capture with its packets dropped, repeated, "
		       "moved or cut."
	};
	struct damage d = { .output = "-", .all_there = true };
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &d);
	rc = load(&d);
	/* Seeds side by side must not give sequences side by side; 0 would stay 0. */
	d.random = ((d.seed + 1) * 0x9e3779b97f4a7c15ull ^ d.n_packets << 32) | 1;
	if (!rc && apply(&d)) {
		fprintf(stderr, "damage_pcap: no such way in %s (see --ways)\n", d.wanted);
		rc = -1;
	}
	if (!rc)
		rc = write_capture(&d) | write_map(&d);
	unload(&d);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
