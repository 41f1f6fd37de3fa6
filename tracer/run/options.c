// SPDX-License-Identifier: GPL-2.0-or-later
/* See options.h. */
#include "options.h"

#include "extcap.h"

#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "base/cgroups.h"
#include "merge/clocks.h"
#include "smc_codec.h"
#include "base/who.h"

enum key {
	KEY_JSON = 256,
	KEY_STRICT,
	KEY_WAIT,
	KEY_COLOR,
	KEY_PID,
	KEY_PORT,
	KEY_HOST,
	KEY_CGROUP,
	KEY_NETNS,
	KEY_KINDS,
	KEY_CONTROL_RING,
	KEY_CDC_RING,
	KEY_METRICS,
	KEY_BY,
	KEY_SORT,
	KEY_AGGREGATE,
	KEY_DRIFT,
	KEY_FORMAT,
	KEY_END,
};

/* Commands, as bits: which of them an option has a meaning for. */
enum command {
	CAPTURE = 1,
	TOP = 2,
	CONNS = 4, /* live */
	READ = 8,
	STATS = 16,
	WHY = 32,
	CONNS_FILE = 64,
	DOCTOR = 128,
	MERGE = 256,
	REPORT = 512,
	LIVE = CAPTURE | TOP | CONNS,
	FILES = READ | STATS | WHY | CONNS_FILE, /* that take -c and --json, too */
	TRACES = FILES | REPORT,
};

static const struct {
	const char *name;
	enum command live, file; /* 0: not without a file, or not with one */
} commands[] = {
	{ "capture", CAPTURE, 0 }, { "top", TOP, 0 },	    { "conns", CONNS, CONNS_FILE },
	{ "read", 0, READ },	   { "stats", 0, STATS },   { "why", 0, WHY },
	{ "report", 0, REPORT },   { "doctor", DOCTOR, 0 }, { "merge", 0, MERGE },
};

static const struct {
	int key;
	unsigned int commands;
} meanings[] = {
	{ 'w', LIVE },
	{ 'C', LIVE },
	{ 'G', LIVE },
	{ 'W', LIVE },
	{ 'c', LIVE | FILES },
	{ KEY_JSON, CAPTURE | CONNS | FILES },
	{ 'x', CAPTURE | READ },
	{ 'q', CAPTURE | CONNS | READ | MERGE | REPORT },
	{ 'o', MERGE | REPORT },
	{ KEY_FORMAT, REPORT },
	{ KEY_DRIFT, MERGE },
	{ KEY_COLOR, CAPTURE | TOP | READ },
	{ KEY_METRICS, LIVE | STATS },
	{ KEY_BY, LIVE | STATS },
	{ KEY_SORT, TOP | STATS },
	{ KEY_KINDS, LIVE | TRACES | DOCTOR },
	{ KEY_PORT, LIVE | TRACES },
	{ KEY_HOST, LIVE | TRACES },
	{ KEY_PID, LIVE | TRACES },
	{ KEY_CGROUP, LIVE | TRACES },
	{ KEY_NETNS, LIVE | TRACES },
	{ 's', LIVE },
	{ KEY_WAIT, LIVE },
	{ KEY_STRICT, LIVE | TRACES | MERGE },
	{ KEY_CONTROL_RING, LIVE },
	{ KEY_CDC_RING, LIVE },
	{ KEY_AGGREGATE, LIVE },
	{ 'v', LIVE | DOCTOR },
};

static bool used[KEY_END]; /* options that were given, by key */

