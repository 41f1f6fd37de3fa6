// SPDX-License-Identifier: GPL-2.0-or-later
/* See follow.h. The number of a stream is that of its connection. */
#include <epan/packet.h>
#include <epan/follow.h>
#include <epan/proto_data.h>
#include <epan/tap.h>

#include "conn/compat.h"
#include "conn/conn.h"
#include "follow.h"
#include "conn/note.h"
#include "stream.h"

struct followed {
	const struct conn *conn;
	const struct delivery *delivery;
	tvbuff_t *bytes;
	unsigned sender;
};

static int tap_follow = -1;

void follow_queue(packet_info *pinfo, const struct conn *conn, unsigned sender,
		  const struct delivery *d, tvbuff_t *bytes)
{
	struct followed *f;

	if (!have_tap_listener(tap_follow))
		return;
	f = wmem_new(pinfo->pool, struct followed);
	*f = (struct followed){ conn, d, bytes, sender };
	tap_queue_packet(tap_follow, pinfo, f);
}

/* ---- filters ----------------------------------------------------------------------- */

static gchar *filter_of_packet(epan_dissect_t *edt _U_, packet_info *pinfo, guint *stream,
			       guint *sub_stream _U_)
{
	const struct note *note = note_first(pinfo);

	if (!note || !note->conn)
		return NULL;
	*stream = note->conn->number;
	return ws_strdup_printf("smcx.conn eq %u", *stream);
}

static gchar *filter_of_index(guint stream, guint sub_stream _U_)
{
	return ws_strdup_printf("smcx.conn eq %u", stream);
}

/* Nothing in a frame but its connection says the TCP ports. */
static gchar *filter_of_addresses(address *src, address *dst, int src_port, int dst_port)
{
	const struct conn *conn = conn_find(src, (guint32)src_port, dst, (guint32)dst_port);

	return conn ? ws_strdup_printf("smcx.conn eq %u", conn->number) : NULL;
}

static gchar *port_text(wmem_allocator_t *allocator, guint port)
{
	return wmem_strdup_printf(allocator, "%u", port);
}

/* ---- bytes --------------------------------------------------------------------------- */

static void set_ends(follow_info_t *info, const struct conn *conn)
{
	const struct end *client = &conn->end[CLIENT], *server = &conn->end[SERVER];

	if (info->client_port)
		return;
	copy_address(&info->client_ip, &client->addr);
	info->client_port = client->port;
	copy_address(&info->server_ip, &server->addr);
	info->server_port = server->port;
}

static void add_record(follow_info_t *info, const packet_info *pinfo, bool is_server,
		       GByteArray *data)
{
	follow_record_t *record = g_new0(follow_record_t, 1);

	record->is_server = is_server;
	record->packet_num = pinfo->fd->num;
	record->abs_ts = pinfo->fd->abs_ts;
	record->data = data;
	info->bytes_written[is_server] += data->len;
	info->payload = g_list_prepend(info->payload, record);
}

static GByteArray *text_bytes(gchar *text)
{
	GByteArray *data = g_byte_array_new();

	g_byte_array_append(data, (const guint8 *)text, (guint)strlen(text) + 1);
	g_free(text);
	return data;
}

/* The text of TCP's follower in the place of lost bytes. */
static GByteArray *gap_text(guint64 lost)
{
	return text_bytes(ws_strdup_printf("[%" PRIu64 " bytes missing in capture file]", lost));
}

/*
 * Where a connection is known by its CDC alone, the first pass gives the bytes of one direction
 * another number, until it is known whose they are.
 */
static void report_before(follow_info_t *info, const packet_info *pinfo, const struct followed *f)
{
	const struct delivery *d = f->delivery;

	if (pinfo->fd->visited || info->bytes_written[f->sender] || !f->conn->by_cdc ||
	    d->stream->relative || d->pos == d->lost)
		return;
	add_record(
		info, pinfo, f->sender == SERVER,
		text_bytes(ws_strdup_printf("[%" PRIu64 " bytes before these had another number of "
					    "connection: two passes (tshark -2) show them]",
					    d->pos - d->lost)));
}

static tap_packet_status follow_take(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_,
				     const void *data, tap_flags_t flags _U_)
{
	follow_info_t *info = (follow_info_t *)tapdata;
	const struct followed *f = (const struct followed *)data;
	guint len = tvb_captured_length(f->bytes);
	GByteArray *bytes = g_byte_array_sized_new(len);

	set_ends(info, f->conn);
	report_before(info, pinfo, f);
	if (f->delivery->lost)
		add_record(info, pinfo, f->sender == SERVER, gap_text(f->delivery->lost));
	if (!len) {
		g_byte_array_free(bytes, TRUE);
		return TAP_PACKET_DONT_REDRAW;
	}
	g_byte_array_append(bytes, tvb_get_ptr(f->bytes, 0, (gint)len), len);
	add_record(info, pinfo, f->sender == SERVER, bytes);
	return TAP_PACKET_DONT_REDRAW;
}

void follow_register(int proto)
{
	tap_follow = register_tap("smcx_follow");
#if SMCX_WIRESHARK(4, 4)
	register_follow_stream(proto, "smcx_follow", filter_of_packet, filter_of_index,
			       filter_of_addresses, port_text, follow_take, conn_count, NULL);
#else
	register_follow_stream(proto, "smcx_follow", filter_of_packet, filter_of_index,
			       filter_of_addresses, port_text, follow_take);
#endif
}
