// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin that leaks, to prove that fuzz_plugin.sh would see it: through GLib,
 * as a dissector would, once a packet.
 */
#include <wireshark.h>
#include <epan/packet.h>
#include <epan/proto.h>

__attribute__((visibility("default"))) const char plugin_version[] = "0";
__attribute__((visibility("default"))) const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
__attribute__((visibility("default"))) const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

void plugin_register(void);

static int dissect_leaky(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	char *lost = g_malloc(tvb_captured_length(tvb) + 100);

	(void)pinfo;
	(void)tree;
	(void)data;
	lost[0] = 1;
	__asm__ volatile("" : : "r"(lost) : "memory");
	return 0;
}

static void register_leaky(void)
{
	int proto = proto_register_protocol("smckit leaks", "smckit_leaks", "smckit_leaks");

	register_postdissector(create_dissector_handle(dissect_leaky, proto));
}

static void handoff_leaky(void)
{
}

__attribute__((visibility("default"))) void plugin_register(void)
{
	static proto_plugin plugin = { register_leaky, handoff_leaky };

	proto_register_plugin(&plugin);
}
