/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP options of sockets of ours, written and read by a BPF program. */
#ifndef SMCKIT_REPLAY_TAP_H
#define SMCKIT_REPLAY_TAP_H

#include <stddef.h>

#include "tap_option.h"

struct tap;

/**
 * tap_open() - load the BPF program and attach it; needs root.
 * @out: the tap
 * @doing: set to what failed
 *
 * Nothing needs privilege afterwards.
 *
 * Return: 0 or -errno.
 */
int tap_open(struct tap **out, const char **doing);

void tap_close(struct tap *t);

/**
 * tap_set() - the option that SYN and SYN-ACK of a local port shall have.
 * @port: host order; of a socket that neither connects nor listens yet
 * @bytes: the option, kind and length byte included
 * @len: how many, 0 for none
 *
 * Return: 0 or -errno.
 */
int tap_set(const struct tap *t, unsigned int port, const void *bytes, size_t len);

/* The port is used no more. */
void tap_forget(const struct tap *t, unsigned int port);

/**
 * tap_peer() - the SMC option of the peer's SYN or SYN-ACK.
 * @fd: a connected socket of a port that tap_set() was called for; a listener
 *      has to have TCP_SAVE_SYN
 * @option: filled in
 *
 * Return: 0 or -errno.
 */
int tap_peer(const struct tap *t, int fd, struct tap_option *option);

#endif
