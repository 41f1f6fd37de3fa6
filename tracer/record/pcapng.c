// SPDX-License-Identifier: GPL-2.0-or-later
/* See pcapng.h and smc_pcapng.h. */
#include "pcapng.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "smc_address.h"
#include "smc_codec.h"
#include "smc_event_text.h"

#define BUFFER_SIZE (256 * 1024)
#define SNAPLEN 262144
#define TEXT_MAX 2048	       /* bytes of a line, in the packet and in its comment */
#define COMMENT_MAX (8 * 1024) /* of the section header */
#define BLOCK_MAX (80 * 1024)  /* bytes of the largest block */
#define INTERFACES_MAX 256
#define NS_PER_S 1000000000ULL

_Static_assert(PCAPNG_EVENT_MAX + 2 * TEXT_MAX + 1024 < BLOCK_MAX, "an event has to fit");
_Static_assert(COMMENT_MAX + 2 * TEXT_MAX + 1024 < BLOCK_MAX, "a section header has to fit");
_Static_assert(BLOCK_MAX < BUFFER_SIZE, "a block has to fit");

#define PORT_TYPE_TCP 2

/* By enum smcw_kind_classes: the interfaces of messages, and the one of all other events. */
static const struct {
	const char *name, *protocol, *description;
} classes[] = {
	[SMCW_CLASS_LIFE] = { "life", "SMC", "Link groups, connections, buffers, fallback" },
	[SMCW_CLASS_CLC] = { "clc", "SMC-CLC", "CLC messages, over TCP" },
	[SMCW_CLASS_LLC] = { "llc", "SMC-LLC", "LLC messages" },
	[SMCW_CLASS_CDC] = { "cdc", "SMC-CDC", "CDC messages" },
};

struct interface {
	__u8 class;		      /* enum smcw_kind_classes */
	__u8 host;		      /* SMCW_EV_HOST_OF() */
	char device[SMCW_DEVICE_LEN]; /* as in events; zeroes: whatever device */
	__u64 events;
	__u64 lost;
};

/* The end of an event: ports, addresses, owner's name and device of a connection. */
#define ENDS_OFF offsetof(struct smcw_event, local_port)
#define ENDS_LEN (sizeof(struct smcw_event) - ENDS_OFF)
_Static_assert(ENDS_LEN % 16 == 4, "same_ends() compares such");

/* The bytes before the line of text in every packet of one direction of a connection. */
struct prefix {
	__u8 kind, flags, ends[ENDS_LEN]; /* of the events it is for; kind 0: of none */
	__u16 len;
	unsigned int interface;
	__u8 bytes[128];
};

#define PREFIXES 256 /* a power of two */

/* The line of a message, which is sent and received, so that it often comes twice in a row. */
struct cdc_line {
	__u8 mode, flags;
	__be16 length;
	__u8 message[sizeof(((struct smcw_cdc_record *)0)->message)];
	size_t len;
	char text[SMCW_LINE_MAX];
};

struct pcapng {
	int fd;
	int error;     /* -errno of the write that failed */
	__u64 written; /* bytes */
	const char *remark;
	size_t used; /* of buffer; it begins and ends with a whole block between calls */
	unsigned int n;
	struct interface interface[INTERFACES_MAX];
	struct prefix prefix[PREFIXES];
	struct cdc_line line;
	__u8 buffer[BUFFER_SIZE];
};

/* ---- bytes ---------------------------------------------------------------------- */

/* None of these checks for room: pcapng_make_room() was called for the block. */
static void pcapng_put(struct pcapng *p, const void *data, size_t len)
{
	memcpy(p->buffer + p->used, data, len);
	p->used += len;
}

static void pcapng_put16(struct pcapng *p, uint16_t v)
{
	pcapng_put(p, &v, sizeof(v));
}

static void pcapng_put32(struct pcapng *p, uint32_t v)
{
	pcapng_put(p, &v, sizeof(v));
}

static void put_padded(struct pcapng *p, const void *data, size_t len)
{
	static const __u8 zero[4];

	pcapng_put(p, data, len);
	pcapng_put(p, zero, -len & 3);
}

static void put_option(struct pcapng *p, enum smcw_pcapng_option code, const void *data, size_t len)
{
	pcapng_put16(p, (uint16_t)code);
	pcapng_put16(p, (uint16_t)len);
	put_padded(p, data, len);
}

