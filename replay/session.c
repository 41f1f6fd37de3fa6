// SPDX-License-Identifier: GPL-2.0-or-later
/* See session.h. */
#include "session.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue.h"
#include "extract.h"
#include "klog.h"
#include "known.h"
#include "privs.h"

struct session {
	const struct options *options;
	struct setup setup;
	struct tap *tap;
	struct known known;
	struct catalogue catalogue;
	struct report report;
	unsigned int n; /* cases met, for the shard */
};

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
	va_list args;

	fputs("smc-replay: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_HARNESS;
}

/* ---- files ----------------------------------------------------------------------- */

static bool is_capture(const char *path)
{
	static const __u32 magics[] = { 0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d,
					0x4d3cb2a1 };
	FILE *in = fopen(path, "re");
	__u32 magic = 0;
	bool found = false;

	if (!in)
		return false;
	if (fread(&magic, sizeof(magic), 1, in) == 1)
		for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
			found |= magics[i] == magic;
	fclose(in);
	return found;
}

static int load(const char *path, struct script *script)
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

static int mutate(struct session *s, struct script *script, struct test_case *test, enum end role)
{
	char error[SCRIPT_ERROR_MAX];

	for (unsigned int i = 0; i < s->options->n_mutate; i++)
		if (script_mutate(script, test, role, s->options->mutate[i], error))
			return complain("%s", error);
	return 0;
}

/* ---- cases ------------------------------------------------------------------------ */

static void full_name(const char *path, const struct test_case *test, enum end role, char *name,
		      size_t cap)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;

	snprintf(name, cap, "%.*s%s%s as %s", (int)strcspn(file, "."), file, *test->name ? "/" : "",
		 test->name, script_end_words[role]);
}

static void write_bundle(const struct session *s, struct script *script, struct test_case *test,
			 const char *name, const struct outcome *o)
{
	struct script one = { .cases = test };
	struct test_case *next = test->next;
	char path[PATH_MAX], file[NAME_MAX];
	size_t i;
	FILE *out;

	snprintf(file, sizeof(file), "%s", name);
	for (i = 0; file[i]; i++)
		if (file[i] == '/' || file[i] == ' ')
			file[i] = '-';
	snprintf(path, sizeof(path), "%s/%s.smc", s->options->bundle, file);
	mkdir(s->options->bundle, 0755);
	out = fopen(path, "we");
	if (!out) {
		complain("%s: %s", path, strerror(errno));
		return;
	}
	for (const char *line = o->text; *line; line += strcspn(line, "\n") + 1)
		fprintf(out, "# %.*s\n", (int)strcspn(line, "\n"), line);
	fprintf(out, "# of %s\n", script->path);
	test->next = NULL;
	script_write(&one, out);
	test->next = next;
	fclose(out);
}

static void judge_known(const struct session *s, const char *name, struct outcome *o,
			const char **reason)
{
	*reason = known_reason(&s->known, name);
	if (!*reason)
		return;
	if (o->verdict == VERDICT_FAIL)
		o->verdict = VERDICT_KNOWN;
	else if (o->verdict == VERDICT_PASS)
		o->verdict = VERDICT_XPASS;
}

static int play_one(struct session *s, struct script *script, struct test_case *test, enum end role)
{
	static struct outcome o;
	const char *reason;
	char name[NAME_MAX];

	full_name(script->path, test, role, name, sizeof(name));
	if (s->options->only && fnmatch(s->options->only, name, 0))
		return 0;
	if (s->n++ % s->options->shards != s->options->shard - 1)
		return 0;
	if (s->options->list) {
		puts(name);
		return 0;
	}
	if (mutate(s, script, test, role))
		return EXIT_HARNESS;
	play_case(&s->setup, script->path, test, role, &o);
	judge_known(s, name, &o, &reason);
	report_add(&s->report, name, script->path, test->covers, &o, reason);
	if (s->options->bundle && (o.verdict == VERDICT_FAIL || o.verdict == VERDICT_XPASS))
		write_bundle(s, script, test, name, &o);
	return 0;
}

/* Each role has a script of its own, since a mutation stays in it. */
static int play_role(struct session *s, const char *path, enum end role)
{
	struct script script;
	int rc = load(path, &script);

	for (struct test_case *test = script.cases; !rc && test; test = test->next)
		if (test->plays[role])
			rc = play_one(s, &script, test, role);
	script_free(&script);
	return rc;
}

static int play_file(struct session *s, const char *path)
{
	int rc = 0;

	for (int role = END_CLIENT; !rc && role <= END_SERVER; role++)
		if (s->options->plays[role])
			rc = play_role(s, path, (enum end)role);
	return rc;
}

/* ---- before and behind ---------------------------------------------------------------- */

