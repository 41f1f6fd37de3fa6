// SPDX-License-Identifier: GPL-2.0-or-later
/* See reader.h. */
#include "reader.h"

#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdbool.h>
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

/* The event is copied, since a packet starts anywhere and struct smcw_event does not. */
static int reader_deliver(const __u8 *packet, size_t len, reader_fn fn, void *ctx,
			  struct reader_result *r)
{
	static _Thread_local union {
		struct smcw_event ev;
		__u8 bytes[PCAPNG_EVENT_MAX];
	} copy;
	int start = reader_packet(packet, len), n = -EBADMSG;

	r->packets++;
	if (start >= 0) {
		len -= (size_t)start;
		if (len > sizeof(copy.bytes))
			len = sizeof(copy.bytes);
		memcpy(copy.bytes, packet + start, len);
		n = smcw_event_check(copy.bytes, len);
		if (n < 0 && is_newer(copy.bytes, len, r))
			return 0;
	}
	if (n < 0) {
		r->foreign++;
		return 0;
	}
	r->events++;
	return fn(ctx, &copy.ev);
}

static int other_link_type(struct reader_result *r, int linktype)
{
	const char *type = pcap_datalink_val_to_name(linktype);

	snprintf(r->error, sizeof(r->error),
		 "packets of link type %s, not trace events: it is no file of smc-trace -w",
		 type ? type : "unknown");
	return -EPROTONOSUPPORT;
}

static int read_packets(pcap_t *pcap, reader_fn fn, void *ctx, struct reader_result *r)
{
	struct pcap_pkthdr *head;
	const u_char *packet;
	int rc;

	while ((rc = pcap_next_ex(pcap, &head, &packet)) == 1) {
		rc = reader_deliver(packet, head->caplen, fn, ctx, r);
		if (rc)
			return rc;
	}
	return rc == PCAP_ERROR_BREAK ? 0 : reader_failed(r, pcap_geterr(pcap));
}

/* Files that are no pcapng: libpcap knows the other formats, and says what is wrong with one. */
static int read_by_libpcap(FILE *file, reader_fn fn, void *ctx, struct reader_result *r)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap;
	int rc;

	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!pcap) {
		fclose(file);
		return reader_failed(r, error);
	}
	if (pcap_datalink(pcap) == SMCW_EVENT_LINKTYPE)
		rc = read_packets(pcap, fn, ctx, r);
	else
		rc = other_link_type(r, pcap_datalink(pcap));
	pcap_close(pcap); /* and file */
	return rc;
}

struct delivery {
	reader_fn fn;
	void *ctx;
	struct reader_result *r;
};

static int deliver_block(void *ctx, const __u8 *packet, size_t len)
{
	struct delivery *d = ctx;

	return reader_deliver(packet, len, d->fn, d->ctx, d->r);
}

static int read_blocks(FILE *file, reader_fn fn, void *ctx, struct reader_result *r)
{
	struct delivery d = { .fn = fn, .ctx = ctx, .r = r };
	struct blocks_result b;
	int rc = blocks_read(file, SMCW_EVENT_LINKTYPE, deliver_block, &d, &b);

	fclose(file);
	r->packets += b.others;
	r->foreign += b.others;
	if (b.error) {
		snprintf(r->error, sizeof(r->error), "%s", b.error);
		return b.cut ? READER_CUT : rc;
	}
	if (!rc && b.others && !r->events && r->foreign == b.others)
		return other_link_type(r, b.other_type);
	return rc;
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

int reader_file(FILE *file, reader_fn fn, void *ctx, struct reader_result *r)
{
	memset(r, 0, sizeof(*r));
	file = gunzip(file);
	if (!file) {
		snprintf(r->error, sizeof(r->error), "%s", strerror(errno));
		return -errno;
	}
	if (is_pcapng(file))
		return read_blocks(file, fn, ctx, r);
	return read_by_libpcap(file, fn, ctx, r);
}

int reader_path(const char *path, reader_fn fn, void *ctx, struct reader_result *r)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	int rc;

	if (file)
		return reader_file(file, fn, ctx, r);
	rc = -errno;
	memset(r, 0, sizeof(*r));
	snprintf(r->error, sizeof(r->error), "%s", strerror(-rc));
	return rc;
}
