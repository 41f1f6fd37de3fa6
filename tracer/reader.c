// SPDX-License-Identifier: GPL-2.0-or-later
/* See reader.h. */
#include "reader.h"

#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <string.h>

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

static int failed(struct reader_result *r, const char *error)
{
	snprintf(r->error, sizeof(r->error), "%s", error);
	return is_cut(error) ? READER_CUT : -EBADMSG;
}

/* The event is copied, since a packet starts anywhere and struct smcw_event does not. */
static int deliver(const __u8 *packet, size_t len, reader_fn fn, void *ctx, struct reader_result *r)
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
	}
	if (n < 0) {
		r->foreign++;
		return 0;
	}
	r->events++;
	return fn(ctx, &copy.ev);
}

static int read_packets(pcap_t *pcap, reader_fn fn, void *ctx, struct reader_result *r)
{
	struct pcap_pkthdr *head;
	const u_char *packet;
	int rc;

	while ((rc = pcap_next_ex(pcap, &head, &packet)) == 1) {
		rc = deliver(packet, head->caplen, fn, ctx, r);
		if (rc)
			return rc;
	}
	return rc == PCAP_ERROR_BREAK ? 0 : failed(r, pcap_geterr(pcap));
}

int reader_file(FILE *file, reader_fn fn, void *ctx, struct reader_result *r)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	const char *type;
	pcap_t *pcap;
	int rc;

	memset(r, 0, sizeof(*r));
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!pcap) {
		fclose(file);
		return failed(r, error);
	}
	if (pcap_datalink(pcap) == SMCW_EVENT_LINKTYPE) {
		rc = read_packets(pcap, fn, ctx, r);
	} else {
		type = pcap_datalink_val_to_name(pcap_datalink(pcap));
		snprintf(r->error, sizeof(r->error), "packets of link type %s, not trace events",
			 type ? type : "unknown");
		rc = -EPROTONOSUPPORT;
	}
	pcap_close(pcap); /* and file */
	return rc;
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
