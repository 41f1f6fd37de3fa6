/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live map: the values of a script's names in this run. */
#ifndef SMCKIT_REPLAY_BIND_H
#define SMCKIT_REPLAY_BIND_H

#include "script/script.h"

struct binding {
	struct binding *next;
	const char *name;
	struct value value;
	__u16 field; /* by which it was bound; for showing it */
	bool own;    /* it is what our end has of its noun */
};

struct bindings {
	struct arena *arena;
	struct binding *first;
	struct binding *nothing;       /* names for which the stack has shown zero */
	__u8 played;		       /* enum end: ours */
	const struct test_case *test;  /* its lets come last */
	const struct bindings *stack;  /* shown by the stack under test, or NULL */
	const struct bindings *chosen; /* by the user, or NULL */
	const struct bindings *own;    /* of our end's queue pair and RMB, own_NOUN each; or NULL */
};

/* The value bound to a name, or NULL. */
const struct binding *bind_find(const struct bindings *b, const char *name);

void bind_set(struct bindings *b, const char *name, unsigned int field, const struct value *v);

/* The stack has shown zero where the script has a name: there is no such thing. */
void bind_nothing(struct bindings *b, const char *name, unsigned int field);

/* The field in which it has, or -ENOENT. */
int bind_nothing_at(const struct bindings *b, const char *name);

/**
 * bind_own() - name_fn for messages that are sent; @ctx is struct bindings.
 *
 * A bound value stands. Else the user's value, then the one that the stack has
 * shown under this name (stack_NAME for an ISM device that the script's two ends
 * have in common), then that of our end for this noun, for the first name that
 * asks for it, then the script's; and it is bound from then on.
 */
int bind_own(void *ctx, const struct term *term, struct value *v);

/**
 * bind_choose() - a value by the user.
 * @name: its noun gives the kind of value
 * @text: the value
 *
 * Return: 0, or -EINVAL when no field of this noun takes it.
 */
int bind_choose(struct bindings *b, const char *name, const char *text);

#endif
