// SPDX-License-Identifier: GPL-2.0-or-later
/* See timeline.h. */
#include "timeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/who.h"
#include "html.h"
#include "smc_codec.h"

#define WIDTH 900
#define LEFT 300 /* the client's line; the server's is as far from the right */
#define RIGHT (WIDTH - LEFT)
#define TOP 58
#define LABEL_STEP 14 /* between two lines of text */
#define LABEL_MAX 34
#define EVENT_STEP 24
#define HEIGHT_MAX 560
#define PICTURES_MAX 6
#define PAUSE_NS 2000000ull /* the shortest pause that ends a picture */

/* Some events with one scale. */
struct picture {
	const struct detail *of;
	const struct detail_event **event;
	size_t n;
	__u64 begin;	/* ns: of the connection */
	__u64 from, to; /* ns */
	double height;
	double label[2]; /* y of the last label at each end */
	unsigned int number, part;
};

static double timeline_x(unsigned int side)
{
	return side ? RIGHT : LEFT;
}

static double timeline_y(const struct picture *p, __u64 time)
{
	if (p->to == p->from)
		return TOP + p->height / 2;
	return TOP + (double)(time - p->from) * p->height / (double)(p->to - p->from);
}

static __u64 timeline_last(const struct detail_event *e)
{
	return e->time[0] > e->time[1] ? e->time[0] : e->time[1];
}

static void timeline_class(FILE *out, const struct detail_event *e)
{
	fputs(e->kind == SMCW_EV_CLC					   ? "clc" :
	      e->kind == SMCW_EV_LLC					   ? "llc" :
	      e->kind == SMCW_EV_CDC					   ? "cdc" :
	      e->kind == SMCW_EV_FALLBACK || e->kind == SMCW_EV_CLC_FAILED ? "bad" :
									     "life",
	      out);
}

static void timeline_times(FILE *out, const struct detail_event *e)
{
	fprintf(out, " data-client=\"%" PRIu64 "\" data-server=\"%" PRIu64 "\"",
		(uint64_t)e->time[0], (uint64_t)e->time[1]);
}

/* Beside its line, unless there is no room for it; the table below the picture has all. */
static void timeline_label(FILE *out, struct picture *p, unsigned int side, double y,
			   const struct detail_event *e)
{
	size_t len = strcspn(e->text, ",");
	char buf[HTML_TEXT_MAX];

	if (y < p->label[side] + LABEL_STEP)
		return;
	p->label[side] = y;
	if (len > LABEL_MAX)
		len = LABEL_MAX;
	fprintf(out, "<text x=\"%.1f\" y=\"%.2f\" text-anchor=\"",
		timeline_x(side) + (side ? 10 : -10), y + 4);
	fputs(side ? "start\">" : "end\">", out);
	html_format(out, "%.*s  +%s", (int)len, e->text,
		    html_duration(e->time[side] - p->begin, buf));
	fputs("</text>\n", out);
}

static void timeline_head(FILE *out, double x, double y, double to_right)
{
	fprintf(out, "<path d=\"M%.2f %.2fl%.0f -4v8z\"/>", x, y, -9 * to_right);
}

/* Seen at both ends: from one line to the other, at its true slope. */
static void timeline_arrow(FILE *out, struct picture *p, const struct detail_event *e)
{
	unsigned int from = e->from, to = !from;
	double y1 = timeline_y(p, e->time[from]), y2 = timeline_y(p, e->time[to]);

	fprintf(out, "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\"/>", timeline_x(from),
		y1, timeline_x(to), y2);
	timeline_head(out, timeline_x(to), y2, from ? -1 : 1);
	fputs("</g>\n", out);
	timeline_label(out, p, from, y1, e);
}

/* Seen at one end: half of an arrow, broken, and level since no slope is known. */
static void timeline_half(FILE *out, struct picture *p, const struct detail_event *e)
{
	unsigned int side = e->time[0] ? 0 : 1;
	double y = timeline_y(p, e->time[side]), middle = WIDTH / 2.0;
	double from = e->from == side ? timeline_x(side) : middle;
	double to = e->from == side ? middle : timeline_x(side);

	fprintf(out, "<line class=\"half\" x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\"/>", from,
		y, to, y);
	timeline_head(out, to, y, to > from ? 1 : -1);
	fputs("</g>\n", out);
	timeline_label(out, p, side, y, e);
}

static void timeline_point(FILE *out, struct picture *p, const struct detail_event *e)
{
	unsigned int side = e->time[0] ? 0 : 1;
	double y = timeline_y(p, e->time[side]);

	fprintf(out, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3.5\"/></g>\n", timeline_x(side), y);
	timeline_label(out, p, side, y, e);
}

static void timeline_event(FILE *out, struct picture *p, const struct detail_event *e)
{
	fputs("<g class=\"", out);
	timeline_class(out, e);
	fputc('"', out);
	timeline_times(out, e);
	fputs("><title>", out);
	html_put(out, e->text);
	fputs("</title>", out);
	if (!e->message)
		timeline_point(out, p, e);
	else if (e->time[0] && e->time[1])
		timeline_arrow(out, p, e);
	else
		timeline_half(out, p, e);
}

