// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-ctl: wait until the kernel shows what a scenario needs, so that no scenario sleeps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ctl.h"

static bool wait_names(const json_t *row, const char *key, const char *wanted)
{
	const char *have = json_string_value(json_object_get(row, key));

	return !wanted || (have && !strcasecmp(have, wanted));
}

static bool wait_socket(const struct ctl_match *match, const json_t *row)
{
	const char *reason = json_string_value(json_object_get(row, "reason"));
	bool port = match->port < 0 ||
		    json_integer_value(json_object_get(row, "local_port")) == match->port ||
		    json_integer_value(json_object_get(row, "peer_port")) == match->port;

	if (match->reason >= 0 && (!reason || strtoll(reason, NULL, 16) != match->reason))
		return false;
	return port && wait_names(row, "mode", match->mode) &&
	       wait_names(row, "state", match->state);
}

static bool wait_counts(const struct ctl_match *match, int found)
{
	if (match->gone)
		return !found;
	return match->exactly ? found == match->count : found >= match->count;
}

static int wait_sockets(struct ctl *ctl, char *seen, size_t size)
{
	_cleanup_json_ json_t *rows = NULL;
	const struct ctl_match *match = &ctl->match;
	bool listen = match->state && !strcasecmp(match->state, "LISTEN");
	json_t *row;
	size_t i;
	int found = 0, err;

	ctl->module = "smc_diag";
	err = diag_dump(listen, &rows);
	if (err)
		return err;
	ctl->module = NULL;
	json_array_foreach(rows, i, row) found += wait_socket(match, row);
	snprintf(seen, size, "%d matching of %zu SMC sockets", found, json_array_size(rows));
	return wait_counts(match, found) ? CTL_OK : CTL_NOT_MET;
}

/* An RDMA device counts when a port of it is active; an ISM device has no such state. */
static bool wait_usable(const json_t *device)
{
	if (wait_names(device, "kind", "smcd"))
		return true;
	return json_integer_value(json_object_get(json_object_get(device, "port1"), "active")) ||
	       json_integer_value(json_object_get(json_object_get(device, "port2"), "active"));
}

static int wait_device(const struct ctl *ctl, char *seen, size_t size)
{
	_cleanup_json_ json_t *rows = NULL;
	json_t *row;
	size_t i;
	int err = show_devices(&rows);

	if (err)
		return err;
	snprintf(seen, size, "no active device %s among %zu", ctl->match.device,
		 json_array_size(rows));
	json_array_foreach(rows, i, row)
	{
		bool named = wait_names(row, "name", ctl->match.device) ||
			     wait_names(row, "pci_id", ctl->match.device);

		if (named && wait_usable(row))
			return CTL_OK;
	}
	return CTL_NOT_MET;
}

/* "smcd.rx_bytes=1000": the members' names with dots, and the least value. */
static int wait_stat(const struct ctl *ctl, char *seen, size_t size)
{
	_cleanup_json_ json_t *stats = NULL;
	const char *equals = strchr(ctl->match.stat, '=');
	char path[128], *save = NULL, *part;
	const json_t *at;
	int err = show_stats(&stats);

	if (err)
		return err;
	snprintf(path, sizeof(path), "%.*s", (int)(equals - ctl->match.stat), ctl->match.stat);
	at = stats;
	for (part = strtok_r(path, ".", &save); part && at; part = strtok_r(NULL, ".", &save))
		at = json_object_get(at, part);
	if (!json_is_integer(at))
		return -ENOENT;
	snprintf(seen, size, "statistic is %" JSON_INTEGER_FORMAT, json_integer_value(at));
	return json_integer_value(at) >= strtoll(equals + 1, NULL, 0) ? CTL_OK : CTL_NOT_MET;
}

static int wait_look(struct ctl *ctl, char *seen, size_t size)
{
	int ret = CTL_OK;

	if (ctl->match.device)
		ret = wait_device(ctl, seen, size);
	if (ret == CTL_OK && ctl->match.stat) {
		ret = wait_stat(ctl, seen, size);
		if (ret == -ENOENT)
			ctl->detail = "no such statistic: smc-ctl stats lists them";
	}
	if (ret == CTL_OK && ctl->match.count >= 0)
		ret = wait_sockets(ctl, seen, size);
	return ret;
}

static uint64_t wait_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/**
 * cmd_wait - smc-ctl wait: look until all conditions hold, or the time is over
 * @ctl: the command
 *
 * Return: 0, CTL_NOT_MET, or -errno.
 */
int cmd_wait(struct ctl *ctl)
{
	uint64_t end = wait_now_ms() + ctl->timeout_ms;
	struct timespec pause = { ctl->interval_ms / 1000, ctl->interval_ms % 1000 * 1000000L };
	static char seen[128];
	int ret;

	/* Conditions on sockets hold for one socket at least, unless set otherwise. */
	if (ctl->match.count < 0 && (ctl->match.mode || ctl->match.state || ctl->match.gone ||
				     ctl->match.port >= 0 || ctl->match.reason >= 0))
		ctl->match.count = 1;
	if (ctl->match.count < 0 && !ctl->match.device && !ctl->match.stat)
		return CTL_USAGE;
	for (;;) {
		ret = wait_look(ctl, seen, sizeof(seen));
		if (ret != CTL_NOT_MET || wait_now_ms() >= end)
			break;
		nanosleep(&pause, NULL);
	}
	if (ret == CTL_NOT_MET)
		ctl->detail = seen;
	return ret;
}