static const struct argp_option rows[] = {
	{ NULL, 0, NULL, 0, "Output:", 1 },
	{ "write", 'w', "FILE", 0, "Write events to FILE as .pcapng, - for standard output", 1 },
	{ NULL, 'C', "MB", 0, "A new file when it is longer than MB million bytes", 1 },
	{ NULL, 'G', "SECONDS", 0, "A new file every SECONDS; FILE is for strftime(3)", 1 },
	{ NULL, 'W', "N", 0, "With -C overwrite the oldest of N files, with -G end after N", 1 },
	{ "output", 'o', "FILE", 0,
	  "Of merge and report: the file that is written, - for standard output", 1 },
	{ "format", KEY_FORMAT, "FORM", 0,
	  "Of report: html (default), a page; perfetto, JSON for viewers of timelines", 1 },
	{ "count", 'c', "N", 0, "End after N events", 1 },
	{ "json", KEY_JSON, NULL, 0, "A line of JSON for each event", 1 },
	{ "hex", 'x', NULL, 0, "The bytes of a message, too", 1 },
	{ "quiet", 'q', NULL, 0, "No line for each event", 1 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", 1 },
	{ "metrics", KEY_METRICS, "FILE", 0,
	  "Keep counts and times in FILE for Prometheus, anew every 10 seconds", 1 },
	{ "by", KEY_BY, "WHAT", 0,
	  "Put connections together by process, service, cgroup or peer: in stats, top, and "
	  "--metrics",
	  1 },
	{ "sort", KEY_SORT, "WHAT", 0,
	  "Order of stats and top: bytes (default), connections, latency or blocked", 1 },
	{ NULL, 0, NULL, 0, "What to trace, or to take from FILE:", 2 },
	{ "kinds", KEY_KINDS, "LIST", 0,
	  "clc,llc,cdc,life (default: all): messages, and what happens without one", 2 },
	{ "port", KEY_PORT, "N", 0, "TCP port of either end", 2 },
	{ "host", KEY_HOST, "ADDRESS", 0, "IPv4 or IPv6 address of either end", 2 },
	{ "pid", KEY_PID, "N", 0, "Process that owns the socket", 2 },
	{ "cgroup", KEY_CGROUP, "PATH", 0,
	  "Cgroup of the owner, or one below it: a folder of /sys/fs/cgroup, or id", 2 },
	{ "netns", KEY_NETNS, "PATH", 0,
	  "Network namespace: /run/netns/NAME, /proc/PID/ns/net, or inode", 2 },
	{ "aggregate", KEY_AGGREGATE, NULL, 0,
	  "No event for a CDC message: once a second what came of each connection", 2 },
	{ "snaplen", 's', "BYTES", 0, "Keep no more of a message", 2 },
	{ NULL, 0, NULL, 0, "Running:", 3 },
	{ "wait", KEY_WAIT, NULL, 0, "If SMC is not loaded, wait for it", 3 },
	{ "strict", KEY_STRICT, NULL, 0,
	  "Exit with 3 if events were lost, or not everything can be observed", 3 },
	{ "control-ring", KEY_CONTROL_RING, "KIB", 0,
	  "Buffer for CLC, LLC and life cycle, a power of two (4096)", 3 },
	{ "cdc-ring", KEY_CDC_RING, "KIB", 0, "Buffer for CDC, a power of two (16384)", 3 },
	{ "drift", KEY_DRIFT, "PPM", 0,
	  "Of merge: two clocks differ in speed by no more than this (1000)", 3 },
	{ "verbose", 'v', NULL, 0, "What libbpf says", 3 },
	{ 0 },
};

bool options_number(const char *arg, unsigned long long max, unsigned long long *v)
{
	char *end;

	errno = 0;
	*v = strtoull(arg, &end, 10);
	return !errno && !*end && end != arg && *arg >= '0' && *arg <= '9' && *v <= max;
}

static unsigned long long options_number_arg(struct argp_state *state, const char *what,
					     const char *arg, unsigned long long max)
{
	unsigned long long v;

	if (!options_number(arg, max, &v))
		argp_error(state, "%s: '%s' is not a number from 0 to %llu", what, arg, max);
	return v;
}

/* Namespaces are known by the inode of a path. */
static unsigned long long options_netns(struct argp_state *state, const char *arg)
{
	struct statfs fs;
	struct stat st;

	if (*arg >= '0' && *arg <= '9')
		return options_number_arg(state, "--netns", arg, ~0u);
	if (stat(arg, &st) || statfs(arg, &fs))
		argp_failure(state, EXIT_USAGE, errno, "--netns: %s", arg);
	if (fs.f_type != NSFS_MAGIC)
		argp_error(state,
			   "--netns: %s is no namespace: name /run/netns/NAME, /proc/PID/ns/net, "
			   "or an inode as lsns shows it",
			   arg);
	return st.st_ino;
}

/* A trace may be of another host: then there is nothing here to look it up in. */
static unsigned long long options_cgroup(struct argp_state *state, const char *arg)
{
	unsigned long long id;
	__u64 found = 0;
	int err;

	if (options_number(arg, ~0ull, &id))
		return id;
	err = cgroups_id(arg, &found);
	if (err)
		argp_error(state, "--cgroup: %s is %s", arg, cgroups_error(err));
	return found;
}

static void options_address(struct argp_state *state, struct trace_filter *f, const char *arg)
{
	f->has_addr = f->on_socket = 1;
	if (who_parse_address(arg, f->addr))
		argp_error(state, "--host: '%s' is neither an IPv4 nor an IPv6 address", arg);
}

/* enum smcw_kind_classes, or 0 */
static unsigned int options_class_of(const char *word)
{
	static const struct {
		const char *word;
		unsigned int class;
	} classes[] = {
#define CLASS_ROW(name, value, word_) { word_, value },
		SMCW_KIND_CLASSES(CLASS_ROW)
#undef CLASS_ROW
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(word, classes[i].word))
			return classes[i].class;
	return 0;
}

static void options_kinds(struct argp_state *state, struct trace_filter *f, char *arg)
{
	/* A CDC message names a connection by a number: these report which it is. */
	const __u64 conns = SMCW_KIND_BIT(SMCW_EV_CONN_NEW) | SMCW_KIND_BIT(SMCW_EV_CONN_READY) |
			    SMCW_KIND_BIT(SMCW_EV_CONN_FREE);

	f->kinds = 0;
	for (char *word = strtok(arg, ","); word; word = strtok(NULL, ",")) {
		unsigned int class = options_class_of(word);

		if (!class)
			argp_error(state, "--kinds: '%s' is none of clc, llc, cdc, life", word);
		f->kinds |= smcw_kinds_of(class) | (class == SMCW_CLASS_CDC ? conns : 0);
		f->kinds |= smcw_kinds_of_trace(); /* that the module is to be let go, say */
	}
}

static unsigned int ring_bytes(struct argp_state *state, const char *what, const char *arg)
{
	unsigned long long kib = options_number_arg(state, what, arg, 1 << 20);

	if (kib < 4 || (kib & (kib - 1)))
		argp_error(state, "%s: %llu is not a power of two from 4 on", what, kib);
	return (unsigned int)(kib * 1024);
}

static void options_color(struct argp_state *state, struct options *o, const char *arg)
{
	if (!strcmp(arg, "auto"))
		return;
	if (strcmp(arg, "always") && strcmp(arg, "never"))
		argp_error(state, "--color: auto, always or never");
	o->color = !strcmp(arg, "always");
}

static void options_by(struct argp_state *state, struct options *o, const char *arg)
{
	static const char *const words[] = { [STATS_BY_PROCESS] = "process",
					     [STATS_BY_SERVICE] = "service",
					     [STATS_BY_CGROUP] = "cgroup",
					     [STATS_BY_PEER] = "peer" };

	for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(arg, words[i]))
			o->by = (enum stats_by)i;
	if (o->by == STATS_BY_NONE)
		argp_error(state, "--by: '%s' is none of process, service, cgroup, peer", arg);
}

