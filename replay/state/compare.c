// SPDX-License-Identifier: GPL-2.0-or-later
/* See compare.h. */
#include "compare.h"

#include <errno.h>
#include <string.h>

#include "rules.h"
#include "script/derive.h"
#include "smc_text.h"

struct comparison {
	struct bindings *names;
	FILE *out;
	unsigned int n;
};

/* The reason for a field's value, and the statement about it for all messages. */
static const struct {
	char class;
	const char *rule;
	bool in_layout; /* said by the statement about the layout */
} rules[] = {
	{ SMCW_C_F, "is fixed by the protocol", true },
	{ SMCW_C_N, "is negotiated: equal where both sides are", false },
	{ SMCW_C_V, "is volatile: what its name stands for", false },
	{ SMCW_C_D, "follows from the other parts", true },
	{ SMCW_C_S, "is state", false },
};

static const char *rule_of(const struct smcw_field *f, const char **statement)
{
	enum smcp_rule about = smcp_rule_of_field((unsigned int)(f - smcw_fields));

	*statement = smcp_rule_mark(about);
	if (f->kind == SMCW_K_RSVD)
		return "is reserved: sent as zero";
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].class != f->class)
			continue;
		if (rules[i].in_layout && about == SMCP_NO_RULE)
			*statement = smcp_rule_mark(smcp_rule_of_layer(f->part));
		return rules[i].rule;
	}
	return "";
}

static void begin_difference(struct comparison *c, const struct smcw_field *f)
{
	c->n++;
	fprintf(c->out, "%s.%s: expected ", smcw_parts[f->part].key, f->key);
}

static void end_difference(struct comparison *c, const struct smcw_field *f, const struct value *is)
{
	const char *statement, *rule = rule_of(f, &statement);

	fputs(", got ", c->out);
	value_write(f, is, c->out);
	fprintf(c->out, "; it %s%s\n", rule, statement);
}

static void compare_differs(struct comparison *c, const struct smcw_field *f,
			    const struct term *want, const struct value *fallback,
			    const struct value *is)
{
	begin_difference(c, f);
	value_write(f, want ? &want->value : fallback, c->out);
	for (const struct term *also = want ? want->also : NULL; also; also = also->also) {
		fputs(" or ", c->out);
		value_write(f, &also->value, c->out);
	}
	end_difference(c, f, is);
}

/*
 * Zero says that there is no such thing, and may say so of several; but where
 * there is an RMB it is a value, though an odd one.
 */
static bool is_nothing(const struct smcw_field *f, const struct value *v)
{
	return value_is_zero(v) && f != &smcw_fields[SMCW_F_smcr_qpn] &&
	       f != &smcw_fields[SMCW_F_smcr_rkey] && f != &smcw_fields[SMCW_F_smcr_alert_token];
}

static void compare_name(struct comparison *c, const struct smcw_field *f, const struct term *t,
			 const struct value *is)
{
	const struct binding *b = bind_find(c->names, t->name);

	if (!b)
		b = bind_find(c->names->chosen, t->name);
	if (!b)
		b = bind_find(c->names->stack, t->name);
	if (!b)
		b = bind_find(c->names->own, t->name);
	if (!b) {
		if (!is_nothing(f, is))
			bind_set(c->names, t->name, t->field, is);
		else
			bind_nothing(c->names, t->name, t->field);
		return;
	}
	if (value_equal(&b->value, is))
		return;
	begin_difference(c, f);
	fprintf(c->out, "$%s, that is ", t->name);
	value_write(f, &b->value, c->out);
	end_difference(c, f, is);
}

static bool one_of(const struct term *t, const struct value *is)
{
	for (; t; t = t->also)
		if (value_equal(&t->value, is))
			return true;
	return false;
}

static void compare_term(struct comparison *c, const struct smcw_field *f, const struct term *t,
			 const struct value *derived, const struct value *is)
{
	struct value sum;

	switch (t->kind) {
	case TERM_SET:
		if (!one_of(t, is))
			compare_differs(c, f, t, NULL, is);
		break;
	case TERM_NAME:
		compare_name(c, f, t, is);
		break;
	case TERM_NOT_0:
		if (!value_is_zero(is))
			break;
		begin_difference(c, f);
		fputs("anything but zero", c->out);
		end_difference(c, f, is);
		break;
	case TERM_ADD:
		value_from_number(f, value_number(derived) + (__u64)t->add, &sum);
		if (!value_equal(&sum, is))
			compare_differs(c, f, NULL, &sum, is);
		break;
	}
}

