// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dissector's answer on a damaged capture: fields of "tshark -T fields -E
 * header=y", tab-separated.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "damage_check.h"

enum column { FRAME, CONN, PORT, SENDER, OF, POS, LENGTH, MISSING, DATA, RELATIVE, COLUMNS };

static const char *const column_names[COLUMNS] = { "frame.number",     "smcx.conn",
						   "smcx.conn.port",   "smcx.sender",
						   "smcx.data.sender", "smcx.data.position",
						   "smcx.data.length", "smcx.data.missing",
						   "smcx.data",	       "smcx.data.relative" };

enum { FIELDS_MAX = 400 };

struct header {
	int column[COLUMNS]; /* -1: is not there */
	char *names[FIELDS_MAX];
	int n;
};

static int split(char *line, char **words, int max)
{
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (n < max && line)
		words[n++] = strsep(&line, "\t");
	return n;
}

static void read_header(struct header *h, char *line)
{
	int i, k;

	h->n = split(strdup(line), h->names, FIELDS_MAX);
	if (h->n == FIELDS_MAX)
		die("too many fields in the dissector's answer");
	for (k = 0; k < COLUMNS; k++) {
		h->column[k] = -1;
		for (i = 0; i < h->n; i++)
			if (!strcmp(h->names[i], column_names[k]))
				h->column[k] = i;
	}
}

static struct out *out_of(struct check *c, unsigned long number)
{
	int i;

	for (i = 0; i < c->n_outs; i++)
		if (c->outs[i].number == number)
			return &c->outs[i];
	if (c->n_outs == OUTS_MAX)
		die("too many connections in the dissector's answer");
	c->outs[c->n_outs].number = number;
	return &c->outs[c->n_outs++];
}

static uint8_t *from_hex(const char *hex, uint32_t *n)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(hex) / 2, i;
	uint8_t *b = zeroed(len, 1);

	for (i = 0; i < 2 * len; i++) {
		const char *digit = strchr(digits, hex[i]);

		if (!digit)
			die("not hexadecimal: %.20s", hex + i);
		b[i / 2] = (uint8_t)(b[i / 2] << 4 | (digit - digits));
	}
	*n = (uint32_t)len;
	return b;
}

static bool is_fault(const char *name)
{
	return !strncmp(name, "smcx.fault.", 11) || !strcmp(name, "_ws.malformed");
}

/*
 * Claims that a reader who misses packets may not make. The others of these names
 * are true of the packets that are there.
 */
static bool is_warning(const char *name)
{
	static const char *const claims[] = {
		"smcx.cdc.old",		  "smcx.cdc.regression", "smcx.cdc.beyond",
		"smcx.cdc.overrun",	  "smcx.cdc.underrun",	 "smcx.cdc.after_close",
		"smcx.write.outside",	  "smcx.llc.test_data",	 "smcx.llc.rkeys",
		"smcx.reserved.not_zero", "smcx.unclaimed",
	};
	size_t i;

	for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (!strcmp(name, claims[i]))
			return true;
	return !strncmp(name, "smcx.clc.", 9) && strcmp(name, "smcx.clc.order") &&
	       strcmp(name, "smcx.clc.clocks") && strcmp(name, "smcx.clc.no_proposal");
}

static void judge_experts(const struct header *h, char **words, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (!*words[i])
			continue;
		if (is_fault(h->names[i]))
			printf("faults frame %s: %s\n", words[h->column[FRAME]], h->names[i]);
		else if (is_warning(h->names[i]))
			printf("warnings frame %s: %s\n", words[h->column[FRAME]], h->names[i]);
	}
}

/* Bytes reported as missing so far are not passed over, where the capture ends. */
static void note_awaited(struct check *c, const char *name, const struct frame *f)
{
	struct truth *t;

	if (f->what != CDC)
		return;
	if (!strcmp(name, "smcx.data.awaited")) {
		t = &c->conns[f->conn].sent[f->sender];
		t->awaited = f->produced > t->awaited ? f->produced : t->awaited;
	} else if (!strcmp(name, "smcx.data.unseen")) {
		t = &c->conns[f->conn].sent[!f->sender];
		t->awaited = f->consumed > t->awaited ? f->consumed : t->awaited;
	}
}

