// SPDX-License-Identifier: GPL-2.0-or-later
/* See rdma.h. */
#include "rdma.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cdc.h"
#include "engine.h"
#include "farewell.h"
#include "llc_rules.h"
#include "second.h"
#include "seen.h"
#include "smcd.h"
#include "transfer.h"

enum { RMB_MIN = 1 << 14, PAUSE_MAX = 600000 };

/* Each link has a protection domain of its own, and so rkeys of its own, be it of one device. */
int rdma_open(struct rdma **r, const union peer_address *ours, const union peer_address *second)
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

static void look_ahead(struct rdma *r, const struct step *ahead)
{
	for (int i = 0; i < RDMA_LINKS; i++)
		if (r->links[i].open)
			link_ahead(&r->links[i].link, ahead);
}

static void end_group(struct rdma *r)
{
	if (!r->links[0].open)
		return;
	look_ahead(r, NULL);
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

static __u32 random32(void)
{
	__u32 n = 0;

	if (getrandom(&n, sizeof(n), 0) < 0)
		n = (__u32)peer_now();
	return n;
}

int rdma_open_link(struct rdma *r, unsigned int n)
{
	struct rdma_link *l = &r->links[n];
	enum end stack = r->role == END_CLIENT ? END_SERVER : END_CLIENT;

	l->open = true;
	return link_open(&l->link, l->device, stack, random32() & 0xffffff, random32(), n + 1);
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
	smcw_put16(peer_id, (__u16)random32());
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
	r->token = r->token ? r->token + 1 : random32() | 1;
	rc = conn_open(&r->conn, r->links[0].device, size, r->token);
	if (rc)
		return rc;
	rdma_own_number(r, "own_rkey", SMCW_F_smcr_rkey, r->conn.rmb.verbs->rkey);
	rdma_own_number(r, "own_vaddr", SMCW_F_smcr_vaddr, (uintptr_t)r->conn.rmb.bytes);
	rdma_own_number(r, "own_alert_token", SMCW_F_smcr_alert_token, r->token);
	return second_open_conn(r);
}

/* ---- reading a script ------------------------------------------------------------ */

static const struct term *term_of(const struct message *m, unsigned int field)
{
	for (const struct part *p = m->parts; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next)
			if (t->field == field)
				return t;
	return NULL;
}

static __u64 number_of(const struct message *m, unsigned int field)
{
	const struct term *t = term_of(m, field);

	return t && t->kind == TERM_SET ? value_number(&t->value) : 0;
}

static const struct message *accept_of(const struct test_case *test, enum end end)
{
	for (const struct step *s = test ? test->steps : NULL; s; s = s->next)
		if (s->kind == STEP_CLC && s->end == end &&
		    s->message->type == (end == END_CLIENT ? SMCW_CONFIRM : SMCW_ACCEPT))
			for (const struct part *p = s->message->parts; p; p = p->next)
				if (p->id == SMCW_PART_smcr)
					return s->message;
	return NULL;
}

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
	if (smcd_in(test))
		return false;
	for (const struct step *s = test->steps; s; s = s->next)
		if (s->kind == STEP_LLC || s->kind == STEP_WRITE || names_own(s->message))
			return true;
	return false;
}

/* Does the case go on in the link group of the one before it? */
static bool goes_on(const struct test_case *test)
{
	const struct message *m = accept_of(test, END_SERVER);

	for (const struct word *w = test->needs; w; w = w->next)
		if (!strcmp(w->text, "group"))
			return true;
	return m && has_rdma(test) && !number_of(m, SMCW_F_accept_hdr_first_contact);
}

static size_t size_of(const struct message *m)
{
	return m ? (size_t)RMB_MIN << number_of(m, SMCW_F_smcr_rmbe_size) : RMB_MIN;
}

