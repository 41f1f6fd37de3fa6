// SPDX-License-Identifier: GPL-2.0-or-later
/* See reader.h. */
#include "reader.h"

#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "gunzip.h"
#include "pcapng.h"
#include "smc_codec.h"

/* Wireshark's EXP_PDU_TAG_*, wsutil/exported_pdu_tlvs.h */
enum { TAG_END = 0, TAG_DISSECTOR_NAME = 12, TAG_HEAD = 4 };

/* Wireshark pads the name with zeroes, and counts them. */
static int is_our_name(const __u8 *name, size_t len)
{
	size_t want = strlen(SMCW_EVENT_DISSECTOR);

	if (len < want || memcmp(name, SMCW_EVENT_DISSECTOR, want))
		return 0;
	while (len > want)
		if (name[--len])
			return 0;
	return 1;
}

int reader_packet(const void *packet, size_t len)
{
	const __u8 *at = packet;
	size_t pos = 0, n;
	int ours = 0;

	while (pos <= INT_MAX && len - pos >= TAG_HEAD) {
		unsigned int tag = smcw_get16(at + pos);

		n = smcw_get16(at + pos + 2);
		pos += TAG_HEAD;
		if (n > len - pos)
			break;
		if (tag == TAG_END) /* Wireshark does not look at its length either */
			return ours ? (int)pos : -ENOENT;
		if (tag == TAG_DISSECTOR_NAME)
			ours = is_our_name(at + pos, n);
		pos += n;
	}
	return -ENOENT;
}

/* libpcap has no number for it. We always write an interface, so without one the file is cut. */
static int is_cut(const char *error)
{
	return !strncmp(error, "truncated ", strlen("truncated ")) ||
	       !strcmp(error, "the capture file has no Interface Description Blocks");
}

static int reader_failed(struct reader_result *r, const char *error)
{
	snprintf(r->error, sizeof(r->error), "%s", error);
	return is_cut(error) ? READER_CUT : -EBADMSG;
}

/* Whether it is an event that this version cannot know; then it is passed over, and named. */
static bool is_newer(const __u8 *event, size_t len, struct reader_result *r)
{
	const struct smcw_event *ev = (const void *)event;

	if (len < sizeof(*ev) || ev->version < SMCW_EVENT_VERSION)
		return false;
	if (ev->version > SMCW_EVENT_VERSION) {
		if (ev->version > r->newer_version)
			r->newer_version = ev->version;
	} else if (!smcw_event_kinds[ev->kind].class && ev->kind) {
		r->newer_kinds[ev->kind / 64] |= 1ull << ev->kind % 64;
	} else {
		return false;
	}
	r->newer++;
	return true;
}

struct reader {
	FILE *file; /* of blocks; NULL: libpcap has it */
	struct blocks *blocks;
	struct blocks_result of_blocks;
	pcap_t *pcap;
	struct reader_result *r;
	/* The event is copied, since a packet starts anywhere and struct smcw_event does not. */
	union {
		struct smcw_event ev;
		__u8 bytes[PCAPNG_EVENT_MAX];
	} copy;
};

/* The event in a packet, or NULL. */
static struct smcw_event *reader_take(struct reader *reader, const __u8 *packet, size_t len)
{
	struct reader_result *r = reader->r;
	__u8 *bytes = reader->copy.bytes;
	int start = reader_packet(packet, len), n = -EBADMSG;

	r->packets++;
	if (start >= 0) {
		len -= (size_t)start;
		if (len > sizeof(reader->copy.bytes))
			len = sizeof(reader->copy.bytes);
		memcpy(bytes, packet + start, len);
		n = smcw_event_check(bytes, len);
		if (n < 0 && is_newer(bytes, len, r))
			return NULL;
	}
	if (n < 0) {
		r->foreign++;
		return NULL;
	}
	r->events++;
	return &reader->copy.ev;
}

static int other_link_type(struct reader_result *r, int linktype)
{
	const char *type = pcap_datalink_val_to_name(linktype);

	snprintf(r->error, sizeof(r->error),
		 "packets of link type %s, not trace events: it is no file of smc-trace -w",
		 type ? type : "unknown");
	return -EPROTONOSUPPORT;
}

static int next_of_libpcap(struct reader *reader, struct smcw_event **ev)
{
	struct pcap_pkthdr *head;
	const u_char *packet;
	int rc;

	while (!*ev && (rc = pcap_next_ex(reader->pcap, &head, &packet)) == 1)
		*ev = reader_take(reader, packet, head->caplen);
	if (*ev || rc == PCAP_ERROR_BREAK)
		return 0;
	return reader_failed(reader->r, pcap_geterr(reader->pcap));
}

