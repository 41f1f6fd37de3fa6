// SPDX-License-Identifier: GPL-2.0-or-later
/* See message.h. */
#include "message.h"

#include <errno.h>
#include <string.h>

#include "derive.h"
#include "smc_text.h"

static size_t message_size_of(const struct part *p)
{
	return p->id == SMCW_PART_NONE ? p->len : smcw_parts[p->id].size;
}

static size_t total_of(const struct message *m)
{
	size_t total = 0;

	for (const struct part *p = m->parts; p && total <= MESSAGE_MAX; p = p->next)
		total += message_size_of(p) * p->count;
	return total;
}

/* Terms go over derived values, so that a script may say anything. */
static int put_term(const struct message *m, const struct term *t, __u8 *at, name_fn names,
		    void *ctx)
{
	const struct smcw_field *f = &smcw_fields[t->field];
	struct value v;
	int rc;

	switch (t->kind) {
	case TERM_SET:
		value_put(f, at, m->big, &t->value);
		return 0;
	case TERM_NAME:
		rc = names(ctx, t, &v);
		if (!rc)
			value_put(f, at, m->big, &v);
		return rc;
	case TERM_ADD:
		value_get(f, at, m->big, &v);
		value_from_number(f, value_number(&v) + (__u64)t->add, &v);
		value_put(f, at, m->big, &v);
		return 0;
	case TERM_NOT_0:
		value_from_number(f, 1, &v);
		value_put(f, at, m->big, &v);
		return 0;
	default:
		return 0;
	}
}

static int put_part(const struct message *m, const struct part *p, __u8 *at, struct image *image,
		    name_fn names, void *ctx, const struct term **missing)
{
	if (p->id == SMCW_PART_NONE) {
		memcpy(at, p->bytes, p->len);
		return 0;
	}
	derive_part(m, p, at, image->bytes, image->len);
	for (const struct term *t = p->terms; t; t = t->next) {
		if (put_term(m, t, at, names, ctx)) {
			*missing = t;
			return -ENOENT;
		}
	}
	return 0;
}

int message_build(const struct message *m, name_fn names, void *ctx, struct image *image,
		  const struct term **missing)
{
	__u8 *at = image->bytes;
	int rc;

	image->len = total_of(m);
	if (image->len > MESSAGE_MAX)
		return -ENOSPC;
	memset(image->bytes, 0, image->len);
	for (const struct part *p = m->parts; p; p = p->next) {
		for (unsigned int i = 0; i < p->count; i++, at += message_size_of(p)) {
			rc = put_part(m, p, at, image, names, ctx, missing);
			if (rc)
				return rc;
		}
	}
	return 0;
}

int message_layout(enum message_layer layer, bool big, const void *bytes, size_t len,
		   struct smcw_layout *l)
{
	switch (layer) {
	case LAYER_CLC:
		return smcw_clc_layout(bytes, len, l);
	case LAYER_LLC:
		return smcw_llc_layout(bytes, len, l);
	default:
		return smcw_cdc_smcd_layout(bytes, len, big, l);
	}
}

bool message_has_type(enum message_layer layer)
{
	return layer != LAYER_DMB;
}

unsigned int message_types(enum message_layer layer)
{
	return layer == LAYER_CLC ? SMCW_LIST_clc_types : SMCW_LIST_llc_types;
}

static struct part *message_append(struct arena *a, struct part ***tail, unsigned int id)
{
	struct part *p = arena_alloc(a, sizeof(*p));

	p->id = (__u8)id;
	p->count = 1;
	**tail = p;
	*tail = &p->next;
	return p;
}

static void append_bytes(struct arena *a, struct part ***tail, const __u8 *bytes, size_t len)
{
	struct part *p = message_append(a, tail, SMCW_PART_NONE);

	p->bytes = (const __u8 *)arena_copy(a, bytes, len);
	p->len = len;
}

static void add_parts(struct arena *a, struct message *m, const struct smcw_layout *l,
		      const __u8 *bytes, size_t len)
{
	struct part **tail = &m->parts;

	for (unsigned int i = 0; i < l->n; i++) {
		const struct smcw_piece *piece = &l->piece[i];

		if (piece->part == SMCW_PART_NONE) {
			append_bytes(a, &tail, bytes + piece->off, piece->count);
			continue;
		}
		for (unsigned int n = 0; n < piece->count; n++)
			message_append(a, &tail, piece->part);
	}
	if (l->len < len)
		append_bytes(a, &tail, bytes + l->len, len - l->len);
}

/* A term for each field in which @was differs from @is. */
static void add_terms(struct arena *a, struct part *p, const struct message *m, const __u8 *was,
		      const __u8 *is)
{
	struct term **tail = &p->terms, *t;
	struct value before, now;

	for (unsigned int i = smcw_part_first(p->id); i <= smcw_parts[p->id].last; i++) {
		value_get(&smcw_fields[i], was, m->big, &before);
		value_get(&smcw_fields[i], is, m->big, &now);
		if (value_equal(&before, &now))
			continue;
		t = arena_alloc(a, sizeof(*t));
		t->field = (__u16)i;
		t->kind = TERM_SET;
		t->value = now;
		*tail = t;
		tail = &t->next;
	}
}

/* Successive equal parts without terms become one with a count. */
static void join_parts(struct message *m)
{
	struct part *p = m->parts;

	while (p && p->next) {
		struct part *next = p->next;

		if (p->id != SMCW_PART_NONE && p->id == next->id && !p->terms && !next->terms) {
			p->count += next->count;
			p->next = next->next;
		} else {
			p = next;
		}
	}
}

struct message *message_parse(struct arena *a, enum message_layer layer, bool big,
			      const void *bytes, size_t len)
{
	struct message *m = arena_alloc(a, sizeof(*m));
	static _Thread_local struct image plain;
	const struct term *missing;
	const __u8 *is = bytes, *was = plain.bytes;
	struct smcw_layout l;

	message_layout(layer, big, bytes, len, &l);
	m->layer = (__u8)layer;
	m->type = layer == LAYER_DMB ? SMCW_CDC_TYPE : l.type;
	m->big = l.big;
	add_parts(a, m, &l, is, len);
	/* No term yet, so no name can be missing, and it is as long as @len. */
	message_build(m, NULL, NULL, &plain, &missing);
	for (struct part *p = m->parts; p; p = p->next) {
		if (p->id != SMCW_PART_NONE)
			add_terms(a, p, m, was, is);
		was += message_size_of(p);
		is += message_size_of(p);
	}
	join_parts(m);
	return m;
}

void message_text(enum message_layer layer, bool big, const void *bytes, size_t len, char *line)
{
	struct smcw_layout l;

	message_layout(layer, big, bytes, len, &l);
	if (layer == LAYER_CLC)
		smcw_clc_text(bytes, &l, line, SMCW_LINE_MAX);
	else
		smcw_llc_text(bytes, &l, line, SMCW_LINE_MAX);
}

const struct part *message_part(const struct message *m, unsigned int id)
{
	const struct part *p = m->parts;

	while (p && p->id != id)
		p = p->next;
	return p;
}

const struct term *message_term(const struct message *m, unsigned int field)
{
	for (const struct part *p = m->parts; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next)
			if (t->field == field)
				return t;
	return NULL;
}

__u64 message_number(const struct message *m, unsigned int field)
{
	const struct term *t = message_term(m, field);

	return t && t->kind == TERM_SET ? value_number(&t->value) : 0;
}
