// SPDX-License-Identifier: GPL-2.0-or-later
/* See port.h. */
#include "port.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"

enum { PULLED_MAX = 4, SETTLE_MS = 200 };

struct port {
	int fd; /* letters, and answers to them */
	bool pulled;
};

/* No address: whatever was pulled is put in. */
struct letter {
	struct in_addr address;
	bool up;
};

/* ---- the process that pulls ---------------------------------------------------------- */

static bool has_address(const struct ifaddrs *i, struct in_addr address)
{
	return i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
	       ((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr.s_addr ==
		       address.s_addr;
}

static unsigned int interface_of(struct in_addr address)
{
	struct ifaddrs *all, *i;
	unsigned int index = 0;

	if (getifaddrs(&all))
		return 0;
	for (i = all; i && !index; i = i->ifa_next)
		if (has_address(i, address))
			index = if_nametoindex(i->ifa_name);
	freeifaddrs(all);
	return index;
}

/* The index of the interface at the other end, as the kernel has it; 0: none. */
static unsigned int other_end(unsigned int index)
{
	char name[IF_NAMESIZE], path[64 + IF_NAMESIZE];
	unsigned int other = 0;
	FILE *in;

	if (!if_indextoname(index, name))
		return 0;
	snprintf(path, sizeof(path), "/sys/class/net/%s/iflink", name);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%u", &other) != 1)
		other = 0;
	fclose(in);
	return other;
}

/* Each is the other end of the other one, in this namespace. Return: its index, or 0. */
static unsigned int cable_of(struct in_addr address)
{
	unsigned int index = interface_of(address), other = index ? other_end(index) : 0;

	return other && other != index && other_end(other) == index ? other : 0;
}

static int set_interface(unsigned int index, bool up)
{
	struct ifreq request = { 0 };
	int fd, rc = 0;

	if (!if_indextoname(index, request.ifr_name))
		return -ENODEV;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		rc = -errno;
	request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
	if (!rc && ioctl(fd, SIOCSIFFLAGS, &request))
		rc = -errno;
	close(fd);
	return rc;
}

static int put_all_in(unsigned int *pulled)
{
	int rc = 0, one;

	for (int i = 0; i < PULLED_MAX; i++) {
		one = pulled[i] ? set_interface(pulled[i], true) : 0;
		if (!one)
			pulled[i] = 0;
		else
			rc = one;
	}
	return rc;
}

static unsigned int *place_of(unsigned int *pulled, unsigned int index)
{
	for (int i = 0; i < PULLED_MAX; i++)
		if (pulled[i] == index)
			return &pulled[i];
	return NULL;
}

/* Only one that was up is pulled, and only one that was pulled is put in. */
static int obey(unsigned int *pulled, const struct letter *l)
{
	unsigned int cable = cable_of(l->address), *place;
	int rc;

	if (!cable)
		return -ENODEV;
	place = place_of(pulled, cable);
	if (l->up == !place)
		return -EALREADY;
	if (!place)
		place = place_of(pulled, 0);
	if (!place)
		return -ENOSPC;
	rc = set_interface(cable, l->up);
	if (!rc)
		*place = l->up ? 0 : cable;
	return rc;
}

static void serve(int from)
{
	unsigned int pulled[PULLED_MAX] = { 0 };
	struct letter l;

	while (recv(from, &l, sizeof(l), 0) == sizeof(l)) {
		int rc = l.address.s_addr ? obey(pulled, &l) : put_all_in(pulled);

		if (send(from, &rc, sizeof(rc), MSG_NOSIGNAL) != sizeof(rc))
			break;
	}
	put_all_in(pulled);
}

/* ---- the one that has it pull ------------------------------------------------------------ */

int port_open(struct port **p)
{
	int rc;

	*p = calloc(1, sizeof(**p));
	rc = *p ? helper_start(&(*p)->fd, serve) : -ENOMEM;
	if (rc) {
		free(*p);
		*p = NULL;
	}
	return rc;
}

bool port_has_cable(struct in_addr address)
{
	return cable_of(address);
}

static int ask(struct port *p, const struct letter *l)
{
	int rc;

	if (send(p->fd, l, sizeof(*l), MSG_NOSIGNAL) != sizeof(*l) ||
	    recv(p->fd, &rc, sizeof(rc), 0) != sizeof(rc))
		return -EPIPE;
	return rc;
}

int port_set(struct port *p, struct in_addr address, bool up)
{
	struct letter l = { address, up };
	int rc = p && address.s_addr ? ask(p, &l) : -ENODEV;

	if (!rc)
		p->pulled = true;
	return rc;
}

int port_restore(struct port *p)
{
	static const struct timespec settle = { 0, SETTLE_MS * 1000000 };
	struct letter l = { 0 };
	int rc;

	if (!p || !p->pulled)
		return 0;
	rc = ask(p, &l);
	/* The stack learns of its ports by a worker. */
	nanosleep(&settle, NULL);
	p->pulled = rc;
	return rc;
}

void port_close(struct port *p)
{
	if (!p)
		return;
	close(p->fd);
	free(p);
}
