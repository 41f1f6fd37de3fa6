/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that a table spoils, and the rules that a check reports about them. */
#ifndef SMCKIT_TESTS_PROTO_REPORTS_H
#define SMCKIT_TESTS_PROTO_REPORTS_H

#include "rules.h"
#include "smc_codec.h"

/* The IDs of what was reported, in order, with a blank between. */
struct reported {
	char text[200];
	char words[400];    /* the last breach in words */
	enum smcp_rule off; /* a rule that is deleted; SMCP_NO_RULE: none is */
};

/* A smcp_report_fn. */
void reported_add(void *to, enum smcp_rule rule, enum smcp_finding finding, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Set a field of a message. */
void message_set(__u8 *msg, const struct smcw_layout *l, unsigned int field, __u64 value);

/*
 * Each rule that a source of proto/ names is deleted, and some case fails without it.
 * @source: its path
 * @count: runs all cases without @off, returns how many fail
 */
void each_rule_is_noticed(const char *source, unsigned int (*count)(enum smcp_rule off));

#endif
