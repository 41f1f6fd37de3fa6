// SPDX-License-Identifier: GPL-2.0-or-later
/* See differences.h. */
#include "differences.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define ENTRIES 400

static struct entry {
	char *modes, *name, *outcome, *reason;
	unsigned int seen;
} entries[ENTRIES];

static unsigned int count, cases, failures;

/* ---- the list ---- */

static char *trimmed(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\n", end[-1]))
		*--end = '\0';
	return text;
}

/* Takes the part before @mark away from *@rest; NULL if there is none. */
static char *part(char **rest, const char *mark)
{
	char *text = strsep(rest, mark);

	return text && *rest ? trimmed(text) : NULL;
}

/* "MODES@7.2" becomes "MODES". Return: is this kernel old enough not to have the difference? */
static bool is_later(char *modes)
{
	unsigned int since[2], have[2];
	char *at = strchr(modes, '@');
	struct utsname name;

	if (!at)
		return false;
	*at++ = '\0';
	if (sscanf(at, "%u.%u", &since[0], &since[1]) != 2 || uname(&name) ||
	    sscanf(name.release, "%u.%u", &have[0], &have[1]) != 2)
		errx(2, "not the version of a kernel: %s", at);
	return have[0] != since[0] ? have[0] < since[0] : have[1] < since[1];
}

static void add(char *line)
{
	struct entry *entry = &entries[count];
	char *rest = line;

	if (count == ENTRIES)
		errx(2, "more than %u differences are listed", ENTRIES);
	entry->modes = part(&rest, " ");
	entry->name = rest ? part(&rest, "|") : NULL;
	entry->outcome = rest ? part(&rest, "|") : NULL;
	entry->reason = rest ? trimmed(rest) : NULL;
	if (!entry->modes || !entry->name || !entry->outcome || !entry->reason || !*entry->reason)
		errx(2, "not MODE CASE | OUTCOME | REASON: %s", line);
	count += !is_later(entry->modes);
}

/* A line and those that go on with it, on the heap; NULL at the end. */
static char *next(FILE *file, char *buf, size_t cap)
{
	size_t len = 0;
	int c;

	while (len + 1 < cap && fgets(buf + len, (int)(cap - len), file)) {
		if (!len && (*buf == '#' || *buf == '\n'))
			continue;
		len += strlen(buf + len);
		if (len && buf[len - 1] == '\n')
			buf[len - 1] = ' ';
		c = getc(file);
		ungetc(c, file);
		if (c != '\t')
			break;
	}
	return len ? strdup(buf) : NULL;
}

void differences_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char buf[4096], *line;

	if (!file)
		err(2, "%s", path);
	while ((line = next(file, buf, sizeof(buf))))
		add(line);
	fclose(file);
}

/* ---- cases ---- */

static bool has_mode(const char *modes, const char *mode)
{
	size_t len = strlen(mode);

	for (const char *at = modes; (at = strstr(at, mode)); at += len)
		if ((at == modes || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

static bool same(const char *listed, const char *got)
{
	while (*listed && *got) {
		if (*listed == '*') {
			listed++;
			got += strcspn(got, " ");
		} else if (*listed++ != *got++) {
			return false;
		}
	}
	return !*got && (!*listed || !strcmp(listed, "*"));
}

static struct entry *find(const char *mode, const char *name)
{
	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(entries[i].name, name) && has_mode(entries[i].modes, mode))
			return &entries[i];
	return NULL;
}

static void fail(const char *mode, const char *name, const char *why)
{
	printf("not ok - %s__%s\n# %s\n", mode, name, why);
	failures++;
}

void difference_judge(const char *mode, const char *name, const char *wanted, const char *got)
{
	struct entry *entry = find(mode, name);
	bool differs = strcmp(wanted, got) != 0;

	cases++;
	if (entry)
		entry->seen++;
	if (!strcmp(wanted, DIFFERENCE_HUNG)) {
		fail(mode, name, "the calls over TCP did not come to their end");
	} else if (differs && entry && same(entry->outcome, got)) {
		printf("ok - %s__%s # differs: %s\n", mode, name, entry->reason);
	} else if (!differs && !entry) {
		printf("ok - %s__%s\n", mode, name);
	} else {
		fail(mode, name,
		     !differs ? "a difference is listed, and there is none" :
		     entry    ? "it differs in another way than listed" :
				"it differs");
		printf("# TCP:    %s\n# SMC:    %s\n", wanted, got);
		if (entry)
			printf("# listed: %s\n", entry->outcome);
	}
	fflush(stdout);
}

int differences_end(bool all)
{
	for (unsigned int i = 0; all && i < count; i++) {
		if (entries[i].seen)
			continue;
		cases++;
		fail(entries[i].modes, entries[i].name, "it is listed, and there is no such case");
	}
	printf("1..%u\n", cases);
	return failures > 0;
}
