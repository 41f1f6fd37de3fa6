// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts in files. See script_text.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/held.h"
#include "parse.h"

enum { FILE_MAX = 1 << 24 };

static int read_stream(FILE *in, char **text, size_t *len)
{
	size_t cap = 1 << 16, n;

	*len = 0;
	*text = malloc(cap);
	while (*text && (n = fread(*text + *len, 1, cap - *len, in))) {
		*len += n;
		if (*len < cap)
			continue;
		if (cap >= FILE_MAX)
			return -EFBIG;
		*text = reallocarray(*text, cap *= 2, 1);
	}
	if (!*text)
		return -ENOMEM;
	return ferror(in) ? -errno : 0;
}

int parse_read(const char *path, char **text, size_t *len)
{
	FILE *in;
	int rc = held_read(path, text, len);

	if (rc != -ENOENT)
		return !rc && *len > FILE_MAX ? (free(*text), *text = NULL, -EFBIG) : rc;
	in = fopen(path, "re");
	*text = NULL;
	if (!in)
		return -errno;
	rc = read_stream(in, text, len);
	fclose(in);
	if (rc) {
		free(*text);
		*text = NULL;
	}
	return rc;
}

int script_read(const char *path, struct script *script, char *error)
{
	char *text;
	size_t len;
	int rc = parse_read(path, &text, &len);

	*script = (struct script){ 0 };
	if (rc) {
		snprintf(error, SCRIPT_ERROR_MAX, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = script_parse(path, text, len, script, error);
	free(text);
	return rc;
}
