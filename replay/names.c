// SPDX-License-Identifier: GPL-2.0-or-later
/* See names.h. */
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "derive.h"

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

static bool has_noun(const struct let *let, const char *noun)
{
	size_t len = strlen(noun);

	return !strncmp(let->name, noun, len) && let->name[len] &&
	       !let->name[len + strspn(let->name + len, "0123456789")];
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
	struct let **at = &test->lets;
	char noun[NAMES_NOUN_MAX];
	unsigned int n = 1;

	names_noun(t->field, noun);
	for (; *at; at = &(*at)->next) {
		if (!has_noun(*at, noun))
			continue;
		if (!strcmp((*at)->text, text) && (!is_of_sender(noun) || (*at)->sender == sender))
			return (*at)->name;
		n++;
	}
	*at = arena_alloc(a, sizeof(**at));
	(*at)->text = text;
	(*at)->sender = (__u8)sender;
	return (*at)->name = arena_printf(a, "%s%u", noun, n);
}

/* Whose is it? A CDC message has the token that the other end has sent. */
static enum end owner(const struct step *s, const struct term *t)
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
				t->name = name_value(a, test, t, owner(s, t));
				t->kind = TERM_NAME;
			}
		}
	}
}

const char *names_find(struct arena *a, const struct test_case *test, unsigned int field,
		       __u64 number)
{
	char noun[NAMES_NOUN_MAX];
	struct value v, have;

	names_noun(field, noun);
	value_from_number(&smcw_fields[field], number, &v);
	for (const struct let *let = test->lets; let; let = let->next)
		if (has_noun(let, noun) && !value_parse(&smcw_fields[field], let->text, &have) &&
		    value_equal(&have, &v))
			return arena_printf(a, "$%s", let->name);
	return NULL;
}

int names_by_let(void *ctx, const struct term *term, struct value *v)
{
	const struct test_case *test = ctx;

	for (const struct let *let = test->lets; let; let = let->next)
		if (!strcmp(let->name, term->name))
			return value_parse(&smcw_fields[term->field], let->text, v) ? -ENOENT : 0;
	return -ENOENT;
}
