// SPDX-License-Identifier: GPL-2.0-or-later
/* smcx.so: the symbols that Wireshark looks for in a plugin. */
#include <epan/packet.h>
#include <epan/prefs.h>
#include <glib.h>

#include "field/about.h"
#include "field/alias.h"
#include "message/before_tcp.h"
#include "message/cdc.h"
#include "check/check.h"
#include "stream/choice.h"
#include "message/clc.h"
#include "conn/compat.h"
#include "conn/conn.h"
#include "message/event.h"
#include "field/fields.h"
#include "check/flow_show.h"
#include "stream/follow.h"
#include "conn/group.h"
#include "message/learn.h"
#include "message/message.h"
#include "check/missing.h"
#include "conn/note.h"
#include "check/note_show.h"
#include "check/half.h"
#include "check/pair.h"
#include "stream/pairing.h"
#include "stream/payload.h"
#include "message/rdma.h"
#include "message/roce.h"
#include "field/rule.h"
#include "conn/segment.h"
#include "stat/stats.h"
#include "stream/stream.h"
#include "field/tap.h"
#include "stream/write.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT extern const char plugin_version[];
EXPORT extern const int plugin_want_major;
EXPORT extern const int plugin_want_minor;
EXPORT void plugin_register(void);

const char plugin_version[] = SMCKIT_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

static void register_prefs(int proto)
{
	module_t *module = prefs_register_protocol(proto, NULL);

	payload_prefs(module);
	note_show_prefs(module);
}

static void register_smcx(void)
{
	int proto =
		proto_register_protocol("Shared Memory Communications (smckit)", "SMCX", "smcx");

	fields_register(proto);
	rule_register(proto);
	alias_register(proto);
	message_register(proto);
	group_register();
	conn_register(proto);
	note_register(proto);
	note_show_register(proto);
	learn_register(proto);
	check_register(proto);
	pair_register(proto);
	half_register(proto);
	pairing_register();
	choice_register(proto);
	cdc_register(proto);
	flow_show_register(proto);
	write_register(proto);
	stream_register(proto);
	payload_register(proto);
	follow_register(proto);
	tap_register();
	stats_register(proto);
	segment_register();
	before_tcp_register();
	missing_register(proto);
	clc_register(proto);
	rdma_register(proto);
	roce_register(proto);
	event_register(proto);
	register_prefs(proto);
}

/* The built-in SMC dissector would take the same bytes, and application bytes with them. */
static void remove_builtin(const char *heuristic)
{
	heur_dtbl_entry_t *builtin = find_heur_dissector_by_unique_short_name(heuristic);

	if (builtin)
		heur_dissector_delete(builtin->list_name, builtin->dissector,
				      proto_get_id(builtin->protocol));
}

static void handoff_smcx(void)
{
	remove_builtin("smc_tcp");
	remove_builtin("smcr_infiniband");
	clc_handoff();
	before_tcp_handoff();
	rdma_handoff();
	payload_handoff();
	about_experts(proto_get_id_by_filter_name("smcx"));
	note_show_handoff();
	roce_handoff();
}

void plugin_register(void)
{
	static proto_plugin plugin;

	plugin.register_protoinfo = register_smcx;
	plugin.register_handoff = handoff_smcx;
	proto_register_plugin(&plugin);
}