/* Files that are no pcapng: libpcap knows the other formats, and says what is wrong with one. */
static int open_by_libpcap(struct reader *reader, FILE *file)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	reader->pcap =
		pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!reader->pcap) {
		fclose(file);
		return reader_failed(reader->r, error);
	}
	if (pcap_datalink(reader->pcap) == SMCW_EVENT_LINKTYPE)
		return 0;
	return other_link_type(reader->r, pcap_datalink(reader->pcap));
}

/* Packets of other link types are counted as they come by. */
static void count_others(struct reader *reader, __u64 before)
{
	reader->r->packets += reader->of_blocks.others - before;
	reader->r->foreign += reader->of_blocks.others - before;
}

static int next_of_blocks(struct reader *reader, struct smcw_event **ev)
{
	const struct blocks_result *b = &reader->of_blocks;
	struct reader_result *r = reader->r;
	const __u8 *packet;
	__u64 before;
	size_t len;
	int rc;

	do {
		before = b->others;
		rc = blocks_next(reader->blocks, &packet, &len);
		count_others(reader, before);
		if (rc == 1)
			*ev = reader_take(reader, packet, len);
	} while (rc == 1 && !*ev);
	if (*ev)
		return 0;
	if (b->error) {
		snprintf(r->error, sizeof(r->error), "%s", b->error);
		return b->cut ? READER_CUT : rc;
	}
	if (!rc && b->others && !r->events && r->foreign == b->others)
		return other_link_type(r, b->other_type);
	return rc;
}

static int open_blocks(struct reader *reader, FILE *file)
{
	reader->file = file;
	reader->blocks = blocks_open(file, SMCW_EVENT_LINKTYPE, &reader->of_blocks);
	return reader->blocks ? 0 : -ENOMEM;
}

/* The first block of a pcapng file has a type that is the same in either byte order. */
static bool is_pcapng(FILE *file)
{
	static const __u8 want[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	__u8 start[4];
	size_t n = fread(start, 1, sizeof(start), file), i;

	for (i = n; i; i--)
		ungetc(start[i - 1], file); /* glibc takes back what has just been read */
	return n == sizeof(want) && !memcmp(start, want, sizeof(want));
}

static int reader_no_file(struct reader_result *r, int error)
{
	snprintf(r->error, sizeof(r->error), "%s", strerror(error));
	return -error;
}

/* @file is the reader's from now on. */
static int open_file_of(FILE *file, struct reader **out, struct reader_result *r)
{
	struct reader *reader;
	int rc;

	file = gunzip(file);
	if (!file)
		return reader_no_file(r, errno);
	reader = calloc(1, sizeof(*reader));
	if (!reader) {
		fclose(file);
		return reader_no_file(r, ENOMEM);
	}
	reader->r = r;
	rc = is_pcapng(file) ? open_blocks(reader, file) : open_by_libpcap(reader, file);
	if (rc) {
		reader_close(reader);
		return rc;
	}
	*out = reader;
	return 0;
}

int reader_open(const char *path, struct reader **out, struct reader_result *r)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;

	*out = NULL;
	memset(r, 0, sizeof(*r));
	return file ? open_file_of(file, out, r) : reader_no_file(r, errno);
}

int reader_next(struct reader *reader, struct smcw_event **ev)
{
	*ev = NULL;
	return reader->blocks ? next_of_blocks(reader, ev) : next_of_libpcap(reader, ev);
}

__u64 reader_at(const struct reader *reader)
{
	FILE *file = reader->file ? reader->file : pcap_file(reader->pcap);
	off_t at = ftello(file);

	return at > 0 ? (__u64)at : 0;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	if (reader->pcap)
		pcap_close(reader->pcap); /* and its file */
	blocks_free(reader->blocks);
	if (reader->file)
		fclose(reader->file);
	free(reader);
}

int reader_file(FILE *file, reader_fn fn, void *ctx, struct reader_result *r)
{
	struct reader *reader = NULL;
	struct smcw_event *ev;
	int rc;

	memset(r, 0, sizeof(*r));
	rc = open_file_of(file, &reader, r);
	if (rc)
		return rc;
	do {
		rc = reader_next(reader, &ev);
		if (ev)
			rc = fn(ctx, ev);
	} while (ev && !rc);
	reader_close(reader);
	return rc;
}

int reader_path(const char *path, reader_fn fn, void *ctx, struct reader_result *r)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;

	if (file)
		return reader_file(file, fn, ctx, r);
	memset(r, 0, sizeof(*r));
	return reader_no_file(r, errno);
}
