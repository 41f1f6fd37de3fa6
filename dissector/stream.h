/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of one direction of a connection, in the order of the cursor. A
 * WRITE says an offset in a buffer that is used round and round; here it
 * becomes a position in the stream. Bytes are delivered in the frame that has
 * them, or that fills the gap before them.
 */
#ifndef SMCKIT_DISSECTOR_STREAM_H
#define SMCKIT_DISSECTOR_STREAM_H

#include <epan/packet.h>
#include <stdbool.h>

struct conn;
struct link;
struct note;

/* Bytes that a frame delivers; kept with it. */
struct delivery {
	guint64 pos;	    /* of the first one in the stream */
	guint64 lost;	    /* bytes before it that are not in the capture */
	const guint8 *data; /* NULL: they are the frame's own, from @from on */
	guint32 from;
	guint32 len;
	bool last;	 /* none comes behind it: the sender has closed */
	struct pdu *pdu; /* payload.c's */
};

struct stream {
	struct conn *conn;
	guint8 sender;
	guint32 size;	    /* of the buffer that it goes to */
	guint64 next;	    /* position behind all that is delivered */
	guint64 told;	    /* position behind what CDC has told to be there */
	struct link *link;  /* of the last WRITE */
	wmem_list_t *early; /* segments behind a gap, by position */
	guint64 early_bytes;
	unsigned untaken;	 /* payload.c: deliveries that no dissector has wanted, in a row */
	struct pending *pending; /* payload.c's */
};

/**
 * stream_register() - register the expert infos of streams.
 * @proto: the plugin's protocol
 */
void stream_register(int proto);

/* The stream of what a side sends, or NULL while its buffer is not known. */
struct stream *stream_of(struct conn *conn, unsigned sender);

/**
 * stream_write() - bytes of a WRITE, in the first pass.
 * @s: their stream
 * @tvb: the bytes
 * @offset: in the RMBE
 * @old: the packet sequence number is not a new one
 *
 * Return: what the frame delivers, or NULL.
 */
struct delivery *stream_write(packet_info *pinfo, struct note *note, struct stream *s,
			      tvbuff_t *tvb, guint32 offset, bool old);

/**
 * stream_cdc() - what CDC tells about the stream, in the first pass.
 * @produced: position of the producer cursor
 * @last: the sender says that nothing comes any more
 *
 * Bytes that one CDC message has told and that are not there at the next one
 * will not come.
 *
 * Return: what the frame delivers behind a gap, or NULL.
 */
struct delivery *stream_cdc(packet_info *pinfo, struct note *note, struct stream *s,
			    guint64 produced, bool last);

/* A delivery of no bytes, where the stream ends. */
struct delivery *stream_rest(const struct stream *s);

#endif
