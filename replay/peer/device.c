// SPDX-License-Identifier: GPL-2.0-or-later
/* See device.h. */
#include "device.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { GIDS_MAX = 256 };

static void gid_of(const union address *address, __u8 *gid)
{
	if (address->any.sa_family == AF_INET6) {
		memcpy(gid, &address->in6.sin6_addr, SMCW_GID_LEN);
		return;
	}
	memset(gid, 0, 10);
	memset(gid + 10, 0xff, 2);
	memcpy(gid + 12, &address->in.sin_addr, 4);
}

static void mac_of(unsigned int interface, __u8 *mac)
{
	struct ifaddrs *all, *at;
	char name[IF_NAMESIZE];

	if (!if_indextoname(interface, name) || getifaddrs(&all))
		return;
	for (at = all; at; at = at->ifa_next) {
		const struct sockaddr_ll *ll = (const void *)at->ifa_addr;

		if (ll && ll->sll_family == AF_PACKET && !strcmp(at->ifa_name, name))
			memcpy(mac, ll->sll_addr, SMCW_MAC_LEN);
	}
	freeifaddrs(all);
}

/* Is the GID one of this device? Then the device knows where it is. */
static bool find_gid(struct device *d, const __u8 *gid)
{
	struct ibv_gid_entry *entries = calloc(GIDS_MAX, sizeof(*entries));
	ssize_t n = entries ? ibv_query_gid_table(d->verbs, entries, GIDS_MAX, 0) : 0;
	bool found = false;

	for (ssize_t i = 0; !found && i < n; i++) {
		if (entries[i].gid_type != IBV_GID_TYPE_ROCE_V2 ||
		    memcmp(entries[i].gid.raw, gid, SMCW_GID_LEN))
			continue;
		found = true;
		d->port = (__u8)entries[i].port_num;
		d->gid_index = (__u8)entries[i].gid_index;
		memcpy(d->gid, gid, SMCW_GID_LEN);
		mac_of(entries[i].ndev_ifindex, d->mac);
	}
	free(entries);
	return found;
}

int device_prepare(void)
{
	const struct rlimit any = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_MEMLOCK, &any) ? -errno : 0;
}

static int device_query_port(struct device *d)
{
	struct ibv_port_attr port;

	if (ibv_query_port(d->verbs, d->port, &port))
		return -EIO;
	d->mtu = (__u8)port.active_mtu;
	d->domain = ibv_alloc_pd(d->verbs);
	return d->domain ? 0 : -errno;
}

void device_close(struct device *d)
{
	if (!d)
		return;
	if (d->domain)
		ibv_dealloc_pd(d->domain);
	if (d->verbs)
		ibv_close_device(d->verbs);
	free(d);
}

/* Return: 1 when the device has the GID and is ready, 0 when it has not, or -errno. */
static int try_device(struct ibv_device *which, const __u8 *gid, struct device **found)
{
	struct device *d = calloc(1, sizeof(*d));
	int rc = 0;

	if (!d)
		return -ENOMEM;
	d->verbs = ibv_open_device(which);
	if (d->verbs && find_gid(d, gid))
		rc = device_query_port(d);
	if (!rc && d->port) {
		*found = d;
		return 1;
	}
	device_close(d);
	return rc;
}

int device_open(struct device **d, const union address *address)
{
	struct ibv_device **list;
	__u8 gid[SMCW_GID_LEN];
	int n = 0, rc = 0;

	*d = NULL;
	gid_of(address, gid);
	list = ibv_get_device_list(&n);
	/* A kernel without RDMA is one without a device. */
	for (int i = 0; list && !rc && i < n; i++)
		rc = try_device(list[i], gid, d);
	if (list)
		ibv_free_device_list(list);
	return rc < 0 ? rc : 0;
}

int region_open(struct region *r, const struct device *d, size_t size, bool remote)
{
	int access = IBV_ACCESS_LOCAL_WRITE | (remote ? IBV_ACCESS_REMOTE_WRITE : 0);
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int rc;

	*r = (struct region){ 0 };
	if (bytes == MAP_FAILED)
		return -errno;
	r->verbs = d ? ibv_reg_mr(d->domain, bytes, size, access) : NULL;
	if (d && !r->verbs) {
		rc = -errno;
		munmap(bytes, size);
		return rc;
	}
	r->bytes = bytes;
	r->size = size;
	return 0;
}

void region_close(struct region *r)
{
	if (r->verbs)
		ibv_dereg_mr(r->verbs);
	if (r->bytes)
		munmap(r->bytes, r->size);
	*r = (struct region){ 0 };
}
