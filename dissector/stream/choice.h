/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decode As for a connection whose TCP port is not known, since its handshake
 * is not in the capture: tshark -d smcx.conn==NUMBER,http.
 */
#ifndef SMCKIT_DISSECTOR_CHOICE_H
#define SMCKIT_DISSECTOR_CHOICE_H

#include <epan/packet.h>

/**
 * choice_register() - make the table, and offer in it what tcp.port has.
 * @proto: the plugin's protocol
 */
void choice_register(int proto);

/**
 * choice_dissect() - call the dissector that the user has chosen.
 * @number: of the connection
 * @tvb: its bytes
 *
 * Return: 0 when there is none, or it does not want the bytes.
 */
int choice_dissect(guint32 number, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