static void options_format(struct argp_state *state, struct options *o, const char *arg)
{
	if (strcmp(arg, "html") && strcmp(arg, "perfetto"))
		argp_error(state, "--format: '%s' is none of html, perfetto", arg);
	o->perfetto = !strcmp(arg, "perfetto");
}

static void options_sort(struct argp_state *state, struct options *o, const char *arg)
{
	static const char *const words[] = { [STATS_SORT_BYTES] = "bytes",
					     [STATS_SORT_CONNS] = "connections",
					     [STATS_SORT_LATENCY] = "latency",
					     [STATS_SORT_BLOCKED] = "blocked" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(arg, words[i]))
			break;
	if (i == sizeof(words) / sizeof(words[0]))
		argp_error(state, "--sort: '%s' is none of bytes, connections, latency, blocked",
			   arg);
	o->sort = (enum stats_sort)i;
}

/* ---- commands ------------------------------------------------------------------------- */

static size_t command_row(const struct options *o)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(o->command, commands[i].name))
			break;
	return i;
}

/* The commands merge and report have several. */
static void options_one_of_files(struct argp_state *state, struct options *o, const char *arg,
				 enum command command)
{
	unsigned int max = command == MERGE ? MERGE_FILES_MAX : OPTIONS_FILES_MAX;

