// SPDX-License-Identifier: GPL-2.0
/* See close_steps.h. */
#include "close_steps.h"
#include "smc_event.h"
#include "smc_wire.h"
#include "state.h"

#define OVER (SMCW_CDC_CLOSED | SMCW_CDC_ABORT)

__u8 smcx_step_by_peer(__u8 now, __u8 rx_state, __u8 tx_state)
{
	if (now == SMCW_STATE_INIT) /* the end of the handshake looks at rx_state, too */
		return now;
	if (rx_state & SMCW_CDC_ABORT && !(tx_state & OVER) &&
	    (now == SMCW_STATE_APPLCLOSEWAIT2 || now == SMCW_STATE_PEERCLOSEWAIT1 ||
	     now == SMCW_STATE_PEERCLOSEWAIT2))
		return SMCW_STATE_PROCESSABORT;
	if (rx_state & SMCW_CDC_CLOSED && now == SMCW_STATE_PEERABORTWAIT)
		return SMCW_STATE_CLOSED;
	return smcp_state_after_getting(now, rx_state, tx_state);
}

__u8 smcx_step_by_close(__u8 *now, __u8 rx_state, int abort)
{
	__u8 before = *now;

	switch (before) {
	case SMCW_STATE_ACTIVE:
	case SMCW_STATE_PEERCLOSEWAIT1:
	case SMCW_STATE_PEERCLOSEWAIT2:
	case SMCW_STATE_APPLCLOSEWAIT1:
	case SMCW_STATE_APPLCLOSEWAIT2:
	case SMCW_STATE_APPLFINCLOSEWAIT:
	case SMCW_STATE_PROCESSABORT:
		break;
	default:
		return 0;
	}
	if (abort && before != SMCW_STATE_APPLFINCLOSEWAIT && before != SMCW_STATE_PROCESSABORT)
		*now = rx_state & OVER ? SMCW_STATE_CLOSED : SMCW_STATE_PEERABORTWAIT;
	else
		*now = smcp_state_after(before, SMCP_CLOSES, !!(rx_state & OVER));
	return abort || before == SMCW_STATE_PROCESSABORT ? SMCW_CDC_ABORT : SMCW_CDC_CLOSED;
}
