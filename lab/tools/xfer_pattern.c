// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smc-xfer: the bytes of a stream, computable at any offset.
 *
 * A pattern is a row of 64-bit words in little-endian order. Word n > 0 is a hash of the seed, the
 * direction, the connection's number and n. Word 0 has the number, so that the other end knows
 * which stream this is: 16 bits of it, and 48 bits of a hash that prove it. Connections of one
 * program thus differ in every word, and data delivered to the wrong one is seen.
 */
#include <endian.h>
#include <string.h>

#include "xfer.h"

enum {
	WORD = sizeof(uint64_t),
	ID_BYTES = sizeof(uint16_t),
	/* A shorter stream has no room for a number that is proved: its number is 0. */
	NUMBERED_FROM = 2 * WORD,
};

/* The finalizer of splitmix64: every input bit reaches every output bit. */
static uint64_t xfer_pattern_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t pattern_word(const struct xfer_stream *stream, uint64_t n)
{
	const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t word =
		xfer_pattern_mix(xfer_pattern_mix(stream->seed + stream->id * golden) + n * golden);

	if (n == 0 && stream->total - stream->prefix_len >= NUMBERED_FROM)
		word = (word & ~(uint64_t)UINT16_MAX) | stream->id;
	return word;
}

/**
 * stream_init - describe one direction of a connection
 * @stream: filled in
 * @plan: the bytes to send
 * @from_server: the direction
 *
 * The number is 0 until stream_number() or stream_check() say another one.
 */
void stream_init(struct xfer_stream *stream, const struct xfer_plan *plan, bool from_server)
{
	/* An echo is what the client sent: the very same stream. */
	bool reply = from_server && plan->direction != DIR_ECHO;

	*stream = (struct xfer_stream){
		.text = reply && plan->reply ? plan->reply : plan->text,
		.seed = xfer_pattern_mix(plan->seed + reply),
		.total = from_server ? plan->reply_bytes : plan->bytes,
	};
	stream->text_len = stream->text ? strlen(stream->text) : 0;
	if (from_server && plan->banner) {
		stream->prefix = plan->banner;
		stream->prefix_len = strlen(plan->banner);
		stream->total += stream->prefix_len;
	}
	if (stream->total - stream->prefix_len < NUMBERED_FROM)
		stream->id_bytes_known = ID_BYTES;
}

/**
 * stream_number - set the number of a stream this end knows
 * @stream: the stream
 * @id: the connection's number
 */
void stream_number(struct xfer_stream *stream, uint16_t id)
{
	if (stream->total - stream->prefix_len >= NUMBERED_FROM)
		stream->id = id;
	stream->id_bytes_known = ID_BYTES;
}

static void fill_text(const struct xfer_stream *stream, uint64_t offset, uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)stream->text[(offset + i) % stream->text_len];
}

static void fill_pattern(const struct xfer_stream *stream, uint64_t offset, uint8_t *buf,
			 size_t len)
{
	while (len) {
		uint64_t word = htole64(pattern_word(stream, offset / WORD));
		size_t skip = offset % WORD;
		size_t n = WORD - skip < len ? WORD - skip : len;

		memcpy(buf, (const uint8_t *)&word + skip, n);
		buf += n;
		offset += n;
		len -= n;
	}
}

/**
 * stream_fill - compute a part of a stream
 * @stream: the stream
 * @offset: bytes from its begin
 * @buf: where to
 * @len: how many bytes
 */
void stream_fill(const struct xfer_stream *stream, uint64_t offset, uint8_t *buf, size_t len)
{
	size_t n = 0;

	if (offset < stream->prefix_len) {
		n = stream->prefix_len - offset;
		n = n < len ? n : len;
		memcpy(buf, stream->prefix + offset, n);
	}
	offset += n;
	if (stream->text)
		fill_text(stream, offset - stream->prefix_len, buf + n, len - n);
	else
		fill_pattern(stream, offset - stream->prefix_len, buf + n, len - n);
}

/* The first two bytes are believed; the six after them prove them. */
static void learn_number(struct xfer_stream *stream, uint64_t offset, const uint8_t *buf,
			 size_t len)
{
	while (stream->id_bytes_known < ID_BYTES) {
		uint64_t at = stream->prefix_len + stream->id_bytes_known;

		if (at < offset || at >= offset + len)
			return;
		stream->id |= (uint16_t)(buf[at - offset] << 8 * stream->id_bytes_known);
		stream->id_bytes_known++;
	}
}

/**
 * stream_check - compare received bytes with the expected ones
 * @stream: the stream; learns its number from the stream's first bytes
 * @offset: where the bytes stand, from the stream's begin
 * @buf: the bytes
 * @len: how many
 * @expected: set to the right value of the first wrong byte
 *
 * Return: how many bytes are right before the first wrong one; @len if all are.
 */
size_t stream_check(struct xfer_stream *stream, uint64_t offset, const uint8_t *buf, size_t len,
		    uint8_t *expected)
{
	uint8_t right[4096];
	size_t done = 0;

	if (!stream->text)
		learn_number(stream, offset, buf, len);
	while (done < len) {
		size_t n = len - done < sizeof(right) ? len - done : sizeof(right);
		size_t i = 0;

		stream_fill(stream, offset + done, right, n);
		if (memcmp(buf + done, right, n)) {
			while (buf[done + i] == right[i])
				i++;
			*expected = right[i];
			return done + i;
		}
		done += n;
	}
	return len;
}
