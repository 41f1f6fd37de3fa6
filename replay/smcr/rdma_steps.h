/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files in which the steps of SMC-R are. Functions return 0, one of result.h or
 * -errno. */
#ifndef SMCKIT_REPLAY_RDMA_STEPS_H
#define SMCKIT_REPLAY_RDMA_STEPS_H

#include "rdma.h"

/* As struct transport has them. */
void rdma_fill_clc(const struct play *p, const struct message *m, __u8 *bytes, size_t len);
int rdma_clc(struct play *p, const struct step *s, const __u8 *bytes, size_t len);
int rdma_expect_no_more(struct play *p);

/* Steps of kind LLC, of ours and of the stack, and WRITE of ours. */
int rdma_send_llc(struct play *p, const struct step *s);
int rdma_send_write(struct play *p, const struct step *s);
int rdma_receive_llc(struct play *p, const struct step *s);

bool rdma_is_delete_link(__u8 type);

#endif
