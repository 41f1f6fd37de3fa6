// SPDX-License-Identifier: GPL-2.0-or-later
/* See state.h. */
#include "smc_event.h"
#include "smc_wire.h"
#include "state.h"

struct row {
	__u8 state;
	__u8 event;
	__u8 next; /* SMCW_STATE_* */
	__u8 over; /* the next state where the other direction is over, too */
};

#define ROW(state, event, next) OVER(state, event, next, next)
#define OVER(state, event, next, over)                                                             \
	{                                                                                          \
		SMCW_STATE_##state, SMCP_##event, SMCW_STATE_##next, SMCW_STATE_##over             \
	}

/* Where there is no row the state stays. */
static const struct row rows[] = {
	ROW(ACTIVE, SHUTS_DOWN, PEERCLOSEWAIT1),
	ROW(APPLCLOSEWAIT1, SHUTS_DOWN, APPLCLOSEWAIT2),

	ROW(INIT, CLOSES, CLOSED),
	ROW(LISTEN, CLOSES, CLOSED),
	ROW(ACTIVE, CLOSES, PEERCLOSEWAIT1),
	OVER(APPLCLOSEWAIT1, CLOSES, PEERFINCLOSEWAIT, CLOSED),
	OVER(APPLCLOSEWAIT2, CLOSES, PEERFINCLOSEWAIT, CLOSED),
	ROW(APPLFINCLOSEWAIT, CLOSES, CLOSED),
	ROW(PROCESSABORT, CLOSES, CLOSED),
	ROW(PEERABORTWAIT, CLOSES, CLOSED),

	ROW(INIT, GETS_DONE, APPLCLOSEWAIT1),
	ROW(ACTIVE, GETS_DONE, APPLCLOSEWAIT1),
	ROW(PEERCLOSEWAIT1, GETS_DONE, PEERCLOSEWAIT2),

	ROW(INIT, GETS_CLOSED, APPLCLOSEWAIT1),
	ROW(ACTIVE, GETS_CLOSED, APPLCLOSEWAIT1),
	OVER(PEERCLOSEWAIT1, GETS_CLOSED, APPLFINCLOSEWAIT, CLOSED),
	OVER(PEERCLOSEWAIT2, GETS_CLOSED, APPLFINCLOSEWAIT, CLOSED),
	ROW(PEERFINCLOSEWAIT, GETS_CLOSED, CLOSED),

	/*
	 * An end that has only shut down, too, is closed by an abort: net/smc notes its
	 * answer, an abort, before it looks whether it has sent a close or an abort.
	 */
	ROW(INIT, GETS_ABORT, PROCESSABORT),
	ROW(ACTIVE, GETS_ABORT, PROCESSABORT),
	ROW(APPLCLOSEWAIT1, GETS_ABORT, PROCESSABORT),
	ROW(APPLFINCLOSEWAIT, GETS_ABORT, PROCESSABORT),
	ROW(PEERCLOSEWAIT1, GETS_ABORT, CLOSED),
	ROW(PEERCLOSEWAIT2, GETS_ABORT, CLOSED),
	ROW(APPLCLOSEWAIT2, GETS_ABORT, CLOSED),
	ROW(PEERFINCLOSEWAIT, GETS_ABORT, CLOSED),
	ROW(PEERABORTWAIT, GETS_ABORT, CLOSED),
};

__u8 smcp_state_after(__u8 state, enum smcp_event event, int over)
{
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].state == state && rows[i].event == event)
			return over ? rows[i].over : rows[i].next;
	return state;
}

static int is_over(__u8 flags)
{
	return flags & (SMCW_CDC_CLOSED | SMCW_CDC_ABORT);
}

__u8 smcp_state_after_sending(__u8 state, __u8 flags, __u8 got)
{
	if (is_over(flags))
		return smcp_state_after(state, SMCP_CLOSES, is_over(got));
	if (flags & SMCW_CDC_DONE_WRITING)
		return smcp_state_after(state, SMCP_SHUTS_DOWN, is_over(got));
	return state;
}

__u8 smcp_state_after_getting(__u8 state, __u8 flags, __u8 sent)
{
	if (flags & SMCW_CDC_ABORT)
		return smcp_state_after(state, SMCP_GETS_ABORT, is_over(sent));
	if (flags & SMCW_CDC_CLOSED)
		return smcp_state_after(state, SMCP_GETS_CLOSED, is_over(sent));
	if (flags & SMCW_CDC_DONE_WRITING)
		return smcp_state_after(state, SMCP_GETS_DONE, is_over(sent));
	return state;
}
