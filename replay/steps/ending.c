// SPDX-License-Identifier: GPL-2.0-or-later
/* See ending.h. */
#include "ending.h"

#include <sys/socket.h>

#include "peer/conn.h"
#include "state/seen.h"
#include "state/transport.h"

/* Between two looks, where two things are waited for. */
enum { LOOK_MS = 20 };

/* Meanwhile the application of a server is at its accept(). */
static int wait_end(struct play *p)
{
	__u64 end = clock_now() + play_step_limit(p, PLAY_CLC_MS + 1000);
	int rc = PEER_LATE;

	while (rc == PEER_LATE && clock_now() < end) {
		if (!p->has_result)
			app_look(&p->app);
		rc = peer_wait(&p->peer, p->peer.len + 1, LOOK_MS);
	}
	return rc;
}

int ending_expect(struct play *p, const struct step *s)
{
	int rc = wait_end(p);
	bool gone = rc == PEER_EOF || rc == PEER_RESET;

	seen_other(p->seen, p->number, "end", "%s",
		   gone && s->kind == STEP_GONE ? "gone" :
		   rc				? play_verdict_text(rc) :
						  "bytes");
	if (rc == PEER_EOF && s->kind != STEP_RESET)
		return 0;
	if (rc == PEER_RESET && s->kind != STEP_EOF)
		return 0;
	if (rc < 0)
		return rc;
	play_failed(p, "expected %s, got %s", script_step_words[s->kind],
		    rc ? play_verdict_text(rc) : "bytes");
	if (!rc)
		play_show_bytes(p, p->peer.bytes, p->peer.len);
	return PLAY_FAILED;
}

int ending_eof(struct play *p, const struct step *s)
{
	int rc = p->transport->before_end(p, s);

	return rc || p->owed == s ? rc : ending_expect(p, s);
}

/*
 * Messages that came before are looked at first, so that the silence is about later ones. A cursor
 * update comes as soon as the bytes are read, so one that the step before has read is none of
 * these.
 */
int ending_silence(struct play *p, const struct step *s)
{
	int rc = p->transport->connected(p) ? p->transport->expect_no_more(p) : 0;
	__u64 consumed = p->conn ? p->conn->to_stack.consumed : 0;

	if (p->got && p->got->next == s && p->got->end == s->end)
		consumed = p->reported_before_got;

	/* An end of TCP that has been seen is no news. */
	if (!rc && p->peer.end) {
		clock_pause(s->ms);
		rc = PEER_LATE;
	} else if (!rc) {
		rc = peer_wait(&p->peer, p->peer.len + 1, s->ms);
	}
	if (rc == PEER_LATE) {
		rc = p->transport->expect_no_more(p);
		if (!rc && p->conn && p->conn->to_stack.consumed != consumed)
			rc = play_failed(p,
					 "expected no cursor update for %u ms, got one of %llu "
					 "bytes [CDC-15]",
					 s->ms, p->conn->to_stack.consumed - consumed);
		return rc;
	}
	if (rc == PLAY_FAILED)
		return rc;
	if (rc < 0)
		return rc;
	play_failed(p, "expected nothing for %u ms, got %s", s->ms,
		    rc ? play_verdict_text(rc) : "bytes");
	if (!rc)
		play_show_bytes(p, p->peer.bytes, p->peer.len);
	return PLAY_FAILED;
}
