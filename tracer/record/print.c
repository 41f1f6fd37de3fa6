// SPDX-License-Identifier: GPL-2.0-or-later
/* Events on a terminal. See print.h. */
#include <errno.h>
#include <time.h>

#include "print.h"
#include "smc_codec.h"
#include "smc_event_text.h"
#include "base/who.h"

#define NS 1000000000ull

static int counters_lost(const struct smcw_event *ev)
{
	const struct smcw_ev_counter *c = (const void *)(ev + 1);
	size_t i, n = smcw_get16(&ev->length) / sizeof(*c);

	for (i = 0; i < n; i++)
		if (c[i].full || c[i].unreadable)
			return 1;
	return 0;
}

/* The colors of SMCW_EVENT_KINDS. */
#define COLOR_NONE ""
#define COLOR_RED "\033[1;31m"
#define COLOR_GREEN "\033[32m"
#define COLOR_BLUE "\033[34m"
#define COLOR_MAGENTA "\033[35m"
#define COLOR_CYAN "\033[36m"
#define COLOR_LOSS (counters_lost(ev) ? COLOR_RED : COLOR_NONE)

static const char *color_of(const struct smcw_event *ev)
{
	if (ev->lost)
		return COLOR_RED;
	switch (ev->kind) {
#define KIND_CASE(name, value, text, class, of, body, color)                                       \
	case value:                                                                                \
		return COLOR_##color;
		SMCW_EVENT_KINDS(KIND_CASE)
#undef KIND_CASE
	default:
		return COLOR_NONE;
	}
}

static void print_put_time(FILE *out, __u64 ns)
{
	time_t seconds = (time_t)(ns / NS);
	char text[16] = "--:--:--";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	fprintf(out, "%s.%06u", text, (unsigned int)(ns % NS / 1000));
}

static void put_addresses(FILE *out, const struct smcw_event *ev)
{
	static const char arrow[] = { '-', '<', '>', '-' };
	char local[WHO_MAX], peer[WHO_MAX], both[2 * WHO_MAX + 4];

	who_address(ev->local, smcw_get16(&ev->local_port), local, sizeof(local));
	who_address(ev->peer, smcw_get16(&ev->peer_port), peer, sizeof(peer));
	snprintf(both, sizeof(both), "%s %c %s", local, arrow[SMCW_EV_DIR_OF(ev)], peer);
	fprintf(out, "  %-37s", both);
}

static void put_numbers(FILE *out, const struct smcw_event *ev)
{
	__u32 lgr = smcw_get32(&ev->lgr), conn = smcw_get32(&ev->conn);

	fputs("  [", out);
	if (SMCW_EV_HOST_OF(ev))
		fprintf(out, "%u:", SMCW_EV_HOST_OF(ev));
	if (lgr)
		fprintf(out, "0x%x", lgr);
	if (conn)
		fprintf(out, "/0x%x", conn);
	fputs(lgr || conn ? "]" : "-]", out);
}

static void put_hex(FILE *out, const struct smcw_event *ev)
{
	const __u8 *byte = (const __u8 *)(ev + 1);

	fputc('\t', out);
	for (unsigned int i = 0; i < smcw_get16(&ev->length); i++)
		fprintf(out, "%02x", byte[i]);
	fputc('\n', out);
}

int print_event(struct print *p, const struct smcw_event *ev)
{
	char owner[WHO_MAX], line[SMCW_LINE_MAX];
	const char *on = p->color ? color_of(ev) : "", *text = line;

	smcw_event_text(ev, line, sizeof(line));
	/* The arrow stands between the addresses already. */
	if (smcw_kind_is_message(ev->kind) && (line[0] == '<' || line[0] == '>'))
		text += 2;
	print_put_time(p->out, smcw_get64(&ev->time));
	fprintf(p->out, "  %-16s", who_owner(ev, owner, sizeof(owner)));
	put_addresses(p->out, ev);
	put_numbers(p->out, ev);
	fprintf(p->out, "  %s%s%s\n", on, text, *on ? "\033[0m" : "");
	if (p->hex && smcw_kind_is_message(ev->kind))
		put_hex(p->out, ev);
	return ferror(p->out) ? -EIO : 0;
}
