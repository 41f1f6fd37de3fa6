/* SPDX-License-Identifier: GPL-2.0 */
/* SOCK_DIAG of family 43: the SMC sockets of a network namespace, as smc_diag shows them. */
#ifndef SMCX_DIAG_H
#define SMCX_DIAG_H

int smcx_diag_init(void);
void smcx_diag_exit(void);

#endif
