// SPDX-License-Identifier: GPL-2.0-or-later
/* The offers of the stack under test. See learn.h. */
#include "learn.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer/peer.h"
#include "script/names.h"
#include "stack/app.h"
#include "stack/stats.h"
#include "state/observer.h"
#include "state/play.h"

static void bind_bytes(struct setup *s, const char *name, unsigned int field, const void *bytes)
{
	struct value v = { .len = smcw_fields[field].size };

	memcpy(v.bytes, bytes, v.len);
	bind_set(&s->stack, name, field, &v);
}

static unsigned int prefix_len(__u32 mask)
{
	return mask ? (unsigned int)__builtin_popcount(mask) : 0;
}

/* The subnet of the interface that has the stack's IPv4 address: a Proposal of ours has to match.
 */
static void learn_subnet(struct setup *s)
{
	struct ifaddrs *all, *at;

	if (s->address.any.sa_family != AF_INET || getifaddrs(&all))
		return;
	for (at = all; at; at = at->ifa_next) {
		const struct sockaddr_in *in = (const void *)at->ifa_addr;
		const struct sockaddr_in *mask = (const void *)at->ifa_netmask;
		__u32 subnet;
		__u8 len;

		if (!in || !mask || in->sin_family != AF_INET ||
		    in->sin_addr.s_addr != s->address.in.sin_addr.s_addr)
			continue;
		subnet = in->sin_addr.s_addr & mask->sin_addr.s_addr;
		len = (__u8)prefix_len(mask->sin_addr.s_addr);
		bind_bytes(s, "local_subnet", SMCW_F_prefix_subnet, &subnet);
		bind_bytes(s, "local_prefix_len", SMCW_F_prefix_prefix_len, &len);
	}
	freeifaddrs(all);
}

static bool is_bound(const struct setup *s, const char *noun, const struct value *v)
{
	char name[64];

	for (unsigned int n = 1;; n++) {
		const struct binding *b;

		snprintf(name, sizeof(name), "stack_%s%u", noun, n);
		b = bind_find(&s->stack, name);
		if (!b || value_equal(&b->value, v))
			return b;
	}
}

/* Every value of the Proposal gets a name: stack_ism_gid1, stack_eid1, ... */
static void learn_names(struct setup *s, const struct message *m)
{
	char noun[NAMES_NOUN_MAX], name[64];

	for (const struct part *p = m->parts; p; p = p->next) {
		for (const struct term *t = p->terms; t; t = t->next) {
			unsigned int n = 1;

			names_noun(t->field, noun);
			if (is_bound(s, noun, &t->value))
				continue;
			do
				snprintf(name, sizeof(name), "stack_%s%u", noun, n++);
			while (bind_find(&s->stack, name));
			bind_set(&s->stack, name, t->field, &t->value);
		}
	}
}

static void learn_proposal(struct setup *s, const __u8 *bytes, size_t len)
{
	struct smcw_proposal_parts parts;
	struct smcw_layout l;

	smcw_clc_layout(bytes, len, &l);
	if (smcw_proposal_parse(bytes, &l, &parts))
		return;
	s->have[NEED_PROPOSAL] = true;
	s->have[NEED_ISM] = smcw_type_includes(parts.typev2, SMCW_TYPE_D);
	s->have[NEED_RDMA] = smcw_type_includes(parts.typev2, SMCW_TYPE_R);
	s->have[NEED_RELEASE_1] = parts.v2 && parts.v2->flags & SMCW_RELEASE_HI;
	learn_names(s, message_parse(&s->arena, LAYER_CLC, false, bytes, len));
}

static int learn_connection(struct setup *s, struct peer *peer, struct app *app)
{
	struct smcw_tcp_option smc = { SMCW_TCPOPT_EXP, sizeof(smc), 0 };
	union address at = s->ours;
	size_t len;
	int rc;

	smcw_put32(&smc.magic, SMCW_EYE_SMCR);
	rc = peer_listen(peer, &at, &smc, sizeof(smc));
	if (!rc)
		rc = app_connect(app, &s->address, &at);
	if (!rc)
		rc = peer_accept(peer, PLAY_CLC_MS);
	if (rc)
		return rc > 0 ? -ETIMEDOUT : rc;
	/* A stack that says nothing, or no CLC, offers nothing. */
	rc = peer_wait_clc(peer, PLAY_CLC_MS, &len);
	if (!rc)
		learn_proposal(s, peer->bytes, len);
	return rc > 0 || rc == -EPROTO ? 0 : rc;
}

