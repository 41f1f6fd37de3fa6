// SPDX-License-Identifier: GPL-2.0-or-later
/* See choice.h. */
#include <epan/packet.h>
#include <epan/decode_as.h>

#include "choice.h"
#include "conn/conn.h"
#include "conn/note.h"

static dissector_table_t by_conn;

int choice_dissect(guint32 number, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	return dissector_try_uint(by_conn, number, tvb, pinfo, tree);
}

static guint32 number_of(packet_info *pinfo)
{
	const struct note *note = note_first(pinfo);

	return note && note->conn ? note->conn->number : 0;
}

static void put_label(packet_info *pinfo, gchar *result)
{
	snprintf(result, MAX_DECODE_AS_PROMPT_LEN, "SMC connection %u as", number_of(pinfo));
}

static gpointer value_of(packet_info *pinfo)
{
	return GUINT_TO_POINTER(number_of(pinfo));
}

static void choice_offer(const gchar *table _U_, gpointer handle, gpointer data _U_)
{
	dissector_add_for_decode_as("smcx.conn", (dissector_handle_t)handle);
}

static void offer_all(void)
{
	dissector_table_foreach_handle("tcp.port", choice_offer, NULL);
}

void choice_register(int proto)
{
	static build_valid_func values[] = { value_of };
	static decode_as_value_t value = { put_label, 1, values };
	static decode_as_t as = { .name = "smcx",
				  .table_name = "smcx.conn",
				  .num_items = 1,
				  .values = &value,
				  .populate_list = decode_as_default_populate_list,
				  .reset_value = decode_as_default_reset,
				  .change_value = decode_as_default_change };

	by_conn =
		register_dissector_table("smcx.conn", "SMC connection", proto, FT_UINT32, BASE_DEC);
	register_decode_as(&as);
	register_final_registration_routine(offer_all);
}
