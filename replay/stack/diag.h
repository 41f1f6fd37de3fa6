/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of sock_diag about an SMC socket. */
#ifndef SMCKIT_REPLAY_DIAG_H
#define SMCKIT_REPLAY_DIAG_H

#include <linux/types.h>
#include <stdbool.h>

struct diag {
	__u8 mode;  /* enum diag_mode of script.h */
	__u8 state; /* enum smcw_sock_states */
	bool has_reason;
	__u32 reason;	 /* of the fallback */
	__u32 diagnosis; /* of the peer's Decline */
};

/**
 * diag_socket() - ask the kernel about a socket.
 * @fd: an SMC socket
 * @d: filled in
 *
 * Return: 0, -ENOENT when the kernel does not list it or cannot be asked
 * (module smc_diag), or another -errno.
 */
int diag_socket(int fd, struct diag *d);

#endif
