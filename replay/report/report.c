// SPDX-License-Identifier: GPL-2.0-or-later
/* See report.h. */
#include "report.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/escape.h"
#include "summary.h"

enum {
	STATUS_PASS = 0,
	STATUS_FAIL = 1,
	STATUS_ERROR = 2,
	STATUS_NOTHING = 77,
	STATUS_KTAP_SKIP = 4
};

void report_init(struct report *r, FILE *tap)
{
	*r = (struct report){ .tap = tap };
	r->tail = &r->first;
}

static bool is_bad(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_XPASS || v == VERDICT_ERROR;
}

static void tap_lines(FILE *out, const char *text)
{
	while (*text) {
		int len = (int)strcspn(text, "\n");

		fprintf(out, "# %.*s\n", len, text);
		text += len + (text[len] ? 1 : 0);
	}
}

/* A # would begin a directive. */
static void tap_name(FILE *out, const char *name)
{
	for (; *name; name++)
		fprintf(out, *name == '#' ? "\\%c" : *name == '\n' ? " " : "%c", *name);
}

static void tap_record(const struct report *r, const struct record *c)
{
	FILE *out = r->tap;
	bool ok = !is_bad(c->verdict) && c->verdict != VERDICT_KNOWN;

	fprintf(out, "%s %u %s", ok ? "ok" : "not ok", r->n, r->form == FORM_KTAP ? "" : "- ");
	tap_name(out, c->name);
	for (const struct word *w = c->covers; w; w = w->next)
		fprintf(out, " %s", w->text);
	if (c->verdict == VERDICT_SKIP)
		fprintf(out, " # SKIP %.*s", (int)strcspn(c->text, "\n"), c->text);
	if (c->verdict == VERDICT_KNOWN)
		fprintf(out, " # TODO known deviation: %s", c->reason);
	if (c->verdict == VERDICT_XPASS)
		fprintf(out, " # unexpected pass of a known deviation: %s", c->reason);
	fputc('\n', out);
	if (c->verdict != VERDICT_SKIP)
		tap_lines(out, c->text);
	tap_lines(out, c->notes);
	fflush(out);
}

static struct word *copy_words(struct arena *a, const struct word *from)
{
	struct word *first = NULL, **tail = &first;

	for (; from; from = from->next, tail = &(*tail)->next) {
		*tail = arena_alloc(a, sizeof(**tail));
		(*tail)->text = escape_copy(a, from->text);
	}
	return first;
}

void report_add(struct report *r, const char *name, const char *file, const struct word *covers,
		const struct outcome *o, const char *reason)
{
	struct record *c = arena_alloc(&r->arena, sizeof(*c));

	c->name = escape_copy(&r->arena, name);
	c->file = escape_copy(&r->arena, file);
	c->covers = copy_words(&r->arena, covers);
	c->verdict = o->verdict;
	c->text = escape_copy(&r->arena, o->text);
	c->seen = escape_copy(&r->arena, o->seen);
	c->notes = escape_copy(&r->arena, o->notes);
	c->reason = reason ? escape_copy(&r->arena, reason) : NULL;
	c->ms = o->ms;
	*r->tail = c;
	r->tail = &c->next;
	r->n++;
	r->count[o->verdict]++;
	if (r->tap)
		tap_record(r, c);
}

static void tap_stack(FILE *out, const struct stack *s)
{
	if (!*s->module)
		fprintf(out, "# stack: none is loaded; kernel %s\n", s->kernel);
	else
		fprintf(out, "# stack: %s, %s%s%s%s%s%s%s; kernel %s\n", s->module, s->where,
			*s->version ? ", version " : "", s->version,
			*s->srcversion ? ", srcversion " : "", s->srcversion,
			*s->build_id ? ", build ID " : "", s->build_id, s->kernel);
	fflush(out);
}

void report_begin(struct report *r, enum tap_form form, unsigned int n)
{
	r->form = form;
	if (r->tap && form == FORM_KTAP)
		fprintf(r->tap, "KTAP version 1\n1..%u\n", n);
	if (r->tap && *r->stack.kernel)
		tap_stack(r->tap, &r->stack);
}

void report_end(struct report *r)
{
	if (!r->tap)
		return;
	if (r->form == FORM_TAP)
		fprintf(r->tap, "1..%u\n", r->n);
	summary_write(r, r->tap);
	fputc('#', r->tap);
	for (int v = 0; v < VERDICT_COUNT; v++)
		fprintf(r->tap, " %s %u%s", outcome_verdict_words[v], r->count[v],
			v + 1 < VERDICT_COUNT ? "," : "\n");
	fflush(r->tap);
}

/* Lines "STEP.WHAT=VALUE" as an object. */
static json_t *json_seen(const char *line)
{
	json_t *o = json_object();

	while (*line) {
		size_t len = strcspn(line, "\n"), key = strcspn(line, "=");
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)key, line);
		if (key < len)
			json_object_set_new(o, name, json_stringn(line + key + 1, len - key - 1));
		line += len + (line[len] ? 1 : 0);
	}
	return o;
}

