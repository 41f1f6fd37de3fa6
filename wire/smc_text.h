/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages and faults in words: the one line that Wireshark's Info column and
 * the tracer print. User space only.
 */
#ifndef SMCKIT_SMC_TEXT_H
#define SMCKIT_SMC_TEXT_H

#include "smc_codec.h"

/* Long enough for every line these functions write. */
#define SMCW_LINE_MAX 512

/**
 * smcw_clc_text() - a CLC message in one line.
 * @msg: the message
 * @l: its layout; with faults the line says what can be said
 * @buf: for the line, always terminated
 * @cap: bytes of @buf
 *
 * Return: characters written, without the terminator.
 */
int smcw_clc_text(const void *msg, const struct smcw_layout *l, char *buf, size_t cap);

/* As smcw_clc_text(), for LLC and for CDC of SMC-R and SMC-D. */
int smcw_llc_text(const void *msg, const struct smcw_layout *l, char *buf, size_t cap);

/**
 * smcw_cdc_smcd_text() - the same line of a CDC message of SMC-D, without a layout, which would
 * take most of the time.
 * @cdc: a whole message whose type is right
 * @big_endian: byte order of the machine that sent it
 * @buf: for the line, always terminated
 * @cap: bytes of @buf
 *
 * Return: characters written, without the terminator.
 */
int smcw_cdc_smcd_text(const struct smcw_cdc_smcd *cdc, int big_endian, char *buf, size_t cap);

/**
 * smcw_fault_text() - the meaning of a fault.
 * @bit: enum smcw_fault_bit
 *
 * Return: a sentence without a full stop, or NULL after the last one.
 */
const char *smcw_fault_text(unsigned int bit);

/**
 * smcw_reason_advice() - advice on a reason for staying on TCP.
 * @reason: enum smcw_decline_reasons
 *
 * Return: a sentence without a full stop, or NULL for none.
 */
const char *smcw_reason_advice(__u32 reason);

/**
 * smcw_gid_text() - a GID as people write it.
 * @gid: 16 bytes
 * @buf: for the text, always terminated; INET6_ADDRSTRLEN is enough
 * @cap: bytes of @buf
 *
 * Return: @buf: dotted IPv4 for RoCEv2's mapped addresses, else IPv6.
 */
const char *smcw_gid_text(const __u8 *gid, char *buf, size_t cap);

#endif
