// SPDX-License-Identifier: GPL-2.0-or-later
/* See play.h. */
#include "playing.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cdc.h"
#include "compare.h"
#include "host.h"
#include "keep.h"
#include "klog.h"
#include "laps.h"
#include "needs.h"
#include "oracle.h"
#include "pair.h"
#include "port.h"
#include "rdma.h"
#include "seen.h"
#include "smc_text.h"
#include "smcd.h"
#include "sock.h"
#include "stats.h"
#include "survive.h"
#include "transfer.h"

/* An event that its bounds make too late is waited for, so that the report says when it came. */
enum { BOUND_MS = 2000 };

/* Between two looks, where two things are waited for. */
enum { LOOK_MS = 20 };

/* For the end of a stack whose time is over. */
enum { PLAY_AFTER_MS = 2000 };

/* For a reader to be in poll(). */
enum { WAKE_MS = 30 };

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

static int expect_end(struct play *p, const struct step *s)
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
	return rc ? rc : expect_end(p, s);
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
	rc = port_set(p->setup->port, address, s->count);
	return rc == -ENODEV || rc == -EALREADY ?
		       play_failed(p,
				   "expected an interface with this address and a cable, %s, got "
				   "none",
				   s->count ? "that was pulled" : "which is not pulled") :
		       rc;
}

/* ---- steps --------------------------------------------------------------------------------------
 */

static int our_step(struct play *p, const struct step *s)
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

static int stack_step(struct play *p, const struct step *s)
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
		return expect_end(p, s);
	case STEP_SILENT:
		return expect_silence(p, s);
	case STEP_WAIT:
		peer_pause(s->ms);
		return 0;
	case STEP_PORT:
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
static int pair_step(struct play *p, const struct step *s)
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
		return stack_step(p, s);
	}
}

/* ---- the connection's beginning
 * -------------------------------------------------------------------- */

/* The option that our end sends: the one of the script, else the one of RFC 7609 A.1. */
static void our_option(const struct play *p, const __u8 **bytes, size_t *len, __u8 *smc)
{
	struct smcw_tcp_option *option = (void *)smc;

	option->kind = SMCW_TCPOPT_EXP;
	option->length = sizeof(*option);
	smcw_put32(&option->magic, SMCW_EYE_SMCR);
	*bytes = smc;
	*len = sizeof(*option);
	for (const struct step *s = p->test->steps; s; s = s->next) {
		if (s->kind != STEP_OPTION || s->end != p->role)
			continue;
		*bytes = s->data;
		*len = s->len;
		return;
	}
}

static void prepare_app(const struct test_case *test, struct app *app, enum end end)
{
	for (const struct step *s = test->steps; s; s = s->next) {
		if (s->kind != STEP_APP || s->end != end)
			continue;
		if (s->app == APP_SET) /* parse_check() has counted them */
			app->sets[app->n_sets++] = &s->call;
		app->fastopen |= s->app == APP_FASTOPEN;
		app->nonblock |= s->app == APP_NONBLOCK;
		app->tcp |= s->app == APP_TCP;
		app->splice |= s->app == APP_SPLICE;
	}
}

/* Our end may be one of the stack, too. */
static void prepare_peer(struct play *p)
{
	for (const struct step *s = p->test->steps; s; s = s->next)
		p->peer.smc |= s->kind == STEP_APP && s->app == APP_SMC && s->end == p->role;
}

static int play_client(struct play *p, const __u8 *option, size_t len)
{
	union peer_address to = p->setup->address;
	int rc = p->setup->remote ? 0 : app_listen(&p->app, &to);

	return rc ? rc :
		    peer_connect(&p->peer, &p->setup->ours, &to, option, len,
				 play_limit(p, PLAY_CLC_MS));
}

static int play_server(struct play *p, const __u8 *option, size_t len)
{
	union peer_address at = p->setup->remote ? p->setup->address : p->setup->ours;
	int rc = peer_listen(&p->peer, &at, option, len);

	if (!rc && !p->setup->remote)
		rc = app_connect(&p->app, &p->setup->address, &at);
	return rc ? rc :
		    peer_accept(&p->peer, play_limit(p, p->setup->remote ? 60000 : PLAY_CLC_MS));
}

