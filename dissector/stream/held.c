// SPDX-License-Identifier: GPL-2.0-or-later
/* See held.h. */
#include <epan/packet.h>

#include "held.h"

/* A turn of most rings; more is not waited for. */
#define HELD_MAX 256u

guint held_before(const struct held_list *list, guint64 psn)
{
	guint from = 0, to = list->n;

	while (from < to) {
		guint mid = from + (to - from) / 2;

		if (list->held[mid].bytes.psn < psn)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void held_drop(struct held_list *list, guint n)
{
	if (!n)
		return; /* a list that never held anything has no memory to move */
	for (guint i = 0; i < n; i++)
		wmem_free(wmem_file_scope(), (void *)list->held[i].bytes.data);
	list->n -= n;
	memmove(list->held, list->held + n, list->n * sizeof(*list->held));
}

struct note *held_add(struct held_list *list, const struct packet_bytes *b, tvbuff_t *tvb,
		      struct note *origin)
{
	struct held h = { .bytes = *b, .origin = origin };
	struct note *gone = NULL;
	guint at;

	if (list->n == HELD_MAX) {
		gone = list->held[0].origin;
		held_drop(list, 1);
	}
	if (list->n == list->room) {
		list->room = MAX(2 * list->room, 4);
		list->held = wmem_realloc(wmem_file_scope(), list->held, list->room * sizeof(h));
	}
	h.bytes.data = b->data ? wmem_memdup(wmem_file_scope(), b->data, b->captured) :
				 tvb_memdup(wmem_file_scope(), tvb, 0, b->captured);
	at = held_before(list, b->psn);
	memmove(list->held + at + 1, list->held + at, (list->n - at) * sizeof(h));
	list->held[at] = h;
	list->n++;
	return gone;
}
