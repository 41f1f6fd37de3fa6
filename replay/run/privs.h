/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Give up root before the first byte of a peer is read: in two steps, since an RDMA
 * device wants to be opened by the user that uses it.
 */
#ifndef SMCKIT_REPLAY_PRIVS_H
#define SMCKIT_REPLAY_PRIVS_H

/* User, groups, all capabilities: see drop.h. Return: 0 or -errno. */
int privs_drop(void);

/*
 * From here on no file is opened by its name, no program run, and no socket made but those of
 * TCP, SMC and netlink. Return: 0 or -errno.
 */
int privs_filter(void);

#endif
