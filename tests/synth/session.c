// SPDX-License-Identifier: GPL-2.0-or-later
/* See session.h. */
#include <string.h>

#include "session.h"

#define CODE_16K 0 /* SESSION_SIZE as messages have it */

static void set_answer(struct session *s, struct msg *m, enum side side)
{
	msg_set(m, SMCW_F_smcr_rkey, s->rkey[side]);
	msg_set(m, SMCW_F_smcr_vaddr, s->vaddr[side]);
	msg_set(m, SMCW_F_smcr_alert_token, s->token[side]);
	msg_set(m, SMCW_F_smcr_rmbe_idx, s->idx);
	msg_set(m, SMCW_F_smcr_rmbe_size, CODE_16K);
	msg_set(m, SMCW_F_smcr_qpn, s->r->qpn[side]);
}

/* A reuse has neither the bit of first contact nor its extension. */
static void run_handshake(struct session *s, bool first)
{
	struct answer a = smcr_v21.answer;
	struct msg m;

	a.first_contact = first;
	msg_proposal(&m, &smcr_v21.offer);
	tcp_data(&s->t, CLIENT, m.b, m.len);
	msg_answer(&m, SMCW_ACCEPT, &a);
	set_answer(s, &m, SERVER);
	tcp_data(&s->t, SERVER, m.b, m.len);
	msg_answer(&m, SMCW_CONFIRM, &a);
	set_answer(s, &m, CLIENT);
	tcp_data(&s->t, CLIENT, m.b, m.len);
}

static void confirm_link(struct session *s)
{
	struct msg m;

	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, SERVER, 0);
	msg_set(&m, SMCW_F_confirm_link_qpn, s->r->qpn[SERVER]);
	roce_send(s->r, SERVER, m.b, m.len);
	msg_llc(&m, SMCW_LLC_CONFIRM_LINK_V2, CLIENT, SMCW_LLC_RESP);
	msg_set(&m, SMCW_F_confirm_link_qpn, s->r->qpn[CLIENT]);
	roce_send(s->r, CLIENT, m.b, m.len);
}

static void fill(struct session *s, struct roce *r, unsigned int nth, uint8_t idx)
{
	unsigned int rmb = idx > 1 ? 0 : nth; /* RMBEs after the first share the first RMB */
	int side;

	*s = (struct session){ .r = r, .idx = idx };
	for (side = CLIENT; side <= SERVER; side++) {
		s->rkey[side] = selves[side].rkey + rmb;
		s->vaddr[side] = selves[side].vaddr + ((uint64_t)rmb << 24);
		s->token[side] = selves[side].alert_token + nth;
	}
}

static void open_on(struct session *s, struct cap *tcp, uint16_t port, bool first)
{
	s->t = tcp_smc(tcp, port);
	run_handshake(s, first);
	if (first)
		confirm_link(s);
}

void session_open_in(struct session *s, struct roce *r, uint16_t port, unsigned int nth,
		     uint8_t idx)
{
	fill(s, r, nth, idx);
	open_on(s, r->cap, port, nth == 0);
}

void session_open_on(struct session *s, struct cap *tcp, struct roce *r, uint16_t port,
		     unsigned int nth)
{
	fill(s, r, nth, 1);
	open_on(s, tcp, port, nth == 0);
}

void session_unseen(struct session *s, struct roce *r, unsigned int nth)
{
	fill(s, r, nth, 1);
}

void session_open(struct session *s, struct roce *r, uint16_t port, unsigned int nth)
{
	session_open_in(s, r, port, nth, 1);
}

void session_write(struct session *s, enum side from, uint32_t ahead, const void *data, size_t len,
		   size_t mtu)
{
	uint32_t at = (s->at[from].prod + ahead) % SESSION_SIZE;
	size_t first = SESSION_SIZE - at < len ? SESSION_SIZE - at : len;
	enum side to = other(from);
	uint64_t start = s->vaddr[to] + (uint64_t)(s->idx - 1) * SESSION_SIZE;

	roce_write(s->r, from, s->rkey[to], start + at, data, first, mtu);
	if (len > first)
		roce_write(s->r, from, s->rkey[to], start, (const uint8_t *)data + first,
			   len - first, mtu);
}

static void move(uint16_t *wrap, uint32_t *count, size_t len)
{
	*count += (uint32_t)len;
	if (*count >= SESSION_SIZE) {
		*count -= SESSION_SIZE;
		++*wrap;
	}
}

void session_produce(struct session *s, enum side from, size_t len)
{
	move(&s->at[from].prod_wrap, &s->at[from].prod, len);
}

void session_consume(struct session *s, enum side by)
{
	s->at[by].cons = s->at[other(by)].prod;
	s->at[by].cons_wrap = s->at[other(by)].prod_wrap;
}

void session_cdc(struct session *s, enum side from, uint8_t flags, uint8_t state)
{
	struct msg m;

	msg_cdc(&m, from, ++s->seqno[from], &s->at[from], flags, state);
	msg_set(&m, SMCW_F_cdc_alert_token, s->token[other(from)]);
	roce_send(s->r, from, m.b, m.len);
}

void session_failover(struct session *s, enum side from, uint16_t seqno)
{
	const struct cursors none = { 0 };
	struct msg m;

	msg_cdc(&m, from, seqno, &none, SMCW_CDC_FAILOVER, 0);
	msg_set(&m, SMCW_F_cdc_alert_token, s->token[other(from)]);
	roce_send(s->r, from, m.b, m.len);
}

void session_send(struct session *s, enum side from, const void *data, size_t len)
{
	session_write(s, from, 0, data, len, ROCE_MTU);
	session_produce(s, from, len);
	session_cdc(s, from, 0, 0);
	session_consume(s, other(from));
	session_cdc(s, other(from), 0, 0);
}

void session_text(struct session *s, enum side from, const char *text)
{
	session_send(s, from, text, strlen(text));
}

void session_close(struct session *s)
{
	session_cdc(s, CLIENT, 0, SMCW_CDC_CLOSED);
	session_cdc(s, SERVER, 0, SMCW_CDC_CLOSED);
	tcp_close(&s->t);
}
