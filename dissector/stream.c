// SPDX-License-Identifier: GPL-2.0-or-later
/* See stream.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <string.h>

#include "conn.h"
#include "note.h"
#include "stream.h"

/* Bytes of a stream that wait behind a gap; beyond that the gap is given up. */
#define EARLY_MAX (16u << 20)

struct segment {
	guint64 pos;
	guint32 len;
	guint8 *data;
};

static expert_field ei_again = EI_INIT;
static expert_field ei_early = EI_INIT;
static expert_field ei_lost = EI_INIT;

struct stream *stream_of(struct conn *conn, unsigned sender)
{
	const struct end *to = &conn->end[!sender];
	struct stream *s = conn->bytes[sender];

	if (s || !to->told || !to->size)
		return s;
	s = wmem_new0(wmem_file_scope(), struct stream);
	s->conn = conn;
	s->sender = (guint8)sender;
	s->size = to->size;
	s->early = wmem_list_new(wmem_file_scope());
	conn->bytes[sender] = s;
	return s;
}

/* ---- places -------------------------------------------------------------------- */

/*
 * An offset is a place ahead of the stream or, a buffer's length before it,
 * one behind. New bytes fit into what the receiver has consumed; the same
 * bytes once more, after a failover for example, do not. Where the order of
 * packets says that they are not new, or the link has changed, the nearer
 * place is it.
 */
static guint64 position(const struct stream *s, guint32 offset, guint32 len, bool nearer)
{
	guint64 consumed = s->conn->flow[0][!s->sender].consumed;
	guint32 ahead = (guint32)((offset + (guint64)s->size - s->next % s->size) % s->size);
	bool fits = s->next + ahead + len <= consumed + s->size;

	if (!ahead || s->next + ahead < s->size)
		return s->next + ahead;
	if (nearer ? ahead <= s->size / 2 : fits)
		return s->next + ahead;
	return s->next + ahead - s->size;
}

/* ---- segments that wait ----------------------------------------------------------- */

static gint by_position(gconstpointer a, gconstpointer b)
{
	guint64 x = ((const struct segment *)a)->pos, y = ((const struct segment *)b)->pos;

	return x < y ? -1 : x > y;
}

static void keep(struct stream *s, guint64 pos, tvbuff_t *tvb, guint32 len)
{
	struct segment *seg = wmem_new(wmem_file_scope(), struct segment);

	*seg = (struct segment){ pos, len, tvb_memdup(wmem_file_scope(), tvb, 0, len) };
	s->early_bytes += len;
	wmem_list_insert_sorted(s->early, seg, by_position);
}

static struct segment *first_early(const struct stream *s)
{
	wmem_list_frame_t *head = wmem_list_head(s->early);

	return head ? (struct segment *)wmem_list_frame_data(head) : NULL;
}

/* Take segments that follow on @data from the list; the stream's next byte moves on. */
static void take_early(struct stream *s, wmem_array_t *data)
{
	struct segment *seg;

	while ((seg = first_early(s)) && seg->pos <= s->next) {
		guint32 old = (guint32)MIN(s->next - seg->pos, seg->len);

		wmem_array_append(data, seg->data + old, seg->len - old);
		s->next += seg->len - old;
		s->early_bytes -= seg->len;
		wmem_list_remove(s->early, seg);
		wmem_free(wmem_file_scope(), seg->data);
		wmem_free(wmem_file_scope(), seg);
	}
}

static struct delivery *deliver_array(struct delivery *d, wmem_array_t *data)
{
	d->len = wmem_array_get_count(data);
	d->data = wmem_memdup(wmem_file_scope(), wmem_array_get_raw(data), d->len);
	return d;
}

/* Go on behind a gap, with what is there. */
static struct delivery *give_up(packet_info *pinfo, struct note *note, struct stream *s,
				guint64 upto)
{
	struct delivery *d = wmem_new0(wmem_file_scope(), struct delivery);
	struct segment *seg = first_early(s);
	wmem_array_t *data = wmem_array_new(pinfo->pool, 1);

	if (seg && seg->pos < upto)
		upto = seg->pos;
	d->lost = upto - s->next;
	d->pos = s->next = upto;
	note_tell(note, &ei_lost,
		  "%" PRIu64 " bytes before position %" PRIu64 " are not in the capture", d->lost,
		  upto);
	take_early(s, data);
	return deliver_array(d, data);
}

/* ---- bytes ---------------------------------------------------------------------------- */

struct delivery *stream_write(packet_info *pinfo, struct note *note, struct stream *s,
			      tvbuff_t *tvb, guint32 offset, bool old)
{
	guint32 len = tvb_captured_length(tvb);
	bool other_link = s->link && s->link != note->link;
	struct delivery *d;
	wmem_array_t *data;
	guint64 pos;

	s->link = note->link;
	pos = position(s, offset, len, old || other_link);
	if (pos + len <= s->next) {
		note_tell(note, &ei_again, "These bytes were written before");
		return NULL;
	}
	if (pos > s->next) {
		note_tell(note, &ei_early, "%" PRIu64 " bytes before these are missing so far",
			  pos - s->next);
		keep(s, pos, tvb, len);
		return s->early_bytes > EARLY_MAX ? give_up(pinfo, note, s, pos) : NULL;
	}
	d = wmem_new0(wmem_file_scope(), struct delivery);
	d->from = (guint32)(s->next - pos);
	d->len = len - d->from;
	d->pos = s->next;
	s->next += d->len;
	if (!first_early(s) || first_early(s)->pos > s->next)
		return d;
	data = wmem_array_new(pinfo->pool, 1);
	wmem_array_append(data, tvb_get_ptr(tvb, (int)d->from, (int)d->len), d->len);
	take_early(s, data);
	return deliver_array(d, data);
}

struct delivery *stream_cdc(packet_info *pinfo, struct note *note, struct stream *s,
			    guint64 produced, bool last)
{
	guint64 due = last ? produced : s->told;

	s->told = MAX(s->told, produced);
	return s->next < due ? give_up(pinfo, note, s, due) : NULL;
}

struct delivery *stream_rest(const struct stream *s)
{
	struct delivery *d = wmem_new0(wmem_file_scope(), struct delivery);

	d->pos = s->next;
	return d;
}

/* ---- registration ------------------------------------------------------------------------ */

void stream_register(int proto)
{
	static ei_register_info own[] = {
		{ &ei_again,
		  { "smcx.data.again", PI_SEQUENCE, PI_NOTE, "These bytes were written before",
		    EXPFILL } },
		{ &ei_early,
		  { "smcx.data.early", PI_SEQUENCE, PI_NOTE,
		    "Bytes before these are missing so far", EXPFILL } },
		{ &ei_lost,
		  { "smcx.data.lost", PI_SEQUENCE, PI_WARN, "Bytes are not in the capture",
		    EXPFILL } },
	};

	expert_register_field_array(expert_register_protocol(proto), own, array_length(own));
}
