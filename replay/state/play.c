// SPDX-License-Identifier: GPL-2.0-or-later
/* See play.h. */
#include "play.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "seen.h"
#include "smc_text.h"

/* An event that its bounds make too late is waited for, so that the report says when it came. */
enum { BOUND_MS = 2000 };

unsigned int play_limit(const struct play *p, unsigned int ms)
{
	return (unsigned int)(ms * p->setup->time_scale);
}

unsigned int play_step_limit(const struct play *p, unsigned int ms)
{
	const struct delivery *d = &p->step->delivery;
	unsigned int limit = play_limit(p, ms), wanted = d->after_ms ? d->after_ms + BOUND_MS : 0;

	/* As pace_check(): a bound is never tightened. */
	if (d->before_ms) {
		double scale = p->setup->time_scale > 1 ? p->setup->time_scale : 1;
		unsigned int before = (unsigned int)(d->before_ms * scale) + BOUND_MS;

		wanted = before > wanted ? before : wanted;
	}
	return wanted > limit ? wanted : limit;
}

int play_failed(struct play *p, const char *format, ...)
{
	const struct step *s = p->step;
	va_list args;

	if (s && s->place.line)
		fprintf(p->out, "%s:%u:%u: ", p->path, s->place.line, s->place.column);
	if (s)
		fprintf(p->out, "%s %s: ", script_end_words[s->end], script_step_words[s->kind]);
	va_start(args, format);
	vfprintf(p->out, format, args);
	va_end(args);
	fputc('\n', p->out);
	return PLAY_FAILED;
}

int play_unknown(struct play *p, const char *name)
{
	int field = bind_nothing_at(&p->names, name);

	if (field >= 0)
		return play_failed(p, "%s.%s: expected a value for $%s, got zero",
				   smcw_parts[smcw_fields[field].part].key, smcw_fields[field].key,
				   name);
	fprintf(p->out, "$%s is not known: neither the script nor the stack has shown it\n", name);
	return PLAY_UNKNOWN;
}

const char *play_verdict_text(int rc)
{
	switch (rc) {
	case PEER_EOF:
		return "the end of the stream";
	case PEER_RESET:
		return "a reset";
	case PEER_LATE:
		return "nothing in time";
	default:
		return strerror(-rc);
	}
}

void play_show_bytes(struct play *p, const __u8 *bytes, size_t len)
{
	fputs("  came: ", p->out);
	for (size_t i = 0; i < len && i < 64; i++)
		fprintf(p->out, "%02x", bytes[i]);
	fprintf(p->out, "%s (%zu bytes)\n", len > 64 ? "..." : "", len);
}

int play_compare(struct play *p, const struct step *s, const __u8 *bytes, size_t len)
{
	char line[SMCW_LINE_MAX];
	char *diff = NULL;
	size_t diff_len = 0;
	unsigned int n;
	FILE *out = open_memstream(&diff, &diff_len);

	if (!out)
		return -ENOMEM;
	n = compare_message(s->message, bytes, len, &p->names, out);
	fclose(out);
	if (n) {
		message_text(s->message->layer, false, bytes, len, line);
		play_failed(p, "%u difference%s in: %s", n, n == 1 ? "" : "s", line);
		for (char *at = strtok(diff, "\n"); at; at = strtok(NULL, "\n"))
			fprintf(p->out, "  %s\n", at);
	}
	free(diff);
	return n ? PLAY_FAILED : 0;
}

/* ---- the application's connection ------------------------------------------------------- */

static const char *play_error_text(int error)
{
	const char *name = script_errno_name(error);

	if (error == RESULT_NONE)
		return "nobody to accept";
	if (error == APP_PENDING)
		return "still waiting";
	return !error ? "ok" : name ? name : strerror(error);
}

/* Once the peer has seen the end, nobody comes any more. */
static unsigned int result_ms(const struct play *p, bool none)
{
	if (!none)
		return PLAY_RESULT_MS;
	return p->peer.end ? PLAY_ENDED_MS : PLAY_NONE_MS;
}

int play_expect_result(struct play *p, const int *errors, unsigned int n)
{
	bool server = p->role == END_CLIENT, none = false;
	int error = 0, rc;

	for (unsigned int i = 0; i < n; i++)
		none |= errors[i] == RESULT_NONE;
	rc = app_result(&p->app, server, play_step_limit(p, result_ms(p, none)), &error);
	if (rc)
		return rc < 0 ? rc :
				play_failed(p, "expected connect() to return, got nothing in time");
	p->has_result = true;
	seen_other(p->seen, p->number, server ? "accept" : "connect", "%s", play_error_text(error));
	for (unsigned int i = 0; i < n; i++)
		if (errors[i] == error)
			return 0;
	return play_failed(p, "expected %s%s, got %s", play_error_text(errors[0]),
			   n > 1 ? " (or others)" : "", play_error_text(error));
}

int play_want_connection(struct play *p)
{
	static const int ok[] = { 0 };

	return p->has_result ? 0 : play_expect_result(p, ok, 1);
}
