// SPDX-License-Identifier: GPL-2.0-or-later
/* See bytes.h. */
#include "bytes.h"

#include <pthread.h>

#include "peer/conn.h"
#include "state/observer.h"
#include "state/transport.h"

/* For a reader to be in poll(). */
enum { WAKE_MS = 30 };

static int compare_bytes(struct play *p, const __u8 *bytes, const struct step *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (bytes[i] != s->data[i])
			return play_failed(p, "expected 0x%02x as byte %zu of %zu, got 0x%02x",
					   s->data[i], i, s->len, bytes[i]);
	return 0;
}

int bytes_by_peer(struct play *p, const struct step *s)
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

int bytes_from_app(struct play *p, const struct step *s)
{
	int rc = play_want_connection(p);

	if (rc)
		return rc;
	pace_begin(&p->pace);
	rc = app_send(&p->app, s->data, s->len, play_limit(p, PLAY_CLC_MS));
	return rc ? play_failed(p, "expected the application to send, got %s",
				play_verdict_text(rc)) :
		    0;
}

int bytes_of_stack(struct play *p, const struct step *s)
{
	int rc = p->setup->observer->says(p, s);

	return rc ? rc : bytes_by_peer(p, s);
}

int bytes_by_app(struct play *p, const struct step *s)
{
	static __u8 bytes[1 << 20];
	int rc = play_want_connection(p);

	if (rc)
		return rc;
	rc = app_receive(&p->app, bytes, s->len, play_limit(p, PLAY_CLC_MS));
	if (rc)
		return play_failed(p, "expected %zu bytes for the application, got %s", s->len,
				   play_verdict_text(rc));
	if (p->transport->connected(p))
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

	clock_pause(WAKE_MS);
	l->rc = peer_send(&l->play->peer, l->step->data, l->step->len, &plain,
			  play_limit(l->play, PLAY_CLC_MS));
	return NULL;
}

int bytes_of_ours(struct play *p, const struct step *s)
{
	struct later later = { p, s, 0 };
	pthread_t thread;
	int rc = p->setup->observer->ready(p), got;

	if (rc)
		return rc;
	rc = -pthread_create(&thread, NULL, send_later, &later);
	if (rc)
		return rc;
	got = p->setup->observer->gets(p, s);
	pthread_join(thread, NULL);
	rc = later.rc;
	if (rc > 0)
		return play_failed(p, "expected the stack to take it, got %s",
				   play_verdict_text(rc));
	return rc ? rc : got;
}
