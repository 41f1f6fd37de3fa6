// SPDX-License-Identifier: GPL-2.0-or-later
/* See smcd_group.h. */
#include "smcd_group.h"
#include "state/observer.h"

#include <errno.h>

enum { GROUPS_MAX = 64, STEP_MS = 20, KNOWN_MS = 300 };

static int smcd_group_send_all(struct play *p, struct peer *peer, const void *bytes, size_t len)
{
	static const struct delivery plain;

	return peer_send(peer, bytes, len, &plain, play_limit(p, PLAY_CLC_MS));
}

/* A group that is new goes by itself: it is out of sync only if it was @known. */
static int smcd_group_decline(struct play *p, struct peer *peer, bool known)
{
	struct {
		struct smcw_clc_hdr hdr;
		struct smcw_decline body;
		struct smcw_decline_v2 v2;
		struct smcw_clc_trailer trailer;
	} SMCW_PACKED all = { 0 };

	smcw_put32(&all.hdr.eyecatcher, SMCW_EYE_SMCR);
	all.hdr.type = SMCW_DECLINE;
	smcw_put16(&all.hdr.length, sizeof(all));
	all.hdr.flags = smcw_bits(SMCW_CLC_VERSION, SMCW_V2) | (known ? SMCW_CLC_OUT_OF_SYNC : 0);
	smcw_put32(&all.body.diagnosis, known ? SMCW_DECL_SYNCERR : SMCW_DECL_CNFERR);
	smcw_put32(&all.trailer.eyecatcher, SMCW_EYE_SMCR);
	return smcd_group_send_all(p, peer, &all, sizeof(all));
}

/*
 * Wait until the stack has read the Decline: the connection is the application's then, as TCP. It
 * may not be seen if the connection ends with its group; then the next Accept shows it.
 */
static int wait_read(struct play *p, struct peer *peer, struct app *app, unsigned int ms)
{
	__u64 end = clock_now() + play_limit(p, ms);
	int error, rc;

	do {
		rc = app_result(app, true, STEP_MS, &error);
		if (rc < 0 || (!rc && error != RESULT_NONE))
			return rc;
		rc = peer_wait(peer, 1, 0);
	} while (rc == PEER_LATE && clock_now() < end);
	return rc < 0 ? rc : 0;
}

/* Return: 1 when the stack knew a group, 0 when not, or when it does not want SMC-D; or -errno. */
static int smcd_group_exchange(struct play *p, struct peer *peer, struct app *app,
			       const struct image *proposal)
{
	struct smcw_accept_parts parts;
	struct smcw_layout l;
	bool known;
	size_t len;
	int rc = smcd_group_send_all(p, peer, proposal->bytes, proposal->len);

	if (!rc)
		rc = peer_wait_clc(peer, play_limit(p, PLAY_CLC_MS), &len);
	if (rc)
		return rc < 0 && rc != -EPROTO ? rc : 0;
	smcw_clc_layout(peer->bytes, len, &l);
	if (l.type != SMCW_ACCEPT || smcw_accept_parse(peer->bytes, &l, &parts))
		return 0;
	known = !parts.first_contact;
	peer_take(peer, len);
	rc = smcd_group_decline(p, peer, known);
	if (!rc)
		rc = wait_read(p, peer, app, known ? KNOWN_MS : PLAY_CLC_MS);
	return rc < 0 ? rc : known;
}

static int end_one(struct play *p, const struct image *proposal)
{
	union address to = p->setup->address;
	struct smcw_tcp_option smc = { SMCW_TCPOPT_EXP, sizeof(smc), 0 };
	struct peer peer;
	struct app app;
	int rc;

	smcw_put32(&smc.magic, SMCW_EYE_SMCR);
	peer_init(&peer, p->setup->tap);
	app_init(&app);
	rc = app_listen(&app, &to);
	if (!rc)
		rc = peer_connect(&peer, &p->setup->ours, &to, &smc, sizeof(smc),
				  play_limit(p, PLAY_CLC_MS));
	rc = rc ? (rc < 0 ? rc : 0) : smcd_group_exchange(p, &peer, &app, proposal);
	peer_close(&peer);
	app_close(&app);
	return rc;
}

int smcd_group_end(struct play *p, const struct message *proposal)
{
	static struct image image;
	const struct term *missing;
	int rc = 1;

	if (!p->setup->observer->here ||
	    message_build(proposal, bind_own, &p->names, &image, &missing))
		return 0;
	for (unsigned int i = 0; rc > 0 && i < GROUPS_MAX; i++)
		rc = end_one(p, &image);
	return rc < 0 ? rc : 0;
}
