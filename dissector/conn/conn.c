// SPDX-License-Identifier: GPL-2.0-or-later
/* See conn.h. */
#include <epan/packet.h>
#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#include "clc_place.h"
#include "conn.h"
#include "hostname.h"
#include "note.h"
#include "smc_codec.h"

/* The number of packets of a link that can come before its handshake. */
#define EARLY_PACKETS 1024

static int proto_smcx = -1;
static int proto_tcp = -1;
static guint32 conns;
static wmem_list_t *all;

/* ---- connections ---------------------------------------------------------------- */

struct conv_data *conn_conv_data(conversation_t *conv)
{
	struct conv_data *data = conversation_get_proto_data(conv, proto_smcx);

	if (!data) {
		data = wmem_new0(wmem_file_scope(), struct conv_data);
		conversation_add_proto_data(conv, proto_smcx, data);
	}
	return data;
}

static struct conn *conn_new(void)
{
	struct conn *conn = wmem_new0(wmem_file_scope(), struct conn);

	conn->number = CONN_NO_NUMBER;
	conn->declined_by = NOTE_NO_SIDE;
	conn->tally.aborted_by = NOTE_NO_SIDE;
	wmem_list_append(all, conn);
	return conn;
}

/* ---- without a handshake ------------------------------------------------------------ */

/*
 * The only connection of the group that lacks what an end says of itself, or NULL. In a group that
 * is older than the capture there may be others, of which no handshake is known.
 */
static struct conn *conn_lacking(const struct group *group, unsigned at)
{
	struct conn *found = NULL;

	if (!group->made_in)
		return NULL;
	for (unsigned i = 0; i < group->n_halves; i++) {
		struct conn *conn = group->halves[i];
		const struct end *end = &conn->end[conn_at(conn, at)];

		if (end->known || end->token || conn->declined_by < SIDES)
			continue;
		if (found)
			return NULL;
		found = conn;
	}
	return found;
}

static struct conn *half_new(const packet_info *pinfo, const struct note *note)
{
	struct conn *conn = conn_new();

	conn->number = conns++;
	conn->by_cdc = true;
	conn->group = note->group;
	conn->link = note->link;
	copy_address_wmem(wmem_file_scope(), &conn->end[note->sender].addr, &pinfo->src);
	copy_address_wmem(wmem_file_scope(), &conn->end[!note->sender].addr, &pinfo->dst);
	return conn;
}

struct conn *conn_by_cdc(const packet_info *pinfo, const struct note *note, guint32 token)
{
	unsigned at = !note->sender;
	struct conn *conn = conn_lacking(note->group, at);

	if (!conn)
		conn = half_new(pinfo, note);
	conn->end[conn_at(conn, at)].token = token;
	wmem_map_insert(note->group->tokens[at], GUINT_TO_POINTER(token), conn);
	return conn;
}

bool conn_merge(struct conn *keep, struct conn *gone)
{
	unsigned from = gone->end[CLIENT].token ? CLIENT : SERVER;
	unsigned side = keep->end[CLIENT].token ? SERVER : CLIENT;
	struct rmb *rmb = rmb_find(gone->link, conn_at(gone, from), gone->end[from].rkey);

	if (!group_join(keep->link, conn_at(keep, side), gone->link, conn_at(gone, from)))
		return false;
	keep->end[side] = gone->end[from];
	keep->flow[0][!side] = gone->flow[0][!from];
	keep->bytes[!side] = gone->bytes[!from];
	if (rmb)
		rmb_replace(rmb, gone, keep);
	tally_merge(&keep->tally, !side, &gone->tally, !from);
	gone->merged = keep;
	gone->turned = from != side;
	wmem_map_insert(keep->group->tokens[conn_at(keep, side)],
			GUINT_TO_POINTER((guint32)keep->end[side].token), keep);
	return true;
}

void conn_move(struct conn *conn, struct link *link, bool turned)
{
	conn->link = link;
	conn->group = link->group;
	if (turned)
		conn->flipped = !conn->flipped;
}

struct conn *conn_find(const address *a, guint32 a_port, const address *b, guint32 b_port)
{
	conversation_t *conv =
		find_conversation(G_MAXUINT32, a, b, CONVERSATION_TCP, a_port, b_port, 0);
	struct conv_data *data = conv ? conversation_get_proto_data(conv, proto_smcx) : NULL;

