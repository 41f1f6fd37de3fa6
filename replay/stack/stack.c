// SPDX-License-Identifier: GPL-2.0-or-later
/* See stack.h. */
#include "stack.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void read_line(const char *path, char *text)
{
	FILE *in = fopen(path, "re");

	if (!in)
		return;
	if (fgets(text, STACK_TEXT_MAX, in))
		text[strcspn(text, "\n")] = '\0';
	fclose(in);
}

/* A file of notes: the build ID is the one of GNU. */
static void read_build_id(const char *path, char *text)
{
	unsigned char bytes[4096];
	FILE *in = fopen(path, "re");
	size_t len = in ? fread(bytes, 1, sizeof(bytes), in) : 0, at = 0;
	Elf64_Nhdr head;

	if (in)
		fclose(in);
	while (len - at >= sizeof(head)) {
		size_t name, desc;

		memcpy(&head, bytes + at, sizeof(head));
		at += sizeof(head);
		name = (head.n_namesz + 3u) & ~3ul;
		desc = (head.n_descsz + 3u) & ~3ul;
		if (name > len - at || desc > len - at - name)
			return;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(bytes + at, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU))) {
			for (size_t i = 0; i < head.n_descsz && 2 * i + 2 < STACK_TEXT_MAX; i++)
				snprintf(text + 2 * i, 3, "%02x", bytes[at + name + i]);
			return;
		}
		at += name + desc;
	}
}

static bool find_module(struct stack *s, const char *name)
{
	char path[STACK_TEXT_MAX];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	if (access(path, F_OK))
		return false;
	snprintf(s->module, sizeof(s->module), "%s", name);
	snprintf(s->where, sizeof(s->where), "module");
	snprintf(path, sizeof(path), "/sys/module/%s/version", name);
	read_line(path, s->version);
	snprintf(path, sizeof(path), "/sys/module/%s/srcversion", name);
	read_line(path, s->srcversion);
	snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id", name);
	read_build_id(path, s->build_id);
	return true;
}

static bool is_built_in(void)
{
	FILE *in = fopen("/proc/net/protocols", "re");
	char line[256];
	bool found = false;

	while (in && !found && fgets(line, sizeof(line), in))
		found = !strncmp(line, "SMC ", 4);
	if (in)
		fclose(in);
	return found;
}

void stack_find(struct stack *s)
{
	struct utsname name;

	*s = (struct stack){ 0 };
	if (!uname(&name))
		snprintf(s->kernel, sizeof(s->kernel), "%.60s %.60s", name.release, name.version);
	if (find_module(s, "smcx") || find_module(s, "smc") || !is_built_in())
		return;
	snprintf(s->module, sizeof(s->module), "smc");
	snprintf(s->where, sizeof(s->where), "built in");
	read_build_id("/sys/kernel/notes", s->build_id);
}
