// SPDX-License-Identifier: GPL-2.0-or-later
/* See clc.h. */
#include "clc.h"

#include <errno.h>

#include "smc_codec.h"
#include "state/seen.h"
#include "state/transport.h"

/* For the end of a stack whose time is over. */
enum { AFTER_MS = 2000 };

int clc_send(struct play *p, const struct step *s)
{
	static struct image image;
	const struct term *missing;
	int rc = message_build(s->message, bind_own, &p->names, &image, &missing);

	if (rc == -ENOENT)
		return play_unknown(p, missing->name);
	p->transport->fill_clc(p, s->message, image.bytes, rc ? 0 : image.len);
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

/* Where the stack may answer what it likes: is it a message that it may send at all? @role: the end
 * that is ours */
static bool may_send(enum end role, const __u8 *bytes, size_t len)
{
	struct smcw_layout l;

	if (smcw_clc_layout(bytes, len, &l))
		return false;
	if (l.type == SMCW_DECLINE)
		return true;
	return role == END_CLIENT ? l.type == SMCW_ACCEPT :
				    l.type == SMCW_PROPOSAL || l.type == SMCW_CONFIRM;
}

int clc_receive(struct play *p, const struct step *s)
{
	size_t len;
	/* A stack that waits for the rest of a message does so for as long: it is to end first. */
	unsigned int more = p->setup->survive ? AFTER_MS : 0;
	int rc = peer_wait_clc(&p->peer, play_step_limit(p, PLAY_CLC_MS + more), &len);

	if (rc == -EPROTO) {
		seen_other(p->seen, p->number, "message", "other bytes");
		p->broke = true;
		play_failed(p, "expected a CLC message, got other bytes");
		play_show_bytes(p, p->peer.bytes, p->peer.len);
		return PLAY_FAILED;
	}
	if (rc > 0)
		seen_other(p->seen, p->number, "message", "%s", play_verdict_text(rc));
	if (rc)
		return rc < 0 ? rc :
				play_failed(p, "expected a message, got %s", play_verdict_text(rc));
	seen_message(p->seen, p->number, LAYER_CLC, false, p->peer.bytes, len);
	p->broke |= !may_send(p->role, p->peer.bytes, len);
	rc = play_compare(p, s, p->peer.bytes, len);
	if (!rc)
		rc = p->transport->clc(p, s, p->peer.bytes, len);
	peer_take(&p->peer, len);
	return rc;
}