/* The application asks for the buffer that the script's stack had. */
static void choose_buffer(struct play *p)
{
	const struct message *m =
		accept_of(p->test, p->role == END_CLIENT ? END_SERVER : END_CLIENT);
	const struct term *t = m ? term_of(m, SMCW_F_smcr_rmbe_size) : NULL;

	if (m && (!t || t->kind == TERM_SET))
		p->app.buffer = (unsigned int)size_of(m);
}

/* ---- CDC messages are SENDs ------------------------------------------------------ */

/* The link that the connection is on. */
static struct link *conn_link(struct rdma *r)
{
	return &r->links[r->at].link;
}

static int via_send(struct play *p, const struct smcw_cdc *cdc)
{
	return link_send(conn_link(p->setup->rdma), cdc, sizeof(*cdc), true,
			 play_limit(p, RDMA_LLC_MS));
}

static int via_take(struct play *p, unsigned int ms)
{
	struct rdma *r = p->setup->rdma;
	struct arrival *a = link_take(conn_link(r), SMCW_CDC_TYPE, false, ms);
	char why[CONN_DIFFERENCE_MAX];
	int rc;

	if (!a)
		return PEER_LATE;
	rc = conn_received(&r->conn, a->bytes, a->len, why);
	if (rc) {
		rc = play_failed(p, "%s", why);
		play_show_bytes(p, a->bytes, a->len);
	}
	free(a);
	return rc;
}

static const char *via_fault(struct play *p)
{
	return link_fault(conn_link(p->setup->rdma));
}

static const struct conn_via via = { via_send, via_take, via_fault };

int rdma_begin(struct play *p)
{
	struct rdma *r = p->setup->rdma;
	bool more = goes_on(p->test);
	int rc = 0;

	if (!r || !has_rdma(p->test))
		return 0;
	r->in_use = false;
	r->ending = false;
	memset(r->asked, 0, sizeof(r->asked));
	if (!more || (r->links[0].open && (r->role != p->role || link_fault(conn_link(r)))))
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
		rc = open_conn(r, size_of(accept_of(p->test, p->role)));
	if (rc)
		return rc;
	if (!more && script_has_step(p->test, STEP_STATS))
		farewell_settle(r);
	r->in_use = true;
	r->conn.via = &via;
	p->conn = &r->conn;
	p->names.own = &r->own;
	choose_buffer(p);
	look_ahead(r, p->test->steps);
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

	if (!r || !r->in_use)
		return;
	look_ahead(r, NULL);
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
	r->in_use = false;
}

bool rdma_connected(const struct play *p)
{
	const struct rdma *r = p->setup->rdma;

	return r && r->in_use && r->links[0].link.connected && r->conn.to_stack.size;
}

/* ---- CLC --------------------------------------------------------------------------- */

/*
 * Linux leaves them zero when it proposes version 2 alone, and yet distinguishes
 * link groups by them as a server (smcr_lgr_match): ours have to be there.
 */
void rdma_fill_proposal(const struct play *p, const struct message *m, __u8 *bytes, size_t len)
{
	static const struct {
		__u16 field;
		const char *own;
	} fills[] = { { SMCW_F_proposal_peer_id, "own_peer_id" },
		      { SMCW_F_proposal_mac, "own_mac" } };
	struct rdma *r = p->setup->rdma;

	if (!r || !r->in_use || m->type != SMCW_PROPOSAL ||
	    len < sizeof(struct smcw_clc_hdr) + sizeof(struct smcw_proposal))
		return;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		if (!term_of(m, fills[i].field))
			value_put(&smcw_fields[fills[i].field], bytes + sizeof(struct smcw_clc_hdr),
				  false, &bind_find(&r->own, fills[i].own)->value);
}

