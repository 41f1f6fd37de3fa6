// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: user-defined EIDs and the system EID. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/genetlink.h>

#include "ctl.h"
#include "smc_compat.h"

static const char eid_rule[] =
	"a UEID has 1 to 32 characters of A-Z, 0-9, '.' and '-', the first a letter or a digit";

static bool eid_alnum(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The kernel's rule, checked here so that the error message can be precise. */
static bool eid_valid(const char *eid)
{
	size_t len = strlen(eid), i;

	if (!len || len > SMC_MAX_EID_LEN || !eid_alnum(*eid))
		return false;
	for (i = 1; i < len; i++)
		if (!eid_alnum(eid[i]) && eid[i] != '.' && eid[i] != '-')
			return false;
	return true;
}

static int eid_command(uint8_t cmd, const char *eid)
{
	_cleanup_nl_ struct nl nl = { 0 };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	int err;

	err = nl_open_family(&nl, SMC_GENL_FAMILY_NAME);
	if (err)
		return err;
	nlh = nl_genl(&nl, buf, cmd, SMC_GENL_FAMILY_VERSION, false);
	if (eid) {
		char padded[SMC_MAX_EID_LEN + 1];

		/* The kernel wants the full length, blanks and the terminator included. */
		snprintf(padded, sizeof(padded), "%-*s", SMC_MAX_EID_LEN, eid);
		mnl_attr_put_strz(nlh, SMC_NLA_EID_TABLE_ENTRY, padded);
	}
	return nl_talk(&nl, nlh, NULL, NULL);
}

static int ueid_reply(const struct nlmsghdr *nlh, void *data)
{
	return json_array_append_new(data, attr_parse(attr_ueid, nlh, sizeof(struct genlmsghdr))) ?
		       -ENOMEM :
		       0;
}

static int seid_reply(const struct nlmsghdr *nlh, void *data)
{
	return json_array_append_new(data, attr_parse(attr_seid, nlh, sizeof(struct genlmsghdr))) ?
		       -ENOMEM :
		       0;
}

static int eid_dump(struct ctl *ctl, uint8_t cmd, nl_reply_fn reply)
{
	_cleanup_nl_ struct nl nl = { 0 };
	_cleanup_json_ json_t *rows = json_array();
	char buf[MNL_SOCKET_BUFFER_SIZE];
	int err;

	err = nl_open_family(&nl, SMC_GENL_FAMILY_NAME);
	if (!err)
		err = nl_talk(&nl, nl_genl(&nl, buf, cmd, SMC_GENL_FAMILY_VERSION, true), reply,
			      rows);
	return err ? err : print_result(ctl, rows);
}

static int ueid_add(struct ctl *ctl, const char *eid)
{
	int err = eid_command(SMC_NETLINK_ADD_UEID, eid);

	if (err == -EEXIST && ctl->if_missing)
		return 0;
	if (err == -EEXIST)
		ctl->detail = "this UEID is in the table already (--if-missing accepts that)";
	if (err == -ERANGE)
		ctl->detail = "the table is full: the kernel takes 4 UEIDs";
	return err;
}

static int ueid_del(struct ctl *ctl, const char *eid)
{
	int err = eid_command(SMC_NETLINK_REMOVE_UEID, eid);

	/* Done; the last UEID has gone and the kernel has switched the SEID on. */
	if (err == -EAGAIN)
		return 0;
	if (err == -ENOENT)
		ctl->detail = "no such UEID in the table";
	return err;
}

/**
 * cmd_ueid - smc-ctl ueid add|del|list|flush
 * @ctl: the command
 *
 * Return: 0, CTL_USAGE, or -errno.
 */
int cmd_ueid(struct ctl *ctl)
{
	const char *verb = ctl->n_args ? ctl->args[0] : "list";
	const char *eid = ctl->n_args == 2 ? ctl->args[1] : NULL;

	if (!strcmp(verb, "list") && !eid)
		return eid_dump(ctl, SMC_NETLINK_DUMP_UEID, ueid_reply);
	if (!strcmp(verb, "flush") && !eid)
		return eid_command(SMC_NETLINK_FLUSH_UEID, NULL);
	if (!eid || (strcmp(verb, "add") && strcmp(verb, "del")))
		return CTL_USAGE;
	if (!eid_valid(eid)) {
		ctl->detail = eid_rule;
		return -EINVAL;
	}
	return !strcmp(verb, "add") ? ueid_add(ctl, eid) : ueid_del(ctl, eid);
}

/**
 * cmd_seid - smc-ctl seid show|enable|disable
 * @ctl: the command
 *
 * Return: 0, CTL_USAGE, or -errno.
 */
int cmd_seid(struct ctl *ctl)
{
	const char *verb = ctl->n_args ? ctl->args[0] : "show";
	int err;

	if (ctl->n_args > 1)
		return CTL_USAGE;
	if (!strcmp(verb, "show"))
		return eid_dump(ctl, SMC_NETLINK_DUMP_SEID, seid_reply);
	if (!strcmp(verb, "enable"))
		return eid_command(SMC_NETLINK_ENABLE_SEID, NULL);
	if (strcmp(verb, "disable"))
		return CTL_USAGE;
	err = eid_command(SMC_NETLINK_DISABLE_SEID, NULL);
	if (err == -ENOENT)
		ctl->detail = "the SEID stays on while there is no UEID";
	return err;
}
