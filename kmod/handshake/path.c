// SPDX-License-Identifier: GPL-2.0
/* The paths that there are: SMC-D's, and one of another module. See path.h. */
#include <linux/module.h>

#include "lgr.h"
#include "path.h"

static const struct smcx_path __rcu *path_list[SMCX_PATHS] = { RCU_INITIALIZER(&smcx_smcd_path) };
static DEFINE_MUTEX(path_mutex); /* of those who register */

/**
 * smcx_path_get() - a path, in the order in which a server prefers them.
 * @i: less than SMCX_PATHS
 *
 * Return: it, with its module pinned until smcx_path_put(); NULL if there is none.
 */
const struct smcx_path *smcx_path_get(int i)
{
	const struct smcx_path *path;

	rcu_read_lock();
	path = rcu_dereference(path_list[i]);
	if (path && !try_module_get(path->owner))
		path = NULL;
	rcu_read_unlock();
	return path;
}

void smcx_path_put(const struct smcx_path *path)
{
	if (path)
		module_put(path->owner);
}

/* Is there a path of one of these types, SMCW_TYPE_*? */
bool smcx_path_any(u8 types)
{
	const struct smcx_path *path;
	bool any = false;
	int i;

	rcu_read_lock();
	for (i = 0; i < SMCX_PATHS; i++) {
		path = rcu_dereference(path_list[i]);
		any |= path && smcw_type_includes(types, path->type);
	}
	rcu_read_unlock();
	return any;
}

/**
 * smcx_path_register() - one path more, of another module.
 * @path: constant
 *
 * Return: 0, or -EBUSY if there is another one.
 */
int smcx_path_register(const struct smcx_path *path)
{
	int err = 0;

	mutex_lock(&path_mutex);
	if (rcu_access_pointer(path_list[1]))
		err = -EBUSY;
	else
		rcu_assign_pointer(path_list[1], path);
	mutex_unlock(&path_mutex);
	return err;
}

/**
 * smcx_path_unregister() - no connection is left on this path, and there will be none.
 * @path: its module goes
 *
 * Its link groups are ended: path->lgr_end().
 */
void smcx_path_unregister(const struct smcx_path *path)
{
	RCU_INIT_POINTER(path_list[1], NULL);
	synchronize_rcu();
	smcx_lgr_end_path(path);
}