static int connect_link(struct play *p, const struct smcw_accept_smcr *smcr)
{
	struct rdma *r = p->setup->rdma;
	struct qp_peer to = { .number = smcw_get24(smcr->qpn),
			      .psn = smcw_get24(smcr->psn),
			      .mtu = smcr->size_mtu & SMCW_MTU_LO };
	int rc;

	memcpy(to.gid, smcr->gid, sizeof(to.gid));
	rc = link_connect(&r->links[0].link, &to);
	r->links[0].peer_qpn = to.number;
	if (rc)
		return play_failed(p, "expected a queue pair that can be connected to, got: %s",
				   strerror(-rc));
	return 0;
}

/* The stack says by its queue pair on which link the connection is. */
static void choose_link(struct rdma *r, const struct smcw_accept_smcr *smcr)
{
	for (unsigned int i = 0; i < RDMA_LINKS; i++) {
		struct rdma_link *l = &r->links[i];

		if (!l->open || l->peer_qpn != smcw_get24(smcr->qpn))
			continue;
		r->at = i;
		l->rkey = r->conn.rkey;
		l->vaddr = r->conn.vaddr;
	}
}

int rdma_clc(struct play *p, const __u8 *bytes, size_t len)
{
	struct rdma *r = p->setup->rdma;
	struct smcw_accept_parts parts;
	struct smcw_layout l;
	int rc = 0;

	if (!r || !r->in_use)
		return 0;
	smcw_clc_layout(bytes, len, &l);
	if ((l.type != SMCW_ACCEPT && l.type != SMCW_CONFIRM) ||
	    smcw_accept_parse(bytes, &l, &parts) || !parts.smcr)
		return 0;
	conn_learn(&r->conn, parts.smcr);
	if (!r->links[0].link.connected)
		rc = connect_link(p, parts.smcr);
	if (!rc)
		choose_link(r, parts.smcr);
	return rc;
}

/* ---- messages of ours ------------------------------------------------------------------ */

static int sent(struct play *p, struct link *l, int rc)
{
	const char *fault = link_fault(l);

	if (rc == PEER_RESET)
		return play_failed(p, "expected the stack to take it, got: %s",
				   fault ? fault : "closed");
	if (rc == PEER_LATE)
		return play_failed(p, "expected the stack to take it, got no answer in time");
	return rc == -ENOTCONN ? play_failed(p, "there is no link yet") : rc;
}

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000l };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static bool is_delete_link(__u8 type)
{
	return type == SMCW_LLC_DELETE_LINK || type == SMCW_LLC_DELETE_LINK_V2;
}

static bool is_ask(const __u8 *bytes, size_t len)
{
	return len == SMCW_LLC_LEN &&
	       (*bytes == SMCW_LLC_CONFIRM_LINK || *bytes == SMCW_LLC_CONFIRM_LINK_V2) &&
	       !engine_is_response(bytes);
}

/* The link of a message: CDC goes by the one that the connection is on. */
static struct link *link_of(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;

	if (s->delivery.link)
		return &r->links[s->delivery.link - 1].link;
	return s->message->type == SMCW_CDC_TYPE ? conn_link(r) : &r->links[0].link;
}

static int send_image(struct play *p, const struct step *s, const struct image *image)
{
	struct rdma *r = p->setup->rdma;
	struct link *l = link_of(p, s);
	unsigned int times = s->delivery.repeat ? s->delivery.repeat : 1;
	size_t len = image->len;
	int rc = 0;

	if (s->delivery.cut && s->delivery.cut < len)
		len = s->delivery.cut;
	if (len > QP_MESSAGE_MAX)
		return play_failed(p, "a message of %zu bytes is longer than the %u of LLC", len,
				   QP_MESSAGE_MAX);
	r->ending |= is_delete_link(image->bytes[0]);
	if (l->number == 1 && is_ask(image->bytes, len))
		memcpy(r->asked, image->bytes, sizeof(r->asked));
	rc = second_sending(p, &r->links[l->number - 1], image->bytes, len);
	for (unsigned int i = 0; !rc && i < times; i++) {
		if (s->delivery.delay_ms)
			pause_ms(s->delivery.delay_ms);
		rc = sent(p, l,
			  link_send(l, image->bytes, len, !s->delivery.unsolicited,
				    play_limit(p, RDMA_LLC_MS)));
	}
	if (!rc && image->bytes[0] == SMCW_CDC_TYPE && image->len >= sizeof(struct smcw_cdc))
		conn_sent(&r->conn, (const void *)image->bytes, len);
	return rc;
}

