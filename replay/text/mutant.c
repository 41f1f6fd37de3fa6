// SPDX-License-Identifier: GPL-2.0-or-later
/* See mutant.h. */
#include "mutant.h"
#include "script_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 200, SEGMENT_MAX = 16, DELAY_MAX_MS = 50, REPEAT_MAX = 4 };

void mutants_init(struct mutants *m, unsigned int seed, const char *name)
{
	__u64 hash = 0xcbf29ce484222325; /* FNV-1a, of the name */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
	hash ^= seed * 0x9e3779b97f4a7c15;
	*m = (struct mutants){ .state = { (unsigned short)hash, (unsigned short)(hash >> 16),
					  (unsigned short)(hash >> 32) } };
}

/* 0 to @n - 1; the generator's upper bits are the better ones. */
static unsigned int mutant_pick(struct mutants *m, unsigned int n)
{
	return (unsigned int)((__u64)nrand48(m->state) * n >> 31);
}

/* ---- possible changes ---------------------------------------------------------------- */

static bool mutant_is_ours(const struct step *s, enum end end)
{
	return s->kind == STEP_CLC && s->end == end;
}

static const struct message *pick_message(struct mutants *m, const struct test_case *test,
					  enum end end)
{
	unsigned int n = 0;

	for (const struct step *s = test->steps; s; s = s->next)
		n += mutant_is_ours(s, end);
	if (!n)
		return NULL;
	n = mutant_pick(m, n);
	for (const struct step *s = test->steps; s; s = s->next)
		if (mutant_is_ours(s, end) && !n--)
			return s->message;
	return NULL;
}

static const struct part *pick_part(struct mutants *m, const struct message *message)
{
	const struct part *p;
	unsigned int n = 0;

	for (p = message->parts; p; p = p->next)
		n++;
	if (!n)
		return NULL;
	n = mutant_pick(m, n);
	for (p = message->parts; n; p = p->next)
		n--;
	return p->id == SMCW_PART_NONE ? NULL : p;
}

/* ---- names of changes ------------------------------------------------------------------ */

static void write_random(struct mutants *m, const struct smcw_field *f, FILE *out)
{
	struct value v = { .len = f->size };

	if (f->mask || f->size <= sizeof(__u32)) {
		value_from_number(f, (__u64)nrand48(m->state) << 1, &v);
		value_from_number(f, (__u64)nrand48(m->state) ^ value_number(&v), &v);
	} else {
		for (size_t i = 0; i < v.len; i++)
			v.bytes[i] = (__u8)mutant_pick(m, 256);
	}
	value_write(f, &v, out);
}

static void write_value(struct mutants *m, const struct smcw_field *f, FILE *out)
{
	struct value v;

	switch (mutant_pick(m, 6)) {
	case 0:
		fputs("+1", out);
		break;
	case 1:
		fputs("-1", out);
		break;
	case 2:
		value_from_number(f, 0, &v);
		value_write(f, &v, out);
		break;
	case 3:
		v.len = f->size;
		memset(v.bytes, 0xff, sizeof(v.bytes));
		if (f->mask || f->size <= sizeof(__u64))
			value_from_number(f, ~0ULL, &v);
		value_write(f, &v, out);
		break;
	default:
		write_random(m, f, out);
	}
}

static void write_field(struct mutants *m, const struct part *p, FILE *out)
{
	unsigned int first = smcw_part_first(p->id);
	const struct smcw_field *f =
		&smcw_fields[first + mutant_pick(m, smcw_parts[p->id].last - first + 1)];

	fprintf(out, "%s.%s=", smcw_parts[p->id].key, f->key);
	write_value(m, f, out);
}

/* A field three times out of four; else a part that is missing, or how the message goes out. */
static void mutant_write_change(struct mutants *m, const struct part *p, FILE *out)
{
	switch (mutant_pick(m, 24)) {
	case 0:
	case 1:
		fprintf(out, "without=%s", smcw_parts[p->id].key);
		break;
	case 2:
		fprintf(out, "cut=%u", 1 + mutant_pick(m, 120));
		break;
	case 3:
		fprintf(out, "segment=%u", 1 + mutant_pick(m, SEGMENT_MAX));
		break;
	case 4:
		fprintf(out, "delay=%u", 1 + mutant_pick(m, DELAY_MAX_MS));
		break;
	case 5:
		fprintf(out, "repeat=%u", 2 + mutant_pick(m, REPEAT_MAX - 1));
		break;
	default:
		write_field(m, p, out);
	}
}

static bool is_new(struct mutants *m, const char *change)
{
	struct word *w;

	for (w = m->made; w; w = w->next)
		if (!strcmp(w->text, change))
			return false;
	w = arena_alloc(&m->arena, sizeof(*w));
	w->text = arena_copy(&m->arena, change, strlen(change));
	w->next = m->made;
	m->made = w;
	return true;
}

static int make_name(struct mutants *m, const struct test_case *test, enum end end, char *change)
{
	const struct message *message = pick_message(m, test, end);
	const struct part *part = message ? pick_part(m, message) : NULL;
	FILE *out;

	if (!part)
		return -ENOENT;
	out = fmemopen(change, MUTANT_NAME_MAX, "w");
	if (!out)
		return -ENOMEM;
	mutant_write_change(m, part, out);
	return fclose(out) ? -ENOSPC : 0;
}

int mutants_next(struct mutants *m, struct script *script, struct test_case *test, enum end end,
		 char *change)
{
	char error[SCRIPT_ERROR_MAX];

	/* Not every field takes every kind of value: then another one. */
	for (int i = 0; i < TRIES; i++)
		if (!make_name(m, test, end, change) && is_new(m, change) &&
		    !script_mutate(script, test, end, change, error))
			return 0;
	return -ENOENT;
}

void mutants_free(struct mutants *m)
{
	arena_free(&m->arena);
	m->made = NULL;
}
