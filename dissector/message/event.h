/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traced events: exported PDUs that smc-trace stores, and the table of their conversations. */
#ifndef SMCKIT_DISSECTOR_EVENT_H
#define SMCKIT_DISSECTOR_EVENT_H

/**
 * event_register() - register the dissector of traced events, smcx.event.
 * @proto: the plugin's protocol
 */
void event_register(int proto);

#endif
