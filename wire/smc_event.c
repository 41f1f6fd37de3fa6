// SPDX-License-Identifier: GPL-2.0-or-later
/* The trace event taken apart. See smc_codec.h. */
#include "smc_codec.h"

#define SMCW_PART_ev_message SMCW_PART_NONE
#define K_ROW(name, value, text, class_, of_, body, color)                                         \
	[value] = { .class = SMCW_CLASS_##class_,                                                  \
		    .of = SMCW_OF_##of_,                                                           \
		    .part = SMCW_PART_ev_##body },
const struct smcw_event_kind smcw_event_kinds[256] = { SMCW_EVENT_KINDS(K_ROW) };
#undef K_ROW

#define H_ROW(name, value, text, kind_, dir_, mode_)                                               \
	[value] = { .kind = SMCW_##kind_, .dir = SMCW_DIR_##dir_, .mode = SMCW_MODE_##mode_ },
const struct smcw_event_hook smcw_event_hooks[SMCW_HOOKS_MAX] = { SMCW_EVENT_HOOKS(H_ROW) };
#undef H_ROW

/* Parts that a body has any number of. */
enum { B_ONE, B_MANY };
#define B_ROW(name, size, rows) [SMCW_PART_ev_##name] = B_##rows,
static const __u8 is_table[SMCW_PART_COUNT] = { SMCW_EVENT_BODIES(B_ROW) };
#undef B_ROW

__u64 smcw_kinds_of(unsigned int classes)
{
	__u64 bits = 0;
	unsigned int kind;

	for (kind = 0; kind < SMCW_KINDS_MAX; kind++)
		if (smcw_event_kinds[kind].class & classes)
			bits |= SMCW_KIND_BIT(kind);
	return bits;
}

__u64 smcw_kinds_of_trace(void)
{
	__u64 bits = 0;
	unsigned int kind;

	for (kind = 0; kind < SMCW_KINDS_MAX; kind++)
		if (smcw_event_kinds[kind].of == SMCW_OF_TRACE)
			bits |= SMCW_KIND_BIT(kind);
	return bits;
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

static void smc_event_clear(struct smcw_layout *l)
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

	smc_event_clear(l);
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
	if (l->faults & SMCW_FAULT_VERSION || smcw_kind_is_message(l->type))
		return l->faults ? -EBADMSG : 0;
	part = smcw_event_kinds[l->type].class ? smcw_event_kinds[l->type].part : SMCW_PART_NONE;
	if (part != SMCW_PART_NONE)
		n = is_table[part] ? body / smcw_parts[part].size : body >= smcw_parts[part].size;
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
		smc_event_clear(l);
		return -ENOENT;
	}
}
