// SPDX-License-Identifier: GPL-2.0-or-later
/* See stream.h. */
#include "stream.h"

#include <string.h>

/* Came before the bytes in front of it. */
struct stream_segment {
	struct stream_segment *next;
	__u32 seq;
	size_t len;
	__u8 *bytes;
};

/* Sequence numbers wrap (RFC 9293 3.4). */
static bool stream_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

void stream_syn(struct stream *s, __u32 seq)
{
	if (s->begun)
		return;
	s->begun = true;
	s->next = seq + 1;
}

static void stream_grow(struct arena *a, struct stream *s, size_t len)
{
	__u8 *more;

	if (s->len + len <= s->cap)
		return;
	while (s->cap < s->len + len)
		s->cap = s->cap ? 2 * s->cap : 4096;
	more = arena_alloc(a, s->cap);
	if (s->len)
		memcpy(more, s->bytes, s->len);
	s->bytes = more;
}

/* Takes the new bytes of a segment that begins at or before s->next. */
static void stream_append(struct arena *a, struct stream *s, __u32 seq, const __u8 *bytes,
			  size_t len)
{
	size_t old = s->next - seq;

	if (old >= len)
		return;
	bytes += old;
	len -= old;
	s->next += (__u32)len;
	if (s->len + len > STREAM_MAX) {
		s->lost = true;
		len = STREAM_MAX - s->len;
	}
	if (!len)
		return;
	stream_grow(a, s, len);
	memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
}

static void stream_wait(struct arena *a, struct stream *s, __u32 seq, const __u8 *bytes, size_t len)
{
	struct stream_segment *w;

	if (s->waits == STREAM_WAITING_MAX) {
		s->lost = true;
		return;
	}
	w = arena_alloc(a, sizeof(*w));
	w->seq = seq;
	w->len = len;
	w->bytes = (__u8 *)arena_copy(a, bytes, len);
	w->next = s->waiting;
	s->waiting = w;
	s->waits++;
}

/* Those that waited for the bytes that have come now. */
static void stream_take_waiting(struct arena *a, struct stream *s)
{
	struct stream_segment **at = &s->waiting;

	while (*at) {
		struct stream_segment *w = *at;

		if (stream_before(s->next, w->seq)) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		s->waits--;
		stream_append(a, s, w->seq, w->bytes, w->len);
		at = &s->waiting;
	}
}

void stream_segment(struct arena *a, struct stream *s, __u32 seq, const __u8 *bytes, size_t len,
		    bool fin)
{
	if (!s->begun)
		stream_syn(s, seq - 1);
	if (fin && !s->has_fin) {
		s->has_fin = true;
		s->fin = seq + (__u32)len;
	}
	if (stream_before(s->next, seq)) {
		if (len)
			stream_wait(a, s, seq, bytes, len);
	} else {
		stream_append(a, s, seq, bytes, len);
		stream_take_waiting(a, s);
	}
	s->ended = s->has_fin && s->next == s->fin;
}