static json_t *json_record(const struct record *c)
{
	json_t *ids = json_array(), *o = json_object();

	for (const struct word *w = c->covers; w; w = w->next)
		json_array_append_new(ids, json_string(w->text));
	json_object_set_new(o, "name", json_string(c->name));
	json_object_set_new(o, "file", json_string(c->file));
	json_object_set_new(o, "covers", ids);
	json_object_set_new(o, "verdict", json_string(outcome_verdict_words[c->verdict]));
	json_object_set_new(o, "ms", json_integer(c->ms));
	json_object_set_new(o, "seen", json_seen(c->seen));
	if (*c->text)
		json_object_set_new(o, "text", json_string(c->text));
	if (*c->notes)
		json_object_set_new(o, "notes", json_string(c->notes));
	if (c->reason)
		json_object_set_new(o, "reason", json_string(c->reason));
	return o;
}

/* W(member, key) */
#define STACK_ROWS(W)                                                                              \
	W(module, "module")                                                                        \
	W(where, "where")                                                                          \
	W(version, "version")                                                                      \
	W(srcversion, "srcversion")                                                                \
	W(build_id, "build_id")                                                                    \
	W(kernel, "kernel")

static json_t *json_stack(const struct stack *s)
{
	json_t *o = json_object();

#define STACK_JSON(member, key) json_object_set_new(o, key, json_string(s->member));
	STACK_ROWS(STACK_JSON)
#undef STACK_JSON
	return o;
}

int report_json(const struct report *r, FILE *out)
{
	json_t *root = json_object(), *cases = json_array();
	int rc;

	for (const struct record *c = r->first; c; c = c->next)
		json_array_append_new(cases, json_record(c));
	for (int v = 0; v < VERDICT_COUNT; v++)
		json_object_set_new(root, outcome_verdict_words[v], json_integer(r->count[v]));
	if (*r->stack.kernel)
		json_object_set_new(root, "stack", json_stack(&r->stack));
	json_object_set_new(root, "cases", cases);
	errno = EIO;
	rc = json_dumpf(root, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) || fflush(out) ? -errno :
											  0;
	json_decref(root);
	return rc;
}

static void xml_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc((unsigned char)*text < ' ' && *text != '\n' ? '?' : *text, out);
		}
	}
}

static void junit_element(FILE *out, const char *element, const char *message, const char *text)
{
	fprintf(out, "<%s message=\"", element);
	xml_text(out, message);
	fputs("\">", out);
	xml_text(out, text);
	fprintf(out, "</%s>", element);
}

/* The script without its folder and suffix, so that it is the same wherever the suite is. */
static void junit_class(FILE *out, const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(file, "."), file);
	fputs("smc-replay.", out);
	xml_text(out, name);
}

static void junit_record(FILE *out, const struct record *c)
{
	fputs("  <testcase classname=\"", out);
	junit_class(out, c->file);
	fputs("\" name=\"", out);
	xml_text(out, c->name);
	for (const struct word *w = c->covers; w; w = w->next) {
		fputc(' ', out);
		xml_text(out, w->text);
	}
	fprintf(out, "\" time=\"%u.%03u\">", c->ms / 1000, c->ms % 1000);
	if (c->verdict == VERDICT_SKIP || c->verdict == VERDICT_KNOWN)
		junit_element(out, "skipped", c->reason ? c->reason : c->text, "");
	else if (c->verdict == VERDICT_ERROR)
		junit_element(out, "error", outcome_verdict_words[c->verdict], c->text);
	else if (is_bad(c->verdict))
		junit_element(out, "failure", outcome_verdict_words[c->verdict], c->text);
	fputs("</testcase>\n", out);
}

static void junit_stack(FILE *out, const struct stack *s)
{
	fputs("  <properties>\n", out);
#define STACK_JUNIT(member, key)                                                                   \
	fputs("    <property name=\"" key "\" value=\"", out);                                     \
	xml_text(out, s->member);                                                                  \
	fputs("\"/>\n", out);
	STACK_ROWS(STACK_JUNIT)
#undef STACK_JUNIT
	fputs("  </properties>\n", out);
}

int report_junit(const struct report *r, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	fprintf(out,
		"<testsuite name=\"smc-replay\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		"skipped=\"%u\">\n",
		r->n, r->count[VERDICT_FAIL] + r->count[VERDICT_XPASS], r->count[VERDICT_ERROR],
		r->count[VERDICT_SKIP] + r->count[VERDICT_KNOWN]);
	if (*r->stack.kernel)
		junit_stack(out, &r->stack);
	for (const struct record *c = r->first; c; c = c->next)
		junit_record(out, c);
	fputs("</testsuite>\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int report_status(const struct report *r)
{
	if (r->count[VERDICT_FAIL] || r->count[VERDICT_XPASS])
		return STATUS_FAIL;
	if (r->count[VERDICT_ERROR])
		return STATUS_ERROR;
	if (r->count[VERDICT_PASS] || r->count[VERDICT_KNOWN])
		return STATUS_PASS;
	return r->form == FORM_KTAP ? STATUS_KTAP_SKIP : STATUS_NOTHING;
}

void report_free(struct report *r)
{
	arena_free(&r->arena);
	report_init(r, NULL);
}
