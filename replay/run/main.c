// SPDX-License-Identifier: GPL-2.0-or-later
/* smc-replay: recorded SMC handshakes become tests, played against a live stack. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "capture/extract.h"
#include "complain.h"
#include "differ.h"
#include "options.h"
#include "session.h"
#include "text/script_text.h"

static int main_output(const struct options *o, const struct script *script)
{
	FILE *out = o->output ? fopen(o->output, "we") : stdout;

	if (!out)
		return complain("%s: %s", o->output, strerror(errno));
	script_write(script, out);
	if (out == stdout ? fflush(out) : fclose(out))
		return complain("%s: %s", o->output ? o->output : "standard output",
				strerror(errno));
	return EXIT_OK;
}

static int main_extract(const struct options *o)
{
	struct extract_result r;
	struct script script;
	int rc = extract_path(o->files[0], &script, &r);

	/* Cases before a fault of the file are shown all the same. */
	if (script.cases)
		main_output(o, &script);
	if (rc)
		rc = complain("%s: %s", o->files[0], r.error);
	else if (!script.cases)
		rc = complain("%s: there is no TCP connection in it", o->files[0]);
	if (r.unclaimed)
		fprintf(stderr, "smc-replay: %lu messages are of no connection in the capture\n",
			r.unclaimed);
	if (r.left_out)
		fprintf(stderr, "smc-replay: %u connections too many are left out\n", r.left_out);
	script_free(&script);
	return rc;
}

static int main_format(const struct options *o)
{
	char error[SCRIPT_ERROR_MAX];
	struct script script;
	int rc;

	if (script_read(o->files[0], &script, error)) {
		fprintf(stderr, "%s\n", error);
		rc = EXIT_HARNESS;
	} else {
		rc = main_output(o, &script);
	}
	script_free(&script);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o;

	options_parse(&o, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(o.command, "extract"))
		return main_extract(&o);
	if (!strcmp(o.command, "format"))
		return main_format(&o);
	if (o.n_against > 1)
		return differ_all(&o);
	return session_run(&o);
}