static int send_llc(struct play *p, const struct step *s)
{
	static struct image image;
	const struct term *missing;
	const struct part *part = s->message->parts;
	int rc = message_build(s->message, bind_own, &p->names, &image, &missing);

	if (rc == -ENOENT)
		return play_unknown(p, missing->name);
	if (!rc && part && part->id == SMCW_PART_cdc)
		cdc_fill(&p->setup->rdma->conn, part, image.bytes);
	return rc ? rc : send_image(p, s, &image);
}

/* An rkey is of one link; one that is of none goes by that of the connection. */
static struct link *link_by_rkey(struct rdma *r, __u32 rkey, __u64 *vaddr)
{
	for (int i = 0; i < RDMA_LINKS; i++) {
		*vaddr = r->links[i].vaddr;
		if (r->links[i].open && r->links[i].rkey && r->links[i].rkey == rkey)
			return &r->links[i].link;
	}
	*vaddr = r->conn.vaddr;
	return conn_link(r);
}

/* A key that is no name is meant to be wrong, and its effect is the next step's. */
static int send_write(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;
	bool named = *s->key == '$';
	const struct binding *b = named ? bind_find(&p->names, s->key + 1) : NULL;
	__u32 rkey = b ? (__u32)value_number(&b->value) : (__u32)strtoul(s->key, NULL, 0);
	struct link *l;
	__u64 vaddr;
	int rc;

	if (named && !b)
		return play_unknown(p, s->key + 1);
	l = link_by_rkey(r, rkey, &vaddr);
	rc = link_write(l, s->data, s->len, vaddr + s->offset, rkey, play_limit(p, RDMA_LLC_MS));
	if (!rc)
		conn_wrote(&r->conn, s->offset, s->data, s->len);
	return rc == PEER_RESET && !named ? 0 : sent(p, l, rc);
}

/* ---- messages of the stack ---------------------------------------------------------------- */

static void show_arrivals(struct play *p, struct link *l)
{
	struct arrival *a;
	unsigned int shown = 0;

	while ((a = link_left(l, true))) {
		if (shown++ < 8)
			play_show_bytes(p, a->bytes, a->len);
		free(a);
	}
}

/*
 * Linux, as a client, drops a CONFIRM_LINK that comes at once after its
 * Confirm: there is no flow yet that it would be for (smc_connect_rdma). A
 * server that gets no answer asks again.
 */
static struct arrival *ask_again(struct play *p)
{
	struct rdma *r = p->setup->rdma;
	struct arrival *a =
		link_take(&r->links[0].link, r->asked[0], true, play_limit(p, RDMA_ASK_MS));

	if (!a)
		link_send(&r->links[0].link, r->asked, sizeof(r->asked), true,
			  play_limit(p, RDMA_LLC_MS));
	return a;
}

/* The statement by which there has to be a response. */
static const char *response_statement(__u8 type)
{
	return smcp_rule_mark((enum smcp_rule)smcp_llc_exchange(type)->answered);
}

static unsigned int llc_ms(__u8 type, bool response)
{
	return !response && (type & ~SMCW_LLC_V2_TYPE) == SMCW_LLC_TEST_LINK ? RDMA_TEST_LINK_MS :
									       RDMA_LLC_MS;
}

