/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tshark_ask sends to the tshark that tshark_serve.c is loaded into: one message of a
 * SOCK_SEQPACKET socket, with the arguments, each ended by a NUL, and as SCM_RIGHTS the three
 * standard files and the capture. The answer is an int, the status in the shell's manner, when the
 * dissection has ended.
 */
#ifndef TSHARK_SERVE_H
#define TSHARK_SERVE_H

enum { SERVE_FILES = 4, SERVE_CAPTURE = 3, SERVE_ARGUMENTS = 512, SERVE_BYTES = 128 * 1024 };

#endif
