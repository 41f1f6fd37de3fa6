// SPDX-License-Identifier: GPL-2.0-or-later
/* See held.h. */
#include "held.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DEPTH_MAX = 5, SIZE_MAX_HELD = 1 << 30, PIECE = 1 << 16 };

struct held {
	struct held *next;
	char *path;
	int fd;
};

static struct held *all;

static struct held *held_find(const char *path)
{
	struct held *h = all;

	while (h && strcmp(h->path, path))
		h = h->next;
	return h;
}

/* A pipe is read once: into memory that can be read again. */
static int held_take_in(int from)
{
	char piece[PIECE];
	int to = memfd_create("smc-replay", MFD_CLOEXEC);
	ssize_t n;

	while (to >= 0 && (n = read(from, piece, sizeof(piece))) > 0)
		if (write(to, piece, (size_t)n) != n)
			break;
	close(from);
	return to;
}

static int read_fd(int fd, char **text, size_t *len)
{
	size_t cap = PIECE;
	ssize_t n = 0;

	*len = 0;
	*text = malloc(cap);
	while (*text && (n = pread(fd, *text + *len, cap - *len, (off_t)*len)) > 0) {
		char *more;

		*len += (size_t)n;
		if (*len < cap)
			continue;
		more = cap < SIZE_MAX_HELD ? realloc(*text, cap *= 2) : NULL;
		if (!more)
			free(*text);
		*text = more;
	}
	if (!*text)
		return -ENOMEM;
	if (n < 0) {
		free(*text);
		*text = NULL;
		return -errno;
	}
	return 0;
}

char *held_beside(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash + 1 - from) : 0, from, name) < 0)
		return NULL;
	return path;
}

static void held_add_nested(const char *path, unsigned int depth);

/* Lines "import NAME". A line that only looks like one costs an open file and no more. */
static void add_imports(const char *path, const char *text, size_t len, unsigned int depth)
{
	static const char import[] = "import";

	for (const char *line = text, *end = text + len; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((newline ? newline : end) - line);
		char *copy = strndup(line, n), *rest = copy, *word = NULL, *beside;

		while (copy && (word = strsep(&rest, " \t\r")) && !*word)
			;
		if (word && !strcmp(word, import)) {
			while ((word = strsep(&rest, " \t\r")) && !*word)
				;
			beside = word && *word != '#' ? held_beside(path, word) : NULL;
			if (beside)
				held_add_nested(beside, depth + 1);
			free(beside);
		}
		free(copy);
		line += n + (newline ? 1 : 0);
	}
}

static void held_add_nested(const char *path, unsigned int depth)
{
	struct held *h;
	char *text;
	size_t len;
	int fd;

	if (depth > DEPTH_MAX || held_find(path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0 && lseek(fd, 0, SEEK_CUR) < 0)
		fd = held_take_in(fd);
	if (fd < 0)
		return;
	h = calloc(1, sizeof(*h));
	if (h)
		h->path = strdup(path);
	if (!h || !h->path) {
		free(h);
		close(fd);
		return;
	}
	h->fd = fd;
	h->next = all;
	all = h;
	if (read_fd(fd, &text, &len))
		return;
	if (len && !memchr(text, '\0', len < PIECE ? len : PIECE))
		add_imports(path, text, len, depth);
	free(text);
}

void held_add(const char *path)
{
	held_add_nested(path, 0);
}

int held_read(const char *path, char **text, size_t *len)
{
	const struct held *h = held_find(path);

	return h ? read_fd(h->fd, text, len) : -ENOENT;
}

void held_close(void)
{
	struct held *next;

	for (; all; all = next) {
		next = all->next;
		close(all->fd);
		free(all->path);
		free(all);
	}
}
