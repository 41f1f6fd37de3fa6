// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends one request to the kernel's SMC interfaces and prints all that comes back, attribute by
 * attribute, without knowing what they mean: made to compare two SMC modules.
 *
 *	nl_tree gen|pnet dump|send COMMAND [ATTRIBUTE=TEXT | ATTRIBUTE:HEX]...
 *	nl_tree diag dump [EXTENSIONS]
 *
 * A generic netlink answer is a line "message COMMAND" and then a line an attribute: the numbers
 * that lead to it, its length and, unless others nest in it, its bytes. A socket is one line. The
 * last line is "end ERRNO". Exit status: 0, or 2 if the interface is not there or answers nonsense.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <error.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "ctl.h"
#include "smc_compat.h"

#define NONSENSE 2

static void print_hex(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
}

/* SMC's nests have the flag that says so. */
static void print_attrs(const char *path, const struct nlattr *attr, size_t len)
{
	char here[64];

	for (; mnl_attr_ok(attr, (int)len);
	     len -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr)) {
		snprintf(here, sizeof(here), "%s.%u", path, mnl_attr_get_type(attr));
		printf("%s len=%u", here + 1, mnl_attr_get_payload_len(attr));
		if (attr->nla_type & NLA_F_NESTED) {
			printf(" nest\n");
			print_attrs(here, mnl_attr_get_payload(attr),
				    mnl_attr_get_payload_len(attr));
			continue;
		}
		printf(" ");
		print_hex(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
		printf("\n");
	}
	if (len)
		error(NONSENSE, 0, "%zu bytes behind the last attribute of '%s'", len, path);
}

static int print_genl(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	(void)data;
	printf("message %u version=%u flags=%x\n", genl->cmd, genl->version, nlh->nlmsg_flags);
	print_attrs("", mnl_nlmsg_get_payload_offset(nlh, sizeof(*genl)),
		    mnl_nlmsg_get_payload_len(nlh) - sizeof(*genl));
	return 0;
}

/* Whole groups of four digits: an address in the order of its bytes. */
static void print_sock_id(const struct inet_diag_sockid *id)
{
	printf(" sport=%u dport=%u src=", ntohs(id->idiag_sport), ntohs(id->idiag_dport));
	print_hex((const uint8_t *)id->idiag_src, sizeof(id->idiag_src));
	printf(" dst=");
	print_hex((const uint8_t *)id->idiag_dst, sizeof(id->idiag_dst));
	printf(" if=%u cookie=%08x%08x", id->idiag_if, id->idiag_cookie[1], id->idiag_cookie[0]);
}

static void print_conninfo(const struct smc_diag_conninfo *info)
{
	const struct smc_diag_cursor *cursors[] = { &info->rx_prod, &info->rx_cons, &info->tx_prod,
						    &info->tx_cons, &info->tx_prep, &info->tx_sent,
						    &info->tx_fin };
	static const char *const names[] = { "rx_prod", "rx_cons", "tx_prod", "tx_cons",
					     "tx_prep", "tx_sent", "tx_fin" };
	size_t i;

	printf(" conn_token=%x sndbuf=%u rmbe=%u peer_rmbe=%u", info->token, info->sndbuf_size,
	       info->rmbe_size, info->peer_rmbe_size);
	for (i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++)
		printf(" %s=%u/%u/%u", names[i], cursors[i]->reserved, cursors[i]->wrap,
		       cursors[i]->count);
	printf(" flags=%02x,%02x,%02x,%02x", info->rx_prod_flags, info->rx_conn_state_flags,
	       info->tx_prod_flags, info->tx_conn_state_flags);
}

static void print_dmbinfo(const struct compat_diag_dmbinfo *info)
{
	printf(" linkid=%x gid=%016llx.%016llx peer_gid=%016llx.%016llx token=%llx peer_token=%llx",
	       info->linkid, info->my_gid, info->my_gid_ext, info->peer_gid, info->peer_gid_ext,
	       info->token, info->peer_token);
}

