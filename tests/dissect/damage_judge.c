// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the dissector's answer on a damaged capture right, or said to be missing? */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "damage_check.h"

struct problem {
	char text[300];
	uint64_t at; /* the first wrong place; UINT64_MAX: none */
};

__attribute__((format(printf, 3, 4))) static void wrong(struct problem *p, uint64_t at,
							const char *format, ...)
{
	va_list args;

	if (p->at != UINT64_MAX)
		return;
	p->at = at;
	va_start(args, format);
	vsnprintf(p->text, sizeof(p->text), format, args);
	va_end(args);
}

/* Positions follow on each other, or say what is missing between. Return: the place after all. */
static uint64_t check_places(const struct stream *s, struct problem *p)
{
	uint64_t next = s->relative && s->n ? s->d[0].pos - s->d[0].missing : 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct delivery *d = &s->d[i];

		if (d->pos < next)
			wrong(p, d->pos, "frame %lu goes back from %" PRIu64 " to %" PRIu64,
			      d->frame, next, d->pos);
		else if (d->pos - next > d->missing)
			wrong(p, next,
			      "frame %lu: %" PRIu64 " to %" PRIu64
			      " is passed over, and said to be missing are %" PRIu64,
			      d->frame, next, d->pos - 1, d->missing);
		else if (d->pos - next < d->missing)
			wrong(p, next,
			      "frame %lu: %" PRIu64 " bytes are said to be missing before %" PRIu64
			      ", but %" PRIu64 " were given",
			      d->frame, d->missing, d->pos, next);
		next = d->pos + d->n;
	}
	return next;
}

static void check_bytes(const struct stream *s, const struct truth *t, uint64_t shift,
			struct problem *p)
{
	size_t i;
	uint32_t k;

	for (i = 0; i < s->n; i++) {
		const struct delivery *d = &s->d[i];
		uint64_t pos = d->pos + shift;

		for (k = 0; k < d->n; k++) {
			if (pos + k < t->len && d->b[k] == t->b[pos + k])
				continue;
			wrong(p, d->pos + k,
			      "frame %lu: at %" PRIu64 " is 0x%02x, sent was %s0x%02x", d->frame,
			      d->pos + k, d->b[k], pos + k < t->len ? "" : "nothing, not ",
			      pos + k < t->len ? t->b[pos + k] : 0);
			return;
		}
	}
}

/* Where the capture goes on, bytes that were said to be missing so far are lost after so many. */
#define AWAITED_CDC 2

/* The bytes at the end that are due, that nothing was said of. */
static void check_end(const struct truth *t, uint64_t next, struct problem *p)
{
	uint64_t from = next;

	while (from < t->due && from < t->len && t->excused[from])
		from++;
	if (from < t->due && (t->awaited < t->due || t->cdc_after > AWAITED_CDC))
		wrong(p, from,
		      "%" PRIu64 " to %" PRIu64 " are neither given nor said to be missing", from,
		      t->due - 1);
}

static void check_all(const struct stream *s, const struct truth *t, struct problem *p)
{
	size_t i, from = 0, d;

	for (i = 0; i < t->len; i++) {
		if (!t->there[i])
			continue;
		for (d = from; d < s->n && s->d[d].pos + s->d[d].n <= i; d++)
			;
		from = d;
		if (d == s->n || s->d[d].pos > i) {
			wrong(p, i, "%zu is in the capture and was not given", i);
			return;
		}
	}
}

/* Place 0 of the stream is byte @shift of the truth. */
static struct problem check_stream(const struct check *c, const struct stream *s,
				   const struct truth *t, uint64_t shift)
{
	struct problem p = { .at = UINT64_MAX };
	uint64_t next;

	check_bytes(s, t, shift, &p);
	next = check_places(s, &p);
	if (t->enforced && !s->relative)
		check_end(t, next, &p);
	if (t->enforced && c->all_there && !s->relative)
		check_all(s, t, &p);
	return p;
}

static const struct delivery *first_bytes(const struct stream *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->d[i].n)
			return &s->d[i];
	return NULL;
}

/* The best of the shifts that the stream's first bytes allow; to @shift. */
static struct problem check_shifts(const struct check *c, const struct stream *s,
				   const struct truth *t, uint64_t *shift)
{
	const struct delivery *d = first_bytes(s);
	struct problem best = { .at = 0 }, p;
	uint64_t at;

	*shift = 0;
	if (!s->relative || !d)
		return check_stream(c, s, t, 0);
	snprintf(best.text, sizeof(best.text), "frame %lu: the bytes were never sent", d->frame);
	for (at = 0; at + d->n <= t->len && best.at != UINT64_MAX; at++) {
		if (at < d->pos || memcmp(t->b + at, d->b, d->n))
			continue;
		p = check_stream(c, s, t, at - d->pos);
		if (p.at > best.at) {
			best = p;
			*shift = at - d->pos;
		}
	}
	return best;
}

static void take(const struct stream *s, struct truth *t, uint64_t shift)
{
	size_t i;

	t->judged = true;
	for (i = 0; i < s->n; i++)
		mark(t->given, t->len, s->d[i].pos + shift, s->d[i].n);
}

