/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP segments before TCP's dissector has them. CLC is found there without its SYN on ports that
 * have a dissector of their own, and the segments that no dissector is called for, as a reset, are
 * seen.
 */
#ifndef SMCKIT_DISSECTOR_BEFORE_TCP_H
#define SMCKIT_DISSECTOR_BEFORE_TCP_H

/* Register a name within TCP. */
void before_tcp_register(void);

/* Step in front of TCP. */
void before_tcp_handoff(void);

#endif
