// SPDX-License-Identifier: GPL-2.0-or-later
/* See outputs.h. */
#include "outputs.h"

#include <errno.h>
#include <string.h>

#include "complain.h"

static int open_output(const char *path, FILE **out)
{
	if (path)
		*out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	return path && !*out ? complain("%s: %s", path, strerror(errno)) : 0;
}

int outputs_open(struct outputs *out, const struct options *o)
{
	int rc = open_output(o->json, &out->json);

	if (!rc)
		rc = open_output(o->junit, &out->junit);
	if (!rc && !strcmp(o->command, "suite"))
		rc = open_output(o->coverage, &out->coverage);
	if (!rc && o->n_against) {
		out->compare = tmpfile();
		rc = out->compare ? 0 : complain("--against: %s", strerror(errno));
	}
	return rc;
}

void outputs_close(const struct outputs *out)
{
	FILE *const files[] = { out->json, out->junit, out->coverage, out->compare };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] && files[i] != stdout)
			fclose(files[i]);
}
