/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between keeper and reader: a letter, perhaps with some bytes and a file. Over a
 * socket of type SOCK_SEQPACKET.
 */
#ifndef SMCKIT_TRACER_CHANNEL_H
#define SMCKIT_TRACER_CHANNEL_H

#include <stddef.h>

#define CHANNEL_MAX 4200 /* bytes beside the letter; a path has room */

struct channel_message {
	char letter;
	int fd; /* a file of the receiver's, or -1 */
	size_t len;
	_Alignas(8) char data[CHANNEL_MAX];
};

/**
 * channel_send() - send a message.
 * @sock: the socket
 * @letter: what it is
 * @data: @len bytes, at most CHANNEL_MAX
 * @fd: a file to be passed, which stays the caller's, or -1
 *
 * Return: 0 or -errno.
 */
int channel_send(int sock, char letter, const void *data, size_t len, int fd);

/**
 * channel_receive() - wait for a message.
 * @m: filled in; its file is the caller's
 *
 * Return: 1, 0 if the other end is gone, or -errno.
 */
int channel_receive(int sock, struct channel_message *m);

#endif