struct match {
	int conn, turned;
	struct problem p[2];
	uint64_t shift[2];
	uint64_t good;
};

static uint64_t at_most(uint64_t at, size_t len)
{
	return at < len ? at : len;
}

/* Does a stream end where @s begins, before it? */
static bool goes_on_with(const struct stream *before, const struct stream *s)
{
	const struct delivery *last = before->n ? &before->d[before->n - 1] : NULL;

	return last && last->pos + last->n == s->d[0].pos && last->frame < s->d[0].frame;
}

/*
 * In one pass a direction that is known by its CDC alone has a number of its own, until it is known
 * which one is its other direction: what came before that is joined with the rest.
 */
static void join_parts(struct check *c, struct stream *s)
{
	const bool whole = !s->n || s->relative || s->d[0].pos <= s->d[0].missing;
	struct stream *before;
	int i, side;

	for (i = 0; !whole && i < c->n_outs; i++)
		for (side = CLIENT; side <= SERVER; side++) {
			before = &c->outs[i].sent[side];
			if (before == s || c->outs[i].ports[0] || !goes_on_with(before, s))
				continue;
			before->d = realloc(before->d, (before->n + s->n) * sizeof(*s->d));
			if (!before->d)
				abort();
			memcpy(before->d + before->n, s->d, s->n * sizeof(*s->d));
			before->n += s->n;
			free(s->d);
			*s = *before;
			*before = (struct stream){ 0 };
			return;
		}
}

/* Compare a connection of the answer with one that was, as it is or with sides exchanged. */
static struct match compare(const struct check *c, const struct out *out, int conn, int turned)
{
	struct match m = { .conn = conn, .turned = turned };
	int side;

	for (side = CLIENT; side <= SERVER; side++) {
		const struct truth *t = &c->conns[conn].sent[side ^ turned];

		m.p[side] = check_shifts(c, &out->sent[side], t, &m.shift[side]);
		m.good += m.p[side].at == UINT64_MAX ? (uint64_t)1 << 32 :
						       at_most(m.p[side].at, t->len);
	}
	return m;
}

static bool may_be(const struct check *c, const struct out *out, int conn, int turned)
{
	const struct end *end = c->conns[conn].end;
	bool relative = out->sent[0].relative || out->sent[1].relative;

	if (!out->ports[0])
		return !turned || relative;
	return !turned && ((out->ports[0] == end[0].port && out->ports[1] == end[1].port) ||
			   (out->ports[0] == end[1].port && out->ports[1] == end[0].port));
}

static void judge_out(struct check *c, const struct out *out)
{
	struct match best = { .conn = -1 }, m;
	int i, turned, side;

	if (!out->sent[CLIENT].n && !out->sent[SERVER].n)
		return; /* judge_silent() sees whether another one has the bytes */
	for (i = 0; i < c->n_conns; i++)
		for (turned = 0; turned <= 1; turned++) {
			if (!may_be(c, out, i, turned))
				continue;
			m = compare(c, out, i, turned);
			if (best.conn < 0 || m.good > best.good)
				best = m;
		}
	if (best.conn < 0) {
		printf("bytes connection %lu never was\n", out->number);
		return;
	}
	for (side = CLIENT; side <= SERVER; side++) {
		take(&out->sent[side], &c->conns[best.conn].sent[side ^ best.turned],
		     best.shift[side]);
		if (best.p[side].at != UINT64_MAX)
			printf("bytes connection %lu %s%s: %s\n", out->number,
			       side == CLIENT ? "client" : "server",
			       out->sent[side].relative ? " (relative)" : "", best.p[side].text);
	}
}

/* A stream of which the answer has nothing. */
static void judge_silent(const struct check *c, int conn, int side)
{
	const struct truth *t = &c->conns[conn].sent[side];
	const struct stream none = { 0 };
	struct problem p;

	if (t->judged)
		return;
	p = check_stream(c, &none, t, 0);
	if (p.at != UINT64_MAX)
		printf("bytes nothing of the %s of connection %d: %s\n",
		       side == CLIENT ? "client" : "server", conn, p.text);
}

static void print_coverage(const struct check *c)
{
	size_t given = 0, there = 0, i;
	int n, side;

	for (n = 0; n < c->n_conns; n++)
		for (side = CLIENT; side <= SERVER; side++) {
			const struct truth *t = &c->conns[n].sent[side];

			for (i = 0; i < t->len; i++) {
				there += t->there[i];
				given += t->there[i] && t->given[i];
			}
		}
	printf("coverage %zu %zu\n", given, there);
}

void judge(struct check *c)
{
	int i, side;

	for (i = 0; i < c->n_outs; i++)
		for (side = CLIENT; side <= SERVER; side++)
			join_parts(c, &c->outs[i].sent[side]);
	for (i = 0; i < c->n_outs; i++)
		judge_out(c, &c->outs[i]);
	for (i = 0; i < c->n_conns; i++)
		for (side = CLIENT; side <= SERVER; side++)
			judge_silent(c, i, side);
	print_coverage(c);
}