static void timeline_end(FILE *out, const struct picture *p, unsigned int side)
{
	const struct smcw_event *ev = &p->of->end[side], *picked = &p->of->conn.who;
	bool known = p->of->known[side];
	char owner[WHO_MAX], where[WHO_MAX];

	if (known && ev->local_port)
		who_address(ev->local, smcw_get16(&ev->local_port), where, sizeof(where));
	else
		who_address(picked->peer, smcw_get16(&picked->peer_port), where, sizeof(where));
	fputs(known ? "<line class=\"life-line\"" : "<line class=\"life-line half\"", out);
	fprintf(out, " x1=\"%.2f\" y1=\"%d\" x2=\"%.2f\" y2=\"%.2f\"/>", timeline_x(side), TOP - 12,
		timeline_x(side), TOP + p->height + 12);
	fprintf(out, "<text class=\"end\" x=\"%.2f\" y=\"16\" text-anchor=\"middle\">",
		timeline_x(side));
	fputs(side ? "server " : "client ", out);
	html_put(out, where);
	fprintf(out, "</text><text x=\"%.2f\" y=\"34\" text-anchor=\"middle\">", timeline_x(side));
	if (known && SMCW_EV_HOST_OF(ev))
		fprintf(out, "host %u, ", SMCW_EV_HOST_OF(ev));
	html_put(out, known ? who_owner(ev, owner, sizeof(owner)) : "not observed");
	fputs("</text>\n", out);
}

static void timeline_caption(FILE *out, const struct picture *p)
{
	char from[HTML_TEXT_MAX], whole[HTML_TEXT_MAX];

	fputs("<figcaption>", out);
	html_format(out, "From %s after its beginning on, for %s. Time runs down.",
		    html_duration(p->from - p->begin, from), html_duration(p->to - p->from, whole));
	fputs("</figcaption>", out);
}

static void timeline_picture(FILE *out, struct picture *p)
{
	p->height = (double)p->n * EVENT_STEP;
	if (p->height > HEIGHT_MAX)
		p->height = HEIGHT_MAX;
	p->label[0] = p->label[1] = TOP - LABEL_STEP;
	fprintf(out,
		"<figure class=\"timeline\"><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		"aria-label=\"Timeline %u.%u\"><svg role=\"img\" viewBox=\"0 0 %d %.0f\" "
		"aria-labelledby=\"t%u-%u\" data-from=\"%" PRIu64 "\" data-to=\"%" PRIu64
		"\" data-top=\"%d\" data-height=\"%.0f\"><title id=\"t%u-%u\">",
		p->number, p->part, WIDTH, TOP + p->height + 20, p->number, p->part,
		(uint64_t)p->from, (uint64_t)p->to, TOP, p->height, p->number, p->part);
	html_format(out, "Timeline %u.%u: %zu events between client and server", p->number, p->part,
		    p->n);
	fputs("</title>\n", out);
	timeline_end(out, p, 0);
	timeline_end(out, p, 1);
	for (size_t i = 0; i < p->n; i++)
		timeline_event(out, p, p->event[i]);
	fputs("</svg></div>", out);
	timeline_caption(out, p);
	fputs("</figure>\n", out);
}

/* Does another picture begin with @next? Where the events between were not kept it does. */
static bool timeline_breaks(const struct picture *p, const struct detail_event *next)
{
	__u64 pause = detail_time(next) > p->to ? detail_time(next) - p->to : 0;
	size_t last = (size_t)(p->event[p->n - 1] - p->of->event),
	       at = (size_t)(next - p->of->event);

	if (p->of->n > DETAIL_HEAD + DETAIL_TAIL && last < DETAIL_HEAD && at >= DETAIL_HEAD)
		return true;
	return p->part < PICTURES_MAX && p->n > 2 && pause > PAUSE_NS &&
	       pause > 2 * (p->to - p->from);
}

static void timeline_between(FILE *out, const struct picture *p, const struct detail_event *next)
{
	__u64 kept = DETAIL_HEAD + DETAIL_TAIL;
	char pause[HTML_TEXT_MAX];

	fputs("<p class=\"pause\">", out);
	html_duration(detail_time(next) > p->to ? detail_time(next) - p->to : 0, pause);
	if (p->of->n > kept && next - p->of->event >= DETAIL_HEAD &&
	    p->event[p->n - 1] - p->of->event < DETAIL_HEAD)
		html_format(out, "Left out: %" PRIu64 " events within %s.",
			    (uint64_t)(p->of->n - kept), pause);
	else
		html_format(out, "Nothing of it was observed for %s.", pause);
	fputs("</p>\n", out);
}

void timeline_put(FILE *out, const struct detail *d, unsigned int number)
{
	const struct detail_event *sorted[DETAIL_HEAD + DETAIL_TAIL];
	size_t n = detail_sorted(d, sorted), i = 0;
	struct picture p = { .of = d, .number = number, .begin = n ? detail_time(sorted[0]) : 0 };

	while (i < n) {
		p.event = sorted + i;
		p.part++;
		p.from = detail_time(sorted[i]);
		p.to = timeline_last(sorted[i++]);
		for (p.n = 1; i < n && !timeline_breaks(&p, sorted[i]); p.n++, i++)
			if (timeline_last(sorted[i]) > p.to)
				p.to = timeline_last(sorted[i]);
		timeline_picture(out, &p);
		if (i < n)
			timeline_between(out, &p, sorted[i]);
	}
}
