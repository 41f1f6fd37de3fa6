// SPDX-License-Identifier: GPL-2.0-or-later
/* See conns.h. */
#include "conns.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cgroups.h"
#include "smc_codec.h"
#include "smc_event_text.h"
#include "base/who.h"

static const char *mode_of(const struct stats_conn *c)
{
	if (c->how == STATS_TCP)
		return "TCP";
	if (c->how == STATS_FAILED)
		return "failed";
	return smcw_value_text(SMCW_LIST_event_modes, c->who.mode) ?: "SMC";
}

static const char *end_of(const struct stats_conn *c)
{
	static const char *const words[] = { [STATS_CLOSE_UNKNOWN] = "closed",
					     [STATS_CLOSE_HERE] = "closed here first",
					     [STATS_CLOSE_PEER] = "closed by the peer first",
					     [STATS_ABORT_HERE] = "aborted here",
					     [STATS_ABORT_PEER] = "aborted by the peer" };

	if (c->how == STATS_TCP)
		return "goes on as TCP";
	if (c->how == STATS_FAILED)
		return "failed in the handshake";
	return c->inferred ? "its end was not seen" : words[c->close];
}

static const char *conns_duration(__u64 ns, char *buf, size_t cap)
{
	if (!ns)
		snprintf(buf, cap, "-");
	else if (ns < 1000000)
		snprintf(buf, cap, "%.0fus", (double)ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buf, cap, "%.1fms", (double)ns / 1e6);
	else
		snprintf(buf, cap, "%.2fs", (double)ns / 1e9);
	return buf;
}

/* The container of an event's process, as far as it is known. */
struct container {
	struct cgroups_names names;
	char pid[16], host[SMCW_FACT_VALUE_LEN + 1]; /* that it has in there */
};

static const char *value_of(const struct conns *o, unsigned int host, __u8 topic, __u64 id,
			    char *buf, size_t cap)
{
	const struct smcw_ev_fact *row;
	char name[24];

	snprintf(name, sizeof(name), "%" PRIu64, (uint64_t)id);
	row = o->facts ? facts_find(&o->facts[host], topic, name) : NULL;
	*buf = '\0';
	return row ? facts_value(row, buf, cap) : buf;
}

static void find_container(const struct conns *o, const struct smcw_event *ev, struct container *c)
{
	char path[SMCW_FACT_VALUE_LEN + 1];
	__u32 pid = smcw_get32(&ev->pid);
	unsigned int host = SMCW_EV_HOST_OF(ev);

	value_of(o, host, SMCW_FACT_CGROUP, smcw_get64(&ev->cgroup), path, sizeof(path));
	cgroups_names(path, &c->names);
	value_of(o, host, SMCW_FACT_PROCESS, pid, c->pid, sizeof(c->pid));
	value_of(o, host, SMCW_FACT_HOST_NAME, pid, c->host, sizeof(c->host));
}

/* "pod UID container ID host NAME pid PID there", with what is known; ids as programs show them. */
static void put_container(FILE *out, const struct container *c)
{
	const struct {
		const char *word, *value;
		int max;
	} parts[] = { { "pod ", c->names.pod, 64 },
		      { "container ", c->names.container, 12 },
		      { "machine ", *c->names.container ? "" : c->names.machine, 128 },
		      { "host ", c->host, 64 },
		      { "pid ", c->pid, 16 } };
	bool any = false;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!*parts[i].value)
			continue;
		fprintf(out, "%s%s%.*s", any ? " " : "  [", parts[i].word, parts[i].max,
			parts[i].value);
		any = true;
	}
	if (any)
		fprintf(out, "%s]", *c->pid ? " there" : "");
}

struct texts {
	char client[WHO_MAX], server[WHO_MAX], owner[WHO_MAX];
	struct container container;
};

static bool conns_is_server(const struct smcw_event *ev)
{
	return ev->role == SMCW_ROLE_SERVER || ev->role == SMCW_ROLE_LISTENER;
}

static void conns_fill(const struct conns *o, const struct stats_conn *c, struct texts *t)
{
	const struct smcw_event *ev = &c->who;
	bool server = conns_is_server(ev);

	who_address(ev->local, smcw_get16(&ev->local_port), server ? t->server : t->client,
		    WHO_MAX);
	who_address(ev->peer, smcw_get16(&ev->peer_port), server ? t->client : t->server, WHO_MAX);
	who_owner(ev, t->owner, sizeof(t->owner));
	find_container(o, ev, &t->container);
}

static void conns_put_reason(FILE *out, const struct stats_conn *c)
{
	if (c->how == STATS_TCP)
		fprintf(out, ": %s (0x%08x)", smcw_reason_text(c->reason), c->reason);
	if (c->how == STATS_TCP && c->diagnosis)
		fprintf(out, ", peer: %s (0x%08x)", smcw_reason_text(c->diagnosis), c->diagnosis);
	if (c->how == STATS_FAILED && c->error)
		fprintf(out, ": %s", strerror((int)c->error));
}

