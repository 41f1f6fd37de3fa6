// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of a script: templates, lines of parts, terms. See parse.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "script/data.h"

enum { COUNT_MAX = 0xffff };

static unsigned int part_by_key(const char *key, size_t len)
{
	for (unsigned int i = 0; i < SMCW_PART_event; i++)
		if (strlen(smcw_parts[i].key) == len && !memcmp(smcw_parts[i].key, key, len))
			return i;
	return SMCW_PART_NONE;
}

static int field_by_key(unsigned int part, const char *key, size_t len)
{
	for (unsigned int i = smcw_part_first(part); i <= smcw_parts[part].last; i++)
		if (strlen(smcw_fields[i].key) == len && !memcmp(smcw_fields[i].key, key, len))
			return (int)i;
	return -ENOENT;
}

bool parse_is_part(const char *word)
{
	return !strcmp(word, "bytes") || part_by_key(word, strcspn(word, "*")) != SMCW_PART_NONE;
}

/* ---- terms: KEY=VALUE ------------------------------------------------------ */

/* The place of a | that is not in quotation marks; the end without one. */
static size_t alternative_end(const char *text)
{
	bool open = false;
	size_t i;

	for (i = 0; text[i] && (open || text[i] != '|'); i++) {
		if (text[i] == '"')
			open = !open;
		else if (open && text[i] == '\\' && text[i + 1])
			i++;
	}
	return i;
}

static int expected_value(struct parser *p, size_t offset, const struct smcw_field *f)
{
	char what[SCRIPT_ERROR_MAX] = "";
	FILE *out = fmemopen(what, sizeof(what), "w");

	if (!out)
		return -EINVAL;
	value_expected(f, out);
	fclose(out);
	what[sizeof(what) - 1] = '\0';
	return parse_expected_at(p, offset, "%s, or a $name", what);
}

