// SPDX-License-Identifier: GPL-2.0-or-later
/* See laps.h. */
#include "laps.h"

#include <string.h>

#include "cdc.h"
#include "transfer.h"

/* The other end is not stopped, so the stack reports by the fill of its RMBE (CDC-15). */
static int laps_report(struct play *p)
{
	struct conn *c = p->conn;
	struct smcw_cdc cdc = { .type = SMCW_CDC_TYPE, .length = SMCW_CDC_LEN };
	int rc;

	c->written += c->to_stack.size;
	conn_fill(c, &cdc);
	rc = p->transport->send_cdc(p, &cdc);
	if (rc)
		return rc < 0 ? rc : play_failed(p, "expected the stack to take it, got no answer");
	conn_reported(c, &cdc);
	return 0;
}

static int laps_read_all(struct play *p)
{
	static __u8 bytes[1 << 20];
	struct conn *c = p->conn;
	__u64 size = c->to_stack.size, at = c->app_read % size;
	int rc = app_receive(&p->app, bytes, size, play_limit(p, CDC_MS));

	if (rc)
		return rc < 0 ? rc :
				play_failed(p, "expected %llu bytes for the application, got %s",
					    size, play_verdict_text(rc));
	if (memcmp(bytes, c->mirror + at, size - at) || memcmp(bytes + size - at, c->mirror, at))
		return play_failed(p, "expected the bytes of the RMBE, got others [CDC-11]");
	c->app_read += size;
	return 0;
}

static int wait_update(struct play *p)
{
	struct conn *c = p->conn;
	int rc = 0;

	while (!rc && c->to_stack.consumed < c->announced)
		rc = transfer_take_cdc(p, play_limit(p, CDC_MS));
	return rc == PEER_LATE ? play_failed(p,
					     "expected a cursor update of %llu bytes, got one of "
					     "%llu at most [CDC-15]",
					     c->announced, c->to_stack.consumed) :
				 rc;
}

static int laps_lap(struct play *p)
{
	int rc = laps_report(p);

	if (!rc)
		rc = laps_read_all(p);
	return rc ? rc : wait_update(p);
}

int laps_play(struct play *p, const struct step *s)
{
	struct conn *c = p->conn;
	int rc;

	if (!c || !c->to_stack.size)
		return PLAY_NOT_PLAYABLE;
	rc = play_want_connection(p);
	if (!rc && (c->app_read != c->announced || c->announced != c->written ||
		    c->to_stack.size > 1 << 20))
		rc = play_failed(p, "expected all bytes to be read before it, and an RMBE of 1 MiB "
				    "at most");
	for (unsigned int i = 0; !rc && i < s->count; i++) {
		rc = laps_lap(p);
		if (rc == PLAY_FAILED)
			fprintf(p->out, "  in turn %u\n", i + 1);
	}
	return rc;
}
