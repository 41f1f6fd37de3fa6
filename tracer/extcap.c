// SPDX-License-Identifier: GPL-2.0-or-later
/* See extcap.h. */
#include "extcap.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum key {
	KEY_INTERFACES = 256,
	KEY_DLTS,
	KEY_CONFIG,
	KEY_CAPTURE,
	KEY_FIFO,
	KEY_FILTER,
	KEY_PORT,
	KEY_IGNORED,
};

static const struct option rows[] = {
	{ "extcap-interfaces", no_argument, NULL, KEY_INTERFACES },
	{ "extcap-dlts", no_argument, NULL, KEY_DLTS },
	{ "extcap-config", no_argument, NULL, KEY_CONFIG },
	{ "capture", no_argument, NULL, KEY_CAPTURE },
	{ "fifo", required_argument, NULL, KEY_FIFO },
	{ "extcap-capture-filter", required_argument, NULL, KEY_FILTER },
	{ "port", required_argument, NULL, KEY_PORT },
	{ "extcap-interface", required_argument, NULL, KEY_IGNORED },
	{ "extcap-version", optional_argument, NULL, KEY_IGNORED },
	{ "extcap-reload-option", required_argument, NULL, KEY_IGNORED },
	{ "log-level", required_argument, NULL, KEY_IGNORED },
	{ "log-file", required_argument, NULL, KEY_IGNORED },
	{ NULL, 0, NULL, 0 },
};

static bool is_extcap(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--extcap-", 9))
			return true;
	return false;
}

static void answer(int question)
{
	switch (question) {
	case KEY_INTERFACES:
		printf("extcap {version=" SMCKIT_VERSION "}\n"
		       "interface {value=smc}{display=SMC on this host, by smc-trace}\n");
		break;
	case KEY_DLTS:
		printf("dlt {number=252}{name=WIRESHARK_UPPER_PDU}{display=SMC events}\n");
		break;
	default:
		printf("arg {number=0}{call=--port}{display=TCP port}{type=unsigned}{range=0,65535}"
		       "{default=0}{tooltip=Of either end; 0: all}\n");
	}
	exit(EXIT_OK);
}

bool extcap_parse(struct options *o, int argc, char **argv)
{
	struct trace_filter *f = &o->hooks.filter;
	bool capture = false;
	int key, question = 0;

	if (!is_extcap(argc, argv))
		return false;
	opterr = 0; /* newer Wireshark may ask for more than is known here */
	while ((key = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		if (key == KEY_FIFO)
			o->output.path = optarg;
		else if (key == KEY_CAPTURE)
			capture = true;
		else if (key == KEY_PORT)
			f->port = (__u16)strtoul(optarg, NULL, 10);
		else if (key == KEY_INTERFACES || key == KEY_DLTS || key == KEY_CONFIG)
			question = key;
	}
	if (question || !capture)
		answer(question);
	f->on_socket = f->port != 0;
	o->quiet = true;
	if (!o->output.path) {
		fprintf(stderr, "smc-trace: --capture needs --fifo\n");
		exit(EXIT_USAGE);
	}
	return true;
}
