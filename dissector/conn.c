// SPDX-License-Identifier: GPL-2.0-or-later
/* See conn.h. */
#include <epan/packet.h>
#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#include "conn.h"
#include "note.h"
#include "smc_codec.h"

static int proto_smcx = -1;
static int proto_tcp = -1;
static guint32 conns;

/* ---- connections ---------------------------------------------------------------- */

struct talk *conn_talk(conversation_t *conv)
{
	struct talk *talk = conversation_get_proto_data(conv, proto_smcx);

	if (!talk) {
		talk = wmem_new0(wmem_file_scope(), struct talk);
		conversation_add_proto_data(conv, proto_smcx, talk);
	}
	return talk;
}

static struct conn *conn_new(void)
{
	struct conn *conn = wmem_new0(wmem_file_scope(), struct conn);

	conn->number = conns++;
	conn->declined_by = NOTE_NO_SIDE;
	return conn;
}

struct conn *conn_by_cdc(struct group *group, struct link *link, unsigned side, guint32 token)
{
	struct conn *conn = conn_new();

	conn->by_cdc = true;
	conn->group = group;
	conn->link = link;
	conn->end[side].token = token;
	wmem_map_insert(group->tokens[side], GUINT_TO_POINTER(token), conn);
	return conn;
}

struct conn *conn_find(const address *a, guint32 a_port, const address *b, guint32 b_port)
{
	conversation_t *conv =
		find_conversation(G_MAXUINT32, a, b, CONVERSATION_TCP, a_port, b_port, 0);
	struct talk *talk = conv ? conversation_get_proto_data(conv, proto_smcx) : NULL;

	return talk ? talk->conn : NULL;
}

guint32 conn_count(void)
{
	return conns;
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

struct conn *conn_begin(packet_info *pinfo, const struct talk *talk, unsigned sender)
{
	struct conn *conn = conn_new();
	conversation_t *conv = find_conversation_pinfo(pinfo, 0);

	set_end(&conn->end[sender], &pinfo->src, pinfo->srcport);
	set_end(&conn->end[!sender], &pinfo->dst, pinfo->destport);
	conn->syn = talk->syn;
	conn->syn_at = talk->syn_at;
	/* Traced events have a conversation, but no TCP, which would count them. */
	if (conv && conversation_get_proto_data(conv, proto_tcp)) {
		conn->stream = get_tcp_conversation_data(conv, pinfo)->stream;
		conn->has_stream = true;
	}
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

/* Where the connection is found by the WRITEs to it. */
static void enter_rmb(struct conn *conn, unsigned side, guint32 frame)
{
	const struct end *e = &conn->end[side];
	unsigned at = conn_at(conn, side);
	struct rmb *rmb = rmb_tell(conn->link, at, e->rkey, e->vaddr, frame);

	wmem_map_insert(rmb->conns, GUINT_TO_POINTER((guint)e->idx), conn);
}

static void enter_token(struct conn *conn, unsigned side)
{
	const struct end *e = &conn->end[side];

	wmem_map_insert(conn->group->tokens[conn_at(conn, side)],
			GUINT_TO_POINTER((guint32)e->token), conn);
}

/* The group of a connection that does not make one: its queue pair tells. */
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

/* What was captured of it: fields that were cut off are zero, and nothing is entered by them. */
static void learn_end(struct end *e, const struct smcw_accept_smcr *r, const struct message *m)
{
	e->rkey = smcw_get32(&r->rkey);
	e->vaddr = smcw_get64(&r->vaddr);
	e->token = smcw_get32(&r->alert_token);
	e->idx = r->rmbe_idx;
	e->told = HAS(m, r->size_mtu);
	if (e->told)
		e->size = buffer_size(SMCW_F_smcr_rmbe_size, r);
}

static void learn_smcr(packet_info *pinfo, struct conn *conn, unsigned side,
		       const struct smcw_accept_parts *p, struct note *note,
		       const struct message *m)
{
	const struct smcw_accept_smcr *r = p->smcr;
	guint32 qpn = smcw_get24(r->qpn);
	struct queue_pair *qp = queue_pair_find(r->gid, qpn);

	learn_end(&conn->end[side], r, m);
	if (!HAS(m, r->qpn)) /* cut: nothing says which link group it is */
		return;
	if (!conn->group) {
		join_group(conn, side, p->first_contact ? NULL : qp);
		note->reuse = !p->first_contact;
	}
	make_first(pinfo, conn, p->first_contact);
	if (!conn->link) /* a traced host has named the group, and no link of it */
		conn->link = link_new(conn->group);
	if (!conn->link)
		return;
	if (!conn->link->qp[conn_at(conn, side)].known)
		link_end(conn->link, conn_at(conn, side), r->gid, qpn);
	if (HAS(m, r->alert_token))
		enter_token(conn, side);
	if (HAS(m, r->vaddr))
		enter_rmb(conn, side, pinfo->num);
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
	e->told = HAS(m, d->size);
	if (e->told) /* the CDC message is in the DMB itself, before the data */
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
		group->host[side] = name_of(p->fce->hostname, sizeof(p->fce->hostname));
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
		return; /* the two ends do not speak of the same; see clc_tell() */
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

void conn_learn(packet_info *pinfo, struct talk *talk, struct note *note, const void *msg,
		const struct smcw_layout *l)
{
	unsigned type = l->type;
	struct conn *conn;

	if (type < SMCW_PROPOSAL || type > SMCW_DECLINE)
		return;
	if (!talk->conn || is_another(talk->conn, type))
		/* The client speaks first, and be it a Decline when it has nothing to propose. */
		talk->conn = conn_begin(pinfo, talk, type == SMCW_ACCEPT ? SERVER : CLIENT);
	conn = talk->conn;
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

static void forget_all(void)
{
	conns = 0;
}

void conn_register(int proto)
{
	proto_smcx = proto;
	proto_tcp = proto_get_id_by_filter_name("tcp");
	register_init_routine(forget_all);
}
