// SPDX-License-Identifier: GPL-2.0-or-later
/* The trace event taken apart. See smc_codec.h. */
#include "smc_codec.h"

/* The struct that is the body of an event without a message. */
static unsigned int body_part(unsigned int kind)
{
	switch (kind) {
	case SMCW_EV_SYN:
		return SMCW_PART_ev_syn;
	case SMCW_EV_LGR_UP:
	case SMCW_EV_LGR_DOWN:
		return SMCW_PART_ev_lgr;
	case SMCW_EV_LINK_UP:
	case SMCW_EV_LINK_DOWN:
		return SMCW_PART_ev_link;
	case SMCW_EV_CONN_NEW:
	case SMCW_EV_CONN_READY:
	case SMCW_EV_CONN_FREE:
		return SMCW_PART_ev_conn;
	case SMCW_EV_BUF_REGISTER:
	case SMCW_EV_BUF_UNREGISTER:
	case SMCW_EV_BUF_ATTACH:
	case SMCW_EV_BUF_DETACH:
		return SMCW_PART_ev_buf;
	case SMCW_EV_STATE:
		return SMCW_PART_ev_state;
	case SMCW_EV_FALLBACK:
		return SMCW_PART_ev_fallback;
	case SMCW_EV_CLC_FAILED:
		return SMCW_PART_ev_clc_failed;
	case SMCW_EV_MODULE:
		return SMCW_PART_ev_module;
	case SMCW_EV_COUNTERS:
		return SMCW_PART_ev_counter;
	case SMCW_EV_FACTS:
		return SMCW_PART_ev_fact;
	case SMCW_EV_TRAFFIC:
		return SMCW_PART_ev_traffic;
	case SMCW_EV_DELAYS:
		return SMCW_PART_ev_delay;
	default:
		return SMCW_PART_NONE;
	}
}

static int is_message(unsigned int kind)
{
	return kind == SMCW_EV_CLC || kind == SMCW_EV_LLC || kind == SMCW_EV_CDC;
}

/* Its body is rows of one part. */
static int is_table(unsigned int kind)
{
	return kind == SMCW_EV_COUNTERS || kind == SMCW_EV_DELAYS || kind == SMCW_EV_FACTS;
}

static void add_piece(struct smcw_layout *l, unsigned int part, unsigned int count)
{
	struct smcw_piece *p = &l->piece[l->n];

	if (!count)
		return;
	p->part = (__u8)part;
	p->off = l->len;
	p->count = (__u16)count;
	l->len = (__u16)(l->len + smcw_piece_len(p));
	l->n++;
}

static void clear(struct smcw_layout *l)
{
	l->faults = 0;
	l->len = 0;
	l->type = 0;
	l->n = 0;
	l->big = 1;
	l->missing = 0;
}

int smcw_event_check(const void *ev, size_t len)
{
	struct smcw_layout l;

	if (smcw_event_layout(ev, len, &l))
		return -EBADMSG;
	return (int)(sizeof(struct smcw_event) +
		     smcw_get16((const __u8 *)ev + offsetof(struct smcw_event, length)));
}

int smcw_event_layout(const void *ev, size_t len, struct smcw_layout *l)
{
	const __u8 *e = ev;
	unsigned int part, body, n = 0;

	clear(l);
	if (len < sizeof(struct smcw_event)) {
		add_piece(l, SMCW_PART_NONE, (unsigned int)len);
		l->faults |= SMCW_FAULT_CUT;
		return -EBADMSG;
	}
	l->type = e[offsetof(struct smcw_event, kind)];
	add_piece(l, SMCW_PART_event, 1);
	if (e[offsetof(struct smcw_event, version)] != SMCW_EVENT_VERSION)
		l->faults |= SMCW_FAULT_VERSION;
	body = smcw_get16(e + offsetof(struct smcw_event, length));
	if (body > len - sizeof(struct smcw_event)) {
		l->faults |= SMCW_FAULT_CUT;
		body = (unsigned int)(len - sizeof(struct smcw_event));
	}
	if (body > 0xffff - sizeof(struct smcw_event)) { /* offsets have 16 bits */
		l->faults |= SMCW_FAULT_LENGTH;
		body = (unsigned int)(0xffff - sizeof(struct smcw_event));
	}
	if (l->faults & SMCW_FAULT_VERSION || is_message(l->type))
		return l->faults ? -EBADMSG : 0;
	part = body_part(l->type);
	if (part != SMCW_PART_NONE)
		n = is_table(l->type) ? body / smcw_parts[part].size :
					body >= smcw_parts[part].size;
	else
		l->faults |= SMCW_FAULT_TYPE;
	if (part != SMCW_PART_NONE && !n)
		l->faults |= SMCW_FAULT_LENGTH;
	add_piece(l, part, n);
	if (sizeof(struct smcw_event) + body > l->len) {
		add_piece(l, SMCW_PART_NONE,
			  (unsigned int)(sizeof(struct smcw_event) + body - l->len));
		l->faults |= SMCW_FAULT_UNCLAIMED;
	}
	return l->faults ? -EBADMSG : 0;
}

int smcw_event_message(const struct smcw_event *ev, struct smcw_layout *l)
{
	return smcw_event_message_cut(ev, smcw_get16(&ev->length), l);
}

int smcw_event_message_cut(const struct smcw_event *ev, size_t have, struct smcw_layout *l)
{
	const void *msg = ev + 1;
	size_t len = smcw_get16(&ev->length);

	switch (ev->kind) {
	case SMCW_EV_CLC:
		return smcw_clc_layout_cut(msg, len, have, l);
	case SMCW_EV_LLC:
		return smcw_llc_layout_cut(msg, len, have, l);
	case SMCW_EV_CDC:
		if (ev->mode == SMCW_MODE_SMCD)
			return smcw_cdc_smcd_layout_cut(msg, len, have, !!(ev->flags & SMCW_EV_BIG),
							l);
		return smcw_llc_layout_cut(msg, len, have, l);
	default:
		clear(l);
		return -ENOENT;
	}
}
