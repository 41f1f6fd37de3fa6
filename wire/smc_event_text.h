/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace event in words: the text after time and owner in smc-trace's line
 * and in Wireshark's Info column. User space only.
 */
#ifndef SMCKIT_SMC_EVENT_TEXT_H
#define SMCKIT_SMC_EVENT_TEXT_H

#include "smc_text.h"

/**
 * smcw_event_text() - a trace event in one line.
 * @ev: an event that smcw_event_check() is content with, at an address that
 *      is a multiple of 8
 * @buf: for the line, always terminated; SMCW_LINE_MAX is enough
 * @cap: bytes of @buf
 *
 * Messages have the line of smc_text.h after "> " (sent) or "< " (received).
 *
 * Return: characters written, without the terminator.
 */
int smcw_event_text(const struct smcw_event *ev, char *buf, size_t cap);

/**
 * smcw_reason_text() - why a connection stays on TCP.
 * @reason: enum smcw_decline_reasons, or an errno of either sign
 *
 * Return: a text, never NULL.
 */
const char *smcw_reason_text(__u32 reason);

#endif
