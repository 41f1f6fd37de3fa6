// SPDX-License-Identifier: GPL-2.0-or-later
/* See half.h. */
#include <epan/packet.h>

#include "half.h"
#include "smc_codec.h"

static int hf_other = -1;
static int hf_latency = -1;

/* Halves that wait for the other one, by the id of their message. */
static wmem_map_t *waiting;

struct half {
	struct note *note;
	guint32 bytes; /* of the message, hashed: another file's ids say nothing of it */
	unsigned dir;
};

static void half_join(struct note *sent, struct note *received)
{
	nstime_delta(&sent->latency, &received->at, &sent->at);
	received->latency = sent->latency;
	sent->other_half = received->frame;
	received->other_half = sent->frame;
}

void half_learn(struct note *note, const struct smcw_event *ev)
{
	guint64 id = smcw_get64(&ev->id);
	struct half now = { .note = note,
			    .bytes = wmem_strong_hash((const guint8 *)(ev + 1),
						      smcw_get16(&ev->length)),
			    .dir = SMCW_EV_DIR_OF(ev) };
	struct half *other;

	if (!id || (now.dir != SMCW_DIR_IN && now.dir != SMCW_DIR_OUT))
		return;
	other = wmem_map_lookup(waiting, &id);
	if (other && other->dir != now.dir && other->bytes == now.bytes) {
		if (now.dir == SMCW_DIR_IN)
			half_join(other->note, note);
		else
			half_join(note, other->note);
		wmem_map_remove(waiting, &id);
		return;
	}
	wmem_map_insert(waiting, wmem_memdup(wmem_file_scope(), &id, sizeof(id)),
			wmem_memdup(wmem_file_scope(), &now, sizeof(now)));
}

void half_show(proto_tree *tree, tvbuff_t *tvb, const struct note *note)
{
	if (!note->other_half)
		return;
	proto_item_set_generated(proto_tree_add_uint(tree, hf_other, tvb, 0, 0, note->other_half));
	proto_item_set_generated(proto_tree_add_time(tree, hf_latency, tvb, 0, 0, &note->latency));
}

void half_register(int proto)
{
	static hf_register_info own[] = {
		{ &hf_other,
		  { "Other half in", "smcx.event.other_half", FT_FRAMENUM, BASE_NONE, NULL, 0,
		    "Frame with the receiving of the message that is sent here, or with the "
		    "sending "
		    "of the one that is received",
		    HFILL } },
		{ &hf_latency,
		  { "Time on the way", "smcx.event.latency", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
		    "From the sending to the receiving of the message; between two hosts as right "
		    "as "
		    "the clocks of both are",
		    HFILL } },
	};

	proto_register_field_array(proto, own, array_length(own));
	waiting = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_int64_hash,
					 g_int64_equal);
}
