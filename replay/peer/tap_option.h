/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations for the BPF program for TCP options and the program around it. */
#ifndef SMCKIT_REPLAY_TAP_OPTION_H
#define SMCKIT_REPLAY_TAP_OPTION_H

#include <linux/types.h>

/* A TCP header has room for so many bytes of options (RFC 9293 3.1: 60 less 20). */
#define TAP_OPTION_MAX 40
#define TAP_PORTS_MAX 64

/* A TCP option as it stands in the header; .len is 0 where there is none. */
struct tap_option {
	__u8 len;
	__u8 bytes[TAP_OPTION_MAX];
};

#endif