/* A setting of the stack; 0 where it has none. */
static unsigned int read_sysctl(const char *path)
{
	FILE *in = fopen(path, "re");
	unsigned int number = 0;

	if (in && fscanf(in, "%u", &number) != 1)
		number = 0;
	if (in)
		fclose(in);
	return number;
}

/* The setting by which the stack proposes. */
static __u8 learn_sysctl(struct setup *s, const char *path, const char *name, unsigned int field)
{
	__u8 byte = (__u8)read_sysctl(path);

	bind_bytes(s, name, field, &byte);
	return byte;
}

static void learn_sysctls(struct setup *s)
{
	unsigned int links;

	learn_sysctl(s, "/proc/sys/net/smc/smcr_max_conns_per_lgr", "local_max_conns",
		     SMCW_F_v2_ext_max_conns);
	links = learn_sysctl(s, "/proc/sys/net/smc/smcr_max_links_per_lgr", "local_max_links",
			     SMCW_F_v2_ext_max_links);
	s->have[NEED_TWO_LINKS] = links > 1 || !s->observer->here;
	s->have[NEED_VIRTUAL] = read_sysctl("/proc/sys/net/smc/smcr_buf_type") != 0;
}

/* Netlink does not list the kernel's loopback-ism; its functions give it away. */
static bool has_loopback(void)
{
	FILE *in = fopen("/proc/kallsyms", "re");
	char line[512];
	bool found = false;

	while (in && !found && fgets(line, sizeof(line), in))
		found = strstr(line, " smc_lo_") || strstr(line, " dibs_lo_");
	if (in)
		fclose(in);
	return found;
}

/* The host is asked, since an offer may leave out what it has. */
static void learn_host(struct setup *s)
{
	struct stats_host host;
	bool asked = !stats_read_host(&host);

	s->have[NEED_NO_ISM_DEVICE] = !s->have[NEED_ISM] && !host.ism_devices && !has_loopback();
	s->no_eid = asked && !host.eids;
	s->have[NEED_LAB_EID] = host.lab_eid;
	/* All of it is sent, with the blanks after it. */
	if (asked && strlen(host.name) == SMCW_HOSTNAME_LEN)
		bind_bytes(s, "local_hostname", SMCW_F_fce_hostname, host.name);
	/* smc_diag is a module if the stack is one; smcx has it built in. */
	s->no_diag = !access("/sys/module/smc", F_OK) && access("/sys/module/smc_diag", F_OK);
}

int learn_offers(struct setup *s)
{
	struct peer peer;
	struct app app;
	int rc = 0;

	s->stack.arena = &s->arena;
	s->have[NEED_IPV6] = s->address.any.sa_family == AF_INET6;
	s->have[NEED_IPV4] = !s->have[NEED_IPV6];
	s->have[NEED_GROUP] = true; /* rdma_begin() looks */
	s->have[NEED_TURN] = s->have[NEED_ALONE] = true;
	s->have[NEED_SMCX] = s->observer->here && !access("/sys/module/smcx", F_OK);
	s->have[NEED_NET_SMC] = s->observer->here && !s->have[NEED_SMCX];
	s->have[NEED_DMB] = s->smcd;
	learn_subnet(s);
	learn_sysctls(s);
	if (!s->observer->here)
		return 0;
	s->have[NEED_APP] = true;
	peer_init(&peer, s->tap);
	app_init(&app);
	rc = learn_connection(s, &peer, &app);
	peer_close(&peer);
	app_close(&app);
	s->have[NEED_NO_PROPOSAL] = !s->have[NEED_PROPOSAL];
	s->have[NEED_NO_ISM] = !s->have[NEED_ISM];
	s->have[NEED_NO_RDMA] = !s->have[NEED_RDMA];
	learn_host(s);
	return rc;
}
