// SPDX-License-Identifier: GPL-2.0-or-later
/* See tcp_ends.h. */
#include <epan/packet.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/tap.h>

#include "conn/conn.h"
#include "tcp_ends.h"

static GHashTable *streams; /* struct tcp_ends by number of the TCP stream; NULL: nobody listens */
static void (*on_change)(guint32 stream, bool payload);
static guint32 syns;

/* ---- segments --------------------------------------------------------------------- */

/* TCP's order of its two flows. */
static unsigned tcp_ends_way_of(const address *src, guint32 sport, const address *dst,
				guint32 dport)
{
	int order = cmp_address(src, dst);

	return order ? order < 0 : sport < dport;
}

static struct tcp_ends *tcp_ends_ends_of(guint32 stream)
{
	struct tcp_ends *ends = g_hash_table_lookup(streams, GUINT_TO_POINTER(stream));

	if (!ends) {
		ends = g_new0(struct tcp_ends, 1);
		g_hash_table_insert(streams, GUINT_TO_POINTER(stream), ends);
	}
	return ends;
}

/* Return: whether there are bytes that were not there before, in it or in segments that are
 * missing. */
static bool add_bytes(struct tcp_way *way, const struct tcpheader *h)
{
	guint32 first = h->th_rawseq + !!(h->th_flags & TH_SYN), before;
	guint32 next = first + (h->th_have_seglen ? h->th_seglen : 0);
	bool more;

	if (!way->seen) {
		way->seen = true;
		way->from_start = h->th_flags & TH_SYN;
		way->next = first;
	}
	before = way->next;
	more = (gint32)(next - before) > 0;
	if (more) {
		way->bytes += next - before;
		way->next = next;
	}
	if (h->th_flags & TH_FIN && !way->fin) { /* it has a sequence number, and is no byte */
		way->fin = true;
		way->next++;
	}
	return more;
}

/* Return: whether it is a segment of the connection's beginning or end. */
static bool add_flags(struct tcp_ends *ends, struct tcp_way *way, const struct tcpheader *h)
{
	if (!(h->th_flags & (TH_SYN | TH_FIN | TH_RST)))
		return false;
	if (h->th_flags & TH_SYN && h->th_flags & TH_ACK)
		ends->syn_ack = true;
	else if (h->th_flags & TH_SYN && !way->seen)
		syns++;
	if (h->th_flags & TH_RST)
		ends->reset = true;
	return true;
}

static tap_packet_status tcp_ends_take(void *data _U_, packet_info *pinfo _U_,
				       epan_dissect_t *edt _U_, const void *tcp,
				       tap_flags_t flags _U_)
{
	const struct tcpheader *h = (const struct tcpheader *)tcp;
	struct tcp_ends *ends = tcp_ends_ends_of(h->th_stream);
	struct tcp_way *way =
		&ends->way[tcp_ends_way_of(&h->ip_src, h->th_sport, &h->ip_dst, h->th_dport)];
	bool flagged = add_flags(ends, way, h);

	if ((add_bytes(way, h) || flagged) && on_change)
		on_change(h->th_stream, !flagged);
	return TAP_PACKET_DONT_REDRAW;
}

/* ---- listening ------------------------------------------------------------------------ */

static void tcp_ends_reset(void *data _U_)
{
	g_hash_table_remove_all(streams);
	syns = 0;
}

void tcp_ends_listen(void (*changed)(guint32 stream, bool payload))
{
	GString *error;

	on_change = changed;
	if (streams) {
		tcp_ends_reset(NULL);
		return;
	}
	streams = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
	error = register_tap_listener("tcp", &streams, NULL, 0, tcp_ends_reset, tcp_ends_take, NULL,
				      NULL);
	if (error)
		g_string_free(error, TRUE);
}

const struct tcp_ends *tcp_ends_find(const struct conn *conn)
{
	if (!streams || !conn->has_stream)
		return NULL;
	return g_hash_table_lookup(streams, GUINT_TO_POINTER(conn->stream));
}

const struct tcp_way *tcp_ends_way(const struct tcp_ends *ends, const struct conn *conn,
				   unsigned side)
{
	const struct end *from = &conn->end[side], *to = &conn->end[!side];

	return &ends->way[tcp_ends_way_of(&from->addr, from->port, &to->addr, to->port)];
}

guint32 tcp_ends_syns(void)
{
	return syns;
}
