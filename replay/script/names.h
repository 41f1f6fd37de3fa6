/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for values that are of one host and one run (class V of the field
 * table): the recorded value is an example of it and no more.
 */
#ifndef SMCKIT_REPLAY_NAMES_H
#define SMCKIT_REPLAY_NAMES_H

#include "script.h"

#define NAMES_NOUN_MAX 32

/**
 * names_noun() - the kind of a field's value: the same noun and value are the same thing.
 * @field: enum smcw_field_id
 * @noun: NAMES_NOUN_MAX bytes
 */
void names_noun(unsigned int field, char *noun);

/* A value as text that lives as long as @a. */
char *names_value_text(struct arena *a, unsigned int field, const struct value *v);

/* A let of a case, put after its others. */
void names_append(struct arena *a, struct test_case *test, struct let *let);

/* One that stands among them already. */
void names_index(struct arena *a, struct test_case *test, struct let *let);

/* Is a value of this field something that a name should stand for? */
bool names_wanted(unsigned int field);

/**
 * names_assign() - put names in the place of volatile values.
 * @a: where names live
 * @test: its messages get names, and itself a let for each
 */
void names_assign(struct arena *a, struct test_case *test);

/* The name of a number that a let of this noun has, "$rkey1" say, or NULL. */
const char *names_find(struct arena *a, struct test_case *test, unsigned int field, __u64 number);

/* name_fn by the lets of a case: @ctx is a const struct test_case. */
int names_by_let(void *ctx, const struct term *term, struct value *v);

#endif
