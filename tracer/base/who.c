// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners and addresses of events. See who.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "smc_address.h"
#include "smc_text.h"
#include "table.h"
#include "who.h"

const char *who_owner(const struct smcw_event *ev, char *buf, size_t cap)
{
	char comm[SMCW_COMM_LEN + 1];
	size_t i;

	for (i = 0; i < SMCW_COMM_LEN && ev->comm[i]; i++)
		comm[i] = ev->comm[i] >= ' ' && ev->comm[i] < 0x7f ? (char)ev->comm[i] : '?';
	comm[i] = '\0';
	if (!i && !ev->pid)
		snprintf(buf, cap, "-");
	else
		snprintf(buf, cap, "%s/%u", i ? comm : "?", smcw_get32(&ev->pid));
	return buf;
}

const char *who_address(const __u8 *addr, __u16 port, char *buf, size_t cap)
{
	static const __u8 none[16];
	char text[INET6_ADDRSTRLEN], number[8] = "";
	int known = memcmp(addr, none, sizeof(none));

	if (!known && !port) {
		snprintf(buf, cap, "-");
		return buf;
	}
	smcw_gid_text(addr, text, sizeof(text));
	if (port)
		snprintf(number, sizeof(number), ":%u", port);
	if (!known)
		snprintf(buf, cap, "*%s", number);
	else if (port && strchr(text, ':'))
		snprintf(buf, cap, "[%s]%s", text, number);
	else
		snprintf(buf, cap, "%s%s", text, number);
	return buf;
}

int who_parse_address(const char *text, __u8 *addr)
{
	struct in_addr ip4;

	if (inet_pton(AF_INET6, text, addr) == 1)
		return 0;
	if (inet_pton(AF_INET, text, &ip4) != 1)
		return -EINVAL;
	smcw_put_mapped(addr, &ip4);
	return 0;
}

int who_is_own(const struct smcw_event *ev)
{
	return !memcmp(ev->local, ev->peer, sizeof(ev->local)) ||
	       (smcw_is_mapped(ev->peer) && ev->peer[SMCW_MAPPED_AT] == 127);
}

int who_same_ends(const struct smcw_event *a, const struct smcw_event *b)
{
	return a->local_port == b->local_port && a->peer_port == b->peer_port &&
	       !memcmp(a->local, b->local, sizeof(a->local)) &&
	       !memcmp(a->peer, b->peer, sizeof(a->peer));
}

__u64 who_hash_ends(const struct smcw_event *ev)
{
	__u64 h = table_hash(SMCW_EV_SPACE(ev), ev->local, sizeof(ev->local));

	h = table_hash(h, ev->peer, sizeof(ev->peer));
	return table_mix(h ^ ((__u64)ev->local_port << 16 | ev->peer_port));
}

int who_same(const struct smcw_event *a, const struct smcw_event *b)
{
	if (SMCW_EV_SPACE(a) != SMCW_EV_SPACE(b))
		return 0;
	if (a->sock && b->sock)
		return a->sock == b->sock;
	return a->local_port && a->peer_port && a->netns == b->netns && who_same_ends(a, b);
}
