// SPDX-License-Identifier: GPL-2.0-or-later
/* wire/ beside vmlinux.h: a program that reads a header by struct and constant. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "smc_codec.h"

__u32 proposals;
struct smcw_clc_hdr last; /* a global, so that BTF describes the struct */

SEC("socket")
int count_proposals(struct __sk_buff *skb)
{
	struct smcw_clc_hdr hdr;

	if (bpf_skb_load_bytes(skb, 0, &hdr, sizeof(hdr)))
		return 0;
	if (smcw_get32(hdr.eyecatcher) == SMCW_EYE_SMCR && hdr.type == SMCW_PROPOSAL &&
	    (hdr.flags & SMCW_CLC_VERSION) >> 4 >= SMCW_V2)
		__sync_fetch_and_add(&proposals, 1);
	last = hdr;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
