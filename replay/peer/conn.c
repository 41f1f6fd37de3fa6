// SPDX-License-Identifier: GPL-2.0-or-later
/* See conn.h. */
#include "conn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cdc_rules.h"

/* An update is owed after a tenth of the buffer, but SOCK_MIN_SNDBUF / 2 at least. */
enum { UPDATE_PART = 10, UPDATE_MIN = 2304 };

int conn_open(struct conn *c, const struct device *d, size_t size, __u32 own_token)
{
	*c = (struct conn){ .own_token = own_token, .from_stack.size = size };
	return region_open(&c->rmb, d, size, true);
}

void conn_close(struct conn *c)
{
	region_close(&c->rmb);
	free(c->mirror);
	free(c->to_stack.stream.bytes);
	free(c->from_stack.stream.bytes);
	*c = (struct conn){ 0 };
}

void conn_learn(struct conn *c, const struct smcw_accept_smcr *smcr)
{
	size_t size = SMCW_BUF_BYTES(smcw_get_bits(smcr->size_mtu, SMCW_SIZE_HI));

	c->rkey = smcw_get32(&smcr->rkey);
	c->token = smcw_get32(&smcr->alert_token);
	c->vaddr = smcw_get64(&smcr->vaddr) + (smcr->rmbe_idx - 1) * size;
	free(c->mirror);
	c->mirror = calloc(1, size);
	c->to_stack.size = c->mirror ? size : 0;
}

void conn_learn_smcd(struct conn *c, const struct smcw_accept_smcd *smcd)
{
	size_t size = SMCW_BUF_BYTES(smcw_get_bits(smcd->size, SMCW_SIZE_HI)) -
		      sizeof(struct smcw_cdc_smcd);

	free(c->mirror);
	c->mirror = calloc(1, size);
	c->to_stack.size = c->mirror ? size : 0;
}

static void conn_append(struct conn_bytes *to, const void *bytes, size_t len)
{
	__u8 *more = realloc(to->bytes, to->len + len);

	if (!more)
		abort(); /* as the arena does: no script is that large */
	memcpy(more + to->len, bytes, len);
	to->bytes = more;
	to->len += len;
}

void conn_expect(struct conn *c, const void *bytes, size_t len)
{
	conn_append(&c->from_stack.stream, bytes, len);
}

void conn_wrote(struct conn *c, __u64 offset, const void *bytes, size_t len)
{
	if (offset >= c->to_stack.size || len > c->to_stack.size - offset)
		return;
	memcpy(c->mirror + offset, bytes, len);
	c->written += len;
}

__u64 conn_count(const struct smcw_cursor *cursor, __u64 size, __u64 near)
{
	struct smcp_cursor at = { smcw_get16(&cursor->wrap), smcw_get32(&cursor->count) };

	return size ? smcp_cursor_bytes(at, near, size) : at.count;
}

void conn_cursor(struct smcw_cursor *cursor, __u64 size, __u64 count)
{
	struct smcp_cursor at = { 0 };

	if (size)
		at = smcp_cursor_at(count, size);
	smcw_put16(&cursor->wrap, at.wrap);
	smcw_put32(&cursor->count, at.count);
}

void conn_fill(const struct conn *c, struct smcw_cdc *cdc)
{
	smcw_put16(&cdc->seqno, (__u16)(c->seq + 1));
	smcw_put32(&cdc->alert_token, c->token);
	conn_cursor(&cdc->prod, c->to_stack.size, c->written);
	conn_cursor(&cdc->cons, c->from_stack.size, c->from_stack.produced);
}

/* The application may read the bytes that have been reported. */
static void conn_announce(struct conn *c, __u64 produced)
{
	struct conn_way *w = &c->to_stack;

	if ((__s64)(produced - c->announced) > 0)
		c->announced = produced;
	if (produced > c->written)
		produced = c->written;
	for (; w->produced < produced; w->produced++)
		conn_append(&w->stream, c->mirror + w->produced % w->size, 1);
}

