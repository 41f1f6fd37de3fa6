// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls on sockets that a script makes. See parse.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "parse.h"
#include "script/call_names.h"

/* Bytes of a pattern in one step: more than any buffer here. */
enum { SOCK_BYTES_MAX = 1 << 26 };

static int choose_name(struct parser *p, const struct call_name *names, const char *what,
		       unsigned int *index)
{
	const char *words[16] = { NULL };
	int rc;

	for (int i = 0; names[i].name; i++)
		words[i] = names[i].name;
	rc = parse_choice(p, words, what);
	*index = rc < 0 ? 0 : (unsigned int)rc;
	return rc < 0 ? rc : 0;
}

static int parse_name(struct parser *p, const char **name)
{
	*name = parse_word(p);
	if (!*name)
		return parse_expected(p, "the name of a socket");
	p->at++;
	return 0;
}

static bool is_data(const struct parser *p)
{
	const char *word = parse_word(p);

	return word && (*word == '"' || !strncmp(word, "0x", 2));
}

static int parse_count(struct parser *p, unsigned int *n)
{
	return parse_number(p, 0, SOCK_BYTES_MAX, n);
}

/* A number of bytes, the bytes, or the result of the call. */
static int parse_outcome(struct parser *p, struct step *s, bool data)
{
	unsigned int n;
	int rc;

	if (data && is_data(p))
		return parse_data(p, &s->data, &s->len);
	if (!parse_word(p) || parse_is_result(p))
		return parse_result(p, s);
	rc = parse_count(p, &n);
	s->sock.count = n;
	return rc;
}

static int parse_argument(struct parser *p, struct step *s, char letter)
{
	struct sock_call *c = &s->sock;

	switch (letter) {
	case 'k':
		return choose_name(p, sock_kinds, "a kind of socket", &c->what);
	case 's':
		return parse_name(p, &c->other);
	case 'n':
		/* FILL may leave it out: as many as there is room for. */
		return c->kind == SOCKET_FILL && !parse_word(p) ? 0 : parse_count(p, &c->n);
	case 'd':
		return parse_data(p, &s->data, &s->len);
	case 'x':
		return is_data(p) ? parse_data(p, &s->data, &s->len) : parse_count(p, &c->n);
	case 'w':
		return parse_way(p, &c->what);
	case 'g':
		return choose_name(p, sock_signals, "a signal's cause", &c->what);
	default:
		/* A call that begins has its result with its end. */
		return c->begins ? 0 : parse_outcome(p, s, letter == 'o');
	}
}

static int parse_flags(struct parser *p, size_t offset, unsigned int *flags)
{
	const char *word = parse_word(p) + offset;
	size_t pos = 0;

	do {
		size_t len = strcspn(word + pos, ",");
		int i = 0;

		while (sock_flags[i].name && (strlen(sock_flags[i].name) != len ||
					      memcmp(sock_flags[i].name, word + pos, len)))
			i++;
		if (!sock_flags[i].name)
			return parse_expected_at(p, offset + pos,
						 "peek, dontwait, waitall, trunc, oob, more, "
						 "errqueue or fastopen");
		*flags |= (unsigned int)sock_flags[i].number;
		pos += len;
	} while (word[pos++]);
	p->at++;
	return 0;
}

/* Peculiarities of the call, before times. */
static int parse_changes(struct parser *p, struct sock_call *c)
{
	int rc = 0;

	while (!rc && parse_word(p)) {
		const char *word = parse_word(p);
		unsigned int n = 0;

		if (!strncmp(word, "len=", 4)) {
			rc = parse_number(p, 4, 128, &n);
			c->len = (int)n;
		} else if (!strncmp(word, "family=", 7)) {
			rc = parse_number(p, 7, 0xffff, &n);
			c->family = (int)n;
		} else if (!strncmp(word, "of=", 3)) {
			c->of = word + 3;
			p->at++;
		} else if (!strncmp(word, "flags=", 6)) {
			rc = parse_flags(p, 6, &c->flags);
		} else if (!strcmp(word, "returned=none")) {
			c->returned = 0;
			p->at++;
		} else if (!strncmp(word, "returned=", 9)) {
			c->returned = 0;
			rc = parse_flags(p, 9, &c->returned);
		} else {
			return 0;
		}
	}
	return rc;
}

static int parse_kind(struct parser *p, struct sock_call *c)
{
	int rc = parse_choice(p, sock_words, "a call");

	c->kind = rc < 0 ? 0 : (__u8)rc;
	return rc < 0 ? rc : 0;
}

int parse_sock(struct parser *p, struct step *s)
{
	struct sock_call *c = &s->sock;
	int rc = parse_name(p, &c->name);

	*c = (struct sock_call){
		.name = c->name, .count = -1, .len = -1, .family = -1, .returned = ~0u
	};
	if (!rc && parse_word(p) && !strcmp(parse_word(p), "begin")) {
		c->begins = true;
		p->at++;
	}
	if (!rc)
		rc = parse_kind(p, c);
	if (!rc && c->kind == SOCKET_CALL)
		return parse_call(p, s);
	if (!rc && c->kind == SOCKET_DIAG)
		return parse_diag(p, s);
	for (const char *a = sock_arguments[c->kind]; *a && !rc; a++)
		rc = parse_argument(p, s, *a);
	/* A socket that cannot be had is the exception. */
	if (!rc && c->kind == SOCKET_OPEN && parse_is_result(p))
		rc = parse_result(p, s);
	if (!rc)
		rc = parse_changes(p, c);
	return rc ? rc : parse_times(p, &s->delivery);
}