	if (o->n_files == max)
		argp_error(state, "%s takes %u files at most", o->command, max);
	o->files[o->n_files++] = arg;
}

static void options_argument(struct argp_state *state, struct options *o, const char *arg)
{
	size_t row;

	if (state->arg_num == 0) {
		o->command = arg;
		return;
	}
	row = command_row(o);
	if (row == sizeof(commands) / sizeof(commands[0]))
		row = 0; /* which is refused later */
	if (state->arg_num == 1 && commands[row].file)
		o->file = arg;
	if (commands[row].file & (MERGE | REPORT))
		options_one_of_files(state, o, arg, commands[row].file);
	else if (o->file != arg)
		argp_error(state, "'%s' is one argument too many", arg);
}

static const char *name_of(int key)
{
	static char letter[3] = "-?";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].key == key && rows[i].name)
			return rows[i].name;
	letter[1] = (char)key;
	return letter;
}

/* An option that would be ignored is refused: somebody means something by it. */
static void check_meanings(struct argp_state *state, const struct options *o, enum command command)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		int key = meanings[i].key;
		const char *name = name_of(key);

		if (used[key] && !(meanings[i].commands & command))
			argp_error(state, "%s%s has no meaning for '%s%s'",
				   name[0] == '-' ? "" : "--", name, o->command,
				   o->file ? " FILE" : "");
	}
}

/* The page is made of two passes. */
static void options_read_twice(struct argp_state *state, const struct options *o)
{
	struct stat st;

	for (unsigned int i = 0; i < o->n_files; i++)
		if (!strcmp(o->files[i], "-") || (!stat(o->files[i], &st) && S_ISFIFO(st.st_mode)))
			argp_error(
				state,
				"report reads its files twice, and %s can be read once: write it "
				"to a file first",
				strcmp(o->files[i], "-") ? o->files[i] : "standard input");
}

static void options_check(struct argp_state *state, const struct options *o)
{
	size_t row = command_row(o);
	struct stat st;

	if (row == sizeof(commands) / sizeof(commands[0]))
		argp_error(state,
			   "unknown command '%s': one of capture, top, conns, read, stats, why, "
			   "report, merge, doctor",
			   o->command);
	if (!commands[row].live && !o->file)
		argp_error(state,
			   "which file? 'smc-trace %s FILE', of a FILE that smc-trace -w has "
			   "written; - is standard input",
			   o->command);
	check_meanings(state, o, o->file ? commands[row].file : commands[row].live);
	if (commands[row].file == MERGE && o->n_files < 2)
		argp_error(state, "merge takes a file from each host, two at least");
	if (commands[row].file & (MERGE | REPORT) && !o->made)
		argp_error(state, "%s: where to? -o FILE, or -o - for standard output", o->command);
	if (commands[row].file == REPORT && !o->perfetto)
		options_read_twice(state, o);
	if (!o->output.path && (o->output.megabytes || o->output.seconds || o->output.count))
		argp_error(state, "-C, -G and -W are for -w");
	if (o->metrics && !lstat(o->metrics, &st) && !S_ISREG(st.st_mode))
		argp_error(state,
			   "--metrics: %s is no regular file, and a file takes its place: name "
			   "another",
			   o->metrics);
	if (used[KEY_BY] && !o->file && strcmp(o->command, "top") && !o->metrics)
		argp_error(state, "--by is for stats, top, and --metrics");
	if (!o->hooks.filter.kinds)
		argp_error(state, "--kinds: name at least one of clc, llc, cdc, life");
	if (o->output.count && !o->output.megabytes && !o->output.seconds)
		argp_error(state, "-W counts the files of -C or -G: give one of them");
	if (o->output.path && !strcmp(o->output.path, "-") &&
	    (o->output.megabytes || o->output.seconds))
		argp_error(state, "-C and -G make files: they do not go with -w -");
}

