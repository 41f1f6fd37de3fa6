/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PNET table: names of physical networks, given to network interfaces and
 * to RDMA and ISM devices, which need not exist. Generic netlink SMC_PNETID.
 *
 * The loopback-ism device reaches all of the machine, whatever its PNET ID. Which RDMA device
 * serves a network interface is decided by it: smcx_pnet_of().
 */
#ifndef SMCX_PNET_H
#define SMCX_PNET_H

#include <linux/types.h>

#include "net.h"

struct smcx_net;

int smcx_pnet_net_init(struct smcx_net *sn);
void smcx_pnet_net_exit(struct smcx_net *sn);

int smcx_pnet_init(void);
void smcx_pnet_exit(void);

/**
 * smcx_pnet_of_dev() - the PNET ID that the user gave to the loopback-ism device.
 * @id: room for SMCX_PNETID_LEN + 1 bytes; an empty string if there is none
 *
 * Process context. Return: whether there is one.
 */
bool smcx_pnet_of_dev(char *id);

#endif
