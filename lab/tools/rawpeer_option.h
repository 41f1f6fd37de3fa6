/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smc-rawpeer: declarations for the BPF program and the program around it. */
#ifndef SMCKIT_LAB_RAWPEER_OPTION_H
#define SMCKIT_LAB_RAWPEER_OPTION_H

#include <linux/types.h>

/* A TCP header has room for so many bytes of options (RFC 9293 3.1: 60 less 20). */
#define OPTION_MAX 40

/* A TCP option as it stands in the header; .len is 0 where there is none. */
struct rawpeer_option {
	__u8 len;
	__u8 bytes[OPTION_MAX];
};

#endif
