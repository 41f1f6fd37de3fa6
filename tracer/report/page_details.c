// SPDX-License-Identifier: GPL-2.0-or-later
/* The chosen connections, each with its timeline and the table of its events. See page.h. */
#include <inttypes.h>

#include "base/who.h"
#include "html.h"
#include "page.h"
#include "smc_codec.h"
#include "timeline.h"

static void details_title(const struct detail *d, FILE *out)
{
	const struct smcw_event *ev = &d->conn.who;
	char local[WHO_MAX], peer[WHO_MAX];

	who_address(ev->local, smcw_get16(&ev->local_port), local, sizeof(local));
	who_address(ev->peer, smcw_get16(&ev->peer_port), peer, sizeof(peer));
	html_format(out, "%s: client %s, server %s", page_mode(&d->conn), d->side ? peer : local,
		    d->side ? local : peer);
}

static void details_why(const struct detail *d, FILE *out)
{
	const char *between = "";

	fputs("<p>Chosen since it ", out);
	for (unsigned int why = 0; why < CHOICE_COUNT; why++) {
		if (!(d->why >> why & 1))
			continue;
		fputs(between, out);
		html_put(out, choice_words(why));
		between = ", and ";
	}
	fputs(".", out);
	if (d->conn.how != STATS_SMC) {
		fputs(" Reason: ", out);
		page_reason(out, &d->conn);
		fputs(".", out);
	}
	if (!d->known[!d->side])
		fputs(" This trace has not observed its other end.", out);
	fputs("</p>\n", out);
}

static void details_time(FILE *out, const struct detail_event *e, unsigned int side, __u64 begin)
{
	fputs("<td class=\"n\">", out);
	if (e->time[side])
		fprintf(out, "%.3f", (double)(e->time[side] - begin) / 1e6);
	else
		fputs(e->message ? "not seen" : "", out);
	fputs("</td>", out);
}

static void details_events(const struct detail *d, FILE *out)
{
	const char *const columns[] = { "[Client, ms]", "[Server, ms]", "[Way, us]", "From",
					"Event" };
	const struct detail_event *sorted[DETAIL_HEAD + DETAIL_TAIL];
	size_t n = detail_sorted(d, sorted);
	__u64 begin = n ? detail_time(sorted[0]) : 0;

	page_table(out, "Events, by their times since the first", columns, 5);
	for (size_t i = 0; i < n; i++) {
		const struct detail_event *e = sorted[i];
		bool both = e->message && e->time[0] && e->time[1];

		fputs("<tr>", out);
		details_time(out, e, 0, begin);
		details_time(out, e, 1, begin);
		fputs("<td class=\"n\">", out);
		if (both)
			fprintf(out, "%.1f",
				((double)e->time[!e->from] - (double)e->time[e->from]) / 1e3);
		fputs(e->from ? "</td><td>server</td>" : "</td><td>client</td>", out);
		html_cell(out, e->text);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void details_one(const struct detail *d, unsigned int number, FILE *out)
{
	fprintf(out, "<details%s><summary>%u. ", number == 1 ? " open=\"open\"" : "", number);
	details_title(d, out);
	fputs("</summary>\n", out);
	details_why(d, out);
	timeline_put(out, d, number);
	fputs("<details><summary>Its events as a table</summary>\n", out);
	details_events(d, out);
	fputs("</details></details>\n", out);
}

int page_details(const struct report *r, FILE *out)
{
	size_t n = details_n(r->details);

	fputs("<p>", out);
	html_format(
		out,
		"Connections shown: %zu, of those of which %" PRIu64
		" ends were seen. They are up to %u each that failed and that stayed on TCP (the "
		"first of each reason), that were blocked for longest, had the longest handshake, "
		"had the slowest messages, and moved most bytes. All others are less than these in "
		"each of that, or have the reason of one of them, and are left out here.",
		n, (uint64_t)r->choice.seen, CHOICE_EACH);
	fputs("</p>\n<p>An arrow from line to line is a message that both ends have seen: its "
	      "slope "
	      "is the time that it took. A broken arrow is one that only one end has seen. CLC is "
	      "drawn solid, LLC dashed, CDC thin; a dot is an event without a message.</p>\n",
	      out);
	for (size_t i = 0; i < n; i++)
		details_one(details_at(r->details, i), (unsigned int)i + 1, out);
	return 0;
}
