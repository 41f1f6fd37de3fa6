// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-synth: captures of SMC that no machine of the lab can produce. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scenario.h"

static const struct scenario_table *const tables[] = {
	&clc_scenarios,	  &tcp_scenarios,   &llc_scenarios,	&bad_scenarios,
	&pdu_scenarios,	  &event_scenarios, &link_scenarios,	&stream_scenarios,
	&rule_scenarios,  &reach_scenarios, &missing_scenarios, &infiniband_scenarios,
	&close_scenarios,
};

struct options {
	const char *name;
	const char *output;
	const char *all;
	uint64_t bytes;
	bool list;
	bool check;
};

enum { KEY_ALL = 256, KEY_LIST, KEY_BYTES, KEY_CHECK };

static const struct argp_option options[] = {
	{ "list", KEY_LIST, NULL, 0,
	  "Name, what a dissector has to say, description: one scenario a line, tabs between", 0 },
	{ "output", 'o', "FILE", 0, "Write the capture to FILE (default: standard output)", 0 },
	{ "all", KEY_ALL, "DIR", 0, "Write every scenario to DIR/NAME.pcap", 0 },
	{ "bytes", KEY_BYTES, "N[K|M|G]", 0,
	  "Size of bench-smcr, bench-groups, bench-roce, bench-tcp (default 200M)", 0 },
	{ "check", KEY_CHECK, NULL, 0, "Hold the table against wire/, write nothing", 0 },
	{ 0 },
};

static uint64_t parse_bytes(const char *text, struct argp_state *state)
{
	static const char units[] = "KMG";
	char *end, *unit;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == text || (*end && (!unit || end[1])))
		argp_error(state, "not a size: %s", text);
	return unit ? n << 10 * (unit - units + 1) : n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		o->output = arg;
		break;
	case KEY_ALL:
		o->all = arg;
		break;
	case KEY_LIST:
		o->list = true;
		break;
	case KEY_CHECK:
		o->check = true;
		break;
	case KEY_BYTES:
		o->bytes = parse_bytes(arg, state);
		break;
	case ARGP_KEY_ARG:
		if (o->name)
			argp_usage(state);
		o->name = arg;
		break;
	case ARGP_KEY_END:
		if (!o->name + !o->all + !o->list + !o->check != 3)
			argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME\n--list\n--all DIR\n--check",
	.doc = "Write captures of SMC traffic, well-formed and not.",
};

/* @row NULL: a benchmark by its name. */
static int write_one(const struct scenario *row, int link_type, const struct options *o,
		     const char *path)
{
	struct cap cap;
	int rc = cap_open(&cap, link_type, path);

	if (rc) {
		fprintf(stderr, "smc-synth: cannot write %s\n", path);
		return rc;
	}
	rc = row ? row->write(&cap, row->arg) : bench_write(&cap, o->name, o->bytes);
	if (rc == -ENOENT && !row)
		fprintf(stderr, "smc-synth: no scenario %s\n", o->name);
	else if (rc)
		fprintf(stderr, "smc-synth: scenario %s is not what its row says\n",
			row ? row->name : o->name);
	if (cap_close(&cap) && !rc) {
		fprintf(stderr, "smc-synth: writing %s failed\n", path);
		rc = -EIO;
	}
	return rc;
}

static int write_all(const struct options *o, const char *dir)
{
	char path[PATH_MAX];
	int failed = 0;
	size_t t, i;

	if (dir && mkdir(dir, 0777) && errno != EEXIST) {
		perror(dir);
		return -errno;
	}
	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (i = 0; i < tables[t]->n; i++) {
			snprintf(path, sizeof(path), "%s/%s.pcap", dir, tables[t]->rows[i].name);
			failed |= write_one(&tables[t]->rows[i], tables[t]->link_type, o,
					    dir ? path : "/dev/null");
		}
	return failed;
}

static int list(void)
{
	const struct scenario *row;
	size_t t, i;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (i = 0; i < tables[t]->n; i++) {
			row = &tables[t]->rows[i];
			printf("%s\t%s\t%s\n", row->name, row->expect, row->about);
		}
	return 0;
}

static int write_named(const struct options *o)
{
	size_t t, i;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (i = 0; i < tables[t]->n; i++)
			if (!strcmp(tables[t]->rows[i].name, o->name))
				return write_one(&tables[t]->rows[i], tables[t]->link_type, o,
						 o->output);
	return write_one(NULL, DLT_EN10MB, o, o->output);
}

int main(int argc, char **argv)
{
	struct options o = { .output = "-", .bytes = 200ull << 20 };
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.list)
		rc = list();
	else if (o.check)
		rc = write_all(&o, NULL) | (int)bad_missing_faults();
	else if (o.all)
		rc = write_all(&o, o.all);
	else
		rc = write_named(&o);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
