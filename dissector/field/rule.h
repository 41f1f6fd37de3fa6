/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements of proto/rules.def in Wireshark: an expert info for each finding, and below it
 * which statement the message breaks, or is explained by: smcx.rule.CLC-06.
 */
#ifndef SMCKIT_DISSECTOR_RULE_H
#define SMCKIT_DISSECTOR_RULE_H

#include <epan/packet.h>

#include "rules.h"

struct note;

/**
 * rule_register() - register the expert infos and the fields of the statements.
 * @proto: the plugin's protocol
 */
void rule_register(int proto);

/**
 * rule_note() - keep a finding with a frame; in the first pass. A smcp_report_fn.
 * @note: the frame's, a struct note
 * @rule: enum smcp_rule, or SMCP_NO_RULE
 * @finding: enum smcp_finding
 */
void rule_note(void *note, enum smcp_rule rule, enum smcp_finding finding, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

/* The same, in the finding that the statement's row names. */
#define rule_break(note, rule, ...)                                                                \
	rule_note((note), (rule), (enum smcp_finding)smcp_rules[rule].finding, __VA_ARGS__)

/* Reports of proto/'s checks go to a note. */
static inline struct smcp_reports rule_reports(struct note *note)
{
	return (struct smcp_reports){ rule_note, note };
}

/* The expert info of a finding. */
expert_field *rule_expert(enum smcp_finding finding);

/**
 * rule_show() - add an expert info, with the statement below it.
 * @item: what it is about; may be NULL
 * @what: the expert info
 * @rule: SMCP_NO_RULE: no statement is about it
 * @text: the breach in words; NULL: those of the finding
 */
void rule_show(packet_info *pinfo, proto_item *item, expert_field *what, enum smcp_rule rule,
	       const char *text);

#endif
