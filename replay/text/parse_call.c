// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls of the application. See parse.h and call.h. */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "parse.h"
#include "script/call_names.h"

static int find_name(const struct call_name *names, const char *word, size_t len)
{
	for (int i = 0; names[i].name; i++)
		if (strlen(names[i].name) == len && !memcmp(names[i].name, word, len))
			return i;
	return -ENOENT;
}

static int expected_name(struct parser *p, size_t offset, const struct call_name *names)
{
	char list[SCRIPT_ERROR_MAX / 2] = "";
	size_t len = 0;

	for (int i = 0; names[i].name && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, i ? ", %s" : "%s",
					names[i].name);
	return parse_expected_at(p, offset, "one of %s", list);
}

/* NAME or NAME=VALUE */
static int parse_what(struct parser *p, struct call *c)
{
	const struct call_name *names = call_names(c);
	const char *word = parse_word(p);
	size_t len = word ? strcspn(word, "=") : 0;
	int what = word ? find_name(names, word, len) : -ENOENT;
	char *end;

	if (what < 0)
		return expected_name(p, 0, names);
	c->what = (unsigned int)what;
	if (word[len] && c->kind == CALL_SHUTDOWN)
		return expected_name(p, 0, names);
	if (word[len]) {
		c->value = (int)strtol(word + len + 1, &end, 0);
		c->has_value = true;
		if (*end || !word[len + 1])
			return parse_expected_at(p, len + 1, "a number");
	}
	p->at++;
	return 0;
}

int parse_way(struct parser *p, unsigned int *what)
{
	struct call c = { .kind = CALL_SHUTDOWN };
	int rc = parse_what(p, &c);

	*what = c.what;
	return rc;
}

int parse_set(struct parser *p, struct call *c)
{
	int rc;

	c->kind = CALL_SET;
	rc = parse_what(p, c);
	if (rc || c->has_value)
		return rc;
	p->at--;
	return parse_expected(p, "an option and its value, as nodelay=1");
}

/* The size of the value, in place of its own. */
static int parse_size(struct parser *p, struct call *c)
{
	const char *word = parse_word(p);

	if (!word || strncmp(word, "size=", 5))
		return 0;
	c->has_size = true;
	return parse_number(p, 5, CALL_SIZE_MAX, &c->size);
}

/* none, or events with , between them */
static int parse_events(struct parser *p, struct call *c)
{
	const char *word = parse_word(p);
	size_t pos = 0;

	if (!word)
		return parse_expected(p, "events, as in,out, or none");
	if (strcmp(word, "none") || c->kind != CALL_POLL) {
		do {
			size_t len = strcspn(word + pos, ",");
			int what = find_name(call_events, word + pos, len);

			if (what < 0)
				return expected_name(p, pos, call_events);
			c->what |= (unsigned int)call_events[what].number;
			pos += len;
		} while (word[pos++]);
	}
	p->at++;
	return 0;
}

int parse_call(struct parser *p, struct step *s)
{
	int kind = parse_choice(p, call_words, "a call"), rc = 0;
	struct call *c = &s->call;

	if (kind < 0)
		return kind;
	c->kind = (__u8)kind;
	switch (c->kind) {
	case CALL_SET:
		rc = parse_set(p, c);
		if (!rc)
			rc = parse_size(p, c);
		break;
	case CALL_GET:
		rc = parse_what(p, c);
		if (!rc)
			rc = parse_size(p, c);
		break;
	case CALL_IOCTL:
	case CALL_SHUTDOWN:
		rc = parse_what(p, c);
		break;
	case CALL_POLL:
	case CALL_WATCH:
	case CALL_WATCHED:
		rc = parse_events(p, c);
		break;
	case CALL_PEEK:
	case CALL_SPLICE:
		rc = parse_data(p, &s->data, &s->len);
		break;
	default:
		break;
	}
	if (!rc && (c->kind == CALL_SET || c->kind == CALL_SHUTDOWN || c->kind == CALL_CONNECT ||
		    c->kind == CALL_PEER ||
		    (!c->has_value && (c->kind == CALL_GET || c->kind == CALL_IOCTL))))
		rc = parse_result(p, s);
	return rc ? rc : parse_times(p, &s->delivery);
}
