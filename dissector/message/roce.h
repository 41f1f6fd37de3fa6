/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RDMA packets that the capture has cut, of which Wireshark's InfiniBand dissector reads the
 * headers only. */
#ifndef SMCKIT_DISSECTOR_ROCE_H
#define SMCKIT_DISSECTOR_ROCE_H

/**
 * roce_register() - register the fields of cut headers.
 * @proto: the plugin's protocol
 */
void roce_register(int proto);

/* Get in before the InfiniBand dissector wherever it is called by number. */
void roce_handoff(void);

#endif
