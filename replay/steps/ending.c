// SPDX-License-Identifier: GPL-2.0-or-later
/* See ending.h. */
#include "ending.h"

#include <sys/socket.h>

#include "state/seen.h"
#include "transport/cdc.h"
#include "transport/rdma.h"
#include "transport/smcd.h"
#include "transport/transfer.h"

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

/*
 * The end of TCP, which no loss of RDMA holds up, may be in a recording before data and messages
 * that the stack has sent earlier.
 */
static bool is_ahead_of_data(const struct play *p, const struct step *s)
{
	bool data = false;

	for (const struct step *at = s->next; at; at = at->next) {
		struct transfer_cdc cdc;

		if (at->end != s->end)
			continue;
		data |= at->kind == STEP_WRITE;
		if (at->kind != STEP_LLC || at->message->type != SMCW_CDC_TYPE)
			continue;
		transfer_read_step(p, at, &cdc);
		if (cdc.state)
			return data;
		data = true;
	}
	return false;
}

/* An end that is owed is looked at when all steps have been played. */
int ending_eof(struct play *p, const struct step *s)
{
	int rc = 0;

	if (rdma_connected(p) && is_ahead_of_data(p, s)) {
		p->owed = s;
		return 0;
	}
	if (smcd_connected(p))
		rc = smcd_before_end(p, s);
	else if (rdma_connected(p))
		rc = transfer_before_cdc(p, s);
	else if (p->app.fd >= 0 && p->has_result)
		pace_begin(&p->pace), shutdown(p->app.fd, SHUT_WR);
	return rc ? rc : ending_expect(p, s);
}

static int expect_no_messages(struct play *p)
{
	return smcd_in_use(p) ? cdc_expect_no_more(p, 0) : rdma_expect_no_more(p);
}

/* Messages that came before are looked at first, so that the silence is about later ones. */
int ending_silence(struct play *p, const struct step *s)
{
	int rc = rdma_connected(p) || smcd_connected(p) ? expect_no_messages(p) : 0;
	__u64 consumed = p->conn ? p->conn->to_stack.consumed : 0;

	/* An end of TCP that has been seen is no news. */
	if (!rc && p->peer.end) {
		clock_pause(s->ms);
		rc = PEER_LATE;
	} else if (!rc) {
		rc = peer_wait(&p->peer, p->peer.len + 1, s->ms);
	}
	if (rc == PEER_LATE) {
		rc = expect_no_messages(p);
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
