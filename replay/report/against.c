// SPDX-License-Identifier: GPL-2.0-or-later
/* See against.h. */
#include "against.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------------- */

static bool is_case(const json_t *c)
{
	return json_is_string(json_object_get(c, "name")) &&
	       json_is_string(json_object_get(c, "verdict")) &&
	       json_is_object(json_object_get(c, "seen"));
}

static bool against_is_report(const json_t *root)
{
	const json_t *cases = json_object_get(root, "cases");
	const json_t *c;
	size_t i;

	if (!json_is_array(cases))
		return false;
	json_array_foreach(cases, i, c)
	{
		if (!is_case(c))
			return false;
	}
	return true;
}

int against_read(struct stack_report *r, const char *path, char *error)
{
	FILE *in = fopen(path, "re");
	const char *slash = strrchr(path, '/');
	int rc;

	if (!in) {
		snprintf(error, AGAINST_ERROR_MAX, "%s: %s", path, strerror(errno));
		return -EINVAL;
	}
	rc = against_take(r, in, path, error);
	fclose(in);
	r->name = slash ? slash + 1 : path;
	return rc;
}

int against_take(struct stack_report *r, FILE *in, const char *name, char *error)
{
	json_error_t why;

	r->name = name;
	r->json = json_loadf(in, 0, &why);
	if (!r->json)
		snprintf(error, AGAINST_ERROR_MAX, "%s:%d:%d: %s", name, why.line, why.column,
			 why.text);
	else if (!against_is_report(r->json))
		snprintf(error, AGAINST_ERROR_MAX, "%s: this is no report of --json", name);
	else
		return 0;
	return -EINVAL;
}

void against_free(struct stack_report *r)
{
	json_decref(r->json);
	r->json = NULL;
}

/* ---- one case ------------------------------------------------------------------------------- */

static const char *text_of(const json_t *c, const char *key)
{
	return json_string_value(json_object_get(c, key));
}

/* It was played: a case without an answer of the stack cannot differ. */
static bool has_run(const json_t *c)
{
	const char *verdict = text_of(c, "verdict");

	return strcmp(verdict, "skip") && strcmp(verdict, "error");
}

/* A stack that has passed and one that is known to fail agree on what they did only if "seen" does.
 */
static bool same_verdict(const json_t *a, const json_t *b)
{
	return !strcmp(text_of(a, "verdict"), text_of(b, "verdict"));
}

struct key {
	const char *name;
	unsigned long step;
};

/* By step, and then as they are spelt. */
static int by_step(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void add_keys(struct key *keys, size_t *n, json_t *seen, const json_t *unless)
{
	const char *name;
	json_t *value;

	json_object_foreach(seen, name, value)
	{
		if (!json_object_get(unless, name))
			keys[(*n)++] = (struct key){ name, strtoul(name, NULL, 10) };
	}
}

static const char *against_shown(const json_t *seen, const char *key)
{
	const char *text = text_of(seen, key);

	return text ? text : "-";
}

static void write_values(const struct stack_report *a, const struct stack_report *b,
			 const char *key, const char *va, const char *vb, FILE *out)
{
	fprintf(out, "  %s: %s %s, %s %s\n", key, a->name, va, b->name, vb);
}

/* Return: number of answers that differ; shown unless @out is NULL. */
static unsigned int compare_seen(const struct stack_report *a, const struct stack_report *b,
				 json_t *sa, json_t *sb, FILE *out)
{
	struct key *keys = calloc(json_object_size(sa) + json_object_size(sb) + 1, sizeof(*keys));
	unsigned int different = 0;
	size_t n = 0;

	if (!keys)
		return 0;
	add_keys(keys, &n, sa, NULL);
	add_keys(keys, &n, sb, sa);
	qsort(keys, n, sizeof(*keys), by_step);
	for (size_t i = 0; i < n; i++) {
		const char *va = against_shown(sa, keys[i].name),
			   *vb = against_shown(sb, keys[i].name);

		if (!strcmp(va, vb))
			continue;
		different++;
		if (out)
			write_values(a, b, keys[i].name, va, vb, out);
	}
	free(keys);
	return different;
}

static void compare_case(const struct stack_report *a, const struct stack_report *b,
			 const json_t *ca, const json_t *cb, FILE *out,
			 struct against_result *result)
{
	json_t *sa = json_object_get(ca, "seen"), *sb = json_object_get(cb, "seen");

	result->both++;
	if (same_verdict(ca, cb) && !compare_seen(a, b, sa, sb, NULL))
		return;
	result->different++;
	fprintf(out, "%s\n", text_of(ca, "name"));
	if (!same_verdict(ca, cb))
		write_values(a, b, "verdict", text_of(ca, "verdict"), text_of(cb, "verdict"), out);
	compare_seen(a, b, sa, sb, out);
}

/* ---- all ------------------------------------------------------------------------------------- */

static json_t *find_case(const struct stack_report *r, const char *name)
{
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(r->json, "cases"), i, c)
	{
		if (!strcmp(text_of(c, "name"), name))
			return c;
	}
	return NULL;
}

/* A host without a device, say, skips cases that take one. */
static void write_missing(const struct stack_report *has, const struct stack_report *other,
			  FILE *out, struct against_result *result)
{
	const json_t *c, *same;
	size_t i;

	json_array_foreach(json_object_get(has->json, "cases"), i, c)
	{
		same = find_case(other, text_of(c, "name"));
		if (!has_run(c) || (same && has_run(same)))
			continue;
		result->one++;
		fprintf(out, "%s: only on %s\n", text_of(c, "name"), has->name);
	}
}

void against_write(const struct stack_report *a, const struct stack_report *b, FILE *out,
		   struct against_result *result)
{
	const json_t *ca, *cb;
	size_t i;

	*result = (struct against_result){ 0 };
	json_array_foreach(json_object_get(a->json, "cases"), i, ca)
	{
		cb = find_case(b, text_of(ca, "name"));
		if (has_run(ca) && cb && has_run(cb))
			compare_case(a, b, ca, cb, out, result);
	}
	write_missing(a, b, out, result);
	write_missing(b, a, out, result);
}
