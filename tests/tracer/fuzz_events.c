// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an event, as a packet or as a whole file: the first byte
 * chooses, see enum. The promises of reader.h, match.h, pcapng.h and the event part of
 * smc_codec.h have to hold, and written bytes are read back.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/match.h"
#include "record/pcapng.h"
#include "record/reader.h"
#include "smc_codec.h"

enum { AS_EVENT, AS_PACKET, AS_FILE, WAYS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* A copy without a byte more than @len, so that a read behind it is seen. */
static __u8 *exact(const __u8 *bytes, size_t len)
{
	__u8 *copy = malloc(len ? len : 1);

	PROMISE(copy);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

static void check_layout(const struct smcw_layout *l, size_t len, int rc)
{
	__u32 pos = 0;
	unsigned int i;

	PROMISE(rc == (l->faults ? -EBADMSG : 0));
	PROMISE(l->len <= len && l->n <= SMCW_PIECES_MAX);
	for (i = 0; i < l->n; i++) {
		PROMISE(l->piece[i].off == pos && smcw_piece_len(&l->piece[i]));
		pos += smcw_piece_len(&l->piece[i]);
	}
	PROMISE(pos == l->len);
}

static int same(void *ctx, struct smcw_event *ev)
{
	const struct smcw_event *was = ctx;

	PROMISE(!memcmp(ev, was, sizeof(*was) + smcw_get16(&was->length)));
	return 0;
}

/* A written event is read back; texts may be anything without a NUL. */
static void check_file(struct smcw_event *ev, const char *text)
{
	int fd = memfd_create("fuzz", 0);
	struct pcapng_meta meta = { .command = text };
	struct reader_result r;
	struct pcapng *p;

	PROMISE(fd >= 0 && !pcapng_open(fd, &meta, &p));
	PROMISE(!pcapng_event(p, ev, text) && !pcapng_close(p));
	PROMISE(lseek(fd, 0, SEEK_SET) == 0);
	PROMISE(reader_file(fdopen(fd, "rb"), same, ev, &r) == 0);
	PROMISE(r.packets == 1 && r.events == 1);
}

static void check_match(const struct smcw_event *ev)
{
	static struct match *m;
	struct smcw_event *half;
	size_t len = sizeof(*ev) + smcw_get16(&ev->length);

	if (!m)
		m = match_new();
	PROMISE(m);
	half = (struct smcw_event *)exact((const __u8 *)ev, len);
	match_event(m, half);
	if (ev->kind <= SMCW_EV_CDC)
		PROMISE(smcw_get64(&half->id));
	free(half);
}

static void check_event(const __u8 *bytes, size_t len)
{
	__u8 *copy = exact(bytes, len);
	struct smcw_event *ev = (struct smcw_event *)copy;
	struct smcw_layout l;
	int n = smcw_event_check(copy, len), rc = smcw_event_layout(copy, len, &l);

	check_layout(&l, len, rc);
	PROMISE(n == -EBADMSG || ((size_t)n >= sizeof(*ev) && (size_t)n <= len));
	PROMISE((n < 0) == (rc < 0));
	if (n > 0) {
		rc = smcw_event_message(ev, &l);
		if (rc == -ENOENT)
			PROMISE(!l.n);
		else
			check_layout(&l, (size_t)n - sizeof(*ev), rc);
		check_match(ev);
		copy[len - 1] = 0;
		check_file(ev, (const char *)copy + sizeof(*ev) - SMCW_DEVICE_LEN);
	}
	free(copy);
}

static void check_packet(const __u8 *bytes, size_t len)
{
	__u8 *copy = exact(bytes, len);
	int start = reader_packet(copy, len);

	PROMISE(start == -ENOENT || (start > 0 && (size_t)start <= len));
	free(copy);
	if (start > 0)
		check_event(bytes + start, len - (size_t)start);
}

static int is_event(void *ctx, struct smcw_event *ev)
{
	(void)ctx;
	PROMISE(ev->version == SMCW_EVENT_VERSION);
	return 0;
}

static void check_any_file(__u8 *bytes, size_t len)
{
	FILE *in = len ? fmemopen(bytes, len, "rb") : NULL;
	struct reader_result r;
	int rc;

	if (!in)
		return;
	rc = reader_file(in, is_event, NULL, &r);
	PROMISE(rc == 0 || rc == READER_CUT || rc == -EBADMSG || rc == -EPROTONOSUPPORT);
	PROMISE(!*r.error == !rc);
	PROMISE(r.events + r.foreign + r.newer == r.packets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__u8 *copy;

	if (!size || size > PCAPNG_EVENT_MAX)
		return 0;
	switch (data[0] % WAYS) {
	case AS_EVENT:
		check_event(data + 1, size - 1);
		break;
	case AS_PACKET:
		check_packet(data + 1, size - 1);
		break;
	default:
		copy = exact(data + 1, size - 1);
		check_any_file(copy, size - 1);
		free(copy);
	}
	return 0;
}