static void put_text_option(struct pcapng *p, enum smcw_pcapng_option code, const char *text)
{
	put_option(p, code, text, strlen(text));
}

static void put_u64_option(struct pcapng *p, enum smcw_pcapng_option code, __u64 v)
{
	put_option(p, code, &v, sizeof(v));
}

/* Wireshark steps over @len as it stands there, so it counts the padding. */
static void put_tag(struct pcapng *p, enum smcw_pcapng_tag tag, const void *data, size_t len)
{
	__u8 head[4];

	smcw_put16(head, (__u16)tag);
	smcw_put16(head + 2, (__u16)((len + 3) & ~(size_t)3));
	pcapng_put(p, head, sizeof(head));
	put_padded(p, data, len);
}

static void put_u32_tag(struct pcapng *p, enum smcw_pcapng_tag tag, __u32 v)
{
	__u8 value[4];

	smcw_put32(value, v);
	put_tag(p, tag, value, sizeof(value));
}

/* ---- blocks --------------------------------------------------------------------- */

static uint32_t pcapng_native32(const __u8 *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

/* Bytes of the whole blocks among the first @len of the buffer. */
static size_t whole_blocks(const struct pcapng *p, size_t len)
{
	size_t pos = 0;

	while (pos < p->used && pos + pcapng_native32(p->buffer + pos + 4) <= len)
		pos += pcapng_native32(p->buffer + pos + 4);
	return pos;
}

/* The write failed after @done bytes of the buffer: the file shall end with a block. */
static void cut_back(struct pcapng *p, size_t done)
{
	off_t extra = (off_t)(done - whole_blocks(p, done)), end;
	struct stat st;

	p->written += done - (size_t)extra;
	if (!extra || fstat(p->fd, &st) || !S_ISREG(st.st_mode))
		return;
	end = lseek(p->fd, 0, SEEK_CUR) - extra;
	/* The failure is reported anyway; a reader copes with a cut block, too. */
	if (end >= 0 && !ftruncate(p->fd, end))
		lseek(p->fd, end, SEEK_SET);
}

int pcapng_flush(struct pcapng *p)
{
	size_t done = 0;

	while (!p->error && done < p->used) {
		ssize_t n = write(p->fd, p->buffer + done, p->used - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			p->error = -errno;
			cut_back(p, done);
		}
	}
	if (!p->error)
		p->written += p->used;
	p->used = 0;
	return p->error;
}

static int pcapng_make_room(struct pcapng *p)
{
	return p->error || p->used + BLOCK_MAX > BUFFER_SIZE ? pcapng_flush(p) : 0;
}

static size_t begin_block(struct pcapng *p, enum smcw_pcapng_block type)
{
	size_t start = p->used;

	pcapng_put32(p, (uint32_t)type);
	pcapng_put32(p, 0);
	return start;
}

static void end_block(struct pcapng *p, size_t start)
{
	uint32_t len;

	put_option(p, SMCW_OPT_END, "", 0);
	len = (uint32_t)(p->used - start) + (uint32_t)sizeof(len);
	pcapng_put32(p, len);
	memcpy(p->buffer + start + 4, &len, sizeof(len));
}

static void pcapng_put_time(struct pcapng *p, __u64 ns)
{
	pcapng_put32(p, (uint32_t)(ns >> 32));
	pcapng_put32(p, (uint32_t)ns);
}

static void put_section(struct pcapng *p, const struct pcapng_meta *meta)
{
	const char *kernel = meta->kernel ? meta->kernel : "of an unknown release";
	char text[COMMENT_MAX];
	size_t start = begin_block(p, SMCW_SHB);
	const __u64 unknown = ~0ULL;

	pcapng_put32(p, SMCW_PCAPNG_ORDER);
	pcapng_put16(p, 1); /* version 1.0 */
	pcapng_put16(p, 0);
	pcapng_put(p, &unknown, sizeof(unknown)); /* length of the section */
	snprintf(text, sizeof(text), "Linux %s; %s", kernel,
		 meta->command ? meta->command : "command unknown");
	put_text_option(p, SMCW_OPT_COMMENT, text);
	snprintf(text, TEXT_MAX, "Linux %s", kernel);
	put_text_option(p, SMCW_SHB_OS, text);
	snprintf(text, TEXT_MAX, "smc-trace %s", meta->version ? meta->version : "?");
	put_text_option(p, SMCW_SHB_USERAPPL, text);
	end_block(p, start);
}

/* Text of a fixed field out of the kernel, fit for a UTF-8 option. @to: @len + 1 bytes */
static const char *pcapng_clean(char *to, const __u8 *from, size_t len)
{
	size_t i;

	for (i = 0; i < len && from[i]; i++)
		to[i] = from[i] >= 0x20 && from[i] < 0x7f ? (char)from[i] : '?';
	to[i] = '\0';
	return to;
}

static void put_interface(struct pcapng *p, const struct interface *i)
{
	size_t start = begin_block(p, SMCW_IDB);
	char device[SMCW_DEVICE_LEN + 1], text[128], host[16] = "", of[32] = "";
	const __u8 tsresol = 9;

	pcapng_clean(device, (const __u8 *)i->device, SMCW_DEVICE_LEN);
	pcapng_put16(p, SMCW_EVENT_LINKTYPE);
	pcapng_put16(p, 0);
	pcapng_put32(p, SNAPLEN);
	if (i->host) {
		snprintf(host, sizeof(host), "%u.", i->host);
		snprintf(of, sizeof(of), ", host %u", i->host);
	}
	snprintf(text, sizeof(text), "%s%s:%s", host, *device ? device : "smc",
		 classes[i->class].name);
	put_text_option(p, SMCW_IF_NAME, text);
	snprintf(text, sizeof(text), "%s%s%s%s", classes[i->class].description,
		 *device ? ", device " : "", device, of);
	put_text_option(p, SMCW_IF_DESCRIPTION, text);
	put_option(p, SMCW_IF_TSRESOL, &tsresol, sizeof(tsresol));
	end_block(p, start);
}

/* ifrecv is what the hooks saw, ifdrop what did not reach the file. */
static void put_statistics(struct pcapng *p, unsigned int number, __u64 now, const char *line)
{
	const struct interface *i = &p->interface[number];
	size_t start = begin_block(p, SMCW_ISB);

	pcapng_put32(p, number);
	pcapng_put_time(p, now);
	put_u64_option(p, SMCW_ISB_IFRECV, i->events + i->lost);
	put_u64_option(p, SMCW_ISB_IFDROP, i->lost);
	put_u64_option(p, SMCW_ISB_USRDELIV, i->events);
	if (line)
		put_option(p, SMCW_OPT_COMMENT, line, strnlen(line, TEXT_MAX));
	end_block(p, start);
}

/* ---- interfaces ----------------------------------------------------------------- */

static __u8 pcapng_class_of(const struct smcw_event *ev)
{
	return smcw_kind_is_message(ev->kind) ? smcw_event_kinds[ev->kind].class : SMCW_CLASS_LIFE;
}

/*
 * The number of the event's interface, described in the file when it is new.
 * CLC runs over TCP and what is rare shares one place, so a device counts for
 * LLC and CDC only. Should a host really have so many devices, those after
 * the last entry share the first interface. Needs room for a block.
 */
static unsigned int interface_of(struct pcapng *p, const struct smcw_event *ev)
{
	struct interface new = { .class = pcapng_class_of(ev), .host = SMCW_EV_HOST_OF(ev) };
	unsigned int i;

	if (new.class == SMCW_CLASS_LLC || new.class == SMCW_CLASS_CDC)
		memcpy(new.device, ev->device, sizeof(new.device));
	for (i = 0; i < p->n; i++)
		if (p->interface[i].class == new.class && p->interface[i].host == new.host &&
		    !memcmp(p->interface[i].device, new.device, sizeof(new.device)))
			return i;
	if (i == INTERFACES_MAX)
		return 0;
	p->interface[p->n++] = new;
	put_interface(p, &new);
	return i;
}

/* ---- events --------------------------------------------------------------------- */

static const __u8 no_address[16];

static int is_ipv4(const __u8 *address)
{
	return smcw_is_mapped(address) || !memcmp(address, no_address, 16);
}

/* Addresses and ports, from the sender's side: the same for a connection and direction. */
static void put_connection_tags(struct pcapng *p, const struct smcw_event *ev)
{
	int in = SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN;
	const __u8 *src = in ? ev->peer : ev->local, *dst = in ? ev->local : ev->peer;
	__u16 local = smcw_get16(&ev->local_port), peer = smcw_get16(&ev->peer_port);

	if (!memcmp(src, no_address, 16) && !memcmp(dst, no_address, 16))
		return;
	if (is_ipv4(src) && is_ipv4(dst)) {
		put_tag(p, SMCW_TAG_IPV4_SRC, src + 12, 4);
		put_tag(p, SMCW_TAG_IPV4_DST, dst + 12, 4);
	} else {
		put_tag(p, SMCW_TAG_IPV6_SRC, src, 16);
		put_tag(p, SMCW_TAG_IPV6_DST, dst, 16);
	}
	put_u32_tag(p, SMCW_TAG_PORT_TYPE, PORT_TYPE_TCP);
	put_u32_tag(p, SMCW_TAG_SRC_PORT, in ? peer : local);
	put_u32_tag(p, SMCW_TAG_DST_PORT, in ? local : peer);
}

static struct prefix *prefix_of(struct pcapng *p, const struct smcw_event *ev)
{
	__u32 ports;

	memcpy(&ports, &ev->local_port, sizeof(ports));
	return &p->prefix[(ports ^ SMCW_EV_DIR_OF(ev)) * 0x9e3779b1u >> 24 & (PREFIXES - 1)];
}

/* In place of memcmp(), whose call takes longer. */
static bool pcapng_same_ends(const void *a, const void *b)
{
	const struct {
		__u64 pair[ENDS_LEN / 16][2];
		__u32 last;
	} __attribute__((packed, may_alias)) *x = a, *y = b;
	__u64 differ = x->last ^ y->last, other = 0;

	for (size_t i = 0; i < ENDS_LEN / 16; i++) {
		differ |= x->pair[i][0] ^ y->pair[i][0];
		other |= x->pair[i][1] ^ y->pair[i][1];
	}
	return !(differ | other);
}

static bool prefix_fits(const struct prefix *known, const struct smcw_event *ev)
{
	return known->kind == ev->kind && known->flags == ev->flags &&
	       pcapng_same_ends(known->ends, (const __u8 *)ev + ENDS_OFF);
}

static void put_prefix(struct pcapng *p, const struct smcw_event *ev, unsigned int interface)
{
	const char *protocol = classes[pcapng_class_of(ev)].protocol;
	const __u8 *ends = (const __u8 *)ev + ENDS_OFF;
	struct prefix *known = prefix_of(p, ev);
	size_t start = p->used, len;

	if (prefix_fits(known, ev)) {
		pcapng_put(p, known->bytes, known->len);
		return;
	}
	put_tag(p, SMCW_TAG_DISSECTOR_NAME, SMCW_EVENT_DISSECTOR, strlen(SMCW_EVENT_DISSECTOR));
	put_connection_tags(p, ev);
	put_tag(p, SMCW_TAG_COL_PROT_TEXT, protocol, strlen(protocol));
	len = p->used - start;
	known->kind = 0;
	if (len > sizeof(known->bytes))
		return;
	known->kind = ev->kind;
	known->flags = ev->flags;
	known->len = (__u16)len;
	known->interface = interface;
	memcpy(known->ends, ends, ENDS_LEN);
	memcpy(known->bytes, p->buffer + start, len);
}

static void put_tags(struct pcapng *p, unsigned int interface, const struct smcw_event *ev,
		     const char *text)
{
	put_prefix(p, ev, interface);
	if (text && *text)
		put_tag(p, SMCW_TAG_COL_INFO_TEXT, text, strnlen(text, TEXT_MAX));
	put_tag(p, SMCW_TAG_END, "", 0);
}

/* CDC is too frequent for a comment: its line stands in the packet, its owner in the event. */
static void put_comment(struct pcapng *p, const struct smcw_event *ev, const char *text)
{
	char comment[TEXT_MAX + 64], comm[SMCW_COMM_LEN + 1];
	__u32 pid = smcw_get32(&ev->pid);
	int n;

	if (ev->kind == SMCW_EV_CDC)
		return;
	n = snprintf(comment, sizeof(comment), "%.*s", TEXT_MAX, text ? text : "");
	if (pid)
		snprintf(comment + n, sizeof(comment) - (size_t)n, "%spid %u (%s)", n ? "; " : "",
			 pid, pcapng_clean(comm, ev->comm, sizeof(ev->comm)));
	if (*comment)
		put_text_option(p, SMCW_OPT_COMMENT, comment);
}

static void put_event_options(struct pcapng *p, const struct smcw_event *ev, const char *text)
{
	uint32_t direction = SMCW_EV_DIR_OF(ev); /* 1 in, 2 out: as the option has it */
	__u64 id = smcw_get64(&ev->id), lost = smcw_get64(&ev->lost);

	put_comment(p, ev, text);
	if (direction == SMCW_DIR_IN || direction == SMCW_DIR_OUT)
		put_option(p, SMCW_EPB_FLAGS, &direction, sizeof(direction));
	if (lost)
		put_u64_option(p, SMCW_EPB_DROPCOUNT, lost);
	if (id)
		put_u64_option(p, SMCW_EPB_PACKETID, id);
}

static void put_event(struct pcapng *p, unsigned int interface, const struct smcw_event *ev,
		      const char *text)
{
	size_t start = begin_block(p, SMCW_EPB), lengths, packet;
	uint32_t cut = smcw_get16(&ev->original), length = smcw_get16(&ev->length), caplen;

	cut = cut > length ? cut - length : 0;
	pcapng_put32(p, interface);
	pcapng_put_time(p, smcw_get64(&ev->time));
	lengths = p->used;
	pcapng_put32(p, 0);
	pcapng_put32(p, 0);
	packet = p->used;
	put_tags(p, interface, ev, text);
	pcapng_put(p, ev, sizeof(*ev) + length);
	caplen = (uint32_t)(p->used - packet);
	pcapng_put(p, "\0\0\0", -caplen & 3);
	memcpy(p->buffer + lengths, &caplen, sizeof(caplen));
	caplen += cut;
	memcpy(p->buffer + lengths + sizeof(caplen), &caplen, sizeof(caplen));
	put_event_options(p, ev, text);
	end_block(p, start);
}

/* ---- CDC ------------------------------------------------------------------------ */

/*
 * Nearly all events of a busy host are CDC of connections that had some before: the same block,
 * with little that is new. The bytes before the line of text are copied, and those after the
 * event have a fixed size.
 */
struct block_head {
	__u32 type, length, interface, time_high, time_low, captured, original;
};

struct block_tail {
	__u16 flags_code, flags_length;
	__u32 direction;
	__u16 id_code, id_length;
	__u8 id[8];
	__u32 end; /* of options */
	__u32 length;
};

_Static_assert(sizeof(struct block_tail) == 28, "the tail lies in the file as it is");
_Static_assert(sizeof(struct smcw_event) % 4 == 0, "no padding before the tail");

/* The prefix that makes it a block by copying, or NULL. */
static const struct prefix *ready_prefix(struct pcapng *p, const struct smcw_event *ev)
{
	unsigned int direction = SMCW_EV_DIR_OF(ev);
	const struct prefix *known;

	if (ev->kind != SMCW_EV_CDC || ev->length != ev->original || ev->lost || !ev->id ||
	    smcw_get16(&ev->length) > sizeof(p->line.message) ||
	    (direction != SMCW_DIR_IN && direction != SMCW_DIR_OUT))
		return NULL;
	known = prefix_of(p, ev);
	return prefix_fits(known, ev) ? known : NULL;
}

static bool same_message(const struct cdc_line *l, const struct smcw_event *ev, size_t len)
{
	const __u8 *message = (const void *)(ev + 1);
	__u64 differ = 0, v, w;

	if (l->mode != ev->mode || (l->flags ^ ev->flags) & SMCW_EV_BIG || l->length != ev->length)
		return false;
	for (size_t i = 0; i < len; i += sizeof(v)) {
		memcpy(&v, l->message + i, sizeof(v));
		memcpy(&w, message + i, sizeof(w));
		differ |= v ^ w;
	}
	return !differ;
}

/* Its line, of which only the first character depends on the direction. */
static const struct cdc_line *line_of(struct pcapng *p, const struct smcw_event *ev)
{
	size_t len = smcw_get16(&ev->length);
	struct cdc_line *l = &p->line;

	if (len % sizeof(__u64) || !same_message(l, ev, len)) {
		l->mode = ev->mode;
		l->flags = ev->flags;
		l->length = ev->length;
		memcpy(l->message, ev + 1, len);
		l->len = (size_t)smcw_event_text(ev, l->text, sizeof(l->text));
	}
	l->text[0] = SMCW_EV_DIR_OF(ev) == SMCW_DIR_IN ? '<' : '>';
	return l;
}

/* The tag with the line, and that of the end. */
static __u8 *copy_line(__u8 *at, const struct cdc_line *l)
{
	size_t padded = (l->len + 3) & ~(size_t)3;

	smcw_put16(at, SMCW_TAG_COL_INFO_TEXT);
	smcw_put16(at + 2, (__u16)padded);
	memcpy(at + 4, l->text, l->len);
	memset(at + 4 + l->len, 0, 8);
	return at + 4 + padded + 4;
}

static void copy_cdc(struct pcapng *p, const struct prefix *known, const struct smcw_event *ev)
{
	size_t length = smcw_get16(&ev->length), padding = -length & 3;
	__u8 *start = p->buffer + p->used, *packet = start + sizeof(struct block_head), *at;
	__u64 time = smcw_get64(&ev->time), id = smcw_get64(&ev->id);
	struct block_head head = { SMCW_EPB, 0, known->interface, (__u32)(time >> 32), (__u32)time,
				   0,	     0 };
	struct block_tail tail = { SMCW_EPB_FLAGS,
				   4,
				   SMCW_EV_DIR_OF(ev),
				   SMCW_EPB_PACKETID,
				   sizeof(tail.id),
				   { 0 },
				   0,
				   0 };

	memcpy(packet, known->bytes, sizeof(known->bytes));
	at = copy_line(packet + known->len, line_of(p, ev));
	memcpy(at, ev, sizeof(*ev) + length);
	at += sizeof(*ev) + length;
	head.captured = head.original = (__u32)(at - packet);
	memcpy(at, &(__u32){ 0 }, sizeof(__u32));
	at += padding;
	head.length = tail.length = (__u32)(at - start) + (__u32)sizeof(tail);
	memcpy(tail.id, &id, sizeof(id));
	memcpy(start, &head, sizeof(head));
	memcpy(at, &tail, sizeof(tail));
	p->used += head.length;
}

int pcapng_event(struct pcapng *p, const struct smcw_event *ev, const char *text)
{
	const struct prefix *known;
	char line[SMCW_LINE_MAX];
	unsigned int i;
	int rc = pcapng_make_room(p);

	if (rc)
		return rc;
	known = ready_prefix(p, ev);
	if (!text && known) {
		p->interface[known->interface].events++;
		copy_cdc(p, known, ev);
		return 0;
	}
	i = interface_of(p, ev);
	p->interface[i].events++;
	p->interface[i].lost += smcw_get64(&ev->lost);
	rc = pcapng_make_room(p); /* the interface may have taken it */
	if (rc)
		return rc;
	if (!text && ev->kind == SMCW_EV_CDC) {
		smcw_event_text(ev, line, sizeof(line));
		text = line;
	}
	put_event(p, i, ev, text);
	return 0;
}

int pcapng_lost(struct pcapng *p, const struct smcw_event *like, __u64 n)
{
	int rc = pcapng_make_room(p);

	if (!rc && n)
		p->interface[interface_of(p, like)].lost += n;
	return rc;
}

/* ---- the file ------------------------------------------------------------------- */

int pcapng_open(int fd, const struct pcapng_meta *meta, struct pcapng **out)
{
	static const struct smcw_event life = { .kind = SMCW_EV_MODULE };
	struct pcapng *p = malloc(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->fd = fd;
	p->error = 0;
	p->written = 0;
	p->used = 0;
	p->n = 0;
	p->remark = NULL;
	memset(p->prefix, 0, sizeof(p->prefix));
	memset(&p->line, 0, sizeof(p->line));
	put_section(p, meta);
	/* libpcap refuses a file without an interface, even if there is no packet in it. */
	interface_of(p, &life);
	*out = p;
	return 0;
}

__u64 pcapng_size(const struct pcapng *p)
{
	return p->written + p->used;
}

void pcapng_remark(struct pcapng *p, const char *line)
{
	p->remark = line;
}

int pcapng_close(struct pcapng *p)
{
	struct timespec now;
	unsigned int i;
	int rc;

	if (!p)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	for (i = 0; i < p->n && !pcapng_make_room(p); i++)
		put_statistics(p, i, (__u64)now.tv_sec * NS_PER_S + (__u64)now.tv_nsec,
			       i ? NULL : p->remark);
	rc = pcapng_flush(p);
	free(p);
	return rc;
}
