// SPDX-License-Identifier: GPL-2.0-or-later
/* See rule.h. */
#include <epan/packet.h>
#include <epan/expert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conn/note.h"
#include "rule.h"

/* The last one stands for no finding, and is not registered: Wireshark reports that it is used. */
static expert_field ei[SMCP_FINDINGS + 1];
static int hf[SMCP_RULES];
static int ett_rule = -1;

/*
 * For the test that deletes one rule after the other (tests/dissect/rules_test.sh): a second
 * build of this file leaves the one out that the environment names, "reserved" all that fields
 * have.
 */
static bool is_on(enum smcp_rule rule)
{
#ifdef SMCX_RULE_SWITCH
	const char *off = getenv("SMCX_RULE_OFF");

	if (off && rule < SMCP_RULES)
		return strcmp(off, smcp_rules[rule].id);
#endif
	(void)rule;
	return true;
}

expert_field *rule_expert(enum smcp_finding finding)
{
	return &ei[finding];
}

void rule_note(void *note, enum smcp_rule rule, enum smcp_finding finding, const char *format, ...)
{
	va_list args;

	if (!is_on(rule))
		return;
	va_start(args, format);
	note_expert_rule(note, &ei[finding], rule, format, args);
	va_end(args);
}

/* Where expert_add_info() puts its item, too. */
static proto_tree *tree_of(proto_item *item)
{
	proto_tree *tree = proto_item_get_subtree(item);

	return tree ? tree : proto_item_add_subtree(item, ett_rule);
}

/* The statement's ID, unless Wireshark would cut it off. */
static const char *mark_of(enum smcp_rule rule, const char *text)
{
	const char *mark = smcp_rule_mark(rule);

	return strlen(text) + strlen(mark) < ITEM_LABEL_LENGTH ? mark : "";
}

void rule_show(packet_info *pinfo, proto_item *item, expert_field *what, enum smcp_rule rule,
	       const char *text)
{
	proto_item *shown;

	if (!is_on(rule))
		return;
	if (!text)
		text = expert_get_summary(what);
	expert_add_info_format(pinfo, item, what, "%s%s", text, mark_of(rule, text));
	if (!item || rule >= SMCP_RULES)
		return;
	shown = proto_tree_add_none_format(tree_of(item), hf[rule], NULL, 0, 0, "%s: %s",
					   smcp_rules[rule].id, smcp_rules[rule].text);
	proto_item_set_generated(shown);
}

/* ---- registration ------------------------------------------------------------------------ */

static void rule_register_fields(int proto)
{
	static hf_register_info rows[SMCP_RULES];

	for (unsigned i = 0; i < SMCP_RULES; i++) {
		const struct smcp_rule_row *r = &smcp_rules[i];

		hf[i] = -1;
		rows[i].p_id = &hf[i];
		rows[i].hfinfo = (header_field_info){
			wmem_strdup_printf(wmem_epan_scope(), "Statement %s", r->id),
			wmem_strdup_printf(wmem_epan_scope(), "smcx.rule.%s", r->id),
			FT_NONE,
			BASE_NONE,
			NULL,
			0,
			r->text,
			HFILL
		};
	}
	proto_register_field_array(proto, rows, SMCP_RULES);
}

static void rule_register_experts(int proto)
{
	static ei_register_info rows[] = {
#define FINDING(symbol, key, group, severity, summary)                                             \
	{ &ei[SMCP_SHOWS_##symbol], { "smcx." key, PI_##group, PI_##severity, summary, EXPFILL } },
#include "rules.def"
	};

	for (unsigned i = 0; i <= SMCP_FINDINGS; i++)
		ei[i] = (expert_field)EI_INIT;
	expert_register_field_array(expert_register_protocol(proto), rows, array_length(rows));
}

void rule_register(int proto)
{
	static int *trees[] = { &ett_rule };

	rule_register_fields(proto);
	rule_register_experts(proto);
	proto_register_subtree_array(trees, array_length(trees));
}
