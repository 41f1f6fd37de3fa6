// SPDX-License-Identifier: GPL-2.0-or-later
/* See walk.h. */
#include "walk.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/held.h"
#include "capture/extract.h"
#include "complain.h"
#include "text/script_text.h"

struct walk {
	const struct options *options;
	item_fn fn;
	void *ctx;
	unsigned int met;    /* cases, for the shard */
	unsigned int number; /* items */
};

static bool is_capture(const char *path)
{
	static const __u32 magics[] = { 0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d,
					0x4d3cb2a1 };
	bool found = false;
	__u32 magic = 0;
	char *text;
	size_t len;

	if (held_read(path, &text, &len))
		return false;
	if (len >= sizeof(magic))
		memcpy(&magic, text, sizeof(magic));
	free(text);
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		found |= magics[i] == magic;
	return found;
}

static int walk_load(const char *path, struct script *script)
{
	char error[SCRIPT_ERROR_MAX];
	struct extract_result r;

	if (is_capture(path)) {
		if (extract_path(path, script, &r))
			return complain("%s: %s", path, r.error);
		if (!script->cases)
			return complain("%s: there is no TCP connection in it", path);
	} else if (script_read(path, script, error)) {
		return complain("%s", error);
	}
	return 0;
}

static struct test_case *nth_case(struct script *script, unsigned int n)
{
	struct test_case *test = script->cases;

	while (test && n--)
		test = test->next;
	return test;
}

/* ---- one case ------------------------------------------------------------------------- */

static void name_item(struct item *item, const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;

	snprintf(item->name, NAME_MAX, "%.*s%s%s as %s", (int)strcspn(file, "."), file,
		 *item->test->name ? "/" : "", item->test->name,
		 item->test->pair ? "none" : script_end_words[item->role]);
}

static int pass_on(struct walk *w, struct item *item)
{
	item->number = w->number++;
	return w->fn(w->ctx, item);
}

static int change_case(const struct options *o, struct item *item)
{
	char error[SCRIPT_ERROR_MAX];

	for (unsigned int i = 0; i < o->n_mutate; i++)
		if (script_mutate(item->script, item->test, item->role, o->mutate[i], error))
			return complain("%s", error);
	return 0;
}

/* A changed case stays so: each change has a script of its own. */
static int walk_mutants(struct walk *w, const char *path, unsigned int n, struct item *plain)
{
	size_t len = strlen(plain->name);
	struct mutants mutants;
	int rc = 0;

	mutants_init(&mutants, w->options->seed, plain->name);
	for (unsigned int i = 0; !rc && i < w->options->random; i++) {
		char change[MUTANT_NAME_MAX];
		struct item item = *plain;
		struct script script;

		rc = walk_load(path, &script);
		item.script = &script;
		item.test = rc ? NULL : nth_case(&script, n);
		if (item.test && !mutants_next(&mutants, &script, item.test, item.role, change)) {
			snprintf(item.name + len, sizeof(item.name) - len, " with %s", change);
			rc = pass_on(w, &item);
		}
		script_free(&script);
	}
	mutants_free(&mutants);
	return rc;
}

static bool walk_wants(const struct options *o, const char *name)
{
	for (unsigned int i = 0; i < o->n_only; i++)
		if (!fnmatch(o->only[i], name, 0))
			return true;
	return !o->n_only;
}

static int walk_case(struct walk *w, const char *path, unsigned int n, struct item *item)
{
	const struct options *o = w->options;
	int rc;

	name_item(item, path);
	if (!walk_wants(o, item->name))
		return 0;
	if (w->met++ % o->shards != o->shard - 1)
		return 0;
	if (o->random)
		return walk_mutants(w, path, n, item);
	rc = o->list ? 0 : change_case(o, item);
	return rc ? rc : pass_on(w, item);
}

/* ---- all ------------------------------------------------------------------------------ */

/* Each role has a script of its own, since a change stays in it. */
static int walk_role(struct walk *w, const char *path, enum end role)
{
	struct item item = { .role = role };
	struct script script;
	unsigned int n = 0;
	int rc = walk_load(path, &script);

	item.script = &script;
	for (item.test = script.cases; !rc && item.test; item.test = item.test->next, n++)
		if (item.test->plays[role])
			rc = walk_case(w, path, n, &item);
	script_free(&script);
	return rc;
}

static int walk_file(struct walk *w, const char *path)
{
	int rc = 0;

	for (int role = END_CLIENT; !rc && role <= END_SERVER; role++)
		if (w->options->plays[role])
			rc = walk_role(w, path, (enum end)role);
	return rc;
}

int walk_hold(struct options *o)
{
	char pattern[PATH_MAX];
	static glob_t files; /* as long as the options */

	if (!o->n_files) {
		snprintf(pattern, sizeof(pattern), "%s/*.smc", o->suite ? o->suite : SMCKIT_SUITE);
		if (glob(pattern, 0, NULL, &files))
			return complain("no scripts: %s", pattern);
		o->files = files.gl_pathv;
		o->n_files = (int)files.gl_pathc;
	}
	for (int i = 0; i < o->n_files; i++)
		held_add(o->files[i]);
	return 0;
}

int walk_cases(const struct options *o, item_fn fn, void *ctx)
{
	struct walk w = { .options = o, .fn = fn, .ctx = ctx };
	int rc = 0;

	for (int i = 0; !rc && i < o->n_files; i++)
		rc = walk_file(&w, o->files[i]);
	return rc;
}
