// SPDX-License-Identifier: GPL-2.0-or-later
/* See tally.h. */
#include <epan/packet.h>

#include "conn.h"
#include "flow.h"
#include "group.h"
#include "note.h"
#include "smc_event.h"
#include "tally.h"

/* ---- frames and bytes --------------------------------------------------------------- */

static void tally_add_frame(struct frame_range *frames, guint32 frame)
{
	if (!frames->first)
		frames->first = frame;
	frames->last = frame;
}

void tally_note(const packet_info *pinfo, struct note *note)
{
	if (note->group)
		tally_add_frame(&note->group->tally.frames, pinfo->num);
	if (note->conn)
		tally_add_frame(&note->conn->tally.frames, pinfo->num);
}

void tally_lost(struct conn_tally *t, unsigned sender, guint64 bytes)
{
	t->lost[sender] += bytes;
}

void tally_merge(struct conn_tally *keep, unsigned sender, const struct conn_tally *gone,
		 unsigned gone_sender)
{
	if (!gone->frames.first)
		return;
	if (!keep->frames.first || gone->frames.first < keep->frames.first)
		keep->frames.first = gone->frames.first;
	keep->frames.last = MAX(keep->frames.last, gone->frames.last);
	keep->lost[sender] += gone->lost[gone_sender];
	if (keep->aborted_by == NOTE_NO_SIDE && gone->aborted_by != NOTE_NO_SIDE)
		keep->aborted_by = (guint8)sender;
}

/* ---- CLC ------------------------------------------------------------------------------ */

static void tally_decline(struct conn_tally *t, const void *msg, const struct smcw_layout *l)
{
	struct smcw_decline_parts p;

	if (t->has_reason || smcw_decline_parse(msg, l, &p) || !p.decline ||
	    !SMCW_HAS(l, msg, p.decline->diagnosis))
		return;
	t->reason = smcw_get32(&p.decline->diagnosis);
	t->has_reason = true;
}

/* A peer ID is an instance and the MAC of an RDMA port. */
static const char *peer_text(const struct smcw_accept_parts *p, const void *msg,
			     const struct smcw_layout *l)
{
	const guint8 *id;

	if (p->smcd && SMCW_HAS(l, msg, p->smcd->gid))
		return wmem_strdup_printf(wmem_file_scope(), "GID 0x%016" PRIx64,
					  (guint64)smcw_get64(&p->smcd->gid));
	if (!p->smcr || !SMCW_HAS(l, msg, p->smcr->peer_id))
		return NULL;
	id = p->smcr->peer_id;
	return wmem_strdup_printf(wmem_file_scope(), "%u@%02x:%02x:%02x:%02x:%02x:%02x",
				  id[0] << 8 | id[1], id[2], id[3], id[4], id[5], id[6], id[7]);
}

static void tally_answer(struct note *note, const void *msg, const struct smcw_layout *l)
{
	struct group_tally *t = &note->group->tally;
	unsigned at = conn_at(note->conn, note->sender);
	struct smcw_accept_parts p;

	if (smcw_accept_parse(msg, l, &p) || note->group->smcd != !p.smcr)
		return;
	t->version = p.version;
	if (p.fce && SMCW_HAS(l, msg, p.fce->os_release)) {
		t->release = smcw_fce_release(p.fce);
		t->has_release = true;
	}
	if (!t->peer[at])
		t->peer[at] = peer_text(&p, msg, l);
}

/* The length on the wire; the layout of a cut message has that of the captured part. */
static guint32 length_of(const void *msg, const struct smcw_layout *l)
{
	const struct smcw_clc_hdr *hdr = (const struct smcw_clc_hdr *)msg;

	return l->len < sizeof(*hdr) ? l->len : MAX(l->len, smcw_get16(&hdr->length));
}

void tally_clc(struct note *note, const void *msg, const struct smcw_layout *l)
{
	struct conn *conn = note->conn;

	if (note->sender >= SIDES || conn->clc[l->type] != note->frame)
		return; /* sent again, or traced at its receiver too */
	conn->tally.clc_bytes[note->sender] += length_of(msg, l);
	if (l->type == SMCW_DECLINE)
		tally_decline(&conn->tally, msg, l);
	else if (l->type != SMCW_PROPOSAL && note->group)
		tally_answer(note, msg, l);
}