	return data ? data->conn : NULL;
}

guint32 conn_count(void)
{
	return conns;
}

wmem_list_t *conn_all(void)
{
	wmem_list_frame_t *at = wmem_list_head(all), *next;

	for (; at; at = next) {
		next = wmem_list_frame_next(at);
		if (((struct conn *)wmem_list_frame_data(at))->merged)
			wmem_list_remove_frame(all, at);
	}
	return all;
}

unsigned conn_sender(const struct conn *conn, const packet_info *pinfo)
{
	const struct end *client = &conn->end[CLIENT];

	return pinfo->srcport == client->port && addresses_equal(&pinfo->src, &client->addr) ?
		       CLIENT :
		       SERVER;
}

static void set_end(struct end *end, const address *addr, guint32 port)
{
	copy_address_wmem(wmem_file_scope(), &end->addr, addr);
	end->port = (guint16)port;
}

/* @sender: side of @pinfo's source */
static struct conn *conn_on_tcp(packet_info *pinfo, unsigned sender)
{
	struct conn *conn = conn_new();
	conversation_t *conv = find_conversation_pinfo(pinfo, 0);
	const struct tcp_analysis *tcp = conv ? conversation_get_proto_data(conv, proto_tcp) : NULL;

	set_end(&conn->end[sender], &pinfo->src, pinfo->srcport);
	set_end(&conn->end[!sender], &pinfo->dst, pinfo->destport);
	if (tcp) { /* traced events have a conversation, but no TCP, which would count them */
		conn->stream = tcp->stream;
		conn->has_stream = true;
	}
	return conn;
}

struct conn *conn_offer(packet_info *pinfo, struct conv_data *data, unsigned sender)
{
	if (!data->offer && !data->conn)
		data->offer = conn_on_tcp(pinfo, sender);
	return data->offer;
}

struct conn *conn_begin(packet_info *pinfo, struct conv_data *data, unsigned sender)
{
	struct conn *conn = data->offer ? data->offer : conn_on_tcp(pinfo, sender);

	data->offer = NULL;
	conn->number = conns++;
	conn->syn = data->syn;
	conn->syn_at = data->syn_at;
	return conn;
}

/* ---- Accept and Confirm ------------------------------------------------------------ */

struct message {
	const void *msg;
	const struct smcw_layout *l;
};

/* Was a member captured? */
#define HAS(m, member) SMCW_HAS((m)->l, (m)->msg, member)

static guint32 buffer_size(unsigned field, const void *part)
{
	return SMCW_BUF_BYTES((unsigned)smcw_field_get(&smcw_fields[field], part, 1));
}

/* Enter the connection for the WRITEs to it; @known: some of them were there before. */
static void enter_rmb(struct conn *conn, unsigned side, bool known, guint32 frame)
{
	const struct end *e = &conn->end[side];
	unsigned at = conn_at(conn, side);
	struct rmb *rmb = rmb_announce(conn->link, at, e->rkey, e->vaddr, frame);
	struct psn_window *w = &conn->link->qp[at].psn;

	conn->end[side].psn = w->begun ? w->next : 0;
	if (known && w->begun) {
		conn->end[side].psn = w->first;
		psn_open_all(w);
	}
	wmem_map_insert(rmb->conns, GUINT_TO_POINTER((guint)e->idx), conn);
}

/*
 * Return: whether CDC had the token before, as where one of two merged files begins after the
 * handshake: then the bytes do not begin here, and CDC decides where they are.
 */
static bool enter_token(struct conn *conn, unsigned side)
{
	wmem_map_t *tokens = conn->group->tokens[conn_at(conn, side)];
	gpointer token = GUINT_TO_POINTER((guint32)conn->end[side].token);
	const struct conn *before = wmem_map_lookup(tokens, token);

	wmem_map_insert(tokens, token, conn);
	return before && before != conn && before->by_cdc;
}

/*
 * A queue pair that was seen before its handshake, since captures put packets in
 * another order: its link is not confirmed, or has only packets with the numbers
 * that the handshake names.
 */