static int connect_ends(struct play *p)
{
	__u8 smc[sizeof(struct smcw_tcp_option)];
	const __u8 *option;
	size_t len;
	int rc;

	our_option(p, &option, &len, smc);
	prepare_app(p->test, &p->app, p->role == END_CLIENT ? END_SERVER : END_CLIENT);
	if (p->test->sockets)
		return 0;
	if (p->test->pair) {
		prepare_app(p->test, &p->other_app, END_CLIENT);
		return pair_begin(p);
	}
	prepare_peer(p);
	pace_begin(&p->pace);
	rc = p->role == END_CLIENT ? play_client(p, option, len) : play_server(p, option, len);
	if (rc > 0)
		return play_failed(p, "expected a connection, got %s", play_verdict_text(rc));
	return rc;
}

/* ---- a case
 * ------------------------------------------------------------------------------------------ */

static int expect_no_more(struct play *p)
{
	int rc;

	p->step = NULL;
	rc = smcd_in_use(p) ? cdc_expect_no_more(p, 0) : rdma_expect_no_more(p);
	if (rc || p->peer.fd < 0 || p->peer.end)
		return rc;
	if (!p->peer.len && peer_wait(&p->peer, 1, 0))
		return 0;
	play_failed(p, "expected nothing more, got bytes");
	show_bytes(p);
	return PLAY_FAILED;
}

static int check_log(struct play *p, FILE *all)
{
	char report[256] = "";

	p->step = NULL;
	if (p->setup->klog < 0 || !klog_report(p->setup->klog, report, sizeof(report), all))
		return 0;
	return play_failed(p, "expected no report in the kernel log, got: %s", report);
}

/* Our end's steps are not timed; their effects are. */
static int play_ours(struct play *p, const struct step *s)
{
	int rc;

	if (s->kind != STEP_WAIT && s->kind != STEP_SILENT)
		pace_begin(&p->pace);
	rc = our_step(p, s);
	if (s->kind != STEP_WAIT && s->kind != STEP_SILENT)
		pace_ready(&p->pace);
	return rc;
}

static int play_stack(struct play *p, const struct step *s)
{
	char why[128];
	int rc = p->test->pair ? pair_step(p, s) : stack_step(p, s);

	if (rc)
		return rc;
	p->checked += (p->test->sockets || script_is_checked(s, p->role)) &&
		      !(p->setup->remote && script_is_of_app(s));
	if (!pace_check(&p->pace, &s->delivery, p->setup->time_scale, why, sizeof(why)))
		return play_failed(p, "%s", why);
	if (s->kind != STEP_WAIT)
		pace_ready(&p->pace);
	return 0;
}

/* That nothing was wrong is a result only if something could have been. */
static int want_checks(struct play *p)
{
	if (p->checked || p->setup->survive)
		return 0;
	p->step = NULL;
	fprintf(p->out, "nothing was checked: no step says what the %s has to do%s\n",
		script_end_words[!p->role],
		p->setup->remote ? ", or none that can be seen from here" : "");
	return PLAY_UNCHECKED;
}

static int walk_steps(struct play *p)
{
	unsigned int done = 0;
	int rc = 0;

	for (const struct step *s = p->test->steps; s && !rc; s = s->next, done++) {
		p->step = s;
		p->number = done + 1;
		rc = s->end == p->role && !p->test->pair ? play_ours(p, s) : play_stack(p, s);
	}
	if (rc == PLAY_NOT_PLAYABLE)
		fprintf(p->out,
			"%u steps went as they should, then %s takes an RDMA or ISM device of "
			"ours\n",
			done - 1, script_step_words[p->step->kind]);
	if (!rc && p->owed) {
		p->step = p->owed;
		rc = expect_end(p, p->owed);
	}
	if (!rc)
		rc = expect_no_more(p);
	return rc ? rc : want_checks(p);
}

static void write_map(const struct play *p, FILE *out)
{
	for (const struct binding *b = p->names.first; b; b = b->next) {
		fprintf(out, "%s=", b->name);
		value_write(&smcw_fields[b->field], &b->value, out);
		fputc('\n', out);
	}
}

static enum verdict judge(struct play *p, int rc)
{
	if (!rc)
		return VERDICT_PASS;
	if (rc == PLAY_NOT_PLAYABLE || rc == PLAY_UNKNOWN)
		return VERDICT_SKIP;
	if (rc == PLAY_UNCHECKED)
		return p->setup->remote ? VERDICT_SKIP : VERDICT_ERROR;
	if (rc < 0)
		fprintf(p->out, "smc-replay could not go on: %s\n", strerror(-rc));
	return rc < 0 ? VERDICT_ERROR : VERDICT_FAIL;
}

