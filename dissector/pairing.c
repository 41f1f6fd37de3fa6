// SPDX-License-Identifier: GPL-2.0-or-later
/* See pairing.h. */
#include <epan/packet.h>

#include "conn.h"
#include "pairing.h"

/* Where a direction's producer cursor is. */
struct place {
	guint32 group;
	guint32 sender;
	guint32 wrap;
	guint32 count;
};

static wmem_map_t *places;

static guint place_hash(gconstpointer key)
{
	return wmem_strong_hash((const guint8 *)key, sizeof(struct place));
}

static gboolean place_equal(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct place));
}

static bool is_single(const struct conn *conn)
{
	return conn->by_cdc && !conn->merged && (!conn->end[0].token || !conn->end[1].token);
}

static struct place place_of(const struct conn *conn, unsigned sender, const struct cursor *c)
{
	return (struct place){ conn->group->number, sender, c->wrap, c->count };
}

static void leave(struct conn *conn, unsigned sender, const struct cursor *c)
{
	struct place key = place_of(conn, sender, c);

	if (wmem_map_lookup(places, &key) == conn)
		wmem_map_remove(places, &key);
}

/* Of two at the same place none can be told from the other. */
static void enter(struct conn *conn, unsigned sender, const struct cursor *c)
{
	struct place key = place_of(conn, sender, c);

	if (!c->count && !c->wrap)
		return;
	if (wmem_map_lookup(places, &key))
		wmem_map_remove(places, &key);
	else
		wmem_map_insert(places, wmem_memdup(wmem_file_scope(), &key, sizeof(key)), conn);
}

static struct conn *join(struct conn *a, struct conn *b)
{
	struct conn *keep = a->number < b->number ? a : b, *gone = keep == a ? b : a;

	conn_merge(keep, gone);
	for (unsigned i = 0; i < SIDES; i++)
		keep->group->unpaired[i]--;
	return keep;
}

static bool is_same(const struct cursor *a, const struct cursor *b)
{
	return a->wrap == b->wrap && a->count == b->count;
}

struct conn *pairing_learn(struct conn *conn, unsigned sender, const struct flow *own,
			   const struct cursor *prod, const struct cursor *cons)
{
	struct place key = place_of(conn, !sender, cons);
	guint32 *unpaired = conn->group->unpaired;
	bool moved = !own->frame || !is_same(&own->cons, cons), alone;
	struct conn *mate;

	if (!is_single(conn))
		return conn;
	if (own->frame)
		leave(conn, sender, &own->prod);
	else
		unpaired[sender]++;
	mate = wmem_map_lookup(places, &key);
	alone = unpaired[CLIENT] == 1 && unpaired[SERVER] == 1;
	if (mate && is_single(mate) && (alone || (moved && conn->mate == mate))) {
		leave(mate, !sender, cons);
		return join(conn, mate);
	}
	if (moved)
		conn->mate = mate;
	enter(conn, sender, prod);
	return conn;
}

void pairing_register(void)
{
	places = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), place_hash,
					place_equal);
}
