/* SPDX-License-Identifier: GPL-2.0 */
/* DMBs of a program that plays an end of SMC-D: the device of wire/smc_dmb.h. */
#ifndef SMCX_PLAYER_H
#define SMCX_PLAYER_H

#include <linux/types.h>

struct smcx_dmb;
struct smcw_cdc_smcd;

/**
 * smcx_player_signal() - the peer of a program has written to its DMB.
 * @dmb: no socket's
 * @cdc: what it has written
 *
 * Any context but hard interrupts; under rcu_read_lock().
 *
 * Return: false when the program has let go of it.
 */
bool smcx_player_signal(const struct smcx_dmb *dmb, const struct smcw_cdc_smcd *cdc);

int smcx_player_init(void);
void smcx_player_exit(void);

#endif
