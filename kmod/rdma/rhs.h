/* SPDX-License-Identifier: GPL-2.0 */
/* The path that smcx_rdma.ko gives to smcx.ko: see rhs.c. */
#ifndef SMCX_RHS_H
#define SMCX_RHS_H

struct smcx_path;
extern const struct smcx_path smcx_rdma_path;

#endif
