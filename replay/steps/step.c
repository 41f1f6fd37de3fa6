// SPDX-License-Identifier: GPL-2.0-or-later
/* See step.h. */
#include "step.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"
#include "call.h"
#include "clc.h"
#include "ending.h"
#include "expect.h"
#include "oracle.h"
#include "pair.h"
#include "smcd/smcd.h"
#include "sock.h"
#include "stack/port.h"
#include "state/observer.h"
#include "transport/laps.h"

static int expect_option(struct play *p, const struct step *s)
{
	struct tap_option got;
	int rc = tap_peer(p->setup->tap, p->peer.fd, &got);

	if (rc)
		return rc;
	if (got.len == s->len && !memcmp(got.bytes, s->data ? s->data : got.bytes, s->len))
		return 0;
	return play_failed(p, "expected %s, got %s", s->len ? "the SMC option" : "no SMC option",
			   got.len ? "one" : "none");
}

/* ---- ports ------------------------------------------------------------------------------------
 */

static const char *step_missing(const struct step *s)
{
	if (s->kind == STEP_PORT)
		return s->count ? "a cable that was pulled" : "a cable, which is not pulled";
	return s->count ? "an RDMA device that was deleted" : "an RDMA device";
}

static int set_port(struct play *p, const struct step *s)
{
	const struct binding *b = bind_find(&p->names, s->key + 1);
	struct in_addr address = { 0 };
	int rc;

	if (!b)
		return play_unknown(p, s->key + 1);
	if (b->value.len == SMCW_GID_LEN)
		memcpy(&address, b->value.bytes + SMCW_GID_LEN - sizeof(address), sizeof(address));
	pace_begin(&p->pace);
	rc = s->kind == STEP_PORT ? port_set(p->setup->port, address, s->count) :
				    port_set_device(p->setup->port, address, s->count);
	if (rc == -ETIMEDOUT)
		return play_failed(p, "expected that the device goes, got a kernel that waits for "
				      "those who use it");
	return rc == -ENODEV || rc == -EALREADY ?
		       play_failed(p, "expected an interface with this address and %s, got none",
				   step_missing(s)) :
		       rc;
}

/* ---- steps --------------------------------------------------------------------------------------
 */

int step_ours(struct play *p, const struct step *s)
{
	static const struct delivery plain;
	int rc;

	switch (s->kind) {
	case STEP_CLC:
		return !p->setup->survive && p->transport != &smcd_transport &&
				       smcd_takes_dmb(p, s) ?
			       PLAY_NOT_PLAYABLE :
			       clc_send(p, s);
	case STEP_DATA:
		return bytes_of_ours(p, s);
	case STEP_BYTES:
		rc = peer_send(&p->peer, s->data, s->len, &plain, play_limit(p, PLAY_CLC_MS));
		return rc > 0 ? play_failed(p, "expected the stack to take it, got %s",
					    play_verdict_text(rc)) :
				rc;
	case STEP_EOF:
		return peer_shutdown(&p->peer);
	case STEP_RESET:
		peer_reset(&p->peer);
		return 0;
	case STEP_GONE:
		peer_close(&p->peer);
		return 0;
	case STEP_SILENT: /* of ours: the other role checks it */
	case STEP_WAIT:
		clock_pause(s->ms);
		return 0;
	case STEP_LAPS:
		return laps_play(p, s);
	case STEP_RECEIVE:
	case STEP_LLC:
	case STEP_WRITE:
	case STEP_DMB:
		return p->transport->our_step(p, s);
	default: /* OPTION was sent by connect(), the rest is an application's of which there is
		    none */
		return 0;
	}
}

int step_application(struct play *p, const struct step *s)
{
	switch (s->kind) {
	case STEP_GOT:
		p->got = s;
		p->reported_before_got = p->conn ? p->conn->to_stack.consumed : 0;
		return bytes_by_app(p, s);
	case STEP_RESULT:
		return play_expect_result(p, s->errors, s->n_errors);
	case STEP_RECV:
		return expect_recv(p, s);
	case STEP_SEND:
		return expect_send(p, s);
	case STEP_ERROR:
		return expect_socket_error(p, s);
	case STEP_CALL:
		return call_step(p, s);
	case STEP_SOCK:
		return sock_step(p, s);
	case STEP_DIAG:
		return oracle_diag(p, s);
	default:
		return oracle_stats(p, s);
	}
}

int step_stack(struct play *p, const struct step *s)
{
	switch (s->kind) {
	case STEP_OPTION:
		return expect_option(p, s);
	case STEP_CLC:
		return clc_receive(p, s);
	case STEP_DATA:
		return bytes_of_stack(p, s);
	case STEP_BYTES:
		return bytes_by_peer(p, s);
	case STEP_EOF:
		return ending_eof(p, s);
	case STEP_RESET:
	case STEP_GONE:
		return ending_expect(p, s);
	case STEP_SILENT:
		return ending_silence(p, s);
	case STEP_WAIT:
		clock_pause(s->ms);
		return 0;
	case STEP_PORT:
	case STEP_DEVICE:
		return set_port(p, s);
	case STEP_LLC:
	case STEP_WRITE:
	case STEP_DMB:
		return p->transport->stack_step(p, s);
	default: /* APP was done before connect() */
		return script_is_of_app(s) ? p->setup->observer->step(p, s) : 0;
	}
}

/* A step of either end's application, where neither is played. */
int step_pair(struct play *p, const struct step *s)
{
	if (!p->test->sockets)
		pair_turn(p, s);
	switch (s->kind) {
	case STEP_DATA:
		return pair_data(p, s);
	case STEP_EOF:
		return pair_end_of_data(p);
	case STEP_GONE:
		return pair_gone(p);
	default:
		return step_stack(p, s);
	}
}
