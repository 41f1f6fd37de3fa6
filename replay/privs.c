// SPDX-License-Identifier: GPL-2.0-or-later
/* See privs.h. */
#include "privs.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

int privs_drop(void)
{
	cap_t none = cap_init();
	int err;

	if (!none)
		return -ENOMEM;
	/* The bounding set first: it takes CAP_SETPCAP. */
	for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
		cap_drop_bound(cap);
	cap_reset_ambient();
	err = cap_set_proc(none) ? -errno : 0;
	cap_free(none);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	return err;
}
