// SPDX-License-Identifier: GPL-2.0-or-later
/* See names.h. */
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "base/index.h"

struct noun_count {
	struct noun_count *next;
	const char *noun;
	unsigned int n;
};

/* The lets of a case. */
struct names {
	struct index by_name, by_value;
	struct noun_count *counts; /* of lets that were named here */
	struct let **tail;
};

/* Fields whose key is not their name elsewhere. */
static const struct {
	__u16 field;
	const char *noun;
} nouns[] = {
	{ SMCW_F_v2_ext_roce_gid, "gid" },
	{ SMCW_F_add_link_ext_client_target_gid, "gid" },
	{ SMCW_F_proposal_smcd_ism_chid, "chid" },
	{ SMCW_F_gid_chid_gid, "ism_gid" },
	{ SMCW_F_smcd_gid, "ism_gid" },
	{ SMCW_F_smcd_v2_gid_ext, "ism_gid" },
	{ SMCW_F_prefix_prefix_len, "prefix_len" },
	{ SMCW_F_rtoken_rkey_new, "rkey" },
	{ SMCW_F_rtoken_vaddr_new, "vaddr" },
	{ SMCW_F_add_link_cont_rkey_new, "rkey" },
	{ SMCW_F_add_link_cont_vaddr_new, "vaddr" },
	{ SMCW_F_add_link_cont_rkey_new2, "rkey" },
	{ SMCW_F_add_link_cont_vaddr_new2, "vaddr" },
};

/* Values that belong to the sender: equal ones of the two ends are not the same thing. */
static const char *const of_sender[] = { "peer_id",  "mac",    "qpn",	   "psn",
					 "hostname", "linkid", "link_uid", "alert_token" };

void names_noun(unsigned int field, char *noun)
{
	size_t len;

	for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++) {
		if (nouns[i].field == field) {
			snprintf(noun, NAMES_NOUN_MAX, "%s", nouns[i].noun);
			return;
		}
	}
	snprintf(noun, NAMES_NOUN_MAX, "%s", smcw_fields[field].key);
	len = strlen(noun);
	while (len > 1 && isdigit((unsigned char)noun[len - 1])) /* rkey2 is one of several */
		noun[--len] = '\0';
}

bool names_wanted(unsigned int field)
{
	return smcw_fields[field].class == SMCW_C_V && !derive_follows(field);
}

char *names_value_text(struct arena *a, unsigned int field, const struct value *v)
{
	char *text = NULL, *copy;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	value_write(&smcw_fields[field], v, out);
	fclose(out);
	copy = arena_copy(a, text, len);
	free(text);
	return copy;
}

static __u64 hash_text(const char *text)
{
	return index_hash(0, text, strlen(text));
}

static __u64 hash_value(const char *noun, const char *text)
{
	return index_hash(hash_text(noun), text, strlen(text));
}

/* The noun of NOUN12. */
static void noun_of(const char *name, char *noun)
{
	size_t len = strlen(name);

	while (len && isdigit((unsigned char)name[len - 1]))
		len--;
	snprintf(noun, NAMES_NOUN_MAX, "%.*s", (int)len, name);
}

static struct names *names_of(struct arena *a, struct test_case *test)
{
	if (test->names)
		return test->names;
	test->names = arena_alloc(a, sizeof(*test->names));
	test->names->tail = &test->lets;
	for (struct let *let = test->lets; let; let = let->next) {
		names_index(a, test, let);
		test->names->tail = &let->next;
	}
	return test->names;
}

void names_index(struct arena *a, struct test_case *test, struct let *let)
{
	struct names *n = names_of(a, test);
	char noun[NAMES_NOUN_MAX];

	noun_of(let->name, noun);
	index_add(a, &n->by_name, hash_text(let->name), let);
	index_add(a, &n->by_value, hash_value(noun, let->text), let);
}