static bool is_early(const struct queue_pair *qp, const struct smcw_accept_smcr *r,
		     const struct message *m)
{
	const struct link *link = qp->link;
	const struct psn_window *sent = &link->qp[!qp->side].psn;

	if (link->group->made_in || link->down_in)
		return false;
	if (!link->up_in)
		return true;
	return HAS(m, r->psn) && sent->begun &&
	       ((sent->first - smcw_get24(r->psn)) & PSN_MASK) < EARLY_PACKETS;
}

/* The group of a connection that does not make one, found by its queue pair. */
static void join_group(struct conn *conn, unsigned side, const struct queue_pair *qp)
{
	if (qp) {
		conn->link = qp->link;
		conn->group = qp->link->group;
		conn->flipped = qp->side != side;
		return;
	}
	conn->group = group_new(false);
}

/* The first answer with first contact makes the group. */
static void make_first(const packet_info *pinfo, struct conn *conn, bool first_contact)
{
	if (!first_contact || conn->group->made_in)
		return;
	conn->group->made_in = pinfo->num;
	conn->group->first = conn;
}

/* The captured part of an end: fields that were cut off are zero, and not used as keys. */
static void learn_end(struct end *e, const struct smcw_accept_smcr *r, const struct message *m)
{
	e->rkey = smcw_get32(&r->rkey);
	e->vaddr = smcw_get64(&r->vaddr);
	e->token = smcw_get32(&r->alert_token);
	e->idx = r->rmbe_idx;
	e->known = HAS(m, r->size_mtu);
	if (e->known)
		e->size = buffer_size(SMCW_F_smcr_rmbe_size, r);
	e->start = e->idx ? (guint64)(e->idx - 1) * e->size : 0;
}

/* Packets carry as much as the end with the smaller MTU takes. */
static void learn_mtu(struct link *link, unsigned code)
{
	guint32 mtu = 128u << code;

	if (!smcw_value_text(SMCW_LIST_mtus, code))
		return;
	for (unsigned i = 0; i < SIDES; i++)
		if (!link->qp[i].psn.mtu || link->qp[i].psn.mtu > mtu)
			link->qp[i].psn.mtu = mtu;
}

static void learn_smcr(packet_info *pinfo, struct conn *conn, unsigned side,
		       const struct smcw_accept_parts *p, struct note *note,
		       const struct message *m)
{
	const struct smcw_accept_smcr *r = p->smcr;
	guint32 qpn = smcw_get24(r->qpn);
	struct queue_pair *qp = queue_pair_find(r->gid, qpn);
	bool known = false;

	learn_end(&conn->end[side], r, m);
	if (!HAS(m, r->qpn)) /* cut: nothing says which link group it is */
		return;
	if (!conn->group) {
		join_group(conn, side, p->first_contact && qp && !is_early(qp, r, m) ? NULL : qp);
		note->reuse = !p->first_contact;
	}
	make_first(pinfo, conn, p->first_contact);
	if (!conn->link) /* a traced host has named the group, and no link of it */
		conn->link = link_new(conn->group);
	if (!conn->link)
		return;
	if (!conn->link->qp[conn_at(conn, side)].known)
		link_end(conn->link, conn_at(conn, side), r->gid, qpn);
	if (p->first_contact && HAS(m, r->size_mtu))
		learn_mtu(conn->link, r->size_mtu & SMCW_MTU_LO);
	if (HAS(m, r->alert_token))
		known = enter_token(conn, side);
	if (HAS(m, r->vaddr))
		enter_rmb(conn, side, known, pinfo->num);
	if (!conn->end[!side].known)
		group_add_half(conn->group, conn);
}

static void learn_smcd(packet_info *pinfo, struct conn *conn, unsigned side,
		       const struct smcw_accept_parts *p, struct note *note,
		       const struct message *m)
{
	const struct smcw_accept_smcd *d = p->smcd;
	guint64 gid = smcw_get64(&d->gid);
	guint32 linkid = smcw_get32(&d->linkid);
	struct end *e = &conn->end[side];

	e->token = smcw_get64(&d->dmb_token);
	e->known = HAS(m, d->size);
	if (e->known) /* the CDC message is in the DMB itself, before the data */
		e->size = buffer_size(SMCW_F_smcd_dmbe_size, d) -
			  (guint32)sizeof(struct smcw_cdc_smcd);
	if (!HAS(m, d->linkid)) /* cut: nothing says which link group it is */
		return;
	if (!conn->group && !p->first_contact) {
		conn->group = group_smcd(gid, linkid);
		note->reuse = true;
	}
	if (!conn->group)
		conn->group = group_new(true);
	make_first(pinfo, conn, p->first_contact);
	group_smcd_is(gid, linkid, conn->group);
}

