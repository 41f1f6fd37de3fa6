// SPDX-License-Identifier: GPL-2.0-or-later
/* See step.h. */
#include "step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cdc.h"
#include "compare.h"
#include "laps.h"
#include "oracle.h"
#include "pair.h"
#include "port.h"
#include "rdma.h"
#include "seen.h"
#include "smc_text.h"
#include "smcd.h"
#include "sock.h"
#include "survive.h"
#include "transfer.h"

/* Between two looks, where two things are waited for. */
enum { LOOK_MS = 20 };

/* For the end of a stack whose time is over. */
enum { PLAY_AFTER_MS = 2000 };

/* For a reader to be in poll(). */
enum { WAKE_MS = 30 };

/* ---- messages -------------------------------------------------------------------- */

static int send_message(struct play *p, const struct step *s)
{
	static struct image image;
	const struct term *missing;
	int rc = message_build(s->message, bind_own, &p->names, &image, &missing);

	if (rc == -ENOENT)
		return play_unknown(p, missing->name);
	rdma_fill_proposal(p, s->message, image.bytes, rc ? 0 : image.len);
	if (!rc)
		rc = peer_send(&p->peer, image.bytes, image.len, &s->delivery,
			       play_limit(p, PLAY_CLC_MS));
	/* A stack that only has to survive may be gone before the last byte: what it did is seen.
	 */
	if (rc > 0 && p->setup->survive)
		return 0;
	if (rc > 0)
		return play_failed(p, "expected the stack to take it, got %s",
				   play_verdict_text(rc));
	return rc;
}

/* The outcome keeps the actions of the stack. */
#define SEE(p, what, ...) seen_other((p)->seen, (p)->number, what, __VA_ARGS__)

void play_show_bytes(struct play *p, const __u8 *bytes, size_t len)
{
	fputs("  came: ", p->out);
	for (size_t i = 0; i < len && i < 64; i++)
		fprintf(p->out, "%02x", bytes[i]);
	fprintf(p->out, "%s (%zu bytes)\n", len > 64 ? "..." : "", len);
}

static void show_bytes(struct play *p)
{
	play_show_bytes(p, p->peer.bytes, p->peer.len);
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

static int receive_message(struct play *p, const struct step *s)
{
	size_t len;
	/* A stack that waits for the rest of a message does so for as long: it is to end first. */
	unsigned int more = p->setup->survive ? PLAY_AFTER_MS : 0;
	int rc = peer_wait_clc(&p->peer, play_step_limit(p, PLAY_CLC_MS + more), &len);

	if (rc == -EPROTO) {
		SEE(p, "message", "other bytes");
		p->broke = true;
		play_failed(p, "expected a CLC message, got other bytes");
		show_bytes(p);
		return PLAY_FAILED;
	}
	if (rc > 0)
		SEE(p, "message", "%s", play_verdict_text(rc));
	if (rc)
		return rc < 0 ? rc :
				play_failed(p, "expected a message, got %s", play_verdict_text(rc));
	seen_message(p->seen, p->number, LAYER_CLC, false, p->peer.bytes, len);
	p->broke |= !survive_allows(p->role, p->peer.bytes, len);
	rc = play_compare(p, s, p->peer.bytes, len);
	if (!rc)
		rc = rdma_clc(p, p->peer.bytes, len);
	if (!rc)
		rc = smcd_clc(p, s, p->peer.bytes, len);
	peer_take(&p->peer, len);
	return rc;
}

/* ---- the application's end ------------------------------------------------------------ */

static const char *error_text(int error)
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

static int expect_result(struct play *p, const int *errors, unsigned int n)
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
	SEE(p, server ? "accept" : "connect", "%s", error_text(error));
	for (unsigned int i = 0; i < n; i++)
		if (errors[i] == error)
			return 0;
	return play_failed(p, "expected %s%s, got %s", error_text(errors[0]),
			   n > 1 ? " (or others)" : "", error_text(error));
}

int play_want_connection(struct play *p)
{
	static const int ok[] = { 0 };

	return p->has_result ? 0 : expect_result(p, ok, 1);
}

static int compare_bytes(struct play *p, const __u8 *bytes, const struct step *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (bytes[i] != s->data[i])
			return play_failed(p, "expected 0x%02x as byte %zu of %zu, got 0x%02x",
					   s->data[i], i, s->len, bytes[i]);
	return 0;
}

static int peer_gets(struct play *p, const struct step *s)
{
	int rc = peer_wait(&p->peer, s->len, play_limit(p, PLAY_CLC_MS));

	if (rc)
		return rc < 0 ? rc :
				play_failed(p, "expected %zu bytes, got %zu, then %s", s->len,
					    p->peer.len, play_verdict_text(rc));
	rc = compare_bytes(p, p->peer.bytes, s);
	if (!rc)
		peer_take(&p->peer, s->len);
	return rc;
}

static int stack_sends_data(struct play *p, const struct step *s)
{
	int rc;

	if (p->setup->remote)
		return peer_gets(p, s);
	rc = play_want_connection(p);
	if (rc)
		return rc;
	pace_begin(&p->pace);
	rc = app_send(&p->app, s->data, s->len, play_limit(p, PLAY_CLC_MS));
	if (rc)
		return play_failed(p, "expected the application to send, got %s",
				   play_verdict_text(rc));
	return peer_gets(p, s);
}

/* Is the case in a connection of ours? */
static bool play_in_smc(const struct play *p)
{
	return rdma_connected(p) || smcd_connected(p);
}

static int app_gets(struct play *p, const struct step *s)
{
	static __u8 bytes[1 << 20];
	int rc = play_want_connection(p);

	if (rc)
		return rc;
	rc = app_receive(&p->app, bytes, s->len, play_limit(p, PLAY_CLC_MS));
	if (rc)
		return play_failed(p, "expected %zu bytes for the application, got %s", s->len,
				   play_verdict_text(rc));
	if (play_in_smc(p))
		p->conn->app_read += s->len;
	return compare_bytes(p, bytes, s);
}

