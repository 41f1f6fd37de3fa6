// SPDX-License-Identifier: GPL-2.0-or-later
/* See rdma.h. */
#include "rdma.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "farewell.h"
#include "peer/engine.h"
#include "second.h"
#include "transport/accept.h"

enum { RMB_MIN = 1 << 14, PAUSE_MAX = 600000 };

/* Each link has a protection domain of its own, and so rkeys of its own, be it of one device. */
int rdma_open(struct rdma **r, const union address *ours, const union address *second)
{
	int rc;

	*r = calloc(1, sizeof(**r));
	if (!*r)
		return -ENOMEM;
	rc = device_open(&(*r)->links[0].device, ours);
	if (!rc)
		rc = device_open(&(*r)->links[1].device, second);
	/* A third one is an asymmetric link: of the first address, between other links. */
	if (!rc)
		rc = device_open(&(*r)->links[2].device, ours);
	if (!rc) {
		farewell_begin(*r);
		return 0;
	}
	for (int i = 0; i < RDMA_LINKS; i++)
		device_close((*r)->links[i].device);
	free(*r);
	*r = NULL;
	return rc;
}

/* ---- the link group ------------------------------------------------------------- */

void rdma_look_ahead(struct rdma *r, const struct step *ahead)
{
	for (int i = 0; i < RDMA_LINKS; i++)
		if (r->links[i].open)
			link_ahead(&r->links[i].link, ahead);
}

static void end_group(struct rdma *r)
{
	if (!r->links[0].open)
		return;
	rdma_look_ahead(r, NULL);
	farewell_say(r);
	for (int i = 0; i < RDMA_LINKS; i++) {
		if (r->links[i].open)
			link_close(&r->links[i].link);
		r->links[i].open = false;
		r->links[i].peer_qpn = 0;
		r->links[i].link_num = 0;
	}
	second_close_conn(r);
	conn_close(&r->conn);
	r->at = 0;
	r->adding = NULL;
	r->offer_len = 0;
	arena_free(&r->arena);
	r->own.first = NULL;
}

void rdma_close(struct rdma *r)
{
	if (!r)
		return;
	end_group(r);
	for (int i = 0; i < RDMA_LINKS; i++)
		device_close(r->links[i].device);
	free(r);
}

void rdma_own_bytes(struct rdma *r, const char *name, unsigned int field, const void *bytes)
{
	struct value v = { .len = smcw_fields[field].size };

	memcpy(v.bytes, bytes, v.len);
	bind_set(&r->own, name, field, &v);
}

void rdma_own_number(struct rdma *r, const char *name, unsigned int field, __u64 number)
{
	struct value v;

	value_from_number(&smcw_fields[field], number, &v);
	bind_set(&r->own, name, field, &v);
}

static __u32 rdma_random32(void)
{
	__u32 n = 0;

	if (getrandom(&n, sizeof(n), 0) < 0)
		n = (__u32)clock_now();
	return n;
}

int rdma_open_link(struct rdma *r, unsigned int n)
{
	struct rdma_link *l = &r->links[n];
	enum end stack = r->role == END_CLIENT ? END_SERVER : END_CLIENT;

	l->open = true;
	return link_open(&l->link, l->device, stack, rdma_random32() & 0xffffff, rdma_random32(),
			 n + 1);
}

/*
 * A peer ID of its own keeps a link group apart from those of the cases before
 * (RFC 7609 A.2: two bytes at will, and a MAC address).
 */
static int open_group(struct rdma *r, enum end role)
{
	__u8 peer_id[SMCW_PEER_ID_LEN];
	const struct rdma_link *l = &r->links[0];
	int rc;

	r->role = role;
	r->own.arena = &r->arena;
	rc = rdma_open_link(r, 0);
	if (rc)
		return rc;
	smcw_put16(peer_id, (__u16)rdma_random32());
	memcpy(peer_id + 2, l->device->mac, SMCW_MAC_LEN);
	rdma_own_bytes(r, "own_peer_id", SMCW_F_smcr_peer_id, peer_id);
	rdma_own_bytes(r, "own_gid", SMCW_F_smcr_gid, l->device->gid);
	rdma_own_bytes(r, "own_mac", SMCW_F_smcr_mac, l->device->mac);
	rdma_own_number(r, "own_qpn", SMCW_F_smcr_qpn, l->link.qp.verbs->qp_num);
	rdma_own_number(r, "own_psn", SMCW_F_smcr_psn, l->link.qp.psn);
	rdma_own_number(r, "own_link_uid", SMCW_F_confirm_link_link_uid, l->link.uid);
	return 0;
}

/* The last one said counts: a connection has its RMB and token. */
static int open_conn(struct rdma *r, size_t size)
{
	int rc;

	second_close_conn(r);
	conn_close(&r->conn);
	r->conns++;
	r->token = r->token ? r->token + 1 : rdma_random32() | 1;
	rc = conn_open(&r->conn, r->links[0].device, size, r->token);
	if (rc)
		return rc;
	rdma_own_number(r, "own_rkey", SMCW_F_smcr_rkey, r->conn.rmb.verbs->rkey);
	rdma_own_number(r, "own_vaddr", SMCW_F_smcr_vaddr, (uintptr_t)r->conn.rmb.bytes);
	rdma_own_number(r, "own_alert_token", SMCW_F_smcr_alert_token, r->token);
	return second_open_conn(r);
}

