/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/sys/net/smc: the settings of a network namespace, with 6.12's names and limits. */
#ifndef SMCX_SYSCTL_H
#define SMCX_SYSCTL_H

struct net;

/* net.smc.mem, see mem.h. Return: 0 or -ENOMEM. */
int smcx_sysctl_init(void);
void smcx_sysctl_exit(void);

/* Return: 0 or -ENOMEM, which is also what a name that is taken gives. */
int smcx_sysctl_net_init(struct net *net);
void smcx_sysctl_net_exit(struct net *net);

#endif
