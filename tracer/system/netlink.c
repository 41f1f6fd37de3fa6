// SPDX-License-Identifier: GPL-2.0-or-later
/* See netlink.h. */
#include "netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <linux/genetlink.h>
#include <linux/sock_diag.h>
#include <linux/smc_diag.h>

#ifndef AF_SMC
#define AF_SMC 43
#endif

/* smc_diag asks for buffers of 32 KiB; a smaller one cuts its messages. */
#define BUFFER 65536

struct call {
	netlink_fn fn;
	void *ctx;
	int err;
};

static int on_data(const struct nlmsghdr *nlh, void *data)
{
	struct call *call = data;

	call->err = call->fn(call->ctx, nlh);
	return call->err ? MNL_CB_STOP : MNL_CB_OK;
}

static int on_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *msg = mnl_nlmsg_get_payload(nlh);
	struct call *call = data;

	call->err = mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg) ? -EBADMSG : msg->error;
	return MNL_CB_STOP;
}

/* A dump that fails half-way says so in its last message. */
static int on_done(const struct nlmsghdr *nlh, void *data)
{
	struct call *call = data;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int) &&
	    *(const int *)mnl_nlmsg_get_payload(nlh) < 0)
		call->err = *(const int *)mnl_nlmsg_get_payload(nlh);
	return MNL_CB_STOP;
}

static int netlink_run(struct mnl_socket *sock, struct nlmsghdr *req, netlink_fn fn, void *ctx)
{
	/* libmnl calls none of its own for a type that such an array covers. */
	static mnl_cb_t control[] = { [NLMSG_ERROR] = on_error, [NLMSG_DONE] = on_done };
	static _Alignas(struct nlmsghdr) char buf[BUFFER];
	unsigned int port = mnl_socket_get_portid(sock);
	struct call call = { .fn = fn, .ctx = ctx };
	int more = MNL_CB_OK;

	req->nlmsg_seq = 1;
	if (mnl_socket_sendto(sock, req, req->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(sock, buf, sizeof(buf));

		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		more = mnl_cb_run2(buf, (size_t)n, 1, port, on_data, &call, control,
				   sizeof(control) / sizeof(control[0]));
		if (more < 0)
			return -errno;
	}
	return call.err;
}

static int netlink_ask(int bus, struct nlmsghdr *req, netlink_fn fn, void *ctx)
{
	static const struct timeval patience = { .tv_sec = 5 };
	struct mnl_socket *sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int err;

	if (!sock)
		return -errno;
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0)
		err = -errno;
	else
		err = netlink_run(sock, req, fn, ctx);
	mnl_socket_close(sock);
	return err;
}

static struct nlmsghdr *netlink_genl_request(void *buf, __u16 type, __u16 flags, __u8 cmd,
					     __u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *head;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->cmd = cmd;
	head->version = version;
	return nlh;
}

static int family_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		*(__u16 *)data = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int on_family(void *ctx, const struct nlmsghdr *nlh)
{
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr, ctx);
	return 0;
}

int netlink_genl(const char *family, __u8 version, __u8 cmd, netlink_fn fn, void *ctx)
{
	_Alignas(struct nlmsghdr) char buf[1024];
	struct nlmsghdr *req =
		netlink_genl_request(buf, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	__u16 id = 0;
	int err;

	mnl_attr_put_strz(req, CTRL_ATTR_FAMILY_NAME, family);
	err = netlink_ask(NETLINK_GENERIC, req, on_family, &id);
	if (err == -ENOENT || (!err && !id))
		return -EPROTONOSUPPORT;
	if (err)
		return err;
	return netlink_ask(NETLINK_GENERIC, netlink_genl_request(buf, id, NLM_F_DUMP, cmd, version),
			   fn, ctx);
}

int netlink_smc_diag(netlink_fn fn, void *ctx)
{
	_Alignas(struct nlmsghdr) char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct smc_diag_req *req;
	int err;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->diag_family = AF_SMC;
	req->diag_ext = 1 << (SMC_DIAG_CONNINFO - 1) | 1 << (SMC_DIAG_LGRINFO - 1) |
			1 << (SMC_DIAG_DMBINFO - 1);
	err = netlink_ask(NETLINK_SOCK_DIAG, nlh, fn, ctx);
	return err == -ENOENT ? -EPROTONOSUPPORT : err;
}
