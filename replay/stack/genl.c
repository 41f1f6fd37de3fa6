// SPDX-License-Identifier: GPL-2.0-or-later
/* See genl.h. */
#include "genl.h"

#include <errno.h>
#include <sys/time.h>

/* The kernel answers at once; the limit is for one that is broken. */
static const struct timeval patience = { .tv_sec = 5 };

static int genl_ask(struct genl *t, struct nlmsghdr *nlh, mnl_cb_t reply, void *data)
{
	static _Alignas(struct nlmsghdr) char buf[65536];
	int more = MNL_CB_OK;

	nlh->nlmsg_seq = ++t->seq;
	if (mnl_socket_sendto(t->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(t->nl, buf, sizeof(buf));

		more = n < 0 ? -1 :
			       mnl_cb_run(buf, (size_t)n, t->seq, mnl_socket_get_portid(t->nl),
					  reply, data);
	}
	return more < 0 ? -errno : 0;
}

static struct nlmsghdr *genl_request(void *buf, __u16 type, __u16 flags, __u8 command, __u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = command;
	genl->version = version;
	return nlh;
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(__u16 *)data = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static int find_family(struct genl *t)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = genl_request(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	int rc;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SMC_GENL_FAMILY_NAME);
	rc = genl_ask(t, nlh, take_family, &t->family);
	return rc ? rc : t->family ? 0 : -ENOENT;
}

int genl_dump(struct genl *t, __u8 command, mnl_cb_t reply, void *data)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];

	return genl_ask(t,
			genl_request(buf, t->family, NLM_F_DUMP, command, SMC_GENL_FAMILY_VERSION),
			reply, data);
}

int genl_do(struct genl *t, __u8 command, __u16 attribute, const char *text)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh =
		genl_request(buf, t->family, NLM_F_ACK, command, SMC_GENL_FAMILY_VERSION);

	if (text)
		mnl_attr_put_strz(nlh, attribute, text);
	return genl_ask(t, nlh, NULL, NULL);
}

int genl_open(struct genl *t)
{
	*t = (struct genl){ .nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC) };
	if (!t->nl || mnl_socket_bind(t->nl, 0, MNL_SOCKET_AUTOPID) ||
	    setsockopt(mnl_socket_get_fd(t->nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		return -errno;
	return find_family(t);
}

void genl_close(struct genl *t)
{
	if (t->nl)
		mnl_socket_close(t->nl);
	t->nl = NULL;
}
