/* SPDX-License-Identifier: GPL-2.0 */
/* DMBs of programs on our own device: see player_smcx.c. */
#ifndef SMCX_PLAYER_SMCX_H
#define SMCX_PLAYER_SMCX_H

int smcx_player_init(void);
void smcx_player_exit(void);

#endif
