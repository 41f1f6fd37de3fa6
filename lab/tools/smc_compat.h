/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of newer kernels that Debian 12's uapi headers lack. Every value is either guarded or
 * counted on from the last one the header knows, so that a newer header changes nothing.
 */
#ifndef SMCKIT_LAB_SMC_COMPAT_H
#define SMCKIT_LAB_SMC_COMPAT_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/smc.h>
#include <linux/smc_diag.h>

#ifndef AF_SMC
#define AF_SMC 43
#endif

/* Linux 6.11, include/uapi/linux/in.h */
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif

/* The third argument of socket(AF_SMC, ...); the kernel has them in a private header. */
enum {
	SMCPROTO_SMC = 0,
	SMCPROTO_SMC6 = 1,
};

/* Linux 6.6 to 6.12 */
enum {
	COMPAT_LGR_R_V2_MAX_CONNS = SMC_NLA_LGR_R_V2_DIRECT + 1,
	COMPAT_LGR_R_V2_MAX_LINKS,
	COMPAT_LGR_R_SNDBUF_ALLOC = SMC_NLA_LGR_R_BUF_TYPE + 1,
	COMPAT_LGR_R_RMB_ALLOC,
	COMPAT_LGR_D_EXT_GID = SMC_NLA_LGR_D_V2_COMMON + 1,
	COMPAT_LGR_D_PEER_EXT_GID,
	COMPAT_LGR_D_SNDBUF_ALLOC,
	COMPAT_LGR_D_DMB_ALLOC,
	COMPAT_STATS_T_RX_RMB_USAGE = SMC_NLA_STATS_T_TX_CNT + 1,
	COMPAT_STATS_T_TX_RMB_USAGE,
};

/* struct smcd_diag_dmbinfo as Linux 6.8 and later send it; older ones stop before the last two. */
struct compat_diag_dmbinfo {
	__u32 linkid;
	__aligned_u64 peer_gid;
	__aligned_u64 my_gid;
	__aligned_u64 token;
	__aligned_u64 peer_token;
	__aligned_u64 peer_gid_ext;
	__aligned_u64 my_gid_ext;
};

#endif