/* ---- LLC and CDC ------------------------------------------------------------------------ */

void tally_cdc(struct note *note, unsigned view)
{
	struct conn *conn = note->conn;
	const struct cdc_analysis *r = note->cdc;

	if (!r || note->sender >= SIDES)
		return;
	if (r->blocked) /* the message of the one that has made room ends it */
		nstime_add(&conn->tally.blocked[view][!note->sender], &r->blocked_for);
	if (conn->flow[view][note->sender].state & SMCW_CDC_ABORT &&
	    conn->tally.aborted_by == NOTE_NO_SIDE)
		conn->tally.aborted_by = note->sender;
}

static bool has_link(const struct group *group)
{
	wmem_list_frame_t *at = wmem_list_head(group->links);

	for (; at; at = wmem_list_frame_next(at))
		if (!((const struct link *)wmem_list_frame_data(at))->down_in)
			return true;
	return false;
}

void tally_delete_link(struct note *note, const struct smcw_llc_delete_link *d)
{
	struct group_tally *t = &note->group->tally;

	if (t->end_in || has_link(note->group))
		return;
	t->end_in = note->frame;
	t->ended_by = note->sender;
	t->end_reason = smcw_get32(&d->reason);
	t->has_end_reason = true;
}

/* ---- traced events ------------------------------------------------------------------------ */

/* A connection that is TCP has no CLC message, perhaps; then it begins here. */
static struct conn *conn_of(packet_info *pinfo, const struct note *note, struct conv_data *data,
			    const struct smcw_event *ev)
{
	bool local_is_source = SMCW_EV_DIR_OF(ev) != SMCW_DIR_IN;
	bool client = ev->role == SMCW_ROLE_CLIENT;

	if (note->conn)
		return note->conn;
	if (!data)
		return NULL;
	if (!data->conn && !data->offer && ev->role != SMCW_ROLE_UNKNOWN)
		conn_offer(pinfo, data, client == local_is_source ? CLIENT : SERVER);
	return data->conn ? data->conn : data->offer;
}

static void tally_fallback(struct conn_tally *t, const struct smcw_ev_fallback *f)
{
	guint32 diagnosis = smcw_get32(&f->diagnosis);

	if (t->has_reason)
		return;
	t->reason = smcw_get32(&f->reason);
	if (t->reason == SMCW_DECL_PEERDECL && diagnosis)
		t->reason = diagnosis;
	t->has_reason = true;
}

static void tally_free(struct conn_tally *t, unsigned own, const struct smcw_ev_conn *c)
{
	t->freed = true;
	t->freed_sent[own] = MAX(t->freed_sent[own], smcw_get64(&c->sent));
	t->freed_sent[!own] = MAX(t->freed_sent[!own], smcw_get64(&c->received));
}

void tally_event(packet_info *pinfo, struct note *note, struct conv_data *data,
		 const struct smcw_event *ev)
{
	const struct smcw_ev_fallback *fallback = (const struct smcw_ev_fallback *)(ev + 1);
	const struct smcw_ev_conn *freed = (const struct smcw_ev_conn *)(ev + 1);
	struct conn *conn;

	if (ev->kind == SMCW_EV_LGR_DOWN && note->group && !note->group->tally.end_in)
		note->group->tally.end_in = pinfo->num;
	if (note->conn && note->conn->tally.mode == SMCW_MODE_UNKNOWN)
		note->conn->tally.mode = ev->mode;
	if (ev->kind != SMCW_EV_FALLBACK && ev->kind != SMCW_EV_CONN_FREE)
		return;
	conn = conn_of(pinfo, note, data, ev);
	if (!conn)
		return;
	note->offer = note->conn ? NULL : conn;
	if (ev->kind == SMCW_EV_FALLBACK && smcw_get16(&ev->length) >= sizeof(*fallback))
		tally_fallback(&conn->tally, fallback);
	else if (ev->kind == SMCW_EV_CONN_FREE && smcw_get16(&ev->length) >= sizeof(*freed) &&
		 ev->role != SMCW_ROLE_UNKNOWN)
		tally_free(&conn->tally, ev->role == SMCW_ROLE_CLIENT ? CLIENT : SERVER, freed);
}
