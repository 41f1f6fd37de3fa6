/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements about SMC that our programs check: rules.def. A dissector's expert info, a
 * replayer's difference, a cause that the tracer names and a knob of the module have the same ID.
 */
#ifndef SMCKIT_PROTO_RULES_H
#define SMCKIT_PROTO_RULES_H

#include <linux/types.h>

enum smcp_rule {
#define RULE(symbol, id, level, where, finding, text) SMCP_##symbol,
#include "rules.def"
	SMCP_RULES, /* how many */
	SMCP_NO_RULE = SMCP_RULES
};

enum smcp_finding {
#define FINDING(symbol, key, group, severity, summary) SMCP_SHOWS_##symbol,
#include "rules.def"
	SMCP_FINDINGS, /* how many */
	SMCP_SHOWS_NONE = SMCP_FINDINGS
};

struct smcp_rule_row {
	const char *id;	   /* "CLC-06" */
	const char *level; /* R: RFC 7609, K: net/smc, Q: a quirk of net/smc, O: layout */
	const char *where; /* a case can test it, or "-" and the reason why none can */
	const char *text;
	__u8 finding; /* enum smcp_finding */
};

extern const struct smcp_rule_row smcp_rules[SMCP_RULES];

/**
 * typedef smcp_report_fn - where checks report what is wrong.
 * @to: whatever the caller of the check has given
 * @rule: the statement that a message breaks, or that explains it
 * @finding: the kind of breach: enum smcp_finding
 * @format: the breach in words
 */
typedef void smcp_report_fn(void *to, enum smcp_rule rule, enum smcp_finding finding,
			    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The recipient of a check's reports. */
struct smcp_reports {
	smcp_report_fn *fn;
	void *to;
};

/* A breach that is shown in the finding that the rule's row names. */
#define smcp_report(r, rule, ...)                                                                  \
	((r)->fn((r)->to, (rule), (enum smcp_finding)smcp_rules[rule].finding, __VA_ARGS__))

/**
 * smcp_rule_find() - a rule by its ID.
 * @id: such as "CLC-06"
 *
 * Return: SMCP_NO_RULE if no part of ours checks such a statement.
 */
enum smcp_rule smcp_rule_find(const char *id);

/* The ID between brackets after a space, as differences end by it; "" of SMCP_NO_RULE. */
const char *smcp_rule_mark(enum smcp_rule rule);

/**
 * smcp_rule_of_layer() - the statement about the layout of the message that a part belongs to.
 * @part: enum smcw_part_id, of CLC, LLC or CDC
 */
enum smcp_rule smcp_rule_of_layer(unsigned int part);

/**
 * smcp_rule_of_field() - the statement about a field for all messages.
 * @field: enum smcw_field_id
 *
 * Return: that about the field's value or about reserved bits, or SMCP_NO_RULE where there is only
 * the one about the layout.
 */
enum smcp_rule smcp_rule_of_field(unsigned int field);

/**
 * smcp_rule_of_fault() - the statement that a message with a fault of its layout breaks.
 * @bit: enum smcw_fault_bit
 * @part: the first one of the message, enum smcw_part_id
 */
enum smcp_rule smcp_rule_of_fault(unsigned int bit, unsigned int part);

/**
 * smcp_rule_of_reason() - the statement that a reason for TCP follows from.
 * @reason: SMCW_DECL_*
 * @by_client: the client has found it, not the server
 */
enum smcp_rule smcp_rule_of_reason(__u32 reason, int by_client);

#endif
