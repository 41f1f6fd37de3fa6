/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link groups of SMC-D. They are distinguished by the GID of the device, which
 * is one for all ends on a host: so a stack finds the group of a case before,
 * and contact is not first any more.
 */
#ifndef SMCKIT_REPLAY_SMCD_GROUP_H
#define SMCKIT_REPLAY_SMCD_GROUP_H

#include "state/play.h"

/**
 * smcd_group_end() - have the stack, as a server, forget its link groups.
 * @proposal: of SMC-D
 *
 * By connections of their own: the Accept is declined, and groups are said to
 * be out of sync (smc_clc_wait_msg), until contact is first. net/smc takes a
 * group for that, too, which it has as a client: so no other case may be in
 * one meanwhile. Those of another host are left alone.
 *
 * Return: 0, also when the stack does not want SMC-D, or -errno.
 */
int smcd_group_end(struct play *p, const struct message *proposal);

#endif
