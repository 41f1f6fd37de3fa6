// SPDX-License-Identifier: GPL-2.0
/* smcx_rdma.ko: SMC-R for the sockets of smcx.ko. */
#include <linux/module.h>

#include "compat.h"
#include "group.h"
#include "path.h"
#include "rdev.h"
#include "rhs.h"

static int __init rdma_init(void)
{
	int err = smcx_group_init();

	if (err)
		return err;
	err = smcx_rdev_init();
	if (err)
		goto err_rdev;
	/* Last: from here on there are connections. */
	err = smcx_path_register(&smcx_rdma_path);
	if (err)
		goto err_path;
	return 0;

err_path:
	smcx_rdev_exit();
err_rdev:
	smcx_group_exit();
	return err;
}

/* No connection is left: each pins us. */
static void __exit rdma_exit(void)
{
	smcx_path_unregister(&smcx_rdma_path);
	smcx_rdev_exit();
	smcx_group_exit();
	rcu_barrier();
}

module_init(rdma_init);
module_exit(rdma_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SMC-R for smcx.ko: its sockets over RDMA devices");
MODULE_VERSION(SMCX_VERSION);
SMCX_IMPORT;