void names_append(struct arena *a, struct test_case *test, struct let *let)
{
	struct names *n = names_of(a, test);

	*n->tail = let;
	n->tail = &let->next;
	names_index(a, test, let);
}

static struct noun_count *count_of(struct arena *a, struct names *n, const char *noun)
{
	struct noun_count *c = n->counts;

	while (c && strcmp(c->noun, noun))
		c = c->next;
	if (c)
		return c;
	c = arena_alloc(a, sizeof(*c));
	c->noun = arena_copy(a, noun, strlen(noun));
	c->next = n->counts;
	return n->counts = c;
}

static bool has_noun(const struct let *let, const char *noun)
{
	char own[NAMES_NOUN_MAX];

	noun_of(let->name, own);
	return !strcmp(own, noun) && let->name[strlen(own)];
}

static bool is_of_sender(const char *noun)
{
	for (size_t i = 0; i < sizeof(of_sender) / sizeof(of_sender[0]); i++)
		if (!strcmp(of_sender[i], noun))
			return true;
	return false;
}

static const char *name_value(struct arena *a, struct test_case *test, const struct term *t,
			      enum end sender)
{
	const char *text = names_value_text(a, t->field, &t->value);
	struct names *n = names_of(a, test);
	char noun[NAMES_NOUN_MAX];
	struct let *let;

	names_noun(t->field, noun);
	for (const struct index_entry *e = index_first(&n->by_value, hash_value(noun, text)); e;
	     e = index_next(e)) {
		let = e->item;
		if (!strcmp(let->text, text) && has_noun(let, noun) &&
		    (!is_of_sender(noun) || let->sender == sender))
			return let->name;
	}
	let = arena_alloc(a, sizeof(*let));
	let->text = text;
	let->sender = (__u8)sender;
	let->name = arena_printf(a, "%s%u", noun, ++count_of(a, n, noun)->n);
	names_append(a, test, let);
	return let->name;
}

/* Whose is it? A CDC message has the token that the other end has sent. */
static enum end names_owner(const struct step *s, const struct term *t)
{
	if (t->field != SMCW_F_cdc_alert_token)
		return (enum end)s->end;
	return s->end == END_CLIENT ? END_SERVER : END_CLIENT;
}

void names_assign(struct arena *a, struct test_case *test)
{
	for (struct step *s = test->steps; s; s = s->next) {
		for (struct part *p = s->message ? s->message->parts : NULL; p; p = p->next) {
			for (struct term *t = p->terms; t; t = t->next) {
				if (t->kind != TERM_SET || !names_wanted(t->field))
					continue;
				if (value_is_zero(&t->value))
					continue;
				t->name = name_value(a, test, t, names_owner(s, t));
				t->kind = TERM_NAME;
			}
		}
	}
}

const char *names_find(struct arena *a, struct test_case *test, unsigned int field, __u64 number)
{
	char noun[NAMES_NOUN_MAX];
	const char *text;
	struct value v;

	names_noun(field, noun);
	value_from_number(&smcw_fields[field], number, &v);
	text = names_value_text(a, field, &v);
	for (const struct index_entry *e =
		     index_first(&names_of(a, test)->by_value, hash_value(noun, text));
	     e; e = index_next(e)) {
		const struct let *let = e->item;

		if (!strcmp(let->text, text) && has_noun(let, noun))
			return arena_printf(a, "$%s", let->name);
	}
	return NULL;
}

static const struct let *find_let(const struct test_case *test, const char *name)
{
	const struct index_entry *e =
		test->names ? index_first(&test->names->by_name, hash_text(name)) : NULL;

	for (; e; e = index_next(e))
		if (!strcmp(((const struct let *)e->item)->name, name))
			return e->item;
	return NULL;
}

int names_by_let(void *ctx, const struct term *term, struct value *v)
{
	const struct let *let = find_let(ctx, term->name);

	return let && !value_parse(&smcw_fields[term->field], let->text, v) ? 0 : -ENOENT;
}
