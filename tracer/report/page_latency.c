// SPDX-License-Identifier: GPL-2.0-or-later
/* Histograms of latencies. See page.h. */
#include <inttypes.h>

#include "chart.h"
#include "page.h"

static const struct {
	const char *id, *title;
} latencies[] = {
	[STATS_CLC] = { "latency-clc", "CLC, from sending to receiving" },
	[STATS_LLC] = { "latency-llc", "LLC, from sending to receiving" },
	[STATS_CDC] = { "latency-cdc", "CDC, from sending to receiving" },
	[STATS_READ] = { "latency-read", "CDC, from receiving to the news that it was read" },
};

/* The classes from the first to the last that has any. Return: how many. */
static size_t latency_bars(const struct stats_times *t, struct chart_bar *bar)
{
	static const __u64 bounds[] = {
#define LATENCY_NS(ns, text) ns,
		STATS_BOUNDS(LATENCY_NS)
#undef LATENCY_NS
	};
	size_t first = 0, last = STATS_BOUND_COUNT, n = 0;
	char buf[HTML_TEXT_MAX];

	while (first < last && !t->bucket[first])
		first++;
	while (last > first && !t->bucket[last])
		last--;
	for (size_t i = first; i <= last; i++, n++) {
		bool more = i == STATS_BOUND_COUNT;

		bar[n].length = t->bucket[i];
		snprintf(bar[n].label, HTML_TEXT_MAX, "%s %.32s", more ? "more than" : "up to",
			 html_duration(bounds[more ? i - 1 : i], buf));
		snprintf(bar[n].value, HTML_TEXT_MAX, "%" PRIu64, (uint64_t)t->bucket[i]);
	}
	return n;
}

static void latency_within(const struct stats *s, FILE *out)
{
	char buf[HTML_TEXT_MAX];

	fputs("<p>", out);
	if (stats_is_merged(s))
		html_format(out, "Between hosts each is right within %s.",
			    html_duration(stats_latency_within(s), buf));
	else
		fputs("Of messages whose both ends are on this host.", out);
	fputs("</p>\n", out);
}

int page_latency(const struct report *r, FILE *out)
{
	const char *const columns[] = { "Of", "[Number]", "[Shortest]", "[Median]", "[Longest]" };
	struct chart_bar bar[STATS_BOUND_COUNT + 1];

	latency_within(r->stats, out);
	page_table(out, "Latencies", columns, 5);
	for (unsigned int i = 0; i < STATS_LATENCIES; i++)
		page_times(out, latencies[i].title, &r->stats->latency[i]);
	fputs("</tbody></table></div>\n", out);
	for (unsigned int i = 0; i < STATS_LATENCIES; i++) {
		if (!r->stats->latency[i].n)
			continue;
		fputs("<figure>", out);
		chart_bars(out, latencies[i].id, latencies[i].title, bar,
			   latency_bars(&r->stats->latency[i], bar));
		fputs("<figcaption>", out);
		html_put(out, latencies[i].title);
		fputs(": messages of each class.</figcaption></figure>\n", out);
	}
	return 0;
}
