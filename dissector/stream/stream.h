/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of one direction of a connection, in the order of the cursor. A
 * WRITE says an offset in a buffer that is used round and round; here it
 * becomes a position in the stream. Bytes are delivered in the frame that has
 * them, or that fills the gap before them. A gap is given up when the peer has
 * consumed what is not in the capture, or its buffer had no room otherwise.
 */
#ifndef SMCKIT_DISSECTOR_STREAM_H
#define SMCKIT_DISSECTOR_STREAM_H

#include <epan/packet.h>
#include <stdbool.h>

#include "held.h"
#include "place.h"

struct conn;
struct note;
struct queue_pair;
struct stream;

/* Bytes that a frame delivers; kept with it. */
struct delivery {
	struct delivery *next; /* of the same frame: after a gap, or of the other direction */
	struct stream *stream;
	guint64 pos;	    /* of the first one in the stream */
	guint64 lost;	    /* bytes before it that are not in the capture */
	const guint8 *data; /* NULL: they are the frame's own, from @from on */
	guint32 from;
	guint32 len;
	bool last;	 /* none comes after it: the sender has closed */
	struct pdu *pdu; /* payload.c's */
};

/* A link and those before it: a stream moves when its link fails. */
#define LANES 4

struct stream {
	struct conn *conn;
	guint8 sender;
	guint32 size; /* of the buffer that it goes to; 0: not known yet */
	guint64 turn; /* position of its first byte; see stream_turn() */
	guint64 turn_before;
	guint64 vague;	      /* before this position more may be missing than is counted */
	bool begun;	      /* @next is known */
	bool relative;	      /* positions count from a place that is not the first byte */
	bool has_writes;      /* a WRITE of it came */
	guint64 next;	      /* position after all that is delivered or lost */
	guint64 high;	      /* position after all that is known to be there */
	guint64 reported;     /* position after what CDC has reported to be there */
	guint64 due;	      /* bytes missing before this position will not come */
	guint64 due_reported; /* @reported when that was said */
	guint64 awaited;  /* before this position it was said that sent bytes are missing so far */
	guint64 unseen;	  /* ... and that consumed ones are */
	guint32 due_in;	  /* frame that says so */
	nstime_t hole_at; /* since then the next byte is missing */
	bool has_hole;
	bool closed; /* the sender has said that nothing comes after @reported */
	bool ended;  /* ... and all of it is there */
	struct lane lanes[LANES];
	struct held_list held[LANES];
	unsigned lane;		 /* the last one that was used */
	struct early *early;	 /* stream.c's */
	unsigned untaken;	 /* payload.c: deliveries that no dissector has wanted, in a row */
	struct pending *pending; /* payload.c's */
};

/**
 * stream_register() - register the expert infos of streams.
 * @proto: the plugin's protocol
 */
void stream_register(int proto);

/* The stream of a sending side, or NULL while its buffer is not known. */
struct stream *stream_of(struct conn *conn, unsigned sender);

/**
 * stream_write() - bytes of a packet that was not there before, in the first pass.
 * @pinfo: of the frame
 * @note: of the frame; gets its delivery
 * @tvb: the frame's own bytes
 * @b: of this frame, or kept from one before
 * @origin: note of the frame that has the bytes
 */
void stream_write(packet_info *pinfo, struct note *note, struct stream *s, tvbuff_t *tvb,
		  const struct packet_bytes *b, struct note *origin);

/**
 * stream_cdc() - note the bytes that CDC reports, in the first pass.
 * @qp: that the message went to
 * @psn: of the message
 * @produced: position of the producer cursor
 * @last: the sender says that nothing comes any more
 */
void stream_cdc(packet_info *pinfo, struct note *note, struct stream *s, struct queue_pair *qp,
		guint64 psn, guint64 produced, bool last);

/**
 * stream_consumed() - bytes that the peer has consumed are lost if missing. In the first pass.
 * @consumed: position of the peer's consumer cursor
 * @last: the peer has closed, and says no more about it
 */
void stream_consumed(packet_info *pinfo, struct note *note, struct stream *s, guint64 consumed,
		     bool last);

/* The streams of two connections that turned out to be one, conn_merge(), are of @keep now. */
void stream_follow_merge(struct conn *keep);

/* In the first pass, when all else about a message is learnt: count the bytes lost before its
 * deliveries. */
void stream_count_lost(const struct note *note);

/* Can a buffer have this size? 16 KiB, or twice as much, and so on. */
bool stream_is_ring(guint64 size);

/* The smallest buffer that has so many bytes. */
guint32 stream_ring_of(guint64 bytes);

/**
 * stream_ring_size() - the size of the buffer, at a CDC message by which it came round.
 * @qp: that the message went to
 * @psn: of the message
 * @count: of its producer cursor
 * @end: set to the number of the last packet before the buffer came round
 *
 * Return: the size, or 0 where WRITEs that would show it are missing.
 */
guint32 stream_ring_size(struct stream *s, struct queue_pair *qp, guint64 psn, guint32 count,
			 guint64 *end);

/**
 * stream_turn() - the buffer came round, and its size is not known.
 * @turns: how often
 * @least: bytes that it has at least
 *
 * Positions go on as if it had no more; missing bytes are reported as a least number.
 */
void stream_turn(struct stream *s, guint16 turns, guint32 least);

/* Both ends have closed, or the buffer is given up: missing bytes will not come. */
void stream_end(packet_info *pinfo, struct note *note, struct stream *s);

#endif
