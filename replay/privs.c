// SPDX-License-Identifier: GPL-2.0-or-later
/* See privs.h. */
#include "privs.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/* libcap's mode empties every set, the bounding one too, and lets root be nobody special. */
int privs_drop(void)
{
	if (cap_set_mode(CAP_MODE_NOPRIV))
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}
