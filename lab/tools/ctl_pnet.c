// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: the PNET table, which says which devices share a physical network. */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>

#include "ctl.h"
#include "smc_compat.h"

static int pnet_reply(const struct nlmsghdr *nlh, void *data)
{
	return json_array_append_new(data, attr_parse(attr_pnet, nlh, sizeof(struct genlmsghdr))) ?
		       -ENOMEM :
		       0;
}

static int pnet_show(struct ctl *ctl)
{
	_cleanup_nl_ struct nl nl = { 0 };
	_cleanup_json_ json_t *rows = json_array();
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	int err;

	err = nl_open_family(&nl, SMCR_GENL_FAMILY_NAME);
	if (err)
		return err;
	nlh = nl_genl(&nl, buf, SMC_PNETID_GET, SMCR_GENL_FAMILY_VERSION, true);
	err = nl_talk(&nl, nlh, pnet_reply, rows);
	return err ? err : print_result(ctl, rows);
}

/* An ISM device goes by its name in the place of the RDMA device's. */
static void pnet_put_device(const struct ctl *ctl, struct nlmsghdr *nlh)
{
	if (ctl->eth)
		mnl_attr_put_strz(nlh, SMC_PNETID_ETHNAME, ctl->eth);
	if (ctl->smcd)
		mnl_attr_put_strz(nlh, SMC_PNETID_IBNAME, ctl->smcd);
	if (ctl->ib) {
		mnl_attr_put_strz(nlh, SMC_PNETID_IBNAME, ctl->ib);
		mnl_attr_put_u8(nlh, SMC_PNETID_IBPORT, (uint8_t)ctl->ib_port);
	}
}

static int pnet_command(const struct ctl *ctl, uint8_t cmd, const char *pnetid)
{
	_cleanup_nl_ struct nl nl = { 0 };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	int err;

	err = nl_open_family(&nl, SMCR_GENL_FAMILY_NAME);
	if (err)
		return err;
	nlh = nl_genl(&nl, buf, cmd, SMCR_GENL_FAMILY_VERSION, false);
	if (pnetid)
		mnl_attr_put_strz(nlh, SMC_PNETID_NAME, pnetid);
	if (cmd == SMC_PNETID_ADD)
		pnet_put_device(ctl, nlh);
	return nl_talk(&nl, nlh, NULL, NULL);
}

static int pnet_add(struct ctl *ctl, const char *pnetid)
{
	int err;

	if ((!ctl->eth && !ctl->ib && !ctl->smcd) || (ctl->ib && ctl->smcd))
		return CTL_USAGE;
	err = pnet_command(ctl, SMC_PNETID_ADD, pnetid);
	if (err == -EEXIST && ctl->if_missing)
		return 0;
	if (err == -EEXIST)
		ctl->detail = "the device has a PNET ID already, or (other than --eth) this is not "
			      "the initial "
			      "network namespace";
	if (err == -EINVAL)
		ctl->detail =
			"a PNET ID has 1 to 16 characters of A-Z and 0-9; an RDMA port is 1 or 2";
	return err;
}

/**
 * cmd_pnet - smc-ctl pnet add|del|show|flush
 * @ctl: the command
 *
 * Return: 0, CTL_USAGE, or -errno.
 */
int cmd_pnet(struct ctl *ctl)
{
	const char *verb = ctl->n_args ? ctl->args[0] : "show";
	const char *pnetid = ctl->n_args == 2 ? ctl->args[1] : NULL;

	if (!strcmp(verb, "show") && !pnetid)
		return pnet_show(ctl);
	if (!strcmp(verb, "flush") && !pnetid)
		return pnet_command(ctl, SMC_PNETID_FLUSH, NULL);
	if (!strcmp(verb, "add") && pnetid)
		return pnet_add(ctl, pnetid);
	if (!strcmp(verb, "del") && pnetid)
		return pnet_command(ctl, SMC_PNETID_DEL, pnetid);
	return CTL_USAGE;
}