static int print_diag_attr(const struct nlattr *attr, void *data)
{
	const uint8_t *payload = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	union {
		struct smc_diag_conninfo conn;
		struct compat_diag_dmbinfo dmb;
	} info = { 0 };

	(void)data;
	printf(" | %u len=%zu", mnl_attr_get_type(attr), len);
	memcpy(&info, payload, len < sizeof(info) ? len : sizeof(info));
	if (mnl_attr_get_type(attr) == SMC_DIAG_CONNINFO) {
		print_conninfo(&info.conn);
	} else if (mnl_attr_get_type(attr) == SMC_DIAG_DMBINFO) {
		print_dmbinfo(&info.dmb);
	} else {
		printf(" ");
		print_hex(payload, len);
	}
	return MNL_CB_OK;
}

static int print_diag(const struct nlmsghdr *nlh, void *data)
{
	const struct smc_diag_msg *msg = mnl_nlmsg_get_payload(nlh);

	(void)data;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return -EBADMSG;
	printf("socket flags=%x family=%u state=%u mode=%u shutdown=%u", nlh->nlmsg_flags,
	       msg->diag_family, msg->diag_state, msg->diag_mode, msg->diag_shutdown);
	print_sock_id(&msg->id);
	printf(" uid=%u inode=%llu", msg->diag_uid, (unsigned long long)msg->diag_inode);
	mnl_attr_parse(nlh, sizeof(*msg), print_diag_attr, NULL);
	printf("\n");
	return 0;
}

static void put_hex(struct nlmsghdr *nlh, uint16_t type, const char *hex)
{
	uint8_t bytes[512];
	size_t len;

	for (len = 0; len < sizeof(bytes) && sscanf(hex + 2 * len, "%2hhx", &bytes[len]) == 1;
	     len++)
		;
	mnl_attr_put(nlh, type, len, bytes);
}

static void put_arg(struct nlmsghdr *nlh, const char *arg)
{
	char *value;
	uint16_t type = (uint16_t)strtoul(arg, &value, 0);

	if (*value == '=')
		mnl_attr_put_strz(nlh, type, value + 1);
	else if (*value == ':')
		put_hex(nlh, type, value + 1);
	else
		error(NONSENSE, 0, "'%s' is neither ATTRIBUTE=TEXT nor ATTRIBUTE:HEX", arg);
}

static int ask_genl(const char *family, char **args)
{
	_cleanup_nl_ struct nl nl = { 0 };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	int err;

	err = nl_open_family(&nl, family);
	if (err)
		error(NONSENSE, -err, "%s", family);
	nlh = nl_genl(&nl, buf, (uint8_t)strtoul(args[1], NULL, 0), 1, !strcmp(args[0], "dump"));
	for (args += 2; *args; args++)
		put_arg(nlh, *args);
	return nl_talk(&nl, nlh, print_genl, NULL);
}

static int ask_diag(const char *extensions)
{
	_cleanup_nl_ struct nl nl = { 0 };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct smc_diag_req *req;
	int err;

	err = nl_open(&nl, NETLINK_SOCK_DIAG);
	if (err)
		error(NONSENSE, -err, "sock_diag");
	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->diag_family = AF_SMC;
	req->diag_ext = (uint8_t)strtoul(extensions, NULL, 0);
	return nl_talk(&nl, nlh, print_diag, NULL);
}

int main(int argc, char **argv)
{
	int err;

	if (argc >= 4 && !strcmp(argv[1], "gen"))
		err = ask_genl(SMC_GENL_FAMILY_NAME, argv + 2);
	else if (argc >= 4 && !strcmp(argv[1], "pnet"))
		err = ask_genl(SMCR_GENL_FAMILY_NAME, argv + 2);
	else if (argc >= 3 && !strcmp(argv[1], "diag"))
		err = ask_diag(argv[3] ? argv[3] : "0xff");
	else
		error(64, 0,
		      "usage: nl_tree gen|pnet dump|send COMMAND [ATTRIBUTE=TEXT|:HEX]... | diag "
		      "dump [EXTENSIONS]");
	printf("end %d\n", -err);
	return 0;
}
