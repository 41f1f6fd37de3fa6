// SPDX-License-Identifier: GPL-2.0-or-later
/* Why connections failed or stayed on TCP, and what to do: the lines of smc-trace why. See page.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "page.h"
#include "smc_codec.h"
#include "smc_event_text.h"

#define CAUSES_MAX 200 /* lines */

struct causes {
	FILE *out;
	unsigned int n;
	__u64 left_out;
};

static int causes_row(void *ctx, const struct why_row *row)
{
	struct causes *c = ctx;

	if (c->n++ >= CAUSES_MAX) {
		c->left_out += row->n;
		return 0;
	}
	if (c->n == 1) {
		const char *const columns[] = { "[Times]", "Outcome", "Service", "Cause", "To do" };

		page_table(c->out, "Causes, those that came most often first", columns, 5);
	}
	fputs("<tr>", c->out);
	html_number(c->out, row->n);
	fputs(row->failed ? "<td class=\"bad\">failed</td>" : "<td class=\"warn\">TCP</td>",
	      c->out);
	html_cell(c->out, row->place);
	fputs("<td>", c->out);
	html_put(c->out, row->text);
	if (row->statement)
		html_format(c->out, " [%s]", row->statement);
	fputs("</td>", c->out);
	html_cell(c->out, row->advice ? row->advice : "-");
	fputs("</tr>\n", c->out);
	return 0;
}

static void causes_code(FILE *out, __u32 reason)
{
	if (reason == STATS_OTHER)
		fputs("other", out);
	else
		html_format(out, "0x%08x %s", reason, smcw_reason_text(reason));
}

/* The kernels' own words, reason by reason. */
static void causes_reasons(const struct stats_reasons *all, const char *caption, FILE *out)
{
	const char *const columns[] = { "[Times]", "Reason", "The peer's", "Direction" };

	if (!all->n)
		return;
	page_table(out, caption, columns, 4);
	for (size_t i = 0; i < all->n; i++) {
		const struct stats_reason *row = &all->row[i];

		fputs("<tr>", out);
		html_number(out, row->n);
		fputs("<td>", out);
		causes_code(out, row->reason);
		fputs("</td><td>", out);
		if (row->diagnosis)
			causes_code(out, row->diagnosis);
		fputs("</td>", out);
		html_cell(out, row->direction ?
				       smcw_value_text(SMCW_LIST_event_dirs, row->direction) :
				       "");
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

int page_causes(const struct report *r, FILE *out)
{
	struct causes c = { .out = out };
	struct why_sums sums;
	int err = why_each(r->why, causes_row, &c, &sums);

	if (err)
		return err;
	if (c.n)
		fputs("</tbody></table></div>\n", out);
	else
		fputs("<p>None is known.</p>\n", out);
	if (c.left_out)
		html_format(out, "Left out: %u more causes, of %" PRIu64 " connections.",
			    c.n - CAUSES_MAX, (uint64_t)c.left_out);
	causes_reasons(&r->stats->fallbacks, "Fallbacks to TCP, by the kernel's reason", out);
	causes_reasons(&r->stats->declines, "Decline messages", out);
	return 0;
}
