// SPDX-License-Identifier: GPL-2.0
/* The module: what is made when it is loaded, and freed in reverse when it goes. See sock.h. */
#include <linux/module.h>

#include "debugfs.h"
#include "dev.h"
#include "diag.h"
#include "fault.h"
#include "lgr.h"
#include "mem.h"
#include "net.h"
#include "netlink.h"
#include "option.h"
#include "player_smcx.h"
#include "pnet.h"
#include "smcx_stats.h"
#include "sock.h"

struct workqueue_struct *smcx_wq;

static int __init smcx_init(void)
{
	int err = smcx_netlink_alone();

	if (err)
		return err;
	smcx_wq = alloc_workqueue("smcx", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!smcx_wq)
		return -ENOMEM;
	err = smcx_debugfs_init();
	if (err)
		goto err_debugfs;
	err = smcx_fault_init();
	if (err)
		goto err_fault;
	err = smcx_dev_init();
	if (err)
		goto err_dev;
	err = smcx_mem_init(smcx_dev_trim);
	if (err)
		goto err_mem;
	err = smcx_lgr_init();
	if (err)
		goto err_lgr;
	err = smcx_net_register();
	if (err)
		goto err_net;
	err = smcx_netlink_init();
	if (err)
		goto err_netlink;
	err = smcx_pnet_init();
	if (err)
		goto err_pnet;
	err = smcx_diag_init();
	if (err)
		goto err_diag;
	err = smcx_option_init();
	if (err)
		goto err_option;
	err = smcx_player_init();
	if (err)
		goto err_player;
	/* Last: from here on there are sockets. */
	err = smcx_sock_init();
	if (err)
		goto err_sock;
	return 0;

err_sock:
	smcx_player_exit();
err_player:
	smcx_option_exit();
err_option:
	smcx_diag_exit();
err_diag:
	smcx_pnet_exit();
err_pnet:
	smcx_netlink_exit();
err_netlink:
	smcx_net_unregister();
err_net:
	smcx_lgr_exit();
err_lgr:
	smcx_mem_exit();
err_mem:
	smcx_dev_exit();
err_dev:
	smcx_fault_exit();
err_fault:
	smcx_debugfs_exit();
err_debugfs:
	destroy_workqueue(smcx_wq);
	return err;
}

static void __exit smcx_exit(void)
{
	smcx_sock_exit();
	smcx_player_exit();
	smcx_option_exit();
	smcx_diag_exit();
	smcx_pnet_exit();
	smcx_netlink_exit();
	smcx_lgr_exit();
	smcx_net_unregister();
	smcx_mem_exit();
	smcx_dev_exit();
	smcx_fault_exit();
	smcx_debugfs_exit();
	destroy_workqueue(smcx_wq);
	rcu_barrier();
}

module_init(smcx_init);
module_exit(smcx_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SMC-D version 2 sockets over a loopback-ism device of their own");
MODULE_VERSION(SMCX_VERSION);
/* No MODULE_ALIAS: anybody's socket() would load us. smcx-autoload.conf has them. */
