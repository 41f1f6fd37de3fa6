// SPDX-License-Identifier: GPL-2.0-or-later
/* See pairing.h. */
#include <epan/packet.h>

#include "conn/conn.h"
#include "pairing.h"
#include "stream.h"

/* From one host to another. */
struct way {
	guint8 from[SMCW_GID_LEN];
	guint8 to[SMCW_GID_LEN];
};

/* The place of a direction's producer cursor. */
struct place {
	struct way way;
	guint32 wrap;
	guint32 count;
};

static wmem_map_t *places; /* directions without the other one, by the place of their cursor */
static wmem_map_t *ways;   /* how many of them there are, by their way */

/* Stands for several directions at the same place, which cannot be distinguished. */
static struct conn several;

static guint place_hash(gconstpointer key)
{
	return wmem_strong_hash((const guint8 *)key, sizeof(struct place));
}

static gboolean place_equal(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct place));
}

static guint way_hash(gconstpointer key)
{
	return wmem_strong_hash((const guint8 *)key, sizeof(struct way));
}

static gboolean way_equal(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct way));
}

static bool is_single(const struct conn *conn)
{
	return conn->by_cdc && !conn->merged && (!conn->end[0].token || !conn->end[1].token);
}

static struct way pairing_way_of(const struct conn *conn, unsigned sender)
{
	struct way way;

	group_address(&conn->end[sender].addr, way.from);
	group_address(&conn->end[!sender].addr, way.to);
	return way;
}

static struct place place_of(const struct conn *conn, unsigned sender, const struct smcp_cursor *c)
{
	return (struct place){ pairing_way_of(conn, sender), c->wrap, c->count };
}

static unsigned count_of(const struct way *way)
{
	return GPOINTER_TO_UINT(wmem_map_lookup(ways, way));
}

static void pairing_count(const struct way *way, int more)
{
	wmem_map_insert(ways, wmem_memdup(wmem_file_scope(), way, sizeof(*way)),
			GUINT_TO_POINTER(count_of(way) + (guint)more));
}

static void pairing_leave(struct conn *conn, unsigned sender, const struct smcp_cursor *c)
{
	struct place key = place_of(conn, sender, c);

	if (wmem_map_lookup(places, &key) == conn)
		wmem_map_remove(places, &key);
}

static void pairing_enter(struct conn *conn, unsigned sender, const struct smcp_cursor *c)
{
	struct place key = place_of(conn, sender, c);
	bool taken = wmem_map_contains(places, &key);

	if (c->count || c->wrap)
		wmem_map_insert(places, wmem_memdup(wmem_file_scope(), &key, sizeof(key)),
				taken ? &several : conn);
}

static void pairing_join(struct conn *a, struct conn *b)
{
	struct conn *keep = a->number < b->number ? a : b, *gone = keep == a ? b : a;

	if (!conn_merge(keep, gone))
		return;
	stream_follow_merge(keep);
	for (unsigned i = 0; i < SIDES; i++) {
		struct way way = pairing_way_of(keep, i);

		pairing_count(&way, -1);
	}
}

void pairing_learn(struct conn *conn, unsigned sender, const struct flow *own,
		   const struct smcp_cursor *prod, const struct smcp_cursor *cons)
{
	bool moved = !own->frame || !smcp_cursor_is_same(own->cons, *cons), alone;
	struct way way, back;
	struct place key;
	struct conn *mate;

	if (!is_single(conn))
		return;
	way = pairing_way_of(conn, sender);
	back = pairing_way_of(conn, !sender);
	key = place_of(conn, !sender, cons);
	if (own->frame)
		pairing_leave(conn, sender, &own->prod);
	else
		pairing_count(&way, 1);
	mate = wmem_map_lookup(places, &key);
	if (mate == &several)
		mate = NULL;
	alone = count_of(&way) == 1 && count_of(&back) == 1;
	if (mate && is_single(mate) && (alone || (moved && conn->mate == mate))) {
		wmem_map_remove(places, &key);
		pairing_join(conn, mate);
		return;
	}
	if (moved)
		conn->mate = mate;
	pairing_enter(conn, sender, prod);
}

void pairing_register(void)
{
	places = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), place_hash,
					place_equal);
	ways = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), way_hash, way_equal);
}