/* Data that is sent while its reader waits for it: one that is there already wakes nobody. */
struct later {
	struct play *play;
	const struct step *step;
	int rc;
};

static void *send_later(void *arg)
{
	static const struct delivery plain;
	struct later *l = arg;

	peer_pause(WAKE_MS);
	l->rc = peer_send(&l->play->peer, l->step->data, l->step->len, &plain,
			  play_limit(l->play, PLAY_CLC_MS));
	return NULL;
}

static int stack_gets_data(struct play *p, const struct step *s)
{
	struct later later = { p, s, 0 };
	bool read = !p->setup->remote;
	pthread_t thread;
	int rc = read ? play_want_connection(p) : 0, got = 0;

	if (rc)
		return rc;
	rc = -pthread_create(&thread, NULL, send_later, &later);
	if (rc)
		return rc;
	if (read)
		got = app_gets(p, s);
	pthread_join(thread, NULL);
	rc = later.rc;
	if (rc > 0)
		return play_failed(p, "expected the stack to take it, got %s",
				   play_verdict_text(rc));
	return rc ? rc : got;
}

/* ---- the connection's end ----------------------------------------------------------------- */

/* Meanwhile the application of a server is at its accept(). */
static int wait_end(struct play *p)
{
	__u64 end = peer_now() + play_step_limit(p, PLAY_CLC_MS + 1000);
	int rc = PEER_LATE;

	while (rc == PEER_LATE && peer_now() < end) {
		if (!p->has_result)
			app_look(&p->app);
		rc = peer_wait(&p->peer, p->peer.len + 1, LOOK_MS);
	}
	return rc;
}

int step_end(struct play *p, const struct step *s)
{
	int rc = wait_end(p);
	bool gone = rc == PEER_EOF || rc == PEER_RESET;

	SEE(p, "end", "%s",
	    gone && s->kind == STEP_GONE ? "gone" :
	    rc				 ? play_verdict_text(rc) :
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
		show_bytes(p);
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
static int expect_eof(struct play *p, const struct step *s)
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
	return rc ? rc : step_end(p, s);
}

static int expect_no_messages(struct play *p)
{
	return smcd_in_use(p) ? cdc_expect_no_more(p, 0) : rdma_expect_no_more(p);
}

/* Messages that came before are looked at first, so that the silence is about later ones. */
static int expect_silence(struct play *p, const struct step *s)
{
	int rc = play_in_smc(p) ? expect_no_messages(p) : 0;
	__u64 consumed = p->conn ? p->conn->to_stack.consumed : 0;

	/* An end of TCP that has been seen is no news. */
	if (!rc && p->peer.end) {
		peer_pause(s->ms);
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
		show_bytes(p);
	return PLAY_FAILED;
}

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

static const char *missing(const struct step *s)
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
				   missing(s)) :
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
		return !p->setup->survive && !smcd_in_use(p) && smcd_takes_dmb(p, s) ?
			       PLAY_NOT_PLAYABLE :
			       send_message(p, s);
	case STEP_DATA:
		return stack_gets_data(p, s);
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
		peer_pause(s->ms);
		return 0;
	case STEP_LAPS:
		return laps_play(p, s);
	case STEP_RECEIVE:
		return rdma_receive(p, s);
	case STEP_LLC:
		return rdma_our_step(p, s);
	case STEP_WRITE:
		return smcd_in_use(p) ? smcd_our_step(p, s) : rdma_our_step(p, s);
	case STEP_DMB:
		return smcd_our_step(p, s);
	default: /* OPTION was sent by connect(), the rest is an application's of which there is
		    none */
		return 0;
	}
}

int step_stack(struct play *p, const struct step *s)
{
	switch (s->kind) {
	case STEP_OPTION:
		return expect_option(p, s);
	case STEP_CLC:
		return receive_message(p, s);
	case STEP_DATA:
		return stack_sends_data(p, s);
	case STEP_GOT:
		return p->setup->remote ? 0 : app_gets(p, s);
	case STEP_BYTES:
		return peer_gets(p, s);
	case STEP_EOF:
		return expect_eof(p, s);
	case STEP_RESET:
	case STEP_GONE:
		return step_end(p, s);
	case STEP_SILENT:
		return expect_silence(p, s);
	case STEP_WAIT:
		peer_pause(s->ms);
		return 0;
	case STEP_PORT:
	case STEP_DEVICE:
		return set_port(p, s);
	case STEP_RESULT:
		return p->setup->remote ? 0 : expect_result(p, s->errors, s->n_errors);
	case STEP_RECV:
		return p->setup->remote ? 0 : transfer_recv(p, s);
	case STEP_SEND:
		return p->setup->remote ? 0 : transfer_try_send(p, s);
	case STEP_ERROR:
		return p->setup->remote ? 0 : transfer_error(p, s);
	case STEP_CALL:
		return p->setup->remote ? 0 : call_step(p, s);
	case STEP_SOCK:
		return p->setup->remote ? 0 : sock_step(p, s);
	case STEP_DIAG:
		return p->setup->remote ? 0 : oracle_diag(p, s);
	case STEP_STATS:
		return p->setup->remote ? 0 : oracle_stats(p, s);
	case STEP_LLC:
		return rdma_stack_step(p, s);
	case STEP_WRITE:
		return smcd_in_use(p) ? smcd_stack_step(p, s) : rdma_stack_step(p, s);
	case STEP_DMB:
		return smcd_stack_step(p, s);
	default: /* APP was done before connect() */
		return 0;
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
