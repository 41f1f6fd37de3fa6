// SPDX-License-Identifier: GPL-2.0-or-later
/* Observed and lost events, and why some were not observed. See page.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "html.h"
#include "page.h"
#include "smc_codec.h"

static void observed_classes(const struct observed *o, FILE *out)
{
	const char *const columns[] = { "Class of events", "Observed", "Why not" };
	char name[SMCW_FACT_NAME_LEN + 1], cause[SMCW_FACT_VALUE_LEN + 1];

	if (!o->classes.n)
		return;
	page_table(out, "Classes of events", columns, 3);
	for (size_t i = 0; i < o->classes.n; i++) {
		const struct smcw_ev_fact *row = &o->classes.row[i];
		bool seen = row->topic == SMCW_FACT_OBSERVED;

		fputs("<tr><th scope=\"row\">", out);
		html_put(out, facts_name(row, name, sizeof(name)));
		fputs(seen ? "</th><td class=\"good\">observed</td>" :
			     "</th><td class=\"warn\">not observed</td>",
		      out);
		fputs("<td>", out);
		if (!seen)
			html_format(out, "%s%s",
				    row->topic == SMCW_FACT_NOT_ASKED ? "not asked for: " : "",
				    facts_value(row, cause, sizeof(cause)));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void observed_hooks(const struct stats *s, FILE *out)
{
	const char *const columns[] = { "Hook",		  "[Seen]",	     "[Filtered]",
					"[In the trace]", "[Lost: no room]", "[Lost: unreadable]",
					"[Cut]" };

	page_table(out, "Events by hook, as the trace's counters have them", columns, 7);
	for (unsigned int i = 1; i < SMCW_HOOKS_MAX; i++) {
		const struct smcw_ev_counter *c = &s->counter[i];
		const char *name = smcw_value_text(SMCW_LIST_event_hooks, i);

		if (!c->hook || !c->seen || !name)
			continue;
		fputs("<tr><th scope=\"row\">", out);
		html_put(out, name);
		fputs("</th>", out);
		html_number(out, smcw_get64(&c->seen));
		html_number(out, smcw_get64(&c->filtered));
		html_number(out, smcw_get64(&c->sent));
		html_number(out, smcw_get64(&c->full));
		html_number(out, smcw_get64(&c->unreadable));
		html_number(out, smcw_get64(&c->truncated));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

/* The clocks of the hosts of a merged trace. */
static void observed_clocks(const struct stats *s, FILE *out)
{
	const char *const columns[] = { "[Host]", "File", "[Ahead by, s]", "[Fast, ppm]",
					"[Right within]" };
	char name[SMCW_FACT_NAME_LEN + 1], within[HTML_TEXT_MAX];

	if (!stats_is_merged(s))
		return;
	page_table(out, "Hosts, and how their clocks were corrected", columns, 5);
	for (unsigned int host = 1; host < SMCW_HOSTS_MAX; host++) {
		const struct smcw_ev_clock *c = &s->clock[host];

		if (!c->rate)
			continue;
		fputs("<tr>", out);
		html_number(out, host);
		snprintf(name, sizeof(name), "%.*s", SMCW_FACT_NAME_LEN, (const char *)c->name);
		html_cell(out, name);
		fprintf(out, "<td class=\"n\">%+.9f</td><td class=\"n\">%+.3f</td><td class=\"n\">",
			(double)(long long)(smcw_get64(&c->own) - smcw_get64(&c->common)) / 1e9,
			((double)smcw_get64(&c->rate) - 1e9) / 1e3);
		html_put(out, html_duration(s->clock_within[host], within));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

int page_observed(const struct report *r, FILE *out)
{
	char *line = observed_text(&r->stats->observed);

	fputs("<p>", out);
	html_put(out, line ? line : "");
	html_format(out, ". Lost events: %" PRIu64 ".",
		    (uint64_t)observed_lost(&r->stats->observed));
	fputs("</p>\n", out);
	free(line);
	observed_clocks(r->stats, out);
	observed_classes(&r->stats->observed, out);
	observed_hooks(r->stats, out);
	return 0;
}
