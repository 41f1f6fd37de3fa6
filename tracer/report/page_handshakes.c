// SPDX-License-Identifier: GPL-2.0-or-later
/* How handshakes ended, and how long they took from step to step. See page.h. */
#include <inttypes.h>

#include "chart.h"
#include "page.h"

static const char *const times_columns[] = { "Of", "[Number]", "[Shortest]", "[Median]",
					     "[Longest]" };

static void handshakes_outcomes(const struct report *r, FILE *out)
{
	static const char *const names[] = {
		[STATS_SMC] = "SMC", [STATS_TCP] = "TCP", [STATS_FAILED] = "failed"
	};
	const char *const columns[] = { "Outcome",    "[Handshakes]", "[Beginning seen]",
					"[Shortest]", "[Median]",     "[Longest]" };

	page_table(out, "Handshakes by outcome; the time is that from the first step that was seen",
		   columns, 6);
	for (unsigned int i = 0; i < STATS_ENDS; i++) {
		const struct stats_times *t = &r->stats->times[i];
		const __u64 times[] = { t->min, stats_median(t), t->max };
		char buf[HTML_TEXT_MAX];

		fprintf(out, "<tr><th scope=\"row\">%s</th>", names[i]);
		html_number(out, r->stats->ended[i]);
		html_number(out, t->n);
		for (size_t k = 0; k < 3; k++) {
			fputs("<td class=\"n\">", out);
			html_put(out, t->n ? html_duration(times[k], buf) : "-");
			fputs("</td>", out);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void handshakes_side(const struct report *r, unsigned int side, FILE *out)
{
	static const char *const captions[] = { "Phases of the handshake, as clients saw them",
						"Phases of the handshake, as servers saw them" };
	static const char *const ids[] = { "phases-client", "phases-server" };
	struct chart_bar bar[PHASES];
	unsigned int any = 0;

	for (unsigned int i = 0; i < PHASES; i++) {
		const struct stats_times *t = &r->phases.of[side][i];

		any += t->n > 0;
		bar[i].length = stats_median(t);
		snprintf(bar[i].label, sizeof(bar[i].label), "%s", phases_name(i));
		if (t->n)
			html_duration(bar[i].length, bar[i].value);
		else
			snprintf(bar[i].value, sizeof(bar[i].value), "not observed");
	}
	if (!any)
		return;
	fputs("<figure>", out);
	chart_bars(out, ids[side], captions[side], bar, PHASES);
	fputs("<figcaption>", out);
	html_format(out, "%s: the median of each.", captions[side]);
	fputs("</figcaption></figure>\n", out);
	page_table(out, captions[side], times_columns, 5);
	for (unsigned int i = 0; i < PHASES; i++)
		page_times(out, phases_name(i), &r->phases.of[side][i]);
	fputs("</tbody></table></div>\n", out);
}

int page_handshakes(const struct report *r, FILE *out)
{
	handshakes_outcomes(r, out);
	handshakes_side(r, 0, out);
	handshakes_side(r, 1, out);
	return 0;
}
