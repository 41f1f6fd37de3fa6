// SPDX-License-Identifier: GPL-2.0-or-later
/* See extcap.h. */
#include "extcap.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolbar.h"

enum key {
	KEY_INTERFACES = 256,
	KEY_DLTS,
	KEY_CONFIG,
	KEY_CAPTURE,
	KEY_FIFO,
	KEY_CONTROL_IN,
	KEY_CONTROL_OUT,
	KEY_IGNORED,
	KEY_FILTER, /* of the command line, with their values */
};

/* Wireshark's dialog: the filters of the command line, and the words that it shows for them. */
static const struct {
	const char *name, *display, *type, *more, *tooltip;
} filters[] = {
	{ "kinds", "Kinds of events", "selector", "{default=clc,llc,cdc,life}",
	  "Messages, and what happens without one" },
	{ "port", "TCP port", "unsigned", "{range=0,65535}{default=0}", "Of either end. 0: all" },
	{ "host", "Address", "string", "{placeholder=192.0.2.1 or 2001:db8::1}", "Of either end" },
	{ "pid", "Process", "unsigned", "{range=0,1073741824}{default=0}",
	  "That owns the socket. 0: all" },
	{ "cgroup", "Cgroup", "string", "{placeholder=/sys/fs/cgroup/...}",
	  "Of the owner, or one below it: a container, say" },
	{ "netns", "Network namespace", "string", "{placeholder=/run/netns/NAME}",
	  "A path, or an inode as lsns shows it" },
	{ "snaplen", "Bytes of a message", "unsigned", "{range=0,65535}{default=2048}",
	  "More are cut" },
	{ "aggregate", "Add CDC up", "boolflag", "{default=false}",
	  "No event for each CDC message; sums once a second" },
	{ "control-ring", "Buffer for CLC, LLC, life cycle (KiB)", "unsigned",
	  "{range=4,1048576}{default=4096}", "A power of two" },
	{ "cdc-ring", "Buffer for CDC (KiB)", "unsigned", "{range=4,1048576}{default=16384}",
	  "A power of two" },
};

#define FILTERS (sizeof(filters) / sizeof(filters[0]))

/* The choices of kinds, each with what it means. */
static const char *const kinds[][2] = {
	{ "clc,llc,cdc,life", "All" },
	{ "clc,llc,life", "All but CDC, which is frequent" },
	{ "clc,life", "Handshakes, connections, fallbacks" },
	{ "clc", "CLC messages" },
	{ "cdc", "CDC messages" },
	{ "life", "What happens without a message" },
};

static const struct option fixed[] = {
	{ "extcap-interfaces", no_argument, NULL, KEY_INTERFACES },
	{ "extcap-dlts", no_argument, NULL, KEY_DLTS },
	{ "extcap-config", no_argument, NULL, KEY_CONFIG },
	{ "capture", no_argument, NULL, KEY_CAPTURE },
	{ "fifo", required_argument, NULL, KEY_FIFO },
	{ "extcap-control-in", required_argument, NULL, KEY_CONTROL_IN },
	{ "extcap-control-out", required_argument, NULL, KEY_CONTROL_OUT },
	{ "extcap-capture-filter", required_argument, NULL, KEY_IGNORED },
	{ "extcap-interface", required_argument, NULL, KEY_IGNORED },
	{ "extcap-version", optional_argument, NULL, KEY_IGNORED },
	{ "extcap-reload-option", required_argument, NULL, KEY_IGNORED },
	{ "log-level", required_argument, NULL, KEY_IGNORED },
	{ "log-file", required_argument, NULL, KEY_IGNORED },
};

#define FIXED (sizeof(fixed) / sizeof(fixed[0]))

static bool is_extcap(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--extcap-", 9))
			return true;
	return false;
}

static void put_dialog(void)
{
	for (size_t i = 0; i < FILTERS; i++)
		printf("arg {number=%zu}{call=--%s}{display=%s}{type=%s}%s{tooltip=%s}\n", i,
		       filters[i].name, filters[i].display, filters[i].type, filters[i].more,
		       filters[i].tooltip);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		printf("value {arg=0}{value=%s}{display=%s}{default=%s}\n", kinds[i][0],
		       kinds[i][1], i ? "false" : "true");
}

static void extcap_answer(int question)
{
	switch (question) {
	case KEY_INTERFACES:
		printf("extcap {version=" SMCKIT_VERSION "}{help=man:smc-trace(8)}\n"
		       "interface {value=smc}{display=SMC on this host, by smc-trace}\n");
		toolbar_describe(stdout);
		break;
	case KEY_DLTS:
		printf("dlt {number=252}{name=WIRESHARK_UPPER_PDU}{display=SMC events}\n");
		break;
	default:
		put_dialog();
	}
	exit(EXIT_OK);
}

/* A field that is empty, or has the value for "all", is not asked for. */
static bool is_default(const char *name, const char *value)
{
	return !*value || (!strcmp(value, "0") && (!strcmp(name, "port") || !strcmp(name, "pid")));
}

static bool is_flag(size_t filter)
{
	return !strcmp(filters[filter].type, "boolflag");
}

bool extcap_parse(struct options *o, int argc, char **argv, struct extcap_line *line)
{
	struct option rows[FIXED + FILTERS + 1] = { 0 };
	static char text[EXTCAP_OPTIONS_MAX][600];
	bool capture = false;
	int key, question = 0;

	if (!is_extcap(argc, argv))
		return false;
	memcpy(rows, fixed, sizeof(fixed));
	for (size_t i = 0; i < FILTERS; i++)
		rows[FIXED + i] = (struct option){ filters[i].name,
						   is_flag(i) ? no_argument : required_argument,
						   NULL, KEY_FILTER + (int)i };
	opterr = 0; /* newer Wireshark may ask for more than is known here */
	line->argv[line->argc++] = argv[0];
	while ((key = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		if (key == KEY_FIFO)
			o->output.path = optarg;
		else if (key == KEY_CONTROL_IN)
			o->toolbar_in = optarg;
		else if (key == KEY_CONTROL_OUT)
			o->toolbar_out = optarg;
		else if (key == KEY_CAPTURE)
			capture = true;
		else if (key == KEY_INTERFACES || key == KEY_DLTS || key == KEY_CONFIG)
			question = key;
		if (key < KEY_FILTER || line->argc == EXTCAP_OPTIONS_MAX ||
		    (optarg && is_default(filters[key - KEY_FILTER].name, optarg)))
			continue;
		snprintf(text[line->argc], sizeof(*text), "--%s%s%s",
			 filters[key - KEY_FILTER].name, optarg ? "=" : "", optarg ? optarg : "");
		line->argv[line->argc] = text[line->argc];
		line->argc++;
	}
	if (question || !capture)
		extcap_answer(question);
	o->quiet = true;
	if (!o->output.path) {
		fprintf(stderr, "smc-trace: --capture needs --fifo\n");
		exit(EXIT_USAGE);
	}
	return true;
}