/* The stack leaves alone messages that are not for the connection, or are older. */
void conn_sent(struct conn *c, const struct smcw_cdc *cdc, size_t len)
{
	__u16 seq = smcw_get16(&cdc->seqno);
	__u64 consumed;

	if (len < offsetof(struct smcw_cdc, reserved) || cdc->length != SMCW_CDC_LEN ||
	    cdc->flags & SMCW_CDC_FAILOVER || smcw_get32(&cdc->alert_token) != c->token ||
	    smcp_seqno_is_old(c->seq, seq))
		return;
	c->seq = seq;
	c->asked |= !!(cdc->flags & SMCW_CDC_UPDATE_REQ);
	c->blocked = cdc->flags & SMCW_CDC_WRITE_BLOCKED;
	conn_announce(c, conn_count(&cdc->prod, c->to_stack.size, c->to_stack.produced));
	if (cdc->flags & SMCW_CDC_URG_PRESENT && c->to_stack.produced) {
		c->urgent = true;
		c->urgent_at = c->to_stack.produced - 1;
	}
	consumed = conn_count(&cdc->cons, c->from_stack.size, c->from_stack.consumed);
	if ((__s64)(consumed - c->from_stack.consumed) > 0)
		c->from_stack.consumed = consumed;
}

void conn_reported(struct conn *c, const struct smcw_cdc *cdc)
{
	c->seq = smcw_get16(&cdc->seqno);
	c->announced += c->to_stack.size;
	c->to_stack.produced += c->to_stack.size;
	c->to_stack.stream.base += c->to_stack.size;
	c->from_stack.consumed = c->from_stack.produced;
}

bool conn_owes_update(const struct conn *c, __u64 read)
{
	const struct conn_way *w = &c->to_stack;
	__u64 limit = w->size / UPDATE_PART > UPDATE_MIN ? w->size / UPDATE_PART : UPDATE_MIN;

	if (read <= w->consumed)
		return false;
	if (c->asked)
		return true;
	return read - w->consumed > limit &&
	       (c->blocked || w->produced - w->consumed >= w->size / 2);
}

/* ---- received messages ------------------------------------------------------------- */

/* The build for tests/replay leaves out the rule that the environment names. */
#ifdef CONN_RULE_SWITCH
static bool is_off(const char *why)
{
	const char *off = getenv("CONN_RULE_OFF");

	return off && strstr(why, off);
}
#else
#define is_off(why) ((void)(why), false)
#endif

__attribute__((format(printf, 2, 3))) static int conn_wrong(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CONN_DIFFERENCE_MAX, format, args);
	va_end(args);
	return is_off(why) ? 0 : -EPROTO;
}

static int check_form(struct conn *c, const struct smcw_cdc *cdc, size_t len, char *why)
{
	__u16 seq = smcw_get16(&cdc->seqno), next = (__u16)(c->stack_seq + 1);
	__u32 token = smcw_get32(&cdc->alert_token);

	if (len != SMCW_CDC_LEN)
		return conn_wrong(
			why, "cdc: expected 44 bytes, got %zu; a CDC message has as many [CDC-01]",
			len);
	if (cdc->length != SMCW_CDC_LEN)
		return conn_wrong(
			why,
			"cdc.length: expected 44, got %u; it is fixed by the protocol [CDC-01]",
			cdc->length);
	if (token != c->own_token)
		return conn_wrong(
			why,
			"cdc.alert_token: expected 0x%08x, got 0x%08x; it is what our end has "
			"announced [CDC-01]",
			c->own_token, token);
	if (cdc->flags & SMCW_CDC_FAILOVER)
		return smcp_seqno_ahead(c->stack_seq, seq) <= 0 ?
			       0 :
			       conn_wrong(
				       why,
				       "cdc.seqno: expected %u at most, got %u; it is state: one "
				       "that was sent before the link went [CDC-21]",
				       c->stack_seq, seq);
	/* Messages under way when a link went may never come. */
	if (c->last.flags & SMCW_CDC_FAILOVER && smcp_seqno_ahead(next, seq) > 0)
		next = seq;
	if (seq != next)
		return conn_wrong(
			why,
			"cdc.seqno: expected %u, got %u; it is state: one more than the last "
			"[CDC-04]",
			next, seq);
	if (smcw_get16(&cdc->prod.reserved) || smcw_get16(&cdc->cons.reserved))
		return conn_wrong(
			why, "cdc: a cursor's first bytes are reserved: sent as zero [CDC-01]");
	if (smcp_control_has_reserved(cdc->flags, cdc->state))
		return conn_wrong(
			why,
			"cdc: flags 0x%02x, state 0x%02x: bits of them are reserved: sent as "
			"zero [CDC-01]",
			cdc->flags, cdc->state);
	if (cdc->credits) /* for peers that announced credits of their own; this one never does */
		return conn_wrong(
			why,
			"cdc.credits: expected 0, got %u; to this peer it is reserved: sent "
			"as zero [CDC-01]",
			cdc->credits);
	for (size_t i = 0; i < sizeof(cdc->reserved); i++)
		if (cdc->reserved[i])
			return conn_wrong(
				why,
				"cdc.reserved: byte %zu is 0x%02x; it is reserved: sent as "
				"zero [CDC-01]",
				i, cdc->reserved[i]);
	return 0;
}

