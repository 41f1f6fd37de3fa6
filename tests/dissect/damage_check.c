// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * damage_check: judges what the dissector said of a capture of SMC-R that
 * damage_pcap has damaged. The bytes of the connections are given as files; the
 * places of WRITEs and cursors are read from the undamaged capture by a reader of
 * its own, which finds each WRITE's bytes in those files and ends the test if they
 * are not there.
 *
 * Standard input: tab-separated fields with a header line, as of "tshark -T fields
 * -E header=y": frame.number, smcx.conn, smcx.conn.port, smcx.sender,
 * smcx.data.position, .length, .missing, smcx.data, .relative, and expert infos.
 * Output: a line a problem, "bytes", "faults" or "warnings" first; and "coverage"
 * with the number of bytes delivered and of those whose WRITEs are in the capture.
 */
#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "damage_check.h"

void die(const char *format, ...)
{
	va_list args;

	fputs("damage_check: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

void *grown(void *p, size_t n, size_t size)
{
	p = realloc(p, (n + 1) * size);
	if (!p)
		abort();
	memset((uint8_t *)p + n * size, 0, size);
	return p;
}

void mark(uint8_t *marks, size_t len, uint64_t from, uint64_t n)
{
	if (from >= len)
		return;
	memset(marks + from, 1, n < len - from ? n : len - from);
}

/* ---- command line ---------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "truth", 't', "DIR", 0, "DIR/C-S has what side S (0: client) of connection C sent", 0 },
	{ "map", 'm', "FILE", 0, "That damage_pcap has written", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	switch (key) {
	case 't':
		c->truth = arg;
		break;
	case 'm':
		c->map = arg;
		break;
	case ARGP_KEY_ARG:
		if (c->capture)
			argp_usage(state);
		c->capture = arg;
		break;
	case ARGP_KEY_END:
		if (!c->capture || !c->truth || !c->map)
			argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void clean_up(struct check *c)
{
	int i, side;
	size_t k;

	for (i = 0; i < c->n_conns; i++)
		for (side = CLIENT; side <= SERVER; side++) {
			free(c->conns[i].sent[side].b);
			free(c->conns[i].sent[side].there);
			free(c->conns[i].sent[side].excused);
			free(c->conns[i].sent[side].given);
		}
	for (i = 0; i < c->n_outs; i++)
		for (side = CLIENT; side <= SERVER; side++) {
			for (k = 0; k < c->outs[i].sent[side].n; k++)
				free(c->outs[i].sent[side].d[k].b);
			free(c->outs[i].sent[side].d);
		}
	free(c->frames);
	free(c->firsts);
	free(c->origin);
	free(c->caplen);
	free(c->unknown);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "CAPTURE",
		.doc = "Compare what the dissector says of a damaged CAPTURE "
		       "with what was sent."
	};
	static struct check c;

	argp_parse(&argp, argc, argv, 0, NULL, &c);
	read_original(&c);
	read_map(&c);
	read_fields(&c);
	read_damaged(&c);
	judge(&c);
	clean_up(&c);
	return EXIT_SUCCESS;
}