/* The next of a list's values, or "" after the last. */
static const char *next_value(char **list)
{
	const char *value = *list ? strsep(list, ",") : "";

	return value;
}

static bool is_numbered(const char *role)
{
	return *role == '2' || *role == '3';
}

/* Values of a list; with @zeros only those that are 0. */
static int count_values(const char *list, bool zeros)
{
	int n = 0;

	for (; list && *list; list = strchr(list, ','), list += list != NULL)
		n += !zeros || strtoull(list, NULL, 10) == 0;
	return n;
}

/*
 * A frame may deliver several times, also for the other side. Lengths and positions
 * are there for each, bytes where the length is not 0, and what is missing where
 * places do not follow on each other.
 */
static void add_deliveries(struct out *out, char *const *word)
{
	char *of = word[OF], *pos = word[POS], *length = word[LENGTH], *missing = word[MISSING],
	     *data = word[DATA];
	uint64_t lost = strtoull(missing, NULL, 10);
	bool spare; /* more is missing than before deliveries of no bytes */

	while (pos && *pos) {
		const char *role = next_value(&of);
		unsigned side = (unsigned)(*role - '0') & 1;
		struct stream *s = &out->sent[side ^ (is_numbered(role) && out->turned)];
		struct delivery *d, *before;

		s->d = grown(s->d, s->n, sizeof(*s->d));
		before = s->n ? &s->d[s->n - 1] : NULL;
		d = &s->d[s->n++];
		d->frame = strtoul(word[FRAME], NULL, 10);
		d->pos = strtoull(next_value(&pos), NULL, 10);
		d->length = (uint32_t)strtoul(next_value(&length), NULL, 10);
		d->b = from_hex(d->length ? next_value(&data) : "", &d->n);
		s->relative |= *word[RELATIVE] != '\0';
		d->missing = 0;
		spare = count_values(missing, false) > count_values(length, true);
		if (missing && *missing &&
		    (!pos || !d->length || (before && d->pos != before->pos + before->n) ||
		     (!before && !s->relative && d->pos && spare)))
			d->missing = strtoull(next_value(&missing), NULL, 10);
		if (d->n != d->length)
			printf("bytes frame %lu: smcx.data.length is %u and smcx.data has %u "
			       "bytes\n",
			       d->frame, d->length, d->n);
	}
	if (lost && missing && *missing)
		printf("bytes frame %s says that more is missing than is passed over\n",
		       word[FRAME]);
}

void read_fields(struct check *c)
{
	struct header h = { 0 };
	char *word[COLUMNS], none[] = "";
	char *line = NULL, *words[FIELDS_MAX];
	size_t room = 0, rows = 0;
	struct out *out;
	int n, k;

	if (getline(&line, &room, stdin) <= 0)
		die("no fields");
	read_header(&h, line);
	for (; getline(&line, &room, stdin) > 0; rows++) {
		n = split(line, words, h.n);
		for (k = 0; k < COLUMNS; k++)
			word[k] = h.column[k] >= 0 && h.column[k] < n ? words[h.column[k]] : none;
		if (rows >= c->n)
			die("more frames than in the map");
		for (k = 0; k < n; k++) {
			if (!*words[k])
				continue;
			c->unknown[rows] |= !strncmp(h.names[k], "smcx.unknown.", 13);
			note_awaited(c, h.names[k], &c->frames[c->origin[rows]]);
		}
		judge_experts(&h, words, n);
		if (!*word[CONN])
			continue;
		out = out_of(c, strtoul(word[CONN], NULL, 10));
		if (!out->ports[0])
			sscanf(word[PORT], "%u,%u", &out->ports[0], &out->ports[1]);
		if (is_numbered(word[SENDER]) && c->frames[c->origin[rows]].what != OTHER)
			out->turned =
				((*word[SENDER] - '0') ^ c->frames[c->origin[rows]].sender) & 1;
		if (*word[POS])
			add_deliveries(out, word);
	}
	if (rows != c->n)
		printf("bytes the dissector ended after frame %zu of %zu\n", rows, c->n);
	free(line);
}