static int check_cursors(struct conn *c, const struct smcw_cdc *cdc, __u64 produced, __u64 consumed,
			 char *why)
{
	const struct conn_way *in = &c->from_stack, *out = &c->to_stack;

	if (smcw_get32(&cdc->prod.count) >= in->size)
		return conn_wrong(
			why,
			"cdc.prod_count: expected less than %llu, got %u; it is a place in "
			"our RMBE [CDC-06]",
			in->size, smcw_get32(&cdc->prod.count));
	if (out->size && smcw_get32(&cdc->cons.count) >= out->size)
		return conn_wrong(
			why,
			"cdc.cons_count: expected less than %llu, got %u; it is a place in "
			"the RMBE of the stack [CDC-06]",
			out->size, smcw_get32(&cdc->cons.count));
	if (produced < in->produced || produced - in->consumed > in->size)
		return conn_wrong(
			why,
			"cdc.prod: expected %llu to %llu bytes, got %llu; it is state: never "
			"back, never more than the RMBE holds [CDC-13]",
			in->produced, in->consumed + in->size, produced);
	if (produced > in->stream.len)
		return conn_wrong(
			why,
			"cdc.prod: expected %zu bytes at most, got %llu; it is as much as the "
			"application has sent [CDC-11]",
			in->stream.len, produced);
	if (consumed < out->consumed || consumed > c->announced)
		return conn_wrong(
			why,
			"cdc.cons: expected %llu to %llu bytes, got %llu; it is state: never "
			"back, never more than was sent [CDC-15]",
			out->consumed, c->announced, consumed);
	if (produced > in->produced && produced - in->consumed == in->size &&
	    !(cdc->flags & SMCW_CDC_WRITE_BLOCKED))
		return conn_wrong(why,
				  "cdc.write_blocked: expected 1, got 0; it is state: our RMBE is "
				  "full [CDC-14]");
	return 0;
}

/* The bytes have to be there when the CDC message is. */
static int check_data(struct conn *c, __u64 produced, char *why)
{
	const struct conn_way *in = &c->from_stack;

	for (__u64 i = in->produced; i < produced; i++) {
		__u8 is = c->rmb.bytes[i % in->size];

		if (is != in->stream.bytes[i])
			return conn_wrong(
				why,
				"data: byte %llu is 0x%02x, expected 0x%02x; it is in the "
				"RMBE before the CDC message comes [CDC-11]",
				i, is, in->stream.bytes[i]);
	}
	return 0;
}

/* It says a sequence number, and nothing else of it counts (CDC-21). */
static int failed_over(struct conn *c, const struct smcw_cdc *cdc, size_t len, char *why)
{
	int rc = check_form(c, cdc, len, why);

	if (rc)
		return rc;
	c->seen++;
	c->last = (struct smcw_cdc){ .seqno = cdc->seqno, .flags = SMCW_CDC_FAILOVER };
	return 0;
}

/* Each message says something new, unless our end has asked for cursors. */
static int check_news(const struct conn *c, const struct smcw_cdc *cdc, __u64 produced,
		      __u64 consumed, char *why)
{
	if (!c->seen || c->asked || c->last.flags & SMCW_CDC_FAILOVER ||
	    produced != c->from_stack.produced || consumed != c->to_stack.consumed ||
	    cdc->flags != c->last.flags || cdc->state != c->last.state)
		return 0;
	return conn_wrong(
		why,
		"cdc: expected other cursors, flags or state than in the message before it, "
		"got the same; it is state: said once [%s]",
		cdc->state ? "CDC-20.1" : "CDC-16.1");
}

