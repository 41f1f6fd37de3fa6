// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics: conversations and endpoints, by the ends of the TCP connections. */
#include <epan/packet.h>
#include <epan/address_types.h>
#include <epan/conversation_table.h>
#include <epan/to_str.h>
#include <string.h>

#include "stats.h"
#include "field/tap.h"

/* ---- addresses ------------------------------------------------------------------------ */

/*
 * tshark shows ports in the tables of TCP, UDP and SCTP only. So an end has a type of address of
 * its own, whose name, which tshark prints, has the port; its value, which filters and the window
 * show, is the IP address alone.
 */
struct end_address {
	guint8 ip[16]; /* IPv4 in the first four */
	guint16 port;
	guint16 v6;
	char name[WS_INET6_ADDRSTRLEN + 8];
};

static int end_type = -1;

static void ip_of(const struct end_address *end, address *ip)
{
	set_address(ip, end->v6 ? AT_IPv6 : AT_IPv4, end->v6 ? 16 : 4, end->ip);
}

static int end_to_str(const address *addr, gchar *buf, int len)
{
	address ip;

	ip_of((const struct end_address *)addr->data, &ip);
	address_to_str_buf(&ip, buf, len);
	return (int)strlen(buf) + 1;
}

static int end_str_len(const address *addr _U_)
{
	return WS_INET6_ADDRSTRLEN;
}

static int end_len(void)
{
	return sizeof(struct end_address);
}

static const gchar *end_name(const address *addr)
{
	return ((const struct end_address *)addr->data)->name;
}

static int end_name_len(void)
{
	return sizeof(((struct end_address *)NULL)->name);
}

/* @end: filled in, the data of @addr. Other addresses than IP stay as they are. */
static void set_end_address(address *addr, struct end_address *end, const address *ip, guint32 port)
{
	char text[WS_INET6_ADDRSTRLEN];

	*addr = *ip;
	if (ip->type != AT_IPv4 && ip->type != AT_IPv6)
		return;
	memset(end, 0, sizeof(*end)); /* ends are compared byte by byte */
	memcpy(end->ip, ip->data, (size_t)MIN(ip->len, 16));
	end->port = (guint16)port;
	end->v6 = ip->type == AT_IPv6;
	address_to_str_buf(ip, text, sizeof(text));
	g_snprintf(end->name, sizeof(end->name), end->v6 ? "[%s]:%u" : "%s:%u", text, port);
	set_address(addr, end_type, sizeof(*end), end);
}

/* ---- filters ------------------------------------------------------------------------------ */

/* Events do not always have the sender, and an end of a connection is either side. */
static const char *filter_of(const address *addr, conv_filter_type_e filter, bool traced)
{
	bool v6 = addr->type == end_type && ((const struct end_address *)addr->data)->v6;

	switch (filter) {
	case CONV_FT_ANY_ADDRESS:
		if (traced)
			return v6 ? "smcx.event.ipv6" : "smcx.event.ip";
		return v6 ? "smcx.conn.ipv6" : "smcx.conn.ip";
	case CONV_FT_ANY_PORT:
		return traced ? "smcx.event.port" : "smcx.conn.port";
	default:
		return CONV_FILTER_INVALID;
	}
}

static const char *conversation_of_event(conv_item_t *conv, conv_filter_type_e filter)
{
	return filter_of(&conv->src_address, filter, true);
}

static const char *conversation_of_packet(conv_item_t *conv, conv_filter_type_e filter)
{
	return filter_of(&conv->src_address, filter, false);
}

static const char *endpoint_of_event(endpoint_item_t *end, conv_filter_type_e filter)
{
	return filter_of(&end->myaddress, filter, true);
}

static const char *endpoint_of_packet(endpoint_item_t *end, conv_filter_type_e filter)
{
	return filter_of(&end->myaddress, filter, false);
}

/* ---- tables --------------------------------------------------------------------------------- */

static tap_packet_status conversation_packet(void *table, packet_info *pinfo,
					     epan_dissect_t *edt _U_, const void *data,
					     tap_flags_t flags)
{
	static ct_dissector_info_t of_event = { conversation_of_event },
				   of_packet = { conversation_of_packet };
	const struct between *b = (const struct between *)data;
	conv_hash_t *hash = (conv_hash_t *)table;
	struct end_address from, to;
	address src, dst;

	hash->flags = flags;
	set_end_address(&src, &from, &b->src, b->sport);
	set_end_address(&dst, &to, &b->dst, b->dport);
	add_conversation_table_data(hash, &src, &dst, b->sport, b->dport, 1, (int)b->bytes,
				    &pinfo->rel_ts, &pinfo->abs_ts,
				    b->traced ? &of_event : &of_packet, CONVERSATION_TCP);
	return TAP_PACKET_REDRAW;
}

static tap_packet_status endpoint_packet(void *table, packet_info *pinfo _U_,
					 epan_dissect_t *edt _U_, const void *data,
					 tap_flags_t flags)
{
	static et_dissector_info_t of_event = { endpoint_of_event },
				   of_packet = { endpoint_of_packet };
	const struct between *b = (const struct between *)data;
	et_dissector_info_t *of = b->traced ? &of_event : &of_packet;
	conv_hash_t *hash = (conv_hash_t *)table;
	struct end_address end;
	address addr;

	hash->flags = flags;
	set_end_address(&addr, &end, &b->src, b->sport);
	add_endpoint_table_data(hash, &addr, b->sport, TRUE, 1, (int)b->bytes, of, ENDPOINT_TCP);
	set_end_address(&addr, &end, &b->dst, b->dport);
	add_endpoint_table_data(hash, &addr, b->dport, FALSE, 1, (int)b->bytes, of, ENDPOINT_TCP);
	return TAP_PACKET_REDRAW;
}

void stats_flow_setup(int proto)
{
	end_type = address_type_dissector_register("AT_SMCX_END", "End of an SMC connection",
						   end_to_str, end_str_len, NULL, NULL, end_len,
						   end_name, end_name_len);
	register_conversation_table(proto, FALSE, conversation_packet, endpoint_packet);
}
