// SPDX-License-Identifier: GPL-2.0-or-later
/* See bind.h. */
#include "bind.h"

#include <errno.h>
#include <string.h>

#include "script/names.h"

const struct binding *bind_find(const struct bindings *b, const char *name)
{
	for (const struct binding *at = b ? b->first : NULL; at; at = at->next)
		if (!strcmp(at->name, name))
			return at;
	return NULL;
}

void bind_set(struct bindings *b, const char *name, unsigned int field, const struct value *v)
{
	struct binding *at = arena_alloc(b->arena, sizeof(*at));

	at->name = arena_copy(b->arena, name, strlen(name));
	at->field = (__u16)field;
	at->value = *v;
	at->next = b->first;
	b->first = at;
}

void bind_nothing(struct bindings *b, const char *name, unsigned int field)
{
	struct binding *at = arena_alloc(b->arena, sizeof(*at));

	at->name = arena_copy(b->arena, name, strlen(name));
	at->field = (__u16)field;
	at->next = b->nothing;
	b->nothing = at;
}

int bind_nothing_at(const struct bindings *b, const char *name)
{
	for (const struct binding *at = b->nothing; at; at = at->next)
		if (!strcmp(at->name, name))
			return at->field;
	return -ENOENT;
}

static bool bind_says(const struct step *s, const char *name)
{
	for (const struct part *p = s->message ? s->message->parts : NULL; p; p = p->next)
		for (const struct term *t = p->terms; t; t = t->next)
			if (t->kind == TERM_NAME && !strcmp(t->name, name))
				return true;
	return false;
}

/*
 * Is it a device that both ends have, since they are one host, or are joined
 * by it? A recorded GID of it is another host's.
 */
static bool is_shared(const struct bindings *b, const struct term *term)
{
	char noun[NAMES_NOUN_MAX];

	names_noun(term->field, noun);
	if (strcmp(noun, "ism_gid") && strcmp(noun, "chid"))
		return false;
	for (const struct step *s = b->test->steps; s; s = s->next)
		if (s->end != b->played && bind_says(s, term->name))
			return true;
	return false;
}

static int bind_take(const struct bindings *from, const char *name, const struct term *t,
		     struct value *v)
{
	const struct binding *b = bind_find(from, name);

	if (!b || b->value.len != smcw_fields[t->field].size)
		return -ENOENT;
	*v = b->value;
	return 0;
}

/* Our end has one value of a noun: a second name of the noun is of something else. */
static int take_own(const struct bindings *b, const struct term *t, struct value *v)
{
	char noun[NAMES_NOUN_MAX], name[NAMES_NOUN_MAX + 8], other[NAMES_NOUN_MAX];

	if (!strncmp(t->name, "own_", 4))
		return bind_take(b->own, t->name, t, v);
	names_noun(t->field, noun);
	for (const struct binding *at = b->first; at; at = at->next) {
		names_noun(at->field, other);
		if (at->own && !strcmp(noun, other))
			return -ENOENT;
	}
	snprintf(name, sizeof(name), "own_%s", noun);
	return bind_take(b->own, name, t, v);
}

int bind_own(void *ctx, const struct term *term, struct value *v)
{
	struct bindings *b = ctx;
	bool own = false;
	char shown[64];

	if (!bind_take(b, term->name, term, v))
		return 0;
	snprintf(shown, sizeof(shown), "stack_%s", term->name);
	if (bind_take(b->chosen, term->name, term, v) && bind_take(b->stack, term->name, term, v) &&
	    (!is_shared(b, term) || bind_take(b->stack, shown, term, v))) {
		own = !take_own(b, term, v);
		if (!own && names_by_let((void *)b->test, term, v))
			return -ENOENT;
	}
	bind_set(b, term->name, term->field, v);
	b->first->own = own && strncmp(term->name, "own_", 4);
	return 0;
}

int bind_choose(struct bindings *b, const char *name, const char *text)
{
	static const char stack[] = "stack_", local[] = "local_";
	const char *full = name;
	size_t len;
	char noun[NAMES_NOUN_MAX];
	struct value v;

	if (!strncmp(name, stack, strlen(stack)))
		name += strlen(stack);
	else if (!strncmp(name, local, strlen(local)))
		name += strlen(local);
	len = strlen(name);
	while (len && name[len - 1] >= '0' && name[len - 1] <= '9')
		len--;
	for (unsigned int i = 0; i < SMCW_F_event_version; i++) {
		names_noun(i, noun);
		if (strlen(noun) != len || memcmp(noun, name, len) ||
		    value_parse(&smcw_fields[i], text, &v))
			continue;
		bind_set(b, full, i, &v);
		return 0;
	}
	return -EINVAL;
}
