// SPDX-License-Identifier: GPL-2.0-or-later
/* See engine.h. */
#include "engine.h"

#include <errno.h>
#include <string.h>

#include "llc_rules.h"

/* The offset of the flags, and of the body after them, in either version of LLC. */
enum { FLAGS = sizeof(struct smcw_llc_v1) };

bool engine_is_response(const __u8 *bytes)
{
	return bytes[FLAGS] & SMCW_LLC_RESP;
}

static bool says_response(const struct message *m)
{
	if (m->parts && m->parts->id == SMCW_PART_NONE)
		return m->parts->len > FLAGS && engine_is_response(m->parts->bytes);
	for (const struct part *p = m->parts; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next)
			if (t->kind == TERM_SET && !strcmp(smcw_fields[t->field].key, "response"))
				return !value_is_zero(&t->value);
	return false;
}

bool engine_fits(const struct step *s, enum end stack, __u8 type, bool response)
{
	return s->kind == STEP_LLC && s->end == stack && s->message->type == type &&
	       (type == SMCW_CDC_TYPE || says_response(s->message) == response);
}

static int confirm_link(const struct link *l, const __u8 *bytes, __u8 *answer)
{
	struct smcw_llc_confirm_link *to = (void *)(answer + FLAGS);

	memcpy(answer, bytes, SMCW_LLC_LEN);
	to->flags |= SMCW_LLC_RESP;
	memcpy(to->mac, l->device->mac, sizeof(to->mac));
	memcpy(to->gid, l->device->gid, sizeof(to->gid));
	smcw_put24(to->qpn, l->qp.verbs->qp_num);
	smcw_put32(to->link_uid, l->uid);
	return SMCW_LLC_LEN;
}

/* The request itself, marked; of a longer one as much as Linux reads. */
static int engine_echo(const __u8 *bytes, size_t len, __u8 flags, __u8 *answer)
{
	size_t n = len < QP_MESSAGE_MAX ? len : QP_MESSAGE_MAX;

	memcpy(answer, bytes, n);
	answer[FLAGS] |= flags;
	return (int)n;
}

static int refuse_link(const __u8 *bytes, __u8 *answer)
{
	struct smcw_llc_v1 *head = (struct smcw_llc_v1 *)answer;

	memcpy(answer, bytes, SMCW_LLC_LEN);
	answer[FLAGS] |= SMCW_LLC_RESP | SMCW_LLC_REJ;
	head->length = SMCW_LLC_LEN;
	head->reject = 0;
	return SMCW_LLC_LEN;
}

/* A server does not respond: the request comes back as its own. A group that ends has no answer. */
static int delete_link(const struct link *l, const __u8 *bytes, size_t len, __u8 *answer)
{
	if (bytes[FLAGS] & SMCW_LLC_DEL_ALL)
		return 0;
	return engine_echo(bytes, len, l->stack == END_SERVER ? SMCW_LLC_RESP : 0, answer);
}

static bool engine_asks(__u8 type, enum end end)
{
	return smcp_llc_exchange(type)->asks &
	       (end == END_SERVER ? SMCP_SERVER_ASKS : SMCP_CLIENT_ASKS);
}

/* An answer to a message that is wrong would repair what the stack has done. */
static bool is_sound(const __u8 *bytes, size_t len)
{
	struct smcw_layout l;

	return !smcw_llc_layout(bytes, len, &l) && !l.faults;
}

int engine_answer(const struct link *l, const __u8 *bytes, size_t len, __u8 *answer)
{
	if (!engine_asks(bytes[0], (enum end)l->stack) || !is_sound(bytes, len))
		return -ENOENT;
	switch (bytes[0]) {
	case SMCW_LLC_CONFIRM_LINK:
	case SMCW_LLC_CONFIRM_LINK_V2:
		return confirm_link(l, bytes, answer);
	case SMCW_LLC_ADD_LINK:
	case SMCW_LLC_ADD_LINK_V2:
		return refuse_link(bytes, answer);
	case SMCW_LLC_DELETE_LINK:
	case SMCW_LLC_DELETE_LINK_V2:
		return delete_link(l, bytes, len, answer);
	case SMCW_LLC_TEST_LINK:
	case SMCW_LLC_TEST_LINK_V2:
	case SMCW_LLC_CONFIRM_RKEY:
	case SMCW_LLC_CONFIRM_RKEY_V2:
	case SMCW_LLC_DELETE_RKEY:
	case SMCW_LLC_DELETE_RKEY_V2:
		return engine_echo(bytes, len, SMCW_LLC_RESP, answer);
	case SMCW_LLC_REQ_ADD_LINK_V2:
		return engine_echo(bytes, len, SMCW_LLC_RESP, answer);
	default:
		return -ENOENT;
	}
}