int conn_received(struct conn *c, const __u8 *bytes, size_t len, char *why)
{
	__u64 produced, consumed;
	struct smcw_cdc cdc = { 0 };
	int rc;

	memcpy(&cdc, bytes, len < sizeof(cdc) ? len : sizeof(cdc));
	if (len >= offsetof(struct smcw_cdc, reserved) && cdc.flags & SMCW_CDC_FAILOVER)
		return failed_over(c, &cdc, len, why);
	produced = conn_count(&cdc.prod, c->from_stack.size, c->from_stack.produced);
	consumed = conn_count(&cdc.cons, c->to_stack.size, c->to_stack.consumed);
	rc = check_form(c, &cdc, len, why);
	if (!rc)
		rc = check_cursors(c, &cdc, produced, consumed, why);
	if (!rc)
		rc = check_data(c, produced, why);
	if (!rc)
		rc = check_news(c, &cdc, produced, consumed, why);
	if (rc)
		return rc;
	c->stack_seq = smcw_get16(&cdc.seqno);
	c->asked = false; /* one message answers it (CDC-16) */
	c->seen++;
	c->last = cdc;
	c->from_stack.produced = produced;
	c->to_stack.consumed = consumed;
	return 0;
}

/* ---- SMC-D -------------------------------------------------------------------------- */

void conn_from_smcd(const struct smcw_cdc_smcd *head, struct smcw_cdc *cdc)
{
	*cdc = (struct smcw_cdc){ .type = head->type,
				  .length = SMCW_CDC_LEN,
				  .flags = head->flags,
				  .state = head->state };
	smcw_put16(&cdc->prod.wrap, head->prod_wrap);
	smcw_put32(&cdc->prod.count, head->prod_count);
	smcw_put16(&cdc->cons.wrap, head->cons_wrap);
	smcw_put32(&cdc->cons.count, head->cons_count);
}

void conn_to_smcd(const struct smcw_cdc *cdc, struct smcw_cdc_smcd *head)
{
	*head = (struct smcw_cdc_smcd){ .type = cdc->type,
					.prod_wrap = smcw_get16(&cdc->prod.wrap),
					.prod_count = smcw_get32(&cdc->prod.count),
					.cons_wrap = smcw_get16(&cdc->cons.wrap),
					.cons_count = smcw_get32(&cdc->cons.count),
					.flags = cdc->flags,
					.state = cdc->state };
}

static int check_head(const struct smcw_cdc_smcd *head, char *why)
{
	struct smcw_cdc_smcd zero = *head;

	if (head->type != SMCW_CDC_TYPE)
		return conn_wrong(why,
				  "cdc_smcd.type: expected 0x%02x, got 0x%02x; it is fixed by the "
				  "protocol [ISM-01]",
				  SMCW_CDC_TYPE, head->type);
	if (smcp_control_has_reserved(head->flags, head->state))
		return conn_wrong(
			why,
			"cdc_smcd: flags 0x%02x, state 0x%02x; bits of them are reserved: "
			"sent as zero [ISM-01]",
			head->flags, head->state);
	memset(zero.reserved1, 0, sizeof(zero.reserved1));
	memset(zero.reserved2, 0, sizeof(zero.reserved2));
	memset(zero.reserved3, 0, sizeof(zero.reserved3));
	if (memcmp(&zero, head, sizeof(zero)))
		return conn_wrong(why, "cdc_smcd: bytes of it are reserved: sent as zero [ISM-01]");
	return 0;
}

/* It has neither a sequence number nor a token, so they are as they should. */
int conn_received_smcd(struct conn *c, const struct smcw_cdc_smcd *head, char *why)
{
	struct smcw_cdc cdc;
	int rc = check_head(head, why);

	if (rc)
		return rc;
	conn_from_smcd(head, &cdc);
	smcw_put16(&cdc.seqno, (__u16)(c->stack_seq + 1));
	smcw_put32(&cdc.alert_token, c->own_token);
	return conn_received(c, (const __u8 *)&cdc, sizeof(cdc), why);
}
