// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics: times of exchanges, of handshakes and of full windows. */
#include <epan/packet.h>
#include <epan/srt_table.h>

#include "conn/flow.h"
#include "conn/note.h"
#include "stats.h"
#include "field/tap.h"

/* Rows after those of LLC, whose types have 8 bits. */
enum row {
	ROW_ACCEPT = 256,
	ROW_CONFIRM,
	ROW_DECLINE,
	ROW_HANDSHAKE,
	ROW_WINDOW,
	ROWS,
};

static void times_init(struct register_srt *srt _U_, GArray *tables)
{
	static const char *const own[] = { "Proposal to Accept", "Accept to Confirm",
					   "Decline of what came before",
					   "Handshake, SYN to Confirm", "Window full" };
	srt_stat_table *table = init_srt_table("SMC", NULL, tables, ROWS, "Exchange", NULL, NULL);

	for (int i = 0; i < ROW_ACCEPT; i++) {
		const char *text = smcw_value_text(SMCW_LIST_llc_types, (__u32)i);

		init_srt_table_row(table, i, text ? text : "");
	}
	for (int i = ROW_ACCEPT; i < ROWS; i++)
		init_srt_table_row(table, i, own[i - ROW_ACCEPT]);
}

static int row_of(const struct counted *c)
{
	if (c->kind == MESSAGE_LLC)
		return c->type;
	return c->type == SMCW_ACCEPT  ? ROW_ACCEPT :
	       c->type == SMCW_CONFIRM ? ROW_CONFIRM :
					 ROW_DECLINE;
}

/* The table wants to know when it began. */
static void stats_times_add_time(srt_stat_table *table, int row, packet_info *pinfo,
				 const nstime_t *took)
{
	nstime_t from;

	nstime_delta(&from, &pinfo->abs_ts, took);
	add_srt_table_data(table, row, &from, pinfo);
}

static tap_packet_status times_packet(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
				      const void *counted, tap_flags_t flags _U_)
{
	const struct counted *c = (const struct counted *)counted;
	srt_data_t *tables = (srt_data_t *)data;
	srt_stat_table *table = g_array_index(tables->srt_array, srt_stat_table *, 0);
	const struct note *note = c->note;

	if (c->is_write)
		return TAP_PACKET_DONT_REDRAW;
	if (note->request_in)
		stats_times_add_time(table, row_of(c), pinfo, &note->since);
	if (note->has_handshake && c->type == SMCW_CONFIRM)
		stats_times_add_time(table, ROW_HANDSHAKE, pinfo, &note->handshake);
	if (note->cdc && note->cdc->blocked)
		stats_times_add_time(table, ROW_WINDOW, pinfo, &note->cdc->blocked_for);
	return TAP_PACKET_REDRAW;
}

void stats_times_setup(int proto)
{
	register_srt_table(proto, TAP_MESSAGE, 1, times_packet, times_init, NULL);
}
