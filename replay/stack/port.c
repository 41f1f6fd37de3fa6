// SPDX-License-Identifier: GPL-2.0-or-later
/* See port.h. */
#include "port.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"
#include "rxe.h"

enum { PULLED_MAX = 4, SETTLE_MS = 200, PATIENCE_MS = 10000 };

enum what { CABLE, DEVICE };

struct port {
	int fd; /* letters, and answers to them */
	unsigned int sent;
	bool changed;
};

/* No address: all that was changed is put back. */
struct letter {
	unsigned int number;
	struct in_addr address;
	enum what what;
	bool up;
};

struct answer {
	unsigned int number; /* of the letter */
	int rc;
};

struct deleted {
	char device[RXE_NAME_MAX];
	char interface[IF_NAMESIZE];
};

/* An index of 0 and an empty name are free places. */
struct changes {
	unsigned int pulled[PULLED_MAX];
	struct deleted deleted[PULLED_MAX];
};

/* ---- cables ------------------------------------------------------------------------- */

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
static int set_cable(unsigned int *pulled, const struct letter *l)
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

/* ---- devices ------------------------------------------------------------------------- */

static struct deleted *deleted_of(struct deleted *deleted, const char *interface)
{
	for (int i = 0; i < PULLED_MAX; i++)
		if (!strcmp(deleted[i].interface, interface))
			return &deleted[i];
	return NULL;
}

static int add_again(struct deleted *one)
{
	int rc = rxe_add(one->device, one->interface);

	if (!rc)
		*one = (struct deleted){ 0 };
	return rc;
}

static int add_all(struct deleted *deleted)
{
	int rc = 0, one;

	for (int i = 0; i < PULLED_MAX; i++) {
		one = *deleted[i].interface ? add_again(&deleted[i]) : 0;
		rc = one ? one : rc;
	}
	return rc;
}

static int delete_device(struct deleted *deleted, const char *interface)
{
	struct deleted *place = deleted_of(deleted, "");
	char name[RXE_NAME_MAX];
	int rc;

	if (!rxe_of(interface, name))
		return -ENODEV;
	if (!place)
		return -ENOSPC;
	rc = rxe_delete(name);
	if (!rc) {
		strcpy(place->device, name);
		strcpy(place->interface, interface);
	}
	return rc;
}

static int set_device(struct deleted *deleted, const struct letter *l)
{
	unsigned int index = interface_of(l->address);
	char interface[IF_NAMESIZE];
	struct deleted *place;

	/* As for a cable: devices of real networks are left alone. */
	if (!index || !cable_of(l->address) || !if_indextoname(index, interface))
		return -ENODEV;
	if (!l->up)
		return delete_device(deleted, interface);
	place = deleted_of(deleted, interface);
	return place ? add_again(place) : -EALREADY;
}

/* ---- the process that changes them ------------------------------------------------------ */

static int port_put_back(struct changes *c)
{
	int rc = put_all_in(c->pulled), devices = add_all(c->deleted);

	return rc ? rc : devices;
}

static int port_obey(struct changes *c, const struct letter *l)
{
	if (!l->address.s_addr)
		return port_put_back(c);
	return l->what == CABLE ? set_cable(c->pulled, l) : set_device(c->deleted, l);
}

static void port_serve(int from)
{
	struct changes changes = { 0 };
	struct letter l;

	while (recv(from, &l, sizeof(l), 0) == sizeof(l)) {
		struct answer a = { l.number, port_obey(&changes, &l) };

		if (send(from, &a, sizeof(a), MSG_NOSIGNAL) != sizeof(a))
			break;
	}
	port_put_back(&changes);
}

/* ---- the one that asks it -------------------------------------------------------------- */

int port_open(struct port **p)
{
	int rc;

	*p = calloc(1, sizeof(**p));
	rc = *p ? helper_start(&(*p)->fd, port_serve) : -ENOMEM;
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

/* One that was given up is answered late. Return: 1, or -errno. */
static int read_answer(struct port *p, struct answer *a, int ms)
{
	struct pollfd one = { p->fd, POLLIN, 0 };
	int ready;

	do {
		ready = poll(&one, 1, ms);
		if (ready <= 0)
			return ready ? -errno : -ETIMEDOUT;
		if (recv(p->fd, a, sizeof(*a), 0) != sizeof(*a))
			return -EPIPE;
	} while (a->number != p->sent);
	return 1;
}

/* The kernel waits for as long as somebody uses a device that is to be deleted. */
static int port_ask(struct port *p, struct letter l)
{
	struct answer a;
	int rc;

	l.number = ++p->sent;
	if (send(p->fd, &l, sizeof(l), MSG_NOSIGNAL) != sizeof(l))
		return -EPIPE;
	rc = read_answer(p, &a, PATIENCE_MS);
	return rc < 0 ? rc : a.rc;
}

static int port_change(struct port *p, struct letter l)
{
	int rc;

	if (!p || !l.address.s_addr)
		return -ENODEV;
	rc = port_ask(p, l);
	if (!rc || rc == -ETIMEDOUT)
		p->changed = true;
	return rc;
}

int port_set(struct port *p, struct in_addr address, bool up)
{
	return port_change(p, (struct letter){ .address = address, .what = CABLE, .up = up });
}

int port_set_device(struct port *p, struct in_addr address, bool present)
{
	return port_change(p, (struct letter){ .address = address, .what = DEVICE, .up = present });
}

int port_restore(struct port *p)
{
	static const struct timespec settle = { 0, SETTLE_MS * 1000000 };
	struct letter l = { 0 };
	int rc;

	if (!p || !p->changed)
		return 0;
	rc = port_ask(p, l);
	/* The stack learns of its ports by a worker. */
	nanosleep(&settle, NULL);
	p->changed = rc;
	return rc;
}

void port_close(struct port *p)
{
	if (!p)
		return;
	close(p->fd);
	free(p);
}
