// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: a netlink conversation, generic netlink or sock_diag. */
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "ctl.h"

/* The kernel answers at once; the limit is for a kernel that is broken. */
static const struct timeval nl_patience = { .tv_sec = 10 };

struct nl_call {
	nl_reply_fn reply;
	void *data;
	int err;
};

/**
 * nl_open - open a netlink socket
 * @nl: filled in; close it with nl_close(), also after an error
 * @bus: NETLINK_GENERIC or NETLINK_SOCK_DIAG
 *
 * Return: 0, or -errno.
 */
int nl_open(struct nl *nl, int bus)
{
	*nl = (struct nl){ .seq = (uint32_t)time(NULL) };
	nl->sock = mnl_socket_open(bus);
	if (!nl->sock)
		return -errno;
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO, &nl_patience,
		       sizeof(nl_patience)) < 0)
		return -errno;
	nl->portid = mnl_socket_get_portid(nl->sock);
	return 0;
}

/**
 * nl_close - close what nl_open() opened
 * @nl: may be zeroed or closed already
 */
void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

static int nl_on_data(const struct nlmsghdr *nlh, void *data)
{
	struct nl_call *call = data;

	if (!call->reply)
		return MNL_CB_OK;
	call->err = call->reply(nlh, call->data);
	return call->err ? MNL_CB_STOP : MNL_CB_OK;
}

/* A dump that fails half-way says so in its last message, which libmnl does not look at. */
static int nl_on_done(const struct nlmsghdr *nlh, void *data)
{
	struct nl_call *call = data;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int)) {
		int status = *(const int *)mnl_nlmsg_get_payload(nlh);

		if (status < 0)
			call->err = status;
	}
	return MNL_CB_STOP;
}

/* An acknowledgement is an error message with no error in it. */
static int nl_on_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *msg = mnl_nlmsg_get_payload(nlh);
	struct nl_call *call = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		call->err = -EBADMSG;
	else
		call->err = msg->error;
	return MNL_CB_STOP;
}

/**
 * nl_talk - send a request and hand every answer to a function
 * @nl: an open socket
 * @req: the request; its sequence number is set here
 * @reply: called for every data message, may be NULL; an error of its own ends the call
 * @data: passed on to @reply
 *
 * Return: 0, or -errno: the kernel's, the socket's, or what @reply returned.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *req, nl_reply_fn reply, void *data)
{
	/* libmnl calls none of its own for a type that such an array covers. */
	static mnl_cb_t control[] = { [NLMSG_ERROR] = nl_on_error, [NLMSG_DONE] = nl_on_done };
	/* smc_diag asks for a dump buffer of 32 KiB; larger is allowed, smaller truncates. */
	static _Alignas(struct nlmsghdr) char buf[65536];
	struct nl_call call = { .reply = reply, .data = data };
	int more = MNL_CB_OK;

	req->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->sock, req, req->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));

		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		more = mnl_cb_run2(buf, (size_t)n, nl->seq, nl->portid, nl_on_data, &call, control,
				   sizeof(control) / sizeof(control[0]));
		if (more < 0)
			return -errno;
	}
	return call.err;
}

/**
 * nl_genl - begin a generic netlink request
 * @nl: a socket opened by nl_open_family()
 * @buf: room for the request, MNL_SOCKET_BUFFER_SIZE bytes
 * @cmd: the family's command
 * @version: the family's version
 * @dump: ask for all objects instead of for one action with an acknowledgement
 *
 * Return: the request, ready for attributes.
 */
struct nlmsghdr *nl_genl(struct nl *nl, void *buf, uint8_t cmd, uint8_t version, bool dump)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static int family_attr(const struct nlattr *attr, void *data)
{
	uint16_t *id = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		*id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int family_reply(const struct nlmsghdr *nlh, void *data)
{
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr, data);
	return 0;
}

/**
 * nl_open_family - open generic netlink and look a family up by its name
 * @nl: filled in; close it with nl_close(), also after an error
 * @family: the family's name
 *
 * Return: 0, -EPROTONOSUPPORT if the kernel has no such family (the module is not loaded), or
 * another -errno.
 */
int nl_open_family(struct nl *nl, const char *family)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	uint16_t id = 0;
	int err;

	err = nl_open(nl, NETLINK_GENERIC);
	if (err)
		return err;
	nl->family = GENL_ID_CTRL;
	nlh = nl_genl(nl, buf, CTRL_CMD_GETFAMILY, 1, false);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, family);
	err = nl_talk(nl, nlh, family_reply, &id);
	if (err == -ENOENT || (!err && !id))
		return -EPROTONOSUPPORT;
	nl->family = id;
	return err;
}
