// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics: the tree of counts. */
#include <epan/packet.h>
#include <epan/stats_tree.h>

#include "conn/conn.h"
#include "conn/flow.h"
#include "conn/note.h"
#include "smc_event_text.h"
#include "stats.h"
#include "field/tap.h"

#define HANDSHAKES "Handshakes"
#define HANDSHAKE_MS "Time of a handshake (ms)"
#define DECLINES "Declines by reason"
#define LLC "LLC messages by type"
#define CDC "CDC messages by bytes that they report"
#define WINDOW "Times that a window was full (ms)"
#define WRITES "Packets of RDMA WRITEs by bytes"

static int node_handshakes, node_declines, node_llc, node_cdc, node_writes;

static void tree_init(stats_tree *st)
{
	node_handshakes = stats_tree_create_node(st, HANDSHAKES, 0, STAT_DT_INT, TRUE);
	stats_tree_create_node(st, HANDSHAKE_MS, 0, STAT_DT_FLOAT, FALSE);
	node_declines = stats_tree_create_pivot(st, DECLINES, 0);
	node_llc = stats_tree_create_pivot(st, LLC, 0);
	node_cdc = stats_tree_create_range_node(st, CDC, 0, "0-0", "1-99", "100-999", "1000-9999",
						"10000-99999", "100000-", NULL);
	stats_tree_create_node(st, WINDOW, 0, STAT_DT_FLOAT, FALSE);
	node_writes = stats_tree_create_range_node(st, WRITES, 0, "0-99", "100-999", "1000-", NULL);
}

static void count_clc(stats_tree *st, const struct counted *c)
{
	const struct note *note = c->note;
	const char *type = smcw_value_text(SMCW_LIST_clc_types, c->type);

	if (note->conn && c->type < CLC_TYPES && note->conn->clc[c->type] != note->frame)
		return; /* sent again, or traced at its receiver too */
	tick_stat_node(st, HANDSHAKES, 0, TRUE);
	tick_stat_node(st, type ? type : "unknown", node_handshakes, FALSE);
	if (note->has_handshake && c->type == SMCW_CONFIRM)
		avg_stat_node_add_value_float(st, HANDSHAKE_MS, 0, FALSE,
					      (gfloat)nstime_to_msec(&note->handshake));
	if (c->type == SMCW_DECLINE)
		stats_tree_tick_pivot(st, node_declines, smcw_reason_text(c->reason));
}

static void count_cdc(stats_tree *st, const struct counted *c)
{
	const struct cdc_analysis *r = c->note->cdc;

	if (r && r->has_moved) {
		tick_stat_node(st, CDC, 0, TRUE);
		stats_tree_tick_range(st, CDC, 0, (int)MIN(c->bytes, G_MAXINT32));
	}
	if (r && r->blocked)
		avg_stat_node_add_value_float(st, WINDOW, 0, FALSE,
					      (gfloat)nstime_to_msec(&r->blocked_for));
}

static tap_packet_status tree_packet(stats_tree *st, packet_info *pinfo _U_,
				     epan_dissect_t *edt _U_, const void *data,
				     tap_flags_t flags _U_)
{
	const struct counted *c = (const struct counted *)data;
	const char *type;

	if (c->is_write) {
		tick_stat_node(st, WRITES, 0, TRUE);
		stats_tree_tick_range(st, WRITES, 0, (int)MIN(c->bytes, G_MAXINT32));
	} else if (c->kind == MESSAGE_CLC) {
		count_clc(st, c);
	} else if (c->type == SMCW_CDC_TYPE || c->kind == MESSAGE_CDC_SMCD) {
		count_cdc(st, c);
	} else {
		type = smcw_value_text(SMCW_LIST_llc_types, c->type);
		stats_tree_tick_pivot(st, node_llc, type ? type : "unknown");
	}
	return TAP_PACKET_REDRAW;
}

void stats_tree_setup(void)
{
	/* The menu Statistics has no trees by itself but those of plugins. */
	stats_tree_register_plugin(TAP_MESSAGE, "smcx", "SMC Messages", 0, tree_packet, tree_init,
				   NULL);
}
