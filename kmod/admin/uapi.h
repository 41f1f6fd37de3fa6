/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the newest <linux/smc.h> and <linux/smc_diag.h> that those of 6.1
 * lack. They are sent on every kernel: a reader that does not know an attribute,
 * or the end of a structure, passes over it.
 */
#ifndef SMCX_UAPI_H
#define SMCX_UAPI_H

#include <linux/smc.h>
#include <linux/smc_diag.h>

enum {
	SMCX_NLA_LGR_D_EXT_GID = SMC_NLA_LGR_D_V2_COMMON + 1, /* u64 */
	SMCX_NLA_LGR_D_PEER_EXT_GID,			      /* u64 */
	SMCX_NLA_LGR_D_SNDBUF_ALLOC,			      /* u32 or u64 */
	SMCX_NLA_LGR_D_DMB_ALLOC,			      /* u32 or u64 */
};

enum {
	SMCX_NLA_LGR_R_V2_MAX_CONNS = SMC_NLA_LGR_R_V2_DIRECT + 1, /* u8 */
	SMCX_NLA_LGR_R_V2_MAX_LINKS,				   /* u8 */
};

enum {
	SMCX_NLA_LGR_R_SNDBUF_ALLOC = SMC_NLA_LGR_R_BUF_TYPE + 1, /* u32 or u64 */
	SMCX_NLA_LGR_R_RMB_ALLOC,				  /* u32 or u64 */
};

/* Values that no header has: of SMC_NLA_LGR_R_TYPE, _BUF_TYPE and SMC_NLA_LINK_STATE. */
enum { SMCX_NLA_LGR_SINGLE = 1 };
enum { SMCX_NLA_BUF_CONTIGUOUS = 0 };
enum { SMCX_NLA_LINK_INACTIVE = 1, SMCX_NLA_LINK_ACTIVATING, SMCX_NLA_LINK_ACTIVE };

enum {
	SMCX_NLA_STATS_T_RX_RMB_USAGE = SMC_NLA_STATS_T_TX_CNT + 1, /* u32 or u64 */
	SMCX_NLA_STATS_T_TX_RMB_USAGE,				    /* u32 or u64 */
};

/* SMC_DIAG_DMBINFO; all in host order. */
struct smcx_diag_dmbinfo {
	__u32 linkid;
	__aligned_u64 peer_gid;
	__aligned_u64 my_gid;
	__aligned_u64 token;
	__aligned_u64 peer_token;
	__aligned_u64 peer_gid_ext;
	__aligned_u64 my_gid_ext;
};

static_assert(sizeof(struct smcx_diag_dmbinfo) >= sizeof(struct smcd_diag_dmbinfo));

#endif
