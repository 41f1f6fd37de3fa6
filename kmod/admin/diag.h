/* SPDX-License-Identifier: GPL-2.0 */
/* SOCK_DIAG of family 43: the SMC sockets of a network namespace, as smc_diag shows them. */
#ifndef SMCX_DIAG_H
#define SMCX_DIAG_H

struct sock;

/* proto.diag_destroy. Process context. Return: 0 or -errno. */
int smcx_diag_destroy(struct sock *sk, int err);

int smcx_diag_init(void);
void smcx_diag_exit(void);

#endif
