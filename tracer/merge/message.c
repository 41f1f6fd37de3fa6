// SPDX-License-Identifier: GPL-2.0-or-later
/* See message.h. */
#include "message.h"

#include "base/table.h"
#include "smc_codec.h"

static __u64 hash_one_end(const __u8 *address, __be16 port)
{
	return table_hash(table_hash(0, address, 16), &port, sizeof(port));
}

static __u32 message_not_zero(__u64 hash)
{
	__u32 v = (__u32)(hash ^ hash >> 32);

	return v ? v : 1;
}

__u32 message_ends(const struct smcw_event *ev)
{
	if (!ev->local_port || !ev->peer_port)
		return 0;
	/* A sum is the same from either side. */
	return message_not_zero(table_mix(hash_one_end(ev->local, ev->local_port) +
					  hash_one_end(ev->peer, ev->peer_port)));
}

static enum message_sort sort_of_clc(const struct smcw_layout *l)
{
	return l->type == SMCW_ACCEPT || l->type == SMCW_CONFIRM ? MESSAGE_ALONE : MESSAGE_AGAIN;
}

static enum message_sort message_sort_of(const struct smcw_event *ev, const struct smcw_layout *l)
{
	if (ev->kind == SMCW_EV_CLC)
		return sort_of_clc(l);
	if (ev->mode == SMCW_MODE_SMCD)
		return MESSAGE_INSIDE;
	return l->type == SMCW_LLC_TEST_LINK ? MESSAGE_AGAIN : MESSAGE_WAY;
}

__u64 message_key_on_way(const struct message *m, __u32 way)
{
	return table_mix(m->key + way);
}

void message_of(const struct smcw_event *ev, struct message *m)
{
	unsigned int dir = SMCW_EV_DIR_OF(ev);
	struct smcw_layout l;

	*m = (struct message){ .rare = ev->kind != SMCW_EV_CDC };
	if (!smcw_kind_is_message(ev->kind) || (dir != SMCW_DIR_IN && dir != SMCW_DIR_OUT) ||
	    smcw_get16(&ev->length) != smcw_get16(&ev->original) ||
	    smcw_event_message(ev, &l) == -ENOENT)
		return;
	m->sort = message_sort_of(ev, &l);
	m->key = table_hash(ev->kind, ev + 1, smcw_get16(&ev->length));
	m->of_conn = ev->kind != SMCW_EV_LLC;
	m->way = m->of_conn  ? message_ends(ev) :
		 ev->channel ? message_not_zero(table_mix(ev->channel)) :
			       0;
}