static error_t options_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct trace_filter *f = &o->hooks.filter;

	if (key > 0 && key < KEY_END)
		used[key] = true;
	switch (key) {
	case 'w':
		o->output.path = arg;
		break;
	case 'C':
		o->output.megabytes = options_number_arg(state, "-C", arg, 1 << 20);
		break;
	case 'G':
		o->output.seconds = (unsigned int)options_number_arg(state, "-G", arg, 1 << 30);
		break;
	case 'W':
		o->output.count = (unsigned int)options_number_arg(state, "-W", arg, 1 << 20);
		break;
	case 'o':
		o->made = arg;
		break;
	case KEY_FORMAT:
		options_format(state, o, arg);
		break;
	case KEY_DRIFT:
		o->drift_ppm = (unsigned int)options_number_arg(state, "--drift", arg, 100000);
		break;
	case 'c':
		o->count = options_number_arg(state, "-c", arg, ~0ull);
		break;
	case KEY_JSON:
		o->json = true;
		break;
	case 'x':
		o->hex = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case KEY_COLOR:
		options_color(state, o, arg);
		break;
	case KEY_KINDS:
		options_kinds(state, f, arg);
		break;
	case KEY_PORT:
		f->port = (__u16)options_number_arg(state, "--port", arg, 0xffff);
		f->on_socket = 1;
		break;
	case KEY_HOST:
		options_address(state, f, arg);
		break;
	case KEY_PID:
		f->pid = (__u32)options_number_arg(state, "--pid", arg, 1 << 30);
		f->on_socket = 1;
		break;
	case KEY_CGROUP:
		o->cgroup = f->cgroup = options_cgroup(state, arg);
		f->on_socket = 1;
		break;
	case KEY_NETNS:
		f->netns = (__u32)options_netns(state, arg);
		f->on_socket = 1;
		break;
	case 's':
		f->snaplen = (__u32)options_number_arg(state, "-s", arg, 0xffff);
		break;
	case KEY_METRICS:
		o->metrics = arg;
		break;
	case KEY_BY:
		options_by(state, o, arg);
		break;
	case KEY_SORT:
		options_sort(state, o, arg);
		break;
	case KEY_AGGREGATE:
		o->hooks.aggregate = true;
		break;
	case KEY_WAIT:
		o->wait = true;
		break;
	case KEY_STRICT:
		o->strict = true;
		break;
	case KEY_CONTROL_RING:
		o->hooks.control_bytes = ring_bytes(state, "--control-ring", arg);
		break;
	case KEY_CDC_RING:
		o->hooks.cdc_bytes = ring_bytes(state, "--cdc-ring", arg);
		break;
	case 'v':
		o->hooks.verbose = true;
		break;
	case ARGP_KEY_ARG:
		options_argument(state, o, arg);
		break;
	case ARGP_KEY_END:
		options_check(state, o);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char *options_joined(int argc, char **argv)
{
	char *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	for (int i = 0; out && i < argc; i++)
		fprintf(out, i ? " %s" : "%s", argv[i]);
	if (out)
		fclose(out);
	return line;
}

void options_parse(struct options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = rows,
		.parser = options_option,
		.args_doc = "[capture]\ntop\nconns [FILE]\nread FILE\nstats FILE\nwhy FILE\nreport "
			    "FILE... -o FILE\nmerge FILE FILE... -o "
			    "FILE\ndoctor",
		.doc = "See every SMC message and what happens to SMC sockets on this host, also "
		       "where "
		       "no packet exists.\v"
		       "capture traces until Ctrl-C and prints a line for each event; top shows "
		       "connections, times and reasons anew every second; conns prints a line for "
		       "each connection when it ends (all of them need root). read shows a file "
		       "that -w has written, stats sums it up, why names what is wrong and what to "
		       "do, report makes a page of it all; merge makes one file of the traces of "
		       "several hosts, whose clocks it "
		       "puts "
		       "right by the messages that two of them have seen: these need no privilege. "
		       "doctor says for each hook whether this kernel "
		       "has it.\n\n"
		       "Exit status: 0; 1 if something failed or, with why, is wrong; 2 for wrong "
		       "usage; 3 with --strict if events were lost or not everything could be "
		       "observed.",
	};

	static struct extcap_line line;

	*o = (struct options){ .command = "capture",
			       .color = isatty(STDOUT_FILENO),
			       .drift_ppm = CLOCKS_DRIFT_PPM };
	o->hooks.filter.kinds = ~0ull;
	o->hooks.filter.snaplen = TRACE_BODY_MAX;
	o->hooks.filter.big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	o->command_line = options_joined(argc, argv);
	if (extcap_parse(o, argc, argv, &line)) {
		argc = line.argc;
		argv = line.argv;
	}
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, o);
}
