// SPDX-License-Identifier: GPL-2.0-or-later
/* See bundle.h. */
#include "bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "complain.h"
#include "text/script_text.h"

/* A file is put together in memory. */
struct text {
	char *bytes;
	size_t len;
};

static int bundle_put(struct store *s, const struct item *item, const char *name, struct text *t,
		      int rc)
{
	if (!rc)
		rc = store_put(s, item->name, name, t->bytes, t->len);
	free(t->bytes);
	return rc ? complain("%s of %s: %s", name, item->name, strerror(-rc)) : 0;
}

static int bundle_write_text(struct store *s, const struct item *item, const char *name,
			     const char *text)
{
	struct text t = { strdup(text), strlen(text) };

	return bundle_put(s, item, name, &t, t.bytes ? 0 : -ENOMEM);
}

/* Alone, with its changes made and its errors above it, so that it can be played at once. */
static int write_case(struct store *s, const struct item *item, const struct outcome *o)
{
	struct script one = { .cases = item->test };
	struct test_case *next = item->test->next;
	struct text t = { 0 };
	FILE *out = open_memstream(&t.bytes, &t.len);
	struct arena a = { 0 };

	if (!out)
		return bundle_put(s, item, "case.smc", &t, -errno);
	for (const char *line = escape_copy(&a, o->text); *line;) {
		size_t len = strcspn(line, "\n");

		fprintf(out, "# %.*s\n", (int)len, line);
		line += len + (line[len] ? 1 : 0);
	}
	fprintf(out, "# of %s\n", escape_copy(&a, item->script->path));
	item->test->next = NULL;
	script_write(&one, out);
	item->test->next = next;
	fclose(out);
	arena_free(&a);
	return bundle_put(s, item, "case.smc", &t, 0);
}

static int write_packets(struct store *s, const struct item *item, const struct outcome *o,
			 struct record *record)
{
	char comment[sizeof(item->name) + OUTCOME_TEXT_MAX + 32];
	struct text t = { 0 };
	FILE *out = open_memstream(&t.bytes, &t.len);
	int rc;

	if (!out)
		return bundle_put(s, item, "run.pcapng", &t, -errno);
	snprintf(comment, sizeof(comment), "%s: %s\n%s", item->name,
		 outcome_verdict_words[o->verdict], o->text);
	rc = record_save(record, out, o, comment);
	fclose(out);
	return bundle_put(s, item, "run.pcapng", &t, rc < 0 ? rc : 0);
}

int bundle_write(struct store *s, const struct item *item, const struct outcome *o,
		 struct record *record)
{
	int rc = write_case(s, item, o);

	if (!rc)
		rc = bundle_write_text(s, item, "report.txt", o->text);
	if (!rc)
		rc = bundle_write_text(s, item, "map.txt", o->map);
	if (!rc)
		rc = bundle_write_text(s, item, "seen.txt", o->seen);
	if (!rc)
		rc = bundle_write_text(s, item, "kernel.log", o->log);
	return rc || !record ? rc : write_packets(s, item, o, record);
}
