// SPDX-License-Identifier: GPL-2.0-or-later
/* See write.h. */
#include "write.h"

#include "script/call_names.h"
#include "script/data.h"

static void write_argument(const struct step *s, char letter, FILE *out)
{
	const struct sock_call *c = &s->sock;

	if (letter == 'k')
		fprintf(out, " %s", sock_kinds[c->what].name);
	else if (letter == 's')
		fprintf(out, " %s", c->other);
	else if (letter == 'w')
		fprintf(out, " %s", call_ways[c->what].name);
	else if (letter == 'g')
		fprintf(out, " %s", sock_signals[c->what].name);
	else if (letter == 'n' && c->kind == SOCKET_FILL && !c->n)
		return;
	else if (letter == 'n' || (letter == 'x' && !s->data))
		fprintf(out, " %u", c->n);
	else if (s->data && letter != 'r')
		fputc(' ', out), data_write(s->data, s->len, out);
	else if (c->count >= 0)
		fprintf(out, " %ld", c->count);
}

void write_sock_arguments(const struct step *s, FILE *out)
{
	for (const char *a = sock_arguments[s->sock.kind]; *a; a++)
		write_argument(s, *a, out);
}

static void write_flags(const char *key, unsigned int flags, FILE *out)
{
	const char *between = "";

	fprintf(out, " %s", key);
	for (int i = 0; sock_flags[i].name; i++) {
		if (!(flags & (unsigned int)sock_flags[i].number))
			continue;
		fprintf(out, "%s%s", between, sock_flags[i].name);
		between = ",";
	}
}

void write_sock_changes(const struct sock_call *c, FILE *out)
{
	if (c->len >= 0)
		fprintf(out, " len=%d", c->len);
	if (c->family >= 0)
		fprintf(out, " family=%d", c->family);
	if (c->of)
		fprintf(out, " of=%s", c->of);
	if (c->flags)
		write_flags("flags=", c->flags, out);
	if (!c->returned)
		fputs(" returned=none", out);
	else if (c->returned != ~0u)
		write_flags("returned=", c->returned, out);
}
