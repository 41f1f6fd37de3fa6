/* SPDX-License-Identifier: GPL-2.0 */
/* Link control: see llc.c. */
#ifndef SMCX_LLC_H
#define SMCX_LLC_H

#include <linux/types.h>

struct smcx_group;

/* Softirq: a message of @len bytes, of which the first SMCW_LLC_LEN are at @msg. */
void smcx_llc_take(struct smcx_group *group, u8 *msg, u32 len);

/* Any context. */
void smcx_llc_next_flow(struct smcx_group *group);
void smcx_llc_send_confirm_link(struct smcx_group *group, bool response);
void smcx_llc_expect_confirm_link(struct smcx_group *group);
void smcx_llc_send_test_link(struct smcx_group *group);
void smcx_llc_send_delete_all(struct smcx_group *group, u32 reason);

/* The group's timer: jiffies until it is to be called again. */
unsigned long smcx_llc_timer(struct smcx_group *group);

#endif