static int choose(struct session *s)
{
	for (unsigned int i = 0; i < s->options->n_set; i++) {
		const char *text = s->options->set[i], *equals = strchr(text, '=');
		char name[64];

		if (!equals || (size_t)(equals - text) >= sizeof(name))
			return complain("--set %s: NAME=VALUE is meant", text);
		snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
		if (bind_choose(&s->setup.chosen, name, equals + 1))
			return complain("--set %s: no field of such a name takes this value", text);
	}
	return 0;
}

static int set_up_host(struct session *s)
{
	const char *doing;
	int rc = tap_open(&s->tap, &doing);

	if (rc)
		return complain("could not %s: %s", doing,
				rc == -EPERM || rc == -EACCES ? "not permitted, run it as root" :
								strerror(-rc));
	s->setup.tap = s->tap;
	s->setup.klog = klog_open();
	if (s->setup.klog < 0)
		complain("the kernel log is not looked at: %s", strerror(-s->setup.klog));
	rc = privs_drop();
	if (rc)
		return complain("capabilities could not be dropped: %s", strerror(-rc));
	rc = play_learn(&s->setup);
	if (rc)
		return complain("the stack could not be asked what it offers: %s%s", strerror(-rc),
				rc == -EAFNOSUPPORT ? " (is the module smc loaded?)" : "");
	return 0;
}

static int read_known(struct session *s)
{
	unsigned int line;

	for (unsigned int i = 0; i < s->options->n_known; i++) {
		const char *path = s->options->known[i];
		int rc = known_read(&s->known, path, &line);

		if (rc)
			return complain("%s:%u: %s", path, line,
					rc == -EINVAL ? "PATTERN | REASON is meant" :
							strerror(-rc));
	}
	return 0;
}

static int read_lists(struct session *s)
{
	const struct options *o = s->options;
	char path[PATH_MAX];
	unsigned int line;
	int rc = read_known(s);

	if (rc)
		return rc;
	if (strcmp(o->command, "suite"))
		return 0;
	snprintf(path, sizeof(path), "%s/catalogue.tsv", o->suite ? o->suite : SMCKIT_SUITE);
	rc = catalogue_read(&s->catalogue, path, &line);
	if (rc)
		return complain("%s:%u: %s", path, line,
				rc == -EINVAL ? "four columns and a new ID are meant" :
						strerror(-rc));
	return 0;
}

static int play_suite(struct session *s)
{
	char pattern[PATH_MAX];
	glob_t files;
	int rc = 0;

	snprintf(pattern, sizeof(pattern), "%s/*.smc",
		 s->options->suite ? s->options->suite : SMCKIT_SUITE);
	if (glob(pattern, 0, NULL, &files))
		return complain("no scripts: %s", pattern);
	for (size_t i = 0; !rc && i < files.gl_pathc; i++)
		rc = play_file(s, files.gl_pathv[i]);
	globfree(&files);
	return rc;
}

static int play_all(struct session *s)
{
	int rc = 0;

	if (!s->options->n_files)
		return play_suite(s);
	for (int i = 0; !rc && i < s->options->n_files; i++)
		rc = play_file(s, s->options->files[i]);
	return rc;
}

static int write_coverage(struct session *s)
{
	const char *unknown = catalogue_count(&s->catalogue, &s->report);
	const char *path = s->options->coverage;
	FILE *out;

	if (unknown)
		return complain("a case covers %s, which the catalogue does not have", unknown);
	if (!path)
		return 0;
	out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!out)
		return complain("%s: %s", path, strerror(errno));
	catalogue_write(&s->catalogue, out);
	return out != stdout && fclose(out) ? complain("%s: %s", path, strerror(errno)) : 0;
}

static int finish(struct session *s)
{
	const struct options *o = s->options;
	int status = report_status(&s->report), rc;

	if (o->list)
		return EXIT_OK;
	report_end(&s->report);
	rc = o->json ? report_json(&s->report, o->json) : 0;
	if (rc)
		return complain("%s: %s", o->json, strerror(-rc));
	rc = o->junit ? report_junit(&s->report, o->junit) : 0;
	if (rc)
		return complain("%s: %s", o->junit, strerror(-rc));
	if (!strcmp(o->command, "suite") && write_coverage(s))
		return EXIT_HARNESS;
	return status;
}

int session_run(const struct options *o)
{
	struct session s = {
		.options = o,
		.setup = { .address = o->address,
			   .ours = o->from,
			   .remote = o->remote,
			   .time_scale = o->time_scale,
			   .klog = -1 },
	};
	int status;

	s.setup.chosen.arena = &s.setup.arena;
	report_init(&s.report, stdout);
	status = read_lists(&s);
	if (!status)
		status = choose(&s);
	if (!status && !o->list)
		status = set_up_host(&s);
	if (!status)
		status = play_all(&s);
	if (!status)
		status = finish(&s);
	if (s.setup.klog >= 0)
		close(s.setup.klog);
	tap_close(s.tap);
	arena_free(&s.setup.arena);
	known_free(&s.known);
	catalogue_free(&s.catalogue);
	report_free(&s.report);
	return status;
}
