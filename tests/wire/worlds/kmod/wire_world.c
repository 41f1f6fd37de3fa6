// SPDX-License-Identifier: GPL-2.0-or-later
/* wire/ inside a kernel module: enough of it that everything has to link. */
#include <linux/module.h>

#include "smc_codec.h"

static int __init wire_world_init(void)
{
	static const u8 test_link[SMCW_LLC_LEN] = { SMCW_LLC_TEST_LINK, SMCW_LLC_LEN };
	struct smcw_decline_parts decline = { .version = SMCW_V1 };
	struct smcw_layout layout;
	u8 out[SMCW_LLC_LEN];

	if (smcw_llc_layout(test_link, sizeof(test_link), &layout))
		return -EBADMSG;
	if (smcw_decline_build(&decline, out, sizeof(out)) != -EINVAL)
		return -EPROTO;
	pr_info("%s\n", smcw_value_text(SMCW_LIST_llc_types, layout.type));
	return 0;
}

static void __exit wire_world_exit(void)
{
}

module_init(wire_world_init);
module_exit(wire_world_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Shows that wire/ compiles in the kernel; never loaded");