/* Fields that the script does not mention have their defaults; volatile ones are free. */
static void compare_part(struct comparison *c, const struct part *want, const __u8 *derived,
			 const __u8 *is, bool big)
{
	for (unsigned int i = smcw_part_first(want->id); i <= smcw_parts[want->id].last; i++) {
		const struct smcw_field *f = &smcw_fields[i];
		const struct term *t = want->terms;
		struct value would, came;

		value_get(f, derived, big, &would);
		value_get(f, is, big, &came);
		while (t && t->field != i)
			t = t->next;
		if (t)
			compare_term(c, f, t, &would, &came);
		else if ((f->class != SMCW_C_V || derive_follows(i)) && !value_equal(&would, &came))
			compare_differs(c, f, NULL, &would, &came);
	}
}

static void write_parts(const struct message *m, FILE *out)
{
	for (const struct part *p = m->parts; p; p = p->next) {
		fprintf(out, " %s", p->id == SMCW_PART_NONE ? "bytes" : smcw_parts[p->id].key);
		if (p->count > 1)
			fprintf(out, "*%u", p->count);
	}
}

static unsigned int compare_count(const struct message *m)
{
	unsigned int n = 0;

	for (const struct part *p = m->parts; p; p = p->next)
		n += p->count;
	return n;
}

/* One more part of a run of equal ones; NULL at the end. */
struct walk {
	const struct part *part;
	unsigned int left;
};

static const struct part *compare_walk(struct walk *w, const struct part *first)
{
	if (!w->part) {
		w->part = first;
		w->left = first ? first->count : 0;
	}
	while (w->part && !w->left) {
		w->part = w->part->next;
		w->left = w->part ? w->part->count : 0;
	}
	if (w->part)
		w->left--;
	return w->part;
}

static bool same_parts(const struct message *want, const struct message *is)
{
	struct walk a = { 0 }, b = { 0 };

	if (compare_count(want) != compare_count(is))
		return false;
	for (unsigned int i = compare_count(want); i; i--)
		if (compare_walk(&a, want->parts)->id != compare_walk(&b, is->parts)->id)
			return false;
	return true;
}

static void compare_parts(struct comparison *c, const struct message *want,
			  const struct message *is, const __u8 *bytes)
{
	static _Thread_local struct image derived;
	const struct term *missing;
	struct message plain = *is;
	struct walk a = { 0 }, b = { 0 };
	struct part *copies = NULL, **tail = &copies, *p;
	size_t pos = 0;

	/* The values of fields without a term, for the parts that came. */
	for (const struct part *from = is->parts; from; from = from->next) {
		p = arena_alloc(c->names->arena, sizeof(*p));
		*p = *from;
		p->terms = NULL;
		p->next = NULL;
		*tail = p;
		tail = &p->next;
	}
	plain.parts = copies;
	message_build(&plain, NULL, NULL, &derived, &missing);
	for (unsigned int i = compare_count(want); i; i--) {
		const struct part *wanted = compare_walk(&a, want->parts),
				  *came = compare_walk(&b, is->parts);

		if (wanted->id != SMCW_PART_NONE) {
			compare_part(c, wanted, derived.bytes + pos, bytes + pos, is->big);
			pos += smcw_parts[wanted->id].size;
			continue;
		}
		if (wanted->len != came->len || memcmp(wanted->bytes, came->bytes, came->len)) {
			c->n++;
			fputs("bytes of no part differ\n", c->out);
		}
		pos += came->len;
	}
}

unsigned int compare_message(const struct message *want, const __u8 *bytes, size_t len,
			     struct bindings *b, FILE *out)
{
	struct comparison c = { b, out, 0 };
	struct message *is = message_parse(b->arena, want->layer, want->big, bytes, len);
	char line[SMCW_LINE_MAX];

	if (want->type != is->type) {
		const char *text = smcw_value_text(message_types(want->layer), want->type);

		message_text(want->layer, want->big, bytes, len, line);
		fprintf(out, "expected %s, got %s\n", text ? text : "another type", line);
		return 1;
	}
	if (!want->parts)
		return 0;
	if (!same_parts(want, is)) {
		fputs("parts: expected", out);
		write_parts(want, out);
		fputs(", got", out);
		write_parts(is, out);
		fputc('\n', out);
		return 1;
	}
	compare_parts(&c, want, is, bytes);
	return c.n;
}
