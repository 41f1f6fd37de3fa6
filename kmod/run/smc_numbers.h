/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments of socket() that this system's headers may not have yet. */
#ifndef SMCKIT_RUN_SMC_NUMBERS_H
#define SMCKIT_RUN_SMC_NUMBERS_H

#ifndef AF_SMC
#define AF_SMC 43
#endif

#ifndef IPPROTO_SMC /* Linux 6.11 */
#define IPPROTO_SMC 256
#endif

/* The protocol of AF_SMC sockets is the address family of their TCP connection. */
enum { SMCPROTO_SMC = 0, SMCPROTO_SMC6 = 1 };

#endif
