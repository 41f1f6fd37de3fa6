/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scenarios: one table a file, all of the same shape. */
#ifndef SMCKIT_SYNTH_SCENARIO_H
#define SMCKIT_SYNTH_SCENARIO_H

#include "msg.h"
#include "roce.h"
#include "tcp.h"

/* The expected answer of a dissector to a scenario, beside the names of faults. */
#define EXPECT_CLEAN "clean" /* nothing above Chat, and every SMC byte described */
#define EXPECT_ANY "any"     /* no crash; the rest is not asserted */
#define EXPECT_NONE "none"   /* no SMC is seen at all */

struct scenario {
	const char *name;
	/* EXPECT_* and names of expert infos without "smcx.", separated by commas. */
	const char *expect;
	const char *about;
	/* Return: 0, or <0 when wire/ does not see what @expect says. */
	int (*write)(struct cap *cap, const void *arg);
	const void *arg;
};

struct scenario_table {
	const struct scenario *rows;
	size_t n;
	int link_type; /* DLT_*, of the captures */
};

extern const struct scenario_table clc_scenarios, tcp_scenarios, llc_scenarios, bad_scenarios,
	pdu_scenarios, event_scenarios, link_scenarios, stream_scenarios, rule_scenarios,
	reach_scenarios, missing_scenarios, infiniband_scenarios, close_scenarios;

/* A handshake: the client's offer and the server's answer. */
struct handshake {
	struct offer offer;
	struct answer answer;
};

extern const struct handshake smcr_v1, smcr_v21, smcd_v21;

/* Proposal, Accept and Confirm on a connection. */
void handshake_run(struct tcp *t, const struct handshake *h);

/* The queue pairs of the two hosts. */
struct roce roce_init(struct cap *cap);

/* TCP with the option, handshake of version 2.1 first contact, CONFIRM_LINK both ways. */
struct roce link_up(struct cap *cap);

/* Write an exported PDU for a dissector, after @tags, which may be NULL. */
void pdu_put(struct cap *cap, const char *dissector, const void *tags, size_t tags_len,
	     const void *msg, size_t len);

/* A big capture for the benchmark, of about @bytes. Return: 0, or <0. */
int bench_write(struct cap *cap, const char *name, uint64_t bytes);

/* Every fault that wire/ can report is expected by some scenario. Return: missing ones. */
unsigned int bad_missing_faults(void);

#endif
