// SPDX-License-Identifier: GPL-2.0-or-later
/* See rxe.h. */
#include "rxe.h"

#include <dirent.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <rdma/rdma_netlink.h>
#include <stdio.h>
#include <string.h>

/* ---- the device of an interface --------------------------------------------------------- */

/* All GIDs of a device of one port are of one interface. */
static bool is_on(const char *name, const char *interface)
{
	char path[64 + 2 * RXE_NAME_MAX], found[RXE_NAME_MAX] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/sys/class/infiniband/%s/ports/1/gid_attrs/ndevs/0", name);
	in = fopen(path, "re");
	if (!in)
		return false;
	if (fscanf(in, "%63s", found) != 1)
		*found = '\0';
	fclose(in);
	return !strcmp(found, interface);
}

bool rxe_of(const char *interface, char *name)
{
	DIR *all = opendir("/sys/class/infiniband");
	const struct dirent *one;
	bool found = false;

	while (all && !found && (one = readdir(all)))
		if (one->d_name[0] != '.' && strlen(one->d_name) < RXE_NAME_MAX &&
		    is_on(one->d_name, interface)) {
			strcpy(name, one->d_name);
			found = true;
		}
	if (all)
		closedir(all);
	return found;
}

/* ---- netlink ---------------------------------------------------------------------------- */

static struct nlmsghdr *rxe_request(void *buf, int op, __u16 flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, op);
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return nlh;
}

/* Send a request and read what answers it, up to the acknowledgement or the end of a dump. */
static int rxe_exchange(struct nlmsghdr *nlh, mnl_cb_t take, void *data)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_RDMA, SOCK_CLOEXEC);
	int more = MNL_CB_OK, err;
	ssize_t n;

	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		more = -1;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		more = n < 0 ? -1 :
			       mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl), take, data);
	}
	err = more < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return err;
}

struct search {
	const char *name;
	__u32 index;
	bool found;
};

static int rxe_take_device(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *index = NULL, *name = NULL;
	struct search *search = data;

	mnl_attr_for_each(attr, nlh, 0)
	{
		if (mnl_attr_get_type(attr) == RDMA_NLDEV_ATTR_DEV_INDEX)
			index = attr;
		else if (mnl_attr_get_type(attr) == RDMA_NLDEV_ATTR_DEV_NAME)
			name = attr;
	}
	if (index && name && !strcmp(mnl_attr_get_str(name), search->name)) {
		search->index = mnl_attr_get_u32(index);
		search->found = true;
	}
	return MNL_CB_OK;
}

int rxe_delete(const char *name)
{
	_Alignas(struct nlmsghdr) char buf[1024];
	struct search search = { .name = name };
	struct nlmsghdr *nlh = rxe_request(buf, RDMA_NLDEV_CMD_GET, NLM_F_DUMP);
	int rc = rxe_exchange(nlh, rxe_take_device, &search);

	if (rc || !search.found)
		return rc ? rc : -ENODEV;
	nlh = rxe_request(buf, RDMA_NLDEV_CMD_DELLINK, NLM_F_ACK);
	mnl_attr_put_u32(nlh, RDMA_NLDEV_ATTR_DEV_INDEX, search.index);
	return rxe_exchange(nlh, NULL, NULL);
}

int rxe_add(const char *name, const char *interface)
{
	_Alignas(struct nlmsghdr) char buf[1024];
	struct nlmsghdr *nlh = rxe_request(buf, RDMA_NLDEV_CMD_NEWLINK, NLM_F_ACK);

	mnl_attr_put_strz(nlh, RDMA_NLDEV_ATTR_DEV_NAME, name);
	mnl_attr_put_strz(nlh, RDMA_NLDEV_ATTR_LINK_TYPE, "rxe");
	mnl_attr_put_strz(nlh, RDMA_NLDEV_ATTR_NDEV_NAME, interface);
	return rxe_exchange(nlh, NULL, NULL);
}
