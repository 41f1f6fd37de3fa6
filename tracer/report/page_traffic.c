// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes and blocked time over the time of the trace. See page.h. */
#include "chart.h"
#include "page.h"

static void traffic_figure(FILE *out, const char *id, const char *title, const char *nothing,
			   const struct series *s, chart_text_fn text)
{
	char width[HTML_TEXT_MAX];
	__u64 sum = 0;

	for (unsigned int i = 0; i < SERIES_PARTS; i++)
		sum += s->part[0][i] + s->part[1][i];
	if (!sum) {
		fputs("<p>", out);
		html_put(out, nothing);
		fputs("</p>\n", out);
		return;
	}
	fputs("<figure>", out);
	chart_series(out, id, title, s, text);
	fputs("<figcaption>", out);
	html_format(out, "%s, in each %s.", title, html_duration(s->width, width));
	fputs("</figcaption></figure>\n", out);
}

int page_traffic(const struct report *r, FILE *out)
{
	traffic_figure(out, "traffic-bytes", "Bytes of all connections by CDC's cursors",
		       "No byte was seen to be moved.", &r->bytes, html_bytes);
	traffic_figure(out, "traffic-blocked",
		       "Time in which the receiver's buffer was full, over all connections",
		       "No sender was seen to wait for room in the receiver's buffer.", &r->blocked,
		       html_duration);
	return 0;
}
