// SPDX-License-Identifier: GPL-2.0-or-later
/* The page around its sections. See page.h. */
#include "page.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "html.h"
#include "smc_codec.h"
#include "smc_event_text.h"

static const struct section {
	const char *name, *heading;
	int (*fn)(const struct report *r, FILE *out);
} sections[] = {
#define PAGE_ROW(name, heading) { #name, heading, page_##name },
	PAGE_SECTIONS(PAGE_ROW)
#undef PAGE_ROW
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

void page_table(FILE *out, const char *caption, const char *const *column, size_t n)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
	html_put(out, caption);
	fputs("\"><table><caption>", out);
	html_put(out, caption);
	fputs("</caption><thead><tr>", out);
	for (size_t i = 0; i < n; i++) {
		bool number = *column[i] == '[';

		fputs(number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">", out);
		if (number)
			html_format(out, "%.*s", (int)strlen(column[i]) - 2, column[i] + 1);
		else
			html_put(out, column[i]);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
}

void page_times(FILE *out, const char *name, const struct stats_times *t)
{
	const __u64 times[] = { t->min, stats_median(t), t->max };
	char buf[HTML_TEXT_MAX];

	fputs("<tr><th scope=\"row\">", out);
	html_put(out, name);
	fputs("</th>", out);
	html_number(out, t->n);
	for (size_t i = 0; i < 3; i++) {
		fputs("<td class=\"n\">", out);
		html_format(out, "%s%s", i == 1 && t->rough ? "about " : "",
			    t->n ? html_duration(times[i], buf) : "-");
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

const char *page_mode(const struct stats_conn *c)
{
	if (c->how == STATS_TCP)
		return "TCP";
	if (c->how == STATS_FAILED)
		return "failed";
	return smcw_value_text(SMCW_LIST_event_modes, c->who.mode) ?: "SMC";
}

void page_reason(FILE *out, const struct stats_conn *c)
{
	if (c->how == STATS_TCP)
		html_format(out, "%s (0x%08x)", smcw_reason_text(c->reason), c->reason);
	if (c->how == STATS_TCP && c->diagnosis)
		html_format(out, "; peer: %s (0x%08x)", smcw_reason_text(c->diagnosis),
			    c->diagnosis);
	if (c->how == STATS_FAILED)
		html_put(out, c->error ? strerror((int)c->error) : "the socket was closed");
}

static void page_head(FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\"/>\n"
	      "<title>SMC report</title>\n<style>\n",
	      out);
	fputs(page_style, out);
	fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n"
	      "<header><h1>SMC report</h1>\n",
	      out);
}

static void page_about(FILE *out, const struct report *r, const struct report_about *about)
{
	char from[HTML_TEXT_MAX], to[HTML_TEXT_MAX];

	fputs("<p>", out);
	for (unsigned int i = 0; i < about->n_files; i++) {
		fputs(i ? ", <code>" : "Of <code>", out);
		html_put(out, about->file[i]);
		fputs("</code>", out);
	}
	fputs(": ", out);
	html_format(out, "%" PRIu64 " events", (uint64_t)r->events);
	if (r->events)
		html_format(out, " from %s to %s", html_time(r->first, from),
			    html_time(r->last, to));
	html_format(out, ". Made by smc-trace %s.", about->version);
	fputs("</p>\n", out);
}

int report_write(const struct report *r, const struct report_about *about, FILE *out)
{
	int err = 0;

	page_head(out);
	page_about(out, r, about);
	if (about->filtered) {
		fputs("<p class=\"bad\">A part of the trace alone: <code>", out);
		html_put(out, about->filtered);
		fputs("</code></p>\n", out);
	}
	if (about->cut)
		fputs("<p class=\"bad\">The file ends within a block: what came after is "
		      "missing.</p>\n",
		      out);
	fputs("</header>\n<nav aria-label=\"Sections\"><ul>\n", out);
	for (size_t i = 0; i < SECTIONS; i++)
		fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].name,
			sections[i].heading);
	fputs("</ul></nav>\n<main id=\"main\">\n", out);
	for (size_t i = 0; !err && i < SECTIONS; i++) {
		fputs("<section aria-labelledby=\"", out);
		html_put(out, sections[i].name);
		fputs("\"><h2 id=\"", out);
		html_put(out, sections[i].name);
		fputs("\">", out);
		html_put(out, sections[i].heading);
		fputs("</h2>\n", out);
		err = sections[i].fn(r, out);
		fputs("</section>\n", out);
	}
	fputs("</main>\n</body>\n</html>\n", out);
	return err ? err : ferror(out) ? -EIO : 0;
}
