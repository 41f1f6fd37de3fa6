// SPDX-License-Identifier: GPL-2.0
/* The paths that there are. See path.h. */
#include "path.h"

const struct smcx_path *const smcx_paths[SMCX_PATHS] = { &smcx_smcd_path };
