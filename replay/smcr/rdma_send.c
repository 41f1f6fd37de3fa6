// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages and writes of ours by queue pairs. See rdma_steps.h. */
#include "rdma_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peer/engine.h"
#include "second.h"
#include "transport/cdc.h"

bool rdma_is_delete_link(__u8 type)
{
	return type == SMCW_LLC_DELETE_LINK || type == SMCW_LLC_DELETE_LINK_V2;
}

static int rdma_send_sent(struct play *p, struct link *l, int rc)
{
	const char *fault = link_fault(l);

	if (rc == PEER_RESET)
		return play_failed(p, "expected the stack to take it, got: %s",
				   fault ? fault : "closed");
	if (rc == PEER_LATE)
		return play_failed(p, "expected the stack to take it, got no answer in time");
	return rc == -ENOTCONN ? play_failed(p, "there is no link yet") : rc;
}

static bool is_ask(const __u8 *bytes, size_t len)
{
	return len == SMCW_LLC_LEN &&
	       (*bytes == SMCW_LLC_CONFIRM_LINK || *bytes == SMCW_LLC_CONFIRM_LINK_V2) &&
	       !engine_is_response(bytes);
}

static int send_image(struct play *p, const struct step *s, const struct image *image)
{
	struct rdma *r = p->setup->rdma;
	struct link *l = rdma_link_of(p, s);
	unsigned int times = s->delivery.repeat ? s->delivery.repeat : 1;
	size_t len = image->len;
	int rc = 0;

	if (s->delivery.cut && s->delivery.cut < len)
		len = s->delivery.cut;
	if (len > QP_MESSAGE_MAX)
		return play_failed(p, "a message of %zu bytes is longer than the %u of LLC", len,
				   QP_MESSAGE_MAX);
	r->ending |= rdma_is_delete_link(image->bytes[0]);
	if (l->number == 1 && is_ask(image->bytes, len))
		memcpy(r->asked, image->bytes, sizeof(r->asked));
	rc = second_sending(p, &r->links[l->number - 1], image->bytes, len);
	for (unsigned int i = 0; !rc && i < times; i++) {
		clock_pause(s->delivery.delay_ms);
		rc = rdma_send_sent(p, l,
				    link_send(l, image->bytes, len, !s->delivery.unsolicited,
					      play_limit(p, RDMA_LLC_MS)));
	}
	if (!rc && image->bytes[0] == SMCW_CDC_TYPE && image->len >= sizeof(struct smcw_cdc))
		conn_sent(&r->conn, (const void *)image->bytes, len);
	return rc;
}

int rdma_send_llc(struct play *p, const struct step *s)
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
	return rdma_conn_link(r);
}

/* A script gives a key as a number to have a wrong one; the next step shows its effect. */
int rdma_send_write(struct play *p, const struct step *s)
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
	return rc == PEER_RESET && !named ? 0 : rdma_send_sent(p, l, rc);
}
