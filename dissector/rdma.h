/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LLC and CDC: in RDMA SENDs, and CDC of SMC-D where a tracer brings it. */
#ifndef SMCKIT_DISSECTOR_RDMA_H
#define SMCKIT_DISSECTOR_RDMA_H

/**
 * rdma_register() - register the LLC and CDC dissectors.
 * @proto: the plugin's protocol
 */
void rdma_register(int proto);

/* Connect them to InfiniBand; after the built-in dissectors have connected theirs. */
void rdma_handoff(void);

#endif