/*
 * If a stack only has to survive, its connect() has to return, and its server has to come to an end
 * with every client: a handshake that hangs is counted as nothing.
 */
static int survive(struct play *p, int rc)
{
	int error;

	if (rc != PLAY_FAILED && rc != PLAY_NOT_PLAYABLE)
		return rc;
	if (p->broke)
		return PLAY_FAILED;
	peer_close(&p->peer);
	p->step = NULL;
	if (p->role == END_CLIENT && !p->setup->remote &&
	    !survive_counted(&p->before.end[END_SERVER], play_limit(p, PLAY_NONE_MS)))
		return play_failed(p,
				   "the handshake has not ended: the stack counts it neither as an "
				   "error, nor as SMC, nor as TCP");
	if (p->app.has_thread &&
	    app_result(&p->app, false, play_limit(p, PLAY_RESULT_MS), &error) == PEER_LATE)
		return play_failed(p, "connect() does not return");
	return 0;
}

static void run(struct play *p, struct outcome *o, FILE *log)
{
	int rc, report;

	peer_init(&p->peer, p->setup->tap);
	app_init(&p->app);
	app_init(&p->other_app);
	rc = pace_start(&p->pace, p->test);
	if (!rc && p->test->changes)
		rc = host_change(p);
	if (!rc)
		rc = smcd_begin(p);
	/* A link group that no case goes on with ends first. */
	if (!rc)
		rc = rdma_begin(p);
	if (!rc && !p->setup->remote && (script_has_step(p->test, STEP_STATS) || p->setup->survive))
		rc = stats_settle(&p->before);
	if (!rc)
		rc = connect_ends(p);
	if (!rc)
		rc = walk_steps(p);
	o->port = p->peer.port;
	if (p->setup->survive)
		rc = survive(p, rc);
	pace_stop(&p->pace);
	sock_end(p);
	/* The peer first: a connect() that still waits for it ends then. */
	peer_close(&p->peer);
	app_close(&p->app);
	pair_end(p);
	port_restore(p->setup->port);
	rdma_end(p, !rc);
	memcpy(o->qpn, p->qpn, sizeof(o->qpn));
	smcd_end(p);
	report = p->test->changes ? host_restore(p->setup->host) : 0;
	if (!report)
		report = check_log(p, log);
	o->verdict = judge(p, report ? report : rc);
}

enum { OUTCOME_TEXT, OUTCOME_SEEN, OUTCOME_NOTES, OUTCOME_MAP, OUTCOME_LOG, OUTCOME_FILES };

/* One byte less each, so that a text that does not fit ends with a 0 all the same. */
static void open_outcome(struct play *p, struct outcome *o, FILE *files[OUTCOME_FILES])
{
	files[OUTCOME_TEXT] = p->out = fmemopen(o->text, sizeof(o->text) - 1, "w");
	files[OUTCOME_SEEN] = p->seen = fmemopen(o->seen, sizeof(o->seen) - 1, "w");
	files[OUTCOME_NOTES] = p->notes = fmemopen(o->notes, sizeof(o->notes) - 1, "w");
	files[OUTCOME_MAP] = fmemopen(o->map, sizeof(o->map) - 1, "w");
	files[OUTCOME_LOG] = fmemopen(o->log, sizeof(o->log) - 1, "w");
}

void play_case(struct setup *s, const char *path, const struct test_case *test, enum end role,
	       struct outcome *o)
{
	struct play p = { .setup = s, .test = test, .path = path, .role = role };
	FILE *files[OUTCOME_FILES];
	__u64 begin = peer_now();

	*o = (struct outcome){ 0 };
	if (!needs_met(s, test, role, o))
		return;
	p.names = (struct bindings){ .arena = &p.arena,
				     .test = test,
				     .played = (__u8)role,
				     .stack = &s->stack,
				     .chosen = &s->chosen };
	keep_restore(&p);
	open_outcome(&p, o, files);
	if (p.out && p.seen && p.notes && files[OUTCOME_MAP] && files[OUTCOME_LOG]) {
		run(&p, o, files[OUTCOME_LOG]);
		write_map(&p, files[OUTCOME_MAP]);
		keep_save(&p, o->verdict == VERDICT_PASS);
	} else {
		o->verdict = VERDICT_ERROR;
	}
	for (int i = 0; i < OUTCOME_FILES; i++)
		if (files[i])
			fclose(files[i]);
	o->ms = (unsigned int)(peer_now() - begin);
	arena_free(&p.arena);
}