static void conns_put_line(struct conns *o, const struct stats_conn *c, __u64 now)
{
	char handshake[24], lasted[24], blocked[24], at[16] = "--:--:--";
	time_t seconds = (time_t)(now / 1000000000);
	struct texts t;
	struct tm tm;

	conns_fill(o, c, &t);
	if (localtime_r(&seconds, &tm))
		strftime(at, sizeof(at), "%H:%M:%S", &tm);
	if (!o->titled)
		fprintf(o->out, "%-8s %-20s %-6s %-22s %-22s %-6s %9s %9s %12s %12s %9s  %s\n",
			"ENDED", "PROCESS", "SIDE", "CLIENT", "SERVER", "MODE", "HANDSHAKE",
			"LASTED", "SENT", "RECEIVED", "BLOCKED", "HOW");
	o->titled = true;
	fprintf(o->out,
		"%-8s %-20s %-6s %-22s %-22s %-6s %9s %9s %12" PRIu64 " %12" PRIu64 " %9s  %s", at,
		t.owner, conns_is_server(&c->who) ? "server" : "client", t.client, t.server,
		mode_of(c), conns_duration(c->handshake, handshake, sizeof(handshake)),
		conns_duration(now > c->start ? now - c->start : 0, lasted, sizeof(lasted)),
		(uint64_t)c->way[0].bytes, (uint64_t)c->way[1].bytes,
		conns_duration(c->way[0].blocked + c->way[1].blocked, blocked, sizeof(blocked)),
		end_of(c));
	conns_put_reason(o->out, c);
	put_container(o->out, &t.container);
	fputc('\n', o->out);
}

static json_t *seconds_of(__u64 ns)
{
	return json_real((double)ns / 1e9);
}

static void put_container_json(json_t *j, const struct container *c)
{
	const struct {
		const char *key, *value;
	} parts[] = { { "container", c->names.container },
		      { "pod_uid", c->names.pod },
		      { "machine", c->names.machine },
		      { "host_name", c->host } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (*parts[i].value)
			json_object_set_new(j, parts[i].key, json_string(parts[i].value));
	if (*c->pid)
		json_object_set_new(j, "pid_in_container", json_integer(atoi(c->pid)));
}

static void put_json(struct conns *o, const struct stats_conn *c, __u64 now)
{
	json_t *j = json_object();
	struct texts t;

	conns_fill(o, c, &t);
	json_object_set_new(j, "ended", json_real((double)now / 1e9));
	json_object_set_new(j, "client", json_string(t.client));
	json_object_set_new(j, "server", json_string(t.server));
	json_object_set_new(j, "side", json_string(conns_is_server(&c->who) ? "server" : "client"));
	json_object_set_new(j, "mode", json_string(mode_of(c)));
	if (c->how == STATS_TCP) {
		json_object_set_new(j, "reason", json_sprintf("0x%08x", c->reason));
		json_object_set_new(j, "diagnosis", json_sprintf("0x%08x", c->diagnosis));
		json_object_set_new(j, "text", json_string(smcw_reason_text(c->reason)));
	}
	if (c->how == STATS_FAILED)
		json_object_set_new(j, "errno", json_integer(c->error));
	json_object_set_new(j, "handshake", c->handshake ? seconds_of(c->handshake) : json_null());
	json_object_set_new(j, "duration", seconds_of(now > c->start ? now - c->start : 0));
	json_object_set_new(j, "sent", json_integer((json_int_t)c->way[0].bytes));
	json_object_set_new(j, "received", json_integer((json_int_t)c->way[1].bytes));
	json_object_set_new(j, "blocked", seconds_of(c->way[0].blocked + c->way[1].blocked));
	json_object_set_new(j, "how", json_string(end_of(c)));
	json_object_set_new(j, "process", json_string(t.owner));
	json_object_set_new(j, "pid", json_integer(smcw_get32(&c->who.pid)));
	json_object_set_new(j, "cgroup", json_integer((json_int_t)smcw_get64(&c->who.cgroup)));
	put_container_json(j, &t.container);
	json_object_set_new(j, "was_there_before", json_boolean(c->seen));
	json_dumpf(j, o->out, JSON_COMPACT);
	fputc('\n', o->out);
	json_decref(j);
}

void conns_ended(void *ctx, const struct stats_conn *c, __u64 now)
{
	struct conns *o = ctx;

	if (o->max && o->count >= o->max)
		return;
	o->count++;
	if (o->json)
		put_json(o, c, now);
	else
		conns_put_line(o, c, now);
}
