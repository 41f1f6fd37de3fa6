// SPDX-License-Identifier: GPL-2.0-or-later
/* See extract.h. */
#include "extract.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "base/held.h"

struct reading {
	int link;
	struct flows flows;
	struct roce roce;
	struct events events;
	struct arena scratch;  /* for data that is put together and becomes steps then */
	unsigned int any_cut;  /* packets of any kind that lack bytes */
	unsigned int roce_cut; /* ... of RDMA */
	struct extract_result *result;
};

static int take_packet(struct reading *r, const __u8 *bytes, size_t len)
{
	struct packet p;
	struct roce_op op;

	int rc;

	if (r->link == SMCW_EVENT_LINKTYPE) {
		rc = event_packet(&r->events, bytes, len);
		r->result->cut += rc == -EMSGSIZE;
		return rc == -EMSGSIZE ? 0 : rc;
	}
	if (packet_parse(r->link, bytes, len, &p))
		return 0;
	if (p.kind == PACKET_TCP)
		flows_tcp(&r->flows, &p);
	else if (p.cut)
		r->roce_cut++;
	else if (roce_packet(&r->scratch, &r->roce, &p, &op))
		return flows_roce(&r->flows, &op);
	return 0;
}

static int read_packets(struct reading *r, pcap_t *pcap)
{
	struct pcap_pkthdr *head;
	const u_char *bytes;
	int rc;

	while ((rc = pcap_next_ex(pcap, &head, &bytes)) == 1) {
		r->result->packets++;
		r->any_cut += head->caplen < head->len && r->link != SMCW_EVENT_LINKTYPE;
		if (take_packet(r, bytes, head->caplen))
			r->result->unclaimed++;
	}
	if (rc == PCAP_ERROR_BREAK)
		return 0;
	snprintf(r->result->error, EXTRACT_ERROR_MAX, "%s", pcap_geterr(pcap));
	return -EBADMSG;
}

/* A case that lacks messages would be another test than the recorded one. */
static int refuse_cut(struct script *script, struct extract_result *r)
{
	script->cases = NULL;
	snprintf(r->error, sizeof(r->error),
		 "%u of %lu packets were cut by a snap length, and cases would lack what was cut: "
		 "record with snap length 0 (tcpdump -s 0)",
		 r->cut, r->packets);
	return -EBADMSG;
}

int extract_file(const char *path, FILE *file, struct script *script, struct extract_result *r)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct reading reading = { .result = r };
	pcap_t *pcap;
	int rc;

	*r = (struct extract_result){ 0 };
	*script = (struct script){ 0 };
	script->path = arena_copy(&script->arena, path, strlen(path));
	pcap = pcap_fopen_offline(file, error);
	if (!pcap) {
		fclose(file);
		snprintf(r->error, sizeof(r->error), "%s", error);
		return -EBADMSG;
	}
	reading.link = pcap_datalink(pcap);
	flows_init(&reading.flows, &script->arena);
	reading.events.flows = &reading.flows;
	rc = read_packets(&reading, pcap);
	pcap_close(pcap); /* and the file */
	script->cases = flows_finish(&reading.flows);
	r->left_out = reading.flows.left_out;
	if (script->cases)
		r->cut += reading.flows.cut + reading.roce_cut;
	else
		r->cut += reading.any_cut; /* it may have cut off what makes a connection */
	if (r->cut)
		rc = refuse_cut(script, r);
	arena_free(&reading.scratch);
	return rc;
}

/* One that is held is read from memory. */
static FILE *open_capture(const char *path, char **text)
{
	size_t len;
	int rc = held_read(path, text, &len);

	if (rc == -ENOENT)
		return strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	errno = -rc;
	return rc ? NULL : fmemopen(*text, len, "rb");
}

static int extract_open(const char *path, FILE *file, struct script *script,
			struct extract_result *r)
{
	int rc;

	if (file)
		return extract_file(path, file, script, r);
	rc = -errno;
	*script = (struct script){ 0 };
	*r = (struct extract_result){ 0 };
	snprintf(r->error, sizeof(r->error), "%s", strerror(-rc));
	return rc;
}

int extract_path(const char *path, struct script *script, struct extract_result *r)
{
	char *text = NULL;
	FILE *file = open_capture(path, &text);
	int rc = extract_open(path, file, script, r);

	free(text);
	return rc;
}
