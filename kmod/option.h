/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SMC option of SYN and SYN-ACK (RFC 7609 A.1). Where TCP has it built in
 * (CONFIG_SMC of the kernel) option.c sets TCP's own switches.
 */
#ifndef SMCX_OPTION_H
#define SMCX_OPTION_H

#include <linux/types.h>

struct sock;

int smcx_option_init(void);
void smcx_option_exit(void);

/**
 * smcx_option_offer() - put the option into the SYN, or into SYN-ACKs that answer it.
 * @clcsk: TCP socket, before connect() or listen(), locked by nobody
 */
void smcx_option_offer(struct sock *clcsk);

/* Take back what smcx_option_offer() did, as far as it has not happened. */
void smcx_option_withdraw(struct sock *clcsk);

/**
 * smcx_option_seen() - did both SYN and SYN-ACK carry the option?
 * @clcsk: an established TCP socket: connected, or accepted from a listener that offers
 */
bool smcx_option_seen(const struct sock *clcsk);

#endif
