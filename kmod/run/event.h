/* SPDX-License-Identifier: GPL-2.0 */
/* Reports of smc-run's BPF programs on the command's sockets. Numbers in the host's byte order.
 */
#ifndef SMCKIT_RUN_EVENT_H
#define SMCKIT_RUN_EVENT_H

#include <linux/types.h>

enum run_kind {
	RUN_SMC,	   /* an SMC socket that was connected is closed */
	RUN_TCP,	   /* a TCP socket that never was an SMC one connects */
	RUN_TCP_LISTEN,	   /* ... listens */
	RUN_FALLEN_LISTEN, /* an SMC socket that has fallen back listens */
};

enum run_mode { RUN_MODE_UNKNOWN, RUN_MODE_TCP, RUN_MODE_SMCR, RUN_MODE_SMCD, RUN_MODES };

/* Ends are those of the TCP connection; IPv4 addresses are mapped into IPv6. */
struct run_event {
	__u8 kind, mode, server, ipv6;
	__u16 local_port, peer_port;
	__u8 local[16], peer[16];
	__u32 reason, peer_diagnosis; /* as declines have them */
	__u32 pid;
	char comm[16];
};

#endif
