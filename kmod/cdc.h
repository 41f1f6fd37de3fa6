/* SPDX-License-Identifier: GPL-2.0 */
/* Reports to the other end, and what cursors say: see cdc.c. */
#ifndef SMCX_CDC_H
#define SMCX_CDC_H

#include <linux/types.h>

#include "conn.h"
#include "smc_wire.h"

struct smcx_sock;
struct sock;

/* Work of the path's post() besides sending the cursors. */
#define SMCX_CDC_WAKE 1	  /* wake the peer's reader */
#define SMCX_CDC_URGENT 2 /* flag the byte before the producer cursor: see the path's urgent() */

#define SMCX_CDC_STATE (SMCW_CDC_DONE_WRITING | SMCW_CDC_CLOSED | SMCW_CDC_ABORT)

/* A report, in numbers of the host. */
struct smcx_cdc {
	u64 prod, cons;
	u8 flags, state;
};

/* Is there more to a report than what the cursors show? */
static inline bool smcx_cdc_is_news(const struct smcx_conn *conn, u8 flags, u8 state)
{
	return READ_ONCE(conn->rx_flags) != flags ||
	       state & SMCX_CDC_STATE & ~READ_ONCE(conn->rx_state);
}

void smcx_cdc_take(struct smcx_conn *conn, const struct smcx_cdc *cdc, bool valid);
void smcx_cdc_take_urgent(struct smcx_conn *conn, u64 prod);
bool smcx_cdc_worth_waking(const struct smcx_conn *conn);
void smcx_cdc_abort(struct smcx_sock *smc);
/* Bytes that can be read; more than the buffer's length if the peer broke the protocol. */
u32 smcx_cdc_unread(const struct smcx_conn *conn);
/* Is as much there, or as much as there will be? Not to be relied on without rx_lock. */
bool smcx_cdc_readable(const struct smcx_conn *conn, u32 lowat);
/* Bytes that the peer has not consumed yet; likewise. */
u32 smcx_cdc_unconsumed(const struct smcx_conn *conn);
void smcx_write_space(struct sock *sk);

#endif
