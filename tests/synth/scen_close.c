// SPDX-License-Identifier: GPL-2.0-or-later
/* Ends of connections: CDC messages with state flags. See scenario.h. */
#include "session.h"

#define STEPS_MAX 4

/* A message of an end: all its flags, as each message repeats those before. */
struct step {
	enum side side;
	uint8_t state; /* 0: no further step */
};

struct ending {
	struct step step[STEPS_MAX];
};

static int run_ending(struct cap *cap, const void *arg)
{
	const struct ending *e = arg;
	struct roce r = roce_init(cap);
	struct session s;
	unsigned int i;

	session_open(&s, &r, 12345, 0);
	session_text(&s, CLIENT, "a question");
	for (i = 0; i < STEPS_MAX && e->step[i].state; i++)
		session_cdc(&s, e->step[i].side, 0, e->step[i].state);
	tcp_close(&s.t);
	return 0;
}

#define DONE SMCW_CDC_DONE_WRITING
#define CLOSED SMCW_CDC_CLOSED
#define ABORT SMCW_CDC_ABORT
#define ENDING(name, expect, about, ...)                                                           \
	{                                                                                          \
		"close-" name, expect, about, run_ending, &(const struct ending)                   \
		{                                                                                  \
			{                                                                          \
				__VA_ARGS__                                                        \
			}                                                                          \
		}                                                                                  \
	}

static const struct scenario rows[] = {
	ENDING("both", EXPECT_CLEAN, "one end closes, then the other", { CLIENT, CLOSED },
	       { SERVER, CLOSED }),
	ENDING("half", EXPECT_CLEAN, "done writing, both ways, then closed", { CLIENT, DONE },
	       { SERVER, DONE }, { CLIENT, DONE | CLOSED }, { SERVER, DONE | CLOSED }),
	ENDING("abort", "cdc.aborted", "an abort and its answer", { CLIENT, ABORT },
	       { SERVER, ABORT }),
	ENDING("half-abort", "cdc.aborted", "an end that is done writing is aborted",
	       { CLIENT, DONE }, { SERVER, ABORT }),
	ENDING("half-half-abort", "cdc.aborted", "both are done writing, one aborts",
	       { CLIENT, DONE }, { SERVER, DONE }, { SERVER, DONE | ABORT }),
	ENDING("own-half-abort", "cdc.aborted", "an end is done writing, then aborts",
	       { SERVER, DONE }, { SERVER, DONE | ABORT }, { CLIENT, ABORT }),
};

const struct scenario_table close_scenarios = { rows, ARRAY_SIZE(rows), DLT_EN10MB };
