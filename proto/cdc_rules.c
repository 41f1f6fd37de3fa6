// SPDX-License-Identifier: GPL-2.0-or-later
/* See cdc_rules.h. */
#include "cdc_rules.h"

static struct smcp_cursor cursor_read(const struct smcw_cursor *c)
{
	struct smcp_cursor at = { smcw_get16(&c->wrap), smcw_get32(&c->count) };

	return at;
}

static void read_smcr(const struct smcw_cdc *m, struct smcp_control *c)
{
	c->has_seqno = 1;
	c->seqno = smcw_get16(&m->seqno);
	c->prod = cursor_read(&m->prod);
	c->cons = cursor_read(&m->cons);
	c->flags = m->flags;
	c->state = m->state;
}

/* Its numbers are in the byte order of the writer. */
static void read_smcd(const struct smcw_cdc_smcd *m, int big, struct smcp_control *c)
{
#define GET(key) smcw_field_get(&smcw_fields[SMCW_F_cdc_smcd_##key], m, big)
	c->prod = (struct smcp_cursor){ (__u16)GET(prod_wrap), (__u32)GET(prod_count) };
	c->cons = (struct smcp_cursor){ (__u16)GET(cons_wrap), (__u32)GET(cons_count) };
#undef GET
	c->flags = m->flags;
	c->state = m->state;
}

int smcp_control_read(const void *msg, const struct smcw_layout *l, struct smcp_control *c)
{
	const struct smcw_piece *smcr = smcw_layout_find(l, SMCW_PART_cdc);
	const struct smcw_piece *smcd = smcw_layout_find(l, SMCW_PART_cdc_smcd);
	const __u8 *bytes = msg;

	*c = (struct smcp_control){ 0 };
	if (smcr)
		read_smcr((const struct smcw_cdc *)(bytes + smcr->off), c);
	else if (smcd)
		read_smcd((const struct smcw_cdc_smcd *)(bytes + smcd->off), l->big, c);
	return smcr || smcd;
}
