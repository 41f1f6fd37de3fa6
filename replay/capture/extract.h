/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture becomes a script: packets, or events written by smc-trace. */
#ifndef SMCKIT_REPLAY_EXTRACT_H
#define SMCKIT_REPLAY_EXTRACT_H

#include "script/script.h"

#define EXTRACT_ERROR_MAX 256

struct extract_result {
	unsigned long packets;
	unsigned long unclaimed; /* RDMA, or traced messages, of no connection in the capture */
	unsigned int left_out;	 /* connections beyond FLOWS_MAX */
	unsigned int cut;	 /* packets that lack bytes, by a snap length */
	char error[EXTRACT_ERROR_MAX];
};

/**
 * extract_file() - read a capture.
 * @path: for the script
 * @file: open; is closed
 * @script: filled in, a case for each connection with SMC; script_free() it in any case
 * @r: filled in
 *
 * Return: 0 (also when there is no SMC in it), or -EBADMSG with a text in @r when it is
 * no capture, or ends within a packet, with the cases of those before; or when it was
 * recorded with a snap length that has cut what a case is made of: then there is no case.
 */
int extract_file(const char *path, FILE *file, struct script *script, struct extract_result *r);

/* As extract_file(), by name; or -errno when it cannot be opened. */
int extract_path(const char *path, struct script *script, struct extract_result *r);

#endif
