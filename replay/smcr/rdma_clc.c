// SPDX-License-Identifier: GPL-2.0-or-later
/* The handshake of SMC-R. See rdma_steps.h. */
#include "rdma_steps.h"

#include <string.h>

/*
 * Linux leaves them zero when it proposes version 2 alone, and yet distinguishes
 * link groups by them as a server (smcr_lgr_match): ours have to be there.
 */
void rdma_fill_clc(const struct play *p, const struct message *m, __u8 *bytes, size_t len)
{
	static const struct {
		__u16 field;
		const char *own;
	} fills[] = { { SMCW_F_proposal_peer_id, "own_peer_id" },
		      { SMCW_F_proposal_mac, "own_mac" } };
	struct rdma *r = p->setup->rdma;

	if (m->type != SMCW_PROPOSAL ||
	    len < sizeof(struct smcw_clc_hdr) + sizeof(struct smcw_proposal))
		return;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++)
		if (!message_term(m, fills[i].field))
			value_put(&smcw_fields[fills[i].field], bytes + sizeof(struct smcw_clc_hdr),
				  false, &bind_find(&r->own, fills[i].own)->value);
}

static int rdma_clc_connect_link(struct play *p, const struct smcw_accept_smcr *smcr)
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

int rdma_clc(struct play *p, const struct step *s, const __u8 *bytes, size_t len)
{
	struct rdma *r = p->setup->rdma;
	struct smcw_accept_parts parts;
	struct smcw_layout l;
	int rc = 0;

	(void)s;
	smcw_clc_layout(bytes, len, &l);
	if ((l.type != SMCW_ACCEPT && l.type != SMCW_CONFIRM) ||
	    smcw_accept_parse(bytes, &l, &parts) || !parts.smcr)
		return 0;
	conn_learn(&r->conn, parts.smcr);
	if (!r->links[0].link.connected)
		rc = rdma_clc_connect_link(p, parts.smcr);
	if (!rc)
		choose_link(r, parts.smcr);
	return rc;
}
