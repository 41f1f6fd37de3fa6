// SPDX-License-Identifier: GPL-2.0-or-later
/* See chart.h. */
#include "chart.h"

#include <inttypes.h>

#define WIDTH 900
#define BAR_LEFT 190
#define BAR_MOST 560 /* the longest bar */
#define BAR_STEP 22
#define AREA_LEFT 110
#define AREA_WIDTH 770
#define AREA_HALF 90 /* the height of each way */
#define AREA_TOP 16

static void chart_open(FILE *out, const char *id, const char *title, unsigned int height)
{
	fprintf(out, "<svg role=\"img\" viewBox=\"0 0 %d %u\" aria-labelledby=\"", WIDTH, height);
	html_put(out, id);
	fputs("\"><title id=\"", out);
	html_put(out, id);
	fputs("\">", out);
	html_put(out, title);
	fputs("</title>\n", out);
}

static void chart_text(FILE *out, double x, double y, const char *anchor, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"", x, y);
	html_put(out, anchor);
	fputs("\">", out);
	html_put(out, text);
	fputs("</text>", out);
}

void chart_bars(FILE *out, const char *id, const char *title, const struct chart_bar *bar, size_t n)
{
	__u64 most = 1;

	for (size_t i = 0; i < n; i++)
		most = bar[i].length > most ? bar[i].length : most;
	chart_open(out, id, title, (unsigned int)n * BAR_STEP + 4);
	for (size_t i = 0; i < n; i++) {
		double y = (double)i * BAR_STEP + 3;
		double width = (double)bar[i].length * BAR_MOST / (double)most;

		chart_text(out, BAR_LEFT - 8, y + 13, "end", bar[i].label);
		fprintf(out,
			"<rect class=\"bar\" x=\"%d\" y=\"%.1f\" width=\"%.2f\" height=\"16\" "
			"data-value=\"%" PRIu64 "\"/>",
			BAR_LEFT, y, width, (uint64_t)bar[i].length);
		chart_text(out, BAR_LEFT + width + 6, y + 13, "start", bar[i].value);
		fputc('\n', out);
	}
	fputs("</svg>\n", out);
}

static __u64 chart_most(const struct series *s)
{
	__u64 most = 1;

	for (int way = 0; way < 2; way++)
		for (unsigned int i = 0; i < series_parts(s); i++)
			most = s->part[way][i] > most ? s->part[way][i] : most;
	return most;
}

static void chart_way(FILE *out, const struct series *s, int way, __u64 most)
{
	unsigned int n = series_parts(s);
	double step = (double)AREA_WIDTH / n, middle = AREA_TOP + AREA_HALF;

	for (unsigned int i = 0; i < n; i++) {
		double height = (double)s->part[way][i] * AREA_HALF / (double)most;

		if (!s->part[way][i])
			continue;
		fputs(way ? "<rect class=\"received\"" : "<rect class=\"sent\"", out);
		fprintf(out,
			" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
			"data-value=\"%" PRIu64 "\"/>\n",
			AREA_LEFT + i * step, way ? middle : middle - height,
			step > 2 ? step - 1 : step, height, (uint64_t)s->part[way][i]);
	}
}

void chart_series(FILE *out, const char *id, const char *title, const struct series *s,
		  chart_text_fn text)
{
	double middle = AREA_TOP + AREA_HALF, right = AREA_LEFT + AREA_WIDTH;
	__u64 most = chart_most(s), whole = s->width * series_parts(s);
	char buf[HTML_TEXT_MAX];

	chart_open(out, id, title, AREA_TOP + 2 * AREA_HALF + 26);
	chart_text(out, AREA_LEFT - 8, AREA_TOP + 10, "end", text(most, buf));
	chart_text(out, AREA_LEFT - 8, middle - 8, "end", "sent \xe2\x86\x91");
	chart_text(out, AREA_LEFT - 8, middle + 18, "end", "received \xe2\x86\x93");
	chart_text(out, AREA_LEFT - 8, middle + AREA_HALF, "end", text(most, buf));
	chart_way(out, s, 0, most);
	chart_way(out, s, 1, most);
	fprintf(out, "<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		AREA_LEFT, middle, right, middle);
	chart_text(out, AREA_LEFT, middle + AREA_HALF + 20, "start", "0");
	chart_text(out, right, middle + AREA_HALF + 20, "end", html_duration(whole, buf));
	fputs("</svg>\n", out);
}
