// SPDX-License-Identifier: GPL-2.0-or-later
/* See bundle.h. */
#include "bundle.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "complain.h"

/* "prp/of-no-type as client": a folder of that name, without characters of shells and paths. */
static void folder_of(const char *folder, const struct item *item, char *path, size_t cap)
{
	size_t begin = strlen(folder) + 1;

	snprintf(path, cap, "%s/%.200s", folder, item->name);
	for (size_t i = begin; path[i]; i++)
		if (!isalnum((unsigned char)path[i]) && !strchr("._+=-", path[i]))
			path[i] = '-';
}

static int make_folder(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? complain("%s: %s", path, strerror(errno)) : 0;
}

static FILE *open_file(const char *folder, const char *name)
{
	char path[PATH_MAX];
	FILE *out;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return NULL;
	out = fopen(path, "we");
	if (!out)
		complain("%s: %s", path, strerror(errno));
	return out;
}

static int close_file(FILE *out, const char *folder, const char *name)
{
	bool bad = ferror(out);

	return fclose(out) || bad ? complain("%s/%s could not be written", folder, name) : 0;
}

static int write_text(const char *folder, const char *name, const char *text)
{
	FILE *out = open_file(folder, name);

	if (!out)
		return EXIT_HARNESS;
	fputs(text, out);
	return close_file(out, folder, name);
}

/* Alone, with its changes made and its errors above it, so that it can be played at once. */
static int write_case(const char *folder, const struct item *item, const struct outcome *o)
{
	FILE *out = open_file(folder, "case.smc");
	struct script one = { .cases = item->test };
	struct test_case *next = item->test->next;

	if (!out)
		return EXIT_HARNESS;
	for (const char *line = o->text; *line;) {
		size_t len = strcspn(line, "\n");

		fprintf(out, "# %.*s\n", (int)len, line);
		line += len + (line[len] ? 1 : 0);
	}
	fprintf(out, "# of %s\n", item->script->path);
	item->test->next = NULL;
	script_write(&one, out);
	item->test->next = next;
	return close_file(out, folder, "case.smc");
}

static int write_packets(const char *folder, const struct item *item, const struct outcome *o,
			 struct record *record)
{
	char path[PATH_MAX], comment[sizeof(item->name) + PLAY_TEXT_MAX + 32];
	int rc;

	if (snprintf(path, sizeof(path), "%s/run.pcapng", folder) >= (int)sizeof(path))
		return complain("%s: the name is too long", folder);
	snprintf(comment, sizeof(comment), "%s: %s\n%s", item->name, play_verdict_words[o->verdict],
		 o->text);
	rc = record_save(record, path, o->port, comment);
	return rc < 0 ? complain("%s: %s", path, strerror(-rc)) : 0;
}

int bundle_write(const char *folder, const struct item *item, const struct outcome *o,
		 struct record *record)
{
	char path[PATH_MAX];
	int rc = make_folder(folder);

	folder_of(folder, item, path, sizeof(path));
	if (!rc)
		rc = make_folder(path);
	if (!rc)
		rc = write_case(path, item, o);
	if (!rc)
		rc = write_text(path, "report.txt", o->text);
	if (!rc)
		rc = write_text(path, "map.txt", o->map);
	if (!rc)
		rc = write_text(path, "seen.txt", o->seen);
	if (!rc)
		rc = write_text(path, "kernel.log", o->log);
	return rc || !record ? rc : write_packets(path, item, o, record);
}