/* Filled up with blanks on the wire. NULL for none. */
static const char *name_of(const guint8 *text, size_t size)
{
	while (size && (text[size - 1] == ' ' || !text[size - 1]))
		size--;
	for (size_t i = 0; i < size; i++)
		if (!g_ascii_isprint(text[i]))
			return NULL;
	return size ? wmem_strndup(wmem_file_scope(), (const char *)text, size) : NULL;
}

/* NULL for none. */
static const char *host_of(const struct smcw_fce *fce)
{
	char *text = hostname_text(fce->hostname, sizeof(fce->hostname),
				   smcw_get_bits(fce->os_release, SMCW_OS_HI));
	const char *name = *text ? wmem_strdup(wmem_file_scope(), text) : NULL;

	g_free(text);
	return name;
}

static void learn_names(struct conn *conn, unsigned side, const struct smcw_accept_parts *p,
			const struct message *m)
{
	struct group *group = conn->group;
	const guint8 *eid = p->smcr && p->smcr_v2 ? p->smcr_v2->eid :
			    p->smcd && p->smcd_v2 ? p->smcd_v2->eid :
						    NULL;

	if (!group)
		return;
	if (eid && !group->eid && smcw_has(m->l, m->msg, eid + SMCW_EID_LEN))
		group->eid = name_of(eid, SMCW_EID_LEN);
	side = conn_at(conn, side);
	if (p->fce && !group->host[side] && HAS(m, p->fce->hostname))
		group->host[side] = host_of(p->fce);
}

static void learn_answer(packet_info *pinfo, struct conn *conn, struct note *note, const void *msg,
			 const struct smcw_layout *l)
{
	const struct message m = { msg, l };
	unsigned side = l->type == SMCW_ACCEPT ? SERVER : CLIENT;
	struct smcw_accept_parts p;

	if (smcw_accept_parse(msg, l, &p))
		return;
	conn->version = p.version;
	if (conn->group && conn->group->smcd != !p.smcr)
		return; /* the two ends do not speak of the same; see clc.c */
	if (p.smcr)
		learn_smcr(pinfo, conn, side, &p, note, &m);
	else if (p.smcd)
		learn_smcd(pinfo, conn, side, &p, note, &m);
	learn_names(conn, side, &p, &m);
}

/* ---- all of CLC ---------------------------------------------------------------------- */

/* A Proposal on ports that a handshake has used is a new connection's. */
static bool is_another(const struct conn *conn, unsigned type)
{
	return type == SMCW_PROPOSAL &&
	       (conn->clc[SMCW_ACCEPT] || conn->clc[SMCW_CONFIRM] || conn->clc[SMCW_DECLINE]);
}

void conn_learn(packet_info *pinfo, struct conv_data *data, struct note *note, const void *msg,
		const struct smcw_layout *l)
{
	unsigned type = l->type;
	struct conn *conn;

	if (type < SMCW_PROPOSAL || type > SMCW_DECLINE)
		return;
	if (!data->conn ||
	    (is_another(data->conn, type) && !clc_place_is_known(pinfo, data->conn, type)))
		/* The client speaks first, and be it a Decline when it has nothing to propose. */
		data->conn = conn_begin(pinfo, data, type == SMCW_ACCEPT ? SERVER : CLIENT);
	conn = data->conn;
	note->conn = conn;
	note->sender = (guint8)conn_sender(conn, pinfo);
	if (!conn->clc[type]) { /* else it is sent again, or traced at its receiver too */
		conn->clc[type] = pinfo->num;
		conn->at[type] = pinfo->abs_ts;
		if (type == SMCW_DECLINE)
			conn->declined_by = note->sender;
		else if (type != SMCW_PROPOSAL)
			learn_answer(pinfo, conn, note, msg, l);
	}
	note->group = conn->group;
	note->link = conn->link;
}

static void conn_forget_all(void)
{
	conns = 0;
	all = wmem_list_new(wmem_file_scope());
}

void conn_register(int proto)
{
	proto_smcx = proto;
	proto_tcp = proto_get_id_by_filter_name("tcp");
	register_init_routine(conn_forget_all);
}
