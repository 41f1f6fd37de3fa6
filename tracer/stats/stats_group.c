// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections put together by what they have in common. See stats.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "smc_codec.h"
#include "stats_private.h"
#include "base/who.h"

static bool stats_group_is_server(const struct smcw_event *ev)
{
	return ev->role == SMCW_ROLE_SERVER || ev->role == SMCW_ROLE_LISTENER;
}

/* The bytes that the members of a group have in common, and nothing else. */
static size_t stats_group_key_of(const struct stats *s, const struct smcw_event *ev, __u8 key[32])
{
	bool server = stats_group_is_server(ev);

	memset(key, 0, 32);
	switch (s->by) {
	case STATS_BY_PROCESS:
		memcpy(key, ev->comm, sizeof(ev->comm));
		memcpy(key + 16, &ev->pid, sizeof(ev->pid));
		key[20] = SMCW_EV_HOST_OF(ev);
		return key[20] ? 21 : 20;
	case STATS_BY_SERVICE:
		memcpy(key, server ? ev->local : ev->peer, 16);
		memcpy(key + 16, server ? &ev->local_port : &ev->peer_port, 2);
		memcpy(key + 20, &ev->netns, server ? sizeof(ev->netns) : 0);
		key[24] = server ? SMCW_EV_HOST_OF(ev) : 0;
		return key[24] ? 25 : 24;
	case STATS_BY_CGROUP:
		memcpy(key, &ev->cgroup, sizeof(ev->cgroup));
		key[8] = SMCW_EV_HOST_OF(ev);
		return key[8] ? 9 : 8;
	default:
		memcpy(key, ev->peer, 16);
		return 16;
	}
}

struct stats_group *stats_group_of(struct stats *s, const struct smcw_event *ev)
{
	__u8 key[32], other[32];
	struct table_node *n;
	struct stats_group *g;
	size_t len;
	__u64 hash;

	if (s->by == STATS_BY_NONE)
		return NULL;
	len = stats_group_key_of(s, ev, key);
	hash = table_hash(0, key, len);
	for (n = table_first(&s->groups, hash); n; n = table_next(n)) {
		g = table_entry(n, struct stats_group, node);
		stats_group_key_of(s, &g->who, other);
		if (!memcmp(key, other, len))
			return g;
	}
	if (s->groups.n >= STATS_GROUPS_MAX)
		return &s->other;
	g = calloc(1, sizeof(*g));
	if (!g)
		return &s->other;
	g->who = *ev;
	if (!table_add(&s->groups, &g->node, hash))
		return g;
	free(g);
	return &s->other;
}

const char *stats_group_name(const struct stats *s, const struct stats_group *g, char *buf,
			     size_t cap)
{
	bool server = stats_group_is_server(&g->who);
	const struct smcw_ev_fact *path;
	char id[24], full[SMCW_FACT_VALUE_LEN + 1];

	if (g == &s->other) {
		snprintf(buf, cap, "other");
		return buf;
	}
	switch (s->by) {
	case STATS_BY_PROCESS:
		return who_owner(&g->who, buf, cap);
	case STATS_BY_SERVICE:
		return who_address(server ? g->who.local : g->who.peer,
				   smcw_get16(server ? &g->who.local_port : &g->who.peer_port), buf,
				   cap);
	case STATS_BY_CGROUP:
		snprintf(id, sizeof(id), "%" PRIu64, (uint64_t)smcw_get64(&g->who.cgroup));
		path = facts_find(&s->facts[SMCW_EV_HOST_OF(&g->who)], SMCW_FACT_CGROUP, id);
		snprintf(buf, cap, "%s", path ? facts_value(path, full, sizeof(full)) : id);
		return buf;
	default:
		return who_address(g->who.peer, 0, buf, cap);
	}
}

void stats_group_free_all(struct stats *s)
{
	struct table_node *n, *next;

	for (size_t i = 0; i < s->groups.size; i++)
		for (n = s->groups.bucket[i]; n; n = next) {
			next = n->next;
			free(table_entry(n, struct stats_group, node));
		}
	table_free(&s->groups);
}
