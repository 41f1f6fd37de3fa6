// SPDX-License-Identifier: GPL-2.0-or-later
/* See diag.h. */
#include "diag.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/smc_diag.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "script/script.h"
#include "smc_event.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif

struct search {
	ino_t inode;
	struct diag *diag;
	bool found;
};

static void diag_take_fallback(const struct nlmsghdr *nlh, struct diag *d)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct smc_diag_msg))
	{
		const struct smc_diag_fallback *fallback = mnl_attr_get_payload(attr);

		if (mnl_attr_get_type(attr) != SMC_DIAG_FALLBACK ||
		    mnl_attr_get_payload_len(attr) < sizeof(*fallback))
			continue;
		d->has_reason = true;
		d->reason = fallback->reason;
		d->diagnosis = fallback->peer_diagnosis;
	}
}

static int take_socket(const struct nlmsghdr *nlh, void *data)
{
	static const __u8 modes[] = {
		[SMC_DIAG_MODE_SMCR] = DIAG_SMCR,
		[SMC_DIAG_MODE_FALLBACK_TCP] = DIAG_TCP,
		[SMC_DIAG_MODE_SMCD] = DIAG_SMCD,
	};
	const struct smc_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg) || msg->diag_inode != s->inode)
		return MNL_CB_OK;
	s->found = true;
	s->diag->state = msg->diag_state;
	s->diag->mode = msg->diag_mode < sizeof(modes) ? modes[msg->diag_mode] : DIAG_ANY;
	diag_take_fallback(nlh, s->diag);
	return MNL_CB_OK;
}

static int diag_dump(struct mnl_socket *nl, struct search *s)
{
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct smc_diag_req *req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	ssize_t n;
	int rc;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	req->diag_family = AF_SMC;
	req->diag_ext = 1 << (SMC_DIAG_FALLBACK - 1);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		rc = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, 1, 0, take_socket, s);
	} while (rc > 0);
	return rc < 0 ? -errno : 0;
}

int diag_socket(int fd, struct diag *d)
{
	struct mnl_socket *nl;
	struct search s = { .diag = d };
	struct stat st;
	int rc;

	*d = (struct diag){ 0 };
	if (fstat(fd, &st))
		return -errno;
	s.inode = st.st_ino;
	nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!nl)
		return -errno;
	rc = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ? -errno : diag_dump(nl, &s);
	mnl_socket_close(nl);
	if (rc)
		return rc;
	return s.found ? 0 : -ENOENT;
}
