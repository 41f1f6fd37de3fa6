/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SMC option of SYN and SYN-ACK (RFC 7609 A.1). Where TCP has it built in
 * (CONFIG_SMC of the kernel) option.c sets TCP's own switches; elsewhere option_own.h
 * says how it is done.
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

/**
 * smcx_option_limit() - ask before a SYN with the option is answered by one.
 * @clcsk: has offered, does not listen yet, locked by nobody
 * @busy: the SYN-ACK goes without it if this is true. Called with BH off, without the lock of
 *	the listener @clcsk; perhaps after smcx_option_withdraw(), too, until @clcsk is freed
 */
void smcx_option_limit(struct sock *clcsk, bool (*busy)(const struct sock *clcsk));

/**
 * smcx_option_withdraw() - take back what smcx_option_offer() did, as far as it has not happened.
 * @clcsk: TCP socket, locked by nobody
 *
 * To be called for every socket that has offered or was accepted from one that has, before it is
 * released or left to the application for good: else it would keep the module's functions.
 * smcx_option_seen() is false from then on.
 */
void smcx_option_withdraw(struct sock *clcsk);

/**
 * smcx_option_seen() - did both SYN and SYN-ACK carry the option?
 * @clcsk: an established TCP socket: connected, or accepted from a listener that offers
 * @server: accepted
 */
bool smcx_option_seen(const struct sock *clcsk, bool server);

#endif