/* ---- reading a script ------------------------------------------------------------ */

static bool names_own(const struct message *m)
{
	for (const struct part *p = m ? m->parts : NULL; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next)
			if (t->kind == TERM_NAME && !strncmp(t->name, "own_", 4))
				return true;
	return false;
}

static bool has_rdma(const struct test_case *test)
{
	if (accept_is_smcd(test))
		return false;
	for (const struct step *s = test->steps; s; s = s->next)
		if (s->kind == STEP_LLC || s->kind == STEP_WRITE || names_own(s->message))
			return true;
	return false;
}

/* Does the case go on in the link group of the one before it? */
static bool goes_on(const struct test_case *test)
{
	const struct message *m = accept_of_smcr(test, END_SERVER);

	for (const struct word *w = test->needs; w; w = w->next)
		if (!strcmp(w->text, "group"))
			return true;
	return m && has_rdma(test) && !message_number(m, SMCW_F_accept_hdr_first_contact);
}

static size_t rdma_size_of(const struct message *m)
{
	return m ? (size_t)RMB_MIN << message_number(m, SMCW_F_smcr_rmbe_size) : RMB_MIN;
}

/* The application asks for the buffer that the script's stack had. */
static void rdma_choose_buffer(struct play *p)
{
	const struct message *m =
		accept_of_smcr(p->test, p->role == END_CLIENT ? END_SERVER : END_CLIENT);
	const struct term *t = m ? message_term(m, SMCW_F_smcr_rmbe_size) : NULL;

	if (m && (!t || t->kind == TERM_SET))
		p->app.buffer = (unsigned int)rdma_size_of(m);
}

int rdma_begin(struct play *p)
{
	struct rdma *r = p->setup->rdma;
	bool more = goes_on(p->test);
	int rc = 0;

	if (!r || !has_rdma(p->test))
		return 0;
	r->ending = false;
	memset(r->asked, 0, sizeof(r->asked));
	if (!more || (r->links[0].open && (r->role != p->role || link_fault(rdma_conn_link(r)))))
		end_group(r);
	if (!r->links[0].device)
		return 0; /* it is played until a step takes one */
	if (more && !r->links[0].open) {
		fputs("it goes on in the link group of the case before it, which is not there\n",
		      p->out);
		return PLAY_NOT_PLAYABLE;
	}
	if (!r->links[0].open)
		rc = open_group(r, p->role);
	if (!rc)
		rc = second_open(r, p->test);
	if (!rc)
		rc = open_conn(r, rdma_size_of(accept_of_smcr(p->test, p->role)));
	if (rc)
		return rc;
	if (!more && script_has_step(p->test, STEP_STATS))
		farewell_settle(r);
	p->transport = &rdma_transport;
	p->conn = &r->conn;
	p->names.own = &r->own;
	rdma_choose_buffer(p);
	rdma_look_ahead(r, p->test->steps);
	return 0;
}

/* The verdict does not depend on it, and its reader may: nothing is done without a word. */
static void note_answered(struct play *p, struct link *l)
{
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	if (!out)
		return;
	link_write_answered(l, out);
	fclose(out);
	if (*text)
		fprintf(p->notes, "answered in the background%s:%s\n",
			l->number > 1 ? " by a further link" : "", text);
}

void rdma_end(struct play *p, bool passed)
{
	struct rdma *r = p->setup->rdma;

	if (p->transport != &rdma_transport)
		return;
	rdma_look_ahead(r, NULL);
	for (int i = 0; i < RDMA_LINKS; i++) {
		struct rdma_link *l = &r->links[i];

		if (!l->open)
			continue;
		p->qpn[2 * i] = l->link.qp.verbs ? l->link.qp.verbs->qp_num : 0;
		p->qpn[2 * i + 1] = l->peer_qpn;
		note_answered(p, &l->link);
	}
	if (!passed || !p->test->next || !goes_on(p->test->next))
		end_group(r);
}

/* ---- its links ---------------------------------------------------------------------- */

struct link *rdma_conn_link(struct rdma *r)
{
	return &r->links[r->at].link;
}

struct link *rdma_link_of(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;

	if (s->delivery.link)
		return &r->links[s->delivery.link - 1].link;
	return s->message->type == SMCW_CDC_TYPE ? rdma_conn_link(r) : &r->links[0].link;
}

bool rdma_has_second(const struct rdma *r)
{
	return !r || !r->links[0].device || r->links[1].device;
}

bool rdma_two_devices(const struct rdma *r)
{
	const struct device *first = r ? r->links[0].device : NULL;
	const struct device *second = r ? r->links[1].device : NULL;

	return first && second && first->verbs->device != second->verbs->device &&
	       strcmp(ibv_get_device_name(first->verbs->device),
		      ibv_get_device_name(second->verbs->device));
}
