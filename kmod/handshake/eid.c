// SPDX-License-Identifier: GPL-2.0
/* The table of user-defined EIDs. See eid.h. */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include "eid.h"

/* In the order in which they came: that is the order in which they are proposed. */
static struct smcw_eid table[SMCX_MAX_UEID];
static unsigned int table_count;
static DEFINE_MUTEX(table_lock);

/* Letters are upper case, and what follows the first blank is blank. */
static bool eid_valid(const u8 *eid)
{
	int i, end = SMCW_EID_LEN;

	while (end && eid[end - 1] == ' ')
		end--;
	if (!end || !isalnum(eid[0]))
		return false;
	for (i = 0; i < end; i++) {
		if (!isascii(eid[i]) || islower(eid[i]))
			return false;
		if (!isalnum(eid[i]) && eid[i] != '.' && eid[i] != '-')
			return false;
	}
	return true;
}

static int eid_find_locked(const u8 *eid)
{
	unsigned int i;

	lockdep_assert_held(&table_lock);
	for (i = 0; i < table_count; i++)
		if (!memcmp(table[i].eid, eid, SMCW_EID_LEN))
			return i;
	return -ENOENT;
}

int smcx_eid_add(const u8 *eid)
{
	int err = 0;

	if (!eid_valid(eid))
		return -EINVAL;
	mutex_lock(&table_lock);
	if (table_count == SMCX_MAX_UEID)
		err = -ERANGE;
	else if (eid_find_locked(eid) >= 0)
		err = -EEXIST;
	else
		memcpy(table[table_count++].eid, eid, SMCW_EID_LEN);
	mutex_unlock(&table_lock);
	return err;
}

int smcx_eid_remove(const u8 *eid)
{
	int at;

	mutex_lock(&table_lock);
	at = eid_find_locked(eid);
	if (at >= 0) {
		table_count--;
		memmove(&table[at], &table[at + 1], (table_count - at) * sizeof(table[0]));
	}
	mutex_unlock(&table_lock);
	return at < 0 ? at : 0;
}

void smcx_eid_flush(void)
{
	mutex_lock(&table_lock);
	table_count = 0;
	mutex_unlock(&table_lock);
}

unsigned int smcx_eid_list(struct smcw_eid *eids)
{
	unsigned int n;

	mutex_lock(&table_lock);
	n = table_count;
	memcpy(eids, table, n * sizeof(table[0]));
	mutex_unlock(&table_lock);
	return n;
}

int smcx_eid_match(const struct smcw_eid *eids, unsigned int count)
{
	unsigned int i;
	int at = -ENOENT;

	mutex_lock(&table_lock);
	for (i = 0; i < count && at < 0; i++)
		if (eid_find_locked(eids[i].eid) >= 0)
			at = i;
	mutex_unlock(&table_lock);
	return at;
}

/* smcx.ueid=NAME: so that the first connection after boot finds one. */
static int eid_param_set(const char *text, const struct kernel_param *param)
{
	u8 eid[SMCW_EID_LEN];
	size_t len = strcspn(text, "\n");

	if (!len || len > sizeof(eid))
		return -EINVAL;
	memset(eid, ' ', sizeof(eid));
	memcpy(eid, text, len);
	return smcx_eid_add(eid);
}

static int eid_param_get(char *text, const struct kernel_param *param)
{
	struct smcw_eid eids[SMCX_MAX_UEID];
	unsigned int i, n = smcx_eid_list(eids);
	int len = 0;

	for (i = 0; i < n; i++)
		len += sprintf(text + len, "%.*s\n", SMCW_EID_LEN, eids[i].eid);
	return len;
}

static const struct kernel_param_ops ueid_ops = { .set = eid_param_set, .get = eid_param_get };
module_param_cb(ueid, &ueid_ops, NULL, 0644);
MODULE_PARM_DESC(ueid,
		 "add a user-defined EID (up to 32 of A-Z 0-9 . -); may be given more than once");