static int receive_llc(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;
	__u8 type = s->message->type;
	bool response = engine_fits(s, (enum end)s->end, type, true);
	struct link *l = link_of(p, s);
	struct arrival *a = NULL;
	const char *fault;
	int rc;

	if (l->number == 1 && response && type && type == r->asked[0])
		a = ask_again(p);
	if (!a)
		a = link_take(l, type, response, play_step_limit(p, llc_ms(type, response)));
	if (a) {
		seen_message(p->seen, p->number, LAYER_LLC, false, a->bytes, a->len);
		rc = play_compare(p, s, a->bytes, a->len);
		if (!rc)
			rc = second_learn(p, &r->links[l->number - 1], a->bytes, a->len);
		free(a);
		return rc;
	}
	fault = link_fault(l);
	play_failed(p, "expected %s %s, got %s%s",
		    smcw_value_text(SMCW_LIST_llc_types, type) ?: "an LLC message",
		    response ? "response" : "request", fault ? fault : "nothing like it in time",
		    response ? response_statement(type) : "");
	show_arrivals(p, l);
	return PLAY_FAILED;
}

/* ---- steps ------------------------------------------------------------------------------------
 */

/* A CDC message by the other link moves the connection. Bytes of the old link came before it. */
static int move_conn(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;
	int rc;

	if (!s->delivery.link || s->delivery.link - 1 == r->at)
		return 0;
	rc = cdc_expect_no_more(p, 0);
	r->at = s->delivery.link - 1;
	return rc;
}

static int prepare(struct play *p, const struct step *s)
{
	if (!rdma_connected(p) && !(p->setup->rdma && p->setup->rdma->in_use))
		return PLAY_NOT_PLAYABLE;
	if (s->delivery.link && !p->setup->rdma->links[s->delivery.link - 1].open)
		return play_failed(p, "there is no link %u: none of its names is in the case",
				   s->delivery.link);
	look_ahead(p->setup->rdma, s);
	return s->message && s->message->type == SMCW_CDC_TYPE ? move_conn(p, s) : 0;
}

int rdma_our_step(struct play *p, const struct step *s)
{
	int rc = prepare(p, s);

	if (rc)
		return rc;
	return s->kind == STEP_WRITE ? send_write(p, s) : send_llc(p, s);
}

int rdma_stack_step(struct play *p, const struct step *s)
{
	int rc = prepare(p, s);

	if (rc)
		return rc;
	if (s->kind == STEP_WRITE)
		return transfer_send(p, s);
	if (s->message->type == SMCW_CDC_TYPE)
		return cdc_receive(p, s);
	return receive_llc(p, s);
}

int rdma_receive(struct play *p, const struct step *s)
{
	struct rdma *r = p->setup->rdma;

	if (!r || !r->in_use)
		return PLAY_NOT_PLAYABLE;
	for (int i = 0; i < RDMA_LINKS; i++)
		if (r->links[i].open)
			link_receive(&r->links[i].link, s->count);
	return 0;
}

static int link_expect_no_more(struct play *p, struct link *l)
{
	struct rdma *r = p->setup->rdma;
	bool cdc = l != conn_link(r);
	struct arrival *a;

	while ((a = link_left(l, cdc)) && r->ending && is_delete_link(a->type))
		free(a);
	if (!a)
		return l->lost ?
			       play_failed(
				       p, "expected no more messages, got %u more than can be kept",
				       l->lost) :
			       0;
	play_failed(p, "expected no more messages%s, got one",
		    l->number > 1 ? " by a further link" : "");
	play_show_bytes(p, a->bytes, a->len);
	free(a);
	return PLAY_FAILED;
}

int rdma_expect_no_more(struct play *p)
{
	struct rdma *r = p->setup->rdma;
	int rc;

	if (!r || !r->in_use)
		return 0;
	/* A group that ends may say so of each connection, and of itself, or be gone before. */
	rc = cdc_expect_no_more(p, r->ending ? SMCW_CDC_ABORT : 0);
	if (rc)
		return rc;
	for (int i = 0; !rc && i < RDMA_LINKS; i++)
		if (r->links[i].open)
			rc = link_expect_no_more(p, &r->links[i].link);
	return rc;
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
