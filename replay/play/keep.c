// SPDX-License-Identifier: GPL-2.0-or-later
/* See keep.h. */
#include "keep.h"

#include <string.h>

static bool needs_group(const struct test_case *test)
{
	for (const struct word *w = test->needs; w; w = w->next)
		if (!strcmp(w->text, "group"))
			return true;
	return false;
}

void keep_restore(struct play *p)
{
	struct bindings *kept = &p->setup->kept;

	if (!needs_group(p->test))
		kept->first = NULL;
	for (const struct binding *b = kept->first; b; b = b->next)
		if (!bind_find(&p->names, b->name))
			bind_set(&p->names, b->name, b->field, &b->value);
}

void keep_save(struct play *p, bool passed)
{
	struct bindings *kept = &p->setup->kept;

	kept->arena = &p->setup->arena;
	if (!passed)
		kept->first = NULL;
	for (const struct word *w = passed ? p->test->keeps : NULL; w; w = w->next) {
		const struct binding *b = bind_find(&p->names, w->text + 1);

		if (b)
			bind_set(kept, b->name, b->field, &b->value);
	}
}
