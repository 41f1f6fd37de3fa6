// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of connections, as smc-trace conns lists them. See page.h. */
#include <inttypes.h>

#include "base/who.h"
#include "html.h"
#include "page.h"
#include "smc_codec.h"

static void connections_duration(FILE *out, __u64 ns)
{
	char buf[HTML_TEXT_MAX];

	fputs("<td class=\"n\">", out);
	html_put(out, ns ? html_duration(ns, buf) : "-");
	fputs("</td>", out);
}

static void connections_row(const struct top_row *row, FILE *out)
{
	const struct stats_conn *c = &row->conn;
	const struct smcw_event *ev = &c->who;
	bool server = ev->role == SMCW_ROLE_SERVER || ev->role == SMCW_ROLE_LISTENER;
	char text[WHO_MAX], begin[HTML_TEXT_MAX];

	fputs("<tr>", out);
	html_cell(out, html_time(c->start, begin) + 11);
	if (SMCW_EV_HOST_OF(ev))
		html_number(out, SMCW_EV_HOST_OF(ev));
	else
		fputs("<td class=\"n\">-</td>", out);
	html_cell(out, who_owner(ev, text, sizeof(text)));
	html_cell(out, server ? "server" : "client");
	html_cell(out, who_address(ev->local, smcw_get16(&ev->local_port), text, sizeof(text)));
	html_cell(out, who_address(ev->peer, smcw_get16(&ev->peer_port), text, sizeof(text)));
	html_cell(out, page_mode(c));
	connections_duration(out, c->handshake);
	connections_duration(out, row->until > c->start ? row->until - c->start : 0);
	html_number(out, c->way[0].bytes);
	html_number(out, c->way[1].bytes);
	connections_duration(out, c->way[0].blocked + c->way[1].blocked);
	fputs("<td>", out);
	page_reason(out, c);
	if (c->how == STATS_SMC)
		fputs(!c->freed ? "open" : c->inferred ? "its end was not seen" : "ended", out);
	fputs("</td></tr>\n", out);
}

int page_connections(const struct report *r, FILE *out)
{
	const char *const columns[] = { "Begin",    "[Host]", "Process",    "Side",
					"Here",	    "Peer",   "Mode",	    "[Handshake]",
					"[Lasted]", "[Sent]", "[Received]", "[Blocked]",
					"How" };

	html_format(out,
		    "%zu of %" PRIu64
		    " ends of connections: first those that failed or stayed on TCP, "
		    "then those that moved most bytes.",
		    r->table.n, (uint64_t)r->choice.seen);
	if (r->table.left_out)
		html_format(out,
			    " Left out: %" PRIu64
			    ", with fewer bytes than these; smc-trace conns lists them all.",
			    (uint64_t)r->table.left_out);
	fputs("<details><summary>The table</summary>\n", out);
	page_table(out, "Connections by end", columns, 13);
	for (size_t i = 0; i < r->table.n; i++)
		connections_row(&r->table.row[i], out);
	fputs("</tbody></table></div></details>\n", out);
	return 0;
}
