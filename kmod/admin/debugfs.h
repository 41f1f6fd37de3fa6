/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/debug/smcx: for tests; nothing there is an interface to rely on. */
#ifndef SMCX_DEBUGFS_H
#define SMCX_DEBUGFS_H

struct dentry;

extern struct dentry *smcx_debugfs;

int smcx_debugfs_init(void);
void smcx_debugfs_exit(void);

#endif