static bool is_name(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static int parse_values(struct parser *p, size_t offset, struct term *t)
{
	const struct smcw_field *f = &smcw_fields[t->field];
	const char *text = parse_word(p) + offset;
	size_t len = alternative_end(text);
	char *one = arena_copy(&p->script->arena, text, len);

	t->kind = TERM_SET;
	if (value_parse(f, one, &t->value))
		return expected_value(p, offset, f);
	if (!text[len])
		return 0;
	t->also = arena_alloc(&p->script->arena, sizeof(*t->also));
	t->also->field = t->field;
	return parse_values(p, offset + len + 1, t->also);
}

/* The value after the = of the word at hand. */
static int parse_term_value(struct parser *p, size_t offset, struct term *t)
{
	const char *text = parse_word(p) + offset;
	char *end;

	if (!strcmp(text, "*")) {
		t->kind = TERM_ANY;
	} else if (!strcmp(text, "!0")) {
		t->kind = TERM_NOT_0;
	} else if (*text == '$') {
		t->kind = TERM_NAME;
		t->name = text + 1;
		if (!is_name(t->name))
			return parse_expected_at(p, offset + 1,
						 "a name of small letters, digits and _");
	} else if (*text == '+' || *text == '-') {
		t->kind = TERM_ADD;
		errno = 0;
		t->add = strtol(text, &end, 10);
		if (errno || *end || end == text + 1)
			return parse_expected_at(p, offset + 1, "how much more or less");
	} else {
		return parse_values(p, offset, t);
	}
	return 0;
}

/* The word at hand, from @offset on, is KEY=VALUE of @part. */
static int parse_term(struct parser *p, size_t offset, struct part *part)
{
	const char *word = parse_word(p) + offset;
	size_t len = strcspn(word, "=");
	int field = field_by_key(part->id, word, len);
	struct term **tail = &part->terms, *t;
	int rc;

	if (field < 0)
		return parse_expected_at(p, offset, "a field of %s", smcw_parts[part->id].key);
	if (!word[len])
		return parse_expected_at(p, offset + len, "= and a value");
	t = arena_alloc(&p->script->arena, sizeof(*t));
	t->field = (__u16)field;
	t->place = parse_place(p);
	rc = parse_term_value(p, offset + len + 1, t);
	if (rc)
		return rc;
	while (*tail && (*tail)->field != t->field)
		tail = &(*tail)->next;
	t->next = *tail ? (*tail)->next : NULL;
	*tail = t;
	p->at++;
	return 0;
}

/* ---- lines of parts ---------------------------------------------------------- */

static struct part *add_part(struct parser *p, unsigned int id)
{
	struct part *part = arena_alloc(&p->script->arena, sizeof(*part));

	part->id = (__u8)id;
	part->count = 1;
	part->place = parse_place(p);
	/* The trailer of a template stays the last one. */
	while (*p->parts && (*p->parts)->id != SMCW_PART_trailer)
		p->parts = &(*p->parts)->next;
	part->next = *p->parts;
	*p->parts = part;
	p->parts = &part->next;
	return part;
}

int parse_part(struct parser *p)
{
	const char *word = parse_word(p);
	size_t len = strcspn(word, "*");
	unsigned int id = part_by_key(word, len);
	struct part *part;
	int rc = 0;

	if (!p->message)
		return parse_expected(p, "a message before its parts");
	part = add_part(p, id);
	if (id == SMCW_PART_NONE) {
		p->at++;
		return parse_data(p, &part->bytes, &part->len);
	}
	if (word[len])
		rc = parse_number(p, len + 1, COUNT_MAX, &part->count);
	else
		p->at++;
	while (!rc && parse_word(p))
		rc = parse_term(p, 0, part);
	return rc;
}

/* ---- the message's own line ------------------------------------------------------ */

static struct message *copy_message(struct arena *a, const struct message *from)
{
	struct message *m = arena_alloc(a, sizeof(*m));
	struct part **tail = &m->parts;

	*m = *from;
	for (const struct part *p = from->parts; p; p = p->next) {
		struct part *to = arena_alloc(a, sizeof(*to));
		struct term **terms = &to->terms;

		*to = *p;
		for (const struct term *t = p->terms; t; t = t->next) {
			*terms = arena_alloc(a, sizeof(**terms));
			**terms = *t;
			terms = &(*terms)->next;
		}
		*terms = NULL;
		*tail = to;
		tail = &to->next;
	}
	*tail = NULL;
	return m;
}

static int parse_template(struct parser *p, enum message_layer layer, struct message **out)
{
	const char *name = parse_word(p) + 1;

	for (const struct template *t = p->templates; t; t = t->next) {
		if (strcmp(t->name, name) || t->message->layer != layer)
			continue;
		*out = copy_message(&p->script->arena, t->message);
		p->at++;
		return 0;
	}
	return parse_expected_at(p, 1, "the name of a message of this layer");
}

static int parse_type(struct parser *p, struct message *m)
{
	const char *word = parse_word(p);
	unsigned int list = message_types(m->layer), number;
	__u32 value;
	int rc;

	if (!value_by_word(list, word, &value)) {
		m->type = (__u8)value;
		p->at++;
		return 0;
	}
	if (*word < '0' || *word > '9')
		return parse_expected(p, "the type of a message, as a word or number, or @NAME");
	rc = parse_number(p, 0, 0xff, &number);
	m->type = (__u8)number;
	return rc;
}

static int parse_without(struct parser *p, size_t offset, struct message *m)
{
	const char *key = parse_word(p) + offset;
	unsigned int id = part_by_key(key, strlen(key));
	struct part **at = &m->parts;

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	if (!*at || id == SMCW_PART_NONE)
		return parse_expected_at(p, offset, "a part of the message");
	*at = (*at)->next;
	p->at++;
	return 0;
}

/* PART.KEY=VALUE, or PART[2].KEY=VALUE for the second one */
static int parse_change(struct parser *p, struct message *m)
{
	const char *word = parse_word(p);
	size_t len = strcspn(word, "[.="), dot = len;
	unsigned int id = part_by_key(word, len);
	unsigned long nth = 1;
	struct part *part;
	char *end;

	if (word[len] == '[') {
		nth = strtoul(word + len + 1, &end, 10);
		if (*end != ']' || !nth)
			return parse_expected_at(p, len + 1, "which one, counted from 1, and ]");
		dot = (size_t)(end + 1 - word);
	}
	if (word[dot] != '.')
		return parse_expected(p,
				      "PART.FIELD=VALUE, without=PART, big, unsolicited, segment=, "
				      "delay=, repeat=, cut=, link=, after= or before=");
	for (part = m->parts; part; part = part->next)
		if (part->id == id && id != SMCW_PART_NONE && !--nth)
			return parse_term(p, dot + 1, part);
	return parse_expected(p, "a part of the message");
}

static int parse_delivery(struct parser *p, struct delivery *d, bool *known)
{
	const struct {
		const char *key;
		unsigned int *number;
		unsigned long max;
	} keys[] = {
		{ "segment=", &d->segment, COUNT_MAX },
		{ "delay=", &d->delay_ms, COUNT_MAX },
		{ "repeat=", &d->repeat, COUNT_MAX },
		{ "cut=", &d->cut, COUNT_MAX },
		{ "after=", &d->after_ms, PARSE_MS_MAX },
		{ "before=", &d->before_ms, PARSE_MS_MAX },
		{ "link=", &d->link, SCRIPT_LINKS_MAX },
	};

	*known = true;
	if (!strcmp(parse_word(p), "unsolicited")) {
		d->unsolicited = true;
		p->at++;
		return 0;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);

		if (strncmp(parse_word(p), keys[i].key, len))
			continue;
		return parse_number(p, len, keys[i].max, keys[i].number);
	}
	*known = false;
	return 0;
}

