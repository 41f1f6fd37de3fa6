// SPDX-License-Identifier: GPL-2.0-or-later
/* The trace in a few sentences. See page.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "html.h"
#include "page.h"

static void summary_handshakes(const struct report *r, FILE *out)
{
	const struct stats *s = r->stats;
	__u64 all = s->ended[STATS_SMC] + s->ended[STATS_TCP] + s->ended[STATS_FAILED];

	html_format(out,
		    "%" PRIu64 " handshakes ended: %" PRIu64 " with SMC, %" PRIu64
		    " with TCP, %" PRIu64 " in a failure.",
		    (uint64_t)all, (uint64_t)s->ended[STATS_SMC], (uint64_t)s->ended[STATS_TCP],
		    (uint64_t)s->ended[STATS_FAILED]);
	if (s->n_open + s->unfinished)
		html_format(out, " The end of %" PRIu64 " more was not seen.",
			    (uint64_t)(s->n_open + s->unfinished));
	if (stats_is_merged(s))
		fputs(" Each end is counted: the trace is of several hosts.", out);
}

static void summary_data(const struct report *r, FILE *out)
{
	char sent[HTML_TEXT_MAX], received[HTML_TEXT_MAX], first[HTML_TEXT_MAX],
		second[HTML_TEXT_MAX];
	const struct stats *s = r->stats;
	__u64 open, doubtful;

	stats_open_conns(s, &open, &doubtful);
	html_format(out,
		    "%" PRIu64 " ends of SMC connections were seen, %" PRIu64
		    " of them open at the end. They sent %s in %" PRIu64
		    " CDC messages and received %s in %" PRIu64 ".",
		    (uint64_t)s->conns, (uint64_t)open, html_bytes(s->total[0].bytes, sent),
		    (uint64_t)s->total[0].cdc, html_bytes(s->total[1].bytes, received),
		    (uint64_t)s->total[1].cdc);
	if (s->total[0].blocked + s->total[1].blocked)
		html_format(out,
			    " Senders waited for room in the receiver's buffer for %s, and their "
			    "peers for %s.",
			    html_duration(s->total[0].blocked, first),
			    html_duration(s->total[1].blocked, second));
	if (doubtful)
		html_format(out,
			    " Whether %" PRIu64 " of them are open is not known: events were lost.",
			    (uint64_t)doubtful);
}

static int summary_skip(void *ctx, const struct why_row *row)
{
	(void)ctx;
	(void)row;
	return 0;
}

static int summary_verdict(const struct report *r, FILE *out)
{
	struct why_sums sums;
	int err = why_each(r->why, summary_skip, NULL, &sums);
	char *text = NULL;
	size_t len = 0;
	FILE *sentence = err ? NULL : open_memstream(&text, &len);

	if (!sentence)
		return err;
	why_put_sums(sentence, &sums);
	fclose(sentence);
	fputs("<p class=\"", out);
	html_put(out, sums.failed ? "bad" : sums.rows ? "warn" : sums.certain ? "good" : "open");
	fputs("\">", out);
	html_put(out, text);
	fputs("</p>\n", out);
	free(text);
	return 0;
}

/* Which of all that was looked for: nothing is claimed of the rest. */
static void summary_observed(const struct report *r, FILE *out)
{
	const struct observed *o = &r->stats->observed;
	__u64 lost = observed_lost(o);

	if (lost)
		html_format(out,
			    "%" PRIu64
			    " events were lost, so that all numbers are at least so high.",
			    (uint64_t)lost);
	else if (observed_all(o) && o->classes.n)
		fputs("Nothing was lost, and all was observed that was asked for.", out);
	else
		fputs("Not everything was observed, or the trace does not say what was.", out);
	fputs(" See <a href=\"#observed\">what was observed</a>.", out);
}

int page_summary(const struct report *r, FILE *out)
{
	int err = summary_verdict(r, out);

	fputs("<ul>\n<li>", out);
	summary_handshakes(r, out);
	fputs("</li>\n<li>", out);
	summary_data(r, out);
	fputs("</li>\n<li>", out);
	summary_observed(r, out);
	fputs("</li>\n</ul>\n", out);
	return err;
}
