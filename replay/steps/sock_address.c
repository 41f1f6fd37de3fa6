// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of a call on a socket of the script. See socks.h. */
#include "socks.h"

#include <string.h>

/* An IPv4 address of a socket of IPv6. */
static void map_address(union address *at)
{
	struct sockaddr_in v4 = at->in;

	if (at->any.sa_family != AF_INET)
		return;
	*at = (union address){ .in6 = { .sin6_family = AF_INET6, .sin6_port = v4.sin_port } };
	at->in6.sin6_addr.s6_addr[10] = at->in6.sin6_addr.s6_addr[11] = 0xff;
	memcpy(&at->in6.sin6_addr.s6_addr[12], &v4.sin_addr, sizeof(v4.sin_addr));
}

/* ... and such an address for a socket of IPv4. */
static void unmap_address(union address *at)
{
	struct sockaddr_in6 v6 = at->in6;

	if (at->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return;
	*at = (union address){ .in = { .sin_family = AF_INET, .sin_port = v6.sin6_port } };
	memcpy(&at->in.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof(at->in.sin_addr));
}

static void set_any(union address *at)
{
	if (at->any.sa_family == AF_INET6)
		at->in6.sin6_addr = in6addr_any;
	else
		at->in.sin_addr.s_addr = INADDR_ANY;
}

/* A socket that is bound to any address is reached by that of the stack. */
static void replace_any(union address *at, const union address *stack)
{
	if (at->any.sa_family != stack->any.sa_family)
		return;
	if (at->any.sa_family == AF_INET && at->in.sin_addr.s_addr == INADDR_ANY)
		at->in.sin_addr = stack->in.sin_addr;
	if (at->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&at->in6.sin6_addr))
		at->in6.sin6_addr = stack->in6.sin6_addr;
}

/* "stack": the stack's address; "any", "lo6", "nobody"; or where another socket is bound. */
static int find_address(struct play *p, const struct sock *s, const struct sock_call *c,
			union address *at)
{
	int other = socks_fd(p, c->other);
	socklen_t size = sizeof(*at);

	*at = p->setup->address;
	address_set_port(at, 0);
	if (!strcmp(c->other, "any"))
		set_any(at);
	else if (!strcmp(c->other, "nobody"))
		address_set_port(at, 1);
	else if (!strcmp(c->other, "lo6"))
		*at = (union address){ .in6 = { .sin6_family = AF_INET6,
						.sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	else if (strcmp(c->other, "stack") && (other < 0 || getsockname(other, &at->any, &size)))
		return socks_no_such(p, c->other);
	if (other >= 0)
		replace_any(at, &p->setup->address);
	if (s->ipv6)
		map_address(at);
	else
		unmap_address(at);
	return 0;
}

int sock_prepare(struct play *p, struct sock *s, const struct step *step)
{
	const struct sock_call *c = &step->sock;
	struct sock_job *j = &s->job;
	const struct sock *other;
	int rc;

	j->step = step;
	j->fd = s->app.fd;
	j->len = c->n;
	j->from = c->kind == SOCKET_DRAIN ? s->received : s->sent;
	if (c->kind == SOCKET_DRAIN) {
		other = socks_find(p, c->other);
		if (!other)
			return socks_no_such(p, c->other);
		j->len = other->sent - s->received;
		if (other->job.runs) /* PUT, which is not at its end */
			j->len += other->job.len;
	}
	if (c->kind != SOCKET_BIND && c->kind != SOCKET_CONNECT)
		return 0;
	rc = find_address(p, s, c, &j->at);
	j->at_len = c->len < 0 ? address_len(&j->at) : (socklen_t)c->len;
	if (c->family >= 0)
		j->at.any.sa_family = (sa_family_t)c->family;
	return rc;
}
