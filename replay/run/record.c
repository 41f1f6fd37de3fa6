// SPDX-License-Identifier: GPL-2.0-or-later
/* See record.h; the file is laid out in smc_pcapng.h. */
#include "record.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smc_pcapng.h"

enum { SNAPLEN = 262144, RING = 8 << 20, NS_RESOLUTION = 9 };

struct record {
	pcap_t *pcap;
};

/* A file that is being written. */
struct save {
	FILE *out;
	struct bpf_program filter;
	int n;
};

/* ---- listening ------------------------------------------------------------------------ */

static int record_activate(pcap_t *pcap)
{
	struct bpf_program filter;
	int rc;

	pcap_set_snaplen(pcap, SNAPLEN);
	pcap_set_buffer_size(pcap, RING);
	pcap_set_immediate_mode(pcap, 1);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	rc = pcap_activate(pcap);
	if (rc < 0)
		return rc;
	rc = pcap_compile(pcap, &filter, "tcp or udp port 4791", 1, PCAP_NETMASK_UNKNOWN);
	if (!rc) {
		rc = pcap_setfilter(pcap, &filter);
		pcap_freecode(&filter);
	}
	return rc;
}

struct record *record_open(const char **error)
{
	static char text[PCAP_ERRBUF_SIZE];
	struct record *r = calloc(1, sizeof(*r));

	*error = "no memory";
	if (!r)
		return NULL;
	*error = text;
	r->pcap = pcap_create("any", text);
	if (r->pcap && !record_activate(r->pcap) && !pcap_setnonblock(r->pcap, 1, text))
		return r;
	if (r->pcap)
		snprintf(text, sizeof(text), "%s", pcap_geterr(r->pcap));
	record_close(r);
	return NULL;
}

static void record_forget(u_char *ctx, const struct pcap_pkthdr *head, const u_char *bytes)
{
	(void)ctx, (void)head, (void)bytes;
}

void record_begin(struct record *r)
{
	while (pcap_dispatch(r->pcap, -1, record_forget, NULL) > 0)
		;
}

void record_close(struct record *r)
{
	if (!r)
		return;
	if (r->pcap)
		pcap_close(r->pcap);
	free(r);
}

/* ---- writing -------------------------------------------------------------------------- */

static void record_put16(FILE *out, unsigned int v)
{
	uint16_t v16 = (uint16_t)v;

	fwrite(&v16, sizeof(v16), 1, out);
}

static void record_put32(FILE *out, uint32_t v)
{
	fwrite(&v, sizeof(v), 1, out);
}

static size_t record_padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void put_padded(FILE *out, const void *bytes, size_t len)
{
	static const char zero[4];

	fwrite(bytes, 1, len, out);
	fwrite(zero, 1, record_padded(len) - len, out);
}

static void put_option(FILE *out, unsigned int code, const void *bytes, size_t len)
{
	record_put16(out, code);
	record_put16(out, (unsigned int)len);
	put_padded(out, bytes, len);
}

/* A block's type, its length, which also ends it, and the bytes between. */
static void put_block(FILE *out, uint32_t type, const char *body, size_t len)
{
	uint32_t total = (uint32_t)(len + 3 * sizeof(uint32_t));

	record_put32(out, type);
	record_put32(out, total);
	fwrite(body, 1, len, out);
	record_put32(out, total);
}

static void put_section(FILE *to, const char *comment)
{
	static const char application[] = "smc-replay " SMCKIT_VERSION;
	size_t len, comment_len = strlen(comment);
	char *body;
	FILE *out = open_memstream(&body, &len);

	if (!out)
		return;
	record_put32(out, SMCW_PCAPNG_ORDER);
	record_put16(out, 1); /* version 1.0 */
	record_put16(out, 0);
	record_put32(out, ~0u); /* length of the section: not given */
	record_put32(out, ~0u);
	put_option(out, SMCW_OPT_COMMENT, comment, comment_len < 0xffff ? comment_len : 0xffff);
	put_option(out, SMCW_SHB_USERAPPL, application, strlen(application));
	put_option(out, SMCW_OPT_END, "", 0);
	fclose(out);
	put_block(to, SMCW_SHB, body, len);
	free(body);
}

static void put_interface(FILE *to, int link)
{
	const char resolution = NS_RESOLUTION;
	char *body;
	size_t len;
	FILE *out = open_memstream(&body, &len);

	if (!out)
		return;
	record_put16(out, (unsigned int)link);
	record_put16(out, 0);
	record_put32(out, SNAPLEN);
	put_option(out, SMCW_IF_NAME, "any", strlen("any"));
	put_option(out, SMCW_IF_TSRESOL, &resolution, sizeof(resolution));
	put_option(out, SMCW_OPT_END, "", 0);
	fclose(out);
	put_block(to, SMCW_IDB, body, len);
	free(body);
}

/* In a pcap with nanoseconds, tv_usec has them. */
static void put_packet(u_char *ctx, const struct pcap_pkthdr *head, const u_char *bytes)
{
	struct save *s = (void *)ctx;
	uint64_t ns = (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec;
	uint32_t total = (uint32_t)(8 * sizeof(uint32_t) + record_padded(head->caplen));

	if (!pcap_offline_filter(&s->filter, head, bytes))
		return;
	record_put32(s->out, SMCW_EPB);
	record_put32(s->out, total);
	record_put32(s->out, 0); /* interface */
	record_put32(s->out, (uint32_t)(ns >> 32));
	record_put32(s->out, (uint32_t)ns);
	record_put32(s->out, head->caplen);
	record_put32(s->out, head->len);
	put_padded(s->out, bytes, head->caplen);
	record_put32(s->out, total);
	s->n++;
}

/* The case's own packets: of its port, and to the queue pairs of its link (BTH, bytes 5 to 7). */
static void write_filter(const struct outcome *o, FILE *out)
{
	fprintf(out, "tcp port %u", o->port);
	for (size_t i = 0; i < sizeof(o->qpn) / sizeof(o->qpn[0]); i++)
		if (o->qpn[i])
			fprintf(out,
				" or (udp port 4791 and ((ip and udp[12:4] & 0xffffff = %u) or "
				"(ip6 and ip6[52:4] & 0xffffff = %u)))",
				o->qpn[i], o->qpn[i]);
}

static int save_packets(struct record *r, struct save *s, const struct outcome *o,
			const char *comment)
{
	char text[512] = "";
	FILE *filter = fmemopen(text, sizeof(text) - 1, "w");

	if (!filter)
		return -errno;
	write_filter(o, filter);
	fclose(filter);
	if (pcap_compile(r->pcap, &s->filter, text, 1, PCAP_NETMASK_UNKNOWN))
		return -EINVAL;
	put_section(s->out, comment);
	put_interface(s->out, pcap_datalink(r->pcap));
	while (pcap_dispatch(r->pcap, -1, put_packet, (void *)s) > 0)
		;
	pcap_freecode(&s->filter);
	return 0;
}

int record_save(struct record *r, FILE *out, const struct outcome *o, const char *comment)
{
	struct save s = { .out = out };
	int rc = save_packets(r, &s, o, comment);

	if (fflush(out) || ferror(out))
		rc = -EIO;
	return rc ? rc : s.n;
}
