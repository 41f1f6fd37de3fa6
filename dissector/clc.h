/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CLC: found by the SYN's option, cut out of the TCP stream, the rest handed back. */
#ifndef SMCKIT_DISSECTOR_CLC_H
#define SMCKIT_DISSECTOR_CLC_H

/**
 * clc_register() - register the CLC dissector.
 * @proto: the plugin's protocol
 */
void clc_register(int proto);

/* Connect it to TCP; after the built-in dissectors have connected theirs. */
void clc_handoff(void);

#endif
