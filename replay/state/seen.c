// SPDX-License-Identifier: GPL-2.0-or-later
/* See seen.h. */
#include "seen.h"

#include <stdarg.h>

#include "smc_text.h"

/* Reserved fields are worth a line only if they are not zero. */
static bool is_seen(const struct smcw_field *f, const struct value *v)
{
	if (f->kind == SMCW_K_RSVD)
		return !value_is_zero(v);
	return f->class != SMCW_C_V && f->class != SMCW_C_S;
}

/* The Nth part of its kind in the message. */
static unsigned int number_of(const struct part *first, const struct part *part)
{
	unsigned int n = 1;

	for (; first != part; first = first->next)
		n += first->id == part->id;
	return n;
}

static void see_part(FILE *out, unsigned int step, const struct message *m, const struct part *p)
{
	unsigned int n = number_of(m->parts, p);

	for (const struct term *t = p->terms; t; t = t->next) {
		const struct smcw_field *f = &smcw_fields[t->field];

		if (t->kind != TERM_SET || !is_seen(f, &t->value))
			continue;
		fprintf(out, "%u.%s", step, smcw_parts[p->id].key);
		if (n > 1)
			fprintf(out, "[%u]", n);
		fprintf(out, ".%s=", f->key);
		value_write(f, &t->value, out);
		fputc('\n', out);
	}
}

void seen_message(FILE *out, unsigned int step, enum message_layer layer, bool big,
		  const __u8 *bytes, size_t len)
{
	struct arena a = { 0 };
	struct message *m = message_parse(&a, layer, big, bytes, len);
	const char *text = smcw_value_text(message_types(layer), m->type);

	if (text)
		seen_other(out, step, "message", "%s", text);
	else
		seen_other(out, step, "message", "type %u", m->type);
	seen_other(out, step, "length", "%zu", len);
	for (const struct part *p = m->parts; p; p = p->next)
		if (p->id != SMCW_PART_NONE)
			see_part(out, step, m, p);
	arena_free(&a);
}

void seen_other(FILE *out, unsigned int step, const char *what, const char *format, ...)
{
	va_list args;

	fprintf(out, "%u.%s=", step, what);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
}
