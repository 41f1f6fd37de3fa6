/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The privileges that smc-replay keeps when peers begin to send to it. */
#ifndef SMCKIT_REPLAY_PRIVS_H
#define SMCKIT_REPLAY_PRIVS_H

/**
 * privs_drop() - give up all capabilities, for good.
 *
 * The BPF map is written through a descriptor that is open by then, sockets
 * use ports that the kernel chooses, and the kernel log is open as well.
 *
 * Return: 0 or -errno.
 */
int privs_drop(void);

#endif
