/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A note in the tree: connection, link group, link, expert infos. */
#ifndef SMCKIT_DISSECTOR_NOTE_SHOW_H
#define SMCKIT_DISSECTOR_NOTE_SHOW_H

#include <epan/packet.h>
#include <epan/prefs.h>

struct note;

/**
 * note_show_register() - register what every message has.
 * @proto: the plugin's protocol
 */
void note_show_register(int proto);

/* Register preferences. */
void note_show_prefs(module_t *module);

/**
 * note_show() - show all that a note has, as generated fields and expert infos.
 * @item: the message's item
 * @tree: below it
 * @tvb: the message's buffer
 */
void note_show(proto_item *item, proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb,
	       const struct note *note);

/*
 * When all of a frame is dissected: give it the ports of its connection, if it is a packet of RDMA
 * and has none. The flow graph shows them, and Follow finds the TCP connection by them.
 */
void note_show_ports(packet_info *pinfo, const struct note *note);

/* When all protocols are registered. */
void note_show_handoff(void);

#endif
