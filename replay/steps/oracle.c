// SPDX-License-Identifier: GPL-2.0-or-later
/* See oracle.h. */
#include "oracle.h"

#include <string.h>

#include "smc_event_text.h"
#include "stack/diag.h"
#include "state/seen.h"

static const char *state_text(unsigned int state)
{
	const char *text = smcw_value_text(SMCW_LIST_sock_states, state);

	return text ? text : "of no name";
}

static bool diag_fits(const struct step *s, const struct diag *d)
{
	return (s->mode == DIAG_ANY || s->mode == d->mode) && (!s->state || s->state == d->state) &&
	       (!s->has_reason || (d->has_reason && s->reason == d->reason)) &&
	       (!s->has_diagnosis || (d->has_reason && s->diagnosis == d->diagnosis));
}

int oracle_diag(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	struct diag d;
	bool fits;
	int rc;

	rc = play_want_connection(p);
	if (rc)
		return rc;
	do {
		rc = diag_socket(p->app.fd, &d);
		fits = !rc && diag_fits(s, &d);
		if (!fits)
			peer_wait(&p->peer, p->peer.len + 1, 10); /* also lets time pass */
	} while (!fits && clock_now() < end);
	if (rc)
		return play_failed(p, "expected the socket in sock_diag, got %s", strerror(-rc));
	seen_other(p->seen, p->number, "diag", "%s reason=0x%08x diagnosis=0x%08x",
		   script_mode_words[d.mode], d.reason, d.diagnosis);
	if (fits)
		return 0;
	return play_failed(
		p,
		"expected mode %s, reason 0x%08x, diagnosis 0x%08x, state %s, got mode %s, "
		"reason 0x%08x (%s), diagnosis 0x%08x, state %s",
		script_mode_words[s->mode], s->reason, s->diagnosis,
		s->state ? state_text(s->state) : "*", script_mode_words[d.mode], d.reason,
		d.reason ? smcw_reason_text(d.reason) : "none", d.diagnosis, state_text(d.state));
}

static bool count_fits(struct play *p, const struct stats *now, const struct step *s, FILE *out)
{
	bool fits = true;

	for (const struct stat_want *w = s->stats; w; w = w->next) {
		__u64 n = stats_since(&p->before.end[s->end], &now->end[s->end], w);

		if ((__s64)n == w->count)
			continue;
		fits = false;
		if (!out)
			continue;
		fprintf(out, "  %s", script_counter_words[w->counter]);
		if (w->counter == STAT_REASON)
			fprintf(out, ".0x%08x (%s)", w->reason, smcw_reason_text(w->reason));
		fprintf(out, ": expected %d, got %lld\n", w->count, (long long)n);
	}
	return fits;
}

/* The stack may count a moment after the peer has seen what is counted. */
int oracle_stats(struct play *p, const struct step *s)
{
	__u64 end = clock_now() + play_limit(p, PLAY_DIAG_MS);
	struct stats now;
	int rc = 0;

	while (!rc) {
		rc = stats_read(&now);
		if (!rc && count_fits(p, &now, s, NULL))
			break;
		if (!rc && clock_now() >= end)
			rc = play_failed(p, "expected other counts since the case began:");
		if (!rc)
			clock_pause(10);
	}
	if (rc == PLAY_FAILED)
		count_fits(p, &now, s, p->out);
	for (const struct stat_want *w = s->stats; w && rc >= 0; w = w->next)
		seen_other(p->seen, p->number, script_counter_words[w->counter], "%lld",
			   (long long)stats_since(&p->before.end[s->end], &now.end[s->end], w));
	return rc;
}
