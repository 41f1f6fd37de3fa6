// SPDX-License-Identifier: GPL-2.0-or-later
/* See target.h. */
#include "target.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static bool find(const char *command, char *path, size_t cap)
{
	const char *dirs = getenv("PATH");

	if (strchr(command, '/'))
		return (size_t)snprintf(path, cap, "%s", command) < cap;
	while (dirs && *dirs) {
		int len = (int)strcspn(dirs, ":");

		if ((size_t)snprintf(path, cap, "%.*s/%s", len, dirs, command) < cap &&
		    !access(path, X_OK))
			return true;
		dirs += len;
		dirs += *dirs == ':';
	}
	return false;
}

/* The dynamic loader is what reads LD_PRELOAD; a program without one names none. */
static bool has_loader(int fd, const Elf64_Ehdr *head)
{
	for (unsigned int i = 0; i < head->e_phnum; i++) {
		Elf64_Phdr row;
		off_t at = (off_t)(head->e_phoff + (Elf64_Off)i * sizeof(row));

		if (pread(fd, &row, sizeof(row), at) != sizeof(row))
			return true; /* it is not known */
		if (row.p_type == PT_INTERP)
			return true;
	}
	return false;
}

static const char *look_at(int fd, char *interpreter, size_t cap)
{
	struct stat st;
	Elf64_Ehdr head = { 0 };
	char line[256] = "";

	if (fstat(fd, &st))
		return NULL;
	if ((st.st_mode & S_ISUID && st.st_uid != geteuid()) ||
	    (st.st_mode & S_ISGID && st.st_gid != getegid()))
		return "is set-user-ID or set-group-ID";
	if (geteuid() && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return "has file capabilities";
	if (pread(fd, line, sizeof(line) - 1, 0) > 2 && !strncmp(line, "#!", 2)) {
		snprintf(interpreter, cap, "%.*s",
			 (int)strcspn(line + 2 + strspn(line + 2, " \t"), " \t\n"),
			 line + 2 + strspn(line + 2, " \t"));
		return NULL;
	}
	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_phentsize != sizeof(Elf64_Phdr))
		return NULL;
	return has_loader(fd, &head) ? NULL : "is statically linked";
}

const char *target_refuses_preload(const char *command)
{
	char path[PATH_MAX], interpreter[256] = "";
	const char *why = NULL;

	if (!find(command, path, sizeof(path)))
		return NULL;
	/* An interpreter may be a script, too. */
	for (int depth = 0; depth < 4 && !why; depth++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return NULL;
		interpreter[0] = '\0';
		why = look_at(fd, interpreter, sizeof(interpreter));
		close(fd);
		if (!interpreter[0])
			break;
		snprintf(path, sizeof(path), "%s", interpreter);
	}
	return why;
}
