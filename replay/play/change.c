// SPDX-License-Identifier: GPL-2.0-or-later
/* See change.h. */
#include "change.h"

#include <errno.h>
#include <string.h>

#include "stack/host.h"
#include "state/seen.h"

static const char *change_error_text(int error)
{
	const char *name = script_errno_name(error);

	return !error ? "ok" : name ? name : strerror(error);
}

static int change_one(struct play *p, const struct host_change *c)
{
	int error = -host_set(p->setup->host, c);

	if (c->kind == HOST_SYSCTL && error == ENOENT) {
		fprintf(p->out, "not on this host: sysctl %s\n", c->name);
		return PLAY_UNKNOWN;
	}
	seen_other(p->seen, p->number, script_host_words[c->kind], "%s", change_error_text(error));
	for (unsigned int i = 0; i < c->n_errors; i++)
		if (c->errors[i] == error)
			return 0;
	fprintf(p->out, "%s:%u:%u: ", p->path, c->place.line, c->place.column);
	return play_failed(p, "host %s %s%s: expected %s%s, got %s", script_host_words[c->kind],
			   c->name, c->text, change_error_text(c->errors[0]),
			   c->n_errors > 1 ? " (or others)" : "", change_error_text(error));
}

int change_host(struct play *p)
{
	int rc = 0;

	p->step = NULL;
	for (const struct host_change *c = p->test->changes; c && !rc; c = c->next) {
		rc = change_one(p, c);
		p->checked += !rc;
	}
	return rc;
}