int parse_times(struct parser *p, struct delivery *d)
{
	int rc = 0;

	while (!rc && parse_word(p)) {
		const char *word = parse_word(p);
		bool known = false;

		if (!strncmp(word, "after=", 6) || !strncmp(word, "before=", 7))
			rc = parse_delivery(p, d, &known);
		else
			rc = parse_expected(p, "after=MS, before=MS or the end of the line");
	}
	return rc;
}

static int parse_attribute(struct parser *p, struct delivery *delivery, struct message *m)
{
	static const char without[] = "without=";
	const char *word = parse_word(p);
	bool known = false;
	int rc = 0;

	if (delivery)
		rc = parse_delivery(p, delivery, &known);
	if (rc || known)
		return rc;
	if (!strcmp(word, "big")) {
		m->big = true;
		p->at++;
		return 0;
	}
	if (!strncmp(word, without, strlen(without)))
		return parse_without(p, strlen(without), m);
	return parse_change(p, m);
}

int parse_message(struct parser *p, enum message_layer layer, struct delivery *delivery,
		  struct message **out)
{
	const char *word = parse_word(p);
	struct message *m = NULL;
	int rc = 0;

	if (word && *word == '@') {
		rc = parse_template(p, layer, &m);
	} else {
		m = arena_alloc(&p->script->arena, sizeof(*m));
		m->layer = (__u8)layer;
		m->type = layer == LAYER_DMB ? SMCW_CDC_TYPE : 0;
		if (message_has_type(layer))
			rc = word ? parse_type(p, m) :
				    parse_expected(p, "the type of a message, or @NAME");
	}
	while (!rc && parse_word(p))
		rc = parse_attribute(p, delivery, m);
	if (rc)
		return rc;
	p->message = *out = m;
	p->parts = &m->parts;
	return 0;
}

int script_mutate(struct script *script, struct test_case *test, enum end end, const char *change,
		  char *error)
{
	struct parser p = { .script = script, .error = error, .path = "change", .line = 1 };
	const char *want = words_split(&script->arena, change, strlen(change), &p.words);
	int rc = -EINVAL;

	if (want || p.words.n != 1)
		return parse_expected(&p, "%s", want ? want : "one change, without blanks");
	if (!strncmp(change, "after=", 6) || !strncmp(change, "before=", 7))
		return parse_expected(&p, "a change of what we send");
	for (struct step *s = test->steps; rc && s; s = s->next)
		if (s->message && s->end == end)
			rc = parse_attribute(&p, &s->delivery, s->message);
	if (rc && !*error)
		parse_expected(&p, "a message of the %s to change", script_end_words[end]);
	return rc;
}
