// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: the data of SMC_GEN_NETLINK: system, statistics, devices, link groups and links. */
#include <errno.h>
#include <string.h>
#include <linux/genetlink.h>

#include "ctl.h"
#include "smc_compat.h"

static int show_reply(const struct nlmsghdr *nlh, void *data)
{
	json_t *row = attr_parse(attr_top, nlh, sizeof(struct genlmsghdr));

	return json_array_append_new(data, row) ? -ENOMEM : 0;
}

/**
 * show_dump - dump one kind of object
 * @cmd: an SMC_NETLINK_GET_... command
 * @rows: set to an array with an object a message, each under the key of its kind; always set
 *
 * Return: 0 or -errno; -EPROTONOSUPPORT if SMC is not loaded.
 */
int show_dump(uint8_t cmd, json_t **rows)
{
	_cleanup_nl_ struct nl nl = { 0 };
	char buf[MNL_SOCKET_BUFFER_SIZE];
	int err;

	*rows = json_array();
	err = nl_open_family(&nl, SMC_GENL_FAMILY_NAME);
	if (err)
		return err;
	return nl_talk(&nl, nl_genl(&nl, buf, cmd, SMC_GENL_FAMILY_VERSION, true), show_reply,
		       *rows);
}

/* Takes the object of one kind out of its message and says in it what kind it is. */
static void show_collect(json_t *out, json_t *messages, const char *key, const char *kind)
{
	json_t *message;
	size_t i;

	json_array_foreach(messages, i, message)
	{
		json_t *object = json_object_get(message, key);
		json_t *row;

		if (!object)
			continue;
		row = json_object();
		if (kind)
			json_object_set_new(row, "kind", json_string(kind));
		json_object_update(row, object);
		json_array_append_new(out, row);
	}
}

static int show_kind(json_t *out, uint8_t cmd, const char *key, const char *kind)
{
	_cleanup_json_ json_t *messages = NULL;
	int err = show_dump(cmd, &messages);

	/* A kernel without a kind of device answers "not supported": it has none of them. */
	if (err == -EOPNOTSUPP)
		return 0;
	if (!err)
		show_collect(out, messages, key, kind);
	return err;
}

/**
 * show_devices - list the RDMA and ISM devices SMC knows
 * @rows: set to an array of objects; always set
 *
 * Return: 0 or -errno.
 */
int show_devices(json_t **rows)
{
	int err;

	*rows = json_array();
	err = show_kind(*rows, SMC_NETLINK_GET_DEV_SMCR, "dev_smcr", "smcr");
	if (!err)
		err = show_kind(*rows, SMC_NETLINK_GET_DEV_SMCD, "dev_smcd", "smcd");
	return err;
}

/* Reasons get their text, as far as it is known. */
static void show_reasons(json_t *fallback)
{
	json_t *row;
	size_t i;

	json_array_foreach(fallback, i, row)
	{
		const char *hex = json_string_value(json_object_get(row, "reason"));
		const char *text = hex ? diag_reason_text((uint32_t)strtoul(hex, NULL, 16)) : NULL;

		if (text)
			json_object_set_new(row, "text", json_string(text));
	}
}

/**
 * show_stats - read the statistics of this network namespace
 * @stats: set to one object; the fallback reasons are an array inside of it; always set
 *
 * Return: 0 or -errno.
 */
int show_stats(json_t **stats)
{
	_cleanup_json_ json_t *rows = json_array();
	json_t *fallback = json_array();
	int err;

	*stats = json_object();
	err = show_kind(rows, SMC_NETLINK_GET_STATS, "stats", NULL);
	if (!err)
		err = show_kind(fallback, SMC_NETLINK_GET_FBACK_STATS, "fallback", NULL);
	show_reasons(fallback);
	json_object_update(*stats, json_array_get(rows, 0));
	json_object_set_new(*stats, "fallback", fallback);
	return err;
}

/**
 * cmd_stats - smc-ctl stats
 * @ctl: the command
 *
 * Return: 0 or -errno.
 */
int cmd_stats(struct ctl *ctl)
{
	_cleanup_json_ json_t *stats = NULL;
	int err = show_stats(&stats);

	if (err || ctl->json)
		return err ? err : print_result(ctl, stats);
	print_counters("", stats);
	print_rows(json_object_get(stats, "fallback"));
	return 0;
}

/**
 * cmd_info - smc-ctl info: versions, host name and what the system offers
 * @ctl: the command
 *
 * Return: 0 or -errno.
 */
int cmd_info(struct ctl *ctl)
{
	_cleanup_json_ json_t *rows = json_array();
	int err = show_kind(rows, SMC_NETLINK_GET_SYS_INFO, "system", NULL);

	return err ? err : print_result(ctl, rows);
}

/**
 * cmd_devices - smc-ctl devices
 * @ctl: the command
 *
 * Return: 0 or -errno.
 */
int cmd_devices(struct ctl *ctl)
{
	_cleanup_json_ json_t *rows = NULL;
	int err = show_devices(&rows);

	return err ? err : print_result(ctl, rows);
}

/*
 * The link dump sends every SMC-R link group and, after it, the group's links: only the order says
 * which link is whose.
 */
static void show_nest_links(json_t *out, json_t *messages)
{
	json_t *message, *lgr = NULL;
	size_t i;

	json_array_foreach(messages, i, message)
	{
		json_t *group = json_object_get(message, "lgr_smcr");
		json_t *link = json_object_get(message, "link");

		if (group) {
			lgr = json_pack("{s:s}", "kind", "smcr");
			json_object_update(lgr, group);
			json_object_set_new(lgr, "links", json_array());
			json_array_append_new(out, lgr);
		}
		if (link && lgr)
			json_array_append(json_object_get(lgr, "links"), link);
	}
}

static int show_lgrs(json_t **rows)
{
	_cleanup_json_ json_t *messages = NULL;
	int err;

	*rows = json_array();
	err = show_dump(SMC_NETLINK_GET_LINK_SMCR, &messages);
	if (err)
		return err;
	show_nest_links(*rows, messages);
	return show_kind(*rows, SMC_NETLINK_GET_LGR_SMCD, "lgr_smcd", "smcd");
}

/**
 * cmd_lgr - smc-ctl lgr: link groups, SMC-R ones with their links
 * @ctl: the command
 *
 * Return: 0 or -errno.
 */
int cmd_lgr(struct ctl *ctl)
{
	_cleanup_json_ json_t *rows = NULL;
	int err = show_lgrs(&rows);

	return err ? err : print_result(ctl, rows);
}

/**
 * cmd_links - smc-ctl links: SMC-R links, each with its link group
 * @ctl: the command
 *
 * Return: 0 or -errno.
 */
int cmd_links(struct ctl *ctl)
{
	_cleanup_json_ json_t *lgrs = NULL, *rows = json_array();
	json_t *lgr, *link;
	size_t i, k;
	int err = show_lgrs(&lgrs);

	if (err)
		return err;
	json_array_foreach(lgrs, i, lgr)
	{
		json_array_foreach(json_object_get(lgr, "links"), k, link)
		{
			json_t *row = json_object();

			json_object_set(row, "lgr", json_object_get(lgr, "id"));
			json_object_update(row, link);
			json_array_append_new(rows, row);
		}
	}
	return print_result(ctl, rows);
}
